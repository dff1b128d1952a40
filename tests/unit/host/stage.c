/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See stage.h. */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/region.h"
#include "image.h"
#include "libocispec/oci/process.h"
#include "plan/plan.h"
#include "state/dir.h"
#include "state/fifo.h"
#include "sys/pidfd.h"
#include "tests/unit/cgroup/scratch.h"
#include "wire/channel.h"

enum { MAX_FDS = 64 };

static int (*role)(const struct plan *plan, int wire);

void stage_open(struct stage *stage)
{
	char real[PATH_MAX];

	/* As the program does: a first process that died is an error, not a signal. */
	(void)signal(SIGPIPE, SIG_IGN);
	support_open_dir(&stage->dir);
	assert_non_null(realpath(stage->dir.path, real));
	(void)snprintf(stage->root, sizeof(stage->root), "%.120s/state", real);
	(void)snprintf(stage->bundle, sizeof(stage->bundle), "%.120s/bundle", real);
	assert_int_equal(mkdir(stage->bundle, 0755), 0);
	assert_int_equal(mkdirat(stage->dir.fd, "bundle/rootfs", 0755), 0);
	stage_cast(NULL);
}

void stage_close(struct stage *stage)
{
	char **ids = NULL;
	size_t n = 0;
	struct err err = ERR_INIT;

	assert_good(dir_list(stage->root, false, &ids, &n, &err), err);
	free(ids);
	support_remove_dir(&stage->dir);
	assert_int_equal(n, 0);
}

void stage_config(const struct stage *stage, const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *p = copy; *p != '\0'; p++)
		*p = (char)(*p == '\'' ? '"' : *p);
	support_write(stage->dir.fd, "bundle/config.json", copy);
	free(copy);
}

void stage_payload(const struct stage *stage, const char *script, const char *more)
{
	char text[4096];
	int n = snprintf(text, sizeof(text),
			 "{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'},\n"
			 "'process': {'cwd': '/', 'user': {'uid': 0, 'gid': 0},\n"
			 "'args': ['/bin/sh', '-c', '%s'], 'env': ['PATH=/usr/bin:/bin']},\n"
			 "'linux': {'namespaces': [{'type': 'mount'}, {'type': 'pid'}]}%s}\n", script, more);

	assert_in_range(n, 1, sizeof(text) - 1);
	stage_config(stage, text);
}

struct create_request stage_request(const struct stage *stage, const char *id)
{
	return (struct create_request){
		.root = stage->root,
		.bundle = stage->bundle,
		.options = { .id = id, .manager = CGROUP_MANAGER_DISABLED, .no_new_keyring = true },
	};
}

bool stage_has(const struct stage *stage, const char *id)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", stage->root, id);
	return stat(path, &st) == 0;
}

const char *stage_read(const struct stage *stage, const char *name)
{
	static char text[8192];

	text[0] = '\0';
	if (faccessat(stage->dir.fd, name, F_OK, 0) == 0)
		support_read(stage->dir.fd, name, text, sizeof(text));
	return text;
}

void stage_need_cgroups(void)
{
	if (scratch_has_cgroups())
		return;
	(void)puts("skipped: needs a place where cgroups can be made");
	skip();
}

