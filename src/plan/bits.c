/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of numbers; see bits.h.
 * Runs in: host.
 */
#include "plan/bits.h"

#include <string.h>

#include "base/err.h"
#include "base/region.h"

static const char blanks[] = " \t\n";

/* The decimal number at *@text, which is moved behind it.  -1 when there is none; at most @limit. */
static int read_number(const char **text, size_t limit, size_t *ret)
{
	const char *p = *text;
	size_t n = 0;

	if (*p < '0' || *p > '9')
		return -1;
	for (; *p >= '0' && *p <= '9'; p++) {
		n = n * 10 + (size_t)(*p - '0');
		if (n > limit)
			n = limit;
	}
	*text = p;
	*ret = n;
	return 0;
}

/* "N" or "N-M", all of the @len bytes at @text. */
static int read_range(const char *text, size_t len, size_t limit, size_t *ret_first, size_t *ret_last)
{
	const char *p = text;

	if (read_number(&p, limit, ret_first) < 0)
		return -1;
	*ret_last = *ret_first;
	if (p == text + len)
		return 0;
	if (*p++ != '-' || read_number(&p, limit, ret_last) < 0)
		return -1;
	return p == text + len ? 0 : -1;
}

/* The next element of *@text that is not empty, without its blanks; its length, 0 at the end. */
static size_t next_element(const char **text)
{
	size_t len;

	*text += strspn(*text, " \t\n,");
	len = strcspn(*text, ",");
	while (len > 0 && strchr(blanks, (*text)[len - 1]) != NULL)
		len--;
	return len;
}

/* Check all of @text; *@ret_n is one more than the highest number in it. */
static int measure(const char *text, size_t limit, uint32_t at, size_t *ret_n, struct err *err)
{
	const char *p = text;
	size_t len;

	*ret_n = 0;
	while ((len = next_element(&p)) > 0) {
		size_t first, last;

		if (read_range(p, len, limit, &first, &last) < 0)
			return err_say(err, at, "\"%.*s\" is neither a number nor a range such as \"0-3\"",
				       (int)(len > 64 ? 64 : len), p);
		if (first > last)
			return err_say(err, at, "\"%.*s\" is a range that ends before it begins",
				       (int)(len > 64 ? 64 : len), p);
		if (last >= limit)
			return err_say(err, at, "\"%.*s\" is out of range: no number may be above %zu",
				       (int)(len > 64 ? 64 : len), p, limit - 1);
		*ret_n = last + 1 > *ret_n ? last + 1 : *ret_n;
		p += len;
	}
	return 0;
}

int plan_bits_parse(struct region *region, const char *text, size_t limit, uint32_t at,
		    struct plan_bits *ret, struct err *err)
{
	const char *p = text;
	unsigned long *word;
	size_t n, len;

	*ret = (struct plan_bits){ .n = 0 };
	if (measure(text, limit, at, &n, err) < 0)
		return -1;
	if (n == 0)
		return 0;
	word = region_alloc(region, PLAN_BITS_WORDS(n) * sizeof(*word));
	while ((len = next_element(&p)) > 0) {
		size_t first = 0, last = 0;

		(void)read_range(p, len, limit, &first, &last);
		for (size_t i = first; i <= last; i++)
			word[i / PLAN_BITS_WORD] |= 1UL << i % PLAN_BITS_WORD;
		p += len;
	}
	*ret = (struct plan_bits){ .n = n, .word = word };
	return 0;
}
