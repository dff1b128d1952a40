/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of files before they are changed; see keep.h.
 * Runs in: host.
 */
#include "cgroup/keep.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cgroup/tree.h"

/* A file with a line for each device of a large machine. */
enum { FILE_SIZE = 65536 };

/*
 * Files of lines "KEY VALUE...".  @absent: the value of a key that has no line; NULL where every key has one.
 */
static const struct lines {
	const char *pattern;
	const char *absent;
} line_files[] = {
	{ "blkio.throttle.*_device",	"0" },
	{ "blkio.*weight_device",	"default" },
	{ "io.max",			"rbps=max wbps=max riops=max wiops=max" },
	{ "io.weight",			"default" },
	{ "io.bfq.weight",		"default" },
	{ "io.latency",			"target=0" },
	{ "net_prio.ifpriomap",		NULL },
	{ "rdma.max",			NULL },
	{ "misc.max",			NULL },
	{ "dmem.*",			NULL },
};

/*
 * Files that the kernel changes when another one is written: an idle cgroup has a weight of its own, and the
 * usual one when it is idle no more.
 */
static const struct {
	const char *written;
	const char *changed;
} companions[] = {
	{ "cpu.idle", "cpu.shares" },
	{ "cpu.idle", "cpu.weight" },
};

static const struct lines *find_lines(const char *file)
{
	for (size_t i = 0; i < sizeof(line_files) / sizeof(line_files[0]); i++) {
		if (fnmatch(line_files[i].pattern, file, 0) == 0)
			return &line_files[i];
	}
	return NULL;
}

void keep_find_key(const char *file, const char *line, char key[KEEP_KEY_SIZE])
{
	size_t n = strcspn(line, " ");

	key[0] = '\0';
	if (!find_lines(file))
		return;
	/* A weight without a device is that of all others. */
	if (line[n] == '\0')
		line = "default", n = strlen(line);
	(void)snprintf(key, KEEP_KEY_SIZE, "%.*s", (int)n, line);
}

/* The line "KEY ..." in @text, its length in *@ret_n; NULL. */
static const char *find_line(const char *text, const char *key, size_t *ret_n)
{
	size_t len = strlen(key);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		*ret_n = strcspn(p, "\n");
		if (strncmp(p, key, len) == 0 && p[len] == ' ')
			return p;
	}
	return NULL;
}

/* BFQ of older kernels has no word in front of the group's weight. */
static int read_line(int dir, const char *file, const char *key, char text[KEEP_TEXT_SIZE])
{
	auto_free char *all = malloc(FILE_SIZE);
	const struct lines *lines = find_lines(file);
	const char *line, *absent = lines ? lines->absent : NULL;
	size_t n = 0;

	if (!all || tree_read_at(dir, file, all, FILE_SIZE) < 0)
		return -1;
	line = find_line(all, key, &n);
	if (!line && strcmp(key, "default") == 0) {
		line = all;
		n = strcspn(all, "\n");
	}
	errno = ENOENT;
	if (!line && !absent)
		return -1;
	errno = E2BIG;
	if (line)
		n = (size_t)snprintf(text, KEEP_TEXT_SIZE, "%.*s", (int)n, line);
	else
		n = (size_t)snprintf(text, KEEP_TEXT_SIZE, "%s %s", key, absent);
	return n < KEEP_TEXT_SIZE ? 0 : -1;
}

int keep_read(int dir, const char *file, const char *key, char text[KEEP_TEXT_SIZE])
{
	int n;

	if (*key)
		return read_line(dir, file, key, text);
	n = tree_read_at(dir, file, text, KEEP_TEXT_SIZE);
	if (n < 0)
		return -1;
	if (n == KEEP_TEXT_SIZE - 1) {
		errno = E2BIG;
		return -1;
	}
	/* It reads as several lines, of which the first one is written, as a number. */
	if (strcmp(file, "memory.oom_control") == 0)
		(void)snprintf(text, KEEP_TEXT_SIZE, "%ld", tree_find_value(text, "oom_kill_disable"));
	return 0;
}

static bool is_kept(const struct keep *keep, size_t tree, const char *file, const char *key)
{
	for (size_t i = 0; i < keep->n; i++) {
		const struct keep_entry *e = &keep->entry[i];

		if (e->tree == tree && strcmp(e->file, file) == 0 && strcmp(e->key, key) == 0)
			return true;
	}
	return false;
}

static int keep_one(struct keep *keep, const struct cgroup *cg, size_t tree, const char *file, const char *line,
		    struct err *err)
{
	struct keep_entry *entries, *e;
	char key[KEEP_KEY_SIZE];

	keep_find_key(file, line, key);
	if (is_kept(keep, tree, file, key))
		return 0;
	entries = reallocarray(keep->entry, keep->n + 1, sizeof(*entries));
	if (!entries)
		return err_errno(err, ERR_NOWHERE, "keep %s of cgroup %s", file, cg->ref.path);
	keep->entry = entries;
	e = &entries[keep->n];
	if (keep_read(cg->fd[tree], file, key, e->text) < 0)
		return 0;
	e->tree = tree;
	(void)snprintf(e->file, sizeof(e->file), "%s", file);
	(void)snprintf(e->key, sizeof(e->key), "%s", key);
	keep->n++;
	return 0;
}

int keep_add(struct keep *keep, const struct cgroup *cg, size_t tree, const char *file, const char *line,
	     struct err *err)
{
	if (keep_one(keep, cg, tree, file, line, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(companions) / sizeof(companions[0]); i++) {
		if (strcmp(companions[i].written, file) == 0 &&
		    keep_one(keep, cg, tree, companions[i].changed, "", err) < 0)
			return -1;
	}
	return 0;
}

static bool is_as_before(const struct keep_entry *e, const struct cgroup *cg)
{
	char text[KEEP_TEXT_SIZE];

	return keep_read(cg->fd[e->tree], e->file, e->key, text) == 0 && strcmp(text, e->text) == 0;
}

const struct keep_entry *keep_restore(const struct keep *keep, const struct cgroup *cg)
{
	/* Each round puts back one at least, or is the last. */
	for (size_t round = 0; round <= keep->n; round++) {
		const struct keep_entry *left = NULL;
		bool has_written = false;

		for (size_t i = keep->n; i-- > 0;) {
			const struct keep_entry *e = &keep->entry[i];

			if (is_as_before(e, cg))
				continue;
			left = e;
			/* The kernel does not see a write of nothing. */
			if (tree_write_at(cg->fd[e->tree], e->file, *e->text ? e->text : "\n") == 0)
				has_written = true;
		}
		if (!left || !has_written)
			return left;
	}
	return NULL;
}

void keep_free(struct keep *keep)
{
	free(keep->entry);
	*keep = KEEP_INIT;
}
