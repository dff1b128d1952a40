/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespaces and what belongs to them; see join.h.
 * Runs in: init.
 */
#include "init/join.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "init/label.h"
#include "sys/loopback.h"
#include "sys/pidfd.h"
#include "sys/priv.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"

static int enter(struct init *init, size_t i, struct err *err)
{
	const struct plan_join *join = &init->plan->namespaces.join[i];

	if (setns(init->join[i], (int)join->flag) < 0)
		return err_errno(err, join->at, "join namespace %s", join->path);
	fd_close(&init->join[i]);
	return 0;
}

/*
 * A joined user namespace grants all capabilities but gives no id.  Which ids it has is only known when
 * the config says so; without an id 0 there must be at least the payload's.
 */
static int become_its_user(const struct init *init, const struct plan_join *join, struct err *err)
{
	const struct plan_namespaces *ns = &init->plan->namespaces;
	const struct plan_process *process = &init->plan->process;

	if (priv_become(ns->setup_uid, ns->setup_gid) < 0 &&
	    (errno != EINVAL || !process->present || priv_become(process->uid, process->gid) < 0))
		return err_errno(err, join->at, "become a user of namespace %s", join->path);
	/* The change of ids has set this to a sysctl's value (prctl(2), PR_SET_DUMPABLE). */
	return priv_undumpable() < 0 ? err_errno(err, join->at, "stay undumpable") : 0;
}

/* The kernel takes one write at the file's beginning, so every clock gets a descriptor of its own. */
static int set_clock(int proc, const struct plan_clock *clock, struct err *err)
{
	char path[48], line[64];
	auto_fd int fd = -1;
	int len;

	(void)snprintf(path, sizeof(path), "%d/timens_offsets", (int)getpid());
	fd = rootpath_beneath(proc, path, O_WRONLY);
	if (fd < 0)
		return err_errno(err, clock->at, "open /proc/%s", path);
	len = snprintf(line, sizeof(line), "%s %lld %u\n", clock->name, (long long)clock->secs,
		       (unsigned int)clock->nanosecs);
	if (write(fd, line, (size_t)len) == len)
		return 0;
	if (errno == ERANGE)
		return err_say(err, clock->at, "an offset of %lld s leads the clock %s out of its range",
			       (long long)clock->secs, clock->name);
	return err_errno(err, clock->at, "set the offset of the clock %s", clock->name);
}

/*
 * Make the time namespace for our children and set its clocks, which nobody can once a process is in it
 * (time_namespaces(7)).  @proc is the host's procfs.
 */
static int set_clocks(const struct init *init, int proc, struct err *err)
{
	const struct plan_namespaces *ns = &init->plan->namespaces;

	if (unshare(CLONE_NEWTIME) < 0)
		return err_errno(err, ERR_NOWHERE, "make a time namespace");
	for (size_t i = 0; i < ns->n_clocks; i++) {
		if (set_clock(proc, &ns->clocks[i], err) < 0)
			return -1;
	}
	return 0;
}

/*
 * A namespace can be entered by whoever has rights in the user namespace that owns it.  Before we enter
 * the container's user namespace these are the outer ones, after it only its own; so what is refused
 * before is tried again after.
 */
static int join_with_user(struct init *init, size_t user, int proc, struct err *err)
{
	const struct plan_namespaces *ns = &init->plan->namespaces;
	bool clocks_wait = false;
	unsigned int waiting = 0;

	for (size_t i = 0; i < ns->n_join; i++) {
		if (i == user || enter(init, i, err) == 0)
			continue;
		if (err->code != EPERM)
			return -1;
		waiting |= 1u << i;
	}
	if (ns->n_clocks > 0 && set_clocks(init, proc, err) < 0) {
		if (err->code != EPERM)
			return -1;
		clocks_wait = true;
	}
	if (enter(init, user, err) < 0 || become_its_user(init, &ns->join[user], err) < 0)
		return -1;
	if (clocks_wait && set_clocks(init, proc, err) < 0)
		return -1;
	for (size_t i = 0; i < ns->n_join; i++) {
		if ((waiting >> i & 1) != 0 && enter(init, i, err) < 0)
			return -1;
	}
	*err = ERR_INIT;
	return 0;
}

