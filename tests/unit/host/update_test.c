/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New limits for containers in every state, by options and by documents. */
#include "host/update.h"

#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "state/dir.h"
#include "state/updates.h"
#include "tests/unit/cgroup/scratch.h"

static const struct update_name names[] = {
	{ "pids.limit", "--pids" }, { "memory.limit", "--mem" }, { "cpu.period", "--period" }, { NULL, NULL },
};

static struct update_request options(const char *text)
{
	return (struct update_request){ .text = text, .names = names };
}

static void updated(const struct stage *stage, const struct update_request *request)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_good(update_container(stage->root, "c", request, &err), err);
	assert_int_equal(support_count_fds(), fds);
}

static struct err refused(const struct stage *stage, const struct update_request *request, const char *part)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_int_equal(update_container(stage->root, "c", request, &err), -1);
	assert_holds(err.text, part);
	assert_int_equal(support_count_fds(), fds);
	return err;
}

/* The container's directory in the tree of @controller, -1 without one. */
static int open_tree_of(const struct stage_container *c, const char *controller)
{
	const struct cgroup_ref *ref = &c->record.cgroup;
	char path[4096];

	for (size_t i = 0; i < ref->n; i++) {
		if (strcmp(ref->tree[i].controllers, controller) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s%s", ref->tree[i].mount, ref->path);
		return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return -1;
}

/* A container with a cgroup that has a pids controller, or the test ends here. */
#define MAKE(stage, c, life)                                                                 \
	do {                                                                                 \
		struct plan_cgroup plan_;                                                    \
		stage_need_cgroups();                                                        \
		plan_ = scratch_plan("-c");                                                  \
		stage_open(stage);                                                           \
		stage_make((stage), (c), "c", (life), &plan_);                               \
		pids = open_tree_of((c), "pids");                                            \
		if (pids < 0) {                                                              \
			stage_unmake((stage), (c));                                          \
			stage_close(stage);                                                  \
			scratch_skip("the pids controller on a cgroup v1 tree of its own");  \
		}                                                                            \
	} while (0)

static void test_states(void **state)
{
	static const enum stage_life lives[] = { STAGE_WAITS, STAGE_RUNS };
	const struct update_request request = options("{\"pids\":{\"limit\":77}}");

	(void)state;
	for (size_t i = 0; i < COUNT(lives); i++) {
		struct stage_container c;
		struct stage stage;
		auto_fd int pids = -1;

		MAKE(&stage, &c, lives[i]);
		assert_string_equal(scratch_read(pids, "pids.max"), "max");
		updated(&stage, &request);
		assert_string_equal(scratch_read(pids, "pids.max"), "77");
		assert_true(stage_is_alive(&c));
		stage_unmake(&stage, &c);
		stage_close(&stage);
	}
}

static void test_ended(void **state)
{
	const struct update_request request = options("{}");
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	refused(&stage, &request, "container `c` does not exist");
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	refused(&stage, &request, "container `c` is stopped: container not running; only one that is created, running");
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* By options the option is named, by a document its line; and what was written before is as it was. */
static void test_places(void **state)
{
	struct update_request request = options("{\"pids\":{\"limit\":77},\"cpu\":{\"period\":1}}");
	struct stage_container c;
	struct stage stage;
	auto_fd int pids = -1;
	char path[300];
	struct err err;

	(void)state;
	MAKE(&stage, &c, STAGE_RUNS);
	err = refused(&stage, &request, "--period: ");
	assert_int_equal(err.at, ERR_NOWHERE);
	assert_string_equal(scratch_read(pids, "pids.max"), "max");
	request = options("{\"pids\":{\"limit\":-5}}");
	refused(&stage, &request, "--pids: negative");

	(void)snprintf(path, sizeof(path), "%s/r.json", stage.dir.path);
	request = (struct update_request){ .file = path };
	support_write(stage.dir.fd, "r.json", "{\"pids\":{\"limit\":77},\n\"cpu\": {\"period\":1}}");
	err = refused(&stage, &request, "cpu.period: write \"1\"");
	assert_string_equal(err.file, path);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.col, 18);
	assert_string_equal(scratch_read(pids, "pids.max"), "max");
	support_write(stage.dir.fd, "r.json", "{\"pids\":{\"limit\":78}}");
	updated(&stage, &request);
	assert_string_equal(scratch_read(pids, "pids.max"), "78");
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* Standard input is read to its end, however it comes. */
static void test_standard_input(void **state)
{
	const struct update_request request = { .file = "-" };
	auto_fd int pids = -1, before = -1;
	struct stage_container c;
	struct stage stage;
	int ends[2];

	(void)state;
	MAKE(&stage, &c, STAGE_RUNS);
	before = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	(void)close(ends[0]);
	assert_int_equal(write(ends[1], "{\"pids\":{\"limit\":79}}", 21), 21);
	(void)close(ends[1]);
	updated(&stage, &request);
	assert_string_equal(scratch_read(pids, "pids.max"), "79");
	/* Nothing is no document. */
	refused(&stage, &request, "");
	if (before >= 0)
		assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_large_document(void **state)
{
	struct update_request request;
	struct stage stage;
	char path[300];

	(void)state;
	stage_open(&stage);
	(void)snprintf(path, sizeof(path), "%s/r.json", stage.dir.path);
	request = (struct update_request){ .file = path };
	support_write(stage.dir.fd, "r.json", "{}");
	assert_int_equal(truncate(path, 1 << 20), 0);
	refused(&stage, &request, "is not smaller than 1 MiB");
	stage_close(&stage);
}

/* Rules are written when they are other ones than the record says, which says so then. */
static void test_devices(void **state)
{
	const struct update_request request = options("{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}");
	auto_fd int pids = -1, devices = -1;
	struct stage_container c;
	struct stage stage;
	char before[2048], path[300];

	(void)state;
	MAKE(&stage, &c, STAGE_RUNS);
	devices = open_tree_of(&c, "devices");
	if (devices >= 0) {
		updated(&stage, &request);
		(void)snprintf(before, sizeof(before), "%s", scratch_read(devices, "devices.list"));
		assert_null(strstr(before, "c 195:1 rw"));
		support_write(devices, "devices.allow", "c 195:1 rw");
		updated(&stage, &request);
		assert_non_null(strstr(scratch_read(devices, "devices.list"), "c 195:1 rw"));
		/* As if another update had changed them in between. */
		(void)snprintf(path, sizeof(path), "%s/c/" UPDATES_FILE, stage.root);
		assert_int_equal(truncate(path, 0), 0);
		c.record.device_rules = 5;
		stage_rewrite(&stage, &c);
		updated(&stage, &request);
		assert_string_equal(scratch_read(devices, "devices.list"), before);
		/* The first update has said so; what is in the record is older. */
		support_write(devices, "devices.allow", "c 195:1 rw");
		updated(&stage, &request);
		assert_non_null(strstr(scratch_read(devices, "devices.list"), "c 195:1 rw"));
	}
	stage_unmake(&stage, &c);
	stage_close(&stage);
	if (devices < 0)
		scratch_skip("the devices controller of cgroup v1");
}

static void test_resctrl(void **state)
{
	struct update_request request = options("{}");
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	request.l3 = "L3:0=f";
	refused(&stage, &request, "--l3-cache-schema: the container has no resctrl group");
	c.record.rdt.group = "gold";
	stage_rewrite(&stage, &c);
	request.l3 = "L2:0=f";
	refused(&stage, &request, "\"L2:0=f\" does not start with \"L3:\"");
	request.l3 = NULL;
	request.mb = "MB:0=x";
	refused(&stage, &request, "MB:0=x");
	c.record.rdt.group = NULL;
	stage_rewrite(&stage, &c);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_standard_input),
		cmocka_unit_test(test_large_document),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_resctrl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
