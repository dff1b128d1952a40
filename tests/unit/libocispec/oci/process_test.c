/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes, as part of a config and as a document of their own. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/process.h"

static void reads_and_writes_every_key(void **state)
{
	static const char text[] =
		"{\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":80},\"user\""
		":{\"uid\":1,\"gid\":2,\"umask\":63,\"additionalGids\":[3,4]},\"args\":["
		"\"sh\",\"-c\",\"\"],\"env\":[\"A=b\"],\"cwd\":\"/\",\"capabilities\":{"
		"\"bounding\":[\"CAP_CHOWN\"],\"effective\":[\"CAP_FUTURE\"],"
		"\"inheritable\":[],\"permitted\":[\"CAP_KILL\"],\"ambient\":[\"x\"]},"
		"\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":1844674407370"
		"9551615}],\"noNewPrivileges\":true,\"apparmorProfile\":\"a\","
		"\"selinuxLabel\":\"s\",\"oomScoreAdj\":-1000,\"scheduler\":{\"policy\":"
		"\"SCHED_DEADLINE\",\"nice\":-20,\"priority\":9,\"flags\":["
		"\"SCHED_FLAG_RECLAIM\"],\"runtime\":1,\"deadline\":2,\"period\":3},"
		"\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":0},"
		"\"execCPUAffinity\":{\"initial\":\"0\",\"final\":\"0-3,7\"}}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_process *process = there_and_back(&arena, &oci_process_shape, text);

	(void)state;
	const struct oci_rlimit *rlimit = process->rlimits.item[0];
	
	assert_true(process->terminal);
	assert_int_equal(process->console_size->height.v, 24);
	assert_int_equal(process->user->uid, 1);
	assert_int_equal(process->user->gid, 2);
	assert_int_equal(process->user->umask.v, 077);
	assert_int_equal(process->user->additional_gids.item[1], 4);
	assert_int_equal(process->args.n, 3);
	assert_string_equal(process->cwd, "/");
	assert_string_equal(process->capabilities->effective.item[0], "CAP_FUTURE");
	assert_true(process->capabilities->inheritable.set);
	assert_int_equal(rlimit->type, OCI_RLIMIT_CORE);
	assert_true(rlimit->hard == UINT64_MAX);
	assert_true(process->no_new_privileges);
	assert_string_equal(process->apparmor_profile, "a");
	assert_string_equal(process->selinux_label, "s");
	assert_int_equal(process->oom_score_adj.v, -1000);
	assert_int_equal(process->scheduler->policy, OCI_SCHED_DEADLINE);
	assert_int_equal(process->scheduler->nice, -20);
	assert_int_equal(process->scheduler->flags.item[0], OCI_SCHED_FLAG_RECLAIM);
	assert_int_equal(process->io_priority->class, OCI_IOPRIO_CLASS_BE);
	assert_string_equal(process->exec_cpu_affinity->final, "0-3,7");
}

static void is_a_document_of_its_own(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_source src = text_source("{\"args\":[\"a\"],\"cwd\":\"/\",\"env\":null,"
					    "\"consoleSize\":{\"height\":1},\"commandLine\":3}");
	struct oci_process *process = NULL;
	struct oci_error err = OCI_ERROR_INIT;

	(void)state;
	assert_int_equal(oci_process_read(&arena, &src, &process, &err), 0);
	assert_null(process->user);
	assert_false(process->env.set);
	assert_false(process->console_size->width.set);
	assert_false(process->oom_score_adj.set);
}

static void refuses(void **state)
{
	(void)state;
	expect_refused(&oci_process_shape, "{\"cwd\":\"/\"}", "t.json:1:1: \"args\" is required");
	expect_refused(&oci_process_shape, "{\"args\":[\"a\"]}", "t.json:1:1: \"cwd\" is required");
	expect_refused(&oci_process_shape, "{\"args\":[]}", "t.json:1:9: args: must not be empty");
	expect_refused(&oci_process_shape, "{\"cwd\":\"\"}", "t.json:1:8: cwd: must not be empty");
	expect_refused(&oci_process_shape, "{\"user\":{\"uid\":0}}",
		       "t.json:1:9: user: \"gid\" is required");
	expect_refused(&oci_process_shape, "{\"user\":{\"umask\":512}}",
		       "t.json:1:18: user.umask: 512 is out of range (0 to 511)");
	expect_refused(&oci_process_shape, "{\"user\":{\"uid\":4294967296}}",
		       "t.json:1:16: user.uid: 4294967296 is out of range (0 to 4294967295)");
	expect_refused(&oci_process_shape, "{\"rlimits\":[{\"type\":\"NOFILE\"}]}",
		       "t.json:1:21: rlimits[0].type: \"NOFILE\" is not a resource limit; did yo"
		       "u mean \"RLIMIT_NOFILE\"?");
	expect_refused(&oci_process_shape, "{\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":1}]}",
		       "t.json:1:13: rlimits[0]: \"hard\" is required");
	expect_refused(&oci_process_shape, "{\"oomScoreAdj\":1001}",
		       "t.json:1:16: oomScoreAdj: 1001 is out of range (-1000 to 1000)");
	expect_refused(&oci_process_shape, "{\"scheduler\":{}}",
		       "t.json:1:14: scheduler: \"policy\" is required");
	expect_refused(&oci_process_shape, "{\"scheduler\":{\"nice\":20}}",
		       "t.json:1:22: scheduler.nice: 20 is out of range (-20 to 19)");
	expect_refused(&oci_process_shape, "{\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\"}}",
		       "t.json:1:15: ioPriority: \"priority\" is required");
	expect_refused(&oci_process_shape, "{\"ioPriority\":{\"priority\":8}}",
		       "t.json:1:27: ioPriority.priority: 8 is out of range (0 to 7)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_every_key),
		cmocka_unit_test(is_a_document_of_its_own),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
