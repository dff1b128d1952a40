/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which containers a regular expression means, and what becomes of failures. */
#include "cmd/matching.h"

#include "tests/unit/cmd/fake.h"

/* What deeds note: the IDs in order, and which shall fail. */
struct notes {
	char done[128];
	const char *failing;
};

static int note(const char *root, const char *id, const void *data, struct err *err)
{
	struct notes *notes = *(struct notes *const *)data;

	assert_holds(root, "/state");
	(void)strcat(strcat(notes->done, id), " ");
	if (strstr(notes->failing, id) != NULL)
		return err_say(err, ERR_NOWHERE, "%s cannot", id);
	return 0;
}

static int each(const struct capture *capture, const char *pattern, struct notes *notes, struct err *err)
{
	const struct command_call call = { .root = capture->root, .root_given = true };

	notes->done[0] = '\0';
	*err = ERR_INIT;
	return matching_each(&call, pattern, note, &notes, err);
}

static void test_each(void **state)
{
	static const struct {
		const char *pattern, *done;
	} cases[] = {
		{ "", "a1 a2 b1 c+ " }, { "^a", "a1 a2 " }, { "1$", "a1 b1 " }, { "a2|c", "a2 c+ " }, { "[+]", "c+ " },
		{ "^.{2}$", "a1 a2 b1 c+ " }, { "^1", "" }, { "A", "" },
	};
	struct capture *capture = *state;
	struct notes notes = { .failing = "" };
	struct err err;

	for (int i = 3; i >= 0; i--)
		(void)fake_make_plain(capture, (const char *const[]){ "a1", "a2", "b1", "c+" }[i], FAKE_STOPPED);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(each(capture, cases[i].pattern, &notes, &err), 0);
		assert_string_equal(notes.done, cases[i].done);
	}
	notes.failing = "a2 b1";
	assert_int_equal(each(capture, "", &notes, &err), -1);
	assert_string_equal(notes.done, "a1 a2 b1 c+ ");
	assert_string_equal(err.text, "2 of 4 containers failed, the first: a2 cannot");
	assert_int_equal(each(capture, "b", &notes, &err), -1);
	assert_string_equal(err.text, "b1 cannot");
	assert_int_equal(each(capture, "a{2", &notes, &err), -1);
	assert_holds(err.text, "\"a{2\" is no regular expression: ");
	assert_string_equal(notes.done, "");
}

static void test_no_root(void **state)
{
	struct notes notes = { .failing = "" };
	struct err err;

	assert_int_equal(each(*state, "x", &notes, &err), -1);
	assert_holds(err.text, "open state directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_each),
		CAPTURE_TEST(test_no_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
