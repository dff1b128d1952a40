/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restoring a container; see restore.h.
 *
 * CRIU wants the root file system as a mount of its own whose parent is visible.  It gets that in a mount namespace of
 * its own, which ends with it: nothing of it has to be taken away, whatever happens.
 * Runs in: host; enter_root() in the child that becomes CRIU.
 */
#include "host/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "host/config.h"
#include "host/console.h"
#include "host/criu.h"
#include "host/criu_mounts.h"
#include "host/descriptors.h"
#include "host/hooks.h"
#include "host/notify.h"
#include "host/pidfdsocket.h"
#include "host/steps.h"
#include "host/supervise.h"
#include "libocispec/oci/config.h"
#include "sys/mountfd.h"
#include "sys/pidfd.h"

#define LOG_NAME "restore.log"

/* Where the root file system is mounted for CRIU, in the container's directory. */
#define ROOT_DIR "criu-root"

/*
 * struct revival - one restore.
 * @root_dir: O_PATH of the root file system's directory
 * @root:     path of ROOT_DIR
 * @work:     the directory of the log as CRIU has it in its mount namespace
 * @opts:     completed once CRIU runs and its cgroup is known
 * @inherit:  pipes, and namespaces to join: those CRIU gets as the descriptors @fds
 */
struct revival {
	const struct restore_request *request;
	struct creation creation;
	struct criu criu;
	struct criu_images images;
	int root_dir, work;
	char root[PATH_MAX];
	struct criu_opts opts;
	struct criu_inherit inherit[8];
	size_t n_inherit;
	int fds[2];
	size_t n_fds;
};

#define REVIVAL_INIT ((struct revival){ .creation = CREATION_INIT, .images = CRIU_IMAGES_INIT, .root_dir = -1, .work = -1 })
#define auto_revival __attribute__((cleanup(revival_close)))

static void revival_close(struct revival *revival)
{
	for (size_t i = 0; i < revival->n_fds; i++)
		fd_close(&revival->fds[i]);
	fd_close(&revival->root_dir);
	fd_close(&revival->work);
	criu_images_close(&revival->images);
	steps_close(&revival->creation);
}

static struct arena *arena_of(struct revival *revival)
{
	return &revival->creation.config.arena;
}

static void inherit(struct revival *revival, const char *key, int fd)
{
	if (revival->n_inherit < sizeof(revival->inherit) / sizeof(revival->inherit[0]))
		revival->inherit[revival->n_inherit++] = (struct criu_inherit){ .key = key, .fd = fd };
}

