/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is packed comes out again, and what is cut or changed on the way is refused. */
#include "cgroup/systemd_message.h"

#include <setjmp.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "libocispec/arena.h"
#include "tests/unit/support.h"

static struct plan_value values[] = {
	{ .type = 'a', .text = "(sd)" },
	{ .type = '(', .text = "sd" }, { .type = 's', .text = "" }, { .type = 'd', .real = -1.5 }, { .type = ')' },
	{ .type = ')' },
};
static struct plan_value number = { .type = 't', .number = UINT64_MAX };

static const struct plan_property properties[] = {
	{ .at = 17, .is_asked = true, .name = "Pairs", .signature = "a(sd)", .value = values, .n = COUNT(values) },
	{ .at = ERR_NOWHERE, .name = "Number", .signature = "t", .value = &number, .n = 1 },
};

static void test_round(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_free char *data = NULL;
	struct plan_scope scope;
	size_t size;

	(void)state;
	assert_int_equal(systemd_pack("x.scope", properties, COUNT(properties), &data, &size), 0);
	assert_int_equal(systemd_unpack(data, size, &arena, &scope), 0);
	assert_string_equal(scope.unit, "x.scope");
	assert_int_equal(scope.n, COUNT(properties));
	for (size_t i = 0; i < scope.n; i++) {
		const struct plan_property *one = &scope.properties[i], *other = &properties[i];

		assert_int_equal(one->at, other->at);
		assert_int_equal(one->is_asked, other->is_asked);
		assert_string_equal(one->name, other->name);
		assert_string_equal(one->signature, other->signature);
		assert_int_equal(one->n, other->n);
		for (size_t k = 0; k < one->n; k++) {
			assert_int_equal(one->value[k].type, other->value[k].type);
			assert_true(one->value[k].number == other->value[k].number);
			assert_true(one->value[k].real == other->value[k].real);
			if (other->value[k].text == NULL)
				assert_null(one->value[k].text);
			else
				assert_string_equal(one->value[k].text, other->value[k].text);
		}
	}
}

static void test_nothing(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_free char *data = NULL;
	struct plan_scope scope;
	size_t size;

	(void)state;
	assert_int_equal(systemd_pack(NULL, NULL, 0, &data, &size), 0);
	assert_int_equal(systemd_unpack(data, size, &arena, &scope), 0);
	assert_null(scope.unit);
	assert_int_equal(scope.n, 0);
}

/* Of every length but the right one; in a block of exactly that size, for sanitizers to see a byte too far. */
static void test_cut(void **state)
{
	auto_free char *data = NULL;
	size_t size;

	(void)state;
	assert_int_equal(systemd_pack("x.scope", properties, COUNT(properties), &data, &size), 0);
	for (size_t n = 0; n <= size + 1; n++) {
		auto_arena struct arena arena = ARENA_INIT;
		auto_free char *cut = calloc(1, n + (n == 0));
		struct plan_scope scope;

		assert_non_null(cut);
		memcpy(cut, data, n < size ? n : size);
		assert_int_equal(systemd_unpack(cut, n, &arena, &scope), n == size ? 0 : -1);
	}
}

/* Lengths and counts that are not true. */
static void test_wrong(void **state)
{
	static const uint64_t wrong[] = { 8, 6, 1 << 20, UINT64_MAX - 1, INT64_MAX };
	auto_free char *data = NULL;
	size_t size, count = sizeof(uint64_t) + sizeof("x.scope");

	(void)state;
	assert_int_equal(systemd_pack("x.scope", properties, COUNT(properties), &data, &size), 0);
	for (size_t i = 0; i < 2 * COUNT(wrong); i++) {
		auto_arena struct arena arena = ARENA_INIT;
		auto_free char *copy = malloc(size);
		struct plan_scope scope;

		assert_non_null(copy);
		memcpy(copy, data, size);
		memcpy(copy + (i < COUNT(wrong) ? 0 : count), &wrong[i % COUNT(wrong)], sizeof(uint64_t));
		assert_int_equal(systemd_unpack(copy, size, &arena, &scope), -1);
	}
}

static void test_transport(void **state)
{
	static const char text[] = "twelve bytes";
	char got[sizeof(text)] = "";
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	/* In two parts. */
	assert_int_equal(systemd_send(pair[0], text, 5), 0);
	assert_int_equal(systemd_send(pair[0], text + 5, sizeof(text) - 5), 0);
	assert_int_equal(systemd_receive(pair[1], got, sizeof(got), -1), 0);
	assert_string_equal(got, text);
	/* Half of it is none. */
	assert_int_equal(systemd_send(pair[0], text, 5), 0);
	assert_int_equal(systemd_receive(pair[1], got, sizeof(got), 20), -1);
	assert_int_equal(errno, ETIME);
	assert_int_equal(systemd_send(pair[0], text, 5), 0);
	(void)close(pair[0]);
	assert_int_equal(systemd_receive(pair[1], got, sizeof(got), 1000), -1);
	assert_int_equal(errno, EPIPE);
	/* An error, and not SIGPIPE. */
	assert_int_equal(systemd_send(pair[1], text, 5), -1);
	assert_int_equal(errno, EPIPE);
	(void)close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_transport),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
