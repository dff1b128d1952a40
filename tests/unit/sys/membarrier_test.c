/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A grace period is waited for asleep; where there is none to be had, nothing is waited for. */
#include "sys/membarrier.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <linux/membarrier.h>

#include "tests/unit/support.h"

enum { ROUNDS = 5 };

static long count_sleeps(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_nvcsw;
}

static void test_sleeps(void **state)
{
	long known = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0);
	long before = count_sleeps();

	(void)state;
	if (get_nprocs() < 2 || known < 0 || (known & MEMBARRIER_CMD_SHARED) == 0) {
		print_message("SKIP: needs two CPUs and membarrier(2) that waits for a grace period\n");
		skip();
	}
	for (int i = 0; i < ROUNDS; i++)
		membarrier_pass();
	assert_true(count_sleeps() - before >= ROUNDS);
}

/* It must not matter, and errno is nobody's business. */
static void pass_without(void *data)
{
	support_refuse(SYS_membarrier, *(int *)data);
	for (int i = 0; i < ROUNDS; i++)
		membarrier_pass();
}

static void test_refused(void **state)
{
	int codes[] = { EINVAL, ENOSYS, EPERM };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++)
		support_run(0, pass_without, &codes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sleeps),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
