/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and directories common to both kinds of trees; see tree.h.
 * Runs in: host.
 */
#include "cgroup/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"

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
	struct str whole = STR_IN(path);

	if (cg->fd[i] >= 0)
		return tree_read_at(cg->fd[i], name, buf, size);
	if (tree_path(path, &cg->ref, i, strlen(cg->ref.path)) < 0)
		return -1;
	whole.len = strlen(path);
	str_add_format(&whole, "/%s", name);
	if (whole.is_cut) {
		errno = ENAMETOOLONG;
		return -1;
	}
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

long long tree_now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int tree_wait_event(int dir, const char *key, long value, int ms)
{
	auto_fd int fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	long long end = tree_now_ms() + ms;
	char text[TREE_FILE_SIZE];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);
		long long left = end - tree_now_ms();

		if (n < 0)
			return -1;
		text[n] = '\0';
		if (tree_find_value(text, key) == value)
			return 0;
		if (left <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -1;
	}
}

int tree_file_name(char *buf, size_t size, const char *pattern, const char *key)
{
	const char *star = strchr(pattern, '*');
	int n;

	if (star)
		n = snprintf(buf, size, "%.*s%s%s", (int)(star - pattern), pattern, key, star + 1);
	else
		n = snprintf(buf, size, "%s", pattern);
	if (n < 0 || (size_t)n >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

bool tree_is_usual(const struct plan_limit *limit)
{
	switch (limit->kind) {
	case LIMIT_MEMORY_HIERARCHY:
		return limit->value == 1;
	case LIMIT_MEMORY_OOM_DISABLE:
	case LIMIT_CPU_IDLE:
	case LIMIT_CPU_BURST:
	case LIMIT_NET_CLASS:
		return limit->value == 0;
	default:
		return false;
	}
}

static int write_limit(const struct cgroup *cg, const struct plan_cgroup *plan,
		       const struct plan_limit *limit, struct err *err)
{
	if (limit->is_v2)
		return tree_v2_write(cg, plan, limit, err);
	return tree_v1_write(cg, plan, limit, err);
}

/*
 * A cgroup that had limits before may refuse the first of a pair: memory may not exceed memory with
 * swap, a quota may not be less than the burst.  EINVAL says so; when others have been written it
 * may fit.
 */
static int write_range(const struct cgroup *cg, const struct plan_cgroup *plan, size_t from,
		       size_t to, struct err *err)
{
	auto_free bool *is_done = calloc(to - from + 1, sizeof(*is_done));
	size_t left = 0, before;
	struct err first;

	if (!is_done)
		return err_errno(err, ERR_NOWHERE, "write limits");
	/* Late ones are none of ours. */
	for (size_t i = from; i < to; i++) {
		is_done[i - from] = plan->limits[i].is_late;
		left += !is_done[i - from];
	}
	do {
		before = left;
		first = ERR_INIT;
		for (size_t i = from; i < to; i++) {
			struct err refusal = ERR_INIT;

			if (is_done[i - from])
				continue;
			if (write_limit(cg, plan, &plan->limits[i], &refusal) == 0) {
				is_done[i - from] = true;
				left--;
				continue;
			}
			if (!err_is_set(&first))
				first = refusal;
			if (refusal.code != EINVAL) {
				*err = refusal;
				return -1;
			}
		}
	} while (left > 0 && left < before);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
	if (left == 0)
		return 0;
	*err = first;
	return -1;
}

int tree_write_limits(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	size_t n = 0;

	while (n < plan->n_limits && plan->limits[n].kind != LIMIT_UNIFIED)
		n++;
	if (n > 0 && write_range(cg, plan, 0, n, err) < 0)
		return -1;
	return n < plan->n_limits ? write_range(cg, plan, n, plan->n_limits, err) : 0;
}

int tree_find_edit(const struct cgroup *cg, const struct plan_cgroup *plan, const struct plan_limit *limit,
		   size_t n, struct tree_edit *ret)
{
	if (limit->is_v2)
		return tree_v2_find_edit(cg, plan, limit, n, ret);
	return tree_v1_find_edit(cg, limit, n, ret);
}

int tree_write_late_limits(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	for (size_t i = 0; i < plan->n_limits; i++) {
		if (plan->limits[i].is_late && write_limit(cg, plan, &plan->limits[i], err) < 0)
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

/* The file that says how much a limit is used. */
static const struct {
	enum limit kind;
	bool is_v2;
	const char *file;
} usages[] = {
	{ LIMIT_MEMORY_MAX, false, "memory.usage_in_bytes" },
	{ LIMIT_MEMORY_MAX, true,  "memory.current" },
	{ LIMIT_MEMSW_MAX,  false, "memory.memsw.usage_in_bytes" },
	{ LIMIT_SWAP_MAX,   true,  "memory.swap.current" },
};

static const char *find_usage_file(const struct plan_limit *limit)
{
	for (size_t i = 0; i < sizeof(usages) / sizeof(usages[0]); i++) {
		if (usages[i].kind == limit->kind && usages[i].is_v2 == limit->is_v2)
			return usages[i].file;
	}
	return NULL;
}

/* Without the controller or the file the limit itself fails, with better words. */
static int check_usage(const struct cgroup *cg, const struct plan_limit *limit, struct err *err)
{
	size_t i = limit->is_v2 ? tree_find_v2(&cg->ref) : tree_find(&cg->ref, "memory");
	const char *file = find_usage_file(limit);
	char text[TREE_FILE_SIZE];
	long long used;

	if (!file || limit->value < 0 || i == TREE_NONE ||
	    tree_read_at(cg->fd[i], file, text, sizeof(text)) < 0)
		return 0;
	used = strtoll(text, NULL, 10);
	if (used <= limit->value)
		return 0;
	return err_say(err, limit->at, "%s: the cgroup uses %lld bytes already, and "
		       "memory.checkBeforeUpdate is on", limit->name, used);
}

int tree_check_memory(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	for (size_t n = 0; plan->check_memory && n < plan->n_limits; n++) {
		if (check_usage(cg, &plan->limits[n], err) < 0)
			return -1;
	}
	return 0;
}
