/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exec as a whole, in a container without namespaces, around a process that only obeys the wire. */
#include "host/exec.h"

#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "libocispec/oci/config.h"
#include "plan/plan.h"
#include "tests/unit/cgroup/scratch.h"
#include "wire/channel.h"

static const char *const shell[] = { "/bin/sh", "-c", "exit 7", NULL };

/* What init does, on the host: say and await what the chart in wire/message.h has, then execute. */
static int obey(const struct plan *plan, int wire)
{
	struct err err = ERR_INIT;
	sigset_t none;
	size_t n = 0;
	int fds[4], master;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* The container's first process, and the agent if there is one. */
	if (!plan->exec.present || channel_wait(wire, WIRE_GO, fds, 4, &n, &err) < 0 || n != 1)
		return 101;
	if (plan->process.terminal) {
		master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (channel_tell(wire, WIRE_CONSOLE, &master, 1, &err) < 0)
			return 102;
	}
	if (channel_tell(wire, WIRE_READY, NULL, 0, &err) < 0 || channel_wait(wire, WIRE_COMMIT, NULL, 0, NULL, &err) < 0 ||
	    channel_tell(wire, WIRE_EXECUTING, NULL, 0, &err) < 0)
		return 103;
	(void)execve(plan->process.args[0],
		     (char *const *)(uintptr_t)plan->process.args, /* NOLINT(performance-no-int-to-ptr): takes no const */
		     (char *const *)(uintptr_t)plan->process.env); /* NOLINT(performance-no-int-to-ptr) */
	(void)err_errno(&err, plan->process.at, "execute %s", plan->process.args[0]);
	channel_tell_failure(wire, &err);
	return 127;
}

static int just_die(const struct plan *plan, int wire)
{
	(void)plan;
	(void)wire;
	(void)raise(SIGKILL);
	return 1;
}

static int refuse(const struct plan *plan, int wire)
{
	struct err err = ERR_INIT;

	(void)err_say(&err, plan->process.at, "this is refused");
	channel_tell_failure(wire, &err);
	return 1;
}

struct scene {
	struct stage stage;
	struct stage_container c;
	struct exec_request request;
	struct err err;
	int status;
};

static void begin(struct scene *scene, const struct plan_cgroup *cgroup)
{
	*scene = (struct scene){ .err = ERR_INIT, .status = -1 };
	stage_open(&scene->stage);
	stage_make(&scene->stage, &scene->c, "c", STAGE_RUNS, cgroup);
	stage_cast(obey);
	scene->request = (struct exec_request){
		.root = scene->stage.root,
		.id = "c",
		.changes = { .args = shell },
		.options = { .id = "c" },
	};
}

/* Nothing is left but the container. */
static void end(struct scene *scene)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
	assert_true(stage_is_alive(&scene->c));
	stage_unmake(&scene->stage, &scene->c);
	stage_cast(NULL);
	stage_close(&scene->stage);
}

static void runs(struct scene *scene, int status)
{
	size_t fds = support_count_fds();

	scene->err = ERR_INIT;
	assert_good(exec_process(&scene->request, &scene->status, &scene->err), scene->err);
	assert_int_equal(scene->status, status);
	assert_int_equal(support_count_fds(), fds);
}

static void fails(struct scene *scene, const char *part)
{
	size_t fds = support_count_fds();

	scene->err = ERR_INIT;
	assert_int_equal(exec_process(&scene->request, &scene->status, &scene->err), -1);
	assert_holds(scene->err.text, part);
	assert_int_equal(support_count_fds(), fds);
}

static void test_foreground(void **state)
{
	static const char *const killed[] = { "/bin/sh", "-c", "kill -9 $$", NULL };
	struct scene scene;

	(void)state;
	begin(&scene, NULL);
	runs(&scene, 7);
	scene.request.changes.args = killed;
	runs(&scene, 128 + 9);
	end(&scene);
}

static void test_detached(void **state)
{
	static const char *const sleeper[] = { "/bin/sleep", "100", NULL };
	struct scene scene;
	char path[300];
	pid_t pid;

	(void)state;
	begin(&scene, NULL);
	(void)snprintf(path, sizeof(path), "%s/pid", scene.stage.dir.path);
	scene.request.options.detach = true;
	scene.request.pid_file = path;
	scene.request.changes.args = sleeper;
	runs(&scene, 0);
	pid = (pid_t)strtol(stage_read(&scene.stage, "pid"), NULL, 10);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	end(&scene);
}

static void test_failures(void **state)
{
	static const char *const none[] = { "/none/such", NULL };
	struct scene scene;
	char path[300];

	(void)state;
	begin(&scene, NULL);
	(void)snprintf(path, sizeof(path), "%s/pid", scene.stage.dir.path);
	scene.request.pid_file = path;
	scene.request.changes.args = none;
	fails(&scene, "execute /none/such");
	assert_string_equal(scene.err.phase, "execute");
	assert_string_equal(stage_read(&scene.stage, "pid"), "");
	scene.request.changes.args = shell;
	stage_cast(just_die);
	fails(&scene, "the process was killed while it was set up");
	stage_cast(refuse);
	fails(&scene, "this is refused");
	stage_cast(obey);
	scene.request.changes.user = "root";
	fails(&scene, "--user");
	scene.request.changes.user = NULL;
	scene.request.id = "other";
	fails(&scene, "container `other` does not exist");
	assert_string_equal(scene.err.phase, "find container");
	end(&scene);
}

