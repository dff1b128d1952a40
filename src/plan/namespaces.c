/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.namespaces and the id maps of a new user namespace (NS-01 .. NS-08).
 * Not here: whether a path is a namespace of its kind; the host looks at what it opened.
 * Runs in: host.
 */
#include "plan/namespaces.h"

#include <linux/sched.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/* Lines that the kernel takes in one uid_map (user_namespaces(7), Linux 4.15). */
#define IDMAP_LINES_MAX 340

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

bool plan_namespaces_has(const struct plan_namespaces *namespaces, unsigned long flag)
{
	for (size_t i = 0; i < namespaces->n_join; i++) {
		if (namespaces->join[i].flag == flag)
			return true;
	}
	return (namespaces->create & flag) != 0;
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

static int plan_maps(struct plan_work *work, const struct oci_linux *on_linux, struct err *err)
{
	const struct oci_namespace *user = find_entry(&on_linux->namespaces, OCI_NS_USER);
	struct plan_namespaces *ret = &work->plan->namespaces;
	bool is_new = (ret->create & CLONE_NEWUSER) != 0;

	if (user == NULL) {
		if (on_linux->uid_maps.n > 0)
			return err_say(err, work_place(work, on_linux->at, "uidMappings"),
				       "is given without a namespace of type \"user\"");
		if (on_linux->gid_maps.n > 0)
			return err_say(err, work_place(work, on_linux->at, "gidMappings"),
				       "is given without a namespace of type \"user\"");
		return 0;
	}
	if (is_new && (on_linux->uid_maps.n == 0 || on_linux->gid_maps.n == 0))
		return err_say(err, user->at,
			       "a new user namespace needs uidMappings and gidMappings");
	if (plan_idmaps(work, on_linux->at, &on_linux->uid_maps, "uidMappings", &ret->uid_map,
			&ret->n_uid_map, err) < 0)
		return -1;
	return plan_idmaps(work, on_linux->at, &on_linux->gid_maps, "gidMappings", &ret->gid_map,
			   &ret->n_gid_map, err);
}

int plan_namespaces(struct plan_work *work, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	struct plan_namespaces *ret = &work->plan->namespaces;
	const struct oci_list *list;

	if (on_linux == NULL)
		return 0;
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
	return plan_maps(work, on_linux, err);
}
