/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of checkpoint and restore, from words to what CRIU is asked for. */
#include "cmd/criu_options.h"

#include "tests/unit/support.h"

#include <sched.h>

#include "base/err.h"
#include "host/criu_images.h"

struct options {
	struct criu_options criu;
};

static const struct options_row rows[] = { CRIU_OPTIONS_ROWS(struct options) };
static const struct options_table table = OPTIONS_TABLE(rows);

/* What @argv of @argc words means, into @ret. */
static int parse(int argc, char **argv, struct criu_wishes *ret, struct err *err)
{
	struct options options = { .criu = CRIU_OPTIONS_DEFAULTS };
	struct options_result result;
	int r;

	*err = ERR_INIT;
	r = options_parse(&table, 0, argc, argv, &options, &result, err);
	if (r == 0)
		r = criu_options_read(&options.criu, ret, err);
	options_free(&table, &options);
	return r;
}

#define PARSE(ret, err, ...) parse(sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *), (char *[]){ __VA_ARGS__, NULL }, (ret), (err))

static void test_nothing(void **state)
{
	struct criu_wishes wishes;
	struct err err;

	(void)state;
	assert_good(parse(0, (char *[]){ NULL }, &wishes, &err), err);
	assert_null(wishes.image_path);
	assert_null(wishes.work_path);
	assert_int_equal(wishes.cgroups, CRIU_CGROUPS_SOFT);
	assert_int_equal(wishes.network_lock, 0);
	assert_int_equal(wishes.empty_ns, 0);
	assert_false(wishes.tcp_established || wishes.ext_unix_sk || wishes.shell_job || wishes.file_locks ||
		     wishes.auto_dedup || wishes.lazy_pages);
	assert_good(PARSE(&wishes, &err, "--image-path=", "--work-path=", "--manage-cgroups-mode="), err);
	assert_null(wishes.image_path);
	assert_null(wishes.work_path);
	assert_int_equal(wishes.cgroups, CRIU_CGROUPS_SOFT);
}

static void test_all(void **state)
{
	struct criu_wishes wishes;
	struct err err;

	(void)state;
	assert_good(PARSE(&wishes, &err, "--image-path=/i", "--work-path=/w", "--tcp-established", "--ext-unix-sk", "--shell-job",
			  "--file-locks", "--auto-dedup", "--empty-ns", "network"), err);
	assert_string_equal(wishes.image_path, "/i");
	assert_string_equal(wishes.work_path, "/w");
	assert_true(wishes.tcp_established && wishes.ext_unix_sk && wishes.shell_job && wishes.file_locks && wishes.auto_dedup);
	assert_int_equal(wishes.empty_ns, CLONE_NEWNET);
}

static void test_words(void **state)
{
	struct criu_wishes wishes;
	struct err err;

	(void)state;
	assert_good(PARSE(&wishes, &err, "--manage-cgroups-mode=full", "--network-lock=iptables"), err);
	assert_int_equal(wishes.cgroups, CRIU_CGROUPS_FULL);
	assert_int_equal(wishes.network_lock, CRIU_LOCK_IPTABLES);
	assert_good(PARSE(&wishes, &err, "--manage-cgroups-mode=strict", "--network-lock=nftables"), err);
	assert_int_equal(wishes.cgroups, CRIU_CGROUPS_STRICT);
	assert_int_equal(wishes.network_lock, CRIU_LOCK_NFTABLES);
	assert_good(PARSE(&wishes, &err, "--manage-cgroups-mode=ignore", "--network-lock=skip"), err);
	assert_int_equal(wishes.cgroups, CRIU_CGROUPS_IGNORE);
	assert_int_equal(wishes.network_lock, CRIU_LOCK_SKIP);
	assert_int_equal(PARSE(&wishes, &err, "--empty-ns=network", "--empty-ns=ipc"), -1);
	assert_string_equal(err.text, "option '--empty-ns' does not take the value \"ipc\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
