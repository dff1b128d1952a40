/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State documents. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/state.h"

static void reads_and_writes_every_key(void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1.3.0\",\"id\":\"i\",\"pid\":7,\"status\":\"paused\","
		"\"bundle\":\"/b\",\"rootfs\":\"/r\",\"created\":\"2026-01-01T00:00:00Z\""
		",\"annotations\":{},\"owner\":\"\"}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_state *st = there_and_back(&arena, &oci_state_shape, text);

	(void)state;
	assert_int_equal(st->pid.v, 7);
	assert_int_equal(st->status, OCI_STATUS_PAUSED);
	assert_string_equal(st->bundle, "/b");
	assert_true(st->annotations.set);
}

static void reads_and_writes_the_listener_message(void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":3,\"metadata\""
		":\"m\",\"state\":{\"ociVersion\":\"1.3.0\",\"id\":\"i\",\"pid\":7,"
		"\"status\":\"paused\",\"bundle\":\"/b\",\"rootfs\":\"/r\",\"created\":"
		"\"2026-01-01T00:00:00Z\",\"annotations\":{},\"owner\":\"\"}}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_process_state *ps = there_and_back(&arena, &oci_process_state_shape, text);

	(void)state;
	assert_string_equal(ps->fds.item[0], "seccompFd");
	assert_int_equal(ps->pid, 3);
	assert_int_equal(ps->state->status, OCI_STATUS_PAUSED);
}

static void writes_what_a_hook_reads(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_state st = {
		.oci_version = "1.3.0", .id = "c1", .status = OCI_STATUS_CREATING, .bundle = "/b",
	};
	struct oci_error err = OCI_ERROR_INIT;
	const char *text = NULL;

	(void)state;
	assert_int_equal(oci_write(&arena, &oci_state_shape, &st, 0, &text, NULL, &err), 0);
	assert_string_equal(text, "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"creating\","
			    "\"bundle\":\"/b\"}");
}

static void refuses(void **state)
{
	(void)state;
	expect_refused(&oci_state_shape, "{\"ociVersion\":\"1\",\"id\":\"i\",\"bundle\":\"/\"}",
		       "t.json:1:1: \"status\" is required");
	expect_refused(&oci_state_shape, "{\"status\":\"dead\"}",
		       "t.json:1:11: status: \"dead\" is not a container status");
	expect_refused(&oci_state_shape, "{\"pid\":-1}",
		       "t.json:1:8: pid: -1 is out of range (0 to 2147483647)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_every_key),
		cmocka_unit_test(reads_and_writes_the_listener_message),
		cmocka_unit_test(writes_what_a_hook_reads),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
