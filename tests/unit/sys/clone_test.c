/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clone3(2): a pidfd for the right process, new namespaces, clean signals, birth in a cgroup. */
#include "sys/clone.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "sys/uapi.h"
#include "tests/unit/support.h"

static void on_signal(int number)
{
	(void)number;
}

static ino_t uts_inode(void)
{
	struct stat st;

	return stat("/proc/self/ns/uts", &st) == 0 ? st.st_ino : 0;
}

/* The pid in /proc/self/fdinfo of a pidfd. */
static long pid_behind(int pidfd)
{
	char path[64], text[1024], *line;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	support_read(AT_FDCWD, path, text, sizeof(text));
	line = strstr(text, "Pid:");
	return line == NULL ? -1 : strtol(line + 4, NULL, 10);
}

static int reap(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_fork_with_pidfd(void **state)
{
	size_t fds = support_count_fds();
	int pidfd = -1, ends[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = clone_process(0, -1, &pidfd);
	if (pid == 0)
		_exit(read(ends[0], &byte, 1) == 1 ? 42 : 1);
	assert_true(pid > 0);
	assert_true(support_is_cloexec(pidfd));
	assert_int_equal(pid_behind(pidfd), pid);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(reap(pid), 42);
	(void)close(pidfd);
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(support_count_fds(), fds);
}

static void test_new_namespaces(void **state)
{
	ino_t ours = uts_inode();
	int pidfd = -1;
	pid_t pid;

	(void)state;
	pid = clone_process(CLONE_NEWUTS | CLONE_NEWPID, -1, &pidfd);
	if (pid == 0)
		_exit(getpid() == 1 && uts_inode() != 0 && uts_inode() != ours ? 0 : 1);
	assert_true(pid > 0);
	assert_int_equal(reap(pid), 0);
	assert_int_equal(uts_inode(), ours);
	(void)close(pidfd);
}

/* struct seen - what a child of clone_and_run() finds and leaves. */
struct seen {
	int answer;			/* in whose memory: only a borrower's stays */
	bool has_handler;
	pid_t pid;
	ino_t uts;
};

static void look_and_leave(void *arg)
{
	struct seen *seen = arg;
	struct sigaction action;
	char text[4096];

	seen->pid = getpid();
	seen->uts = uts_inode();
	seen->has_handler = sigaction(SIGUSR1, NULL, &action) != 0 || action.sa_handler == on_signal;
	/* Deep enough to show whether the stack is its own. */
	(void)snprintf(text, sizeof(text), "%4000d", 42);
	seen->answer = (int)strlen(text);
	_exit(seen->pid == 1 ? 7 : 1);
}

static bool can_borrow(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
	return true;
#else
	return false;
#endif
}

static void test_run_in_child(void **state)
{
	struct seen seen = { .answer = 0 };
	int guard[4] = { 11, 22, 33, 44 };
	ino_t ours = uts_inode();
	int pidfd = -1;
	pid_t pid;

	(void)state;
	(void)signal(SIGUSR1, on_signal);
	pid = clone_and_run(CLONE_NEWUTS | CLONE_NEWPID, -1, &pidfd, look_and_leave, &seen);
	(void)signal(SIGUSR1, SIG_DFL);
	assert_true(pid > 0);
	assert_int_equal(pid_behind(pidfd), pid);
	assert_int_equal(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(reap(pid), 7);
	(void)close(pidfd);
	assert_int_equal(guard[0] + guard[1] + guard[2] + guard[3], 110);
	if (can_borrow()) {
		assert_int_equal(seen.answer, 4000);
		assert_int_equal(seen.pid, 1);
		assert_false(seen.has_handler);
		assert_true(seen.uts != 0 && seen.uts != ours);
	}
}

/* With a copy of our memory, where it cannot be borrowed. */
static void test_run_in_copy(void **state)
{
	struct seen seen = { .answer = 0 };
	int pidfd = -1;
	pid_t pid;

	(void)state;
	pid = clone_and_run(CLONE_NEWUTS | CLONE_NEWPID, -1, &pidfd, look_and_leave, &seen);
	assert_true(pid > 0);
	assert_int_equal(reap(pid), 7);
	assert_int_equal(seen.answer, 0);
	(void)close(pidfd);
}

static void test_run_refused(void **state)
{
	struct seen seen = { .answer = 0 };
	int pidfd = -77;

	(void)state;
	assert_int_equal(clone_and_run(CLONE_THREAD, -1, &pidfd, look_and_leave, &seen), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(clone_and_run(0, 1 << 20, &pidfd, look_and_leave, &seen), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(pidfd, -77);
	assert_int_equal(seen.answer, 0);
}

/* A grandchild by birth that is a child all the same, with the exit signal of its sibling. */
static void test_sibling(void **state)
{
	int pidfd = -1, ends[2];
	ino_t ours = uts_inode();
	pid_t first, second = -1;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	first = clone_process(0, -1, &pidfd);
	if (first == 0) {
		int inner = -1;
		pid_t pid = clone_sibling(CLONE_NEWUTS | CLONE_NEWPID, &inner);

		if (pid == 0)
			_exit(getpid() == 1 && uts_inode() != ours ? 42 : 1);
		_exit(write(ends[1], &pid, sizeof(pid)) == sizeof(pid) && pid_behind(inner) == pid ? 0 : 1);
	}
	assert_true(first > 0);
	assert_int_equal(reap(first), 0);
	assert_int_equal(read(ends[0], &second, sizeof(second)), sizeof(second));
	assert_int_equal(reap(second), 42);
	(void)close(pidfd);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* Handlers are ours and would run on a copy of our memory; what is ignored stays so until init resets it. */
static void test_handlers_are_reset(void **state)
{
	int pidfd = -1;
	pid_t pid;

	(void)state;
	(void)signal(SIGUSR1, on_signal);
	(void)signal(SIGUSR2, SIG_IGN);
	pid = clone_process(0, -1, &pidfd);
	if (pid == 0)
		_exit((signal(SIGUSR1, SIG_DFL) == SIG_DFL ? 0 : 1) | (signal(SIGUSR2, SIG_DFL) == SIG_IGN ? 0 : 2));
	assert_int_equal(reap(pid), 0);
	assert_true(signal(SIGUSR1, SIG_DFL) == on_signal);
	(void)signal(SIGUSR2, SIG_DFL);
	(void)close(pidfd);
}

static void test_refused(void **state)
{
	int pidfd = -77;

	(void)state;
	assert_int_equal(clone_process(CLONE_THREAD, -1, &pidfd), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(pidfd, -77);
	assert_int_equal(clone_process(0, 1 << 20, &pidfd), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(pidfd, -77);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* The v2 tree of this machine, without a mount that anybody sees; -1 when the kernel has none. */
static int open_cgroup2(void)
{
	int fs = mountfd_fsopen("cgroup2");
	int tree = fs < 0 ? -1 : mountfd_create(fs, 0);

	if (fs >= 0)
		(void)close(fs);
	return tree;
}

static int is_in_cgroup(const char *name)
{
	char text[4096], line[64];

	(void)snprintf(line, sizeof(line), "0::/%s\n", name);
	support_read(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));
	return strstr(text, line) != NULL;
}

static void leave_if_in_cgroup(void *arg)
{
	_exit(is_in_cgroup(arg) ? 0 : 1);
}

static void test_born_in_cgroup(void **state)
{
	int tree = open_cgroup2(), dir, pidfd = -1;
	char name[32];
	pid_t pid;

	(void)state;
	if (tree < 0) {
		print_message("cgroup2 cannot be mounted here\n");
		skip();
	}
	(void)snprintf(name, sizeof(name), "tare-unit-%d", (int)getpid());
	assert_int_equal(mkdirat(tree, name, 0755), 0);
	dir = openat(tree, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid = clone_process(0, dir, &pidfd);
	if (pid == 0)
		_exit(is_in_cgroup(name) ? 0 : 1);
	if (pid > 0)
		assert_int_equal(reap(pid), 0);
	(void)close(pidfd);
	pid = clone_and_run(0, dir, &pidfd, leave_if_in_cgroup, name);
	if (pid > 0)
		assert_int_equal(reap(pid), 0);
	(void)close(dir);
	(void)close(pidfd);
	assert_int_equal(unlinkat(tree, name, AT_REMOVEDIR), 0);
	(void)close(tree);
	assert_true(pid > 0);
}

/* What clone(2) cannot do is an error, never left out: the caller does without, knowingly. */
static void test_older_refuses(void **state)
{
	int pidfd = -77;

	(void)state;
	assert_int_equal(clone_process(CLONE_NEWTIME, -1, &pidfd), -1);
	assert_int_equal(errno, ENOSYS);
	assert_int_equal(clone_process(0, 0, &pidfd), -1);
	assert_int_equal(errno, ENOSYS);
	assert_int_equal(clone_process(CLONE_THREAD, -1, &pidfd), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(pidfd, -77);
}

/* One table: what the child opens and closes is open and closed for us, while memory is its own. */
static void test_sharing_files(void **state)
{
	/* volatile: the child writes there, and who reads it is another process. */
	volatile int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int status = -1, other;
	pid_t pid = clone_sharing_files();

	(void)state;
	if (pid == 0) {
		other = fd;
		fd = -1;
		_exit(close(other) == 0 && dup2(2, 200) == 200 ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(close(200), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sharing_files),
		cmocka_unit_test(test_fork_with_pidfd),
		cmocka_unit_test(test_new_namespaces),
		cmocka_unit_test(test_run_in_child),
		cmocka_unit_test(test_run_refused),
		cmocka_unit_test(test_sibling),
		cmocka_unit_test(test_handlers_are_reset),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_born_in_cgroup),
	};

	const struct CMUnitTest older[] = {
		cmocka_unit_test(test_fork_with_pidfd),
		cmocka_unit_test(test_new_namespaces),
		cmocka_unit_test(test_run_in_copy),
		cmocka_unit_test(test_handlers_are_reset),
		cmocka_unit_test(test_older_refuses),
	};
	int n_failed;

	support_need_root();
	n_failed = cmocka_run_group_tests_name("by clone3", tests, NULL, NULL);
	/* As on a kernel before 5.3. */
	support_refuse(SYS_clone3, ENOSYS);
	return n_failed + cmocka_run_group_tests_name("without clone3", older, NULL, NULL);
}
