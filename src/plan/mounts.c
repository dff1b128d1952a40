/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mounts[]: what kind of mount each entry is, and what the kernel gets for it (MT-01 .. MT-12).
 * Not here: whether a source exists, and where a target leads once symbolic links are followed;
 * the host and the init look at what they opened.
 * Runs in: host.
 */
#include "plan/mounts.h"

#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/mountopts.h"
#include "plan/paths.h"
#include "plan/work.h"

/*
 * What may be put over single files of /proc: lxcfs shows a container its own numbers there, and
 * the last two are harmless settings (security.md R4).  Anything else below /proc could hide from
 * us what the kernel says about the container, or be written to in its place (CVE-2019-16884).
 */
static const char *const proc_files[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/loadavg",
	"/proc/meminfo",
	"/proc/slabinfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/uptime",
	"/proc/sys/crypto/fips_enabled",
	"/proc/sys/kernel/ns_last_pid",
};

/*
 * Kernel file systems whose superblock is shared with other mounts of it, maybe the host's, or is
 * filled after it was mounted: "ro" is said of the mount alone.  For all others it is said of the
 * superblock too, so that a device is not written to by its journal either.
 */
static const char *const kernel_types[] = {
	"binfmt_misc", "bpf", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fusectl",
	"hugetlbfs", "mqueue", "proc", "pstore", "ramfs", "resctrl", "securityfs", "selinuxfs",
	"sysfs", "tmpfs", "tracefs",
};

static bool is_in(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(word, list[i]) == 0)
			return true;
	}
	return false;
}

#define IS_IN(word, list) is_in(word, list, sizeof(list) / sizeof((list)[0]))

/* The mount is the one that an annotation wants systemd's hierarchy of v1 in, on a machine that shows none itself. */
static bool is_forced_v1(const struct plan_work *work, const struct oci_mount *mount)
{
	const char *path = work->plan->annotations.force_cgroup_v1.path;

	return path != NULL && work->input->facts->cgroup_mode == CGROUP_MODE_V2 &&
	       strcmp(paths_clean(work->region, paths_join(work->region, "", mount->destination)),
		      paths_clean(work->region, path)) == 0;
}

/* The kind of a mount, by its options first and its type then (MT-04, MT-05). */
static int plan_kind(const struct plan_work *work, const struct oci_mount *mount,
		     const struct mountopts *opts, enum plan_mount_kind *ret_kind, struct err *err)
{
	enum cgroup_mode mode = work->input->facts->cgroup_mode;
	const char *type = mount->type;

	*ret_kind = PLAN_MOUNT_FS;
	if (opts->remount) {
		*ret_kind = PLAN_MOUNT_REMOUNT;
	} else if (opts->bind) {
		*ret_kind = PLAN_MOUNT_BIND;
	} else if (type == NULL || type[0] == '\0') {
		return err_say(err, mount->at,
			       "a mount without a type needs the option \"bind\" or \"rbind\"");
	} else if (strcmp(type, "bind") == 0) {
		return err_say(err, work_place(work, mount->at, "type"),
			       "\"bind\" is no file system; a bind mount needs the option \"bind\" or "
			       "\"rbind\"");
	} else if (strcmp(type, "cgroup2") == 0) {
		*ret_kind = PLAN_MOUNT_CGROUP2;
	} else if (strcmp(type, "cgroup") == 0) {
		if (mode == CGROUP_MODE_NONE)
			return err_say(err, work_place(work, mount->at, "type"),
				       "this machine has no cgroup file system to show");
		*ret_kind = mode == CGROUP_MODE_V2 ? PLAN_MOUNT_CGROUP2 : PLAN_MOUNT_CGROUP1;
	}
	if (*ret_kind == PLAN_MOUNT_CGROUP2 && is_forced_v1(work, mount))
		*ret_kind = PLAN_MOUNT_CGROUP1;
	return 0;
}

bool plan_mounts_is_proc_file(const char *clean)
{
	return IS_IN(clean, proc_files);
}

static int plan_target(struct plan_work *work, const struct oci_mount *mount,
		       struct plan_mount *ret, struct err *err)
{
	bool is_proc = mount->type != NULL && strcmp(mount->type, "proc") == 0;
	const char *clean;

