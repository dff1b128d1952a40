/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test cannot go on without: memory, an open stream, the entry that it looks for.  cmocka's assertions do not
 * tell a compiler that they do not return, so that analysis would take every pointer behind them for a NULL.
 */
#ifndef TARE_TESTS_MUST_H
#define TARE_TESTS_MUST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Fail the test (or, outside of one, the program) at that line, since @what gave nothing. */
static inline __attribute__((noreturn)) void must_fail(const char *what, const char *file, int line)
{
	print_error("%s is NULL\n", what);
	_fail(file, line);
	abort();
}

/* The pointer @p, which must not be NULL. */
#define must(p)                                               \
	({                                                    \
		__typeof__(p) must_ = (p);                    \
		if (must_ == NULL)                            \
			must_fail(#p, __FILE__, __LINE__);    \
		must_;                                        \
	})

/* fail_msg(), which the compiler knows not to return. */
#define must_stop(...)                 \
	do {                           \
		fail_msg(__VA_ARGS__); \
		abort();               \
	} while (0)

#endif
