/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device rules as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE.  The kernel runs it at every
 * open and mknod of a device in the cgroup; it returns 1 to allow.
 *
 *   r2 = type, r3 = access bits not decided yet, r4 = major, r5 = minor
 *   for each rule, the last one first:
 *      type, major or minor differ       -> next rule
 *      allow: r3 &= ~access; r3 == 0     -> return 1
 *      deny:  r3 & access != 0           -> return 0
 *   return what the first rule says for all devices
 *
 * So each access bit is decided by the last rule that has it, as on v1: one rule may allow
 * reading and another one writing. Runs in: host.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "cgroup/devices.h"
#include "sys/bpf.h"

enum {
	RESULT = BPF_REG_0,
	CONTEXT = BPF_REG_1,
	TYPE = BPF_REG_2,
	ACCESS = BPF_REG_3,
	MAJOR = BPF_REG_4,
	MINOR = BPF_REG_5,
};

/* Instructions before and after the rules, and of one rule at most. */
enum { FRAME_SIZE = 8, RULE_SIZE = 7 };

/* A jump whose target is not known yet: to the next rule. */
enum { TO_NEXT_RULE = -1 };

static const struct {
	unsigned int plan, kernel;
} access_bits[] = {
	{ DEVICE_READ,  BPF_DEVCG_ACC_READ },
	{ DEVICE_WRITE, BPF_DEVCG_ACC_WRITE },
	{ DEVICE_MKNOD, BPF_DEVCG_ACC_MKNOD },
};

static unsigned int kernel_access(unsigned int access)
{
	unsigned int r = 0;

	for (size_t i = 0; i < sizeof(access_bits) / sizeof(access_bits[0]); i++) {
		if (access & access_bits[i].plan)
			r |= access_bits[i].kernel;
	}
	return r;
}

size_t devices_bpf_room(size_t n)
{
	return FRAME_SIZE + n * RULE_SIZE;
}

/*
 * One rule at @at; returns the end.  Numbers of the kernel have 31 bits at most: larger ones
 * never match.
 */
static struct bpf_insn *compile_rule(const struct plan_device_rule *rule, struct bpf_insn *at)
{
	struct bpf_insn *p = at;
	unsigned int access = kernel_access(rule->access);
	int type = rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;

	if (rule->major > INT32_MAX || rule->minor > INT32_MAX)
		return at;
	*p++ = BPF_JUMP_IMM(BPF_JNE, TYPE, type, TO_NEXT_RULE);
	if (rule->major != DEVICE_ANY)
		*p++ = BPF_JUMP_IMM(BPF_JNE, MAJOR, rule->major, TO_NEXT_RULE);
	if (rule->minor != DEVICE_ANY)
		*p++ = BPF_JUMP_IMM(BPF_JNE, MINOR, rule->minor, TO_NEXT_RULE);
	if (rule->allow && rule->access != DEVICE_ALL) {
		*p++ = BPF_ALU_IMM(BPF_AND, ACCESS, ~access);
		*p++ = BPF_JUMP_IMM(BPF_JNE, ACCESS, 0, TO_NEXT_RULE);
	} else if (rule->access != DEVICE_ALL) {
		*p++ = BPF_JUMP_IMM(BPF_JSET, ACCESS, access, 1);
		*p++ = BPF_JUMP_IMM(BPF_JA, 0, 0, TO_NEXT_RULE);
	}
	*p++ = BPF_MOVE_IMM(RESULT, rule->allow);
	*p++ = BPF_RETURN();

	for (struct bpf_insn *q = at; q < p; q++) {
		if (q->off == TO_NEXT_RULE)
			q->off = (int16_t)(p - q - 1);
	}
	return p;
}

size_t devices_bpf_compile(const struct plan_device_rule *rules, size_t n, struct bpf_insn *insns)
{
	struct bpf_insn *p = insns;

	*p++ = BPF_LOAD_WORD(ACCESS, CONTEXT, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	*p++ = BPF_MOVE(TYPE, ACCESS);
	*p++ = BPF_ALU_IMM(BPF_AND, TYPE, 0xffff);
	*p++ = BPF_ALU_IMM(BPF_RSH, ACCESS, 16);
	*p++ = BPF_LOAD_WORD(MAJOR, CONTEXT, offsetof(struct bpf_cgroup_dev_ctx, major));
	*p++ = BPF_LOAD_WORD(MINOR, CONTEXT, offsetof(struct bpf_cgroup_dev_ctx, minor));
	for (size_t i = n - 1; i > 0; i--)
		p = compile_rule(&rules[i], p);
	*p++ = BPF_MOVE_IMM(RESULT, rules[0].allow);
	*p++ = BPF_RETURN();
	return (size_t)(p - insns);
}

static int load(const struct plan_device_rule *rules, size_t n, struct err *err)
{
	auto_free struct bpf_insn *insns = calloc(devices_bpf_room(n), sizeof(*insns));
	int fd;

	if (!insns)
		return err_errno(err, ERR_NOWHERE, "device rules");
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
	fd = bpf_load_device_program(insns, devices_bpf_compile(rules, n, insns));
	if (fd >= 0)
		return fd;
	if (errno == EPERM)
		return err_errno(err, ERR_NOWHERE, "load the eBPF device filter, which needs "
				 "CAP_BPF of the initial user namespace");
	return err_errno(err, ERR_NOWHERE, "load the eBPF device filter, which needs a kernel with "
			 "CONFIG_CGROUP_BPF");
}

/* The one program that is attached already; -1 when there is none or more than one. */
static int open_present(int dir)
{
	uint32_t id;

	if (bpf_query_device_programs(dir, &id, 1) != 1)
		return -1;
	return bpf_open_program(id);
}

int devices_bpf_attach(int dir, const struct plan_device_rule *rules, size_t n, bool existed,
		       struct err *err)
{
	auto_fd int old = existed ? open_present(dir) : -1;
	auto_fd int program = -1;

	if (n == 1 && rules[0].allow && old < 0)
		return 0;
	program = load(rules, n, err);
	if (program < 0)
		return -1;
	if (old >= 0 && bpf_replace_device_program(dir, program, old) == 0)
		return 0;
	if (bpf_attach_device_program(dir, program) < 0)
		return err_errno(err, ERR_NOWHERE, "attach the eBPF device filter");
	return 0;
}
