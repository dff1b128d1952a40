/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counters of interfaces. */
#include "host/network.h"

#include "tests/unit/support.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libocispec/arena.h"

static void test_parse(void **state)
{
	static const char text[] =
		"Inter-|   Receive                                                |  Transmit\n"
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
		"    lo:     1       2    3    4    5     6          7         8        9      10   11   12    0     0       0          0\n"
		"e.1:20 21 22 23 0 0 0 0 24 25 26 18446744073709551615 0 0 0 0\n"
		"short: 7\n";
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_list list = network_parse(&arena, text);
	const struct network_counts *counts;

	(void)state;
	assert_true(list.set);
	assert_int_equal(list.n, 3);
	counts = list.item[0];
	assert_string_equal(counts->name, "lo");
	assert_int_equal(counts->rx_bytes, 1);
	assert_int_equal(counts->rx_packets, 2);
	assert_int_equal(counts->rx_errors, 3);
	assert_int_equal(counts->rx_dropped, 4);
	assert_int_equal(counts->tx_bytes, 9);
	assert_int_equal(counts->tx_packets, 10);
	assert_int_equal(counts->tx_errors, 11);
	assert_int_equal(counts->tx_dropped, 12);
	counts = list.item[1];
	assert_string_equal(counts->name, "e.1");
	assert_int_equal(counts->rx_bytes, 20);
	assert_true(counts->tx_dropped == UINT64_MAX);
	counts = list.item[2];
	assert_string_equal(counts->name, "short");
	assert_int_equal(counts->rx_bytes, 7);
	assert_int_equal(counts->tx_bytes, 0);
	list = network_parse(&arena, "");
	assert_true(list.set && list.n == 0);
}

/* Ours are not a container's, and who is gone has none. */
static void test_own(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	size_t fds = support_count_fds();
	struct oci_list list = network_read(&arena, getpid());

	(void)state;
	assert_true(list.set && list.n == 0);
	list = network_read(&arena, 0x3fffffff);
	assert_true(list.set && list.n == 0);
	assert_int_equal(support_count_fds(), fds);
}

static void test_other_namespace(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_list list;
	int ready[2];
	pid_t pid;
	char byte;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNET) < 0)
			_exit(1);
		(void)!write(ready[1], "", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	list = network_read(&arena, pid);
	assert_int_equal(list.n, 1);
	assert_string_equal(((const struct network_counts *)list.item[0])->name, "lo");
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_other_namespace),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
