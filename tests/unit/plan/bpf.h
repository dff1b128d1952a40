/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's part in seccomp, so that filters can be tried without loading them: an interpreter of
 * the instructions of classic BPF that they are made of.
 */
#ifndef TARE_TESTS_PLAN_BPF_H
#define TARE_TESTS_PLAN_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "fixture.h"

/* One comparison of a jump. */
static inline bool bpf_jumps(const struct sock_filter *insn, uint32_t a)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JEQ:
		return a == insn->k;
	case BPF_JGT:
		return a > insn->k;
	case BPF_JGE:
		return a >= insn->k;
	case BPF_JSET:
		return (a & insn->k) != 0;
	}
	fail_msg("no such jump");
	return false;
}

/* What the program answers for the call @data: SECCOMP_RET_* with its data.  Fails the test when it runs out. */
static inline uint32_t bpf_run(const struct sock_filter *insn, size_t n, const struct seccomp_data *data)
{
	const struct sock_filter *end = insn + n;
	uint32_t a = 0;

	for (; insn < end; insn++) {
		switch (insn->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(insn->k + 4 <= sizeof(*data));
			memcpy(&a, (const char *)data + insn->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= insn->k;
			break;
		case BPF_JMP | BPF_JA:
			insn += insn->k;
			break;
		case BPF_RET | BPF_K:
			return insn->k;
		default:
			if (BPF_CLASS(insn->code) != BPF_JMP)
				fail_msg("instruction 0x%x", insn->code);
			insn += bpf_jumps(insn, a) ? insn->jt : insn->jf;
		}
	}
	fail_msg("the program has no end");
	return 0;
}

#endif
