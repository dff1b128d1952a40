/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths as text: nothing here looks at a file system, the working directory apart.
 * Runs in: host.
 */
#ifndef TARE_BASE_PATH_H
#define TARE_BASE_PATH_H

#include <stddef.h>

struct err;

/*
 * @path made absolute in @buf: joined to the working directory when relative, with "//", "." and ".." taken
 * out by the text alone.  Returns 0, or -1 with @err filled (an empty path, too long).
 */
int path_absolute(char *buf, size_t size, const char *path, struct err *err);

/*
 * The last component of @path, in place: "c" of "a/b/c".  Empty when @path ends with a slash.
 */
const char *path_base(const char *path);

#endif
