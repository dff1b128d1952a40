/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one error record.  It lives in a fixed buffer without heap, so that the container's first
 * process can send it to the host side exactly as it is.
 * Not here: printing (base/log.h) and the look-up of positions in config.json (host/config.h).
 * Runs in: either.
 */
#ifndef TARE_BASE_ERR_H
#define TARE_BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

/* No place in config.json is known for this error. */
#define ERR_NOWHERE UINT32_MAX

/*
 * struct err - why an operation failed.
 * @code:  errno of the failing call, or 0 when the refusal is our own
 * @at:    byte offset in config.json of the object at fault, or ERR_NOWHERE
 * @line:  1-based line and @col column of @at, filled by the host once it looked them up; 0 before
 * @file:  the file that @line is in ("" before)
 * @phase: the step that failed, in the words of the step tables ("" before)
 * @text:  the message: what was tried on which object, then why; one line, lower case start
 * @excerpt: the source line, for a caret at @caret (0-based byte in @excerpt); "" when unknown
 *
 * Initialise with ERR_INIT.  The first writer wins the cause, later layers only add names in front.
 */
struct err {
	int code;
	uint32_t at;
	uint32_t line;
	uint32_t col;
	uint32_t caret;
	char phase[48];
	char file[256];
	char text[1024];
	char excerpt[160];
};

/* No error yet. */
#define ERR_INIT ((struct err){ .at = ERR_NOWHERE })

/*
 * Words for an errno value.  ENOENT, EACCES, EPERM and ENOTDIR-like errors of our own work are worded so that
 * they do not hold the sentences of strerror(3): container managers take those to mean that the
 * payload is missing or may not be executed.  The result is a constant string.
 */
const char *err_reason(int code);

/* Fill @err with a formatted refusal of our own; always returns -1. */
int err_say(struct err *err, uint32_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Fill @err from errno: "<formatted>: <err_reason(errno)>"; always returns -1. */
int err_errno(struct err *err, uint32_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Put "<formatted>: " in front of a filled @err, and @at into it unless it has a place already.
 * Always returns -1, so that a caller can write `return err_wrap(...)`.
 */
int err_wrap(struct err *err, uint32_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Name the step in which @err happened, unless a deeper layer has named one. */
void err_phase(struct err *err, const char *phase);

/* True once somebody filled @err. */
bool err_is_set(const struct err *err);

#endif
