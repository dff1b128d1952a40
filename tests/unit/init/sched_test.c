/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scheduling and memory settings, as the kernel tells them back; each test in a child. */
#include "init/sched.h"

#include <errno.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/mempolicy.h"
#include "sys/priv.h"
#include "tests/unit/init/stage.h"

/* linux/sched.h, linux/mempolicy.h */
enum { POLICY_OTHER, POLICY_FIFO, POLICY_BATCH = 3, POLICY_ISO, POLICY_IDLE, POLICY_DEADLINE };
enum { MODE_BIND = 2, MODE_INTERLEAVE, STATIC_NODES = 1 << 15 };

static struct stage stage;

static int policy(void)
{
	return (int)syscall(SYS_sched_getscheduler, 0);
}

static void nothing(void *dir)
{
	stage_open(&stage, dir);
	assert_int_equal(setpriority(PRIO_PROCESS, 0, 3), 0);
	stage_good(&stage, sched_apply(&stage.init, &stage.err));
	assert_int_equal(policy(), POLICY_OTHER);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), 3);
}

static void scheduler(void *dir)
{
	struct plan_scheduler *plan = &stage.plan.process.scheduler;

	stage_open(&stage, dir);
	*plan = (struct plan_scheduler){ .at = 70, .present = true, .name = "SCHED_BATCH", .policy = POLICY_BATCH, .nice = 4 };
	stage_good(&stage, sched_apply(&stage.init, &stage.err));
	assert_int_equal(policy(), POLICY_BATCH);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), 4);
	/* sched_setattr(2) would leave the nice value as it is. */
	*plan = (struct plan_scheduler){ .present = true, .name = "SCHED_IDLE", .policy = POLICY_IDLE, .nice = 11,
					 .nice_apart = true };
	stage_good(&stage, sched_apply(&stage.init, &stage.err));
	assert_int_equal(policy(), POLICY_IDLE);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), 11);
	*plan = (struct plan_scheduler){ .at = 70, .present = true, .name = "SCHED_ISO", .policy = POLICY_ISO };
	stage_bad(&stage, sched_apply(&stage.init, &stage.err), "set the scheduling policy SCHED_ISO: ");
	assert_int_equal(stage.err.at, 70);
	assert_int_equal(stage.err.code, EINVAL);
	/* Without a process there is nothing to set. */
	stage.plan.process.present = false;
	stage_good(&stage, sched_apply(&stage.init, &stage.err));
}

static void without_rights(void *dir)
{
	struct plan_scheduler *plan = &stage.plan.process.scheduler;
	struct rlimit none = { 0, 0 };

	stage_open(&stage, dir);
	assert_int_equal(setrlimit(RLIMIT_RTPRIO, &none) | setrlimit(RLIMIT_NICE, &none), 0);
	assert_int_equal(priv_capset(0, 0, 0), 0);
	*plan = (struct plan_scheduler){ .present = true, .name = "SCHED_FIFO", .policy = POLICY_FIFO, .priority = 1 };
	stage_bad(&stage, sched_apply(&stage.init, &stage.err), "real-time policies need CAP_SYS_NICE");
	assert_int_equal(stage.err.code, EPERM);
	*plan = (struct plan_scheduler){ .present = true, .name = "SCHED_DEADLINE", .policy = POLICY_DEADLINE,
					 .runtime = 2000000, .deadline = 20000000 };
	stage_bad(&stage, sched_apply(&stage.init, &stage.err), "deadlines need CAP_SYS_NICE");
	*plan = (struct plan_scheduler){ .present = true, .name = "SCHED_IDLE", .policy = POLICY_IDLE, .nice = -1,
					 .nice_apart = true };
	stage_bad(&stage, sched_apply(&stage.init, &stage.err), "set the nice value -1: ");
	plan->present = false;
	stage.plan.process.io_priority = (struct plan_io_priority){ .at = 71, .present = true, .name = "IOPRIO_CLASS_RT",
								    .value = 1 << 13 };
	stage_bad(&stage, sched_apply(&stage.init, &stage.err), "set the I/O priority IOPRIO_CLASS_RT 0: ");
	assert_int_equal(stage.err.at, 71);
}

