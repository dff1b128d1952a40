/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From byte offsets to places that a person can find, by reading the text again.
 * Copes with broken texts too, since the place of the break is what it is asked for most.
 */
#include "libocispec/source.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "libocispec/scan.h"

/* True for the second and later bytes of a UTF-8 character. */
static bool is_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

void oci_source_position(const struct oci_source *src, uint32_t at,
			 uint32_t *ret_line, uint32_t *ret_col)
{
	uint32_t line = 1, col = 1;

	for (uint32_t i = 0; i < at && i < src->len; i++) {
		if (src->text[i] == '\n') {
			line++;
			col = 1;
		} else if (!is_tail(src->text[i])) {
			col++;
		}
	}
	/* Inside a character: count it once, at its first byte. */
	if (at < src->len && is_tail(src->text[at]) && col > 1)
		col--;
	*ret_line = line;
	*ret_col = col;
}

/*
 * struct step - one object or list on the way to an offset.
 * @inside: a member is under way: its key was read, or an element may stand here
 */
struct step {
	bool is_list;
	bool inside;
	uint32_t index;
	uint32_t key_at, key_end; /* between the quotes */
};

struct trail {
	const struct oci_source *src;
	uint32_t depth;
	struct step step[OCI_MAX_DEPTH + 1];
};

/* struct out - text that is cut silently when its buffer is full. */
struct out {
	char *buf;
	size_t size;
	size_t used;
};

static void put(struct out *out, const char *text, size_t len)
{
	size_t room = out->size - 1 - out->used;

	if (len > room)
		len = room;
	memcpy(out->buf + out->used, text, len);
	out->used += len;
	out->buf[out->used] = '\0';
}

static bool is_plain_key(const char *key, size_t len)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	for (size_t i = 0; i < len; i++) {
		if (!memchr(plain, key[i], sizeof(plain) - 1))
			return false;
	}
	return len > 0;
}

static void put_step(struct out *out, const struct oci_source *src, const struct step *step)
{
	const char *key = src->text + step->key_at;
	size_t len = step->key_end - step->key_at;
	char number[16];

	if (!step->inside)
		return;
	if (step->is_list) {
		put(out, number, (size_t)snprintf(number, sizeof(number), "[%u]", step->index));
	} else if (is_plain_key(key, len)) {
		put(out, ".", out->used ? 1 : 0);
		put(out, key, len);
	} else {
		put(out, "[\"", 2);
		put(out, key, len);
		put(out, "\"]", 2);
	}
}

/* Follow one token; false when the nesting is deeper than any document may have. */
static bool follow(struct trail *trail, const struct scan_token *token)
{
	struct step *top = trail->depth ? &trail->step[trail->depth - 1] : NULL;

	switch (token->kind) {
	case SCAN_OPEN:
	case SCAN_BEGIN:
		if (trail->depth > OCI_MAX_DEPTH)
			return false;
		trail->step[trail->depth++] = (struct step){
			.is_list = token->kind == SCAN_BEGIN,
			.inside = token->kind == SCAN_BEGIN,
		};
		return true;
	case SCAN_CLOSE:
	case SCAN_FINISH:
		if (trail->depth)
			trail->depth--;
		if (trail->depth)
			trail->step[trail->depth - 1].inside = false;
		return true;
	case SCAN_COMMA:
		if (top && top->is_list) {
			top->index++;
			top->inside = true;
		} else if (top) {
			top->inside = false;
		}
		return true;
	case SCAN_STRING:
		if (top && !top->is_list && !top->inside) {
			top->inside = true;
			top->key_at = token->at + 1;
			top->key_end = token->end - 1;
			return true;
		}
		break;
	case SCAN_COLON:
		return true;
	case SCAN_NUMBER:
	case SCAN_WORD:
	case SCAN_BAD:
	case SCAN_END:
	default:
		break;
	}
	if (top)
		top->inside = false;
	return true;
}

/* The token holds the offset: leave the trail at what the path shall name. */
static void arrive(struct trail *trail, const struct scan_token *token)
{
	struct step *top = trail->depth ? &trail->step[trail->depth - 1] : NULL;

	switch (token->kind) {
	case SCAN_CLOSE:
	case SCAN_FINISH:
		if (trail->depth)
			trail->depth--;
		break;
	case SCAN_STRING:
		if (top && !top->is_list && !top->inside)
			(void)follow(trail, token);
		break;
	case SCAN_COMMA:
		if (top)
			top->inside = false;
		break;
	default:
		break;
	}
}

