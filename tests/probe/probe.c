/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe's command line: splits it at "--" and runs one verb after the other.
 * Not here: the verbs (info.c, files.c, processes.c).
 */
#include "probe.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct verb *const tables[] = { info_verbs, file_verbs, process_verbs };

static const struct verb *find_verb(const char *name)
{
	const struct verb *verb;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (verb = tables[i]; verb->name; verb++)
			if (!strcmp(verb->name, name))
				return verb;
	return NULL;
}

/* Write the records to come into a file: for hooks, whose standard output nobody keeps. */
static int redirect(struct json *json, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0)
		return -1;
	json->fd = fd;
	return 0;
}

static void write_args(struct json *json, char **args, int n_args)
{
	int i;

	json_open(json, "args", '[');
	for (i = 0; i < n_args; i++)
		json_text(json, NULL, args[i]);
	json_close(json, ']');
}

static void end_record(struct json *json, int error)
{
	json_int(json, "errno", error);
	json_text(json, "error", error ? strerrorname_np(error) : NULL);
	json_close(json, '}');
	json_end_line(json);
}

static int run_verb(struct json *json, char **words, int n_words)
{
	const struct verb *verb = find_verb(words[0]);
	int error;

	if (!verb || n_words - 1 < verb->min_args) {
		fprintf(stderr, "probe: bad verb or too few arguments: %s\n", words[0]);
		return -1;
	}
	json_open(json, NULL, '{');
	json_text(json, "verb", words[0]);
	write_args(json, words + 1, n_words - 1);
	if (verb->is_last) {
		json_null(json, VALUE);
		end_record(json, 0);
	}
	error = verb->run(json, words + 1, n_words - 1);
	if (verb->is_last) {
		json_open(json, NULL, '{');
		json_text(json, "verb", words[0]);
	}
	end_record(json, error);
	return 0;
}

static int count_words(char **words)
{
	const struct verb *verb = find_verb(words[0]);
	int n = 0;

	while (words[n] && ((verb && verb->takes_rest) || strcmp(words[n], "--")))
		n++;
	return n;
}

int main(int argc, char **argv)
{
	static char *const only_info[] = { "info", NULL };
	struct json json;
	char **words = argc > 1 ? argv + 1 : (char **)only_info;
	int n;

	json_start(&json, 1);
	for (; *words; words += words[n] ? n + 1 : n) {
		n = count_words(words);
		if (!n)
			continue;
		if (!strcmp(words[0], "to") && n == 2) {
			if (redirect(&json, words[1]) < 0)
				return 125;
			continue;
		}
		if (run_verb(&json, words, n) < 0)
			return 124;
	}
	return 0;
}
