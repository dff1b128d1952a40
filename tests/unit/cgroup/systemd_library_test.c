/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The library is loaded once, when it is asked for, and named in a note that package tools read. */
#include "cgroup/systemd_library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "tests/unit/must.h"
#include "tests/unit/support.h"

static bool is_loaded(void)
{
	char line[512];
	bool found = false;
	FILE *maps = fopen("/proc/self/maps", "re");

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL)
		found |= strstr(line, "libsystemd.so") != NULL;
	(void)fclose(maps);
	return found;
}

static void test_load(void **state)
{
	const struct systemd_library *library;
	struct err err = ERR_INIT;

	(void)state;
	assert_false(is_loaded());
	library = systemd_library_get(&err);
	if (library == NULL && strstr(err.text, "which cannot be loaded: ") != NULL) {
		print_message("SKIP: needs libsystemd: %s\n", err.text);
		skip();
	}
	assert_true(is_loaded());
	assert_non_null(must(library)->sd_bus_open_system);
	assert_non_null(library->sd_bus_message_unref);
	assert_ptr_equal(systemd_library_get(&err), library);
}

static void test_note(void **state)
{
	static char image[1 << 24];
	static const char head[] = "FDO\0[{\"feature\":\"systemd\",";
	FILE *file = fopen("/proc/self/exe", "re");
	const char *found;
	size_t n;

	(void)state;
	assert_non_null(file);
	n = fread(image, 1, sizeof(image), file);
	(void)fclose(file);
	found = memmem(image, n, head, sizeof(head) - 1);
	assert_non_null(found);
	assert_non_null(strstr(found + 4, "\"soname\":[\"libsystemd.so.0\"]}]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
