/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of CRIU; see criu_role.h. */
#include "criu_role.h"

#include "tests/unit/support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/protobuf.h"
#include "host/criu_message.h"

/* Where orders come from and answers go to: a directory. */
#define PLACE "CRIU_ROLE"

#ifndef CLONE_PARENT
#define CLONE_PARENT 0x00008000
#endif

/* What the part reads of a request. */
struct asked_opts {
	int64_t images, work, pid, leave_running;
	char log[32];
};

struct asked {
	int64_t type;
	struct asked_opts opts;
	int64_t success;
};

static const struct protobuf_field asked_opts_rows[] = {
	PROTOBUF_ROW_NUMBER(struct asked_opts, images, 1, 0),
	PROTOBUF_ROW_NUMBER(struct asked_opts, work, 17, 0),
	PROTOBUF_ROW_NUMBER(struct asked_opts, pid, 2, 0),
	PROTOBUF_ROW_NUMBER(struct asked_opts, leave_running, 3, 0),
	PROTOBUF_ROW_CHARS(struct asked_opts, log, 10),
};
static const struct protobuf_shape asked_opts_shape = PROTOBUF_SHAPE(struct asked_opts, asked_opts_rows);

static const struct protobuf_field asked_rows[] = {
	PROTOBUF_ROW_NUMBER(struct asked, type, 1, 0),
	PROTOBUF_ROW_INSIDE(struct asked, opts, 2, struct asked_opts, &asked_opts_shape),
	PROTOBUF_ROW_NUMBER(struct asked, success, 3, 0),
};
static const struct protobuf_shape asked_shape = PROTOBUF_SHAPE(struct asked, asked_rows);

/* What it says. */
struct answer_part {
	const char *script;
	int64_t first, second, fourth;
};

static const struct protobuf_field notify_rows[] = {
	PROTOBUF_ROW_TEXT(struct answer_part, script, 1),
	PROTOBUF_ROW_NUMBER(struct answer_part, second, 2, 0),
};
static const struct protobuf_shape notify_shape = PROTOBUF_SHAPE(struct answer_part, notify_rows);

static const struct protobuf_field numbers_rows[] = {
	PROTOBUF_ROW_NUMBER(struct answer_part, first, 1, 0),
	PROTOBUF_ROW_NUMBER(struct answer_part, second, 2, 0),
	PROTOBUF_ROW_NUMBER(struct answer_part, fourth, 4, 0),
};
static const struct protobuf_shape numbers_shape = PROTOBUF_SHAPE(struct answer_part, numbers_rows);

struct answer {
	int64_t type, success, error;
	const struct answer_part *restore, *notify, *features, *version;
};

static const struct protobuf_field answer_rows[] = {
	PROTOBUF_ROW_NUMBER(struct answer, type, 1, PROTOBUF_ALWAYS),
	PROTOBUF_ROW_NUMBER(struct answer, success, 2, PROTOBUF_ALWAYS),
	PROTOBUF_ROW_MESSAGE(struct answer, restore, 4, struct answer_part, &numbers_shape),
	PROTOBUF_ROW_MESSAGE(struct answer, notify, 5, struct answer_part, &notify_shape),
	PROTOBUF_ROW_NUMBER(struct answer, error, 7, 0),
	PROTOBUF_ROW_MESSAGE(struct answer, features, 8, struct answer_part, &numbers_shape),
	PROTOBUF_ROW_MESSAGE(struct answer, version, 10, struct answer_part, &numbers_shape),
};
static const struct protobuf_shape answer_shape = PROTOBUF_SHAPE(struct answer, answer_rows);

/* A file of the place; in static memory. */
static const char *place(const char *name)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", getenv(PLACE), name);
	return path;
}

static const char *orders(void)
{
	static char text[256];
	FILE *file = fopen(place("orders"), "re");

	if (file == NULL || fgets(text, sizeof(text), file) == NULL)
		text[0] = '\0';
	if (file != NULL)
		(void)fclose(file);
	return text;
}

static bool is_ordered(const char *word)
{
	return strstr(orders(), word) != NULL;
}

static void must(bool good)
{
	if (!good)
		_exit(99);
}

static void hear(int fd, struct asked *ret, bool is_first)
{
	unsigned char data[65536];
	ssize_t n = recv(fd, data, sizeof(data), 0);
	FILE *file;

	must(n > 0);
	*ret = (struct asked){ .type = 0 };
	must(protobuf_read(&asked_shape, data, (size_t)n, ret));
	if (!is_first || ret->type == CRIU_VERSION || ret->type == CRIU_FEATURE_CHECK)
		return;
	file = fopen(place("asked"), "we");
	must(file != NULL && fwrite(data, 1, (size_t)n, file) == (size_t)n && fclose(file) == 0);
}

static void say(int fd, const struct answer *answer, int passed)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	char data[512];
	ssize_t n = protobuf_write(&answer_shape, answer, data, sizeof(data));
	struct iovec part = { .iov_base = data, .iov_len = (size_t)n };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	if (passed >= 0) {
		struct cmsghdr *cmsg = &control.align;

		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &passed, sizeof(passed));
	}
	must(sendmsg(fd, &header, 0) == n);
}

/* False when the other side wants no more. */
static bool tell(int fd, const char *script, pid_t pid, int passed)
{
	const struct answer_part part = { .script = script, .second = pid };
	const struct answer answer = { .type = CRIU_NOTIFY, .success = 1, .notify = &part };
	struct asked reply;

	say(fd, &answer, passed);
	hear(fd, &reply, false);
	must(reply.type == CRIU_NOTIFY);
	return reply.success != 0;
}

