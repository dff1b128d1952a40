/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See scratch.h. */
#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/tree.h"

enum { MAX_TREES = 32 };

static struct plan_hierarchy trees[MAX_TREES];
static char names[MAX_TREES][64], words[MAX_TREES][64];
static size_t n_trees;
static enum cgroup_mode mode;

static long magic_of(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) < 0 ? 0 : (long)fs.f_type;
}

/* Directories of /sys/fs/cgroup that are trees; v2 last.  Links to them are passed over. */
static void find_trees(void)
{
	DIR *d = opendir("/sys/fs/cgroup");
	struct dirent *e;
	char path[512];

	n_trees = 0;
	mode = CGROUP_MODE_NONE;
	while (d && n_trees < MAX_TREES - 1 && (e = readdir(d))) {
		(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", e->d_name);
		if (e->d_type != DT_DIR || e->d_name[0] == '.' || magic_of(path) != CGROUP_SUPER_MAGIC)
			continue;
		(void)snprintf(names[n_trees], sizeof(names[0]), "%.63s", e->d_name);
		(void)snprintf(words[n_trees], sizeof(words[0]), "%s%.58s",
			       strcmp(e->d_name, "systemd") == 0 ? "name=" : "", e->d_name);
		trees[n_trees] = (struct plan_hierarchy){ .mount = names[n_trees],
							  .controllers = words[n_trees] };
		n_trees++;
		mode = CGROUP_MODE_V1;
	}
	if (d)
		(void)closedir(d);
	if (magic_of("/sys/fs/cgroup/unified") == CGROUP2_SUPER_MAGIC) {
		trees[n_trees++] = (struct plan_hierarchy){ .mount = "unified", .controllers = "",
							    .is_v2 = true };
		mode = CGROUP_MODE_HYBRID;
	}
}

static void find_mode(void)
{
	if (magic_of("/sys/fs/cgroup") != CGROUP2_SUPER_MAGIC) {
		find_trees();
		return;
	}
	trees[0] = (struct plan_hierarchy){ .mount = "", .controllers = "", .is_v2 = true };
	n_trees = 1;
	mode = CGROUP_MODE_V2;
}

static void skip_all(const char *why)
{
	(void)printf("SKIP: %s\n", why);
	exit(77);
}

void scratch_need_root(void)
{
	if (geteuid() != 0)
		skip_all("not root");
}

bool scratch_has_cgroups(void)
{
	char path[128];

	find_mode();
	if (mode == CGROUP_MODE_NONE)
		return false;
	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/tare-test-%d", trees[0].mount, (int)getpid());
	return mkdir(path, 0755) == 0 && rmdir(path) == 0;
}

void scratch_need_cgroups(void)
{
	scratch_need_root();
	if (!scratch_has_cgroups())
		skip_all("no cgroups can be made at /sys/fs/cgroup");
}

static const struct plan_device_rule deny_all[] = {
	{ .at = ERR_NOWHERE, .type = 'a', .major = DEVICE_ANY, .minor = DEVICE_ANY,
	  .access = DEVICE_ALL },
	{ .at = ERR_NOWHERE, .allow = true, .type = 'c', .major = 1, .minor = 3,
	  .access = DEVICE_ALL },
};

/* A number that no other run of any test has: PIDs repeat, in namespaces and in time. */
static unsigned int run_number(void)
{
	static unsigned int number;

	if (number == 0)
		assert_int_equal(getrandom(&number, sizeof(number), 0), sizeof(number));
	return number;
}

struct plan_cgroup scratch_plan(const char *below)
{
	static char path[8][128];
	static unsigned int next;
	char *p = path[next++ % 8];

	find_mode();
	(void)snprintf(p, sizeof(path[0]), "/tare-test-%d-%08x%s", (int)getpid(), run_number(), below);
	return (struct plan_cgroup){
		.manager = CGROUP_MANAGER_CGROUPFS,
		.mode = mode,
		.path = p,
		.path_at = ERR_NOWHERE,
		.path_given = true,
		.has_resources = true,
		.hierarchies = trees,
		.n_hierarchies = n_trees,
		.rules = (struct plan_device_rule *)deny_all,
		.n_rules = 2,
	};
}

int scratch_sweep(void **state)
{
	struct plan_cgroup plan = scratch_plan("");
	struct cgroup_ref ref = { .manager = plan.manager, .mode = plan.mode, .path = plan.path };
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < plan.n_hierarchies; i++) {
		ref.tree[ref.n++] = (struct cgroup_tree_ref){
			.mount = plan.hierarchies[i].mount,
			.controllers = plan.hierarchies[i].controllers,
			.is_v2 = plan.hierarchies[i].is_v2,
		};
	}
	cgroup_find(&cg, &ref);
	(void)cgroup_kill(&cg, &err);
	(void)cgroup_remove(&cg, 5000, &err);
	return 0;
}

pid_t scratch_sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		/* A test that is killed leaves nobody behind. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	assert_true(pid > 0);
	return pid;
}

void scratch_end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int scratch_exists(const struct cgroup *cg, size_t i, const char *path)
{
	char full[PATH_MAX];
	size_t len;

	assert_int_equal(tree_path(full, &cg->ref, i, strlen(cg->ref.path)), 0);
	len = strlen(full);
	(void)snprintf(full + len, sizeof(full) - len, "%s", path);
	return access(full, F_OK) == 0;
}

int scratch_dir(char *path)
{
	int fd;

	(void)strcpy(path, "/tmp/tare-test-XXXXXX");
	assert_non_null(mkdtemp(path));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

void scratch_remove_dir(const char *path)
{
	char command[PATH_MAX + 16];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", path);
	assert_int_equal(system(command), 0);
}

void scratch_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

const char *scratch_read(int dir, const char *name)
{
	static char text[4096];

	if (tree_read_at(dir, name, text, sizeof(text)) < 0)
		(void)strcpy(text, "(missing)");
	return text;
}
