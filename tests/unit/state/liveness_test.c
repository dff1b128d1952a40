/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the first process the one of the record, and what is the container's status then. */
#include "state/liveness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "cgroup/cgroup.h"
#include "state/dir.h"
#include "state/fifo.h"
#include "sys/pidfd.h"
#include "tests/unit/cgroup/scratch.h"
#include "tests/unit/support.h"

static struct support_dir dir;

/* The container's directory, as this command opened it. */
static struct state_dir container;

/* Its first process, what the record says about it, and the record. */
static pid_t child;
static char boot_id[LIVENESS_BOOT_ID_SIZE];
static struct record record;

static int set_up(void **state)
{
	struct err err = ERR_INIT;
	int pidfd;

	(void)state;
	support_open_dir(&dir);
	assert_good(dir_make(&container, dir.path, "one", &err), err);
	child = scratch_sleeper();
	pidfd = pidfd_open(child);
	record = (struct record){ .phase = RECORD_CREATED };
	assert_good(liveness_identify(&record.init, child, pidfd, boot_id, &err), err);
	(void)close(pidfd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (child > 0)
		scratch_end(child);
	dir_close(&container);
	support_remove_dir(&dir);
	return 0;
}

static const char *name_of(pid_t pid)
{
	static char text[64];
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	support_read(AT_FDCWD, path, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* Of a zombie the name that it had at its end is known, and only while it is one. */
static void test_ended_as(void **state)
{
	struct record_init other = record.init;

	(void)state;
	assert_false(liveness_ended_as(&record.init, name_of(child)));
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)child, NULL, WEXITED | WNOWAIT), 0);
	assert_true(liveness_ended_as(&record.init, name_of(child)));
	assert_false(liveness_ended_as(&record.init, "other"));
	other.start_time++;
	assert_false(liveness_ended_as(&other, name_of(child)));
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_false(liveness_ended_as(&record.init, "liveness_test"));
	child = -1;
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(liveness_word(STATUS_CREATING), "creating");
	assert_string_equal(liveness_word(STATUS_CREATED), "created");
	assert_string_equal(liveness_word(STATUS_RUNNING), "running");
	assert_string_equal(liveness_word(STATUS_PAUSED), "paused");
	assert_string_equal(liveness_word(STATUS_STOPPED), "stopped");
}

/* Field 22 of stat, by other means than the code's. */
static unsigned long long start_time_of(pid_t pid)
{
	char path[64], text[1024], *end;
	unsigned long long value = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	support_read(AT_FDCWD, path, text, sizeof(text));
	end = strrchr(text, ')');
	assert_non_null(end);
	assert_int_equal(sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
				&value), 1);
	return value;
}

static void test_identify(void **state)
{
	struct record_init init = { .pid = 77 };
	char text[64], id[LIVENESS_BOOT_ID_SIZE];
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(record.init.pid, child);
	assert_true(record.init.start_time == start_time_of(child));
	assert_true(record.init.start_time > 0);
	support_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	assert_int_equal(strlen(text), 36);
	assert_string_equal(record.init.boot_id, text);
	assert_good(liveness_boot_id(id, &err), err);
	assert_string_equal(id, text);
	assert_int_equal(liveness_identify(&init, 2000000000, -1, id, &err), -1);
	assert_string_equal(err.text, "read the start time of process 2000000000: it does not exist (ENOENT)");
	assert_int_equal(init.pid, 77);
}

/* A name made to look like the fields behind it. */
static void test_hostile_name(void **state)
{
	struct record_init init;
	struct err err = ERR_INIT;
	char id[LIVENESS_BOOT_ID_SIZE];

	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, ") Z 1 1 (a) 1", 0, 0, 0), 0);
	assert_good(liveness_identify(&init, getpid(), -1, id, &err), err);
	assert_true(init.start_time == start_time_of(getpid()));
	assert_int_equal(init.pidfs_inode, 0);
	assert_int_equal(prctl(PR_SET_NAME, "liveness_test", 0, 0, 0), 0);
}

