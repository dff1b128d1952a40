/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The step table: a whole container set up from a plan made by hand, seen from the host's end of the
 * channel; and the name of the step that failed, without the steps behind it.
 */
#include "init/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/mountfd.h"
#include "sys/priv.h"
#include "tests/unit/init/stage.h"
#include "wire/channel.h"

static struct stage stage;

/* A pipe that the payload writes to. */
static int said[2];

#define SCRIPT(script) { .path = "/bin/sh", .args = (const char *const[]){ "sh", "-c", script, NULL }, .env = hook_env }

static char where[160];
static const char *const hook_env[] = { where, "PATH=/usr/bin:/bin", NULL };

/*
 * The container's root is a copy of the machine's own mounts, as the host would send it, with the tmpfs of
 * the stage: programs are at hand.  Init's part runs in a child of its own.
 */
static void prepare(const void *data)
{
	struct plan_caps *caps = &stage.plan.process.caps;

	assert_int_equal(pipe2(said, O_CLOEXEC), 0);
	stage_open(&stage, data);
	stage_open_wire(&stage);
	fd_close(&stage.init.root);
	fd_close(&stage.init.proc);
	fd_close(&stage.init.null);
	stage.plan.namespaces.create = CLONE_NEWNS | CLONE_NEWUTS;
	stage.plan.hostname = "steps-host";
	/* Not more than this machine lets us have. */
	assert_int_equal(priv_capget(&caps->effective, &caps->permitted, &caps->inheritable), 0);
	(void)snprintf(where, sizeof(where), "DIR=%s", stage.path);
}

