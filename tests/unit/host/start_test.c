/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `start`, once, and what becomes of containers whose start fails. */
#include "host/start.h"

#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "libocispec/arena.h"
#include "host/describe.h"
#include "state/dir.h"
#include "state/fifo.h"
#include "tests/unit/cgroup/scratch.h"

static void started(const struct stage *stage)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_good(start_container(stage->root, "c", &err), err);
	assert_int_equal(support_count_fds(), fds);
}

static struct err refused(const struct stage *stage, const char *part)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_int_equal(start_container(stage->root, "c", &err), -1);
	assert_holds(err.text, part);
	assert_int_equal(support_count_fds(), fds);
	return err;
}

static void expect(const struct stage *stage, enum oci_status status)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_state document;
	struct err err = ERR_INIT;

	assert_good(describe_container(&arena, stage->root, "c", &document, &err), err);
	assert_int_equal(document.status, status);
}

static void test_goes_on_once(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_WAITS, NULL);
	expect(&stage, OCI_STATUS_CREATED);
	started(&stage);
	expect(&stage, OCI_STATUS_RUNNING);
	/* The FIFOs have done their duty. */
	assert_int_equal(faccessat(stage.dir.fd, "state/c/" FIFO_GO, F_OK, 0), -1);
	assert_int_equal(faccessat(stage.dir.fd, "state/c/" FIFO_STATUS, F_OK, 0), -1);
	(void)refused(&stage, "cannot start an already running container");
	assert_true(stage_is_alive(&c));
	assert_int_equal(kill(c.pid, SIGTERM), 0);
	stage_ended(&c, SIGTERM);
	(void)refused(&stage, "cannot start a container that has stopped");
	assert_true(stage_has(&stage, "c"));
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* Of several at the same time one wins, and its poststart hook runs once. */
static void test_race(void **state)
{
	struct stage_container c;
	struct stage stage;
	char path[256];
	pid_t pids[4];
	int won = 0;

	(void)state;
	stage_open(&stage);
	(void)snprintf(path, sizeof(path), "%s/result", stage.dir.path);
	stage_make(&stage, &c, "c", STAGE_WAITS, NULL);
	c.record.poststart = stage_hook("echo ran >>$0", path);
	stage_rewrite(&stage, &c);
	for (size_t i = 0; i < COUNT(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			struct err err = ERR_INIT;
			int r = start_container(stage.root, "c", &err);

			_exit(r == 0 ? 0 : strstr(err.text, "already running") != NULL ? 1 : 2);
		}
	}
	for (size_t i = 0; i < COUNT(pids); i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_in_range(WEXITSTATUS(status), 0, 1);
		won += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(won, 1);
	assert_string_equal(stage_read(&stage, "result"), "ran\n");
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void await_end(const struct stage_container *c)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT), 0);
}

