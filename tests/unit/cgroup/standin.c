/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stand-in for a bus and systemd; see standin.h. */
#include "standin.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cmocka.h>

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER SYSTEMD ".Manager"
#define JOB "/org/freedesktop/systemd1/job/7"
#define UNIT "/org/freedesktop/systemd1/unit/x"

/* Shared with the process that writes it. */
static struct journal {
	size_t n;
	char text[1 << 16];
} *journal;

static pid_t server;
static char dir[64], address[80];

static void __attribute__((format(printf, 1, 2))) note(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(journal->text + journal->n, sizeof(journal->text) - journal->n, format, args);
	va_end(args);
	if (n > 0 && journal->n + (size_t)n < sizeof(journal->text))
		journal->n += (size_t)n;
}

/* One value after the other up to the end of what is open, with commas. */
static void note_values(sd_bus_message *message)
{
	const char *contents;
	bool is_first = true;
	char type;

	while (sd_bus_message_peek_type(message, &type, &contents) > 0) {
		union {
			uint8_t y;
			int b;
			int16_t n;
			uint16_t q;
			int32_t i;
			uint32_t u;
			int64_t x;
			double d;
			const char *s;
		} value;

		note("%s", is_first ? "" : ",");
		is_first = false;
		if (strchr("arv", type) != NULL) {
			note(type == 'a' ? "[" : type == 'r' ? "(" : "");
			(void)sd_bus_message_enter_container(message, type, contents);
			note_values(message);
			(void)sd_bus_message_exit_container(message);
			note(type == 'a' ? "]" : type == 'r' ? ")" : "");
			continue;
		}
		(void)sd_bus_message_read_basic(message, type, &value);
		switch (type) {
		case 'y': note("%u", value.y); break;
		case 'b': note("%s", value.b ? "true" : "false"); break;
		case 'n': note("%d", value.n); break;
		case 'q': note("%u", value.q); break;
		case 'i': note("%d", value.i); break;
		case 'u': note("%u", value.u); break;
		case 'x':
		case 't': note("%lld", (long long)value.x); break;
		case 'd': note("%g", value.d); break;
		default:  note("%s", value.s); break;
		}
	}
}

static void send_job_removed(sd_bus *bus, const struct standin_behaviour *behaviour, const char *path)
{
	sd_bus_message *signal = NULL;
	const char *result = behaviour->result != NULL ? behaviour->result : "done";

	if (result[0] == '\0')
		return;
	(void)sd_bus_message_new_signal(bus, &signal, "/org/freedesktop/systemd1", MANAGER, "JobRemoved");
	(void)sd_bus_message_append(signal, "uoss", 7u, path, "x.scope", result);
	(void)sd_bus_message_set_sender(signal, SYSTEMD);
	(void)sd_bus_send(bus, signal, NULL);
	(void)sd_bus_message_unref(signal);
}

/* The call that was noted last has the property. */
static bool has_property(const char *name)
{
	size_t begin = journal->n - 1;
	char text[256];

	while (begin > 0 && journal->text[begin - 1] != '\n')
		begin--;
	(void)snprintf(text, sizeof(text), "(%s,", name);
	return strstr(journal->text + begin, text) != NULL;
}

/* The arguments that make() wants, out of what was noted: "(Slice,x)", "(PIDs,[n])". */
static void make(const struct standin_behaviour *behaviour, const char *unit)
{
	const char *line = journal->text, *next, *slice, *pids;
	char name[256] = "";

	while ((next = strstr(line + 1, "StartTransientUnit")) != NULL)
		line = next;
	slice = strstr(line, "(Slice,");
	pids = strstr(line, "(PIDs,[");
	if (slice == NULL || pids == NULL || behaviour->make == NULL)
		return;
	(void)sscanf(slice, "(Slice,%255[^)]", name);
	behaviour->make(name, unit, (pid_t)strtol(pids + strlen("(PIDs,["), NULL, 10));
}

static void refuse_property(sd_bus_message *message, const char *name)
{
	(void)sd_bus_reply_method_errorf(message, SD_BUS_ERROR_PROPERTY_READ_ONLY,
					 "Cannot set property %s, or unknown property.", name);
}

static void start(sd_bus *bus, sd_bus_message *message, struct standin_behaviour *behaviour, const char *unit)
{
	if (behaviour->n_exist > 0) {
		behaviour->n_exist--;
		(void)sd_bus_reply_method_errorf(message, SYSTEMD ".UnitExists", "Unit %s was already loaded.", unit);
	} else if (behaviour->unknown != NULL && has_property(behaviour->unknown)) {
		refuse_property(message, behaviour->unknown);
	} else {
		make(behaviour, unit);
		/* Another's job ends first; then this one, whose signal may well come before the answer. */
		send_job_removed(bus, &(struct standin_behaviour){ .result = "failed" }, JOB "7");
		send_job_removed(bus, behaviour, JOB);
		(void)sd_bus_reply_method_return(message, "o", JOB);
	}
}

