/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments, environment, user and terminal. */
#include "fixture.h"

#include <string.h>

#define PROCESS(text) \
	"{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'mount'}]}," \
	"'process':{" text "}}"
#define SH "'cwd':'/','args':['sh']"

static const struct plan_process *make(struct fixture *f, const char *json)
{
	fixture_open(f, json);
	return &fixture_plan(f)->process;
}

static void test_minimal(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_process *process = make(&f, PROCESS("'cwd':'/w','args':['sh','-c','']"));

	(void)state;
	assert_true(process->present);
	assert_string_equal(process->args[0], "sh");
	assert_string_equal(process->args[2], "");
	assert_null(process->args[3]);
	assert_null(process->env[0]);
	assert_false(process->has_home);
	assert_null(process->path);
	assert_string_equal(process->cwd, "/w");
	assert_int_equal(process->uid, 0);
	assert_int_equal(process->umask, 0022);
	assert_int_equal(process->n_groups, 0);
	assert_false(process->has_oom_score_adj || process->no_new_privs || process->terminal);
	assert_int_equal(process->at, f.config->process->at);
	assert_int_equal(process->caps.bounding | process->caps.effective, 0);
}

static void test_user(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_process *process =
		make(&f, PROCESS(SH ",'user':{'uid':1000,'gid':4294967294,'umask':0,"
				    "'additionalGids':[5,4,5]},'oomScoreAdj':0,"
				    "'noNewPrivileges':true"));

	(void)state;
	assert_int_equal(process->uid, 1000);
	assert_int_equal(process->gid, 4294967294u);
	assert_int_equal(process->umask, 0);
	assert_int_equal(process->n_groups, 3);
	assert_int_equal(process->groups[1], 4);
	assert_true(process->has_oom_score_adj);
	assert_int_equal(process->oom_score_adj, 0);
	assert_true(process->no_new_privs);
}

