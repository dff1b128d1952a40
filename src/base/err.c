/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filling and wrapping of the error record; see err.h.
 * Runs in: either (the static init included, so no heap and no stdio streams).
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Our own words where strerror(3) would be read by managers as a fault of the payload. */
static const struct {
	int code;
	const char *words;
} own_words[] = {
	{ ENOENT,  "it does not exist (ENOENT)" },
	{ EACCES,  "access refused (EACCES)" },
	{ EPERM,   "not allowed (EPERM)" },
	{ EISDIR,  "a directory stands there (EISDIR)" },
	{ ENOTDIR, "something on the way is no directory (ENOTDIR)" },
	{ ESRCH,   "the process is gone (ESRCH)" },
};

const char *err_reason(int code)
{
	for (size_t i = 0; i < sizeof(own_words) / sizeof(own_words[0]); i++) {
		if (own_words[i].code == code)
			return own_words[i].words;
	}
	return strerror(code);
}

static int fill(struct err *err, int code, uint32_t at, const char *format, va_list args)
{
	int n = vsnprintf(err->text, sizeof(err->text), format, args);

	err->code = code;
	err->at = at;
	err->line = 0;
	err->col = 0;
	err->file[0] = '\0';
	err->excerpt[0] = '\0';
	if (code != 0 && n >= 0 && (size_t)n < sizeof(err->text))
		(void)snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %s", err_reason(code));
	return -1;
}

int err_say(struct err *err, uint32_t at, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = fill(err, 0, at, format, args);
	va_end(args);
	return r;
}

int err_errno(struct err *err, uint32_t at, const char *format, ...)
{
	int code = errno;
	va_list args;
	int r;

	va_start(args, format);
	r = fill(err, code, at, format, args);
	va_end(args);
	return r;
}

int err_wrap(struct err *err, uint32_t at, const char *format, ...)
{
	char inner[sizeof(err->text)];
	va_list args;
	int n;

	memcpy(inner, err->text, sizeof(inner));
	va_start(args, format);
	n = vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof(err->text))
		(void)snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %.*s",
			       (int)(sizeof(inner) - 3), inner);
	if (err->at == ERR_NOWHERE)
		err->at = at;
	return -1;
}

void err_phase(struct err *err, const char *phase)
{
	if (err->phase[0] == '\0')
		(void)snprintf(err->phase, sizeof(err->phase), "%s", phase);
}

bool err_is_set(const struct err *err)
{
	return err->text[0] != '\0';
}
