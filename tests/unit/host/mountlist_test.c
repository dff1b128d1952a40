/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of mountinfo as mounts, and those of a container. */
#include "host/mountlist.h"

#include "stage.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "libocispec/arena.h"
#include "libocispec/oci/mount.h"

/* "DESTINATION TYPE SOURCE OPTION,OPTION" of @line, or "none". */
static void becomes(const char *line, const char *expected)
{
	auto_arena struct arena arena = ARENA_INIT;
	char *copy = arena_copy(&arena, line);
	const struct oci_mount *mount = mountlist_parse(&arena, copy);
	const char *text = "none";

	if (mount != NULL)
		text = arena_format(&arena, "%s|%s|%s|", mount->destination, mount->type, mount->source);
	for (uint32_t i = 0; mount != NULL && i < mount->options.n; i++)
		text = arena_format(&arena, "%s%s%s", text, i == 0 ? "" : ",", mount->options.item[i]);
	assert_string_equal(text, expected);
}

static void test_lines(void **state)
{
	(void)state;
	becomes("1 2 0:3 / /a rw,nosuid - tmpfs src rw,size=4k\n", "/a|tmpfs|src|rw,nosuid,size=4k,private");
	becomes("1 2 0:3 /in /a ro shared:7 master:8 - ext4 /dev/x rw,nosuid", "/a|ext4|/dev/x[/in]|ro,nosuid,shared,slave");
	becomes("1 2 0:3 / /a rw unbindable - t s rw", "/a|t|s|rw,unbindable");
	becomes("1 2 0:3 / /a rw,x - t s rw,x,y", "/a|t|s|rw,x,y,private");
	/* Names: blanks, what drives a terminal, UTF-8, and what is none. */
	becomes("1 2 0:3 / /a\\040b\\134c rw - t s\\011x rw", "/a b\\c|t|s\\011x|rw,private");
	becomes("1 2 0:3 / /\x1b[2J\x7f rw - t s rw", "/\\033[2J\\177|t|s|rw,private");
	becomes("1 2 0:3 / /\xc3\xa4 rw - t s rw", "/\xc3\xa4|t|s|rw,private");
	becomes("1 2 0:3 / /\xc3 rw - t s rw", "/\\303|t|s|rw,private");
	becomes("1 2 0:3 / /a\\04 rw - t s rw", "/a\\04|t|s|rw,private");
	becomes("1 2 0:3 / /a rw - t s", "none");
	becomes("1 2 0:3 / /a rw shared:1", "none");
	becomes("", "none");
}

static void test_container(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_list list = { .n = 0 };
	struct stage_container c;
	struct err err = ERR_INIT;
	struct stage stage;
	size_t lines = 0;
	char line[8192];
	bool has_proc = false;
	FILE *file;

	(void)state;
	stage_open(&stage);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	assert_good(mountlist_read(&arena, stage.root, "c", &list, &err), err);
	(void)snprintf(line, sizeof(line), "/proc/%d/mountinfo", (int)c.pid);
	file = fopen(line, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		lines++;
	(void)fclose(file);
	assert_int_equal(list.n, lines);
	for (uint32_t i = 0; i < list.n; i++)
		has_proc |= strcmp(((const struct oci_mount *)list.item[i])->destination, "/proc") == 0;
	assert_true(has_proc);
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	assert_int_equal(mountlist_read(&arena, stage.root, "c", &list, &err), -1);
	assert_holds(err.text, "container not running");
	stage_unmake(&stage, &c);
	err = ERR_INIT;
	assert_int_equal(mountlist_read(&arena, stage.root, "c", &list, &err), -1);
	assert_holds(err.text, "container `c` does not exist");
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
