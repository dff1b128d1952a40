/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a document was refused.  libocispec stands alone, so this is its own record; a runtime
 * copies @at and @text into whatever it reports.
 */
#ifndef OCISPEC_ERROR_H
#define OCISPEC_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oci_source;

/*
 * struct oci_error - one refusal.
 * @at:     byte offset in the text of the value or key at fault; only when @has_at
 * @has_at: false when no place in a text is concerned (writing, for example)
 * @text:   the cause in one line, lower case start, without file, position and path
 */
struct oci_error {
	uint32_t at;
	bool has_at;
	char text[512];
};

/* No error yet. */
#define OCI_ERROR_INIT ((struct oci_error){ .has_at = false })

/* Fill @err with a cause at offset @at; always returns -1. */
int oci_error_at(struct oci_error *err, uint32_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Fill @err with a cause that has no place; always returns -1. */
int oci_error_say(struct oci_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The whole line for a user: "config.json:41:12: mounts[2].options[1]: cause".  The path is left
 * out at the top level, position and path when the error has no place.  Cut to @size.
 */
void oci_error_format(const struct oci_error *err, const struct oci_source *src,
		      char *buf, size_t size);

#endif
