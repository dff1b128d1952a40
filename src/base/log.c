/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines that users and managers read; see log.h.  Each record is one write(2) on a descriptor
 * opened with O_APPEND, since several commands may share the file.
 * Runs in: host.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"

/* The one mutable object of the program that no caller owns. */
static struct log_sink sink = { .fd = -1, .format = LOG_FORMAT_TEXT, .level = LOG_LEVEL_ERROR };

static const char *const level_words[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_DEBUG] = "debug",
};

/* Prefixes that other runtimes know; anything else with a colon is a path. */
static const char *const foreign_prefixes[] = { "journald:", "syslog:" };

int log_open(const char *target, enum log_format format, struct err *err)
{
	const char *path;
	int fd;

	sink.format = format;
	if (target == NULL)
		return 0;
	for (size_t i = 0; i < sizeof(foreign_prefixes) / sizeof(foreign_prefixes[0]); i++) {
		if (str_after(target, foreign_prefixes[i]) != NULL)
			return err_say(err, ERR_NOWHERE,
				       "--log %s: \"%s\" is not supported by this version, only a file is",
				       target, foreign_prefixes[i]);
	}
	path = str_after(target, "file:");
	if (path == NULL)
		path = target;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "open the log file %s", path);
	log_close();
	sink.fd = fd;
	return 0;
}

void log_set_level(enum log_level level)
{
	sink.level = level;
}

enum log_level log_get_level(void)
{
	return sink.level;
}

struct log_sink log_get_sink(void)
{
	return sink;
}

void log_set_sink(const struct log_sink *to)
{
	sink = *to;
}

void log_close(void)
{
	fd_close(&sink.fd);
}

/* The message with its place and its phase in front, as far as they are known. */
static void add_message(struct str *str, const struct err *err, void (*add)(struct str *, const char *))
{
	char place[sizeof(err->file) + 24] = "";
	char all[sizeof(place) + sizeof(err->phase) + sizeof(err->text) + 8];

	if (err->line > 0)
		(void)snprintf(place, sizeof(place), "%s:%u:%u: ", err->file, err->line, err->col);
	(void)snprintf(all, sizeof(all), "%s%s%s%s", place, err->phase, err->phase[0] != '\0' ? ": " : "",
		       err->text);
	add(str, all);
}

static void add_time(struct str *str, const struct timespec *when)
{
	struct tm tm;

	if (gmtime_r(&when->tv_sec, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	str_add_format(str, "\"%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ\"", tm.tm_year + 1900, tm.tm_mon + 1,
		       tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, when->tv_nsec / 1000);
}

static void add_json_key(struct str *str, const char *key, const char *value)
{
	str_add_format(str, ",\"%s\":", key);
	str_add_json(str, value);
}

static void add_json_record(struct str *str, enum log_level level, const struct err *err,
			    const struct timespec *when)
{
	str_add_format(str, "{\"level\":\"%s\",\"msg\":", level_words[level]);
	add_message(str, err, str_add_json);
	str_add(str, ",\"time\":");
	add_time(str, when);
	if (err->phase[0] != '\0')
		add_json_key(str, "phase", err->phase);
	if (err->line > 0) {
		add_json_key(str, "file", err->file);
		str_add_format(str, ",\"line\":%u,\"column\":%u", err->line, err->col);
	}
	if (err->code != 0) {
		const char *name = strerrorname_np(err->code);

		if (name != NULL)
			add_json_key(str, "errno", name);
	}
	str_add(str, "}\n");
}

size_t log_line(char *buf, size_t size, enum log_format format, enum log_level level,
		const struct err *err, const struct timespec *when)
{
	struct str str = str_in(buf, size);

	if (format == LOG_FORMAT_JSON) {
		add_json_record(&str, level, err, when);
	} else {
		str_add(&str, "time=");
		add_time(&str, when);
		str_add_format(&str, " level=%s msg=", level_words[level]);
		add_message(&str, err, str_add_json);
		str_add(&str, "\n");
	}
	return str.len;
}

/* The source line and a caret below the place in it. */
static void add_excerpt(struct str *str, const struct err *err)
{
	size_t columns = 0;

	if (err->line == 0 || err->excerpt[0] == '\0')
		return;
	for (size_t i = 0; i < err->caret && err->excerpt[i] != '\0'; columns++) {
		size_t n = str_utf8(err->excerpt + i);

		i += n > 0 ? n : 1;
	}
	str_add(str, "    ");
	str_add_plain(str, err->excerpt);
	str_add_format(str, "\n    %*s^\n", (int)columns, "");
}

/* For people: on standard error. */
static void print_plain(enum log_level level, const struct err *err)
{
	char buf[LOG_LINE_MAX];
	struct str str = STR_IN(buf);

	str_add(&str, "tare: ");
	if (level != LOG_LEVEL_ERROR)
		str_add_format(&str, "%s: ", level_words[level]);
	add_message(&str, err, str_add_plain);
	str_add(&str, "\n");
	if (sink.format == LOG_FORMAT_TEXT)
		add_excerpt(&str, err);
	(void)fd_write_all(STDERR_FILENO, buf, str.len);
}

/* For programs: in the file. */
static void print_record(enum log_level level, const struct err *err)
{
	char buf[LOG_LINE_MAX];
	struct timespec now;
	size_t len;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	len = log_line(buf, sizeof(buf), sink.format, level, err, &now);
	(void)fd_write_all(sink.fd, buf, len);
}

void log_error(const struct err *err)
{
	if (sink.fd >= 0)
		print_record(LOG_LEVEL_ERROR, err);
	print_plain(LOG_LEVEL_ERROR, err);
}

/*
 * Below errors, standard error is used only without a file: it may be the container's own standard
 * error, or be read together with a command's output.
 */
static void print_below_error(enum log_level level, const struct err *err)
{
	if (level > sink.level)
		return;
	if (sink.fd >= 0)
		print_record(level, err);
	else
		print_plain(level, err);
}

void log_warning_err(const struct err *err)
{
	print_below_error(LOG_LEVEL_WARNING, err);
}

void log_warning(const char *format, ...)
{
	struct err err = ERR_INIT;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(err.text, sizeof(err.text), format, args);
	va_end(args);
	print_below_error(LOG_LEVEL_WARNING, &err);
}

void log_debug(const char *format, ...)
{
	struct err err = ERR_INIT;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(err.text, sizeof(err.text), format, args);
	va_end(args);
	print_below_error(LOG_LEVEL_DEBUG, &err);
}
