/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What systemd is asked, and what becomes of its answers, with a stand-in for it. */
#include "cgroup/systemd_bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "plan/scope.h"
#include "standin.h"
#include "tests/unit/support.h"

#define BASIC(name_, type_, ...)                                                                              \
	{                                                                                                     \
		.name = (name_), .signature = (const char[]){ (type_), 0 }, .n = 1,                           \
		.value = (struct plan_value[]){ { .type = (type_), __VA_ARGS__ } },                       \
	}

static struct plan_value pairs[] = {
	{ .type = 'a', .text = "(st)" },
	{ .type = '(', .text = "st" }, { .type = 's', .text = "/dev/x" }, { .type = 't', .number = 5 }, { .type = ')' },
	{ .type = '(', .text = "st" }, { .type = 's', .text = "/dev/y" }, { .type = 't', .number = 6 }, { .type = ')' },
	{ .type = ')' },
};

static struct plan_property properties[] = {
	BASIC("Slice", 's', .text = "a.slice"),
	BASIC("Delegate", 'b', .number = 1),
	BASIC("New", 't', .number = UINT64_MAX),
	BASIC("Old", 'i', .number = (uint64_t)-3),
	BASIC("Small", 'y', .number = 200),
	BASIC("Short", 'n', .number = (uint64_t)-2),
	BASIC("Real", 'd', .real = 1.5),
	{ .name = "Pairs", .signature = "a(st)", .value = pairs, .n = COUNT(pairs) },
};

static const struct plan_scope scope = { .unit = "x.scope", .slice = "a.slice", .properties = properties, .n = COUNT(properties) };

static struct systemd_bus *open_bus(const struct standin_behaviour *behaviour)
{
	struct systemd_bus *bus = NULL;
	struct err err = ERR_INIT;

	standin_start(behaviour);
	assert_good(systemd_bus_open(false, &bus, &err), err);
	return bus;
}

static void close_bus(struct systemd_bus **bus)
{
	systemd_bus_close(bus);
	assert_null(*bus);
	systemd_bus_close(bus);
	standin_stop();
}

static int start(struct systemd_bus *bus, bool *ret_is_foreign, struct err *err)
{
	*err = ERR_INIT;
	return systemd_bus_start_scope(bus, &scope, 4242, ret_is_foreign, err);
}

static void test_start(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .n_exist = 0 });
	bool is_foreign = true;
	struct err err;

	(void)state;
	assert_true(systemd_bus_is_built());
	assert_good(start(bus, &is_foreign, &err), err);
	assert_false(is_foreign);
	assert_string_equal(standin_log(),
			    "StartTransientUnit(x.scope,fail,[(Slice,a.slice),(Delegate,true),(New,-1),(Old,-3),(Small,200),"
			    "(Short,-2),(Real,1.5),(Pairs,[(/dev/x,5),(/dev/y,6)]),(PIDs,[4242])],[])\n");
	close_bus(&bus);
}

/* One that failed earlier is reset, and tried once more. */
static void test_stale(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .n_exist = 1 });
	const char *first, *reset;
	bool is_foreign = true;
	struct err err;

	(void)state;
	assert_good(start(bus, &is_foreign, &err), err);
	assert_false(is_foreign);
	first = strstr(standin_log(), "StartTransientUnit(x.scope");
	reset = strstr(standin_log(), "ResetFailedUnit(x.scope)\n");
	assert_true(first != NULL && reset > first);
	assert_non_null(strstr(reset, "StartTransientUnit(x.scope"));
	close_bus(&bus);
}

static void test_in_use(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .n_exist = 2 });
	bool is_foreign = false;
	struct err err;

	(void)state;
	assert_int_equal(start(bus, &is_foreign, &err), -1);
	assert_true(is_foreign);
	assert_string_equal(err.text, "the systemd unit x.scope exists already and is in use");
	close_bus(&bus);
}

/* Properties that it does not know are left out, but not those that were asked for. */
static void test_unknown(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .unknown = "New" });
	const char *second;
	bool is_foreign;
	struct err err;

	(void)state;
	assert_good(start(bus, &is_foreign, &err), err);
	second = strstr(standin_log() + 1, "StartTransientUnit");
	assert_non_null(second);
	assert_null(strstr(second, "(New,"));
	assert_holds(second, "(Delegate,true),(Old,-3)");
	properties[2].is_asked = true;
	assert_int_equal(start(bus, &is_foreign, &err), -1);
	properties[2].is_asked = false;
	assert_false(is_foreign);
	assert_string_equal(err.text, "start the systemd unit x.scope: the system's systemd says: "
				      "Cannot set property New, or unknown property.");
	close_bus(&bus);
}

static void test_job_fails(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .result = "dependency" });
	bool is_foreign;
	struct err err;

	(void)state;
	assert_int_equal(start(bus, &is_foreign, &err), -1);
	assert_string_equal(err.text, "start the systemd unit x.scope: the job of the system's systemd ended with \"dependency\"");
	close_bus(&bus);
}

/* A job that never ends is waited for no longer than was said. */
static void test_job_hangs(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .result = "" });
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(systemd_bus_stop(bus, "x.scope", 1000, &err), -1);
	assert_string_equal(err.text, "stop the systemd unit x.scope: the system's systemd has not done it within 1 seconds");
	close_bus(&bus);
}

static void test_connection_ends(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .is_mute = true });
	bool is_foreign;
	struct err err;

	(void)state;
	assert_int_equal(start(bus, &is_foreign, &err), -1);
	assert_holds(err.text, "start the systemd unit x.scope: ");
	assert_false(is_foreign);
	close_bus(&bus);
}

