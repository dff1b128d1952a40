/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the printed plan that the root file system is made of: mounts with their options and
 * mapped ids, device nodes and the links beside them.
 * Runs in: host.
 */
#include "plan/print_parts.h"

#include <linux/mount.h>
#include <sys/stat.h>

#include "plan/plan.h"
#include "plan/print_text.h"

static const struct word attr_words[] = {
	{ MOUNT_ATTR_RDONLY,      "ro" },
	{ MOUNT_ATTR_NOSUID,      "nosuid" },
	{ MOUNT_ATTR_NODEV,       "nodev" },
	{ MOUNT_ATTR_NOEXEC,      "noexec" },
	{ MOUNT_ATTR_NODIRATIME,  "nodiratime" },
	{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
};

static const struct word atime_words[] = {
	{ MOUNT_ATTR_RELATIME,    "relatime" },
	{ MOUNT_ATTR_NOATIME,     "noatime" },
	{ MOUNT_ATTR_STRICTATIME, "strictatime" },
};

static const struct word propagation_words[] = {
	{ MS_PRIVATE,             "private" },
	{ MS_PRIVATE | MS_REC,    "rprivate" },
	{ MS_SHARED,              "shared" },
	{ MS_SHARED | MS_REC,     "rshared" },
	{ MS_SLAVE,               "slave" },
	{ MS_SLAVE | MS_REC,      "rslave" },
	{ MS_UNBINDABLE,          "unbindable" },
	{ MS_UNBINDABLE | MS_REC, "runbindable" },
};

static const struct word node_words[] = {
	{ S_IFCHR, "character" },
	{ S_IFBLK, "block" },
	{ S_IFIFO, "fifo" },
};

static const char *const mount_kinds[] = {
	[PLAN_MOUNT_FS] = "filesystem",
	[PLAN_MOUNT_BIND] = "bind",
	[PLAN_MOUNT_CGROUP2] = "own-cgroup-v2",
	[PLAN_MOUNT_CGROUP1] = "own-cgroup-v1",
	[PLAN_MOUNT_REMOUNT] = "remount",
};

void print_idmap(const struct out *out, const char *head, const struct plan_idmap *map, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out_say(out, "%s %u is %u outside, %u ids\n", head, map[i].inside, map[i].outside,
			map[i].count);
}

void print_propagation(const struct out *out, const char *head, uint64_t propagation)
{
	out_say(out, "%s %s\n", head, words_find(WORDS(propagation_words), propagation));
}

/* "+word" for what is set, "-word" for what is cleared, the access time as one choice. */
static void print_attr(const struct out *out, const char *head, const struct plan_attr *attr)
{
	const uint64_t atime = MOUNT_ATTR__ATIME;

	if (attr->set == 0 && attr->clear == 0)
		return;
	out_say(out, "    %s", head);
	out_bits(out, WORDS(attr_words), "+", attr->set & ~atime);
	out_bits(out, WORDS(attr_words), "-", attr->clear & ~atime);
	if (attr->clear & atime)
		out_say(out, " %s", words_find(WORDS(atime_words), attr->set & atime));
	out_say(out, "\n");
}

static void print_mount_flags(const struct out *out, const struct plan_mount *mount)
{
	const struct {
		bool flag;
		const char *word;
	} flags[] = {
		{ mount->recursive,        "recursive" },
		{ mount->late_readonly,    "late-readonly" },
		{ mount->tmpcopyup,        "tmpcopyup" },
		{ mount->copy_symlink,     "copy-symlink" },
		{ mount->src_nofollow,     "src-nofollow" },
		{ mount->dest_nofollow,    "dest-nofollow" },
		{ mount->mode_from_target, "mode-from-target" },
		{ mount->is_proc_below,    "file-of-proc" },
		{ mount->is_proc_bound,    "procfs" },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].flag)
			out_say(out, " %s", flags[i].word);
	}
	out_say(out, "\n");
}

static void print_mount_idmap(const struct out *out, const struct plan_mount_idmap *idmap)
{
	out_say(out, "    ids mapped%s%s\n", idmap->recursive ? " recursively" : "",
		idmap->n_uid_map == 0 ? " as in the user namespace joined" : "");
	print_idmap(out, "      uid-map", idmap->uid_map, idmap->n_uid_map);
	print_idmap(out, "      gid-map", idmap->gid_map, idmap->n_gid_map);
}

static void print_mount(const struct out *out, const struct plan_mount *mount)
{
	out_line_text(out, "  on", mount->target);
	out_say(out, "    %s", mount_kinds[mount->kind]);
	if (mount->type != NULL) {
		out_say(out, " ");
		out_quote(out, mount->type);
	}
	if (mount->source != NULL) {
		out_say(out, " from ");
		out_quote(out, mount->source);
	}
	print_mount_flags(out, mount);
	if (mount->label != NULL)
		out_line_text(out, "    label", mount->label);
	print_attr(out, "attributes", &mount->attr);
	print_attr(out, "attributes-recursive", &mount->attr_recursive);
	for (size_t i = 0; i < mount->n_params; i++) {
		out_say(out, "    option ");
		out_quote(out, mount->params[i].key);
		if (mount->params[i].value != NULL) {
			out_say(out, " ");
			out_quote(out, mount->params[i].value);
		}
		out_say(out, "\n");
	}
	if (mount->idmap != NULL)
		print_mount_idmap(out, mount->idmap);
	for (size_t i = 0; i < mount->n_propagation; i++)
		print_propagation(out, "    propagation", mount->propagation[i]);
}

void print_mounts(const struct out *out, const struct plan_mounts *mounts)
{
	out_say(out, "mounts\n");
	for (size_t i = 0; i < mounts->n; i++)
		print_mount(out, &mounts->item[i]);
	for (size_t i = 0; i < mounts->n_cgroup1; i++) {
		const struct plan_cgroup1 *item = &mounts->cgroup1[i];

		out_line_text(out, "  cgroup-v1-directory", item->name);
		out_line_text(out, "    shows", item->options);
		if (item->links != NULL)
			out_line_list(out, "    links", item->links);
	}
}

void print_devices(const struct out *out, const struct plan_devices *devices)
{
	out_say(out, "devices\n");
	out_line_flag(out, "  populate-dev", devices->populate_dev);
	for (size_t i = 0; i < devices->n; i++) {
		const struct plan_device *device = &devices->item[i];

		out_say(out, "  node ");
		out_quote(out, device->path);
		out_say(out, " %s %u:%u mode %04o owner %u:%u%s%s\n",
			words_find(WORDS(node_words), device->type), device->major,
			device->minor, device->mode, device->uid, device->gid,
			device->is_default ? " default" : "", device->is_bound ? " bound" : "");
	}
	for (size_t i = 0; i < devices->n_link; i++) {
		const struct plan_link *link = &devices->link[i];

		out_say(out, "  link ");
		out_quote(out, link->path);
		out_say(out, " to ");
		out_quote(out, link->target);
		if (link->needs != NULL) {
			out_say(out, " if there is ");
			out_quote(out, link->needs);
		}
		out_say(out, "\n");
	}
}
