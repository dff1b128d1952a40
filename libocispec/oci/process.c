/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of "process" and all its words. */
#include "libocispec/oci/process.h"

#include "libocispec/read.h"

static const struct oci_name rlimits[] = {
	{ "RLIMIT_AS",         OCI_RLIMIT_AS },
	{ "RLIMIT_CORE",       OCI_RLIMIT_CORE },
	{ "RLIMIT_CPU",        OCI_RLIMIT_CPU },
	{ "RLIMIT_DATA",       OCI_RLIMIT_DATA },
	{ "RLIMIT_FSIZE",      OCI_RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS",      OCI_RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK",    OCI_RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE",   OCI_RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE",       OCI_RLIMIT_NICE },
	{ "RLIMIT_NOFILE",     OCI_RLIMIT_NOFILE },
	{ "RLIMIT_NPROC",      OCI_RLIMIT_NPROC },
	{ "RLIMIT_RSS",        OCI_RLIMIT_RSS },
	{ "RLIMIT_RTPRIO",     OCI_RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME",     OCI_RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", OCI_RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK",      OCI_RLIMIT_STACK },
};
const struct oci_names oci_rlimit_names = OCI_NAMES("a resource limit", rlimits);

static const struct oci_name policies[] = {
	{ "SCHED_OTHER",    OCI_SCHED_OTHER },
	{ "SCHED_FIFO",     OCI_SCHED_FIFO },
	{ "SCHED_RR",       OCI_SCHED_RR },
	{ "SCHED_BATCH",    OCI_SCHED_BATCH },
	{ "SCHED_ISO",      OCI_SCHED_ISO },
	{ "SCHED_IDLE",     OCI_SCHED_IDLE },
	{ "SCHED_DEADLINE", OCI_SCHED_DEADLINE },
};
const struct oci_names oci_sched_policy_names = OCI_NAMES("a scheduling policy", policies);

static const struct oci_name sched_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK",  OCI_SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_RECLAIM",        OCI_SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_DL_OVERRUN",     OCI_SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_POLICY",    OCI_SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_KEEP_PARAMS",    OCI_SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", OCI_SCHED_FLAG_UTIL_CLAMP_MIN },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", OCI_SCHED_FLAG_UTIL_CLAMP_MAX },
};
const struct oci_names oci_sched_flag_names = OCI_NAMES("a scheduling flag", sched_flags);

static const struct oci_name ioprio_classes[] = {
	{ "IOPRIO_CLASS_RT",   OCI_IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE",   OCI_IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", OCI_IOPRIO_CLASS_IDLE },
};
const struct oci_names oci_ioprio_class_names = OCI_NAMES("an IO priority class", ioprio_classes);

static const struct oci_field console_fields[] = {
	OCI_U64(struct oci_console_size, height, "height", 0),
	OCI_U64(struct oci_console_size, width,  "width",  0),
};
static const struct oci_shape console_shape =
	OCI_SHAPE(struct oci_console_size, "console size", console_fields);

static const struct oci_field user_fields[] = {
	OCI_U32(struct oci_user,     uid,             "uid",            OCI_REQUIRED),
	OCI_U32(struct oci_user,     gid,             "gid",            OCI_REQUIRED),
	OCI_U32_IN(struct oci_user,  umask,           "umask",          0, 0, 0777),
	OCI_NUMBERS(struct oci_user, additional_gids, "additionalGids", 0),
};
static const struct oci_shape user_shape = OCI_SHAPE(struct oci_user, "user", user_fields);

static const struct oci_field rlimit_fields[] = {
	OCI_ENUM(struct oci_rlimit, type, "type", OCI_REQUIRED, &oci_rlimit_names),
	OCI_U64(struct oci_rlimit,  soft, "soft", OCI_REQUIRED),
	OCI_U64(struct oci_rlimit,  hard, "hard", OCI_REQUIRED),
};
static const struct oci_shape rlimit_shape =
	OCI_SHAPE(struct oci_rlimit, "resource limit", rlimit_fields);