static void note_descriptors(void)
{
	FILE *file = fopen(place("fds"), "we");

	must(file != NULL);
	for (int fd = 0; fd < 16; fd++) {
		char path[64], name[PATH_MAX];
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, name, sizeof(name));
		if (n > 0 && fd != fileno(file))
			(void)fprintf(file, "%d %.*s\n", fd, (int)n, name);
	}
	(void)fclose(file);
}

static void write_log(int socket, const struct asked *asked)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	char path[128];
	FILE *file;

	must(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d/%s", (int)peer.pid,
		       (int)(asked->opts.work != 0 ? asked->opts.work : asked->opts.images), asked->opts.log);
	file = fopen(path, "we");
	must(file != NULL);
	(void)fputs("(00.01) fine\n", file);
	if (is_ordered("error"))
		(void)fputs("(00.02)  1: Error (criu/x.c:7): it does not fit\n", file);
	(void)fclose(file);
}

static void restore(int fd)
{
	int gate[2];
	pid_t pid;
	bool goes_on;

	must(pipe(gate) == 0);
	pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	must(pid >= 0);
	if (pid == 0) {
		char go;

		(void)close(gate[1]);
		if (read(gate[0], &go, 1) == 1)
			(void)execl("/bin/sleep", "sleep", "1000", (char *)NULL);
		_exit(1);
	}
	goes_on = tell(fd, "setup-namespaces", pid, -1) && tell(fd, "post-restore", pid, -1);
	if (goes_on)
		must(write(gate[1], "g", 1) == 1);
	say(fd, &(struct answer){ .type = CRIU_RESTORE, .success = goes_on, .restore = &(struct answer_part){ .first = pid } }, -1);
}

static void answer(int fd, const struct asked *asked)
{
	bool goes_on = true;

	if (is_ordered("stages"))
		goes_on = tell(fd, "pre-dump", 7, -1) && tell(fd, "orphan-pts-master", 0, 1) && tell(fd, "post-dump", 0, -1);
	if (is_ordered("fail"))
		say(fd, &(struct answer){ .type = asked->type, .error = EBUSY }, -1);
	else if (asked->type == CRIU_RESTORE && asked->opts.log[0] != '\0')
		restore(fd);
	else
		say(fd, &(struct answer){ .type = asked->type, .success = goes_on }, -1);
	if (asked->type == CRIU_DUMP && goes_on && !is_ordered("fail") && asked->opts.pid > 0 && !asked->opts.leave_running)
		must(kill((pid_t)asked->opts.pid, SIGKILL) == 0);
}

void criu_role_play(int argc, char **argv)
{
	const char *version;
	struct asked asked;
	int fd;

	if (argc != 3 || strcmp(argv[0], "criu") != 0 || strcmp(argv[1], "swrk") != 0)
		return;
	fd = atoi(argv[2]);
	hear(fd, &asked, true);
	if (asked.type == CRIU_VERSION) {
		int number;

		version = strstr(orders(), "version=");
		number = version != NULL ? atoi(strchr(version, '=') + 1) : 31701;
		say(fd, &(struct answer){ .type = CRIU_VERSION, .success = 1, .version = &(struct answer_part){
			.first = number / 10000, .second = number / 100 % 100, .fourth = number % 100 } }, -1);
		exit(0);
	}
	if (asked.type == CRIU_FEATURE_CHECK) {
		bool has = !is_ordered("lacks");

		say(fd, &(struct answer){ .type = CRIU_FEATURE_CHECK, .success = 1,
					  .features = &(struct answer_part){ .first = has, .second = has } }, -1);
		exit(0);
	}
	note_descriptors();
	if (asked.opts.log[0] != '\0')
		write_log(fd, &asked);
	if (is_ordered("die"))
		exit(3);
	if (is_ordered("garbage"))
		must(send(fd, "\x08", 1, 0) == 1);
	else
		answer(fd, &asked);
	exit(0);
}

void criu_role_install(const char *path)
{
	char name[PATH_MAX], own[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);

	assert_true(n > 0);
	own[n] = '\0';
	assert_true(snprintf(name, sizeof(name), "%s/criu", path) < (int)sizeof(name));
	(void)unlink(name);
	assert_int_equal(symlink(own, name), 0);
	assert_int_equal(setenv("PATH", path, 1), 0);
	assert_int_equal(setenv(PLACE, path, 1), 0);
	criu_role_order("");
}

void criu_role_order(const char *words)
{
	FILE *file = fopen(place("orders"), "we");

	assert_non_null(file);
	assert_true(fputs(words, file) >= 0);
	assert_int_equal(fclose(file), 0);
	(void)unlink(place("asked"));
}

size_t criu_role_asked(unsigned char *data, size_t size)
{
	FILE *file = fopen(place("asked"), "re");
	size_t n;

	if (file == NULL)
		return 0;
	n = fread(data, 1, size, file);
	(void)fclose(file);
	return n;
}

const char *criu_role_fd(int fd)
{
	static char line[PATH_MAX];
	FILE *file = fopen(place("fds"), "re");
	const char *found = "";

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (atoi(line) != fd)
			continue;
		line[strcspn(line, "\n")] = '\0';
		found = strchr(line, ' ') + 1;
		break;
	}
	(void)fclose(file);
	return found;
}
