/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How an object of JSON and a struct of C correspond: one row per property.  The reader, the
 * writer and the coverage test all follow these tables; there is no code per object.
 * Any program may describe its own documents with them:
 *
 *	struct pet { uint32_t at, end; const char *name; struct opt_u32 age; struct oci_strings toys; };
 *	static const struct oci_field pet_fields[] = {
 *		OCI_STRING(struct pet, name, "name", OCI_REQUIRED),
 *		OCI_U32(struct pet, age, "age", 0),
 *		OCI_STRINGS(struct pet, toys, "toys", 0),
 *	};
 *	const struct oci_shape pet_shape = OCI_SHAPE(struct pet, "pet", pet_fields);
 *
 * A member of the wrong C type for its row does not compile.
 */
#ifndef OCISPEC_SHAPE_H
#define OCISPEC_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#include "libocispec/names.h"
#include "libocispec/types.h"

/* What a value is in JSON, and what member of a struct holds it. */
enum oci_kind {
	OCI_KIND_BOOL,   /* bool or struct opt_bool */
	OCI_KIND_U16,    /* uint16_t or struct opt_u16; and so on */
	OCI_KIND_U32,
	OCI_KIND_U64,
	OCI_KIND_I32,
	OCI_KIND_I64,
	OCI_KIND_STRING, /* const char * */
	OCI_KIND_NUMBER, /* const char *: any JSON number as it is written, "0.25"; none is lost to a double */
	OCI_KIND_ENUM,   /* int or an enum: a word of a struct oci_names */
	OCI_KIND_OBJECT, /* pointer to a struct with a shape */
	OCI_KIND_LIST,   /* struct oci_list, oci_strings, oci_numbers, oci_words, by what it is of */
	OCI_KIND_MAP,    /* struct oci_map of strings, numbers as text, or objects */
};

/* Flags of a row. */
enum {
	OCI_REQUIRED = 1 << 0, /* absent or null is refused; always written */
	OCI_NONEMPTY = 1 << 1, /* "" or [] is refused */
	OCI_OPT = 1 << 2,      /* the member is a struct opt_...; the row macros set it */
};

struct oci_shape;

/*
 * struct oci_field - one property.
 * @key:      its name in the text, @key_len bytes
 * @offset:   of the member in the struct
 * @kind:     enum oci_kind; @of: kind of the elements of a list or map
 * @flags:    OCI_REQUIRED ...
 * @min @max: range of an integer (or of the integers in a list), narrower than the type's or equal
 * @shape:    of an object, or of the objects in a list or map
 * @names:    words of an enum, or of the enums in a list; for a map, the keys allowed (NULL: any)
 * @check:    further rule for a string: returns NULL, or the complaint in words that follow the
 *            quoted value ("is not a semantic version")
 *
 * Writing: a string, object, word, list, map or opt_ member is left out when absent; a plain
 * bool or integer that is not required is left out when false or 0.
 */
struct oci_field {
	const char *key;
	uint8_t key_len;
	uint8_t kind;
	uint8_t of;
	uint8_t flags;
	uint16_t offset;
	int64_t min;
	uint64_t max;
	const struct oci_shape *shape;
	const struct oci_names *names;
	const char *(*check)(const char *value);
};

/*
 * struct oci_shape - one kind of object.
 * @name:  what messages and the listing call it
 * @size:  of the struct
 * @field: the rows, at most OCI_MAX_FIELDS
 */
struct oci_shape {
	const char *name;
	size_t size;
	const struct oci_field *field;
	uint32_t n;
};

/* Rows of one shape: the reader keeps which of them it has seen in the bits of one word. */
enum { OCI_MAX_FIELDS = 64 };

/* 0, or a compile error when @member of @type is neither of the two types. */
#define OCI_TYPE_IS(type, member, t) \
	__builtin_types_compatible_p(__typeof__(((type *)0)->member), t)
