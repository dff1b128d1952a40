/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See fake.h. */
#include "tests/unit/cmd/fake.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libocispec/oci/process.h"
#include "state/dir.h"
#include "state/fifo.h"
#include "state/liveness.h"
#include "sys/pidfd.h"

/* What the container runs; as `exec` would be told. */
static const char *words[] = { "/bin/true" };
static const struct oci_process process = {
	.args = { .set = true, .n = 1, .item = words },
	.cwd = "/",
};

struct record fake_record(const char *id)
{
	return (struct record){
		.id = id,
		.bundle = "/b",
		.rootfs = "/b/rootfs",
		.created = FAKE_CREATED,
		.oci_version = "1.2.0",
		.phase = RECORD_RUNNING,
		.init = { .boot_id = "" },
		.cgroup = { .manager = CGROUP_MANAGER_DISABLED, .mode = CGROUP_MODE_NONE },
		.process = &process,
	};
}

/* The first process: ready once it has said so at @ready. */
static void __attribute__((noreturn)) be_process(const struct state_dir *dir, enum fake_kind kind, int ready)
{
	struct err err = ERR_INIT;
	int go = -1, status = -1;
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	if (kind != FAKE_RUNNING && fifo_open_init_ends(dir->fd, &go, &status, &err) < 0)
		_exit(98);
	if (write(ready, "", 1) != 1)
		_exit(98);
	/* An inherited lock would be ours as long as we live. */
	(void)close(dir->fd);
	if (kind == FAKE_RUNNING) {
		for (;;)
			(void)pause();
	}
	if (read(go, &byte, 1) != 1)
		_exit(98);
	if (kind == FAKE_CREATED_FAILS) {
		(void)err_say(&err, ERR_NOWHERE, FAKE_FAILURE);
		_exit(write(status, &err, sizeof(err)) == (ssize_t)sizeof(err) ? 1 : 98);
	}
	(void)close(go);
	/* What init says right before its execve. */
	(void)!write(status, "", 1);
	(void)close(status);
	for (;;)
		(void)pause();
}

static pid_t start_process(const struct state_dir *dir, enum fake_kind kind)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		be_process(dir, kind, ready[1]);
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

pid_t fake_make(const struct capture *capture, struct record record, enum fake_kind kind)
{
	struct state_dir dir = STATE_DIR_INIT;
	char boot_id[LIVENESS_BOOT_ID_SIZE];
	struct err err = ERR_INIT;
	int pidfd;

	assert_good(dir_make(&dir, capture->root, record.id, &err), err);
	if (kind == FAKE_CREATED_WAITS || kind == FAKE_CREATED_FAILS) {
		record.phase = RECORD_CREATED;
		assert_good(fifo_make(dir.fd, &err), err);
	}
	if (kind != FAKE_STOPPED) {
		record.init.pid = start_process(&dir, kind);
		pidfd = pidfd_open(record.init.pid);
		assert_true(pidfd >= 0);
		assert_good(liveness_identify(&record.init, record.init.pid, pidfd, boot_id, &err), err);
		(void)close(pidfd);
	}
	assert_good(record_write(dir.fd, &record, &err), err);
	dir_close(&dir);
	return record.init.pid;
}

pid_t fake_make_plain(const struct capture *capture, const char *id, enum fake_kind kind)
{
	return fake_make(capture, fake_record(id), kind);
}

bool fake_exists(const struct capture *capture, const char *id)
{
	char path[512];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", capture->root, id);
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool fake_is_alive(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	return info.si_pid == 0;
}

int fake_wait(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

void fake_end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	(void)fake_wait(pid);
}
