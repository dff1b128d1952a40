/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.namespaces (NS-01 .. NS-07).
 * Not here: id maps (idmaps.c); clock offsets (clocks.c); whether a path is a namespace of its kind, which the host sees when it
 * has opened it.
 * Runs in: host.
 */
#include "plan/namespaces.h"

#include <linux/sched.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/* The clone(2) flags, in the order in which existing namespaces are entered. */
static const struct {
	enum oci_namespace_type type;
	unsigned long flag;
} kinds[] = {
	{ OCI_NS_USER,    CLONE_NEWUSER },
	{ OCI_NS_PID,     CLONE_NEWPID },
	{ OCI_NS_NETWORK, CLONE_NEWNET },
	{ OCI_NS_IPC,     CLONE_NEWIPC },
	{ OCI_NS_UTS,     CLONE_NEWUTS },
	{ OCI_NS_CGROUP,  CLONE_NEWCGROUP },
	{ OCI_NS_TIME,    CLONE_NEWTIME },
	{ OCI_NS_MOUNT,   CLONE_NEWNS },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

bool plan_namespaces_joins(const struct plan_namespaces *namespaces, unsigned long flag)
{
	for (size_t i = 0; i < namespaces->n_join; i++) {
		if (namespaces->join[i].flag == flag)
			return true;
	}
	return false;
}

bool plan_namespaces_has(const struct plan_namespaces *namespaces, unsigned long flag)
{
	return (namespaces->create & flag) != 0 || plan_namespaces_joins(namespaces, flag);
}

static const struct oci_namespace *find_entry(const struct oci_list *list,
					      enum oci_namespace_type type)
{
	const struct oci_namespace *entry;

	oci_for_each(entry, list) {
		if (entry->type == type)
			return entry;
	}
	return NULL;
}

static int check_entry(const struct plan_work *work, const struct oci_list *list, uint32_t i,
		       struct err *err)
{
	const struct oci_namespace *entry = list->item[i];

	if (find_entry(list, entry->type) != entry)
		return err_say(err, work_place(work, entry->at, "type"),
			       "a namespace of type \"%s\" is already in the list",
			       oci_names_word(&oci_namespace_names, (int)entry->type));
	if (entry->path != NULL && entry->path[0] != '\0' && entry->path[0] != '/')
		return err_say(err, work_place(work, entry->at, "path"),
			       "\"%s\" is not an absolute path", entry->path);
	return 0;
}

/* Who makes what: see struct plan_namespaces. */
static void plan_stages(struct plan_namespaces *ret)
{
	bool is_new_user = (ret->create & CLONE_NEWUSER) != 0;

	ret->has_user = plan_namespaces_has(ret, CLONE_NEWUSER);
	ret->is_staged = ret->n_clocks > 0 || plan_namespaces_joins(ret, CLONE_NEWPID) ||
			 plan_namespaces_joins(ret, CLONE_NEWUSER) || (is_new_user && ret->n_join > 0);
	if (!ret->is_staged)
		ret->born = ret->create & ~(unsigned long)CLONE_NEWCGROUP;
	else if (is_new_user && ret->n_join == 0)
		ret->born = CLONE_NEWUSER;
}

int plan_namespaces(struct plan_work *work, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	struct plan_namespaces *ret = &work->plan->namespaces;
	const struct oci_list *list;

	if (on_linux == NULL) {
		if (plan_user_namespace(work, NULL, err) < 0 || plan_clocks(work, err) < 0)
			return -1;
		plan_stages(ret);
		return 0;
	}
	list = &on_linux->namespaces;
	for (uint32_t i = 0; i < list->n; i++) {
		if (check_entry(work, list, i, err) < 0)
			return -1;
	}
	ret->join = work_array(work, N_KINDS, sizeof(*ret->join));
	for (size_t i = 0; i < N_KINDS; i++) {
		const struct oci_namespace *entry = find_entry(list, kinds[i].type);

		if (entry == NULL)
			continue;
		if (entry->path == NULL || entry->path[0] == '\0') {
			ret->create |= kinds[i].flag;
			continue;
		}
		ret->join[ret->n_join++] = (struct plan_join){
			.at = entry->at,
			.flag = kinds[i].flag,
			.path = region_strdup(work->region, entry->path),
		};
	}
	if (plan_user_namespace(work, find_entry(list, OCI_NS_USER), err) < 0 || plan_clocks(work, err) < 0)
		return -1;
	plan_stages(ret);
	return 0;
}
