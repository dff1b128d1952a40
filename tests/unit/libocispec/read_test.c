/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine on a made-up document: every kind, every refusal. */
#include "tests/unit/libocispec/reading.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/libocispec/pets.h"

static void reads_every_kind(void **state)
{
	static const char text[] =
		" {\"name\":\"z\\u00e4\",\"motto\":\"\",\"open\":true,\"free\":false,\"doors\":65535,"
		"\"gates\":0,\"tickets\":4294967295,\"guests\":1.0,\"coins\":18446744073709551615,"
		"\"debts\":1e3,\"floor\":-2147483648,\"mood\":2147483647,"
		"\"balance\":-9223372036854775808,\"offset\":9223372036854775807,\"stars\":-1,"
		"\"grade\":6,\"colour\":\"blue\",\"boss\":{\"name\":\"b\"},"
		"\"pets\":[{\"age\":3,\"name\":\"p\"},{\"name\":\"q\"}],\"tags\":[\"\",\"t\"],"
		"\"cages\":[7,0,4294967295],\"colours\":[\"green\",\"red\"],"
		"\"notes\":{\"b\":\"2\",\"a\":\"\"},\"houses\":{\"red\":{\"name\":\"r\"}}} ";
	auto_arena struct arena arena = ARENA_INIT;
	const struct zoo *zoo = read_good(&arena, &zoo_shape, text);
	const struct pet *pet;

	(void)state;
	assert_int_equal(zoo->at, 1);
	assert_int_equal(zoo->end, sizeof(text) - 2);
	assert_string_equal(zoo->name, "z\xc3\xa4");
	assert_string_equal(zoo->motto, "");
	assert_true(zoo->open);
	assert_true(zoo->free.set && !zoo->free.v);
	assert_int_equal(zoo->doors, UINT16_MAX);
	assert_true(zoo->gates.set && zoo->gates.v == 0);
	assert_int_equal(zoo->tickets, UINT32_MAX);
	assert_true(zoo->guests.set && zoo->guests.v == 1);
	assert_true(zoo->coins == UINT64_MAX);
	assert_true(zoo->debts.set && zoo->debts.v == 1000);
	assert_int_equal(zoo->floor, INT32_MIN);
	assert_true(zoo->mood.set && zoo->mood.v == INT32_MAX);
	assert_true(zoo->balance == INT64_MIN);
	assert_true(zoo->offset.set && zoo->offset.v == INT64_MAX);
	assert_true(zoo->stars.set && zoo->stars.v == -1);
	assert_true(zoo->grade.set && zoo->grade.v == 6);
	assert_int_equal(zoo->colour, 3);
	assert_string_equal(zoo->boss->name, "b");
	assert_int_equal(zoo->pets.n, 2);
	pet = zoo->pets.item[0];
	assert_true(pet->age.set && pet->age.v == 3);
	assert_memory_equal(text + pet->at, "{\"age\":3,\"name\":\"p\"}", pet->end - pet->at);
	pet = zoo->pets.item[1];
	assert_false(pet->age.set);
	assert_int_equal(zoo->tags.n, 2);
	assert_string_equal(zoo->tags.item[1], "t");
	assert_int_equal(zoo->cages.item[2], UINT32_MAX);
	assert_int_equal(zoo->colours.item[0], 2);
	assert_string_equal(zoo->notes.item[0].key, "b");
	assert_string_equal(oci_map_string(&zoo->notes, "a"), "");
	assert_int_equal(text[zoo->notes.item[0].at + 1], 'b');
	pet = oci_map_find(&zoo->houses, "red")->object;
	assert_string_equal(pet->name, "r");
}

