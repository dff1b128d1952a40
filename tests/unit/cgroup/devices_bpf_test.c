/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device programs, judged by the kernel: each case is attached to a scratch cgroup of the v2 tree, a
 * process inside opens and makes devices.  Every verdict is also computed from the rules in C, so
 * that many lists can be compared.
 */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/devices.h"
#include "sys/bpf.h"

#define ALL(allow_) { .allow = (allow_), .type = 'a', .major = -1, .minor = -1, .access = 7 }
#define RULE(allow_, type_, major_, minor_, access_)                                         \
	{ .allow = (allow_), .type = (type_), .major = (major_), .minor = (minor_),           \
	  .access = (access_) }

enum { R = DEVICE_READ, W = DEVICE_WRITE, M = DEVICE_MKNOD };

static char cgroup_path[256];

/* A directory where device nodes can be opened: /tmp is often mounted nodev, which fails before us. */
static const char *node_dir(void)
{
	static const char *const dirs[] = { "/tmp", "/dev", "/var/tmp", "/root" };
	struct statvfs fs;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (statvfs(dirs[i], &fs) == 0 && !(fs.f_flag & (ST_NODEV | ST_RDONLY)))
			return dirs[i];
	}
	return NULL;
}

/* The scratch cgroup on the v2 tree, wherever that is; skips without one. */
static int make_cgroup(void)
{
	struct plan_cgroup plan = scratch_plan("");
	int fd;

	if (plan.mode != CGROUP_MODE_V2 && plan.mode != CGROUP_MODE_HYBRID)
		scratch_skip("a v2 tree");
	if (!node_dir())
		scratch_skip("a file system that is not mounted nodev");
	(void)snprintf(cgroup_path, sizeof(cgroup_path), "/sys/fs/cgroup/%s%s",
		       plan.mode == CGROUP_MODE_V2 ? "" : "unified", plan.path);
	assert_int_equal(mkdir(cgroup_path, 0755), 0);
	fd = open(cgroup_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void remove_cgroup(int fd)
{
	(void)close(fd);
	assert_int_equal(rmdir(cgroup_path), 0);
}

/* One thing to do to a device. */
struct request {
	char type;
	unsigned int major, minor;
	unsigned int access;
};

static int attempt(const struct request *r)
{
	static const int flags[] = { [R] = O_RDONLY, [W] = O_WRONLY, [R | W] = O_RDWR };
	mode_t type = r->type == 'b' ? S_IFBLK : S_IFCHR;
	char path[64];
	int fd, code;

	(void)snprintf(path, sizeof(path), "%s/tare-test-node-%d", node_dir(), (int)getpid());
	(void)unlink(path);
	if (mknod(path, type | 0600, makedev(r->major, r->minor)) < 0)
		return errno;
	fd = r->access == M ? 0 : open(path, flags[r->access] | O_NONBLOCK | O_CLOEXEC);
	code = fd < 0 ? errno : 0;
	(void)unlink(path);
	return code;
}

/* Does a process in the cgroup get through?  ENXIO and the like come after permission was given. */
static bool is_let_through(const struct request *r)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		char procs[sizeof(cgroup_path) + 16];
		int fd;

		(void)snprintf(procs, sizeof(procs), "%s/cgroup.procs", cgroup_path);
		fd = open(procs, O_WRONLY | O_CLOEXEC);
		if (write(fd, "0", 1) != 1)
			_exit(255);
		_exit(attempt(r) == EPERM);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 255);
	return WEXITSTATUS(status) == 0;
}

static bool matches(const struct plan_device_rule *rule, const struct request *r)
{
	return rule->type == r->type && (rule->major == -1 || rule->major == r->major) &&
	       (rule->minor == -1 || rule->minor == r->minor);
}

/* For each bit the last rule that has it. */
static bool expect(const struct plan_device_rule *rules, size_t n, const struct request *r)
{
	for (unsigned int bit = 1; bit <= M; bit <<= 1) {
		bool allow = rules[0].allow;

		if (!(r->access & bit))
			continue;
		for (size_t i = 1; i < n; i++) {
			if (matches(&rules[i], r) && (rules[i].access & bit))
				allow = rules[i].allow;
		}
		if (!allow)
			return false;
	}
	return true;
}

static const struct request requests[] = {
	{ 'c', 1, 3, R },     { 'c', 1, 3, W },  { 'c', 1, 3, R | W }, { 'c', 1, 3, M },
	{ 'c', 1, 5, R },     { 'c', 1, 5, W },  { 'c', 1, 7, R | W }, { 'b', 1, 3, R },
	{ 'b', 7, 0, M },     { 'c', 10, 229, M }, { 'c', 5, 0, M },   { 'c', 1, 9, R },
};

/* Opening needs the node first: only judged where making it is allowed. */
static void assert_verdicts(const struct plan_device_rule *rules, size_t n)
{
	struct err err = ERR_INIT;
	int dir = make_cgroup();

	assert_ok(devices_bpf_attach(dir, rules, n, false, &err), err);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct request making = requests[i];
		bool expected = expect(rules, n, &requests[i]);

		making.access = M;
		expected = expected && expect(rules, n, &making);
		if (is_let_through(&requests[i]) != expected)
			fail_msg("request %zu: %s", i, expected ? "refused" : "let through");
	}
	remove_cgroup(dir);
}