/* False when the connection is to end. */
static bool answer(sd_bus *bus, sd_bus_message *message, struct standin_behaviour *behaviour)
{
	const char *member = sd_bus_message_get_member(message), *unit = "";

	if (member == NULL || !sd_bus_message_is_method_call(message, NULL, NULL))
		return true;
	if (strcmp(member, "Hello") == 0)
		return sd_bus_reply_method_return(message, "s", ":1.1") >= 0;
	if (strcmp(member, "AddMatch") == 0 || strcmp(member, "RemoveMatch") == 0)
		return sd_bus_reply_method_return(message, NULL) >= 0;
	note("%s(", member);
	note_values(message);
	note(")\n");
	(void)sd_bus_message_rewind(message, true);
	(void)sd_bus_message_read_basic(message, 's', &unit);
	if (strcmp(member, "Get") == 0) {
		const char *name = "";

		(void)sd_bus_message_read_basic(message, 's', &name);
		if (strcmp(name, "ControlGroup") == 0)
			return sd_bus_reply_method_return(message, "v", "s", behaviour->root != NULL ? behaviour->root : "") >= 0;
		if (strcmp(name, "New") == 0)
			return sd_bus_reply_method_return(message, "v", "t", UINT64_C(4711)) >= 0;
		if (strcmp(name, "Pairs") == 0)
			return sd_bus_reply_method_return(message, "v", "a(st)", 1, "/dev/z", UINT64_C(9)) >= 0;
		if (strcmp(name, "ActiveState") != 0)
			return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_UNKNOWN_PROPERTY, "Unknown property %s", name) >= 0;
		if (behaviour->vanishes)
			return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_UNKNOWN_OBJECT, "Unknown object") >= 0;
		return sd_bus_reply_method_return(message, "v", "s", behaviour->state) >= 0;
	}
	if (strcmp(member, "GetUnit") == 0) {
		if (behaviour->state == NULL && !behaviour->vanishes)
			return sd_bus_reply_method_errorf(message, SYSTEMD ".NoSuchUnit", "Unit %s not loaded.", unit) >= 0;
		return sd_bus_reply_method_return(message, "o", UNIT) >= 0;
	}
	if (strcmp(member, "StartTransientUnit") == 0) {
		if (behaviour->is_mute)
			return false;
		start(bus, message, behaviour, unit);
	} else if (strcmp(member, "SetUnitProperties") == 0 && behaviour->unknown != NULL && has_property(behaviour->unknown)) {
		refuse_property(message, behaviour->unknown);
	} else if (strcmp(unit, "none.scope") == 0 &&
		   (strcmp(member, "StopUnit") == 0 || strcmp(member, "SetUnitProperties") == 0)) {
		(void)sd_bus_reply_method_errorf(message, SYSTEMD ".NoSuchUnit", "Unit %s not loaded.", unit);
	} else if (strcmp(member, "StopUnit") == 0) {
		(void)sd_bus_reply_method_return(message, "o", JOB);
		send_job_removed(bus, behaviour, JOB);
	} else {
		(void)sd_bus_reply_method_return(message, NULL);
	}
	return true;
}

static void serve(int fd, struct standin_behaviour *behaviour)
{
	sd_bus *bus = NULL;
	int r = 0;

	if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 || sd_bus_set_server(bus, 1, SD_ID128_MAKE(1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6)) < 0 ||
	    sd_bus_set_anonymous(bus, 1) < 0 || sd_bus_start(bus) < 0)
		_exit(1);
	while (r >= 0) {
		sd_bus_message *message = NULL;

		r = sd_bus_process(bus, &message);
		if (message != NULL && !answer(bus, message, behaviour))
			r = -1;
		(void)sd_bus_message_unref(message);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	(void)sd_bus_flush_close_unref(bus);
}

/* A connection in a process of its own, since several are open at once. */
static void attend(int fd, struct standin_behaviour *behaviour)
{
	if (fork() == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd, behaviour);
		_exit(0);
	}
	(void)close(fd);
}

void standin_start(const struct standin_behaviour *behaviour)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	char variable[sizeof(address) + 16];
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)strcpy(dir, "/tmp/tare-standin-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(address, sizeof(address), "%s/bus", dir);
	strcpy(name.sun_path, address);
	assert_int_equal(bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(listener, 4), 0);
	journal = mmap(NULL, sizeof(*journal), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(journal != MAP_FAILED);
	server = fork();
	assert_true(server >= 0);
	if (server == 0) {
		struct standin_behaviour own = *behaviour;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)signal(SIGCHLD, SIG_IGN);
		for (;;)
			attend(accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), &own);
	}
	(void)close(listener);
	(void)snprintf(variable, sizeof(variable), "unix:path=%s", address);
	assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", variable, 1), 0);
	/* How the user's is found without any address. */
	assert_int_equal(unsetenv("DBUS_SESSION_BUS_ADDRESS"), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", dir, 1), 0);
}

void standin_stop(void)
{
	(void)kill(server, SIGKILL);
	(void)waitpid(server, NULL, 0);
	(void)unlink(address);
	(void)rmdir(dir);
	(void)munmap(journal, sizeof(*journal));
}

const char *standin_log(void)
{
	return journal->text;
}
