/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions: of the specification, and of the libseccomp that is linked. */
#include "cmd/release.h"

#include <seccomp.h>
#include <stdlib.h>

#include "tests/unit/support.h"

/* Three numbers with dots between them, and nothing else. */
static void parse(const char *text, unsigned long version[3])
{
	char *end;

	for (int i = 0; i < 3; i++) {
		assert_in_range(*text, '0', '9');
		version[i] = strtoul(text, &end, 10);
		assert_int_equal(*end, i < 2 ? '.' : '\0');
		text = end + 1;
	}
}

static void test_seccomp(void **state)
{
	char buf[RELEASE_SIZE] = "";
	unsigned long version[3];

	(void)state;
	assert_ptr_equal(release_seccomp(buf), buf);
	parse(buf, version);
	/* Of the library that runs, which is not older than the one we were compiled with. */
	assert_int_equal(version[0], SCMP_VER_MAJOR);
	assert_true(version[1] >= SCMP_VER_MINOR);
	assert_int_equal(version[0], seccomp_version()->major);
	assert_int_equal(version[1], seccomp_version()->minor);
	assert_int_equal(version[2], seccomp_version()->micro);
}

static void test_spec(void **state)
{
	unsigned long oldest[3], newest[3];

	(void)state;
	parse(RELEASE_SPEC_MIN, oldest);
	parse(RELEASE_SPEC, newest);
	assert_int_equal(oldest[0], 1);
	assert_int_equal(newest[0], 1);
	assert_true(oldest[1] <= newest[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seccomp),
		cmocka_unit_test(test_spec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
