/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a container as `state` prints it and hooks read it, and the message of a seccomp
 * listener (runtime.md, "State"; config-linux.md, "The Container Process State").
 */
#ifndef OCISPEC_OCI_STATE_H
#define OCISPEC_OCI_STATE_H

#include "libocispec/shape.h"

/* Words of "status" (runtime.md, "State"). */
enum oci_status {
	OCI_STATUS_CREATING = 1,
	OCI_STATUS_CREATED,
	OCI_STATUS_RUNNING,
	OCI_STATUS_STOPPED,
	OCI_STATUS_PAUSED, /* not named by the specification, which allows more states */
};

/*
 * struct oci_state
 * @pid:     not set: not written
 * @rootfs:  and @created (RFC 3339) and @owner: extras that container managers read
 */
struct oci_state {
	uint32_t at, end;
	const char *oci_version;
	const char *id;
	struct opt_i32 pid;
	enum oci_status status;
	const char *bundle;
	const char *rootfs;
	const char *created;
	struct oci_map annotations;
	const char *owner;
};

/* struct oci_process_state - what goes to "listenerPath" together with the descriptors @fds. */
struct oci_process_state {
	uint32_t at, end;
	const char *oci_version;
	struct oci_strings fds;
	int32_t pid;
	const char *metadata;
	struct oci_state *state;
};

/*
 * The state document; the one that a seccomp agent gets (config-linux.md, "The Container Process State"); the words of
 * "status".
 */
extern const struct oci_shape oci_state_shape;
extern const struct oci_shape oci_process_state_shape;
extern const struct oci_names oci_status_names;

#endif
