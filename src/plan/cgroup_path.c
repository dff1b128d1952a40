/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Place and owner of the cgroup; see cgroup_path.h.
 * Runs in: host.
 */
#include "plan/cgroup_path.h"

#include <limits.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/plan.h"

#define LEAF_KEY "run.oci.delegate-cgroup"

/*
 * Make @given absolute and normal: one '/' between names, no "." and none at the end.  A string
 * with colons as for systemd is a name like any other (cli-contract 5.1: BuildKit sends one).
 */
static int normalise(struct region *region, const char *given, uint32_t at, const char **ret,
		     struct err *err)
{
	char *path = region_alloc(region, strlen(given) + 2);
	size_t used = 0;

	for (const char *p = given; *p;) {
		size_t len = strcspn(p, "/");

		if (len == 2 && memcmp(p, "..", 2) == 0)
			return err_say(err, at, "\"%s\" has \"..\" in it",
				       given);
		if (len > 0 && !(len == 1 && *p == '.')) {
			path[used++] = '/';
			memcpy(path + used, p, len);
			used += len;
		}
		p += len;
		p += strspn(p, "/");
	}
	path[used] = '\0';
	if (used == 0)
		return err_say(err, at, "\"%s\" is the root of the tree, "
			       "which is not a container's", given);
	*ret = path;
	return 0;
}

static int plan_path(struct region *region, const struct plan_input *input, struct plan_cgroup *ret,
		     struct err *err)
{
	const struct oci_linux *l = input->config->on_linux;

	if (ret->manager == CGROUP_MANAGER_SYSTEMD)
		return scope_plan_names(region, input, ret, err);
	if (!l || !l->cgroups_path || !*l->cgroups_path) {
		ret->path = region_format(region, "/tare-%s", input->options->id);
		return 0;
	}
	ret->path_given = true;
	ret->path_at = oci_source_find(input->source, l->at, "cgroupsPath");
	return normalise(region, l->cgroups_path, ret->path_at, &ret->path, err);
}

/* The tree mounted at @mount, NULL when none is in the list yet. */
static struct plan_hierarchy *find_tree(struct plan_cgroup *ret, const char *mount)
{
	for (size_t i = 0; i < ret->n_hierarchies; i++) {
		if (strcmp(ret->hierarchies[i].mount, mount) == 0)
			return &ret->hierarchies[i];
	}
	return NULL;
}

/* Controllers that are mounted together are one tree: it is joined once. */
static void plan_trees(struct region *region, const struct facts *facts, struct plan_cgroup *ret)
{
	bool has_v1 = ret->mode == CGROUP_MODE_V1 || ret->mode == CGROUP_MODE_HYBRID;
	bool has_v2 = ret->mode == CGROUP_MODE_V2 || ret->mode == CGROUP_MODE_HYBRID;
	size_t n = 0;

	while (has_v1 && facts->v1_controllers && facts->v1_controllers[n])
		n++;
	ret->hierarchies = region_alloc(region, (n + 1) * sizeof(*ret->hierarchies));
	for (size_t i = 0; i < n; i++) {
		struct plan_hierarchy *tree = find_tree(ret, facts->v1_mounts[i]);

		if (tree) {
			tree->controllers = region_format(region, "%s,%s", tree->controllers,
							  facts->v1_controllers[i]);
			continue;
		}
		ret->hierarchies[ret->n_hierarchies++] = (struct plan_hierarchy){
			.mount = region_strdup(region, facts->v1_mounts[i]),
			.controllers = region_strdup(region, facts->v1_controllers[i]),
		};
	}
	if (has_v2)
		ret->hierarchies[ret->n_hierarchies++] = (struct plan_hierarchy){
			.mount = ret->mode == CGROUP_MODE_V2 ? "" : "unified",
			.controllers = "",
			.is_v2 = true,
		};
}

static const struct oci_namespace *find_namespace(const struct oci_linux *l,
						  enum oci_namespace_type type)
{
	const struct oci_namespace *ns;

	oci_for_each(ns, &l->namespaces) {
		if (ns->type == type)
			return ns;
	}
	return NULL;
}

/*
 * The host's number for user @uid of the container; false when the map does not have it, or when the
 * user namespace is somebody else's and the config does not say how it maps.
 */
