/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of a cgroup; see watch.h.
 * Runs in: host.
 */
#include "cgroup/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/tree.h"

/* The number after "@key " in the file @fd as it is now; -1 when it is gone. */
static long look(int fd, const char *key)
{
	char text[TREE_FILE_SIZE];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -1;
	text[n] = '\0';
	return tree_find_value(text, key);
}

/* -1 with errno; ENOENT: this tree does not count memory. */
static int open_oom_v2(int dir, struct watch *watch)
{
	auto_fd int fd = openat(dir, "memory.events", O_RDONLY | O_CLOEXEC);
	long kills = fd < 0 ? -1 : look(fd, "oom_kill");

	if (fd < 0)
		return -1;
	watch->kills = kills > 0 ? (uint64_t)kills : 0;
	watch->oom = (struct pollfd){ .fd = take_fd(&fd), .events = POLLPRI };
	return 0;
}

static int open_oom_v1(int dir, struct watch *watch)
{
	auto_fd int control = openat(dir, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	auto_fd int event = -1;
	char text[32];

	if (control < 0)
		return -1;
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return -1;
	(void)snprintf(text, sizeof(text), "%d %d", event, control);
	if (tree_write_at(dir, "cgroup.event_control", text) < 0)
		return -1;
	watch->control = take_fd(&control);
	watch->oom = (struct pollfd){ .fd = take_fd(&event), .events = POLLIN };
	return 0;
}

/* Where nothing counts memory there is nothing to be told. */
static int open_oom(struct cgroup *cg, struct watch *watch)
{
	size_t v1 = tree_find(&cg->ref, "memory"), v2 = tree_find_v2(&cg->ref);
	int r = 0;

	if (v1 != TREE_NONE)
		r = tree_open(cg, v1) < 0 ? -1 : open_oom_v1(cg->fd[v1], watch);
	else if (v2 != TREE_NONE)
		r = tree_open(cg, v2) < 0 ? -1 : open_oom_v2(cg->fd[v2], watch);
	return r < 0 && errno == ENOENT ? 0 : r;
}

int cgroup_watch_open(struct cgroup *cg, struct watch *ret, struct err *err)
{
	size_t v2 = tree_find_v2(&cg->ref);
	int fd;

	if (open_oom(cg, ret) < 0)
		return err_errno(err, ERR_NOWHERE, "watch cgroup %s for lack of memory", cg->ref.path);
	if (v2 == TREE_NONE)
		return 0;
	fd = tree_open(cg, v2) < 0 ? -1 : openat(cg->fd[v2], "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "watch cgroup %s for its end", cg->ref.path);
	ret->end = (struct pollfd){ .fd = fd, .events = POLLPRI };
	return 0;
}

int cgroup_watch_oom(struct watch *watch)
{
	uint64_t count = 0;
	long kills;

	if (watch->oom.fd < 0)
		return 0;
	if (watch->control >= 0) {
		/* Its removal is told the same way; then the file can be read no more. */
		if (read(watch->oom.fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
			return 0;
		return look(watch->control, "under_oom") >= 0;
	}
	kills = look(watch->oom.fd, "oom_kill");
	if (kills < 0 || (uint64_t)kills <= watch->kills)
		return 0;
	watch->kills = (uint64_t)kills;
	return 1;
}

int cgroup_watch_has_ended(const struct watch *watch)
{
	return watch->end.fd >= 0 && look(watch->end.fd, "populated") != 1;
}

void cgroup_watch_close(struct watch *watch)
{
	fd_close(&watch->oom.fd);
	fd_close(&watch->end.fd);
	fd_close(&watch->control);
}
