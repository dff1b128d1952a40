/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs to JSON, as the tables say.  The only user of yajl's generator, which does the quoting
 * and the commas; numbers are ours.
 */
#include "libocispec/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include "libocispec/heap.h"
#include "libocispec/utf8.h"

struct writer {
	yajl_gen gen;
	struct oci_error *err;
};

static int put_object(struct writer *w, const struct oci_shape *shape, const void *object);

static void put_string(struct writer *w, const char *text)
{
	yajl_gen_string(w->gen, (const unsigned char *)text, strlen(text));
}

/* Tokens that yajl would not write as we want them; it copies "numbers" as they are. */
static void put_token(struct writer *w, const char *token)
{
	yajl_gen_number(w->gen, token, strlen(token));
}

/* A string of a row called @key, which is all an error can name. */
static int put_text(struct writer *w, const char *key, const char *text)
{
	if (!text)
		return oci_error_say(w->err, "\"%s\" holds a NULL", key);
	if (utf8_check(text, strlen(text)) < strlen(text))
		return oci_error_say(w->err, "\"%s\" is not UTF-8 and cannot be written as JSON", key);
	put_string(w, text);
	return 0;
}

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* JSON's grammar: -1, 0.5, 1e+3; neither 01 nor 1. */
static bool is_number(const char *text)
{
	size_t n;

	text += *text == '-';
	n = count_digits(text);
	if (n == 0 || (n > 1 && *text == '0'))
		return false;
	text += n;
	if (*text == '.') {
		n = count_digits(++text);
		if (n == 0)
			return false;
		text += n;
	}
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '+' || *text == '-';
		n = count_digits(text);
		if (n == 0)
			return false;
		text += n;
	}
	return *text == '\0';
}

/* A number that the struct has as text. */
static int put_number(struct writer *w, const char *key, const char *text)
{
	if (!text || !is_number(text))
		return oci_error_say(w->err, "\"%s\" holds what is no number", key);
	put_token(w, text);
	return 0;
}

static int put_word(struct writer *w, const struct oci_field *row, int value)
{
	const char *word = oci_names_word(row->names, value);

	if (!word)
		return oci_error_say(w->err, "\"%s\": %d stands for nothing that is %s",
				     row->key, value, row->names->what);
	put_string(w, word);
	return 0;
}

/*
 * struct cell - what lies in one member, taken out by its kind.
 * @is_there: whether it is to be written
 * @bits:     of a bool or integer, in two's complement; @negative: its sign
 * @pointer:  of a string, number as text, or object; @word: of an enum; @series: of a list or map
 */
struct cell {
	bool is_there;
	bool negative;
	uint64_t bits;
	int word;
	const void *pointer;
	struct oci_list series;
};

#define GET_SCALAR(type, opt)                                                               \
	do {                                                                                \
		opt value_ = { .set = false };                                              \
		if (row->flags & OCI_OPT) {                                                 \
			memcpy(&value_, at, sizeof(value_));                                \
		} else {                                                                    \
			memcpy(&value_.v, at, sizeof(value_.v));                            \
			value_.set = value_.v || (row->flags & OCI_REQUIRED);               \
		}                                                                           \
		cell.is_there = value_.set;                                                 \
		cell.bits = (uint64_t)value_.v;                                             \
		cell.negative = (type)-1 < (type)1 && (int64_t)cell.bits < 0;               \
	} while (0)

static struct cell get_cell(const struct oci_field *row, const char *at)
{
	struct cell cell = { .is_there = false };

	switch ((enum oci_kind)row->kind) {
	case OCI_KIND_BOOL:
		GET_SCALAR(unsigned int, struct opt_bool);
		break;
	case OCI_KIND_U16:
		GET_SCALAR(uint32_t, struct opt_u16);
		break;
	case OCI_KIND_U32:
		GET_SCALAR(uint32_t, struct opt_u32);
		break;
	case OCI_KIND_U64:
		GET_SCALAR(uint64_t, struct opt_u64);
		break;
	case OCI_KIND_I32:
		GET_SCALAR(int32_t, struct opt_i32);
		break;
	case OCI_KIND_I64:
		GET_SCALAR(int64_t, struct opt_i64);
		break;
	case OCI_KIND_STRING:
	case OCI_KIND_NUMBER:
	case OCI_KIND_OBJECT:
		memcpy(&cell.pointer, at, sizeof(cell.pointer));
		cell.is_there = cell.pointer != NULL;
		break;
	case OCI_KIND_ENUM:
		memcpy(&cell.word, at, sizeof(cell.word));
		cell.is_there = cell.word != 0;
		break;
	case OCI_KIND_LIST:
	case OCI_KIND_MAP:
		memcpy(&cell.series, at, sizeof(cell.series));
		cell.is_there = cell.series.set;
		break;
	}
	return cell;
}

static void put_integer(struct writer *w, bool negative, uint64_t bits)
{
	char digits[24];

	if (negative)
		(void)snprintf(digits, sizeof(digits), "%" PRId64, (int64_t)bits);
	else
		(void)snprintf(digits, sizeof(digits), "%" PRIu64, bits);
	put_token(w, digits);
}

