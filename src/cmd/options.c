/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine behind option tables; see options.h.
 * Runs in: host.
 */
#include "cmd/options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"

/* The words of Go's strconv.ParseBool, which is what managers were written against. */
static const struct options_word bool_words[] = {
	{ "true", 1 }, { "false", 0 }, { "1", 1 }, { "0", 0 }, { "t", 1 }, { "f", 0 }, { NULL, 0 },
};

/* Every command has it. */
static const struct options_row help_row = {
	.name = "help", .letter = 'h', .kind = OPTIONS_FLAG, .help = "show this help",
};

/*
 * struct walk - where the engine is.
 * @arg:   the whole argument that is being read, for messages
 * @next:  index of the argument after it
 */
struct walk {
	const struct options_table *table;
	int argc;
	char **argv;
	int next;
	const char *arg;
	char *target;
	bool help;
	struct err *err;
};

static bool takes_value(const struct options_row *row)
{
	return row->kind == OPTIONS_TEXT || row->kind == OPTIONS_LIST || row->kind == OPTIONS_NUMBER ||
	       row->kind == OPTIONS_WORD ||
	       row->kind == OPTIONS_IGNORED_TEXT || row->kind == OPTIONS_REFUSED_TEXT;
}

static const struct options_row *find_name(const struct options_table *table, const char *name, size_t len)
{
	if (len == strlen(help_row.name) && memcmp(name, help_row.name, len) == 0)
		return &help_row;
	for (size_t i = 0; i < table->n; i++) {
		if (strlen(table->row[i].name) == len && memcmp(table->row[i].name, name, len) == 0)
			return &table->row[i];
	}
	return NULL;
}

static const struct options_row *find_letter(const struct options_table *table, char letter)
{
	for (size_t i = 0; i < table->n; i++) {
		if (table->row[i].letter == letter)
			return &table->row[i];
	}
	return letter == help_row.letter ? &help_row : NULL;
}

static const struct options_word *find_word(const struct options_word *words, const char *word)
{
	for (; words->word != NULL; words++) {
		if (strcasecmp(words->word, word) == 0)
			return words;
	}
	return NULL;
}

static int refuse_value(const struct walk *walk, const struct options_row *row, const char *value)
{
	return err_say(walk->err, ERR_NOWHERE, "option '--%s' does not take the value \"%s\"", row->name, value);
}

static int set_flag(struct walk *walk, const struct options_row *row, const char *value)
{
	const struct options_word *word = find_word(bool_words, value != NULL ? value : "true");

	if (word == NULL)
		return refuse_value(walk, row, value);
	if (row == &help_row)
		walk->help = word->value != 0;
	else if (row->kind == OPTIONS_FLAG)
		*(bool *)(walk->target + row->offset) = word->value != 0;
	else if (row->kind == OPTIONS_REFUSED_FLAG && word->value != 0)
		return err_say(walk->err, ERR_NOWHERE, "option '--%s' is not supported by this version", row->name);
	return 0;
}

static int set_number(const struct walk *walk, const struct options_row *row, const char *value)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end != '\0' || errno != 0 || number > INT_MAX)
		return refuse_value(walk, row, value);
	*(unsigned int *)(void *)(walk->target + row->offset) = (unsigned int)number;
	return 0;
}