static void tells_absent_null_and_empty(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	const struct zoo *zoo;

	(void)state;
	zoo = read_good(&arena, &zoo_shape, "{\"name\":\"z\",\"pets\":null,\"boss\":null,"
			"\"guests\":null,\"motto\":null,\"colour\":null,\"notes\":null,\"free\":null}");
	assert_false(zoo->pets.set);
	assert_null(zoo->boss);
	assert_false(zoo->guests.set);
	assert_null(zoo->motto);
	assert_int_equal(zoo->colour, 0);
	assert_false(zoo->notes.set);
	assert_false(zoo->free.set);

	zoo = read_good(&arena, &zoo_shape, "{\"name\":\"\",\"pets\":[],\"notes\":{},\"cages\":[]}");
	assert_true(zoo->pets.set && !zoo->pets.n);
	assert_true(zoo->notes.set && !zoo->notes.n);
	assert_true(zoo->cages.set && !zoo->cages.n);
	assert_false(zoo->tags.set);
}

static void ignores_and_notes_unknown_keys(void **state)
{
	static const char text[] =
		"{\"x\":{\"name\":[1,{\"name\":null}],\"y\":{}},\"name\":\"z\",\"pets\":[{\"name\":\"p\","
		"\"wings\":[[],{}]},{\"name\":\"q\"}],\"w\":1.5e999}";
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_source src = text_source(text);
	struct oci_error err = OCI_ERROR_INIT;
	struct oci_numbers unknown = { .set = false };
	struct zoo *zoo = NULL;
	char path[100];

	(void)state;
	assert_int_equal(oci_read_noting(&arena, &src, &zoo_shape, &zoo, &unknown, &err), 0);
	assert_string_equal(zoo->name, "z");
	assert_int_equal(zoo->pets.n, 2);
	assert_int_equal(unknown.n, 3);
	assert_string_equal(oci_source_path(&src, unknown.item[0], path, sizeof(path)), "x");
	assert_string_equal(oci_source_path(&src, unknown.item[1], path, sizeof(path)),
			    "pets[0].wings");
	assert_string_equal(oci_source_path(&src, unknown.item[2], path, sizeof(path)), "w");
}

static void refuses(const char *text, const char *expected)
{
	expect_refused(&zoo_shape, text, expected);
}

static void refuses_wrong_types(void **state)
{
	(void)state;
	refuses("[]", "t.json:1:1: the document has to be an object, got a list");
	refuses("7", "t.json:1:1: the document has to be an object, got a number");
	refuses("{\"name\":5}", "t.json:1:9: name: expected a string, got a number");
	refuses("{\"name\":{}}", "t.json:1:9: name: expected a string, got an object");
	refuses("{\"name\":[]}", "t.json:1:9: name: expected a string, got a list");
	refuses("{\"open\":\"true\"}", "t.json:1:9: open: expected true or false, got a string");
	refuses("{\"open\":1}", "t.json:1:9: open: expected true or false, got a number");
	refuses("{\"coins\":\"1\"}", "t.json:1:10: coins: expected a number, got a string");
	refuses("{\"coins\":true}", "t.json:1:10: coins: expected a number, got true or false");
	refuses("{\"colour\":1}", "t.json:1:11: colour: expected a string, got a number");
	refuses("{\"boss\":[]}", "t.json:1:9: boss: expected an object, got a list");
	refuses("{\"pets\":{}}", "t.json:1:9: pets: expected a list, got an object");
	refuses("{\"pets\":[[]]}", "t.json:1:10: pets[0]: expected an object, got a list");
	refuses("{\"pets\":[null]}", "t.json:1:10: pets[0]: expected an object, got null");
	refuses("{\"tags\":[\"a\",null]}", "t.json:1:14: tags[1]: expected a string, got null");
	refuses("{\"cages\":[true]}", "t.json:1:11: cages[0]: expected a number, got true or false");
	refuses("{\"notes\":[]}", "t.json:1:10: notes: expected an object, got a list");
	refuses("{\"notes\":{\"a\":1}}", "t.json:1:15: notes.a: expected a string, got a number");
	refuses("{\"weight\":\"1\"}", "t.json:1:11: weight: expected a number, got a string");
	refuses("{\"weights\":[true]}", "t.json:1:13: weights[0]: expected a number, got true or false");
	refuses("{\"masses\":{\"m\":\"1\"}}", "t.json:1:16: masses.m: expected a number, got a string");
	refuses("{\"houses\":{\"red\":null}}",
		"t.json:1:18: houses.red: expected an object, got null");
}

