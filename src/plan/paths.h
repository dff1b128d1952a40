/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Absolute paths as text.  Nothing is looked up: where a path leads inside a root file system is
 * known only to the one resolver in sys/.
 * Runs in: host.
 */
#ifndef TARE_PLAN_PATHS_H
#define TARE_PLAN_PATHS_H

#include <stdbool.h>

struct region;

/*
 * @path with a leading slash and without "//", "/./", "/../" and a slash at the end, as it would be
 * without symbolic links: for comparing paths, not for opening them.  @path itself when it is so
 * already, else text in @region.
 */
const char *paths_clean(struct region *region, const char *path);

/* @path, or "@base/@path" when it is relative, in @region. */
const char *paths_join(struct region *region, const char *base, const char *path);

/* True if the clean path @path is @dir (clean, not "/") or lies below it. */
bool paths_is_within(const char *path, const char *dir);

#endif
