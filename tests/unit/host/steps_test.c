/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every step that can fail: it names itself, and undo leaves no trace. */
#include "host/steps.h"

#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "libocispec/oci/process.h"
#include "state/fifo.h"
#include "sys/pidfd.h"
#include "tests/unit/cgroup/scratch.h"
#include "wire/channel.h"

/* A creation of container "c", whose payload writes the file "result" of the stage. */
struct making {
	struct stage stage;
	struct create_request request;
	struct creation creation;
	size_t fds;
};

static void begin(struct making *making, const char *more)
{
	*making = (struct making){ .creation = CREATION_INIT };
	stage_open(&making->stage);
	stage_payload(&making->stage, "exec sleep 1000", more);
	making->request = stage_request(&making->stage, "c");
	making->creation.request = &making->request;
	making->creation.waits = true;
	making->fds = support_count_fds();
}

static void end(struct making *making)
{
	steps_close(&making->creation);
	assert_int_equal(support_count_fds(), making->fds);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	stage_close(&making->stage);
}

/* steps_make() must fail in the step @phase; then nothing may be left. */
static struct err fails(struct making *making, const char *phase, const char *part)
{
	struct err err = ERR_INIT;

	assert_good(steps_plan(&making->creation, &err), err);
	assert_int_equal(steps_make(&making->creation, &err), -1);
	assert_holds(err.text, part);
	assert_string_equal(err.phase, phase);
	steps_undo(&making->creation);
	assert_false(stage_has(&making->stage, "c"));
	end(making);
	return err;
}

/* steps_plan() must fail in the step @phase. */
static struct err refused(struct making *making, const char *phase, const char *part)
{
	struct err err = ERR_INIT;

	assert_int_equal(steps_plan(&making->creation, &err), -1);
	assert_holds(err.text, part);
	assert_string_equal(err.phase, phase);
	/* Nothing was made, so there is nothing to undo, and undo knows. */
	steps_undo(&making->creation);
	assert_int_equal(access(making->stage.root, F_OK), -1);
	end(making);
	return err;
}

static void test_makes(void **state)
{
	struct err err = ERR_INIT;
	struct making m;
	struct record record;
	auto_arena struct arena arena = ARENA_INIT;
	pid_t pid;

	(void)state;
	begin(&m, ", 'annotations': {'k': 'v'}");
	assert_good(steps_plan(&m.creation, &err), err);
	/* Planning changes nothing. */
	assert_int_equal(access(m.stage.root, F_OK), -1);
	assert_good(steps_make(&m.creation, &err), err);
	pid = m.creation.child.pid;
	assert_int_equal(kill(pid, 0), 0);
	assert_true(m.creation.is_claimed);
	assert_false(m.creation.hooks_ran);
	/* "creating" is written down ahead of everything; the process is known, not yet written. */
	assert_good(record_read(m.creation.dir.fd, &arena, &record, &err), err);
	assert_int_equal(record.phase, RECORD_CREATING);
	assert_string_equal(record.id, "c");
	assert_string_equal(record.bundle, m.stage.bundle);
	assert_string_equal(record.annotations.item[0].string, "v");
	assert_false(record.shares_pids);
	assert_string_equal(record.process->cwd, "/");
	assert_int_equal(m.creation.record.init.pid, pid);
	/* Init's ends are init's alone: it is held, and not by us. */
	assert_int_equal(m.creation.go, -1);
	assert_int_equal(m.creation.status, -1);
	assert_int_equal(m.creation.plan_fd, -1);
	assert_int_equal(fifo_is_held(m.creation.dir.fd, &err), 1);
	steps_undo(&m.creation);
	assert_int_equal(kill(pid, 0), -1);
	assert_false(stage_has(&m.stage, "c"));
	/* Twice is as once. */
	steps_undo(&m.creation);
	end(&m);
}

/* For `run` there is no gate. */
static void test_makes_without_gate(void **state)
{
	struct err err = ERR_INIT;
	struct making m;

	(void)state;
	begin(&m, "");
	m.creation.waits = false;
	assert_good(steps_plan(&m.creation, &err), err);
	assert_good(steps_make(&m.creation, &err), err);
	assert_int_equal(faccessat(m.creation.dir.fd, FIFO_GO, F_OK, 0), -1);
	steps_undo(&m.creation);
	end(&m);
}

