/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of descriptors: noted, written, and read from a file that may be anything. */
#include "host/descriptors.h"

#include "tests/unit/support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "libocispec/arena.h"

static int set_up(void **state)
{
	static struct support_dir dir;

	support_open_dir(&dir);
	*state = &dir;
	return 0;
}

static int tear_down(void **state)
{
	support_remove_dir(*state);
	return 0;
}

/* In a child, whose standard input can be anything. */
static void note(void *data)
{
	struct arena arena = ARENA_INIT;
	struct oci_strings names = { .set = false };
	struct stat st;
	char expected[64];
	int null = open("/dev/null", O_RDWR), pair[2];

	(void)data;
	for (int fd = 0; fd < 3; fd++)
		assert_int_equal(dup2(null, fd), fd);
	names = descriptors_note(&arena);
	assert_false(names.set);
	assert_int_equal(pipe(pair), 0);
	assert_int_equal(dup2(pair[1], 2), 2);
	assert_int_equal(fstat(2, &st), 0);
	(void)snprintf(expected, sizeof(expected), "pipe:[%lu]", (unsigned long)st.st_ino);
	names = descriptors_note(&arena);
	assert_true(names.set);
	assert_int_equal(names.n, 3);
	assert_string_equal(names.item[0], "/dev/null");
	assert_string_equal(names.item[1], "/dev/null");
	assert_string_equal(names.item[2], expected);
	arena_free(&arena);
}

static void test_note(void **state)
{
	(void)state;
	support_run(0, note, NULL);
}

static void test_write(void **state)
{
	static const char *item[] = { "pipe:[1]", "a \"b\"", "" };
	const struct oci_strings noted = { .set = true, .n = 3, .item = item }, none = { .set = false };
	auto_arena struct arena arena = ARENA_INIT;
	struct support_dir *dir = *state;
	struct err err = ERR_INIT;
	char text[512], name[256] = "";
	struct oci_strings read;

	support_write(dir->fd, "precious", "x");
	assert_int_equal(symlinkat("precious", dir->fd, DESCRIPTORS_FILE), 0);
	assert_good(descriptors_write(dir->fd, &noted, 0, &arena, &err), err);
	support_read(dir->fd, DESCRIPTORS_FILE, text, sizeof(text));
	assert_string_equal(text, "[\"pipe:[1]\",\"a \\\"b\\\"\",\"\"]\n");
	support_read(dir->fd, "precious", text, sizeof(text));
	assert_string_equal(text, "x");
	assert_good(descriptors_read(dir->fd, &arena, &read, &err), err);
	assert_int_equal(read.n, 3);
	assert_string_equal(read.item[1], "a \"b\"");
	/* Nothing was noted: those that the process has. */
	assert_good(descriptors_write(dir->fd, &none, getpid(), &arena, &err), err);
	assert_good(descriptors_read(dir->fd, &arena, &read, &err), err);
	assert_int_equal(read.n, 3);
	assert_true(readlink("/proc/self/fd/1", name, sizeof(name) - 1) > 0);
	assert_string_equal(read.item[1], name);
	assert_int_equal(descriptors_write(-1, &noted, 0, &arena, &err), -1);
}

static void refused(const struct support_dir *dir, const char *text)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	struct oci_strings names;

	assert_int_equal(descriptors_read(dir->fd, &arena, &names, &err), -1);
	assert_holds(err.text, text);
	(void)unlinkat(dir->fd, DESCRIPTORS_FILE, 0);
}

static void test_read_refuses(void **state)
{
	static const char *const bad[] = { "", "[", "[1]", "{}", "[\"a\"", "[null]", "[\"a\"] x", "\"a\"" };
	struct support_dir *dir = *state;

	refused(dir, "it has no descriptors.json");
	assert_int_equal(mkfifoat(dir->fd, DESCRIPTORS_FILE, 0600), 0);
	refused(dir, "not a regular file");
	assert_int_equal(symlinkat("/etc/passwd", dir->fd, DESCRIPTORS_FILE), 0);
	refused(dir, "symbolic link");
	support_write(dir->fd, DESCRIPTORS_FILE, "[]");
	assert_int_equal(fchmodat(dir->fd, DESCRIPTORS_FILE, 0600, 0), 0);
	{
		auto_fd int fd = openat(dir->fd, DESCRIPTORS_FILE, O_WRONLY);

		assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	}
	refused(dir, "larger than 64 KiB");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		support_write(dir->fd, DESCRIPTORS_FILE, bad[i]);
		refused(dir, DESCRIPTORS_FILE ": ");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_note),
		cmocka_unit_test_setup_teardown(test_write, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_read_refuses, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
