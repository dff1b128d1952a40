/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory or the end: what does not fit aborts, what fits behaves as malloc(3). */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "libocispec/arena.h"
#include "libocispec/heap.h"

static void gives_and_resizes(void **state)
{
	char *block = heap_malloc(NULL, 4);

	(void)state;
	memcpy(block, "abc", 4);
	block = heap_realloc(NULL, block, 100000);
	assert_string_equal(block, "abc");
	heap_free(NULL, block);
	heap_free(NULL, heap_malloc(NULL, 0));
	heap_free(NULL, NULL);
}

/* How a child that runs @act ends. */
static int ending_of(void (*act)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		act();
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void overflow(void)
{
	struct arena arena = ARENA_INIT;
	volatile size_t n = SIZE_MAX / 2;

	(void)arena_array(&arena, n, 16);
}

static void exhaust(void)
{
	heap_exhausted(1);
}

static void aborts_when_there_is_none(void **state)
{
	int status;

	(void)state;
	status = ending_of(overflow);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	status = ending_of(exhaust);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_and_resizes),
		cmocka_unit_test(aborts_when_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
