/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stack and heap are there before they are used, and nothing else changes. */
#include "base/prefault.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* In the middle of what is asked for. */
#define DEPTH (24 * 1024)

static long faults(void)
{
	struct rusage used;

	(void)getrusage(RUSAGE_SELF, &used);
	return used.ru_minflt;
}

/* Faults of writing DEPTH bytes of stack. */
static __attribute__((noinline)) int stack_faults(void)
{
	volatile char text[DEPTH];
	long before = faults();

	for (size_t i = 0; i < sizeof(text); i += 1024)
		text[i] = 1;
	return (int)(faults() - before);
}

/* In a fresh process; @early: after the call. */
static int in_child(int early)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (early)
			prefault_process();
		_exit(stack_faults());
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_fewer_faults(void **state)
{
	void *page = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int late, early;

	(void)state;
	assert_ptr_not_equal(page, MAP_FAILED);
	if (madvise(page, 1, MADV_POPULATE_WRITE) < 0 && errno == EINVAL) {
		print_message("the kernel has no MADV_POPULATE_WRITE (Linux 5.14)\n");
		skip();
	}
	(void)munmap(page, 1);
	late = in_child(0);
	early = in_child(1);
	assert_true(late >= 4);
	assert_true(early < late / 2);
}

static void test_heap_works(void **state)
{
	char *block;

	(void)state;
	prefault_process();
	block = calloc(1, 200000);
	assert_non_null(block);
	for (size_t i = 0; i < 200000; i++)
		assert_int_equal(block[i], 0);
	free(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fewer_faults),
		cmocka_unit_test(test_heap_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
