/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What further processes have from the container, and what the command line changes. */
#include "host/inherit.h"

#include <string.h>

#include "base/err.h"
#include "libocispec/arena.h"
#include "libocispec/oci/config.h"
#include "tests/unit/support.h"

static const char *env[] = { "A=1", "B=2" };
static const char *words[] = { "/own" };
static const char *caps[] = { "CAP_KILL", "CAP_CHOWN" };
static uint32_t gids[] = { 8, 9 };

static struct oci_user user = {
	.uid = 5, .gid = 6, .umask = { .set = true, .v = 7 }, .additional_gids = { .set = true, .n = 2, .item = gids },
};

static struct oci_capabilities sets = {
	.bounding = { .set = true, .n = 2, .item = caps },
	.inheritable = { .set = true, .n = 1, .item = caps },
};

static const struct oci_process own = {
	.terminal = true,
	.user = &user,
	.args = { .set = true, .n = 1, .item = words },
	.env = { .set = true, .n = 2, .item = env },
	.cwd = "/w",
	.capabilities = &sets,
	.selinux_label = "s",
	.apparmor_profile = "a",
	.oom_score_adj = { .set = true, .v = 4 },
};

static const char *const args[] = { "/bin/cat", "x", NULL };

static struct oci_process *change(struct arena *arena, const struct inherit_changes *changes)
{
	struct err err = ERR_INIT;
	struct oci_process *process = NULL;

	assert_good(inherit_process(arena, &own, changes, &process, &err), err);
	return process;
}

static void test_nothing_changed(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	const struct inherit_changes changes = { .args = args };
	const struct oci_process *process = change(&arena, &changes);

	(void)state;
	assert_false(process->terminal || process->no_new_privileges);
	assert_int_equal(process->args.n, 2);
	assert_string_equal(process->args.item[1], "x");
	assert_int_equal(process->env.n, 2);
	assert_string_equal(process->cwd, "/w");
	assert_int_equal(process->user->uid, 5);
	assert_int_equal(process->user->gid, 6);
	assert_int_equal(process->user->umask.v, 7);
	assert_int_equal(process->user->additional_gids.n, 2);
	assert_ptr_equal(process->capabilities, &sets);
	assert_string_equal(process->selinux_label, "s");
	assert_string_equal(process->apparmor_profile, "a");
	assert_int_equal(process->oom_score_adj.v, 4);
}

static void test_everything_changed(void **state)
{
	static const char *const more_env[] = { "C=3" }, *const more_gids[] = { "0", "4294967294" };
	static const char *const more_caps[] = { "CAP_KILL", "CAP_SYS_TIME" };
	auto_arena struct arena arena = ARENA_INIT;
	const struct inherit_changes changes = {
		.args = args, .terminal = true, .cwd = "/c", .user = "1:2", .env = { more_env, 1 }, .additional_gids = { more_gids, 2 },
		.caps = { more_caps, 2 }, .no_new_privs = true, .selinux_label = "S", .apparmor_profile = "A",
	};
	const struct oci_process *process = change(&arena, &changes);

	(void)state;
	assert_true(process->terminal && process->no_new_privileges);
	assert_string_equal(process->env.item[2], "C=3");
	assert_string_equal(process->cwd, "/c");
	assert_int_equal(process->user->uid, 1);
	assert_int_equal(process->user->gid, 2);
	assert_int_equal(process->user->umask.v, 7);
	assert_int_equal(process->user->additional_gids.n, 4);
	assert_true(process->user->additional_gids.item[3] == 4294967294u);
	/* R15: nothing comes into the inheritable set, and into the ambient one only what was inheritable. */
	assert_int_equal(process->capabilities->inheritable.n, 1);
	assert_int_equal(process->capabilities->ambient.n, 1);
	assert_string_equal(process->capabilities->ambient.item[0], "CAP_KILL");
	assert_int_equal(process->capabilities->bounding.n, 4);
	assert_int_equal(process->capabilities->permitted.n, 2);
	assert_int_equal(process->capabilities->effective.n, 2);
	assert_string_equal(process->selinux_label, "S");
	assert_string_equal(process->apparmor_profile, "A");
	/* The container's own are what they were. */
	assert_int_equal(own.user->uid, 5);
	assert_int_equal(sets.bounding.n, 2);
}

