/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pid file. */
#include "host/pidfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/fd.h"

static char dir[] = "/tmp/tare-pidfile-XXXXXX";

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? chdir(dir) : -1;
}

static int teardown(void **state)
{
	(void)state;
	return chdir("/") < 0 ? -1 : rmdir(dir);
}

static void assert_content(const char *path, const char *expected)
{
	char text[32];
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = fd_read_all(fd, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, expected);
}

static int count_entries(void)
{
	DIR *open = opendir(dir);
	int n = -2; /* "." and ".." */

	assert_non_null(open);
	while (readdir(open) != NULL)
		n++;
	(void)closedir(open);
	return n;
}

static void test_decimal_without_newline(void **state)
{
	auto_pidfile struct pidfile pidfile = PIDFILE_INIT;
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(pidfile_open(&pidfile, "pid", &err), 0);
	assert_int_equal(count_entries(), 0);
	assert_int_equal(pidfile_write(&pidfile, 4711, &err), 0);
	assert_content("pid", "4711");
	assert_int_equal(count_entries(), 1);
	assert_int_equal(stat("pid", &st), 0);
	assert_int_equal(st.st_mode & 0400, 0400);
	pidfile_remove(&pidfile);
	assert_int_equal(count_entries(), 0);
	pidfile_remove(&pidfile);
}

/* CRI-O makes an empty file first; a reader must never see half a number. */
static void test_replaces_what_is_there(void **state)
{
	auto_pidfile struct pidfile pidfile = PIDFILE_INIT;
	auto_fd int before = open("pid", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	struct err err = ERR_INIT;
	struct stat old, new;

	(void)state;
	assert_int_equal(pidfile_open(&pidfile, "./pid", &err), 0);
	assert_int_equal(pidfile_write(&pidfile, 1, &err), 0);
	assert_int_equal(fstat(before, &old), 0);
	assert_int_equal(stat("pid", &new), 0);
	assert_int_not_equal(old.st_ino, new.st_ino);
	pidfile_remove(&pidfile);
}

static void test_directory_is_that_of_the_beginning(void **state)
{
	auto_pidfile struct pidfile pidfile = PIDFILE_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(pidfile_open(&pidfile, "pid", &err), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(pidfile_write(&pidfile, 7, &err), 0);
	assert_int_equal(chdir(dir), 0);
	assert_content("pid", "7");
	pidfile_remove(&pidfile);
}

static void test_symlink_is_replaced_not_followed(void **state)
{
	auto_pidfile struct pidfile pidfile = PIDFILE_INIT;
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(symlink("elsewhere", "pid"), 0);
	assert_int_equal(pidfile_open(&pidfile, "pid", &err), 0);
	assert_int_equal(pidfile_write(&pidfile, 7, &err), 0);
	assert_int_equal(lstat("pid", &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(count_entries(), 1);
	pidfile_remove(&pidfile);
}

static void test_leaves_nothing_when_it_fails(void **state)
{
	auto_pidfile struct pidfile pidfile = PIDFILE_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(mkdir("pid", 0700), 0);
	assert_int_equal(pidfile_open(&pidfile, "pid", &err), 0);
	assert_int_equal(pidfile_write(&pidfile, 7, &err), -1);
	assert_non_null(strstr(err.text, "pid"));
	assert_int_equal(count_entries(), 1);
	assert_int_equal(rmdir("pid"), 0);
}

/* A command that fails before it has written one, as a create of an ID that somebody has, leaves his. */
static void test_leaves_one_that_is_not_its_own(void **state)
{
	auto_pidfile struct pidfile theirs = PIDFILE_INIT, ours = PIDFILE_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(pidfile_open(&theirs, "pid", &err), 0);
	assert_int_equal(pidfile_write(&theirs, 4711, &err), 0);
	assert_int_equal(pidfile_open(&ours, "pid", &err), 0);
	pidfile_remove(&ours);
	assert_content("pid", "4711");
	pidfile_remove(&theirs);
	assert_int_equal(count_entries(), 0);
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "", "/", "a/", ".", "..", "none/pid", "x/.." };
	char long_name[400];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pidfile pidfile = PIDFILE_INIT;
		struct err err = ERR_INIT;

		assert_int_equal(pidfile_open(&pidfile, bad[i], &err), -1);
		assert_int_equal(pidfile.dir, -1);
		assert_null(strstr(err.text, "No such file"));
	}
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(pidfile_open(&(struct pidfile){ .dir = -1 }, long_name, &(struct err){ .code = 0 }), -1);
}

static void test_none_asked_for(void **state)
{
	auto_pidfile struct pidfile pidfile = PIDFILE_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(pidfile_open(&pidfile, NULL, &err), 0);
	assert_int_equal(pidfile_write(&pidfile, 7, &err), 0);
	pidfile_remove(&pidfile);
	assert_int_equal(count_entries(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimal_without_newline),
		cmocka_unit_test(test_replaces_what_is_there),
		cmocka_unit_test(test_directory_is_that_of_the_beginning),
		cmocka_unit_test(test_symlink_is_replaced_not_followed),
		cmocka_unit_test(test_leaves_nothing_when_it_fails),
		cmocka_unit_test(test_leaves_one_that_is_not_its_own),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_none_asked_for),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
