/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words and numbers both ways, and guesses that help without being silly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libocispec/arena.h"
#include "libocispec/names.h"

static const struct oci_name words[] = {
	{ "bind", 1 },
	{ "rbind", 2 },
	{ "noexec", 3 },
	{ "exec", 4 },
	{ "SCMP_ACT_ERRNO", 5 },
	{ "SCMP_ACT_ALLOW", 6 },
	{ "allow-alias", 6 },
	{ "c", 7 },
	{ "b", 8 },
};
static const struct oci_names names = OCI_NAMES("a word", words);

static void finds_both_ways(void **state)
{
	(void)state;
	assert_int_equal(oci_names_find(&names, "rbind"), 2);
	assert_int_equal(oci_names_find(&names, "allow-alias"), 6);
	assert_int_equal(oci_names_find(&names, "Rbind"), 0);
	assert_int_equal(oci_names_find(&names, ""), 0);
	assert_string_equal(oci_names_word(&names, 6), "SCMP_ACT_ALLOW");
	assert_null(oci_names_word(&names, 0));
	assert_null(oci_names_word(&names, 99));
}

static void guesses(void **state)
{
	char giant[1000];

	(void)state;
	assert_string_equal(oci_names_near(&names, "rbnd"), "rbind");
	assert_string_equal(oci_names_near(&names, "bnid"), "bind");
	assert_string_equal(oci_names_near(&names, "BIND"), "bind");
	assert_string_equal(oci_names_near(&names, "noexe"), "noexec");
	assert_string_equal(oci_names_near(&names, "ERRNO"), "SCMP_ACT_ERRNO");
	assert_string_equal(oci_names_near(&names, "SECCOMP_ACT_ALLOW"), "SCMP_ACT_ALLOW");
	assert_null(oci_names_near(&names, "size=65536k"));
	assert_null(oci_names_near(&names, "x"));
	assert_null(oci_names_near(&names, ""));

	memset(giant, 'b', sizeof(giant) - 1);
	giant[sizeof(giant) - 1] = '\0';
	assert_null(oci_names_near(&names, giant));
}

static void lists_in_order(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_strings list = oci_names_list(&names, &arena);

	(void)state;
	assert_true(list.set);
	assert_int_equal(list.n, 9);
	assert_string_equal(list.item[0], "bind");
	assert_string_equal(list.item[8], "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_both_ways),
		cmocka_unit_test(guesses),
		cmocka_unit_test(lists_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
