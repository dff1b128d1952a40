/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding containers in every state, without a lock. */
#include "host/lookup.h"

#include "stage.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

static void expect(const struct stage *stage, enum liveness_status status, bool has_process)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	{
		auto_lookup struct lookup found = LOOKUP_INIT;

		assert_good(lookup_container(stage->root, "c", &found, &err), err);
		assert_int_equal(found.status, status);
		assert_int_equal(found.pidfd >= 0, has_process);
		assert_string_equal(found.record.id, "c");
		assert_string_equal(found.record.bundle, stage->bundle);
		assert_false(cgroup_is_present(&found.cgroup));
	}
	assert_int_equal(support_count_fds(), fds);
}

static void test_states(void **state)
{
	struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_WAITS, NULL);
	expect(&stage, STATUS_CREATED, true);
	/* Nor does somebody with the lock keep us out. */
	assert_good(dir_open(&dir, stage.root, "c", DIR_EXCLUSIVE, &err), err);
	expect(&stage, STATUS_CREATED, true);
	c.record.phase = RECORD_CREATING;
	assert_good(record_write(dir.fd, &c.record, &err), err);
	expect(&stage, STATUS_CREATING, false);
	dir_close(&dir);
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	expect(&stage, STATUS_RUNNING, true);
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	expect(&stage, STATUS_STOPPED, false);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* There is none, or create has not come further than its directory. */
static void test_unknown(void **state)
{
	auto_lookup struct lookup none = LOOKUP_INIT, empty = LOOKUP_INIT;
	struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	assert_int_equal(lookup_container(stage.root, "c", &none, &err), -1);
	assert_holds(err.text, "container `c` does not exist");
	assert_int_equal(err.code, ENOENT);
	assert_good(dir_make(&dir, stage.root, "c", &err), err);
	assert_int_equal(lookup_container(stage.root, "c", &empty, &err), -1);
	assert_holds(err.text, "container `c` does not exist");
	assert_int_equal(err.code, ENOENT);
	lookup_close(&empty);
	empty = LOOKUP_INIT;
	err = ERR_INIT;
	support_write(dir.fd, RECORD_FILE, "{");
	assert_int_equal(lookup_container(stage.root, "c", &empty, &err), -1);
	assert_null(strstr(err.text, "does not exist"));
	assert_good(dir_remove(&dir, &err), err);
	dir_close(&dir);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
