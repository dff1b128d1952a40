/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of tables have in common: read a text, compare a refusal, go there and back.
 */
#ifndef TESTS_LIBOCISPEC_READING_H
#define TESTS_LIBOCISPEC_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libocispec/read.h"
#include "libocispec/write.h"

static inline struct oci_source text_source(const char *text)
{
	return (struct oci_source){ .name = "t.json", .text = text, .len = strlen(text) };
}

/* Read @text, which must be good; the object lives in @arena. */
static inline void *read_good(struct arena *arena, const struct oci_shape *shape, const char *text)
{
	struct oci_source src = text_source(text);
	struct oci_error err = OCI_ERROR_INIT;
	void *object = NULL;
	char line[1024] = "";

	if (oci_read(arena, &src, shape, &object, &err) < 0) {
		oci_error_format(&err, &src, line, sizeof(line));
		fail_msg("%s", line);
	}
	assert_non_null(object);
	return object;
}

/* Reading @text must fail with exactly this line, and leave the result alone. */
static inline void expect_refused(const struct oci_shape *shape, const char *text,
				  const char *expected)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_source src = text_source(text);
	struct oci_error err = OCI_ERROR_INIT;
	void *object = &arena;
	char line[1024];

	assert_int_equal(oci_read(&arena, &src, shape, &object, &err), -1);
	assert_ptr_equal(object, &arena);
	oci_error_format(&err, &src, line, sizeof(line));
	assert_string_equal(line, expected);
}

/* @text, compact and in the order of the tables, must come out as it went in. */
static inline void *there_and_back(struct arena *arena, const struct oci_shape *shape,
				   const char *text)
{
	void *object = read_good(arena, shape, text);
	struct oci_error err = OCI_ERROR_INIT;
	const char *written = NULL;
	size_t len = 0;

	assert_int_equal(oci_write(arena, shape, object, 0, &written, &len, &err), 0);
	assert_string_equal(written, text);
	assert_int_equal(len, strlen(text));
	return object;
}

#endif
