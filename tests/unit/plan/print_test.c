/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The printed plan, where the golden tests do not reach: plans that no config of this version comes
 * to, and strings that would spoil the text.
 */
#include "fixture.h"

#include <linux/mount.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"

struct buffer {
	char text[1 << 16];
	size_t n;
};

static void append(void *data, const char *text)
{
	struct buffer *buffer = data;
	size_t len = strlen(text);

	assert_true(len < 512 && buffer->n + len < sizeof(buffer->text));
	memcpy(buffer->text + buffer->n, text, len + 1);
	buffer->n += len;
}

/* True if @line is a line of the printed plan. */
static bool has_line(const struct plan *plan, const char *line)
{
	static struct buffer buffer;
	size_t len = strlen(line);
	const char *p = buffer.text;

	buffer.n = 0;
	plan_print(plan, append, &buffer);
	while ((p = strstr(p, line)) != NULL) {
		if ((p == buffer.text || p[-1] == '\n') && p[len] == '\n')
			return true;
		p++;
	}
	return false;
}

static void test_empty(void **state)
{
	static const struct plan plan = { .process.present = false };

	(void)state;
	assert_true(has_line(&plan, "container none"));
	assert_true(has_line(&plan, "process none"));
	assert_true(has_line(&plan, "seccomp none"));
	assert_true(has_line(&plan, "  create"));
}

/* A name longer than any buffer of the printer, all of it escaped. */
static void test_quotes(void **state)
{
	enum { LONG = 1500 };
	static char name[LONG + 1];
	static char want[2 * LONG + 100];
	static const struct plan plan = { .id = "a\"b\\c\n\x01\x7f\xc3\xa9", .hostname = name };
	int n;

	(void)state;
	assert_true(has_line(&plan, "container \"a\\\"b\\\\c\\x0a\\x01\\x7f\xc3\xa9\""));
	memset(name, '\\', LONG);
	n = snprintf(want, sizeof(want), "  hostname \"%s%s\"", name, name);
	assert_int_equal(n, 2 * LONG + 13);
	assert_true(has_line(&plan, want));
}

static void test_id_maps(void **state)
{
	static struct plan_idmap map = { .inside = 0, .outside = 100000, .count = 65536 };
	static struct plan_join join = { .flag = CLONE_NEWUSER, .path = "/u" };
	static const struct plan plan = {
		.namespaces = { .create = CLONE_NEWTIME | CLONE_NEWPID | 1,
				.join = &join, .n_join = 1,
				.uid_map = &map, .n_uid_map = 1, .gid_map = &map, .n_gid_map = 1 },
	};

	(void)state;
	assert_true(has_line(&plan, "  create pid time 0x1"));
	assert_true(has_line(&plan, "  join user \"/u\""));
	assert_true(has_line(&plan, "  uid-map 0 is 100000 outside, 65536 ids"));
	assert_true(has_line(&plan, "  gid-map 0 is 100000 outside, 65536 ids"));
}

static void test_mount(void **state)
{
	static struct plan_mount mount = {
		.kind = PLAN_MOUNT_FS, .target = "/t", .type = "tmpfs",
		.tmpcopyup = true, .copy_symlink = true,
		.attr = { .set = MOUNT_ATTR_RDONLY | (UINT64_C(1) << 40), .clear = MOUNT_ATTR_NODEV },
	};
	static const struct plan plan = { .mounts = { .item = &mount, .n = 1 } };

	(void)state;
	assert_true(has_line(&plan, "    filesystem \"tmpfs\" tmpcopyup copy-symlink"));
	assert_true(has_line(&plan, "    attributes +ro +0x10000000000 -nodev"));
}

static void test_mapped_mounts(void **state)
{
	static struct plan_idmap map = { .inside = 1, .outside = 2, .count = 3 };
	static struct plan_mount_idmap idmap = { .recursive = true, .uid_map = &map, .n_uid_map = 1,
						 .gid_map = &map, .n_gid_map = 1 };
	static struct plan_mount_idmap joined;
	static struct plan_mount mounts[] = {
		{ .kind = PLAN_MOUNT_BIND, .target = "/t", .idmap = &idmap },
		{ .kind = PLAN_MOUNT_BIND, .target = "/u", .idmap = &joined },
	};
	static const struct plan plan = { .mounts = { .item = mounts, .n = 2 } };

	(void)state;
	assert_true(has_line(&plan, "    ids mapped recursively"));
	assert_true(has_line(&plan, "      uid-map 1 is 2 outside, 3 ids"));
	assert_true(has_line(&plan, "      gid-map 1 is 2 outside, 3 ids"));
	assert_true(has_line(&plan, "    ids mapped as in the user namespace joined"));
}

static void test_labels(void **state)
{
	static struct plan_mount mount = { .kind = PLAN_MOUNT_FS, .target = "/q", .type = "mqueue", .label = "u:r:t:s0" };
	static const char *const none[] = { NULL };
	static const struct plan plan = {
		.mounts = { .item = &mount, .n = 1 },
		.process = { .present = true, .args = none, .env = none, .n_listen = 2,
			     .lsm = { .apparmor = "a b", .selinux = "u:r:t:s0" } },
	};

	(void)state;
	assert_true(has_line(&plan, "    label \"u:r:t:s0\""));
	assert_true(has_line(&plan, "  apparmor-profile \"a b\""));
	assert_true(has_line(&plan, "  selinux-label \"u:r:t:s0\""));
	assert_true(has_line(&plan, "  listen-fds 2"));
}

static void test_cgroup(void **state)
{
	static struct plan_limit limit[] = {
		{ .kind = LIMIT_MEMORY_MAX, .value = LIMIT_UNLIMITED, .name = "memory.limit" },
		{ .kind = LIMIT_UNIFIED, .key = "io.max", .text = "8:0 rbps=1\n", .name = "unified" },
	};
	static struct plan_device_rule rule = { .type = 'b', .major = 8, .minor = DEVICE_ANY,
						.access = DEVICE_READ };
	static const struct plan plan = {
		.cgroup = { .manager = CGROUP_MANAGER_DISABLED, .mode = CGROUP_MODE_V2,
			    .delegate = true, .delegate_uid = 7, .limits = limit, .n_limits = 2,
			    .rules = &rule, .n_rules = 1 },
	};

	(void)state;
	assert_true(has_line(&plan, "cgroup v2 by disabled"));
	assert_true(has_line(&plan, "  delegate to 7"));
	assert_true(has_line(&plan, "  limit memory-max unlimited from \"memory.limit\""));
	assert_true(has_line(&plan, "  limit unified \"io.max\" \"8:0 rbps=1\\x0a\" from \"unified\""));
	assert_true(has_line(&plan, "  device deny b 8:* read"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_id_maps),
		cmocka_unit_test(test_mount),
		cmocka_unit_test(test_mapped_mounts),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