static void test_env(void **state)
{
	static const struct {
		const char *json;
		const char *env[5];
		bool has_home;
		const char *path;
	} cases[] = {
		{ PROCESS(SH ",'env':['A=1','B=2','A=3','AB=','A=4=5']"),
		  { "B=2", "AB=", "A=4=5" }, false, NULL },
		{ PROCESS(SH ",'env':['HOME=/h','PATH=/bin']"), { "HOME=/h", "PATH=/bin" }, true, "/bin" },
		{ PROCESS(SH ",'env':['HOME=','PATH=']"), { "PATH=" }, false, "" },
		{ PROCESS(SH ",'env':['HOME=/h','HOME=']"), { NULL }, false, NULL },
		{ PROCESS(SH ",'env':['HOMER=x','PATHS=y']"), { "HOMER=x", "PATHS=y" }, false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_process *process = make(&f, cases[i].json);
		size_t n = 0;

		for (; cases[i].env[n] != NULL; n++)
			assert_string_equal(process->env[n], cases[i].env[n]);
		assert_null(process->env[n]);
		assert_int_equal(process->has_home, cases[i].has_home);
		if (cases[i].path == NULL)
			assert_null(process->path);
		else
			assert_string_equal(process->path, cases[i].path);
	}
}

/* Sockets that were handed to us: what the config says of others is replaced. */
static void test_sockets(void **state)
{
	static const struct {
		const char *json;
		unsigned int n;
		const char *names;
		const char *env[6];
	} cases[] = {
		{ PROCESS(SH ",'env':['A=1']"), 2, "x:y", { "A=1", "LISTEN_FDS=2", "LISTEN_FDNAMES=x:y" } },
		{ PROCESS(SH ",'env':['LISTEN_PID=7','LISTEN_FDS=9','A=1','LISTEN_FDNAMES=z','LISTEN_FDSX=1']"), 1, "",
		  { "A=1", "LISTEN_FDSX=1", "LISTEN_FDS=1", "LISTEN_FDNAMES=" } },
		{ PROCESS(SH ",'env':['LISTEN_FDNAMES=z']"), 1, NULL, { "LISTEN_FDNAMES=z", "LISTEN_FDS=1" } },
		{ PROCESS(SH), 1, NULL, { "LISTEN_FDS=1" } },
		/* None: the config's words are its own. */
		{ PROCESS(SH ",'env':['LISTEN_PID=1','LISTEN_FDS=9']"), 0, NULL, { "LISTEN_PID=1", "LISTEN_FDS=9" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct plan_process *process;
		auto_fixture struct fixture f;
		size_t n = 0;

		fixture_open(&f, cases[i].json);
		f.options.listen_fds = cases[i].n;
		f.options.listen_names = cases[i].names;
		process = &fixture_plan(&f)->process;
		assert_int_equal(process->n_listen, cases[i].n);
		for (; cases[i].env[n] != NULL; n++)
			assert_string_equal(process->env[n], cases[i].env[n]);
		assert_null(process->env[n]);
	}
}

static void test_terminal(void **state)
{
	static const struct {
		const char *json;
		bool detach, has_socket, terminal, has_size;
	} cases[] = {
		{ PROCESS(SH ",'terminal':true"), false, false, true, false },
		{ PROCESS(SH ",'terminal':true"), true, true, true, false },
		{ PROCESS(SH ",'terminal':true"), false, true, true, false },
		{ PROCESS(SH ",'terminal':true,'consoleSize':{'height':65535,'width':80}"),
		  false, false, true, true },
		/* Without a terminal not even nonsense is looked at (PR-03). */
		{ PROCESS(SH ",'consoleSize':{'height':99999}"), true, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const struct plan_process *process;

		fixture_open(&f, cases[i].json);
		f.options.detach = cases[i].detach;
		f.options.has_console_socket = cases[i].has_socket;
		process = &fixture_plan(&f)->process;
		assert_int_equal(process->terminal, cases[i].terminal);
		assert_int_equal(process->has_size, cases[i].has_size);
		assert_int_equal(process->rows, cases[i].has_size ? 65535 : 0);
		assert_int_equal(process->columns, cases[i].has_size ? 80 : 0);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *json;
		bool detach, has_socket;
		const char *refusal;
	} cases[] = {
		{ PROCESS("'cwd':'w','args':['a']"), false, false,
		  "process.cwd: \"w\" is not an absolute path" },
		{ PROCESS("'cwd':'/','args':['']"), false, false,
		  "process.args[0]: is empty, which no program is called" },
		{ PROCESS(SH ",'env':['A=1','B']"), false, false,
		  "process.env[1]: \"B\" is not of the form NAME=value" },
		{ PROCESS(SH ",'env':['=1']"), false, false,
		  "process.env[0]: \"=1\" is not of the form NAME=value" },
		{ PROCESS(SH ",'user':{'uid':4294967295,'gid':0}"), false, false,
		  "process.user.uid: 4294967295 is no id that a process can have" },
		{ PROCESS(SH ",'user':{'uid':0,'gid':4294967295}"), false, false,
		  "process.user.gid: 4294967295 is no id that a process can have" },
		{ PROCESS(SH ",'user':{'uid':0,'gid':0,'additionalGids':[1,4294967295]}"), false, false,
		  "process.user.additionalGids[1]: 4294967295 is no id that a process can have" },
		{ PROCESS(SH ",'terminal':true"), true, false,
		  "process.terminal: cannot allocate a terminal: this command does not stay to serve "
		  "it; use --console-socket" },
		{ PROCESS(SH ",'terminal':false"), true, true,
		  "process.terminal: --console-socket is given, but the process has no terminal" },
		{ PROCESS(SH ",'terminal':true,'consoleSize':{'width':1}"), false, false,
		  "process.consoleSize: height is missing" },
		{ PROCESS(SH ",'terminal':true,'consoleSize':{'height':1,'width':65536}"), false, false,
		  "process.consoleSize.width: is more than 65535" },
		{ "{'ociVersion':'1.2.0','root':{'path':'r'},'linux':{'namespaces':[{'type':'mount'}]}}",
		  true, true, "--console-socket is given, but there is no process with a terminal" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		f.options.detach = cases[i].detach;
		f.options.has_console_socket = cases[i].has_socket;
		assert_string_equal(strchr(fixture_refused(&f), ' ') + 1, cases[i].refusal);
	}
}

/* A container without a program can be created (PR-01). */
static void test_absent(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	assert_false(make(&f, "{'ociVersion':'1.2.0','root':{'path':'r'},"
			      "'linux':{'namespaces':[{'type':'mount'}]}}")->present);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minimal),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_env),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
