/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the user and the container manager get to read: the one error record of a failing command on
 * standard error and, as one line, in the file of --log; warnings and debug lines where asked for.
 * A command that succeeds prints nothing here at the default level.
 * Not here: making the error (base/err.h).
 * Runs in: host.
 */
#ifndef TARE_BASE_LOG_H
#define TARE_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct err;

/* What is printed: up to which of these. */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_DEBUG };

/* One line of text, or one JSON object a line, with the members that managers read. */
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* struct log_sink - where it goes; @fd is the file of --log, -1 when there is none. */
struct log_sink {
	int fd;
	enum log_format format;
	enum log_level level;
};

/*
 * Open the sink of --log and set what goes there.  @target is a path, or "file:PATH"; NULL means no
 * file.  "journald:" and "syslog:" are refused.  The file is opened for appending and made 0644 when
 * missing (the manager reads it even after a failure of the very first step), so this comes before
 * anything that can fail.  Returns 0, or -1 with @err filled; the earlier sink is then kept.
 */
int log_open(const char *target, enum log_format format, struct err *err);

/* Print messages up to @level from now on; LOG_LEVEL_ERROR before the first call. */
void log_set_level(enum log_level level);

/* The level in force. */
enum log_level log_get_level(void);

/* The sink as it is, for a helper program that is to log as we do; its @fd stays the log's. */
struct log_sink log_get_sink(void);

/* Be such a program: the descriptor becomes the log's. */
void log_set_sink(const struct log_sink *to);

/*
 * The one line of a failure: the message on standard error always, and one record in the file when
 * there is one.  Call it once per process, from main.
 */
void log_error(const struct err *err);

/* A warning that never changes the flow; printed at level "warning" or "debug" only. */
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A warning that has a place in config.json and a phase, like an error. */
void log_warning_err(const struct err *err);

/* What is being done; printed at level "debug" only. */
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Close the file; for tests. */
void log_close(void);

/*
 * The record of @err at time @when as one line with its newline, in @buf of @size bytes; what does
 * not fit is left out so that JSON stays whole (LOG_LINE_MAX always fits).  Returns the length.
 */
size_t log_line(char *buf, size_t size, enum log_format format, enum log_level level,
		const struct err *err, const struct timespec *when);

/* Bytes that hold every line. */
#define LOG_LINE_MAX 12288

#endif
