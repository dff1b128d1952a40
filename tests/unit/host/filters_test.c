/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache of compiled filters: what hits, and everything that must not. */
#include "host/filters.h"

#include "stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "host/config.h"

#define CACHE "state/.cache/seccomp"

#define SECCOMP(more) "{'defaultAction': 'SCMP_ACT_ALLOW'" more "}"

static const struct sock_filter insns[] = {
	{ .code = BPF_LD | BPF_W | BPF_ABS, .k = 4 },
	{ .code = BPF_JMP | BPF_JEQ | BPF_K, .jf = 1, .k = 17 },
	{ .code = BPF_RET | BPF_K, .k = 0x7fff0000 },
};

static const struct plan_filter filter = { .insns = insns, .n = COUNT(insns), .flags = 2 };

/* A state root, and a loaded config.json with the seccomp object @seccomp ("" for none). */
struct cache {
	struct stage stage;
	struct config config;
};

static void load(struct cache *cache, const char *seccomp)
{
	struct err err = ERR_INIT;
	char text[1024];

	(void)snprintf(text, sizeof(text),
		       "{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'}, 'linux': {'namespaces': []%s%s}}",
		       seccomp[0] != '\0' ? ", 'seccomp': " : "", seccomp);
	stage_config(&cache->stage, text);
	config_close(&cache->config);
	assert_good(config_load(&cache->config, cache->stage.bundle, NULL, &err), err);
}

static void begin(struct cache *cache, const char *seccomp)
{
	*cache = (struct cache){ .config = CONFIG_INIT };
	stage_open(&cache->stage);
	assert_int_equal(mkdir(cache->stage.root, 0700), 0);
	load(cache, seccomp);
}

static void end(struct cache *cache)
{
	config_close(&cache->config);
	stage_close(&cache->stage);
}

static bool hits(const struct cache *cache)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct plan_filter found = { .n = 0 };
	size_t fds = support_count_fds();
	int dir = -1;
	bool r = filters_find(&arena, cache->stage.root, &cache->config, &found, &dir);

	assert_int_equal(dir >= 0, r);
	fd_close(&dir);
	assert_int_equal(support_count_fds(), fds);
	if (!r)
		return false;
	assert_int_equal(found.n, filter.n);
	assert_int_equal(found.flags, filter.flags);
	assert_memory_equal(found.insns, insns, sizeof(insns));
	return true;
}

/* As a container with its directory @dir does. */
static void attach(const struct cache *cache, struct support_dir *dir, bool is_cached)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct plan_filter found;
	auto_fd int from = -1;
	struct err err = ERR_INIT;

	support_open_dir(dir);
	if (is_cached)
		(void)filters_find(&arena, cache->stage.root, &cache->config, &found, &from);
	assert_good(filters_attach(from, &cache->config, &filter, dir->fd, &err), err);
}

static void keep(const struct cache *cache)
{
	size_t fds = support_count_fds();
	struct support_dir dir;

	attach(cache, &dir, false);
	filters_keep(cache->stage.root, &cache->config, dir.fd);
	support_remove_dir(&dir);
	assert_int_equal(support_count_fds(), fds);
}

