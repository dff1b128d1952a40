/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state document of containers in every state. */
#include "host/describe.h"

#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "libocispec/arena.h"
#include "state/dir.h"
#include "tests/unit/cgroup/scratch.h"

/* Describe container "c": its status and pid must be these. */
static void expect(const struct stage *stage, enum oci_status status, pid_t pid)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_state document = { .pid = { .v = -1 } };
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_good(describe_container(&arena, stage->root, "c", &document, &err), err);
	assert_int_equal(support_count_fds(), fds);
	assert_int_equal(document.status, status);
	assert_true(document.pid.set);
	assert_int_equal(document.pid.v, pid);
	assert_string_equal(document.id, "c");
	assert_string_equal(document.bundle, stage->bundle);
}

static void test_record_in_full(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_entry entry = { .key = "k", .string = "v" };
	struct record record = {
		.id = "box", .bundle = "/b", .rootfs = "/b/r", .created = "2024-01-02T03:04:05.000000006Z",
		.oci_version = "1.1.0", .annotations = { .set = true, .n = 1, .item = &entry },
		.init = { .pid = 4711 },
	};
	struct oci_state document = describe_record(&arena, &record, STATUS_PAUSED, 42);
	struct oci_state creating = describe_record(&arena, &record, STATUS_CREATING, 0);

	(void)state;
	assert_string_equal(document.oci_version, "1.1.0");
	assert_string_equal(document.id, "box");
	assert_string_equal(document.bundle, "/b");
	assert_string_equal(document.rootfs, "/b/r");
	assert_string_equal(document.created, record.created);
	assert_string_equal(document.owner, "root");
	assert_int_equal(document.annotations.n, 1);
	assert_string_equal(document.annotations.item[0].string, "v");
	assert_int_equal(document.status, OCI_STATUS_PAUSED);
	/* What the caller says, not what the record says. */
	assert_int_equal(document.pid.v, 42);
	assert_int_equal(creating.status, OCI_STATUS_CREATING);
	assert_int_equal(creating.pid.v, 0);
}

static void test_owner(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct record record = { .id = "c" };
	const struct passwd *entry;
	size_t n = 0;

	(void)state;
	/* The first name of a number counts, as for the C library. */
	setpwent();
	while ((entry = getpwent()) != NULL && n < 10) {
		char name[64];
		uid_t uid = entry->pw_uid;

		(void)snprintf(name, sizeof(name), "%s", entry->pw_name);
		record.owner = uid;
		assert_string_equal(describe_record(&arena, &record, STATUS_STOPPED, 0).owner, name);
		n++;
	}
	endpwent();
	assert_true(n > 0);
	record.owner = 4000000123U;
	assert_null(getpwuid(record.owner));
	assert_null(describe_user(&arena, record.owner));
	assert_string_equal(describe_user(&arena, 0), "root");
	assert_string_equal(describe_record(&arena, &record, STATUS_STOPPED, 0).owner, "#4000000123");
}

static void test_created_running_stopped(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_WAITS, NULL);
	expect(&stage, OCI_STATUS_CREATED, c.pid);
	assert_int_equal(kill(c.pid, SIGKILL), 0);
	stage_ended(&c, SIGKILL);
	expect(&stage, OCI_STATUS_STOPPED, 0);
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	expect(&stage, OCI_STATUS_RUNNING, c.pid);
	stage_unmake(&stage, &c);
	/* Ended, and nobody has reaped it. */
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	expect(&stage, OCI_STATUS_STOPPED, 0);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* Created, but nothing waits at the FIFO any more: it was started. */
static void test_went_on(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	c.record.phase = RECORD_CREATED;
	stage_rewrite(&stage, &c);
	expect(&stage, OCI_STATUS_RUNNING, c.pid);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* "creating" as long as somebody creates; then it is a ruin. */
static void test_creating(void **state)
{
	struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	c.record.phase = RECORD_CREATING;
	stage_rewrite(&stage, &c);
	assert_good(dir_open(&dir, stage.root, "c", DIR_EXCLUSIVE, &err), err);
	expect(&stage, OCI_STATUS_CREATING, 0);
	dir_close(&dir);
	expect(&stage, OCI_STATUS_STOPPED, 0);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* The number alone says nothing: it must be the same process of the same boot. */
static void test_number_was_used_again(void **state)
{
	struct record_init init;
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	init = c.record.init;
	c.record.init.pidfs_inode = 0;
	stage_rewrite(&stage, &c);
	expect(&stage, OCI_STATUS_RUNNING, c.pid);
	c.record.init.start_time++;
	stage_rewrite(&stage, &c);
	expect(&stage, OCI_STATUS_STOPPED, 0);
	c.record.init = init;
	c.record.init.boot_id = "00000000-0000-0000-0000-000000000000";
	stage_rewrite(&stage, &c);
	expect(&stage, OCI_STATUS_STOPPED, 0);
	c.record.init = init;
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_paused(void **state)
{
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct plan_cgroup plan;
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_need_cgroups();
	stage_open(&stage);
	plan = scratch_plan("-paused");
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	expect(&stage, OCI_STATUS_RUNNING, c.pid);
	cgroup_find(&cgroup, &c.record.cgroup);
	assert_good(cgroup_freeze(&cgroup, &err), err);
	expect(&stage, OCI_STATUS_PAUSED, c.pid);
	assert_good(cgroup_thaw(&cgroup, &err), err);
	expect(&stage, OCI_STATUS_RUNNING, c.pid);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void refused(const struct stage *stage, const char *id, int code, const char *part)
{
	auto_arena struct arena arena = ARENA_INIT;
	size_t fds = support_count_fds();
	struct oci_state document;
	struct err err = ERR_INIT;

	assert_int_equal(describe_container(&arena, stage->root, id, &document, &err), -1);
	assert_holds(err.text, part);
	assert_int_equal(err.code, code);
	assert_int_equal(support_count_fds(), fds);
}

static void test_unknown(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	/* Not even a state root, and none is made. */
	refused(&stage, "c", ENOENT, "container `c` does not exist");
	assert_int_equal(access(stage.root, F_OK), -1);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	refused(&stage, "d", ENOENT, "container `d` does not exist");
	refused(&stage, "../state/c", 0, "is no container ID");
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* Without a record create has only just begun; a torn one is an error that is not "does not exist". */
static void test_record_is_missing_or_torn(void **state)
{
	static const char *const torn[] = { "", "{", "{}", "{\"version\": 1", "[]" };
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_state document;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	assert_int_equal(mkdir(stage.root, 0700), 0);
	assert_int_equal(mkdirat(stage.dir.fd, "state/c", 0700), 0);
	refused(&stage, "c", ENOENT, "container `c` does not exist");
	for (size_t i = 0; i < COUNT(torn); i++) {
		struct err err = ERR_INIT;

		support_write(stage.dir.fd, "state/c/" RECORD_FILE, torn[i]);
		assert_int_equal(describe_container(&arena, stage.root, "c", &document, &err), -1);
		assert_holds(err.text, RECORD_FILE);
		assert_null(strstr(err.text, "does not exist"));
		assert_int_not_equal(err.code, ENOENT);
	}
	assert_int_equal(unlinkat(stage.dir.fd, "state/c/" RECORD_FILE, 0), 0);
	assert_int_equal(unlinkat(stage.dir.fd, "state/c", AT_REMOVEDIR), 0);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record_in_full),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_created_running_stopped),
		cmocka_unit_test(test_went_on),
		cmocka_unit_test(test_creating),
		cmocka_unit_test(test_number_was_used_again),
		cmocka_unit_test(test_paused),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_record_is_missing_or_torn),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
