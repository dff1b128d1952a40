/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and addresses by rtnetlink, compared with what ip(8) makes and sees. */
#include "sys/rtnetlink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/support.h"
#include "tests/unit/network.h"

static int open_good(void)
{
	int sock = rtnetlink_open();

	assert_true(sock >= 0);
	assert_true(support_is_cloexec(sock));
	return sock;
}

static void assert_shown(const char *command, const char *part)
{
	char text[4096];

	network_show(command, text, sizeof(text));
	assert_holds(text, part);
}

static void assert_not_shown(const char *command, const char *part)
{
	char text[4096];

	network_show(command, text, sizeof(text));
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" holds \"%s\"", text, part);
}

static void look(void *data)
{
	static const unsigned char mac[] = { 2, 0, 0x5e, 1, 2, 3 };
	size_t fds = support_count_fds();
	int sock = open_good();
	struct rtnetlink_link link, again;

	(void)data;
	network_ip("link add name a type veth peer name b");
	network_ip("link set dev a mtu 1400 txqueuelen 77 address 02:00:5e:01:02:03");
	network_ip("link property add dev a altname other");
	assert_int_equal(rtnetlink_find(sock, "a", &link), 0);
	assert_int_equal(link.index, if_nametoindex("a"));
	assert_int_equal(link.mtu, 1400);
	assert_int_equal(link.queue, 77);
	assert_int_equal(link.mac_len, 6);
	assert_memory_equal(link.mac, mac, 6);
	assert_string_equal(link.name, "a");
	assert_int_equal(link.flags & IFF_UP, 0);
	assert_int_equal(rtnetlink_find(sock, "other", &again), 0);
	assert_memory_equal(&link, &again, sizeof(link));
	assert_int_equal(rtnetlink_get(sock, link.index, &again), 0);
	assert_memory_equal(&link, &again, sizeof(link));
	assert_int_equal(rtnetlink_set_up(sock, link.index), 0);
	assert_int_equal(rtnetlink_get(sock, link.index, &again), 0);
	assert_int_equal(again.flags & IFF_UP, IFF_UP);
	assert_int_equal(rtnetlink_find(sock, "nobody", &again), -1);
	assert_int_equal(errno, ENODEV);
	assert_int_equal(rtnetlink_get(sock, 4711, &again), -1);
	assert_int_equal(errno, ENODEV);
	(void)close(sock);
	assert_int_equal(support_count_fds(), fds);
}

