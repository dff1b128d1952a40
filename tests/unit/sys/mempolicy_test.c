/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory policies, as the kernel tells them back; each in a child. */
#include "sys/mempolicy.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/support.h"

/* linux/mempolicy.h */
#define MODE_DEFAULT 0
#define MODE_PREFERRED 1
#define MODE_BIND 2
#define STATIC_NODES (1 << 15)

#define WORDS (MEMPOLICY_NODES / (8 * sizeof(unsigned long)))

static bool has_numa(void)
{
	if (mempolicy_set(MODE_DEFAULT, NULL, 0) == 0)
		return true;
	assert_int_equal(errno, ENOSYS);
	return false;
}

static int mode(void)
{
	int now = -1;

	assert_int_equal(syscall(SYS_get_mempolicy, &now, NULL, 0UL, NULL, 0UL), 0);
	return now;
}

static void set(void *data)
{
	/* All ones above the bits that count: none of them may be looked at. */
	unsigned long only_first[1] = { ~0UL << 1 | 1 }, nodes[WORDS], all[WORDS];

	(void)data;
	assert_int_equal(mempolicy_set(MODE_BIND, only_first, 1), 0);
	assert_int_equal(mode(), MODE_BIND);
	assert_int_equal(mempolicy_get_nodes(nodes), 0);
	assert_int_equal(nodes[0], 1);
	for (size_t i = 1; i < WORDS; i++)
		assert_int_equal(nodes[i], 0);
	/* No number of bits is one too few or too many. */
	memset(all, 0, sizeof(all));
	all[0] = 1;
	for (size_t n = 1; n <= MEMPOLICY_NODES; n++)
		assert_int_equal(mempolicy_set(MODE_BIND, all, n), 0);
	assert_int_equal(mempolicy_set(MODE_PREFERRED | STATIC_NODES, all, 2), 0);
	assert_int_equal(mode(), MODE_PREFERRED | STATIC_NODES);
	assert_int_equal(mempolicy_set(MODE_DEFAULT, NULL, 0), 0);
	assert_int_equal(mode(), MODE_DEFAULT);
	assert_int_equal(mempolicy_get_nodes(nodes), 0);
	assert_int_equal(nodes[0], 0);
}

static void refused(void *data)
{
	unsigned long last[WORDS] = { 0 }, first = 1;

	(void)data;
	last[WORDS - 1] = 1UL << (8 * sizeof(unsigned long) - 1);
	assert_int_equal(mempolicy_set(MODE_BIND, last, MEMPOLICY_NODES), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(mempolicy_set(MODE_BIND, NULL, 0), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(mempolicy_set(1000, &first, 1), -1);
	assert_int_equal(errno, EINVAL);
}

static void run(void (*what)(void *))
{
	if (!has_numa()) {
		print_message("this kernel has no memory policies (CONFIG_NUMA)\n");
		skip();
	}
	support_run(0, what, NULL);
}

static void test_set(void **state)
{
	(void)state;
	run(set);
}

static void test_refused(void **state)
{
	(void)state;
	run(refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
