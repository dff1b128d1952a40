/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handing a seccomp listener over.  The test is the agent, and loads filters in children. */
#include "init/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/identity.h"
#include "sys/priv.h"
#include "tests/unit/init/stage.h"
#include "wire/channel.h"

static struct stage stage;

/* uname(2) asks the agent. */
static const struct sock_filter ask[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* The thread that loads this may say goodbye and nothing else: any other call of it ends the process. */
static const struct sock_filter kill_all[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* Ours is the agent's end of the connection. */
static int open_stage(const void *data, const struct sock_filter *insns, uint32_t n)
{
	int pair[2];

	stage_open(&stage, data);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	stage.init.agent = pair[1];
	stage.init.pid = 4194303;
	stage.plan.process.caps = (struct plan_caps){ .bounding = UINT64_MAX };
	stage.plan.seccomp = (struct plan_seccomp){ .at = 70, .present = true,
						    .filter = { .insns = insns, .n = n, .flags = LISTENER_NEW } };
	stage.plan.listener = (struct plan_listener){ .at = 71, .path = "/the/agent", .piece = { "<", "|", ">" } };
	return pair[0];
}

/* In a process of its own, which is not filtered: answer one question about uname(2) with EDOM. */
static pid_t start_agent(int socket)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct seccomp_notif question = { .id = 0 };
		struct seccomp_notif_resp answer = { .error = -EDOM };
		char text[100];
		int listener;

		/* Else the connection would not end for us. */
		fd_close(&stage.init.agent);
		listener = support_receive_fd(socket, text, sizeof(text));
		if (listener < 0 || strcmp(text, "<4194303|4194303>") != 0 ||
		    support_receive_fd(socket, text, sizeof(text)) >= 0 || text[0] != '\0' || ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) < 0 ||
		    question.data.nr != SYS_uname)
			_exit(1);
		answer.id = question.id;
		_exit(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0 ? 2 : 0);
	}
	assert_true(pid > 0);
	return pid;
}

static int ask_agent(void)
{
	char names[6 * 65];

	return syscall(SYS_uname, names) < 0 ? errno : 0;
}

static void load(void *data)
{
	int socket = open_stage(data, ask, COUNT(ask));
	size_t before = support_count_fds();
	int status;
	pid_t agent;

	agent = start_agent(socket);
	assert_int_equal(listener_load(&stage.init, &stage.err), 0);
	assert_int_equal(stage.init.agent, -1);
	assert_int_equal(ask_agent(), EDOM);
	assert_int_equal(waitpid(agent, &status, 0), agent);
	assert_int_equal(status, 0);
	/* Its connection is gone, the listener too; the agent that ended answers no more. */
	assert_int_equal(support_count_fds(), before - 1);
	assert_int_equal(ask_agent(), ENOSYS);
	assert_int_equal(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 2);
}

/* Nothing is called between the load and the hand-over, nor right after it. */
static void load_to_death(void *data)
{
	int socket = open_stage(data, kill_all, COUNT(kill_all));

	(void)socket;
	if (listener_load(&stage.init, &stage.err) == 0)
		syscall(SYS_exit_group, 0);
	syscall(SYS_exit_group, 1);
}

static void load_for_nobody(void *data)
{
	int socket = open_stage(data, ask, COUNT(ask));

	(void)close(socket);
	stage_bad(&stage, listener_load(&stage.init, &stage.err), "send the seccomp listener to /the/agent: ");
	assert_int_equal(stage.err.at, 71);
	assert_int_equal(stage.err.code, EPIPE);
	assert_int_equal(stage.init.agent, -1);
	/* It is not filtered in vain: whoever goes on is refused what nobody answers. */
	assert_int_equal(ask_agent(), ENOSYS);
}

static void load_what_is_broken(void *data)
{
	char text[10];
	int socket = open_stage(data, ask, 1);

	stage_bad(&stage, listener_load(&stage.init, &stage.err), "load the seccomp filter");
	assert_int_equal(stage.err.at, 70);
	assert_int_equal(stage.err.code, EINVAL);
	assert_int_equal(stage.init.agent, -1);
	assert_int_equal(support_receive_fd(socket, text, sizeof(text)), -1);
	assert_string_equal(text, "");
	assert_int_equal(ask_agent(), 0);
}

