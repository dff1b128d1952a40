/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts about the host agree with what other files of the kernel say. */
#include "host/probe.h"

#include "tests/unit/support.h"

#include <ctype.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "libocispec/arena.h"

static struct facts probe(struct arena *arena)
{
	size_t fds = support_count_fds();
	struct facts facts = { .euid = 12345 };
	struct err err = ERR_INIT;

	assert_good(probe_host(arena, "/the/bundle", &facts, &err), err);
	assert_int_equal(support_count_fds(), fds);
	return facts;
}

/* The value of a line of /proc/self/status, in a static buffer; "" without the line. */
static const char *status_line(const char *name)
{
	static char text[8192];
	char start[64];
	char *line;

	support_read(AT_FDCWD, "/proc/self/status", text, sizeof(text));
	(void)snprintf(start, sizeof(start), "\n%s:", name);
	line = strstr(text, start);
	if (line == NULL)
		return "";
	line += strlen(start);
	line[strcspn(line, "\n")] = '\0';
	while (isspace((unsigned char)*line))
		line++;
	return line;
}

/* The @n-th number of a text, from 0. */
static unsigned long number(const char *text, int n)
{
	char *end = (char *)(uintptr_t)text; /* NOLINT(performance-no-int-to-ptr): as strtoul(3) wants it */
	unsigned long value = 0;

	for (int i = 0; i <= n; i++)
		value = strtoul(end, &end, 10);
	return value;
}

static void test_ids_and_capabilities(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct facts facts = probe(&arena);
	char text[32];

	(void)state;
	/* Real, effective. */
	assert_int_equal(facts.euid, number(status_line("Uid"), 1));
	assert_int_equal(facts.egid, number(status_line("Gid"), 1));
	assert_int_equal(facts.capabilities, strtoull(status_line("CapPrm"), NULL, 16));
	assert_int_equal(facts.bounding, strtoull(status_line("CapBnd"), NULL, 16));
	support_read(AT_FDCWD, "/proc/sys/kernel/cap_last_cap", text, sizeof(text));
	assert_int_equal(facts.last_capability, strtol(text, NULL, 10));
	assert_string_equal(facts.bundle, "/the/bundle");
	assert_int_equal(facts.seccomp_filter, status_line("Seccomp")[0] != '\0');
}

static void dropped(void *data)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct facts before = probe(&arena), after;

	(void)data;
	assert_true((before.bounding & (1U << 27)) != 0);
	assert_int_equal(prctl(PR_CAPBSET_DROP, 27 /* CAP_MKNOD */, 0, 0, 0), 0);
	after = probe(&arena);
	assert_int_equal(after.bounding, before.bounding & ~(UINT64_C(1) << 27));
	assert_int_equal(after.capabilities, before.capabilities);
	assert_int_equal(setresgid(65533, 65533, 65533), 0);
	assert_int_equal(setresuid(65534, 65534, 65534), 0);
	after = probe(&arena);
	assert_int_equal(after.euid, 65534);
	assert_int_equal(after.egid, 65533);
	assert_int_equal(after.capabilities, 0);
}

static void test_without_privileges(void **state)
{
	(void)state;
	support_run(0, dropped, NULL);
}