static void expect_alive(void)
{
	struct err err = ERR_INIT;
	int fd = liveness_open(&record, &err);

	assert_good(fd, err);
	assert_true(support_is_cloexec(fd));
	assert_int_equal(pidfd_send_signal(fd, 0), 0);
	(void)close(fd);
}

static void expect_gone(void)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	int r = liveness_open(&record, &err);

	if (r == -1)
		fail_msg("%s", err.text);
	assert_int_equal(r, LIVENESS_GONE);
	assert_int_equal(support_count_fds(), fds);
}

static void test_alive(void **state)
{
	(void)state;
	expect_alive();
	/* A record of a kernel without pidfs: by the start time. */
	record.init.pidfs_inode = 0;
	expect_alive();
}

static void test_ended(void **state)
{
	siginfo_t info;

	(void)state;
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	/* A zombie, then nothing; by inode and by start time. */
	expect_gone();
	record.init.pidfs_inode = 0;
	expect_gone();
	assert_int_equal(waitpid(child, NULL, 0), child);
	child = 0;
	expect_gone();
}

/* The number belongs to somebody else by now. */
static void test_reused(void **state)
{
	const struct record_init good = record.init;

	(void)state;
	if (good.pidfs_inode != 0) {
		record.init.pidfs_inode++;
		expect_gone();
	} else {
		print_message("no pidfs before Linux 6.9: by start time only\n");
	}
	record.init = good;
	record.init.pidfs_inode = 0;
	record.init.start_time--;
	expect_gone();
	record.init = good;
	record.init.boot_id = "00000000-0000-0000-0000-000000000000";
	expect_gone();
	record.init.boot_id = NULL;
	expect_gone();
	record.init = good;
	record.init.pid = 0;
	expect_gone();
	record.init.pid = -1;
	expect_gone();
	record.init = good;
	expect_alive();
}

static void *say_tid(void *data)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);

	(void)!write(*(int *)data, &tid, sizeof(tid));
	(void)pause();
	return NULL;
}

/* Somebody's thread has the number. */
static void test_thread(void **state)
{
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		pthread_t thread;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (pthread_create(&thread, NULL, say_tid, &ends[1]) == 0)
			(void)pause();
		_exit(1);
	}
	assert_int_equal(read(ends[0], &record.init.pid, sizeof(pid_t)), sizeof(pid_t));
	assert_true(record.init.pid != pid);
	expect_gone();
	record.init.pidfs_inode = 0;
	expect_gone();
	scratch_end(pid);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* The status as a command sees it that opened the directory with @lock; @has_process: with a pidfd. */
static void expect_status(struct cgroup *cg, enum liveness_status expected, bool has_process)
{
	enum liveness_status status = STATUS_CREATING;
	struct err err = ERR_INIT;
	int pidfd = -77;

	assert_good(liveness_status(&container, &record, cg, &status, &pidfd, &err), err);
	assert_string_equal(liveness_word(status), liveness_word(expected));
	if (has_process)
		assert_int_equal(pidfd_send_signal(pidfd, 0), 0);
	else
		assert_int_equal(pidfd, -1);
	if (pidfd >= 0)
		(void)close(pidfd);
	assert_good(liveness_status(&container, &record, cg, &status, NULL, &err), err);
	assert_int_equal(status, expected);
}

static void test_status(void **state)
{
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	size_t fds = support_count_fds();
	int go, status;

	(void)state;
	expect_status(&cg, STATUS_RUNNING, true);
	assert_good(fifo_make(container.fd, &err), err);
	expect_status(&cg, STATUS_RUNNING, true);
	assert_good(fifo_open_init_ends(container.fd, &go, &status, &err), err);
	expect_status(&cg, STATUS_CREATED, true);
	/* `run` never waits at a FIFO. */
	record.phase = RECORD_RUNNING;
	expect_status(&cg, STATUS_RUNNING, true);
	record.phase = RECORD_CREATED;
	record.init.start_time--;
	record.init.pidfs_inode = 0;
	expect_status(&cg, STATUS_STOPPED, false);
	record.phase = RECORD_RUNNING;
	expect_status(&cg, STATUS_STOPPED, false);
	(void)close(go);
	(void)close(status);
	assert_int_equal(support_count_fds(), fds);
}