static const struct oci_field capability_fields[] = {
	OCI_STRINGS(struct oci_capabilities, bounding,    "bounding",    0),
	OCI_STRINGS(struct oci_capabilities, effective,   "effective",   0),
	OCI_STRINGS(struct oci_capabilities, inheritable, "inheritable", 0),
	OCI_STRINGS(struct oci_capabilities, permitted,   "permitted",   0),
	OCI_STRINGS(struct oci_capabilities, ambient,     "ambient",     0),
};
static const struct oci_shape capability_shape =
	OCI_SHAPE(struct oci_capabilities, "set of capabilities", capability_fields);

static const struct oci_field scheduler_fields[] = {
	OCI_ENUM(struct oci_scheduler,    policy,   "policy",   OCI_REQUIRED,
		 &oci_sched_policy_names),
	/* sched_setattr(2) would bend a nice value into range instead of refusing it. */
	OCI_I32_IN(struct oci_scheduler,  nice,     "nice",     0, -20, 19),
	OCI_I32(struct oci_scheduler,     priority, "priority", 0),
	OCI_WORDS(struct oci_scheduler,   flags,    "flags",    0, &oci_sched_flag_names),
	OCI_U64(struct oci_scheduler,     runtime,  "runtime",  0),
	OCI_U64(struct oci_scheduler,     deadline, "deadline", 0),
	OCI_U64(struct oci_scheduler,     period,   "period",   0),
};
static const struct oci_shape scheduler_shape =
	OCI_SHAPE(struct oci_scheduler, "scheduler setting", scheduler_fields);

static const struct oci_field io_priority_fields[] = {
	OCI_ENUM(struct oci_io_priority,   class,    "class",    OCI_REQUIRED,
		 &oci_ioprio_class_names),
	OCI_I32_IN(struct oci_io_priority, priority, "priority", OCI_REQUIRED, 0, 7),
};
static const struct oci_shape io_priority_shape =
	OCI_SHAPE(struct oci_io_priority, "IO priority", io_priority_fields);

static const struct oci_field affinity_fields[] = {
	OCI_STRING(struct oci_exec_affinity, initial, "initial", 0),
	OCI_STRING(struct oci_exec_affinity, final,   "final",   0),
};
static const struct oci_shape affinity_shape =
	OCI_SHAPE(struct oci_exec_affinity, "CPU affinity", affinity_fields);

static const struct oci_field process_fields[] = {
	OCI_BOOL(struct oci_process,    terminal,          "terminal",        0),
	OCI_OBJECT(struct oci_process,  console_size,      "consoleSize",     0, &console_shape),
	OCI_OBJECT(struct oci_process,  user,              "user",            0, &user_shape),
	OCI_STRINGS(struct oci_process, args,              "args", OCI_REQUIRED | OCI_NONEMPTY),
	OCI_STRINGS(struct oci_process, env,               "env",             0),
	OCI_STRING(struct oci_process,  cwd,               "cwd", OCI_REQUIRED | OCI_NONEMPTY),
	OCI_OBJECT(struct oci_process,  capabilities,      "capabilities", 0, &capability_shape),
	OCI_OBJECTS(struct oci_process, rlimits,           "rlimits",         0, &rlimit_shape),
	OCI_BOOL(struct oci_process,    no_new_privileges, "noNewPrivileges", 0),
	OCI_STRING(struct oci_process,  apparmor_profile,  "apparmorProfile", 0),
	OCI_STRING(struct oci_process,  selinux_label,     "selinuxLabel",    0),
	OCI_I32_IN(struct oci_process,  oom_score_adj,     "oomScoreAdj",     0, -1000, 1000),
	OCI_OBJECT(struct oci_process,  scheduler,         "scheduler",       0, &scheduler_shape),
	OCI_OBJECT(struct oci_process,  io_priority,       "ioPriority", 0, &io_priority_shape),
	OCI_OBJECT(struct oci_process,  exec_cpu_affinity, "execCPUAffinity", 0, &affinity_shape),
};
const struct oci_shape oci_process_shape =
	OCI_SHAPE(struct oci_process, "process", process_fields);

int oci_process_read(struct arena *arena, const struct oci_source *src,
		     struct oci_process **ret_process, struct oci_error *err)
{
	return oci_read(arena, src, &oci_process_shape, ret_process, err);
}
