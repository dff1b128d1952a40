/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protocol buffers: bytes as the encoding's definition has them, and what is no message. */
#include "base/protobuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

struct inner {
	const char *key;
	int64_t fd;
};

static const struct protobuf_field inner_rows[] = {
	PROTOBUF_ROW_TEXT(struct inner, key, 1),
	PROTOBUF_ROW_NUMBER(struct inner, fd, 2, PROTOBUF_ALWAYS),
};
static const struct protobuf_shape inner_shape = PROTOBUF_SHAPE(struct inner, inner_rows);

struct outer {
	int64_t number;
	int64_t always;
	const char *text;
	const struct inner *inner;
	struct protobuf_list texts;
	struct protobuf_list inners;
};

static const struct protobuf_field outer_rows[] = {
	PROTOBUF_ROW_NUMBER(struct outer, number, 1, 0),
	PROTOBUF_ROW_NUMBER(struct outer, always, 34, PROTOBUF_ALWAYS),
	PROTOBUF_ROW_TEXT(struct outer, text, 2),
	PROTOBUF_ROW_MESSAGE(struct outer, inner, 3, struct inner, &inner_shape),
	PROTOBUF_ROW_TEXTS(struct outer, texts, 4),
	PROTOBUF_ROW_MESSAGES(struct outer, inners, 5, &inner_shape),
};
static const struct protobuf_shape outer_shape = PROTOBUF_SHAPE(struct outer, outer_rows);

struct answer_part {
	int64_t pid;
	char word[6];
};

static const struct protobuf_field answer_part_rows[] = {
	PROTOBUF_ROW_NUMBER(struct answer_part, pid, 2, 0),
	PROTOBUF_ROW_CHARS(struct answer_part, word, 1),
};
static const struct protobuf_shape answer_part_shape = PROTOBUF_SHAPE(struct answer_part, answer_part_rows);

struct answer {
	int64_t type;
	struct answer_part part;
};

static const struct protobuf_field answer_rows[] = {
	PROTOBUF_ROW_NUMBER(struct answer, type, 1, 0),
	PROTOBUF_ROW_INSIDE(struct answer, part, 5, struct answer_part, &answer_part_shape),
};
static const struct protobuf_shape answer_shape = PROTOBUF_SHAPE(struct answer, answer_rows);

static void assert_written(const struct outer *outer, const char *bytes, size_t len)
{
	unsigned char buf[128];

	assert_int_equal(protobuf_write(&outer_shape, outer, buf, sizeof(buf)), len);
	assert_memory_equal(buf, bytes, len);
}

#define ASSERT_WRITTEN(outer, bytes) assert_written((outer), (bytes), sizeof(bytes) - 1)

static void test_numbers(void **state)
{
	(void)state;
	ASSERT_WRITTEN(&((struct outer){ .number = 0 }), "\x90\x02\x00");
	ASSERT_WRITTEN(&((struct outer){ .number = 1 }), "\x08\x01\x90\x02\x00");
	ASSERT_WRITTEN(&((struct outer){ .number = 150, .always = 127 }), "\x08\x96\x01\x90\x02\x7f");
	ASSERT_WRITTEN(&((struct outer){ .number = -1 }), "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x90\x02\x00");
}

static void test_text_and_messages(void **state)
{
	static const char *const texts[] = { "a", "" };
	static const struct inner inners[] = { { .key = "k", .fd = 4 }, { .key = "m" } };

	(void)state;
	ASSERT_WRITTEN(&((struct outer){ .text = "hi" }), "\x90\x02\x00\x12\x02hi");
	ASSERT_WRITTEN(&((struct outer){ .inner = &inners[0] }), "\x90\x02\x00\x1a\x05\x0a\x01k\x10\x04");
	ASSERT_WRITTEN(&((struct outer){ .texts = { texts, 2 } }), "\x90\x02\x00\x22\x01" "a\x22\x00");
	ASSERT_WRITTEN(&((struct outer){ .inners = { inners, 2 } }),
		       "\x90\x02\x00\x2a\x05\x0a\x01k\x10\x04\x2a\x05\x0a\x01m\x10\x00");
}

static void test_too_large(void **state)
{
	unsigned char buf[8];
	struct outer outer = { .text = "12345" };

	(void)state;
	assert_int_equal(protobuf_write(&outer_shape, &outer, buf, sizeof(buf)), -1);
	outer.text = "123";
	assert_int_equal(protobuf_write(&outer_shape, &outer, buf, sizeof(buf)), 8);
}

static bool reads(struct answer *ret, const char *bytes, size_t len)
{
	*ret = (struct answer){ .type = -7 };
	return protobuf_read(&answer_shape, bytes, len, ret);
}

#define READS(ret, bytes) reads((ret), (bytes), sizeof(bytes) - 1)

static void test_read(void **state)
{
	struct answer answer;

	(void)state;
	assert_true(READS(&answer, ""));
	assert_int_equal(answer.type, -7);
	assert_true(READS(&answer, "\x08\x06\x2a\x07\x0a\x02hi\x10\x96\x01"));
	assert_int_equal(answer.type, 6);
	assert_string_equal(answer.part.word, "hi");
	assert_int_equal(answer.part.pid, 150);
	assert_true(READS(&answer, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
	assert_int_equal(answer.type, -1);
	/* What does not fit is cut. */
	assert_true(READS(&answer, "\x2a\x0a\x0a\x08" "12345678"));
	assert_string_equal(answer.part.word, "12345");
}

static void test_read_passes_over(void **state)
{
	struct answer answer;

	(void)state;
	/* Fields of every layout that there is no row for. */
	assert_true(READS(&answer, "\x90\x02\x05\x91\x02" "12345678" "\x95\x02" "1234" "\x92\x02\x01x\x08\x02"));
	assert_int_equal(answer.type, 2);
}

static void test_read_refuses(void **state)
{
	struct answer answer;

	(void)state;
	assert_false(READS(&answer, "\x08"));			/* no value */
	assert_false(READS(&answer, "\x08\x80"));		/* a number cut short */
	assert_false(READS(&answer, "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"));
	assert_false(READS(&answer, "\x92\x02\x02x"));		/* bytes cut short */
	assert_false(READS(&answer, "\x92\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"));
	assert_false(READS(&answer, "\x0b"));			/* a group, which nobody uses */
	assert_false(READS(&answer, "\x0a\x01x"));		/* text where a number belongs */
	assert_false(READS(&answer, "\x28\x01"));		/* a number where a message belongs */
	assert_false(READS(&answer, "\x2a\x02\x08\x01"));	/* and where text does */
	assert_false(READS(&answer, "\x2a\x01\x08"));		/* a broken message inside */
	assert_false(READS(&answer, "\x95\x02" "123"));
	assert_false(READS(&answer, "\x91\x02" "1234567"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_text_and_messages),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_passes_over),
		cmocka_unit_test(test_read_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