static bool find_host_uid(const struct oci_linux *l, uint32_t uid, uint32_t *ret)
{
	const struct oci_idmap *map;

	if (l->uid_maps.n == 0) {
		*ret = uid;
		return find_namespace(l, OCI_NS_USER) == NULL;
	}
	oci_for_each(map, &l->uid_maps) {
		if (uid >= map->container_id && uid - map->container_id < map->size) {
			*ret = map->host_id + (uid - map->container_id);
			return true;
		}
	}
	return false;
}

static bool makes_cgroup_namespace(const struct oci_linux *l)
{
	const struct oci_namespace *ns = find_namespace(l, OCI_NS_CGROUP);

	return ns && (!ns->path || !*ns->path);
}

/* Of "ro" and "rw" the last one counts, as for every mount. */
static bool is_readonly(const struct oci_mount *mount)
{
	const char *option;
	bool r = false;

	oci_for_each(option, &mount->options) {
		if (strcmp(option, "ro") == 0 || strcmp(option, "rw") == 0)
			r = option[1] == 'o';
	}
	return r;
}

/* @path is /sys/fs/cgroup, whatever slashes end it. */
static bool is_cgroup_mount_point(const char *path)
{
	static const char place[] = "/sys/fs/cgroup";
	size_t len = strlen(place);

	return strncmp(path, place, len) == 0 && path[len + strspn(path + len, "/")] == '\0';
}

/* The last mount of several is the one that is seen. */
static bool mounts_cgroup_writable(const struct oci_config *config)
{
	const struct oci_mount *mount;
	bool r = false;

	oci_for_each(mount, &config->mounts) {
		if (is_cgroup_mount_point(mount->destination))
			r = mount->source && strcmp(mount->source, "cgroup") == 0 &&
			    !is_readonly(mount);
	}
	return r;
}

/*
 * CG-04: a writable cgroup belongs to the payload's user.  Only cgroup v2 is safe to hand over,
 * and only in a cgroup namespace of its own.  That the user is ourselves is no exception: an earlier
 * container may have left the directory to another one.
 */
static void plan_owner(const struct plan_input *input, struct plan_cgroup *ret)
{
	const struct oci_config *config = input->config;
	const struct oci_linux *l = config->on_linux;
	uint32_t user = 0, uid = 0;

	if (ret->mode != CGROUP_MODE_V2 || !l || !makes_cgroup_namespace(l) ||
	    !mounts_cgroup_writable(config))
		return;
	if (config->process && config->process->user)
		user = config->process->user->uid;
	if (!find_host_uid(l, user, &uid))
		return;
	ret->delegate = true;
	ret->delegate_uid = uid;
}

bool cgroup_path_is_name(const char *name)
{
	return strchr(name, '/') == NULL && name[0] != '.' && strlen(name) <= NAME_MAX;
}

/* On v1 nothing can be handed over safely. */
static int plan_leaf(struct region *region, const struct plan_input *input, struct plan_cgroup *ret, struct err *err)
{
	const struct oci_entry *given = oci_map_find(&input->config->annotations, LEAF_KEY);
	const char *name;

	if (given == NULL || given->string[0] == '\0')
		return 0;
	if (ret->manager == CGROUP_MANAGER_DISABLED)
		return err_say(err, given->at, "needs a cgroup manager");
	if (ret->mode != CGROUP_MODE_V2)
		return err_say(err, given->at, "needs cgroup v2");
	/* "/init" is as common as "init". */
	name = given->string + (given->string[0] == '/');
	if (name[0] == '\0' || !cgroup_path_is_name(name))
		return err_say(err, given->at, "\"%s\" is not the name of a cgroup", given->string);
	ret->leaf = region_strdup(region, name);
	ret->leaf_at = given->at;
	return 0;
}

int cgroup_path_plan(struct region *region, const struct plan_input *input,
		     struct plan_cgroup *ret, struct err *err)
{
	if (plan_leaf(region, input, ret, err) < 0)
		return -1;
	if (ret->manager == CGROUP_MANAGER_DISABLED)
		return 0;
	if (plan_path(region, input, ret, err) < 0)
		return -1;
	plan_trees(region, input->facts, ret);
	plan_owner(input, ret);
	return 0;
}
