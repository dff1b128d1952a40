/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens of a JSON text with exact positions, and the words for what is wrong with one.
 * Numbers and strings are delimited and checked here, never converted.
 */
#include "libocispec/scan.h"

#include <stdbool.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

/* The byte at @at, 0 past the end (a NUL byte in the text is no token either way). */
static char byte_at(const struct oci_source *src, uint32_t at)
{
	return at < src->len ? src->text[at] : '\0';
}

static void fault(struct scan_token *token, uint32_t at, const char *what)
{
	token->kind = SCAN_BAD;
	token->fault = what;
	token->fault_at = at;
}

/* @at is the backslash; returns the offset behind the escape, 0 when it is none. */
static uint32_t skip_escape(const struct oci_source *src, uint32_t at)
{
	char c = byte_at(src, at + 1);

	if (c == 'u') {
		for (uint32_t i = 2; i < 6; i++) {
			if (!is_hex(byte_at(src, at + i)))
				return 0;
		}
		return at + 6;
	}
	return c && strchr("\"\\/bfnrt", c) ? at + 2 : 0;
}

static void scan_string(const struct oci_source *src, struct scan_token *token)
{
	uint32_t at = token->at + 1;

	token->kind = SCAN_STRING;
	while (at < src->len && src->text[at] != '"') {
		uint32_t next = at + 1;

		if ((unsigned char)src->text[at] < 0x20) {
			if (token->kind == SCAN_STRING)
				fault(token, at, src->text[at] == '\n' ?
				      "the line ends inside a string" :
				      "a control character in a string has to be written as \\u00XX");
			if (src->text[at] == '\n')
				break;
		} else if (src->text[at] == '\\') {
			next = skip_escape(src, at);
			if (!next && token->kind == SCAN_STRING)
				fault(token, at, "no such escape in a string");
			if (!next)
				next = at + 2;
		}
		at = next;
	}
	if (at >= src->len) {
		if (token->kind == SCAN_STRING)
			fault(token, token->at, "this string is not closed");
		token->end = (uint32_t)src->len;
		return;
	}
	token->end = at + 1;
}

static uint32_t skip_digits(const struct oci_source *src, uint32_t at)
{
	while (is_digit(byte_at(src, at)))
		at++;
	return at;
}

static void scan_number(const struct oci_source *src, struct scan_token *token)
{
	uint32_t at = token->at;
	uint32_t first;

	token->kind = SCAN_NUMBER;
	if (byte_at(src, at) == '-')
		at++;
	first = at;
	at = skip_digits(src, at);
	if (at == first)
		fault(token, at, "a number needs a digit here");
	else if (byte_at(src, first) == '0' && at > first + 1)
		fault(token, first, "a number must not start with 0 (octal is not known in JSON)");
	if (byte_at(src, at) == '.') {
		first = ++at;
		at = skip_digits(src, at);
		if (at == first && token->kind == SCAN_NUMBER)
			fault(token, at, "a number needs a digit here");
	}
	if (byte_at(src, at) == 'e' || byte_at(src, at) == 'E') {
		at++;
		if (byte_at(src, at) == '+' || byte_at(src, at) == '-')
			at++;
		first = at;
		at = skip_digits(src, at);
		if (at == first && token->kind == SCAN_NUMBER)
			fault(token, at, "a number needs a digit here");
	}
	if (is_word(byte_at(src, at)) && token->kind == SCAN_NUMBER)
		fault(token, at, "a number goes straight over into a word");
	while (is_word(byte_at(src, at)))
		at++;
	token->end = at > token->at ? at : token->at + 1;
}

static void scan_word(const struct oci_source *src, struct scan_token *token)
{
	static const char *const words[] = { "true", "false", "null" };
	uint32_t at = token->at;

	while (is_word(byte_at(src, at)))
		at++;
	token->end = at;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i]) == at - token->at &&
		    memcmp(words[i], src->text + token->at, at - token->at) == 0) {
			token->kind = SCAN_WORD;
			return;
		}
	}
	fault(token, token->at, "this word is no value (a string needs double quotes)");
}

static void scan_other(const struct oci_source *src, struct scan_token *token)
{
	static const struct { char c; const char *what; } faults[] = {
		{ '/', "JSON has no comments" },
		{ '#', "JSON has no comments" },
		{ '\'', "a string needs double quotes, not single ones" },
		{ '+', "a number must not start with +" },
		{ '.', "a number must not start with a point" },
	};
	char c = src->text[token->at];

	token->end = token->at + 1;
	fault(token, token->at, "this character begins no value");
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (faults[i].c == c)
			token->fault = faults[i].what;
	}
}

struct scan_token scan_next(const struct oci_source *src, uint32_t at)
{
	static const char marks[] = "{}[]:,";
	struct scan_token token = { .kind = SCAN_END };
	const char *mark;
	char c;

	while (at < src->len && is_blank(src->text[at]))
		at++;
	token.at = token.end = at;
	if (at >= src->len)
		return token;

	c = src->text[at];
	mark = c ? strchr(marks, c) : NULL;
	if (mark) {
		token.kind = (enum scan_kind)(SCAN_OPEN + (mark - marks));
		token.end = at + 1;
	} else if (c == '"') {
		scan_string(src, &token);
	} else if (c == '-' || is_digit(c)) {
		scan_number(src, &token);
	} else if (is_word(c)) {
		scan_word(src, &token);
	} else {
		scan_other(src, &token);
	}
	return token;
}

