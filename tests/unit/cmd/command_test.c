/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of verbs, the global options, and what command_run() does for all verbs. */
#include "cmd/command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/unit/cmd/capture.h"

static void test_find(void **state)
{
	static const struct { const char *name; const struct command *command; } verbs[] = {
		{ "create", &create_command }, { "start", &start_command }, { "run", &run_command },
		{ "state", &state_command }, { "kill", &kill_command }, { "delete", &delete_command },
		{ "list", &list_command }, { "ls", &list_command }, { "spec", &spec_command },
		{ "plan", &plan_command }, { "features", &features_command }, { "version", &version_command },
		{ "help", &help_command }, { "h", &help_command },
	};
	static const char *const unknown[] = { "", "Create", "creat", "creates", "--help", "frobnicate" };

	(void)state;
	for (size_t i = 0; i < COUNT(verbs); i++)
		assert_ptr_equal(command_find(verbs[i].name), verbs[i].command);
	for (size_t i = 0; i < COUNT(unknown); i++)
		assert_null(command_find(unknown[i]));
}

/* Global options in @words, up to NULL; the verb stays in the arguments. */
static int parse(struct command_globals *globals, struct err *err, const char *const *words)
{
	struct options_result result;
	char *argv[16];
	int argc = 0;

	while (words[argc] != NULL)
		argc++;
	assert_true(argc < (int)COUNT(argv));
	memcpy(argv, words, (size_t)(argc + 1) * sizeof(*words));
	*globals = COMMAND_GLOBALS_INIT;
	*err = ERR_INIT;
	if (options_parse(&command_globals_table, OPTIONS_STOP_AT_POSITIONAL, argc, argv, globals, &result, err) < 0)
		return -1;
	assert_int_equal(result.n_args, 1);
	assert_string_equal(result.args[0], "verb");
	return 0;
}

#define PARSE(globals, err, ...) parse((globals), (err), (const char *const[]){ __VA_ARGS__, "verb", NULL })

static void test_global_options(void **state)
{
	struct command_globals globals;
	struct err err;

	(void)state;
	assert_good(PARSE(&globals, &err, "--root=/a", "--log", "l", "--log-format", "json", "--debug", "--root", "/r",
			  "--systemd-cgroup", "-v"), err);
	assert_string_equal(globals.root, "/r");
	assert_string_equal(globals.log, "l");
	assert_int_equal(globals.log_format, LOG_FORMAT_JSON);
	assert_true(globals.debug && globals.systemd_cgroup && globals.version);
	assert_int_equal(globals.manager, COMMAND_NO_MANAGER);
	assert_int_equal(globals.log_level, LOG_LEVEL_ERROR);
	/* What other runtimes know and managers pass. */
	assert_good(PARSE(&globals, &err, "--criu", "/usr/sbin/criu", "--rootless=true", "--rootless", "auto",
			  "--systemd-cgroup=false", "-s=false", "--log-format="), err);
	assert_false(globals.systemd_cgroup || globals.debug || globals.version);
	assert_int_equal(globals.log_format, LOG_FORMAT_TEXT);
}

static void test_global_words(void **state)
{
	static const struct { const char *word; int level; } levels[] = {
		{ "error", LOG_LEVEL_ERROR }, { "warning", LOG_LEVEL_WARNING }, { "warn", LOG_LEVEL_WARNING },
		{ "info", LOG_LEVEL_WARNING }, { "debug", LOG_LEVEL_DEBUG }, { "DEBUG", LOG_LEVEL_DEBUG },
	};
	static const struct { const char *word; int manager; } managers[] = {
		{ "cgroupfs", CGROUP_MANAGER_CGROUPFS }, { "systemd", CGROUP_MANAGER_SYSTEMD },
		{ "disabled", CGROUP_MANAGER_DISABLED },
	};
	static const char *const names[] = { "--log-format", "--log-level", "--cgroup-manager", "--rootless" };
	struct command_globals globals;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT(levels); i++) {
		assert_good(PARSE(&globals, &err, "--log-level", levels[i].word), err);
		assert_int_equal(globals.log_level, levels[i].level);
	}
	for (size_t i = 0; i < COUNT(managers); i++) {
		assert_good(PARSE(&globals, &err, "--cgroup-manager", managers[i].word), err);
		assert_int_equal(globals.manager, managers[i].manager);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(PARSE(&globals, &err, names[i], "nonsense"), -1);
		assert_holds(err.text, names[i]);
		assert_holds(err.text, "does not take the value \"nonsense\"");
	}
	assert_int_equal(PARSE(&globals, &err, "--invalidflag"), -1);
	assert_holds(err.text, "unknown option \"--invalidflag\"");
}

