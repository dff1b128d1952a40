/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON text to structs, in one pass and without a tree in between.
 *
 * Refused, with the place: broken JSON, invalid UTF-8, U+0000 and lone surrogates in strings, a
 * byte order mark, limits exceeded (source.h), the same key twice in one object (known or not),
 * a value of the wrong type or out of range, an unknown word, a missing required key.
 * Ignored, as the specification demands (config.md, "Extensibility"): unknown keys, at any depth.
 * A number is an integer when its value is: 1.0 and 1e3 are, 1.5 is not.
 */
#ifndef OCISPEC_READ_H
#define OCISPEC_READ_H

#include "libocispec/arena.h"
#include "libocispec/error.h"
#include "libocispec/shape.h"
#include "libocispec/source.h"

/*
 * Read the whole document @src as one object of @shape.  *ret_object and all it refers to live in
 * @arena and do not refer to the text.  Returns 0, or -1 with @err filled and *ret_object as it
 * was (the arena then holds rubbish until it is freed).
 */
int oci_read(struct arena *arena, const struct oci_source *src, const struct oci_shape *shape,
	     void *ret_object, struct oci_error *err);

/*
 * Read the whole document @src as a list of objects of @shape; *ret_list as for oci_read().  Paths of errors begin
 * with the index: "[2].options".
 */
int oci_read_list(struct arena *arena, const struct oci_source *src, const struct oci_shape *shape,
		  struct oci_list *ret_list, struct oci_error *err);

/*
 * oci_read(), and list the unknown keys that were passed over: *ret_unknown gets the offset of
 * each (oci_source_path() names it), outermost only, in the order of the text.
 */
int oci_read_noting(struct arena *arena, const struct oci_source *src,
		    const struct oci_shape *shape, void *ret_object,
		    struct oci_numbers *ret_unknown, struct oci_error *err);

#endif
