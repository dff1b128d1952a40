/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of mounts[].options (config.md, "Linux mount options"; mount(8)).  Each word is looked
 * up once, here; nobody compares option strings afterwards.
 * Runs in: host.
 */
#ifndef TARE_PLAN_MOUNTOPTS_H
#define TARE_PLAN_MOUNTOPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/mounts.h"

struct err;
struct oci_mount;
struct plan_work;

/*
 * struct mountopts - what the options of one mount come to; of contradictory words the last counts.
 * @bind, @recursive, @remount: bind or rbind, rbind, remount
 * @attr, @attr_recursive: for mount_setattr(2); a bit is never in both @set and @clear, but for the
 *                 access time, whose whole field is cleared before one of its values is set
 * @sb_set, @sb_clear: superblock words (enum mountopts_sb) asked for, and asked away
 * @data:          everything that is no word of ours, split at commas, as fsconfig(2) takes it
 * @first_data:    index in mounts[].options of the first of @data
 * @propagation:   MS_* in order
 * @idmap:         idmap or ridmap; @idmap_recursive: ridmap; @idmap_text: what follows "idmap=", or NULL;
 *                 @idmap_option: index in mounts[].options of the last of them
 */
struct mountopts {
	bool bind, recursive, remount;
	bool tmpcopyup, copy_symlink, src_nofollow, dest_nofollow;
	struct plan_attr attr, attr_recursive;
	unsigned int sb_set, sb_clear;
	struct plan_param *data;
	size_t n_data;
	uint32_t first_data;
	unsigned long *propagation;
	size_t n_propagation;
	bool idmap, idmap_recursive;
	const char *idmap_text;
	uint32_t idmap_option;
};

/* Bits of @sb_set and @sb_clear. */
enum mountopts_sb {
	MOUNTOPTS_SB_SYNC = 1 << 0,
	MOUNTOPTS_SB_DIRSYNC = 1 << 1,
	MOUNTOPTS_SB_LAZYTIME = 1 << 2,
	MOUNTOPTS_SB_IVERSION = 1 << 3,
	MOUNTOPTS_SB_MAND = 1 << 4,
};

/* What fsconfig(2) calls a superblock bit: to set it, and to clear it (NULL: cannot be cleared). */
struct mountopts_sb_name {
	unsigned int bit;
	const char *set, *clear;
};

/* All bits that have a name there, and how many. */
extern const struct mountopts_sb_name mountopts_sb_names[];
extern const size_t mountopts_n_sb_names;

/*
 * Judge the options of @mount.  Refused: words that this version cannot carry out.  Anything that is
 * not a word is data for the file system, which only the kernel can judge (MO-09).
 */
int mountopts_parse(struct plan_work *work, const struct oci_mount *mount, struct mountopts *ret,
		    struct err *err);

#endif
