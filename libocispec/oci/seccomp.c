/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of "seccomp" and all its words. */
#include "libocispec/oci/seccomp.h"

static const struct oci_name actions[] = {
	{ "SCMP_ACT_KILL",         OCI_SECCOMP_ACT_KILL },
	{ "SCMP_ACT_KILL_PROCESS", OCI_SECCOMP_ACT_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD",  OCI_SECCOMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_TRAP",         OCI_SECCOMP_ACT_TRAP },
	{ "SCMP_ACT_ERRNO",        OCI_SECCOMP_ACT_ERRNO },
	{ "SCMP_ACT_TRACE",        OCI_SECCOMP_ACT_TRACE },
	{ "SCMP_ACT_ALLOW",        OCI_SECCOMP_ACT_ALLOW },
	{ "SCMP_ACT_LOG",          OCI_SECCOMP_ACT_LOG },
	{ "SCMP_ACT_NOTIFY",       OCI_SECCOMP_ACT_NOTIFY },
};
const struct oci_names oci_seccomp_action_names = OCI_NAMES("a seccomp action", actions);

static const struct oci_name operators[] = {
	{ "SCMP_CMP_NE",        OCI_SECCOMP_OP_NE },
	{ "SCMP_CMP_LT",        OCI_SECCOMP_OP_LT },
	{ "SCMP_CMP_LE",        OCI_SECCOMP_OP_LE },
	{ "SCMP_CMP_EQ",        OCI_SECCOMP_OP_EQ },
	{ "SCMP_CMP_GE",        OCI_SECCOMP_OP_GE },
	{ "SCMP_CMP_GT",        OCI_SECCOMP_OP_GT },
	{ "SCMP_CMP_MASKED_EQ", OCI_SECCOMP_OP_MASKED_EQ },
};
const struct oci_names oci_seccomp_op_names = OCI_NAMES("a seccomp operator", operators);

static const struct oci_name flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC",              OCI_SECCOMP_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG",                OCI_SECCOMP_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW",         OCI_SECCOMP_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV },
};
const struct oci_names oci_seccomp_flag_names = OCI_NAMES("a seccomp flag", flags);

static const struct oci_name archs[] = {
	{ "SCMP_ARCH_X86",         OCI_ARCH_X86 },
	{ "SCMP_ARCH_X86_64",      OCI_ARCH_X86_64 },
	{ "SCMP_ARCH_X32",         OCI_ARCH_X32 },
	{ "SCMP_ARCH_ARM",         OCI_ARCH_ARM },
	{ "SCMP_ARCH_AARCH64",     OCI_ARCH_AARCH64 },
	{ "SCMP_ARCH_MIPS",        OCI_ARCH_MIPS },
	{ "SCMP_ARCH_MIPS64",      OCI_ARCH_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32",   OCI_ARCH_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL",      OCI_ARCH_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64",    OCI_ARCH_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", OCI_ARCH_MIPSEL64N32 },
	{ "SCMP_ARCH_PPC",         OCI_ARCH_PPC },
	{ "SCMP_ARCH_PPC64",       OCI_ARCH_PPC64 },
	{ "SCMP_ARCH_PPC64LE",     OCI_ARCH_PPC64LE },
	{ "SCMP_ARCH_S390",        OCI_ARCH_S390 },
	{ "SCMP_ARCH_S390X",       OCI_ARCH_S390X },
	{ "SCMP_ARCH_PARISC",      OCI_ARCH_PARISC },
	{ "SCMP_ARCH_PARISC64",    OCI_ARCH_PARISC64 },
	{ "SCMP_ARCH_RISCV64",     OCI_ARCH_RISCV64 },
	{ "SCMP_ARCH_LOONGARCH64", OCI_ARCH_LOONGARCH64 },
	{ "SCMP_ARCH_M68K",        OCI_ARCH_M68K },
	{ "SCMP_ARCH_SH",          OCI_ARCH_SH },
	{ "SCMP_ARCH_SHEB",        OCI_ARCH_SHEB },
};
const struct oci_names oci_seccomp_arch_names = OCI_NAMES("a seccomp architecture", archs);

static const struct oci_field arg_fields[] = {
	/* A system call has six arguments. */
	OCI_U32_IN(struct oci_seccomp_arg, index,     "index",    OCI_REQUIRED, 0, 5),
	OCI_U64(struct oci_seccomp_arg,    value,     "value",    OCI_REQUIRED),
	OCI_U64(struct oci_seccomp_arg,    value_two, "valueTwo", 0),
	OCI_ENUM(struct oci_seccomp_arg,   op,        "op",       OCI_REQUIRED,
		 &oci_seccomp_op_names),
};
static const struct oci_shape arg_shape =
	OCI_SHAPE(struct oci_seccomp_arg, "condition of a system call", arg_fields);

static const struct oci_field syscall_fields[] = {
	OCI_STRINGS(struct oci_syscall, names,     "names",    OCI_REQUIRED | OCI_NONEMPTY),
	OCI_ENUM(struct oci_syscall,    action,    "action",   OCI_REQUIRED,
		 &oci_seccomp_action_names),
	OCI_U32(struct oci_syscall,     errno_ret, "errnoRet", 0),
	OCI_OBJECTS(struct oci_syscall, args,      "args",     0, &arg_shape),
};
static const struct oci_shape syscall_shape =
	OCI_SHAPE(struct oci_syscall, "system call rule", syscall_fields);

static const struct oci_field seccomp_fields[] = {
	OCI_ENUM(struct oci_seccomp, default_action, "defaultAction", OCI_REQUIRED,
		 &oci_seccomp_action_names),
	OCI_U32(struct oci_seccomp, default_errno_ret, "defaultErrnoRet", 0),
	OCI_WORDS(struct oci_seccomp, architectures, "architectures", 0,
		  &oci_seccomp_arch_names),
	OCI_WORDS(struct oci_seccomp, flags, "flags", 0, &oci_seccomp_flag_names),
	OCI_STRING(struct oci_seccomp, listener_path, "listenerPath", 0),
	OCI_STRING(struct oci_seccomp, listener_metadata, "listenerMetadata", 0),
	OCI_OBJECTS(struct oci_seccomp, syscalls, "syscalls", 0, &syscall_shape),
};
const struct oci_shape oci_seccomp_shape =
	OCI_SHAPE(struct oci_seccomp, "seccomp filter", seccomp_fields);
