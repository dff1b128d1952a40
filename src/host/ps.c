/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes of a container; see ps.h.
 * Runs in: host.
 */
#include "host/ps.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "host/lookup.h"
#include "host/members.h"

int ps_pids(const char *root, const char *id, pid_t **ret_pids, size_t *ret_n, struct err *err)
{
	auto_lookup struct lookup found = LOOKUP_INIT;

	if (lookup_container(root, id, &found, err) < 0)
		return -1;
	if (members_list(&found, ret_pids, ret_n, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "list the processes of container `%s`", id);
	return 0;
}

/* Its output goes to @out, its complaints to where ours go.  We ignore SIGPIPE, it need not. */
static int start_ps(char *const *argv, int out, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t pipe_only;
	int code = posix_spawn_file_actions_init(&actions);

	if (code != 0)
		return code;
	code = posix_spawnattr_init(&attributes);
	if (code == 0) {
		(void)sigemptyset(&pipe_only);
		(void)sigaddset(&pipe_only, SIGPIPE);
		(void)posix_spawnattr_setsigdefault(&attributes, &pipe_only);
		(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
		code = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
		if (code == 0)
			code = posix_spawnp(ret_pid, "ps", &actions, &attributes, argv, environ);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return code;
}

/* Run it to its end, with its output in the file @out. */
static int run_ps(char *const *args, int out, struct err *err)
{
	auto_free char **argv = NULL;
	size_t n = 0;
	pid_t pid = -1;
	int status, code;

	while (args[n] != NULL)
		n++;
	argv = calloc(n + 2, sizeof(*argv));
	if (argv == NULL)
		return err_errno(err, ERR_NOWHERE, "run ps");
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): execve(2) takes no const, though it only reads */
	argv[0] = (char *)(uintptr_t)"ps";
	memcpy(argv + 1, args, n * sizeof(*argv));
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
	code = start_ps(argv, out, &pid);
	errno = code;
	if (code != 0)
		return err_errno(err, ERR_NOWHERE, "run ps, the host's program (--format json needs none)");
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_errno(err, ERR_NOWHERE, "wait for ps");
	}
	if (WIFSIGNALED(status))
		return err_say(err, ERR_NOWHERE, "ps was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_say(err, ERR_NOWHERE, "ps exited with status %d", WEXITSTATUS(status));
	return 0;
}

/* The field number @index of @line, blanks between two; its length in *@ret_len, 0 when there are fewer. */
static const char *find_field(const char *line, size_t index, size_t *ret_len)
{
	for (size_t i = 0;; i++) {
		line += strspn(line, " \t");
		*ret_len = strcspn(line, " \t");
		if (i == index || *ret_len == 0)
			return line;
		line += *ret_len;
	}
}

/* Which field of the heading is "PID"; -1 when none is. */
static int find_pid_column(const char *heading)
{
	for (int i = 0;; i++) {
		size_t len;
		const char *field = find_field(heading, (size_t)i, &len);

		if (len == 0)
			return -1;
		if (len == 3 && strncmp(field, "PID", 3) == 0)
			return i;
	}
}

static bool is_one_of(const char *field, const pid_t *pids, size_t n)
{
	long pid = strtol(field, NULL, 10);

	for (size_t i = 0; i < n; i++) {
		if (pids[i] == pid)
			return true;
	}
	return false;
}

/* Cuts @text into lines. */
static int print_lines(FILE *out, char *text, const pid_t *pids, size_t n, struct err *err)
{
	char *rest = text;
	char *line = strsep(&rest, "\n");
	int column = find_pid_column(line);

	if (column < 0)
		return err_say(err, ERR_NOWHERE, "the output of ps has no column PID, so nothing tells whose lines are whose");
	(void)fprintf(out, "%s\n", line);
	while ((line = strsep(&rest, "\n")) != NULL) {
		size_t len;
		const char *field = find_field(line, (size_t)column, &len);

		if (len > 0 && is_one_of(field, pids, n))
			(void)fprintf(out, "%s\n", line);
	}
	return 0;
}

int ps_print_table(FILE *out, const pid_t *pids, size_t n, char *const *args, struct err *err)
{
	auto_fd int file = memfd_create("ps", MFD_CLOEXEC);
	auto_free char *text = NULL;
	ssize_t len;
	off_t size;

	if (file < 0)
		return err_errno(err, ERR_NOWHERE, "keep the output of ps");
	if (run_ps(args, file, err) < 0)
		return -1;
	size = lseek(file, 0, SEEK_END);
	text = size < 0 ? NULL : malloc((size_t)size + 1);
	if (text == NULL || lseek(file, 0, SEEK_SET) < 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
		return err_errno(err, ERR_NOWHERE, "keep the output of ps");
	len = fd_read_all(file, text, (size_t)size);
	if (len < 0)
		return err_errno(err, ERR_NOWHERE, "read the output of ps");
	text[len] = '\0';
	return print_lines(out, text, pids, n, err);
}
