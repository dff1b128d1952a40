/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Id maps, and the user namespace: its maps, who may write them, and the one that an ordinary user needs even if
 * the config does not ask for it (NS-08, security.md R14).
 * Not here: whether a joined user namespace has the maps that the config gives; the host compares.
 * Runs in: host.
 */
#include "plan/namespaces.h"

#include <linux/capability.h>
#include <linux/sched.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/* Lines that the kernel takes in one uid_map (user_namespaces(7), Linux 4.15). */
#define IDMAP_LINES_MAX 340

bool plan_namespaces_maps(const struct plan_idmap *map, size_t n, uint32_t id)
{
	uint32_t outside;

	return n == 0 || plan_namespaces_outside(map, n, id, &outside);
}

bool plan_namespaces_outside(const struct plan_idmap *map, size_t n, uint32_t inside, uint32_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (inside < map[i].inside || inside - map[i].inside >= map[i].count)
			continue;
		*ret = map[i].outside + (inside - map[i].inside);
		return true;
	}
	return false;
}

static bool holds(const struct facts *facts, unsigned int capability)
{
	return (facts->capabilities >> capability & 1) != 0;
}

/*
 * The kernel would refuse the same faults with EINVAL for the whole file, without saying which line
 * is meant.
 */
int plan_idmaps(struct plan_work *work, uint32_t at, const struct oci_list *list, const char *key,
		struct plan_idmap **ret_map, size_t *ret_n, struct err *err)
{
	struct plan_idmap *map;

	if (list->n > IDMAP_LINES_MAX)
		return err_say(err, work_place(work, at, "%s", key),
			       "has %u entries, and the kernel takes %d", list->n, IDMAP_LINES_MAX);
	map = work_array(work, list->n, sizeof(*map));
	for (uint32_t i = 0; i < list->n; i++) {
		const struct oci_idmap *line = list->item[i];

		if (line->size == 0)
			return err_say(err, work_place(work, line->at, "size"), "is 0");
		if (line->container_id > UINT32_MAX - line->size ||
		    line->host_id > UINT32_MAX - line->size)
			return err_say(err, line->at, "the ids go beyond %u", UINT32_MAX - 1);
		for (uint32_t j = 0; j < i; j++) {
			if ((line->container_id < map[j].inside + map[j].count &&
			     map[j].inside < line->container_id + line->size) ||
			    (line->host_id < map[j].outside + map[j].count &&
			     map[j].outside < line->host_id + line->size))
				return err_say(err, line->at, "overlaps entry %u", j);
		}
		map[i] = (struct plan_idmap){ .at = line->at,
					      .inside = line->container_id,
					      .outside = line->host_id,
					      .count = line->size };
	}
	*ret_map = map;
	*ret_n = list->n;
	return 0;
}

static int take_maps(struct plan_work *work, const struct oci_namespace *user, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	struct plan_namespaces *ret = &work->plan->namespaces;
	bool is_new = (ret->create & CLONE_NEWUSER) != 0;

	if (user == NULL && on_linux->uid_maps.n > 0)
		return err_say(err, work_place(work, on_linux->at, "uidMappings"),
			       "is given without a namespace of type \"user\"");
	if (user == NULL && on_linux->gid_maps.n > 0)
		return err_say(err, work_place(work, on_linux->at, "gidMappings"),
			       "is given without a namespace of type \"user\"");
	if (user != NULL && is_new && (on_linux->uid_maps.n == 0 || on_linux->gid_maps.n == 0))
		return err_say(err, user->at,
			       "a new user namespace needs uidMappings and gidMappings");
	if (plan_idmaps(work, on_linux->at, &on_linux->uid_maps, "uidMappings", &ret->uid_map, &ret->n_uid_map,
			err) < 0)
		return -1;
	return plan_idmaps(work, on_linux->at, &on_linux->gid_maps, "gidMappings", &ret->gid_map, &ret->n_gid_map,
			   err);
}

/* 0 is the user itself; 1 and on are its subordinate ids, one range after the other. */
static void make_map(struct plan_work *work, uint32_t own, const struct facts_range *ranges, size_t n,
		     struct plan_idmap **ret_map, size_t *ret_n)
{
	struct plan_idmap *map = work_array(work, n + 1, sizeof(*map));
	uint32_t inside = 1;