/* What may come next. */
enum expect {
	EXPECT_VALUE,
	EXPECT_KEY,        /* after '{' and ',' in an object */
	EXPECT_COLON,
	EXPECT_MORE,       /* after a value: ',' or the end of what it is in */
	EXPECT_NOTHING,    /* after the document */
};

/*
 * struct grammar - where in the document the check is.
 * @open:  the brackets that are open, and @at where they were opened
 * @fresh: right after a bracket, so that it may be closed at once
 * @comma: right after a comma
 */
struct grammar {
	const struct oci_source *src;
	struct oci_error *err;
	enum expect expect;
	bool fresh;
	bool comma;
	uint32_t depth;
	char open[OCI_MAX_DEPTH];
	uint32_t at[OCI_MAX_DEPTH];
};

static bool in_object(const struct grammar *g)
{
	return g->depth && g->open[g->depth - 1] == '{';
}

static int unexpected(const struct grammar *g, const struct scan_token *token)
{
	bool object = in_object(g);
	uint32_t line, col;

	if (token->kind == SCAN_END && !g->depth)
		return oci_error_at(g->err, token->at, "the document is empty");
	if (token->kind == SCAN_END) {
		oci_source_position(g->src, g->at[g->depth - 1], &line, &col);
		return oci_error_at(g->err, token->at,
				    "the text ends inside the %s that begins in line %u",
				    object ? "object" : "list", line);
	}
	if (g->expect == EXPECT_NOTHING)
		return oci_error_at(g->err, token->at, "there is more text after the document");
	if (token->kind == SCAN_BAD)
		return oci_error_at(g->err, token->fault_at, "%s", token->fault);
	if (g->expect == EXPECT_COLON)
		return oci_error_at(g->err, token->at, "expected ':' after the key");
	if (g->expect == EXPECT_MORE)
		return oci_error_at(g->err, token->at, "',' or '%c' is missing before this",
				    object ? '}' : ']');
	if (g->comma && (token->kind == SCAN_CLOSE || token->kind == SCAN_FINISH))
		return oci_error_at(g->err, token->at, "',' right before '%c'",
				    g->src->text[token->at]);
	if (g->expect == EXPECT_KEY)
		return oci_error_at(g->err, token->at, "expected a key in double quotes");
	return oci_error_at(g->err, token->at, "expected a value");
}

static void value_done(struct grammar *g)
{
	g->fresh = g->comma = false;
	g->expect = g->depth ? EXPECT_MORE : EXPECT_NOTHING;
}

static int open_bracket(struct grammar *g, const struct scan_token *token)
{
	if (g->expect != EXPECT_VALUE)
		return unexpected(g, token);
	if (g->depth == OCI_MAX_DEPTH)
		return oci_error_at(g->err, token->at, "more than %d levels of nesting",
				    OCI_MAX_DEPTH);
	g->open[g->depth] = g->src->text[token->at];
	g->at[g->depth++] = token->at;
	g->expect = token->kind == SCAN_OPEN ? EXPECT_KEY : EXPECT_VALUE;
	g->fresh = true;
	g->comma = false;
	return 0;
}

static int close_bracket(struct grammar *g, const struct scan_token *token)
{
	bool fits = g->depth && in_object(g) == (token->kind == SCAN_CLOSE);
	enum expect when_fresh = in_object(g) ? EXPECT_KEY : EXPECT_VALUE;

	if (!fits || !(g->expect == EXPECT_MORE || (g->fresh && g->expect == when_fresh)))
		return unexpected(g, token);
	g->depth--;
	value_done(g);
	return 0;
}

/* Take one token: 0 when it may stand here. */
static int take(struct grammar *g, const struct scan_token *token)
{
	switch (token->kind) {
	case SCAN_OPEN:
	case SCAN_BEGIN:
		return open_bracket(g, token);
	case SCAN_CLOSE:
	case SCAN_FINISH:
		return close_bracket(g, token);
	case SCAN_STRING:
		if (g->expect == EXPECT_KEY) {
			g->expect = EXPECT_COLON;
			g->fresh = g->comma = false;
			return 0;
		}
		break;
	case SCAN_COLON:
		if (g->expect == EXPECT_COLON) {
			g->expect = EXPECT_VALUE;
			return 0;
		}
		return unexpected(g, token);
	case SCAN_COMMA:
		if (g->expect == EXPECT_MORE) {
			g->expect = in_object(g) ? EXPECT_KEY : EXPECT_VALUE;
			g->comma = true;
			return 0;
		}
		return unexpected(g, token);
	case SCAN_NUMBER:
	case SCAN_WORD:
		break;
	case SCAN_END:
	case SCAN_BAD:
	default:
		return unexpected(g, token);
	}
	if (g->expect != EXPECT_VALUE)
		return unexpected(g, token);
	value_done(g);
	return 0;
}

int scan_diagnose(const struct oci_source *src, struct oci_error *err)
{
	struct grammar g = { .src = src, .err = err, .expect = EXPECT_VALUE, .fresh = true };
	struct scan_token token = { .end = 0 };

	do {
		token = scan_next(src, token.end);
		if (token.kind == SCAN_END && g.expect == EXPECT_NOTHING)
			return 0;
	} while (take(&g, &token) == 0);
	return -1;
}