static void load_without_thread(void *data)
{
	const struct rlimit none = { 0, 0 };
	int socket = open_stage(data, ask, COUNT(ask));

	(void)socket;
	assert_int_equal(priv_no_new_privs(), 0);
	assert_int_equal(setrlimit(RLIMIT_NPROC, &none), 0);
	assert_int_equal(setresuid(12345, 12345, 12345), 0);
	stage_bad(&stage, listener_load(&stage.init, &stage.err), "start the thread that hands the seccomp listener over");
	assert_int_equal(stage.err.code, EAGAIN);
	assert_int_equal(ask_agent(), 0);
}

/* The steps load it with the listener; a hook's process gets the program alone. */
static void load_by_steps(void *data)
{
	char text[100];
	int socket = open_stage(data, ask, COUNT(ask));
	int listener, status;
	pid_t hook;

	stage.plan.process.no_new_privs = true;
	stage_good(&stage, identity_confine(&stage.init, &stage.err));
	assert_true(stage.init.agent >= 0);
	hook = fork();
	if (hook == 0)
		_exit(identity_filter_hook(&stage.init, &stage.err) == 0 && ask_agent() == ENOSYS ? 0 : 1);
	assert_int_equal(waitpid(hook, &status, 0), hook);
	assert_int_equal(status, 0);
	assert_int_equal(ask_agent(), 0);
	assert_true(stage.init.agent >= 0);
	stage_good(&stage, identity_filter(&stage.init, &stage.err));
	listener = support_receive_fd(socket, text, sizeof(text));
	assert_true(listener >= 0);
	assert_string_equal(text, "<4194303|4194303>");
	(void)close(listener);
	assert_int_equal(ask_agent(), ENOSYS);
}

static void load_with_rights(void *data)
{
	char text[100];
	int socket = open_stage(data, ask, COUNT(ask));

	stage_good(&stage, identity_confine(&stage.init, &stage.err));
	assert_int_equal(stage.init.agent, -1);
	assert_true(support_receive_fd(socket, text, sizeof(text)) >= 0);
	/* Not again. */
	stage_good(&stage, identity_filter_hook(&stage.init, &stage.err));
	stage_good(&stage, identity_filter(&stage.init, &stage.err));
	assert_int_equal(support_receive_fd(socket, text, sizeof(text)), -1);
}

/* exec: the filter is there before the process that the agent is told of; meanwhile nobody is asked but us. */
static void load_early(void *data)
{
	int socket = open_stage(data, ask, COUNT(ask)), listener;
	const size_t fds = support_count_fds();
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char is_there[1];
	void *shared;
	struct seccomp_notif question = { .id = 0 };
	struct seccomp_notif_resp answer = { .error = -EDOM };
	char text[100], is_good = 0;
	int talk[2], settled[2];
	pid_t stays;

	stage.plan.listener.piece[2] = NULL;
	stage.plan.namespaces.is_staged = true;
	/* Where the process that stays loads it, and where there is none, nothing is prepared. */
	stage.plan.process.no_new_privs = true;
	stage_good(&stage, listener_fork_sender(&stage.init, &stage.err));
	assert_null(stage.init.handover);
	stage.plan.process.no_new_privs = false;
	stage_good(&stage, listener_fork_sender(&stage.init, &stage.err));
	assert_non_null(stage.init.handover);
	stage_good(&stage, identity_confine(&stage.init, &stage.err));
	assert_int_equal(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 2);
	/* Answered: go on. */
	assert_int_equal(ask_agent(), 0);
	/* Whoever is made now finds neither the listener nor the agent, nor the memory of the sender, which has rights. */
	assert_int_equal(support_count_fds(), fds - 1);
	assert_int_equal(stage.init.agent, -1);
	assert_int_equal(pipe(talk), 0);
	assert_int_equal(pipe(settled), 0);
	shared = stage.init.handover;
	assert_int_equal(mincore(shared, page, is_there), 0);
	stays = fork();
	if (stays == 0) {
		(void)close(socket);
		is_good = mincore(shared, page, is_there) < 0 && errno == ENOMEM;
		/* Until the agent is told, questions are still answered by ourselves; it waits for the host's word. */
		is_good = read(settled[0], text, 1) == 1 && is_good && ask_agent() == EDOM;
		_exit(write(talk[1], &is_good, 1) != 1);
	}
	stage_good(&stage, listener_hand_over(&stage.init, 77, &stage.err));
	assert_int_equal(write(settled[1], "x", 1), 1);
	assert_null(stage.init.handover);
	assert_int_equal(stage.init.agent, -1);
	listener = support_receive_fd(socket, text, sizeof(text));
	assert_true(listener >= 0);
	assert_string_equal(text, "<77|");
	assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question), 0);
	assert_int_equal(question.pid, stays);
	answer.id = question.id;
	assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer), 0);
	assert_int_equal(read(talk[0], &is_good, 1), 1);
	assert_true(is_good);
	/* The sender ends as well, and nobody has to wait for it. */
	assert_int_equal(waitpid(-1, NULL, 0), -1);
	assert_int_equal(errno, ECHILD);
	stage_good(&stage, listener_hand_over(&stage.init, 77, &stage.err));
}

