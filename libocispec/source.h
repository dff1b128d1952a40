/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a document, and the way from a byte offset to what a person can find:
 * line and column, the path of the value, the line itself.  All of it re-reads the text and is
 * meant for errors only; objects carry nothing but their offset.
 */
#ifndef OCISPEC_SOURCE_H
#define OCISPEC_SOURCE_H

#include <stddef.h>
#include <stdint.h>

/*
 * struct oci_source - a document, borrowed.
 * @name: what errors call it, "config.json" for example
 * @text: the bytes; need not end with NUL and must stay as they are while offsets are in use
 * @len:  how many
 */
struct oci_source {
	const char *name;
	const char *text;
	size_t len;
};

/* Limits on a document; beyond them it is refused (a config of 100 kB is already unusual). */
enum {
	OCI_MAX_DOCUMENT = 16 * 1024 * 1024, /* bytes */
	OCI_MAX_STRING = 1024 * 1024,        /* bytes between the quotes */
	OCI_MAX_DEPTH = 64,                  /* objects and lists inside each other */
};

/*
 * Line and column of offset @at, both from 1.  The column counts characters, not bytes; a tab
 * is one character.  An offset past the end means the end.
 */
void oci_source_position(const struct oci_source *src, uint32_t at,
			 uint32_t *ret_line, uint32_t *ret_col);

/*
 * The path of the value or key at @at, "mounts[3].options[1]"; for an offset between values the
 * path of the object or list around it.  The top level is "".  Keys that hold anything but
 * letters, digits, '_' and '-' are written ["like.this"].  Cut to @size; returns @buf.
 */
const char *oci_source_path(const struct oci_source *src, uint32_t at, char *buf, size_t size);

/*
 * The offset of a value below the object or list that starts at @at: "options[1]",
 * "user.additionalGids[0]", "annotations[\"a.b\"]".  Where a step does not exist, the offset of the
 * last one that does; so @at itself at worst.
 */
uint32_t oci_source_find(const struct oci_source *src, uint32_t at, const char *path);

/*
 * The line around @at for showing with a caret: tabs become blanks, and of a line longer than
 * @size (16 at least) a window around @at with "..." where it is cut.  *ret_caret is the byte in
 * @buf to point at.  Returns @buf.
 */
const char *oci_source_line(const struct oci_source *src, uint32_t at,
			    char *buf, size_t size, size_t *ret_caret);

#endif
