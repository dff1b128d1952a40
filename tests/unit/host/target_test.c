/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container of `exec`: which states will do, what is found out about it, where its processes belong. */
#include "host/target.h"

#include "stage.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "libocispec/arena.h"
#include "plan/namespaces.h"
#include "tests/unit/cgroup/scratch.h"

static int open_target(const struct stage *stage, struct target *target, struct arena *arena, bool ignore_paused, struct err *err)
{
	*target = TARGET_INIT;
	*err = ERR_INIT;
	return target_open(target, arena, stage->root, "c", ignore_paused, err);
}

static void refused(const struct stage *stage, const char *text)
{
	auto_arena struct arena arena = ARENA_INIT;
	size_t fds = support_count_fds();
	struct target target;
	struct err err;

	assert_int_equal(open_target(stage, &target, &arena, false, &err), -1);
	assert_holds(err.text, text);
	target_close(&target);
	assert_int_equal(support_count_fds(), fds);
}

static void accepted(const struct stage *stage, pid_t pid)
{
	auto_arena struct arena arena = ARENA_INIT;
	size_t fds = support_count_fds();
	struct target target;
	struct err err;

	assert_good(open_target(stage, &target, &arena, false, &err), err);
	assert_int_equal(target.record.init.pid, pid);
	assert_good(target_check(&target, &err), err);
	target_close(&target);
	assert_int_equal(support_count_fds(), fds);
}

