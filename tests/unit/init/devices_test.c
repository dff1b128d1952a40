/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device nodes and links below a root that was prepared by somebody else. */
#include "init/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "tests/unit/init/stage.h"

static struct stage stage;

static int make(struct plan_device *item, size_t n, struct plan_link *link, size_t n_link)
{
	size_t fds = support_count_fds();
	int r;

	stage.plan.devices = (struct plan_devices){ .item = item, .n = n, .link = link, .n_link = n_link };
	r = devices_make(&stage.init, &stage.err);
	assert_int_equal(support_count_fds(), fds);
	return r;
}

static void expect_node(const char *path, mode_t mode, dev_t device, uid_t uid, gid_t gid)
{
	struct stat st;

	stage_stat(&stage, path, &st);
	assert_int_equal(st.st_mode, mode);
	if (!S_ISFIFO(mode))
		assert_int_equal(st.st_rdev, device);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
}

static void make_new(void *data)
{
	struct plan_device devices[] = {
		{ .path = "/dev/null", .type = S_IFCHR, .mode = 0666, .major = 1, .minor = 3, .is_default = true },
		{ .path = "/dev/net/tun", .type = S_IFCHR, .mode = 0600, .major = 10, .minor = 200, .uid = 5, .gid = 6 },
		{ .path = "/dev/disk", .type = S_IFBLK, .mode = 04660, .major = 300, .minor = 70000 },
		{ .path = "/pipe", .type = S_IFIFO, .mode = 0622, .gid = 7 },
	};

	stage_open(&stage, data);
	stage_good(&stage, make(devices, COUNT(devices), NULL, 0));
	expect_node("dev/null", S_IFCHR | 0666, makedev(1, 3), 0, 0);
	expect_node("dev/net/tun", S_IFCHR | 0600, makedev(10, 200), 5, 6);
	/* Bits above 0777 are no permission of a node but are given as asked. */
	expect_node("dev/disk", S_IFBLK | 04660, makedev(300, 70000), 0, 0);
	expect_node("pipe", S_IFIFO | 0622, 0, 0, 7);
	/* Once more: all are there already. */
	stage_good(&stage, make(devices, COUNT(devices), NULL, 0));
	expect_node("dev/net/tun", S_IFCHR | 0600, makedev(10, 200), 5, 6);
}

static void meet_existing(void *data)
{
	struct plan_device null = { .at = 30, .path = "/dev/null", .type = S_IFCHR, .mode = 0666, .major = 1,
				    .minor = 3, .is_default = true };
	struct plan_device fifo = { .at = 31, .path = "/dev/fifo", .type = S_IFIFO, .mode = 0640, .uid = 3 };

	stage_open(&stage, data);
	stage_mkdir(&stage, "dev");
	/* A default node of the image is good enough as it is; one that config.json names is not. */
	assert_int_equal(mknodat(stage.root, "dev/null", S_IFCHR | 0600, makedev(1, 3)), 0);
	assert_int_equal(fchownat(stage.root, "dev/null", 8, 9, 0), 0);
	stage_good(&stage, make(&null, 1, NULL, 0));
	expect_node("dev/null", S_IFCHR | 0600, makedev(1, 3), 8, 9);
	null.is_default = false;
	stage_good(&stage, make(&null, 1, NULL, 0));
	expect_node("dev/null", S_IFCHR | 0666, makedev(1, 3), 0, 0);
	assert_int_equal(mknodat(stage.root, "dev/fifo", S_IFIFO | 0600, 0), 0);
	stage_good(&stage, make(&fifo, 1, NULL, 0));
	expect_node("dev/fifo", S_IFIFO | 0640, 0, 3, 0);

	null.minor = 5;
	stage_bad(&stage, make(&null, 1, NULL, 0), "/dev/null exists and is device 1:3 instead of 1:5");
	assert_int_equal(stage.err.at, 30);
	fifo.type = S_IFBLK;
	stage_bad(&stage, make(&fifo, 1, NULL, 0), "/dev/fifo exists and is something else");
	expect_node("dev/fifo", S_IFIFO | 0640, 0, 3, 0);
}

/* What a mount shows of the host's /dev is taken and not changed; here the file system of the null device is as good. */
static void meet_the_hosts(void *data)
{
	struct plan_device node = { .path = "/dev/node", .type = S_IFCHR, .mode = 0640, .uid = 3, .gid = 4, .major = 1, .minor = 5 };

	stage_open(&stage, data);
	stage_mkdir(&stage, "dev");
	assert_int_equal(mknodat(stage.root, "dev/node", S_IFCHR | 0600, makedev(1, 5)), 0);
	stage.init.null = openat(stage.root, "dev/node", O_PATH | O_CLOEXEC);
	assert_true(stage.init.null >= 0);
	stage_good(&stage, make(&node, 1, NULL, 0));
	expect_node("dev/node", S_IFCHR | 0600, makedev(1, 5), 0, 0);
	(void)close(stage.init.null);
	stage.init.null = -1;
	stage_good(&stage, make(&node, 1, NULL, 0));
	expect_node("dev/node", S_IFCHR | 0640, makedev(1, 5), 3, 4);
}