static int put_element(struct writer *w, const struct oci_field *row, const struct oci_list *list,
		       uint32_t i)
{
	const char *item = (const char *)list->item;
	const void *object;
	const char *text;
	uint32_t number;
	int value;

	switch (row->of) {
	case OCI_KIND_STRING:
	case OCI_KIND_NUMBER:
		memcpy(&text, item + i * sizeof(text), sizeof(text));
		return row->of == OCI_KIND_STRING ? put_text(w, row->key, text) : put_number(w, row->key, text);
	case OCI_KIND_ENUM:
		memcpy(&value, item + i * sizeof(value), sizeof(value));
		return put_word(w, row, value);
	case OCI_KIND_OBJECT:
		memcpy(&object, item + i * sizeof(object), sizeof(object));
		return put_object(w, row->shape, object);
	case OCI_KIND_U32:
	default:
		memcpy(&number, item + i * sizeof(number), sizeof(number));
		put_integer(w, false, number);
		return 0;
	}
}

static int put_list(struct writer *w, const struct oci_field *row, const struct oci_list *list)
{
	if (!list->n) {
		/* yajl would put the brackets on two lines. */
		put_token(w, "[]");
		return 0;
	}
	yajl_gen_array_open(w->gen);
	for (uint32_t i = 0; i < list->n; i++) {
		if (put_element(w, row, list, i) < 0)
			return -1;
	}
	yajl_gen_array_close(w->gen);
	return 0;
}

static int put_map(struct writer *w, const struct oci_field *row, const struct oci_list *series)
{
	const struct oci_entry *entry;
	struct oci_map map;
	int result;

	if (!series->n) {
		put_token(w, "{}");
		return 0;
	}
	memcpy(&map, series, sizeof(map));
	yajl_gen_map_open(w->gen);
	oci_for_entry(entry, &map) {
		if (put_text(w, row->key, entry->key) < 0)
			return -1;
		if (row->of == OCI_KIND_STRING)
			result = put_text(w, row->key, entry->string);
		else if (row->of == OCI_KIND_NUMBER)
			result = put_number(w, row->key, entry->string);
		else
			result = put_object(w, row->shape, entry->object);
		if (result < 0)
			return -1;
	}
	yajl_gen_map_close(w->gen);
	return 0;
}

static int put_cell(struct writer *w, const struct oci_field *row, const struct cell *cell)
{
	switch ((enum oci_kind)row->kind) {
	case OCI_KIND_STRING:
		return put_text(w, row->key, cell->pointer);
	case OCI_KIND_NUMBER:
		return put_number(w, row->key, cell->pointer);
	case OCI_KIND_OBJECT:
		return put_object(w, row->shape, cell->pointer);
	case OCI_KIND_ENUM:
		return put_word(w, row, cell->word);
	case OCI_KIND_LIST:
		return put_list(w, row, &cell->series);
	case OCI_KIND_MAP:
		return put_map(w, row, &cell->series);
	case OCI_KIND_BOOL:
		yajl_gen_bool(w->gen, cell->bits != 0);
		return 0;
	case OCI_KIND_U16:
	case OCI_KIND_U32:
	case OCI_KIND_U64:
	case OCI_KIND_I32:
	case OCI_KIND_I64:
	default:
		put_integer(w, cell->negative, cell->bits);
		return 0;
	}
}

/* yajl opens an object on a line of its own, so it has to be known whether it stays empty. */
static int put_object(struct writer *w, const struct oci_shape *shape, const void *object)
{
	bool is_open = false;

	if (!object)
		return oci_error_say(w->err, "a %s is missing in a list or map", shape->name);
	for (uint32_t i = 0; i < shape->n; i++) {
		const struct oci_field *row = &shape->field[i];
		struct cell cell = get_cell(row, (const char *)object + row->offset);

		if (!cell.is_there && row->flags & OCI_REQUIRED)
			return oci_error_say(w->err, "\"%s\" of a %s is required",
					     row->key, shape->name);
		if (!cell.is_there)
			continue;
		if (!is_open)
			yajl_gen_map_open(w->gen);
		is_open = true;
		put_string(w, row->key);
		if (put_cell(w, row, &cell) < 0)
			return -1;
	}
	if (is_open)
		yajl_gen_map_close(w->gen);
	else
		put_token(w, "{}");
	return 0;
}

int oci_write(struct arena *arena, const struct oci_shape *shape, const void *object,
	      unsigned int flags, const char **ret_text, size_t *ret_len, struct oci_error *err)
{
	yajl_alloc_funcs memory = {
		.malloc = heap_malloc, .realloc = heap_realloc, .free = heap_free,
	};
	struct writer w = { .gen = yajl_gen_alloc(&memory), .err = err };
	const unsigned char *text;
	size_t len;

	yajl_gen_config(w.gen, yajl_gen_beautify, (int)(flags & OCI_WRITE_PRETTY));
	yajl_gen_config(w.gen, yajl_gen_indent_string, "  ");
	if (put_object(&w, shape, object) < 0) {
		yajl_gen_free(w.gen);
		return -1;
	}
	yajl_gen_get_buf(w.gen, &text, &len);
	/* In pretty form yajl ends the outermost value with a newline. */
	while (len && text[len - 1] == '\n')
		len--;
	*ret_text = arena_text(arena, (const char *)text, len);
	if (ret_len)
		*ret_len = len;
	yajl_gen_free(w.gen);
	return 0;
}