static void io_priority(void *dir)
{
	stage_open(&stage, dir);
	assert_true(setsid() > 0);
	stage.plan.process.io_priority = (struct plan_io_priority){ .present = true, .name = "IOPRIO_CLASS_BE", .level = 5,
								    .value = 2 << 13 | 5 };
	stage_good(&stage, sched_apply(&stage.init, &stage.err));
	assert_int_equal(syscall(SYS_ioprio_get, 1 /* IOPRIO_WHO_PROCESS */, 0), 2 << 13 | 5);
}

static void memory_policy(void *dir)
{
	static const unsigned long first = 1, two = 1 | 1UL << 63;
	struct plan_memory_policy *plan = &stage.plan.memory_policy;
	int mode = -1;

	stage_open(&stage, dir);
	*plan = (struct plan_memory_policy){ .at = 72, .present = true, .name = "MPOL_INTERLEAVE", .nodes_text = "0",
					     .mode = MODE_INTERLEAVE, .nodes = { 1, &first } };
	if (mempolicy_set(0, NULL, 0) < 0) {
		assert_int_equal(errno, ENOSYS);
		print_message("this kernel has no memory policies (CONFIG_NUMA)\n");
		return;
	}
	stage_good(&stage, sched_apply(&stage.init, &stage.err));
	assert_int_equal(syscall(SYS_get_mempolicy, &mode, NULL, 0UL, NULL, 0UL), 0);
	assert_int_equal(mode, MODE_INTERLEAVE);
	/* The kernel would drop the node that there is not, and say nothing. */
	*plan = (struct plan_memory_policy){ .at = 72, .present = true, .name = "MPOL_BIND", .nodes_text = "0,63",
					     .mode = MODE_BIND, .nodes = { 64, &two } };
	stage_bad(&stage, sched_apply(&stage.init, &stage.err),
		  "set the memory policy MPOL_BIND for nodes 0,63: this machine has no node 63, or the cpuset forbids it");
	assert_int_equal(stage.err.at, 72);
	/* Static nodes may come and go; the kernel remembers them. */
	plan->mode |= STATIC_NODES;
	stage_good(&stage, sched_apply(&stage.init, &stage.err));
	*plan = (struct plan_memory_policy){ .at = 72, .present = true, .name = "MPOL_BIND", .mode = MODE_BIND };
	stage_bad(&stage, sched_apply(&stage.init, &stage.err), "set the memory policy MPOL_BIND: ");
}

static void persona(void *dir)
{
	stage_open(&stage, dir);
	assert_true(personality(ADDR_NO_RANDOMIZE) >= 0);
	stage.plan.personality = (struct plan_personality){ .present = true, .name = "LINUX32", .domain = PER_LINUX32 };
	stage_good(&stage, sched_apply(&stage.init, &stage.err));
	assert_int_equal(personality(0xffffffff), PER_LINUX32);
	stage.plan.personality.domain = PER_LINUX;
	stage_good(&stage, sched_apply(&stage.init, &stage.err));
	assert_int_equal(personality(0xffffffff), PER_LINUX);
}

STAGE_TEST(test_nothing, 0, nothing)
STAGE_TEST(test_scheduler, 0, scheduler)
STAGE_TEST(test_without_rights, 0, without_rights)
STAGE_TEST(test_io_priority, 0, io_priority)
STAGE_TEST(test_memory_policy, 0, memory_policy)
STAGE_TEST(test_personality, 0, persona)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_scheduler),
		cmocka_unit_test(test_without_rights),
		cmocka_unit_test(test_io_priority),
		cmocka_unit_test(test_memory_policy),
		cmocka_unit_test(test_personality),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