#define OCI_CHECK_TYPE(ok) \
	(0 * sizeof(struct { char c; _Static_assert(ok, "member has the wrong type for its row"); }))

/*
 * One row: property @key_ in @member of struct @type, whose type must pass the test @ok at compile time; the rest are
 * further members of struct oci_field.  Tables use the macros below, one for each type of member.
 */
#define OCI_ROW(type, member, key_, kind_, flags_, ok, ...)                                   \
	{                                                                                     \
		.key = (key_), .key_len = sizeof(key_) - 1, .kind = (kind_),                  \
		.flags = (flags_), .offset = offsetof(type, member) + OCI_CHECK_TYPE(ok),     \
		__VA_ARGS__                                                                   \
	}

/* A row of a member that is of the type @plain, or @opt where "absent" must be told from every value. */
#define OCI_SCALAR(type, member, key, kind, flags, plain, opt, ...)                           \
	OCI_ROW(type, member, key, kind,                                                      \
		(flags) | (OCI_TYPE_IS(type, member, opt) ? OCI_OPT : 0),                     \
		OCI_TYPE_IS(type, member, plain) || OCI_TYPE_IS(type, member, opt), __VA_ARGS__)

/* true or false. */
#define OCI_BOOL(type, member, key, flags) \
	OCI_SCALAR(type, member, key, OCI_KIND_BOOL, flags, bool, struct opt_bool, .of = 0)

/* Integers over their whole range, and within [lo, hi]. */
#define OCI_U16_IN(type, member, key, flags, lo, hi)                                          \
	OCI_SCALAR(type, member, key, OCI_KIND_U16, flags, uint16_t, struct opt_u16,          \
		   .min = (lo), .max = (hi))
#define OCI_U32_IN(type, member, key, flags, lo, hi)                                          \
	OCI_SCALAR(type, member, key, OCI_KIND_U32, flags, uint32_t, struct opt_u32,          \
		   .min = (lo), .max = (hi))
#define OCI_U64_IN(type, member, key, flags, lo, hi)                                          \
	OCI_SCALAR(type, member, key, OCI_KIND_U64, flags, uint64_t, struct opt_u64,          \
		   .min = (lo), .max = (hi))
#define OCI_I32_IN(type, member, key, flags, lo, hi)                                          \
	OCI_SCALAR(type, member, key, OCI_KIND_I32, flags, int32_t, struct opt_i32,           \
		   .min = (lo), .max = (hi))
#define OCI_I64_IN(type, member, key, flags, lo, hi)                                          \
	OCI_SCALAR(type, member, key, OCI_KIND_I64, flags, int64_t, struct opt_i64,           \
		   .min = (lo), .max = (hi))
#define OCI_U16(type, member, key, flags) OCI_U16_IN(type, member, key, flags, 0, UINT16_MAX)
#define OCI_U32(type, member, key, flags) OCI_U32_IN(type, member, key, flags, 0, UINT32_MAX)
#define OCI_U64(type, member, key, flags) OCI_U64_IN(type, member, key, flags, 0, UINT64_MAX)
#define OCI_I32(type, member, key, flags) \
	OCI_I32_IN(type, member, key, flags, INT32_MIN, INT32_MAX)
#define OCI_I64(type, member, key, flags) \
	OCI_I64_IN(type, member, key, flags, INT64_MIN, INT64_MAX)

/* Texts: any string, one that @check_ judges, a number as it is written, a word of the list @names_. */
#define OCI_STRING(type, member, key, flags)                                                  \
	OCI_ROW(type, member, key, OCI_KIND_STRING, flags,                                    \
		OCI_TYPE_IS(type, member, const char *), .of = 0)
#define OCI_STRING_CHECKED(type, member, key, flags, check_)                                  \
	OCI_ROW(type, member, key, OCI_KIND_STRING, flags,                                    \
		OCI_TYPE_IS(type, member, const char *), .check = (check_))
