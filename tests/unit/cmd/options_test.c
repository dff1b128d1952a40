/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option engine, with the command lines that managers use. */
#include "cmd/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"

enum { RED = 1, BLUE };

struct box {
	const char *root;
	const char *name;
	bool quiet, all;
	unsigned int count;
	int color;
};

static const struct options_word colors[] = { { "red", RED }, { "blue", BLUE }, { NULL, 0 } };

static const struct options_row rows[] = {
	OPTIONS_ROW_TEXT(struct box, root, "root", 0, "DIR", "where"),
	OPTIONS_ROW_TEXT(struct box, name, "name", 'n', "NAME", "who"),
	OPTIONS_ROW_FLAG(struct box, quiet, "quiet", 'q', "say less"),
	OPTIONS_ROW_FLAG(struct box, all, "all", 'a', "take all"),
	OPTIONS_ROW_NUMBER(struct box, count, "count", 'c', "N", "how many"),
	OPTIONS_ROW_WORD(struct box, color, "color", 0, colors, "red|blue", "which"),
	OPTIONS_ROW_OTHER(OPTIONS_IGNORED_TEXT, "criu", 0, "PATH", NULL),
	OPTIONS_ROW_OTHER(OPTIONS_IGNORED_FLAG, "no-subreaper", 0, NULL, NULL),
	OPTIONS_ROW_OTHER(OPTIONS_REFUSED_TEXT, "pidfd-socket", 0, "PATH", NULL),
	OPTIONS_ROW_OTHER(OPTIONS_REFUSED_FLAG, "regex", 'r', NULL, NULL),
};
static const struct options_table table = OPTIONS_TABLE(rows);

/* What one command line gave; @r is the result of options_parse(). */
struct parsed {
	int r;
	struct box box;
	struct options_result result;
	struct err err;
	char *argv[16];
};

static void parse_with(struct parsed *parsed, unsigned int flags, const char *const *words)
{
	int argc = 0;

	memset(parsed, 0, sizeof(*parsed));
	parsed->err = ERR_INIT;
	for (; words[argc] != NULL; argc++)
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): main() has no const */
		parsed->argv[argc] = (char *)(uintptr_t)words[argc];
	parsed->r = options_parse(&table, flags, argc, parsed->argv, &parsed->box, &parsed->result, &parsed->err);
}

#define PARSE(parsed, ...) parse_with((parsed), 0, (const char *const[]){ __VA_ARGS__, NULL })

static void assert_refused(struct parsed *parsed, const char *text)
{
	assert_int_equal(parsed->r, -1);
	if (strstr(parsed->err.text, text) == NULL)
		fail_msg("\"%s\" does not hold \"%s\"", parsed->err.text, text);
}

static void test_values(void **state)
{
	struct parsed p;

	(void)state;
	PARSE(&p, "--root", "/r", "--name=x=y", "id");
	assert_int_equal(p.r, 0);
	assert_string_equal(p.box.root, "/r");
	assert_string_equal(p.box.name, "x=y");
	assert_int_equal(p.result.n_args, 1);
	assert_string_equal(p.result.args[0], "id");
	assert_null(p.result.args[1]);

	PARSE(&p, "-root", "/r", "-name=n");
	assert_string_equal(p.box.root, "/r");
	assert_string_equal(p.box.name, "n");

	PARSE(&p, "-n", "one", "-ntwo");
	assert_string_equal(p.box.name, "two");
	PARSE(&p, "-n=three");
	assert_string_equal(p.box.name, "three");
	PARSE(&p, "--name=");
	assert_string_equal(p.box.name, "");
	PARSE(&p, "--name", "-", "--root", "--quiet");
	assert_string_equal(p.box.name, "-");
	assert_string_equal(p.box.root, "--quiet");
	assert_false(p.box.quiet);
}

static void test_last_wins(void **state)
{
	struct parsed p;

	(void)state;
	PARSE(&p, "--root=a", "--root", "b", "--root=c", "--quiet", "--quiet=false");
	assert_string_equal(p.box.root, "c");
	assert_false(p.box.quiet);
}

static void test_flags(void **state)
{
	static const struct { const char *word; bool on; } forms[] = {
		{ "--quiet", true }, { "-q", true }, { "-quiet", true }, { "--quiet=true", true }, { "--quiet=1", true },
		{ "--quiet=TRUE", true }, { "--quiet=false", false }, { "--quiet=0", false }, { "-q=false", false },
	};
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		PARSE(&p, forms[i].word, "x");
		assert_int_equal(p.r, 0);
		assert_int_equal(p.box.quiet, forms[i].on);
		assert_int_equal(p.result.n_args, 1);
	}
	PARSE(&p, "-qa", "-nx");
	assert_true(p.box.quiet && p.box.all);
	PARSE(&p, "-qan", "value");
	assert_string_equal(p.box.name, "value");
	PARSE(&p, "--quiet=maybe");
	assert_refused(&p, "\"maybe\"");
}

static void test_numbers_and_words(void **state)
{
	static const char *const bad[] = { "", "-1", "x", "1x", " 1", "+1", "99999999999999999999", "2147483648" };
	struct parsed p;

	(void)state;
	PARSE(&p, "--count", "38", "--color", "Blue");
	assert_int_equal(p.box.count, 38);
	assert_int_equal(p.box.color, BLUE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		PARSE(&p, "--count", bad[i]);
		assert_refused(&p, "--count");
	}
	PARSE(&p, "--color=green");
	assert_refused(&p, "\"green\"");
}

