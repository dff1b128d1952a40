/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.apparmorProfile, process.selinuxLabel, linux.mountLabel; see lsm.h.  The first two, asked for on a
 * machine whose kernel does not have the module on, are refused: a container must not run with less
 * confinement than was asked for (G-04).  A mount's label only lets a confined process in, so that without
 * SELinux nothing is lost with it; a warning tells.
 * Runs in: host.
 */
#include "plan/lsm.h"

#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/* The profile that confines nothing, which is what everybody has where AppArmor is off. */
#define UNCONFINED "unconfined"

/*
 * File systems with one superblock for the whole machine, which another mount of it has labelled
 * already: the kernel refuses a second label (selinux_set_mnt_opts()).  The policy names theirs.
 */
static const char *const shared_types[] = {
	"binfmt_misc", "configfs", "debugfs", "devtmpfs", "efivarfs", "fusectl", "proc", "pstore",
	"resctrl", "securityfs", "selinuxfs", "sysfs", "tracefs",
};

/* Options of a mount that say its label themselves (mount(8)). */
static const char *const label_options[] = { "context", "fscontext", "defcontext", "rootcontext" };

static bool is_in(const char *text, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(text, list[i]) == 0)
			return true;
	}
	return false;
}

#define IS_IN(text, list) is_in(text, list, sizeof(list) / sizeof((list)[0]))

/*
 * The label @given for the property @key, NULL for none: managers write "" for that.  A label with a
 * control character would be read by the kernel as something else than was written.
 */
static int plan_label(struct plan_work *work, uint32_t at, const char *key, const char *given, bool is_on,
		      const char *module, const char **ret_label, struct err *err)
{
	if (given == NULL || given[0] == '\0')
		return 0;
	if (!is_on)
		return err_say(err, work_place(work, at, "%s", key),
			       "%s is not enabled on this machine, so \"%s\" cannot be applied", module, given);
	for (const char *p = given; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return err_say(err, work_place(work, at, "%s", key), "holds a control character");
	}
	*ret_label = region_strdup(work->region, given);
	return 0;
}

int plan_lsm(struct plan_work *work, const struct oci_process *process, struct plan_process *ret,
	     struct err *err)
{
	const struct facts *facts = work->input->facts;
	const char *profile = process->apparmor_profile;

	if (!facts->apparmor && profile != NULL && strcmp(profile, UNCONFINED) == 0)
		profile = NULL;
	if (plan_label(work, process->at, "apparmorProfile", profile, facts->apparmor, "AppArmor",
		       &ret->lsm.apparmor, err) < 0)
		return -1;
	return plan_label(work, process->at, "selinuxLabel", process->selinux_label, facts->selinux,
			  "SELinux", &ret->lsm.selinux, err);
}

static bool has_label(const struct plan_mount *mount)
{
	for (size_t i = 0; i < mount->n_params; i++) {
		if (IS_IN(mount->params[i].key, label_options))
			return true;
	}
	return false;
}

/* One more parameter for fsconfig(2), which takes the value as it is, without mount(8)'s quotes. */
static void add_context(struct plan_work *work, struct plan_mount *mount, const char *label)
{
	struct plan_param *params = work_array(work, mount->n_params + 1, sizeof(*params));
	const char *type = work->plan->annotations.mount_context;

	if (mount->n_params > 0)
		memcpy(params, mount->params, mount->n_params * sizeof(*params));
	params[mount->n_params].key = type != NULL ? type : region_strdup(work->region, "context");
	params[mount->n_params].value = label;
	mount->params = params;
	mount->n_params++;
}

/*
 * New file systems get the label as an option; not those that show what exists already (binds,
 * remounts, cgroups), and not those of shared_types.  An entry's own label options come first.
 */
static void label_mount(struct plan_work *work, struct plan_mount *mount, const char *label)
{
	if (mount->kind == PLAN_MOUNT_CGROUP1) {
		add_context(work, mount, label);
		return;
	}
	if (mount->kind != PLAN_MOUNT_FS || IS_IN(mount->type, shared_types) || has_label(mount))
		return;
	/* Its superblock is as old as the IPC namespace, so that it is late for an option. */
	if (strcmp(mount->type, "mqueue") == 0)
		mount->label = label;
	else
		add_context(work, mount, label);
}

int plan_mount_labels(struct plan_work *work, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	struct plan_mounts *mounts = &work->plan->mounts;
	const char *label = NULL;

	if (on_linux == NULL)
		return 0;
	if (!work->input->facts->selinux && on_linux->mount_label != NULL && on_linux->mount_label[0] != '\0') {
		work_warn(work, work_place(work, on_linux->at, "mountLabel"),
			  "SELinux is not enabled on this machine, so \"%s\" is left out", on_linux->mount_label);
		return 0;
	}
	if (plan_label(work, on_linux->at, "mountLabel", on_linux->mount_label, work->input->facts->selinux,
		       "SELinux", &label, err) < 0)
		return -1;
	for (size_t i = 0; label != NULL && i < mounts->n; i++)
		label_mount(work, &mounts->item[i], label);
	return 0;
}
