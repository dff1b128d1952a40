/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The payload's program; see payload.h.  The only file that says "no such file or directory" and
 * "permission denied": managers read these words as a fault of the payload.
 * Runs in: init.
 */
#include "init/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "init/scratch.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"

/* Where execvp(3) looks without a PATH; container images mean this one. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* As much of a passwd file as we read: it is the container's, so it may be anything (V14). */
#define MAX_PASSWD (1 << 20)

/* Fields of a passwd line, passwd(5). */
enum { PASSWD_UID = 2, PASSWD_HOME = 5 };

#define HOME_KEY "HOME="

/* sd_listen_fds(3): whose the sockets are that LISTEN_FDS counts */
#define LISTEN_KEY "LISTEN_PID="
#define LISTEN_SIZE (sizeof(LISTEN_KEY) + 10)

/* How an error shows the program's name: the words behind it must fit into the record, whatever its length. */
#define NAME "%.600s"

/* True if @text is the number @uid; strtoull(3) alone would take blanks, a sign and what follows, too. */
static bool is_uid(const char *text, uid_t uid)
{
	return text[0] != '\0' && strspn(text, "0123456789") == strlen(text) && strtoull(text, NULL, 10) == uid;
}

/* Copy the home directory of @uid to @home if @line of a passwd file (which is cut up) says it. */
static bool take_home(char *line, uid_t uid, char *home, size_t size)
{
	char *field[PASSWD_HOME + 1] = { NULL };
	size_t len;

	for (size_t i = 0; i <= PASSWD_HOME; i++) {
		field[i] = strsep(&line, ":");
		if (field[i] == NULL)
			return false;
	}
	len = strlen(field[PASSWD_HOME]);
	if (len == 0 || len >= size || !is_uid(field[PASSWD_UID], uid))
		return false;
	memcpy(home, field[PASSWD_HOME], len + 1);
	return true;
}

/* The home directory of @uid by the passwd file @fd, copied to @home; false when it has no such line. */
static bool find_home(int fd, uid_t uid, char *home, size_t size)
{
	char buffer[4096];
	size_t have = 0, seen = 0;
	bool is_tail = false;

	while (seen < MAX_PASSWD) {
		ssize_t n = read(fd, buffer + have, sizeof(buffer) - 1 - have);
		char *line = buffer;
		char *end;

		if (n < 0)
			return false;
		seen += (size_t)n;
		have += (size_t)n;
		buffer[have] = '\0';
		if (n == 0) /* the last line may lack its newline */
			return !is_tail && take_home(line, uid, home, size);
		while ((end = memchr(line, '\n', have - (size_t)(line - buffer))) != NULL) {
			*end = '\0';
			if (!is_tail && take_home(line, uid, home, size))
				return true;
			is_tail = false;
			line = end + 1;
		}
		have -= (size_t)(line - buffer);
		memmove(buffer, line, have);
		if (have == sizeof(buffer) - 1) {
			/* No line of a passwd file is that long; what follows of it is no line of its own. */
			is_tail = true;
			have = 0;
		}
	}
	return false;
}

/*
 * The container's passwd file if it is a regular one; opening must not hang on anything else.  By the descriptor that
 * was judged: the container's other processes can put anything in its place meanwhile (security.md R1).
 */
