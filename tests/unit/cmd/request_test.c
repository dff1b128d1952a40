/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From options to a request: which member an option ends in, what is the ID and what the bundle. */
#include "cmd/request.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "cmd/command.h"
#include "host/create.h"
#include "state/dir.h"
#include "tests/unit/support.h"

/* A descriptor that was inherited, so that no --preserve-fds of this test reaches it by accident. */
#define INHERITED 100

static const struct options_row rows[] = { REQUEST_BUNDLE_ROWS, REQUEST_CREATE_ROWS };
static const struct options_table table = OPTIONS_TABLE(rows);

/* What one command line gave. */
struct asked {
	int r;
	struct request_options options;
	struct create_request request;
	char id[REQUEST_ID_SIZE];
	char *argv[16];
	struct err err;
};

static void ask(struct asked *asked, bool may_make_id, const char *const *words)
{
	struct command_call call = { .root = "/state", .manager = CGROUP_MANAGER_DISABLED };
	struct options_result result;
	int argc = 0;

	memset(asked, 0, sizeof(*asked));
	asked->err = ERR_INIT;
	while (words[argc] != NULL)
		argc++;
	assert_true(argc < (int)COUNT(asked->argv));
	memcpy(asked->argv, words, (size_t)(argc + 1) * sizeof(*words));
	assert_good(options_parse(&table, 0, argc, asked->argv, &asked->options, &result, &asked->err), asked->err);
	call.options = &asked->options;
	call.args = result.args;
	call.n_args = result.n_args;
	asked->r = request_make(&call, may_make_id, asked->id, &asked->request, &asked->err);
}

#define ASK(asked, may_make_id, ...) ask((asked), (may_make_id), (const char *const[]){ __VA_ARGS__, NULL })

static void assert_refused(const struct asked *asked, const char *text)
{
	assert_int_equal(asked->r, -1);
	assert_holds(asked->err.text, text);
}

static void test_nothing_asked(void **state)
{
	struct asked asked;

	(void)state;
	ASK(&asked, false, "c");
	assert_good(asked.r, asked.err);
	assert_string_equal(asked.request.root, "/state");
	assert_string_equal(asked.request.options.id, "c");
	assert_string_equal(asked.request.bundle, ".");
	assert_null(asked.request.config);
	assert_null(asked.request.pid_file);
	assert_null(asked.request.console_socket);
	assert_int_equal(asked.request.options.manager, CGROUP_MANAGER_DISABLED);
	assert_int_equal(asked.request.options.preserve_fds, 0);
	assert_false(asked.request.keep || asked.request.options.detach || asked.request.options.has_console_socket ||
		     asked.request.options.no_pivot || asked.request.options.no_new_keyring);
}

static void test_every_option(void **state)
{
	struct asked asked;

	(void)state;
	/* The order and the spelling of managers; unknown to us is only what no-subreaper would do. */
	ASK(&asked, false, "--bundle", "/b", "--pid-file=/p", "--console-socket", "/s", "--no-pivot", "--no-new-keyring",
	    "--preserve-fds", "4", "-no-subreaper", "--config", "/f", "c");
	assert_good(asked.r, asked.err);
	assert_string_equal(asked.request.bundle, "/b");
	assert_string_equal(asked.request.config, "/f");
	assert_string_equal(asked.request.pid_file, "/p");
	assert_string_equal(asked.request.console_socket, "/s");
	assert_int_equal(asked.request.options.preserve_fds, 4);
	assert_true(asked.request.options.has_console_socket && asked.request.options.no_pivot &&
		    asked.request.options.no_new_keyring);
	ASK(&asked, false, "c", "-b", "/b", "-f", "/f", "--no-pivot=false");
	assert_string_equal(asked.request.bundle, "/b");
	assert_string_equal(asked.request.config, "/f");
	assert_false(asked.request.options.no_pivot);
}

static void test_detach_and_keep(void **state)
{
	struct request_options options = { .detach = true, .keep = true };
	char id[REQUEST_ID_SIZE], word[] = "c";
	char *args[] = { word, NULL };
	struct command_call call = { .root = "/state", .options = &options, .args = args, .n_args = 1 };
	struct create_request request;
	struct err err = ERR_INIT;

	(void)state;
	assert_good(request_make(&call, true, id, &request, &err), err);
	assert_true(request.keep && request.options.detach);
}