	ret->target = paths_join(work->region, "", mount->destination);
	if (ret->kind == PLAN_MOUNT_REMOUNT || (ret->kind == PLAN_MOUNT_FS && is_proc))
		return 0;
	clean = paths_clean(work->region, ret->target);
	if (!paths_is_within(clean, "/proc"))
		return 0;
	if (ret->kind == PLAN_MOUNT_BIND && strcmp(clean, "/proc") == 0) {
		ret->is_proc_bound = true;
		return 0;
	}
	if (!plan_mounts_is_proc_file(clean))
		return err_say(err, work_place(work, mount->at, "destination"),
			       "nothing but a file system of type \"proc\" may be mounted on \"%s\"",
			       mount->destination);
	ret->is_proc_below = true;
	return 0;
}

static int plan_source(struct plan_work *work, const struct oci_mount *mount,
		       struct plan_mount *ret, struct err *err)
{
	bool is_given = mount->source != NULL && mount->source[0] != '\0';

	switch (ret->kind) {
	case PLAN_MOUNT_BIND:
		if (!is_given)
			return err_say(err, mount->at, "a bind mount needs a source");
		ret->source = paths_join(work->region, work->input->facts->bundle, mount->source);
		ret->type = "bind";
		break;
	case PLAN_MOUNT_FS:
		ret->source = is_given ? region_strdup(work->region, mount->source) : NULL;
		ret->type = mount->type;
		break;
	case PLAN_MOUNT_CGROUP2:
		ret->type = "cgroup2";
		break;
	case PLAN_MOUNT_CGROUP1:
		ret->type = "cgroup";
		break;
	case PLAN_MOUNT_REMOUNT:
		break;
	}
	ret->type = region_strdup(work->region, ret->type);
	return 0;
}

/* What fsconfig(2) gets: "ro", the other superblock words, then the data. */
static void plan_params(struct plan_work *work, const struct mountopts *opts,
			struct plan_mount *ret)
{
	bool is_remount = ret->kind == PLAN_MOUNT_REMOUNT;

	ret->params = work_array(work, opts->n_data + mountopts_n_sb_names + 1,
				 sizeof(*ret->params));
	if (!is_remount && (ret->attr.set & MOUNT_ATTR_RDONLY) && !IS_IN(ret->type, kernel_types))
		ret->params[ret->n_params++].key = "ro";
	for (size_t i = 0; i < mountopts_n_sb_names; i++) {
		const struct mountopts_sb_name *name = &mountopts_sb_names[i];

		if (opts->sb_set & name->bit)
			ret->params[ret->n_params++].key = name->set;
		else if (is_remount && (opts->sb_clear & name->bit) && name->clear != NULL)
			ret->params[ret->n_params++].key = name->clear;
	}
	for (size_t i = 0; i < ret->n_params; i++)
		ret->params[i].key = region_strdup(work->region, ret->params[i].key);
	if (opts->n_data > 0)
		memcpy(ret->params + ret->n_params, opts->data, opts->n_data * sizeof(*opts->data));
	ret->n_params += opts->n_data;
}

/* A new tmpfs is filled before it turns read-only, and its root looks like what it covers. */
static void plan_tmpfs(struct plan_mount *ret)
{
	uint64_t readonly = (ret->attr.set | ret->attr_recursive.set) & MOUNT_ATTR_RDONLY;

	ret->late_readonly = readonly != 0;
	ret->attr.set &= ~readonly;
	ret->attr_recursive.set &= ~readonly;
	ret->mode_from_target = true;
	for (size_t i = 0; i < ret->n_params; i++) {
		if (strcmp(ret->params[i].key, "mode") == 0)
			ret->mode_from_target = false;
	}
}

/*
 * The hierarchies of v1 lie below a tmpfs and are mounted after it: so that all of them get what is asked for
 * the whole tree, it is said of each mount, as the tmpfs must be writable until it is filled.
 */
static void spread_attributes(struct plan_mount *ret)
{
	struct plan_attr *all = &ret->attr_recursive;

	ret->attr.set = (ret->attr.set & ~all->clear) | all->set;
	ret->attr.clear = (ret->attr.clear & ~all->set) | all->clear;
	*all = (struct plan_attr){ 0, 0 };
}

