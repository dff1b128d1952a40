/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Conversations with a CRIU that does as it is told. */
#include "host/criu.h"

#include "criu_role.h"
#include "tests/unit/support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

static int set_up(void **state)
{
	static struct support_dir dir;

	support_open_dir(&dir);
	criu_role_install(dir.path);
	*state = &dir;
	return 0;
}

static int tear_down(void **state)
{
	support_remove_dir(*state);
	return 0;
}

static void test_find(void **state)
{
	struct support_dir *dir = *state;
	char path[PATH_MAX], dirs[PATH_MAX], expected[PATH_MAX];

	(void)snprintf(expected, sizeof(expected), "%s/criu", dir->path);
	(void)snprintf(dirs, sizeof(dirs), "relative:/nowhere:%s:/bin", dir->path);
	(void)setenv("PATH", dirs, 1);
	assert_true(criu_find(path, sizeof(path)));
	assert_string_equal(path, expected);
	assert_true(criu_find(NULL, 0));
	/* Neither a directory of that name, nor what may not be executed, nor a relative place. */
	assert_int_equal(unlink(expected), 0);
	assert_int_equal(mkdir(expected, 0755), 0);
	(void)setenv("PATH", dir->path, 1);
	assert_false(criu_find(path, sizeof(path)));
	assert_int_equal(rmdir(expected), 0);
	support_write(dir->fd, "criu", "x");
	assert_false(criu_find(path, sizeof(path)));
	assert_int_equal(chmod(expected, 0755), 0);
	assert_true(criu_find(path, sizeof(path)));
	assert_int_equal(chdir(dir->path), 0);
	(void)setenv("PATH", ".::", 1);
	assert_false(criu_find(path, sizeof(path)));
}

static void test_open(void **state)
{
	struct err err = ERR_INIT;
	struct criu criu;

	(void)state;
	assert_good(criu_open(&criu, &err), err);
	assert_int_equal(criu.version, 31701);
	criu_role_order("version=31500");
	assert_good(criu_open(&criu, &err), err);
	criu_role_order("version=31499");
	assert_int_equal(criu_open(&criu, &err), -1);
	assert_non_null(strstr(err.text, "is version 3.14, and at least 3.15 is needed"));
	err = ERR_INIT;
	(void)setenv("PATH", "/nowhere", 1);
	assert_int_equal(criu_open(&criu, &err), -1);
	assert_non_null(strstr(err.text, "not installed"));
}

/* A program that cannot be executed after all. */
static void test_not_executable(void **state)
{
	struct support_dir *dir = *state;
	struct err err = ERR_INIT;
	char path[PATH_MAX];
	struct criu criu;

	(void)snprintf(path, sizeof(path), "%s/criu", dir->path);
	assert_int_equal(unlink(path), 0);
	support_write(dir->fd, "criu", "\x7f" "ELF");
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(criu_open(&criu, &err), -1);
	assert_non_null(strstr(err.text, "execute "));
}

static void test_features(void **state)
{
	const struct criu_features tracks = { .mem_track = 1 }, is_lazy = { .lazy_pages = 1 };
	struct err err = ERR_INIT;
	struct criu criu;

	(void)state;
	assert_good(criu_open(&criu, &err), err);
	assert_good(criu_check_features(&criu, &tracks, &err), err);
	assert_good(criu_check_features(&criu, &is_lazy, &err), err);
	criu_role_order("lacks");
	assert_int_equal(criu_check_features(&criu, &tracks, &err), -1);
	assert_non_null(strstr(err.text, "cannot track memory"));
	assert_int_equal(criu_check_features(&criu, &is_lazy, &err), -1);
	assert_non_null(strstr(err.text, "--lazy-pages"));
}

/* What the callbacks saw, and what they are to do. */
struct seen {
	char scripts[128];
	int64_t pid;
	bool has_fd, begins_with_fd;
	const char *refuse;
	int begin_result, prepare_result;
	pid_t criu;
};

static int prepare(void *data, int *ret_fd, struct err *err)
{
	struct seen *seen = data;

	*ret_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	return seen->prepare_result < 0 ? err_say(err, 7, "not prepared") : 0;
}

static int begin(void *data, pid_t pid, int *fd, struct err *err)
{
	struct seen *seen = data;
	char path[64], name[64] = "";

	seen->criu = pid;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", *fd);
	(void)readlink(path, name, sizeof(name) - 1);
	seen->begins_with_fd = strcmp(name, "/dev/zero") == 0;
	return seen->begin_result < 0 ? err_say(err, 8, "not begun") : 0;
}

