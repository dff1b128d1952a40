/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups of resctrl; see rdt.h and Documentation/filesystems/resctrl.rst of Linux.
 * Runs in: host.
 */
#include "host/rdt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "plan/plan.h"
#include "state/record.h"

/* schemata has a line for each resource, with every domain in it; machines have some dozens. */
enum { FILE_SIZE = 16384 };

#define MON_GROUPS "mon_groups"

static void close_file(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* "\040" and its like, in place (proc(5)). */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0';) {
		if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) && is_octal(from[3])) {
			*to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* "ID PARENT MAJOR:MINOR ROOT TARGET OPTIONS TAGS - TYPE ...": the target of a whole resctrl, else NULL. */
static char *find_target(char *line)
{
	char *type = strstr(line, " - "), *field[5];

	if (type == NULL || str_after(type, " - resctrl ") == NULL)
		return NULL;
	for (int i = 0; i < 5; i++) {
		field[i] = strsep(&line, " ");
		if (line == NULL)
			return NULL;
	}
	if (strcmp(field[3], "/") != 0)
		return NULL;
	unescape(field[4]);
	return field[4];
}

static bool find_in(FILE *file, char *path, size_t size)
{
	char *line = NULL;
	size_t room = 0;
	bool is_found = false;

	while (!is_found && getline(&line, &room, file) >= 0) {
		const char *target = find_target(line);

		is_found = target != NULL && strlen(target) < size;
		if (is_found)
			memcpy(path, target, strlen(target) + 1);
	}
	free(line);
	return is_found;
}

int rdt_find_mount(const char *mountinfo, char *path, size_t size, struct err *err)
{
	__attribute__((cleanup(close_file))) FILE *file = fopen(mountinfo, "re");

	if (file == NULL)
		return err_errno(err, ERR_NOWHERE, "read %s", mountinfo);
	if (!find_in(file, path, size))
		return err_say(err, ERR_NOWHERE, "resctrl is not mounted: intelRdt needs a kernel and a processor with it, and "
			       "a mount of type resctrl (usually on /sys/fs/resctrl)");
	return 0;
}

/* @name, or what people call the default group. */
static const char *group_name(const struct plan_rdt *rdt)
{
	return rdt->group[0] != '\0' ? rdt->group : "/";
}

static int open_group(const struct rdt *rdt, const char *name)
{
	return openat(rdt->root, name[0] != '\0' ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The text of @file below @dir, NUL at its end.  -1 with errno. */
static int read_text(int dir, const char *file, char *text, size_t size)
{
	auto_fd int fd = openat(dir, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : fd_read_all(fd, text, size - 1);

	if (n < 0)
		return -1;
	text[n] = '\0';
	return 0;
}

/* The kernel rounds bandwidth up to what its registers can hold; 1 where it says nothing. */
static uint64_t bandwidth_step(const struct rdt *rdt)
{
	char text[32];
	unsigned long step;

	if (read_text(rdt->root, "info/MB/bandwidth_gran", text, sizeof(text)) < 0)
		return 1;
	step = strtoul(text, NULL, 10);
	return step > 0 ? step : 1;
}

static uint64_t round_up(uint64_t value, uint64_t step)
{
	return value > UINT64_MAX - step ? value : (value + step - 1) / step * step;
}

/* What follows "NAME:" in the line of that resource; the kernel pads names at their left.  Cuts the line off. */
static char *find_line(char *text, const char *prefix)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		line += strspn(line, " \t");
		if (str_after(line, prefix) != NULL)
			return line + strlen(prefix);
	}
	return NULL;
}

static bool has_share(const char *rest, int base, const struct plan_rdt_share *wanted, uint64_t step)
{
	struct plan_rdt_share share;

	while (plan_rdt_next(&rest, base, &share) > 0) {
		if (share.domain == wanted->domain)
			return round_up(share.value, step) == round_up(wanted->value, step);
	}
	return false;
}

/* Does the group have the values of @line?  By domain and by number: the kernel orders, pads and rounds (RD-05). */
static int compare(const struct rdt *rdt, const struct plan_rdt *plan, const char *line, int base, uint64_t step,
		   struct err *err)
{
	char text[FILE_SIZE], prefix[] = "L3:";
	struct plan_rdt_share wanted;
	const char *rest = line + strlen(prefix), *current;

	if (read_text(rdt->group, "schemata", text, sizeof(text)) < 0)
		return err_errno(err, plan->at, "read schemata of resctrl group %s", group_name(plan));
	memcpy(prefix, line, strlen(prefix));
	current = find_line(text, prefix);
	while (plan_rdt_next(&rest, base, &wanted) > 0) {
		if (current != NULL && has_share(current, base, &wanted, step))
			continue;
		return err_say(err, plan->at, "resctrl group %s exists, and differs from \"%s\" in domain %" PRIu64
			       ": it has \"%s%s\"", group_name(plan), line, wanted.domain, current != NULL ? prefix : "",
			       current != NULL ? current : "nothing of that kind");
	}
	return 0;
}

static int compare_all(const struct rdt *rdt, const struct plan_rdt *plan, struct err *err)
{
	if (plan->l3 != NULL && compare(rdt, plan, plan->l3, 16, 1, err) < 0)
		return -1;
	return plan->mb != NULL ? compare(rdt, plan, plan->mb, 10, bandwidth_step(rdt), err) : 0;
}

int rdt_open(struct rdt *rdt, const char *path, const struct plan *plan, struct err *err)
{
	const struct plan_rdt *wanted = &plan->rdt;

	rdt->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rdt->root < 0)
		return err_errno(err, wanted->at, "open resctrl at %s", path);
	rdt->group = open_group(rdt, wanted->group);
	if (rdt->group < 0 && errno != ENOENT)
		return err_errno(err, wanted->at, "open resctrl group %s", group_name(wanted));
	if (rdt->group >= 0 && wanted->is_own)
		return err_say(err, wanted->at,
			       "resctrl group %s exists already, and closID is not set to share it", wanted->group);
	if (rdt->group >= 0)
		return compare_all(rdt, wanted, err);
	if (!wanted->is_own && !plan_rdt_has_schemata(wanted))
		return err_say(err, wanted->at, "there is no resctrl group %s, and no schemata to make it with", wanted->group);
	return 0;
}

void rdt_intend(const struct rdt *rdt, const struct plan *plan, struct record_rdt *ret)
{
	*ret = (struct record_rdt){
		.group = plan->rdt.group,
		.has_group = rdt->group < 0,
		.has_monitor = plan->rdt.monitoring,
	};
}

int rdt_make_group(struct rdt *rdt, const struct plan *plan, struct record_rdt *made, struct err *err)
{
	const struct plan_rdt *wanted = &plan->rdt;
	bool is_shared;

	if (rdt->group >= 0)
		return 0;
	if (mkdirat(rdt->root, wanted->group, 0755) < 0) {
		is_shared = errno == EEXIST && !wanted->is_own;
		made->has_group = false;
		if (!is_shared) {
			made->has_monitor = false;
			if (errno == ENOSPC)
				return err_say(err, wanted->at, "make resctrl group %s: this processor has no more of them",
					       wanted->group);
			return err_errno(err, wanted->at, "make resctrl group %s", wanted->group);
		}
	}
	rdt->group = open_group(rdt, wanted->group);
	if (rdt->group < 0)
		return err_errno(err, wanted->at, "open resctrl group %s", wanted->group);
	/* Another container with this closID was faster. */
	return made->has_group ? 0 : compare_all(rdt, wanted, err);
}

/* What resctrl did not like about the last write; "" when it does not say. */
static void explain(const struct rdt *rdt, char *text, size_t size)
{
	if (read_text(rdt->root, "info/last_cmd_status", text, size) < 0 || strncmp(text, "ok", 2) == 0)
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static int write_line(const struct rdt *rdt, const struct plan_rdt *wanted, int fd, const char *line, struct err *err)
{
	size_t len = strlen(line);
	char *text = malloc(len + 2);
	char reason[256];
	ssize_t n;

	if (text == NULL)
		return err_errno(err, wanted->at, "get memory for schemata");
	(void)snprintf(text, len + 2, "%s\n", line);
	n = write(fd, text, len + 1); /* a line is taken whole or not at all */
	free(text);
	if (n == (ssize_t)len + 1)
		return 0;
	(void)err_errno(err, wanted->at, "write \"%s\" to schemata of resctrl group %s", line, group_name(wanted));
	explain(rdt, reason, sizeof(reason));
	return reason[0] == '\0' ? -1 : err_wrap(err, wanted->at, "%s", reason);
}

static int open_schemata(const struct rdt *rdt, const struct plan_rdt *wanted, struct err *err)
{
	int fd = openat(rdt->group, "schemata", O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, wanted->at, "open schemata of resctrl group %s", group_name(wanted));
	return fd;
}

int rdt_write_schemata(const struct rdt *rdt, const struct plan *plan, const struct record_rdt *made, struct err *err)
{
	const struct plan_rdt *wanted = &plan->rdt;
	auto_fd int fd = -1;

	/* Without anything to write the file is not even opened (RD-03). */
	if (wanted->lines[0] == NULL && (!made->has_group || !plan_rdt_has_schemata(wanted)))
		return 0;
	fd = open_schemata(rdt, wanted, err);
	if (fd < 0)
		return -1;
	/* In a group that was there these have just been found equal. */
	if (made->has_group && ((wanted->l3 != NULL && write_line(rdt, wanted, fd, wanted->l3, err) < 0) ||
				(wanted->mb != NULL && write_line(rdt, wanted, fd, wanted->mb, err) < 0)))
		return -1;
	for (const char *const *line = wanted->lines; *line != NULL; line++) {
		if (write_line(rdt, wanted, fd, *line, err) < 0)
			return -1;
	}
	return 0;
}

static int open_monitors(int group)
{
	return openat(group, MON_GROUPS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int rdt_make_monitor(const struct rdt *rdt, const struct plan *plan, struct record_rdt *made, struct err *err)
{
	const struct plan_rdt *wanted = &plan->rdt;
	auto_fd int monitors = -1;

	if (!wanted->monitoring)
		return 0;
	monitors = open_monitors(rdt->group);
	if (monitors >= 0 && mkdirat(monitors, plan->id, 0755) == 0)
		return 0;
	made->has_monitor = false;
	if (monitors < 0 && errno == ENOENT)
		return err_say(err, wanted->at, "resctrl group %s cannot be monitored: this processor does not do that",
			       group_name(wanted));
	if (errno == ENOSPC)
		return err_say(err, wanted->at, "make monitoring group %s in resctrl group %s: this processor has no more of them",
			       plan->id, group_name(wanted));
	return err_errno(err, wanted->at, "make monitoring group %s in resctrl group %s", plan->id, group_name(wanted));
}

static int write_pid(int dir, pid_t pid)
{
	auto_fd int fd = openat(dir, "tasks", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", (int)pid);

	return fd >= 0 && write(fd, text, (size_t)len) == len ? 0 : -1;
}

int rdt_enter(const struct rdt *rdt, const struct plan *plan, pid_t pid, struct err *err)
{
	const struct plan_rdt *wanted = &plan->rdt;
	auto_fd int monitors = -1, monitor = -1;

	if (write_pid(rdt->group, pid) < 0)
		return err_errno(err, wanted->at, "put the container's first process into resctrl group %s", group_name(wanted));
	if (!wanted->monitoring)
		return 0;
	monitors = open_monitors(rdt->group);
	if (monitors >= 0)
		monitor = openat(monitors, plan->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (monitor < 0 || write_pid(monitor, pid) < 0)
		return err_errno(err, wanted->at, "put the container's first process into monitoring group %s", plan->id);
	return 0;
}

/* Nobody is in the group: the kernel would move them to the default group. */
static bool is_unused(int group)
{
	char text[16];

	return read_text(group, "tasks", text, sizeof(text)) == 0 && text[0] == '\0';
}

static int remove_one(int dir, const char *name, const char *what, struct err *err)
{
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return err_errno(err, ERR_NOWHERE, "remove %s %s", what, name);
}

int rdt_remove(const char *path, const char *id, const struct record_rdt *made, struct err *err)
{
	struct rdt rdt = RDT_INIT;
	auto_fd int root = -1, group = -1, monitors = -1;

	if (!made->has_group && !made->has_monitor)
		return 0;
	root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_errno(err, ERR_NOWHERE, "open resctrl at %s", path);
	rdt.root = root;
	group = open_group(&rdt, made->group);
	if (group < 0)
		return errno == ENOENT ? 0 : err_errno(err, ERR_NOWHERE, "open resctrl group %s", made->group);
	monitors = made->has_monitor ? open_monitors(group) : -1;
	if (monitors >= 0 && remove_one(monitors, id, "monitoring group", err) < 0)
		return -1;
	if (!made->has_group || (strcmp(made->group, id) != 0 && !is_unused(group)))
		return 0;
	return remove_one(root, made->group, "resctrl group", err);
}

/* The line of @text about the resource of @line, into @fd; a resource that has none there cannot have been changed. */
static int put_back(const struct rdt *rdt, const struct plan_rdt *wanted, int fd, const char *line, const char *text,
		    struct err *err)
{
	auto_free char *copy = strdup(text);
	char prefix[] = "L3:", before[FILE_SIZE];
	const char *value;

	if (copy == NULL)
		return err_errno(err, wanted->at, "get memory for schemata");
	memcpy(prefix, line, strlen(prefix));
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
	value = find_line(copy, prefix);
	if (value == NULL)
		return 0;
	(void)snprintf(before, sizeof(before), "%s%s", prefix, value);
	return write_line(rdt, wanted, fd, before, err);
}

int rdt_change_back(const struct rdt *rdt, const struct plan_rdt *wanted, const char *before, struct err *err)
{
	auto_fd int fd = open_schemata(rdt, wanted, err);

	if (fd < 0 || (wanted->l3 != NULL && put_back(rdt, wanted, fd, wanted->l3, before, err) < 0))
		return -1;
	return wanted->mb != NULL ? put_back(rdt, wanted, fd, wanted->mb, before, err) : 0;
}

int rdt_change(struct rdt *rdt, const char *path, const struct plan_rdt *wanted, char **ret_before, struct err *err)
{
	auto_free char *before = calloc(1, FILE_SIZE);
	struct err ignored = ERR_INIT;
	auto_fd int fd = -1;

	rdt->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rdt->root < 0)
		/* cppcheck-suppress memleak ; auto_free frees it */
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
		return err_errno(err, wanted->at, "open resctrl at %s", path);
	rdt->group = open_group(rdt, wanted->group);
	if (rdt->group < 0)
		/* cppcheck-suppress memleak ; auto_free frees it */
		return err_errno(err, wanted->at, "open resctrl group %s", group_name(wanted));
	if (before == NULL || read_text(rdt->group, "schemata", before, FILE_SIZE) < 0)
		return err_errno(err, wanted->at, "read schemata of resctrl group %s", group_name(wanted));
	fd = open_schemata(rdt, wanted, err);
	if (fd < 0)
		return -1;
	if ((wanted->l3 != NULL && write_line(rdt, wanted, fd, wanted->l3, err) < 0) ||
	    (wanted->mb != NULL && write_line(rdt, wanted, fd, wanted->mb, err) < 0)) {
		if (rdt_change_back(rdt, wanted, before, &ignored) < 0)
			(void)err_wrap(err, wanted->at, "and %s, after this failure", ignored.text);
		return -1;
	}
	*ret_before = take_ptr(&before);
	return 0;
}

void rdt_close(struct rdt *rdt)
{
	fd_close(&rdt->root);
	fd_close(&rdt->group);
}