/* Pipes of the saved container are now what we have under the same number. */
static int inherit_pipes(struct revival *revival, struct err *err)
{
	struct oci_strings names;

	if (descriptors_read(revival->images.images, arena_of(revival), &names, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "the images in %s",
				revival->request->wishes.image_path != NULL ? revival->request->wishes.image_path :
									      CRIU_IMAGES_DEFAULT);
	for (uint32_t i = 0; i < names.n && i <= STDERR_FILENO; i++) {
		if (str_after(names.item[i], "pipe:") != NULL)
			inherit(revival, names.item[i], (int)i);
	}
	return 0;
}

/* The name under /proc/PID/ns, which is CRIU's as well; NULL: it cannot join one of that kind. */
static const char *join_name(unsigned long flag)
{
	switch (flag) {
	case CLONE_NEWNS: return "mnt";
	case CLONE_NEWUTS: return "uts";
	case CLONE_NEWIPC: return "ipc";
	case CLONE_NEWUSER: return "user";
	case CLONE_NEWTIME: return "time";
	default: return NULL;
	}
}

/* Namespaces that config.json names: two kinds by descriptor, the others by path. */
static int join_namespaces(struct revival *revival, struct err *err)
{
	const struct plan_namespaces *ns = &revival->creation.plan->namespaces;
	struct criu_join *joins = arena_array(arena_of(revival), ns->n_join + 1, sizeof(*joins));
	size_t n = 0;

	for (size_t i = 0; i < ns->n_join; i++) {
		const struct plan_join *join = &ns->join[i];
		bool is_net = join->flag == CLONE_NEWNET;

		if (is_net || join->flag == CLONE_NEWPID) {
			int fd = open(join->path, O_RDONLY | O_CLOEXEC);

			if (fd < 0)
				return err_errno(err, join->at, "open the namespace %s", join->path);
			inherit(revival, is_net ? CRIU_EXTERNAL_NET : CRIU_EXTERNAL_PID, CRIU_FIRST_FD + (int)revival->n_fds);
			revival->fds[revival->n_fds++] = fd;
			continue;
		}
		if (join_name(join->flag) == NULL)
			return err_say(err, join->at, "CRIU cannot restore a container into an existing namespace of this type");
		joins[n++] = (struct criu_join){ .ns = join_name(join->flag), .ns_file = join->path };
	}
	revival->opts.join_ns = (struct protobuf_list){ .item = joins, .n = n };
	return 0;
}

static int check_lsm(const struct revival *revival, struct err *err)
{
	const struct restore_request *request = revival->request;

	if ((request->lsm_profile == NULL && request->lsm_mount_context == NULL) || revival->criu.version >= CRIU_HAS_LSM)
		return 0;
	return err_say(err, ERR_NOWHERE, "%s is older than %d.%d, which %s needs", revival->criu.path, CRIU_HAS_LSM / 10000,
		       CRIU_HAS_LSM / 100 % 100, request->lsm_profile != NULL ? "--lsm-profile" : "--lsm-mount-context");
}

/* All of the request that is known before CRIU runs. */
static int compose(struct revival *revival, struct err *err)
{
	const struct restore_request *request = revival->request;
	struct criu_opts *opts = &revival->opts;

	criu_images_begin(&revival->images, &request->wishes, &revival->creation.config.config->annotations, opts);
	opts->evasive_devices = 1;
	opts->rst_sibling = 1;
	opts->tcp_close = request->tcp_close;
	opts->lsm_profile = request->lsm_profile;
	opts->lsm_mount_context = request->lsm_mount_context;
	opts->root = revival->root;
	if (inherit_pipes(revival, err) < 0 || join_namespaces(revival, err) < 0)
		return -1;
	opts->inherit_fd = (struct protobuf_list){ .item = revival->inherit, .n = revival->n_inherit };
	return 0;
}

/* The container's directory has a place for the root file system, and that has all mount points. */
static int prepare_root(struct revival *revival, struct err *err)
{
	const struct creation *creation = &revival->creation;
	const struct plan *plan = creation->plan;
	int n = snprintf(revival->root, sizeof(revival->root), "%s/%s/" ROOT_DIR, revival->request->create.root, plan->id);

	if (n < 0 || (size_t)n >= sizeof(revival->root)) {
		errno = ENAMETOOLONG;
		return err_errno(err, ERR_NOWHERE, "make " ROOT_DIR);
	}
	if (mkdirat(creation->dir.fd, ROOT_DIR, 0700) < 0)
		return err_errno(err, ERR_NOWHERE, "make %s", revival->root);
	revival->root_dir = open(plan->root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (revival->root_dir < 0)
		return err_errno(err, plan->root.at, "open the root file system %s", plan->root.path);
	return criu_mounts_make_points(plan, revival->root_dir, err);
}

/*
 * A copy of all mounts, to which the host's changes still come, and which the host sees no changes of.  CRIU mounts in
 * its working directory, so that is handed out as the copy has it: our own working directory comes along.
 */
static int enter_root(void *data, int *ret_fd, struct err *err)
{
	const struct revival *revival = data;
	const struct criu_images *images = &revival->images;
	auto_fd int tree = mountfd_clone(revival->root_dir, NULL, true), target = -1;

	if (tree < 0)
		return err_errno(err, revival->creation.plan->root.at, "copy the mounts of the root file system");
	if (fchdir(images->work >= 0 ? images->work : images->images) < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return err_errno(err, ERR_NOWHERE, "make a mount namespace for CRIU");
	target = open(revival->root, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	*ret_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_fd < 0 || target < 0 || mountfd_attach(tree, target) < 0 ||
	    mount(NULL, revival->root, NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return err_errno(err, revival->creation.plan->root.at, "mount the root file system for CRIU");
	return 0;
}

/* The cgroups of the images are now those that CRIU is in: one entry for each controller. */
static void move_cgroups(struct revival *revival)
{
	const struct cgroup_ref *ref = &revival->creation.cgroup.ref;
	struct arena *arena = arena_of(revival);
	struct criu_cgroup_root *roots;
	size_t n = 0, max = 0;

	for (size_t i = 0; i < ref->n; i++) {
		max++;
		for (const char *c = strchr(ref->tree[i].controllers, ','); c != NULL; c = strchr(c + 1, ','))
			max++;
	}
	roots = arena_array(arena, max + 1, sizeof(*roots));
	for (size_t i = 0; i < ref->n; i++) {
		const char *name = ref->tree[i].controllers;

		for (;;) {
			size_t len = strcspn(name, ",");

			roots[n++] = (struct criu_cgroup_root){ .ctrl = arena_text(arena, name, len), .path = ref->path };
			if (name[len] == '\0')
				break;
			name += len + 1;
		}
	}
	revival->opts.cg_root = (struct protobuf_list){ .item = roots, .n = n };
}

static int begin(void *data, pid_t pid, int *fd, struct err *err)
{
	struct revival *revival = data;
	struct creation *creation = &revival->creation;

	fd_close(&revival->work);
	revival->work = take_fd(fd);
	revival->opts.work_dir_fd = revival->work;

	/* A scope comes to be around CRIU; what it restores stays there when it ends. */
	if (steps_place(creation, pid, err) < 0 || record_write(creation->dir.fd, &creation->record, err) < 0)
		return -1;
	move_cgroups(revival);
	criu_mounts_restored(arena_of(revival), creation->plan, &creation->cgroup.ref, &revival->opts.ext_mnt);
	return 0;
}

/* The first process is there.  It is our child: whatever becomes of CRIU, we end and reap it. */
static int hold(struct creation *creation, pid_t pid, struct err *err)
{
	if (creation->child.pid == pid)
		return 0;
	fd_close(&creation->child.pidfd);
	creation->child.pidfd = pidfd_open(pid);
	creation->child.pid = creation->child.pidfd >= 0 ? pid : -1;
	return creation->child.pidfd < 0 ? err_errno(err, ERR_NOWHERE, "open the restored process %d", (int)pid) : 0;
}

/* So are its namespaces, and nothing else of it. */
static int run_hooks(struct creation *creation, pid_t pid, struct err *err)
{
	if (hold(creation, pid, err) < 0)
		return -1;
	return steps_run_hooks(creation, pid, creation->child.pidfd, err);
}

/* The terminal's master, which no process of the container had. */
static int take_terminal(struct creation *creation, int *fd, struct err *err)
{
	if (*fd < 0 || !creation->plan->process.present || !creation->plan->process.terminal)
		return 0;
	if (creation->console_socket < 0) {
		fd_close(&creation->master);
		creation->master = take_fd(fd);
		return 0;
	}
	if (console_send(creation->console_socket, *fd, err) < 0)
		return -1;
	fd_close(&creation->console_socket);
	return 0;
}

/* All is there and stands still.  Whoever deletes the container from now on has to find its process. */
static int adopt(struct creation *creation, pid_t pid, struct err *err)
{
	if (hold(creation, pid, err) < 0 ||
	    liveness_identify(&creation->record.init, pid, creation->child.pidfd, creation->boot_id, err) < 0)
		return -1;
	creation->record.phase = RECORD_RUNNING;
	return record_write(creation->dir.fd, &creation->record, err);
}

static int notice(void *data, const struct criu_notify *notify, int *fd, struct err *err)
{
	struct revival *revival = data;
	pid_t pid = (pid_t)notify->pid;

	if (strcmp(notify->script, "setup-namespaces") == 0)
		return run_hooks(&revival->creation, pid, err);
	if (strcmp(notify->script, "orphan-pts-master") == 0)
		return take_terminal(&revival->creation, fd, err);
	if (strcmp(notify->script, "post-restore") == 0)
		return adopt(&revival->creation, pid, err);
	return 0;
}

/* Have CRIU do it. */
static int revive(struct revival *revival, struct err *err)
{
	const struct criu_req request = { .type = CRIU_RESTORE, .opts = &revival->opts };
	const struct criu_call call = {
		.request = &request,
		.fds = revival->fds, .n_fds = revival->n_fds,
		.has_stdio = true,
		.prepare = enter_root, .begin = begin, .notify = notice, .data = revival,
	};
	struct criu_resp resp;

	if (criu_call(&revival->criu, &call, &resp, err) < 0) {
		criu_images_explain(&revival->images, err);
		err_phase(err, "restore");
		return -1;
	}
	if (revival->creation.record.phase != RECORD_RUNNING)
		return err_say(err, ERR_NOWHERE, "CRIU has restored the container without telling its process");
	return 0;
}

/* It runs: say so to everybody. */
static int commit(struct revival *revival, struct console *console, struct err *err)
{
	struct creation *creation = &revival->creation;

	if (creation->master >= 0 && !creation->request->options.detach &&
	    console_open(console, take_fd(&creation->master), err) < 0)
		return -1;
	(void)unlinkat(creation->dir.fd, ROOT_DIR, AT_REMOVEDIR);
	if (cgroup_limit_late(&creation->cgroup, &creation->plan->cgroup, err) < 0 ||
	    pidfile_write(&creation->pidfile, creation->child.pid, err) < 0 ||
	    pidfdsocket_send(&creation->pidfd_socket, PIDFDSOCKET_FIRST, creation->child.pidfd, err) < 0) {
		err_phase(err, "commit");
		return -1;
	}
	return 0;
}

static int make(struct revival *revival, struct console *console, struct notify *notify, struct err *err)
{
	struct creation *creation = &revival->creation;

	if (steps_prepare(creation, err) < 0 || prepare_root(revival, err) < 0 ||
	    notify_open(notify, creation->dir.fd, notify_address(), err) < 0 || compose(revival, err) < 0 ||
	    revive(revival, err) < 0)
		return -1;
	return commit(revival, console, err);
}

/* What is to be looked at before anything is made. */
static int look(struct revival *revival, struct err *err)
{
	const struct restore_request *request = revival->request;

	if (geteuid() != 0)
		return err_say(err, ERR_NOWHERE, "only root can have processes restored");
	if (criu_open(&revival->criu, err) < 0 || check_lsm(revival, err) < 0 ||
	    criu_images_open(&revival->images, &request->wishes, LOG_NAME, false, err) < 0)
		return -1;
	return steps_plan(&revival->creation, err);
}

int restore_container(const struct restore_request *request, int *ret_status, struct err *err)
{
	auto_revival struct revival revival = REVIVAL_INIT;
	auto_console struct console console = CONSOLE_INIT;
	auto_supervise struct supervise supervise = SUPERVISE_INIT;
	auto_notify struct notify notify = NOTIFY_INIT;

	revival.request = request;
	revival.creation.request = &request->create;
	if (look(&revival, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "restore container `%s`", request->create.options.id);
	if (!request->create.options.detach && supervise_open(&supervise, true, err) < 0)
		return -1;
	if (make(&revival, &console, &notify, err) < 0) {
		config_locate(&revival.creation.config, err);
		steps_undo(&revival.creation);
		return err_wrap(err, ERR_NOWHERE, "restore container `%s`", request->create.options.id);
	}
	return create_attend(&revival.creation, &supervise, &console, &notify, ret_status, err);
}
