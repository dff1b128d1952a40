/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of Google's protocol buffers, as far as a program needs that talks to one which was written against them:
 * numbers, text and messages within messages, by tables that say which member of a struct is which field.
 *
 * A member that is 0, NULL or an empty list is left out, which is what its absence means, unless the row is
 * PROTOBUF_ALWAYS.  Fields that nobody has a row for are passed over.
 * Not here: packed lists, floats, fixed-width numbers other than to pass them over.
 * Source: https://protobuf.dev/programming-guides/encoding/
 * Runs in: host.
 */
#ifndef TARE_BASE_PROTOBUF_H
#define TARE_BASE_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a field is on the wire, and what member of a struct holds it. */
enum protobuf_kind {
	PROTOBUF_NUMBER,	/* int64_t: int32, int64, uint32, uint64, bool and enum */
	PROTOBUF_TEXT,		/* const char *; written only */
	PROTOBUF_CHARS,		/* char[]; read only: NUL-terminated, what does not fit is cut off */
	PROTOBUF_MESSAGE,	/* pointer to a struct of the row's shape; written only */
	PROTOBUF_INSIDE,	/* such a struct itself; read only */
	PROTOBUF_TEXTS,		/* struct protobuf_list of const char *; written only */
	PROTOBUF_MESSAGES,	/* struct protobuf_list of structs of the row's shape; written only */
};

/* A list; @item is the caller's array. */
struct protobuf_list {
	const void *item;
	size_t n;
};

/* A row that is written also when its number is 0: the field is required, or 0 is not what its absence means. */
#define PROTOBUF_ALWAYS 1u

struct protobuf_shape;

/*
 * struct protobuf_field - one field.
 * @number: of the field in the message
 * @size:   of a PROTOBUF_CHARS member
 * @offset: of the member in the struct
 */
struct protobuf_field {
	uint16_t number;
	uint8_t kind;
	uint8_t flags;
	uint16_t size;
	uint16_t offset;
	const struct protobuf_shape *shape;
};

/* struct protobuf_shape - one kind of message; @size is the struct's. */
struct protobuf_shape {
	const struct protobuf_field *field;
	size_t n;
	size_t size;
};

/* Initialiser of a struct protobuf_shape: all of the array @rows, for struct @type. */
#define PROTOBUF_SHAPE(type, rows) \
	{ .field = (rows), .n = sizeof(rows) / sizeof((rows)[0]), .size = sizeof(type) }

/* The offset of @member of @type, or a compile error when it is not of type @t. */
#define PROTOBUF_AT(type, member, t)                                                                        \
	(offsetof(type, member) +                                                                           \
	 0 * sizeof(struct {                                                                                \
		char c;                                                                                     \
		_Static_assert(__builtin_types_compatible_p(__typeof__(((type *)0)->member), t),            \
			       "member has the wrong type for its row");                                    \
	}))

/* Rows, one macro for each kind: field @number in @member of struct @type, whose type is checked. */
#define PROTOBUF_ROW(kind_, number_, flags_, at, ...) \
	{ .number = (number_), .kind = (kind_), .flags = (flags_), .offset = (at), __VA_ARGS__ }
#define PROTOBUF_ROW_NUMBER(type, member, number, flags) \
	PROTOBUF_ROW(PROTOBUF_NUMBER, number, flags, PROTOBUF_AT(type, member, int64_t), .size = 0)
#define PROTOBUF_ROW_TEXT(type, member, number) \
	PROTOBUF_ROW(PROTOBUF_TEXT, number, 0, PROTOBUF_AT(type, member, const char *), .size = 0)
#define PROTOBUF_ROW_TEXTS(type, member, number) \
	PROTOBUF_ROW(PROTOBUF_TEXTS, number, 0, PROTOBUF_AT(type, member, struct protobuf_list), .size = 0)
#define PROTOBUF_ROW_CHARS(type, member, number) \
	PROTOBUF_ROW(PROTOBUF_CHARS, number, 0, offsetof(type, member), .size = sizeof(((type *)0)->member))
#define PROTOBUF_ROW_MESSAGE(type, member, number, of, shape_) \
	PROTOBUF_ROW(PROTOBUF_MESSAGE, number, 0, PROTOBUF_AT(type, member, const of *), .shape = (shape_))
#define PROTOBUF_ROW_INSIDE(type, member, number, of, shape_) \
	PROTOBUF_ROW(PROTOBUF_INSIDE, number, 0, PROTOBUF_AT(type, member, of), .shape = (shape_))
#define PROTOBUF_ROW_MESSAGES(type, member, number, shape_) \
	PROTOBUF_ROW(PROTOBUF_MESSAGES, number, 0, PROTOBUF_AT(type, member, struct protobuf_list), .shape = (shape_))

/* Write the struct @message into @buf of @size bytes; a NULL @buf only measures.  The length, or -1 when it does not fit. */
ssize_t protobuf_write(const struct protobuf_shape *shape, const void *message, void *buf, size_t size);

/*
 * Read the @len bytes at @data into the struct @ret, whose members stay as they are where the message has no field for
 * them.  False when that is no message, or a field is of another kind than its row says.
 */
bool protobuf_read(const struct protobuf_shape *shape, const void *data, size_t len, void *ret);

#endif
