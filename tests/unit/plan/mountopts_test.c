/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option table, word by word. */
#include "fixture.h"

#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/mountopts.h"

#define MOUNT(options) \
	CONFIG("", "", "'mounts':[{'destination':'/m','type':'x','options':[" options "]}],")

static struct mountopts parse(struct fixture *f, const char *json)
{
	struct mountopts opts;

	fixture_open(f, json);
	if (mountopts_parse(&f->work, f->config->mounts.item[0], &opts, &f->err) < 0)
		fail_msg("refused: %s", f->err.text);
	return opts;
}

static void test_attributes(void **state)
{
#define RO MOUNT_ATTR_RDONLY
#define ATIME MOUNT_ATTR__ATIME
	static const struct {
		const char *json;
		uint64_t set, clear;
	} cases[] = {
		{ MOUNT(""), 0, 0 },
		{ MOUNT("'defaults'"), 0, 0 },
		{ MOUNT("'ro','defaults'"), RO, 0 },
		{ MOUNT("'ro'"), RO, 0 },
		{ MOUNT("'rw'"), 0, RO },
		{ MOUNT("'ro','rw'"), 0, RO },
		{ MOUNT("'rw','ro'"), RO, 0 },
		{ MOUNT("'nosuid','nodev','noexec'"),
		  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0 },
		{ MOUNT("'suid','dev','exec'"),
		  0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC },
		{ MOUNT("'nodiratime','nosymfollow'"),
		  MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW, 0 },
		{ MOUNT("'diratime','symfollow'"),
		  0, MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW },
		{ MOUNT("'noatime'"), MOUNT_ATTR_NOATIME, ATIME },
		{ MOUNT("'strictatime'"), MOUNT_ATTR_STRICTATIME, ATIME },
		{ MOUNT("'relatime'"), 0, ATIME },
		{ MOUNT("'noatime','relatime'"), 0, ATIME },
		{ MOUNT("'relatime','noatime'"), MOUNT_ATTR_NOATIME, ATIME },
		{ MOUNT("'noatime','atime'"), 0, ATIME },
		{ MOUNT("'atime'"), 0, ATIME },
		{ MOUNT("'strictatime','atime'"), MOUNT_ATTR_STRICTATIME, ATIME },
		{ MOUNT("'strictatime','nostrictatime'"), 0, ATIME },
		{ MOUNT("'noatime','nostrictatime'"), MOUNT_ATTR_NOATIME, ATIME },
		{ MOUNT("'norelatime'"), 0, 0 },
		{ MOUNT("'relatime','norelatime'"), 0, 0 },
		{ MOUNT("'noatime','norelatime'"), MOUNT_ATTR_NOATIME, ATIME },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct mountopts opts = parse(&f, cases[i].json);

		assert_int_equal(opts.attr.set, cases[i].set);
		assert_int_equal(opts.attr.clear, cases[i].clear);
		assert_int_equal(opts.attr_recursive.set | opts.attr_recursive.clear, 0);
		assert_int_equal(opts.n_data, 0);
	}
}

