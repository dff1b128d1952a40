/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verb of the command line called as main() calls it, with all that it says kept: a state root of its
 * own, words in, result and texts out.
 */
#ifndef TARE_TESTS_CAPTURE_H
#define TARE_TESTS_CAPTURE_H

#include <string.h>

#include "base/err.h"
#include "cmd/command.h"
#include "tests/unit/support.h"

/*
 * struct capture - a place to call verbs from, and what the last one said.
 * @dir:     a fresh directory for whatever the test needs
 * @root:    "<dir>/state", which does not exist at first
 * @bundle:  "<dir>/bundle", likewise
 * @here:    the working directory, to which the end of the test returns
 * @globals: given to every call; root is set
 * @r, @err: what command_run() returned
 * @out, @errors: what went to standard output and standard error
 */
struct capture {
	struct support_dir dir;
	char root[160];
	char bundle[160];
	int here;
	struct command_globals globals;
	int r;
	struct err err;
	char out[65536];
	char errors[4096];
};

/* For cmocka_unit_test_setup_teardown(); the test finds the capture in *state. */
int capture_open(void **state);
int capture_close(void **state);

#define CAPTURE_TEST(test) cmocka_unit_test_setup_teardown(test, capture_open, capture_close)

/* Make the bundle or give it another config.json; single quotes in @config stand for double ones. */
void capture_make_bundle(struct capture *capture, const char *config);

/* Put the probe, a static program (tests/probe), into the bundle's root file system as /probe. */
void capture_add_probe(struct capture *capture);

/* Call the verb @words[0] with the words after it, up to NULL. */
void capture_run(struct capture *capture, const char *const *words);

#define RUN(capture, ...) capture_run((capture), (const char *const[]){ __VA_ARGS__, NULL })

/* The verb must fail, say nothing itself, and have the words @text in its error. */
#define REFUSED(capture, text, ...)                             \
	do {                                                    \
		RUN((capture), __VA_ARGS__);                    \
		capture_assert_refused((capture), (text));      \
	} while (0)

/* The verb must succeed without a word on standard error. */
#define GOOD(capture, ...)                                      \
	do {                                                    \
		RUN((capture), __VA_ARGS__);                    \
		capture_assert_good((capture));                 \
	} while (0)

void capture_assert_refused(const struct capture *capture, const char *text);
void capture_assert_good(const struct capture *capture);

/* Nobody has made the state root. */
void capture_assert_no_root(const struct capture *capture);

/* It is there, and no container in it. */
void capture_assert_empty_root(const struct capture *capture);

/*
 * --help, -h and "help VERB" print the same page: @usage and all of @options (up to NULL) are in it, and
 * the state root stays unmade.
 */
void capture_check_help(struct capture *capture, const char *verb, const char *usage, const char *const *options);

#define CHECK_HELP(capture, verb, usage, ...) \
	capture_check_help((capture), (verb), (usage), (const char *const[]){ "--help, -h", ##__VA_ARGS__, NULL })

/*
 * What every verb with an ID as first argument owes: a missing one, one argument too many (after @most
 * good ones), an unknown option, and strings that are no ID are refused by name, and nothing is made.
 */
void capture_check_operands(struct capture *capture, const char *verb, int most);

/* How many processes are our children, zombies counted. */
size_t capture_count_children(void);

#endif
