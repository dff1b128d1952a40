/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Protocol buffers; see protobuf.h.
 * Runs in: host.
 */
#include "base/protobuf.h"

#include <string.h>

/* How a field's value is laid out: the low three bits of its tag. */
enum layout { LAYOUT_NUMBER = 0, LAYOUT_64 = 1, LAYOUT_BYTES = 2, LAYOUT_32 = 5 };

/* A number has seven bits in each byte, the lowest first; so many bytes make 64 bits. */
enum { NUMBER_BYTES = 10 };

/* struct sink - what is being written; with @buf NULL only its length is counted. */
struct sink {
	unsigned char *buf;
	size_t size, len;
};

static void put(struct sink *sink, const void *data, size_t len)
{
	if (sink->buf != NULL && len <= sink->size - sink->len && sink->len <= sink->size)
		memcpy(sink->buf + sink->len, data, len);
	sink->len += len;
}

static void put_number(struct sink *sink, uint64_t number)
{
	unsigned char bytes[NUMBER_BYTES];
	size_t n = 0;

	do {
		bytes[n] = (unsigned char)(number & 0x7f);
		number >>= 7;
		if (number != 0)
			bytes[n] |= 0x80;
		n++;
	} while (number != 0);
	put(sink, bytes, n);
}

static void put_tag(struct sink *sink, const struct protobuf_field *field, enum layout layout)
{
	put_number(sink, (uint64_t)field->number << 3 | layout);
}

static void put_text(struct sink *sink, const struct protobuf_field *field, const char *text)
{
	size_t len = strlen(text);

	put_tag(sink, field, LAYOUT_BYTES);
	put_number(sink, len);
	put(sink, text, len);
}

static void put_members(struct sink *sink, const struct protobuf_shape *shape, const char *message);

/* A message within a message has its length in front, so it is measured first. */
static void put_message(struct sink *sink, const struct protobuf_field *field, const char *message)
{
	struct sink measure = { .buf = NULL };

	put_members(&measure, field->shape, message);
	put_tag(sink, field, LAYOUT_BYTES);
	put_number(sink, measure.len);
	put_members(sink, field->shape, message);
}

static void put_list(struct sink *sink, const struct protobuf_field *field, const struct protobuf_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (field->kind == PROTOBUF_TEXTS)
			put_text(sink, field, ((const char *const *)list->item)[i]);
		else
			put_message(sink, field, (const char *)list->item + i * field->shape->size);
	}
}

static void put_member(struct sink *sink, const struct protobuf_field *field, const void *member)
{
	switch ((enum protobuf_kind)field->kind) {
	case PROTOBUF_NUMBER:
		if (*(const int64_t *)member == 0 && (field->flags & PROTOBUF_ALWAYS) == 0)
			return;
		put_tag(sink, field, LAYOUT_NUMBER);
		put_number(sink, (uint64_t)*(const int64_t *)member);
		return;
	case PROTOBUF_TEXT:
		if (*(const char *const *)member != NULL)
			put_text(sink, field, *(const char *const *)member);
		return;
	case PROTOBUF_MESSAGE:
		if (*(const char *const *)member != NULL)
			put_message(sink, field, *(const char *const *)member);
		return;
	case PROTOBUF_TEXTS:
	case PROTOBUF_MESSAGES:
		put_list(sink, field, member);
		return;
	case PROTOBUF_CHARS:
	case PROTOBUF_INSIDE:
		return;
	}
}

static void put_members(struct sink *sink, const struct protobuf_shape *shape, const char *message)
{
	for (size_t i = 0; i < shape->n; i++)
		put_member(sink, &shape->field[i], message + shape->field[i].offset);
}

ssize_t protobuf_write(const struct protobuf_shape *shape, const void *message, void *buf, size_t size)
{
	struct sink sink = { .buf = buf, .size = size };

	put_members(&sink, shape, message);
	return sink.len <= size ? (ssize_t)sink.len : -1;
}

/* struct source - what is still to be read. */
struct source {
	const unsigned char *at, *end;
};

static bool get_number(struct source *source, uint64_t *ret)
{
	uint64_t number = 0;

	for (unsigned int i = 0; i < NUMBER_BYTES && source->at < source->end; i++) {
		unsigned char byte = *source->at++;

		number |= (uint64_t)(byte & 0x7f) << (7 * i);
		if ((byte & 0x80) == 0) {
			*ret = number;
			return true;
		}
	}
	return false;
}

static bool get_bytes(struct source *source, uint64_t len, struct source *ret)
{
	if (len > (uint64_t)(source->end - source->at))
		return false;
	*ret = (struct source){ .at = source->at, .end = source->at + len };
	source->at = ret->end;
	return true;
}

/* The value of a field of @layout: a number into @ret_number, else its bytes into @ret_bytes. */
static bool get_value(struct source *source, uint64_t layout, uint64_t *ret_number, struct source *ret_bytes)
{
	switch (layout) {
	case LAYOUT_NUMBER:
		return get_number(source, ret_number);
	case LAYOUT_64:
		return get_bytes(source, 8, ret_bytes);
	case LAYOUT_32:
		return get_bytes(source, 4, ret_bytes);
	case LAYOUT_BYTES:
		return get_number(source, ret_number) && get_bytes(source, *ret_number, ret_bytes);
	default:
		return false;
	}
}

static const struct protobuf_field *find_field(const struct protobuf_shape *shape, uint64_t number)
{
	for (size_t i = 0; i < shape->n; i++) {
		if (shape->field[i].number == number)
			return &shape->field[i];
	}
	return NULL;
}

static bool set_member(const struct protobuf_field *field, uint64_t layout, uint64_t number,
		       const struct source *bytes, void *member)
{
	size_t len;

	switch ((enum protobuf_kind)field->kind) {
	case PROTOBUF_NUMBER:
		*(int64_t *)member = (int64_t)number;
		return layout == LAYOUT_NUMBER;
	case PROTOBUF_CHARS:
		if (layout != LAYOUT_BYTES)
			return false;
		len = (size_t)(bytes->end - bytes->at);
		if (len > field->size - 1u)
			len = field->size - 1u;
		memcpy(member, bytes->at, len);
		((char *)member)[len] = '\0';
		return true;
	case PROTOBUF_INSIDE:
		return layout == LAYOUT_BYTES &&
		       protobuf_read(field->shape, bytes->at, (size_t)(bytes->end - bytes->at), member);
	default:
		return true;
	}
}

bool protobuf_read(const struct protobuf_shape *shape, const void *data, size_t len, void *ret)
{
	struct source source = { .at = data, .end = (const unsigned char *)data + len };

	while (source.at < source.end) {
		struct source bytes = { .at = NULL };
		const struct protobuf_field *field;
		uint64_t tag, number = 0;

		if (!get_number(&source, &tag) || !get_value(&source, tag & 7, &number, &bytes))
			return false;
		field = find_field(shape, tag >> 3);
		if (field != NULL && !set_member(field, tag & 7, number, &bytes, (char *)ret + field->offset))
			return false;
	}
	return true;
}
