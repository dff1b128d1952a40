/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What files of a cgroup say before they are changed, so that they can be put back.  Private to this room.
 * Most files hold one value.  Of those that hold a line for each device or interface only the lines that are
 * about to be written are kept.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_KEEP_H
#define TARE_CGROUP_KEEP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct cgroup;
struct err;

/* The longest key of a line, a network interface or a device, and the longest text that is kept. */
enum { KEEP_KEY_SIZE = 256, KEEP_TEXT_SIZE = 4096 };

/*
 * struct keep_entry - one value.
 * @tree: hierarchy of the cgroup
 * @key:  of a line; "": all of the file is one value
 * @text: what it was; a line with its key.  Writing it sets it again
 */
struct keep_entry {
	size_t tree;
	char file[NAME_MAX + 1];
	char key[KEEP_KEY_SIZE];
	char text[KEEP_TEXT_SIZE];
};

/* struct keep - a list that keep_add() makes longer. */
struct keep {
	struct keep_entry *entry;
	size_t n;
};

#define KEEP_INIT ((struct keep){ .entry = NULL })
#define auto_keep __attribute__((cleanup(keep_free)))

/*
 * The key of the line of @file that writing @line concerns, into @key: "" for files that are one value.
 */
void keep_find_key(const char *file, const char *line, char key[KEEP_KEY_SIZE]);

/*
 * Read the present value of @file in the directory @dir into @text.  A line that is not there is what it would
 * have to be written as.  -1 with errno.
 */
int keep_read(int dir, const char *file, const char *key, char text[KEEP_TEXT_SIZE]);

/*
 * Keep what writing @line to @file would change, and what the kernel changes along with it.  What cannot be
 * read is not kept, as there is nothing to put back (memory.reclaim).  -1 with @err when memory runs out.
 */
int keep_add(struct keep *keep, const struct cgroup *cg, size_t tree, const char *file, const char *line,
	     struct err *err);

/*
 * Write back what differs, in whatever order the kernel takes it.  NULL, or the entry that could not be
 * put back.
 */
const struct keep_entry *keep_restore(const struct keep *keep, const struct cgroup *cg);

/* Free what was kept; nothing is written back. */
void keep_free(struct keep *keep);

#endif
