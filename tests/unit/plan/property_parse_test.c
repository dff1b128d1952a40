/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The notation of values in annotations: what it comes to, and what is refused. */
#include "plan/property.h"

#include <stdio.h>
#include <string.h>

#include "fixture.h"

/* The value as one line: letters of types with numbers, texts in <>. */
static const char *spell(const struct plan_property *property)
{
	static char text[1024];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < property->n; i++) {
		const struct plan_value *value = &property->value[i];

		if (value->text != NULL)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%c<%s>", value->type, value->text);
		else if (value->type == ')')
			n += (size_t)snprintf(text + n, sizeof(text) - n, ")");
		else if (value->type == 'd')
			n += (size_t)snprintf(text + n, sizeof(text) - n, "d%g", value->real);
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%c%lld", value->type, (long long)value->number);
	}
	return text;
}

static void test_values(void **state)
{
	static const struct {
		const char *text, *signature, *value;
	} cases[] = {
		{ "true", "b", "b1" },
		{ " false ", "b", "b0" },
		{ "15", "i", "i15" },
		{ "-15", "i", "i-15" },
		{ "+0x1F", "i", "i31" },
		{ "uint64 18446744073709551615", "t", "t-1" },
		{ "uint64 10000000", "t", "t10000000" },
		{ "int64 -9223372036854775808", "x", "x-9223372036854775808" },
		{ "byte 255", "y", "y255" },
		{ "int16 -32768", "n", "n-32768" },
		{ "uint16 7", "q", "q7" },
		{ "uint32 4294967295", "u", "u4294967295" },
		{ "boolean true", "b", "b1" },
		{ "1.5", "d", "d1.5" },
		{ "-2e3", "d", "d-2000" },
		{ "double 3", "d", "d3" },
		{ "'crio.service'", "s", "s<crio.service>" },
		{ "\"a'b\"", "s", "s<a'b>" },
		{ "'it\\'s \\\\ \\n \\u00e4\\U0001f600'", "s", "s<it's \\ \n \xc3\xa4\xf0\x9f\x98\x80>" },
		{ "objectpath '/a'", "o", "o</a>" },
		{ "signature 'as'", "g", "g<as>" },
		{ "['a', 'b']", "as", "a<s>s<a>s<b>)" },
		{ "@as []", "as", "a<s>)" },
		{ "@ay [1,0x2]", "ay", "a<y>y1y2)" },
		{ "b'hi'", "ay", "a<y>y104y105y0)" },
		{ "b''", "ay", "a<y>y0)" },
		{ "[uint64 1, 2]", "at", "a<t>t1t2)" },
		{ "[('/dev/null', uint64 5), ('x', 6)]", "a(st)",
		  "a<(st)>(<st>s</dev/null>t5)(<st>s<x>t6))" },
		{ "@a(ss) [('char-*', 'm')]", "a(ss)", "a<(ss)>(<ss>s<char-*>s<m>))" },
		{ "(true, -1, 'x')", "(bis)", "(<bis>b1i-1s<x>)" },
		{ "@(yas) (3, [])", "(yas)", "(<yas>y3a<s>))" },
		{ "[['a'], []]", "aas", "a<as>a<s>s<a>)a<s>))" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_property property = { .at = 3, .name = "X" };

		fixture_open(&f, CONFIG("", "", ""));
		if (property_parse(&f.region, &property, cases[i].text, &f.err) < 0)
			fail_msg("%s: %s", cases[i].text, f.err.text);
		assert_string_equal(property.signature, cases[i].signature);
		assert_string_equal(spell(&property), cases[i].value);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "there is no value" },
		{ "inactive-or-failed", "there is no value" },
		{ "yes", "there is no value" },
		{ "15 16", "something follows the value at \"16\"" },
		{ "2147483648", "out of the range" },
		{ "uint64 -1", "out of the range" },
		{ "uint64 18446744073709551616", "out of the range" },
		{ "byte 256", "out of the range" },
		{ "int16 -32769", "out of the range" },
		{ "--1", "a number is expected" },
		{ "-", "a number is expected" },
		{ ".", "a number is expected" },
		{ "uint64 1.5", "of another type" },
		{ "uint64 'x'", "of another type" },
		{ "uint64 true", "of another type" },
		{ "uint64 uint32 1", "of another type" },
		{ "string 1", "of another type" },
		{ "string [1]", "of another type" },
		{ "string (1,)", "of another type" },
		{ "string b'x'", "of another type" },
		{ "@as 'x'", "of another type" },
		{ "string @as []", "of another type" },
		{ "'x", "the quote is not closed" },
		{ "'x\\", "the quote is not closed" },
		{ "'\\u12'", "an escape is no character" },
		{ "'\\ud800'", "an escape is no character" },
		{ "'\\u0000'", "an escape is no character" },
		{ "[]", "an empty list needs a type" },
		{ "['a' 'b']", "a comma or the end of the list" },
		{ "['a', 1]", "of another type" },
		{ "['a',", "there is no value" },
		{ "()", "fewer members" },
		{ "@(ss) ('a')", "fewer members" },
		{ "@(s) ('a', 'b')", "more members" },
		{ "@a{sv} {}", "no known type" },
		{ "@a [1]", "no known type" },
		{ "@(s 1", "no known type" },
		{ "@s", "no known type" },
		{ "{'a': 1}", "there is no value" },
		{ "[[[[[[[[[[1]]]]]]]]]]", "nested too deep" },
		{ "@aaaaaaaaaaas []", "no known type" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		struct plan_property property = { .at = 3, .name = "X" };

		fixture_open(&f, CONFIG("", "", ""));
		if (property_parse(&f.region, &property, cases[i].text, &f.err) == 0)
			fail_msg("%s is taken", cases[i].text);
		if (strstr(f.err.text, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].text, f.err.text);
		assert_int_equal(f.err.at, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