static void test_read_config(void **state)
{
	struct making m;
	struct err err;

	(void)state;
	begin(&m, "");
	assert_int_equal(unlinkat(m.stage.dir.fd, "bundle/config.json", 0), 0);
	err = refused(&m, "read config", "bundle/config.json: ");
	assert_int_equal(err.code, ENOENT);
	begin(&m, "");
	stage_config(&m.stage, "{\n'ociVersion': 7}");
	err = refused(&m, "read config", "ociVersion");
	assert_int_equal(err.line, 2);
}

static void blind(void *data)
{
	struct making m;

	(void)data;
	begin(&m, "");
	/* Neither the file that says it, nor the call that is made without it. */
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("/dev/null", "/proc/self/status", NULL, MS_BIND, NULL), 0);
	support_refuse(SYS_capget, EPERM);
	(void)refused(&m, "look at the host", "look at our own capabilities: ");
}

static void test_look_at_the_host(void **state)
{
	(void)state;
	support_run(0, blind, NULL);
}

static void test_plan(void **state)
{
	struct making m;
	struct err err;

	(void)state;
	begin(&m, ",\n 'hostname': 'box'");
	err = refused(&m, "plan", "hostname: cannot be set without a namespace of type \"uts\"");
	assert_int_equal(err.line, 5);
	assert_int_equal(err.excerpt[err.caret], '"');
	assert_holds(err.file, "bundle/config.json");
}

static void test_open_host_objects(void **state)
{
	struct making m;
	struct err err;
	char path[256];

	(void)state;
	/* Ids are mapped by the host, which then opens what is mounted; without them init does. */
	begin(&m, ",\n'mounts': [{'destination': '/m', 'source': 'nothing', 'options': ['bind'],"
	      "'uidMappings': [{'containerID': 0, 'hostID': 1, 'size': 1}],"
	      "'gidMappings': [{'containerID': 0, 'hostID': 1, 'size': 1}]}]");
	err = fails(&m, "open host objects", "mounts[0]: open the source ");
	assert_holds(err.text, "bundle/nothing of /m: ");
	assert_int_equal(err.line, 5);
	begin(&m, "");
	assert_int_equal(unlinkat(m.stage.dir.fd, "bundle/rootfs", AT_REMOVEDIR), 0);
	(void)fails(&m, "open host objects", "open the root file system ");
	begin(&m, "");
	(void)snprintf(path, sizeof(path), "%s/nothing/pid", m.stage.dir.path);
	m.request.pid_file = path;
	(void)fails(&m, "open host objects", "nothing");
	begin(&m, "");
	m.request.console_socket = path;
	(void)fails(&m, "open host objects", path);
}

/* Whose the ID is already keeps it, untouched. */
static void test_claim_the_id(void **state)
{
	struct err err = ERR_INIT;
	struct stage_container other;
	struct making m;

	(void)state;
	begin(&m, "");
	stage_make(&m.stage, &other, "c", STAGE_WAITS, NULL);
	assert_good(steps_plan(&m.creation, &err), err);
	assert_int_equal(steps_make(&m.creation, &err), -1);
	assert_string_equal(err.text, "container `c` already exists");
	assert_string_equal(err.phase, "claim the ID");
	steps_undo(&m.creation);
	assert_true(stage_has(&m.stage, "c"));
	assert_true(stage_is_alive(&other));
	stage_unmake(&m.stage, &other);
	end(&m);
}

/* A config.json with the cgroup "/tare-test-PID@below" and @resources. */
static void set_cgroup(struct making *making, const char *below, const char *resources)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
		       "{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'},\n"
		       "'process': {'cwd': '/', 'user': {'uid': 0, 'gid': 0}, 'args': ['/bin/sleep', '1000']},\n"
		       "'linux': {'namespaces': [{'type': 'mount'}], 'cgroupsPath': '%s',\n"
		       "'resources': {%s}}}", scratch_plan(below).path, resources);
	stage_config(&making->stage, text);
	making->request.options.manager = CGROUP_MANAGER_CGROUPFS;
}

