/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Obstacles to user namespaces; see userns.h.
 * Runs in: host.
 */
#include "host/userns.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/fd.h"

static const struct {
	const char *file, *value, *text;
} obstacles[] = {
	{ "user/max_user_namespaces", "0",
	  "the sysctl user.max_user_namespaces is 0, so there are none: raise it, as by "
	  "\"sysctl -w user.max_user_namespaces=15000\"" },
	{ "kernel/unprivileged_userns_clone", "0",
	  "the sysctl kernel.unprivileged_userns_clone is 0, so only root makes them: "
	  "\"sysctl -w kernel.unprivileged_userns_clone=1\" lets others" },
	{ "kernel/apparmor_restrict_unprivileged_userns", "1",
	  "the sysctl kernel.apparmor_restrict_unprivileged_userns is 1, so AppArmor takes all rights in them away: give this "
	  "program a profile with \"userns,\" or set the sysctl to 0" },
};

static bool says(const char *sysctls, const char *file, const char *value)
{
	char path[PATH_MAX], text[16] = "";
	auto_fd int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", sysctls, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fd_read_all(fd, text, sizeof(text) - 1) < 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, value) == 0;
}

const char *userns_obstacle(const char *sysctls)
{
	for (size_t i = 0; i < sizeof(obstacles) / sizeof(obstacles[0]); i++) {
		if (says(sysctls, obstacles[i].file, obstacles[i].value))
			return obstacles[i].text;
	}
	return NULL;
}

bool userns_is_helper_powerless(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_ISUID) == 0 &&
	       getxattr(path, "security.capability", NULL, 0) < 0;
}
