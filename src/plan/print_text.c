/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text for people: words for numbers, strings in quotes, lines of a keyword and its value.  Knows
 * nothing of the plan.
 * Runs in: host.
 */
#include "plan/print_text.h"

#include <stdarg.h>
#include <stdio.h>

void out_say(const struct out *out, const char *format, ...)
{
	char buf[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	out->put(out->data, buf);
}

void out_quote(const struct out *out, const char *text)
{
	char buf[256];
	size_t n = 0;

	buf[n++] = '"';
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (n > sizeof(buf) - 8) {
			buf[n] = '\0';
			out->put(out->data, buf);
			n = 0;
		}
		if (c < 0x20 || c == 0x7f) {
			n += (size_t)sprintf(buf + n, "\\x%02x", c);
			continue;
		}
		if (c == '"' || c == '\\')
			buf[n++] = '\\';
		buf[n++] = (char)c;
	}
	buf[n++] = '"';
	buf[n] = '\0';
	out->put(out->data, buf);
}

void out_line_text(const struct out *out, const char *head, const char *text)
{
	out_say(out, "%s ", head);
	if (text == NULL)
		out_say(out, "none");
	else
		out_quote(out, text);
	out_say(out, "\n");
}

void out_line_list(const struct out *out, const char *head, const char *const *list)
{
	out_say(out, "%s", head);
	for (; *list != NULL; list++) {
		out_say(out, " ");
		out_quote(out, *list);
	}
	out_say(out, "\n");
}

void out_line_flag(const struct out *out, const char *head, bool flag)
{
	out_say(out, "%s %s\n", head, flag ? "yes" : "no");
}

void out_line_pieces(const struct out *out, const char *head, const char *const *piece, size_t n)
{
	out_say(out, "%s ", head);
	for (size_t i = 0; i < n; i++) {
		out_say(out, i > 0 ? " PID " : "");
		out_quote(out, piece[i]);
	}
	out_say(out, "\n");
}

const char *words_find(const struct word *word, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++) {
		if (word[i].bits == value)
			return word[i].word;
	}
	return "unknown";
}

void out_bits(const struct out *out, const struct word *word, size_t n, const char *sign,
	      uint64_t bits)
{
	for (size_t i = 0; i < n; i++) {
		if (bits & word[i].bits)
			out_say(out, " %s%s", sign, word[i].word);
		bits &= ~word[i].bits;
	}
	if (bits != 0)
		out_say(out, " %s0x%llx", sign, (unsigned long long)bits);
}
