/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settling the container's first process; see settle.h.  /proc/PID is safe by number here: the process is
 * our own child and was not waited for, so nobody else can have its number.
 * Sources: user_namespaces(7), newuidmap(1), proc(5), setrlimit(2).
 * Runs in: host.
 */
#include "host/settle.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "host/userns.h"
#include "plan/plan.h"
#include "sys/spawn.h"

/* "4294967295 4294967295 4294967295\n" and more. */
#define LINE_SIZE 40

/* The kernel takes no more lines, so there are no more to read (user_namespaces(7)). */
#define MAP_TEXT (LINE_SIZE * 340 + 1)

/* newuidmap and newgidmap answer at once; a directory service behind them may take its time. */
#define HELPER_SECONDS 60

static int write_file(pid_t pid, const char *name, const char *text)
{
	size_t len = strlen(text);
	auto_fd int fd = -1;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	return write(fd, text, len) == (ssize_t)len ? 0 : -1;
}

/* In one write(2): the kernel takes a map whole or not at all. */
static int write_map(pid_t pid, const char *name, const struct plan_idmap *map, size_t n, struct err *err)
{
	auto_free char *text = malloc(n * LINE_SIZE + 1);
	size_t used = 0;

	if (text == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for an id map");
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, LINE_SIZE + 1, "%u %u %u\n", map[i].inside, map[i].outside,
					 map[i].count);
	if (write_file(pid, name, text) < 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
		return err_errno(err, map[0].at, "write the %s of the new user namespace", name);
	return 0;
}

/* newuidmap(1): pid, then three numbers for each line. */
static int run_helper(const char *helper, const char *file, pid_t pid, const struct plan_idmap *map, size_t n,
		      struct err *err)
{
	static const char *const env[] = { NULL };
	auto_free char *text = malloc((n * 3 + 1) * LINE_SIZE);
	auto_free const char **args = calloc(n * 3 + 3, sizeof(*args));
	struct spawn spawn = { .path = helper, .env = env, .timeout = HELPER_SECONDS };
	struct spawn_result result;
	char words[SPAWN_OUTPUT + 64];
	char *word = text;
	size_t used = 0;

	if (text == NULL || args == NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
		return err_errno(err, ERR_NOWHERE, "get memory for an id map");
	args[used++] = helper;
	args[used++] = word;
	(void)snprintf(word, LINE_SIZE, "%d", (int)pid);
	for (size_t i = 0; i < n * 3; i++) {
		const struct plan_idmap *line = &map[i / 3];

		word += LINE_SIZE;
		args[used++] = word;
		(void)snprintf(word, LINE_SIZE, "%u", i % 3 == 0 ? line->inside : i % 3 == 1 ? line->outside : line->count);
	}
	spawn.args = args;
	if (spawn_run(&spawn, &result) < 0)
		return err_errno(err, ERR_NOWHERE, "run %s", helper);
	if (spawn_succeeded(&result, words, sizeof(words)))
		return 0;
	if (userns_is_helper_powerless(helper))
		return err_say(err, map[0].at, "%s, which writes the map of the new user namespace, has no more rights than its "
			       "user: it is neither setuid root nor has it a file capability (\"chmod u+s %s\")", helper,
			       helper);
	return err_say(err, map[0].at, "%s, which writes the map of the new user namespace (has this user a range "
		       "with these ids in %s?), %s", helper, file, words);
}

static int make_maps(const struct plan_namespaces *ns, pid_t pid, struct err *err)
{
	if (ns->deny_setgroups && write_file(pid, "setgroups", "deny") < 0)
		return err_errno(err, ERR_NOWHERE, "forbid setgroups in the new user namespace");
	if (ns->gid_helper != NULL ?
	    run_helper(ns->gid_helper, "/etc/subgid", pid, ns->gid_map, ns->n_gid_map, err) < 0 :
	    write_map(pid, "gid_map", ns->gid_map, ns->n_gid_map, err) < 0)
		return -1;
	if (ns->uid_helper != NULL)
		return run_helper(ns->uid_helper, "/etc/subuid", pid, ns->uid_map, ns->n_uid_map, err);
	return write_map(pid, "uid_map", ns->uid_map, ns->n_uid_map, err);
}

/* The line of @map that says "@inside is @outside", NULL without one. */
static const struct plan_idmap *find_line(const struct plan_idmap *map, size_t n, unsigned int inside,
					  unsigned int outside, unsigned int count)
{
	for (size_t i = 0; i < n; i++) {
		if (map[i].inside == inside && map[i].outside == outside && map[i].count == count)
			return &map[i];
	}
	return NULL;
}

/* The same lines in any order: the kernel sorts long maps (spec-checklist 8.1 #22). */
static int compare_map(pid_t pid, const char *name, const struct plan_idmap *map, size_t n, struct err *err)
{
	auto_free char *text = calloc(1, MAP_TEXT);
	size_t found = 0, lines = 0;
	auto_fd int fd = -1;
	char path[64];
	char *rest = text;
	char *line;

	if (n == 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (text == NULL || fd < 0 || fd_read_all(fd, text, MAP_TEXT - 1) < 0)
		return err_errno(err, map[0].at, "read the %s of the joined user namespace", name);
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		uint32_t number[3];

		if (!str_numbers(line, " ", number, 3))
			return err_say(err, ERR_NOWHERE, "the line \"%s\" of the %s is not understood", line, name);
		found += find_line(map, n, number[0], number[1], number[2]) != NULL;
		lines++;
	}
	if (found == n && lines == n)
		return 0;
	return err_say(err, map[0].at, "the joined user namespace has another %s than the one given here", name);
}

/*
 * Without CAP_SYS_RESOURCE in the first user namespace hard limits can only fall.  So those that are to
 * rise rise here; init sets all of them to what they shall be, when it needs no more than that itself.
 * A refusal is init's to report, who meets it again.
 */
static void raise_limits(const struct plan_process *process, pid_t pid)
{
	for (size_t i = 0; i < process->n_rlimits; i++) {
		const struct plan_rlimit *limit = &process->rlimits[i];
		struct rlimit now;

		if (prlimit(pid, (__rlimit_resource_t)limit->resource, NULL, &now) < 0 || now.rlim_max >= limit->hard)
			continue;
		now.rlim_max = limit->hard;
		(void)prlimit(pid, (__rlimit_resource_t)limit->resource, &now, NULL);
	}
}

/* Lowering it needs the same right (PR-17). */
static int set_oom_score(const struct plan_process *process, pid_t pid, struct err *err)
{
	char value[16];

	if (!process->has_oom_score_adj)
		return 0;
	(void)snprintf(value, sizeof(value), "%d", process->oom_score_adj);
	if (write_file(pid, "oom_score_adj", value) < 0)
		return err_errno(err, process->at, "set oomScoreAdj to %s", value);
	return 0;
}

int settle_rights(const struct plan_process *process, pid_t pid, struct err *err)
{
	raise_limits(process, pid);
	return set_oom_score(process, pid, err);
}

int settle_process(const struct plan *plan, pid_t pid, struct err *err)
{
	const struct plan_namespaces *ns = &plan->namespaces;

	if (!ns->has_user)
		return 0;
	if ((ns->create & CLONE_NEWUSER) != 0 && make_maps(ns, pid, err) < 0)
		return -1;
	if ((ns->create & CLONE_NEWUSER) == 0 &&
	    (compare_map(pid, "uid_map", ns->uid_map, ns->n_uid_map, err) < 0 ||
	     compare_map(pid, "gid_map", ns->gid_map, ns->n_gid_map, err) < 0))
		return -1;
	return settle_rights(&plan->process, pid, err);
}
