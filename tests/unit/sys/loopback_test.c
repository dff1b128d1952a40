/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loopback interface of a fresh network namespace. */
#include "sys/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/priv.h"
#include "tests/unit/support.h"

static short flags_of_lo(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	(void)close(fd);
	return request.ifr_flags;
}

/* One datagram to ourselves by 127.0.0.1. */
static void send_around(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[8] = "";

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(sendto(fd, "hello", 6, 0, (struct sockaddr *)&address, size), 6);
	assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), 6);
	assert_string_equal(text, "hello");
	(void)close(fd);
}

static void bring_up(void *data)
{
	size_t fds = support_count_fds();

	(void)data;
	assert_int_equal(flags_of_lo() & IFF_UP, 0);
	assert_int_equal(loopback_up(), 0);
	assert_int_equal(flags_of_lo() & (IFF_UP | IFF_RUNNING), IFF_UP | IFF_RUNNING);
	send_around();
	assert_int_equal(loopback_up(), 0);
	assert_int_equal(support_count_fds(), fds);
}

static void without_rights(void *data)
{
	size_t fds = support_count_fds();

	(void)data;
	assert_int_equal(priv_capset(0, 0, 0), 0);
	assert_int_equal(loopback_up(), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(flags_of_lo() & IFF_UP, 0);
	assert_int_equal(support_count_fds(), fds);
}

static void test_up(void **state)
{
	(void)state;
	support_run(CLONE_NEWNET, bring_up, NULL);
}

static void test_not_allowed(void **state)
{
	(void)state;
	support_run(CLONE_NEWNET, without_rights, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_up),
		cmocka_unit_test(test_not_allowed),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
