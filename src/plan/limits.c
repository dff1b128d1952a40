/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.resources to limits; see limits.h.  Where the cgroup lies is decided in cgroup_path.c,
 * device rules in device_rules.c; the large kinds of resources have files of their own.
 * Runs in: host.
 */
#include "plan/limits.h"

#include <limits.h>
#include <net/if.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/block_io.h"
#include "plan/cgroup_path.h"
#include "plan/cpu_limits.h"
#include "plan/device_rules.h"
#include "plan/judge.h"
#include "plan/memory_limits.h"

static int judge_pids(const struct judge *all, const struct oci_pids *pids)
{
	static const char name[] = "pids.limit";
	const struct judge j = judge_of(all, "pids");

	if (!pids->limit.set)
		return 0;
	if (pids->limit.v < LIMIT_UNLIMITED)
		return judge_refuse(&j, name, judge_below_unlimited);
	judge_add(&j, LIMIT_PIDS_MAX, pids->at, name, pids->limit.v);
	return 0;
}

/* "2MB", "64KB", "1GB": it becomes a part of a file's name, so nothing else may be in it. */
static bool is_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;

	return digits > 0 && digits < 10 && text[0] != '0' && *unit && strchr("KMG", *unit) &&
	       strcmp(unit + 1, "B") == 0;
}

static int judge_hugepages(const struct judge *all, const struct oci_list *list)
{
	const struct judge j = judge_of(all, "hugetlb");
	const struct oci_hugepage *entry;

	oci_for_each(entry, list) {
		const char *name = region_format(j.region, "hugepageLimits[%u]", entry_i);

		if (!is_page_size(entry->page_size))
			return err_say(j.err, oci_source_find(j.input->source, entry->at, "pageSize"),
				       "\"%s\" is not a page size such as 64KB, 2MB or 1GB",
				       entry->page_size);
		/* The kernel cuts off what is more than memory can ever be. */
		judge_add_part(&j, LIMIT_HUGETLB, entry->at, name, entry->page_size,
			       entry->limit > INT64_MAX ? LIMIT_UNLIMITED : (int64_t)entry->limit);
	}
	return 0;
}

/* A name that the kernel reads up to the next blank. */
static bool is_word(const char *text, size_t max)
{
	size_t n = strcspn(text, " \t\n\v\f\r");

	return n > 0 && n <= max && text[n] == '\0';
}

static int judge_network(const struct judge *all, const struct oci_net_limits *n)
{
	const struct judge class = judge_of(all, "net_cls"), prio = judge_of(all, "net_prio");
	const struct oci_net_priority *entry;

	if (n->class_id.v != 0 && class.is_v2)
		return judge_refuse_v2(&class, "network.classID");
	if (n->class_id.set && (n->class_id.v != 0 || class.is_v1))
		judge_add(&class, LIMIT_NET_CLASS, n->at, "network.classID", n->class_id.v);
	if (n->priorities.n > 0 && prio.is_v2)
		return judge_refuse_v2(&prio, "network.priorities");
	oci_for_each(entry, &n->priorities) {
		const char *name = region_format(prio.region, "network.priorities[%u]", entry_i);

		if (!is_word(entry->name, IFNAMSIZ - 1))
			return err_say(prio.err, oci_source_find(prio.input->source, entry->at, "name"),
				       "\"%s\" is not the name of a network interface", entry->name);
		judge_add_part(&prio, LIMIT_NET_PRIORITY, entry->at, name, entry->name,
			       entry->priority);
	}
	return 0;
}

static int judge_rdma(const struct judge *all, const struct oci_map *rdma)
{
	const struct judge j = judge_of(all, "rdma");
	const struct oci_entry *e;

	oci_for_entry(e, rdma) {
		const struct oci_rdma *limit = e->object;
		const char *name = region_format(j.region, "rdma[\"%s\"]", e->key);

		if (!is_word(e->key, NAME_MAX))
			return err_say(j.err, e->at, "is not the name of an RDMA device");
		if (!limit->hca_handles.set && !limit->hca_objects.set)
			return err_say(j.err, limit->at, "has neither hcaHandles nor hcaObjects");
		if (limit->hca_handles.set)
			judge_add_part(&j, LIMIT_RDMA_HANDLES, limit->at, name, e->key,
				       limit->hca_handles.v);
		if (limit->hca_objects.set)
			judge_add_part(&j, LIMIT_RDMA_OBJECTS, limit->at, name, e->key,
				       limit->hca_objects.v);
	}
	return 0;
}

