/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe's view of itself: credentials, descriptors, namespaces, limits, terminal, devices, mounts.
 * Everything that /proc would tell is left out (null) where /proc is not mounted.
 */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

struct named_limit {
	const char *name;
	__rlimit_resource_t resource;
};

static const struct named_limit limits[] = {
	{ "RLIMIT_AS",         RLIMIT_AS },
	{ "RLIMIT_CORE",       RLIMIT_CORE },
	{ "RLIMIT_CPU",        RLIMIT_CPU },
	{ "RLIMIT_DATA",       RLIMIT_DATA },
	{ "RLIMIT_FSIZE",      RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS",      RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK",    RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE",   RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE",       RLIMIT_NICE },
	{ "RLIMIT_NOFILE",     RLIMIT_NOFILE },
	{ "RLIMIT_NPROC",      RLIMIT_NPROC },
	{ "RLIMIT_RSS",        RLIMIT_RSS },
	{ "RLIMIT_RTPRIO",     RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME",     RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK",      RLIMIT_STACK },
};

static const char *file_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:  return "file";
	case S_IFDIR:  return "dir";
	case S_IFLNK:  return "link";
	case S_IFCHR:  return "char";
	case S_IFBLK:  return "block";
	case S_IFIFO:  return "fifo";
	case S_IFSOCK: return "socket";
	default:       return "other";
	}
}

static void write_link(struct json *json, const char *key, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target));

	if (n < 0)
		json_null(json, key);
	else
		json_bytes(json, key, target, (size_t)n);
}

static void write_file(struct json *json, const char *key, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!file) {
		json_null(json, key);
		return;
	}
	json_open(json, key, '[');
	while ((n = getline(&line, &size, file)) > 0)
		json_bytes(json, NULL, line, (size_t)n - (line[n - 1] == '\n'));
	json_close(json, ']');
	free(line);
	fclose(file);
}

/* /proc/self/status as a map, values without the leading blanks. */
static void write_status(struct json *json)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[4096];

	if (!file) {
		json_null(json, "status");
		return;
	}
	json_open(json, "status", '{');
	while (fgets(line, sizeof(line), file)) {
		char *value = strchr(line, ':');

		if (!value)
			continue;
		*value++ = '\0';
		value += strspn(value, " \t");
		value[strcspn(value, "\n")] = '\0';
		json_text(json, line, value);
	}
	json_close(json, '}');
	fclose(file);
}

static void write_strings(struct json *json, const char *key, char **strings)
{
	json_open(json, key, '[');
	for (; *strings; strings++)
		json_text(json, NULL, *strings);
	json_close(json, ']');
}

