/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first process and its cgroups: born in them, killed at its birth, or put there by others. */
#include "host/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "plan/plan.h"
#include "sys/pidfd.h"
#include "tests/unit/cgroup/scratch.h"
#include "tests/unit/host/birth.h"
#include "tests/unit/support.h"
#include "wire/channel.h"

/* Exit status of a child that found nothing to test. */
enum { EXIT_NOT_KILLED = 9 };

/* By the time init runs it is in its cgroup of every tree. */
static void test_born_in_the_cgroup(void **state)
{
	struct err err = ERR_INIT;
	char path[64], text[4096], *line, *rest = text;
	struct birth birth;
	size_t n = 0;

	(void)state;
	birth_in_cgroup(&birth, "-launch");
	birth_entry(&birth, birth_tell_and_sleep);
	assert_good(channel_wait(birth.launched.wire, WIRE_READY, NULL, 0, NULL, &err), err);
	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)birth.launched.pid);
	support_read(AT_FDCWD, path, text, sizeof(text));
	while ((line = strsep(&rest, "\n")) != NULL) {
		size_t len = strlen(line), end_len = strlen(birth.cgroup.ref.path);

		n += len > end_len && strcmp(line + len - end_len, birth.cgroup.ref.path) == 0;
	}
	assert_int_equal(n, birth.cgroup.ref.n);
	launch_abort(&birth.launched);
	assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
	birth_end(&birth);
}

/* It ran, so whatever ended it is nothing that a second try would mend. */
static void test_killed_is_not_stillborn(void **state)
{
	struct err err = ERR_INIT;
	struct birth birth;

	(void)state;
	birth_in_cgroup(&birth, "-killed");
	birth_entry(&birth, birth_tell_and_sleep);
	assert_false(launch_was_stillborn(&birth.launched));
	assert_true(birth.launched.pid > 0);
	assert_int_equal(pidfd_send_signal(birth.launched.pidfd, SIGKILL), 0);
	assert_false(launch_was_stillborn(&birth.launched));
	launch_abort(&birth.launched);
	assert_false(launch_was_stillborn(&birth.launched));
	assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
	birth_end(&birth);
}

