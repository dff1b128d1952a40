/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare events: what a container uses, and that it ran out of memory.
 * Runs in: host.
 */
#include "host/events.h"

#include "base/err.h"
#include "cmd/command.h"
#include "cmd/duration.h"
#include "state/dir.h"

struct events_options {
	int format;
	bool stats;
	const char *interval;
};

static const struct options_word format_words[] = {
	{ "json", EVENTS_JSON }, { "openmetrics", EVENTS_OPENMETRICS }, { NULL, 0 },
};

static const struct options_row rows[] = {
	OPTIONS_ROW_FLAG(struct events_options, stats, "stats", 0, "print the statistics once, and end"),
	OPTIONS_ROW_TEXT(struct events_options, interval, "interval", 0, "TIME",
			 "time between two statistics, such as 100ms or 1m30s (5s)"),
	OPTIONS_ROW_WORD(struct events_options, format, "format", 'f', format_words, "json|openmetrics",
			 "how to print them (json)"),
};

static const struct events_options defaults = { .format = EVENTS_JSON, .interval = "5s" };

static int run(const struct command_call *call, struct err *err)
{
	const struct events_options *options = call->options;
	enum events_format format = (enum events_format)options->format;
	int64_t interval = duration_parse(options->interval, err);

	if (interval < 0)
		return err_wrap(err, ERR_NOWHERE, "--interval");
	if (dir_check_id(call->args[0], err) < 0)
		return -1;
	if (options->stats)
		return events_print(stdout, call->root, call->args[0], format, err);
	return events_stream(stdout, call->root, call->args[0], format, interval, err);
}

const struct command events_command = {
	.name = "events",
	.summary = "print what a container uses, again and again until it ends",
	.usage = "ID",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.min = 1,
	.max = 1,
	.run = run,
};
