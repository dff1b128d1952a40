/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connecting to sockets by path, and sending a descriptor with a text. */
#include "sys/unixsock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/unit/support.h"

/* Listen at @name in the working directory. */
static int listen_here(const char *name, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static void check_connect(const char *path, int server)
{
	auto_fd int ours = unixsock_connect(path);
	auto_fd int theirs = -1;
	char byte;

	if (ours < 0)
		fail_msg("connect to %s: %s", path, strerror(errno));
	theirs = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	assert_true(theirs >= 0);
	assert_true(support_is_cloexec(ours));
	assert_int_equal(write(ours, "x", 1), 1);
	assert_int_equal(read(theirs, &byte, 1), 1);
}

static void connect_by_path(void *data)
{
	const struct support_dir *dir = data;
	char deep[256], path[600];
	auto_fd int server = -1;

	assert_int_equal(fchdir(dir->fd), 0);
	server = listen_here("short", SOCK_STREAM);
	check_connect("short", server);
	check_connect("./short", server);
	(void)snprintf(path, sizeof(path), "%s/short", dir->path);
	check_connect(path, server);

	/* Longer than an address, absolute and relative. */
	(void)snprintf(deep, sizeof(deep), "%0200d", 0);
	assert_int_equal(mkdir(deep, 0700), 0);
	assert_int_equal(chdir(deep), 0);
	fd_close(&server);
	server = listen_here("far", SOCK_STREAM);
	(void)snprintf(path, sizeof(path), "%s/%s/far", dir->path, deep);
	check_connect(path, server);
	assert_int_equal(fchdir(dir->fd), 0);
	(void)snprintf(path, sizeof(path), "%s/far", deep);
	check_connect(path, server);
}

static void expect_refusal(const char *path, int error)
{
	size_t before = support_count_fds();

	errno = 0;
	assert_int_equal(unixsock_connect(path), -1);
	assert_int_equal(errno, error);
	assert_int_equal(support_count_fds(), before);
}

static void connect_to_nothing(void *data)
{
	const struct support_dir *dir = data;
	static char path[5000];
	int gone;

	assert_int_equal(fchdir(dir->fd), 0);
	expect_refusal("none", ENOENT);
	support_write(dir->fd, "file", "");
	expect_refusal("file", ECONNREFUSED);
	gone = listen_here("gone", SOCK_STREAM);
	(void)close(gone);
	expect_refusal("gone", ECONNREFUSED);
	gone = listen_here("other", SOCK_DGRAM);
	expect_refusal("other", EPROTOTYPE);
	(void)close(gone);
	(void)snprintf(path, sizeof(path), "%0200d/sock", 0);
	expect_refusal(path, ENOENT);
	/* The file's own name does not fit, or nothing does. */
	(void)snprintf(path, sizeof(path), "%s/%0200d", dir->path, 0);
	expect_refusal(path, ENAMETOOLONG);
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 2] = 's';
	expect_refusal(path, ENAMETOOLONG);
}

/* What came over a socket until its end. */
struct received {
	int socket;
	char *text;
	size_t len, n_messages, n_fds;
	bool is_first;
	struct stat st;
};

static void take(struct received *received, struct msghdr *header)
{
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(header); cmsg != NULL; cmsg = CMSG_NXTHDR(header, cmsg)) {
		int fd;

		assert_int_equal(cmsg->cmsg_len, CMSG_LEN(sizeof(int)));
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
		assert_int_equal(fstat(fd, &received->st), 0);
		(void)close(fd);
		received->n_fds++;
		received->is_first = received->n_messages == 0;
	}
}

static void *receive(void *data)
{
	struct received *received = data;

	for (;;) {
		char control[256];
		struct iovec part = { received->text + received->len, 40000 };
		struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1,
					 .msg_control = control, .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(received->socket, &header, 0);

		if (n <= 0)
			return NULL;
		take(received, &header);
		received->n_messages++;
		received->len += (size_t)n;
	}
}

/* @size bytes in three parts, one of which is empty. */
static void check_send(size_t size)
{
	char *text = malloc(size);
	struct received received = { .text = malloc(size + 40000) };
	struct iovec parts[] = { { text, size / 3 }, { text, 0 }, { text + size / 3, size - size / 3 } };
	pthread_t thread;
	struct stat st;
	int pair[2];

	if (text == NULL || received.text == NULL)
		abort();
	for (size_t i = 0; i < size; i++)
		text[i] = (char)('a' + i * 7 / 5 % 26);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	received.socket = pair[1];
	assert_int_equal(pthread_create(&thread, NULL, receive, &received), 0);
	assert_int_equal(unixsock_send(pair[0], parts, COUNT(parts), 0), 0);
	(void)close(pair[0]);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)close(pair[1]);
	assert_int_equal(received.len, size);
	assert_memory_equal(received.text, text, size);
	assert_int_equal(received.n_fds, 1);
	assert_true(received.is_first);
	assert_int_equal(fstat(0, &st), 0);
	assert_true(received.st.st_ino == st.st_ino && received.st.st_dev == st.st_dev);
	free(received.text);
	free(text);
}

static void test_send(void **state)
{
	(void)state;
	check_send(1);
	check_send(100);
	/* More than the socket's buffer takes at once. */
	check_send(3000001);
}

static void test_send_to_nobody(void **state)
{
	struct iovec part = { (char[]){ "x" }, 1 };
	int pair[2];

	(void)state;
	(void)signal(SIGPIPE, SIG_DFL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	(void)close(pair[1]);
	assert_int_equal(unixsock_send(pair[0], &part, 1, 0), -1);
	assert_int_equal(errno, EPIPE);
	/* No descriptor to give. */
	assert_int_equal(unixsock_send(pair[0], &part, 1, 9999), -1);
	assert_int_equal(errno, EBADF);
	(void)close(pair[0]);
}

static void in_directory(void (*run)(void *))
{
	struct support_dir dir;

	support_open_dir(&dir);
	support_run(0, run, &dir);
	support_remove_dir(&dir);
}

static void test_connect(void **state)
{
	(void)state;
	in_directory(connect_by_path);
}

static void test_connect_to_nothing(void **state)
{
	(void)state;
	in_directory(connect_to_nothing);
}

/* Who listens and does nothing else costs a few seconds, and is named by errno. */
static void deaf(void *data)
{
	const struct support_dir *dir = data;
	static char text[1 << 20];
	struct iovec part = { text, sizeof(text) };
	auto_fd int server = -1, first = -1, second = -1;

	assert_int_equal(fchdir(dir->fd), 0);
	server = listen_here("deaf", SOCK_STREAM);
	assert_int_equal(listen(server, 0), 0);
	(void)alarm(20);
	first = unixsock_connect("deaf");
	assert_true(first >= 0);
	second = unixsock_connect("deaf");
	assert_int_equal(second, -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_int_equal(unixsock_send(first, &part, 1, dir->fd), -1);
	assert_int_equal(errno, ETIMEDOUT);
}

static void test_deaf(void **state)
{
	struct support_dir dir;

	(void)state;
	support_open_dir(&dir);
	support_run(0, deaf, &dir);
	support_remove_dir(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_connect_to_nothing),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_send_to_nobody),
		cmocka_unit_test(test_deaf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
