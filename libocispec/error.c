/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filling the error record and turning it into the line a user sees.
 */
#include "libocispec/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "libocispec/source.h"

/* Text of the document can be part of a message: no control character may reach a terminal. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
	}
}

int oci_error_at(struct oci_error *err, uint32_t at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	make_printable(err->text);
	err->at = at;
	err->has_at = true;
	return -1;
}

int oci_error_say(struct oci_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	make_printable(err->text);
	err->has_at = false;
	return -1;
}

void oci_error_format(const struct oci_error *err, const struct oci_source *src,
		      char *buf, size_t size)
{
	char path[256];
	uint32_t line, col;

	if (!size)
		return;
	if (!err->has_at) {
		(void)snprintf(buf, size, "%s: %s", src->name, err->text);
	} else {
		oci_source_position(src, err->at, &line, &col);
		oci_source_path(src, err->at, path, sizeof(path));
		(void)snprintf(buf, size, "%s:%u:%u: %s%s%s", src->name, line, col,
			       path, path[0] ? ": " : "", err->text);
	}
	make_printable(buf);
}
