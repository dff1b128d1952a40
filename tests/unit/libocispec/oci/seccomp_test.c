/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seccomp. */
#include "tests/unit/libocispec/reading.h"

#include "libocispec/oci/seccomp.h"

static void reads_and_writes_every_key(void **state)
{
	static const char text[] =
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,"
		"\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_SHEB\"],\"flags\":[]"
		",\"listenerPath\":\"/l\",\"listenerMetadata\":\"m\",\"syscalls\":[{"
		"\"names\":[\"read\",\"write\"],\"action\":\"SCMP_ACT_NOTIFY\"},{"
		"\"names\":[\"personality\"],\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":0"
		",\"args\":[{\"index\":5,\"value\":18446744073709551615,\"valueTwo\":1,"
		"\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}";
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_seccomp *seccomp = there_and_back(&arena, &oci_seccomp_shape, text);

	(void)state;
	const struct oci_syscall *syscall = seccomp->syscalls.item[1];
	const struct oci_seccomp_arg *arg = syscall->args.item[0];
	
	assert_int_equal(seccomp->default_action, OCI_SECCOMP_ACT_ERRNO);
	assert_int_equal(seccomp->default_errno_ret.v, 38);
	assert_int_equal(seccomp->architectures.item[1], OCI_ARCH_SHEB);
	assert_true(seccomp->flags.set && !seccomp->flags.n);
	assert_int_equal(syscall->action, OCI_SECCOMP_ACT_TRACE);
	assert_true(syscall->errno_ret.set && syscall->errno_ret.v == 0);
	assert_int_equal(arg->index, 5);
	assert_true(arg->value == UINT64_MAX);
	assert_true(arg->value_two.set);
	assert_int_equal(arg->op, OCI_SECCOMP_OP_MASKED_EQ);
	assert_memory_equal(text + syscall->at, "{\"names\":[\"personality\"]", 24);
}

static void knows_all_words(void **state)
{
	(void)state;
	assert_int_equal(oci_seccomp_action_names.n, OCI_SECCOMP_ACT_NOTIFY);
	assert_int_equal(oci_seccomp_op_names.n, OCI_SECCOMP_OP_MASKED_EQ);
	assert_int_equal(oci_seccomp_flag_names.n, OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV);
	assert_int_equal(oci_seccomp_arch_names.n, 23);
	for (int i = 1; i <= OCI_ARCH_SHEB; i++)
		assert_string_equal(oci_names_word(&oci_seccomp_arch_names, i),
				    oci_seccomp_arch_names.name[i - 1].word);
}

static void refuses(void **state)
{
	(void)state;
	expect_refused(&oci_seccomp_shape, "{}", "t.json:1:1: \"defaultAction\" is required");
	expect_refused(&oci_seccomp_shape, "{\"defaultAction\":\"SCMP_ACT_ERNO\"}",
		       "t.json:1:18: defaultAction: \"SCMP_ACT_ERNO\" is not a seccomp action; d"
		       "id you mean \"SCMP_ACT_ERRNO\"?");
	expect_refused(&oci_seccomp_shape, "{\"defaultAction\":\"ALLOW\"}",
		       "t.json:1:18: defaultAction: \"ALLOW\" is not a seccomp action; did you m"
		       "ean \"SCMP_ACT_ALLOW\"?");
	expect_refused(&oci_seccomp_shape, "{\"architectures\":[\"SCMP_ARCH_VAX\"]}",
		       "t.json:1:19: architectures[0]: \"SCMP_ARCH_VAX\" is not a seccomp archit"
		       "ecture");
	expect_refused(&oci_seccomp_shape, "{\"flags\":[\"SECCOMP_FILTER_FLAG_NEW_LISTENER\"]}",
		       "t.json:1:11: flags[0]: \"SECCOMP_FILTER_FLAG_NEW_LISTENER\" is not a sec"
		       "comp flag");
	expect_refused(&oci_seccomp_shape,
		       "{\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_LOG\"}]}",
		       "t.json:1:23: syscalls[0].names: must not be empty");
	expect_refused(&oci_seccomp_shape, "{\"syscalls\":[{\"action\":\"SCMP_ACT_LOG\"}]}",
		       "t.json:1:14: syscalls[0]: \"names\" is required");
	expect_refused(&oci_seccomp_shape, "{\"syscalls\":[{\"args\":[{\"index\":6}]}]}",
		       "t.json:1:32: syscalls[0].args[0].index: 6 is out of range (0 to 5)");
	expect_refused(&oci_seccomp_shape, "{\"syscalls\":[{\"args\":[{\"index\":1,\"value\":1}]}]}",
		       "t.json:1:23: syscalls[0].args[0]: \"op\" is required");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_every_key),
		cmocka_unit_test(knows_all_words),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
