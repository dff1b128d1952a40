/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host does to a process in a user namespace: maps, checks, limits, score. */
#include "host/settle.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "plan/plan.h"
#include "sys/clone.h"
#include "tests/unit/support.h"

static struct plan_idmap map[] = { { .at = 50, .inside = 0, .outside = 100000, .count = 10 },
				   { .at = 60, .inside = 10, .outside = 5, .count = 1 } };
static struct plan_rlimit limit = { .name = "RLIMIT_NOFILE", .resource = RLIMIT_NOFILE, .soft = 10, .hard = 20 };

static struct plan make_plan(void)
{
	return (struct plan){
		.namespaces = { .create = CLONE_NEWUSER, .has_user = true, .uid_map = map, .gid_map = map,
				.n_uid_map = 2, .n_gid_map = 1 },
		.process = { .at = 70, .present = true, .rlimits = &limit, .n_rlimits = 1 },
	};
}

static pid_t start(unsigned long flags)
{
	int pidfd = -1;
	pid_t pid = clone_process(flags, -1, &pidfd);

	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	assert_true(pid > 0);
	(void)close(pidfd);
	return pid;
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void expect_file(pid_t pid, const char *name, const char *part)
{
	char path[64], text[512];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	support_read(AT_FDCWD, path, text, sizeof(text));
	assert_holds(text, part);
}

static void test_maps(void **state)
{
	struct plan plan = make_plan();
	struct err err = ERR_INIT;
	pid_t pid = start(CLONE_NEWUSER);

	(void)state;
	plan.process.has_oom_score_adj = true;
	plan.process.oom_score_adj = 321;
	assert_good(settle_process(&plan, pid, &err), err);
	expect_file(pid, "uid_map", "         0     100000         10\n        10          5          1\n");
	expect_file(pid, "gid_map", "         0     100000         10\n");
	expect_file(pid, "setgroups", "allow");
	expect_file(pid, "oom_score_adj", "321");
	end(pid);
}

static void test_denied_setgroups(void **state)
{
	struct plan plan = make_plan();
	struct err err = ERR_INIT;
	pid_t pid = start(CLONE_NEWUSER);

	(void)state;
	plan.namespaces.deny_setgroups = true;
	assert_good(settle_process(&plan, pid, &err), err);
	expect_file(pid, "setgroups", "deny");
	end(pid);
}

/* Only upwards, and only the hard one: init sets the rest when it needs no more itself. */
static void test_limits(void **state)
{
	struct plan plan = make_plan();
	struct err err = ERR_INIT;
	struct rlimit before, after;
	pid_t pid = start(CLONE_NEWUSER);

	(void)state;
	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &before), 0);
	assert_good(settle_process(&plan, pid, &err), err);
	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &after), 0);
	assert_memory_equal(&before, &after, sizeof(before));
	end(pid);
}

static void test_helper(void **state)
{
	struct support_dir dir;
	struct plan plan = make_plan();
	struct err err = ERR_INIT;
	char helper[192], text[512], wanted[128];
	pid_t pid = start(CLONE_NEWUSER);

	(void)state;
	support_open_dir(&dir);
	support_write(dir.fd, "helper", "#!/bin/sh\nprintf '%s ' \"$@\" >\"${0%/*}/said\"\n");
	assert_int_equal(fchmodat(dir.fd, "helper", 0755, 0), 0);
	(void)snprintf(helper, sizeof(helper), "%s/helper", dir.path);
	plan.namespaces.uid_helper = helper;
	assert_good(settle_process(&plan, pid, &err), err);
	support_read(dir.fd, "said", text, sizeof(text));
	(void)snprintf(wanted, sizeof(wanted), "%d 0 100000 10 10 5 1 ", (int)pid);
	assert_string_equal(text, wanted);
	end(pid);

	pid = start(CLONE_NEWUSER);
	support_write(dir.fd, "helper", "#!/bin/sh\necho 'no, not these' >&2\nexit 3\n");
	plan.namespaces.gid_helper = helper;
	assert_int_equal(settle_process(&plan, pid, &err), -1);
	assert_holds(err.text, "neither setuid root");
	assert_int_equal(err.at, 50);
	assert_int_equal(fchmodat(dir.fd, "helper", 04755, 0), 0);
	err = ERR_INIT;
	assert_int_equal(settle_process(&plan, pid, &err), -1);
	assert_holds(err.text, "/etc/subgid");
	assert_holds(err.text, "status 3: no, not these");
	assert_int_equal(err.at, 50);
	end(pid);
	support_remove_dir(&dir);
}

static void test_refused_map(void **state)
{
	struct plan_idmap twice[] = { { .at = 55, .count = 2 }, { .inside = 1, .outside = 9, .count = 1 } };
	struct plan plan = make_plan();
	struct err err = ERR_INIT;
	pid_t pid = start(CLONE_NEWUSER);

	(void)state;
	plan.namespaces.uid_map = twice;
	assert_int_equal(settle_process(&plan, pid, &err), -1);
	assert_holds(err.text, "write the uid_map of the new user namespace");
	assert_int_equal(err.at, 55);
	end(pid);
}

/* A joined namespace has its maps; the order of lines does not matter. */
static void test_joined(void **state)
{
	struct plan_idmap turned[] = { map[1], map[0] };
	struct plan_idmap other[] = { map[0], { .at = 66, .inside = 10, .outside = 6, .count = 1 } };
	struct plan plan = make_plan();
	struct err err = ERR_INIT;
	pid_t pid = start(CLONE_NEWUSER);

	(void)state;
	assert_good(settle_process(&plan, pid, &err), err);
	plan.namespaces.create = 0;
	assert_good(settle_process(&plan, pid, &err), err);
	plan.namespaces.uid_map = turned;
	assert_good(settle_process(&plan, pid, &err), err);
	plan.namespaces.uid_map = other;
	assert_int_equal(settle_process(&plan, pid, &err), -1);
	assert_holds(err.text, "the joined user namespace has another uid_map than the one given here");
	plan.namespaces.uid_map = map;
	plan.namespaces.n_uid_map = 1;
	assert_int_equal(settle_process(&plan, pid, &err), -1);
	plan.namespaces.n_uid_map = 0;
	assert_good(settle_process(&plan, pid, &err), err);
	end(pid);
}

static void test_no_user_namespace(void **state)
{
	struct plan plan = { .process = { .has_oom_score_adj = true, .oom_score_adj = 1000 } };
	struct err err = ERR_INIT;
	pid_t pid = start(0);

	(void)state;
	assert_good(settle_process(&plan, pid, &err), err);
	expect_file(pid, "uid_map", "4294967295");
	end(pid);
}

/* What exec needs, with and without a user namespace: the process's own rights. */
static void test_rights(void **state)
{
	const struct plan_process process = { .at = 70, .has_oom_score_adj = true, .oom_score_adj = 77, .rlimits = &limit, .n_rlimits = 1 };
	struct err err = ERR_INIT;
	pid_t pid = start(0);

	(void)state;
	assert_good(settle_rights(&process, pid, &err), err);
	expect_file(pid, "oom_score_adj", "77\n");
	end(pid);
	assert_int_equal(settle_rights(&process, pid, &err), -1);
	assert_holds(err.text, "oomScoreAdj");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_denied_setgroups),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_helper),
		cmocka_unit_test(test_refused_map),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_no_user_namespace),
	};

	support_need_root();
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
