/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe's verbs on files and plain system calls: try something, report what the kernel said.
 */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What a test may want to read at once; larger contents are cut. */
#define READ_MAX (256UL * 1024)

static int failed(struct json *json)
{
	int error = errno;

	json_null(json, VALUE);
	return error;
}

static int done(struct json *json, long result)
{
	if (result < 0)
		return failed(json);
	json_int(json, VALUE, result);
	return 0;
}

/* Read @fd to its end and write what was there. */
static int write_content(struct json *json, int fd)
{
	char *text = malloc(READ_MAX);
	size_t have = 0;
	ssize_t n = 0;

	while (text && have < READ_MAX && (n = read(fd, text + have, READ_MAX - have)) > 0)
		have += (size_t)n;
	if (!text || n < 0) {
		int error = failed(json);

		free(text);
		return error;
	}
	json_bytes(json, VALUE, text, have);
	free(text);
	return 0;
}

static int cat_verb(struct json *json, char **args, int n_args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	int error;

	(void)n_args;
	if (fd < 0)
		return failed(json);
	error = write_content(json, fd);
	close(fd);
	return error;
}

static int stdin_verb(struct json *json, char **args, int n_args)
{
	(void)args;
	(void)n_args;
	return write_content(json, 0);
}

static int open_flags(const char *mode)
{
	if (!strcmp(mode, "w"))
		return O_WRONLY;
	return strcmp(mode, "rw") ? O_RDONLY : O_RDWR;
}

static int open_verb(struct json *json, char **args, int n_args)
{
	int flags = open_flags(n_args > 1 ? args[1] : "r");
	int fd = open(args[0], flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return failed(json);
	close(fd);
	json_int(json, VALUE, 0);
	return 0;
}

/* write PATH TEXT: into what exists, or a new file. */
static int write_verb(struct json *json, char **args, int n_args)
{
	const char *text = n_args > 1 ? args[1] : "x";
	int fd = open(args[0], O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
	ssize_t n;

	if (fd < 0)
		return failed(json);
	n = write(fd, text, strlen(text));
	if (n < 0) {
		int error = failed(json);

		close(fd);
		return error;
	}
	close(fd);
	json_int(json, VALUE, n);
	return 0;
}

/* write-fd FD TEXT: raw bytes on a descriptor that is open already. */
static int write_fd_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	return done(json, write((int)strtol(args[0], NULL, 0), args[1], strlen(args[1])));
}

static int read_fd_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	return write_content(json, (int)strtol(args[0], NULL, 0));
}

/* print TEXT: a record with that value, to tell where others belong. */
static int print_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	json_text(json, VALUE, args[0]);
	return 0;
}

static int mknod_verb(struct json *json, char **args, int n_args)
{
	mode_t type = args[1][0] == 'b' ? S_IFBLK : args[1][0] == 'p' ? S_IFIFO : S_IFCHR;
	dev_t dev = n_args > 3 ? makedev(strtoul(args[2], NULL, 0), strtoul(args[3], NULL, 0)) : 0;

	return done(json, mknod(args[0], type | 0600, dev));
}

static int mkdir_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	return done(json, mkdir(args[0], 0755));
}

static int unlink_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	return done(json, unlink(args[0]));
}

static int chdir_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	return done(json, chdir(args[0]));
}

static int chmod_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	return done(json, chmod(args[0], (mode_t)strtoul(args[1], NULL, 8)));
}

static int chown_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	return done(json, chown(args[0], (uid_t)strtoul(args[1], NULL, 0),
				(gid_t)strtoul(args[2], NULL, 0)));
}

/* mount TYPE TARGET: a new mount without options, to see whether it is allowed. */
static int mount_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	return done(json, mount("none", args[1], args[0], 0, NULL));
}

static int umount_verb(struct json *json, char **args, int n_args)
{
	(void)n_args;
	return done(json, umount2(args[0], MNT_DETACH));
}

