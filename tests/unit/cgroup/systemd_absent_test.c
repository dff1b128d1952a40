/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A build without libsystemd says that, whatever is asked. */
#include "cgroup/systemd_bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>

#include "base/err.h"
#include "plan/scope.h"
#include "tests/unit/support.h"

static void assert_refused(int r, struct err *err)
{
	assert_int_equal(r, -1);
	assert_holds(err->text, "the systemd cgroup manager is not in this build");
	*err = ERR_INIT;
}

static void test_all(void **state)
{
	struct systemd_bus *bus = NULL;
	const struct plan_scope scope = { .unit = "x.scope" };
	struct systemd_kept *kept = NULL;
	struct err err = ERR_INIT;
	bool is_foreign = false;
	char text[8];

	(void)state;
	assert_false(systemd_bus_is_built());
	assert_refused(systemd_bus_open(false, &bus, &err), &err);
	assert_null(bus);
	assert_refused(systemd_bus_find_root(bus, text, sizeof(text), &err), &err);
	assert_refused(systemd_bus_is_active(bus, "x.scope", &err), &err);
	assert_refused(systemd_bus_start_scope(bus, &scope, 1, &is_foreign, &err), &err);
	assert_true(is_foreign);
	assert_refused(systemd_bus_change(bus, "x.scope", NULL, 0, &kept, &err), &err);
	assert_null(kept);
	assert_refused(systemd_bus_change_back(bus, "x.scope", kept, &err), &err);
	systemd_bus_free_kept(&kept);
	assert_refused(systemd_bus_stop(bus, "x.scope", 1, &err), &err);
	systemd_bus_close(&bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