static void test_security_modules(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct facts facts = probe(&arena);
	char text[16] = "N";

	(void)state;
	if (access("/sys/module/apparmor/parameters/enabled", R_OK) == 0)
		support_read(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", text, sizeof(text));
	assert_int_equal(facts.apparmor, text[0] == 'Y');
	assert_int_equal(facts.selinux, support_is_mounted(" - selinuxfs "));
}

static void lie(void *data)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct facts facts;
	auto_arena struct arena other = ARENA_INIT;

	(void)data;
	/* What the modules show, shown by other file systems. */
	assert_int_equal(mount("tmpfs", "/sys/module", "tmpfs", 0, NULL), 0);
	assert_int_equal(mount("tmpfs", "/sys/fs", "tmpfs", 0, NULL), 0);
	facts = probe(&arena);
	assert_false(facts.apparmor);
	assert_false(facts.selinux);
	assert_int_equal(mkdir("/sys/module/apparmor", 0755), 0);
	assert_int_equal(mkdir("/sys/module/apparmor/parameters", 0755), 0);
	support_write(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", "Y\n");
	assert_int_equal(mkdir("/sys/fs/selinux", 0755), 0);
	support_write(AT_FDCWD, "/sys/fs/selinux/enforce", "0");
	facts = probe(&other);
	assert_true(facts.apparmor);
	assert_true(facts.selinux);
	support_write(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", "N\n");
	assert_false(probe(&other).apparmor);
}

static void test_security_modules_elsewhere(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, lie, NULL);
}

/* The map of the first user namespace is the one that maps everything to itself. */
static void test_user_namespace(void **state)
{
	char text[256];

	(void)state;
	support_read(AT_FDCWD, "/proc/self/uid_map", text, sizeof(text));
	/* Inside, outside, count. */
	if (number(text, 0) != number(text, 1) || number(text, 2) != UINT32_MAX)
		assert_true(probe_in_user_ns());
	else if (access("/proc/1/ns/user", R_OK) == 0)
		assert_int_equal(probe_in_user_ns(), false);
}

static void in_user_ns(void *data)
{
	auto_arena struct arena arena = ARENA_INIT;

	(void)data;
	assert_true(probe_in_user_ns());
	assert_true(probe(&arena).in_user_ns);
}

static void test_in_user_namespace(void **state)
{
	(void)state;
	support_run(CLONE_NEWUSER, in_user_ns, NULL);
}

/* The mode and the trees, against the mount table. */
static void test_cgroups(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct facts facts = probe(&arena);
	bool v2 = support_is_mounted(" /sys/fs/cgroup rw,") && support_is_mounted(" - cgroup2 ") &&
		  !support_is_mounted(" /sys/fs/cgroup/");
	bool v1 = support_is_mounted(" - cgroup ");
	bool unified = support_is_mounted(" /sys/fs/cgroup/unified ");
	char lines[8192], entry[128];
	size_t n = 0;

	(void)state;
	assert_int_equal(facts.cgroup_mode, probe_cgroup_mode());
	if (v2)
		assert_int_equal(facts.cgroup_mode, CGROUP_MODE_V2);
	else if (v1)
		assert_int_equal(facts.cgroup_mode, unified ? CGROUP_MODE_HYBRID : CGROUP_MODE_V1);
	support_read(AT_FDCWD, "/proc/self/cgroup", lines, sizeof(lines));
	for (; facts.v1_mounts[n] != NULL; n++) {
		/* In /proc as ":cpu,cpuacct:", and mounted where it says. */
		(void)snprintf(entry, sizeof(entry), ":%s:", facts.v1_controllers[n]);
		assert_holds(lines, entry);
		(void)snprintf(entry, sizeof(entry), "/sys/fs/cgroup/%s/tasks", facts.v1_mounts[n]);
		assert_int_equal(access(entry, F_OK), 0);
	}
	assert_null(facts.v1_controllers[n]);
	assert_int_equal(n > 0, v1 && !v2);
}

static void mount_at(const char *type, const char *path, const char *data)
{
	(void)mkdir(path, 0755);
	if (mount(type, path, type, 0, data) < 0)
		fail_msg("mount %s at %s", type, path);
}

/* Each shape of tree, mounted in turn. */
static void shapes(void *data)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct facts facts;
	char lines[8192], *line, *rest = lines, *list;
	size_t n;

	(void)data;
	support_read(AT_FDCWD, "/proc/self/cgroup", lines, sizeof(lines));
	mount_at("ramfs", "/sys/fs/cgroup", NULL);
	assert_int_equal(probe_cgroup_mode(), CGROUP_MODE_NONE);
	facts = probe(&arena);
	assert_null(facts.v1_controllers[0]);
	mount_at("cgroup2", "/sys/fs/cgroup", NULL);
	assert_int_equal(probe_cgroup_mode(), CGROUP_MODE_V2);
	facts = probe(&arena);
	assert_null(facts.v1_controllers[0]);
	/* A tmpfs alone has no tree that we could use, whatever the kernel has. */
	mount_at("tmpfs", "/sys/fs/cgroup", NULL);
	assert_int_equal(probe_cgroup_mode(), CGROUP_MODE_V1);
	facts = probe(&arena);
	assert_null(facts.v1_controllers[0]);
	/* A directory for every second tree: they are found, in order, and the others left out. */
	n = 0;
	for (size_t i = 0; (line = strsep(&rest, "\n")) != NULL; i++) {
		char path[128];

		(void)strsep(&line, ":");
		list = strsep(&line, ":");
		if (list == NULL || list[0] == '\0' || i % 2 == 1)
			continue;
		(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s",
			       strncmp(list, "name=", 5) == 0 ? list + 5 : list);
		assert_int_equal(mkdir(path, 0755), 0);
		facts = probe(&arena);
		assert_string_equal(facts.v1_controllers[n], list);
		assert_string_equal(facts.v1_mounts[n], strrchr(path, '/') + 1);
		n++;
		assert_null(facts.v1_controllers[n]);
		assert_null(facts.v1_mounts[n]);
	}
	mount_at("cgroup2", "/sys/fs/cgroup/unified", NULL);
	assert_int_equal(probe_cgroup_mode(), CGROUP_MODE_HYBRID);
	facts = probe(&arena);
	assert_null(facts.v1_mounts[n]);
	/* Only cgroup2 counts there. */
	mount_at("tmpfs", "/sys/fs/cgroup/unified", NULL);
	assert_int_equal(probe_cgroup_mode(), CGROUP_MODE_V1);
}

