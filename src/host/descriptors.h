/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a container's descriptors 0 to 2 are, by name ("pipe:[4711]", "/dev/null"): known when it is made, kept with a
 * checkpoint as descriptors.json, as runc and crun do, and needed to connect the pipes again when it is restored.
 * The file may come from anywhere (security.md V33).
 * Runs in: host.
 */
#ifndef TARE_HOST_DESCRIPTORS_H
#define TARE_HOST_DESCRIPTORS_H

#include <sys/types.h>

#include "libocispec/types.h"

struct arena;
struct err;

/* The file's name in the directory of images. */
#define DESCRIPTORS_FILE "descriptors.json"

/*
 * The names of our own 0 to 2, which the container's first process is to have.  Without a pipe among them there is
 * nothing to remember, and the list is absent.
 */
struct oci_strings descriptors_note(struct arena *arena);

/*
 * Write the file into the directory @dir: @noted, or where that is absent what process @pid has now.  It replaces one
 * that is there.
 */
int descriptors_write(int dir, const struct oci_strings *noted, pid_t pid, struct arena *arena, struct err *err);

/* Read it into @arena.  What is no small regular file is refused without being waited for.  -1 with @err. */
int descriptors_read(int dir, struct arena *arena, struct oci_strings *ret, struct err *err);

#endif
