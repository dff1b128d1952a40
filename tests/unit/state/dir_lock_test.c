/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lock of a container's directory: who waits for whom, who has it, and what becomes of one that vanishes. */
#include "state/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/unit/state/stage.h"

/*
 * struct other - another command on container "one".
 * @pid:  it
 * @has:  one byte comes when it has its lock
 * @go:   close it, then it ends
 */
struct other {
	pid_t pid;
	int has, go;
};

static struct other start_other(enum dir_lock lock, bool removes)
{
	int has[2], go[2];
	struct other other;
	pid_t parent = getpid();

	assert_int_equal(pipe2(has, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	other = (struct other){ .pid = fork(), .has = has[0], .go = go[1] };
	if (other.pid == 0) {
		struct state_dir mine = STATE_DIR_INIT;
		struct err err = ERR_INIT;
		char byte = 0;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* A copy of our descriptor would hold our lock. */
		for (int fd = 3; fd < 100; fd++) {
			if (fd != has[1] && fd != go[0])
				(void)close(fd);
		}
		if (getppid() != parent || dir_open(&mine, root, "one", lock, &err) < 0)
			_exit(1);
		if (write(has[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 0)
			_exit(2);
		_exit(removes && dir_remove(&mine, &err) < 0 ? 3 : 0);
	}
	assert_true(other.pid > 0);
	(void)close(has[1]);
	(void)close(go[0]);
	return other;
}

static struct other start_locked(enum dir_lock lock, bool removes)
{
	struct other other = start_other(lock, removes);
	char byte;

	assert_int_equal(read(other.has, &byte, 1), 1);
	return other;
}

static void end_other(struct other *other)
{
	int status = -1;

	(void)close(other->go);
	assert_int_equal(waitpid(other->pid, &status, 0), other->pid);
	assert_int_equal(status, 0);
	(void)close(other->has);
}

/* Is it waiting in flock(2)?  Looks until it is, or has its lock. */
static bool waits(const struct other *other)
{
	char path[64], text[256];

	(void)snprintf(path, sizeof(path), "/proc/%d/syscall", (int)other->pid);
	for (int i = 0; i < 1000; i++) {
		char number[16];
		ssize_t n;

		(void)fcntl(other->has, F_SETFL, O_NONBLOCK);
		n = read(other->has, text, 1);
		(void)fcntl(other->has, F_SETFL, 0);
		if (n == 1)
			return false;
		support_read(AT_FDCWD, path, text, sizeof(text));
		(void)snprintf(number, sizeof(number), "%d ", SYS_flock);
		if (strncmp(text, number, strlen(number)) == 0)
			return true;
		(void)usleep(10000);
	}
	fail_msg("process %d neither waits nor has its lock", (int)other->pid);
	return false;
}

static void test_locks(void **state)
{
	static const struct { enum dir_lock ours, theirs; bool waits; } rows[] = {
		{ DIR_EXCLUSIVE, DIR_EXCLUSIVE, true },
		{ DIR_EXCLUSIVE, DIR_SHARED, true },
		{ DIR_EXCLUSIVE, DIR_UNLOCKED, false },
		{ DIR_SHARED, DIR_EXCLUSIVE, true },
		{ DIR_SHARED, DIR_SHARED, false },
		{ DIR_UNLOCKED, DIR_EXCLUSIVE, false },
	};

	(void)state;
	make_one("one");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct state_dir ours = STATE_DIR_INIT;
		struct err err = ERR_INIT;
		struct other other;
		char byte;

		assert_good(dir_open(&ours, root, "one", rows[i].ours, &err), err);
		other = start_other(rows[i].theirs, false);
		if (waits(&other) != rows[i].waits)
			fail_msg("row %zu: %s", i, rows[i].waits ? "has its lock" : "waits");
		dir_close(&ours);
		/* Whoever waited has it now. */
		if (rows[i].waits)
			assert_int_equal(read(other.has, &byte, 1), 1);
		end_other(&other);
	}
}

/* A new container is locked from the start. */
static void test_made_is_locked(void **state)
{
	struct state_dir made = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	struct other other;
	char byte;

	(void)state;
	assert_good(dir_make(&made, root, "one", &err), err);
	other = start_other(DIR_SHARED, false);
	assert_true(waits(&other));
	dir_close(&made);
	assert_int_equal(read(other.has, &byte, 1), 1);
	end_other(&other);
}

static void test_busy(void **state)
{
	auto_state_dir struct state_dir seen = STATE_DIR_INIT, locked = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	struct other other;

	(void)state;
	make_one("one");
	assert_good(dir_open(&seen, root, "one", DIR_UNLOCKED, &err), err);
	assert_false(dir_is_busy(&seen));
	other = start_locked(DIR_EXCLUSIVE, false);
	assert_true(dir_is_busy(&seen));
	assert_true(dir_is_busy(&seen));
	end_other(&other);
	assert_false(dir_is_busy(&seen));
	/* Nobody works on it who only reads. */
	other = start_locked(DIR_SHARED, false);
	assert_false(dir_is_busy(&seen));
	end_other(&other);
	/* Looking left no lock behind. */
	other = start_locked(DIR_EXCLUSIVE, false);
	end_other(&other);
	/* Killed without an unlock of its own. */
	other = start_locked(DIR_EXCLUSIVE, false);
	assert_int_equal(kill(other.pid, SIGKILL), 0);
	assert_int_equal(waitpid(other.pid, NULL, 0), other.pid);
	(void)close(other.go);
	(void)close(other.has);
	assert_false(dir_is_busy(&seen));
	/* With our own lock it is we who work on it, and looking does not lose it. */
	assert_good(dir_open(&locked, root, "one", DIR_EXCLUSIVE, &err), err);
	assert_false(dir_is_busy(&locked));
	assert_true(dir_is_busy(&seen));
}

/* It was there when we began to wait and is gone when the lock is ours. */
static void test_vanished(void **state)
{
	struct state_dir ours = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	size_t fds = support_count_fds();
	struct other other, waiter;
	int status;

	(void)state;
	make_one("one");
	other = start_locked(DIR_EXCLUSIVE, true);
	waiter = start_other(DIR_EXCLUSIVE, false);
	assert_true(waits(&waiter));
	end_other(&other);
	assert_int_equal(waitpid(waiter.pid, &status, 0), waiter.pid);
	/* 1: dir_open() failed, and see below how. */
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	(void)close(waiter.go);
	(void)close(waiter.has);
	assert_bad(dir_open(&ours, root, "one", DIR_SHARED, &err), "container `one` does not exist");
	assert_int_equal(err.code, ENOENT);
	assert_false(is_there("root/one"));
	assert_true(is_there("root"));
	assert_int_equal(support_count_fds(), fds);
	/* The ID is free. */
	make_one("one");
}

/* A child that has a lock of kind @lock on container "c". */
static pid_t lock_in_child(enum dir_lock lock)
{
	struct state_dir held = STATE_DIR_INIT;
	struct err err = ERR_INIT;
	int pair[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(pair), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dir_open(&held, root, "c", lock, &err) == 0 && write(pair[1], "x", 1) == 1)
			(void)pause();
		_exit(1);
	}
	assert_int_equal(read(pair[0], &byte, 1), 1);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return pid;
}

static void end_child(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Who has the lock is known, and only as long as that is so. */
static void test_holder(void **state)
{
	static const enum dir_lock locks[] = { DIR_EXCLUSIVE, DIR_SHARED };
	auto_state_dir struct state_dir made = STATE_DIR_INIT, seen = STATE_DIR_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_good(dir_make(&made, root, "c", &err), err);
	dir_close(&made);
	assert_good(dir_open(&seen, root, "c", DIR_UNLOCKED, &err), err);
	for (size_t i = 0; i < COUNT(locks); i++) {
		pid_t child = lock_in_child(locks[i]), pid = 0;
		int pidfd = dir_open_holder(&seen, &pid);

		assert_true(pidfd >= 0 && support_is_cloexec(pidfd));
		assert_int_equal(pid, child);
		(void)close(pidfd);
		assert_int_equal(dir_lock_within(&seen, 0, &err), 0);
		assert_int_equal(dir_lock_within(&seen, 50, &err), 0);
		assert_int_equal(seen.lock, DIR_UNLOCKED);
		end_child(child);
		assert_int_equal(dir_open_holder(&seen, &pid), -1);
	}
	assert_int_equal(dir_lock_within(&seen, 0, &err), 1);
	assert_int_equal(seen.lock, DIR_EXCLUSIVE);
}

static void test_lock_of_one_that_vanished(void **state)
{
	auto_state_dir struct state_dir made = STATE_DIR_INIT, seen = STATE_DIR_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_good(dir_make(&made, root, "c", &err), err);
	assert_good(dir_open(&seen, root, "c", DIR_UNLOCKED, &err), err);
	assert_good(dir_remove(&made, &err), err);
	dir_close(&made);
	assert_bad(dir_lock_within(&seen, 0, &err), "container `c` does not exist");
	assert_int_equal(err.code, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_locks),
		TEST(test_made_is_locked),
		TEST(test_busy),
		TEST(test_vanished),
		TEST(test_holder),
		TEST(test_lock_of_one_that_vanished),
	};

	(void)umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
