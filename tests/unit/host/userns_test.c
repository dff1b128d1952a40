/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sysctl is at fault, and programs that cannot write maps. */
#include "host/userns.h"

#include "tests/unit/support.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct support_dir dir;

static int set_up(void **state)
{
	(void)state;
	support_open_dir(&dir);
	return mkdirat(dir.fd, "user", 0755) < 0 || mkdirat(dir.fd, "kernel", 0755) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_remove_dir(&dir);
	return 0;
}

static void test_obstacles(void **state)
{
	static const struct {
		const char *file, *fine, *bad, *words;
	} cases[] = {
		/* The last one first: what is more is said of the first that is found. */
		{ "kernel/apparmor_restrict_unprivileged_userns", "0\n", "1\n", "kernel.apparmor_restrict_unprivileged_userns is 1" },
		{ "kernel/unprivileged_userns_clone", "1\n", "0\n", "kernel.unprivileged_userns_clone is 0" },
		{ "user/max_user_namespaces", "10\n", "0\n", "user.max_user_namespaces is 0" },
	};
	size_t fds = support_count_fds();

	(void)state;
	/* No such files, as on most machines. */
	assert_null(userns_obstacle(dir.path));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		support_write(dir.fd, cases[i].file, cases[i].fine);
	assert_null(userns_obstacle(dir.path));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		support_write(dir.fd, cases[i].file, cases[i].bad);
		assert_non_null(userns_obstacle(dir.path));
		assert_non_null(strstr(userns_obstacle(dir.path), cases[i].words));
	}
	assert_int_equal(support_count_fds(), fds);
}

static void test_helper(void **state)
{
	char path[256];

	(void)state;
	support_write(dir.fd, "newuidmap", "");
	(void)snprintf(path, sizeof(path), "%s/newuidmap", dir.path);
	assert_int_equal(chmod(path, 0755), 0);
	assert_true(userns_is_helper_powerless(path));
	assert_int_equal(chmod(path, 04755), 0);
	assert_false(userns_is_helper_powerless(path));
	/* Nothing is known of it. */
	assert_int_equal(unlink(path), 0);
	assert_false(userns_is_helper_powerless(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_obstacles, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_helper, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