static void test_positionals_anywhere(void **state)
{
	struct parsed p;

	(void)state;
	PARSE(&p, "id", "--all", "KILL", "-q");
	assert_int_equal(p.result.n_args, 2);
	assert_string_equal(p.result.args[0], "id");
	assert_string_equal(p.result.args[1], "KILL");
	assert_true(p.box.all && p.box.quiet);

	PARSE(&p, "-q", "--", "--all", "-x");
	assert_int_equal(p.result.n_args, 2);
	assert_string_equal(p.result.args[0], "--all");
	assert_false(p.box.all);
	PARSE(&p, "-");
	assert_string_equal(p.result.args[0], "-");
}

static void test_stop_at_positional(void **state)
{
	static const char *const words[] = { "--quiet", "exec", "--all", "ls", "-l", NULL };
	struct parsed p;

	(void)state;
	parse_with(&p, OPTIONS_STOP_AT_POSITIONAL, words);
	assert_int_equal(p.r, 0);
	assert_true(p.box.quiet);
	assert_false(p.box.all);
	assert_int_equal(p.result.n_args, 4);
	assert_string_equal(p.result.args[0], "exec");
	assert_string_equal(p.result.args[3], "-l");
}

static void test_missing_value(void **state)
{
	static const char *const words[] = { "--root", "--name", "-n", "-root", "-c", "--criu", "-qn" };
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		PARSE(&p, words[i]);
		assert_refused(&p, "requires an argument");
	}
}

static void test_unknown(void **state)
{
	static const char *const words[] = { "--invalidflag", "-z", "--roo", "--root-x=1", "-qz", "-invalidflag", "---root" };
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		PARSE(&p, words[i]);
		assert_refused(&p, words[i]);
		assert_refused(&p, "unknown option");
	}
}

/* Options that come from managers and mean nothing here, and those that cannot be honoured. */
static void test_ignored_and_refused(void **state)
{
	struct parsed p;

	(void)state;
	PARSE(&p, "--criu", "/usr/sbin/criu", "-no-subreaper", "--no-subreaper=true", "id");
	assert_int_equal(p.r, 0);
	assert_int_equal(p.result.n_args, 1);
	PARSE(&p, "--pidfd-socket", "x");
	assert_refused(&p, "'--pidfd-socket' is not supported");
	PARSE(&p, "--regex");
	assert_refused(&p, "'--regex' is not supported");
	PARSE(&p, "-r");
	assert_refused(&p, "'--regex' is not supported");
	PARSE(&p, "--regex=false");
	assert_int_equal(p.r, 0);
}

static void test_help(void **state)
{
	static const char *const words[] = { "-h", "--help", "-help", "--help=true", "-qh" };
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		PARSE(&p, words[i], "--nonsense");
		assert_int_equal(p.r, 0);
		assert_true(p.result.help);
	}
	PARSE(&p, "--help=false");
	assert_false(p.result.help);
}

static void test_printed(void **state)
{
	char text[2048] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	assert_non_null(out);
	options_print(out, &table);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "   --name NAME, -n "));
	assert_non_null(strstr(text, "--help, -h"));
	assert_null(strstr(text, "criu"));
}

struct bag {
	struct options_list all;
	const char *last;
};

static const struct options_row bag_rows[] = {
	OPTIONS_ROW_LIST(struct bag, all, "all", 'a', "X", "each of them"),
	OPTIONS_ROW_TEXT(struct bag, last, "last", 'l', "X", "one of them"),
};
static const struct options_table bag_table = OPTIONS_TABLE(bag_rows);

static void test_lists(void **state)
{
	char *good[] = { (char[]){ "--all=1" }, (char[]){ "-a2" }, (char[]){ "--last=x" }, (char[]){ "-a" }, (char[]){ "3" },
			 (char[]){ "--all=" }, NULL };
	char *bad[] = { (char[]){ "-a1" }, (char[]){ "--all" }, NULL };
	struct options_result result;
	struct bag bag = { .last = NULL };
	struct err err = ERR_INIT;

	(void)state;
	options_free(&bag_table, &bag);
	assert_int_equal(options_parse(&bag_table, 0, 6, good, &bag, &result, &err), 0);
	assert_int_equal(bag.all.n, 4);
	assert_string_equal(bag.all.item[0], "1");
	assert_string_equal(bag.all.item[1], "2");
	assert_string_equal(bag.all.item[2], "3");
	assert_string_equal(bag.all.item[3], "");
	options_free(&bag_table, &bag);
	assert_null(bag.all.item);
	assert_int_equal(bag.all.n, 0);
	assert_string_equal(bag.last, "x");
	assert_int_equal(options_parse(&bag_table, 0, 2, bad, &bag, &result, &err), -1);
	assert_non_null(strstr(err.text, "option '--all' requires an argument"));
	assert_int_equal(bag.all.n, 1);
	options_free(&bag_table, &bag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_last_wins),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_numbers_and_words),
		cmocka_unit_test(test_positionals_anywhere),
		cmocka_unit_test(test_stop_at_positional),
		cmocka_unit_test(test_missing_value),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_ignored_and_refused),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
