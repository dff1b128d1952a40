/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Change limits of a cgroup that is in use: keep what is there, write, read back, put back on failure;
 * see update.h.
 * Not here: the order of writes that depend on each other (tree_write_limits()).
 * Runs in: host.
 */
#include "cgroup/update.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "cgroup/devices.h"
#include "cgroup/keep.h"
#include "cgroup/tree.h"

/* More CPUs than any kernel is built for. */
enum { LIST_BITS = 16384 };

/* The largest number of pages that v1 counts, in bytes, is somewhat below this on every architecture. */
#define NEARLY_UNLIMITED (INT64_MAX - INT64_C(0x100000))

static bool is_unlimited(const char *text, long long value)
{
	return strncmp(text, "max", 3) == 0 || value == LIMIT_UNLIMITED || value > NEARLY_UNLIMITED;
}

/* One word, both up to a blank or the end. */
static bool is_same_word(const char *present, const char *wanted, size_t len, long long granule)
{
	char *end;
	long long a = strtoll(wanted, &end, 10), b = strtoll(present, NULL, 10);

	if (end == wanted && strncmp(wanted, "max", 3) != 0)
		return strcspn(present, " ") == len && strncmp(present, wanted, len) == 0;
	if (is_unlimited(wanted, a) || is_unlimited(present, b))
		return is_unlimited(wanted, a) && is_unlimited(present, b);
	/* "8:0" is no number, nor is it counted in anything. */
	if (*end != ' ' && *end != '\0')
		return strcspn(present, " ") == len && strncmp(present, wanted, len) == 0;
	return b <= a && a - b < granule;
}

/* The value of the word that begins as @word up to its '=', NULL. */
static const char *find_named(const char *text, const char *word, size_t len)
{
	for (const char *p = text; *p; p += strspn(p, " ")) {
		if (strncmp(p, word, len) == 0)
			return p + len;
		p += strcspn(p, " ");
	}
	return NULL;
}

bool update_is_said(const char *present, const char *wanted, long long granule)
{
	const char *next = present;

	while (*wanted) {
		size_t len = strcspn(wanted, " "), name = strcspn(wanted, "= ");
		const char *word = next;

		if (name < len) {
			name++;
			word = find_named(present, wanted, name);
			if (!word || !is_same_word(word, wanted + name, len - name, granule))
				return false;
		} else if (!is_same_word(word, wanted, len, granule)) {
			return false;
		}
		wanted += len;
		wanted += strspn(wanted, " ");
		next += strcspn(next, " ");
		next += strspn(next, " ");
	}
	return true;
}

/* "0-3,7": false when it is something else, such as one with strides. */
static bool read_list(const char *text, unsigned char bits[LIST_BITS / 8])
{
	memset(bits, 0, LIST_BITS / 8);
	while (*text) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (end == text)
			return false;
		if (*end == '-') {
			text = end + 1;
			last = strtoul(text, &end, 10);
			if (end == text)
				return false;
		}
		if (last >= LIST_BITS || (*end != ',' && *end != '\0'))
			return false;
		for (; first <= last; first++)
			bits[first / 8] |= (unsigned char)(1 << first % 8);
		text = end + (*end == ',');
	}
	return true;
}

bool update_is_same_list(const char *present, const char *wanted)
{
	unsigned char a[LIST_BITS / 8], b[LIST_BITS / 8];

	/* The kernel took it, in a notation that we do not read. */
	if (!read_list(wanted, a))
		return true;
	return read_list(present, b) && memcmp(a, b, sizeof(a)) == 0;
}