static int list_verb(struct json *json, char **args, int n_args)
{
	DIR *stream = opendir(args[0]);
	struct dirent *entry;

	(void)n_args;
	if (!stream)
		return failed(json);
	json_open(json, VALUE, '[');
	while ((entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			json_text(json, NULL, entry->d_name);
	json_close(json, ']');
	closedir(stream);
	return 0;
}

struct named_syscall {
	const char *name;
	long number;
};

static const struct named_syscall syscalls[] = {
	{ "acct",              SYS_acct },
	{ "add_key",           SYS_add_key },
	{ "bpf",               SYS_bpf },
	{ "clock_settime",     SYS_clock_settime },
	{ "clone3",            SYS_clone3 },
	{ "dup",               SYS_dup },
	{ "fchmod",            SYS_fchmod },
	{ "getcwd",            SYS_getcwd },
	{ "getpid",            SYS_getpid },
	{ "getppid",           SYS_getppid },
	{ "getpriority",       SYS_getpriority },
	{ "getuid",            SYS_getuid },
	{ "init_module",       SYS_init_module },
	{ "kexec_load",        SYS_kexec_load },
	{ "keyctl",            SYS_keyctl },
	{ "mount",             SYS_mount },
	{ "open_by_handle_at", SYS_open_by_handle_at },
	{ "perf_event_open",   SYS_perf_event_open },
	{ "personality",       SYS_personality },
	{ "pivot_root",        SYS_pivot_root },
	{ "ptrace",            SYS_ptrace },
	{ "quotactl",          SYS_quotactl },
	{ "reboot",            SYS_reboot },
	{ "setdomainname",     SYS_setdomainname },
	{ "setgid",            SYS_setgid },
	{ "sethostname",       SYS_sethostname },
	{ "setns",             SYS_setns },
	{ "setpriority",       SYS_setpriority },
	{ "setuid",            SYS_setuid },
	{ "socket",            SYS_socket },
	{ "swapon",            SYS_swapon },
	{ "umask",             SYS_umask },
	{ "umount2",           SYS_umount2 },
	{ "uname",             SYS_uname },
	{ "unshare",           SYS_unshare },
	{ "userfaultfd",       SYS_userfaultfd },
};

/* An argument is a number, or text after "s:". */
static long syscall_argument(const char *text)
{
	if (!strncmp(text, "s:", 2))
		return (long)(text + 2);
	return (long)strtoull(text, NULL, 0);
}

static int syscall_verb(struct json *json, char **args, int n_args)
{
	long number = -1, value[6] = { 0 };
	size_t i;
	int k;

	for (i = 0; i < sizeof(syscalls) / sizeof(syscalls[0]); i++)
		if (!strcmp(syscalls[i].name, args[0]))
			number = syscalls[i].number;
	if (number < 0) {
		errno = EINVAL;
		return failed(json);
	}
	for (k = 0; k < 6 && k + 1 < n_args; k++)
		value[k] = syscall_argument(args[k + 1]);
	errno = 0;
	return done(json, syscall(number, value[0], value[1], value[2], value[3], value[4], value[5]));
}

const struct verb file_verbs[] = {
	{ "cat",      1, false, false, cat_verb },
	{ "chdir",    1, false, false, chdir_verb },
	{ "chmod",    2, false, false, chmod_verb },
	{ "chown",    3, false, false, chown_verb },
	{ "ls",       1, false, false, list_verb },
	{ "mkdir",    1, false, false, mkdir_verb },
	{ "mknod",    2, false, false, mknod_verb },
	{ "mount",    2, false, false, mount_verb },
	{ "open",     1, false, false, open_verb },
	{ "print",    1, false, false, print_verb },
	{ "read-fd",  1, false, false, read_fd_verb },
	{ "stdin",    0, false, false, stdin_verb },
	{ "syscall",  1, false, false, syscall_verb },
	{ "umount",   1, false, false, umount_verb },
	{ "unlink",   1, false, false, unlink_verb },
	{ "write",    1, false, false, write_verb },
	{ "write-fd", 2, false, false, write_fd_verb },
	{ .name = NULL },
};
