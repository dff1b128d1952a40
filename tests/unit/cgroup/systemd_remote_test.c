/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of the program that talks to systemd, with a stand-in for systemd.  What is asked through it is tested by
 * systemd_bus_remote_test, the cases of systemd_bus_test.c.
 */
#include "cgroup/systemd_bus.h"

#include <setjmp.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus_image.h"
#include "cgroup/systemd_message.h"
#include "plan/scope.h"
#include "standin.h"
#include "sys/pidfd.h"
#include "tests/unit/support.h"

/* The linker puts this in the place of systemd_receive(): a patience to wait for in a test. */
int __wrap_systemd_receive(int fd, void *data, size_t size, int deadline_ms);
int __real_systemd_receive(int fd, void *data, size_t size, int deadline_ms);

static int last_deadline, own_deadline;

int __wrap_systemd_receive(int fd, void *data, size_t size, int deadline_ms)
{
	last_deadline = deadline_ms;
	return __real_systemd_receive(fd, data, size, own_deadline != 0 ? own_deadline : deadline_ms);
}

/* The program: the one child of this process that is no stand-in. */
static pid_t find_program(void)
{
	char path[64], list[256] = "";
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(list, sizeof(list), file));
	(void)fclose(file);
	for (char *at = list; *at != '\0';) {
		pid_t pid = (pid_t)strtol(at, &at, 10);
		char name[32] = "";

		(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
		file = fopen(path, "re");
		if (file != NULL && fgets(name, sizeof(name), file) != NULL && strcmp(name, SYSTEMD_PROGRAM "\n") == 0) {
			(void)fclose(file);
			return pid;
		}
		if (file != NULL)
			(void)fclose(file);
		at += strspn(at, " \n");
	}
	fail_msg("none of the children %s is " SYSTEMD_PROGRAM, list);
	return -1;
}

static struct systemd_bus *open_bus(const struct standin_behaviour *behaviour)
{
	struct systemd_bus *bus = NULL;
	struct err err = ERR_INIT;

	standin_start(behaviour);
	assert_good(systemd_bus_open(false, &bus, &err), err);
	return bus;
}

static void close_bus(struct systemd_bus **bus)
{
	systemd_bus_close(bus);
	standin_stop();
	/* Nobody is left, not even dead. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* Where the link of a descriptor of @pid leads; "" when it is not open. */
static void read_fd(pid_t pid, int fd, char *ret, size_t size)
{
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(path, ret, size - 1);
	ret[n < 0 ? 0 : n] = '\0';
}

/* A line of /proc/PID/status as a number with base 16. */
static unsigned long long read_mask(pid_t pid, const char *key)
{
	char path[64], line[256];
	unsigned long long mask = 0;
	bool found = false;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, key, strlen(key)) == 0) {
			mask = strtoull(line + strlen(key), NULL, 16);
			found = true;
		}
	}
	(void)fclose(file);
	assert_true(found);
	return mask;
}

/* It has nothing of us that it does not need, and no key of a terminal reaches it. */
static void test_birth(void **state)
{
	int ours = open("/etc/passwd", O_RDONLY);
	size_t before = support_count_fds();
	char link[256], mine[256];
	struct systemd_bus *bus;
	sigset_t set, saved;
	pid_t pid;

	(void)state;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, &saved);
	(void)signal(SIGHUP, SIG_IGN);
	bus = open_bus(&(struct standin_behaviour){ .n_exist = 0 });
	(void)signal(SIGHUP, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &saved, NULL);
	pid = find_program();
	assert_int_equal(getsid(pid), pid);
	assert_true(read_mask(pid, "SigBlk:") == 0);
	assert_true((read_mask(pid, "SigIgn:") & (1ULL << (SIGHUP - 1))) == 0);
	for (int fd = STDIN_FILENO; fd <= STDOUT_FILENO; fd++) {
		read_fd(pid, fd, link, sizeof(link));
		assert_string_equal(link, "/dev/null");
	}
	read_fd(pid, STDERR_FILENO, link, sizeof(link));
	read_fd(getpid(), STDERR_FILENO, mine, sizeof(mine));
	assert_string_equal(link, mine);
	for (int fd = STDERR_FILENO + 1; fd < 100; fd++) {
		read_fd(pid, fd, link, sizeof(link));
		/* The connection to us, and that to the bus. */
		if (link[0] != '\0' && strncmp(link, "socket:", strlen("socket:")) != 0)
			fail_msg("descriptor %d is %s", fd, link);
	}
	/* The connection and the process. */
	assert_int_equal(support_count_fds(), before + 2);
	close_bus(&bus);
	assert_int_equal(support_count_fds(), before);
	(void)close(ours);
}

/* Closing is quick even if somebody else has our end of the connection. */
static void test_close(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .n_exist = 0 });
	struct timespec begin, end;
	pid_t other = fork();

	(void)state;
	if (other == 0) {
		(void)pause();
		_exit(0);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	systemd_bus_close(&bus);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true((end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000 < 900);
	(void)kill(other, SIGKILL);
	(void)waitpid(other, NULL, 0);
	close_bus(&bus);
}

/* One that died says so once with its signal, and is asked no more. */
static void test_death(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .n_exist = 0 });
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(kill(find_program(), SIGKILL), 0);
	assert_int_equal(systemd_bus_is_active(bus, "x.scope", &err), -1);
	assert_string_equal(err.text, "tare-bus, which talks to systemd for us, ended without an answer, by signal 9");
	err = ERR_INIT;
	assert_int_equal(systemd_bus_stop(bus, "x.scope", 100, &err), -1);
	assert_string_equal(err.text, "tare-bus, which talks to systemd for us, has ended");
	close_bus(&bus);
}

