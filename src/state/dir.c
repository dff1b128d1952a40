/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Container directories, their lock and their list; see dir.h.
 * Runs in: host.
 */
#include "state/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "state/record.h"
#include "sys/flockwait.h"
#include "sys/pidfd.h"

/* Tries when a delete removes the directory that we just made or opened: each needs one. */
enum { MAX_RACES = 16 };

/*
 * Levels of directories that one removal takes away, more than a payload is likely to make; the next one goes on with
 * the rest.  Somebody who makes them all the time shall not keep us for ever.
 */
enum { MAX_DEPTH = 1 << 20 };

static void close_dir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

#define auto_dir __attribute__((cleanup(close_dir)))

int dir_root(char *buf, size_t size, uid_t euid, bool in_user_ns, const char *xdg_runtime_dir,
	     struct err *err)
{
	bool has_xdg = xdg_runtime_dir && *xdg_runtime_dir;
	const char *base = "/run";
	int n;

	if ((euid != 0 || in_user_ns) && has_xdg)
		base = xdg_runtime_dir;
	else if (euid != 0)
		return err_say(err, ERR_NOWHERE, "XDG_RUNTIME_DIR is not set; say where to keep "
			       "containers with --root");
	n = snprintf(buf, size, "%s/tare", base);
	if (n < 0 || (size_t)n >= size)
		return err_say(err, ERR_NOWHERE, "XDG_RUNTIME_DIR is too long");
	return 0;
}

static bool is_id(const char *id)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-";
	size_t len = strlen(id);

	return len > 0 && len <= DIR_ID_MAX && id[0] != '.' && strspn(id, letters) == len;
}

int dir_check_id(const char *id, struct err *err)
{
	if (is_id(id))
		return 0;
	if (!*id)
		return err_say(err, ERR_NOWHERE, "the container ID is empty");
	if (strlen(id) > DIR_ID_MAX)
		return err_say(err, ERR_NOWHERE, "the container ID is longer than %d bytes",
			       DIR_ID_MAX);
	return err_say(err, ERR_NOWHERE, "`%s` is no container ID: letters, digits, '_', '+', '.' "
		       "and '-' are allowed, '.' not at the start", id);
}

/* Make every directory of @path that is missing; only the last one can be ours to keep private. */
static int make_parents(const char *path)
{
	auto_free char *copy = strdup(path);

	if (!copy)
		return -1;
	/* "root/" is "root": else it would be made as a parent of nothing, with a parent's mode. */
	for (size_t len = strlen(copy); len > 1 && copy[len - 1] == '/'; len--)
		copy[len - 1] = '\0';
	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0711) < 0 && errno != EEXIST)
			return -1;
		*p = '/';
	}
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
	return mkdir(copy, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

static int open_root(const char *root)
{
	return open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int make_root(const char *root, int *ret_fd, struct err *err)
{
	int fd = open_root(root);

	if (fd < 0 && errno == ENOENT) {
		if (make_parents(root) < 0)
			return err_errno(err, ERR_NOWHERE, "make state directory %s", root);
		fd = open_root(root);
	}
	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "open state directory %s", root);
	*ret_fd = fd;
	return 0;
}

/*
 * The lock is ours: let others see whose it is, as far as the file system can.  0; 1 when the directory was
 * removed while we waited; -1 with errno.
 */
static int own_lock(int fd)
{
	struct flock mark = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1 };
	struct stat st;

	(void)fcntl(fd, F_SETLK, &mark);
	if (fstat(fd, &st) < 0)
		return -1;
	return st.st_nlink == 0;
}