static void refuses_numbers_out_of_range(void **state)
{
	(void)state;
	refuses("{\"doors\":65536}", "t.json:1:10: doors: 65536 is out of range (0 to 65535)");
	refuses("{\"doors\":-1}", "t.json:1:10: doors: -1 is out of range (0 to 65535)");
	refuses("{\"tickets\":4294967296}",
		"t.json:1:12: tickets: 4294967296 is out of range (0 to 4294967295)");
	refuses("{\"coins\":18446744073709551616}",
		"t.json:1:10: coins: 18446744073709551616 is out of range (0 to 18446744073709551615)");
	refuses("{\"balance\":9223372036854775808}", "t.json:1:12: balance: 9223372036854775808 is "
		"out of range (-9223372036854775808 to 9223372036854775807)");
	refuses("{\"balance\":-9223372036854775809}", "t.json:1:12: balance: -9223372036854775809 is "
		"out of range (-9223372036854775808 to 9223372036854775807)");
	refuses("{\"floor\":2147483648}",
		"t.json:1:10: floor: 2147483648 is out of range (-2147483648 to 2147483647)");
	refuses("{\"stars\":-2}", "t.json:1:10: stars: -2 is out of range (-1 to 5)");
	refuses("{\"stars\":6}", "t.json:1:10: stars: 6 is out of range (-1 to 5)");
	refuses("{\"grade\":0}", "t.json:1:10: grade: 0 is out of range (1 to 6)");
	refuses("{\"grade\":-3}", "t.json:1:10: grade: -3 is out of range (1 to 6)");
	refuses("{\"cages\":[1,-1]}", "t.json:1:13: cages[1]: -1 is out of range (0 to 4294967295)");
	refuses("{\"coins\":1.5}", "t.json:1:10: coins: 1.5 is not a whole number");
	refuses("{\"coins\":1e99}",
		"t.json:1:10: coins: 1e99 is out of range (0 to 18446744073709551615)");
}

static void refuses_words_and_strings(void **state)
{
	(void)state;
	refuses("{\"colour\":\"gren\"}",
		"t.json:1:11: colour: \"gren\" is not a colour; did you mean \"green\"?");
	refuses("{\"colour\":\"purple\"}", "t.json:1:11: colour: \"purple\" is not a colour");
	refuses("{\"colours\":[\"red\",\"RED\"]}",
		"t.json:1:19: colours[1]: \"RED\" is not a colour; did you mean \"red\"?");
	refuses("{\"houses\":{\"x\":{}}}", "t.json:1:12: houses.x: \"x\" is not a colour");
	refuses("{\"motto\":\"a b\"}", "t.json:1:10: motto: \"a b\" has blanks");
	refuses("{\"tags\":[]}", "t.json:1:9: tags: must not be empty");
	refuses("{\"pets\":[{\"name\":\"\"}]}", "t.json:1:18: pets[0].name: must not be empty");
	refuses("{\"notes\":{\"\":\"x\"}}",
		"t.json:1:11: notes[\"\"]: a key must not be empty here");
}

static void refuses_missing_and_repeated_keys(void **state)
{
	(void)state;
	refuses("{}", "t.json:1:1: \"name\" is required");
	refuses("{\"name\":null}", "t.json:1:9: name: required, must not be null");
	refuses("{\"name\":\"z\",\n \"pets\":[{\"name\":\"p\"},\n  {\"age\":1}]}",
		"t.json:3:3: pets[1]: \"name\" is required");
	refuses("{\"name\":\"a\",\"name\":\"b\"}", "t.json:1:13: name: this key stands here twice");
	refuses("{\"name\":\"a\",\"n\\u0061me\":\"b\"}",
		"t.json:1:13: [\"n\\u0061me\"]: this key stands here twice");
	refuses("{\"notes\":{\"a\":\"\",\"a\":\"\"}}", "t.json:1:18: notes.a: this key stands here twice");
	refuses("{\"x\":1,\"x\":2}", "t.json:1:8: x: this key stands here twice");
	refuses("{\"x\":[{\"y\":{\"z\":1,\"z\":1}}]}",
		"t.json:1:19: x[0].y.z: this key stands here twice");
}

