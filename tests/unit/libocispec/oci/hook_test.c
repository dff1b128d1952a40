/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/hook.h"

static void reads_a_hook(void **state)
{
	static const char text[] =
		"{\"path\":\"/h\",\"args\":[\"h\",\"-x\"],\"env\":[\"A=1\"],\"timeout\":5"
		"}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_hook *hook = there_and_back(&arena, &oci_hook_shape, text);

	(void)state;
	assert_string_equal(hook->path, "/h");
	assert_string_equal(hook->args.item[1], "-x");
	assert_int_equal(hook->env.n, 1);
	assert_true(hook->timeout.set && hook->timeout.v == 5);
}

static void reads_every_kind(void **state)
{
	static const char text[] =
		"{\"prestart\":[{\"path\":\"/prestart\"}],\"createRuntime\":[{\"path\":"
		"\"/createRuntime\"}],\"createContainer\":[{\"path\":\"/createContainer\""
		"}],\"startContainer\":[{\"path\":\"/startContainer\"}],\"poststart\":[{"
		"\"path\":\"/poststart\"}],\"poststop\":[{\"path\":\"/poststop\"}]}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_hooks *hooks = there_and_back(&arena, &oci_hooks_shape, text);

	(void)state;
	const struct oci_hook *hook;
	hook = hooks->prestart.item[0];
	assert_string_equal(hook->path, "/prestart");
	hook = hooks->create_runtime.item[0];
	assert_string_equal(hook->path, "/createRuntime");
	hook = hooks->create_container.item[0];
	assert_string_equal(hook->path, "/createContainer");
	hook = hooks->start_container.item[0];
	assert_string_equal(hook->path, "/startContainer");
	hook = hooks->poststart.item[0];
	assert_string_equal(hook->path, "/poststart");
	hook = hooks->poststop.item[0];
	assert_string_equal(hook->path, "/poststop");
}

static void refuses(void **state)
{
	(void)state;
	expect_refused(&oci_hook_shape, "{\"args\":[]}", "t.json:1:1: \"path\" is required");
	expect_refused(&oci_hook_shape, "{\"path\":\"\"}", "t.json:1:9: path: must not be empty");
	expect_refused(&oci_hook_shape, "{\"path\":\"/h\",\"timeout\":0}",
		       "t.json:1:24: timeout: 0 is out of range (1 to 9223372036)");
	expect_refused(&oci_hook_shape, "{\"path\":\"/h\",\"timeout\":-1}",
		       "t.json:1:24: timeout: -1 is out of range (1 to 9223372036)");
	expect_refused(&oci_hook_shape, "{\"path\":\"/h\",\"timeout\":1.5}",
		       "t.json:1:24: timeout: 1.5 is not a whole number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_hook),
		cmocka_unit_test(reads_every_kind),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
