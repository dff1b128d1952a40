/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the state room share: the directory that every test gets, and the state root in it. */
#ifndef TARE_TESTS_STATE_STAGE_H
#define TARE_TESTS_STATE_STAGE_H

#include "tests/unit/support.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "state/dir.h"

/* @root does not exist yet. */
static struct support_dir dir;
static char root[256];

static inline int set_up(void **state)
{
	(void)state;
	support_open_dir(&dir);
	(void)snprintf(root, sizeof(root), "%s/root", dir.path);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	support_remove_dir(&dir);
	return 0;
}

/* A row of main(). */
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/* Is @path in the directory? */
static inline bool is_there(const char *path)
{
	return faccessat(dir.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Make container @id, which nobody holds then. */
static inline void make_one(const char *id)
{
	auto_state_dir struct state_dir made = STATE_DIR_INIT;
	struct err err = ERR_INIT;

	assert_good(dir_make(&made, root, id, &err), err);
}

/* @call must fail with that text, in the caller's struct err err. */
#define assert_bad(call, expected)                           \
	do {                                                 \
		err = ERR_INIT;                              \
		assert_int_equal(call, -1);                  \
		assert_string_equal(err.text, expected);     \
	} while (0)

#endif
