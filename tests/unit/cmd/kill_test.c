/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare kill: which signal, to whom, and what it refuses. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/cmd/fake.h"

static void assert_killed_by(pid_t pid, int sig)
{
	int status = fake_wait(pid);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), sig);
}

/* @words after "kill"; a fresh container "c" must die of @sig. */
static void check(struct capture *capture, int sig, const char *const *words)
{
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	capture_run(capture, words);
	capture_assert_good(capture);
	assert_string_equal(capture->out, "");
	assert_killed_by(pid, sig);
	/* Only delete takes it away. */
	assert_true(fake_exists(capture, "c"));
	GOOD(capture, "delete", "c");
}

#define CHECK(capture, sig, ...) check((capture), (sig), (const char *const[]){ "kill", __VA_ARGS__, NULL })

static void test_signals(void **state)
{
	struct capture *capture = *state;

	CHECK(capture, SIGTERM, "c");
	CHECK(capture, SIGKILL, "c", "9");
	CHECK(capture, SIGKILL, "c", "KILL");
	CHECK(capture, SIGINT, "c", "SIGINT");
	CHECK(capture, SIGUSR1, "c", "usr1");
	CHECK(capture, SIGRTMIN + 1, "c", "RTMIN+1");
	CHECK(capture, SIGHUP, "--", "c", "HUP");
}

/*
 * Options may stand anywhere.  Without a cgroup, KILL of a pid namespace's first process takes all of it; other
 * signals need to know who belongs to the container.
 */
static void test_all(void **state)
{
	struct capture *capture = *state;
	pid_t pid;

	CHECK(capture, SIGKILL, "--all", "c", "9");
	CHECK(capture, SIGKILL, "c", "9", "-a");
	CHECK(capture, SIGQUIT, "--all=false", "c", "QUIT");
	pid = fake_make_plain(capture, "c", FAKE_RUNNING);
	REFUSED(capture, "nothing tells its processes from others", "kill", "c", "--all=true");
	assert_true(fake_is_alive(pid));
	fake_end(pid);
}

static void test_created(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_CREATED_WAITS);

	GOOD(capture, "kill", "c", "KILL");
	assert_killed_by(pid, SIGKILL);
}

/* Managers look for "container not running"; "kill --all" is how they make sure, so that is no error. */
static void test_stopped(void **state)
{
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);

	GOOD(capture, "kill", "c", "KILL");
	while (fake_is_alive(pid))
		(void)usleep(1000);
	REFUSED(capture, "container not running", "kill", "c");
	(void)fake_wait(pid);
	REFUSED(capture, "container `c` is stopped: container not running", "kill", "c", "KILL");
	GOOD(capture, "kill", "--all", "c", "KILL");
}

static void test_unknown(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "container `c` does not exist", "kill", "c");
	REFUSED(capture, "container `c` does not exist", "kill", "--all", "c", "9");
	capture_assert_no_root(capture);
}

/* A signal that is none reaches nobody. */
static void test_bad_signals(void **state)
{
	static const char *const bad[] = { "", "0", "65", "NOSUCH", "9x", "-0x9" };
	struct capture *capture = *state;
	pid_t pid = fake_make_plain(capture, "c", FAKE_RUNNING);
	char quoted[32];

	for (size_t i = 0; i < COUNT(bad); i++) {
		(void)snprintf(quoted, sizeof(quoted), "\"%s\"", bad[i]);
		REFUSED(capture, quoted, "kill", "--", "c", bad[i]);
	}
	REFUSED(capture, "unknown option \"-9\"", "kill", "c", "-9");
	assert_true(fake_is_alive(pid));
	fake_end(pid);
}

/* All whose ID matches, and no other; a wrong expression or signal reaches nobody. */
static void test_regex(void **state)
{
	struct capture *capture = *state;
	pid_t one = fake_make_plain(capture, "web-1", FAKE_RUNNING), two = fake_make_plain(capture, "web-2", FAKE_RUNNING);
	pid_t other = fake_make_plain(capture, "db", FAKE_RUNNING);

	REFUSED(capture, "\"web-(\" is no regular expression", "kill", "--regex", "web-(", "KILL");
	REFUSED(capture, "\"NOSUCH\" is no signal", "kill", "--regex", "web", "NOSUCH");
	GOOD(capture, "kill", "--regex", "^none", "KILL");
	assert_true(fake_is_alive(one) && fake_is_alive(two) && fake_is_alive(other));
	GOOD(capture, "kill", "-r", "^web-[0-9]$", "INT");
	assert_string_equal(capture->out, "");
	assert_killed_by(one, SIGINT);
	assert_killed_by(two, SIGINT);
	assert_true(fake_is_alive(other));
	/* The ones that cannot be signalled do not keep the others. */
	REFUSED(capture, "2 of 3 containers failed, the first: container `web-1` is stopped: container not running", "kill",
		"--regex", ".");
	assert_killed_by(other, SIGTERM);
	REFUSED(capture, "container `db` is stopped: container not running", "kill", "--regex", "db");
	GOOD(capture, "kill", "--all", "--regex", ".", "9");
}

static void test_operands(void **state)
{
	capture_check_operands(*state, "kill", 2);
}

static void test_help(void **state)
{
	struct capture *capture = *state;

	CHECK_HELP(capture, "kill", "ID [SIGNAL]", "--all, -a", "--regex, -r");
	assert_holds(capture->out, "SIGNAL is a number or a name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_signals),
		CAPTURE_TEST(test_all),
		CAPTURE_TEST(test_created),
		CAPTURE_TEST(test_stopped),
		CAPTURE_TEST(test_unknown),
		CAPTURE_TEST(test_bad_signals),
		CAPTURE_TEST(test_regex),
		CAPTURE_TEST(test_operands),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
