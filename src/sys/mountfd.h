/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts as descriptors: made detached, given their attributes while nobody can reach them, then
 * attached by descriptor (security.md R3).  No policy: what to mount where is the plan's.
 * All return -1 with errno set on failure; descriptors are CLOEXEC.  fsopen family: Linux 5.2,
 * mount_setattr: Linux 5.12, before that mount(2) on the descriptor (mountold.h).
 * Runs in: either.
 */
#ifndef TARE_SYS_MOUNTFD_H
#define TARE_SYS_MOUNTFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Open a file system context for @type; mountfd_set() parameters on it, then mountfd_create(). */
int mountfd_fsopen(const char *type);

/* One parameter: @key with @value, or the flag @key when @value is NULL. */
int mountfd_set(int fs, const char *key, const char *value);

/* Make the superblock of @fs and a detached mount of it with MOUNT_ATTR_* @attr. */
int mountfd_create(int fs, uint64_t attr);

/* A context for what is mounted at the root of the mount behind @fd: mountfd_set(), then mountfd_reconfigure(). */
int mountfd_pick(int fd);

/* Give the superblock of @fs the parameters set on it. */
int mountfd_reconfigure(int fs);

/*
 * The kernel's last words on @fs (fsopen(2): messages "e text", "w text", "i text"), without the
 * leading letter, as a string of at most @size bytes; "" when it has none.
 */
void mountfd_message(int fs, char *text, size_t size);

/* A detached copy of the mount at @path below @dir (a NULL @path: of @dir itself); with its submounts if @recursive. */
int mountfd_clone(int dir, const char *path, bool recursive);

/* Attach the mount behind @tree on the directory or file behind @target. */
int mountfd_attach(int tree, int target);

/*
 * Change attributes of the mount behind @fd, of all below it too if @recursive.  Before Linux 5.12 only
 * those of an attached mount and not of a whole tree: ENOSYS then, also of mountfd_propagate(); the caller
 * attaches first and asks again.
 */
int mountfd_setattr(int fd, bool recursive, uint64_t set, uint64_t clear);

/* Set the propagation type (MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE) of the mount behind @fd. */
int mountfd_propagate(int fd, bool recursive, unsigned long type);

/*
 * Map the ids of the detached mount behind @fd (and of all below it if @recursive) as the user namespace
 * behind @user_ns says.  EINVAL: the file system cannot do that.
 */
int mountfd_idmap(int fd, bool recursive, int user_ns);

/*
 * False if @fd is surely not the root of a mount; true if it is, or when the kernel cannot tell (before Linux 5.8),
 * where umount2(2) says EINVAL then.
 */
bool mountfd_may_be_root(int fd);

#endif
