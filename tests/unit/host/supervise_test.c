/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The foreground supervisor, with plain children instead of containers. */
#include "host/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/fd.h"
#include "host/console.h"
#include "sys/clone.h"
#include "sys/pidfd.h"

/* A child that runs @script with default signals, as a container's init does. */
static pid_t spawn(const char *script, int *ret_pidfd)
{
	pid_t pid = clone_process(0, -1, ret_pidfd);
	sigset_t none;

	if (pid != 0)
		return pid;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execl("/bin/sh", "sh", "-c", script, NULL);
	_exit(127);
}

/* Supervise @script, with @sig sent to ourselves before the wait (0: none).  $PPID in it is us. */
static int supervise(const char *script, int sig)
{
	auto_supervise struct supervise supervise = SUPERVISE_INIT;
	auto_fd int pidfd = -1;
	struct err err = ERR_INIT;
	int status = -1;
	pid_t pid;

	assert_int_equal(supervise_open(&supervise, true, &err), 0);
	pid = spawn(script, &pidfd);
	assert_true(pid > 0);
	if (sig != 0)
		assert_int_equal(raise(sig), 0);
	assert_int_equal(supervise_wait(&supervise, pid, pidfd, NULL, &status, &err), 0);
	return status;
}

static void test_exit_status(void **state)
{
	(void)state;
	assert_int_equal(supervise("exit 0", 0), 0);
	assert_int_equal(supervise("exit 42", 0), 42);
	assert_int_equal(supervise("kill -9 $$", 0), 128 + 9);
	assert_int_equal(supervise("kill -15 $$", 0), 128 + 15);
}

/* One that came before the wait began is not lost. */
static void test_signals_are_handed_on(void **state)
{
	(void)state;
	assert_int_equal(supervise("trap 'exit 11' USR1; kill -USR1 $PPID; while :; do sleep 0.01; done", 0), 11);
	assert_int_equal(supervise("sleep 60", SIGTERM), 128 + SIGTERM);
	assert_int_equal(supervise("sleep 60", SIGINT), 128 + SIGINT);
	assert_int_equal(supervise("sleep 60", SIGRTMIN + 3), 128 + SIGRTMIN + 3);
}

static void test_own_affairs_are_not(void **state)
{
	(void)state;
	assert_int_equal(supervise("trap 'exit 1' WINCH PIPE URG TTIN; kill -WINCH $PPID; kill -PIPE $PPID; "
				   "kill -URG $PPID; kill -TTIN $PPID; sleep 0.2; exit 0", 0), 0);
}