static void test_verdicts(void **state)
{
	const struct plan_device_rule deny[] = { ALL(false) };
	const struct plan_device_rule allow[] = { ALL(true) };
	const struct plan_device_rule usual[] = { ALL(false), RULE(true, 'c', -1, -1, M),
						  RULE(true, 'b', -1, -1, M),
						  RULE(true, 'c', 1, 3, 7) };
	const struct plan_device_rule bits[] = { ALL(false), RULE(true, 'c', -1, -1, M),
						 RULE(true, 'c', 1, 3, R), RULE(true, 'c', 1, 3, W),
						 RULE(true, 'c', 1, -1, R), RULE(false, 'c', 1, 5, R) };
	const struct plan_device_rule holes[] = { ALL(true), RULE(false, 'c', 1, -1, W),
						  RULE(true, 'c', 1, 7, W),
						  RULE(false, 'b', -1, -1, 7) };

	(void)state;
	assert_verdicts(deny, 1);
	assert_verdicts(allow, 1);
	assert_verdicts(usual, 4);
	assert_verdicts(bits, 6);
	assert_verdicts(holes, 4);
}

/* Lists at random, always the same ones. */
static void test_random(void **state)
{
	static const int64_t majors[] = { -1, 1, 7 }, minors[] = { -1, 3, 5 };
	unsigned int seed = 20240117;

	(void)state;
	for (int round = 0; round < 12; round++) {
		struct plan_device_rule rules[8] = { ALL(round & 1) };

		for (size_t i = 1; i < 8; i++) {
			rules[i] = (struct plan_device_rule)RULE(
				rand_r(&seed) & 1, rand_r(&seed) & 1 ? 'c' : 'b',
				majors[rand_r(&seed) % 3], minors[rand_r(&seed) % 3],
				1 + (unsigned int)rand_r(&seed) % 7);
		}
		assert_verdicts(rules, 8);
	}
}

/* The verifier has to take long lists, and numbers that no device has. */
static void test_long(void **state)
{
	enum { N = 1000 };
	struct plan_device_rule *rules = calloc(N, sizeof(*rules));
	struct err err = ERR_INIT;
	int dir = make_cgroup();

	(void)state;
	assert_non_null(rules);
	rules[0] = (struct plan_device_rule)ALL(false);
	for (int i = 1; i < N; i++)
		rules[i] = (struct plan_device_rule)RULE(i % 3 != 0, i % 2 ? 'c' : 'b', i, i * 3,
							 1 + (unsigned int)i % 7);
	rules[7].minor = UINT32_MAX;
	assert_ok(devices_bpf_attach(dir, rules, N, false, &err), err);
	free(rules);
	remove_cgroup(dir);
}

/* A cgroup that is used again gets one program, not one more; allowing all needs none. */
static void test_replace(void **state)
{
	const struct plan_device_rule deny[] = { ALL(false), RULE(true, 'c', -1, -1, M) };
	const struct plan_device_rule allow[] = { ALL(true) };
	const struct request read_null = { 'c', 1, 3, R };
	struct err err = ERR_INIT;
	int dir = make_cgroup();
	uint32_t first[2] = { 0 }, second[2] = { 0 };

	(void)state;
	assert_ok(devices_bpf_attach(dir, allow, 1, true, &err), err);
	assert_int_equal(bpf_query_device_programs(dir, first, 2), 0);
	assert_ok(devices_bpf_attach(dir, deny, 2, true, &err), err);
	assert_int_equal(bpf_query_device_programs(dir, first, 2), 1);
	assert_false(is_let_through(&read_null));
	assert_ok(devices_bpf_attach(dir, allow, 1, true, &err), err);
	assert_int_equal(bpf_query_device_programs(dir, second, 2), 1);
	assert_int_not_equal(first[0], second[0]);
	assert_true(is_let_through(&read_null));
	remove_cgroup(dir);
}

static void test_room(void **state)
{
	const struct plan_device_rule rules[] = { ALL(false), RULE(true, 'c', 1, 2, R),
						  RULE(false, 'c', 1, 2, W) };
	struct bpf_insn insns[64];

	(void)state;
	assert_true(devices_bpf_compile(rules, 3, insns) <= devices_bpf_room(3));
	assert_int_equal(devices_bpf_compile(rules, 1, insns), devices_bpf_room(0));
}

static void test_fails(void **state)
{
	const struct plan_device_rule deny[] = { ALL(false) };
	struct err err = ERR_INIT;
	int status = -1;
	pid_t pid;

	(void)state;
	/* A directory that is no cgroup. */
	assert_int_equal(devices_bpf_attach(AT_FDCWD, deny, 1, false, &err), -1);
	assert_non_null(strstr(err.text, "attach the eBPF device filter"));
	pid = fork();
	if (pid == 0) {
		if (setuid(65534) < 0 || devices_bpf_attach(AT_FDCWD, deny, 1, false, &err) == 0)
			_exit(1);
		_exit(err.code == EPERM && strstr(err.text, "which needs CAP_BPF") ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_unit_test(test_verdicts),
		scratch_unit_test(test_random),
		scratch_unit_test(test_long),
		scratch_unit_test(test_replace),
		scratch_unit_test(test_room),
		scratch_unit_test(test_fails),
	};

	scratch_need_cgroups();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