/* The host's procfs, for the one file that has to be written before there is a procfs of ours. */
static int open_host_proc(struct err *err)
{
	auto_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (proc < 0 || fstatfs(proc, &fs) < 0)
		return err_errno(err, ERR_NOWHERE, "open /proc");
	if ((unsigned long)fs.f_type != UAPI_PROC_SUPER_MAGIC)
		return err_say(err, ERR_NOWHERE, "/proc of the host is no procfs");
	return take_fd(&proc);
}

static const struct {
	const char *name;
	unsigned long flag;
} kinds[] = {
	{ "user", CLONE_NEWUSER }, { "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC }, { "uts", CLONE_NEWUTS },
	{ "net", CLONE_NEWNET },   { "pid", CLONE_NEWPID },	   { "time", CLONE_NEWTIME }, { "mnt", CLONE_NEWNS },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int say_ended(struct err *err)
{
	return err_say(err, ERR_NOWHERE, "the container has just ended: container not running");
}

static unsigned long still_to_enter(const struct init *init)
{
	return init->plan->exec.enter & ~(init->is_its_user ? (unsigned long)CLONE_NEWUSER : 0);
}

static int open_one(const struct init *init, const char *name, struct err *err)
{
	char path[48];
	int fd;

	(void)snprintf(path, sizeof(path), "%d/ns/%s", (int)init->plan->exec.pid, name);
	fd = openat(init->proc, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_errno(err, ERR_NOWHERE, "open /proc/%s", path) : fd;
}

/* Handles on all that are to be entered; the others are -1. */
static int open_each(const struct init *init, int *fds, struct err *err)
{
	for (size_t i = 0; i < N_KINDS; i++)
		fds[i] = -1;
	for (size_t i = 0; i < N_KINDS; i++) {
		if ((still_to_enter(init) & kinds[i].flag) == 0)
			continue;
		fds[i] = open_one(init, kinds[i].name, err);
		if (fds[i] < 0)
			return -1;
	}
	/* Only now is it certain that the number was still that of the process. */
	return pidfd_has_ended(init->join[0], 0) != 0 ? say_ended(err) : 0;
}

/* As join_with_user() does: before the user namespace where the outer rights reach, else with its own. */
static int enter_each(int *fds, struct err *err)
{
	static const int own_rights_pass = 2;

	for (int pass = 0; pass <= own_rights_pass; pass++) {
		for (size_t i = 0; i < N_KINDS; i++) {
			bool is_user = kinds[i].flag == CLONE_NEWUSER;

			if (fds[i] < 0 || is_user != (pass == 1))
				continue;
			if (setns(fds[i], (int)kinds[i].flag) == 0)
				fd_close(&fds[i]);
			else if (pass > 0 || errno != EPERM)
				return err_errno(err, ERR_NOWHERE, "enter the container's %s namespace", kinds[i].name);
		}
	}
	return 0;
}

static int enter_one_by_one(const struct init *init, struct err *err)
{
	int fds[N_KINDS];
	int r = open_each(init, fds, err);

	if (r == 0)
		r = enter_each(fds, err);
	for (size_t i = 0; i < N_KINDS; i++)
		fd_close(&fds[i]);
	return r;
}

static int enter_all(struct init *init, struct err *err)
{
	unsigned long enter = still_to_enter(init);

	if (enter == 0 || setns(init->join[0], (int)enter) == 0)
		return 0;
	/* Before Linux 5.8 such a descriptor is none of a namespace. */
	if (errno == EINVAL)
		return enter_one_by_one(init, err);
	if (errno == ESRCH)
		return say_ended(err);
	return err_errno(err, ERR_NOWHERE, "enter the container's namespaces");
}

/*
 * The root of a container in somebody else's mount namespace is its first process's alone: it may be a copy that is
 * attached nowhere.  -1 with @err; while the namespaces are still ours, since that process need not show in others.
 */
static int open_entered_root(const struct init *init, struct err *err)
{
	auto_fd int root = -1;
	char path[32];

	(void)snprintf(path, sizeof(path), "%d/root", (int)init->plan->exec.pid);
	root = openat(init->proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_errno(err, init->plan->root.at, "open /proc/%s", path);
	/* Only now is it certain that the number was still that of the process. */
	if (pidfd_has_ended(init->join[0], 0) != 0)
		return say_ended(err);
	return take_fd(&root);
}

/* The root of its mount namespace, where setns(2) has led, or @entered. */
static int enter_root(struct init *init, int entered, struct err *err)
{
	const struct plan_root *root = &init->plan->root;

	if (entered >= 0 && (fchdir(entered) < 0 || chroot(".") < 0))
		return err_errno(err, root->at, "change the root to that of the container");
	init->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (init->root < 0 || chdir("/") < 0)
		return err_errno(err, root->at, "open the container's root");
	return 0;
}

/* In the container's user namespace. */
static int become_somebody(const struct plan_namespaces *ns, struct err *err)
{
	if (priv_become(ns->setup_uid, ns->setup_gid) < 0)
		return err_errno(err, ERR_NOWHERE, "become user %u of the container", (unsigned int)ns->setup_uid);
	/* The change of ids has set this to a sysctl's value (prctl(2), PR_SET_DUMPABLE). */
	return priv_undumpable() < 0 ? err_errno(err, ERR_NOWHERE, "stay undumpable") : 0;
}

int join_user_ahead(struct init *init, struct err *err)
{
	auto_fd int user_ns = -1;

	if ((init->plan->exec.enter & CLONE_NEWUSER) == 0)
		return 0;
	init->proc = open_host_proc(err);
	user_ns = init->proc < 0 ? -1 : open_one(init, "user", err);
	if (user_ns < 0)
		return -1;
	/* Only now is it certain that the number was still that of the process. */
	if (pidfd_has_ended(init->join[0], 0) != 0)
		return say_ended(err);
	if (setns(user_ns, CLONE_NEWUSER) < 0)
		return err_errno(err, ERR_NOWHERE, "enter the container's user namespace");
	init->is_its_user = true;
	if (become_somebody(&init->plan->namespaces, err) < 0)
		return -1;
	if (unshare(CLONE_NEWNS) < 0)
		return err_errno(err, ERR_NOWHERE, "make a mount namespace");
	return 0;
}

int join_container(struct init *init, struct err *err)
{
	auto_fd int entered = -1;

	if (init->proc < 0)
		init->proc = open_host_proc(err);
	if (init->proc < 0)
		return -1;
	if (init->plan->root.is_entered) {
		entered = open_entered_root(init, err);
		if (entered < 0)
			return -1;
	}
	if (enter_all(init, err) < 0 || enter_root(init, entered, err) < 0)
		return -1;
	fd_close(&init->join[0]);
	return init->plan->namespaces.has_user ? become_somebody(&init->plan->namespaces, err) : 0;
}

int join_namespaces(struct init *init, struct err *err)
{
	const struct plan_namespaces *ns = &init->plan->namespaces;
	auto_fd int proc = -1;

	if (ns->n_clocks > 0) {
		proc = open_host_proc(err);
		if (proc < 0)
			return -1;
	}
	for (size_t i = 0; i < ns->n_join; i++) {
		if (ns->join[i].flag == CLONE_NEWUSER)
			return join_with_user(init, i, proc, err);
	}
	/* Before a mount namespace is entered, which comes last. */
	if (ns->n_clocks > 0 && set_clocks(init, proc, err) < 0)
		return -1;
	for (size_t i = 0; i < ns->n_join; i++) {
		if (enter(init, i, err) < 0)
			return -1;
	}
	return 0;
}

int join_cgroup(struct init *init, struct err *err)
{
	/* Rooted at the cgroup that we are in: clone(2) would have rooted it at the runtime's. */
	if ((init->plan->namespaces.create & CLONE_NEWCGROUP) != 0 && unshare(CLONE_NEWCGROUP) < 0)
		return err_errno(err, ERR_NOWHERE, "make a cgroup namespace");
	return 0;
}

/*
 * The name is the container's with a number that nobody can guess: the kernel joins a keyring that has the name
 * already if its owner lets everybody search it, and so a process elsewhere could lay one ready for us (I33).
 */
static int name_keyring(const char *id, char *name, size_t size, struct err *err)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return err_errno(err, ERR_NOWHERE, "get a random number");
	(void)snprintf(name, size, "%s:%016" PRIx64, id, number);
	return 0;
}

static int new_keyring(const struct plan *plan, struct err *err)
{
	/* An ID is the name of a directory, too. */
	char name[NAME_MAX + sizeof(":0123456789abcdef")];

	if (name_keyring(plan->id, name, sizeof(name), err) < 0)
		return -1;
	if (priv_new_keyring(name) == 0)
		return 0;
	if (errno == ENOSYS) /* a kernel without keyrings has none to leak */
		return 0;
	if (errno == EDQUOT)
		return err_say(err, ERR_NOWHERE,
			       "join a new session keyring: the key quota of this user is used up "
			       "(kernel.keys.maxkeys; --no-new-keyring goes without)");
	return err_errno(err, ERR_NOWHERE, "join a new session keyring");
}

int join_keyring(struct init *init, struct err *err)
{
	if (!init->plan->new_keyring)
		return 0;
	if (label_keys(init, true, err) < 0 || new_keyring(init->plan, err) < 0)
		return -1;
	return label_keys(init, false, err);
}

int join_network(struct init *init, struct err *err)
{
	if ((init->plan->namespaces.create & CLONE_NEWNET) != 0 && loopback_up() < 0)
		return err_errno(err, ERR_NOWHERE, "bring the loopback interface up");
	return 0;
}

int join_names(struct init *init, struct err *err)
{
	const struct plan *plan = init->plan;

	if (plan->hostname != NULL && sethostname(plan->hostname, strlen(plan->hostname)) < 0)
		return err_errno(err, ERR_NOWHERE, "set the hostname \"%s\"", plan->hostname);
	if (plan->domainname != NULL && setdomainname(plan->domainname, strlen(plan->domainname)) < 0)
		return err_errno(err, ERR_NOWHERE, "set the domainname \"%s\"", plan->domainname);
	return 0;
}

/* Write @value to the file @path below the procfs @proc in one write(2), as sysctls want it. */
static int write_proc(int proc, const char *path, const char *value)
{
	size_t len = strlen(value);
	auto_fd int fd = -1;

	fd = rootpath_beneath(proc, path, O_WRONLY);
	if (fd < 0)
		return -1;
	return write(fd, value, len) == (ssize_t)len ? 0 : -1;
}

int join_sysctls(struct init *init, struct err *err)
{
	const struct plan_sysctls *sysctls = &init->plan->sysctls;
	auto_fd int sys = -1;

	if (sysctls->n == 0)
		return 0;
	sys = rootpath_beneath(init->proc, "sys", O_PATH | O_DIRECTORY);
	if (sys < 0)
		return err_errno(err, ERR_NOWHERE, "open /proc/sys");
	for (size_t i = 0; i < sysctls->n; i++) {
		const struct plan_sysctl *item = &sysctls->item[i];

		if (write_proc(sys, item->path, item->value) < 0)
			return err_errno(err, item->at, "write \"%s\" to sysctl %s", item->value, item->path);
	}
	return 0;
}

int join_oom_score(struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;
	char path[48], value[16];

	/* With a user namespace the host has done it, where lowering was still allowed (PR-17). */
	if (!process->has_oom_score_adj || init->plan->namespaces.has_user)
		return 0;
	(void)snprintf(path, sizeof(path), "%d/oom_score_adj", (int)getpid());
	(void)snprintf(value, sizeof(value), "%d", process->oom_score_adj);
	if (write_proc(init->proc, path, value) < 0)
		return err_errno(err, process->at, "set oomScoreAdj to %s", value);
	return 0;
}
