/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Container directories: who gets an ID, what is left, what is listed; dir_lock_test.c has the lock. */
#include "state/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "state/record.h"
#include "tests/unit/state/stage.h"

static void assert_mode(const char *path, mode_t mode)
{
	struct stat st;

	if (fstatat(dir.fd, path, &st, 0) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	assert_int_equal(st.st_mode & 07777, mode);
}

static void test_root(void **state)
{
	struct err err = ERR_INIT;
	char buf[64], longest[64];

	(void)state;
	assert_good(dir_root(buf, sizeof(buf), 0, false, NULL, &err), err);
	assert_string_equal(buf, "/run/tare");
	/* Root's variable may be left over from the user who became root. */
	assert_good(dir_root(buf, sizeof(buf), 0, false, "/run/user/5", &err), err);
	assert_string_equal(buf, "/run/tare");
	assert_good(dir_root(buf, sizeof(buf), 0, true, "/run/user/5", &err), err);
	assert_string_equal(buf, "/run/user/5/tare");
	assert_good(dir_root(buf, sizeof(buf), 5, false, "/run/user/5", &err), err);
	assert_string_equal(buf, "/run/user/5/tare");
	assert_good(dir_root(buf, sizeof(buf), 5, true, "/run/user/5", &err), err);
	assert_string_equal(buf, "/run/user/5/tare");
	/* Root of a user namespace without it has a /run of its own, most likely. */
	assert_good(dir_root(buf, sizeof(buf), 0, true, "", &err), err);
	assert_string_equal(buf, "/run/tare");
	assert_bad(dir_root(buf, sizeof(buf), 5, false, NULL, &err),
		   "XDG_RUNTIME_DIR is not set; say where to keep containers with --root");
	assert_bad(dir_root(buf, sizeof(buf), 5, true, "", &err),
		   "XDG_RUNTIME_DIR is not set; say where to keep containers with --root");
	/* "/tare" and the end just fit, or not. */
	memset(longest, 'x', sizeof(longest));
	longest[58] = '\0';
	assert_good(dir_root(buf, sizeof(buf), 5, false, longest, &err), err);
	longest[58] = 'x';
	longest[59] = '\0';
	assert_bad(dir_root(buf, sizeof(buf), 5, false, longest, &err), "XDG_RUNTIME_DIR is too long");
}

static void test_ids(void **state)
{
	static const char *const good[] = { "a", "0", "_", "+", "-", "a.b", "A_z+0.9-", "-x", "a..", "x." };
	static const char *const bad[] = { ".", "..", ".a", "a/b", "/", "a b", "a\n", "\xc3\xa9", "a:b", "a\\", "*", "a@b",
					   "\x7f", "../x", "a\x01" };
	struct err err = ERR_INIT;
	char longest[DIR_ID_MAX + 2];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_good(dir_check_id(good[i], &err), err);
	for (size_t i = 0; i < COUNT(bad); i++) {
		err = ERR_INIT;
		assert_int_equal(dir_check_id(bad[i], &err), -1);
		assert_holds(err.text, "is no container ID");
		assert_holds(err.text, bad[i]);
	}
	assert_bad(dir_check_id("a b", &err), "`a b` is no container ID: letters, digits, '_', '+', '.' and '-' are "
		   "allowed, '.' not at the start");
	assert_bad(dir_check_id("", &err), "the container ID is empty");
	memset(longest, 'i', sizeof(longest));
	longest[DIR_ID_MAX] = '\0';
	assert_good(dir_check_id(longest, &err), err);
	longest[DIR_ID_MAX] = 'i';
	longest[DIR_ID_MAX + 1] = '\0';
	assert_bad(dir_check_id(longest, &err), "the container ID is longer than 255 bytes");
}

static void test_make(void **state)
{
	auto_state_dir struct state_dir made = STATE_DIR_INIT, other = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	size_t fds;

	(void)state;
	(void)snprintf(root, sizeof(root), "%s/some/where//root", dir.path);
	assert_good(dir_make(&made, root, "one", &err), err);
	assert_string_equal(made.id, "one");
	assert_int_equal(made.lock, DIR_EXCLUSIVE);
	assert_true(support_is_cloexec(made.fd) && support_is_cloexec(made.root_fd));
	assert_mode("some", 0711);
	assert_mode("some/where", 0711);
	assert_mode("some/where/root", 0700);
	assert_mode("some/where/root/one", 0700);
	/* What was there keeps its mode. */
	assert_int_equal(fchmodat(dir.fd, "some/where/root", 0755, 0), 0);
	fds = support_count_fds();
	assert_bad(dir_make(&other, root, "one", &err), "container `one` already exists");
	assert_int_equal(other.fd, -1);
	assert_int_equal(support_count_fds(), fds);
	assert_good(dir_make(&other, root, "two", &err), err);
	assert_mode("some/where/root", 0755);
}

/* The same directory, whatever is written behind it. */
static void test_make_with_slashes(void **state)
{
	auto_state_dir struct state_dir made = STATE_DIR_INIT;
	struct err err = ERR_INIT;

	(void)state;
	(void)snprintf(root, sizeof(root), "%s/a/root//", dir.path);
	assert_good(dir_make(&made, root, "one", &err), err);
	assert_mode("a", 0711);
	assert_mode("a/root", 0700);
}

static void test_make_in_vain(void **state)
{
	struct state_dir made = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	size_t fds = support_count_fds();
	char expected[600];

	(void)state;
	assert_int_equal(dir_make(&made, root, "../x", &err), -1);
	assert_holds(err.text, "is no container ID");
	assert_false(is_there("root"));
	support_write(dir.fd, "root", "");
	(void)snprintf(expected, sizeof(expected), "open state directory %s: something on the way is no directory (ENOTDIR)", root);
	assert_bad(dir_make(&made, root, "one", &err), expected);
	assert_int_equal(unlinkat(dir.fd, "root", 0), 0);
	support_write(dir.fd, "file", "");
	(void)snprintf(root, sizeof(root), "%s/file/root", dir.path);
	assert_int_equal(dir_make(&made, root, "one", &err), -1);
	(void)snprintf(root, sizeof(root), "%s/gone/root", dir.path);
	assert_int_equal(symlinkat("nowhere", dir.fd, "gone"), 0);
	(void)snprintf(expected, sizeof(expected), "make state directory %s: it does not exist (ENOENT)", root);
	assert_bad(dir_make(&made, root, "one", &err), expected);
	/* Anything of that name has the ID. */
	support_write(dir.fd, "taken", "");
	assert_bad(dir_make(&made, dir.path, "taken", &err), "container `taken` already exists");
	assert_int_equal(made.fd, -1);
	assert_int_equal(support_count_fds(), fds);
}

static void test_open(void **state)
{
	auto_state_dir struct state_dir opened = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	struct stat st, expected;
	size_t fds = support_count_fds();

	(void)state;
	assert_bad(dir_open(&opened, root, "one", DIR_UNLOCKED, &err), "container `one` does not exist");
	assert_int_equal(err.code, ENOENT);
	assert_false(is_there("root"));
	make_one("one");
	assert_bad(dir_open(&opened, root, "two", DIR_EXCLUSIVE, &err), "container `two` does not exist");
	assert_int_equal(err.code, ENOENT);
	assert_false(is_there("root/two"));
	assert_int_equal(dir_open(&opened, root, "..", DIR_EXCLUSIVE, &err), -1);
	assert_holds(err.text, "`..` is no container ID");
	assert_int_equal(support_count_fds(), fds);
	for (enum dir_lock lock = DIR_UNLOCKED; lock <= DIR_EXCLUSIVE; lock++) {
		assert_good(dir_open(&opened, root, "one", lock, &err), err);
		assert_int_equal(opened.lock, lock);
		assert_int_equal(fstat(opened.fd, &st), 0);
		assert_int_equal(fstatat(dir.fd, "root/one", &expected, 0), 0);
		assert_true(st.st_ino == expected.st_ino);
		assert_true(support_is_cloexec(opened.fd) && support_is_cloexec(opened.root_fd));
		dir_close(&opened);
		assert_int_equal(opened.fd, -1);
		assert_int_equal(support_count_fds(), fds);
	}
	dir_close(&opened);
}

/* A file or a link in place of a container's directory is none. */
static void test_open_others(void **state)
{
	struct state_dir opened = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	size_t fds = support_count_fds();
	char expected[600];

	(void)state;
	support_write(dir.fd, "file", "");
	make_one("one");
	assert_int_equal(symlinkat("root/one", dir.fd, "link"), 0);
	(void)snprintf(expected, sizeof(expected), "open %s/file: something on the way is no directory (ENOTDIR)", dir.path);
	assert_bad(dir_open(&opened, dir.path, "file", DIR_UNLOCKED, &err), expected);
	(void)snprintf(expected, sizeof(expected), "open %s/link: something on the way is no directory (ENOTDIR)", dir.path);
	assert_bad(dir_open(&opened, dir.path, "link", DIR_UNLOCKED, &err), expected);
	(void)snprintf(root, sizeof(root), "%s/file", dir.path);
	(void)snprintf(expected, sizeof(expected), "open state directory %s: something on the way is no directory (ENOTDIR)", root);
	assert_bad(dir_open(&opened, root, "one", DIR_UNLOCKED, &err), expected);
	assert_int_equal(opened.fd, -1);
	assert_int_equal(support_count_fds(), fds);
}

static void test_remove(void **state)
{
	auto_state_dir struct state_dir made = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	size_t fds;

	(void)state;
	make_one("two");
	assert_good(dir_make(&made, root, "one", &err), err);
	support_write(dir.fd, "keep", "kept");
	support_write(made.fd, RECORD_FILE, "{}");
	support_write(made.fd, ".hidden", "");
	assert_int_equal(mkfifoat(made.fd, "fifo", 0600), 0);
	assert_int_equal(symlinkat("../../keep", made.fd, "link"), 0);
	assert_int_equal(mkdirat(made.fd, "directory", 0700), 0);
	support_write(made.fd, "directory/file", "");
	fds = support_count_fds();
	assert_good(dir_remove(&made, &err), err);
	assert_false(is_there("root/one"));
	assert_true(is_there("root/two"));
	assert_true(is_there("keep"));
	/* Again: nothing to do. */
	assert_good(dir_remove(&made, &err), err);
	assert_int_equal(support_count_fds(), fds);
	/* Nor with a new container under the ID: that is not ours. */
	make_one("one");
	support_write(dir.fd, "root/one/" RECORD_FILE, "{}");
	assert_int_equal(dir_remove(&made, &err), -1);
	assert_holds(err.text, "remove the directory of container `one`");
	assert_true(is_there("root/one/" RECORD_FILE));
}

/* What a payload may leave in a directory of ours: deeper than descriptors and paths go, and links. */
static void test_remove_deep(void **state)
{
	auto_state_dir struct state_dir made = STATE_DIR_INIT;
	const struct rlimit few = { 64, 64 };
	struct err err = ERR_INIT;
	struct rlimit before;
	size_t fds;
	int at;

	(void)state;
	assert_good(dir_make(&made, root, "one", &err), err);
	support_write(dir.fd, "keep", "kept");
	support_write(made.fd, RECORD_FILE, "{}");
	assert_int_equal(mkdirat(dir.fd, "outside", 0700), 0);
	support_write(dir.fd, "outside/keep", "kept");
	/* Of a removal that was killed. */
	assert_int_equal(mkdirat(made.fd, "removed-0", 0700), 0);
	support_write(made.fd, "removed-0/file", "");
	fds = support_count_fds();
	at = dup(made.fd);
	for (int i = 0; i < 5000; i++) {
		int deeper;

		assert_int_equal(mkdirat(at, "d", 0700), 0);
		deeper = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(deeper >= 0);
		(void)close(at);
		at = deeper;
		if (i % 1000 == 0) {
			assert_int_equal(symlinkat("../../../outside", at, "link"), 0);
			assert_int_equal(mkdirat(at, "other", 0700), 0);
			support_write(at, "other/file", "");
		}
	}
	(void)close(at);
	assert_int_equal(symlinkat("../../outside", made.fd, "removed-1"), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ few.rlim_cur, before.rlim_max }), 0);
	assert_good(dir_remove(&made, &err), err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_false(is_there("root/one"));
	assert_true(is_there("outside/keep"));
	assert_int_equal(support_count_fds(), fds);
}

