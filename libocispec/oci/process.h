/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "process", also the document of `exec --process` (config.md, "Process").
 * What is for other systems (commandLine, user.username) is unknown here.
 */
#ifndef OCISPEC_OCI_PROCESS_H
#define OCISPEC_OCI_PROCESS_H

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "libocispec/shape.h"
#include "libocispec/source.h"

/* Words of "rlimits[].type": RLIMIT_AS ... (setrlimit(2)). */
enum oci_rlimit_type {
	OCI_RLIMIT_AS = 1,
	OCI_RLIMIT_CORE,
	OCI_RLIMIT_CPU,
	OCI_RLIMIT_DATA,
	OCI_RLIMIT_FSIZE,
	OCI_RLIMIT_LOCKS,
	OCI_RLIMIT_MEMLOCK,
	OCI_RLIMIT_MSGQUEUE,
	OCI_RLIMIT_NICE,
	OCI_RLIMIT_NOFILE,
	OCI_RLIMIT_NPROC,
	OCI_RLIMIT_RSS,
	OCI_RLIMIT_RTPRIO,
	OCI_RLIMIT_RTTIME,
	OCI_RLIMIT_SIGPENDING,
	OCI_RLIMIT_STACK,
};

/* Words of "scheduler.policy": SCHED_OTHER ... (sched(7)). */
enum oci_sched_policy {
	OCI_SCHED_OTHER = 1,
	OCI_SCHED_FIFO,
	OCI_SCHED_RR,
	OCI_SCHED_BATCH,
	OCI_SCHED_ISO,
	OCI_SCHED_IDLE,
	OCI_SCHED_DEADLINE,
};

/* Words of "scheduler.flags": SCHED_FLAG_RESET_ON_FORK ... (sched_setattr(2)). */
enum oci_sched_flag {
	OCI_SCHED_FLAG_RESET_ON_FORK = 1,
	OCI_SCHED_FLAG_RECLAIM,
	OCI_SCHED_FLAG_DL_OVERRUN,
	OCI_SCHED_FLAG_KEEP_POLICY,
	OCI_SCHED_FLAG_KEEP_PARAMS,
	OCI_SCHED_FLAG_UTIL_CLAMP_MIN,
	OCI_SCHED_FLAG_UTIL_CLAMP_MAX,
};

/* Words of "ioPriority.class": IOPRIO_CLASS_RT ... (ioprio_set(2)). */
enum oci_ioprio_class {
	OCI_IOPRIO_CLASS_RT = 1,
	OCI_IOPRIO_CLASS_BE,
	OCI_IOPRIO_CLASS_IDLE,
};

/*
 * struct oci_console_size - characters.  Both are required by the specification, but only where
 * a terminal is asked for; the runtime judges that, so that an unused size never refuses a config.
 */
struct oci_console_size {
	uint32_t at, end;
	struct opt_u64 height;
	struct opt_u64 width;
};

/* struct oci_user - ids inside the container; @umask at most 0777. */
struct oci_user {
	uint32_t at, end;
	uint32_t uid;
	uint32_t gid;
	struct opt_u32 umask;
	struct oci_numbers additional_gids;
};

/* struct oci_rlimit - @soft and @hard in the units of setrlimit(2); UINT64_MAX is RLIM_INFINITY. */
struct oci_rlimit {
	uint32_t at, end;
	enum oci_rlimit_type type;
	uint64_t soft;
	uint64_t hard;
};

/*
 * struct oci_capabilities - names such as "CAP_CHOWN", as written: an unknown one is for the
 * runtime to warn of (config.md), not for the reader to refuse.
 */
struct oci_capabilities {
	uint32_t at, end;
	struct oci_strings bounding;
	struct oci_strings effective;
	struct oci_strings inheritable;
	struct oci_strings permitted;
	struct oci_strings ambient;
};

/* struct oci_scheduler - as sched_setattr(2); @flags of enum oci_sched_flag, times in ns. */
struct oci_scheduler {
	uint32_t at, end;
	enum oci_sched_policy policy;
	int32_t nice; /* -20..19 */
	int32_t priority;
	struct oci_words flags;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
};

/* struct oci_io_priority - as ioprio_set(2). */
struct oci_io_priority {
	uint32_t at, end;
	enum oci_ioprio_class class;
	int32_t priority; /* 0..7 */
};

/* struct oci_exec_affinity - CPU lists ("0-3,7") for `exec`, before and after the cgroup. */
struct oci_exec_affinity {
	uint32_t at, end;
	const char *initial;
	const char *final;
};

/*
 * struct oci_process
 * @user:    NULL: not given
 * @rlimits: struct oci_rlimit; a type given twice is for the runtime to refuse
 */
struct oci_process {
	uint32_t at, end;
	bool terminal;
	struct oci_console_size *console_size;
	struct oci_user *user;
	struct oci_strings args; /* one or more */
	struct oci_strings env;
	const char *cwd;
	struct oci_capabilities *capabilities;
	struct oci_list rlimits;
	bool no_new_privileges;
	const char *apparmor_profile;
	const char *selinux_label;
	struct opt_i32 oom_score_adj; /* -1000..1000 */
	struct oci_scheduler *scheduler;
	struct oci_io_priority *io_priority;
	struct oci_exec_affinity *exec_cpu_affinity;
};

/* The object "process", alone in the file of exec --process; the words of its enums. */
extern const struct oci_shape oci_process_shape;
extern const struct oci_names oci_rlimit_names;
extern const struct oci_names oci_sched_policy_names;
extern const struct oci_names oci_sched_flag_names;
extern const struct oci_names oci_ioprio_class_names;

/* Read a document that is one process object; as oci_read(). */
int oci_process_read(struct arena *arena, const struct oci_source *src,
		     struct oci_process **ret_process, struct oci_error *err);

#endif