	map[0] = (struct plan_idmap){ .at = ERR_NOWHERE, .inside = 0, .outside = own, .count = 1 };
	*ret_n = 1;
	for (size_t i = 0; i < n && *ret_n < IDMAP_LINES_MAX; i++) {
		if (ranges[i].count == 0 || ranges[i].count >= UINT32_MAX - inside)
			continue;
		map[(*ret_n)++] = (struct plan_idmap){ .at = ERR_NOWHERE, .inside = inside,
						       .outside = ranges[i].first, .count = ranges[i].count };
		inside += ranges[i].count;
	}
	*ret_map = map;
}

/* An ordinary user may do nothing of what a container needs but in a user namespace of its own. */
static void imply_user(struct plan_work *work)
{
	const struct facts *facts = work->input->facts;
	const struct oci_linux *on_linux = work->input->config->on_linux;
	struct plan_namespaces *ret = &work->plan->namespaces;
	bool has_more = facts->n_subuid > 0 && facts->n_subgid > 0;
	bool has_helpers = facts->newuidmap != NULL && facts->newgidmap != NULL;

	if (has_more && !has_helpers)
		work_warn(work, on_linux == NULL ? work->input->config->at : on_linux->at,
			  "newuidmap and newgidmap are not installed, so the container has one user and one "
			  "group only, not those of /etc/subuid and /etc/subgid");
	if (!has_helpers)
		has_more = false;
	ret->create |= CLONE_NEWUSER;
	ret->is_user_implied = true;
	make_map(work, facts->euid, facts->subuid, has_more ? facts->n_subuid : 0, &ret->uid_map, &ret->n_uid_map);
	make_map(work, facts->egid, facts->subgid, has_more ? facts->n_subgid : 0, &ret->gid_map, &ret->n_gid_map);
}

/*
 * Who writes a map, user_namespaces(7): whoever has CAP_SETUID (CAP_SETGID) in the outer namespace; a
 * map of one line and one id, the writer's own, everybody; all others only newuidmap(1).
 */
static int find_writer(struct plan_work *work, bool is_uid, struct err *err)
{
	const struct facts *facts = work->input->facts;
	struct plan_namespaces *ret = &work->plan->namespaces;
	const struct plan_idmap *map = is_uid ? ret->uid_map : ret->gid_map;
	size_t n = is_uid ? ret->n_uid_map : ret->n_gid_map;
	uint32_t own = is_uid ? facts->euid : facts->egid;
	const char *helper = is_uid ? facts->newuidmap : facts->newgidmap;

	if (holds(facts, is_uid ? CAP_SETUID : CAP_SETGID))
		return 0;
	if (n == 1 && map[0].count == 1 && map[0].outside == own) {
		if (!is_uid)
			ret->deny_setgroups = true;
		return 0;
	}
	if (helper == NULL)
		return err_say(err, map[0].at, "an ordinary user maps other ids than its own with the program "
			       "%s, which is not installed (package \"uidmap\" or \"shadow-utils\")",
			       is_uid ? "newuidmap" : "newgidmap");
	if (is_uid)
		ret->uid_helper = region_strdup(work->region, helper);
	else
		ret->gid_helper = region_strdup(work->region, helper);
	return 0;
}

/* Ids in which to set up. */
static void find_setup_ids(struct plan_work *work)
{
	const struct oci_process *process = work->input->config->process;
	struct plan_namespaces *ret = &work->plan->namespaces;

	if (!plan_namespaces_maps(ret->uid_map, ret->n_uid_map, 0))
		ret->setup_uid = process != NULL && process->user != NULL ? process->user->uid : ret->uid_map[0].inside;
	if (!plan_namespaces_maps(ret->gid_map, ret->n_gid_map, 0))
		ret->setup_gid = process != NULL && process->user != NULL ? process->user->gid : ret->gid_map[0].inside;
}

int plan_user_namespace(struct plan_work *work, const struct oci_namespace *user, struct err *err)
{
	struct plan_namespaces *ret = &work->plan->namespaces;

	if (work->input->config->on_linux != NULL && take_maps(work, user, err) < 0)
		return -1;
	if (user == NULL && !holds(work->input->facts, CAP_SYS_ADMIN))
		imply_user(work);
	if ((ret->create & CLONE_NEWUSER) != 0 &&
	    (find_writer(work, true, err) < 0 || find_writer(work, false, err) < 0))
		return -1;
	find_setup_ids(work);
	return 0;
}
