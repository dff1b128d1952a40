/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.maskedPaths and linux.readonlyPaths (RF-02, RF-03).
 * Runs in: host.
 */
#include "plan/masks.h"

#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/paths.h"
#include "plan/seen.h"
#include "plan/work.h"

static int plan_paths(struct plan_work *work, const struct oci_strings *list, const char *key,
		      struct plan_path **ret_path, size_t *ret_n, struct err *err)
{
	uint32_t at = work->input->config->on_linux->at;
	struct plan_path *item = work_array(work, list->n, sizeof(*item));
	auto_seen struct seen seen = { .slot = NULL };
	const char *path;
	size_t n = 0;

	seen_init(&seen, list->n);
	oci_for_each(path, list) {
		const char *clean;

		if (path[0] != '/')
			return err_say(err, work_place(work, at, "%s[%u]", key, path_i),
				       "\"%s\" is not an absolute path", path);
		clean = paths_clean(work->region, path);
		/* Whatever is laid over it, the container's root stays the mount below. */
		if (strcmp(clean, "/") == 0)
			return err_say(err, work_place(work, at, "%s[%u]", key, path_i),
				       "\"%s\" is the root file system itself, which is made read-only by root.readonly "
				       "and cannot be masked", path);
		if (seen_add(&seen, clean, strlen(clean)) != n)
			continue;
		item[n++] = (struct plan_path){ .at = at,
						.path = region_strdup(work->region, path) };
	}
	*ret_path = item;
	*ret_n = n;
	return 0;
}

int plan_masks(struct plan_work *work, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	struct plan_masks *ret = &work->plan->masks;

	if (on_linux == NULL)
		return 0;
	if (plan_paths(work, &on_linux->masked_paths, "maskedPaths", &ret->masked, &ret->n_masked,
		       err) < 0)
		return -1;
	return plan_paths(work, &on_linux->readonly_paths, "readonlyPaths", &ret->readonly,
			  &ret->n_readonly, err);
}
