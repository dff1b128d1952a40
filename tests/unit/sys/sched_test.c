/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scheduling policies, as the kernel tells them back; each in a child. */
#include "sys/sched.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/support.h"

/* struct sched_attr of linux/sched/types.h, first version */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static struct attributes look(void)
{
	struct attributes attributes;

	assert_int_equal(syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0), 0);
	return attributes;
}

static void set_fair(void *data)
{
	const struct sched_params params = { .policy = SCHED_BATCH, .nice = 7 };

	(void)data;
	assert_int_equal(sched_set(&params), 0);
	assert_int_equal(look().policy, SCHED_BATCH);
	assert_int_equal(look().nice, 7);
	assert_int_equal(look().flags, 0);
}

static void set_real_time(void *data)
{
	const struct sched_params params = { .policy = SCHED_RR, .priority = 3, .flags = SCHED_FLAG_RESET_ON_FORK };

	(void)data;
	if (sched_set(&params) < 0 && errno == EPERM) {
		print_message("no real-time policy for us: no CAP_SYS_NICE, or no budget in this cgroup\n");
		return;
	}
	assert_int_equal(look().policy, SCHED_RR);
	assert_int_equal(look().priority, 3);
	assert_int_equal(look().flags, SCHED_FLAG_RESET_ON_FORK);
}

static void set_deadline(void *data)
{
	const struct sched_params params = {
		.policy = SCHED_DEADLINE, .runtime = 1000000, .deadline = 20000000, .period = 40000000,
	};

	(void)data;
	if (sched_set(&params) < 0 && (errno == EPERM || errno == EBUSY)) {
		print_message("no deadlines for us: no CAP_SYS_NICE, not all CPUs, or no bandwidth left\n");
		return;
	}
	assert_int_equal(look().policy, SCHED_DEADLINE);
	assert_int_equal(look().runtime, 1000000);
	assert_int_equal(look().deadline, 20000000);
	assert_int_equal(look().period, 40000000);
}

static void refused(void *data)
{
	const struct sched_params reserved = { .policy = 4 }, unknown = { .flags = 1u << 20 },
				  no_priority = { .policy = SCHED_FIFO };

	(void)data;
	assert_int_equal(sched_set(&reserved), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(sched_set(&unknown), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(sched_set(&no_priority), -1);
	assert_int_equal(errno, EINVAL);
}

/* Clamps to 0, where the kernel has clamps at all. */
static void clamp(void *data)
{
	const struct sched_params params = { .flags = SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS |
						      SCHED_FLAG_UTIL_CLAMP_MIN };

	(void)data;
	if (sched_set(&params) < 0)
		assert_int_equal(errno, EOPNOTSUPP);
}

#define IN_CHILD(name, run)            \
	static void name(void **state) \
	{                              \
		(void)state;           \
		support_run(0, run, NULL); \
	}

IN_CHILD(test_fair, set_fair)
IN_CHILD(test_real_time, set_real_time)
IN_CHILD(test_deadline, set_deadline)
IN_CHILD(test_refused, refused)
IN_CHILD(test_clamp, clamp)

/* Another process, as the host does it to the process of exec. */
static void set_of_another(void *data)
{
	const struct sched_params params = { .policy = SCHED_BATCH, .nice = 6 };
	struct attributes attributes;
	pid_t pid = fork();

	(void)data;
	if (pid == 0)
		for (;;)
			(void)pause();
	assert_int_equal(sched_set_of(pid, &params), 0);
	assert_int_equal(syscall(SYS_sched_getattr, pid, &attributes, sizeof(attributes), 0), 0);
	assert_int_equal(attributes.policy, SCHED_BATCH);
	assert_int_equal(attributes.nice, 6);
	assert_int_equal(look().policy, SCHED_NORMAL);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(sched_set_of(pid, &params), -1);
	assert_int_equal(errno, ESRCH);
}

static void test_set_of_another(void **state)
{
	support_run(0, set_of_another, *state);
}

static void test_hints(void **state)
{
	const struct sched_params fair = { .policy = SCHED_NORMAL }, deadline = { .policy = SCHED_DEADLINE };
	const struct sched_params real = { .policy = SCHED_FIFO, .priority = 1 };

	(void)state;
	assert_string_equal(sched_hint(&fair, EPERM), "");
	assert_holds(sched_hint(&real, EPERM), "cpu.rt_runtime_us");
	assert_string_equal(sched_hint(&real, EINVAL), "");
	assert_holds(sched_hint(&deadline, EPERM), "all CPUs");
	assert_holds(sched_hint(&deadline, EBUSY), "time left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_of_another),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_fair),
		cmocka_unit_test(test_real_time),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_clamp),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