/* Wait for the lock; the result is own_lock()'s. */
static int lock_dir(int fd, enum dir_lock lock)
{
	if (lock == DIR_UNLOCKED)
		return 0;
	while (flock(fd, lock == DIR_SHARED ? LOCK_SH : LOCK_EX) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return own_lock(fd);
}

/* 0 locked, 1 lost it to a delete, -1 with errno. */
static int take_dir(struct state_dir *dir, const char *id, enum dir_lock lock)
{
	auto_fd int fd = openat(dir->root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return errno == ENOENT ? 1 : -1;
	r = lock_dir(fd, lock);
	if (r == 0) {
		dir->fd = take_fd(&fd);
		dir->id = id;
		dir->lock = lock;
	}
	return r;
}

int dir_make(struct state_dir *ret, const char *root, const char *id, struct err *err)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	int r = 1;

	if (dir_check_id(id, err) < 0 || make_root(root, &dir.root_fd, err) < 0)
		return -1;
	for (int i = 0; i < MAX_RACES && r == 1; i++) {
		if (mkdirat(dir.root_fd, id, 0700) < 0) {
			if (errno == EEXIST)
				return err_say(err, ERR_NOWHERE, "container `%s` already exists",
					       id);
			return err_errno(err, ERR_NOWHERE, "make %s/%s", root, id);
		}
		r = take_dir(&dir, id, DIR_EXCLUSIVE);
	}
	if (r < 0)
		return err_errno(err, ERR_NOWHERE, "lock %s/%s", root, id);
	if (r > 0)
		return err_say(err, ERR_NOWHERE, "%s/%s is removed as often as it is made", root,
			       id);
	*ret = dir;
	dir = STATE_DIR_INIT;
	return 0;
}

static int refuse_unknown(const char *id, struct err *err)
{
	(void)err_say(err, ERR_NOWHERE, "container `%s` does not exist", id);
	err->code = ENOENT;
	return -1;
}

int dir_open(struct state_dir *ret, const char *root, const char *id, enum dir_lock lock,
	     struct err *err)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	int r = 1;

	if (dir_check_id(id, err) < 0)
		return -1;
	dir.root_fd = open_root(root);
	if (dir.root_fd < 0 && errno != ENOENT)
		return err_errno(err, ERR_NOWHERE, "open state directory %s", root);
	if (dir.root_fd >= 0)
		r = take_dir(&dir, id, lock);
	if (r < 0)
		return err_errno(err, ERR_NOWHERE, "open %s/%s", root, id);
	if (r > 0)
		return refuse_unknown(id, err);
	*ret = dir;
	dir = STATE_DIR_INIT;
	return 0;
}

int dir_lock_within(struct state_dir *dir, int timeout_ms, struct err *err)
{
	int r = flockwait_exclusive(dir->fd, timeout_ms);

	if (r < 0 && errno != EWOULDBLOCK)
		return err_errno(err, ERR_NOWHERE, "lock container `%s`", dir->id);
	if (r < 0)
		return 0;
	r = own_lock(dir->fd);
	if (r < 0)
		return err_errno(err, ERR_NOWHERE, "lock container `%s`", dir->id);
	if (r > 0)
		return refuse_unknown(dir->id, err);
	dir->lock = DIR_EXCLUSIVE;
	return 1;
}

/* The number of a process that holds a lock, 0 for none. */
static pid_t find_holder(int fd)
{
	struct flock mark = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };

	return fcntl(fd, F_GETLK, &mark) < 0 || mark.l_type == F_UNLCK || mark.l_pid <= 0 ? 0 : mark.l_pid;
}

int dir_open_holder(const struct state_dir *dir, pid_t *ret_pid)
{
	pid_t pid = find_holder(dir->fd);
	auto_fd int pidfd = pid == 0 ? -1 : pidfd_open(pid);

	/* The number may have got another owner; if that one does not hold a lock, it has no business here. */
	if (pidfd < 0 || find_holder(dir->fd) != pid)
		return -1;
	*ret_pid = pid;
	return take_fd(&pidfd);
}