/* Somebody waited for any child of ours. */
static void test_reaped(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .n_exist = 0 });
	pid_t pid = find_program();

	(void)state;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close_bus(&bus);
}

/* One that hangs is killed in the end; until then it has as long as what it was told may take. */
static void test_hang(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .n_exist = 0 });
	struct err err = ERR_INIT;

	(void)state;
	assert_good(systemd_bus_stop(bus, "x.scope", 5000, &err), err);
	assert_in_range(last_deadline, 5000 + 2 * SYSTEMD_CALL_MS + 1000, 5000 + 3 * SYSTEMD_CALL_MS);
	assert_int_equal(kill(find_program(), SIGSTOP), 0);
	own_deadline = 200;
	assert_int_equal(systemd_bus_is_active(bus, "x.scope", &err), -1);
	own_deadline = 0;
	assert_string_equal(err.text, "tare-bus, which talks to systemd for us, has not answered within 70 seconds");
	close_bus(&bus);
	/* And one that does not want to end, too. */
	bus = open_bus(&(struct standin_behaviour){ .n_exist = 0 });
	assert_int_equal(kill(find_program(), SIGSTOP), 0);
	close_bus(&bus);
}

/* It ends with us, however we end. */
static void test_orphan(void **state)
{
	int pair[2], status;
	pid_t child, program;
	int pidfd;

	(void)state;
	standin_start(&(struct standin_behaviour){ .n_exist = 0 });
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		struct systemd_bus *bus = NULL;
		struct err err = ERR_INIT;

		assert_good(systemd_bus_open(false, &bus, &err), err);
		program = find_program();
		(void)!write(pair[1], &program, sizeof(program));
		(void)pause();
		_exit(0);
	}
	assert_int_equal(read(pair[0], &program, sizeof(program)), sizeof(program));
	pidfd = pidfd_open(program);
	assert_true(pidfd >= 0);
	assert_int_equal(pidfd_has_ended(pidfd, 0), 0);
	/* Stopped, it cannot see the end of the connection. */
	assert_int_equal(kill(program, SIGSTOP), 0);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(pidfd_has_ended(pidfd, 10000), 1);
	(void)close(pidfd);
	(void)close(pair[0]);
	(void)close(pair[1]);
	standin_stop();
}

/* Neither an image that is no program nor a program that is another one leaves anything. */
static void test_no_program(void **state)
{
	static const char text[] = "this is no program";
	size_t before = support_count_fds(), size;
	struct systemd_bus *bus = NULL;
	struct err err = ERR_INIT;
	static char other[1 << 22];
	FILE *file;

	(void)state;
	bus_image_replace(text, sizeof(text));
	assert_int_equal(systemd_bus_open(false, &bus, &err), -1);
	assert_holds(err.text, "execute tare-bus, which needs the loader of shared libraries: ");
	assert_int_equal(err.code, ENOEXEC);
	file = fopen("/bin/false", "re");
	assert_non_null(file);
	size = fread(other, 1, sizeof(other), file);
	(void)fclose(file);
	bus_image_replace(other, size);
	err = ERR_INIT;
	assert_int_equal(systemd_bus_open(false, &bus, &err), -1);
	assert_string_equal(err.text, "tare-bus, which talks to systemd for us, ended without an answer, with status 1");
	bus_image_replace(NULL, 0);
	assert_null(bus);
	assert_int_equal(support_count_fds(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* What it has to tell goes where our own messages go. */
static void test_log(void **state)
{
	static struct plan_value one = { .type = 't', .number = 1 };
	static const struct plan_property property = { .name = "New", .signature = "t", .value = &one, .n = 1 };
	struct support_dir dir;
	struct systemd_bus *bus;
	struct err err = ERR_INIT;
	char path[160], text[1024];

	(void)state;
	support_open_dir(&dir);
	(void)snprintf(path, sizeof(path), "%s/log", dir.path);
	assert_good(log_open(path, LOG_FORMAT_JSON, &err), err);
	log_set_level(LOG_LEVEL_DEBUG);
	bus = open_bus(&(struct standin_behaviour){ .unknown = "New" });
	assert_good(systemd_bus_change(bus, "x.scope", &property, 1, NULL, &err), err);
	close_bus(&bus);
	log_set_level(LOG_LEVEL_ERROR);
	log_close();
	support_read(dir.fd, "log", text, sizeof(text));
	assert_holds(text, "{\"level\":\"debug\",\"msg\":\"systemd does not know the property New\"");
	support_remove_dir(&dir);
}

/* More than a socket takes at once. */
static void test_many(void **state)
{
	enum { N = 100000 };
	auto_free struct plan_value *list = calloc(N + 2, sizeof(*list));
	struct plan_property property = { .name = "Many", .signature = "as", .value = list, .n = N + 2 };
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .n_exist = 0 });
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(list);
	list[0] = (struct plan_value){ .type = 'a', .text = "s" };
	for (size_t i = 1; i <= N; i++)
		list[i] = (struct plan_value){ .type = 's', .text = "many" };
	list[N + 1] = (struct plan_value){ .type = ')' };
	assert_good(systemd_bus_change(bus, "x.scope", &property, 1, NULL, &err), err);
	assert_holds(standin_log(), "SetUnitProperties(x.scope,true,[(Many,[many,many,many,");
	close_bus(&bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_birth),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_reaped),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_orphan),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