static int notify(void *data, const struct criu_notify *what, int *fd, struct err *err)
{
	struct seen *seen = data;
	size_t len = strlen(seen->scripts);

	(void)snprintf(seen->scripts + len, sizeof(seen->scripts) - len, "%s ", what->script);
	if (what->pid != 0)
		seen->pid = what->pid;
	seen->has_fd = seen->has_fd || *fd >= 0;
	if (seen->refuse != NULL && strcmp(what->script, seen->refuse) == 0)
		return err_say(err, 9, "not so");
	return 0;
}

/* One call without options, with all three callbacks. */
static int ask(struct seen *seen, const int *fds, size_t n_fds, struct err *err)
{
	const struct criu_req request = { .type = CRIU_DUMP };
	const struct criu_call call = { .request = &request, .fds = fds, .n_fds = n_fds,
					.prepare = prepare, .begin = begin, .notify = notify, .data = seen };
	size_t n = support_count_fds();
	struct criu_resp resp;
	struct criu criu;
	int r;

	*err = ERR_INIT;
	assert_good(criu_open(&criu, err), *err);
	r = criu_call(&criu, &call, &resp, err);
	assert_int_equal(support_count_fds(), n);
	/* It was waited for. */
	if (seen->criu > 0)
		assert_true(kill(seen->criu, 0) < 0 && errno == ESRCH);
	return r;
}

static void test_call(void **state)
{
	auto_fd int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC), full = open("/dev/full", O_RDONLY | O_CLOEXEC);
	auto_fd int leaked = dup(zero);
	/* In an order in which each would overwrite the next. */
	const int fds[] = { full, zero };
	struct seen seen = { .pid = 0 };
	struct err err;

	(void)state;
	criu_role_order("stages");
	assert_good(ask(&seen, fds, 2, &err), err);
	assert_string_equal(seen.scripts, "pre-dump orphan-pts-master post-dump ");
	assert_int_equal(seen.pid, 7);
	assert_true(seen.has_fd);
	assert_true(seen.begins_with_fd);
	assert_string_equal(criu_role_fd(0), "/dev/null");
	assert_string_equal(criu_role_fd(1), "/dev/null");
	assert_string_equal(criu_role_fd(2), "/dev/null");
	assert_non_null(strstr(criu_role_fd(CRIU_SOCKET), "socket:"));
	assert_string_equal(criu_role_fd(CRIU_FIRST_FD), "/dev/full");
	assert_string_equal(criu_role_fd(CRIU_FIRST_FD + 1), "/dev/zero");
	for (int fd = CRIU_FIRST_FD + 2; fd < 16; fd++)
		assert_string_equal(criu_role_fd(fd), "");
	assert_true(leaked > 0);
}

static void test_own_stdio(void **state)
{
	const struct criu_req request = { .type = CRIU_DUMP };
	const struct criu_call call = { .request = &request, .has_stdio = true };
	char name[PATH_MAX] = "";
	struct err err = ERR_INIT;
	struct criu_resp resp;
	struct criu criu;

	(void)state;
	assert_good(criu_open(&criu, &err), err);
	assert_good(criu_call(&criu, &call, &resp, &err), err);
	assert_true(readlink("/proc/self/fd/2", name, sizeof(name) - 1) > 0);
	assert_string_equal(criu_role_fd(2), name);
}

static void refused(struct seen seen, const char *orders, const char *text)
{
	struct err err;

	criu_role_order(orders);
	assert_int_equal(ask(&seen, NULL, 0, &err), -1);
	assert_string_equal(err.text, text);
}

static void test_refusals(void **state)
{
	unsigned char data[64];

	(void)state;
	refused((struct seen){ .prepare_result = -1 }, "", "not prepared");
	refused((struct seen){ .begin_result = -1 }, "", "not begun");
	assert_int_equal(criu_role_asked(data, sizeof(data)), 0);
	refused((struct seen){ .refuse = "pre-dump" }, "stages", "not so");
	refused((struct seen){ .refuse = "post-dump" }, "stages", "not so");
	refused((struct seen){ .pid = 0 }, "fail", "CRIU failed (Device or resource busy)");
	refused((struct seen){ .pid = 0 }, "die", "CRIU ended without an answer");
	refused((struct seen){ .pid = 0 }, "garbage", "CRIU's answer is not understood");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_find, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_open, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_executable, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_features, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_call, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_own_stdio, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
	};

	criu_role_play(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
