/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A made-up document with one row of every kind, for the tests of the engines.
 */
#ifndef TESTS_LIBOCISPEC_PETS_H
#define TESTS_LIBOCISPEC_PETS_H

#include "libocispec/shape.h"

struct pet {
	uint32_t at, end;
	const char *name;
	struct opt_u32 age;
};

struct zoo {
	uint32_t at, end;
	const char *name;      /* required */
	const char *motto;     /* checked: no blanks */
	bool open;
	struct opt_bool free;
	uint16_t doors;
	struct opt_u16 gates;
	uint32_t tickets;
	struct opt_u32 guests;
	uint64_t coins;
	struct opt_u64 debts;
	int32_t floor;
	struct opt_i32 mood;
	int64_t balance;
	struct opt_i64 offset;
	struct opt_i32 stars;  /* -1..5 */
	struct opt_i64 grade;  /* 1..6 */
	int colour;
	struct pet *boss;
	struct oci_list pets;
	struct oci_strings tags; /* not empty */
	struct oci_numbers cages;
	struct oci_words colours;
	struct oci_map notes;
	struct oci_map houses; /* of struct pet, keys are colours */
	const char *weight;
	struct oci_strings weights; /* numbers as text, as in masses */
	struct oci_map masses;
};

static const char *check_no_blanks(const char *text)
{
	return strchr(text, ' ') ? "has blanks" : NULL;
}

static const struct oci_name colour_words[] = {
	{ "red", 1 },
	{ "green", 2 },
	{ "blue", 3 },
};
static const struct oci_names colour_names = OCI_NAMES("a colour", colour_words);

static const struct oci_field pet_fields[] = {
	OCI_STRING(struct pet, name, "name", OCI_REQUIRED | OCI_NONEMPTY),
	OCI_U32(struct pet,    age,  "age",  0),
};
static const struct oci_shape pet_shape = OCI_SHAPE(struct pet, "pet", pet_fields);

static const struct oci_field zoo_fields[] = {
	OCI_STRING(struct zoo,         name,    "name",    OCI_REQUIRED),
	OCI_STRING_CHECKED(struct zoo, motto,   "motto",   0, check_no_blanks),
	OCI_BOOL(struct zoo,           open,    "open",    0),
	OCI_BOOL(struct zoo,           free,    "free",    0),
	OCI_U16(struct zoo,            doors,   "doors",   0),
	OCI_U16(struct zoo,            gates,   "gates",   0),
	OCI_U32(struct zoo,            tickets, "tickets", 0),
	OCI_U32(struct zoo,            guests,  "guests",  0),
	OCI_U64(struct zoo,            coins,   "coins",   0),
	OCI_U64(struct zoo,            debts,   "debts",   0),
	OCI_I32(struct zoo,            floor,   "floor",   0),
	OCI_I32(struct zoo,            mood,    "mood",    0),
	OCI_I64(struct zoo,            balance, "balance", 0),
	OCI_I64(struct zoo,            offset,  "offset",  0),
	OCI_I32_IN(struct zoo,         stars,   "stars",   0, -1, 5),
	OCI_I64_IN(struct zoo,         grade,   "grade",   0, 1, 6),
	OCI_ENUM(struct zoo,           colour,  "colour",  0, &colour_names),
	OCI_OBJECT(struct zoo,         boss,    "boss",    0, &pet_shape),
	OCI_OBJECTS(struct zoo,        pets,    "pets",    0, &pet_shape),
	OCI_STRINGS(struct zoo,        tags,    "tags",    OCI_NONEMPTY),
	OCI_NUMBERS(struct zoo,        cages,   "cages",   0),
	OCI_WORDS(struct zoo,          colours, "colours", 0, &colour_names),
	OCI_STRING_MAP(struct zoo,     notes,   "notes",   0),
	OCI_OBJECT_MAP(struct zoo,     houses,  "houses",  0, &pet_shape, &colour_names),
	OCI_NUMBER(struct zoo,         weight,  "weight",  0),
	OCI_NUMBER_TEXTS(struct zoo,   weights, "weights", 0),
	OCI_NUMBER_MAP(struct zoo,     masses,  "masses",  0),
};
static const struct oci_shape zoo_shape = OCI_SHAPE(struct zoo, "zoo", zoo_fields);

#endif
