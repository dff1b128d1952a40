/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copying a directory of the image into a new tmpfs; see copyup.h.  The image is hostile and may change
 * meanwhile: what a name leads to is opened first, looked at next, and only then used.
 * Runs in: init.
 */
#include "init/copyup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"

/* Bounds for an image made to keep us busy.  The size of the tmpfs bounds the bytes. */
#define MAX_DEPTH 128
#define MAX_ENTRIES (1u << 20)

/* What the kernel allows at most (linux/limits.h, XATTR_LIST_MAX and XATTR_SIZE_MAX). */
#define XATTR_BYTES 65536

/* One read of file data, one getdents64(2). */
#define DATA_BYTES 32768
#define ENTRY_BYTES 2048

/* linux_dirent64 of getdents64(2). */
struct entry {
	uint64_t ino;
	int64_t next;
	uint16_t len;
	uint8_t type;
	char name[];
};

/*
 * struct copy - one copying.
 * @n: entries so far
 */
struct copy {
	const struct init *init;
	const struct plan_mount *mount;
	unsigned int n;
};

/* Every message: which name, below which mount. */
static int copy_error(const struct copy *copy, const char *what, const char *name, struct err *err)
{
	return err_errno(err, copy->mount->at, "copy up into %s: %s \"%s\"", copy->mount->target, what, name);
}

/* Kept out of the callers, which recurse: their stack frames must stay small. */
#define BIG_FRAME __attribute__((noinline))

/* One attribute; what a tmpfs has no room for in its design is left behind. */
static int BIG_FRAME copy_xattr(int from, int to, const char *name)
{
	char value[XATTR_BYTES];
	ssize_t n = fgetxattr(from, name, value, sizeof(value));

	if (n < 0)
		return errno == ENODATA || errno == EOPNOTSUPP ? 0 : -1;
	return fsetxattr(to, name, value, (size_t)n, 0) < 0 && errno != EOPNOTSUPP ? -1 : 0;
}

static int BIG_FRAME copy_xattrs(int from, int to)
{
	char names[XATTR_BYTES];
	ssize_t n = flistxattr(from, names, sizeof(names));

	if (n < 0)
		return errno == EOPNOTSUPP ? 0 : -1;
	for (const char *name = names; name < names + n; name += strlen(name) + 1) {
		if (copy_xattr(from, to, name) < 0)
			return -1;
	}
	return 0;
}

/* The owner first: changing it takes set-user-ID bits and file capabilities away. */
static int copy_identity(int from, int to, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & 07777) < 0 ||
	    copy_xattrs(from, to) < 0)
		return -1;
	return futimens(to, times);
}

static int BIG_FRAME copy_range(int from, int to, off_t at, off_t end)
{
	char data[DATA_BYTES];

	while (at < end) {
		size_t want = end - at < (off_t)sizeof(data) ? (size_t)(end - at) : sizeof(data);
		ssize_t n = pread(from, data, want, at);

		if (n == 0)
			return 0; /* shorter than it was */
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || lseek(to, at, SEEK_SET) < 0 || fd_write_all(to, data, (size_t)n) < 0)
			return -1;
		at += n;
	}
	return 0;
}

/* Holes stay holes, so that a large but empty file does not fill the memory. */
static int copy_data(int from, int to, off_t size)
{
	off_t at = 0;

	while (at < size) {
		off_t data = lseek(from, at, SEEK_DATA);
		off_t hole;

		if (data < 0 && errno == ENXIO)
			break;
		hole = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		if (copy_range(from, to, data < 0 ? at : data, hole) < 0)
			return -1;
		at = hole;
	}
	return ftruncate(to, size);
}

static int copy_file(const struct copy *copy, int node, int to_dir, const char *name, const struct stat *st)
{
	auto_fd int from = -1, to = -1;
	char path[32];

	(void)snprintf(path, sizeof(path), "self/fd/%d", node);
	from = openat(copy->init->proc, path, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return -1;
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0 || copy_data(from, to, st->st_size) < 0)
		return -1;
	return copy_identity(from, to, st);
}

static int BIG_FRAME copy_link(int node, int to_dir, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(node, "", target, sizeof(target) - 1);

	if (n < 0)
		return -1;
	target[n] = '\0';
	return symlinkat(target, to_dir, name);
}

