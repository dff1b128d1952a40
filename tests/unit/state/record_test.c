/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state record: what comes back, how it is replaced, and every way in which a file is none. */
#include "state/record.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "libocispec/arena.h"
#include "libocispec/oci/linux.h"
#include "libocispec/oci/process.h"
#include "libocispec/source.h"
#include "tests/unit/must.h"
#include "tests/unit/state/stage.h"

#define TEMPORARY "." RECORD_FILE ".new"

static struct record plain(void)
{
	return (struct record){
		.id = "one",
		.bundle = "/bundle",
		.rootfs = "/bundle/rootfs",
		.created = "2024-01-02T03:04:05.123456789Z",
		.oci_version = "1.2.0",
		.phase = RECORD_CREATING,
		.cgroup = { .manager = CGROUP_MANAGER_DISABLED },
	};
}

static struct record read_good(struct arena *arena)
{
	struct err err = ERR_INIT;
	struct record record;

	assert_good(record_read(dir.fd, arena, &record, &err), err);
	return record;
}

static void write_good(const struct record *record)
{
	struct err err = ERR_INIT;

	assert_good(record_write(dir.fd, record, &err), err);
}

static void expect_bad(const char *part)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct record record = { .id = "untouched" };
	struct err err = ERR_INIT;

	assert_int_equal(record_read(dir.fd, &arena, &record, &err), -1);
	assert_holds(err.text, "state of the container: ");
	assert_holds(err.text, part);
	assert_string_equal(record.id, "untouched");
}

