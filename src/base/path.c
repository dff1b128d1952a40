/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths as text; see path.h.
 * Runs in: host.
 */
#include "base/path.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

/* Add the components of @path to @str, which is "" or an absolute path without a slash at its end. */
static void add_components(struct str *str, const char *path)
{
	while (*path != '\0') {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			char *slash = strrchr(str->buf, '/');

			if (slash != NULL) {
				*slash = '\0';
				str->len = (size_t)(slash - str->buf);
			}
		} else if (n > 0 && !(n == 1 && path[0] == '.')) {
			str_add_format(str, "/%.*s", (int)n, path);
		}
		path += n;
		path += strspn(path, "/");
	}
}

int path_absolute(char *buf, size_t size, const char *path, struct err *err)
{
	struct str str = str_in(buf, size);

	if (*path == '\0')
		return err_say(err, ERR_NOWHERE, "an empty path was given");
	if (*path != '/') {
		char cwd[4096];

		if (getcwd(cwd, sizeof(cwd)) == NULL)
			return err_errno(err, ERR_NOWHERE, "find the working directory");
		add_components(&str, cwd);
	}
	add_components(&str, path);
	if (str.len == 0)
		str_add(&str, "/");
	if (str.is_cut) {
		errno = ENAMETOOLONG;
		return err_errno(err, ERR_NOWHERE, "make %s absolute", path);
	}
	return 0;
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}
