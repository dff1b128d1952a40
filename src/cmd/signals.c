/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of signals; see signals.h.  Source: signal(7).
 * Runs in: host.
 */
#include "cmd/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"

/* As every C library shows them to programs; the kernel's own range begins at 32. */
enum { FIRST_REALTIME = 34, LAST_SIGNAL = 64 };

static const struct {
	const char *name;
	int number;
} names[] = {
	{ "HUP",    SIGHUP },    { "INT",    SIGINT },    { "QUIT",   SIGQUIT },   { "ILL",    SIGILL },
	{ "TRAP",   SIGTRAP },   { "ABRT",   SIGABRT },   { "IOT",    SIGABRT },   { "BUS",    SIGBUS },
	{ "FPE",    SIGFPE },    { "KILL",   SIGKILL },   { "USR1",   SIGUSR1 },   { "SEGV",   SIGSEGV },
	{ "USR2",   SIGUSR2 },   { "PIPE",   SIGPIPE },   { "ALRM",   SIGALRM },   { "TERM",   SIGTERM },
#ifdef SIGSTKFLT
	{ "STKFLT", SIGSTKFLT },
#endif
	{ "CHLD",   SIGCHLD },   { "CLD",    SIGCHLD },   { "CONT",   SIGCONT },   { "STOP",   SIGSTOP },
	{ "TSTP",   SIGTSTP },   { "TTIN",   SIGTTIN },   { "TTOU",   SIGTTOU },   { "URG",    SIGURG },
	{ "XCPU",   SIGXCPU },   { "XFSZ",   SIGXFSZ },   { "VTALRM", SIGVTALRM }, { "PROF",   SIGPROF },
	{ "WINCH",  SIGWINCH },  { "IO",     SIGIO },     { "POLL",   SIGIO },     { "PWR",    SIGPWR },
	{ "SYS",    SIGSYS },    { "UNUSED", SIGSYS },
};

/* Where a name with a number behind it starts to count, and in which direction. */
static const struct {
	const char *name;
	char sign;
	int from;
} ranges[] = {
	{ "RTMIN", '+', FIRST_REALTIME },
	{ "RTMAX", '-', LAST_SIGNAL },
};

/* One or two digits; -1 for anything else. */
static int parse_number(const char *text)
{
	int number = 0;
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 2 || text[n] != '\0')
		return -1;
	for (; *text != '\0'; text++)
		number = number * 10 + (*text - '0');
	return number;
}

/* "RTMIN+3" and the like; -1 for anything else. */
static int parse_realtime(const char *text)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		size_t n = strlen(ranges[i].name);
		int offset;

		if (strncasecmp(text, ranges[i].name, n) != 0)
			continue;
		if (text[n] == '\0')
			return ranges[i].from;
		offset = text[n] == ranges[i].sign ? parse_number(text + n + 1) : -1;
		if (offset < 0 || offset > LAST_SIGNAL - FIRST_REALTIME)
			return -1;
		return ranges[i].sign == '+' ? ranges[i].from + offset : ranges[i].from - offset;
	}
	return -1;
}

static int parse_name(const char *text)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(text, names[i].name) == 0)
			return names[i].number;
	}
	return parse_realtime(text);
}

int signals_parse(const char *text, struct err *err)
{
	int number = parse_number(text);

	if (number < 0)
		number = parse_name(strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text);
	if (number < 1 || number > LAST_SIGNAL)
		return err_say(err, ERR_NOWHERE, "\"%s\" is no signal", text);
	return number;
}