/* What the image may have planted: files and links in place of nodes and of /dev itself. */
static void meet_traps(void *data)
{
	struct plan_device node = { .path = "/dev/zero", .type = S_IFCHR, .mode = 0666, .major = 1, .minor = 5 };
	struct plan_device below = { .path = "/link/node", .type = S_IFCHR, .mode = 0666, .major = 1, .minor = 5 };
	struct stat st;

	stage_open(&stage, data);
	stage_write(&stage, "dev/zero", "a file");
	stage_bad(&stage, make(&node, 1, NULL, 0), "something else");
	assert_int_equal(unlinkat(stage.root, "dev/zero", 0), 0);
	assert_int_equal(mknodat(stage.root, "real", S_IFCHR | 0600, makedev(1, 5)), 0);
	assert_int_equal(symlinkat("/real", stage.root, "dev/zero"), 0);
	stage_bad(&stage, make(&node, 1, NULL, 0), "something else");
	expect_node("real", S_IFCHR | 0600, makedev(1, 5), 0, 0);
	assert_int_equal(unlinkat(stage.root, "dev/zero", 0), 0);
	assert_int_equal(symlinkat("/gone", stage.root, "dev/zero"), 0);
	stage_bad(&stage, make(&node, 1, NULL, 0), "something else");
	assert_true(stage_is_missing(&stage, "gone"));
	/* A link in the middle leads inside the root, however far up it goes. */
	assert_int_equal(symlinkat("../../../../tmp/inside", stage.root, "link"), 0);
	stage_good(&stage, make(&below, 1, NULL, 0));
	expect_node("tmp/inside/node", S_IFCHR | 0666, makedev(1, 5), 0, 0);
	assert_int_equal(stat("/tmp/inside/node", &st), -1);
	below.path = "/real/node";
	stage_bad(&stage, make(&below, 1, NULL, 0), "open the directory of /real/node");
	below.path = "/dev/..";
	stage_bad(&stage, make(&below, 1, NULL, 0), "open the directory of /dev/..");
}

static void expect_link(const char *path, const char *expected)
{
	char target[128] = "";

	assert_true(readlinkat(stage.root, path, target, sizeof(target) - 1) >= 0);
	assert_string_equal(target, expected);
}

static void make_links(void *data)
{
	struct plan_link links[] = {
		{ "/dev/fd", "/proc/self/fd", NULL },
		{ "/dev/ptmx", "pts/ptmx", NULL },
		{ "/dev/core", "/proc/kcore", "/proc/kcore" },
		{ "/dev/gone", "/proc/gone", "/proc/gone" },
		{ "/dev/stdin", "/proc/self/fd/0", "/proc/self/fd/0" },
		{ "/dev/taken", "elsewhere", NULL },
	};

	stage_open(&stage, data);
	stage_mkdir(&stage, "proc");
	assert_int_equal(mountfd_attach(stage_new_fs("proc"), openat(stage.root, "proc", O_PATH | O_CLOEXEC)), 0);
	stage_write(&stage, "dev/taken", "mine");
	stage_good(&stage, make(NULL, 0, links, COUNT(links)));
	expect_link("dev/fd", "/proc/self/fd");
	expect_link("dev/ptmx", "pts/ptmx");
	if (access("/proc/kcore", F_OK) == 0)
		expect_link("dev/core", "/proc/kcore");
	assert_true(stage_is_missing(&stage, "dev/gone"));
	/* A magic link counts as being there. */
	expect_link("dev/stdin", "/proc/self/fd/0");
	{
		char text[8];

		support_read(stage.root, "dev/taken", text, sizeof(text));
		assert_string_equal(text, "mine");
	}
	stage_good(&stage, make(NULL, 0, links, COUNT(links)));
	links[0].path = "/dev/taken/x";
	stage_bad(&stage, make(NULL, 0, links, 1), "open the directory of /dev/taken/x");
}

STAGE_TEST(test_new, 0, make_new)
STAGE_TEST(test_existing, 0, meet_existing)
STAGE_TEST(test_the_hosts, 0, meet_the_hosts)
STAGE_TEST(test_traps, 0, meet_traps)
STAGE_TEST(test_links, 0, make_links)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_existing),
		cmocka_unit_test(test_the_hosts),
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_links),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