static void test_process_that_says_little(void **state)
{
	static const struct oci_process bare = { .args = { .set = true, .n = 1, .item = words }, .cwd = "/" };
	static const char *const more[] = { "CAP_KILL" };
	auto_arena struct arena arena = ARENA_INIT;
	const struct inherit_changes changes = { .args = args, .user = "3", .caps = { more, 1 } };
	struct oci_process *process = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_good(inherit_process(&arena, &bare, &changes, &process, &err), err);
	assert_int_equal(process->user->uid, 3);
	assert_int_equal(process->user->gid, 0);
	assert_int_equal(process->capabilities->permitted.n, 1);
	assert_int_equal(process->capabilities->ambient.n, 0);
}

/* V27: never user 0 by mistake, and no number but a plain one. */
static void test_bad_ids(void **state)
{
	static const char *const bad[] = { "", ":", "1:", ":1", "+1", " 1", "1 ", "-1", "0x1", "1:2:3", "root", "4294967295",
					   "4294967296", "18446744073709551617", "1:4294967295", "99999999999999999999999" };
	auto_arena struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct inherit_changes changes = { .args = args, .user = bad[i] };
		const struct inherit_changes groups = { .args = args, .additional_gids = { &bad[i], 1 } };
		struct oci_process *process = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(inherit_process(&arena, &own, &changes, &process, &err), -1);
		assert_holds(err.text, "--user: ");
		err = ERR_INIT;
		assert_int_equal(inherit_process(&arena, &own, &groups, &process, &err), -1);
		assert_holds(err.text, "--additional-gids: ");
		assert_null(process);
	}
}

static void test_bad_capabilities(void **state)
{
	static const char *const bad[] = { "", "KILL", "CAP_", "cap_kill", "CAP_KILL " };
	auto_arena struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct inherit_changes changes = { .args = args, .caps = { &bad[i], 1 } };
		struct oci_process *process = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(inherit_process(&arena, &own, &changes, &process, &err), -1);
		assert_holds(err.text, "--cap: ");
	}
}

static void test_linux(void **state)
{
	struct oci_syscall ask = { .action = OCI_SECCOMP_ACT_NOTIFY }, allow = { .action = OCI_SECCOMP_ACT_ALLOW };
	void *rules[] = { &allow, &ask, &allow };
	struct oci_seccomp seccomp = {
		.default_action = OCI_SECCOMP_ACT_ERRNO, .listener_path = "/agent", .listener_metadata = "m",
		.syscalls = { .set = true, .n = 3, .item = rules },
	};
	struct oci_personality personality = { .domain = OCI_PERSONALITY_LINUX32 };
	struct oci_linux on_linux = { .cgroups_path = "/x" };
	const struct oci_config config = { .on_linux = &on_linux }, none = { .on_linux = NULL };
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_linux *ret;

	(void)state;
	assert_null(inherit_linux(&arena, &none));
	assert_null(inherit_linux(&arena, &config));
	on_linux.personality = &personality;
	on_linux.seccomp = &seccomp;
	ret = inherit_linux(&arena, &config);
	assert_ptr_equal(ret->personality, &personality);
	assert_null(ret->cgroups_path);
	assert_null(ret->memory_policy);
	assert_int_equal(ret->seccomp->default_action, OCI_SECCOMP_ACT_ERRNO);
	assert_string_equal(ret->seccomp->listener_metadata, "m");
	assert_int_equal(ret->seccomp->syscalls.n, 1);
	assert_ptr_equal(ret->seccomp->syscalls.item[0], &ask);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_changed),
		cmocka_unit_test(test_everything_changed),
		cmocka_unit_test(test_process_that_says_little),
		cmocka_unit_test(test_bad_ids),
		cmocka_unit_test(test_bad_capabilities),
		cmocka_unit_test(test_linux),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
