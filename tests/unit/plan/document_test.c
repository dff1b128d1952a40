/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON documents cut where a pid stands. */
#include "plan/document.h"
#include "fixture.h"

#include <string.h>

/* Every place where a pid might be seen and none is. */
#define ANNOTATIONS "'annotations':{'pid':'2147483647','a\\n':'\\\"pid\\\":2147483647'},"
#define ANNOTATIONS_TEXT "\"annotations\":{\"pid\":\"2147483647\",\"a\\n\":\"\\\"pid\\\":2147483647\"}"

static void test_state(void **state)
{
	auto_fixture struct fixture f;
	struct oci_state value;

	(void)state;
	fixture_open(&f, CONFIG("", "", ANNOTATIONS));
	(void)fixture_plan(&f);
	f.work.plan->id = "box";
	f.work.plan->oci_version = "1.2.0";
	f.work.plan->bundle = "/bundle";
	value = document_state(&f.work, OCI_STATUS_CREATED);
	assert_string_equal(value.id, "box");
	assert_string_equal(value.oci_version, "1.2.0");
	assert_string_equal(value.bundle, "/bundle");
	assert_int_equal(value.status, OCI_STATUS_CREATED);
	assert_int_equal(value.annotations.n, 2);
	assert_true(value.pid.set);
	assert_int_equal(value.pid.v, DOCUMENT_PID);
	assert_null(value.rootfs);
}

static void test_cut(void **state)
{
	auto_fixture struct fixture f;
	const char *names[] = { "fd" };
	struct oci_state inner = { .oci_version = "1.2.0", .id = "box", .pid = { true, DOCUMENT_PID },
				   .status = OCI_STATUS_CREATING, .bundle = "/b" };
	const struct oci_process_state value = { .oci_version = "1.2.0", .fds = { true, 1, names }, .pid = DOCUMENT_PID,
						 .state = &inner };
	const char *piece[3];

	(void)state;
	fixture_open(&f, CONFIG("", "", ANNOTATIONS));
	inner.annotations = f.config->annotations;
	assert_int_equal(document_cut(&f.work, &oci_process_state_shape, &value, "it", piece, 3, &f.err), 0);
	assert_string_equal(piece[0], "{\"ociVersion\":\"1.2.0\",\"fds\":[\"fd\"],\"pid\":");
	assert_string_equal(piece[1], ",\"state\":{\"ociVersion\":\"1.2.0\",\"id\":\"box\",\"pid\":");
	assert_string_equal(piece[2], ",\"status\":\"creating\",\"bundle\":\"/b\"," ANNOTATIONS_TEXT "}}");
	assert_int_equal(document_cut(&f.work, &oci_state_shape, &inner, "it", piece, 2, &f.err), 0);
	assert_string_equal(piece[0], "{\"ociVersion\":\"1.2.0\",\"id\":\"box\",\"pid\":");
	assert_string_equal(piece[1], ",\"status\":\"creating\",\"bundle\":\"/b\"," ANNOTATIONS_TEXT "}");
}

static void test_pid_that_is_missing(void **state)
{
	auto_fixture struct fixture f;
	const struct oci_state value = { .oci_version = "1.2.0", .id = "box", .pid = { true, 7 },
					 .status = OCI_STATUS_CREATING, .bundle = "/b" };
	const char *piece[2];

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	assert_int_equal(document_cut(&f.work, &oci_state_shape, &value, "the thing", piece, 2, &f.err), -1);
	assert_string_equal(f.err.text, "write the thing: a pid is missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_pid_that_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