const char *oci_source_path(const struct oci_source *src, uint32_t at, char *buf, size_t size)
{
	struct trail trail = { .src = src };
	struct scan_token token = { .end = 0 };
	struct out out = { .buf = buf, .size = size };

	buf[0] = '\0';
	for (;;) {
		token = scan_next(src, token.end);
		if (token.kind == SCAN_END || token.at > at) {
			/* In a blank: the object or list around it. */
			if (trail.depth)
				trail.step[trail.depth - 1].inside = false;
			break;
		}
		if (at < token.end) {
			arrive(&trail, &token);
			break;
		}
		if (!follow(&trail, &token))
			break;
	}
	for (uint32_t i = 0; i < trail.depth; i++)
		put_step(&out, src, &trail.step[i]);
	return buf;
}

/* The offset behind the value that starts at @token. */
static uint32_t skip_value(const struct oci_source *src, struct scan_token token)
{
	uint32_t depth = 0;

	for (;;) {
		if (token.kind == SCAN_OPEN || token.kind == SCAN_BEGIN)
			depth++;
		else if ((token.kind == SCAN_CLOSE || token.kind == SCAN_FINISH) && depth)
			depth--;
		if (!depth || token.kind == SCAN_END)
			return token.end;
		token = scan_next(src, token.end);
	}
}

/* struct want - one step of a path: a key (raw text), or an index when @key is NULL. */
struct want {
	const char *key;
	size_t len;
	uint32_t index;
};

/* Take the next step off *path; false at its end or where it makes no sense. */
static bool next_want(const char **path, struct want *ret_want)
{
	const char *p = *path;
	struct want want = { .key = NULL };
	size_t close;

	if (*p == '[' && p[1] == '"') {
		const char *end = strstr(p + 2, "\"]");

		if (!end)
			return false;
		want.key = p + 2;
		want.len = (size_t)(end - want.key);
		p = end + 2;
	} else if (*p == '[') {
		close = strspn(p + 1, "0123456789");
		if (!close || close > 9 || p[1 + close] != ']')
			return false;
		for (p++; *p != ']'; p++)
			want.index = want.index * 10 + (uint32_t)(*p - '0');
		p++;
	} else {
		if (*p == '.')
			p++;
		want.key = p;
		want.len = strcspn(p, ".[");
		if (!want.len)
			return false;
		p += want.len;
	}
	*path = p;
	*ret_want = want;
	return true;
}

/* The first token of the wanted member of the object or list at @token; SCAN_END: has none. */
static struct scan_token find_member(const struct oci_source *src, struct scan_token token,
				     const struct want *want)
{
	static const struct scan_token none = { .kind = SCAN_END };
	enum scan_kind open = want->key ? SCAN_OPEN : SCAN_BEGIN;

	if (token.kind != open)
		return none;
	for (uint32_t i = 0;; i++) {
		bool is_it = i == want->index;

		token = scan_next(src, token.end);
		if (want->key) {
			if (token.kind != SCAN_STRING)
				return none;
			is_it = token.end - token.at - 2 == want->len &&
				memcmp(src->text + token.at + 1, want->key, want->len) == 0;
			token = scan_next(src, token.end);
			if (token.kind != SCAN_COLON)
				return none;
			token = scan_next(src, token.end);
		}
		if (token.kind == SCAN_FINISH || token.kind == SCAN_END || token.kind == SCAN_BAD)
			return none;
		if (is_it)
			return token;
		token = scan_next(src, skip_value(src, token));
		if (token.kind != SCAN_COMMA)
			return none;
	}
}

uint32_t oci_source_find(const struct oci_source *src, uint32_t at, const char *path)
{
	struct scan_token token = scan_next(src, at);
	struct want want;

	while (next_want(&path, &want)) {
		token = find_member(src, token, &want);
		if (token.kind == SCAN_END)
			break;
		at = token.at;
	}
	return at;
}

const char *oci_source_line(const struct oci_source *src, uint32_t at,
			    char *buf, size_t size, size_t *ret_caret)
{
	static const char dots[] = "...";
	size_t room = size - 1 - 2 * (sizeof(dots) - 1);
	size_t where = at < src->len ? at : src->len;
	size_t first = where, last = where, from, to;
	struct out out = { .buf = buf, .size = size };

	while (first && src->text[first - 1] != '\n')
		first--;
	while (last < src->len && src->text[last] != '\n')
		last++;

	from = first;
	to = last;
	if (last - first > room) {
		if (where - first > room / 2)
			from = where - room / 2;
		if (last - from < room)
			from = last - room;
		to = from + room;
		while (from < where && is_tail(src->text[from]))
			from++;
		while (to > where && to < last && is_tail(src->text[to]))
			to--;
	}

	put(&out, dots, from > first ? sizeof(dots) - 1 : 0);
	*ret_caret = out.used + where - from;
	put(&out, src->text + from, to - from);
	put(&out, dots, to < last ? sizeof(dots) - 1 : 0);
	for (size_t i = 0; i < out.used; i++) {
		if ((unsigned char)buf[i] < 0x20 || buf[i] == 0x7f)
			buf[i] = ' ';
	}
	return buf;
}
