/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes and links below /dev. */
#include "fixture.h"

#include <string.h>
#include <sys/stat.h>

#include "tests/unit/must.h"

#define DEVICES(list) CONFIG("", "'devices':[" list "],", "")
#define DEV_MOUNT(text) \
	"'mounts':[{'destination':'/dev'," text "}],"

static const struct plan_devices *make(struct fixture *f, const char *json)
{
	fixture_open(f, json);
	return &fixture_plan(f)->devices;
}

static const struct plan_device *find_device(const struct plan_devices *devices, const char *path)
{
	const struct plan_device *found = NULL;

	for (size_t i = 0; i < devices->n; i++) {
		if (strcmp(devices->item[i].path, path) != 0)
			continue;
		assert_null(found);
		found = &devices->item[i];
	}
	return found;
}

static bool has_link(const struct plan_devices *devices, const char *path)
{
	for (size_t i = 0; i < devices->n_link; i++) {
		if (strcmp(devices->link[i].path, path) == 0)
			return true;
	}
	return false;
}

static void test_defaults(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_devices *devices = make(&f, CONFIG("", "", ""));
	const struct plan_device *device;

	(void)state;
	assert_true(devices->populate_dev);
	assert_int_equal(devices->n, 6);
	device = must(find_device(devices, "/dev/urandom"));
	assert_true(device->is_default);
	assert_int_equal(device->type, S_IFCHR);
	assert_int_equal(device->major, 1);
	assert_int_equal(device->minor, 9);
	assert_int_equal(device->mode, 0666);
	assert_int_equal(device->at, ERR_NOWHERE);
	assert_int_equal(devices->n_link, 6);
	assert_string_equal(devices->link[1].path, "/dev/stdin");
	assert_string_equal(devices->link[1].target, "/proc/self/fd/0");
	assert_string_equal(devices->link[1].needs, "/proc/self/fd");
	assert_string_equal(devices->link[5].target, "pts/ptmx");
	assert_null(devices->link[5].needs);
}

static void test_listed(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_devices *devices =
		make(&f, DEVICES("{'path':'/dev/fuse','type':'c','major':10,'minor':229,'fileMode':8630,"
				 "'uid':1,'gid':2},{'path':'/x/b','type':'b','major':4095,"
				 "'minor':1048575},{'path':'/x/p','type':'p'},"
				 "{'path':'/x/u','type':'u','major':0,'minor':0}"));
	const struct plan_device *device = must(find_device(devices, "/dev/fuse"));

	(void)state;
	assert_int_equal(devices->n, 10);
	assert_int_equal(device->type, S_IFCHR);
	assert_int_equal(device->mode, 0666);
	assert_int_equal(device->uid, 1);
	assert_int_equal(device->gid, 2);
	assert_false(device->is_default);
	assert_int_equal(device->at, strstr(f.text, "{\"path\":\"/dev/fuse\"") - f.text);
	device = must(find_device(devices, "/x/b"));
	assert_int_equal(device->type, S_IFBLK);
	assert_int_equal(device->major, 4095);
	assert_int_equal(device->minor, 1048575);
	assert_int_equal(device->mode, 0666);
	assert_int_equal(must(find_device(devices, "/x/p"))->type, S_IFIFO);
	assert_int_equal(must(find_device(devices, "/x/u"))->type, S_IFCHR);
}

/* A listed device takes the place of a default node or link, and of an equal one before it. */
static void test_override(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_devices *devices =
		make(&f, DEVICES("{'path':'/dev//null','type':'c','major':1,'minor':7},"
				 "{'path':'/dev/ptmx','type':'c','major':5,'minor':2},"
				 "{'path':'/dev/a','type':'c','major':9,'minor':1},"
				 "{'path':'/dev/a','type':'c','major':9,'minor':1,'fileMode':384}"));

	(void)state;
	assert_int_equal(devices->n, 8);
	assert_null(find_device(devices, "/dev/null"));
	assert_int_equal(must(find_device(devices, "/dev//null"))->minor, 7);
	assert_false(must(find_device(devices, "/dev//null"))->is_default);
	assert_int_equal(must(find_device(devices, "/dev/a"))->mode, 0600);
	assert_false(has_link(devices, "/dev/ptmx"));
	assert_true(has_link(devices, "/dev/fd"));
}

/* Somebody else's /dev stays as it is; devices elsewhere are made all the same. */
static void test_bound_dev(void **state)
{
	auto_fixture struct fixture f;
	auto_fixture struct fixture g;
	const struct plan_devices *devices;

	(void)state;
	devices = make(&f, CONFIG("", "'devices':[{'path':'/dev/null','type':'c','major':1,'minor':3},"
				      "{'path':'/x/p','type':'p'}],",
				  DEV_MOUNT("'source':'/dev','options':['rbind']")));
	assert_false(devices->populate_dev);
	assert_int_equal(devices->n, 1);
	assert_string_equal(devices->item[0].path, "/x/p");
	assert_int_equal(devices->n_link, 0);
	fixture_close(&f);

	/* The last mount on /dev counts, and a remount is none. */
	devices = make(&g, CONFIG("", "", "'mounts':[{'destination':'/dev','source':'/dev',"
					  "'options':['bind']},{'destination':'dev/','type':'tmpfs'},"
					  "{'destination':'/dev','options':['remount','bind']}],"));
	assert_true(devices->populate_dev);
	assert_int_equal(devices->n, 6);
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *refusal;
	} cases[] = {
		{ DEVICES("{'path':'dev/a','type':'p'}"),
		  "linux.devices[0].path: \"dev/a\" is not an absolute path" },
		{ DEVICES("{'path':'/dev/a','type':'c','minor':1}"),
		  "linux.devices[0]: major is missing: only a device of type \"p\" has none" },
		{ DEVICES("{'path':'/dev/a','type':'b','major':1}"),
		  "linux.devices[0]: minor is missing: only a device of type \"p\" has none" },
		{ DEVICES("{'path':'/dev/a','type':'c','major':4096,'minor':1}"),
		  "linux.devices[0].major: is not between 0 and 4095" },
		{ DEVICES("{'path':'/dev/a','type':'c','major':1,'minor':-1}"),
		  "linux.devices[0].minor: is not between 0 and 1048575" },
		{ DEVICES("{'path':'/dev/a','type':'p'},{'path':'/dev/./a','type':'c','major':1,'minor':1}"),
		  "linux.devices[1].path: \"/dev/./a\" is in the list already as a different device" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		assert_string_equal(strchr(fixture_refused(&f), ' ') + 1, cases[i].refusal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_bound_dev),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
