/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON text to events, one per value, key and bracket, each with its place.
 * The only user of yajl's parser.  What it delivers is known to be sound: UTF-8 without U+0000
 * and without lone surrogates, within the limits of source.h.  Internal to libocispec.
 */
#ifndef OCISPEC_LEX_H
#define OCISPEC_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libocispec/error.h"
#include "libocispec/source.h"

/* What JSON consists of, once the grammar has been checked (RFC 8259). */
enum lex_kind {
	LEX_NULL,
	LEX_BOOL,
	LEX_NUMBER,
	LEX_STRING,
	LEX_KEY,
	LEX_OPEN,   /* { */
	LEX_CLOSE,  /* } */
	LEX_BEGIN,  /* [ */
	LEX_FINISH, /* ] */
};

/*
 * struct lex_event
 * @at @end: the bytes of the text that the event stands for, quotes included
 * @text:    LEX_STRING and LEX_KEY: the @len decoded bytes; LEX_NUMBER: the digits as written.
 *           Not NUL-terminated, valid during the call only
 * @truth:   LEX_BOOL: the value
 */
struct lex_event {
	enum lex_kind kind;
	uint32_t at;
	uint32_t end;
	const char *text;
	size_t len;
	bool truth;
};

/* Called for each event; 0 goes on, -1 stops with the error filled. */
typedef int lex_handler(void *context, const struct lex_event *event, struct oci_error *err);

/*
 * Run over the whole of @src.  Brackets are balanced and keys stand where they must when @handle
 * sees them.  Returns 0, or -1 with @err filled by us or by @handle.
 */
int lex_run(const struct oci_source *src, lex_handler *handle, void *context,
	    struct oci_error *err);

#endif