/* Without a cgroup of its own the container is in the caller's, which is not its to change (V20). */
static bool protect_cgroup(struct plan_mount *mount)
{
	if (((mount->attr.set | mount->attr_recursive.set) & MOUNT_ATTR_RDONLY) != 0)
		return false;
	mount->attr.set |= MOUNT_ATTR_RDONLY;
	mount->attr.clear &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	mount->attr_recursive.clear &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	return true;
}

const struct plan_mount *plan_mounts_protect_cgroup(struct plan_mounts *mounts)
{
	const struct plan_mount *first = NULL;

	for (size_t i = 0; i < mounts->n; i++) {
		struct plan_mount *mount = &mounts->item[i];

		if ((mount->kind == PLAN_MOUNT_CGROUP1 || mount->kind == PLAN_MOUNT_CGROUP2) && protect_cgroup(mount) &&
		    first == NULL)
			first = mount;
	}
	return first;
}

/* Options that mean something only to some kinds of mounts. */
static int plan_details(struct plan_work *work, const struct oci_mount *mount,
			const struct mountopts *opts, struct plan_mount *ret, struct err *err)
{
	bool is_fs = ret->kind == PLAN_MOUNT_FS;
	bool is_bind = ret->kind == PLAN_MOUNT_BIND;
	bool is_tmpfs = is_fs && strcmp(ret->type, "tmpfs") == 0;
	bool is_cgroup = ret->kind == PLAN_MOUNT_CGROUP1 || ret->kind == PLAN_MOUNT_CGROUP2;

	if (opts->tmpcopyup && !is_tmpfs)
		return err_say(err, work_place(work, mount->at, "options"),
			       "\"tmpcopyup\" is for file systems of type \"tmpfs\"");
	if (opts->n_data > 0 && is_cgroup)
		return err_say(err, work_place(work, mount->at, "options[%u]", opts->first_data),
			       "the container's view of its cgroup takes no options of the file "
			       "system, which would change the host's");
	if (is_fs || (ret->kind == PLAN_MOUNT_REMOUNT && !opts->bind))
		plan_params(work, opts, ret);
	else if (opts->n_data > 0 || opts->sb_set != 0)
		work_warn(work, work_place(work, mount->at, "options"),
			  "the mount on \"%s\" is no file system of its own: options meant for one "
			  "are left out", mount->destination);
	if (is_tmpfs)
		plan_tmpfs(ret);
	if (ret->kind == PLAN_MOUNT_CGROUP1)
		spread_attributes(ret);
	if (is_cgroup && work->input->options->manager == CGROUP_MANAGER_DISABLED && protect_cgroup(ret))
		work_warn(work, mount->at, "the mount on \"%s\" is read-only: without a cgroup manager it shows the "
			  "caller's own cgroup", mount->destination);
	if (plan_mount_idmap(work, mount, opts, &ret->idmap, err) < 0)
		return -1;
	if (ret->idmap != NULL && !is_fs && !is_bind)
		return err_say(err, ret->idmap->at, "%s cannot be id-mapped",
			       is_cgroup ? "the container's view of its cgroup" : "a mount that is there already");
	ret->tmpcopyup = opts->tmpcopyup;
	ret->recursive = is_bind && opts->recursive;
	ret->copy_symlink = is_bind && opts->copy_symlink;
	ret->src_nofollow = is_bind && opts->src_nofollow;
	ret->dest_nofollow = opts->dest_nofollow;
	return 0;
}

static int plan_mount(struct plan_work *work, const struct oci_mount *mount,
		      struct plan_mount *ret, struct err *err)
{
	struct mountopts opts;

	if (mountopts_parse(work, mount, &opts, err) < 0)
		return -1;
	*ret = (struct plan_mount){ .at = mount->at,
				    .attr = opts.attr,
				    .attr_recursive = opts.attr_recursive,
				    .propagation = opts.propagation,
				    .n_propagation = opts.n_propagation };
	if (plan_kind(work, mount, &opts, &ret->kind, err) < 0)
		return -1;
	if (plan_target(work, mount, ret, err) < 0)
		return -1;
	if (plan_source(work, mount, ret, err) < 0)
		return -1;
	return plan_details(work, mount, &opts, ret, err);
}

