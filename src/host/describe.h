/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be said of a container from its record: the state document of `state`, `list` and hooks
 * (OP-10 .. OP-16).
 * Runs in: host.
 */
#ifndef TARE_HOST_DESCRIBE_H
#define TARE_HOST_DESCRIBE_H

#include <sys/types.h>

#include "libocispec/oci/state.h"
#include "state/liveness.h"

struct arena;
struct err;
struct record;

/*
 * The name of user @uid in /etc/passwd, in @arena; NULL when it does not stand there.  The name service is
 * not asked: it would load libraries, and ask the network.
 */
const char *describe_user(struct arena *arena, uid_t uid);

/*
 * The document of @record in @status; @pid 0 when no process is to be named.  Strings are the record's
 * or live in @arena.
 */
struct oci_state describe_record(struct arena *arena, const struct record *record,
				 enum liveness_status status, pid_t pid);

/*
 * Read container @id below @root, find out its status, and describe it.  Takes no lock.  -1 with @err,
 * whose text holds "does not exist" when there is none.
 */
int describe_container(struct arena *arena, const char *root, const char *id,
		       struct oci_state *ret_state, struct err *err);

#endif
