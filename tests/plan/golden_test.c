/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole configs and the plans they come to, on machines that are made up here; and configs that are
 * refused, with the exact line a user sees.
 *	NAME.json + NAME.plan           a plan on a cgroup v2 machine, with `run`
 *	NAME.json + NAME@VARIANT.plan   on another machine or with another command
 *	refuse/NAME.json + NAME.err     a refusal
 *	../data/configs/NAME.json       what managers wrote: plans, of which only the sizes are told, in "sizes" there
 * TARE_UPDATE_GOLDEN=1 writes what comes out instead of comparing it: look at the diff afterwards.
 */
#include "tests/unit/plan/fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "tests/unit/must.h"

/* Controllers as distributions mounted them, two by two. */
static const char *const v1_controllers[] = { "cpuset", "cpu", "cpuacct", "blkio", "memory", "devices",
					      "freezer", "net_cls", "net_prio", "pids", "name=systemd",
					      NULL };
static const char *const v1_mounts[] = { "cpuset", "cpu,cpuacct", "cpu,cpuacct", "blkio", "memory",
					 "devices", "freezer", "net_cls,net_prio", "net_cls,net_prio",
					 "pids", "systemd", NULL };

#define ALL_CAPS ((UINT64_C(1) << 41) - 1)
#define CAP_SYS_ADMIN_BIT (UINT64_C(1) << 21)

/* What differs from the machine and command of fixture.c. */
static const struct variant {
	const char *name;
	enum cgroup_mode mode;
	bool is_user;
	bool is_create;
	uint64_t capabilities;
	enum cgroup_manager manager;
} variants[] = {
	{ "",       CGROUP_MODE_V2,     false, false, ALL_CAPS, CGROUP_MANAGER_CGROUPFS },
	{ "v1",     CGROUP_MODE_V1,     false, false, ALL_CAPS, CGROUP_MANAGER_CGROUPFS },
	{ "hybrid", CGROUP_MODE_HYBRID, false, false, ALL_CAPS, CGROUP_MANAGER_CGROUPFS },
	{ "none",   CGROUP_MODE_NONE,   true,  false, ALL_CAPS, CGROUP_MANAGER_CGROUPFS },
	{ "create", CGROUP_MODE_V2,     false, true,  ALL_CAPS, CGROUP_MANAGER_CGROUPFS },
	{ "nested", CGROUP_MODE_V2,     true,  false, ALL_CAPS & ~CAP_SYS_ADMIN_BIT, CGROUP_MANAGER_CGROUPFS },
	{ "systemd", CGROUP_MODE_V2,    false, false, ALL_CAPS, CGROUP_MANAGER_SYSTEMD },
};

static const struct facts_range subordinate = { 100000, 65536 };

static char dir[4096];

struct buffer {
	char text[1 << 18];
	size_t n;
};

static void append(void *data, const char *text)
{
	struct buffer *buffer = data;
	size_t len = strlen(text);

	assert_true(buffer->n + len < sizeof(buffer->text));
	memcpy(buffer->text + buffer->n, text, len + 1);
	buffer->n += len;
}

static bool is_update(void)
{
	return getenv("TARE_UPDATE_GOLDEN") != NULL;
}