/* struct seen - what a verb of our own was called with. */
static struct seen {
	bool was_called, root_given;
	char root[PATH_MAX];
	enum cgroup_manager manager;
	int number, n_args;
	char argument[16];
} seen;

struct options {
	int number;
	unsigned int count;
};

static int look(const struct command_call *call, struct err *err)
{
	const struct options *options = call->options;

	seen = (struct seen){ .was_called = true, .root_given = call->root_given, .manager = call->manager,
			      .number = options->number + (int)options->count, .n_args = call->n_args };
	(void)snprintf(seen.root, sizeof(seen.root), "%s", call->root);
	if (call->n_args > 0)
		(void)snprintf(seen.argument, sizeof(seen.argument), "%s", call->args[0]);
	assert_null(call->args[call->n_args]);
	return call->n_args > 1 ? err_say(err, ERR_NOWHERE, "two are too many") : 42;
}

static const struct options_row rows[] = {
	OPTIONS_ROW_NUMBER(struct options, count, "count", 'c', "N", "how many"),
};
static const struct options defaults = { .number = 100, .count = 7 };

static const struct command verb = {
	.name = "verb", .summary = "look", .usage = "A [B]", .details = "   More about it.\n",
	.table = OPTIONS_TABLE(rows), .defaults = &defaults, .options_size = sizeof(defaults), .min = 1, .max = 2,
	.run = look,
};

static int call_verb(const struct command *command, const struct command_globals *globals, struct err *err,
		const char *const *words)
{
	char *argv[8];
	int argc = 0;

	while (words[argc] != NULL)
		argc++;
	assert_true(argc < (int)COUNT(argv));
	memcpy(argv, words, (size_t)(argc + 1) * sizeof(*words));
	*err = ERR_INIT;
	seen = (struct seen){ .was_called = false };
	return command_run(command, globals, argc, argv, err);
}

#define CALL(globals, err, ...) call_verb(&verb, (globals), (err), (const char *const[]){ __VA_ARGS__, NULL })

/* Defaults, options, arguments, and the verb's own exit status. */
static void test_run(void **state)
{
	struct command_globals globals = COMMAND_GLOBALS_INIT;
	struct err err;

	(void)state;
	globals.root = "/r";
	assert_int_equal(CALL(&globals, &err, "a"), 42);
	assert_int_equal(seen.number, 107);
	assert_int_equal(seen.n_args, 1);
	assert_string_equal(seen.argument, "a");
	assert_int_equal(CALL(&globals, &err, "a", "--count", "1"), 42);
	assert_int_equal(seen.number, 101);
	assert_int_equal(CALL(&globals, &err, "a", "b"), -1);
	assert_string_equal(err.text, "two are too many");
}

static void test_counts(void **state)
{
	struct command_globals globals = COMMAND_GLOBALS_INIT;
	struct err err;

	(void)state;
	globals.root = "/r";
	assert_int_equal(call_verb(&verb, &globals, &err, (const char *const[]){ NULL }), -1);
	assert_string_equal(err.text, "verb: an argument is missing; usage: tare verb [options] A [B]");
	assert_int_equal(CALL(&globals, &err, "a", "b", "c", "d"), -1);
	assert_string_equal(err.text, "verb: unexpected argument \"c\"");
	assert_int_equal(CALL(&globals, &err, "a", "--count"), -1);
	assert_string_equal(err.text, "verb: option '--count' requires an argument");
	assert_false(seen.was_called);
}

