/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See stage.h. */
#include "tests/unit/init/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "wire/channel.h"

int stage_make_dir(void **state)
{
	static struct support_dir dir;

	support_open_dir(&dir);
	*state = &dir;
	return 0;
}

int stage_remove_dir(void **state)
{
	support_remove_dir(*state);
	return 0;
}

int stage_new_fs(const char *type)
{
	int fs = mountfd_fsopen(type);
	int tree;

	assert_true(fs >= 0);
	tree = mountfd_create(fs, 0);
	assert_true(tree >= 0);
	(void)close(fs);
	return tree;
}

void stage_open(struct stage *stage, const void *dir)
{
	static const char *const args[] = { "/bin/true", NULL };
	static const char *const env[] = { NULL };

	memset(stage, 0, sizeof(*stage));
	(void)snprintf(stage->path, sizeof(stage->path), "%s", ((const struct support_dir *)dir)->path);
	assert_int_equal(mount("tmpfs", stage->path, "tmpfs", 0, "mode=0755"), 0);
	(void)umask(0);
	for (size_t i = 0; i < STAGE_MOUNTS; i++)
		stage->tree[i] = stage->source[i] = stage->idmap[i] = -1;
	for (size_t i = 0; i < STAGE_JOINS; i++)
		stage->join[i] = -1;
	stage->err = ERR_INIT;
	stage->host = -1;
	stage->root = open(stage->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stage->plan = (struct plan){
		.magic = PLAN_MAGIC,
		.size = sizeof(stage->plan),
		.id = "stage",
		.root = { .at = 10, .path = stage->path },
		.mounts = { .item = stage->mounts },
		.process = { .at = 20, .present = true, .args = args, .env = env, .cwd = "/", .umask = 0022,
			     .caps = { UINT64_MAX, UINT64_MAX, UINT64_MAX, 0, 0 } },
	};
	stage->init = (struct init){
		.plan = &stage->plan,
		.wire = -1,
		.root = open(stage->path, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.proc = stage_new_fs("proc"),
		.null = open("/dev/null", O_PATH | O_CLOEXEC),
		.tree = stage->tree,
		.source = stage->source,
		.idmap = stage->idmap,
		.join = stage->join,
		.agent = -1,
		.go = -1,
		.status = -1,
	};
	assert_true(stage->root >= 0 && stage->init.root >= 0 && stage->init.null >= 0);
}

void stage_open_wire(struct stage *stage)
{
	assert_good(channel_open(&stage->host, &stage->init.wire, &stage->err), stage->err);
}

void stage_mkdir(const struct stage *stage, const char *path)
{
	char part[256];

	for (const char *end = path + 1; end[-1] != '\0'; end++) {
		if (*end != '/' && *end != '\0')
			continue;
		(void)snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
		if (mkdirat(stage->root, part, 0755) < 0)
			assert_int_equal(errno, EEXIST);
	}
}

void stage_write(const struct stage *stage, const char *path, const char *text)
{
	const char *slash = strrchr(path, '/');
	char parent[256];

	if (slash != NULL) {
		(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
		stage_mkdir(stage, parent);
	}
	support_write(stage->root, path, text);
}

void stage_stat(const struct stage *stage, const char *path, struct stat *st)
{
	if (fstatat(stage->root, path, st, AT_SYMLINK_NOFOLLOW) < 0)
		fail_msg("%s: %s", path, strerror(errno));
}

bool stage_is_missing(const struct stage *stage, const char *path)
{
	return faccessat(stage->root, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}