/* In a mount namespace of its own, where somebody has mounted something in a directory of the container. */
static int remove_below_mount(struct state_dir *made)
{
	struct err err = ERR_INIT;
	char path[300];

	(void)snprintf(path, sizeof(path), "%s/one/directory/deeper", root);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", path, "tmpfs", 0, NULL) < 0)
		return 77;
	support_write(made->fd, "directory/deeper/file", "");
	if (dir_remove(made, &err) == 0 || strstr(err.text, "remove the files of container `one`: ") != err.text)
		return 1;
	return faccessat(made->fd, "directory/deeper/file", F_OK, 0) == 0 ? 0 : 2;
}

/* The record tells how to unmake the rest: it stays until everything else is gone.  Mounts are left alone. */
static void test_remove_in_vain(void **state)
{
	auto_state_dir struct state_dir made = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	int status;
	pid_t pid;

	(void)state;
	assert_good(dir_make(&made, root, "one", &err), err);
	support_write(made.fd, RECORD_FILE, "{}");
	assert_int_equal(mkdirat(made.fd, "directory", 0700), 0);
	assert_int_equal(mkdirat(made.fd, "directory/deeper", 0700), 0);
	pid = fork();
	if (pid == 0)
		_exit(remove_below_mount(&made));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("needs mounts: not allowed to make a mount namespace\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(is_there("root/one/" RECORD_FILE));
	assert_true(is_there("root/one/directory"));
	assert_good(dir_remove(&made, &err), err);
	assert_false(is_there("root/one"));
}

static void expect_list(const char *const *expected, size_t n)
{
	struct err err = ERR_INIT;
	char **ids = NULL;
	size_t found = 99;

	assert_good(dir_list(root, false, &ids, &found, &err), err);
	assert_int_equal(found, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(ids[i], expected[i]);
	assert_null(ids[n]);
	free(ids);
}

static void test_list(void **state)
{
	static const char *const expected[] = { "+", "10", "2", "B", "a", "a-b", "b" };
	struct err err = ERR_INIT;
	size_t fds = support_count_fds(), n = 77;
	char **ids = (char **)state;

	(void)state;
	expect_list(NULL, 0);
	err = ERR_INIT;
	assert_int_equal(dir_list(root, true, &ids, &n, &err), -1);
	assert_holds(err.text, "open state directory ");
	assert_holds(err.text, "/root: it does not exist (ENOENT)");
	assert_int_equal(n, 77);
	for (size_t i = 0; i < COUNT(expected); i++)
		make_one(expected[COUNT(expected) - 1 - i]);
	support_write(dir.fd, "root/file", "");
	assert_int_equal(mkdirat(dir.fd, "root/.cache", 0700), 0);
	assert_int_equal(mkdirat(dir.fd, "root/not an id", 0700), 0);
	assert_int_equal(symlinkat("a", dir.fd, "root/link"), 0);
	expect_list(expected, COUNT(expected));
	assert_int_equal(support_count_fds(), fds);
	(void)snprintf(root, sizeof(root), "%s/root/file", dir.path);
	err = ERR_INIT;
	assert_int_equal(dir_list(root, false, &ids, &n, &err), -1);
	assert_holds(err.text, "root/file: something on the way is no directory (ENOTDIR)");
}

/* More than one block of text. */
static void test_long_list(void **state)
{
	struct err err = ERR_INIT;
	char name[DIR_ID_MAX + 1];
	char **ids = NULL;
	size_t n = 0;

	(void)state;
	for (int i = 299; i >= 0; i--) {
		(void)snprintf(name, sizeof(name), "%03d-%0*d", i, 200, 0);
		make_one(name);
	}
	assert_good(dir_list(root, true, &ids, &n, &err), err);
	assert_int_equal(n, 300);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%03zu-%0*d", i, 200, 0);
		assert_string_equal(ids[i], name);
	}
	free(ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_root),
		TEST(test_ids),
		TEST(test_make),
		TEST(test_make_with_slashes),
		TEST(test_make_in_vain),
		TEST(test_open),
		TEST(test_open_others),
		TEST(test_remove),
		TEST(test_remove_deep),
		TEST(test_remove_in_vain),
		TEST(test_list),
		TEST(test_long_list),
	};

	(void)umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
