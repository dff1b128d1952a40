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

#include "base/fd.h"
#include "base/mem.h"
#include <config.h>
#include "host/config.h"
#include "libocispec/oci/config.h"

#define CACHE_DIR ".cache"
#define FILTERS_DIR "seccomp"

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

/* FNV-1a: tells one profile's file from another's, and a damaged one from a whole one. */
static uint64_t hash_of(const void *data, size_t size)
{
	const unsigned char *p = data;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash;
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
		       (unsigned long long)hash_of(key->text, key->size));
	return true;
}

/* Open the directory @name of @dir, made first if @make; never through a link. */
static int open_dir(int dir, const char *name, bool make)
{
	if (dir < 0 || (make && mkdirat(dir, name, 0700) < 0 && errno != EEXIST))
		return -1;
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The cache below @root if only we can write to it. */
static int open_cache(const char *root, bool make)
{
	auto_fd int base = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int cache = open_dir(base, CACHE_DIR, make);
	auto_fd int fd = open_dir(cache, FILTERS_DIR, make);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return -1;
	return take_fd(&fd);
}

static void set_build(struct head *head)
{
	char library[16];

	memset(head, 0, sizeof(*head));
	(void)snprintf(head->build, sizeof(head->build), "%s libseccomp %s", BUILD,
		       plan_seccomp_library(library, sizeof(library)));
}

bool filters_find(struct arena *arena, const char *root, const struct config *config, struct plan_filter *ret)
{
	auto_fd int dir = -1, fd = -1;
	struct head head, expected;
	struct key key;
	size_t size;
	char *text;

	if (!get_key(config, &key))
		return false;
	dir = open_cache(root, false);
	if (dir >= 0)
		fd = openat(dir, key.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fd_read_all(fd, &head, sizeof(head)) != (ssize_t)sizeof(head))
		return false;
	set_build(&expected);
	if (memcmp(head.build, expected.build, sizeof(head.build)) != 0 || head.key_size != key.size ||
	    head.n == 0 || head.n > MAX_INSNS)
		return false;
	size = head.key_size + head.n * sizeof(struct sock_filter);
	text = arena_alloc(arena, size + sizeof(struct sock_filter));
	if (fd_read_all(fd, text, size + 1) != (ssize_t)size || memcmp(text, key.text, key.size) != 0 ||
	    hash_of(text + key.size, head.n * sizeof(struct sock_filter)) != head.sum)
		return false;
	ret->n = head.n;
	ret->flags = head.flags;
	/* Copied once more by the plan, so alignment does not matter here. */
	ret->insns = text + key.size;
	return true;
}

/* Forget everything once there are too many files. */
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
	while (n > MAX_FILES && (entry = readdir(list)) != NULL) {
		if (entry->d_name[0] != '.')
			(void)unlinkat(dir, entry->d_name, 0);
	}
	(void)closedir(list);
}

void filters_keep(const char *root, const struct config *config, const struct plan_filter *filter)
{
	auto_fd int dir = -1, fd = -1;
	struct head head;
	struct key key;
	char temporary[48];
	struct iovec parts[3];
	ssize_t size;

	if (!get_key(config, &key))
		return;
	dir = open_cache(root, true);
	if (dir < 0)
		return;
	bound(dir);
	(void)snprintf(temporary, sizeof(temporary), ".%s.%d", key.name, (int)getpid());
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	set_build(&head);
	head.key_size = (uint32_t)key.size;
	head.n = filter->n;
	head.flags = filter->flags;
	head.sum = hash_of(filter->insns, filter->n * sizeof(struct sock_filter));
	parts[0] = (struct iovec){ &head, sizeof(head) };
	parts[1] = (struct iovec){ (void *)(uintptr_t)key.text, key.size };
	parts[2] = (struct iovec){ (void *)(uintptr_t)filter->insns, filter->n * sizeof(struct sock_filter) };
	size = (ssize_t)(parts[0].iov_len + parts[1].iov_len + parts[2].iov_len);
	if (writev(fd, parts, 3) != size || renameat(dir, temporary, dir, key.name) < 0)
		(void)unlinkat(dir, temporary, 0);
}
