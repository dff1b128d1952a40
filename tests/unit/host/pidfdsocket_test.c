/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pidfd with a word, over a pair of sockets. */
#include "host/pidfdsocket.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support.h"
#include "base/err.h"
#include "base/fd.h"
#include "sys/pidfd.h"

static void test_send(void **state)
{
	char text[32];
	auto_fd int pidfd = pidfd_open(getpid());
	struct err err = ERR_INIT;
	size_t fds = support_count_fds();
	int ends[2], got;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(pidfdsocket_send(&ends[0], PIDFDSOCKET_FIRST, pidfd, &err), 0);
	assert_int_equal(ends[0], -1);
	got = support_receive_fd(ends[1], text, sizeof(text));
	assert_string_equal(text, "standard");
	assert_int_equal(pidfd_has_ended(got, 0), 0);
	assert_int_equal(pidfd_send_signal(got, 0), 0);
	/* Nothing follows. */
	assert_int_equal(read(ends[1], text, sizeof(text)), 0);
	fd_close(&got);
	fd_close(&ends[1]);
	assert_int_equal(support_count_fds(), fds);
}

static void test_without(void **state)
{
	struct err err = ERR_INIT;
	int ends[2], none = -1;

	(void)state;
	assert_int_equal(pidfdsocket_send(&none, PIDFDSOCKET_FURTHER, -1, &err), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	fd_close(&ends[1]);
	assert_int_equal(pidfdsocket_send(&ends[0], PIDFDSOCKET_FURTHER, 0, &err), -1);
	assert_non_null(strstr(err.text, "--pidfd-socket"));
	fd_close(&ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