#define OCI_NUMBER(type, member, key, flags)                                                  \
	OCI_ROW(type, member, key, OCI_KIND_NUMBER, flags,                                    \
		OCI_TYPE_IS(type, member, const char *), .of = 0)
#define OCI_ENUM(type, member, key, flags, names_)                                            \
	OCI_ROW(type, member, key, OCI_KIND_ENUM, flags,                                      \
		sizeof(((type *)0)->member) == sizeof(int), .names = (names_))

/* An object, which the member points to. */
#define OCI_OBJECT(type, member, key, flags, shape_)                                          \
	OCI_ROW(type, member, key, OCI_KIND_OBJECT, flags,                                    \
		sizeof(*((type *)0)->member) > 2 * sizeof(uint32_t), .shape = (shape_))

/* Lists: of strings, of uint32_t, of numbers as they are written, of words of the list @names_, of objects. */
#define OCI_STRINGS(type, member, key, flags)                                                 \
	OCI_ROW(type, member, key, OCI_KIND_LIST, flags,                                      \
		OCI_TYPE_IS(type, member, struct oci_strings), .of = OCI_KIND_STRING)
#define OCI_NUMBERS(type, member, key, flags)                                                 \
	OCI_ROW(type, member, key, OCI_KIND_LIST, flags,                                      \
		OCI_TYPE_IS(type, member, struct oci_numbers), .of = OCI_KIND_U32,            \
		.max = UINT32_MAX)
#define OCI_NUMBER_TEXTS(type, member, key, flags)                                            \
	OCI_ROW(type, member, key, OCI_KIND_LIST, flags,                                      \
		OCI_TYPE_IS(type, member, struct oci_strings), .of = OCI_KIND_NUMBER)
#define OCI_WORDS(type, member, key, flags, names_)                                           \
	OCI_ROW(type, member, key, OCI_KIND_LIST, flags,                                      \
		OCI_TYPE_IS(type, member, struct oci_words), .of = OCI_KIND_ENUM,             \
		.names = (names_))
#define OCI_OBJECTS(type, member, key, flags, shape_)                                         \
	OCI_ROW(type, member, key, OCI_KIND_LIST, flags,                                      \
		OCI_TYPE_IS(type, member, struct oci_list), .of = OCI_KIND_OBJECT,            \
		.shape = (shape_))

/* Maps: of strings, of numbers as text, and of objects whose keys may be limited to a word list (NULL: any). */
#define OCI_STRING_MAP(type, member, key, flags)                                              \
	OCI_ROW(type, member, key, OCI_KIND_MAP, flags,                                       \
		OCI_TYPE_IS(type, member, struct oci_map), .of = OCI_KIND_STRING)
#define OCI_NUMBER_MAP(type, member, key, flags)                                              \
	OCI_ROW(type, member, key, OCI_KIND_MAP, flags,                                       \
		OCI_TYPE_IS(type, member, struct oci_map), .of = OCI_KIND_NUMBER)
#define OCI_OBJECT_MAP(type, member, key, flags, shape_, keys)                                \
	OCI_ROW(type, member, key, OCI_KIND_MAP, flags,                                       \
		OCI_TYPE_IS(type, member, struct oci_map), .of = OCI_KIND_OBJECT,             \
		.shape = (shape_), .names = (keys))

/* Initialiser of a struct oci_shape: the rows @fields of struct @type, which begins with `uint32_t at, end`. */
#define OCI_SHAPE(type, name_, fields)                                                        \
	{                                                                                     \
		.name = (name_),                                                              \
		.size = sizeof(type) +                                                        \
			OCI_CHECK_TYPE(offsetof(type, at) == 0 && offsetof(type, end) == 4 && \
				       sizeof(fields) / sizeof((fields)[0]) <= OCI_MAX_FIELDS), \
		.field = (fields),                                                            \
		.n = sizeof(fields) / sizeof((fields)[0]),                                    \
	}

#endif
