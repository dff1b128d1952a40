/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks of the host's side, run for real. */
#include "host/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "host/hookoutput.h"
#include "libocispec/arena.h"
#include "libocispec/oci/state.h"
#include "libocispec/read.h"

static const char *const no_env[] = { NULL };
static char result_path[64];
static struct hook_output output; /* none */

/* A hook that is a shell script; $0 is where it may leave a result. */
#define SCRIPT(text, seconds)                                                          \
	{ .at = 7, .path = "/bin/sh",                                                  \
	  .args = (const char *const[]){ "sh", "-c", (text), result_path, NULL },      \
	  .env = no_env, .timeout = (seconds) }

#define RUN(err, state_, len_, ...)                                                    \
	run_hooks((err), (state_), (len_), (struct plan_hook[]){ __VA_ARGS__ },        \
		  sizeof((struct plan_hook[]){ __VA_ARGS__ }) / sizeof(struct plan_hook))

static int run_hooks(struct err *err, const char *state, size_t len, struct plan_hook *hooks, size_t n)
{
	struct plan_hook_list list = { .item = hooks, .n = n };

	*err = ERR_INIT;
	return hooks_run(PLAN_HOOK_CREATE_RUNTIME, &list, state, len, &output, 0, err);
}

static void assert_holds(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" does not hold \"%s\"", text, part);
}

static void read_result(char *buf, size_t size)
{
	auto_fd int fd = open(result_path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : fd_read_all(fd, buf, size - 1);

	assert_true(n >= 0);
	buf[n] = '\0';
}

static double seconds_since(const struct timespec *begin)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

static int setup(void **state)
{
	(void)state;
	(void)snprintf(result_path, sizeof(result_path), "/tmp/tare-hooks-%d", (int)getpid());
	(void)unlink(result_path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(result_path);
	return 0;
}

static void test_gets_the_state_and_end_of_file(void **state)
{
	struct err err;
	char text[64];

	(void)state;
	assert_int_equal(RUN(&err, "{\"id\":\"x\"}", 10, SCRIPT("cat >$0", 0)), 0);
	read_result(text, sizeof(text));
	assert_string_equal(text, "{\"id\":\"x\"}");
}

static void test_one_after_the_other(void **state)
{
	struct err err;
	char text[64];

	(void)state;
	assert_int_equal(RUN(&err, "", 0, SCRIPT("echo one >>$0", 0), SCRIPT("echo two >>$0", 0)), 0);
	read_result(text, sizeof(text));
	assert_string_equal(text, "one\ntwo\n");
}

static void test_stops_at_the_first_failure(void **state)
{
	struct err err;
	char text[64];

	(void)state;
	assert_int_equal(RUN(&err, "", 0, SCRIPT("exit 0", 0), SCRIPT("echo out; echo why >&2; exit 3", 0),
			     SCRIPT("echo ran >$0", 0)), -1);
	assert_holds(err.text, "hooks.createRuntime[1] /bin/sh: ");
	assert_holds(err.text, "status 3");
	assert_holds(err.text, "out\nwhy");
	assert_int_equal(err.at, 7);
	read_result(text, sizeof(text));
	assert_string_equal(text, "");
}

static void test_signal(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(RUN(&err, "", 0, SCRIPT("kill -9 $$", 0)), -1);
	assert_holds(err.text, "signal 9");
}

static void test_cannot_be_executed(void **state)
{
	static const char *const args[] = { "x", NULL };
	struct err err;

	(void)state;
	assert_int_equal(RUN(&err, "", 0, { .path = "/nonexistent/hook", .args = args, .env = no_env }), -1);
	assert_holds(err.text, "hooks.createRuntime[0] /nonexistent/hook");
	assert_null(strstr(err.text, "No such file"));
	assert_int_equal(RUN(&err, "", 0, { .path = "/etc/passwd", .args = args, .env = no_env }), -1);
	assert_null(strstr(err.text, "Permission denied"));
}

static void test_timeout_takes_the_whole_group(void **state)
{
	struct timespec begin;
	struct err err;
	char text[64];

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(RUN(&err, "", 0, SCRIPT("sleep 100 & echo $! >$0; echo said; wait", 1)), -1);
	assert_true(seconds_since(&begin) >= 0.9 && seconds_since(&begin) < 20);
	assert_holds(err.text, "in time");
	assert_holds(err.text, "said");
	read_result(text, sizeof(text));
	/* The grandchild is dead, whether or not its new parent has reaped it. */
	for (int i = 0; i < 1000 && kill(atoi(text), 0) == 0; i++) {
		char path[64], stat[256] = "";
		auto_fd int fd = -1;

		(void)snprintf(path, sizeof(path), "/proc/%d/stat", atoi(text));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, stat, sizeof(stat) - 1) <= 0 || strstr(stat, ") Z") != NULL)
			return;
		(void)poll(NULL, 0, 10);
	}
	assert_int_not_equal(kill(atoi(text), 0), 0);
}

static void test_big_state_that_is_read_late(void **state)
{
	size_t len = 300000;
	char *big = malloc(len);
	struct err err;
	char text[64];

	(void)state;
	assert_non_null(big);
	memset(big, 'x', len);
	assert_int_equal(RUN(&err, big, len, SCRIPT("head -c 200000 /dev/zero; wc -c >$0", 0)), 0);
	read_result(text, sizeof(text));
	assert_int_equal(atoi(text), 300000);
	free(big);
}

