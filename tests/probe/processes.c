/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe's verbs on processes, signals and memory, and `measure`, which runs a program and tells
 * its peak memory (a shell or Python would count its own).
 */
#include "probe.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int failed(struct json *json)
{
	int error = errno;

	json_null(json, VALUE);
	return error;
}

static int exit_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	(void)json;
	_exit((int)strtol(args[0], NULL, 0));
}

/* A real fault: the kernel kills even the first process of a pid namespace for it. */
static int fault_verb(struct json *json, char **args, int n_args)
{
	volatile int *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)json;
	(void)args;
	(void)n_args;
	return *nowhere;
}

static int raise_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	if (raise((int)strtol(args[0], NULL, 0)) < 0)
		return failed(json);
	json_int(json, VALUE, 0);
	return 0;
}

static int kill_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	if (kill((int)strtol(args[0], NULL, 0), (int)strtol(args[1], NULL, 0)) < 0)
		return failed(json);
	json_int(json, VALUE, 0);
	return 0;
}

static int pause_verb(struct json *json, char **args, int n_args)
{
	(void)json;
	(void)args;
	(void)n_args;
	while (pause() < 0)
		continue;
	return 0;
}

static void write_signal(struct json *json, const siginfo_t *info)
{
	json_open(json, NULL, '{');
	json_text(json, "verb", "signal");
	json_int(json, VALUE, info->si_signo);
	json_int(json, "sender", info->si_pid);
	json_close(json, '}');
	json_end_line(json);
}

/*
 * signals COUNT: its record says that it listens; then one record "signal" for each signal that
 * arrives, and after so many the record "signals-done".
 */
static int signals_verb(struct json *json, char **args, int n_args)
{
	int left = (int)strtol(args[0], NULL, 0);
	siginfo_t info;
	sigset_t all;

	(void)n_args;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	json_null(json, VALUE);
	json_close(json, '}');
	json_end_line(json);
	while (left > 0)
		if (sigwaitinfo(&all, &info) > 0) {
			write_signal(json, &info);
			left--;
		}
	json_open(json, NULL, '{');
	json_text(json, "verb", "signals-done");
	return 0;
}

/* Fork @n children that wait for ever, or until the kernel refuses one. */
static int fork_children(pid_t *pids, int n, bool is_own_session)
{
	int made;

	for (made = 0; made < n; made++) {
		pids[made] = fork();
		if (pids[made] < 0)
			break;
		if (!pids[made]) {
			if (is_own_session) {
				setsid();
				close(0);
				close(1);
				close(2);
			}
			for (;;)
				pause();
		}
	}
	return made;
}

/* spawn N: children that stay behind, in sessions of their own and without our descriptors. */
static int spawn_verb(struct json *json, char **args, int n_args)
{
	pid_t pids[256];
	int i, n = (int)strtol(args[0], NULL, 0);

	(void)n_args;
	n = fork_children(pids, n < 256 ? n : 256, true);
	json_open(json, VALUE, '[');
	for (i = 0; i < n; i++)
		json_int(json, NULL, pids[i]);
	json_close(json, ']');
	return 0;
}

/* fork N: how many children could be made at once; they are gone afterwards. */
static int fork_verb(struct json *json, char **args, int n_args)
{
	pid_t pids[256];
	int i, n = (int)strtol(args[0], NULL, 0), made, error;

	(void)n_args;
	n = n < 256 ? n : 256;
	errno = 0;
	made = fork_children(pids, n, false);
	error = made < n ? errno : 0;
	for (i = 0; i < made; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < made; i++)
		waitpid(pids[i], NULL, 0);
	json_int(json, VALUE, made);
	return error;
}

/* alloc BYTES: touch so much memory. */
static int alloc_verb(struct json *json, char **args, int n_args)
{
	size_t size = strtoull(args[0], NULL, 0), i;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)n_args;
	if (memory == MAP_FAILED)
		return failed(json);
	for (i = 0; i < size; i += 4096)
		memory[i] = 1;
	json_unsigned(json, VALUE, size);
	return 0;
}

static int exec_verb(struct json *json, char **args, int n_args)
{
	(void)json;
	(void)n_args;
	execv(args[0], args);
	return errno;
}

/* measure PROGRAM ARGS...: run it and tell how it ended and its largest resident set, in bytes. */
static int measure_verb(struct json *json, char **args, int n_args)
{
	struct rusage usage;
	int status;
	pid_t pid;

	(void)n_args;
	pid = fork();
	if (!pid) {
		execv(args[0], args);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return failed(json);
	json_open(json, VALUE, '{');
	json_int(json, "code", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	json_int(json, "rss", usage.ru_maxrss * 1024L);
	json_close(json, '}');
	return 0;
}

/* notify LINES...: one sd_notify(3) message to NOTIFY_SOCKET; its address. */
static int notify_verb(struct json *json, char **args, int n_args)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[4096] = "";
	int i, error;

	for (i = 0; i < n_args; i++) {
		strncat(text, i > 0 ? "\n" : "", sizeof(text) - strlen(text) - 1);
		strncat(text, args[i], sizeof(text) - strlen(text) - 1);
	}
	strncpy(address.sun_path, path ? path : "", sizeof(address.sun_path) - 1);
	error = sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
	close(fd);
	json_text(json, VALUE, path);
	return error;
}

const struct verb process_verbs[] = {
	{ "alloc",   1, false, false, alloc_verb },
	{ "exec",    1, true,  true,  exec_verb },
	{ "exit",    1, true,  false, exit_verb },
	{ "fault",   0, true,  false, fault_verb },
	{ "fork",    1, false, false, fork_verb },
	{ "kill",    2, false, false, kill_verb },
	{ "measure", 1, false, true,  measure_verb },
	{ "notify",  1, false, false, notify_verb },
	{ "pause",   0, true,  false, pause_verb },
	{ "raise",   1, false, false, raise_verb },
	{ "signals", 1, false, false, signals_verb },
	{ "spawn",   1, false, false, spawn_verb },
	{ .name = NULL },
};
