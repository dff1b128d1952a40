/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * yajl's callbacks as one stream of events with places.
 *
 * Inside a callback yajl_get_bytes_consumed() is the end of the current token, provided that the
 * text was fed in one piece.  yajl's header does not promise it, lex_test.c pins it.  A token
 * starts where the last one ended, after blanks, ':' and ','.
 */
#include "libocispec/lex.h"

#include <string.h>

#include <yajl/yajl_parse.h>

#include "libocispec/heap.h"
#include "libocispec/scan.h"
#include "libocispec/utf8.h"

struct lexer {
	const struct oci_source *src;
	yajl_handle yajl;
	lex_handler *handle;
	void *context;
	struct oci_error *err;
	uint32_t last; /* end of the token before */
	uint32_t depth;
};

static bool is_between(char c)
{
	return c == ' ' || c == '\n' || c == ',' || c == ':' || c == '\t' || c == '\r';
}

static uint32_t token_start(const struct lexer *lexer, uint32_t end)
{
	uint32_t at = lexer->last;

	while (at < end && is_between(lexer->src->text[at]))
		at++;
	return at;
}

static unsigned int hex4(const char *digits)
{
	unsigned int value = 0;

	for (int i = 0; i < 4; i++) {
		unsigned int c = (unsigned char)digits[i];

		value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

/*
 * yajl takes U+0000, which would cut a C string short, and makes '?' of a lone surrogate: either
 * would silently change what a path means.
 */
static int check_escapes(const struct lexer *lexer, const struct lex_event *event)
{
	const char *text = lexer->src->text;
	uint32_t at = event->at;

	while (at + 1 < event->end) {
		const char *escape = memchr(text + at, '\\', event->end - at);
		unsigned int unit;

		if (!escape)
			break;
		at = (uint32_t)(escape - text);
		if (escape[1] != 'u' || event->end - at < 6) {
			at += 2;
			continue;
		}
		unit = hex4(escape + 2);
		if (unit == 0)
			return oci_error_at(lexer->err, at, "U+0000 is not allowed in a string");
		if (unit >= 0xd800 && unit <= 0xdbff && event->end - at >= 12 &&
		    escape[6] == '\\' && escape[7] == 'u' &&
		    hex4(escape + 8) >= 0xdc00 && hex4(escape + 8) <= 0xdfff) {
			at += 12;
			continue;
		}
		if (unit >= 0xd800 && unit <= 0xdfff)
			return oci_error_at(lexer->err, at,
					    "\\u%.4s is half a character (a lone surrogate)",
					    escape + 2);
		at += 6;
	}
	return 0;
}

/* Hand one event on; the result is yajl's: 1 goes on, 0 stops. */
static int emit(struct lexer *lexer, struct lex_event event)
{
	event.end = (uint32_t)yajl_get_bytes_consumed(lexer->yajl);
	event.at = token_start(lexer, event.end);
	lexer->last = event.end;

	if (event.kind == LEX_STRING || event.kind == LEX_KEY) {
		if (event.end - event.at > OCI_MAX_STRING + 2)
			return oci_error_at(lexer->err, event.at, "a string of more than %d bytes",
					    OCI_MAX_STRING) == 0;
		if (check_escapes(lexer, &event) < 0)
			return 0;
	} else if (event.kind == LEX_OPEN || event.kind == LEX_BEGIN) {
		if (lexer->depth++ == OCI_MAX_DEPTH)
			return oci_error_at(lexer->err, event.at, "more than %d levels of nesting",
					    OCI_MAX_DEPTH) == 0;
	} else if (event.kind == LEX_CLOSE || event.kind == LEX_FINISH) {
		lexer->depth--;
	}
	return lexer->handle(lexer->context, &event, lexer->err) == 0;
}

static int on_null(void *lexer)
{
	return emit(lexer, (struct lex_event){ .kind = LEX_NULL });
}

static int on_bool(void *lexer, int truth)
{
	return emit(lexer, (struct lex_event){ .kind = LEX_BOOL, .truth = truth != 0 });
}

static int on_number(void *lexer, const char *text, size_t len)
{
	return emit(lexer, (struct lex_event){ .kind = LEX_NUMBER, .text = text, .len = len });
}

static int on_string(void *lexer, const unsigned char *text, size_t len)
{
	return emit(lexer, (struct lex_event){
		.kind = LEX_STRING, .text = (const char *)text, .len = len });
}

static int on_key(void *lexer, const unsigned char *text, size_t len)
{
	return emit(lexer, (struct lex_event){
		.kind = LEX_KEY, .text = (const char *)text, .len = len });
}

static int on_open(void *lexer)
{
	return emit(lexer, (struct lex_event){ .kind = LEX_OPEN });
}

static int on_close(void *lexer)
{
	return emit(lexer, (struct lex_event){ .kind = LEX_CLOSE });
}

static int on_begin(void *lexer)
{
	return emit(lexer, (struct lex_event){ .kind = LEX_BEGIN });
}

static int on_finish(void *lexer)
{
	return emit(lexer, (struct lex_event){ .kind = LEX_FINISH });
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_open,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close,
	.yajl_start_array = on_begin,
	.yajl_end_array = on_finish,
};

/* What can be said about a text before it is read. */
static int check_text(const struct oci_source *src, struct oci_error *err)
{
	size_t sound;

	if (src->len > OCI_MAX_DOCUMENT)
		return oci_error_say(err, "the document has more than %d bytes", OCI_MAX_DOCUMENT);
	if (src->len >= 3 && memcmp(src->text, "\xef\xbb\xbf", 3) == 0)
		return oci_error_at(err, 0,
				    "the document starts with a byte order mark; remove it");
	sound = utf8_check(src->text, src->len);
	if (sound < src->len)
		return oci_error_at(err, (uint32_t)sound, "byte 0x%02x is not UTF-8 here",
				    (unsigned char)src->text[sound]);
	return 0;
}

/* Say what yajl refused.  Its own words come last: they lack a usable place. */
static int explain(struct lexer *lexer)
{
	unsigned char *words;
	int result;

	if (scan_diagnose(lexer->src, lexer->err) < 0)
		return -1;
	words = yajl_get_error(lexer->yajl, 0, (const unsigned char *)lexer->src->text,
			       lexer->src->len);
	result = oci_error_at(lexer->err, lexer->last, "not valid JSON: %.*s",
			      (int)strcspn((const char *)words, "\n"), (const char *)words);
	yajl_free_error(lexer->yajl, words);
	return result;
}

int lex_run(const struct oci_source *src, lex_handler *handle, void *context,
	    struct oci_error *err)
{
	yajl_alloc_funcs memory = {
		.malloc = heap_malloc, .realloc = heap_realloc, .free = heap_free,
	};
	struct lexer lexer = { .src = src, .handle = handle, .context = context, .err = err };
	yajl_status status;
	int result = 0;

	if (check_text(src, err) < 0)
		return -1;

	lexer.yajl = yajl_alloc(&callbacks, &memory, &lexer);
	/* Checked above, and better. */
	yajl_config(lexer.yajl, yajl_dont_validate_strings, 1);
	status = yajl_parse(lexer.yajl, (const unsigned char *)src->text, src->len);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(lexer.yajl);
	if (status == yajl_status_client_canceled)
		result = -1;
	else if (status != yajl_status_ok)
		result = explain(&lexer);
	yajl_free(lexer.yajl);
	return result;
}