bool dir_is_busy(const struct state_dir *dir)
{
	/* With a lock of ours nobody else has an exclusive one. */
	if (dir->lock != DIR_UNLOCKED)
		return false;
	if (flock(dir->fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	(void)flock(dir->fd, LOCK_UN);
	return false;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The entries of the directory @fd, which stays the caller's.  NULL with errno. */
static DIR *list(int fd, const char *name)
{
	auto_fd int copy = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);

	if (d)
		(void)take_fd(&copy);
	return d;
}

/*
 * A file, a link, a special file or an empty directory.  -1 with ENOTEMPTY for a directory that is not, and nothing is
 * mounted there then: that is EBUSY, and looked at first.
 */
static int remove_one(int fd, const char *name)
{
	if (unlinkat(fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -1;
	return unlinkat(fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

/* @name in @from becomes an entry of @fd, under a name that nobody has; from *@number on they are tried. */
static int move_up(int from, const char *name, int fd, unsigned int *number)
{
	char fresh[32];

	while (*number < UINT_MAX) {
		(void)snprintf(fresh, sizeof(fresh), "removed-%u", (*number)++);
		if (renameat(from, name, fd, fresh) == 0)
			return 0;
		if (errno != ENOTEMPTY && errno != EEXIST)
			return -1;
	}
	return -1;
}

/*
 * An entry of @fd.  What a container has put into a directory of ours may be deeper than descriptors and stacks
 * allow, so directories that are not empty come up here instead, to be met again.
 */
static int remove_entry(int fd, const char *name, unsigned int *number)
{
	auto_dir DIR *d = NULL;
	struct dirent *e;

	if (remove_one(fd, name) == 0)
		return 0;
	if (errno != ENOTEMPTY)
		return -1;
	d = list(fd, name);
	if (!d)
		return errno == ENOENT ? 0 : -1;
	while ((e = readdir(d))) {
		if (is_dots(e->d_name) || remove_one(dirfd(d), e->d_name) == 0)
			continue;
		if (errno != ENOTEMPTY || move_up(dirfd(d), e->d_name, fd, number) < 0)
			return -1;
	}
	return remove_one(fd, name);
}

/* Each entry once, apart from the record.  1 when there was one, 0 when there was none, -1 with errno. */
static int remove_entries(int fd, unsigned int *number)
{
	auto_dir DIR *d = list(fd, ".");
	bool is_empty = true;
	struct dirent *e;

	if (!d)
		return -1;
	while ((e = readdir(d))) {
		if (is_dots(e->d_name) || strcmp(e->d_name, RECORD_FILE) == 0)
			continue;
		is_empty = false;
		if (remove_entry(fd, e->d_name, number) < 0)
			return -1;
	}
	return !is_empty;
}

/* All files but the record, which says how to unmake the rest and so goes last. */
static int remove_files(int fd)
{
	unsigned int number = 0;
	int r = 1;

	for (unsigned int i = 0; i < MAX_DEPTH && r > 0; i++)
		r = remove_entries(fd, &number);
	if (r > 0)
		errno = ELOOP;
	if (r != 0)
		return -1;
	return unlinkat(fd, RECORD_FILE, 0) < 0 && errno != ENOENT ? -1 : 0;
}

int dir_remove(struct state_dir *dir, struct err *err)
{
	if (remove_files(dir->fd) < 0)
		return err_errno(err, ERR_NOWHERE, "remove the files of container `%s`", dir->id);
	if (unlinkat(dir->root_fd, dir->id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_errno(err, ERR_NOWHERE, "remove the directory of container `%s`",
				 dir->id);
	return 0;
}

void dir_close(struct state_dir *dir)
{
	fd_close(&dir->fd);
	fd_close(&dir->root_fd);
}

/* struct ids - IDs being collected: @text holds them one after the other, each with its NUL. */
struct ids {
	char *text;
	size_t used, room, n;
};

static int add_id(struct ids *ids, const char *id)
{
	size_t len = strlen(id) + 1;

	if (ids->used + len > ids->room) {
		size_t room = 2 * ids->room + len + 1024;
		char *grown = realloc(ids->text, room);

		if (!grown)
			return -1;
		ids->text = grown;
		ids->room = room;
	}
	memcpy(ids->text + ids->used, id, len);
	ids->used += len;
	ids->n++;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One block: the sorted vector, then the text that it points into. */
static char **pack(const struct ids *ids)
{
	char **list = malloc((ids->n + 1) * sizeof(*list) + ids->used);
	char *p;

	if (!list)
		return NULL;
	p = (char *)(list + ids->n + 1);
	if (ids->used > 0)
		memcpy(p, ids->text, ids->used);
	for (size_t i = 0; i < ids->n; i++, p += strlen(p) + 1)
		list[i] = p;
	list[ids->n] = NULL;
	qsort(list, ids->n, sizeof(*list), compare);
	return list;
}

static int read_ids(DIR *d, struct ids *ids)
{
	struct dirent *e;

	errno = 0;
	while ((e = readdir(d))) {
		if (is_id(e->d_name) && (e->d_type == DT_DIR || e->d_type == DT_UNKNOWN) &&
		    add_id(ids, e->d_name) < 0)
			return -1;
		errno = 0;
	}
	return errno ? -1 : 0;
}

int dir_list(const char *root, bool must_exist, char ***ret_ids, size_t *ret_n, struct err *err)
{
	auto_dir DIR *d = opendir(root);
	struct ids ids = { .text = NULL };
	char **list = NULL;

	if (!d && (errno != ENOENT || must_exist))
		return err_errno(err, ERR_NOWHERE, "open state directory %s", root);
	if (!d || read_ids(d, &ids) == 0)
		list = pack(&ids);
	free(ids.text);
	if (!list)
		return err_errno(err, ERR_NOWHERE, "list state directory %s", root);
	*ret_ids = list;
	*ret_n = ids.n;
	return 0;
}
