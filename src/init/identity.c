/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Becoming the user; see identity.h.
 * Runs in: init.
 */
#include "init/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <grp.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "init/listener.h"
#include "init/payload.h"
#include "sys/priv.h"
#include "sys/rootpath.h"

/* linux/capability.h */
#define CAP_SYS_ADMIN_BIT (UINT64_C(1) << 21)

/* The raw call: getcwd(3) of some C libraries hides what the kernel says about a lost directory. */
static int check_cwd(const struct plan_process *process, struct err *err)
{
	char path[PATH_MAX];

	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return err_errno(err, process->at, "find out the working directory");
	if (path[0] != '/')
		return err_say(err, process->at, "the working directory %s lies outside the container", process->cwd);
	return 0;
}

/* exec makes nothing in a container that is there already. */
static int enter_cwd_as_it_is(const struct init *init, struct err *err)
{
	auto_fd int dir = rootpath_open(init->root, init->plan->process.cwd, ROOTPATH_FOLLOW);

	if (dir < 0 || fchdir(dir) < 0)
		return payload_refuse_cwd(init, errno, err);
	return check_cwd(&init->plan->process, err);
}

static int enter_cwd(const struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;
	auto_fd int dir = -1;

	if (init->plan->exec.present)
		return enter_cwd_as_it_is(init, err);
	dir = rootpath_make(init->root, process->cwd, ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL);
	if (dir < 0)
		return err_errno(err, process->at, "open the working directory %s", process->cwd);
	if (fchdir(dir) < 0)
		return err_errno(err, process->at, "enter the working directory %s", process->cwd);
	return check_cwd(process, err);
}

int identity_enter_cwd(struct init *init, struct err *err)
{
	if (!init->plan->process.present || enter_cwd(init, err) == 0)
		return 0;
	/* NFS and FUSE may keep root out and let the user in: identity_apply() tries again (PR-04). */
	init->is_cwd_late = err->code == EACCES;
	if (!init->is_cwd_late)
		return -1;
	*err = ERR_INIT;
	return 0;
}

int identity_limits(struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;

	for (size_t i = 0; i < process->n_rlimits; i++) {
		const struct plan_rlimit *limit = &process->rlimits[i];
		struct rlimit value = { .rlim_cur = limit->soft, .rlim_max = limit->hard };

		if (setrlimit(limit->resource, &value) < 0)
			return err_errno(err, limit->at, "set %s%s", limit->name,
					 errno == EPERM ? " above this process's own hard limit" : "");
	}
	if (process->present)
		(void)umask(process->umask);
	return 0;
}

/* The user namespace forbids setgroups(2) for good (user_namespaces(7)). */
static bool is_setgroups_denied(const struct init *init)
{
	auto_fd int fd = -1;
	char path[32], word[8];

	(void)snprintf(path, sizeof(path), "%d/setgroups", (int)getpid());
	fd = rootpath_beneath(init->proc, path, O_RDONLY);
	return fd >= 0 && read(fd, word, sizeof(word)) >= 4 && memcmp(word, "deny", 4) == 0;
}

/*
 * The list is exact (V26), unless the caller's own was asked for.  Only where nobody may change it, and none was
 * asked for, the caller's groups stay: taking them away could open what is closed to them.
 */
static int set_groups(const struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;

	if (process->keep_groups || priv_set_groups(process->groups, process->n_groups) == 0)
		return 0;
	if (errno != EPERM || !is_setgroups_denied(init))
		return err_errno(err, process->at, "set the supplementary groups");
	if (process->n_groups == 0)
		return 0;
	return err_say(err, process->at, "additionalGids cannot be set: the user namespace forbids setgroups(2)");
}

static const char *why_not(void)
{
	return errno == EINVAL ? ", which the user namespace does not map" : "";
}

int identity_apply(struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;

	if (!process->present)
		return 0;
	if (priv_bound(process->caps.bounding) < 0)
		return err_errno(err, process->at, "drop capabilities from the bounding set");
	if (priv_keep_caps(true) < 0)
		return err_errno(err, process->at, "keep capabilities over the change of user");
	if (set_groups(init, err) < 0)
		return -1;
	if (priv_set_gid(process->gid) < 0)
		return err_errno(err, process->at, "become group %u%s", (unsigned int)process->gid, why_not());
	if (priv_set_uid(process->uid) < 0)
		return err_errno(err, process->at, "become user %u%s", (unsigned int)process->uid, why_not());
	if (priv_keep_caps(false) < 0)
		return err_errno(err, process->at, "end keeping capabilities");
	/* The change of ids has set this to a sysctl's value (prctl(2), PR_SET_DUMPABLE). */
	if (priv_undumpable() < 0)
		return err_errno(err, process->at, "stay undumpable");
	return init->is_cwd_late ? enter_cwd(init, err) : 0;
}

/* Without a listener, whatever the plan says of one: SCMP_ACT_NOTIFY then means ENOSYS. */
static int load_alone(const struct init *init, struct err *err)
{
	const struct plan_seccomp *seccomp = &init->plan->seccomp;
	uint32_t flags = seccomp->filter.flags & ~(LISTENER_NEW | LISTENER_WAIT_KILLABLE);

	if (priv_seccomp(seccomp->filter.insns, (uint16_t)seccomp->filter.n, flags) < 0)
		return err_errno(err, seccomp->at, "load the seccomp filter");
	return 0;
}

static int load_filter(struct init *init, struct err *err)
{
	if (init->plan->listener.path == NULL)
		return load_alone(init, err);
	/* The agent is told the pid of a process that is still to be made. */
	return init->handover != NULL ? listener_load_early(init, err) : listener_load(init, err);
}

int identity_confine(struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;
	const struct plan_caps *caps = &process->caps;
	bool filter_now = init->plan->seccomp.present && !process->no_new_privs;
	uint64_t extra = filter_now ? CAP_SYS_ADMIN_BIT : 0;

	if (!process->present)
		return 0;
	if (priv_capset(caps->effective | extra, caps->permitted | extra, caps->inheritable) < 0)
		return err_errno(err, process->at, "set the capabilities");
	if (priv_ambient(caps->ambient) < 0)
		return err_errno(err, process->at, "set the ambient capabilities");
	if (process->no_new_privs && priv_no_new_privs() < 0)
		return err_errno(err, process->at, "set no_new_privs");
	if (!filter_now)
		return 0;
	if (load_filter(init, err) < 0)
		return -1;
	if ((caps->permitted & caps->effective & extra) == 0 &&
	    priv_capset(caps->effective, caps->permitted, caps->inheritable) < 0)
		return err_errno(err, process->at, "drop CAP_SYS_ADMIN after loading the seccomp filter");
	return 0;
}

int identity_filter(struct init *init, struct err *err)
{
	if (!init->plan->seccomp.present || !init->plan->process.no_new_privs)
		return 0;
	return load_filter(init, err);
}

int identity_filter_hook(const struct init *init, struct err *err)
{
	if (!init->plan->seccomp.present || !init->plan->process.no_new_privs)
		return 0;
	return load_alone(init, err);
}
