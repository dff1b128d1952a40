/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs to JSON text, by the tables that read them.
 */
#ifndef OCISPEC_WRITE_H
#define OCISPEC_WRITE_H

#include <stddef.h>

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "libocispec/shape.h"

/* Flags of oci_write(). */
enum {
	OCI_WRITE_PRETTY = 1 << 0, /* one value per line, two blanks per level; else one line */
};

/*
 * Write @object of @shape.  *ret_text is NUL-terminated, lives in @arena, has no newline at the
 * end; *ret_len (may be NULL) is its length.  What is absent is left out, see struct oci_field.
 * Returns 0, or -1 with @err filled when the struct cannot be written: a string that is not UTF-8
 * (JSON has no other), a required member that is absent, a number that is no word of its list.
 */
int oci_write(struct arena *arena, const struct oci_shape *shape, const void *object,
	      unsigned int flags, const char **ret_text, size_t *ret_len, struct oci_error *err);

#endif