/* A link, device node, pipe or socket: nothing of it is opened.  The umask is 0. */
static int copy_node(int node, int to_dir, const char *name, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	int r;

	r = S_ISLNK(st->st_mode) ? copy_link(node, to_dir, name) :
				   mknodat(to_dir, name, st->st_mode & S_IFMT, st->st_rdev);
	if (r < 0 || fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	/* The directory is in a mount that nobody else can reach: the name is still what we made. */
	if (!S_ISLNK(st->st_mode) && fchmodat(to_dir, name, st->st_mode & 07777, 0) < 0)
		return -1;
	return utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW);
}

static int copy_dir(struct copy *copy, int from, int to, unsigned int depth, struct err *err);

static int copy_subdir(struct copy *copy, int from_dir, int to_dir, const char *name, const struct stat *st,
		       unsigned int depth, struct err *err)
{
	auto_fd int from = -1, to = -1;

	from = rootpath_beneath(from_dir, name, O_RDONLY | O_DIRECTORY);
	if (from < 0)
		return errno == ENOENT ? 0 : copy_error(copy, "open", name, err);
	if (mkdirat(to_dir, name, 0700) < 0)
		return copy_error(copy, "make", name, err);
	to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return copy_error(copy, "make", name, err);
	if (copy_dir(copy, from, to, depth + 1, err) < 0)
		return -1;
	return copy_identity(from, to, st) < 0 ? copy_error(copy, "set the owner, mode and times of", name, err) : 0;
}

static int copy_entry(struct copy *copy, int from, int to, const char *name, unsigned int depth, struct err *err)
{
	auto_fd int node = -1;
	struct stat st;
	int r;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (++copy->n > MAX_ENTRIES)
		return err_say(err, copy->mount->at, "copy up into %s: more than %u files", copy->mount->target,
			       MAX_ENTRIES);
	node = rootpath_beneath(from, name, O_PATH | O_NOFOLLOW);
	/* Gone meanwhile; or something is mounted there, which is not the directory's own. */
	if (node < 0 && (errno == ENOENT || errno == EXDEV))
		return 0;
	if (node < 0 || fstat(node, &st) < 0)
		return copy_error(copy, "open", name, err);
	if (S_ISDIR(st.st_mode))
		return copy_subdir(copy, from, to, name, &st, depth, err);
	r = S_ISREG(st.st_mode) ? copy_file(copy, node, to, name, &st) : copy_node(node, to, name, &st);
	return r < 0 ? copy_error(copy, "make", name, err) : 0;
}

static int copy_dir(struct copy *copy, int from, int to, unsigned int depth, struct err *err)
{
	char buffer[ENTRY_BYTES] __attribute__((aligned(8)));
	long n;

	if (depth > MAX_DEPTH)
		return err_say(err, copy->mount->at, "copy up into %s: directories are nested deeper than %d",
			       copy->mount->target, MAX_DEPTH);
	while ((n = syscall(SYS_getdents64, from, buffer, sizeof(buffer))) > 0) {
		const struct entry *entry;

		for (long at = 0; at < n; at += entry->len) {
			entry = (const struct entry *)(const void *)(buffer + at);
			if (copy_entry(copy, from, to, entry->name, depth, err) < 0)
				return -1;
		}
	}
	return n < 0 ? copy_error(copy, "list", ".", err) : 0;
}

static bool has_param(const struct plan_mount *mount, const char *key)
{
	for (size_t i = 0; i < mount->n_params; i++) {
		if (strcmp(mount->params[i].key, key) == 0)
			return true;
	}
	return false;
}

/* The tmpfs itself stands for the directory, but for what its own options say. */
static int copy_top(const struct copy *copy, int from, int to, struct err *err)
{
	struct stat theirs, ours;

	if (fstat(from, &theirs) < 0 || fstat(to, &ours) < 0)
		return copy_error(copy, "look at", ".", err);
	if (!copy->mount->mode_from_target)
		theirs.st_mode = ours.st_mode;
	if (has_param(copy->mount, "uid"))
		theirs.st_uid = ours.st_uid;
	if (has_param(copy->mount, "gid"))
		theirs.st_gid = ours.st_gid;
	return copy_identity(from, to, &theirs) < 0 ? copy_error(copy, "set the owner, mode and times of", ".", err) : 0;
}

int copyup_fill(const struct init *init, const struct plan_mount *mount, int from, int tree, struct err *err)
{
	struct copy copy = { .init = init, .mount = mount };
	auto_fd int source = -1, target = -1;

	source = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	target = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source < 0 || target < 0)
		return copy_error(&copy, "open", ".", err);
	if (copy_dir(&copy, source, target, 0, err) < 0)
		return -1;
	return copy_top(&copy, source, target, err);
}
