/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containers taken away, whatever is left of them. */
#include "host/destroy.h"

#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "state/dir.h"
#include "sys/pidfd.h"
#include "tests/unit/cgroup/scratch.h"

static void destroyed(const struct stage *stage, bool force)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_good(destroy_container(stage->root, "c", force, &err), err);
	assert_false(stage_has(stage, "c"));
	assert_int_equal(support_count_fds(), fds);
}

static void refused(const struct stage *stage, bool force, const char *part)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_int_equal(destroy_container(stage->root, "c", force, &err), -1);
	assert_holds(err.text, part);
	assert_int_equal(support_count_fds(), fds);
}

/* Once is enough: afterwards there is none, which only --force takes for a success. */
static void test_stopped(void **state)
{
	struct stage_container c, other;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	stage_make(&stage, &other, "other", STAGE_RUNS, NULL);
	destroyed(&stage, false);
	refused(&stage, false, "container `c` does not exist");
	destroyed(&stage, true);
	assert_true(stage_has(&stage, "other"));
	assert_true(stage_is_alive(&other));
	stage_unmake(&stage, &c);
	stage_unmake(&stage, &other);
	stage_close(&stage);
}

static void test_created_is_killed(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_WAITS, NULL);
	destroyed(&stage, false);
	stage_ended(&c, SIGKILL);
	stage_close(&stage);
}

static void test_running_only_by_force(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	refused(&stage, false, "cannot delete container `c` that is not stopped: running");
	assert_true(stage_has(&stage, "c"));
	assert_true(stage_is_alive(&c));
	destroyed(&stage, true);
	stage_ended(&c, SIGKILL);
	stage_close(&stage);
}

static void test_unknown(void **state)
{
	struct stage stage;
	struct err err = ERR_INIT;

	(void)state;
	stage_open(&stage);
	refused(&stage, false, "container `c` does not exist");
	destroyed(&stage, true);
	assert_int_equal(access(stage.root, F_OK), -1);
	/* What is no ID is refused even so. */
	assert_int_equal(destroy_container(stage.root, "..", true, &err), -1);
	assert_holds(err.text, "is no container ID");
	stage_close(&stage);
}

