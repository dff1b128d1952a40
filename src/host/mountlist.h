/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `mounts list`: what is mounted in a container, as its own processes see it.
 * Runs in: host.
 */
#ifndef TARE_HOST_MOUNTLIST_H
#define TARE_HOST_MOUNTLIST_H

#include "libocispec/types.h"

struct arena;
struct err;

/*
 * The mounts of the container @id below @root in the order of mountinfo, as struct oci_mount: the
 * destination, the type of the file system, its source (and in brackets the directory of it that is bound, if not the
 * whole), and as options the flags of the mount, those of its file system, and how it propagates.  The container may be
 * created, running or paused.  Control characters, and what is no UTF-8, are written as \ooo.  All of it lives in
 * @arena.
 */
int mountlist_read(struct arena *arena, const char *root, const char *id, struct oci_list *ret_mounts, struct err *err);

/* One @line of mountinfo (proc(5)) as a struct oci_mount in @arena; @line is cut up.  NULL when it is none. */
struct oci_mount;
struct oci_mount *mountlist_parse(struct arena *arena, char *line);

#endif
