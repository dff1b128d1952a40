/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The second process: the test plays the host, which must be its parent. */
#include "init/second.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/clone.h"
#include "tests/unit/init/stage.h"
#include "wire/channel.h"

static struct stage stage;

/* What the second process says about itself with its exit code. */
enum { WENT_WELL = 40, IS_ODD };

static void open_stage(const void *data)
{
	stage_open(&stage, data);
	stage_open_wire(&stage);
	(void)signal(SIGPIPE, SIG_IGN);
}

static ino_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static void __attribute__((noreturn)) be_first(ino_t uts)
{
	struct err err = ERR_INIT;

	fd_close(&stage.host);
	if (second_start(&stage.init, &err) < 0) {
		channel_tell_failure(stage.init.wire, &err);
		_exit(1);
	}
	_exit(getpid() == 1 && inode_of("/proc/self/ns/uts") != uts && prctl(PR_GET_DUMPABLE) == 0 ? WENT_WELL : IS_ODD);
}

/* Start the first process as the host does; our end of the channel is all that is left. */
static pid_t start(int *ret_pidfd)
{
	ino_t uts = inode_of("/proc/self/ns/uts");
	pid_t pid = clone_process(0, -1, ret_pidfd);

	if (pid == 0) {
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		be_first(uts);
	}
	assert_true(pid > 0);
	fd_close(&stage.init.wire);
	return pid;
}

static int reap(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void not_staged(void *data)
{
	pid_t before = getpid();

	stage_open(&stage, data);
	stage.plan.namespaces.create = CLONE_NEWUTS;
	stage_good(&stage, second_start(&stage.init, &stage.err));
	assert_int_equal(getpid(), before);
	assert_int_equal(waitpid(-1, NULL, 0), -1);
}

static void staged(void *data)
{
	int first_pidfd = -1, pidfd = -1;
	struct err err = ERR_INIT;
	pid_t first, second = -1;

	open_stage(data);
	stage.plan.namespaces.is_staged = true;
	stage.plan.namespaces.create = CLONE_NEWUTS | CLONE_NEWPID;
	first = start(&first_pidfd);
	assert_good(channel_wait_process(stage.host, &second, &pidfd, &err), err);
	assert_int_equal(reap(first), 0);
	assert_true(second > 0 && second != first && support_is_cloexec(pidfd));
	/* It is our own child, not an orphan, and does nothing before it is told. */
	assert_int_equal(waitpid(second, NULL, WNOHANG), 0);
	assert_good(channel_tell(stage.host, WIRE_SETTLED, NULL, 0, &err), err);
	assert_int_equal(reap(second), WENT_WELL);
}

/* A host that died: nobody stays behind. */
static void host_ends(void *data)
{
	int first_pidfd = -1, pidfd = -1;
	struct err err = ERR_INIT;
	pid_t first, second = -1;

	open_stage(data);
	stage.plan.namespaces.is_staged = true;
	stage.plan.namespaces.create = CLONE_NEWPID;
	first = start(&first_pidfd);
	assert_good(channel_wait_process(stage.host, &second, &pidfd, &err), err);
	assert_int_equal(reap(first), 0);
	fd_close(&stage.host);
	assert_int_equal(reap(second), 1);
}

static void clone_fails(void *data)
{
	int pidfd = -1;
	struct err err = ERR_INIT;
	pid_t first;

	open_stage(data);
	stage.plan.namespaces.is_staged = true;
	stage.plan.namespaces.create = CLONE_NEWPID;
	first = clone_process(0, -1, &pidfd);
	if (first == 0) {
		support_refuse(SYS_clone3, ENOSPC);
		be_first(0);
	}
	fd_close(&stage.init.wire);
	assert_int_equal(channel_wait_process(stage.host, &(pid_t){ 0 }, &pidfd, &err), -1);
	assert_holds(err.text, "a limit is reached");
	assert_int_equal(reap(first), 1);
}

/* exec: the process that stays is not tied to the runtime, so that it needs no call to be untied again. */
static void __attribute__((noreturn)) be_first_of_exec(void)
{
	struct err err = ERR_INIT;
	int sig = -1;

	fd_close(&stage.host);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (second_start(&stage.init, &err) < 0) {
		channel_tell_failure(stage.init.wire, &err);
		_exit(1);
	}
	(void)prctl(PR_GET_PDEATHSIG, &sig);
	_exit(sig == 0 && prctl(PR_GET_DUMPABLE) == 0 ? WENT_WELL : IS_ODD);
}

static void exec_goes_on(void *data)
{
	int first_pidfd = -1, pidfd = -1;
	struct err err = ERR_INIT;
	pid_t first, second = -1;

	open_stage(data);
	stage.plan.exec.present = stage.plan.namespaces.is_staged = true;
	first = clone_process(0, -1, &first_pidfd);
	if (first == 0) {
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		be_first_of_exec();
	}
	fd_close(&stage.init.wire);
	assert_good(channel_wait_process(stage.host, &second, &pidfd, &err), err);
	assert_int_equal(reap(first), 0);
	assert_good(channel_tell(stage.host, WIRE_SETTLED, NULL, 0, &err), err);
	assert_int_equal(reap(second), WENT_WELL);
}

static void exec_fails_to_clone(void *data)
{
	static const struct {
		int error;
		const char *text;
	} cases[] = {
		{ ENOMEM, "the container is ending" }, { EAGAIN, "a limit of processes" }, { E2BIG, "does the container's seccomp filter" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int pidfd = -1, first_pidfd = -1;
		struct err err = ERR_INIT;
		pid_t first;

		open_stage(data);
		stage.plan.exec.present = stage.plan.namespaces.is_staged = stage.plan.seccomp.present = true;
		first = clone_process(0, -1, &first_pidfd);
		if (first == 0) {
			support_refuse(SYS_clone3, cases[i].error);
			be_first_of_exec();
		}
		fd_close(&stage.init.wire);
		assert_int_equal(channel_wait_process(stage.host, &(pid_t){ 0 }, &pidfd, &err), -1);
		assert_holds(err.text, cases[i].text);
		assert_int_equal(err.code, cases[i].error);
		assert_int_equal(reap(first), 1);
		fd_close(&stage.host);
	}
}

STAGE_TEST(test_exec, 0, exec_goes_on)
STAGE_TEST(test_exec_clone_fails, 0, exec_fails_to_clone)
STAGE_TEST(test_not_staged, 0, not_staged)
STAGE_TEST(test_staged, 0, staged)
STAGE_TEST(test_host_ends, 0, host_ends)
STAGE_TEST(test_clone_fails, 0, clone_fails)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_exec_clone_fails),
		cmocka_unit_test(test_not_staged),
		cmocka_unit_test(test_staged),
		cmocka_unit_test(test_host_ends),
		cmocka_unit_test(test_clone_fails),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
