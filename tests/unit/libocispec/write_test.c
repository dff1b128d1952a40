/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writer on the made-up document, in both forms, and what it refuses. */
#include "tests/unit/libocispec/reading.h"

#include "tests/unit/libocispec/pets.h"

static void goes_there_and_back(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;

	(void)state;
	there_and_back(&arena, &zoo_shape, "{\"name\":\"z\"}");
	there_and_back(&arena, &zoo_shape,
		"{\"name\":\"\",\"motto\":\"a\\\"\\\\\\n\xc3\xa4/\",\"open\":true,\"free\":false,"
		"\"doors\":65535,\"gates\":0,\"tickets\":4294967295,\"guests\":0,"
		"\"coins\":18446744073709551615,\"debts\":0,\"floor\":-2147483648,\"mood\":0,"
		"\"balance\":-9223372036854775808,\"offset\":9223372036854775807,\"stars\":-1,"
		"\"grade\":1,\"colour\":\"green\",\"boss\":{\"name\":\"b\",\"age\":0},"
		"\"pets\":[{\"name\":\"p\"},{\"name\":\"q\"}],\"tags\":[\"\",\"t\"],\"cages\":[],"
		"\"colours\":[\"blue\",\"red\"],\"notes\":{},\"houses\":{\"red\":{\"name\":\"r\"}},"
		"\"weight\":-0.250,\"weights\":[0,18446744073709551616,1e+3,2.5E-1],\"masses\":{\"m\":0.10}}");
}

static const char *write_zoo(struct arena *arena, const struct zoo *zoo, unsigned int flags)
{
	struct oci_error err = OCI_ERROR_INIT;
	const char *text = NULL;

	if (oci_write(arena, &zoo_shape, zoo, flags, &text, NULL, &err) < 0)
		return arena_copy(arena, err.text);
	return text;
}

static void writes_pretty(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct pet pet = { .name = "p" };
	void *pets[] = { &pet };
	struct zoo zoo = {
		.name = "z",
		.pets = { .set = true, .n = 1, .item = pets },
		.cages = { .set = true },
		.notes = { .set = true },
	};

	(void)state;
	assert_string_equal(write_zoo(&arena, &zoo, OCI_WRITE_PRETTY),
			    "{\n  \"name\": \"z\",\n  \"pets\": [\n    {\n      \"name\": \"p\"\n"
			    "    }\n  ],\n  \"cages\": [],\n  \"notes\": {}\n}");
}

static void writes_an_empty_object(void **state)
{
	static const struct oci_field fields[] = {
		/* cppcheck-suppress nullPointer ; the type of a member, in sizeof */
		OCI_BOOL(struct zoo, open, "open", 0),
	};
	static const struct oci_shape shape = OCI_SHAPE(struct zoo, "x", fields);
	auto_arena struct arena arena = ARENA_INIT;
	struct zoo zoo = { .open = false };
	struct oci_error err = OCI_ERROR_INIT;
	const char *text = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(oci_write(&arena, &shape, &zoo, OCI_WRITE_PRETTY, &text, &len, &err), 0);
	assert_string_equal(text, "{}");
	assert_int_equal(len, 2);
}

static void refuses_what_json_cannot_hold(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	const char *bad[] = { "ok", "\xff" }, *null[] = { NULL };
	void *nothing[] = { NULL };
	int words[] = { 17 };

	(void)state;
	assert_string_equal(write_zoo(&arena, &(struct zoo){ .name = NULL }, 0),
			    "\"name\" of a zoo is required");
	assert_string_equal(write_zoo(&arena, &(struct zoo){ .name = "a\xe4" }, 0),
			    "\"name\" is not UTF-8 and cannot be written as JSON");
	assert_string_equal(write_zoo(&arena, &(struct zoo){ .name = "z", .tags = { true, 2, bad } }, 0),
			    "\"tags\" is not UTF-8 and cannot be written as JSON");
	assert_string_equal(write_zoo(&arena, &(struct zoo){ .name = "z", .tags = { true, 1, null } }, 0),
			    "\"tags\" holds a NULL");
	assert_string_equal(write_zoo(&arena, &(struct zoo){ .name = "z", .pets = { true, 1, nothing } },
				      0), "a pet is missing in a list or map");
	assert_string_equal(write_zoo(&arena, &(struct zoo){ .name = "z", .colour = 9 }, 0),
			    "\"colour\": 9 stands for nothing that is a colour");
	assert_string_equal(write_zoo(&arena, &(struct zoo){ .name = "z", .colours = { true, 1, words } },
				      0), "\"colours\": 17 stands for nothing that is a colour");
}

static void refuses_what_is_no_number(void **state)
{
	static const char *const bad[] = { "", "-", "01", "-01", "1.", ".5", "1e", "1e+", "+1", "1 ", "0x1", "nan", "1,2", "max" };
	auto_arena struct arena arena = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *list[] = { "1", bad[i] };
		struct oci_entry entry = { .key = "m", .string = bad[i] };

		assert_string_equal(write_zoo(&arena, &(struct zoo){ .name = "z", .weight = bad[i] }, 0),
				    "\"weight\" holds what is no number");
		assert_string_equal(write_zoo(&arena, &(struct zoo){ .name = "z", .weights = { true, 2, list } }, 0),
				    "\"weights\" holds what is no number");
		assert_string_equal(write_zoo(&arena, &(struct zoo){ .name = "z", .masses = { true, 1, &entry } }, 0),
				    "\"masses\" holds what is no number");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_there_and_back),
		cmocka_unit_test(writes_pretty),
		cmocka_unit_test(writes_an_empty_object),
		cmocka_unit_test(refuses_what_json_cannot_hold),
		cmocka_unit_test(refuses_what_is_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
