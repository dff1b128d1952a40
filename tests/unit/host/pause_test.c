/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pausing and resuming containers in every state. */
#include "host/pause.h"

#include "stage.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cgroup/cgroup.h"
#include "state/dir.h"
#include "tests/unit/cgroup/scratch.h"

typedef int verb(const char *root, const char *id, struct err *err);

static void works(const struct stage *stage, verb *what)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_good(what(stage->root, "c", &err), err);
	assert_int_equal(support_count_fds(), fds);
}

static void refused(const struct stage *stage, verb *what, const char *text)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_int_equal(what(stage->root, "c", &err), -1);
	assert_string_equal(err.text, text);
	assert_int_equal(support_count_fds(), fds);
}

static bool is_frozen(const struct stage_container *c)
{
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct err err = ERR_INIT;

	cgroup_find(&cgroup, &c->record.cgroup);
	return cgroup_is_frozen(&cgroup, &err) == 1;
}

static void test_there_and_back(void **state)
{
	static const enum stage_life lives[] = { STAGE_RUNS, STAGE_WAITS };
	static const char *const words[] = { "running", "created" };
	struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	struct plan_cgroup plan;
	struct stage_container c;
	struct stage stage;
	char text[128];

	(void)state;
	stage_need_cgroups();
	stage_open(&stage);
	plan = scratch_plan("-pause");
	for (size_t i = 0; i < COUNT(lives); i++) {
		stage_make(&stage, &c, "c", lives[i], &plan);
		/* A start that hangs holds the lock. */
		assert_good(dir_open(&dir, stage.root, "c", DIR_EXCLUSIVE, &err), err);
		works(&stage, pause_container);
		assert_true(is_frozen(&c));
		refused(&stage, pause_container, "cannot pause container `c`: it is paused already");
		works(&stage, resume_container);
		assert_false(is_frozen(&c));
		(void)snprintf(text, sizeof(text), "cannot resume container `c`, which is %s and not paused: "
			       "container not paused", words[i]);
		refused(&stage, resume_container, text);
		dir_close(&dir);
		stage_unmake(&stage, &c);
	}
	stage_close(&stage);
}

static void test_stopped(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	refused(&stage, pause_container, "cannot pause container `c`, which is stopped and not created or running: "
		"container not running");
	refused(&stage, resume_container, "cannot resume container `c`, which is stopped and not paused: "
		"container not paused");
	stage_unmake(&stage, &c);
	refused(&stage, pause_container, "container `c` does not exist");
	refused(&stage, resume_container, "container `c` does not exist");
	stage_close(&stage);
}

static void test_without_cgroup(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	refused(&stage, pause_container, "pause container `c`: the container has no cgroup to freeze");
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_without_cgroup),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