/* The number of files in the cache, temporary ones too; the name of the last in @path. */
static size_t count(const struct cache *cache, char *path, size_t size)
{
	char dir_path[256];
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	(void)snprintf(dir_path, sizeof(dir_path), "%s/.cache/seccomp", cache->stage.root);
	dir = opendir(dir_path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (path != NULL)
			(void)snprintf(path, size, CACHE "/%s", entry->d_name);
		n++;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return n;
}

/* Open the one file of the cache, with its size. */
static int open_file(const struct cache *cache, off_t *ret_size)
{
	char path[300];
	struct stat st;
	int fd;

	assert_int_equal(count(cache, path, sizeof(path)), 1);
	fd = openat(cache->stage.dir.fd, path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*ret_size = st.st_size;
	return fd;
}

static void test_hit(void **state)
{
	struct cache cache;
	struct stat st;
	char path[300];

	(void)state;
	begin(&cache, SECCOMP(""));
	assert_false(hits(&cache));
	/* Looking makes nothing. */
	assert_int_equal(faccessat(cache.stage.dir.fd, "state/.cache", F_OK, 0), -1);
	keep(&cache);
	assert_true(hits(&cache));
	/* One whole file that is ours alone. */
	assert_int_equal(count(&cache, path, sizeof(path)), 1);
	assert_int_equal(fstatat(cache.stage.dir.fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(fstatat(cache.stage.dir.fd, CACHE, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	/* Kept again it is replaced. */
	keep(&cache);
	assert_int_equal(count(&cache, NULL, 0), 1);
	assert_true(hits(&cache));
	end(&cache);
}

/* Only the seccomp object counts, and of it every byte. */
static void test_one_changed_byte(void **state)
{
	struct cache cache;

	(void)state;
	begin(&cache, SECCOMP(", 'architectures': ['SCMP_ARCH_X86']"));
	keep(&cache);
	assert_true(hits(&cache));
	load(&cache, SECCOMP(", 'architectures': ['SCMP_ARCH_X32']"));
	assert_false(hits(&cache));
	load(&cache, SECCOMP(",  'architectures': ['SCMP_ARCH_X86']"));
	assert_false(hits(&cache));
	load(&cache, SECCOMP(", 'architectures': ['SCMP_ARCH_X86']"));
	assert_true(hits(&cache));
	/* Two profiles have two files. */
	load(&cache, SECCOMP(""));
	keep(&cache);
	assert_int_equal(count(&cache, NULL, 0), 2);
	assert_true(hits(&cache));
	end(&cache);
}

static void test_without_seccomp(void **state)
{
	struct cache cache;

	(void)state;
	begin(&cache, "");
	keep(&cache);
	assert_false(hits(&cache));
	assert_int_equal(faccessat(cache.stage.dir.fd, "state/.cache", F_OK, 0), -1);
	end(&cache);
}

/* Whichever byte is damaged, what is found is right, or nothing is found. */
static void test_damaged(void **state)
{
	struct cache cache;
	size_t missed = 0;
	off_t size;
	int fd;

	(void)state;
	begin(&cache, SECCOMP(""));
	keep(&cache);
	fd = open_file(&cache, &size);
	for (off_t i = 0; i < size; i++) {
		unsigned char byte, damaged;

		assert_int_equal(pread(fd, &byte, 1, i), 1);
		damaged = byte ^ 0x41;
		assert_int_equal(pwrite(fd, &damaged, 1, i), 1);
		missed += !hits(&cache);
		assert_int_equal(pwrite(fd, &byte, 1, i), 1);
	}
	(void)close(fd);
	/* All but what only fills up the head. */
	assert_true(missed >= (size_t)size - 8);
	assert_true(hits(&cache));
	end(&cache);
}

static void test_other_build(void **state)
{
	struct cache cache;
	off_t size;
	int fd;

	(void)state;
	begin(&cache, SECCOMP(""));
	keep(&cache);
	fd = open_file(&cache, &size);
	/* The head begins with the name of the build. */
	assert_int_equal(pwrite(fd, "0.0.0", 5, 0), 5);
	(void)close(fd);
	assert_false(hits(&cache));
	keep(&cache);
	assert_true(hits(&cache));
	end(&cache);
}

static void test_truncated_or_longer(void **state)
{
	struct cache cache;
	off_t size;
	int fd;

	(void)state;
	begin(&cache, SECCOMP(""));
	keep(&cache);
	fd = open_file(&cache, &size);
	/* Longer first: what was cut off does not come back. */
	assert_int_equal(ftruncate(fd, size + 1), 0);
	assert_false(hits(&cache));
	assert_int_equal(ftruncate(fd, size), 0);
	assert_true(hits(&cache));
	for (off_t i = size - 1; i >= 0; i -= i > 100 ? 7 : 1) {
		assert_int_equal(ftruncate(fd, i), 0);
		assert_false(hits(&cache));
	}
	(void)close(fd);
	keep(&cache);
	assert_true(hits(&cache));
	end(&cache);
}

/* Where somebody else can have written, nothing is taken, and nothing is put. */
static void test_directory_of_others(void **state)
{
	static const mode_t modes[] = { 0720, 0702, 0777 };
	struct cache cache;

	(void)state;
	begin(&cache, SECCOMP(""));
	keep(&cache);
	for (size_t i = 0; i < COUNT(modes); i++) {
		assert_int_equal(fchmodat(cache.stage.dir.fd, CACHE, modes[i], 0), 0);
		assert_false(hits(&cache));
	}
	load(&cache, SECCOMP(", 'syscalls': []"));
	keep(&cache);
	assert_int_equal(count(&cache, NULL, 0), 1);
	load(&cache, SECCOMP(""));
	assert_int_equal(fchmodat(cache.stage.dir.fd, CACHE, 0755, 0), 0);
	assert_true(hits(&cache));
	assert_int_equal(fchownat(cache.stage.dir.fd, CACHE, 65534, 0, 0), 0);
	assert_false(hits(&cache));
	end(&cache);
}

static void test_file_of_others(void **state)
{
	struct cache cache;
	off_t size;
	int fd;

	(void)state;
	begin(&cache, SECCOMP(""));
	keep(&cache);
	fd = open_file(&cache, &size);
	assert_int_equal(fchmod(fd, 0602), 0);
	assert_false(hits(&cache));
	assert_int_equal(fchmod(fd, 0620), 0);
	assert_false(hits(&cache));
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_true(hits(&cache));
	assert_int_equal(fchown(fd, 65534, 0), 0);
	assert_false(hits(&cache));
	(void)close(fd);
	/* It is replaced, not written into. */
	keep(&cache);
	assert_true(hits(&cache));
	end(&cache);
}

/* Links are not followed, a FIFO does not hold us up. */
static void test_file_is_no_file(void **state)
{
	struct cache cache;
	char path[300];

	(void)state;
	begin(&cache, SECCOMP(""));
	keep(&cache);
	assert_int_equal(count(&cache, path, sizeof(path)), 1);
	assert_int_equal(renameat(cache.stage.dir.fd, path, cache.stage.dir.fd, CACHE "/real"), 0);
	assert_int_equal(symlinkat("real", cache.stage.dir.fd, path), 0);
	assert_false(hits(&cache));
	assert_int_equal(unlinkat(cache.stage.dir.fd, path, 0), 0);
	assert_int_equal(mkfifoat(cache.stage.dir.fd, path, 0600), 0);
	(void)alarm(30);
	assert_false(hits(&cache));
	(void)alarm(0);
	assert_int_equal(unlinkat(cache.stage.dir.fd, path, 0), 0);
	assert_int_equal(mkdirat(cache.stage.dir.fd, path, 0700), 0);
	assert_false(hits(&cache));
	/* Nor can it be replaced; that costs time, nothing else. */
	keep(&cache);
	assert_false(hits(&cache));
	assert_int_equal(count(&cache, NULL, 0), 2);
	end(&cache);
}

static void test_cache_is_a_link(void **state)
{
	struct cache cache;

	(void)state;
	begin(&cache, SECCOMP(""));
	assert_int_equal(mkdirat(cache.stage.dir.fd, "elsewhere", 0700), 0);
	assert_int_equal(symlinkat("../elsewhere", cache.stage.dir.fd, "state/.cache"), 0);
	keep(&cache);
	assert_int_equal(faccessat(cache.stage.dir.fd, "elsewhere/seccomp", F_OK, 0), -1);
	assert_false(hits(&cache));
	end(&cache);
}

/* Without a state root nothing is found and nothing is made. */
static void test_root_is_missing(void **state)
{
	struct cache cache;

	(void)state;
	begin(&cache, SECCOMP(""));
	assert_int_equal(rmdir(cache.stage.root), 0);
	assert_false(hits(&cache));
	keep(&cache);
	assert_int_equal(access(cache.stage.root, F_OK), -1);
	end(&cache);
}

/* The cache does not grow without end. */
static void test_bound(void **state)
{
	struct cache cache;
	char path[300];

	(void)state;
	begin(&cache, SECCOMP(""));
	keep(&cache);
	for (int i = 0; i < 80; i++) {
		(void)snprintf(path, sizeof(path), CACHE "/%016d", i);
		support_write(cache.stage.dir.fd, path, "old");
	}
	keep(&cache);
	assert_int_equal(count(&cache, NULL, 0), 1);
	assert_true(hits(&cache));
	end(&cache);
}

static void keep_without_names(void *data)
{
	support_refuse(SYS_linkat, EIO);
	support_refuse(SYS_link, EIO);
	support_refuse(SYS_rename, EIO);
	support_refuse(SYS_renameat, EIO);
	support_refuse(SYS_renameat2, EIO);
	support_refuse(SYS_unlinkat, EIO);
	keep(data);
}

/* As when it is killed before the file is whole; and what earlier versions left is collected. */
static void test_nothing_is_left_behind(void **state)
{
	struct cache cache;

	(void)state;
	begin(&cache, SECCOMP(""));
	keep(&cache);
	assert_true(hits(&cache));
	support_write(cache.stage.dir.fd, CACHE "/.0123456789abcdef.77", "half");
	assert_int_equal(count(&cache, NULL, 0), 2);
	keep(&cache);
	assert_int_equal(count(&cache, NULL, 0), 1);
	assert_true(hits(&cache));
	support_run(0, keep_without_names, &cache);
	assert_int_equal(count(&cache, NULL, 0), 1);
	end(&cache);
}

static bool reads(const struct support_dir *dir, const char *part)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct plan_filter found = { .n = 0 };
	struct err err = ERR_INIT;
	size_t fds = support_count_fds();
	int r = filters_read(&arena, dir->fd, &found, &err);

	assert_int_equal(support_count_fds(), fds);
	if (part != NULL) {
		assert_int_equal(r, -1);
		assert_holds(err.text, part);
		return false;
	}
	assert_good(r, err);
	assert_int_equal(found.n, filter.n);
	assert_int_equal(found.flags, filter.flags);
	assert_memory_equal(found.insns, insns, sizeof(insns));
	return true;
}

/* A container's own: a second name of the cached one, or a file that becomes the cached one. */
static void test_attached(void **state)
{
	struct support_dir first, second, third;
	struct err err = ERR_INIT;
	struct cache cache;
	struct stat one, other;

	(void)state;
	begin(&cache, SECCOMP(""));
	attach(&cache, &first, false);
	assert_true(reads(&first, NULL));
	assert_false(hits(&cache));
	filters_keep(cache.stage.root, &cache.config, first.fd);
	assert_true(hits(&cache));
	attach(&cache, &second, true);
	assert_true(reads(&second, NULL));
	assert_int_equal(fstatat(first.fd, "seccomp", &one, 0) | fstatat(second.fd, "seccomp", &other, 0), 0);
	assert_true(one.st_ino == other.st_ino && one.st_nlink == 3);
	assert_int_equal(one.st_mode & 07777, 0600);
	/* Gone from the cache meanwhile: then it is written anew. */
	load(&cache, SECCOMP(" "));
	support_open_dir(&third);
	assert_good(filters_attach(second.fd, &cache.config, &filter, third.fd, &err), err);
	assert_true(reads(&third, NULL));
	support_remove_dir(&first);
	assert_true(reads(&second, NULL));
	support_remove_dir(&second);
	support_remove_dir(&third);
	end(&cache);
}

static void test_attached_to_nothing(void **state)
{
	struct support_dir dir;
	struct cache cache;

	(void)state;
	begin(&cache, "");
	attach(&cache, &dir, false);
	assert_false(reads(&dir, "is missing"));
	support_remove_dir(&dir);
	end(&cache);
}

/* There is no other one to take, so it must be whole. */
static void test_own_damaged(void **state)
{
	struct support_dir dir;
	struct cache cache;
	char byte;
	int fd;

	(void)state;
	begin(&cache, SECCOMP(""));
	attach(&cache, &dir, false);
	fd = openat(dir.fd, "seccomp", O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, lseek(fd, 0, SEEK_END) - 3), 1);
	byte = (char)~byte;
	assert_int_equal(pwrite(fd, &byte, 1, lseek(fd, 0, SEEK_END) - 3), 1);
	assert_false(reads(&dir, "is damaged"));
	assert_int_equal(ftruncate(fd, 10), 0);
	assert_false(reads(&dir, "is damaged"));
	(void)close(fd);
	/* Nor may somebody else have put it there. */
	assert_int_equal(unlinkat(dir.fd, "seccomp", 0), 0);
	assert_int_equal(mkfifoat(dir.fd, "seccomp", 0600), 0);
	assert_false(reads(&dir, "is missing"));
	assert_int_equal(unlinkat(dir.fd, "seccomp", 0), 0);
	support_remove_dir(&dir);
	end(&cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attached),
		cmocka_unit_test(test_attached_to_nothing),
		cmocka_unit_test(test_own_damaged),
		cmocka_unit_test(test_hit),
		cmocka_unit_test(test_one_changed_byte),
		cmocka_unit_test(test_without_seccomp),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_other_build),
		cmocka_unit_test(test_truncated_or_longer),
		cmocka_unit_test(test_directory_of_others),
		cmocka_unit_test(test_file_of_others),
		cmocka_unit_test(test_file_is_no_file),
		cmocka_unit_test(test_cache_is_a_link),
		cmocka_unit_test(test_root_is_missing),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_nothing_is_left_behind),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
