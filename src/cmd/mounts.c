/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare mounts: add mounts to a container that is there, take them away, list what it has.
 * Runs in: host.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cmd/command.h"
#include "cmd/table.h"
#include "host/live.h"
#include "host/mountlist.h"
#include "libocispec/arena.h"
#include "libocispec/oci/mount.h"
#include "libocispec/write.h"
#include "state/dir.h"

enum mounts_format { MOUNTS_TABLE, MOUNTS_JSON };

struct mounts_options {
	int format;
};

static const struct options_word format_words[] = {
	{ "table", MOUNTS_TABLE }, { "json", MOUNTS_JSON }, { NULL, 0 },
};

static const struct options_row rows[] = {
	OPTIONS_ROW_WORD(struct mounts_options, format, "format", 'f', format_words, "table|json",
			 "how to list them (table)"),
};

static const struct mounts_options defaults = { .format = MOUNTS_TABLE };

enum { COLUMNS = 4 };

static const char *const heading[COLUMNS] = { "DESTINATION", "TYPE", "SOURCE", "OPTIONS" };

/* One line, as the other lists. */
static int print_json(struct arena *arena, const struct oci_list *mounts, struct err *err)
{
	struct oci_error oci_err = OCI_ERROR_INIT;
	const char *text;

	for (uint32_t i = 0; i < mounts->n; i++) {
		const struct oci_mount *mount = mounts->item[i];

		if (oci_write(arena, &oci_mount_shape, mount, 0, &text, NULL, &oci_err) < 0)
			return err_say(err, ERR_NOWHERE, "write the mount on %s: %s", mount->destination, oci_err.text);
		(void)printf("%s%s", i == 0 ? "[" : ",", text);
	}
	(void)puts(mounts->n == 0 ? "[]" : "]");
	return 0;
}

static const char *join(struct arena *arena, const struct oci_strings *words)
{
	const char *text = words->n > 0 ? words->item[0] : "";

	for (uint32_t i = 1; i < words->n; i++)
		text = arena_format(arena, "%s,%s", text, words->item[i]);
	return text;
}

static void print_table(struct arena *arena, const struct oci_list *mounts)
{
	const char **cells = arena_array(arena, (mounts->n + 1) * COLUMNS, sizeof(*cells));
	const char **row = cells;

	memcpy(row, heading, sizeof(heading));
	for (uint32_t i = 0; i < mounts->n; i++) {
		const struct oci_mount *mount = mounts->item[i];

		row += COLUMNS;
		row[0] = mount->destination;
		row[1] = mount->type;
		row[2] = mount->source;
		row[3] = join(arena, &mount->options);
	}
	table_print(stdout, cells, mounts->n + 1, COLUMNS);
}

static int list(const struct command_call *call, struct err *err)
{
	const struct mounts_options *options = call->options;
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_list mounts;

	if (mountlist_read(&arena, call->root, call->args[1], &mounts, err) < 0)
		return -1;
	if (options->format == MOUNTS_JSON)
		return print_json(&arena, &mounts, err);
	print_table(&arena, &mounts);
	return 0;
}

static int change(const struct command_call *call, enum plan_exec_kind kind, struct err *err)
{
	const struct live_request request = {
		.root = call->root,
		.id = call->args[1],
		.file = call->args[2],
		.kind = kind,
	};

	return live_change(&request, err);
}

static int add(const struct command_call *call, struct err *err)
{
	return change(call, PLAN_EXEC_MOUNT, err);
}

static int take_away(const struct command_call *call, struct err *err)
{
	return change(call, PLAN_EXEC_UNMOUNT, err);
}

/* What may be done; @usage shows the arguments. */
static const struct {
	const char *word;
	const char *usage;
	int n_args;
	int (*run)(const struct command_call *call, struct err *err);
} actions[] = {
	{ "add", "add ID FILE", 3, add },
	{ "remove", "remove ID FILE", 3, take_away },
	{ "list", "list [--format table|json] ID", 2, list },
};

static int run(const struct command_call *call, struct err *err)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(actions[i].word, call->args[0]) != 0)
			continue;
		if (call->n_args != actions[i].n_args)
			return err_say(err, ERR_NOWHERE, "mounts: %s; usage: tare mounts %s",
				       call->n_args < actions[i].n_args ? "an argument is missing" : "there is an argument "
				       "too many", actions[i].usage);
		return dir_check_id(call->args[1], err) < 0 ? -1 : actions[i].run(call, err);
	}
	return err_say(err, ERR_NOWHERE, "mounts: \"%s\" is none of add, remove and list", call->args[0]);
}

const struct command mounts_command = {
	.name = "mounts",
	.summary = "change or list the mounts of a container",
	.usage = "add ID FILE | remove ID FILE | list ID",
	.details = "   FILE is a JSON list of mounts as in config.json, or - for standard input.  They are added all or\n"
		   "   not at all; of those to be removed only the destination counts.\n",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 2,
	.max = 3,
	.run = run,
};
