/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan is made here: an array of rules, run in order, each of which fills its own member or
 * refuses.  The rule about the container as a whole is here too; the others have their own files.
 * Not here: anything that reads or changes the machine.
 * Runs in: host.
 */
#include "plan/plan.h"

#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/paths.h"
#include "plan/work.h"

/* The longest node name and domain name the kernel takes (__NEW_UTS_LEN). */
#define UTS_NAME_MAX 64

static const struct {
	enum oci_propagation word;
	unsigned long flags;
} propagations[] = {
	{ OCI_PROPAGATION_PRIVATE,     MS_PRIVATE },
	{ OCI_PROPAGATION_SHARED,      MS_SHARED },
	{ OCI_PROPAGATION_SLAVE,       MS_SLAVE },
	{ OCI_PROPAGATION_UNBINDABLE,  MS_UNBINDABLE },
	{ OCI_PROPAGATION_RPRIVATE,    MS_PRIVATE | MS_REC },
	{ OCI_PROPAGATION_RSHARED,     MS_SHARED | MS_REC },
	{ OCI_PROPAGATION_RSLAVE,      MS_SLAVE | MS_REC },
	{ OCI_PROPAGATION_RUNBINDABLE, MS_UNBINDABLE | MS_REC },
};

unsigned long plan_root_propagation(const struct oci_linux *on_linux)
{
	for (size_t i = 0; i < sizeof(propagations) / sizeof(propagations[0]); i++) {
		if (on_linux != NULL && propagations[i].word == on_linux->rootfs_propagation)
			return propagations[i].flags;
	}
	return MS_SLAVE | MS_REC;
}

static int plan_root(struct plan_work *work, struct err *err)
{
	const struct plan_input *input = work->input;
	const struct oci_root *root = input->config->root;
	struct plan_root *ret = &work->plan->root;

	(void)err;
	ret->at = root->at;
	ret->path = paths_join(work->region, input->facts->bundle, root->path);
	ret->readonly = root->readonly;
	ret->propagation = plan_root_propagation(input->config->on_linux);
	ret->no_pivot = input->options->no_pivot;
	return 0;
}

/*
 * One name of the UTS namespace.  The spec allows setting the runtime's own where the container has
 * none of its own; that changes the host and is refused, as by every other runtime (CF-05).
 */
static int plan_uts_name(struct plan_work *work, const char *key, const char *name,
			 const char **ret_name, struct err *err)
{
	uint32_t at = work->input->config->at;

	if (name == NULL || name[0] == '\0')
		return 0;
	if (!plan_namespaces_has(&work->plan->namespaces, CLONE_NEWUTS))
		return err_say(err, work_place(work, at, "%s", key),
			       "cannot be set without a namespace of type \"uts\"");
	if (strlen(name) > UTS_NAME_MAX)
		return err_say(err, work_place(work, at, "%s", key),
			       "is longer than %d bytes, which the kernel does not take",
			       UTS_NAME_MAX);
	*ret_name = region_strdup(work->region, name);
	return 0;
}

static int plan_names(struct plan_work *work, struct err *err)
{
	const struct oci_config *config = work->input->config;
	struct plan *plan = work->plan;

	if (plan_uts_name(work, "hostname", config->hostname, &plan->hostname, err) < 0)
		return -1;
	return plan_uts_name(work, "domainname", config->domainname, &plan->domainname, err);
}

/* A process that is only there to make the container's own one must not count against it. */
static bool is_limit_of_pids(const struct plan_limit *limit)
{
	return limit->kind == LIMIT_PIDS_MAX || (limit->kind == LIMIT_UNIFIED && strcmp(limit->key, "pids.max") == 0);
}

static int plan_cgroup(struct plan_work *work, struct err *err)
{
	struct plan_cgroup *cgroup = &work->plan->cgroup;

	if (plan_limits(work->region, work->input, cgroup, err) < 0)
		return -1;
	for (size_t i = 0; work->plan->namespaces.is_staged && i < cgroup->n_limits; i++)
		cgroup->limits[i].is_late = is_limit_of_pids(&cgroup->limits[i]);
	return 0;
}

/*
 * Who opens what is mounted.  Init does where it can: it copies each mount when its turn comes, and nothing
 * is sent.  In a user namespace it may not reach what the host can, unless the host is no better; and ids of
 * bind mounts are mapped by the host.
 */
static int plan_sources(struct plan_work *work, struct err *err)
{
	struct plan *plan = work->plan;
	bool is_mapped = false;

	(void)err;
	for (size_t i = 0; i < plan->mounts.n; i++)
		is_mapped |= plan->mounts.item[i].kind == PLAN_MOUNT_BIND && plan->mounts.item[i].idmap != NULL;
	plan->init_opens = work->input->facts->mounts_refused ||
			   ((plan->namespaces.create & CLONE_NEWNS) != 0 && !plan->namespaces.has_user && !is_mapped);
	return 0;
}

/*
 * The rules in order.  Annotations come first, since others ask about them; seccomp comes last, being the only
 * one that takes time.
 */
static int (*const rules[])(struct plan_work *work, struct err *err) = {
	plan_annotations,
	plan_namespaces,
	plan_root,
	plan_names,
	plan_netdevices,
	plan_mounts,
	plan_mount_labels,
	plan_user_mounts,
	plan_notify,
	plan_devices,
	plan_masks,
	plan_sysctls,
	plan_process,
	plan_memory,
	plan_handler,
	plan_bare,
	plan_sources,
	plan_cgroup,
	plan_rdt,
	plan_hooks,
	plan_listener,
	plan_seccomp,
};

struct plan *plan_begin(struct region *region, const struct plan_input *input)
{
	struct plan *plan = region_alloc(region, sizeof(*plan));

	plan->magic = PLAN_MAGIC;
	plan->size = sizeof(*plan);
	plan->id = region_strdup(region, input->options->id);
	plan->oci_version = region_strdup(region, oci_version_complied(input->config->oci_version));
	plan->bundle = region_strdup(region, input->facts->bundle);
	plan->default_signals = input->facts->default_signals;
	plan->new_keyring = !input->options->no_new_keyring;
	plan->preserve_fds = input->options->preserve_fds;
	return plan;
}

int plan_make(struct region *region, const struct plan_input *input, const struct plan **ret_plan,
	      struct err *err)
{
	struct plan *plan = plan_begin(region, input);
	struct plan_work work = { .region = region, .input = input, .plan = plan };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i](&work, err) < 0)
			return -1;
	}
	*ret_plan = plan;
	return 0;
}

const struct plan_mount *plan_without_cgroup(struct region *region, const struct plan *plan)
{
	struct plan *own = (struct plan *)(void *)(region->base + ((const char *)plan - region->base));

	return plan_mounts_protect_cgroup(&own->mounts);
}