size_t stage_count_cgroups(const char *below)
{
	struct plan_cgroup plan = scratch_plan(below);
	char path[PATH_MAX];
	size_t n = 0;

	for (size_t i = 0; i < plan.n_hierarchies; i++) {
		(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s%s", plan.hierarchies[i].mount, plan.path);
		n += access(path, F_OK) == 0;
	}
	return n;
}

/* One whole record to the FIFO, as init does it. */
static void report(int status, const char *phase, const char *text)
{
	struct err err = ERR_INIT;

	(void)err_say(&err, ERR_NOWHERE, "%s", text);
	err_phase(&err, phase);
	(void)fd_write_all(status, &err, sizeof(err));
}

static void __attribute__((noreturn)) live(enum stage_life life, int go, int status)
{
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	if (life == STAGE_ENDED)
		_exit(0);
	if (go >= 0) {
		if (read(go, &byte, 1) != 1)
			_exit(1);
		if (life == STAGE_FAILS)
			report(status, "execute", "cannot execute the payload");
		if (life == STAGE_HOOK_FAILS)
			report(status, "startContainer hooks", "a hook said no");
		(void)prctl(PR_SET_NAME, WIRE_INIT_NAME);
		if (life == STAGE_IS_KILLED)
			(void)raise(SIGKILL);
		if (life != STAGE_FAILS && life != STAGE_HOOK_FAILS)
			(void)!write(status, "", 1);
		if (life == STAGE_IS_KILLED_LATE)
			(void)raise(SIGKILL);
		(void)prctl(PR_SET_NAME, "payload");
		if (life == STAGE_ENDS)
			(void)raise(SIGKILL);
		(void)close(go);
		(void)close(status);
		if (life == STAGE_FAILS)
			_exit(127);
	}
	for (;;)
		(void)pause();
}

/* The child, known by its pidfd; it holds nothing of ours but what is its own. */
static void bear(struct stage_container *container, struct state_dir *dir, enum stage_life life)
{
	auto_fd int go = -1, status = -1, pidfd = -1;
	struct err err = ERR_INIT;

	if (life != STAGE_RUNS && life != STAGE_ENDED) {
		assert_good(fifo_make(dir->fd, &err), err);
		assert_good(fifo_open_init_ends(dir->fd, &go, &status, &err), err);
	}
	container->pid = fork();
	assert_true(container->pid >= 0);
	if (container->pid == 0) {
		dir_close(dir); /* and so the lock */
		live(life, go, status);
	}
	pidfd = pidfd_open(container->pid);
	assert_true(pidfd >= 0);
	assert_good(liveness_identify(&container->record.init, container->pid, pidfd, container->boot_id, &err), err);
	if (life == STAGE_ENDED)
		assert_int_equal(pidfd_has_ended(pidfd, -1), 1);
}

static void enter(struct stage_container *container, const struct plan_cgroup *plan)
{
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct err err = ERR_INIT;

	assert_good(cgroup_open(&cgroup, plan, &err), err);
	assert_good(cgroup_create(&cgroup, plan, &err), err);
	assert_good(cgroup_enter(&cgroup, container->pid, false, &err), err);
	container->record.cgroup = cgroup.ref;
}

/* What a container of stage_make() runs, as `exec` is told. */
static const char *words[] = { "/bin/true" };
static const struct oci_process process = {
	.args = { .set = true, .n = 1, .item = words },
	.cwd = "/",
};

void stage_make(const struct stage *stage, struct stage_container *container, const char *id,
		enum stage_life life, const struct plan_cgroup *cgroup)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;

	*container = (struct stage_container){ .pid = -1 };
	record_now(container->created);
	container->record = (struct record){
		.id = id,
		.bundle = stage->bundle,
		.rootfs = "/the/rootfs",
		.created = container->created,
		.oci_version = "1.2.0",
		.phase = life == STAGE_RUNS ? RECORD_RUNNING : RECORD_CREATED,
		.cgroup = { .manager = CGROUP_MANAGER_DISABLED },
		.process = &process,
	};
	assert_good(dir_make(&dir, stage->root, id, &err), err);
	bear(container, &dir, life);
	if (cgroup != NULL)
		enter(container, cgroup);
	assert_good(record_write(dir.fd, &container->record, &err), err);
}

void stage_rewrite(const struct stage *stage, const struct stage_container *container)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	struct err err = ERR_INIT;

	assert_good(dir_open(&dir, stage->root, container->record.id, DIR_EXCLUSIVE, &err), err);
	assert_good(record_write(dir.fd, &container->record, &err), err);
}

void stage_ended(struct stage_container *container, int sig)
{
	int status = 0;

	assert_int_equal(waitpid(container->pid, &status, 0), container->pid);
	container->pid = -1;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), sig);
}