static pid_t start_init(void)
{
	pid_t pid = fork();

	if (pid != 0) {
		fd_close(&stage.init.wire);
		fd_close(&said[1]);
		return pid;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	fd_close(&stage.host);
	if (dup2(said[1], 1) < 0 || dup2(said[1], 2) < 0 || unshare(CLONE_NEWNS | CLONE_NEWUTS) < 0 || chdir("/") < 0)
		_exit(97);
	if (steps_run(&stage.init, &stage.err) < 0)
		channel_tell_failure(stage.init.wire, &stage.err);
	_exit(1);
}

static void go(void)
{
	int here = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int tree = mountfd_clone(here, NULL, true);

	assert_true(tree >= 0);
	assert_good(channel_tell(stage.host, WIRE_GO, &tree, 1, &stage.err), stage.err);
	(void)close(here);
	(void)close(tree);
}

static int reap(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

#define expect(kind) assert_good(channel_wait(stage.host, kind, NULL, 0, NULL, &stage.err), stage.err)
#define tell(kind) assert_good(channel_tell(stage.host, kind, NULL, 0, &stage.err), stage.err)

/* Nothing comes for a while: it waits. */
static void expect_silence(void)
{
	char byte;

	(void)usleep(100000);
	assert_int_equal(recv(stage.host, &byte, 1, MSG_DONTWAIT | MSG_PEEK), -1);
	assert_int_equal(errno, EAGAIN);
}

static void run_all(void *data)
{
	static const char *const args[] = { "sh", "-c", "test -e started && echo payload $(uname -n) $HOME; exit 6",
					    NULL };
	struct plan_hook nothing = SCRIPT("exit 1"), inside = SCRIPT("touch $DIR/created");
	struct plan_hook late = SCRIPT("test -e created && touch started");
	char text[256];
	ssize_t n;
	pid_t pid;

	prepare(data);
	stage.plan.process.args = args;
	stage.plan.process.path = "/bin:/usr/bin";
	stage.plan.process.cwd = stage.path;
	/* The host's hooks are the host's: init only lets it run them. */
	stage.plan.hooks.kind[PLAN_HOOK_PRESTART] = (struct plan_hook_list){ &nothing, 1 };
	stage.plan.hooks.kind[PLAN_HOOK_CREATE_CONTAINER] = (struct plan_hook_list){ &inside, 1 };
	stage.plan.hooks.kind[PLAN_HOOK_START_CONTAINER] = (struct plan_hook_list){ &late, 1 };
	stage.plan.hooks.create_container = stage.plan.hooks.start_container = (struct plan_hook_state){ "{", "}" };
	pid = start_init();
	go();
	expect(WIRE_BUILT);
	expect_silence();
	assert_true(stage_is_missing(&stage, "created"));
	tell(WIRE_HOOKED);
	expect(WIRE_READY);
	expect_silence();
	assert_false(stage_is_missing(&stage, "created"));
	assert_true(stage_is_missing(&stage, "started"));
	tell(WIRE_COMMIT);
	expect(WIRE_EXECUTING);
	assert_good(channel_wait_end(stage.host, &stage.err), stage.err);
	assert_int_equal(WEXITSTATUS(reap(pid)), 6);
	n = fd_read_all(said[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_holds(text, "payload steps-host /");
}

/* What init said it failed with; it has ended. */
static void expect_failure(pid_t pid, const char *phase, const char *part)
{
	struct err err = ERR_INIT;

	assert_int_equal(channel_wait(stage.host, WIRE_READY, NULL, 0, NULL, &err), -1);
	assert_string_equal(err.phase, phase);
	assert_holds(err.text, part);
	assert_int_equal(reap(pid), 1 << 8);
}

static void lose_host(void *data)
{
	prepare(data);
	fd_close(&stage.host);
	assert_int_equal(steps_run(&stage.init, &stage.err), -1);
	assert_string_equal(stage.err.phase, "receive descriptors");
	assert_int_equal(stage.err.code, EPIPE);
}

static void fail_at_mount(void *data)
{
	pid_t pid;

	prepare(data);
	stage.plan.mounts.n = 1;
	stage.mounts[0] = (struct plan_mount){ .at = 33, .kind = PLAN_MOUNT_FS, .type = "no-such-fs", .target = "/mnt" };
	pid = start_init();
	go();
	expect_failure(pid, "mounts", "mounts[0]: this kernel has no file system \"no-such-fs\"");
}

static void fail_at_program(void *data)
{
	static const char *const args[] = { "/no/such/program", NULL };
	struct plan_hook hook = SCRIPT("touch hook-ran");
	pid_t pid;

	prepare(data);
	stage.plan.process.args = args;
	stage.plan.process.cwd = stage.path;
	/* A hook of a later step. */
	stage.plan.hooks.kind[PLAN_HOOK_START_CONTAINER] = (struct plan_hook_list){ &hook, 1 };
	stage.plan.hooks.start_container = (struct plan_hook_state){ "{", "}" };
	pid = start_init();
	go();
	expect_failure(pid, "find program", "exec: \"/no/such/program\": no such file or directory");
	assert_true(stage_is_missing(&stage, "hook-ran"));
}

static void fail_at_hook(void *data)
{
	struct plan_hook hook = SCRIPT("touch hook-ran; exit 4");
	static const char *const args[] = { "/bin/touch", "payload-ran", NULL };
	pid_t pid;

	prepare(data);
	stage.plan.process.args = args;
	stage.plan.process.cwd = stage.path;
	stage.plan.hooks.kind[PLAN_HOOK_START_CONTAINER] = (struct plan_hook_list){ &hook, 1 };
	stage.plan.hooks.start_container = (struct plan_hook_state){ "{", "}" };
	pid = start_init();
	go();
	expect(WIRE_READY);
	tell(WIRE_COMMIT);
	expect_failure(pid, "startContainer hooks", "hooks.startContainer[0]: /bin/sh exited with status 4");
	/* In the working directory, as the last step before the program; which did not run. */
	assert_false(stage_is_missing(&stage, "hook-ran"));
	assert_true(stage_is_missing(&stage, "payload-ran"));
}

/* The runtime dies before its commit: the payload never runs. */
static void lose_runtime(void *data)
{
	static const char *const args[] = { "/bin/touch", "payload-ran", NULL };
	pid_t pid;

	prepare(data);
	stage.plan.process.args = args;
	stage.plan.process.cwd = stage.path;
	pid = start_init();
	go();
	expect(WIRE_READY);
	fd_close(&stage.host);
	assert_int_equal(reap(pid), 1 << 8);
	assert_true(stage_is_missing(&stage, "payload-ran"));
}

STAGE_TEST(test_all, 0, run_all)
STAGE_TEST(test_lost_host, 0, lose_host)
STAGE_TEST(test_failed_mount, 0, fail_at_mount)
STAGE_TEST(test_failed_program, 0, fail_at_program)
STAGE_TEST(test_failed_hook, 0, fail_at_hook)
STAGE_TEST(test_lost_runtime, 0, lose_runtime)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_lost_host),
		cmocka_unit_test(test_failed_mount),
		cmocka_unit_test(test_failed_program),
		cmocka_unit_test(test_failed_hook),
		cmocka_unit_test(test_lost_runtime),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