/* A cgroup that holds somebody else's processes is not ours to touch. */
static void test_note_the_intent(void **state)
{
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct plan_cgroup plan;
	struct err err = ERR_INIT;
	struct making m;
	pid_t pid;

	(void)state;
	stage_need_cgroups();
	plan = scratch_plan("-theirs");
	assert_good(cgroup_open(&cgroup, &plan, &err), err);
	assert_good(cgroup_create(&cgroup, &plan, &err), err);
	pid = scratch_sleeper();
	assert_good(cgroup_enter(&cgroup, pid, false, &err), err);
	begin(&m, "");
	set_cgroup(&m, "-theirs", "");
	assert_good(steps_plan(&m.creation, &err), err);
	assert_int_equal(steps_make(&m.creation, &err), -1);
	assert_holds(err.text, "container's cgroup is not empty");
	assert_string_equal(err.phase, "note the intent");
	steps_undo(&m.creation);
	assert_false(stage_has(&m.stage, "c"));
	assert_int_equal(stage_count_cgroups("-theirs"), cgroup.ref.n);
	(void)usleep(20000);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	scratch_end(pid);
	end(&m);
	assert_good(cgroup_remove(&cgroup, 5000, &err), err);
}

static void test_make_cgroup(void **state)
{
	struct making m;
	struct err err;

	(void)state;
	stage_need_cgroups();
	if (access("/sys/fs/cgroup/cpuset", F_OK) < 0) {
		(void)puts("skipped: needs the v1 controller cpuset");
		skip();
	}
	begin(&m, "");
	/* No machine has that CPU. */
	set_cgroup(&m, "-refused", "'cpu': {'cpus': '8191'}");
	err = fails(&m, "make cgroup", "8191");
	assert_int_equal(err.line, 4);
	assert_int_equal(stage_count_cgroups("-refused"), 0);
}

/* Once init was born in it. */
static void test_cgroup_is_undone(void **state)
{
	struct err err = ERR_INIT;
	struct making m;

	(void)state;
	stage_need_cgroups();
	begin(&m, "");
	set_cgroup(&m, "-undo/deep", "'pids': {'limit': 77}");
	assert_good(steps_plan(&m.creation, &err), err);
	assert_good(steps_make(&m.creation, &err), err);
	assert_true(stage_count_cgroups("-undo/deep") > 0);
	assert_true(m.creation.record.shares_pids);
	steps_undo(&m.creation);
	assert_int_equal(stage_count_cgroups("-undo/deep"), 0);
	assert_int_equal(stage_count_cgroups("-undo"), 0);
	assert_false(stage_has(&m.stage, "c"));
	end(&m);
}

static void no_fifo(void *data)
{
	struct making m;

	(void)data;
	begin(&m, "");
	support_refuse(SYS_mknodat, EPERM);
	(void)fails(&m, "make gate", "make " FIFO_STATUS ": ");
}

static void test_make_gate(void **state)
{
	(void)state;
	support_run(0, no_fifo, NULL);
}

static void no_clone(void *data)
{
	struct making m;

	(void)data;
	begin(&m, "");
	support_refuse(SYS_clone3, ENOSPC);
	(void)fails(&m, "start init", "make the namespaces: a limit is reached");
}

static void test_start_init(void **state)
{
	(void)state;
	support_run(0, no_clone, NULL);
}

static void no_message(void *data)
{
	struct making m;

	(void)data;
	begin(&m, "");
	support_refuse(SYS_sendmsg, ENOBUFS);
	(void)fails(&m, "send descriptors", "send ");
}

static void test_send_descriptors(void **state)
{
	(void)state;
	support_run(0, no_message, NULL);
}

static void no_proc(void *data)
{
	struct err err = ERR_INIT;
	struct making m;
	pid_t pid;

	(void)data;
	begin(&m, "");
	assert_good(steps_plan(&m.creation, &err), err);
	assert_int_equal(mount("tmpfs", "/proc", "tmpfs", 0, NULL), 0);
	assert_int_equal(steps_make(&m.creation, &err), -1);
	assert_string_equal(err.phase, "identify init");
	assert_holds(err.text, "read this boot's id: ");
	pid = m.creation.child.pid;
	steps_undo(&m.creation);
	assert_int_equal(kill(pid, 0), -1);
	assert_false(stage_has(&m.stage, "c"));
	assert_int_equal(umount("/proc"), 0);
	end(&m);
}

