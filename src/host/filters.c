/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cache of compiled seccomp filters; see filters.h.
 * Runs in: host.
 */
#include "host/filters.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include <config.h>
#include "host/config.h"
#include "libocispec/oci/config.h"

#define CACHE_DIR ".cache"
#define FILTERS_DIR "seccomp"

/* A container's own, in its directory. */
#define FILTER_FILE "seccomp"

/* A machine has a few profiles; past this many files the cache begins anew. */
#define MAX_FILES 64

/* BPF_MAXINSNS-like bound of seccomp(2): 32768 in all filters of a process. */
#define MAX_INSNS 32768

/* Other builds, and other versions of libseccomp, compile otherwise, so they do not share. */
#define BUILD PACKAGE_VERSION " " TARE_COMMIT

/* Head of a file; then the key, then the instructions. */
struct head {
	char build[64];
	uint32_t key_size;
	uint32_t n;
	uint32_t flags;
	uint64_t sum;
};

struct key {
	const char *text;
	size_t size;
	char name[24];
};

#define HASH_INIT UINT64_C(0xcbf29ce484222325)

/* FNV-1a: tells one profile's file from another's, and a damaged one from a whole one. */
static uint64_t hash_more(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* Of what will be given to the kernel: the flags count as much as the instructions. */
static uint64_t sum_of(uint32_t flags, const void *insns, size_t size)
{
	return hash_more(hash_more(HASH_INIT, &flags, sizeof(flags)), insns, size);
}

/* The raw text of the seccomp object, and its hash as the file's name. */
static bool get_key(const struct config *config, struct key *key)
{
	const struct oci_linux *on_linux = config->config->on_linux;

	if (on_linux == NULL || on_linux->seccomp == NULL)
		return false;
	key->text = config->source.text + on_linux->seccomp->at;
	key->size = on_linux->seccomp->end - on_linux->seccomp->at;
	(void)snprintf(key->name, sizeof(key->name), "%016llx",
		       (unsigned long long)hash_more(HASH_INIT, key->text, key->size));
	return true;
}

/* Open the directory @name of @dir, made first if @make; never through a link. */
static int open_dir(int dir, const char *name, bool make)
{
	if (dir < 0 || (make && mkdirat(dir, name, 0700) < 0 && errno != EEXIST))
		return -1;
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Is it ours, and can nobody else write to it? */
static bool is_ours(int fd, mode_t type)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The cache below @root if only we can write to it. */
static int open_cache(const char *root, bool make)
{
	auto_fd int base = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int cache = open_dir(base, CACHE_DIR, make);
	auto_fd int fd = open_dir(cache, FILTERS_DIR, make);

	return is_ours(fd, S_IFDIR) ? take_fd(&fd) : -1;
}

static void set_build(struct head *head)
{
	char library[16];

	memset(head, 0, sizeof(*head));
	(void)snprintf(head->build, sizeof(head->build), "%s libseccomp %s", BUILD,
		       plan_seccomp_library(library, sizeof(library)));
}

/* The file @name of @dir if only we can write to it.  O_NONBLOCK: a FIFO of that name must not hold us up. */
static int open_filter(int dir, const char *name)
{
	auto_fd int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return is_ours(fd, S_IFREG) ? take_fd(&fd) : -1;
}

/*
 * What follows @head in the file @fd, in @arena: the key, and *@ret behind it.  NULL when that is not what the
 * head says.
 */
static const char *read_body(struct arena *arena, int fd, const struct head *head, struct plan_filter *ret)
{
	size_t size;
	char *text;

	if (head->key_size > OCI_MAX_DOCUMENT || head->n == 0 || head->n > MAX_INSNS)
		return NULL;
	size = head->key_size + head->n * sizeof(struct sock_filter);
	text = arena_alloc(arena, size + sizeof(struct sock_filter));
	if (fd_read_all(fd, text, size + 1) != (ssize_t)size ||
	    sum_of(head->flags, text + head->key_size, head->n * sizeof(struct sock_filter)) != head->sum)
		return NULL;
	ret->n = head->n;
	ret->flags = head->flags;
	/* Copied once more by the plan, so alignment does not matter here. */
	ret->insns = text + head->key_size;
	return text;
}

bool filters_find(struct arena *arena, const char *root, const struct config *config, struct plan_filter *ret,
		  int *ret_cache)
{
	auto_fd int dir = -1, fd = -1;
	struct head head, expected;
	const char *text;
	struct key key;

	if (!get_key(config, &key))
		return false;
	dir = open_cache(root, false);
	if (dir >= 0)
		fd = open_filter(dir, key.name);
	if (fd < 0 || fd_read_all(fd, &head, sizeof(head)) != (ssize_t)sizeof(head))
		return false;
	set_build(&expected);
	if (memcmp(head.build, expected.build, sizeof(head.build)) != 0 || head.key_size != key.size)
		return false;
	text = read_body(arena, fd, &head, ret);
	if (text == NULL || memcmp(text, key.text, key.size) != 0)
		return false;
	*ret_cache = take_fd(&dir);
	return true;
}

int filters_read(struct arena *arena, int dirfd, struct plan_filter *ret, struct err *err)
{
	auto_fd int fd = open_filter(dirfd, FILTER_FILE);
	struct head head;

	if (fd >= 0 && fd_read_all(fd, &head, sizeof(head)) == (ssize_t)sizeof(head) &&
	    read_body(arena, fd, &head, ret) != NULL)
		return 0;
	return err_say(err, ERR_NOWHERE, "the container's seccomp filter, " FILTER_FILE " in its state directory, is %s",
		       fd < 0 ? "missing" : "damaged");
}

/*
 * Forget everything once there are too many files.  Names with a dot in front are none of this version: one that was
 * killed left them when files still had a name before they were whole.
 */
static void bound(int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	size_t n = 0;

	if (list == NULL) {
		fd_close(&copy);
		return;
	}
	while (readdir(list) != NULL)
		n++;
	rewinddir(list);
	while ((entry = readdir(list)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    (entry->d_name[0] == '.' || n > MAX_FILES))
			(void)unlinkat(dir, entry->d_name, 0);
	}
	(void)closedir(list);
}

/* A new file.  -1 with errno set, and none. */
static int write_filter(int dir, const char *name, const struct key *key, const struct plan_filter *filter)
{
	auto_fd int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct iovec parts[3];
	struct head head;
	ssize_t size, n;

	if (fd < 0)
		return -1;
	set_build(&head);
	head.key_size = (uint32_t)key->size;
	head.n = filter->n;
	head.flags = filter->flags;
	head.sum = sum_of(filter->flags, filter->insns, filter->n * sizeof(struct sock_filter));
	parts[0] = (struct iovec){ &head, sizeof(head) };
	/* An iovec takes no const, though writev(2) only reads. */
	parts[1] = (struct iovec){ (void *)(uintptr_t)key->text, key->size }; /* NOLINT(performance-no-int-to-ptr) */
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	parts[2] = (struct iovec){ (void *)(uintptr_t)filter->insns, filter->n * sizeof(struct sock_filter) };
	size = (ssize_t)(parts[0].iov_len + parts[1].iov_len + parts[2].iov_len);
	n = writev(fd, parts, 3);
	if (n == size)
		return 0;
	if (n >= 0)
		errno = ENOSPC;
	(void)unlinkat(dir, name, 0);
	return -1;
}

int filters_attach(int cache, const struct config *config, const struct plan_filter *filter, int dirfd,
		   struct err *err)
{
	struct key key;

	if (!get_key(config, &key))
		return 0;
	if (cache >= 0 && linkat(cache, key.name, dirfd, FILTER_FILE, 0) == 0)
		return 0;
	if (write_filter(dirfd, FILTER_FILE, &key, filter) < 0)
		return err_errno(err, ERR_NOWHERE, "keep the container's seccomp filter");
	return 0;
}

/* Give the whole file one more name; what has that already is older, or of another build. */
static void publish(int from, int dir, const char *name)
{
	if (linkat(from, FILTER_FILE, dir, name, 0) == 0 || errno != EEXIST)
		return;
	if (unlinkat(dir, name, 0) == 0)
		(void)linkat(from, FILTER_FILE, dir, name, 0);
}

void filters_keep(const char *root, const struct config *config, int dirfd)
{
	auto_fd int dir = -1;
	struct key key;

	if (!get_key(config, &key))
		return;
	dir = open_cache(root, true);
	if (dir < 0)
		return;
	bound(dir);
	publish(dirfd, dir, key.name);
}