static void reads_long_lists(void **state)
{
	enum { N = 5000 };
	auto_arena struct arena arena = ARENA_INIT;
	char *text = malloc(N * 30);
	const struct zoo *zoo;
	size_t len;

	(void)state;
	assert_non_null(text);
	len = (size_t)sprintf(text, "{\"name\":\"z\",\"pets\":[");
	for (int i = 0; i < N; i++)
		len += (size_t)sprintf(text + len, "%s{\"name\":\"%d\"}", i ? "," : "", i);
	len += (size_t)sprintf(text + len, "],\"notes\":{");
	for (int i = 0; i < N / 10; i++)
		len += (size_t)sprintf(text + len, "%s\"%d\":\"\"", i ? "," : "", i);
	(void)sprintf(text + len, "}}");

	zoo = read_good(&arena, &zoo_shape, text);
	assert_int_equal(zoo->pets.n, N);
	for (uint32_t i = 0; i < N; i++) {
		const struct pet *pet = zoo->pets.item[i];

		assert_int_equal(atoi(pet->name), i);
	}
	assert_int_equal(zoo->notes.n, N / 10);
	assert_string_equal(zoo->notes.item[N / 10 - 1].key, "499");
	free(text);
}

static void list_refused(const char *text, const char *expected)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_source src = text_source(text);
	struct oci_error err = OCI_ERROR_INIT;
	struct oci_list list = { .n = 7 };
	char line[256];

	assert_int_equal(oci_read_list(&arena, &src, &pet_shape, &list, &err), -1);
	assert_int_equal(list.n, 7);
	oci_error_format(&err, &src, line, sizeof(line));
	assert_string_equal(line, expected);
}

static void reads_a_list_document(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_source src = text_source("[]");
	struct oci_error err = OCI_ERROR_INIT;
	struct oci_list list = { .n = 7 };

	(void)state;
	assert_int_equal(oci_read_list(&arena, &src, &pet_shape, &list, &err), 0);
	assert_true(list.set && list.n == 0);
	src = text_source("[{\"name\":\"a\",\"x\":[[{}]]}, {\"name\":\"b\"},{\"name\":\"c\"},{\"name\":\"d\"},{\"name\":\"e\"}]\n");
	assert_int_equal(oci_read_list(&arena, &src, &pet_shape, &list, &err), 0);
	assert_int_equal(list.n, 5);
	assert_string_equal(((const struct pet *)list.item[4])->name, "e");
	list_refused("{}", "t.json:1:1: the document has to be a list, got an object");
	list_refused("null", "t.json:1:1: the document has to be a list, got null");
	list_refused("[7]", "t.json:1:2: [0]: expected an object, got a number");
	list_refused("[{\"name\":\"a\"},{}]", "t.json:1:15: [1]: \"name\" is required");
	list_refused("[{\"name\":\"a\",\"name\":\"b\"}]", "t.json:1:14: [0].name: this key stands here twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_kind),
		cmocka_unit_test(tells_absent_null_and_empty),
		cmocka_unit_test(ignores_and_notes_unknown_keys),
		cmocka_unit_test(refuses_wrong_types),
		cmocka_unit_test(refuses_numbers_out_of_range),
		cmocka_unit_test(refuses_words_and_strings),
		cmocka_unit_test(refuses_missing_and_repeated_keys),
		cmocka_unit_test(reads_long_lists),
		cmocka_unit_test(reads_a_list_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
