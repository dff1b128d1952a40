/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which lines of a ps are kept; the ps of these tests is a script. */
#include "host/ps.h"

#include "stage.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

/* A ps of which @script is the body, found by PATH. */
static void make_ps(const struct support_dir *dir, const char *script)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script);
	support_write(dir->fd, "ps", text);
	assert_int_equal(fchmodat(dir->fd, "ps", 0755, 0), 0);
	assert_int_equal(setenv("PATH", dir->path, 1), 0);
}

/* What is printed for the processes 3, 12 and 5. */
static int print(char *ret, size_t size, char *const *args, struct err *err)
{
	static const pid_t pids[] = { 3, 12, 5 };
	auto_free char *text = NULL;
	size_t len, fds;
	FILE *out = open_memstream(&text, &len);
	int r;

	assert_non_null(out);
	fds = support_count_fds();
	r = ps_print_table(out, pids, COUNT(pids), args, err);
	assert_int_equal(support_count_fds(), fds);
	(void)fclose(out);
	(void)snprintf(ret, size, "%s", text);
	return r;
}

static void test_lines(void **state)
{
	static const struct {
		const char *shown, *kept;
	} cases[] = {
		{ "PID\n3\n4\n12\n123\n5", "PID\n3\n12\n5\n" },
		{ "  PID CMD\n    3 a  b\n   13 c\n   12 3", "  PID CMD\n    3 a  b\n   12 3\n" },
		{ "UID PID PPID\nroot 1 3\nroot 5 1", "UID PID PPID\nroot 5 1\n" },
		{ "A\tPID\nx\t12\ny\t2\nz", "A\tPID\nx\t12\n" },
		{ "PID", "PID\n" },
	};
	char *const args[] = { NULL };
	struct support_dir dir;
	struct err err = ERR_INIT;
	char text[256], script[256];

	(void)state;
	support_open_dir(&dir);
	for (size_t i = 0; i < COUNT(cases); i++) {
		(void)snprintf(script, sizeof(script), "/bin/cat <<end\n%s\nend", cases[i].shown);
		make_ps(&dir, script);
		assert_good(print(text, sizeof(text), args, &err), err);
		assert_string_equal(text, cases[i].kept);
	}
	support_remove_dir(&dir);
}

/* They reach it one by one, and SIGPIPE, which we ignore, has its default action. */
static void test_arguments(void **state)
{
	char *const args[] = { (char[]){ "-e" }, (char[]){ "-o pid" }, (char[]){ "" }, NULL };
	struct support_dir dir;
	struct err err = ERR_INIT;
	char text[256];

	(void)state;
	support_open_dir(&dir);
	make_ps(&dir, "echo PID; echo 3 \"$#\" \"<$1>\" \"<$2>\" \"<$3>\"");
	assert_good(print(text, sizeof(text), args, &err), err);
	assert_string_equal(text, "PID\n3 3 <-e> <-o pid> <>\n");
	support_remove_dir(&dir);
}

static void test_failures(void **state)
{
	static const struct {
		const char *script, *text;
	} cases[] = {
		{ "exit 3", "ps exited with status 3" },
		{ "kill -9 $$", "ps was killed by signal 9" },
		{ "echo X PIDS; echo 3 3", "the output of ps has no column PID, so nothing tells whose lines are whose" },
		{ ":", "the output of ps has no column PID, so nothing tells whose lines are whose" },
	};
	char *const args[] = { NULL };
	struct support_dir dir;
	struct err err = ERR_INIT;
	char text[256];

	(void)state;
	support_open_dir(&dir);
	for (size_t i = 0; i < COUNT(cases); i++) {
		make_ps(&dir, cases[i].script);
		err = ERR_INIT;
		assert_int_equal(print(text, sizeof(text), args, &err), -1);
		assert_string_equal(err.text, cases[i].text);
		assert_string_equal(text, "");
	}
	assert_int_equal(unlinkat(dir.fd, "ps", 0), 0);
	err = ERR_INIT;
	assert_int_equal(print(text, sizeof(text), args, &err), -1);
	assert_holds(err.text, "run ps, the host's program (--format json needs none)");
	assert_null(strstr(err.text, "No such file"));
	support_remove_dir(&dir);
}

static void test_pids(void **state)
{
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;
	pid_t *pids = NULL;
	size_t n = 9;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	assert_good(ps_pids(stage.root, "c", &pids, &n, &err), err);
	assert_int_equal(n, 0);
	assert_null(pids);
	stage_unmake(&stage, &c);
	assert_int_equal(ps_pids(stage.root, "c", &pids, &n, &err), -1);
	assert_holds(err.text, "does not exist");
	err = ERR_INIT;
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	assert_int_equal(ps_pids(stage.root, "c", &pids, &n, &err), -1);
	assert_holds(err.text, "list the processes of container `c`: container `c` has neither");
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_pids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
