/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts of type "cgroup"; see cgroupfs.h.  The kernel roots a mount of a hierarchy where the cgroup
 * namespace of the process that makes it is rooted.  A container without one of its own must not see the
 * whole machine's tree either (security.md V20), so a short-lived child of ours goes into a new namespace,
 * rooted at the container's cgroup, makes the mounts there and leaves them in the table of descriptors that
 * we share: no path of a cgroup is looked up.
 * Runs in: init.
 */
#include "init/cgroupfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "init/newfs.h"
#include "sys/clone.h"
#include "sys/mountfd.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"

/* Controllers and names of one hierarchy, "cpu,cpuacct". */
#define OPTIONS_SIZE 256

/* The words of one hierarchy as parameters of "cgroup". */
#define MAX_WORDS 32

/* More hierarchies than the kernel has controllers, with room for named ones. */
#define MAX_TREES 64

/*
 * struct result - what making the mounts comes to; in pages that a child shares with us.
 * @tree: by hierarchy: its detached mount
 */
struct result {
	struct err err;
	int tree[MAX_TREES];
};

/* A mount of the hierarchy @options: "cpu,cpuacct", "name=systemd", or "" for the v2 tree. */
static int make_tree(const struct plan_mount *mount, const char *options, struct err *err)
{
	struct plan_param params[MAX_WORDS];
	struct plan_mount one = *mount;
	char words[OPTIONS_SIZE];
	char *rest = words;
	char *word;
	int tree;

	if (snprintf(words, sizeof(words), "%s", options) >= (int)sizeof(words))
		return err_say(err, mount->at, "cgroup options \"%s\" are too long", options);
	one.type = options[0] == '\0' ? "cgroup2" : "cgroup";
	one.source = one.type;
	one.params = params;
	one.n_params = 0;
	while ((word = strsep(&rest, ",")) != NULL && one.n_params < MAX_WORDS) {
		char *value = strchr(word, '=');

		if (value != NULL)
			*value++ = '\0';
		if (word[0] != '\0')
			params[one.n_params++] = (struct plan_param){ word, value };
	}
	tree = newfs_make(&one, NULL, err);
	/* Only one that exists can be had by its name: a container shall make none on the host. */
	if (tree < 0 && err->code == EINVAL && strncmp(options, "name=", strlen("name=")) == 0)
		return err_say(err, mount->at, "this machine has no cgroup v1 hierarchy \"%s\" to be mounted in %s: make it first, as by "
			       "mount -t cgroup -o none,%s cgroup DIRECTORY", options, mount->target, options);
	return tree;
}

static int make_trees(const struct plan_mount *mount, const struct plan_cgroup1 *dirs, size_t n,
		      struct result *result)
{
	for (size_t i = 0; i < n; i++) {
		result->tree[i] = make_tree(mount, dirs[i].options, &result->err);
		if (result->tree[i] < 0)
			return -1;
	}
	return 0;
}

/* In the child: leave the mounts in the shared table of descriptors and end. */
static void __attribute__((noreturn)) make_elsewhere(const struct plan_mount *mount, const struct plan_cgroup1 *dirs,
						     size_t n, struct result *result)
{
	if (unshare(CLONE_NEWCGROUP) < 0) {
		(void)err_errno(&result->err, mount->at, "make a cgroup namespace for %s", mount->target);
		_exit(1);
	}
	_exit(make_trees(mount, dirs, n, result) < 0);
}

static int borrow_namespace(const struct plan_mount *mount, const struct plan_cgroup1 *dirs, size_t n,
			    struct result *result)
{
	auto_fd int pidfd = -1;
	int status = -1;
	pid_t pid;

	pid = clone_process(CLONE_FILES, -1, &pidfd);
	if (pid == 0)
		make_elsewhere(mount, dirs, n, result);
	if (pid < 0)
		return err_errno(&result->err, mount->at, "start a process for %s", mount->target);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0 && !err_is_set(&result->err))
		(void)err_say(&result->err, mount->at, "the process that makes %s did not end well", mount->target);
	return status == 0 ? 0 : -1;
}

/* Mounts of the @n hierarchies @dirs into @tree; -1 with @err filled and none of them left open. */
static int open_trees(const struct init *init, const struct plan_mount *mount, const struct plan_cgroup1 *dirs,
		      size_t n, int *tree, struct err *err)
{
	struct result *result;
	int r;

	if (n > MAX_TREES)
		return err_say(err, mount->at, "more than %d control group hierarchies", MAX_TREES);
	result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (result == MAP_FAILED)
		return err_errno(err, mount->at, "get memory for %s", mount->target);
	result->err = ERR_INIT;
	for (size_t i = 0; i < n; i++)
		result->tree[i] = -1;
	r = init->plan->mounts.borrow_cgroup_ns ? borrow_namespace(mount, dirs, n, result) :
						  make_trees(mount, dirs, n, result);
	for (size_t i = 0; i < n; i++) {
		if (r < 0)
			fd_close(&result->tree[i]);
		tree[i] = result->tree[i];
	}
	if (r < 0)
		*err = result->err;
	(void)munmap(result, sizeof(*result));
	return r;
}

int cgroupfs_make(const struct init *init, const struct plan_mount *mount, struct err *err)
{
	static const struct plan_cgroup1 v2 = { .options = "" };
	struct plan_param params[2] = { { "mode", "755" }, { NULL, NULL } };
	struct plan_mount tmpfs = *mount;
	int tree = -1;

	if (mount->kind == PLAN_MOUNT_CGROUP2)
		return open_trees(init, mount, &v2, 1, &tree, err) < 0 ? -1 : tree;
	/* Directories and links must still be made in it: read-only comes late. */
	tmpfs.type = "tmpfs";
	tmpfs.source = "cgroup";
	if (mount->n_params > 0) /* its label */
		params[1] = mount->params[0];
	tmpfs.params = params;
	tmpfs.n_params = mount->n_params > 0 ? 2 : 1;
	tmpfs.attr.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	return newfs_make(&tmpfs, NULL, err);
}

/* One directory of the tmpfs @base with its hierarchy @tree, and links for the controllers that share it. */
static int put_dir(const struct plan_mount *mount, const struct plan_cgroup1 *dir, int base, int tree, struct err *err)
{
	auto_fd int target = -1;

	if (mkdirat(base, dir->name, 0755) < 0)
		return err_errno(err, mount->at, "make %s/%s", mount->target, dir->name);
	target = rootpath_beneath(base, dir->name, O_PATH | O_DIRECTORY);
	if (target < 0 || mountfd_attach(tree, target) < 0)
		return err_errno(err, mount->at, "attach %s/%s", mount->target, dir->name);
	for (const char *const *link = dir->links; link != NULL && *link != NULL; link++) {
		if (symlinkat(dir->name, base, *link) < 0)
			return err_errno(err, mount->at, "link %s/%s", mount->target, *link);
	}
	return 0;
}

int cgroupfs_fill(const struct init *init, const struct plan_mount *mount, int base, struct err *err)
{
	const struct plan_mounts *mounts = &init->plan->mounts;
	int tree[MAX_TREES];
	int r = 0;

	for (size_t i = 0; i < MAX_TREES; i++)
		tree[i] = -1;
	if (open_trees(init, mount, mounts->cgroup1, mounts->n_cgroup1, tree, err) < 0)
		return -1;
	for (size_t i = 0; i < mounts->n_cgroup1; i++) {
		if (r == 0)
			r = put_dir(mount, &mounts->cgroup1[i], base, tree[i], err);
		fd_close(&tree[i]);
	}
	return r;
}
