/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mounts add and remove from the host's side, around a process that only obeys the wire: what it is given and told. */
#include "host/live.h"

#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "plan/plan.h"
#include "sys/pidfd.h"
#include "wire/channel.h"

/* The part of init: it gets bind mounts first, then the pidfd. */
static int obey(const struct plan *plan, int wire)
{
	struct err err = ERR_INIT;
	struct stat tree, null;
	size_t n = 0;
	int fds[8];

	if (!plan->exec.present || plan->process.present || channel_wait(wire, WIRE_GO, fds, 8, &n, &err) < 0)
		return 101;
	if (plan->exec.kind == PLAN_EXEC_MOUNT && (n != 2 || fstat(fds[0], &tree) < 0 || stat("/dev/null", &null) < 0 ||
						   tree.st_rdev != null.st_rdev || pidfd_has_ended(fds[1], 0) != 0))
		return 102;
	if (plan->exec.kind == PLAN_EXEC_UNMOUNT && (n != 1 || pidfd_has_ended(fds[0], 0) != 0))
		return 103;
	if (channel_tell(wire, WIRE_READY, NULL, 0, &err) < 0 || channel_wait(wire, WIRE_COMMIT, NULL, 0, NULL, &err) < 0)
		return 104;
	return 0;
}

static int refuse(const struct plan *plan, int wire)
{
	struct err err = ERR_INIT;

	(void)err_say(&err, plan->mounts.item[0].at, "this is refused");
	channel_tell_failure(wire, &err);
	return 1;
}

static int just_die(const struct plan *plan, int wire)
{
	(void)plan;
	(void)wire;
	return 7;
}

static struct stage stage;
static struct live_request request;

static int change(enum plan_exec_kind kind, const char *text, struct err *err)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/m.json", stage.dir.path);
	support_write(stage.dir.fd, "m.json", text);
	request = (struct live_request){ .root = stage.root, .id = "c", .file = path, .kind = kind };
	*err = ERR_INIT;
	return live_change(&request, err);
}

static void refused(enum plan_exec_kind kind, const char *text, const char *words)
{
	size_t fds = support_count_fds();
	struct err err;

	assert_int_equal(change(kind, text, &err), -1);
	assert_holds(err.text, words);
	assert_int_equal(support_count_fds(), fds);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

#define ADD "[\n{\"destination\":\"/a\",\"source\":\"/dev/null\",\"options\":[\"bind\"]}]"

/* The container's process is in our namespaces, so we go elsewhere: then it has a mount namespace for itself. */
static void from_elsewhere(void *data)
{
	size_t fds = support_count_fds();
	struct err err;

	(void)data;
	stage_cast(obey);
	assert_good(change(PLAN_EXEC_MOUNT, ADD, &err), err);
	assert_good(change(PLAN_EXEC_UNMOUNT, "[{\"destination\":\"/a\"}]", &err), err);
	assert_int_equal(support_count_fds(), fds);
	stage_cast(refuse);
	refused(PLAN_EXEC_MOUNT, ADD, "[0]: this is refused");
	assert_int_equal(change(PLAN_EXEC_MOUNT, ADD, &err), -1);
	assert_int_equal(err.line, 2);
	assert_holds(err.file, "m.json");
	stage_cast(just_die);
	refused(PLAN_EXEC_MOUNT, ADD, "");
	stage_cast(obey);
	refused(PLAN_EXEC_MOUNT, "[{\"destination\":\"/a\",\"source\":\"/no/where\",\"options\":[\"bind\"]}]",
		"open the source /no/where");
	refused(PLAN_EXEC_MOUNT, "[{\"destination\":\"/a\",\"type\":\"proc\"}]", "[0].type: a file system of type");
	refused(PLAN_EXEC_UNMOUNT, "{}", "the document has to be a list");
}

static void test_change(void **state)
{
	struct stage_container c;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	support_run(CLONE_NEWNS, from_elsewhere, NULL);
	stage_unmake(&stage, &c);
	stage_cast(NULL);
	stage_close(&stage);
}

static void test_wrong_state(void **state)
{
	struct stage_container c;
	struct err err;

	(void)state;
	stage_open(&stage);
	assert_int_equal(change(PLAN_EXEC_MOUNT, ADD, &err), -1);
	assert_holds(err.text, "container `c` does not exist");
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	assert_int_equal(change(PLAN_EXEC_MOUNT, ADD, &err), -1);
	assert_holds(err.text, "no mount namespace of its own");
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	assert_int_equal(change(PLAN_EXEC_UNMOUNT, ADD, &err), -1);
	assert_holds(err.text, "container not running");
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_wrong_state),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