/* Compare @text with the file, and name the first line that differs; or write it. */
static void check_file(const char *path, const char *text)
{
	static char want[1 << 18];
	FILE *file = fopen(path, is_update() ? "we" : "re");
	size_t n, line = 1, start = 0;

	if (file == NULL)
		must_stop("cannot open %s; TARE_UPDATE_GOLDEN=1 writes it", path);
	if (is_update()) {
		assert_int_equal(fputs(text, file) < 0, 0);
		assert_int_equal(fclose(file), 0);
		return;
	}
	n = fread(want, 1, sizeof(want) - 1, file);
	want[n] = '\0';
	(void)fclose(file);
	if (strcmp(want, text) == 0)
		return;
	for (size_t i = 0; want[i] == text[i]; i++) {
		if (want[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	fail_msg("%s:%zu differs\nwant: %.*s\nhave: %.*s", path, line,
		 (int)strcspn(want + start, "\n"), want + start, (int)strcspn(text + start, "\n"),
		 text + start);
}

static void set_up(struct fixture *f, const struct variant *variant)
{
	f->facts.cgroup_mode = variant->mode;
	f->options.manager = variant->manager;
	f->facts.capabilities = variant->capabilities;
	f->facts.bounding = variant->capabilities;
	if (variant->is_user) {
		f->facts.euid = 1000;
		f->facts.egid = 1000;
		f->facts.in_user_ns = true;
		f->facts.subuid = f->facts.subgid = &subordinate;
		f->facts.n_subuid = f->facts.n_subgid = 1;
		f->facts.newuidmap = "/usr/bin/newuidmap";
		f->facts.newgidmap = "/usr/bin/newgidmap";
		f->facts.mounts_refused = (variant->capabilities & CAP_SYS_ADMIN_BIT) == 0;
	}
	if (variant->mode == CGROUP_MODE_V1 || variant->mode == CGROUP_MODE_HYBRID) {
		f->facts.v1_controllers = v1_controllers;
		f->facts.v1_mounts = v1_mounts;
	}
	if (variant->is_create) {
		f->options.detach = true;
		f->options.has_console_socket = true;
		f->options.no_pivot = true;
		f->options.no_new_keyring = true;
		f->options.preserve_fds = 3;
	}
}

static const struct variant *find_variant(const char *name)
{
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		if (strcmp(variants[i].name, name) == 0)
			return &variants[i];
	}
	must_stop("no variant is called %s", name);
}

/* @name: "docker" or "docker@v1". */
static void check_plan(const char *name)
{
	static struct buffer buffer;
	auto_fixture struct fixture f;
	int len = (int)strcspn(name, "@");
	char path[4400];

	(void)snprintf(path, sizeof(path), "%s/%.*s.json", dir, len, name);
	fixture_open_file(&f, path);
	set_up(&f, find_variant(name[len] == '@' ? name + len + 1 : ""));
	buffer.n = 0;
	plan_print(fixture_plan(&f), append, &buffer);
	(void)snprintf(path, sizeof(path), "%s/%s.plan", dir, name);
	check_file(path, buffer.text);
}

static void check_refusal(const char *name)
{
	auto_fixture struct fixture f;
	char path[4400];
	char text[1700];

	(void)snprintf(path, sizeof(path), "%s/refuse/%s.json", dir, name);
	fixture_open_file(&f, path);
	(void)snprintf(text, sizeof(text), "%s\n", fixture_refused(&f));
	(void)snprintf(path, sizeof(path), "%s/refuse/%s.err", dir, name);
	check_file(path, text);
}

/* Call @check with the name of each file in @sub that ends in @suffix; @min of them at least. */
static void for_each(const char *sub, const char *suffix, size_t min, void (*check)(const char *name))
{
	struct dirent **entry;
	char path[4400];
	size_t found = 0;
	int n;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, sub);
	n = scandir(path, &entry, NULL, alphasort);
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		size_t len = strlen(entry[i]->d_name);
		size_t cut = strlen(suffix);

		if (len > cut && strcmp(entry[i]->d_name + len - cut, suffix) == 0) {
			entry[i]->d_name[len - cut] = '\0';
			check(entry[i]->d_name);
			found++;
		}
		free(entry[i]);
	}
	free(entry);
	assert_true(found >= min);
}

static void test_plans(void **state)
{
	(void)state;
	for_each(".", ".plan", 20, check_plan);
}

/* No config without its plan. */
static void test_complete(void **state)
{
	(void)state;
	for_each(".", ".json", 10, check_plan);
}

static void test_refusals(void **state)
{
	(void)state;
	for_each("refuse", ".json", 20, check_refusal);
}

/* Append "NAME: container 6, root 3, ...": how many lines @plan has from one line that is not indented to the next. */
static void append_sizes(struct buffer *out, const char *name, const char *plan)
{
	const char *word = NULL;
	size_t lines = 0;
	char part[200];

	append(out, name);
	for (const char *line = plan; *line != '\0'; line += strcspn(line, "\n") + 1, lines++) {
		size_t len = strcspn(line, " \n");

		if (len == 0 || (word != NULL && strncmp(word, line, len + 1) == 0))
			continue;
		if (word != NULL) {
			(void)snprintf(part, sizeof(part), " %zu", lines);
			append(out, part);
		}
		(void)snprintf(part, sizeof(part), "%s %.*s", word == NULL ? ":" : ",", (int)len, line);
		append(out, part);
		word = line;
		lines = 0;
	}
	(void)snprintf(part, sizeof(part), " %zu\n", lines);
	append(out, part);
}

static struct buffer sizes;

/* A cgroupsPath of the form SLICE:PREFIX:NAME was meant for the systemd manager. */
static void check_collected(const char *name)
{
	static struct buffer buffer;
	auto_fixture struct fixture f;
	const char *cgroups;
	char path[4400];

	(void)snprintf(path, sizeof(path), "%s/../data/configs/%s.json", dir, name);
	fixture_open_file(&f, path);
	cgroups = f.config->on_linux->cgroups_path;
	set_up(&f, find_variant(cgroups != NULL && strchr(cgroups, ':') != NULL ? "systemd" : ""));
	buffer.n = 0;
	plan_print(fixture_plan(&f), append, &buffer);
	append_sizes(&sizes, name, buffer.text);
}

static void test_collected(void **state)
{
	char path[4400];

	(void)state;
	sizes.n = 0;
	for_each("../data/configs", ".json", 20, check_collected);
	(void)snprintf(path, sizeof(path), "%s/../data/configs/sizes", dir);
	check_file(path, sizes.text);
}

int main(void)
{
	const char *top = getenv("top_srcdir");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_collected),
	};

	(void)snprintf(dir, sizeof(dir), "%s/tests/plan", top == NULL ? "." : top);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
