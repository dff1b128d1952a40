/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --no-pivot leaves below the container's root: the host's own tree, hidden but mounted.  As long as a
 * procfs or sysfs that nothing masks is somewhere in a mount namespace, the kernel lets whoever makes a user
 * namespace in there mount another one (mount_namespaces(7), user_namespaces(7)), and masks hide nothing.
 * Runs in: init.
 */
#ifndef TARE_INIT_OLDROOT_H
#define TARE_INIT_OLDROOT_H

struct err;
struct init;

/*
 * The table of mounts as seen from the present root, to be opened before that changes.  Returns a descriptor
 * that the caller closes, or -1 with @err filled.
 */
int oldroot_open_table(const struct init *init, struct err *err);

/*
 * Take every procfs and sysfs out of the old tree below the directory @old, by the table @table; those that
 * a user namespace may not unmount are covered.  Changes the working directory to @old.  Returns 0, or -1
 * with @err filled.
 */
int oldroot_clear(const struct init *init, int old, int table, struct err *err);

/*
 * Cut one line of mountinfo (proc(5)) to the path of its mount point, below the root and unescaped, in place.
 * Returns NULL when the line is no procfs or sysfs, or is the root itself.
 */
char *oldroot_parse(char *line);

#endif
