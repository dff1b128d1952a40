/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running one program to its end, whatever it does.  Needs no rights. */
#include "sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/must.h"
#include "tests/unit/support.h"

static const char *const no_env[] = { NULL };

/* Run the shell script @script with @n_input pieces of input. */
static struct spawn_result run_with(const char *script, const struct iovec *input, size_t n_input, int64_t timeout)
{
	const char *const args[] = { "sh", "-c", script, "zero", "one", NULL };
	const char *const env[] = { "PATH=/usr/bin:/bin", "WORD=from env", NULL };
	const struct spawn spawn = { .path = "/bin/sh", .args = args, .env = env, .input = input, .n_input = n_input,
				     .timeout = timeout };
	size_t fds = support_count_fds();
	struct spawn_result result;

	memset(&result, 0x5a, sizeof(result));
	assert_int_equal(spawn_run(&spawn, &result), 0);
	assert_int_equal(support_count_fds(), fds);
	assert_true(memchr(result.output, '\0', sizeof(result.output)) != NULL);
	return result;
}

static struct spawn_result run(const char *script)
{
	return run_with(script, NULL, 0, SPAWN_FOREVER);
}

static void expect(const struct spawn_result *result, enum spawn_end end, int code, const char *output)
{
	assert_int_equal(result->end, end);
	assert_int_equal(result->code, code);
	assert_string_equal(result->output, output);
}

static int set_up(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	return 0;
}

/* No test may leave a child behind. */
static int tear_down(void **state)
{
	(void)state;
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1;
}

static void test_ends(void **state)
{
	struct spawn_result result;

	(void)state;
	result = run("exit 0");
	expect(&result, SPAWN_EXITED, 0, "");
	result = run("echo out; echo err >&2; exit 3");
	expect(&result, SPAWN_EXITED, 3, "out\nerr");
	result = run("kill -TERM $$");
	expect(&result, SPAWN_KILLED, SIGTERM, "");
	result = run("printf 'a\\n\\n\\n'");
	expect(&result, SPAWN_EXITED, 0, "a");
}

static void test_arguments_and_environment(void **state)
{
	struct spawn_result result;

	(void)state;
	(void)setenv("LEAKED", "yes", 1);
	result = run("echo \"$0,$1,$#,$WORD,$LEAKED\"");
	expect(&result, SPAWN_EXITED, 0, "zero,one,1,from env,");
	(void)unsetenv("LEAKED");
}

static void test_big_input(void **state)
{
	size_t size = 3 << 20;
	char *big = must(malloc(size));
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): struct iovec has no const */
	struct iovec pieces[] = { { (void *)(uintptr_t)"head", 4 }, { big, size }, { big, 0 },
				/* NOLINTNEXTLINE(performance-no-int-to-ptr): likewise */
				  { (void *)(uintptr_t)"tail", 4 } };
	struct spawn_result result;
	char expected[64];

	(void)state;
	memset(big, 'b', size);
	result = run_with("wc -c", pieces, COUNT(pieces), SPAWN_FOREVER);
	(void)snprintf(expected, sizeof(expected), "%zu", size + 8);
	expect(&result, SPAWN_EXITED, 0, expected);
	result = run_with("head -c 4; tail -c 6", pieces, COUNT(pieces), SPAWN_FOREVER);
	expect(&result, SPAWN_EXITED, 0, "headbbtail");
	result = run_with("cat", NULL, 0, SPAWN_FOREVER);
	expect(&result, SPAWN_EXITED, 0, "");
	/* Those that do not want it. */
	result = run_with("exec <&-; echo done", pieces, COUNT(pieces), SPAWN_FOREVER);
	expect(&result, SPAWN_EXITED, 0, "done");
	result = run_with("exit 5", pieces, COUNT(pieces), SPAWN_FOREVER);
	expect(&result, SPAWN_EXITED, 5, "");
	result = run_with("head -c 10000 >/dev/null; exec <&-; echo some", pieces, COUNT(pieces), SPAWN_FOREVER);
	expect(&result, SPAWN_EXITED, 0, "some");
	free(big);
}

static void test_big_output(void **state)
{
	struct spawn_result result;

	(void)state;
	result = run("printf begin; yes x | head -c 500000; exit 9");
	assert_int_equal(result.end, SPAWN_EXITED);
	assert_int_equal(result.code, 9);
	assert_in_range(strlen(result.output), SPAWN_OUTPUT - 1, SPAWN_OUTPUT);
	assert_int_equal(strncmp(result.output, "beginx\nx\n", 9), 0);
}

