/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is it alive, and is it still the same; see liveness.h.
 * Runs in: host.
 */
#include "state/liveness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "state/dir.h"
#include "state/fifo.h"
#include "sys/pidfd.h"

/* Fields of /proc/PID/stat, proc(5), after the command in parentheses. */
enum { FIELD_STATE = 3, FIELD_FLAGS = 9, FIELD_START_TIME = 22 };

/* Of the flags, linux/sched.h: set before a process closes its descriptors at its end. */
#define PF_EXITING 0x4ul

static const char *const words[] = {
	[STATUS_CREATING] = "creating",
	[STATUS_CREATED] = "created",
	[STATUS_RUNNING] = "running",
	[STATUS_PAUSED] = "paused",
	[STATUS_STOPPED] = "stopped",
};

const char *liveness_word(enum liveness_status status)
{
	return words[status];
}

/* A small file of /proc as text without its newline.  -1 with errno. */
static int read_text(const char *path, char *buf, size_t size)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = fd_read_all(fd, buf, size - 1);
	if (n < 0)
		return -1;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

int liveness_boot_id(char buf[LIVENESS_BOOT_ID_SIZE], struct err *err)
{
	if (read_text("/proc/sys/kernel/random/boot_id", buf, LIVENESS_BOOT_ID_SIZE) < 0)
		return err_errno(err, ERR_NOWHERE, "read this boot's id");
	return 0;
}

/* Room for /proc/PID/stat. */
enum { STAT_SIZE = 1024 };

/*
 * /proc/PID/stat as text; the end of the command in it, which may hold blanks and parentheses, so that fields are
 * counted from there.  NULL with errno.
 */
static char *read_stat(pid_t pid, char text[STAT_SIZE])
{
	char path[32], *end;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (read_text(path, text, STAT_SIZE) < 0)
		return NULL;
	end = strrchr(text, ')');
	if (!end)
		errno = EPROTO;
	return end;
}

/* Field @number of what follows the command's @end; "" without it. */
static const char *find_field(const char *end, int number)
{
	for (int field = FIELD_STATE; end && field <= number; field++)
		end = strchr(end + 1, ' ');
	return end ? end + 1 : "";
}

static int read_start_time(pid_t pid, uint64_t *ret)
{
	char text[STAT_SIZE];
	const char *end = read_stat(pid, text), *field;

	if (!end)
		return -1;
	field = find_field(end, FIELD_START_TIME);
	if (!*field) {
		errno = EPROTO;
		return -1;
	}
	*ret = strtoull(field, NULL, 10);
	return 0;
}

bool liveness_ended_as(const struct record_init *init, const char *name)
{
	char text[STAT_SIZE];
	char *end = read_stat(init->pid, text);
	const char *begin = end ? strchr(text, '(') : NULL;

	if (!begin || strtoull(find_field(end, FIELD_START_TIME), NULL, 10) != init->start_time ||
	    (strtoul(find_field(end, FIELD_FLAGS), NULL, 10) & PF_EXITING) == 0)
		return false;
	*end = '\0';
	return strcmp(begin + 1, name) == 0;
}

int liveness_identify(struct record_init *init, pid_t pid, int pidfd,
		      char boot_id_buf[LIVENESS_BOOT_ID_SIZE], struct err *err)
{
	uint64_t start_time;

	if (liveness_boot_id(boot_id_buf, err) < 0)
		return -1;
	if (read_start_time(pid, &start_time) < 0)
		return err_errno(err, ERR_NOWHERE, "read the start time of process %d", (int)pid);
	*init = (struct record_init){
		.pid = pid,
		.start_time = start_time,
		.boot_id = boot_id_buf,
		.pidfs_inode = pidfd_inode(pidfd),
	};
	return 0;
}

/* 1 the same process, 0 another one under its number, -1 with errno. */
static int is_same(const struct record_init *init, int pidfd)
{
	uint64_t inode = init->pidfs_inode ? pidfd_inode(pidfd) : 0;
	uint64_t start_time;

	if (inode != 0)
		return inode == init->pidfs_inode;
	if (read_start_time(init->pid, &start_time) < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	return start_time == init->start_time;
}

int liveness_open(const struct record *record, struct err *err)
{
	const struct record_init *init = &record->init;
	char boot_id[LIVENESS_BOOT_ID_SIZE];
	auto_fd int pidfd = -1;
	int r;

	if (init->pid <= 0)
		return LIVENESS_GONE;
	if (liveness_boot_id(boot_id, err) < 0)
		return -1;
	if (!init->boot_id || strcmp(init->boot_id, boot_id) != 0)
		return LIVENESS_GONE;
	pidfd = pidfd_open(init->pid);
	if (pidfd < 0 && errno == ESRCH)
		return LIVENESS_GONE;
	if (pidfd < 0)
		return err_errno(err, ERR_NOWHERE, "open process %d", (int)init->pid);
	r = is_same(init, pidfd);
	if (r < 0)
		return err_errno(err, ERR_NOWHERE, "look at process %d", (int)init->pid);
	if (r == 0)
		return LIVENESS_GONE;
	/* Last, so that what was read above was about the process that lives now. */
	r = pidfd_has_ended(pidfd, 0);
	if (r < 0)
		return err_errno(err, ERR_NOWHERE, "look at process %d", (int)init->pid);
	return r ? LIVENESS_GONE : take_fd(&pidfd);
}

/* The status of a committed container whose first process lives. */
static int judge_alive(const struct state_dir *dir, const struct record *record, struct cgroup *cg,
		       enum liveness_status *ret, struct err *err)
{
	int r = cgroup_is_frozen(cg, err);

	if (r < 0)
		return -1;
	*ret = STATUS_PAUSED;
	if (r)
		return 0;
	if (record->phase == RECORD_CREATED)
		r = fifo_is_held(dir->fd, err);
	else if (record->phase == RECORD_STARTING)
		r = dir_is_busy(dir);
	if (r < 0)
		return -1;
	*ret = r ? STATUS_CREATED : STATUS_RUNNING;
	return 0;
}

int liveness_status(const struct state_dir *dir, const struct record *record, struct cgroup *cg,
		    enum liveness_status *ret, int *ret_pidfd, struct err *err)
{
	enum liveness_status status = STATUS_STOPPED;
	auto_fd int pidfd = -1;

	if (record->phase == RECORD_CREATING) {
		if (dir_is_busy(dir))
			status = STATUS_CREATING;
	} else {
		pidfd = liveness_open(record, err);
		if (pidfd == -1)
			return -1;
		if (pidfd >= 0 && judge_alive(dir, record, cg, &status, err) < 0)
			return -1;
	}
	*ret = status;
	if (ret_pidfd)
		*ret_pidfd = pidfd >= 0 ? take_fd(&pidfd) : -1;
	return 0;
}
