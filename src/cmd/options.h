/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command line options as rows of a table, and the one engine that obeys them.  A row says where in
 * the verb's own struct the value goes.
 *
 * Understood: --opt VALUE, --opt=VALUE, -opt (a long name after one dash), -o VALUE, -oVALUE, letters
 * in a bunch (-qa), "--" as the end of options, --flag=true|false|1|0.  Repeated: the last one counts, but for
 * lists.
 * Not here: getopt's abbreviations; a name is written in full.
 * Runs in: host.
 */
#ifndef TARE_CMD_OPTIONS_H
#define TARE_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct err;

/* What an option takes, and the type of the member that gets it. */
enum options_kind {
	OPTIONS_FLAG,		/* bool */
	OPTIONS_TEXT,		/* const char *, pointing into argv */
	OPTIONS_NUMBER,		/* unsigned int */
	OPTIONS_LIST,		/* struct options_list: every value of an option that may be repeated */
	OPTIONS_WORD,		/* int: the value of a word in the row's list */
	OPTIONS_IGNORED_FLAG,	/* accepted for the sake of managers, without effect */
	OPTIONS_IGNORED_TEXT,
	OPTIONS_REFUSED_FLAG,	/* known, but this version cannot do it: an error when used */
	OPTIONS_REFUSED_TEXT,
};

/* One word that an option may take; a list ends with a NULL word. */
struct options_word {
	const char *word;
	int value;
};

/* Values in the order of the command line, pointing into argv; @item is freed by options_free(). */
struct options_list {
	const char **item;
	size_t n;
};

/*
 * struct options_row - one option.
 * @letter: short form, or 0
 * @offset: of the member in the struct; @words: for OPTIONS_WORD
 * @value:  what the value is called in the help, NULL for flags
 * @help:   one line; NULL: known, but not shown
 */
struct options_row {
	const char *name;
	char letter;
	uint8_t kind;
	uint16_t offset;
	const struct options_word *words;
	const char *value;
	const char *help;
};

/* All options of one verb, in the order of its help. */
struct options_table {
	const struct options_row *row;
	size_t n;
};

/* Initialiser of a struct options_table over all of the array @rows. */
#define OPTIONS_TABLE(rows) { .row = (rows), .n = sizeof(rows) / sizeof((rows)[0]) }

/* 0, or a compile error when @member of @type is not of type @t. */
#define OPTIONS_CHECK(type, member, t)                                                          \
	(0 * sizeof(struct {                                                                    \
		char c;                                                                         \
		_Static_assert(__builtin_types_compatible_p(__typeof__(((type *)0)->member), t), \
			       "member has the wrong type for its row");                        \
	}))

/* The offset of @member, which must be of type @t. */
#define OPTIONS_AT(type, member, t) (offsetof(type, member) + OPTIONS_CHECK(type, member, t))

/* Rows, one macro for each type of member; OTHER has none: what is ignored or refused. */
#define OPTIONS_ROW_FLAG(type, member, name_, letter_, help_)                                   \
	{ .name = (name_), .letter = (letter_), .kind = OPTIONS_FLAG,                           \
	  .offset = OPTIONS_AT(type, member, bool), .help = (help_) }
#define OPTIONS_ROW_TEXT(type, member, name_, letter_, value_, help_)                           \
	{ .name = (name_), .letter = (letter_), .kind = OPTIONS_TEXT,                           \
	  .offset = OPTIONS_AT(type, member, const char *), .value = (value_), .help = (help_) }
#define OPTIONS_ROW_LIST(type, member, name_, letter_, value_, help_)                           \
	{ .name = (name_), .letter = (letter_), .kind = OPTIONS_LIST,                           \
	  .offset = OPTIONS_AT(type, member, struct options_list), .value = (value_),           \
	  .help = (help_) }
#define OPTIONS_ROW_NUMBER(type, member, name_, letter_, value_, help_)                         \
	{ .name = (name_), .letter = (letter_), .kind = OPTIONS_NUMBER,                         \
	  .offset = OPTIONS_AT(type, member, unsigned int), .value = (value_), .help = (help_) }
#define OPTIONS_ROW_WORD(type, member, name_, letter_, words_, value_, help_)                   \
	{ .name = (name_), .letter = (letter_), .kind = OPTIONS_WORD,                           \
	  .offset = OPTIONS_AT(type, member, int), .words = (words_), .value = (value_),        \
	  .help = (help_) }
#define OPTIONS_ROW_OTHER(kind_, name_, letter_, value_, help_)                                 \
	{ .name = (name_), .letter = (letter_), .kind = (kind_), .value = (value_), .help = (help_) }

/* Options after the first other argument belong to somebody else. */
#define OPTIONS_STOP_AT_POSITIONAL 1u

/*
 * struct options_result
 * @args:  what is no option, in order; vector in the caller's argv, NULL-terminated
 * @help:  -h or --help was among the options: nothing after it was looked at
 */
struct options_result {
	char **args;
	int n_args;
	bool help;
};

/*
 * Sort the @argc arguments @argv (without the command's own name; reordered in place) by @table.
 * Values go to the struct at @target, which holds the defaults.  Returns 0, or -1 with @err naming the option;
 * what stood before it is in @target by then.
 */
int options_parse(const struct options_table *table, unsigned int flags, int argc, char **argv,
		  void *target, struct options_result *ret, struct err *err);

/* Free the lists in the struct at @target, also after a failed options_parse(). */
void options_free(const struct options_table *table, void *target);

/* Print the rows for the help of a command, -h included. */
void options_print(FILE *out, const struct options_table *table);

#endif