static void test_unknown_status(void **state)
{
	enum liveness_status status = STATUS_PAUSED;
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	size_t fds = support_count_fds();
	int pidfd = -77;

	(void)state;
	support_write(container.fd, FIFO_STATUS, "no FIFO");
	assert_int_equal(liveness_status(&container, &record, &cg, &status, &pidfd, &err), -1);
	assert_string_equal(err.text, "open exec.status: Invalid argument");
	assert_int_equal(status, STATUS_PAUSED);
	assert_int_equal(pidfd, -77);
	assert_int_equal(support_count_fds(), fds);
}

/* A child that holds the container's exclusive lock until it is killed. */
static pid_t start_creator(void)
{
	int ends[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		struct state_dir mine = STATE_DIR_INIT;
		struct err err = ERR_INIT;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dir_open(&mine, dir.path, "one", DIR_EXCLUSIVE, &err) < 0 || write(ends[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	(void)close(ends[0]);
	return pid;
}

static void test_creating(void **state)
{
	struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;
	pid_t creator;

	(void)state;
	record.phase = RECORD_CREATING;
	/* The lock is ours: whoever created it has died. */
	expect_status(&cg, STATUS_STOPPED, false);
	/* The sleeper has a copy of the descriptor, which would hold the lock on. */
	assert_int_equal(flock(container.fd, LOCK_UN), 0);
	dir_close(&container);
	assert_good(dir_open(&container, dir.path, "one", DIR_UNLOCKED, &err), err);
	expect_status(&cg, STATUS_STOPPED, false);
	creator = start_creator();
	expect_status(&cg, STATUS_CREATING, false);
	/* `run` at its startContainer hooks; when it has died, they have nobody to wait for them. */
	record.phase = RECORD_STARTING;
	expect_status(&cg, STATUS_CREATED, true);
	record.phase = RECORD_CREATING;
	scratch_end(creator);
	expect_status(&cg, STATUS_STOPPED, false);
	record.phase = RECORD_STARTING;
	expect_status(&cg, STATUS_RUNNING, true);
}

static void test_paused(void **state)
{
	auto_cgroup struct cgroup made = CGROUP_INIT, cg = CGROUP_INIT;
	struct plan_cgroup plan = scratch_plan("-liveness");
	struct err err = ERR_INIT;

	(void)state;
	if (geteuid() != 0 || plan.mode == CGROUP_MODE_NONE) {
		print_message("skipped: needs root and a cgroup tree\n");
		skip();
	}
	assert_good(cgroup_open(&made, &plan, &err), err);
	assert_good(cgroup_create(&made, &plan, &err), err);
	assert_good(cgroup_enter(&made, child, false, &err), err);
	cgroup_find(&cg, &made.ref);
	expect_status(&cg, STATUS_RUNNING, true);
	assert_good(cgroup_freeze(&cg, &err), err);
	expect_status(&cg, STATUS_PAUSED, true);
	/* What is not committed is not paused. */
	record.phase = RECORD_CREATING;
	expect_status(&cg, STATUS_STOPPED, false);
	record.phase = RECORD_CREATED;
	assert_good(cgroup_thaw(&cg, &err), err);
	expect_status(&cg, STATUS_RUNNING, true);
	scratch_end(child);
	child = 0;
	expect_status(&cg, STATUS_STOPPED, false);
	assert_good(cgroup_remove(&made, 5000, &err), err);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_words),
		TEST(test_ended_as),
		TEST(test_identify),
		TEST(test_hostile_name),
		TEST(test_alive),
		TEST(test_ended),
		TEST(test_reused),
		TEST(test_thread),
		TEST(test_status),
		TEST(test_unknown_status),
		TEST(test_creating),
		TEST(test_paused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