/* A v2 cgroup that was once killed as a whole, opened; -1 where there is none to be had. */
static int make_killed_cgroup(char *path, size_t size)
{
	struct plan_cgroup plan = scratch_plan("");
	auto_fd int dir = -1, kill_all = -1;
	size_t i = 0;

	while (i < plan.n_hierarchies && !plan.hierarchies[i].is_v2)
		i++;
	if (i == plan.n_hierarchies)
		return -1;
	(void)snprintf(path, size, "/sys/fs/cgroup/%s/tare-test-killed-%d", plan.hierarchies[i].mount, (int)getpid());
	if (mkdir(path, 0755) < 0)
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	kill_all = openat(dir, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	return kill_all >= 0 && write(kill_all, "1", 1) == 1 ? take_fd(&dir) : -1;
}

/* The process of the first try never runs; that of the second one does. */
static void be_killed_at_birth(void *data)
{
	auto_fd int procs = openat(*(int *)data, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	struct err err = ERR_INIT;
	struct birth birth;
	bool was_killed;

	birth_in_cgroup(&birth, "-stillborn");
	assert_int_equal(write(procs, "0", 1), 1);
	fd_close(&procs);
	birth_entry(&birth, birth_tell_and_sleep);
	was_killed = launch_was_stillborn(&birth.launched);
	if (was_killed) {
		assert_int_equal(birth.launched.pid, -1);
		assert_int_equal(birth.launched.wire, -1);
		assert_good(launch_again(birth.plan, &birth.region, birth.plan_fd, birth.dir.fd, &birth.cgroup,
					 &birth.launched, &err), err);
		assert_false(launch_was_stillborn(&birth.launched));
	}
	assert_good(channel_wait(birth.launched.wire, WIRE_READY, NULL, 0, NULL, &err), err);
	launch_abort(&birth.launched);
	assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
	birth_end(&birth);
	if (!was_killed)
		_exit(EXIT_NOT_KILLED);
}

static void test_stillborn(void **state)
{
	char path[PATH_MAX] = "";
	struct err err = ERR_INIT;
	struct birth birth;
	auto_fd int killed = -1;
	int status;

	(void)state;
	birth_in_cgroup(&birth, "-probe"); /* skips if need be */
	assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
	birth_end(&birth);
	killed = make_killed_cgroup(path, sizeof(path));
	status = killed < 0 ? 0 : support_child(0, be_killed_at_birth, &killed);
	(void)rmdir(path);
	if (killed < 0 || status == EXIT_NOT_KILLED << 8) {
		(void)puts("skipped: needs a kernel that kills at birth what a once killed cgroup has in another one");
		skip();
	}
	assert_int_equal(status, 0);
}

static void test_cgroup_cannot_be_entered(void **state)
{
	struct err err = ERR_INIT;
	struct birth birth;
	char path[PATH_MAX];

	(void)state;
	birth_in_cgroup(&birth, "-gone");
	if (birth.cgroup.ref.tree[0].is_v2) {
		assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
		birth_end(&birth);
		(void)puts("skipped: needs a v1 hierarchy");
		skip();
	}
	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s%s", birth.cgroup.ref.tree[0].mount,
		       birth.cgroup.ref.path);
	assert_int_equal(rmdir(path), 0);
	birth_entry(&birth, birth_sleep);
	assert_int_equal(channel_wait(birth.launched.wire, WIRE_READY, NULL, 0, NULL, &err), -1);
	(void)snprintf(path, sizeof(path), "enter cgroup %s of %s: ", birth.cgroup.ref.path,
		       birth.cgroup.ref.tree[0].controllers);
	assert_holds(err.text, path);
	assert_int_equal(launch_reap(&birth.launched), 1);
	err = ERR_INIT;
	assert_good(cgroup_remove(&birth.cgroup, 5000, &err), err);
	birth_end(&birth);
}

/* Where systemd makes the cgroup around it, the child does nothing before it is told that this was done. */
static void test_placed_by_others(void **state)
{
	struct err err = ERR_INIT;
	struct birth birth;
	struct pollfd answer;

	(void)state;
	birth_begin(&birth, 0);
	birth.cgroup.ref = (struct cgroup_ref){ .manager = CGROUP_MANAGER_SYSTEMD, .path = "/nowhere", .n = 1,
						.tree = { { .mount = "none", .controllers = "none" } } };
	birth.cgroup.fd[0] = -1;
	birth_entry(&birth, birth_tell_and_sleep);
	answer = (struct pollfd){ .fd = birth.launched.wire, .events = POLLIN };
	assert_int_equal(poll(&answer, 1, 200), 0);
	assert_good(channel_tell(birth.launched.wire, WIRE_PLACED, NULL, 0, &err), err);
	assert_good(channel_wait(birth.launched.wire, WIRE_READY, NULL, 0, NULL, &err), err);
	launch_abort(&birth.launched);
	birth_end(&birth);
}

/* And ends with the runtime that was to tell it. */
static void test_never_placed(void **state)
{
	struct birth birth;

	(void)state;
	birth_begin(&birth, 0);
	birth.cgroup.ref = (struct cgroup_ref){ .manager = CGROUP_MANAGER_SYSTEMD };
	birth_entry(&birth, birth_tell_and_sleep);
	fd_close(&birth.launched.wire);
	assert_int_equal(launch_reap(&birth.launched), 1);
	birth_end(&birth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_born_in_the_cgroup),
		cmocka_unit_test(test_killed_is_not_stillborn),
		cmocka_unit_test(test_stillborn),
		cmocka_unit_test(test_cgroup_cannot_be_entered),
		cmocka_unit_test(test_placed_by_others),
		cmocka_unit_test(test_never_placed),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