static void change(void *data)
{
	struct rtnetlink_link now, wanted;
	int sock = open_good();

	(void)data;
	network_ip("link add name a type veth peer name b");
	assert_int_equal(rtnetlink_find(sock, "a", &now), 0);
	wanted = now;
	assert_int_equal(rtnetlink_adjust(sock, now.index, &now, &wanted), 0);
	wanted.mtu = 1300;
	wanted.queue = 5;
	wanted.mac[5] ^= 1;
	assert_int_equal(rtnetlink_adjust(sock, now.index, &now, &wanted), 0);
	assert_int_equal(rtnetlink_get(sock, now.index, &now), 0);
	assert_memory_equal(&now, &wanted, sizeof(now));
	assert_int_equal(rtnetlink_rename(sock, now.index, "b"), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(rtnetlink_rename(sock, now.index, "c"), 0);
	assert_int_equal(if_nametoindex("c"), now.index);
	assert_int_equal(rtnetlink_rename(sock, now.index, "d%d"), 0);
	assert_int_equal(if_nametoindex("d0"), now.index);
	(void)close(sock);
}

/* In the order in which they were given, and only those of an administrator. */
static void addresses(void *data)
{
	struct rtnetlink_address *list;
	struct rtnetlink_link a, b;
	int sock = open_good();
	size_t n;

	(void)data;
	network_ip("link add name a type veth peer name b");
	network_ip("link set dev a up");
	assert_int_equal(rtnetlink_find(sock, "a", &a), 0);
	assert_int_equal(rtnetlink_find(sock, "b", &b), 0);
	assert_int_equal(rtnetlink_list_addresses(sock, a.index, &list, &n), 0);
	assert_int_equal(n, 0);
	assert_null(list);
	network_ip("addr add 192.0.2.1/24 brd 192.0.2.255 label a:x dev a noprefixroute");
	network_ip("addr add 192.0.2.2/24 dev a");
	network_ip("addr add 198.51.100.1 peer 198.51.100.2/32 dev a");
	network_ip("addr add 192.0.2.3/24 dev a valid_lft 500 preferred_lft 400");
	network_ip("addr add 203.0.113.4/24 dev b");
	network_ip("addr add 169.254.1.1/16 scope link dev a");
	network_ip("-6 addr add 2001:db8::1/64 nodad dev a");
	network_ip("-6 addr add 2001:db8::2/64 nodad dev a");
	assert_int_equal(rtnetlink_list_addresses(sock, a.index, &list, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(list[0].family, AF_INET);
	assert_int_equal(list[0].prefix, 24);
	assert_string_equal(list[0].label, "a:x");
	assert_int_equal(list[0].flags, IFA_F_NOPREFIXROUTE);
	/* the kernel keeps addresses of one network together at the end */
	assert_int_equal(list[1].prefix, 32);
	assert_int_equal(list[3].family, AF_INET6);
	assert_int_equal(list[3].flags, IFA_F_NODAD);
	assert_int_equal(rtnetlink_add_address(sock, a.index, &list[0]), -1);
	assert_int_equal(errno, EEXIST);
	network_ip("addr flush dev a");
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rtnetlink_add_address(sock, b.index, &list[i]), 0);
	free(list);
	assert_shown("-o -4 addr show dev b", "192.0.2.1/24 brd 192.0.2.255 scope global noprefixroute a:x");
	assert_shown("-o -4 addr show dev b", "198.51.100.1 peer 198.51.100.2/32");
	assert_shown("-o -6 addr show dev b", "2001:db8::1/64 scope global nodad");
	/* the order: the last one of IPv6 stands first */
	assert_int_equal(rtnetlink_list_addresses(sock, b.index, &list, &n), 0);
	assert_int_equal(n, 6);
	assert_string_equal(list[1].label, "a:x");
	free(list);
	network_ip("link set dev b up");
	assert_shown("-6 route get 2001:db8::99", "src 2001:db8::2");
	(void)close(sock);
}

/* More than one datagram. */
static void many_addresses(void *data)
{
	struct rtnetlink_address *list;
	struct rtnetlink_link a;
	int sock = open_good();
	size_t n;

	(void)data;
	network_ip("link add name a type veth peer name b");
	assert_int_equal(rtnetlink_find(sock, "a", &a), 0);
	if (system("for i in 1 2 3 4 5; do for j in $(seq 200); do echo addr add 10.0.$i.$j/32 dev a; done; done | "
		   "ip -batch -") != 0)
		fail_msg("no addresses");
	assert_int_equal(rtnetlink_list_addresses(sock, a.index, &list, &n), 0);
	assert_int_equal(n, 1000);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(list[i].prefix, 32);
	free(list);
	(void)close(sock);
}

static void move(void *data)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there, here = open_good(), inside;
	struct rtnetlink_link a, now;

	(void)data;
	network_ip("link add name a type veth peer name b");
	network_ip("link property add dev a altname other-name-of-this-device");
	assert_int_equal(rtnetlink_find(here, "a", &a), 0);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	there = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	inside = open_good();
	assert_int_equal(setns(own, CLONE_NEWNET), 0);
	assert_int_equal(rtnetlink_move(here, a.index, there, "c"), 0);
	assert_int_equal(rtnetlink_get(here, a.index, &now), -1);
	assert_int_equal(errno, ENODEV);
	assert_int_equal(rtnetlink_find(inside, "c", &now), 0);
	assert_int_equal(setns(there, CLONE_NEWNET), 0);
	assert_shown("link show dev c", "altname other-name-of-this-device");
	assert_not_shown("link", " a@");
	assert_int_equal(rtnetlink_move(inside, now.index, own, "a"), 0);
	assert_int_equal(rtnetlink_find(here, "a", &now), 0);
	assert_int_equal(rtnetlink_move(here, if_nametoindex("lo"), there, "lo2"), -1);
	assert_int_equal(errno, EINVAL);
	(void)close(own);
	(void)close(there);
	(void)close(here);
	(void)close(inside);
}

static void without_rights(void *data)
{
	struct rtnetlink_link lo;
	int sock = open_good();

	(void)data;
	assert_int_equal(setresuid(65534, 65534, 65534), 0);
	assert_int_equal(rtnetlink_find(sock, "lo", &lo), 0);
	assert_int_equal(rtnetlink_set_up(sock, lo.index), -1);
	assert_int_equal(errno, EPERM);
	(void)close(sock);
}

static void run_child(void **state)
{
	support_run(CLONE_NEWNET, *(void (**)(void *))*state, NULL);
}

#define IN_A_NAMESPACE(function) { #function, run_child, NULL, NULL, (void *)&(void (*[1])(void *)){ function } }

int main(void)
{
	network_need();
	const struct CMUnitTest tests[] = {
		IN_A_NAMESPACE(look),
		IN_A_NAMESPACE(change),
		IN_A_NAMESPACE(addresses),
		IN_A_NAMESPACE(many_addresses),
		IN_A_NAMESPACE(move),
		IN_A_NAMESPACE(without_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