/* "2MB" in bytes. */
static long long page_bytes(const char *size)
{
	static const char units[] = "KMG";
	char *end;
	long long n = strtoll(size, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;

	return unit ? n << (10 * (unit - units + 1)) : 1;
}

/* The kernel counts memory in pages and cuts off what is less. */
static long long find_granule(const struct plan_limit *limit)
{
	switch (limit->kind) {
	case LIMIT_MEMORY_MAX:
	case LIMIT_MEMORY_LOW:
	case LIMIT_MEMSW_MAX:
	case LIMIT_SWAP_MAX:
	case LIMIT_MEMORY_KERNEL:
	case LIMIT_MEMORY_KERNEL_TCP:
		return sysconf(_SC_PAGESIZE);
	case LIMIT_HUGETLB:
		return page_bytes(limit->key);
	default:
		return 1;
	}
}

/* What the kernel has now where it was given @edit. */
static bool is_in_force(const struct cgroup *cg, const struct plan_limit *limit, const struct tree_edit *edit,
			char text[KEEP_TEXT_SIZE])
{
	char key[KEEP_KEY_SIZE];
	const char *value = text;

	keep_find_key(edit->file, edit->text, key);
	if (keep_read(cg->fd[edit->tree], edit->file, key, text) < 0) {
		(void)snprintf(text, KEEP_TEXT_SIZE, "%s", err_reason(errno));
		return false;
	}
	if (limit->kind == LIMIT_CPUSET_CPUS || limit->kind == LIMIT_CPUSET_MEMS)
		return update_is_same_list(text, edit->text);
	/* The group's weight is written without the word that it is read with. */
	if (strcmp(key, "default") == 0 && str_after(text, "default "))
		value = str_after(text, "default ");
	return update_is_said(value, edit->text, find_granule(limit));
}

/* What `unified` says is the kernel's to understand: it took it or not. */
static int check_limit(const struct cgroup *cg, const struct plan_cgroup *plan, const struct plan_limit *limit,
		       struct err *err)
{
	struct tree_edit edit;
	char text[KEEP_TEXT_SIZE];
	bool is_there, is_missing = false;

	for (size_t n = 0; limit->kind != LIMIT_UNIFIED && tree_find_edit(cg, plan, limit, n, &edit) > 0; n++) {
		is_there = is_in_force(cg, limit, &edit, text);
		is_missing = !is_there;
		if (is_there == edit.either)
			break;
	}
	if (!is_missing)
		return 0;
	return err_say(err, limit->at, "%s: %s of cgroup %s is \"%s\" after \"%s\" was written to it", limit->name,
		       edit.file, cg->ref.path, text, edit.text);
}

static int check_limits(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	for (size_t i = 0; i < plan->n_limits; i++) {
		if (check_limit(cg, plan, &plan->limits[i], err) < 0)
			return -1;
	}
	return 0;
}

static int keep_limit(struct keep *keep, const struct cgroup *cg, const struct plan_cgroup *plan,
		      const struct plan_limit *limit, struct err *err)
{
	struct tree_edit edit;

	for (size_t n = 0; tree_find_edit(cg, plan, limit, n, &edit) > 0; n++) {
		char *rest = edit.text;

		do {
			const char *line = strsep(&rest, "\n");

			if (keep_add(keep, cg, edit.tree, edit.file, line, err) < 0)
				return -1;
		} while (rest && limit->kind == LIMIT_UNIFIED);
	}
	return 0;
}

/*
 * Ancestors are not touched at first, since others may be in them; a real-time budget that they do not have
 * is refused (EINVAL), and then they get it too.
 */
static int write_limits(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	struct cgroup alone = *cg;
	bool is_realtime = false;

	for (size_t i = 0; i < alone.ref.n; i++)
		alone.ref.tree[i].kept = strlen(alone.ref.path);
	for (size_t i = 0; i < plan->n_limits; i++)
		is_realtime |= plan->limits[i].kind == LIMIT_CPU_RT_PERIOD ||
			       plan->limits[i].kind == LIMIT_CPU_RT_RUNTIME;
	if (tree_write_limits(&alone, plan, err) == 0)
		return 0;
	if (!is_realtime || err->code != EINVAL)
		return -1;
	*err = ERR_INIT;
	return tree_write_limits(cg, plan, err);
}

static int write_all(const struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	if (write_limits(cg, plan, err) < 0 || check_limits(cg, plan, err) < 0)
		return -1;
	return plan->n_rules > 0 ? devices_change(cg, plan, err) : 0;
}

int update_files(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	auto_keep struct keep keep = KEEP_INIT;
	const struct keep_entry *left;

	if (plan->n_limits == 0 && plan->n_rules == 0)
		return 0;
	if (cgroup_open_trees(cg, err) < 0 || tree_check_memory(cg, plan, err) < 0)
		return -1;
	tree_v2_hand_down(cg, plan);
	for (size_t i = 0; i < plan->n_limits; i++) {
		if (keep_limit(&keep, cg, plan, &plan->limits[i], err) < 0)
			return -1;
	}
	if (write_all(cg, plan, err) == 0)
		return 0;
	left = keep_restore(&keep, cg);
	if (left)
		(void)err_wrap(err, ERR_NOWHERE, "%s of cgroup %s could not be put back to \"%s\" after this failure",
			       left->file, cg->ref.path, left->text);
	return -1;
}

/* Bytes in @file of the memory controller, unlimited without it. */
static int read_limit(const struct cgroup *cg, size_t tree, const char *file, int64_t *ret, struct err *err)
{
	char text[TREE_FILE_SIZE];
	long long value;

	*ret = LIMIT_UNLIMITED;
	if (tree == TREE_NONE)
		return 0;
	if (tree_read(cg, tree, file, text, sizeof(text)) < 0) {
		if (errno == ENOENT)
			return 0;
		return err_errno(err, ERR_NOWHERE, "read %s of cgroup %s", file, cg->ref.path);
	}
	value = strtoll(text, NULL, 10);
	if (!is_unlimited(text, value))
		*ret = value;
	return 0;
}

/* v1 has a file for each of the two numbers, v2 one for both. */
static void read_bandwidth(const struct cgroup *cg, struct plan_present *ret)
{
	size_t v1 = tree_find(&cg->ref, "cpu"), v2 = tree_find_v2(&cg->ref);
	char quota[TREE_FILE_SIZE] = "", period[TREE_FILE_SIZE] = "";

	if (v1 != TREE_NONE) {
		(void)tree_read(cg, v1, "cpu.cfs_quota_us", quota, sizeof(quota));
		(void)tree_read(cg, v1, "cpu.cfs_period_us", period, sizeof(period));
	} else if (v2 != TREE_NONE && tree_read(cg, v2, "cpu.max", quota, sizeof(quota)) >= 0) {
		(void)snprintf(period, sizeof(period), "%s", quota + strcspn(quota, " "));
	}
	ret->cpu_period = strtoll(period, NULL, 10);
	ret->cpu_quota = is_unlimited(quota, 0) || *quota == '\0' ? LIMIT_UNLIMITED : strtoll(quota, NULL, 10);
}

int cgroup_present(struct cgroup *cg, struct plan_present *ret, struct err *err)
{
	size_t v1 = tree_find(&cg->ref, "memory");

	read_bandwidth(cg, ret);
	if (v1 == TREE_NONE) {
		ret->memsw = LIMIT_UNLIMITED;
		return read_limit(cg, tree_find_v2(&cg->ref), "memory.max", &ret->memory, err);
	}
	if (read_limit(cg, v1, "memory.limit_in_bytes", &ret->memory, err) < 0)
		return -1;
	return read_limit(cg, v1, "memory.memsw.limit_in_bytes", &ret->memsw, err);
}
