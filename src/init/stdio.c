/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard descriptors and the terminal; see stdio.h.
 * Runs in: init.
 */
#include "init/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "sys/mountfd.h"
#include "sys/rootpath.h"
#include "sys/tty.h"
#include "wire/channel.h"

static int bind_console(const struct init *init, int slave, struct err *err)
{
	auto_fd int tree = -1, target = -1;

	target = rootpath_make(init->root, "/dev/console", ROOTPATH_FILE, ROOTPATH_NONE, NULL);
	if (target < 0)
		return err_errno(err, init->plan->process.at, "make /dev/console");
	tree = mountfd_clone(slave, NULL, false);
	if (tree < 0 || mountfd_attach(tree, target) < 0)
		return err_errno(err, init->plan->process.at, "bind the terminal to /dev/console");
	return 0;
}

int stdio_open_terminal(struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;
	auto_fd int devpts = -1, master = -1, slave = -1;

	if (!process->present || !process->terminal)
		return 0;
	devpts = rootpath_open(init->root, "/dev/pts", ROOTPATH_NONE);
	if (devpts < 0)
		return err_errno(err, process->at, "a terminal is wanted: open /dev/pts");
	if (tty_open_pair(devpts, &master, &slave) < 0)
		return errno == EXDEV ? err_say(err, process->at, "a terminal is wanted, and /dev/pts is not a devpts") :
					err_errno(err, process->at, "open a terminal in /dev/pts");
	if (process->has_size && tty_set_size(slave, process->rows, process->columns) < 0)
		return err_errno(err, process->at, "set the size of the terminal");
	if (fchown(slave, process->uid, (gid_t)-1) < 0)
		return err_errno(err, process->at, "give the terminal to user %u", (unsigned int)process->uid);
	/* The container's own terminal has that name. */
	if (!init->plan->exec.present && bind_console(init, slave, err) < 0)
		return -1;
	if (channel_tell(init->wire, WIRE_CONSOLE, &master, 1, err) < 0)
		return -1;
	for (int fd = 0; fd < 3; fd++) {
		if (dup2(slave, fd) < 0)
			return err_errno(err, process->at, "make the terminal descriptor %d", fd);
	}
	return 0;
}

int stdio_leave_session(struct init *init, struct err *err)
{
	if (init->plan->namespaces.is_staged && setsid() < 0 && errno != EPERM)
		return err_errno(err, ERR_NOWHERE, "start a session");
	return 0;
}

int stdio_take_session(struct init *init, struct err *err)
{
	if (init->plan->process.present && init->plan->process.terminal) {
		if (tty_take_control(0) < 0)
			return err_errno(err, init->plan->process.at, "make the terminal the controlling one");
		return 0;
	}
	/* EPERM: we lead a process group, so we are a leader of our own already. */
	if (setsid() < 0 && errno != EPERM)
		return err_errno(err, ERR_NOWHERE, "start a session");
	return 0;
}

static bool is_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* The container's own null device opened for reading and writing, or -1 when it has none. */
static int open_own_null(const struct init *init)
{
	auto_fd int path = -1;
	struct stat st;
	char name[32];

	path = rootpath_open(init->root, "/dev/null", ROOTPATH_NONE);
	if (path < 0 || fstat(path, &st) < 0 || !is_null(&st))
		return -1;
	(void)snprintf(name, sizeof(name), "self/fd/%d", path);
	return openat(init->proc, name, O_RDWR | O_CLOEXEC);
}

int stdio_own(struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;
	auto_fd int null = -1;

	if (!process->present || process->terminal)
		return 0;
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0)
			return err_errno(err, ERR_NOWHERE, "look at descriptor %d", fd);
		if (is_null(&st)) {
			if (null < 0)
				null = open_own_null(init);
			if (null >= 0 && dup2(null, fd) < 0)
				return err_errno(err, ERR_NOWHERE, "replace descriptor %d", fd);
		} else if (st.st_uid != process->uid && (S_ISFIFO(st.st_mode) || isatty(fd))) {
			/* Not ours to give away (EPERM; EINVAL where our user namespace lacks its owner), or on
			 * a read-only file system: the payload can still use the descriptor itself. */
			if (fchown(fd, process->uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL &&
			    errno != EROFS)
				return err_errno(err, ERR_NOWHERE, "give descriptor %d to the payload", fd);
		}
	}
	return 0;
}
