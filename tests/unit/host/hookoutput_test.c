/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be the file that hooks print to, and what may not. */
#include "host/hookoutput.h"

#include "tests/unit/support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "libocispec/types.h"

static char dir[] = "/tmp/hookoutput.XXXXXX";

static int try(struct hook_output *output, const char *out, const char *err_path, struct err *err)
{
	struct oci_entry entries[] = {
		{ .key = "run.oci.hooks.stderr", .at = 20, .string = err_path },
		{ .key = "run.oci.hooks.stdout", .at = 10, .string = out },
	};
	const struct oci_map map = { .set = true, .n = 2, .item = entries };

	*err = ERR_INIT;
	return hook_output_open(output, &map, true, err);
}

static char *in_dir(const char *name)
{
	static char path[2][64];
	static int i;

	i = !i;
	(void)snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	return path[i];
}

static void test_none(void **state)
{
	const struct oci_map empty = { .set = true };
	struct hook_output output;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(hook_output_open(&output, &empty, true, &err), 0);
	assert_int_equal(output.fd[0] | output.fd[1], 0);
	assert_int_equal(try(&output, "", "", &err), 0);
	assert_int_equal(output.fd[0] | output.fd[1], 0);
	hook_output_close(&output);
}

static void test_files(void **state)
{
	struct hook_output output;
	size_t fds = support_count_fds();
	struct err err;
	struct stat st;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_good(try(&output, in_dir("out"), "/dev/null", &err), err);
		assert_true(support_is_cloexec(output.fd[0]) && support_is_cloexec(output.fd[1]));
		assert_int_equal(fcntl(output.fd[0], F_GETFL) & (O_APPEND | O_NONBLOCK | O_ACCMODE), O_APPEND | O_WRONLY);
		assert_int_equal(write(output.fd[0], "x", 1), 1);
		hook_output_close(&output);
	}
	assert_int_equal(stat(in_dir("out"), &st), 0);
	assert_int_equal(st.st_size, 2);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(support_count_fds(), fds);
}

/* Which may be a pipe or a socket that cannot be opened once more. */
static void test_own(void **state)
{
	struct stat ours, theirs;
	struct hook_output output;
	struct err err;

	(void)state;
	assert_good(try(&output, "/dev/stderr", "/dev/stdout", &err), err);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fstat(output.fd[i], &theirs), 0);
		assert_int_equal(fstat(2 - i, &ours), 0);
		assert_int_equal(theirs.st_ino, ours.st_ino);
	}
	hook_output_close(&output);
}

static void test_refused(void **state)
{
	static const struct {
		const char *name, *words;
	} cases[] = {
		{ "link", "is a symbolic link, which is not followed" },
		{ "second", "has 2 names, so it may be another file" },
		{ "fifo", "nobody reads from" },
		{ ".", "open /tmp/" },
		{ "nowhere/file", "open /tmp/" },
	};
	struct hook_output output;
	size_t fds = support_count_fds();
	struct err err;

	(void)state;
	(void)close(open(in_dir("first"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(link(in_dir("first"), in_dir("second")), 0);
	assert_int_equal(symlink("first", in_dir("link")), 0);
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(try(&output, "/dev/null", in_dir(cases[i].name), &err), -1);
		assert_non_null(strstr(err.text, cases[i].words));
		assert_non_null(strstr(err.text, "run.oci.hooks.stderr"));
		assert_int_equal(err.at, 20);
		assert_int_equal(output.fd[0] | output.fd[1], 0);
	}
	assert_int_equal(try(&output, "relative", "", &err), -1);
	assert_non_null(strstr(err.text, "\"relative\" is not an absolute path"));
	assert_int_equal(support_count_fds(), fds);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
	static const char *const names[] = { "out", "first", "second", "link", "fifo" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		(void)unlink(in_dir(names[i]));
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