/*
 * Of the core's files only these limit something.  The others move processes, freeze or kill them, or turn the
 * cgroup into another kind, which is no property of a container's resources but the end of its life.
 */
static bool is_resource(const char *key)
{
	static const char *const of_core[] = { "cgroup.max.depth", "cgroup.max.descendants", "cgroup.pressure" };

	for (size_t i = 0; i < sizeof(of_core) / sizeof(of_core[0]); i++) {
		if (strcmp(key, of_core[i]) == 0)
			return true;
	}
	return strncmp(key, "cgroup.", strlen("cgroup.")) != 0;
}

static int judge_unified(const struct judge *all, const struct oci_map *unified)
{
	struct judge j = *all;
	const struct oci_entry *e;

	j.is_v2 = true;
	oci_for_entry(e, unified) {
		const char *name = region_format(j.region, "unified[\"%s\"]", e->key);

		if (j.ret->mode == CGROUP_MODE_V1)
			return err_say(j.err, e->at, "needs cgroup v2");
		if (e->key[0] == '.' || strchr(e->key, '/') || strstr(e->key, ".."))
			return err_say(j.err, e->at, "is not the name of a file");
		if (!is_resource(e->key))
			return err_say(j.err, e->at, "is a file of the cgroup itself, and no resource");
		judge_add_part(&j, LIMIT_UNIFIED, e->at, name, e->key, 0);
		j.ret->limits[j.ret->n_limits - 1].text = region_strdup(j.region, e->string);
	}
	return 0;
}

int judge_resources(const struct judge *j, const struct oci_resources *r)
{
	size_t room = LIMIT_KINDS + (r->block_io ? block_io_room(r->block_io) : 0) + r->hugepages.n +
		      (r->network ? r->network->priorities.n : 0) + 2 * (size_t)r->rdma.n +
		      r->unified.n;

	j->ret->limits = region_alloc(j->region, room * sizeof(*j->ret->limits));
	if ((r->memory && memory_limits_judge(j, r->memory) < 0) ||
	    (r->cpu && cpu_limits_judge(j, r->cpu) < 0) ||
	    (r->pids && judge_pids(j, r->pids) < 0) ||
	    (r->block_io && block_io_judge(j, r->block_io) < 0) ||
	    judge_hugepages(j, &r->hugepages) < 0 ||
	    (r->network && judge_network(j, r->network) < 0) ||
	    judge_rdma(j, &r->rdma) < 0)
		return -1;
	return judge_unified(j, &r->unified);
}

/* Without any tree, only those do without a cgroup who asked for nothing, not for systemd's, and could not make one. */
static int judge_no_tree(struct plan_cgroup *ret, struct err *err)
{
	static const char why[] = "no control group file system is mounted at /sys/fs/cgroup";

	if (ret->n_limits > 0)
		return err_say(err, ret->limits[0].at, "%s: %s", ret->limits[0].name, why);
	if (ret->path_given || ret->manager == CGROUP_MANAGER_SYSTEMD)
		return err_say(err, ret->path_at, "%s", why);
	if (!ret->is_rootless)
		return err_say(err, ERR_NOWHERE, "%s, so devices cannot be kept from the container",
			       why);
	ret->manager = CGROUP_MANAGER_DISABLED;
	return 0;
}

int plan_limits(struct region *region, const struct plan_input *input, struct plan_cgroup *ret,
		struct err *err)
{
	const struct facts *facts = input->facts;
	const struct oci_linux *l = input->config->on_linux;
	const struct oci_resources *r = l ? l->resources : NULL;
	struct plan_cgroup made = {
		.manager = input->options->manager,
		.mode = facts->cgroup_mode,
		.path_at = ERR_NOWHERE,
		.has_resources = r != NULL,
		.is_rootless = facts->euid != 0 || facts->in_user_ns,
	};
	const struct judge j = {
		.input = input,
		.region = region,
		.ret = &made,
		.err = err,
		.at = r ? r->at : ERR_NOWHERE,
	};

	if (cgroup_path_plan(region, input, &made, err) < 0)
		return -1;
	if (made.manager == CGROUP_MANAGER_DISABLED) {
		*ret = made;
		return 0;
	}
	if ((r && judge_resources(&j, r) < 0) ||
	    device_rules_plan(region, r ? &r->devices : NULL, &made, err) < 0)
		return -1;
	if (made.mode == CGROUP_MODE_NONE && judge_no_tree(&made, err) < 0)
		return -1;
	if (made.manager == CGROUP_MANAGER_SYSTEMD && scope_plan_properties(region, input, &made, err) < 0)
		return -1;
	*ret = made;
	return 0;
}
