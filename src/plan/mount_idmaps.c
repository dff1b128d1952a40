/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Id-mapped mounts: which mapping a mount gets (MT-07, MT-08).  The mount's own mapping counts first,
 * then one written after "idmap=", then that of the container's user namespace.
 * Not here: whether the file system can be mapped; only the kernel knows.
 * Runs in: host.
 */
#include <linux/sched.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/mountopts.h"
#include "plan/work.h"

/* More ranges in one option than the kernel takes in a map; keeps the count of a hostile one small. */
#define RANGES_MAX 340

/* A decimal number that fits in 32 bits; *@text moves behind it.  False when there is none. */
static bool read_number(const char **text, uint32_t *ret)
{
	uint64_t number = 0;
	const char *p = *text;

	for (; *p >= '0' && *p <= '9' && number <= UINT32_MAX; p++)
		number = number * 10 + (uint64_t)(*p - '0');
	if (p == *text || number > UINT32_MAX)
		return false;
	*text = p;
	*ret = (uint32_t)number;
	return true;
}

static bool skip(const char **text, char c)
{
	if (**text != c)
		return false;
	++*text;
	return true;
}

/* With "@" the second number is an id in the container: what it is outside, its user namespace says. */
static bool find_outside(const struct plan_idmap *map, size_t n, struct oci_idmap *line)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t offset = line->host_id - map[i].inside;

		if (line->host_id < map[i].inside || offset >= map[i].count || line->size > map[i].count - offset)
			continue;
		line->host_id = map[i].outside + offset;
		return true;
	}
	return false;
}

/* struct word_map - the ranges behind "uids=" or "gids=". */
struct word_map {
	struct oci_list list;
	const struct plan_idmap *own;	/* of the container */
	size_t n_own;
};

/* "0-1000-10#10-2000-5": from the file system's id, to the id outside, that many. */
static int read_ranges(struct plan_work *work, const char **text, uint32_t at, struct word_map *map,
		       struct err *err)
{
	do {
		bool is_relative = skip(text, '@');
		struct oci_idmap *line = region_alloc(work->region, sizeof(*line));

		line->at = at;
		if (map->list.n == RANGES_MAX)
			return err_say(err, at, "more than %d ranges in one mapping", RANGES_MAX);
		if (!read_number(text, &line->container_id) || !skip(text, '-') ||
		    !read_number(text, &line->host_id) || !skip(text, '-') || !read_number(text, &line->size) ||
		    line->size == 0)
			return err_say(err, at, "a range of ids is written FROM-TO-COUNT, as in "
				       "\"idmap=uids=0-1000-10;gids=0-1000-10\"");
		if (is_relative && !find_outside(map->own, map->n_own, line))
			return err_say(err, at, "the container's user namespace does not have the ids from %u on",
				       line->host_id);
		map->list.item[map->list.n++] = line;
	} while (skip(text, '#'));
	return 0;
}

static int read_text(struct plan_work *work, const struct oci_mount *mount, const struct mountopts *opts,
		     struct plan_mount_idmap *ret, struct err *err)
{
	const struct plan_namespaces *own = &work->plan->namespaces;
	struct word_map uids = { .own = own->uid_map, .n_own = own->n_uid_map };
	struct word_map gids = { .own = own->gid_map, .n_own = own->n_gid_map };
	uint32_t at = work_place(work, mount->at, "options[%u]", opts->idmap_option);
	const char *text = opts->idmap_text;

	uids.list.item = work_array(work, RANGES_MAX, sizeof(*uids.list.item));
	gids.list.item = work_array(work, RANGES_MAX, sizeof(*gids.list.item));
	do {
		struct word_map *map = strncmp(text, "uids=", 5) == 0 ? &uids :
				       strncmp(text, "gids=", 5) == 0 ? &gids : NULL;

		if (map == NULL)
			return err_say(err, at, "\"%s\": after \"idmap=\" come \"uids=\" and \"gids=\"", text);
		text += 5;
		if (read_ranges(work, &text, at, map, err) < 0)
			return -1;
	} while (skip(&text, ';'));
	if (*text != '\0')
		return err_say(err, at, "\"%s\" follows a complete id mapping", text);
	if (uids.list.n == 0 || gids.list.n == 0)
		return err_say(err, at, "an id mapping needs both \"uids=\" and \"gids=\"");
	if (plan_idmaps(work, at, &uids.list, "uids", &ret->uid_map, &ret->n_uid_map, err) < 0)
		return -1;
	return plan_idmaps(work, at, &gids.list, "gids", &ret->gid_map, &ret->n_gid_map, err);
}

static bool joins_user_namespace(const struct plan_namespaces *namespaces)
{
	for (size_t i = 0; i < namespaces->n_join; i++) {
		if (namespaces->join[i].flag == CLONE_NEWUSER)
			return true;
	}
	return false;
}

/* The container's own maps; without any it has to be a joined namespace that says. */
static int take_own(const struct plan_work *work, struct plan_mount_idmap *ret, struct err *err)
{
	const struct plan_namespaces *own = &work->plan->namespaces;

	ret->uid_map = own->uid_map;
	ret->gid_map = own->gid_map;
	ret->n_uid_map = own->n_uid_map;
	ret->n_gid_map = own->n_gid_map;
	if (ret->n_uid_map > 0 && ret->n_gid_map > 0)
		return 0;
	if (!joins_user_namespace(own))
		return err_say(err, ret->at, "an id-mapped mount needs uidMappings and gidMappings: neither the "
			       "mount nor the container has them");
	ret->n_uid_map = 0;
	ret->n_gid_map = 0;
	return 0;
}

static int take_mounts(struct plan_work *work, const struct oci_mount *mount, struct plan_mount_idmap *ret,
		       struct err *err)
{
	if (mount->uid_maps.n == 0)
		return err_say(err, work_place(work, mount->at, "gidMappings"), "is given without uidMappings");
	if (mount->gid_maps.n == 0)
		return err_say(err, work_place(work, mount->at, "uidMappings"), "is given without gidMappings");
	if (plan_idmaps(work, mount->at, &mount->uid_maps, "uidMappings", &ret->uid_map, &ret->n_uid_map, err) < 0)
		return -1;
	return plan_idmaps(work, mount->at, &mount->gid_maps, "gidMappings", &ret->gid_map, &ret->n_gid_map, err);
}

int plan_mount_idmap(struct plan_work *work, const struct oci_mount *mount, const struct mountopts *opts,
		     const struct plan_mount_idmap **ret_idmap, struct err *err)
{
	bool is_given = mount->uid_maps.n + mount->gid_maps.n > 0;
	struct plan_mount_idmap *idmap;

	*ret_idmap = NULL;
	if (!is_given && !opts->idmap)
		return 0;
	idmap = region_alloc(work->region, sizeof(*idmap));
	*ret_idmap = idmap;
	idmap->recursive = opts->idmap_recursive;
	idmap->at = opts->idmap ? work_place(work, mount->at, "options[%u]", opts->idmap_option) : mount->at;
	if (is_given)
		return take_mounts(work, mount, idmap, err);
	if (opts->idmap_text != NULL)
		return read_text(work, mount, opts, idmap, err);
	return take_own(work, idmap, err);
}
