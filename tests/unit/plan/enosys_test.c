/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head that answers for calls newer than a profile. */
#include "fixture.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "bpf.h"
#include "plan/enosys.h"

#define NONE (SECCOMP_RET_ERRNO | ENOSYS)
#define REST SECCOMP_RET_LOG

static void test_two(void **state)
{
	static const struct enosys_arch archs[] = {
		{ AUDIT_ARCH_X86_64, 100, 0x40000000, 0x40000000 + 200 },
		{ AUDIT_ARCH_ARM, 50, 0x0f0000, UINT32_MAX },
	};
	static const struct {
		uint32_t arch, number, verdict;
	} cases[] = {
		{ AUDIT_ARCH_X86_64, 0, REST },
		{ AUDIT_ARCH_X86_64, 100, REST },
		{ AUDIT_ARCH_X86_64, 101, NONE },
		{ AUDIT_ARCH_X86_64, 0x3fffffff, NONE },
		{ AUDIT_ARCH_X86_64, 0x40000000, REST },
		{ AUDIT_ARCH_X86_64, 0x40000000 + 200, REST },
		{ AUDIT_ARCH_X86_64, 0x40000000 + 201, NONE },
		{ AUDIT_ARCH_X86_64, 0xffffffff, NONE },
		{ AUDIT_ARCH_ARM, 50, REST },
		{ AUDIT_ARCH_ARM, 51, NONE },
		{ AUDIT_ARCH_ARM, 0x0f0002, REST },
		{ AUDIT_ARCH_ARM, 0xffffffff, REST },
		{ AUDIT_ARCH_I386, 1000, REST },
	};
	struct sock_filter program[64];
	size_t n = enosys_size(2);

	(void)state;
	enosys_write(program, archs, 2);
	program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, REST);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct seccomp_data data = { .nr = (int)cases[i].number, .arch = cases[i].arch };

		assert_int_equal(bpf_run(program, n, &data), cases[i].verdict);
	}
}

static void test_none(void **state)
{
	struct sock_filter untouched = { .k = 7 };

	(void)state;
	assert_int_equal(enosys_size(0), 0);
	enosys_write(&untouched, NULL, 0);
	assert_int_equal(untouched.k, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
