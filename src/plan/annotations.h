/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Annotations that managers change the runtime's behaviour with, by crun's names (cli-contract.md section 6).
 * Other annotations, also of that family, mean nothing to us and are only carried along.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_ANNOTATIONS_H
#define TARE_PLAN_ANNOTATIONS_H

#include <stdbool.h>
#include <stdint.h>

/* The variable of the environment whose value is plan_options.seccomp_receiver. */
#define PLAN_RECEIVER_VARIABLE "RUN_OCI_SECCOMP_RECEIVER"

/* What an annotation that is a path says: absolute, mostly on the host; NULL without it. */
struct plan_annotated_path {
	uint32_t at;
	const char *path;
};

/*
 * struct plan_annotations
 * @keep_groups:   run.oci.keep_original_groups: the payload keeps the supplementary groups of the caller
 * @fail_unknown_syscall: run.oci.seccomp_fail_unknown_syscall: a name that libseccomp does not know is an error
 * @force_cgroup_v1: run.oci.systemd.force_cgroup_v1: on cgroup v2 the mount of cgroups on this path shows systemd's
 *                 hierarchy of v1, for an old systemd in the container
 * @mount_context: run.oci.mount_context_type: option that gives new file systems linux.mountLabel ("context" when
 *                 nothing is said, mount(8))
 * @pidfd_receiver:   run.oci.pidfd_receiver: socket that the pidfd of the container's process is sent to
 * @seccomp_receiver: run.oci.seccomp.receiver: the seccomp agent where linux.seccomp.listenerPath names none; without
 *                 the annotation plan_options.seccomp_receiver, not judged yet
 */
struct plan_annotations {
	bool keep_groups;
	bool fail_unknown_syscall;
	const char *mount_context;
	struct plan_annotated_path force_cgroup_v1, pidfd_receiver, seccomp_receiver;
};

#endif
