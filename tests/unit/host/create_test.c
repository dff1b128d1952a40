/* SPDX-License-Identifier: GPL-2.0-or-later */
/* create, run and plan as a whole, around a first process that only obeys the wire. */
#include "host/create.h"

#include "stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "host/describe.h"
#include "host/destroy.h"
#include "host/hookoutput.h"
#include "host/start.h"
#include "libocispec/arena.h"
#include "plan/plan.h"
#include "wire/channel.h"

static void nothing_is_left(const struct stage *stage)
{
	assert_false(stage_has(stage, "c"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* create_and_run() must succeed with this exit code. */
static void runs(const struct create_request *request, int code)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	int status = -1;

	assert_good(create_and_run(request, &status, &err), err);
	assert_int_equal(status, code);
	assert_int_equal(support_count_fds(), fds);
}

static struct err run_fails(const struct create_request *request, const char *part)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	int status = -1;

	assert_int_equal(create_and_run(request, &status, &err), -1);
	assert_holds(err.text, part);
	assert_int_equal(support_count_fds(), fds);
	return err;
}

static struct oci_state describe(struct arena *arena, const struct stage *stage)
{
	struct oci_state document;
	struct err err = ERR_INIT;

	assert_good(describe_container(arena, stage->root, "c", &document, &err), err);
	return document;
}

/* Kill container "c", whose process is our child, and reap it. */
static void destroy(const struct stage *stage)
{
	struct err err = ERR_INIT;

	assert_good(destroy_container(stage->root, "c", true, &err), err);
	assert_true(wait(NULL) > 0);
	nothing_is_left(stage);
}

static void test_create(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct create_request request;
	struct err err = ERR_INIT;
	struct oci_state document;
	struct stage stage;
	char path[256];
	size_t fds;

	(void)state;
	stage_open(&stage);
	(void)snprintf(path, sizeof(path), "echo ran >%s/result; exec sleep 1000", stage.dir.path);
	stage_payload(&stage, path, ", 'annotations': {'k': 'v'}");
	(void)snprintf(path, sizeof(path), "%s/pid", stage.dir.path);
	request = stage_request(&stage, "c");
	request.pid_file = path;
	fds = support_count_fds();
	assert_good(create_container(&request, &err), err);
	assert_int_equal(support_count_fds(), fds);
	document = describe(&arena, &stage);
	assert_int_equal(document.status, OCI_STATUS_CREATED);
	assert_string_equal(document.bundle, stage.bundle);
	assert_string_equal(document.annotations.item[0].key, "k");
	assert_int_equal(strtol(stage_read(&stage, "pid"), NULL, 10), document.pid.v);
	assert_int_equal(kill(document.pid.v, 0), 0);
	/* Nothing of the payload ran, until start. */
	(void)usleep(50000);
	assert_string_equal(stage_read(&stage, "result"), "");
	assert_good(start_container(stage.root, "c", &err), err);
	for (int i = 0; i < 500 && stage_read(&stage, "result")[0] == '\0'; i++)
		(void)usleep(10000);
	assert_string_equal(stage_read(&stage, "result"), "ran\n");
	assert_int_equal(describe(&arena, &stage).status, OCI_STATUS_RUNNING);
	destroy(&stage);
	stage_close(&stage);
}

/* Without a process it can be created and deleted, not started and not run. */
static void test_without_process(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct create_request request;
	struct err err = ERR_INIT;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_config(&stage, "{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'},"
		     " 'linux': {'namespaces': [{'type': 'mount'}]}}");
	request = stage_request(&stage, "c");
	assert_good(create_container(&request, &err), err);
	assert_int_equal(describe(&arena, &stage).status, OCI_STATUS_CREATED);
	assert_int_equal(start_container(stage.root, "c", &err), -1);
	assert_holds(err.text, "has no process");
	destroy(&stage);
	(void)run_fails(&request, "config.json has no process, so there is nothing to run");
	nothing_is_left(&stage);
	stage_close(&stage);
}

static void test_id_is_taken(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct create_request request;
	struct err err = ERR_INIT;
	struct stage stage;
	pid_t pid;

	(void)state;
	stage_open(&stage);
	stage_payload(&stage, "exec sleep 1000", "");
	request = stage_request(&stage, "c");
	assert_good(create_container(&request, &err), err);
	pid = describe(&arena, &stage).pid.v;
	assert_int_equal(create_container(&request, &err), -1);
	assert_string_equal(err.text, "container `c` already exists");
	assert_string_equal(err.phase, "claim the ID");
	(void)run_fails(&request, "container `c` already exists");
	assert_int_equal(describe(&arena, &stage).pid.v, pid);
	assert_int_equal(describe(&arena, &stage).status, OCI_STATUS_CREATED);
	destroy(&stage);
	stage_close(&stage);
}

/* The last step of create fails: no container, no process, no pid file. */
static void test_commit_fails(void **state)
{
	struct create_request request;
	struct err err = ERR_INIT;
	struct stage stage;
	char path[256];
	size_t fds;

	(void)state;
	stage_open(&stage);
	stage_payload(&stage, "exec sleep 1000", "");
	(void)snprintf(path, sizeof(path), "%s/pid", stage.dir.path);
	assert_int_equal(mkdirat(stage.dir.fd, "pid", 0755), 0);
	request = stage_request(&stage, "c");
	request.pid_file = path;
	fds = support_count_fds();
	assert_int_equal(create_container(&request, &err), -1);
	assert_int_equal(support_count_fds(), fds);
	assert_string_equal(err.phase, "commit");
	assert_holds(err.text, "pid");
	nothing_is_left(&stage);
	stage_close(&stage);
}

static void test_run(void **state)
{
	struct create_request request;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	request = stage_request(&stage, "c");
	stage_payload(&stage, "exit 0", "");
	runs(&request, 0);
	nothing_is_left(&stage);
	stage_payload(&stage, "exit 7", "");
	runs(&request, 7);
	nothing_is_left(&stage);
	/* A first process in a pid namespace dies of SIGKILL from outside; so without one. */
	stage_config(&stage, "{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'},"
		     "'process': {'cwd': '/', 'user': {'uid': 0, 'gid': 0}, 'args': ['/bin/sh', '-c', 'kill -15 $$']},"
		     "'linux': {'namespaces': [{'type': 'mount'}]}}");
	runs(&request, 128 + SIGTERM);
	nothing_is_left(&stage);
	stage_close(&stage);
}

static void test_run_keep(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct create_request request;
	struct err err = ERR_INIT;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_payload(&stage, "exit 3", "");
	request = stage_request(&stage, "c");
	request.keep = true;
	runs(&request, 3);
	assert_int_equal(describe(&arena, &stage).status, OCI_STATUS_STOPPED);
	assert_good(destroy_container(stage.root, "c", false, &err), err);
	nothing_is_left(&stage);
	stage_close(&stage);
}

static void test_run_detached(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct create_request request;
	struct stage stage;
	struct oci_state document;
	char path[256];

	(void)state;
	stage_open(&stage);
	stage_payload(&stage, "exec sleep 1000", "");
	(void)snprintf(path, sizeof(path), "%s/pid", stage.dir.path);
	request = stage_request(&stage, "c");
	request.options.detach = true;
	request.pid_file = path;
	runs(&request, 0);
	document = describe(&arena, &stage);
	assert_int_equal(document.status, OCI_STATUS_RUNNING);
	assert_int_equal(strtol(stage_read(&stage, "pid"), NULL, 10), document.pid.v);
	destroy(&stage);
	stage_close(&stage);
}

/* What cannot be executed: init's own words, placed, and no trace. */
static void test_run_cannot_execute(void **state)
{
	struct create_request request;
	struct stage stage;
	struct err err;

	(void)state;
	stage_open(&stage);
	stage_config(&stage, "{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'},\n"
		     "'process': {'cwd': '/', 'user': {'uid': 0, 'gid': 0}, 'args': ['/nonexistent/program']},\n"
		     "'linux': {'namespaces': [{'type': 'mount'}]}}");
	request = stage_request(&stage, "c");
	for (int detach = 0; detach <= 1; detach++) {
		request.options.detach = detach;
		err = run_fails(&request, "execute /nonexistent/program");
		assert_int_equal(err.line, 2);
		assert_holds(err.file, "bundle/config.json");
		nothing_is_left(&stage);
	}
	stage_close(&stage);
}

static void set_hooks(const struct stage *stage, const char *payload, const char *poststart, const char *poststop)
{
	char more[1024];

	(void)snprintf(more, sizeof(more),
		       ",\n'hooks': {'poststart': [{'path': '/bin/sh', 'args': ['sh', '-c', '%s', '%s/poststart']}],\n"
		       "'poststop': [{'path': '/bin/sh', 'args': ['sh', '-c', '%s', '%s/poststop']}]}",
		       poststart, stage->dir.path, poststop, stage->dir.path);
	stage_payload(stage, payload, more);
}

static void test_hooks_of_run(void **state)
{
	struct create_request request;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	request = stage_request(&stage, "c");
	set_hooks(&stage, "sleep 0.3; exit 6", "cat >$0", "cat >$0");
	runs(&request, 6);
	assert_holds(stage_read(&stage, "poststart"), "\"status\":\"running\"");
	assert_holds(stage_read(&stage, "poststop"), "\"status\":\"stopped\"");
	nothing_is_left(&stage);
	stage_close(&stage);
}

/* A poststart hook fails: stopped, deleted, poststop hooks ran (LC-03). */
static void test_poststart_hook_fails(void **state)
{
	struct create_request request;
	struct stage stage;
	struct err err;

	(void)state;
	stage_open(&stage);
	request = stage_request(&stage, "c");
	set_hooks(&stage, "exec sleep 1000", "echo why; exit 9", "cat >$0");
	err = run_fails(&request, "hooks.poststart[0]");
	assert_holds(err.text, "status 9");
	assert_string_equal(err.phase, "poststart hooks");
	assert_int_equal(err.line, 5);
	assert_holds(stage_read(&stage, "poststop"), "\"status\":\"stopped\"");
	nothing_is_left(&stage);
	stage_close(&stage);
}

static void test_poststart_hooks_of_a_record(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct record record = { .id = "c", .oci_version = "1.2.0", .bundle = "/b", .init = { .pid = 4711 } };
	struct hook_output output = HOOK_OUTPUT_INIT;
	struct err err = ERR_INIT;
	struct stage stage;
	char path[256];

	(void)state;
	stage_open(&stage);
	assert_good(create_run_poststart(&arena, &record, &output, &err), err);
	(void)snprintf(path, sizeof(path), "%s/result", stage.dir.path);
	record.poststart = stage_hook("cat >$0", path);
	assert_good(create_run_poststart(&arena, &record, &output, &err), err);
	assert_holds(stage_read(&stage, "result"), "\"status\":\"running\"");
	assert_holds(stage_read(&stage, "result"), "\"pid\":4711");
	record.poststart = stage_hook("exit 2", path);
	assert_int_equal(create_run_poststart(&arena, &record, &output, &err), -1);
	assert_holds(err.text, "status 2");
	stage_close(&stage);
}

static size_t count_filters(const struct stage *stage)
{
	char path[256];
	size_t n = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/.cache/seccomp", stage->root);
	dir = opendir(path);
	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		(void)closedir(dir);
	return n < 2 ? 0 : n - 2;
}

/* A filter is kept once it has proven to work, and not before. */
static void test_filter_is_kept(void **state)
{
	struct create_request request;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	request = stage_request(&stage, "c");
	stage_config(&stage, "{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'},"
		     "'process': {'cwd': '/', 'user': {'uid': 0, 'gid': 0}, 'args': ['/nonexistent/program']},"
		     "'linux': {'namespaces': [{'type': 'mount'}], 'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW',"
		     "'syscalls': [{'names': ['reboot'], 'action': 'SCMP_ACT_ERRNO'}]}}}");
	(void)run_fails(&request, "execute ");
	assert_int_equal(count_filters(&stage), 0);
	stage_config(&stage, "{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'},"
		     "'process': {'cwd': '/', 'user': {'uid': 0, 'gid': 0}, 'args': ['/bin/true']},"
		     "'linux': {'namespaces': [{'type': 'mount'}], 'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW',"
		     "'syscalls': [{'names': ['reboot'], 'action': 'SCMP_ACT_ERRNO'}]}}}");
	runs(&request, 0);
	assert_int_equal(count_filters(&stage), 1);
	runs(&request, 0);
	assert_int_equal(count_filters(&stage), 1);
	stage_close(&stage);
}

/* Only printed; neither the state root nor a process comes to be. */
static void test_print_plan(void **state)
{
	struct create_request request;
	struct err err = ERR_INIT;
	struct stage stage;
	int saved, file;
	const char *text;

	(void)state;
	stage_open(&stage);
	stage_payload(&stage, "exit 0", "");
	request = stage_request(&stage, "c");
	(void)fflush(stdout);
	saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	file = openat(stage.dir.fd, "out", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(saved >= 0 && file >= 0 && dup2(file, STDOUT_FILENO) >= 0);
	(void)close(file);
	if (create_print_plan(&request, &err) < 0)
		(void)fprintf(stderr, "%s\n", err.text);
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(saved);
	text = stage_read(&stage, "out");
	assert_holds(text, "/bin/sh");
	assert_holds(text, "exit 0");
	assert_holds(text, stage.bundle);
	assert_int_equal(access(stage.root, F_OK), -1);
	/* A config that is refused is refused here, too. */
	stage_payload(&stage, "exit 0", ", 'hostname': 'box'");
	assert_int_equal(create_print_plan(&request, &err), -1);
	assert_holds(err.text, "hostname: ");
	assert_string_equal(err.phase, "plan");
	nothing_is_left(&stage);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_without_process),
		cmocka_unit_test(test_id_is_taken),
		cmocka_unit_test(test_commit_fails),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_run_keep),
		cmocka_unit_test(test_run_detached),
		cmocka_unit_test(test_run_cannot_execute),
		cmocka_unit_test(test_hooks_of_run),
		cmocka_unit_test(test_poststart_hook_fails),
		cmocka_unit_test(test_poststart_hooks_of_a_record),
		cmocka_unit_test(test_filter_is_kept),
		cmocka_unit_test(test_print_plan),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