static void test_shapes(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, shapes, NULL);
}

/* Made-up lists in /proc/self/cgroup: by the whole name, else by one of the controllers. */
static void lists(void *data)
{
	static const char text[] =
		"12:cpu,cpuacct:/a:b\n11:net_cls,net_prio:/\n10:name=systemd:/x\n9:memory:/\n1:name=elsewhere:/\n0::/y\n";
	static const char *const controllers[] = { "cpu,cpuacct", "net_cls,net_prio", "name=systemd" };
	static const char *const mounts[] = { "cpu,cpuacct", "net_prio", "systemd" };
	auto_arena struct arena arena = ARENA_INIT;
	struct facts facts;

	(void)data;
	mount_at("tmpfs", "/tmp", NULL);
	support_write(AT_FDCWD, "/tmp/lists", text);
	if (mount("/tmp/lists", "/proc/self/cgroup", NULL, MS_BIND, NULL) < 0)
		fail_msg("cannot cover /proc/self/cgroup");
	mount_at("tmpfs", "/sys/fs/cgroup", NULL);
	assert_int_equal(mkdir("/sys/fs/cgroup/cpu,cpuacct", 0755), 0);
	assert_int_equal(symlink("cpu,cpuacct", "/sys/fs/cgroup/cpu"), 0);
	assert_int_equal(mkdir("/sys/fs/cgroup/net_prio", 0755), 0);
	assert_int_equal(mkdir("/sys/fs/cgroup/systemd", 0755), 0);
	/* A link that leads nowhere is no mount. */
	assert_int_equal(symlink("nothing", "/sys/fs/cgroup/memory"), 0);
	facts = probe(&arena);
	for (size_t i = 0; i < COUNT(mounts); i++) {
		assert_string_equal(facts.v1_controllers[i], controllers[i]);
		assert_string_equal(facts.v1_mounts[i], mounts[i]);
	}
	assert_null(facts.v1_controllers[COUNT(mounts)]);
	assert_null(facts.v1_mounts[COUNT(mounts)]);
}

static void test_lists(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, lists, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_and_capabilities),
		cmocka_unit_test(test_without_privileges),
		cmocka_unit_test(test_security_modules),
		cmocka_unit_test(test_security_modules_elsewhere),
		cmocka_unit_test(test_user_namespace),
		cmocka_unit_test(test_in_user_namespace),
		cmocka_unit_test(test_cgroups),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_lists),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