static void test_plain(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	const struct record written = plain();
	struct record record;
	struct stat st;

	(void)state;
	write_good(&written);
	assert_int_equal(fstatat(dir.fd, RECORD_FILE, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_false(is_there(TEMPORARY));
	record = read_good(&arena);
	assert_string_equal(record.id, "one");
	assert_string_equal(record.bundle, "/bundle");
	assert_string_equal(record.rootfs, "/bundle/rootfs");
	assert_string_equal(record.created, "2024-01-02T03:04:05.123456789Z");
	assert_string_equal(record.oci_version, "1.2.0");
	assert_int_equal(record.owner, 0);
	assert_int_equal(record.phase, RECORD_CREATING);
	assert_int_equal(record.init.pid, 0);
	assert_null(record.init.boot_id);
	assert_int_equal(record.annotations.n, 0);
	assert_int_equal(record.cgroup.manager, CGROUP_MANAGER_DISABLED);
	assert_int_equal(record.cgroup.n, 0);
	assert_null(record.rdt.group);
	assert_true(record.device_rules == 0);
	assert_false(record.shares_pids || record.new_keyring || record.enters_root);
	assert_true(record.process == NULL && record.on_linux == NULL);
	assert_int_equal(record.poststart.n + record.poststop.n, 0);
}

static void assert_hook(const struct plan_hook *hook, const char *path, int64_t timeout)
{
	assert_int_equal(hook->at, ERR_NOWHERE);
	assert_string_equal(hook->path, path);
	assert_int_equal(hook->timeout, timeout);
}

/* Every member has a value of its own, the largest where there is one. */
static void test_full(void **state)
{
	static const char *const args[] = { "hook", "", "a \"b\"\n\xc3\xa9", NULL }, *const none[] = { NULL };
	static const char *const env[] = { "A=1", "B=", NULL };
	struct plan_hook start[] = { { .at = 1, .path = "/s0", .args = args, .env = env, .timeout = 7 },
				     { .at = 2, .path = "/s1", .args = none, .env = none } };
	struct plan_hook stop[] = { { .path = "/p0", .args = none, .env = env, .timeout = INT32_MAX } };
	struct oci_entry notes[] = { { .key = "k", .string = "v" }, { .key = "x", .string = "" },
				     { .key = "org.x/y", .string = "\x01\t\"\\ \xe2\x82\xac" } };
	static const char *words[] = { "/bin/cat", "a \"b\"\n" };
	static struct oci_user user = { .uid = UINT32_MAX, .gid = 1, .umask = { .set = true, .v = 0777 } };
	static const struct oci_process process = {
		.args = { .set = true, .n = COUNT(words), .item = words },
		.user = &user,
		.cwd = "/w",
		.no_new_privileges = true,
		.oom_score_adj = { .set = true, .v = -1000 },
	};
	static struct oci_personality personality = { .domain = OCI_PERSONALITY_LINUX32 };
	static struct oci_seccomp seccomp = { .default_action = OCI_SECCOMP_ACT_ERRNO, .listener_path = "/agent" };
	static const struct oci_linux on_linux = { .personality = &personality, .seccomp = &seccomp };
	auto_arena struct arena arena = ARENA_INIT;
	struct record written = plain(), record;

	(void)state;
	written.owner = UINT32_MAX;
	written.phase = RECORD_RUNNING;
	written.init = (struct record_init){ .pid = INT32_MAX, .start_time = UINT64_MAX, .boot_id = "boot",
					     .pidfs_inode = UINT64_MAX - 1 };
	written.annotations = (struct oci_map){ .set = true, .n = COUNT(notes), .item = notes };
	written.cgroup = (struct cgroup_ref){
		.manager = CGROUP_MANAGER_CGROUPFS, .mode = CGROUP_MODE_HYBRID, .path = "/a/b", .n = 2,
		.tree = { { .mount = "cpu,cpuacct", .controllers = "cpu,cpuacct", .kept = 2 },
			  { .mount = "unified", .controllers = "", .is_v2 = true, .kept = 4 } },
	};
	written.rdt = (struct record_rdt){ .group = "gold", .has_group = true, .has_monitor = true };
	written.shares_pids = written.new_keyring = written.enters_root = true;
	written.device_rules = UINT64_MAX;
	written.process = &process;
	written.on_linux = &on_linux;
	written.poststart = (struct plan_hook_list){ start, COUNT(start) };
	written.poststop = (struct plan_hook_list){ stop, COUNT(stop) };
	write_good(&written);
	record = read_good(&arena);
	assert_true(record.owner == UINT32_MAX);
	assert_int_equal(record.phase, RECORD_RUNNING);
	assert_string_equal(record.rdt.group, "gold");
	assert_true(record.rdt.has_group && record.rdt.has_monitor);
	assert_int_equal(record.init.pid, INT32_MAX);
	assert_true(record.init.start_time == UINT64_MAX);
	assert_true(record.init.pidfs_inode == UINT64_MAX - 1);
	assert_string_equal(record.init.boot_id, "boot");
	assert_int_equal(record.annotations.n, COUNT(notes));
	for (size_t i = 0; i < COUNT(notes); i++)
		assert_string_equal(oci_map_string(&record.annotations, notes[i].key), notes[i].string);
	assert_int_equal(record.cgroup.manager, CGROUP_MANAGER_CGROUPFS);
	assert_int_equal(record.cgroup.mode, CGROUP_MODE_HYBRID);
	assert_string_equal(record.cgroup.path, "/a/b");
	assert_int_equal(record.cgroup.n, 2);
	assert_string_equal(record.cgroup.tree[0].mount, "cpu,cpuacct");
	assert_string_equal(record.cgroup.tree[0].controllers, "cpu,cpuacct");
	assert_false(record.cgroup.tree[0].is_v2);
	assert_int_equal(record.cgroup.tree[0].kept, 2);
	assert_true(record.cgroup.tree[1].is_v2);
	assert_int_equal(record.cgroup.tree[1].kept, 4);
	assert_true(record.device_rules == UINT64_MAX);
	assert_true(record.shares_pids && record.new_keyring && record.enters_root);
	assert_int_equal(record.process->args.n, COUNT(words));
	assert_string_equal(record.process->args.item[1], words[1]);
	assert_string_equal(record.process->cwd, "/w");
	assert_true(record.process->no_new_privileges);
	assert_int_equal(record.process->user->uid, UINT32_MAX);
	assert_int_equal(record.process->user->umask.v, 0777);
	assert_int_equal(record.process->oom_score_adj.v, -1000);
	assert_int_equal(record.on_linux->personality->domain, OCI_PERSONALITY_LINUX32);
	assert_int_equal(record.on_linux->seccomp->default_action, OCI_SECCOMP_ACT_ERRNO);
	assert_string_equal(record.on_linux->seccomp->listener_path, "/agent");
	assert_int_equal(record.poststart.n, 2);
	assert_hook(&record.poststart.item[0], "/s0", 7);
	for (size_t i = 0; i < COUNT(args) - 1; i++)
		assert_string_equal(record.poststart.item[0].args[i], args[i]);
	assert_null(record.poststart.item[0].args[3]);
	assert_string_equal(record.poststart.item[0].env[1], "B=");
	assert_null(record.poststart.item[0].env[2]);
	assert_hook(&record.poststart.item[1], "/s1", 0);
	assert_null(record.poststart.item[1].args[0]);
	assert_null(record.poststart.item[1].env[0]);
	assert_int_equal(record.poststop.n, 1);
	assert_hook(&record.poststop.item[0], "/p0", INT32_MAX);
}

/* Who has the old one open goes on reading the old one. */
static void test_replaced_whole(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct record record = plain();
	char before[4096], after[4096] = "";
	size_t fds = support_count_fds();
	int old;

	(void)state;
	write_good(&record);
	support_read(dir.fd, RECORD_FILE, before, sizeof(before));
	old = openat(dir.fd, RECORD_FILE, O_RDONLY | O_CLOEXEC);
	/* What a writer left that died half-way is no obstacle. */
	support_write(dir.fd, TEMPORARY, "half a record, and a long one at that: ................................");
	record.phase = RECORD_CREATED;
	write_good(&record);
	assert_true(read(old, after, sizeof(after) - 1) > 0);
	assert_string_equal(after, before);
	(void)close(old);
	assert_int_equal(read_good(&arena).phase, RECORD_CREATED);
	assert_false(is_there(TEMPORARY));
	assert_int_equal(support_count_fds(), fds);
}

static void write_to_full(void *data)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct record record = plain();
	struct err err = ERR_INIT;
	char filler[8192];

	(void)data;
	assert_int_equal(mount("tmpfs", dir.path, "tmpfs", 0, "size=8k"), 0);
	dir.fd = open(dir.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	write_good(&record);
	memset(filler, 'x', sizeof(filler) - 4096);
	filler[sizeof(filler) - 4096] = '\0';
	support_write(dir.fd, "filler", filler);
	record.phase = RECORD_CREATED;
	assert_int_equal(record_write(dir.fd, &record, &err), -1);
	assert_string_equal(err.text, "write state.json: No space left on device");
	assert_false(is_there(TEMPORARY));
	assert_int_equal(read_good(&arena).phase, RECORD_CREATING);
}

/* The same where names cannot be exchanged. */
static void replace_by_renaming(void *data)
{
	struct record record = plain();
	auto_arena struct arena arena = ARENA_INIT;

	(void)data;
	support_refuse(SYS_renameat2, EINVAL);
	write_good(&record);
	record.phase = RECORD_CREATED;
	write_good(&record);
	assert_int_equal(read_good(&arena).phase, RECORD_CREATED);
	assert_false(is_there(TEMPORARY));
}

static void test_replace_by_renaming(void **state)
{
#ifndef SYS_renameat
	print_message("needs renameat(2): on this architecture it is renameat2(2), which the test refuses\n");
	skip();
#endif
	support_run(0, replace_by_renaming, *state);
}

static void test_write_in_vain(void **state)
{
	struct record record = plain();
	struct err err = ERR_INIT;
	char text[16];

	assert_int_equal(record_write(-1, &record, &err), -1);
	assert_string_equal(err.text, "write state.json: Bad file descriptor");
	/* Never through a link. */
	support_write(dir.fd, "victim", "text");
	assert_int_equal(symlinkat("victim", dir.fd, TEMPORARY), 0);
	assert_int_equal(record_write(dir.fd, &record, &err), -1);
	assert_string_equal(err.text, "write state.json: Too many levels of symbolic links");
	support_read(dir.fd, "victim", text, sizeof(text));
	assert_string_equal(text, "text");
	assert_int_equal(unlinkat(dir.fd, TEMPORARY, 0), 0);
	assert_int_equal(mkdirat(dir.fd, RECORD_FILE, 0700), 0);
	assert_int_equal(record_write(dir.fd, &record, &err), -1);
	assert_holds(err.text, "write state.json: ");
	assert_false(is_there(TEMPORARY));
	if (geteuid() == 0)
		support_run(CLONE_NEWNS, write_to_full, *state);
	else
		print_message("a full file system is left out: needs root\n");
}

static void test_missing(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct record record;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(record_read(dir.fd, &arena, &record, &err), -1);
	assert_string_equal(err.text, "state of the container: state.json is missing: it was never recorded");
	assert_int_equal(err.code, ENOENT);
}

/* Cut anywhere: never half a container. */
static void test_torn(void **state)
{
	const struct record record = plain();
	char text[4096];
	size_t len;
	int fd;

	(void)state;
	write_good(&record);
	support_read(dir.fd, RECORD_FILE, text, sizeof(text));
	for (len = strlen(text); len > 0 && text[len - 1] != '}'; len--)
		;
	assert_true(len > 100);
	while (len-- > 0) {
		text[len] = '\0';
		support_write(dir.fd, RECORD_FILE, text);
		expect_bad("state.json");
	}
	/* Nothing but NULs, as some file systems leave it after a power cut. */
	fd = openat(dir.fd, RECORD_FILE, O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 400), 0);
	(void)close(fd);
	expect_bad("state.json");
}

static void test_foreign(void **state)
{
	static const struct { const char *text, *part; } rows[] = {
		{ "{}", "state.json:1:1: " },
		{ "[]", "state.json:1:1: " },
		{ "null", "state.json:1:1: " },
		{ "\x7f" "ELF", "state.json:1:1: " },
		{ "{\"pid\": 5, \"bundle\": \"/b\", \"rootfs\": \"/r\"}", "\"version\"" },
		{ "{\"version\": \"1\"}", "version" },
		{ "{\"version\": -1}", "version" },
		{ "{\"version\": 2}", "\"id\"" },
		{ "{\"version\": 1, \"version\": 3}", "version" },
		/* Of another age: its number says more than the first key that differs. */
		{ "{\"version\": 3}", "state.json: version 3 was written by another tare, this one knows 2" },
		{ "{\"id\": 7, \"version\": 3, \"init\": []}", "version 3 was written by another tare, this one knows 2" },
		{ "{\"version\": 0, \"id\": \"x\"}", "version 0 was written by another tare, this one knows 2" },
		{ "{\"version\": 4294967295}", "version 4294967295 was written by another tare, this one knows 2" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		support_write(dir.fd, RECORD_FILE, rows[i].text);
		expect_bad(rows[i].part);
	}
}

/* The good record with the text @from replaced by @to. */
static void write_changed(const char *from, const char *to)
{
	char text[8192], changed[16384], *place;

	support_read(dir.fd, "good", text, sizeof(text));
	place = strstr(text, from);
	if (place == NULL)
		must_stop("%s is not in %s", from, text);
	*place = '\0';
	(void)snprintf(changed, sizeof(changed), "%s%s%s", text, to, place + strlen(from));
	support_write(dir.fd, RECORD_FILE, changed);
}

static void keep_good(void)
{
	struct record record = plain();

	record.cgroup = (struct cgroup_ref){ .manager = CGROUP_MANAGER_CGROUPFS, .mode = CGROUP_MODE_V2, .path = "/ab/c",
					     .n = 1, .tree = { { .mount = "unified", .controllers = "", .kept = 3 } } };
	write_good(&record);
	assert_int_equal(renameat(dir.fd, RECORD_FILE, dir.fd, "good"), 0);
}

/* A newer one with the same keys is refused as well; keys that only a newer one knows are none of ours. */
static void test_versions(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;

	(void)state;
	keep_good();
	write_changed("\"version\":2", "\"version\":3");
	expect_bad("version 3 was written by another tare, this one knows 2");
	write_changed("\"version\":2", "\"version\":2,\"later\":{\"x\":[1]}");
	assert_string_equal(read_good(&arena).id, "one");
}

/* And in resctrl: one directory of its root, never the root itself. */
static void test_resctrl_groups(void **state)
{
	static const char *const bad[] = { "", ".", "..", "/", "a/b", "../x" };
	auto_arena struct arena arena = ARENA_INIT;
	struct record record;
	char group[64];

	(void)state;
	keep_good();
	write_changed("\"version\":2", "\"version\":2,\"rdt\":{\"group\":\"\",\"hasMonitor\":true}");
	record = read_good(&arena);
	assert_string_equal(record.rdt.group, "");
	assert_true(record.rdt.has_monitor);
	assert_false(record.rdt.has_group);
	for (size_t i = 0; i < COUNT(bad); i++) {
		(void)snprintf(group, sizeof(group), "\"version\":2,\"rdt\":{\"group\":\"%s\",\"hasGroup\":true}", bad[i]);
		write_changed("\"version\":2", group);
		expect_bad("state.json: the resctrl group in it makes no sense");
	}
}

/* What is removed by it later lies below a hierarchy, whatever stands in the file. */
static void test_cgroups(void **state)
{
	static const char *const paths[] = { "", "/", "a", "/..", "/../x", "/a/..", "/a/../b", "/a//b", "/a/", "//" };
	static const struct { const char *from, *to; } others[] = {
		{ "\"mount\":\"unified\"", "\"mount\":\"..\"" },
		{ "\"mount\":\"unified\"", "\"mount\":\"../../tmp\"" },
		{ "\"mount\":\"unified\"", "\"mount\":\"a/b\"" },
		{ "\"kept\":3", "\"kept\":2" },
		{ "\"kept\":3", "\"kept\":6" },
		{ "\"kept\":3", "\"kept\":4294967295" },
		{ "\"path\":\"/ab/c\",", "" },
	};
	auto_arena struct arena arena = ARENA_INIT;
	char path[64];

	(void)state;
	keep_good();
	write_changed("\"kept\":3", "\"kept\":0");
	assert_int_equal(read_good(&arena).cgroup.tree[0].kept, 0);
	write_changed("\"kept\":3", "\"kept\":5");
	assert_int_equal(read_good(&arena).cgroup.tree[0].kept, 5);
	/* Dots are letters in a longer name. */
	write_changed("\"path\":\"/ab/c\"", "\"path\":\"/a./..c\"");
	assert_string_equal(read_good(&arena).cgroup.path, "/a./..c");
	for (size_t i = 0; i < COUNT(paths); i++) {
		(void)snprintf(path, sizeof(path), "\"path\":\"%s\"", paths[i]);
		write_changed("\"path\":\"/ab/c\"", path);
		expect_bad("state.json: the cgroup in it makes no sense");
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		write_changed(others[i].from, others[i].to);
		expect_bad("state.json: the cgroup in it makes no sense");
	}
	write_changed("\"cgroupfs\"", "\"systemd\"");
	expect_bad("state.json: the systemd unit in it makes no sense");
	write_changed("\"cgroupfs\"", "\"other\"");
	expect_bad("cgroup manager");
}

/* What later commands stop: a scope, and nothing else of systemd's. */
static void test_units(void **state)
{
	static const char *const bad[] = { ".scope", "", "sshd.service", "a.scope.slice" };
	auto_arena struct arena arena = ARENA_INIT;
	struct record record = plain(), read;
	char unit[64];

	(void)state;
	record.cgroup = (struct cgroup_ref){ .manager = CGROUP_MANAGER_SYSTEMD, .mode = CGROUP_MODE_V2,
					     .path = "/a.slice/p-n.scope/container", .unit = "p-n.scope",
					     .is_user = true, .n = 1,
					     .tree = { { .mount = "", .controllers = "", .is_v2 = true, .kept = 18 } } };
	write_good(&record);
	read = read_good(&arena);
	assert_int_equal(read.cgroup.manager, CGROUP_MANAGER_SYSTEMD);
	assert_string_equal(read.cgroup.unit, "p-n.scope");
	assert_true(read.cgroup.is_user);
	assert_int_equal(read.cgroup.tree[0].kept, 18);
	assert_int_equal(renameat(dir.fd, RECORD_FILE, dir.fd, "good"), 0);
	for (size_t i = 0; i < COUNT(bad); i++) {
		(void)snprintf(unit, sizeof(unit), "\"unit\":\"%s\"", bad[i]);
		write_changed("\"unit\":\"p-n.scope\"", unit);
		expect_bad("state.json: the systemd unit in it makes no sense");
	}
	write_changed("\"unit\":\"p-n.scope\",", "");
	expect_bad("state.json: the systemd unit in it makes no sense");
}

static void test_many_trees(void **state)
{
	char trees[4096] = "\"trees\":[";
	auto_arena struct arena arena = ARENA_INIT;
	char text[8192], *last, *end;

	(void)state;
	keep_good();
	for (int i = 0; i <= CGROUP_MAX_TREES; i++) {
		static const char tree[] = "{\"mount\":\"m\",\"controllers\":\"\",\"kept\":0},";

		(void)strcat(trees, tree);
		if (i < CGROUP_MAX_TREES - 1)
			continue;
		write_changed("\"trees\":[", trees);
		if (i == CGROUP_MAX_TREES) {
			expect_bad("the cgroup in it makes no sense");
			break;
		}
		/* The good one is the last of the list: take it out. */
		support_read(dir.fd, RECORD_FILE, text, sizeof(text));
		last = strstr(text, ",{\"mount\":\"unified\"");
		end = last == NULL ? NULL : strchr(last, ']');
		if (end == NULL)
			fail_msg("%s", text);
		else
			memmove(last, end, strlen(end) + 1);
		support_write(dir.fd, RECORD_FILE, text);
		assert_int_equal(read_good(&arena).cgroup.n, CGROUP_MAX_TREES);
	}
}

/* No other kind of file is waited for or read. */
static void test_no_file(void **state)
{
	size_t fds = support_count_fds();
	int fd;

	(void)state;
	assert_int_equal(mkfifoat(dir.fd, RECORD_FILE, 0600), 0);
	expect_bad("state.json is not a record");
	assert_int_equal(unlinkat(dir.fd, RECORD_FILE, 0), 0);
	assert_int_equal(mkdirat(dir.fd, RECORD_FILE, 0700), 0);
	expect_bad("state.json is not a record");
	assert_int_equal(unlinkat(dir.fd, RECORD_FILE, AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("good", dir.fd, RECORD_FILE), 0);
	expect_bad("read state.json: Too many levels of symbolic links");
	assert_int_equal(unlinkat(dir.fd, RECORD_FILE, 0), 0);
	fd = openat(dir.fd, RECORD_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, OCI_MAX_DOCUMENT + 1L), 0);
	(void)close(fd);
	expect_bad("state.json is not a record");
	assert_int_equal(support_count_fds(), fds);
}

static void test_now(void **state)
{
	char before[RECORD_TIME_SIZE], text[RECORD_TIME_SIZE], expected[RECORD_TIME_SIZE];
	time_t seconds = time(NULL);
	struct tm utc;

	(void)state;
	record_now(before);
	record_now(text);
	assert_int_equal(strlen(text), 30);
	assert_int_equal(text[19], '.');
	assert_int_equal(strspn(text + 20, "0123456789"), 9);
	assert_string_equal(text + 29, "Z");
	assert_true(strcmp(before, text) <= 0);
	(void)gmtime_r(&seconds, &utc);
	assert_true(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", &utc) == 19);
	assert_true(strncmp(expected, before, 19) <= 0);
	seconds += 5;
	(void)gmtime_r(&seconds, &utc);
	assert_true(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", &utc) == 19);
	assert_true(strncmp(expected, text, 19) >= 0);
}

/* Every day of a century and a half, the leap years and those that are none among them. */
static void test_days(void **state)
{
	char text[RECORD_TIME_SIZE], expected[RECORD_TIME_SIZE];

	(void)state;
	for (time_t seconds = 0; seconds < (time_t)55000 * 86400; seconds += 86399) {
		struct tm utc;

		(void)gmtime_r(&seconds, &utc);
		assert_true(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000000042Z", &utc) == 30);
		record_time((uint64_t)seconds, 42, text);
		assert_string_equal(text, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_full),
		TEST(test_replaced_whole),
		TEST(test_replace_by_renaming),
		TEST(test_write_in_vain),
		TEST(test_missing),
		TEST(test_torn),
		TEST(test_foreign),
		TEST(test_versions),
		TEST(test_resctrl_groups),
		TEST(test_cgroups),
		TEST(test_units),
		TEST(test_many_trees),
		TEST(test_no_file),
		TEST(test_now),
		TEST(test_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
