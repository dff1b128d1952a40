/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare list: the containers below the state root.  What cannot be read is passed over with a warning:
 * one broken record must not hide the others.
 * Runs in: host.
 */
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/table.h"
#include "host/describe.h"
#include "libocispec/arena.h"
#include "libocispec/write.h"
#include "state/dir.h"

enum list_format { LIST_TABLE, LIST_JSON };

struct list_options {
	int format;
	bool quiet;
};

static const struct options_word format_words[] = {
	{ "table", LIST_TABLE }, { "json", LIST_JSON }, { NULL, 0 },
};

static const struct options_row rows[] = {
	OPTIONS_ROW_WORD(struct list_options, format, "format", 'f', format_words, "table|json",
			 "how to print them (table)"),
	OPTIONS_ROW_FLAG(struct list_options, quiet, "quiet", 'q', "print IDs only"),
};

static const struct list_options defaults = { .format = LIST_TABLE };

enum { COLUMNS = 6 };

static const char *const heading[COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" };

/* All states that could be read, in the order of the IDs. */
static size_t describe_all(struct arena *arena, const char *root, char *const *ids, struct oci_state *states)
{
	size_t n = 0;

	for (; *ids != NULL; ids++) {
		struct err err = ERR_INIT;

		if (describe_container(arena, root, *ids, &states[n], &err) == 0)
			n++;
		else
			log_warning_err(&err);
	}
	return n;
}

/* One line, "null" when there is none: what managers written in Go expect of an empty slice. */
static int print_json(struct arena *arena, const struct oci_state *states, size_t n, struct err *err)
{
	struct oci_error oci_err = OCI_ERROR_INIT;
	const char *text;

	if (n == 0) {
		(void)puts("null");
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (oci_write(arena, &oci_state_shape, &states[i], 0, &text, NULL, &oci_err) < 0)
			return err_say(err, ERR_NOWHERE, "write the state of container `%s`: %s", states[i].id,
				       oci_err.text);
		(void)printf("%s%s", i == 0 ? "[" : ",", text);
	}
	(void)puts("]");
	return 0;
}

static void print_table(struct arena *arena, const struct oci_state *states, size_t n)
{
	const char **cells = arena_array(arena, (n + 1) * COLUMNS, sizeof(*cells));
	const char **row = cells;

	for (size_t i = 0; i < COLUMNS; i++)
		row[i] = heading[i];
	for (size_t i = 0; i < n; i++) {
		row += COLUMNS;
		row[0] = states[i].id;
		row[1] = arena_format(arena, "%d", (int)states[i].pid.v);
		row[2] = oci_names_word(&oci_status_names, (int)states[i].status);
		row[3] = states[i].bundle;
		row[4] = states[i].created;
		row[5] = states[i].owner;
	}
	table_print(stdout, cells, n + 1, COLUMNS);
}

static int run(const struct command_call *call, struct err *err)
{
	const struct list_options *options = call->options;
	auto_arena struct arena arena = ARENA_INIT;
	auto_free char **ids = NULL;
	struct oci_state *states;
	size_t n;

	if (dir_list(call->root, call->root_given, &ids, &n, err) < 0)
		return -1;
	if (options->quiet) {
		for (size_t i = 0; i < n; i++)
			(void)puts(ids[i]);
		return 0;
	}
	states = arena_array(&arena, n + 1, sizeof(*states));
	n = describe_all(&arena, call->root, ids, states);
	if (options->format == LIST_JSON)
		return print_json(&arena, states, n, err);
	print_table(&arena, states, n);
	return 0;
}

const struct command list_command = {
	.name = "list",
	.alias = "ls",
	.summary = "print the containers below the state root",
	.usage = "",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.run = run,
};