static void test_orphans_are_reaped(void **state)
{
	(void)state;
	/* The grandchild outlives its parent, then ends while the first process still runs. */
	assert_int_equal(supervise("(sleep 0.1 & ) ; sleep 0.4; exit 5", 0), 5);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_ended_before_the_wait(void **state)
{
	auto_supervise struct supervise supervise = SUPERVISE_INIT;
	auto_fd int pidfd = -1;
	struct err err = ERR_INIT;
	int status = -1;
	pid_t pid = spawn("exit 9", &pidfd);

	(void)state;
	assert_int_equal(pidfd_has_ended(pidfd, 5000), 1);
	assert_int_equal(supervise_open(&supervise, false, &err), 0);
	assert_int_equal(supervise_wait(&supervise, pid, pidfd, NULL, &status, &err), 0);
	assert_int_equal(status, 9);
}

static void test_not_our_child(void **state)
{
	auto_supervise struct supervise supervise = SUPERVISE_INIT;
	auto_fd int pidfd = pidfd_open(1);
	struct err err = ERR_INIT;
	int status = -1;

	(void)state;
	assert_int_equal(supervise_open(&supervise, false, &err), 0);
	assert_int_equal(supervise_wait(&supervise, 1, pidfd, NULL, &status, &err), -1);
	assert_int_equal(status, -1);
}

static void test_mask_is_put_back(void **state)
{
	struct supervise supervise = SUPERVISE_INIT;
	struct err err = ERR_INIT;
	sigset_t before, during, after;

	(void)state;
	(void)sigprocmask(SIG_BLOCK, NULL, &before);
	assert_int_equal(supervise_open(&supervise, false, &err), 0);
	(void)sigprocmask(SIG_BLOCK, NULL, &during);
	assert_int_equal(sigismember(&during, SIGTERM), 1);
	assert_int_equal(sigismember(&during, SIGSEGV), 0);
	supervise_close(&supervise);
	supervise_close(&supervise);
	(void)sigprocmask(SIG_BLOCK, NULL, &after);
	for (int sig = 1; sig < NSIG; sig++)
		assert_int_equal(sigismember(&before, sig), sigismember(&after, sig));
}

/* A payload on a terminal that ends right after its last word. */
static void test_with_console(void **state)
{
	auto_supervise struct supervise supervise = SUPERVISE_INIT;
	struct console console;
	auto_fd int pidfd = -1;
	struct err err = ERR_INIT;
	int master, slave, saved, out[2], null, status = -1;
	char text[64];
	ssize_t n;
	pid_t pid;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	(void)fflush(stdout);
	saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 20);
	assert_int_equal(supervise_open(&supervise, false, &err), 0);
	assert_int_equal(dup2(slave, STDOUT_FILENO), STDOUT_FILENO);
	(void)close(slave);
	pid = spawn("echo first; echo last", &pidfd);
	assert_int_equal(dup2(out[1], STDOUT_FILENO), STDOUT_FILENO);
	(void)close(out[1]);
	assert_int_equal(console_open(&console, master, &err), 0);
	assert_int_equal(supervise_wait(&supervise, pid, pidfd, &console, &status, &err), 0);
	console_close(&console);
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(saved);
	n = read(out[0], text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "last"));
	(void)close(out[0]);
	(void)close(null);
}

static void end_it(void *data)
{
	(void)pidfd_send_signal(*(int *)data, SIGUSR1);
}

static void test_limit(void **state)
{
	static const struct {
		const char *script;
		int status;
	} cases[] = { { "trap 'exit 31' USR1; sleep 60 & wait", 31 }, { "exit 5", 5 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_supervise struct supervise supervise = SUPERVISE_INIT;
		auto_fd int pidfd = -1;
		struct err err = ERR_INIT;
		int status = -1;
		pid_t pid;

		assert_int_equal(supervise_open(&supervise, false, &err), 0);
		pid = spawn(cases[i].script, &pidfd);
		assert_int_equal(supervise_limit(&supervise, 1, end_it, &pidfd, &err), 0);
		assert_int_equal(supervise_wait(&supervise, pid, pidfd, NULL, &status, &err), 0);
		assert_int_equal(status, cases[i].status);
	}
	/* The background sleep of the first one fell to us or to somebody else. */
	(void)waitpid(-1, NULL, WNOHANG);
}

/* It tells of the signal, and the signal stays for whoever takes it. */
static void test_end(void **state)
{
	auto_supervise struct supervise supervise = SUPERVISE_INIT;
	struct pollfd fds[1] = { { .events = POLLIN } };
	struct err err = ERR_INIT;
	sigset_t waiting;

	(void)state;
	assert_int_equal(supervise_open(&supervise, false, &err), 0);
	fds[0].fd = supervise_open_end(&err);
	assert_true(fds[0].fd >= 0);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(poll(fds, 1, 0), 0);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(poll(fds, 1, 0), 1);
	assert_int_equal(sigpending(&waiting), 0);
	assert_true(sigismember(&waiting, SIGTERM));
	/* Else they would end us. */
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGUSR1, SIG_DFL);
	(void)close(fds[0].fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_exit_status),
		cmocka_unit_test(test_signals_are_handed_on),
		cmocka_unit_test(test_own_affairs_are_not),
		cmocka_unit_test(test_orphans_are_reaped),
		cmocka_unit_test(test_ended_before_the_wait),
		cmocka_unit_test(test_not_our_child),
		cmocka_unit_test(test_mask_is_put_back),
		cmocka_unit_test(test_with_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