static void test_id_or_bundle(void **state)
{
	struct asked asked;

	(void)state;
	ASK(&asked, true, "plain");
	assert_string_equal(asked.request.options.id, "plain");
	assert_string_equal(asked.request.bundle, ".");
	ASK(&asked, true, "/srv/web");
	assert_good(asked.r, asked.err);
	assert_string_equal(asked.request.bundle, "/srv/web");
	assert_ptr_equal(asked.request.options.id, asked.id);
	assert_memory_equal(asked.id, "web-", 4);
	ASK(&asked, true, "web/");
	assert_string_equal(asked.request.bundle, "web/");
	assert_memory_equal(asked.id, "web-", 4);
	/* None at all: the bundle has the name. */
	ask(&asked, true, (const char *const[]){ "--bundle", "/srv/db", NULL });
	assert_string_equal(asked.request.bundle, "/srv/db");
	assert_memory_equal(asked.id, "db-", 3);
	ASK(&asked, true, "--bundle", "/b", "./web");
	assert_refused(&asked, "two bundles are given, ./web and --bundle /b");
	/* Where nobody asked for a made-up ID. */
	ASK(&asked, false, "/srv/web");
	assert_refused(&asked, "`/srv/web` is no container ID");
}

static void test_bad_ids(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".x", "a b", "a:b", "\xc3\xa4" };
	struct asked asked;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		ASK(&asked, true, bad[i]);
		assert_refused(&asked, "container ID");
	}
}

/* The name in front of the eight random characters. */
static void check_id(const char *path, const char *name)
{
	char id[REQUEST_ID_SIZE], again[REQUEST_ID_SIZE];
	struct err err = ERR_INIT;

	assert_good(request_make_id(path, id, &err), err);
	assert_good(dir_check_id(id, &err), err);
	assert_int_equal(strlen(id), strlen(name) + 1 + 8);
	assert_memory_equal(id, name, strlen(name));
	assert_int_equal(id[strlen(name)], '-');
	assert_int_equal(strspn(id + strlen(name) + 1, "abcdefghijklmnopqrstuvwxyz234567"), 8);
	assert_good(request_make_id(path, again, &err), err);
	assert_string_not_equal(id, again);
}

static void test_made_ids(void **state)
{
	char path[600], name[49];
	struct err err = ERR_INIT;

	(void)state;
	check_id("/srv/web", "web");
	check_id("/srv/web/", "web");
	check_id("/srv/web/../db/.", "db");
	check_id("/srv/A_b+c.d-9", "A_b+c.d-9");
	check_id("/srv/.hidden", "-hidden");
	check_id("/srv/a b:c\n\xc3\xa4", "a-b-c---");
	check_id("/", "bundle");
	memset(name, 'x', 48);
	name[48] = '\0';
	memset(path, 'x', 250);
	path[0] = '/';
	path[250] = '\0';
	check_id(path, name);
	assert_int_equal(request_make_id("", path, &err), -1);
	assert_holds(err.text, "empty path");
}

/* The last component of the working directory, for a bundle called "." */
static void test_made_id_of_here(void **state)
{
	struct support_dir dir;
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[64];

	(void)state;
	support_open_dir(&dir);
	assert_int_equal(fchdir(dir.fd), 0);
	(void)snprintf(name, sizeof(name), "%s", strrchr(dir.path, '/') + 1);
	check_id(".", name);
	assert_int_equal(fchdir(here), 0);
	(void)close(here);
	support_remove_dir(&dir);
}

/* What the caller left open stays with us, unless it is to be handed on. */
static void test_descriptors(void **state)
{
	struct asked asked;
	int fd = fcntl(STDIN_FILENO, F_DUPFD, INHERITED);

	(void)state;
	assert_true(fd >= INHERITED);
	ASK(&asked, false, "--preserve-fds=1000", "c");
	assert_good(asked.r, asked.err);
	assert_false(support_is_cloexec(fd));
	ASK(&asked, false, "--preserve-fds=1", "c");
	assert_good(asked.r, asked.err);
	assert_true(support_is_cloexec(fd));
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_asked),
		cmocka_unit_test(test_every_option),
		cmocka_unit_test(test_detach_and_keep),
		cmocka_unit_test(test_id_or_bundle),
		cmocka_unit_test(test_bad_ids),
		cmocka_unit_test(test_made_ids),
		cmocka_unit_test(test_made_id_of_here),
		cmocka_unit_test(test_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
