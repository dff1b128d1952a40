/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes for user namespaces: of our own where that can be, else the host's. */
#include "host/nodes.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "plan/plan.h"
#include "tests/unit/support.h"

static struct plan_idmap map = { .inside = 0, .outside = 100000, .count = 10 };
static struct plan plan = { .namespaces = { .uid_map = &map, .gid_map = &map, .n_uid_map = 1, .n_gid_map = 1 } };

static const struct plan_device null = { .at = 7, .path = "/dev/null", .type = S_IFCHR, .mode = 0640, .major = 1,
					 .minor = 3, .uid = 3, .gid = 4 };

static void test_own(void **state)
{
	struct nodes nodes = NODES_INIT;
	struct err err = ERR_INIT;
	size_t fds = support_count_fds();
	struct stat st;
	int fd;

	(void)state;
	fd = nodes_open(&nodes, &plan, &null, &err);
	assert_good(fd, err);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_rdev, makedev(1, 3));
	if (nodes.is_refused) {
		print_message("this kernel cannot copy a detached mount (before Linux 6.15)\n");
	} else {
		assert_int_equal(st.st_mode, S_IFCHR | 0640);
		assert_int_equal(st.st_uid, 100003);
		assert_int_equal(st.st_gid, 100004);
	}
	(void)close(fd);
	nodes_close(&nodes);
	nodes_close(&nodes);
	assert_int_equal(support_count_fds(), fds);
}

/* An owner that the map does not have, or no map at all: the host's node, untouched. */
static void test_hosts(void **state)
{
	struct nodes nodes = NODES_INIT;
	struct plan_device device = null;
	struct err err = ERR_INIT;
	struct stat st, host;
	int fd;

	(void)state;
	device.uid = 10;
	assert_int_equal(stat("/dev/null", &host), 0);
	fd = nodes_open(&nodes, &plan, &device, &err);
	assert_good(fd, err);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_ino, host.st_ino);
	assert_int_equal(st.st_mode, host.st_mode);
	assert_int_equal(st.st_uid, host.st_uid);
	(void)close(fd);
	nodes_close(&nodes);
}

/* The warning of one node, "" for none. */
static void warned(const struct support_dir *dir, const struct plan_device *device, char *text, size_t size)
{
	struct nodes nodes = { .dir = -1, .is_refused = true };
	struct err err = ERR_INIT;
	char path[160];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/log", dir->path);
	(void)unlink(path);
	assert_good(log_open(path, LOG_FORMAT_TEXT, &err), err);
	fd = nodes_open(&nodes, &plan, device, &err);
	assert_good(fd, err);
	(void)close(fd);
	log_close();
	support_read(dir->fd, "log", text, size);
}

/* What cannot be had of the host's node is said, and only that. */
static void test_difference_is_said(void **state)
{
	struct plan_device device = null;
	struct support_dir dir;
	struct stat host;
	char text[1024];

	(void)state;
	support_open_dir(&dir);
	log_set_level(LOG_LEVEL_WARNING);
	assert_int_equal(stat("/dev/null", &host), 0);
	warned(&dir, &device, text, sizeof(text));
	assert_holds(text, "/dev/null is the host's own node, with its mode 0666");
	assert_holds(text, "0640, 3:4 of the container");
	device.is_default = true;
	warned(&dir, &device, text, sizeof(text));
	assert_string_equal(text, "");
	/* As the host has it: mapped to itself. */
	map.outside = 0;
	device = (struct plan_device){ .path = "/dev/null", .type = S_IFCHR, .mode = host.st_mode & 07777, .major = 1,
				       .minor = 3, .uid = host.st_uid, .gid = host.st_gid };
	warned(&dir, &device, text, sizeof(text));
	assert_string_equal(text, "");
	map.outside = 100000;
	log_set_level(LOG_LEVEL_ERROR);
	support_remove_dir(&dir);
}

static void refuse_mknod(void *data)
{
	struct nodes nodes = NODES_INIT;
	struct err err = ERR_INIT;
	struct stat st, host;
	int fd;

	(void)data;
	support_refuse(SYS_mknodat, EPERM);
	assert_int_equal(stat("/dev/null", &host), 0);
	fd = nodes_open(&nodes, &plan, &null, &err);
	assert_good(fd, err);
	assert_true(nodes.is_refused);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_ino, host.st_ino);
}

static void nobody_has_it(void *data)
{
	struct plan_device device = { .at = 7, .path = "/dev/none", .type = S_IFBLK, .major = 4000, .minor = 5, .uid = 99 };
	struct nodes nodes = NODES_INIT;
	struct err err = ERR_INIT;

	(void)data;
	assert_int_equal(nodes_open(&nodes, &plan, &device, &err), -1);
	assert_holds(err.text, "device 4000:5 must exist outside as /dev/none, and does not");
	assert_int_equal(err.at, 7);
}

static void test_refused(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, refuse_mknod, NULL);
	support_run(CLONE_NEWNS, nobody_has_it, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_difference_is_said),
		cmocka_unit_test(test_refused),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