/* Whenever it is killed: only a program that was executed was started. */
static void test_killed(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_IS_KILLED, NULL);
	(void)refused(&stage, "the container's process was killed before it executed its program");
	expect(&stage, OCI_STATUS_STOPPED);
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_IS_KILLED_LATE, NULL);
	(void)refused(&stage, "the container's process was killed while it executed its program");
	expect(&stage, OCI_STATUS_STOPPED);
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_ENDS, NULL);
	started(&stage);
	/* The end of its descriptors, which start sees, comes before its own. */
	await_end(&c);
	expect(&stage, OCI_STATUS_STOPPED);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_wrong_state(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	(void)refused(&stage, "container `c` does not exist");
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	(void)refused(&stage, "cannot start a container that has stopped");
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	(void)refused(&stage, "cannot start an already running container");
	assert_true(stage_is_alive(&c));
	/* Its maker died. */
	c.record.phase = RECORD_CREATING;
	stage_rewrite(&stage, &c);
	(void)refused(&stage, "cannot start a container that has stopped");
	assert_true(stage_is_alive(&c));
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_paused(void **state)
{
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct plan_cgroup plan;
	struct stage_container c;
	struct err err = ERR_INIT;
	struct stage stage;

	(void)state;
	stage_need_cgroups();
	stage_open(&stage);
	plan = scratch_plan("-start-paused");
	stage_make(&stage, &c, "c", STAGE_WAITS, &plan);
	cgroup_find(&cgroup, &c.record.cgroup);
	assert_good(cgroup_freeze(&cgroup, &err), err);
	(void)refused(&stage, "cannot start a container that is paused: resume it first");
	assert_good(cgroup_thaw(&cgroup, &err), err);
	started(&stage);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_without_process(void **state)
{
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_WAITS, NULL);
	c.record.process = NULL;
	stage_rewrite(&stage, &c);
	(void)refused(&stage, "config.json of container `c` has no process");
	expect(&stage, OCI_STATUS_CREATED);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* The payload's own failure: reported as it was, and a stopped container is left. */
static void test_payload_fails(void **state)
{
	struct stage_container c;
	struct stage stage;
	struct err err;
	char path[256];

	(void)state;
	stage_open(&stage);
	(void)snprintf(path, sizeof(path), "%s/result", stage.dir.path);
	stage_make(&stage, &c, "c", STAGE_FAILS, NULL);
	c.record.poststart = stage_hook("echo ran >>$0", path);
	c.record.poststop = c.record.poststart;
	stage_rewrite(&stage, &c);
	err = refused(&stage, "cannot execute the payload");
	assert_string_equal(err.phase, "execute");
	assert_int_equal(waitpid(c.pid, NULL, 0), c.pid);
	c.pid = -1;
	assert_string_equal(stage_read(&stage, "result"), "");
	assert_true(stage_has(&stage, "c"));
	expect(&stage, OCI_STATUS_STOPPED);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* startContainer hook: stopped, deleted, and poststop hooks ran (LC-03, LC-05). */
static void test_start_hook_fails(void **state)
{
	struct stage_container c;
	struct stage stage;
	struct err err;
	char path[256];

	(void)state;
	stage_open(&stage);
	(void)snprintf(path, sizeof(path), "%s/result", stage.dir.path);
	stage_make(&stage, &c, "c", STAGE_HOOK_FAILS, NULL);
	c.record.poststop = stage_hook("cat >$0", path);
	stage_rewrite(&stage, &c);
	err = refused(&stage, "a hook said no");
	assert_string_equal(err.phase, "startContainer hooks");
	stage_ended(&c, SIGKILL);
	assert_false(stage_has(&stage, "c"));
	assert_holds(stage_read(&stage, "result"), "\"status\":\"stopped\"");
	stage_close(&stage);
}

static void test_poststart_hooks(void **state)
{
	struct stage_container c;
	struct stage stage;
	char path[256], pid[32];

	(void)state;
	stage_open(&stage);
	(void)snprintf(path, sizeof(path), "%s/result", stage.dir.path);
	stage_make(&stage, &c, "c", STAGE_WAITS, NULL);
	c.record.poststart = stage_hook("cat >$0", path);
	stage_rewrite(&stage, &c);
	started(&stage);
	(void)snprintf(pid, sizeof(pid), "\"pid\":%d", (int)c.pid);
	assert_holds(stage_read(&stage, "result"), "\"status\":\"running\"");
	assert_holds(stage_read(&stage, "result"), pid);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_poststart_hook_fails(void **state)
{
	struct stage_container c;
	struct stage stage;
	struct err err;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_WAITS, NULL);
	c.record.poststart = stage_hook("echo why; exit 4", "x");
	stage_rewrite(&stage, &c);
	err = refused(&stage, "hooks.poststart[0] /bin/sh: ");
	assert_holds(err.text, "status 4");
	assert_holds(err.text, "why");
	assert_string_equal(err.phase, "poststart hooks");
	stage_ended(&c, SIGKILL);
	assert_false(stage_has(&stage, "c"));
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes_on_once),
		cmocka_unit_test(test_race),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_wrong_state),
		cmocka_unit_test(test_paused),
		cmocka_unit_test(test_without_process),
		cmocka_unit_test(test_payload_fails),
		cmocka_unit_test(test_start_hook_fails),
		cmocka_unit_test(test_poststart_hooks),
		cmocka_unit_test(test_poststart_hook_fails),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
