/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of the root file system share: the stage, mounts for its plan, and what became of them. */
#ifndef TARE_TESTS_INIT_MOUNTING_H
#define TARE_TESTS_INIT_MOUNTING_H

#include "tests/unit/init/stage.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

static struct stage stage;

/* Add a mount to the plan, built in @tree; -1: not yet. */
static inline void add(struct plan_mount mount, int tree)
{
	size_t n = stage.plan.mounts.n++;

	mount.at = 300 + (uint32_t)n;
	stage.mounts[n] = mount;
	stage.tree[n] = tree;
}

/* Those that a mount of ours may have. */
static inline unsigned long flags_of(const char *path)
{
	int fd = openat(stage.root, path, O_PATH | O_CLOEXEC);
	struct statvfs fs;

	assert_int_equal(fstatvfs(fd, &fs), 0);
	(void)close(fd);
	return fs.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
}

/* Can a file be made there? */
static inline bool is_writable(const char *dir)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/.new", dir);
	fd = openat(stage.root, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	(void)close(fd);
	return unlinkat(stage.root, path, 0) == 0;
}

/* The optional fields of the mount at @path below the stage in mountinfo: "shared:7", "master:3", "". */
static inline void read_propagation(const char *path, char *text, size_t size)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096], where[256];
	bool is_found = false;

	assert_non_null(file);
	(void)snprintf(where, sizeof(where), " %s%s ", stage.path, path);
	while (!is_found && fgets(line, sizeof(line), file) != NULL) {
		char *start = strstr(line, where), *end;

		if (start == NULL)
			continue;
		start += strlen(where);
		start += strcspn(start, " ");
		end = strstr(start, " - ");
		is_found = end != NULL;
		(void)snprintf(text, size, "%.*s", end == NULL ? 0 : (int)(end - start), start);
	}
	(void)fclose(file);
	assert_true(is_found);
}

#endif
