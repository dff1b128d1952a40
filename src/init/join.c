/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespaces and what belongs to them; see join.h.
 * Runs in: init.
 */
#include "init/join.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "init/label.h"
#include "sys/loopback.h"
#include "sys/priv.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"

int join_namespaces(struct init *init, struct err *err)
{
	const struct plan_namespaces *ns = &init->plan->namespaces;

	for (size_t i = 0; i < ns->n_join; i++) {
		if (setns(init->join[i], (int)ns->join[i].flag) < 0)
			return err_errno(err, ns->join[i].at, "join namespace %s", ns->join[i].path);
		fd_close(&init->join[i]);
	}
	/* Rooted at the cgroup that we are in: clone(2) would have rooted it at the runtime's. */
	if ((ns->create & CLONE_NEWCGROUP) != 0 && unshare(CLONE_NEWCGROUP) < 0)
		return err_errno(err, ERR_NOWHERE, "make a cgroup namespace");
	return 0;
}

static int new_keyring(const struct plan *plan, struct err *err)
{
	if (priv_new_keyring(plan->id) == 0)
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

	if (!process->has_oom_score_adj)
		return 0;
	(void)snprintf(path, sizeof(path), "%d/oom_score_adj", (int)getpid());
	(void)snprintf(value, sizeof(value), "%d", process->oom_score_adj);
	if (write_proc(init->proc, path, value) < 0)
		return err_errno(err, process->at, "set oomScoreAdj to %s", value);
	return 0;
}