/* A process that has the number by now is not the container's. */
static void test_number_was_used_again(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	c.record.init.pidfs_inode = 0;
	c.record.init.start_time++;
	stage_rewrite(&stage, &c);
	destroyed(&stage, true);
	assert_true(stage_is_alive(&c));
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* create died before it wrote anything: what is there goes, and yet there was no container. */
static void test_record_is_missing(void **state)
{
	struct stage stage;

	(void)state;
	stage_open(&stage);
	assert_int_equal(mkdir(stage.root, 0700), 0);
	for (int force = 0; force <= 1; force++) {
		assert_int_equal(mkdirat(stage.dir.fd, "state/c", 0700), 0);
		assert_int_equal(mkfifoat(stage.dir.fd, "state/c/exec.fifo", 0600), 0);
		if (force)
			destroyed(&stage, true);
		else
			refused(&stage, false, "container `c` does not exist");
		assert_false(stage_has(&stage, "c"));
	}
	stage_close(&stage);
}

static void test_record_is_torn(void **state)
{
	static const char *const torn[] = { "", "{", "{\"version\": 1, \"id\"" };
	struct stage stage;

	(void)state;
	stage_open(&stage);
	assert_int_equal(mkdir(stage.root, 0700), 0);
	for (size_t i = 0; i < COUNT(torn); i++) {
		assert_int_equal(mkdirat(stage.dir.fd, "state/c", 0700), 0);
		support_write(stage.dir.fd, "state/c/" RECORD_FILE, torn[i]);
		refused(&stage, false, RECORD_FILE);
		assert_true(stage_has(&stage, "c"));
		destroyed(&stage, true);
	}
	stage_close(&stage);
}

static void test_poststop_hooks(void **state)
{
	struct stage_container c;
	struct stage stage;
	char path[256];

	(void)state;
	stage_open(&stage);
	(void)snprintf(path, sizeof(path), "%s/result", stage.dir.path);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	c.record.poststop = stage_hook("cat >$0", path);
	stage_rewrite(&stage, &c);
	destroyed(&stage, false);
	assert_holds(stage_read(&stage, "result"), "\"status\":\"stopped\"");
	assert_holds(stage_read(&stage, "result"), "\"id\":\"c\"");
	stage_unmake(&stage, &c);
	/* A failing one changes nothing (HK-06). */
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	c.record.poststop = stage_hook("echo ran >$0; exit 5", path);
	stage_rewrite(&stage, &c);
	destroyed(&stage, false);
	assert_string_equal(stage_read(&stage, "result"), "ran\n");
	stage_unmake(&stage, &c);
	/* None for what may not be deleted. */
	assert_int_equal(unlinkat(stage.dir.fd, "result", 0), 0);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	c.record.poststop = stage_hook("echo ran >$0", path);
	stage_rewrite(&stage, &c);
	refused(&stage, false, "not stopped");
	assert_string_equal(stage_read(&stage, "result"), "");
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* For a caller that holds the lock: hooks only when asked for, and the directory is closed. */
static void test_made(void **state)
{
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct state_dir dir = STATE_DIR_INIT;
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;
	char path[256];
	int pidfd;

	(void)state;
	stage_open(&stage);
	(void)snprintf(path, sizeof(path), "%s/result", stage.dir.path);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	c.record.poststop = stage_hook("echo ran >$0", path);
	pidfd = pidfd_open(c.pid);
	assert_good(dir_open(&dir, stage.root, "c", DIR_EXCLUSIVE, &err), err);
	assert_good(destroy_made(&dir, &c.record, &cgroup, pidfd, false, &err), err);
	assert_int_equal(dir.fd, -1);
	assert_false(stage_has(&stage, "c"));
	/* The descriptor stays the caller's. */
	assert_int_equal(pidfd_has_ended(pidfd, 0), 1);
	fd_close(&pidfd);
	stage_ended(&c, SIGKILL);
	assert_string_equal(stage_read(&stage, "result"), "");
	/* Without a process, and with hooks. */
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	c.record.poststop = stage_hook("echo ran >$0", path);
	assert_good(dir_open(&dir, stage.root, "c", DIR_EXCLUSIVE, &err), err);
	assert_good(destroy_made(&dir, &c.record, &cgroup, -1, true, &err), err);
	assert_string_equal(stage_read(&stage, "result"), "ran\n");
	stage_unmake(&stage, &c);
	stage_close(&stage);
	assert_int_equal(support_count_fds(), fds);
}

/* Everything in the cgroup ends, and the cgroup goes, in every tree. */
static void test_cgroup(void **state)
{
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct plan_cgroup plan;
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;
	pid_t second;
	int status = 0;

	(void)state;
	stage_need_cgroups();
	stage_open(&stage);
	plan = scratch_plan("-destroy");
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	assert_int_equal(stage_count_cgroups("-destroy"), plan.n_hierarchies);
	second = scratch_sleeper();
	cgroup_find(&cgroup, &c.record.cgroup);
	assert_good(cgroup_enter(&cgroup, second, false, &err), err);
	refused(&stage, false, "not stopped: running");
	assert_int_equal(waitpid(second, NULL, WNOHANG), 0);
	destroyed(&stage, true);
	stage_ended(&c, SIGKILL);
	assert_int_equal(waitpid(second, &status, 0), second);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(stage_count_cgroups("-destroy"), 0);
	stage_close(&stage);
}

/* A frozen one can be killed all the same. */
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
	plan = scratch_plan("-frozen");
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	cgroup_find(&cgroup, &c.record.cgroup);
	assert_good(cgroup_freeze(&cgroup, &err), err);
	refused(&stage, false, "cannot delete container `c` that is not stopped: paused");
	destroyed(&stage, true);
	stage_ended(&c, SIGKILL);
	assert_int_equal(stage_count_cgroups("-frozen"), 0);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_created_is_killed),
		cmocka_unit_test(test_running_only_by_force),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_number_was_used_again),
		cmocka_unit_test(test_record_is_missing),
		cmocka_unit_test(test_record_is_torn),
		cmocka_unit_test(test_poststop_hooks),
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_paused),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
