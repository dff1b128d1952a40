/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tokenizer of our own for the two things that yajl cannot tell: where in the text a value
 * lies once it has been read, and what exactly is wrong with a broken text.
 * It is used on errors only; what is valid JSON is decided by lex.h.  Internal to libocispec.
 */
#ifndef OCISPEC_SCAN_H
#define OCISPEC_SCAN_H

#include <stdint.h>

#include "libocispec/error.h"
#include "libocispec/source.h"

/* Tokens of JSON (RFC 8259), without a look at the grammar: which of them may follow which is not judged. */
enum scan_kind {
	SCAN_END,    /* of the text */
	SCAN_OPEN,   /* { */
	SCAN_CLOSE,  /* } */
	SCAN_BEGIN,  /* [ */
	SCAN_FINISH, /* ] */
	SCAN_COLON,
	SCAN_COMMA,
	SCAN_STRING,
	SCAN_NUMBER,
	SCAN_WORD, /* true, false, null */
	SCAN_BAD,  /* no token */
};

/*
 * struct scan_token - bytes [@at, @end) of the text.
 * @fault:    for SCAN_BAD, what is wrong
 * @fault_at: and where
 */
struct scan_token {
	enum scan_kind kind;
	uint32_t at;
	uint32_t end;
	const char *fault;
	uint32_t fault_at;
};

/* The token that starts at the first byte from @at on that is no blank. */
struct scan_token scan_next(const struct oci_source *src, uint32_t at);

/*
 * Find the first fault of the text as a JSON document and fill @err with it.  Returns -1, or 0
 * when the text is sound and @err was left alone.
 */
int scan_diagnose(const struct oci_source *src, struct oci_error *err);

#endif