/* Neither a closed nor an unread standard input is a failure, and nothing hangs. */
static void test_state_that_is_not_read(void **state)
{
	size_t len = 300000;
	char *big = calloc(1, len);
	struct err err;

	(void)state;
	assert_non_null(big);
	assert_int_equal(RUN(&err, big, len, SCRIPT("exit 0", 0)), 0);
	assert_int_equal(RUN(&err, big, len, SCRIPT("exec <&-; echo closed", 0)), 0);
	assert_int_equal(RUN(&err, big, len, SCRIPT("head -c 10 >/dev/null; exec <&-; sleep 0.2", 0)), 0);
	free(big);
}

/* A daemon that keeps the pipes open does not keep us. */
static void test_process_left_behind(void **state)
{
	struct timespec begin;
	struct err err;
	char text[64];

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(RUN(&err, "", 0, SCRIPT("sleep 30 & echo $! >$0", 0)), 0);
	assert_true(seconds_since(&begin) < 10);
	read_result(text, sizeof(text));
	assert_int_equal(kill(atoi(text), SIGKILL), 0);
}

static void test_exact_surroundings(void **state)
{
	static const char *const args[] = {
		"name", "-c",
		"echo $0 \"$@\"; echo A=$A; echo fds: /proc/self/fd/*; grep Sig /proc/self/status; exit 1",
		"zero", "a b", NULL,
	};
	static const char *const env[] = { "PATH=/usr/bin:/bin", "A=1", NULL };
	auto_fd int leak = open("/dev/null", O_RDONLY); /* NOLINT(android-cloexec-open): meant to leak */
	sigset_t blocked, saved;
	struct err err;

	(void)state;
	assert_true(leak >= 0);
	(void)sigfillset(&blocked);
	(void)sigprocmask(SIG_BLOCK, &blocked, &saved);
	assert_int_equal(RUN(&err, "", 0, { .path = "/bin/sh", .args = args, .env = env }), -1);
	(void)sigprocmask(SIG_SETMASK, &saved, NULL);
	assert_holds(err.text, "zero a b\nA=1\n");
	/* What the shell itself opens to list the directory comes on top. */
	assert_holds(err.text, "fds: /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2");
	assert_null(strstr(err.text, "/proc/self/fd/4"));
	assert_holds(err.text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000");
}

/* Into the file instead of the error; each stream by itself. */
static void test_output(void **state)
{
	struct err err;
	char text[64];

	(void)state;
	output.fd[1] = open(result_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(output.fd[1] > 2);
	assert_int_equal(RUN(&err, "{}", 2, SCRIPT("echo one; echo two >&2", 0), SCRIPT("echo three >&2; echo four; exit 3", 0)),
			 -1);
	hook_output_close(&output);
	read_result(text, sizeof(text));
	assert_string_equal(text, "two\nthree\n");
	assert_holds(err.text, "exited with status 3: four");
}

static void test_poststop_goes_on(void **state)
{
	struct plan_hook hooks[] = { SCRIPT("exit 1", 0), SCRIPT("echo ran >$0", 0) };
	struct plan_hook_list list = { .item = hooks, .n = 2 };
	char text[64];

	(void)state;
	hooks_run_poststop(&list, "{}", 2, &output, 0);
	read_result(text, sizeof(text));
	assert_string_equal(text, "ran\n");
}

/* One without a timeout of its own gets what the caller has for it. */
static void test_poststop_in_bounded_time(void **state)
{
	struct plan_hook hooks[] = { SCRIPT("sleep 1000", 0), SCRIPT("echo then >$0", 0) };
	struct plan_hook_list list = { .item = hooks, .n = 2 };
	char text[64];

	(void)state;
	hooks_run_poststop(&list, "{}", 2, &output, 1);
	read_result(text, sizeof(text));
	assert_string_equal(text, "then\n");
}

static void test_sigpipe_is_as_before(void **state)
{
	struct sigaction now;
	struct err err;

	(void)state;
	assert_int_equal(RUN(&err, "", 0, SCRIPT("exit 0", 0)), 0);
	assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
	assert_ptr_equal(now.sa_handler, SIG_DFL);
}

static void test_status_of_each_kind(void **state)
{
	static const char *const statuses[PLAN_HOOK_KINDS] = {
		"created", "creating", "creating", "created", "running", "stopped",
	};
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_state document = {
		.oci_version = "1.2.0", .id = "c", .status = OCI_STATUS_RUNNING, .bundle = "/b", .pid = { true, 42 },
	};

	(void)state;
	for (int kind = 0; kind < PLAN_HOOK_KINDS; kind++) {
		struct oci_error oci_err = OCI_ERROR_INIT;
		struct oci_source source = { .name = "state" };
		struct oci_state *read;
		struct err err = ERR_INIT;

		assert_int_equal(hooks_state_text(&arena, &document, (enum plan_hook_kind)kind, &source.text,
						  &source.len, &err), 0);
		assert_int_equal(oci_read(&arena, &source, &oci_state_shape, &read, &oci_err), 0);
		assert_string_equal(oci_names_word(&oci_status_names, (int)read->status), statuses[kind]);
		assert_int_equal(read->pid.v, 42);
		assert_null(strchr(source.text, '\n'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gets_the_state_and_end_of_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_after_the_other, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stops_at_the_first_failure, setup, teardown),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_cannot_be_executed),
		cmocka_unit_test_setup_teardown(test_timeout_takes_the_whole_group, setup, teardown),
		cmocka_unit_test_setup_teardown(test_big_state_that_is_read_late, setup, teardown),
		cmocka_unit_test(test_state_that_is_not_read),
		cmocka_unit_test_setup_teardown(test_process_left_behind, setup, teardown),
		cmocka_unit_test(test_exact_surroundings),
		cmocka_unit_test_setup_teardown(test_output, setup, teardown),
		cmocka_unit_test_setup_teardown(test_poststop_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_poststop_in_bounded_time, setup, teardown),
		cmocka_unit_test(test_sigpipe_is_as_before),
		cmocka_unit_test(test_status_of_each_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
