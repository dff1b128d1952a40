/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Absolute paths as text; see paths.h.
 * Runs in: host.
 */
#include "plan/paths.h"

#include <string.h>

#include "base/region.h"

/* True if the component of @len bytes at @name is nothing, "." or "..". */
static bool is_odd(const char *name, size_t len)
{
	return len == 0 || (len == 1 && name[0] == '.') ||
	       (len == 2 && name[0] == '.' && name[1] == '.');
}

static bool is_clean(const char *path)
{
	const char *name;

	if (path[0] != '/')
		return false;
	if (path[1] == '\0')
		return true;
	for (name = path + 1;; name++) {
		size_t len = strcspn(name, "/");

		if (is_odd(name, len))
			return false;
		name += len;
		if (*name == '\0')
			return true;
	}
}

const char *paths_clean(struct region *region, const char *path)
{
	char *out;
	size_t n = 0;

	if (is_clean(path))
		return path;
	out = region_alloc(region, strlen(path) + 2);
	while (*path != '\0') {
		size_t len = strcspn(path, "/");

		if (!is_odd(path, len)) {
			out[n++] = '/';
			memcpy(out + n, path, len);
			n += len;
		} else if (len == 2) {
			while (n > 0 && out[--n] != '/')
				;
		}
		path += len;
		if (*path == '/')
			path++;
	}
	if (n == 0)
		out[n++] = '/';
	out[n] = '\0';
	return out;
}

const char *paths_join(struct region *region, const char *base, const char *path)
{
	if (path[0] == '/')
		return region_strdup(region, path);
	return region_format(region, "%s/%s", base, path);
}

bool paths_is_within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '\0' || path[len] == '/');
}
