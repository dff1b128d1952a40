/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories of a checkpoint, what is asked of CRIU in any case, and its log. */
#include "host/criu_images.h"

#include "tests/unit/support.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "libocispec/types.h"

/* The working directory is the fresh one. */
static int set_up(void **state)
{
	static struct support_dir dir;

	support_open_dir(&dir);
	assert_int_equal(chdir(dir.path), 0);
	*state = &dir;
	return 0;
}

static int tear_down(void **state)
{
	(void)!chdir("/");
	support_remove_dir(*state);
	return 0;
}

static void test_open(void **state)
{
	auto_criu_images struct criu_images images = CRIU_IMAGES_INIT, again = CRIU_IMAGES_INIT;
	struct criu_wishes wishes = { .image_path = NULL };
	struct support_dir *dir = *state;
	struct err err = ERR_INIT;
	struct stat st;

	assert_int_equal(criu_images_open(&images, &wishes, "x.log", false, &err), -1);
	assert_holds(err.text, "--image-path: open the directory checkpoint");
	criu_images_close(&images);
	assert_good(criu_images_open(&images, &wishes, "x.log", true, &err), err);
	assert_int_equal(fstatat(dir->fd, "checkpoint", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(support_is_cloexec(images.images));
	assert_int_equal(images.work, -1);
	assert_string_equal(images.path, "checkpoint");
	/* The log's directory is made in any case, and what lies there from before goes. */
	wishes.work_path = "work";
	assert_int_equal(mkdir("work", 0755), 0);
	support_write(dir->fd, "precious", "x");
	assert_int_equal(symlinkat("../precious", dir->fd, "work/x.log"), 0);
	support_write(dir->fd, "work/stats-dump", "old");
	support_write(dir->fd, "checkpoint/x.log", "old");
	assert_good(criu_images_open(&again, &wishes, "x.log", false, &err), err);
	assert_string_equal(again.path, "work");
	assert_int_equal(faccessat(dir->fd, "work/x.log", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	assert_int_equal(faccessat(dir->fd, "work/stats-dump", F_OK, 0), -1);
	assert_int_equal(faccessat(dir->fd, "checkpoint/x.log", F_OK, 0), 0);
	assert_int_equal(faccessat(dir->fd, "precious", F_OK, 0), 0);
}

static void test_open_refuses(void **state)
{
	auto_criu_images struct criu_images images = CRIU_IMAGES_INIT;
	struct criu_wishes wishes = { .image_path = "/no/such" };
	struct support_dir *dir = *state;
	struct err err = ERR_INIT;

	assert_int_equal(criu_images_open(&images, &wishes, "x.log", true, &err), -1);
	assert_holds(err.text, "--image-path: make the directory /no/such");
	criu_images_close(&images);
	wishes = (struct criu_wishes){ .image_path = ".", .work_path = "file" };
	support_write(dir->fd, "file", "");
	assert_int_equal(criu_images_open(&images, &wishes, "x.log", true, &err), -1);
	assert_holds(err.text, "--work-path: open the directory file");
	criu_images_close(&images);
	wishes.work_path = NULL;
	assert_int_equal(mkdir("x.log", 0755), 0);
	assert_int_equal(criu_images_open(&images, &wishes, "x.log", true, &err), -1);
	assert_holds(err.text, "remove the old ./x.log");
}

static void test_begin(void **state)
{
	static struct oci_entry config = { .key = "org.criu.config", .string = "/c" };
	const struct oci_map none = { .set = false };
	struct oci_map annotations = { .set = true, .n = 1, .item = &config };
	const struct criu_images images = { .images = 5, .work = 6, .log = "x.log" };
	const struct criu_images one = { .images = 5, .work = -1, .log = "x.log" };
	struct criu_wishes wishes = { .tcp_established = true, .ext_unix_sk = true, .shell_job = true, .file_locks = true,
				      .auto_dedup = true, .lazy_pages = true, .cgroups = CRIU_CGROUPS_FULL,
				      .network_lock = CRIU_LOCK_SKIP, .empty_ns = CLONE_NEWNET };
	struct criu_opts opts;

	(void)state;
	criu_images_begin(&images, &wishes, &annotations, &opts);
	assert_int_equal(opts.images_dir_fd, 5);
	assert_int_equal(opts.work_dir_fd, 6);
	assert_string_equal(opts.log_file, "x.log");
	assert_int_equal(opts.log_level, 4);
	assert_int_equal(opts.notify_scripts & opts.orphan_pts_master & opts.manage_cgroups, 1);
	assert_int_equal(opts.tcp_established & opts.ext_unix_sk & opts.shell_job & opts.file_locks, 1);
	assert_int_equal(opts.auto_dedup & opts.lazy_pages, 1);
	assert_int_equal(opts.manage_cgroups_mode, CRIU_CGROUPS_FULL);
	assert_int_equal(opts.network_lock, CRIU_LOCK_SKIP);
	assert_int_equal(opts.empty_ns, CLONE_NEWNET);
	assert_string_equal(opts.config_file, "/c");
	wishes = (struct criu_wishes){ .cgroups = CRIU_CGROUPS_IGNORE };
	config.string = "";
	criu_images_begin(&one, &wishes, &annotations, &opts);
	assert_int_equal(opts.work_dir_fd, 0);
	assert_int_equal(opts.tcp_established | opts.ext_unix_sk | opts.shell_job | opts.file_locks | opts.empty_ns, 0);
	assert_null(opts.config_file);
	criu_images_begin(&one, &wishes, &none, &opts);
	if (access("/etc/criu/runc.conf", F_OK) == 0)
		assert_string_equal(opts.config_file, "/etc/criu/runc.conf");
	else
		assert_null(opts.config_file);
}

static void test_explain(void **state)
{
	auto_criu_images struct criu_images images = CRIU_IMAGES_INIT;
	const struct criu_wishes wishes = { .image_path = "." };
	struct support_dir *dir = *state;
	struct err err = ERR_INIT;
	char line[400], text[8192] = "";

	assert_good(criu_images_open(&images, &wishes, "x.log", true, &err), err);
	(void)err_say(&err, 7, "no luck");
	criu_images_explain(&images, &err);
	assert_string_equal(err.text, "no luck");
	support_write(dir->fd, "x.log", "(00.1) fine\n");
	criu_images_explain(&images, &err);
	assert_string_equal(err.text, "no luck; ./x.log");
	(void)err_say(&err, 7, "no luck");
	support_write(dir->fd, "x.log", "(0.1) 1: Error (a.c:1): \x1b[1m\n(0.2) fine\n(0.3) Error (b.c:2): x: Permission denied, y\n");
	criu_images_explain(&images, &err);
	assert_string_equal(err.text, "no luck; ./x.log says: Error (a.c:1): \\x1b[1m | Error (b.c:2): x: EACCES, y");
	/* However long, the beginning is there, and four errors at most. */
	(void)err_say(&err, 7, "no luck");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (int i = 0; i < 6; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "(0.1) Error (n.c:%d): %s\n", i, line);
	support_write(dir->fd, "x.log", text);
	criu_images_explain(&images, &err);
	assert_holds(err.text, "Error (n.c:0): xxx");
	assert_null(strstr(err.text, "n.c:4"));
	assert_true(strlen(err.text) < sizeof(err.text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_open, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_open_refuses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_begin, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_explain, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