static void test_manager(void **state)
{
	struct command_globals globals = COMMAND_GLOBALS_INIT;
	struct err err;

	(void)state;
	globals.root = "/r";
	assert_int_equal(CALL(&globals, &err, "a"), 42);
	assert_int_equal(seen.manager, CGROUP_MANAGER_CGROUPFS);
	globals.systemd_cgroup = true;
	assert_int_equal(CALL(&globals, &err, "a"), 42);
	assert_int_equal(seen.manager, CGROUP_MANAGER_SYSTEMD);
	globals.manager = CGROUP_MANAGER_DISABLED;
	assert_int_equal(CALL(&globals, &err, "a"), 42);
	assert_int_equal(seen.manager, CGROUP_MANAGER_DISABLED);
}

static void test_root(void **state)
{
	static const char *const refused[] = { "/", "//", "/..", "/a/..", "" };
	struct command_globals globals = COMMAND_GLOBALS_INIT;
	char expected[PATH_MAX + 8], cwd[PATH_MAX];
	struct err err;

	(void)state;
	globals.root = "/r/./x/../y/";
	assert_int_equal(CALL(&globals, &err, "a"), 42);
	assert_true(seen.root_given);
	assert_string_equal(seen.root, "/r/y");
	globals.root = "below";
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	(void)snprintf(expected, sizeof(expected), "%s/below", strcmp(cwd, "/") != 0 ? cwd : "");
	assert_int_equal(CALL(&globals, &err, "a"), 42);
	assert_string_equal(seen.root, expected);
	for (size_t i = 0; i < COUNT(refused); i++) {
		globals.root = refused[i];
		assert_int_equal(CALL(&globals, &err, "a"), -1);
		assert_holds(err.text, "--root");
		assert_false(seen.was_called);
	}
}

/* Podman calls us as root with XDG_RUNTIME_DIR empty. */
static void test_default_root(void **state)
{
	struct command_globals globals = COMMAND_GLOBALS_INIT;
	struct err err;

	(void)state;
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "", 1), 0);
	if (geteuid() == 0) {
		assert_int_equal(CALL(&globals, &err, "a"), 42);
		assert_string_equal(seen.root, "/run/tare");
		assert_false(seen.root_given);
		return;
	}
	assert_int_equal(CALL(&globals, &err, "a"), -1);
	assert_holds(err.text, "XDG_RUNTIME_DIR is not set");
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "/x", 1), 0);
	assert_int_equal(CALL(&globals, &err, "a"), 42);
	assert_string_equal(seen.root, "/x/tare");
}

/* Without a state, without a root: nothing about it can go wrong. */
static void test_stateless(void **state)
{
	struct capture *capture = *state;

	capture->globals.root = "/";
	GOOD(capture, "version");
	REFUSED(capture, "the root directory cannot hold the state", "list");
}

static void test_pages(void **state)
{
	struct capture *capture = *state;

	/* In order: name, usage, more, options, hidden ones left out. */
	GOOD(capture, "run", "--help");
	assert_memory_equal(capture->out, "NAME:\n   tare run - ", 19);
	assert_holds(capture->out, "\n\nUSAGE:\n   tare run [options] ID|BUNDLE\n\n");
	assert_holds(capture->out, "\n\nOPTIONS:\n   --bundle DIR, -b ");
	assert_null(strstr(capture->out, "no-subreaper"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_global_options),
		cmocka_unit_test(test_global_words),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_manager),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_default_root),
		CAPTURE_TEST(test_stateless),
		CAPTURE_TEST(test_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