static int add_value(const struct walk *walk, const struct options_row *row, const char *value)
{
	struct options_list *list = (struct options_list *)(void *)(walk->target + row->offset);
	const char **item = reallocarray(list->item, list->n + 1, sizeof(*item));

	if (item == NULL)
		return err_errno(walk->err, ERR_NOWHERE, "keep the values of option '--%s'", row->name);
	item[list->n++] = value;
	/* options_free() frees it; gcc 12 loses sight of what is stored at an offset that it does not know. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
	list->item = item;
#pragma GCC diagnostic pop
	return 0;
}

static int set_value(struct walk *walk, const struct options_row *row, const char *value)
{
	const struct options_word *word;

	switch ((enum options_kind)row->kind) {
	case OPTIONS_TEXT:
		*(const char **)(void *)(walk->target + row->offset) = value;
		return 0;
	case OPTIONS_LIST:
		return add_value(walk, row, value);
	case OPTIONS_NUMBER:
		return set_number(walk, row, value);
	case OPTIONS_WORD:
		word = find_word(row->words, value);
		if (word == NULL)
			return refuse_value(walk, row, value);
		*(int *)(void *)(walk->target + row->offset) = word->value;
		return 0;
	case OPTIONS_REFUSED_TEXT:
		return err_say(walk->err, ERR_NOWHERE, "option '--%s' is not supported by this version", row->name);
	default:
		return 0;
	}
}

/* Obey one option; @value is NULL when none was written into the same argument. */
static int obey(struct walk *walk, const struct options_row *row, const char *value)
{
	if (!takes_value(row))
		return set_flag(walk, row, value);
	if (value == NULL) {
		if (walk->next >= walk->argc)
			return err_say(walk->err, ERR_NOWHERE, "option '--%s' requires an argument", row->name);
		value = walk->argv[walk->next++];
	}
	return set_value(walk, row, value);
}

static int refuse_unknown(const struct walk *walk)
{
	return err_say(walk->err, ERR_NOWHERE, "unknown option \"%s\"", walk->arg);
}

/* The letters after one dash: flags, and at the end maybe one that takes a value. */
static int obey_letters(struct walk *walk, const char *letters)
{
	while (*letters != '\0' && !walk->help) {
		const struct options_row *row = find_letter(walk->table, *letters);
		const char *rest = letters + 1;
		int r;

		if (row == NULL)
			return refuse_unknown(walk);
		if (!takes_value(row) && *rest != '=') {
			if (obey(walk, row, NULL) < 0)
				return -1;
			letters = rest;
			continue;
		}
		if (*rest == '=')
			r = obey(walk, row, rest + 1);
		else
			r = obey(walk, row, *rest != '\0' ? rest : NULL);
		return r;
	}
	return 0;
}

static int obey_argument(struct walk *walk)
{
	bool is_long = walk->arg[1] == '-';
	const char *name = walk->arg + (is_long ? 2 : 1);
	const char *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct options_row *row = find_name(walk->table, name, len);

	if (row != NULL)
		return obey(walk, row, equals != NULL ? equals + 1 : NULL);
	if (is_long)
		return refuse_unknown(walk);
	return obey_letters(walk, name);
}

int options_parse(const struct options_table *table, unsigned int flags, int argc, char **argv,
		  void *target, struct options_result *ret, struct err *err)
{
	struct walk walk = { .table = table, .argc = argc, .argv = argv, .target = target, .err = err };
	int n = 0;

	while (walk.next < argc && !walk.help) {
		char *arg = argv[walk.next++];

		if (strcmp(arg, "--") == 0)
			break;
		if (arg[0] == '-' && arg[1] != '\0') {
			walk.arg = arg;
			if (obey_argument(&walk) < 0)
				return -1;
			continue;
		}
		argv[n++] = arg;
		if (flags & OPTIONS_STOP_AT_POSITIONAL)
			break;
	}
	while (walk.next < argc)
		argv[n++] = argv[walk.next++];
	if (n < argc)
		argv[n] = NULL;
	*ret = (struct options_result){ .args = argv, .n_args = n, .help = walk.help };
	return 0;
}

void options_free(const struct options_table *table, void *target)
{
	for (size_t i = 0; i < table->n; i++) {
		struct options_list *list = (struct options_list *)(void *)((char *)target + table->row[i].offset);

		if (table->row[i].kind != OPTIONS_LIST)
			continue;
		free(list->item);
		*list = (struct options_list){ .item = NULL };
	}
}

static void print_row(FILE *out, const struct options_row *row)
{
	char left[64];
	int n = snprintf(left, sizeof(left), "--%s%s%s", row->name, row->value != NULL ? " " : "",
			 row->value != NULL ? row->value : "");

	if (row->letter != '\0' && n >= 0 && (size_t)n < sizeof(left))
		(void)snprintf(left + n, sizeof(left) - (size_t)n, ", -%c", row->letter);
	(void)fprintf(out, "   %-32s %s\n", left, row->help);
}

void options_print(FILE *out, const struct options_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		if (table->row[i].help != NULL)
			print_row(out, &table->row[i]);
	}
	print_row(out, &help_row);
}
