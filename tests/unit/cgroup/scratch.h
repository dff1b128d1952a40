/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch cgroups on the machine's own trees, and scratch directories that stand in for them: what
 * the tests of the cgroup room share.
 */
#ifndef TARE_TESTS_CGROUP_SCRATCH_H
#define TARE_TESTS_CGROUP_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "cgroup/cgroup.h"

/* True if we may make cgroups in the machine's own trees. */
bool scratch_has_cgroups(void);

/*
 * Exit with 77 and the reason, which the test harness counts as skipped, unless we may make cgroups
 * on this machine.
 */
void scratch_need_cgroups(void);

/* The same unless we are root. */
void scratch_need_root(void);

/*
 * A plan for "/tare-test-PID-NUMBER<below>" on the machine's trees, as plan_limits() makes it by
 * default.
 */
struct plan_cgroup scratch_plan(const char *below);

/*
 * For cmocka, after each test that makes cgroups: what a failing one left behind would fail the next.
 */
int scratch_sweep(void **state);

/* This one test cannot be run here: it needs @what. */
#define scratch_skip(what)                                                                   \
	do {                                                                                 \
		print_message("SKIP: needs %s\n", what);                                     \
		skip();                                                                      \
	} while (0)

#define scratch_unit_test(f) cmocka_unit_test_teardown(f, scratch_sweep)

/* A child that waits to be killed. */
pid_t scratch_sleeper(void);

/* Kill and reap. */
void scratch_end(pid_t pid);

/* True when @path exists in the tree @i of @cg ("" is the cgroup itself, "/.." the one above). */
int scratch_exists(const struct cgroup *cg, size_t i, const char *path);

/* A fresh directory below /tmp, opened; its path in @path of PATH_MAX. */
int scratch_dir(char *path);

/* Remove what scratch_dir() made with all in it. */
void scratch_remove_dir(const char *path);

/* Make a file with @text in it. */
void scratch_file(int dir, const char *name, const char *text);

/* The text of a file, in a static buffer. */
const char *scratch_read(int dir, const char *name);

/* Fail the test with @err when @r is negative. */
#define assert_ok(r, err)                                                                    \
	do {                                                                                 \
		if ((r) < 0)                                                                 \
			fail_msg("%s", (err).text);                                          \
	} while (0)

#endif