static void test_recursive_attributes(void **state)
{
	static const struct {
		const char *json;
		uint64_t set, clear;
	} cases[] = {
		{ MOUNT("'rro'"), RO, 0 },
		{ MOUNT("'rro','rrw'"), 0, RO },
		{ MOUNT("'rnosuid','rnodev','rnoexec','rnodiratime','rnosymfollow'"),
		  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODIRATIME |
		  MOUNT_ATTR_NOSYMFOLLOW, 0 },
		{ MOUNT("'rsuid','rdev','rexec','rdiratime','rsymfollow'"), 0,
		  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODIRATIME |
		  MOUNT_ATTR_NOSYMFOLLOW },
		{ MOUNT("'rnoatime'"), MOUNT_ATTR_NOATIME, ATIME },
		{ MOUNT("'rnoatime','ratime'"), 0, ATIME },
		{ MOUNT("'rstrictatime'"), MOUNT_ATTR_STRICTATIME, ATIME },
		{ MOUNT("'rstrictatime','rnostrictatime'"), 0, ATIME },
		{ MOUNT("'rrelatime'"), 0, ATIME },
		{ MOUNT("'rrelatime','rnorelatime'"), 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct mountopts opts = parse(&f, cases[i].json);

		assert_int_equal(opts.attr_recursive.set, cases[i].set);
		assert_int_equal(opts.attr_recursive.clear, cases[i].clear);
		assert_int_equal(opts.attr.set | opts.attr.clear, 0);
	}
}

static void test_superblock(void **state)
{
	static const struct {
		const char *json;
		unsigned int set, clear;
	} cases[] = {
		{ MOUNT("'sync','dirsync','lazytime','iversion','mand'"), 31, 0 },
		{ MOUNT("'async','nolazytime','noiversion','nomand'"), 0, 31 & ~MOUNTOPTS_SB_DIRSYNC },
		{ MOUNT("'sync','async'"), 0, MOUNTOPTS_SB_SYNC },
		{ MOUNT("'nolazytime','lazytime'"), MOUNTOPTS_SB_LAZYTIME, 0 },
		{ MOUNT("'silent','loud'"), 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct mountopts opts = parse(&f, cases[i].json);

		assert_int_equal(opts.sb_set, cases[i].set);
		assert_int_equal(opts.sb_clear, cases[i].clear);
		assert_int_equal(opts.n_data, 0);
	}
}

static void test_propagation(void **state)
{
	auto_fixture struct fixture f;
	const struct mountopts opts =
		parse(&f, MOUNT("'private','rprivate','shared','rshared','slave','rslave',"
				"'unbindable','runbindable'"));
	const unsigned long want[] = { MS_PRIVATE, MS_PRIVATE | MS_REC, MS_SHARED, MS_SHARED | MS_REC,
				       MS_SLAVE, MS_SLAVE | MS_REC, MS_UNBINDABLE,
				       MS_UNBINDABLE | MS_REC };

	(void)state;
	assert_int_equal(opts.n_propagation, 8);
	assert_memory_equal(opts.propagation, want, sizeof(want));
}

static void test_members(void **state)
{
	auto_fixture struct fixture f;
	auto_fixture struct fixture g;
	struct mountopts opts;

	(void)state;
	opts = parse(&f, MOUNT("'rbind','bind','remount'"));
	assert_true(opts.bind && opts.recursive && opts.remount);
	assert_false(opts.tmpcopyup || opts.copy_symlink || opts.src_nofollow || opts.dest_nofollow);
	fixture_close(&f);
	opts = parse(&g, MOUNT("'bind','tmpcopyup','copy-symlink','src-nofollow','dest-nofollow'"));
	assert_true(opts.bind && opts.tmpcopyup && opts.copy_symlink && opts.src_nofollow &&
		    opts.dest_nofollow);
	assert_false(opts.recursive || opts.remount);
}

/* Words that mount(8) keeps for itself never reach the kernel. */
static void test_userspace_words(void **state)
{
	auto_fixture struct fixture f;
	const struct mountopts opts =
		parse(&f, MOUNT("'auto','noauto','nouser','_netdev',"
				"'nofail','comment=x,y','x-systemd.automount','X-foo','uhelper=udisks',"
				"'X-mount.mkdir=0755','nousers','noowner','nogroup','helper=h',''"));

	(void)state;
	assert_int_equal(opts.n_data, 0);
	assert_int_equal(opts.attr.set | opts.attr.clear | opts.sb_set | opts.sb_clear, 0);
}

static void assert_set(const char *json, uint64_t set)
{
	auto_fixture struct fixture f;

	assert_int_equal(parse(&f, json).attr.set, set);
}

/* What mount(8) gives a mount that ordinary users may make, unless a later word takes it back. */
static void test_implied_words(void **state)
{
	const uint64_t owners = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

	(void)state;
	assert_set(MOUNT("'user'"), owners | MOUNT_ATTR_NOEXEC);
	assert_set(MOUNT("'users'"), owners | MOUNT_ATTR_NOEXEC);
	assert_set(MOUNT("'owner'"), owners);
	assert_set(MOUNT("'group'"), owners);
	assert_set(MOUNT("'user','suid','exec'"), MOUNT_ATTR_NODEV);
}

static void test_data(void **state)
{
	static const struct plan_param want[] = {
		{ "size", "64k" },
		{ "mode", "755" },
		{ "newinstance", NULL },
		{ "context", "a:b:c0,c1" },
		{ "empty", "" },
		{ "lowerdir", "/a:/b=c" },
		{ "users_quota", NULL },
	};
	auto_fixture struct fixture f;
	struct mountopts opts;
	const char *json = "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"mounts\":[{"
			   "\"destination\":\"/m\",\"options\":[\"ro\",\"size=64k,,mode=755\","
			   "\"newinstance\",\"context=\\\"a:b:c0,c1\\\"\",\"empty=\","
			   "\"lowerdir=/a:/b=c\",\"users_quota\"]}]}";

	(void)state;
	fixture_open(&f, json);
	assert_int_equal(mountopts_parse(&f.work, f.config->mounts.item[0], &opts, &f.err), 0);
	assert_int_equal(opts.n_data, sizeof(want) / sizeof(want[0]));
	assert_int_equal(opts.first_data, 1);
	for (size_t i = 0; i < opts.n_data; i++) {
		assert_string_equal(opts.data[i].key, want[i].key);
		if (want[i].value == NULL)
			assert_null(opts.data[i].value);
		else
			assert_string_equal(opts.data[i].value, want[i].value);
	}
}

/* The last of these words counts; what follows "=" is for mount_idmaps.c, and none of it is data. */
static void test_idmap(void **state)
{
	static const struct {
		const char *json, *text;
		bool recursive;
		uint32_t option;
	} cases[] = {
		{ MOUNT("'bind','idmap'"), NULL, false, 1 },
		{ MOUNT("'ridmap','bind'"), NULL, true, 0 },
		{ MOUNT("'idmap','ridmap','ro'"), NULL, true, 1 },
		{ MOUNT("'ridmap','idmap'"), NULL, false, 1 },
		{ MOUNT("'idmap=uids=0-1-2;gids=0-1-2'"), "uids=0-1-2;gids=0-1-2", false, 0 },
		{ MOUNT("'rw','ridmap=x'"), "x", true, 1 },
		{ MOUNT("'idmap=','idmap'"), NULL, false, 1 },
		{ MOUNT("'idmap','idmap='"), "", false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct mountopts opts = parse(&f, cases[i].json);

		assert_true(opts.idmap);
		assert_int_equal(opts.idmap_recursive, cases[i].recursive);
		assert_int_equal(opts.idmap_option, cases[i].option);
		assert_int_equal(opts.n_data, 0);
		if (cases[i].text == NULL)
			assert_null(opts.idmap_text);
		else
			assert_string_equal(opts.idmap_text, cases[i].text);
	}
}

/* overlayfs reads backslashes in its paths itself; elsewhere they mean nothing. */
static void test_escapes(void **state)
{
	static const struct {
		const char *type;
		const char *first;
		size_t n;
	} cases[] = {
		{ "overlay", "/a\\,b\\:c:/d", 2 },
		{ "tmpfs", "/a\\", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct mountopts opts;
		char json[300];

		(void)snprintf(json, sizeof(json), "{'ociVersion':'1.2.0','root':{'path':'r'},'mounts':[{'destination':'/m',"
			       "'type':'%s','options':['lowerdir=/a\\\\,b\\\\:c:/d,xino=off']}]}", cases[i].type);
		fixture_open(&f, json);
		assert_int_equal(mountopts_parse(&f.work, f.config->mounts.item[0], &opts, &f.err), 0);
		assert_int_equal(opts.n_data, cases[i].n);
		assert_string_equal(opts.data[0].key, "lowerdir");
		assert_string_equal(opts.data[0].value, cases[i].first);
		assert_string_equal(opts.data[opts.n_data - 1].key, "xino");
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
		{ MOUNT("'ro','loop'"),
		  "\"loop\": loop devices are not set up by a container runtime" },
		{ MOUNT("'ro','X-mount.subdir=a'"),
		  "\"X-mount.subdir=a\": this option of mount(8) is not supported" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct mountopts opts;

		fixture_open(&f, cases[i].json);
		assert_int_equal(mountopts_parse(&f.work, f.config->mounts.item[0], &opts, &f.err), -1);
		assert_string_equal(f.err.text, cases[i].text);
		assert_int_equal(f.err.at, strstr(f.text, "\"ro\",") + 5 - f.text);
	}
}

/* A mount with @n pieces @piece in its options. */
static char *make_long(const char *piece, size_t n)
{
	static const char head[] = "{'ociVersion':'1.2.0','root':{'path':'r'},'mounts':[{'destination':"
				   "'/m','options':['nosuid','x";
	char *json = calloc(1, sizeof(head) + n * strlen(piece) + 8);
	char *p = json;

	assert_non_null(json);
	p = stpcpy(p, head);
	while (n-- > 0)
		p = stpcpy(p, piece);
	(void)stpcpy(p, "']}]}");
	return json;
}

/* What no file system takes must not fill the plan either. */
static void test_too_many(void **state)
{
	static const struct {
		const char *piece, *text;
		size_t most;
	} cases[] = {
		{ "','x", "more than 4096 options for one mount", 4096 - 2 },
		{ ",x", "more than 4096 options for one file system", 4096 - 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t extra = 0; extra < 2; extra++) {
			auto_fixture struct fixture f;
			struct mountopts opts;
			char *json = make_long(cases[i].piece, cases[i].most + extra);

			fixture_open(&f, json);
			free(json);
			assert_int_equal(mountopts_parse(&f.work, f.config->mounts.item[0], &opts,
							 &f.err), extra == 0 ? 0 : -1);
			assert_string_equal(f.err.text, extra == 0 ? "" : cases[i].text);
		}
	}
}

/* The list for `features`: no data of a file system, no word that would be refused, none twice. */
static void test_words(void **state)
{
	const char *const *words = plan_mount_option_words();
	size_t n = 0;

	(void)state;
	for (; words[n] != NULL; n++) {
		assert_null(strchr(words[n], '='));
		assert_string_not_equal(words[n], "loop");
		assert_string_not_equal(words[n], "noauto");
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(words[i], words[n]);
	}
	assert_int_equal(n, 65);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_recursive_attributes),
		cmocka_unit_test(test_superblock),
		cmocka_unit_test(test_propagation),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_userspace_words),
		cmocka_unit_test(test_implied_words),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_idmap),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