static void write_identity(struct json *json)
{
	gid_t groups[256];
	int i, n = getgroups(N_ELEMENTS(groups), groups);
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;
	mode_t mask = umask(0);

	umask(mask);
	getresuid(&ruid, &euid, &suid);
	getresgid(&rgid, &egid, &sgid);
	json_open(json, "uids", '[');
	json_unsigned(json, NULL, ruid);
	json_unsigned(json, NULL, euid);
	json_unsigned(json, NULL, suid);
	json_close(json, ']');
	json_open(json, "gids", '[');
	json_unsigned(json, NULL, rgid);
	json_unsigned(json, NULL, egid);
	json_unsigned(json, NULL, sgid);
	json_close(json, ']');
	json_unsigned(json, "uid", euid);
	json_unsigned(json, "gid", egid);
	json_open(json, "groups", '[');
	for (i = 0; i < n; i++)
		json_unsigned(json, NULL, groups[i]);
	json_close(json, ']');
	json_unsigned(json, "umask", mask);
	json_int(json, "no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	json_int(json, "keep_caps", prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
	json_int(json, "dumpable", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	json_int(json, "securebits", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
}

static void write_limits(struct json *json)
{
	size_t i;

	json_open(json, "rlimits", '{');
	for (i = 0; i < N_ELEMENTS(limits); i++) {
		struct rlimit limit;

		if (getrlimit(limits[i].resource, &limit) < 0)
			continue;
		json_open(json, limits[i].name, '[');
		json_unsigned(json, NULL, limit.rlim_cur);
		json_unsigned(json, NULL, limit.rlim_max);
		json_close(json, ']');
	}
	json_close(json, '}');
}

/* Tried one by one, so that it works without /proc and opens nothing itself. */
static void write_fds(struct json *json)
{
	int fd, own = json->fd;

	json_open(json, "fds", '{');
	for (fd = 0; fd < 4096; fd++) {
		char key[16], path[32];
		struct stat st;
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0 || (fd == own && fd > 2) || fstat(fd, &st) < 0)
			continue;
		snprintf(key, sizeof(key), "%d", fd);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		json_open(json, key, '{');
		json_text(json, "type", file_type(st.st_mode));
		write_link(json, "target", path);
		json_bool(json, "cloexec", flags & FD_CLOEXEC);
		json_unsigned(json, "uid", st.st_uid);
		json_unsigned(json, "gid", st.st_gid);
		json_unsigned(json, "ino", st.st_ino);
		json_unsigned(json, "dev", st.st_dev);
		json_unsigned(json, "rdev", st.st_rdev);
		json_close(json, '}');
	}
	json_close(json, '}');
}

static void write_links(struct json *json)
{
	static const char *const names[] = {
		"cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "user", "uts",
	};
	char path[64];
	size_t i;

	write_link(json, "exe", "/proc/self/exe");
	write_link(json, "root", "/proc/self/root");
	write_link(json, "proc_cwd", "/proc/self/cwd");
	json_open(json, "namespaces", '{');
	for (i = 0; i < N_ELEMENTS(names); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		write_link(json, names[i], path);
	}
	json_close(json, '}');
}

static void write_names(struct json *json)
{
	struct utsname uts;
	char cwd[PATH_MAX];

	json_text(json, "cwd", getcwd(cwd, sizeof(cwd)) ? cwd : NULL);
	if (!uname(&uts)) {
		json_text(json, "hostname", uts.nodename);
		json_text(json, "domainname", uts.domainname);
		json_text(json, "machine", uts.machine);
	}
	json_int(json, "personality", personality(0xffffffff));
	json_int(json, "pid", getpid());
	json_int(json, "ppid", getppid());
	json_int(json, "pgid", getpgid(0));
	json_int(json, "sid", getsid(0));
	json_int(json, "nice", getpriority(PRIO_PROCESS, 0));
}

/* The session keyring: its serial number and what keyctl(2) says about it. */
static void write_keyring(struct json *json)
{
	char text[256];
	long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	long n;

	json_open(json, "keyring", '{');
	if (id < 0) {
		json_text(json, "error", strerrorname_np(errno));
	} else {
		json_int(json, "id", id);
		n = syscall(SYS_keyctl, KEYCTL_DESCRIBE, id, text, sizeof(text) - 1);
		json_text(json, "description", n > 0 && n < (long)sizeof(text) ? text : NULL);
	}
	json_close(json, '}');
}

/* struct sched_attr of linux/sched/types.h, first version */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* Scheduling, I/O priority and memory policy by the kernel's own numbers; null where it does not tell. */
static void write_scheduling(struct json *json)
{
	struct scheduling scheduling;
	unsigned long nodes[16];
	long ioprio = syscall(SYS_ioprio_get, 1, 0);
	int mode;

	if (syscall(SYS_sched_getattr, 0, &scheduling, sizeof(scheduling), 0) < 0) {
		json_null(json, "scheduler");
	} else {
		json_open(json, "scheduler", '{');
		json_unsigned(json, "policy", scheduling.policy);
		json_unsigned(json, "flags", scheduling.flags);
		json_int(json, "nice", scheduling.nice);
		json_unsigned(json, "priority", scheduling.priority);
		json_unsigned(json, "runtime", scheduling.runtime);
		json_unsigned(json, "deadline", scheduling.deadline);
		json_unsigned(json, "period", scheduling.period);
		json_close(json, '}');
	}
	if (ioprio < 0) {
		json_null(json, "ioprio");
	} else {
		json_open(json, "ioprio", '[');
		json_int(json, NULL, ioprio >> 13);
		json_int(json, NULL, ioprio & 0x1fff);
		json_close(json, ']');
	}
	if (syscall(SYS_get_mempolicy, &mode, nodes, 8 * sizeof(nodes) + 1, NULL, 0) < 0) {
		json_null(json, "memory_policy");
	} else {
		json_open(json, "memory_policy", '[');
		json_int(json, NULL, mode);
		json_unsigned(json, NULL, nodes[0]);
		json_close(json, ']');
	}
}

static void write_signal_state(struct json *json)
{
	sigset_t blocked;
	int i;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	json_open(json, "blocked", '[');
	for (i = 1; i < NSIG; i++)
		if (sigismember(&blocked, i) == 1)
			json_int(json, NULL, i);
	json_close(json, ']');
	json_open(json, "ignored", '[');
	for (i = 1; i < NSIG; i++) {
		struct sigaction action;

		if (!sigaction(i, NULL, &action) && action.sa_handler == SIG_IGN)
			json_int(json, NULL, i);
	}
	json_close(json, ']');
}

static void write_terminal(struct json *json)
{
	struct winsize size = { 0 };
	struct termios termios;
	int i, fd;

	json_open(json, "tty", '{');
	json_open(json, "isatty", '[');
	for (i = 0; i < 3; i++)
		json_bool(json, NULL, isatty(i));
	json_close(json, ']');
	write_link(json, "name", "/proc/self/fd/0");
	if (!ioctl(0, TIOCGWINSZ, &size)) {
		json_int(json, "rows", size.ws_row);
		json_int(json, "columns", size.ws_col);
	}
	if (!tcgetattr(0, &termios)) {
		json_bool(json, "echo", termios.c_lflag & ECHO);
		json_bool(json, "icanon", termios.c_lflag & ICANON);
		json_bool(json, "isig", termios.c_lflag & ISIG);
		json_bool(json, "onlcr", termios.c_oflag & ONLCR);
		json_int(json, "foreground", tcgetpgrp(0));
		json_int(json, "session", tcgetsid(0));
	}
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	json_text(json, "controlling", fd < 0 ? strerrorname_np(errno) : "open");
	if (fd >= 0)
		close(fd);
	json_close(json, '}');
}

static int tty_verb(struct json *json, char **args, int n_args)
{
	(void)args;
	(void)n_args;
	json_open(json, VALUE, '{');
	write_terminal(json);
	json_close(json, '}');
	return 0;
}

static void write_stat(struct json *json, const struct stat *st)
{
	json_text(json, "type", file_type(st->st_mode));
	json_int(json, "mode", st->st_mode & 07777);
	json_unsigned(json, "uid", st->st_uid);
	json_unsigned(json, "gid", st->st_gid);
	json_int(json, "size", st->st_size);
	json_unsigned(json, "ino", st->st_ino);
	json_unsigned(json, "dev", st->st_dev);
	json_unsigned(json, "major", major(st->st_rdev));
	json_unsigned(json, "minor", minor(st->st_rdev));
}

/* Every entry below @dir, without following links. */
static void write_tree(struct json *json, const char *dir)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;

	if (!stream)
		return;
	while ((entry = readdir(stream))) {
		char path[PATH_MAX];
		struct stat st;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) >= (int)sizeof(path))
			continue;
		if (lstat(path, &st) < 0)
			continue;
		json_open(json, path, '{');
		write_stat(json, &st);
		if (S_ISLNK(st.st_mode))
			write_link(json, "target", path);
		json_close(json, '}');
		if (S_ISDIR(st.st_mode))
			write_tree(json, path);
	}
	closedir(stream);
}