static void test_identify_init(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, no_proc, NULL);
}

/* createRuntime fails: it is named, poststop hooks run (LC-02), nothing is left. */
static void test_hooks(void **state)
{
	struct making m;
	struct err err = ERR_INIT;
	char more[1024];

	(void)state;
	begin(&m, "");
	(void)snprintf(more, sizeof(more),
		       ",\n'hooks': {'createRuntime': ["
		       "{'path': '/bin/sh', 'args': ['sh', '-c', 'cat >%s/result']},\n"
		       "{'path': '/bin/sh', 'args': ['sh', '-c', 'echo why; exit 3']}],"
		       "'poststop': [{'path': '/bin/sh', 'args': ['sh', '-c', 'cat >%s/poststop']}]}",
		       m.stage.dir.path, m.stage.dir.path);
	stage_payload(&m.stage, "exec sleep 1000", more);
	assert_good(steps_plan(&m.creation, &err), err);
	assert_int_equal(steps_make(&m.creation, &err), -1);
	assert_string_equal(err.phase, "hooks");
	assert_holds(err.text, "hooks.createRuntime[1]");
	assert_holds(err.text, "status 3");
	assert_int_equal(err.line, 6);
	assert_true(m.creation.hooks_ran);
	assert_holds(stage_read(&m.stage, "result"), "\"status\":\"creating\"");
	assert_string_equal(stage_read(&m.stage, "poststop"), "");
	steps_undo(&m.creation);
	assert_holds(stage_read(&m.stage, "poststop"), "\"status\":\"stopped\"");
	assert_false(stage_has(&m.stage, "c"));
	end(&m);
}

static int refuse(const struct plan *plan, int wire)
{
	struct err err = ERR_INIT;
	int fds[8];
	size_t n;

	if (channel_wait(wire, WIRE_GO, fds, 8, &n, &err) < 0)
		return 1;
	err = ERR_INIT;
	(void)err_say(&err, plan->root.at, "init says no");
	channel_tell_failure(wire, &err);
	return 1;
}

/* Init's own words come over the wire and are placed here. */
static void test_wait_for_init(void **state)
{
	struct making m;
	struct err err;

	(void)state;
	begin(&m, "");
	stage_cast(refuse);
	err = fails(&m, "wait for init", "root: init says no");
	assert_int_equal(err.line, 1);
	assert_holds(err.file, "bundle/config.json");
}

/* A terminal is wanted, and init speaks of something else. */
static int be_ready(const struct plan *plan, int wire)
{
	struct err err = ERR_INIT;
	int fds[8];
	size_t n;

	(void)plan;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (channel_wait(wire, WIRE_GO, fds, 8, &n, &err) < 0 || channel_tell(wire, WIRE_READY, NULL, 0, &err) < 0)
		return 1;
	for (;;)
		(void)pause();
}

static const char with_terminal[] =
	"{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'},\n"
	"'process': {'terminal': true, 'cwd': '/', 'user': {'uid': 0, 'gid': 0}, 'args': ['/bin/sleep', '1000']},\n"
	"'linux': {'namespaces': [{'type': 'mount'}, {'type': 'pid'}]}}";

static void test_terminal(void **state)
{
	struct err err = ERR_INIT;
	struct making m;

	(void)state;
	begin(&m, "");
	stage_config(&m.stage, with_terminal);
	m.creation.waits = false;
	stage_cast(be_ready);
	(void)fails(&m, "terminal", "awaited");
	/* Without a console socket the master is ours. */
	begin(&m, "");
	stage_config(&m.stage, with_terminal);
	m.creation.waits = false;
	assert_good(steps_plan(&m.creation, &err), err);
	assert_good(steps_make(&m.creation, &err), err);
	assert_true(m.creation.master >= 0);
	assert_true(support_is_cloexec(m.creation.master));
	steps_undo(&m.creation);
	end(&m);
}