static void test_process_file(void **state)
{
	struct scene scene;
	char path[300];

	(void)state;
	begin(&scene, NULL);
	(void)snprintf(path, sizeof(path), "%s/p.json", scene.stage.dir.path);
	scene.request.process_file = path;
	support_write(scene.stage.dir.fd, "p.json", "{\"args\": [\"/bin/sh\", \"-c\", \"exit 9\"], \"cwd\": \"/\"}");
	runs(&scene, 9);
	support_write(scene.stage.dir.fd, "p.json", "{\"args\": [\"/bin/sh\"],\n  \"cwd\": \"tmp\"}");
	fails(&scene, "cwd: \"tmp\" is not an absolute path");
	assert_int_equal(scene.err.line, 2);
	assert_string_equal(scene.err.file, path);
	end(&scene);
}

/* A document needs no process of the container; without one there is nothing to be like. */
static void test_container_without_process(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, NULL);
	scene.c.record.process = NULL;
	stage_rewrite(&scene.stage, &scene.c);
	fails(&scene, "no process that another one could be like");
	end(&scene);
}

/* The record says that there is a filter: without it nothing may run. */
static void test_filter_that_is_missing(void **state)
{
	struct oci_seccomp seccomp = { .default_action = OCI_SECCOMP_ACT_ALLOW };
	const struct oci_linux on_linux = { .seccomp = &seccomp };
	struct scene scene;

	(void)state;
	begin(&scene, NULL);
	scene.c.record.on_linux = &on_linux;
	stage_rewrite(&scene.stage, &scene.c);
	fails(&scene, "seccomp filter, seccomp in its state directory, is missing");
	end(&scene);
}

static void test_terminal(void **state)
{
	static const char *const words[] = { "/bin/sh", "-c", "exit 6", NULL };
	struct scene scene;

	(void)state;
	begin(&scene, NULL);
	scene.request.changes.args = words;
	scene.request.changes.terminal = true;
	runs(&scene, 6);
	scene.request.options.detach = true;
	fails(&scene, "--console-socket");
	end(&scene);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void test_pidfd_socket(void **state)
{
	struct scene scene;
	char path[300], text[16] = "";
	int server, fd;

	(void)state;
	begin(&scene, NULL);
	(void)snprintf(path, sizeof(path), "%s/s", scene.stage.dir.path);
	server = listen_at(path);
	scene.request.pidfd_socket = path;
	runs(&scene, 7);
	fd = accept(server, NULL, NULL);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	assert_string_equal(text, "setns");
	(void)close(fd);
	(void)close(server);
	fails(&scene, "connect to --pidfd-socket");
	end(&scene);
}

static void test_scheduling(void **state)
{
	static const char *const words[] = { "/bin/sh", "-c", "read a b c d e f g h i j k l m n o p q r nice rest </proc/self/stat; "
					     "exit $nice", NULL };
	static struct oci_scheduler scheduler = { .policy = OCI_SCHED_BATCH, .nice = 4 };
	struct oci_process process;
	struct scene scene;

	(void)state;
	begin(&scene, NULL);
	process = *scene.c.record.process;
	process.scheduler = &scheduler;
	scene.c.record.process = &process;
	stage_rewrite(&scene.stage, &scene.c);
	scene.request.changes.args = words;
	runs(&scene, 4);
	end(&scene);
}

static void test_timeout(void **state)
{
	static const char *const words[] = { "/bin/sh", "-c", "sleep 100 & sleep 100", NULL };
	struct plan_cgroup plan;
	struct scene scene;

	(void)state;
	stage_need_cgroups();
	plan = scratch_plan("");
	begin(&scene, &plan);
	scene.request.timeout = 1;
	scene.request.changes.args = words;
	runs(&scene, EXEC_TIMED_OUT);
	scene.request.changes.args = shell;
	runs(&scene, 7);
	end(&scene);
}

static void test_timeout_without_a_cgroup(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, NULL);
	scene.request.timeout = 1;
	fails(&scene, "--timeout: the container has no cgroup of its own");
	end(&scene);
}

static void test_wait_fifo(void **state)
{
	struct scene scene;
	char path[300];
	pid_t pid;

	(void)state;
	begin(&scene, NULL);
	(void)snprintf(path, sizeof(path), "%s/fifo", scene.stage.dir.path);
	scene.request.wait_fifo = path;
	fails(&scene, "--wait-fifo");
	assert_int_equal(mkfifo(path, 0600), 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(path, O_WRONLY);

		_exit(fd < 0 || write(fd, "x", 1) != 1);
	}
	runs(&scene, 7);
	/* The runtime, which waits for whatever is its child, was us. */
	(void)waitpid(pid, NULL, 0);
	end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_foreground),
		cmocka_unit_test(test_detached),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_process_file),
		cmocka_unit_test(test_container_without_process),
		cmocka_unit_test(test_filter_that_is_missing),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_pidfd_socket),
		cmocka_unit_test(test_scheduling),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_timeout_without_a_cgroup),
		cmocka_unit_test(test_wait_fifo),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
