/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare ps: the processes of a container.
 * Runs in: host.
 */
#include "host/ps.h"

#include <limits.h>

#include "base/err.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "state/dir.h"

enum ps_format { PS_TABLE, PS_JSON };

struct ps_options {
	int format;
};

static const struct options_word format_words[] = {
	{ "table", PS_TABLE }, { "json", PS_JSON }, { NULL, 0 },
};

static const struct options_row rows[] = {
	OPTIONS_ROW_WORD(struct ps_options, format, "format", 'f', format_words, "table|json",
			 "how to print them (table)"),
};

static const struct ps_options defaults = { .format = PS_TABLE };

/* What ps(1) is asked for when nobody says: every process, with its command. */
static char *const usual_args[] = { (char[]){ "-ef" }, NULL };

/* One line, "null" when there is none: what managers written in Go expect of an empty slice. */
static void print_json(const pid_t *pids, size_t n)
{
	if (n == 0) {
		(void)puts("null");
		return;
	}
	for (size_t i = 0; i < n; i++)
		(void)printf("%s%d", i == 0 ? "[" : ",", (int)pids[i]);
	(void)puts("]");
}

static int run(const struct command_call *call, struct err *err)
{
	const struct ps_options *options = call->options;
	auto_free pid_t *pids = NULL;
	size_t n;

	if (dir_check_id(call->args[0], err) < 0 || ps_pids(call->root, call->args[0], &pids, &n, err) < 0)
		return -1;
	if (options->format == PS_TABLE)
		return ps_print_table(stdout, pids, n, call->n_args > 1 ? call->args + 1 : usual_args, err);
	print_json(pids, n);
	return 0;
}

const struct command ps_command = {
	.name = "ps",
	.summary = "print the processes of a container",
	.usage = "ID [PS-OPTION...]",
	.details = "   A table is made by the host's ps(1) with these options (-ef), of which the lines of the\n"
		   "   container's processes are kept.\n",
	.table = OPTIONS_TABLE(rows),
	.flags = OPTIONS_STOP_AT_POSITIONAL,
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 1,
	.max = INT_MAX,
	.run = run,
};