/* Why it ended is more than that it ended. */
static int be_killed(const struct plan *plan, int wire)
{
	(void)plan;
	(void)wire;
	(void)kill(getpid(), SIGKILL);
	return 0;
}

static int be_ended(const struct plan *plan, int wire)
{
	(void)plan;
	(void)wire;
	(void)kill(getpid(), SIGTERM);
	return 0;
}

static int say_why(const struct plan *plan, int wire)
{
	struct err err = ERR_INIT;

	(void)plan;
	(void)err_say(&err, ERR_NOWHERE, "the reason");
	channel_tell_failure(wire, &err);
	return 1;
}

static void dies(int (*role)(const struct plan *, int), const char *part)
{
	struct err err = ERR_INIT;
	struct making m;

	begin(&m, "");
	set_cgroup(&m, "", ""); /* and so without a pid namespace, whose first process cannot kill itself */
	m.request.options.manager = CGROUP_MANAGER_DISABLED;
	stage_cast(role);
	assert_good(steps_plan(&m.creation, &err), err);
	assert_int_equal(steps_make(&m.creation, &err), -1);
	if (part != NULL)
		assert_holds(err.text, part);
	else /* it depends on which comes first */
		assert_true(strstr(err.text, "ended while") != NULL || strstr(err.text, "send ") != NULL);
	assert_string_not_equal(err.phase, "");
	/* Reaped already, and known to be; but for one that said why before we wondered. */
	assert_true(m.creation.child.pid == -1 || role == say_why);
	steps_undo(&m.creation);
	assert_false(stage_has(&m.stage, "c"));
	end(&m);
}

static int just_exit(const struct plan *plan, int wire)
{
	(void)plan;
	(void)wire;
	return 0;
}

static void test_init_ends(void **state)
{
	(void)state;
	dies(be_killed, "the container's first process was killed while it was set up (is memory.limit too low?)");
	dies(be_ended, "the container's first process was ended by signal 15 while it was set up");
	dies(just_exit, NULL);
	/* Whether we were waiting for it or about to tell it something, which is a matter of chance. */
	for (int i = 0; i < 20; i++)
		dies(say_why, "the reason");
}

/* A pid file that was written goes with the rest. */
static void test_pid_file_is_undone(void **state)
{
	struct err err = ERR_INIT;
	struct making m;
	char path[256];

	(void)state;
	begin(&m, "");
	(void)snprintf(path, sizeof(path), "%s/pid", m.stage.dir.path);
	m.request.pid_file = path;
	assert_good(steps_plan(&m.creation, &err), err);
	assert_good(steps_make(&m.creation, &err), err);
	/* Not before the commit. */
	assert_int_equal(access(path, F_OK), -1);
	assert_good(pidfile_write(&m.creation.pidfile, m.creation.child.pid, &err), err);
	assert_int_equal(strtol(stage_read(&m.stage, "pid"), NULL, 10), m.creation.child.pid);
	steps_undo(&m.creation);
	assert_int_equal(access(path, F_OK), -1);
	end(&m);
}

static void test_close_of_nothing(void **state)
{
	struct creation creation = CREATION_INIT;
	size_t fds = support_count_fds();

	(void)state;
	steps_undo(&creation);
	steps_close(&creation);
	steps_close(&creation);
	assert_int_equal(support_count_fds(), fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_makes),
		cmocka_unit_test(test_makes_without_gate),
		cmocka_unit_test(test_read_config),
		cmocka_unit_test(test_look_at_the_host),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_open_host_objects),
		cmocka_unit_test(test_claim_the_id),
		cmocka_unit_test(test_note_the_intent),
		cmocka_unit_test(test_make_cgroup),
		cmocka_unit_test(test_cgroup_is_undone),
		cmocka_unit_test(test_make_gate),
		cmocka_unit_test(test_start_init),
		cmocka_unit_test(test_send_descriptors),
		cmocka_unit_test(test_identify_init),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_wait_for_init),
		cmocka_unit_test(test_init_ends),
		cmocka_unit_test(test_pid_file_is_undone),
		cmocka_unit_test(test_close_of_nothing),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