bool stage_is_alive(const struct stage_container *container)
{
	siginfo_t info = { .si_pid = 0 };

	/* A moment for a signal that was wrongly sent to take effect. */
	(void)usleep(50000);
	return waitid(P_PID, (id_t)container->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

void stage_unmake(const struct stage *stage, struct stage_container *container)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	struct err err = ERR_INIT;

	if (container->pid > 0) {
		(void)kill(container->pid, SIGKILL);
		assert_int_equal(waitpid(container->pid, NULL, 0), container->pid);
		container->pid = -1;
	}
	cgroup_find(&cgroup, &container->record.cgroup);
	if (cgroup_is_present(&cgroup))
		assert_good(cgroup_remove(&cgroup, 5000, &err), err);
	if (!stage_has(stage, container->record.id))
		return;
	assert_good(dir_open(&dir, stage->root, container->record.id, DIR_EXCLUSIVE, &err), err);
	assert_good(dir_remove(&dir, &err), err);
}

/* What WIRE_GO brings besides the two of a container that waits for start. */
static size_t count_fds(const struct plan *plan)
{
	size_t n = plan->namespaces.n_join + (plan->init_opens ? 0 : 1);

	for (size_t i = 0; i < plan->mounts.n && !plan->init_opens; i++)
		n += plan->mounts.item[i].kind == PLAN_MOUNT_BIND;
	return n;
}

/* Up to WIRE_READY. */
static int get_ready(const struct plan *plan, int wire, struct err *err)
{
	const struct plan_hook_list *hooks = plan->hooks.kind;
	int master;

	if (hooks[PLAN_HOOK_PRESTART].n + hooks[PLAN_HOOK_CREATE_RUNTIME].n > 0 &&
	    (channel_tell(wire, WIRE_BUILT, NULL, 0, err) < 0 ||
	     channel_wait(wire, WIRE_HOOKED, NULL, 0, NULL, err) < 0))
		return -1;
	if (plan->process.present && plan->process.terminal) {
		master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (channel_tell(wire, WIRE_CONSOLE, &master, 1, err) < 0)
			return -1;
	}
	return channel_tell(wire, WIRE_READY, NULL, 0, err);
}

int stage_obey(const struct plan *plan, int wire)
{
	struct err err = ERR_INIT;
	int fds[MAX_FDS];
	size_t n = 0;
	sigset_t none;
	bool waits;
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Signals that `run` takes care of are blocked in it, and so here. */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (channel_wait(wire, WIRE_GO, fds, MAX_FDS, &n, &err) < 0 || get_ready(plan, wire, &err) < 0 ||
	    channel_wait(wire, WIRE_COMMIT, NULL, 0, NULL, &err) < 0)
		return 1;
	waits = n == count_fds(plan) + 2;
	if (waits ? read(fds[n - 2], &byte, 1) != 1 || write(fds[n - 1], "", 1) != 1 : channel_tell(wire, WIRE_EXECUTING, NULL, 0, &err) < 0)
		return 1;
	if (!plan->process.present)
		return 1;
	(void)execve(plan->process.args[0],
		     (char *const *)(uintptr_t)plan->process.args, /* NOLINT(performance-no-int-to-ptr): takes no const */
		     (char *const *)(uintptr_t)plan->process.env); /* NOLINT(performance-no-int-to-ptr) */
	(void)err_errno(&err, plan->process.at, "execute %s", plan->process.args[0]);
	if (waits)
		(void)fd_write_all(fds[n - 1], &err, sizeof(err));
	else
		channel_tell_failure(wire, &err);
	return 127;
}

void stage_cast(int (*new_role)(const struct plan *plan, int wire))
{
	role = new_role == NULL ? stage_obey : new_role;
}

static int enter_init(int plan_fd, int wire)
{
	struct region region = { .base = NULL };
	struct err err = ERR_INIT;

	if (region_map(&region, plan_fd, &err) < 0) {
		channel_tell_failure(wire, &err);
		return 1;
	}
	return role((const struct plan *)(const void *)region.base, wire);
}

struct init_image init_image_get(void)
{
	return (struct init_image){ .entry = enter_init };
}

struct plan_hook_list stage_hook(const char *script, const char *result)
{
	static const char *args[5];
	static const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
	static struct plan_hook hook;

	args[0] = "sh";
	args[1] = "-c";
	args[2] = script;
	args[3] = result;
	hook = (struct plan_hook){ .at = ERR_NOWHERE, .path = "/bin/sh", .args = args, .env = env };
	return (struct plan_hook_list){ .item = &hook, .n = 1 };
}