static void test_states(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	refused(&stage, "container `c` does not exist");
	stage_make(&stage, &c, "c", STAGE_WAITS, NULL);
	accepted(&stage, c.pid);
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	accepted(&stage, c.pid);
	c.record.phase = RECORD_CREATING;
	stage_rewrite(&stage, &c);
	refused(&stage, "container `c` is stopped, and a process can only be added to a running or created one: container not "
			"running");
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	refused(&stage, "container `c` is stopped");
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* `mounts` looks for itself which states will do. */
static void test_find(void **state)
{
	static const struct {
		enum stage_life life;
		enum liveness_status status;
		bool is_live;
	} rows[] = {
		{ STAGE_WAITS, STATUS_CREATED, true }, { STAGE_RUNS, STATUS_RUNNING, true }, { STAGE_ENDED, STATUS_STOPPED, false },
	};
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	for (size_t i = 0; i < COUNT(rows); i++) {
		auto_arena struct arena arena = ARENA_INIT;
		enum liveness_status status = STATUS_CREATING;
		struct target target = TARGET_INIT;
		struct err err = ERR_INIT;

		stage_make(&stage, &c, "c", rows[i].life, NULL);
		assert_good(target_find(&target, &arena, stage.root, "c", &status, &err), err);
		assert_int_equal(status, rows[i].status);
		assert_int_equal(target_check_live(&target, status, &err), rows[i].is_live ? 0 : -1);
		if (!rows[i].is_live)
			assert_string_equal(err.text, "container `c` is stopped, and has mounts only while it is created, running "
					    "or paused: container not running");
		target_close(&target);
		stage_unmake(&stage, &c);
	}
	stage_close(&stage);
}

static void test_paused(void **state)
{
	struct plan_cgroup plan;
	auto_arena struct arena arena = ARENA_INIT;
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct stage_container c;
	struct target target;
	struct stage stage;
	struct err err = ERR_INIT;

	(void)state;
	stage_need_cgroups();
	plan = scratch_plan("");
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	cgroup_find(&cgroup, &c.record.cgroup);
	assert_good(cgroup_freeze(&cgroup, &err), err);
	refused(&stage, "is paused");
	refused(&stage, "--ignore-paused");
	assert_good(open_target(&stage, &target, &arena, true, &err), err);
	target_close(&target);
	assert_good(cgroup_thaw(&cgroup, &err), err);
	accepted(&stage, c.pid);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_no_namespaces_of_its_own(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct stage_container c;
	struct target target;
	struct stage stage;
	struct err err;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	c.record.new_keyring = c.record.enters_root = true;
	stage_rewrite(&stage, &c);
	assert_good(open_target(&stage, &target, &arena, false, &err), err);
	assert_good(target_look(&target, &arena, &err), err);
	assert_int_equal(target.plan.enter, 0);
	assert_int_equal(target.plan.pid, c.pid);
	assert_int_equal(target.plan.n_uid_map, 0);
	assert_string_equal(target.plan.rootfs, "/the/rootfs");
	assert_true(target.plan.enters_root && target.plan.new_keyring);
	target_close(&target);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* The runtime is in namespaces of its own, so that it is the other one's that differ. */
static void look_from_elsewhere(void *data)
{
	struct stage *stage = data;
	auto_arena struct arena arena = ARENA_INIT;
	struct target target;
	struct err err;

	assert_int_equal(unshare(CLONE_NEWUTS | CLONE_NEWIPC), 0);
	assert_good(open_target(stage, &target, &arena, false, &err), err);
	assert_good(target_look(&target, &arena, &err), err);
	assert_int_equal(target.plan.enter, CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS);
	target_close(&target);
}

static void test_namespaces(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	support_run(CLONE_NEWNS, look_from_elsewhere, &stage);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* A process in a new user namespace whose maps say 0 is 1000 and 1 is 2000. */
static void test_user_namespace(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct target target = TARGET_INIT;
	struct err err = ERR_INIT;
	pid_t pid;
	int talk[2];
	char path[64], byte;

	(void)state;
	assert_int_equal(pipe(talk), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) == 0 && write(talk[1], "x", 1) == 1)
			(void)pause();
		_exit(1);
	}
	assert_int_equal(read(talk[0], &byte, 1), 1);
	for (int i = 0; i < 2; i++) {
		FILE *file;

		(void)snprintf(path, sizeof(path), "/proc/%d/%cid_map", (int)pid, i == 0 ? 'u' : 'g');
		file = fopen(path, "we");
		assert_non_null(file);
		(void)fprintf(file, "0 1000 1\n1 2000 5\n");
		assert_int_equal(fclose(file), 0);
	}
	target.record = (struct record){ .id = "c", .rootfs = "/r", .init = { .pid = pid } };
	target.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_good(target_look(&target, &arena, &err), err);
	assert_int_equal(target.plan.enter, CLONE_NEWUSER);
	assert_int_equal(target.plan.n_uid_map, 2);
	assert_int_equal(target.plan.uid_map[1].inside, 1);
	assert_int_equal(target.plan.uid_map[1].outside, 2000);
	assert_int_equal(target.plan.gid_map[1].count, 5);
	assert_false(target.plan.deny_setgroups);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(target_check(&target, &err), -1);
	assert_string_equal(err.text, "container `c` has just ended: container not running");
	assert_int_equal(target_look(&target, &arena, &err), -1);
	target_close(&target);
	(void)close(talk[0]);
	(void)close(talk[1]);
}

static void test_place(void **state)
{
	static const char *const bad[] = { "..", "none" };
	const struct inherit_words none = { .n = 0 };
	auto_arena struct arena arena = ARENA_INIT;
	struct plan_cgroup plan;
	struct stage_container c;
	struct target target;
	struct stage stage;
	struct err err;

	(void)state;
	stage_need_cgroups();
	plan = scratch_plan("");
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	assert_good(open_target(&stage, &target, &arena, false, &err), err);
	assert_good(target_place(&target, &none, false, &err), err);
	for (size_t i = 0; i < target.cgroup.ref.n; i++)
		assert_true(target.cgroup.fd[i] >= 0);
	target_close(&target);
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct inherit_words places = { &bad[i], 1 };

		assert_good(open_target(&stage, &target, &arena, false, &err), err);
		assert_int_equal(target_place(&target, &places, false, &err), -1);
		assert_holds(err.text, "--cgroup: ");
		target_close(&target);
	}
	/* A cgroup of its own: what is in it can be killed, and it goes with the target. */
	assert_good(open_target(&stage, &target, &arena, false, &err), err);
	assert_good(target_place(&target, &none, true, &err), err);
	assert_true(cgroup_is_present(&target.part));
	assert_good(target_kill_part(&target, &err), err);
	target_close(&target);
	assert_true(stage_is_alive(&c));
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_paused),
		cmocka_unit_test(test_no_namespaces_of_its_own),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_user_namespace),
		cmocka_unit_test(test_place),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
