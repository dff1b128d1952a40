/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "linux.seccomp" (config-linux.md, "Seccomp").  The numbers are ours; libseccomp's and the
 * kernel's are the runtime's to look up.
 */
#ifndef OCISPEC_OCI_SECCOMP_H
#define OCISPEC_OCI_SECCOMP_H

#include "libocispec/shape.h"

/* Words of "defaultAction" and "syscalls[].action": SCMP_ACT_KILL ... (seccomp_rule_add(3)). */
enum oci_seccomp_action {
	OCI_SECCOMP_ACT_KILL = 1, /* the same as KILL_THREAD */
	OCI_SECCOMP_ACT_KILL_PROCESS,
	OCI_SECCOMP_ACT_KILL_THREAD,
	OCI_SECCOMP_ACT_TRAP,
	OCI_SECCOMP_ACT_ERRNO,
	OCI_SECCOMP_ACT_TRACE,
	OCI_SECCOMP_ACT_ALLOW,
	OCI_SECCOMP_ACT_LOG,
	OCI_SECCOMP_ACT_NOTIFY,
};

/* Words of "args[].op": SCMP_CMP_NE ... (seccomp_rule_add(3)). */
enum oci_seccomp_op {
	OCI_SECCOMP_OP_NE = 1,
	OCI_SECCOMP_OP_LT,
	OCI_SECCOMP_OP_LE,
	OCI_SECCOMP_OP_EQ,
	OCI_SECCOMP_OP_GE,
	OCI_SECCOMP_OP_GT,
	OCI_SECCOMP_OP_MASKED_EQ,
};

/* Words of "flags": SECCOMP_FILTER_FLAG_TSYNC ... (seccomp(2)). */
enum oci_seccomp_flag {
	OCI_SECCOMP_FLAG_TSYNC = 1,
	OCI_SECCOMP_FLAG_LOG,
	OCI_SECCOMP_FLAG_SPEC_ALLOW,
	OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV,
};

/* Words of "architectures": SCMP_ARCH_X86 ... (seccomp_arch_add(3)). */
enum oci_seccomp_arch {
	OCI_ARCH_X86 = 1,
	OCI_ARCH_X86_64,
	OCI_ARCH_X32,
	OCI_ARCH_ARM,
	OCI_ARCH_AARCH64,
	OCI_ARCH_MIPS,
	OCI_ARCH_MIPS64,
	OCI_ARCH_MIPS64N32,
	OCI_ARCH_MIPSEL,
	OCI_ARCH_MIPSEL64,
	OCI_ARCH_MIPSEL64N32,
	OCI_ARCH_PPC,
	OCI_ARCH_PPC64,
	OCI_ARCH_PPC64LE,
	OCI_ARCH_S390,
	OCI_ARCH_S390X,
	OCI_ARCH_PARISC,
	OCI_ARCH_PARISC64,
	OCI_ARCH_RISCV64,
	OCI_ARCH_LOONGARCH64,
	OCI_ARCH_M68K,
	OCI_ARCH_SH,
	OCI_ARCH_SHEB,
};

/* struct oci_seccomp_arg - for MASKED_EQ, @value is the mask and @value_two the datum. */
struct oci_seccomp_arg {
	uint32_t at, end;
	uint32_t index; /* 0..5 */
	uint64_t value;
	struct opt_u64 value_two;
	enum oci_seccomp_op op;
};

/* struct oci_syscall - @names holds one name or more; @args holds struct oci_seccomp_arg. */
struct oci_syscall {
	uint32_t at, end;
	struct oci_strings names;
	enum oci_seccomp_action action;
	struct opt_u32 errno_ret;
	struct oci_list args;
};

/*
 * struct oci_seccomp
 * @architectures: of enum oci_seccomp_arch
 * @flags:         of enum oci_seccomp_flag; an absent list differs from an empty one
 * @syscalls:      struct oci_syscall
 */
struct oci_seccomp {
	uint32_t at, end;
	enum oci_seccomp_action default_action;
	struct opt_u32 default_errno_ret;
	struct oci_words architectures;
	struct oci_words flags;
	const char *listener_path;
	const char *listener_metadata;
	struct oci_list syscalls;
};

/* The object "linux.seccomp", and the words of its enums. */
extern const struct oci_shape oci_seccomp_shape;
extern const struct oci_names oci_seccomp_action_names;
extern const struct oci_names oci_seccomp_op_names;
extern const struct oci_names oci_seccomp_flag_names;
extern const struct oci_names oci_seccomp_arch_names;

#endif
