/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare plan: options and globals that reach the plan, and nothing that is made. */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/cmd/capture.h"

#define SMALL "{'ociVersion': '1.0.0', 'root': {'path': 'rootfs'}, 'linux': {'namespaces': [{'type': 'mount'}]}}"

/* The first lines of the plan of the bundle. */
static void assert_begins(const struct capture *capture, const char *id)
{
	char expected[512];

	capture_assert_good(capture);
	(void)snprintf(expected, sizeof(expected), "container \"%s\"\n  specification \"1.0.0\"\n  bundle \"%s\"\n", id,
		       capture->bundle);
	assert_true(strlen(capture->out) > strlen(expected));
	assert_memory_equal(capture->out, expected, strlen(expected));
	capture_assert_no_root(capture);
}

static void test_id_and_bundle(void **state)
{
	struct capture *capture = *state;
	char first[sizeof(capture->out)];

	capture_make_bundle(capture, SMALL);
	RUN(capture, "plan", "--bundle", capture->bundle, "c");
	assert_begins(capture, "c");
	/* Made-up IDs are not shown: the same document has the same plan. */
	RUN(capture, "plan", capture->bundle);
	assert_begins(capture, "ID");
	memcpy(first, capture->out, sizeof(first));
	RUN(capture, "plan", "-b", capture->bundle);
	assert_begins(capture, "ID");
	assert_string_equal(capture->out, first);
	assert_int_equal(fchdir(capture->dir.fd), 0);
	RUN(capture, "plan", "bundle/");
	assert_begins(capture, "ID");
	assert_int_equal(chdir("bundle"), 0);
	RUN(capture, "plan");
	assert_begins(capture, "ID");
	RUN(capture, "plan", "c");
	assert_begins(capture, "c");
}

static void test_options(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture, SMALL);
	GOOD(capture, "plan", "-b", capture->bundle, "c");
	assert_holds(capture->out, "\n  new-keyring yes\n  preserved-fds 0\n");
	assert_holds(capture->out, "\n  pivot yes\n");
	GOOD(capture, "plan", "-b", capture->bundle, "--no-pivot", "--no-new-keyring", "--preserve-fds=7", "c");
	assert_holds(capture->out, "\n  new-keyring no\n  preserved-fds 7\n");
	assert_holds(capture->out, "\n  pivot no\n");
	/* Nothing is opened, and so nothing has to be there. */
	GOOD(capture, "plan", "-b", capture->bundle, "--pid-file", "/no/such/place", "c");
	support_write(capture->dir.fd, "other.json", "{\"ociVersion\": \"1.0.2\", \"root\": {\"path\": \"rootfs\"},"
		      "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}]}}");
	assert_int_equal(fchdir(capture->dir.fd), 0);
	GOOD(capture, "plan", "-b", capture->bundle, "--config", "other.json", "c");
	assert_holds(capture->out, "  specification \"1.0.2\"\n");
}

static void test_cgroup_manager(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture, SMALL);
	capture->globals.manager = CGROUP_MANAGER_DISABLED;
	GOOD(capture, "plan", "-b", capture->bundle, "c");
	assert_holds(capture->out, " by disabled\n");
	capture->globals.manager = COMMAND_NO_MANAGER;
	capture->globals.systemd_cgroup = true;
	GOOD(capture, "plan", "-b", capture->bundle, "c");
	assert_holds(capture->out, " by systemd\n");
	assert_holds(capture->out, "unit \"tare-c.scope\"\n");
}

/* As run would have it: a terminal of the caller's. */
static void test_terminal(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture,
			    "{'ociVersion': '1.0.0', 'root': {'path': 'rootfs'}, 'linux': {'namespaces': [{'type': 'mount'}]},"
			    " 'process': {'terminal': true, 'cwd': '/', 'args': ['sh']}}");
	GOOD(capture, "plan", "-b", capture->bundle, "c");
	assert_holds(capture->out, "terminal");
}

/* Whose word is wrong, and where. */
static void test_bad_documents(void **state)
{
	struct capture *capture = *state;

	capture_make_bundle(capture, "{\n\t'ociVersion': '1.0.0',\n\t'root': {'path': 7}\n}");
	REFUSED(capture, "root.path", "plan", "-b", capture->bundle, "c");
	assert_int_equal(capture->err.line, 3);
	assert_int_equal(capture->err.col, 19);
	assert_holds(capture->err.file, "/bundle/config.json");
	assert_holds(capture->err.excerpt, "\"path\": 7");
	capture_make_bundle(capture, "{\n'ociVersion': '1.0.0',\n'root': {'path': 'rootfs'},\n"
			    "'linux': {'namespaces': [{'type': 'mont'}]}\n}");
	REFUSED(capture, "linux.namespaces[0].type", "plan", "-b", capture->bundle, "c");
	assert_int_equal(capture->err.line, 4);
	capture_make_bundle(capture, "{'ociVersion': ");
	REFUSED(capture, "", "plan", "-b", capture->bundle, "c");
	assert_int_equal(capture->err.line, 1);
	capture_make_bundle(capture, "");
	REFUSED(capture, "", "plan", "-b", capture->bundle, "c");
	capture_assert_no_root(capture);
}

static void test_refused(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "open bundle ", "plan", "-b", capture->bundle, "c");
	REFUSED(capture, "open bundle no/such", "plan", "no/such");
	REFUSED(capture, "two bundles are given", "plan", "-b", capture->bundle, "./x");
	REFUSED(capture, "`a b` is no container ID", "plan", "a b");
	REFUSED(capture, "plan: unexpected argument \"d\"", "plan", "c", "d");
	REFUSED(capture, "plan: unknown option \"--keep\"", "plan", "--keep", "c");
	REFUSED(capture, "plan: option '--preserve-fds' does not take the value \"-1\"", "plan", "--preserve-fds", "-1");
	support_write(capture->dir.fd, "bundle", "a file");
	REFUSED(capture, "is no directory", "plan", capture->bundle);
	capture_assert_no_root(capture);
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "plan", "[ID|BUNDLE]", "--bundle DIR, -b", "--config FILE, -f", "--console-socket PATH",
		   "--pid-file PATH", "--no-pivot", "--no-new-keyring", "--preserve-fds N");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_id_and_bundle),
		CAPTURE_TEST(test_options),
		CAPTURE_TEST(test_cgroup_manager),
		CAPTURE_TEST(test_terminal),
		CAPTURE_TEST(test_bad_documents),
		CAPTURE_TEST(test_refused),
		CAPTURE_TEST(test_help),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
