/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The points where init waits.  The test plays the host: what init is to receive is said beforehand. */
#include "init/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/unit/init/stage.h"
#include "wire/channel.h"

static struct stage stage;

static void open_stage(const void *data)
{
	stage_open(&stage, data);
	stage_open_wire(&stage);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* A descriptor that can be told from others by its position. */
static int numbered(int number)
{
	int fd = memfd_create("numbered", MFD_CLOEXEC);

	assert_int_equal(lseek(fd, number, SEEK_SET), number);
	return fd;
}

static int number_of(int fd)
{
	return (int)lseek(fd, 0, SEEK_CUR);
}

static void tell(enum wire_kind kind, const int *fds, size_t n)
{
	struct err err = ERR_INIT;

	assert_good(channel_tell(stage.host, kind, fds, n, &err), err);
}

static void expect_told(enum wire_kind kind)
{
	struct err err = ERR_INIT;

	assert_good(channel_wait(stage.host, kind, NULL, 0, NULL, &err), err);
}

static struct plan_join joins[] = { { .flag = CLONE_NEWUTS }, { .flag = CLONE_NEWIPC } };

/* Root, two binds among other mounts, two namespaces: five descriptors. */
static void plan_five(void)
{
	static const enum plan_mount_kind kinds[] = { PLAN_MOUNT_FS, PLAN_MOUNT_BIND, PLAN_MOUNT_CGROUP1,
						      PLAN_MOUNT_BIND, PLAN_MOUNT_REMOUNT };

	for (size_t i = 0; i < COUNT(kinds); i++)
		stage.mounts[i].kind = kinds[i];
	stage.plan.mounts.n = COUNT(kinds);
	stage.plan.namespaces.join = joins;
	stage.plan.namespaces.n_join = COUNT(joins);
}

static void take(void *data)
{
	int fds[7];

	open_stage(data);
	plan_five();
	for (int i = 0; i < 7; i++)
		fds[i] = numbered(100 + i);
	tell(WIRE_GO, fds, 5);
	stage_good(&stage, gate_take_descriptors(&stage.init, &stage.err));
	assert_int_equal(number_of(stage.init.root), 100);
	assert_int_equal(stage.init.tree[0], -1);
	assert_int_equal(number_of(stage.init.tree[1]), 101);
	assert_int_equal(stage.init.tree[2], -1);
	assert_int_equal(number_of(stage.init.tree[3]), 102);
	assert_int_equal(stage.init.tree[4], -1);
	assert_int_equal(number_of(stage.init.join[0]), 103);
	assert_int_equal(number_of(stage.init.join[1]), 104);
	assert_true(stage.init.go < 0 && stage.init.status < 0);
	assert_true(support_is_cloexec(stage.init.root) && support_is_cloexec(stage.init.join[1]));

	tell(WIRE_GO, fds, 7);
	stage_good(&stage, gate_take_descriptors(&stage.init, &stage.err));
	assert_int_equal(number_of(stage.init.join[1]), 104);
	assert_int_equal(number_of(stage.init.go), 105);
	assert_int_equal(number_of(stage.init.status), 106);
}

static int death_signal(void)
{
	int sig = -1;

	assert_int_equal(prctl(PR_GET_PDEATHSIG, &sig, 0, 0, 0), 0);
	return sig;
}

/* exec: the process that makes the one that stays never outlives the runtime; a change of ids is undone. */
static void stay_with_host(void *data)
{
	open_stage(data);
	stage.plan.exec.present = true;
	stage_good(&stage, gate_stay_with_host(&stage.init, &stage.err));
	assert_int_equal(death_signal(), SIGKILL);
	stage.plan.namespaces.is_staged = true;
	stage_good(&stage, gate_outlive_host(&stage.init, &stage.err));
	assert_int_equal(death_signal(), SIGKILL);
	stage.plan.namespaces.is_staged = false;
	stage_good(&stage, gate_outlive_host(&stage.init, &stage.err));
	assert_int_equal(death_signal(), 0);
}

/* For exec: one pidfd, whatever the plan says of namespaces. */
static void take_for_exec(void *data)
{
	int fds[] = { open("/dev/null", O_RDONLY | O_CLOEXEC), open("/dev/zero", O_RDONLY | O_CLOEXEC) };

	open_stage(data);
	stage.plan.exec.present = stage.plan.init_opens = true;
	stage.plan.listener.path = "/the/agent";
	stage_good(&stage, channel_tell(stage.host, WIRE_GO, fds, 2, &stage.err));
	stage_good(&stage, gate_take_descriptors(&stage.init, &stage.err));
	assert_true(stage.init.join[0] >= 0 && stage.init.agent >= 0 && stage.init.root < 0 && stage.init.go < 0);
}

static void end_with_host(void *data)
{
	open_stage(data);
	assert_int_equal(death_signal(), 0);
	stage_good(&stage, gate_die_with_host(&stage.init, &stage.err));
	assert_int_equal(death_signal(), SIGKILL);
	stage_good(&stage, gate_outlive_host(&stage.init, &stage.err));
	assert_int_equal(death_signal(), 0);
	fd_close(&stage.host);
	stage_bad(&stage, gate_die_with_host(&stage.init, &stage.err), "the runtime has ended");
}

/* A new file system whose ids are mapped needs the namespace that says how; a bind comes mapped. */
static void take_user_namespaces(void *data)
{
	static const struct plan_mount_idmap idmap;
	int fds[8];

	open_stage(data);
	plan_five();
	stage.mounts[0].idmap = &idmap;
	stage.mounts[1].idmap = &idmap;
	for (int i = 0; i < 8; i++)
		fds[i] = numbered(100 + i);
	tell(WIRE_GO, fds, 8);
	stage_good(&stage, gate_take_descriptors(&stage.init, &stage.err));
	assert_int_equal(number_of(stage.init.tree[1]), 101);
	assert_int_equal(number_of(stage.init.join[1]), 104);
	assert_int_equal(number_of(stage.init.idmap[0]), 105);
	assert_int_equal(stage.init.idmap[1], -1);
	assert_int_equal(stage.init.idmap[4], -1);
	assert_int_equal(number_of(stage.init.status), 107);
	tell(WIRE_GO, fds, 5);
	stage_bad(&stage, gate_take_descriptors(&stage.init, &stage.err), "5 descriptors came where 6 were awaited");
}

/* The seccomp agent's socket stands before the FIFO ends. */
static void take_agent(void *data)
{
	int fds[8];

	open_stage(data);
	plan_five();
	stage.plan.listener.path = "/agent";
	for (int i = 0; i < 8; i++)
		fds[i] = numbered(100 + i);
	tell(WIRE_GO, fds, 6);
	stage_good(&stage, gate_take_descriptors(&stage.init, &stage.err));
	assert_int_equal(number_of(stage.init.join[1]), 104);
	assert_int_equal(number_of(stage.init.agent), 105);
	assert_true(stage.init.go < 0 && support_is_cloexec(stage.init.agent));
	tell(WIRE_GO, fds, 8);
	stage_good(&stage, gate_take_descriptors(&stage.init, &stage.err));
	assert_int_equal(number_of(stage.init.agent), 105);
	assert_int_equal(number_of(stage.init.go), 106);
	assert_int_equal(number_of(stage.init.status), 107);
	tell(WIRE_GO, fds, 5);
	stage_bad(&stage, gate_take_descriptors(&stage.init, &stage.err), "5 descriptors came where 6 were awaited");
}

static void take_wrong_number(void *data)
{
	int fds[8];

	open_stage(data);
	plan_five();
	for (int i = 0; i < 8; i++)
		fds[i] = numbered(i);
	tell(WIRE_GO, fds, 4);
	stage_bad(&stage, gate_take_descriptors(&stage.init, &stage.err), "4 descriptors came where 5 were awaited");
	tell(WIRE_GO, fds, 6);
	stage_bad(&stage, gate_take_descriptors(&stage.init, &stage.err), "6 descriptors came where 5 were awaited");
	tell(WIRE_GO, fds, 8);
	stage_bad(&stage, gate_take_descriptors(&stage.init, &stage.err), "wait for go");
	tell(WIRE_COMMIT, NULL, 0);
	stage_bad(&stage, gate_take_descriptors(&stage.init, &stage.err), "commit came where go was awaited");
	fd_close(&stage.host);
	stage_bad(&stage, gate_take_descriptors(&stage.init, &stage.err), "the other side ended");
}

static void wait_for_hooks(void *data)
{
	enum plan_hook_kind kinds[] = { PLAN_HOOK_PRESTART, PLAN_HOOK_CREATE_RUNTIME };

	open_stage(data);
	/* Without such hooks nothing is said, so nobody waits in vain. */
	stage.plan.hooks.kind[PLAN_HOOK_CREATE_CONTAINER].n = 1;
	stage.plan.hooks.kind[PLAN_HOOK_POSTSTOP].n = 1;
	stage_good(&stage, gate_wait_hooks(&stage.init, &stage.err));
	for (size_t i = 0; i < COUNT(kinds); i++) {
		memset(&stage.plan.hooks, 0, sizeof(stage.plan.hooks));
		stage.plan.hooks.kind[kinds[i]].n = 1;
		tell(WIRE_HOOKED, NULL, 0);
		stage_good(&stage, gate_wait_hooks(&stage.init, &stage.err));
		expect_told(WIRE_BUILT);
	}
	tell(WIRE_COMMIT, NULL, 0);
	stage_bad(&stage, gate_wait_hooks(&stage.init, &stage.err), "commit came where hooked was awaited");
	fd_close(&stage.host);
	stage_bad(&stage, gate_wait_hooks(&stage.init, &stage.err), "send built");
}

static void wait_of_run(void *data)
{
	open_stage(data);
	tell(WIRE_COMMIT, NULL, 0);
	stage_good(&stage, gate_wait_start(&stage.init, &stage.err));
	expect_told(WIRE_READY);
	assert_true(stage.init.wire >= 0);
	stage_good(&stage, gate_leave(&stage.init, &stage.err));
	expect_told(WIRE_EXECUTING);
	/* The runtime died before it committed. */
	fd_close(&stage.host);
	stage_bad(&stage, gate_leave(&stage.init, &stage.err), "send executing");
	stage_bad(&stage, gate_wait_start(&stage.init, &stage.err), "send ready");
}

static void wait_of_create(void *data)
{
	char said[2];
	struct err err = ERR_INIT;
	int go[2];

	open_stage(data);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	stage.init.go = go[0];
	tell(WIRE_COMMIT, NULL, 0);
	assert_int_equal(write(go[1], "x", 1), 1);
	stage_good(&stage, gate_wait_start(&stage.init, &stage.err));
	expect_told(WIRE_READY);
	assert_good(channel_wait_end(stage.host, &err), err);
	assert_int_equal(stage.init.wire, -1);
	assert_int_equal(stage.init.go, -1);
	/* Nobody to tell. */
	stage_good(&stage, gate_leave(&stage.init, &stage.err));
	/* One byte for start. */
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	stage.init.status = go[1];
	stage_good(&stage, gate_leave(&stage.init, &stage.err));
	fd_close(&stage.init.status);
	assert_int_equal(read(go[0], said, sizeof(said)), 1);
}

static void lose_start(void *data)
{
	int go[2];

	open_stage(data);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	(void)close(go[1]);
	stage.init.go = go[0];
	tell(WIRE_COMMIT, NULL, 0);
	stage_bad(&stage, gate_wait_start(&stage.init, &stage.err), "wait for start");
}

/* Without the commit nothing goes on, whatever comes by the FIFO. */
static void wait_without_commit(void *data)
{
	int go[2];

	open_stage(data);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	stage.init.go = go[0];
	assert_int_equal(write(go[1], "x", 1), 1);
	tell(WIRE_HOOKED, NULL, 0);
	stage_bad(&stage, gate_wait_start(&stage.init, &stage.err), "hooked came where commit was awaited");
}

static void report(void *data)
{
	struct err failure = ERR_INIT, got = ERR_INIT;
	int status[2];

	open_stage(data);
	(void)err_say(&failure, 77, "it broke");
	err_phase(&failure, "mounts");
	assert_int_equal(pipe2(status, O_CLOEXEC | O_NONBLOCK), 0);
	stage.init.status = status[1];
	/* While the runtime listens, it is told; `start` only after. */
	gate_report(&stage.init, &failure);
	assert_int_equal(channel_wait(stage.host, WIRE_READY, NULL, 0, NULL, &got), -1);
	assert_string_equal(got.text, "it broke");
	assert_string_equal(got.phase, "mounts");
	assert_int_equal(read(status[0], &got, sizeof(got)), -1);
	fd_close(&stage.init.wire);
	gate_report(&stage.init, &failure);
	memset(&got, 0, sizeof(got));
	assert_int_equal(read(status[0], &got, sizeof(got)), sizeof(got));
	assert_memory_equal(&got, &failure, sizeof(got));
	stage.init.status = -1;
	gate_report(&stage.init, &failure);
}

STAGE_TEST(test_descriptors, 0, take)
STAGE_TEST(test_take_user_namespaces, 0, take_user_namespaces)
STAGE_TEST(test_take_agent, 0, take_agent)
STAGE_TEST(test_wrong_number_of_descriptors, 0, take_wrong_number)
STAGE_TEST(test_hooks, 0, wait_for_hooks)
STAGE_TEST(test_run, 0, wait_of_run)
STAGE_TEST(test_create, 0, wait_of_create)
STAGE_TEST(test_end_with_host, 0, end_with_host)
STAGE_TEST(test_stay_with_host, 0, stay_with_host)
STAGE_TEST(test_take_for_exec, 0, take_for_exec)
STAGE_TEST(test_lost_start, 0, lose_start)
STAGE_TEST(test_no_commit, 0, wait_without_commit)
STAGE_TEST(test_report, 0, report)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_take_user_namespaces),
		cmocka_unit_test(test_take_agent),
		cmocka_unit_test(test_wrong_number_of_descriptors),
		cmocka_unit_test(test_end_with_host),
		cmocka_unit_test(test_stay_with_host),
		cmocka_unit_test(test_take_for_exec),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_lost_start),
		cmocka_unit_test(test_no_commit),
		cmocka_unit_test(test_report),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