static int open_passwd(const struct init *init)
{
	auto_fd int path = rootpath_open(init->root, "/etc/passwd", ROOTPATH_FOLLOW);
	struct stat st;
	char name[32];

	if (path < 0 || fstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	(void)snprintf(name, sizeof(name), "self/fd/%d", path);
	return openat(init->proc, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Write "HOME=..." to @home, of at least sizeof(HOME_KEY) + PATH_MAX bytes. */
static void write_home(const struct init *init, char *home)
{
	auto_fd int passwd = open_passwd(init);

	memcpy(home, HOME_KEY "/", sizeof(HOME_KEY "/"));
	if (passwd >= 0 && !find_home(passwd, init->plan->process.uid, home + strlen(HOME_KEY), PATH_MAX))
		memcpy(home, HOME_KEY "/", sizeof(HOME_KEY "/"));
}

int payload_prepare_env(struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;
	size_t n = 0;
	const char **env;
	char *home, *listen;

	if (!process->present || (process->has_home && process->n_listen == 0)) {
		init->env = process->env;
		return 0;
	}
	while (process->env[n] != NULL)
		n++;
	env = scratch_pages((n + 3) * sizeof(*env) + LISTEN_SIZE + sizeof(HOME_KEY) + PATH_MAX, err);
	if (env == NULL)
		return -1;
	memcpy(env, process->env, n * sizeof(*env));
	listen = (char *)(env + n + 3);
	home = listen + LISTEN_SIZE;
	if (process->n_listen > 0) {
		(void)snprintf(listen, LISTEN_SIZE, LISTEN_KEY "%d", (int)getpid());
		env[n++] = listen;
	}
	if (!process->has_home) {
		write_home(init, home);
		env[n++] = home;
	}
	init->env = env;
	return 0;
}

int payload_own_sockets(struct init *init, struct err *err)
{
	(void)err;
	if (init->plan->process.n_listen == 0)
		return 0;
	for (size_t i = 0; init->env[i] != NULL; i++) {
		/* Of that name there is only the one that payload_prepare_env() has written. */
		if (strncmp(init->env[i], LISTEN_KEY, strlen(LISTEN_KEY)) == 0)
			/* NOLINTNEXTLINE(performance-no-int-to-ptr): the one entry that is ours to write */
			(void)snprintf((char *)(uintptr_t)init->env[i], LISTEN_SIZE, LISTEN_KEY "%d", (int)getpid());
	}
	return 0;
}

int payload_refuse_cwd(const struct init *init, int error, struct err *err)
{
	const struct plan_process *process = &init->plan->process;
	const char *why = error == ENOENT ? "no such file or directory" : error == EACCES ? "permission denied" :
								 err_reason(error);

	(void)err_say(err, process->at, "chdir to cwd (\"" NAME "\") in the container: %s", process->cwd, why);
	err->code = error;
	return -1;
}

/* errno of an attempt to use @path as access(2) has it in @mode: 0 when it is a file with which we may. */
static int judge_for(const char *path, int mode)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return access(path, mode) < 0 ? errno : 0;
}

static int judge(const char *path)
{
	return judge_for(path, X_OK);
}

static int refuse(const struct init *init, const char *name, int error, struct err *err)
{
	uint32_t at = init->plan->process.at;

	if (error == EISDIR)
		(void)err_say(err, at, "exec: \"" NAME "\": is a directory: permission denied", name);
	else if (error == EACCES || error == EPERM)
		(void)err_say(err, at, "exec: \"" NAME "\": permission denied", name);
	else if (strchr(name, '/') == NULL)
		(void)err_say(err, at, "exec: \"" NAME "\": executable file not found in $PATH: no such file or directory",
			      name);
	else if (error == ENOENT || error == ENOTDIR)
		(void)err_say(err, at, "exec: \"" NAME "\": no such file or directory", name);
	else
		(void)err_say(err, at, "exec: \"" NAME "\": %s", name, strerror(error));
	err->code = error;
	return -1;
}

/* Try @name in each directory of @path; the winner is written to @found.  Returns 0 or an errno. */
static int search(const char *path, const char *name, char *found, size_t size)
{
	int worst = ENOENT;

	for (;;) {
		const char *end = strchrnul(path, ':');
		size_t n = (size_t)(end - path);
		int error;

		/* An empty entry means the working directory. */
		if (n + strlen(name) + 2 <= size) {
			memcpy(found, path, n);
			if (n > 0)
				found[n++] = '/';
			memcpy(found + n, name, strlen(name) + 1);
			error = judge(found);
			if (error == 0)
				return 0;
			if (error == EACCES)
				worst = EACCES;
		}
		if (*end == '\0')
			return worst;
		path = end + 1;
	}
}

int payload_find(struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;
	const char *name;
	char *found;
	int error;

	if (!process->present)
		return 0;
	/* What runs it would only complain in words of its own, and too late. */
	error = process->module != NULL ? judge_for(process->module, R_OK) : 0;
	if (error != 0)
		return refuse(init, process->module, error, err);
	name = process->args[0];
	if (name[0] == '\0')
		return refuse(init, name, ENOENT, err);
	if (strchr(name, '/') != NULL) {
		error = judge(name);
		init->exec_path = name;
		return error == 0 ? 0 : refuse(init, name, error, err);
	}
	found = scratch_pages(PATH_MAX, err);
	if (found == NULL)
		return -1;
	error = search(process->path != NULL ? process->path : DEFAULT_PATH, name, found, PATH_MAX);
	if (error != 0)
		return refuse(init, name, error, err);
	init->exec_path = found;
	return 0;
}

/* The interpreter that a script names in its first line, into @text; false when it is no script. */
static bool read_interpreter(const char *path, char *text, size_t size)
{
	auto_fd int fd = openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
	size_t start = 2;

	if (n < 3 || text[0] != '#' || text[1] != '!')
		return false;
	text[n] = '\0';
	start += strspn(text + start, " \t");
	memmove(text, text + start, (size_t)n + 1 - start);
	text[strcspn(text, " \t\r\n")] = '\0';
	return true;
}

static bool is_wasm(const char *path)
{
	static const char magic[4] = { '\0', 'a', 's', 'm' };
	auto_fd int fd = openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char text[sizeof(magic)];

	return fd >= 0 && read(fd, text, sizeof(text)) == (ssize_t)sizeof(text) && memcmp(text, magic, sizeof(text)) == 0;
}

int payload_seal_fds(struct init *init, struct err *err)
{
	(void)err;
	fd_seal(3 + init->plan->preserve_fds);
	return 0;
}

int payload_execute(struct init *init, struct err *err)
{
	const struct plan_process *process = &init->plan->process;
	char interpreter[256];
	int error;

	(void)signal(SIGPIPE, SIG_DFL);
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): execve(2) takes no const, though it only reads */
	(void)execve(init->exec_path, (char *const *)(uintptr_t)process->args, (char *const *)(uintptr_t)init->env);
	error = errno;
	/* The file was there at create: what is missing is what it needs. */
	if (error == ENOENT && judge(init->exec_path) == 0) {
		if (read_interpreter(init->exec_path, interpreter, sizeof(interpreter)))
			(void)err_say(err, process->at, "exec: \"" NAME "\": its interpreter \"%s\": no such file or directory",
				      process->args[0], interpreter);
		else
			(void)err_say(err, process->at, "exec: \"" NAME "\": its program loader: no such file or directory",
				      process->args[0]);
		err->code = error;
		return -1;
	}
	if (error == ENOEXEC && is_wasm(init->exec_path)) {
		(void)err_say(err, process->at, "exec: \"" NAME "\": %s: it is WebAssembly, which needs the annotation "
			      "run.oci.handler to be \"wasm\"", process->args[0], strerror(error));
		err->code = error;
		return -1;
	}
	return refuse(init, process->args[0], error, err);
}