/* Controllers mounted together share one directory; each of them gets a link to it. */
static void add_controller(struct plan_work *work, struct plan_mounts *ret, const char *name,
			   const char *dir)
{
	struct plan_cgroup1 *item = ret->cgroup1;
	const struct plan_cgroup1 *end = item + ret->n_cgroup1;
	size_t n_links = 0;
	const char **links;

	while (item != end && strcmp(item->name, dir) != 0)
		item++;
	if (item == end) {
		ret->n_cgroup1++;
		item->options = region_strdup(work->region, name);
		item->name = region_strdup(work->region, dir);
	} else {
		item->options = region_format(work->region, "%s,%s", item->options, name);
	}
	if (strcmp(name, dir) == 0 || strchr(name, '=') != NULL)
		return;
	while (item->links != NULL && item->links[n_links] != NULL)
		n_links++;
	links = work_array(work, n_links + 2, sizeof(*links));
	if (n_links > 0)
		memcpy(links, item->links, n_links * sizeof(*links));
	links[n_links] = region_strdup(work->region, name);
	item->links = links;
}

static void plan_cgroup1(struct plan_work *work, struct plan_mounts *ret)
{
	const struct facts *facts = work->input->facts;
	size_t n = 0;

	while (facts->v1_controllers != NULL && facts->v1_controllers[n] != NULL)
		n++;
	ret->cgroup1 = work_array(work, n + 1, sizeof(*ret->cgroup1));
	if (facts->cgroup_mode == CGROUP_MODE_V2) { /* forced */
		add_controller(work, ret, "name=systemd", "systemd");
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_controller(work, ret, facts->v1_controllers[i], facts->v1_mounts[i]);
	if (facts->cgroup_mode == CGROUP_MODE_HYBRID) {
		struct plan_cgroup1 *item = &ret->cgroup1[ret->n_cgroup1++];

		item->options = region_strdup(work->region, "");
		item->name = region_strdup(work->region, "unified");
	}
}

/*
 * What a later entry makes writable again stays so: a tmpfs turns read-only at the very end, after all entries.  It
 * is the last of the @n mounts before that is on the same target.
 */
static void keep_writable(struct plan_work *work, struct plan_mount *earlier, size_t n, const struct plan_mount *remount)
{
	const char *target = paths_clean(work->region, remount->target);

	if (((remount->attr.clear | remount->attr_recursive.clear) & MOUNT_ATTR_RDONLY) == 0)
		return;
	for (size_t i = n; i > 0; i--) {
		struct plan_mount *mount = &earlier[i - 1];

		if (mount->kind == PLAN_MOUNT_REMOUNT || strcmp(paths_clean(work->region, mount->target), target) != 0)
			continue;
		mount->late_readonly = false;
		return;
	}
}

int plan_mounts(struct plan_work *work, struct err *err)
{
	const struct oci_list *list = &work->input->config->mounts;
	const struct plan_annotated_path *forced = &work->plan->annotations.force_cgroup_v1;
	struct plan_mounts *ret = &work->plan->mounts;

	ret->item = work_array(work, list->n, sizeof(*ret->item));
	ret->n = list->n;
	ret->borrow_cgroup_ns = !plan_namespaces_has(&work->plan->namespaces, CLONE_NEWCGROUP);
	for (uint32_t i = 0; i < list->n; i++) {
		if (plan_mount(work, list->item[i], &ret->item[i], err) < 0)
			return -1;
		if (ret->item[i].kind == PLAN_MOUNT_REMOUNT)
			keep_writable(work, ret->item, i, &ret->item[i]);
		if (ret->item[i].kind == PLAN_MOUNT_CGROUP1 && ret->cgroup1 == NULL)
			plan_cgroup1(work, ret);
	}
	if (forced->path != NULL && work->input->facts->cgroup_mode == CGROUP_MODE_V2 && ret->cgroup1 == NULL)
		return err_say(err, forced->at, "there is no mount of type \"cgroup\" on %s", forced->path);
	return 0;
}