static void test_stop(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .n_exist = 0 });
	struct err err = ERR_INIT;

	(void)state;
	assert_good(systemd_bus_stop(bus, "x.scope", 5000, &err), err);
	assert_string_equal(standin_log(), "StopUnit(x.scope,replace)\nResetFailedUnit(x.scope)\n");
	assert_good(systemd_bus_stop(bus, "none.scope", 5000, &err), err);
	close_bus(&bus);
}

static void test_change(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .n_exist = 0 });
	struct err err = ERR_INIT;

	(void)state;
	assert_good(systemd_bus_change(bus, "x.scope", properties + 2, 2, NULL, &err), err);
	assert_string_equal(standin_log(), "SetUnitProperties(x.scope,true,[(New,-1),(Old,-3)])\n");
	/* A list takes the place of what there was. */
	assert_good(systemd_bus_change(bus, "x.scope", properties + 7, 1, NULL, &err), err);
	assert_holds(standin_log(), "SetUnitProperties(x.scope,true,[(Pairs,[]),(Pairs,[(/dev/x,5),(/dev/y,6)])])\n");
	assert_int_equal(systemd_bus_change(bus, "none.scope", properties, 1, NULL, &err), -1);
	assert_string_equal(err.text, "change the systemd unit none.scope: the system's systemd says: Unit none.scope not loaded.");
	close_bus(&bus);
}

/* What was is read before, and set again. */
static void test_change_back(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .state = "active" });
	struct systemd_kept *kept = NULL;
	struct err err = ERR_INIT;
	const char *back;

	(void)state;
	assert_good(systemd_bus_change(bus, "x.scope", properties, COUNT(properties), &kept, &err), err);
	assert_non_null(kept);
	assert_good(systemd_bus_change_back(bus, "x.scope", kept, &err), err);
	back = strstr(strstr(standin_log(), "SetUnitProperties") + 1, "SetUnitProperties");
	/* The stand-in knows these two properties, and says nothing of others. */
	assert_string_equal(back, "SetUnitProperties(x.scope,true,[(New,4711),(Pairs,[]),(Pairs,[(/dev/z,9)])])\n");
	systemd_bus_free_kept(&kept);
	assert_null(kept);
	systemd_bus_free_kept(&kept);
	close_bus(&bus);
}

static void test_change_unknown(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .unknown = "New" });
	struct err err = ERR_INIT;

	(void)state;
	assert_good(systemd_bus_change(bus, "x.scope", properties + 2, 2, NULL, &err), err);
	assert_holds(standin_log(), "SetUnitProperties(x.scope,true,[(Old,-3)])\n");
	properties[2].is_asked = true;
	assert_int_equal(systemd_bus_change(bus, "x.scope", properties + 2, 2, NULL, &err), -1);
	properties[2].is_asked = false;
	assert_holds(err.text, "Cannot set property New");
	close_bus(&bus);
}

static void test_is_active(void **state)
{
	static const struct {
		struct standin_behaviour behaviour;
		int is_active;
	} cases[] = {
		{ { .state = NULL }, 0 },
		{ { .state = "failed" }, 0 },
		{ { .state = "inactive" }, 0 },
		{ { .state = "active" }, 1 },
		{ { .state = "deactivating" }, 1 },
		{ { .vanishes = true }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct systemd_bus *bus = open_bus(&cases[i].behaviour);
		struct err err = ERR_INIT;

		assert_int_equal(systemd_bus_is_active(bus, "x.scope", &err), cases[i].is_active);
		close_bus(&bus);
	}
}

static void test_root(void **state)
{
	static const struct {
		const char *said, *root;
	} cases[] = {
		{ "", "" }, { "/", "" }, { "/user.slice/user@1.service", "/user.slice/user@1.service" }, { "/a/", "/a" },
		{ "relative", NULL }, { "/longer-than-room-for-it", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .root = cases[i].said });
		size_t size = i == 5 ? 10 : 64;
		struct err err = ERR_INIT;
		char root[64];

		assert_int_equal(systemd_bus_find_root(bus, root, size, &err), cases[i].root == NULL ? -1 : 0);
		if (cases[i].root != NULL)
			assert_string_equal(root, cases[i].root);
		else
			assert_holds(err.text, "the system's systemd says that its cgroup is");
		close_bus(&bus);
	}
}

/* Without a bus the message says what was looked at. */
static void test_no_bus(void **state)
{
	struct systemd_bus *bus = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus", 1), 0);
	assert_int_equal(systemd_bus_open(false, &bus, &err), -1);
	assert_holds(err.text, "connect to the system bus, which the systemd cgroup manager needs: ");
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "/nowhere", 1), 0);
	err = ERR_INIT;
	assert_int_equal(systemd_bus_open(true, &bus, &err), -1);
	assert_holds(err.text, "(XDG_RUNTIME_DIR is /nowhere, DBUS_SESSION_BUS_ADDRESS not set)");
	assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
	err = ERR_INIT;
	assert_int_equal(systemd_bus_open(true, &bus, &err), -1);
	assert_holds(err.text, "neither XDG_RUNTIME_DIR nor DBUS_SESSION_BUS_ADDRESS is set");
	assert_null(bus);
}

/* The user's own manager is found by his runtime directory alone. */
static void test_user(void **state)
{
	struct systemd_bus *bus = open_bus(&(struct standin_behaviour){ .n_exist = 2 });
	bool is_foreign;
	struct err err = ERR_INIT;

	(void)state;
	systemd_bus_close(&bus);
	assert_good(systemd_bus_open(true, &bus, &err), err);
	assert_int_equal(start(bus, &is_foreign, &err), -1);
	assert_true(is_foreign);
	close_bus(&bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_job_fails),
		cmocka_unit_test(test_job_hangs),
		cmocka_unit_test(test_connection_ends),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_change_back),
		cmocka_unit_test(test_change_unknown),
		cmocka_unit_test(test_is_active),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_no_bus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
