/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See support.h. */
#include "tests/unit/support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What automake counts as skipped. */
#define EXIT_SKIPPED 77

/* Seconds after which a child is taken to hang. */
#define PATIENCE 120

/* Status of a child that could not be set up. */
#define EXIT_SETUP 98

void support_need_root(void)
{
	if (geteuid() == 0)
		return;
	(void)puts("skipped: needs root");
	exit(EXIT_SKIPPED);
}

void support_open_dir(struct support_dir *dir)
{
	const char *base = getenv("TMPDIR");

	/* cppcheck-suppress ctuuninitvar ; it is written here */
	(void)snprintf(dir->path, sizeof(dir->path), "%s/tare-unit-XXXXXX",
		       base != NULL && strlen(base) < 80 ? base : "/tmp");
	assert_non_null(mkdtemp(dir->path));
	dir->fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir->fd >= 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void support_remove_dir(struct support_dir *dir)
{
	(void)close(dir->fd);
	dir->fd = -1;
	assert_int_equal(nftw(dir->path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT), 0);
}

void support_write(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

void support_read(int dir, const char *path, char *text, size_t size)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n;

	assert_true(fd >= 0);
	while ((n = read(fd, text + have, size - 1 - have)) > 0)
		have += (size_t)n;
	assert_int_equal(n, 0);
	text[have] = '\0';
	(void)close(fd);
}

bool support_is_mounted(const char *text)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096];
	bool found = false;

	assert_non_null(file);
	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = strstr(line, text) != NULL;
	(void)fclose(file);
	return found;
}

static void default_signals(void)
{
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
}

static void __attribute__((noreturn)) run_here(void (*run)(void *), void *data)
{
	/* Else cmocka would jump back into its own loop and run the other tests here, too. */
	(void)setenv("CMOCKA_TEST_ABORT", "1", 1);
	default_signals();
	run(data);
	_exit(0);
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return status;
}

/* The child stands between: only its own children are in a new pid namespace. */
static void __attribute__((noreturn)) run_first(void (*run)(void *), void *data)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_here(run, data);
	}
	status = pid < 0 ? -1 : wait_for(pid);
	if (WIFSIGNALED(status)) {
		(void)prctl(PR_SET_DUMPABLE, 0);
		(void)kill(getpid(), WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SETUP);
}

int support_child(unsigned long namespaces, void (*run)(void *), void *data)
{
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid > 0)
		return wait_for(pid);
	default_signals();
	(void)alarm(PATIENCE);
	if (unshare((int)namespaces) < 0)
		_exit(EXIT_SETUP);
	if ((namespaces & CLONE_NEWNS) != 0 && mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(EXIT_SETUP);
	if ((namespaces & CLONE_NEWPID) != 0)
		run_first(run, data);
	run_here(run, data);
}

size_t support_count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

bool support_is_cloexec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags >= 0 && (flags & FD_CLOEXEC) != 0;
}

int support_receive_fd(int socket, char *text, size_t size)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { text, size - 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
				  .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes) };
	ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
	int fd;

	assert_in_range(n, 0, size - 1);
	text[n] = '\0';
	assert_int_equal(message.msg_flags & (MSG_CTRUNC | MSG_TRUNC), 0);
	if (cmsg == NULL)
		return -1;
	assert_int_equal(cmsg->cmsg_len, CMSG_LEN(sizeof(int)));
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

void support_refuse(int number, int error)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = (unsigned short)COUNT(insns), .filter = insns };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

int support_new_user_ns(void)
{
	char path[64];
	int ends[2], fd;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) < 0 || write(ends[1], "", 1) != 1)
			_exit(1);
		(void)pause();
		_exit(0);
	}
	assert_int_equal(read(ends[0], path, 1), 1);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "/proc/%d/%cid_map", (int)pid, "ug"[i]);
		support_write(AT_FDCWD, path, "0 5000 10");
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return fd;
}