/* A program that both reads and writes more than a pipe holds must not make us wait for each other. */
static void test_both_ways(void **state)
{
	size_t size = 1 << 20;
	char *big = must(malloc(size));
	struct iovec piece = { big, size };
	struct spawn_result result;

	(void)state;
	memset(big, 'c', size);
	result = run_with("cat", &piece, 1, 60);
	assert_int_equal(result.end, SPAWN_EXITED);
	assert_int_equal(strlen(result.output), SPAWN_OUTPUT);
	free(big);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* What it runs for ends while it runs, or has ended before. */
static void test_in_vain(void **state)
{
	const char *const args[] = { "sh", "-c", "echo begun; sleep 1000", NULL };
	struct spawn spawn = { .path = "/bin/sh", .args = args, .env = no_env };
	struct spawn_result result;
	char text[256];
	int pair[2];
	pid_t pid;

	(void)state;
	for (int delay_ms = 0; delay_ms <= 300; delay_ms += 300) {
		assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
		pid = fork();
		if (pid == 0) {
			(void)usleep((useconds_t)delay_ms * 1000);
			_exit(0); /* closes the writing end, as a process that ends makes its pidfd readable */
		}
		(void)close(pair[1]);
		spawn.watch = pair[0];
		assert_int_equal(spawn_run(&spawn, &result), 0);
		assert_int_equal(result.end, SPAWN_IN_VAIN);
		assert_false(spawn_succeeded(&result, text, sizeof(text)));
		assert_holds(text, "was killed, since the process it runs for has ended");
		(void)close(pair[0]);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
}

/* Whoever kills the process that runs it ends it, too. */
static void test_ends_with_us(void **state)
{
	const char *const args[] = { "sh", "-c", "kill -KILL $PPID; exec sleep 1000", NULL };
	const struct spawn spawn = { .path = "/bin/sh", .args = args, .env = no_env };
	struct spawn_result result;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	pid = fork();
	if (pid == 0)
		_exit(spawn_run(&spawn, &result) < 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, SIGKILL);
	/* The orphan is ours now. */
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_int_equal(status, SIGKILL);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
}

/* The grandchild becomes ours when its parent dies, so that its end can be seen. */
static void test_timeout_takes_the_group(void **state)
{
	struct spawn_result result;
	struct timespec start;
	char *end = NULL;
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	result = run_with("trap '' TERM; sleep 1000 & echo $!; wait; sleep 1000", NULL, 0, 1);
	assert_int_equal(result.end, SPAWN_TIMED_OUT);
	assert_true(seconds_since(&start) > 0.9 && seconds_since(&start) < 30);
	pid = (pid_t)strtol(result.output, &end, 10);
	assert_true(end != result.output && *end == '\0' && pid > 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
	/* One that is done in time, and a limit far beyond the end of time. */
	result = run_with("echo quick", NULL, 0, 60);
	expect(&result, SPAWN_EXITED, 0, "quick");
	result = run_with("echo quick", NULL, 0, INT64_MAX);
	expect(&result, SPAWN_EXITED, 0, "quick");
}

/* What a hook leaves in the background is its own business, even while it holds the output open. */
static void test_background_lives_on(void **state)
{
	struct spawn_result result;
	struct timespec start;
	pid_t pid;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	result = run_with("sleep 1000 & echo $!", NULL, 0, 60);
	assert_int_equal(result.end, SPAWN_EXITED);
	assert_true(seconds_since(&start) < 30);
	pid = (pid_t)strtol(result.output, NULL, 10);
	assert_int_equal(kill(pid, 0), 0);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
}

static struct spawn_result run_path(const char *path, int (*prepare)(void *), void *data)
{
	const char *const args[] = { "name", NULL };
	const struct spawn spawn = { .path = path, .args = args, .env = no_env, .prepare = prepare, .data = data };
	size_t fds = support_count_fds();
	struct spawn_result result;

	assert_int_equal(spawn_run(&spawn, &result), 0);
	assert_int_equal(support_count_fds(), fds);
	return result;
}

/* What is printed, to files; @copies: the program does not get them. */
static void check_output(bool copies)
{
	const char *const args[] = { "sh", "-c", "echo said; echo cried >&2; to=$(readlink /proc/$$/fd/1); echo $to >&2", NULL };
	const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
	char path[] = "/tmp/spawn.XXXXXX", text[256];
	struct spawn spawn = { .path = "/bin/sh", .args = args, .env = env, .copies = copies };
	struct spawn_result result;
	size_t fds = support_count_fds();
	ssize_t n;

	/* Not as new: what stands there stays. */
	spawn.output[0] = mkostemp(path, O_APPEND | O_CLOEXEC);
	assert_true(spawn.output[0] > 2);
	assert_int_equal(write(spawn.output[0], "old ", 4), 4);
	assert_int_equal(spawn_run(&spawn, &result), 0);
	n = pread(spawn.output[0], text, sizeof(text) - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, "old said\n");
	assert_int_equal(strstr(result.output, "said") != NULL, copies);
	assert_non_null(strstr(result.output, "cried"));
	assert_int_equal(strstr(result.output, path) != NULL, !copies);
	(void)close(spawn.output[0]);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(support_count_fds(), fds);
}

static void test_output(void **state)
{
	(void)state;
	check_output(false);
	check_output(true);
}

/* A FIFO that nobody empties is not waited for; both streams are apart. */
static void test_output_that_is_full(void **state)
{
	const char *const args[] = { "sh", "-c", "yes | head -c 200000; echo end >&2", NULL };
	const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
	struct spawn spawn = { .path = "/bin/sh", .args = args, .env = env, .copies = true };
	struct spawn_result result;
	int pair[2], other[2];
	char text[16];

	(void)state;
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_int_equal(pipe2(other, O_CLOEXEC), 0);
	spawn.output[0] = pair[1];
	spawn.output[1] = other[1];
	assert_int_equal(spawn_run(&spawn, &result), 0);
	assert_int_equal(result.end, SPAWN_EXITED);
	assert_int_equal(read(other[0], text, sizeof(text)), 4);
	assert_memory_equal(text, "end\n", 4);
	for (int i = 0; i < 2; i++) {
		(void)close(pair[i]);
		(void)close(other[i]);
	}
}

static void test_not_executable(void **state)
{
	struct support_dir dir;
	struct spawn_result result;
	char path[200];

	(void)state;
	support_open_dir(&dir);
	support_write(dir.fd, "text", "#!/no/interpreter\n");
	(void)snprintf(path, sizeof(path), "%s/text", dir.path);
	result = run_path(path, NULL, NULL);
	expect(&result, SPAWN_NOT_RUN, EACCES, "");
	assert_int_equal(fchmodat(dir.fd, "text", 0755, 0), 0);
	result = run_path(path, NULL, NULL);
	expect(&result, SPAWN_NOT_RUN, ENOENT, "");
	/* Not searched in PATH. */
	result = run_path("sh", NULL, NULL);
	expect(&result, SPAWN_NOT_RUN, ENOENT, "");
	support_remove_dir(&dir);
}

static int refuse(void *data)
{
	errno = *(int *)data;
	return -1;
}

static int mark(void *data)
{
	(void)data;
	return umask(0123) == (mode_t)-1 ? -1 : (int)write(STDOUT_FILENO, "prepared ", 9);
}

static void test_prepare(void **state)
{
	int code = EDOM;
	struct spawn_result result = run_path("/bin/true", refuse, &code);
	const char *const args[] = { "sh", "-c", "umask", NULL };
	const struct spawn spawn = { .path = "/bin/sh", .args = args, .env = no_env, .prepare = mark };

	(void)state;
	expect(&result, SPAWN_NOT_RUN, EDOM, "");
	assert_int_equal(spawn_run(&spawn, &result), 0);
	expect(&result, SPAWN_EXITED, 0, "prepared 0123");
}

/* Nothing of the caller's shows: descriptors, blocked and ignored signals, session. */
static void test_clean_surroundings(void **state)
{
	sigset_t blocked, old;
	struct spawn_result result;
	int high = fcntl(0, F_DUPFD, 50), low = dup(0);

	(void)state;
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &old), 0);
	(void)signal(SIGUSR1, SIG_IGN);
	/* No pipeline: the shell would hold an end of it for a moment. */
	result = run("ls /proc/$$/fd; :");
	expect(&result, SPAWN_EXITED, 0, "0\n1\n2");
	result = run("grep -c '^Sig[BI][lg][kn]:.0000000000000000$' /proc/self/status");
	expect(&result, SPAWN_EXITED, 0, "2");
	result = run("read -r pid comm s ppid group session rest </proc/self/stat;"
		     "[ $pid = $$ ] && [ $session = $$ ] && [ $group = $$ ] && echo leader");
	expect(&result, SPAWN_EXITED, 0, "leader");
	(void)signal(SIGUSR1, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)close(high);
	(void)close(low);
}

static void test_words(void **state)
{
	struct spawn_result result = { .end = SPAWN_EXITED };
	char text[SPAWN_OUTPUT + 64];

	(void)state;
	(void)strcpy(text, "old");
	assert_true(spawn_succeeded(&result, text, sizeof(text)));
	assert_string_equal(text, "");
	result.code = 3;
	assert_false(spawn_succeeded(&result, text, sizeof(text)));
	assert_string_equal(text, "exited with status 3");
	(void)strcpy(result.output, "it broke");
	assert_false(spawn_succeeded(&result, text, sizeof(text)));
	assert_string_equal(text, "exited with status 3: it broke");
	result.end = SPAWN_KILLED;
	result.code = 9;
	assert_false(spawn_succeeded(&result, text, sizeof(text)));
	assert_string_equal(text, "was killed by signal 9: it broke");
	result.code = 0;
	result.end = SPAWN_TIMED_OUT;
	assert_false(spawn_succeeded(&result, text, sizeof(text)));
	assert_string_equal(text, "did not end in time and was killed: it broke");
	result.end = SPAWN_NOT_RUN;
	result.code = ENOENT;
	assert_false(spawn_succeeded(&result, text, sizeof(text)));
	assert_string_equal(text, "could not be executed: it does not exist (ENOENT)");
	assert_false(spawn_succeeded(&result, text, 8));
	assert_string_equal(text, "could n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_arguments_and_environment, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_big_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_big_output, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_both_ways, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_in_vain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ends_with_us, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_timeout_takes_the_group, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_background_lives_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_output, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_output_that_is_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_executable, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_prepare, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_clean_surroundings, set_up, tear_down),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
