/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and directories common to both kinds of trees; see tree.h.
 * Runs in: host.
 */
#include "cgroup/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

int tree_path(char *buf, const struct cgroup_ref *ref, size_t i, size_t len)
{
	const char *mount = ref->tree[i].mount;
	int n = snprintf(buf, PATH_MAX, CGROUP_ROOT "%s%s%.*s", *mount ? "/" : "", mount, (int)len,
			 ref->path);

	if (n < 0 || n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

int tree_open(struct cgroup *cg, size_t i)
{
	char path[PATH_MAX];

	if (cg->fd[i] >= 0)
		return cg->fd[i];
	if (tree_path(path, &cg->ref, i, strlen(cg->ref.path)) < 0)
		return -1;
	cg->fd[i] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return cg->fd[i];
}

size_t tree_find_v2(const struct cgroup_ref *ref)
{
	for (size_t i = 0; i < ref->n; i++) {
		if (ref->tree[i].is_v2)
			return i;
	}
	return TREE_NONE;
}

size_t tree_find(const struct cgroup_ref *ref, const char *controller)
{
	for (size_t i = 0; i < ref->n; i++) {
		if (!ref->tree[i].is_v2 &&
		    tree_has_word(ref->tree[i].controllers, controller, strlen(controller)))
			return i;
	}
	return TREE_NONE;
}

size_t tree_find_lister(const struct cgroup_ref *ref)
{
	size_t i = tree_find_v2(ref);

	if (i == TREE_NONE)
		i = tree_find(ref, "freezer");
	if (i == TREE_NONE && ref->n > 0)
		i = 0;
	return i;
}

bool tree_has_word(const char *words, const char *word, size_t len)
{
	for (const char *p = words; *p;) {
		size_t n = strcspn(p, " ,");

		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
		p += strspn(p, " ,");
	}
	return false;
}

int tree_read_at(int dir, const char *name, char *buf, size_t size)
{
	auto_fd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = fd_read_all(fd, buf, size - 1);
	if (n < 0)
		return -1;
	if (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return (int)n;
}

int tree_read(const struct cgroup *cg, size_t i, const char *name, char *buf, size_t size)
{
	char path[PATH_MAX];

	if (cg->fd[i] >= 0)
		return tree_read_at(cg->fd[i], name, buf, size);
	if (tree_path(path, &cg->ref, i, strlen(cg->ref.path)) < 0)
		return -1;
	if (strlen(path) + 1 + strlen(name) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcat(path, "/");
	strcat(path, name);
	return tree_read_at(AT_FDCWD, path, buf, size);
}

int tree_write_at(int dir, const char *name, const char *text)
{
	auto_fd int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	return fd_write_all(fd, text, strlen(text));
}

long tree_find_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, key, len) == 0 && p[len] == ' ')
			return strtol(p + len, NULL, 10);
	}
	return -1;
}

static int write_limit(const struct cgroup *cg, const struct plan_cgroup *plan,
		       const struct plan_limit *limit, struct err *err)
{
	if (plan->mode == CGROUP_MODE_V2 || limit->kind == LIMIT_UNIFIED)
		return tree_v2_write(cg, plan, limit, err);
	return tree_v1_write(cg, plan, limit, err);
}

/*
 * A cgroup that had limits before may refuse the first of a pair: memory may not exceed memory with
 * swap, a quota may not be less than the burst.  EINVAL says so; after all others it fits.
 */
int tree_write_limits(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	auto_free bool *is_late = NULL;
	struct err refusal = ERR_INIT;

	if (plan->n_limits == 0)
		return 0;
	is_late = calloc(plan->n_limits, sizeof(*is_late));
	if (!is_late)
		return err_errno(err, ERR_NOWHERE, "write limits");
	for (size_t i = 0; i < plan->n_limits; i++) {
		if (write_limit(cg, plan, &plan->limits[i], &refusal) == 0)
			continue;
		is_late[i] = refusal.code == EINVAL;
		if (!is_late[i]) {
			*err = refusal;
			return -1;
		}
	}
	for (size_t i = 0; i < plan->n_limits; i++) {
		if (is_late[i] && write_limit(cg, plan, &plan->limits[i], err) < 0)
			return -1;
	}
	return 0;
}

/* /proc/swaps has a title line and one line for each swap area in use. */
static bool is_swap_in_use(void)
{
	char text[TREE_FILE_SIZE];

	return tree_read_at(AT_FDCWD, "/proc/swaps", text, sizeof(text)) > 0 && strchr(text, '\n');
}

int tree_judge_no_swap(const struct plan_limit *limit, struct err *err)
{
	if (limit->value == LIMIT_UNLIMITED || !is_swap_in_use())
		return 0;
	return err_say(err, limit->at, "%s: this kernel does not count swap (swapaccount=0, "
		       "or built without it), so it cannot be limited", limit->name);
}

int tree_check_memory(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	bool is_v2 = plan->mode == CGROUP_MODE_V2;
	const char *name = is_v2 ? "memory.current" : "memory.usage_in_bytes";
	size_t i = is_v2 ? tree_find_v2(&cg->ref) : tree_find(&cg->ref, "memory");
	char text[TREE_FILE_SIZE];
	long long used;

	if (!plan->check_memory || i == TREE_NONE)
		return 0;
	/* Without the controller the limit itself fails, with better words. */
	if (tree_read_at(cg->fd[i], name, text, sizeof(text)) < 0)
		return 0;
	used = strtoll(text, NULL, 10);
	for (size_t n = 0; n < plan->n_limits; n++) {
		const struct plan_limit *limit = &plan->limits[n];

		if (limit->kind == LIMIT_MEMORY_MAX && limit->value >= 0 && used > limit->value)
			return err_say(err, limit->at, "%s: the cgroup uses %lld bytes already, "
				       "and memory.checkBeforeUpdate is on", limit->name, used);
	}
	return 0;
}
