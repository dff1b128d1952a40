/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one resolver for everything below a root file system that we do not trust (security.md R1, R2):
 * a path is looked up once, inside the root, and everything after happens on the descriptor.
 * Runs in: either.
 */
#ifndef TARE_SYS_ROOTPATH_H
#define TARE_SYS_ROOTPATH_H

#include <stdbool.h>

struct inode;

/* How rootpath_open() treats symbolic links. */
enum rootpath_links {
	ROOTPATH_FOLLOW,	/* follow them, inside the root */
	ROOTPATH_NOFOLLOW_LAST,	/* the last component is not followed */
	ROOTPATH_NONE,		/* any link on the way is an error (ELOOP) */
};

/* What rootpath_make() makes when nothing is there. */
enum rootpath_kind {
	ROOTPATH_DIR,		/* a directory, 0755 */
	ROOTPATH_FILE,		/* an empty regular file, 0644, as a mount point */
};

/*
 * Open @path below @root as an O_PATH descriptor; magic links are never followed, ".." and absolute
 * links stay inside.  -1 with errno set (openat2(2), Linux 5.6).
 */
int rootpath_open(int root, const char *path, enum rootpath_links links);

/*
 * The same, but what is missing is made: parents as directories, the last component as @kind says.
 * A dangling link is followed inside the root, so its target is made.  What it is goes to *@ret, which may be
 * NULL.  -1 with errno set; ENOTDIR or EISDIR when something of the other kind stands there.
 */
int rootpath_make(int root, const char *path, enum rootpath_kind kind, enum rootpath_links links, struct inode *ret);

/*
 * Open the directory that holds the last component of @path, making missing parents, and copy that
 * component to @name (of @size bytes).  For mknodat(2) and symlinkat(2).
 */
int rootpath_parent(int root, const char *path, char *name, unsigned long size);

/*
 * Open @path below the directory @dir on one and the same file system: no links, no mounts crossed
 * (EXDEV), nothing above.  @flags as for open(2).  For files of a procfs or sysfs that we hold.
 */
int rootpath_beneath(int dir, const char *path, int flags);

#endif