static int tree_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	json_open(json, VALUE, '{');
	write_tree(json, args[0]);
	json_close(json, '}');
	return 0;
}

static int stat_path(struct json *json, const char *path, bool follow)
{
	struct stat st;
	struct statfs fs;
	int result = follow ? stat(path, &st) : lstat(path, &st);

	if (result < 0) {
		int error = errno;

		json_null(json, VALUE);
		return error;
	}
	json_open(json, VALUE, '{');
	write_stat(json, &st);
	if (!follow && S_ISLNK(st.st_mode))
		write_link(json, "target", path);
	if (follow && !statfs(path, &fs)) {
		json_int(json, "fs_magic", (unsigned int)fs.f_type);
		json_int(json, "fs_flags", fs.f_flags);
	}
	json_close(json, '}');
	return 0;
}

static int stat_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	return stat_path(json, args[0], true);
}

static int lstat_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	return stat_path(json, args[0], false);
}

static int info_verb(struct json *json, char **args, int n_args)
{
	(void)args;
	(void)n_args;
	json_open(json, VALUE, '{');
	write_fds(json);
	write_identity(json);
	write_status(json);
	write_limits(json);
	write_links(json);
	write_names(json);
	write_keyring(json);
	write_scheduling(json);
	write_signal_state(json);
	write_terminal(json);
	write_strings(json, "env", environ);
	write_file(json, "oom_score_adj", "/proc/self/oom_score_adj");
	write_file(json, "cgroup", "/proc/self/cgroup");
	write_file(json, "mountinfo", "/proc/self/mountinfo");
	write_file(json, "apparmor", "/proc/self/attr/current");
	json_close(json, '}');
	return 0;
}

const struct verb info_verbs[] = {
	{ "info",  0, false, false, info_verb },
	{ "tty",   0, false, false, tty_verb },
	{ "tree",  1, false, false, tree_verb },
	{ "stat",  1, false, false, stat_verb },
	{ "lstat", 1, false, false, lstat_verb },
	{ .name = NULL },
};
