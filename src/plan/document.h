/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON documents that init hands to others: written in the plan, so that init needs no writer, and cut
 * where a pid stands, which nobody knows yet.  Whoever sends one puts the digits between the pieces.
 * Private to this room.
 * Runs in: host.
 */
#ifndef TARE_PLAN_DOCUMENT_H
#define TARE_PLAN_DOCUMENT_H

#include <stddef.h>

#include "libocispec/oci/state.h"

struct err;
struct plan_work;

/* What stands for a pid in the value that is written. */
#define DOCUMENT_PID 2147483647

/* The container's state (OP-10) with @status and DOCUMENT_PID; its strings are those of @work. */
struct oci_state document_state(const struct plan_work *work, enum oci_status status);

/*
 * Write @value as @shape says and cut it at every member "pid" that is DOCUMENT_PID: there must be
 * @n - 1 of them.  The @n pieces lie in the region.  @what names the document in @err.
 */
int document_cut(struct plan_work *work, const struct oci_shape *shape, const void *value, const char *what,
		 const char **piece, size_t n, struct err *err);

#endif