static void give_up_early(void *data)
{
	int socket = open_stage(data, ask, COUNT(ask));
	char text[100];

	stage.plan.namespaces.is_staged = true;
	stage_good(&stage, listener_fork_sender(&stage.init, &stage.err));
	stage_good(&stage, listener_load_early(&stage.init, &stage.err));
	stage_good(&stage, listener_hand_over(&stage.init, -1, &stage.err));
	/* The agent was told nothing. */
	assert_int_equal(support_receive_fd(socket, text, sizeof(text)), -1);
	assert_string_equal(text, "");
}

static void hand_over_to_nobody(void *data)
{
	int socket = open_stage(data, ask, COUNT(ask));

	stage.plan.namespaces.is_staged = true;
	(void)close(socket);
	stage_good(&stage, listener_fork_sender(&stage.init, &stage.err));
	stage_good(&stage, listener_load_early(&stage.init, &stage.err));
	stage_bad(&stage, listener_hand_over(&stage.init, 77, &stage.err), "send the seccomp listener to /the/agent");
}

static void prepare_alone(void *data)
{
	struct err err = ERR_INIT;

	stage_open(&stage, data);
	stage_open_wire(&stage);
	stage.plan.listener.path = "/the/agent";
	stage.plan.namespaces.is_staged = true;
	stage_good(&stage, listener_prepare_alone(&stage.init, &stage.err));
	assert_int_equal(stage.init.pid, 0);
	stage.plan.namespaces.is_staged = false;
	assert_good(channel_tell_pid(stage.host, 4711, &err), err);
	stage_good(&stage, listener_prepare_alone(&stage.init, &stage.err));
	assert_int_equal(stage.init.pid, 4711);
	/* Once is enough. */
	stage_good(&stage, listener_prepare(&stage.init, &stage.err));
}

static void prepare(void *data)
{
	struct err err = ERR_INIT;

	stage_open(&stage, data);
	/* Without a listener nothing is awaited. */
	stage_good(&stage, listener_prepare(&stage.init, &stage.err));
	stage_open_wire(&stage);
	stage.plan.listener.path = "/the/agent";
	assert_good(channel_tell_pid(stage.host, 4711, &err), err);
	stage_good(&stage, listener_prepare(&stage.init, &stage.err));
	assert_int_equal(stage.init.pid, 4711);
	fd_close(&stage.host);
	stage.init.pid = 0;
	stage_bad(&stage, listener_prepare(&stage.init, &stage.err), "the other side ended");
}

STAGE_TEST(test_load, 0, load)
STAGE_TEST(test_no_call_of_the_loader, 0, load_to_death)
STAGE_TEST(test_nobody_there, 0, load_for_nobody)
STAGE_TEST(test_broken_filter, 0, load_what_is_broken)
STAGE_TEST(test_no_thread, 0, load_without_thread)
STAGE_TEST(test_steps, 0, load_by_steps)
STAGE_TEST(test_steps_with_rights, 0, load_with_rights)
STAGE_TEST(test_early, 0, load_early)
STAGE_TEST(test_early_in_vain, 0, give_up_early)
STAGE_TEST(test_early_for_nobody, 0, hand_over_to_nobody)
STAGE_TEST(test_prepare, 0, prepare)
STAGE_TEST(test_prepare_alone, 0, prepare_alone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_no_call_of_the_loader),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_broken_filter),
		cmocka_unit_test(test_no_thread),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_steps_with_rights),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_early_in_vain),
		cmocka_unit_test(test_early_for_nobody),
		cmocka_unit_test(test_prepare),
		cmocka_unit_test(test_prepare_alone),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
