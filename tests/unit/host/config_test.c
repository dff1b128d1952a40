/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config.json: found, refused, and its errors placed. */
#include "host/config.h"

#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "libocispec/oci/config.h"

#define GOOD                                                                              \
	"{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'},"                             \
	" 'process': {'cwd': '/', 'args': ['sh'], 'user': {'uid': 0, 'gid': 0}}}"

/* The bundle must be refused: @err is filled, nothing stays open, and manager words are avoided. */
static void refused(const char *bundle, const char *file, struct err *err)
{
	auto_config struct config config = CONFIG_INIT;
	size_t fds = support_count_fds();

	*err = ERR_INIT;
	assert_int_equal(config_load(&config, bundle, file, err), -1);
	assert_int_equal(support_count_fds(), fds);
	assert_null(strstr(err->text, "No such file"));
	assert_null(strstr(err->text, "Permission denied"));
}

static void test_loads(void **state)
{
	auto_config struct config config = CONFIG_INIT;
	struct err err = ERR_INIT;
	struct stage stage;
	char name[256];
	size_t fds;

	(void)state;
	stage_open(&stage);
	stage_config(&stage, GOOD);
	fds = support_count_fds();
	assert_good(config_load(&config, stage.bundle, NULL, &err), err);
	assert_int_equal(support_count_fds(), fds);
	assert_string_equal(config.bundle, stage.bundle);
	assert_string_equal(config.config->root->path, "rootfs");
	assert_string_equal(config.config->oci_version, "1.2.0");
	(void)snprintf(name, sizeof(name), "%s/config.json", stage.bundle);
	assert_string_equal(config.source.name, name);
	assert_int_equal(config.source.len, strlen(GOOD));
	assert_int_equal(config.source.text[config.config->root->at], '{');
	stage_close(&stage);
}

/* Relative, with a slash at the end, through a link: always the one real path. */
static void test_bundle_is_made_absolute(void **state)
{
	static const char *const ways[] = { "bundle", "bundle/", "./bundle/../bundle", "link", "link/.", "up/bundle" };
	struct stage stage;
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	stage_open(&stage);
	stage_config(&stage, GOOD);
	assert_int_equal(symlinkat("bundle", stage.dir.fd, "link"), 0);
	assert_int_equal(symlinkat(".", stage.dir.fd, "up"), 0);
	assert_int_equal(fchdir(stage.dir.fd), 0);
	for (size_t i = 0; i < COUNT(ways); i++) {
		auto_config struct config config = CONFIG_INIT;
		struct err err = ERR_INIT;

		assert_good(config_load(&config, ways[i], NULL, &err), err);
		assert_string_equal(config.bundle, stage.bundle);
	}
	assert_int_equal(fchdir(here), 0);
	(void)close(here);
	stage_close(&stage);
}

/* --config is relative to the working directory, not to the bundle; links to files are followed. */
static void test_file_of_its_own(void **state)
{
	auto_config struct config config = CONFIG_INIT;
	struct err err = ERR_INIT;
	struct stage stage;
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	stage_open(&stage);
	stage_config(&stage, GOOD);
	assert_int_equal(renameat(stage.dir.fd, "bundle/config.json", stage.dir.fd, "other.json"), 0);
	assert_int_equal(symlinkat("other.json", stage.dir.fd, "link.json"), 0);
	assert_int_equal(fchdir(stage.dir.fd), 0);
	assert_good(config_load(&config, "bundle", "link.json", &err), err);
	assert_string_equal(config.bundle, stage.bundle);
	assert_string_equal(config.source.name, "link.json");
	refused("bundle", "nothing.json", &err);
	assert_holds(err.text, "open nothing.json: ");
	assert_int_equal(err.code, ENOENT);
	assert_int_equal(fchdir(here), 0);
	(void)close(here);
	stage_close(&stage);
}

static void test_bundle_is_missing(void **state)
{
	struct stage stage;
	struct err err;
	char path[256];

	(void)state;
	stage_open(&stage);
	(void)snprintf(path, sizeof(path), "%s/nothing", stage.bundle);
	refused(path, NULL, &err);
	assert_holds(err.text, "open bundle ");
	assert_holds(err.text, path);
	assert_int_equal(err.code, ENOENT);
	assert_int_equal(err.at, ERR_NOWHERE);
	support_write(stage.dir.fd, "bundle/nothing", "a file");
	refused(path, NULL, &err);
	assert_holds(err.text, "no directory");
	assert_holds(err.text, path);
	stage_close(&stage);
}

static void test_file_is_missing(void **state)
{
	struct stage stage;
	struct err err;
	char name[256];

	(void)state;
	stage_open(&stage);
	(void)snprintf(name, sizeof(name), "open %s/config.json: ", stage.bundle);
	refused(stage.bundle, NULL, &err);
	assert_holds(err.text, name);
	assert_int_equal(err.code, ENOENT);
	assert_int_equal(err.line, 0);
	assert_string_equal(err.file, "");
	assert_int_equal(symlinkat("nowhere", stage.dir.fd, "bundle/config.json"), 0);
	refused(stage.bundle, NULL, &err);
	assert_holds(err.text, name);
	stage_close(&stage);
}

/* Anything but a regular file is refused, and a FIFO without a writer does not hold us up. */
static void test_file_is_no_file(void **state)
{
	struct stage stage;
	struct err err;

	(void)state;
	stage_open(&stage);
	assert_int_equal(mkdirat(stage.dir.fd, "bundle/config.json", 0755), 0);
	refused(stage.bundle, NULL, &err);
	assert_holds(err.text, "bundle/config.json is not a regular file");
	assert_int_equal(unlinkat(stage.dir.fd, "bundle/config.json", AT_REMOVEDIR), 0);
	assert_int_equal(mkfifoat(stage.dir.fd, "bundle/config.json", 0644), 0);
	(void)alarm(30);
	refused(stage.bundle, NULL, &err);
	(void)alarm(0);
	assert_holds(err.text, "bundle/config.json is not a regular file");
	refused(stage.bundle, "/dev/zero", &err);
	assert_string_equal(err.text, "/dev/zero is not a regular file");
	stage_close(&stage);
}

static void test_file_is_too_large(void **state)
{
	struct stage stage;
	struct err err;
	int fd;

	(void)state;
	stage_open(&stage);
	stage_config(&stage, GOOD);
	fd = openat(stage.dir.fd, "bundle/config.json", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, OCI_MAX_DOCUMENT + 1L), 0);
	refused(stage.bundle, NULL, &err);
	assert_holds(err.text, "config.json is larger than 16 MiB");
	/* At the limit the text is what is wrong. */
	assert_int_equal(ftruncate(fd, OCI_MAX_DOCUMENT), 0);
	refused(stage.bundle, NULL, &err);
	assert_null(strstr(err.text, "larger"));
	assert_int_equal(err.line, 1);
	assert_int_equal(err.col, strlen(GOOD) + 1);
	(void)close(fd);
	stage_close(&stage);
}

/* File, line, column, the line with a caret, and the path of the value. */
static void test_refusal_is_placed(void **state)
{
	struct stage stage;
	struct err err;
	char name[256];

	(void)state;
	stage_open(&stage);
	stage_config(&stage, "{\n  'ociVersion': '1.2.0',\n\t'root': { 'path': 7 }\n}\n");
	refused(stage.bundle, NULL, &err);
	(void)snprintf(name, sizeof(name), "%s/config.json", stage.bundle);
	assert_string_equal(err.file, name);
	assert_int_equal(err.line, 3);
	assert_int_equal(err.col, 20);
	assert_string_equal(err.excerpt, " \"root\": { \"path\": 7 }");
	assert_int_equal(err.caret, 19);
	assert_int_equal(strncmp(err.text, "root.path", 9), 0);
	assert_null(strstr(err.text + 9, "root.path"));
	stage_close(&stage);
}

static void test_text_is_cut_short(void **state)
{
	static const char *const texts[] = { "", "{", "{'ociVersion'", "{'ociVersion': '1.2.0'} x", "[]", "7" };
	struct stage stage;
	struct err err;

	(void)state;
	stage_open(&stage);
	for (size_t i = 0; i < COUNT(texts); i++) {
		stage_config(&stage, texts[i]);
		refused(stage.bundle, NULL, &err);
		assert_string_not_equal(err.text, "");
		/* Placed, or with the file's name in its text: never without either. */
		if (err.line == 0)
			assert_holds(err.text, "config.json");
		else
			assert_holds(err.file, "config.json");
	}
	stage_close(&stage);
}

static void test_locate(void **state)
{
	auto_config struct config config = CONFIG_INIT;
	struct err err = ERR_INIT, again;
	struct stage stage;
	const char *args;

	(void)state;
	stage_open(&stage);
	stage_config(&stage, GOOD);
	assert_good(config_load(&config, stage.bundle, NULL, &err), err);
	args = strstr(config.source.text, "\"sh\"");
	(void)err_say(&err, (uint32_t)(args - config.source.text), "is wrong");
	config_locate(&config, &err);
	assert_string_equal(err.text, "process.args[0]: is wrong");
	assert_string_equal(err.file, config.source.name);
	assert_int_equal(err.line, 1);
	assert_int_equal(err.col, (size_t)(args - config.source.text) + 1);
	assert_int_equal(strncmp(err.excerpt + err.caret, "\"sh\"", 4), 0);
	/* Twice is as once. */
	again = err;
	config_locate(&config, &again);
	assert_memory_equal(&again, &err, sizeof(err));
	/* Where the step named the value itself, once is enough. */
	err = ERR_INIT;
	(void)err_say(&err, config.config->root->at, "root is not there");
	config_locate(&config, &err);
	assert_string_equal(err.text, "root is not there");
	assert_int_equal(err.line, 1);
	stage_close(&stage);
}

static void test_locate_without_a_place(void **state)
{
	auto_config struct config config = CONFIG_INIT;
	struct err err = ERR_INIT, before;

	(void)state;
	(void)err_say(&err, ERR_NOWHERE, "no place");
	before = err;
	config_locate(&config, &err);
	assert_memory_equal(&err, &before, sizeof(err));
	/* A place, but nothing was read. */
	err.at = 5;
	before = err;
	config_locate(&config, &err);
	assert_memory_equal(&err, &before, sizeof(err));
}

static void test_close_twice(void **state)
{
	struct config config = CONFIG_INIT;
	struct err err = ERR_INIT;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	stage_config(&stage, GOOD);
	assert_good(config_load(&config, stage.bundle, NULL, &err), err);
	config_close(&config);
	assert_null(config.config);
	assert_null(config.source.text);
	config_close(&config);
	stage_close(&stage);
}

static void test_process(void **state)
{
	auto_config struct config good = CONFIG_INIT, bad = CONFIG_INIT, none = CONFIG_INIT;
	struct oci_process *process = NULL;
	struct support_dir dir;
	struct err err = ERR_INIT;
	char path[200];

	(void)state;
	support_open_dir(&dir);
	(void)snprintf(path, sizeof(path), "%s/p.json", dir.path);
	support_write(dir.fd, "p.json", "{\"args\": [\"a\", \"b\"], \"cwd\": \"/c\"}");
	assert_good(config_load_process(&good, path, &process, &err), err);
	assert_int_equal(process->args.n, 2);
	assert_string_equal(process->cwd, "/c");
	assert_null(good.bundle);
	assert_null(good.config);
	/* It is what errors point to. */
	(void)err_say(&err, process->at, "x");
	config_locate(&good, &err);
	assert_string_equal(err.file, path);
	assert_int_equal(err.line, 1);
	err = ERR_INIT;
	support_write(dir.fd, "p.json", "{\"args\": [],\n \"cwd\": \"/\"}");
	assert_int_equal(config_load_process(&bad, path, &process, &err), -1);
	assert_holds(err.text, "args");
	assert_int_equal(err.line, 1);
	err = ERR_INIT;
	assert_int_equal(config_load_process(&none, "/none/such", &process, &err), -1);
	assert_holds(err.text, "open /none/such");
	support_remove_dir(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_bundle_is_made_absolute),
		cmocka_unit_test(test_file_of_its_own),
		cmocka_unit_test(test_bundle_is_missing),
		cmocka_unit_test(test_file_is_missing),
		cmocka_unit_test(test_file_is_no_file),
		cmocka_unit_test(test_file_is_too_large),
		cmocka_unit_test(test_refusal_is_placed),
		cmocka_unit_test(test_text_is_cut_short),
		cmocka_unit_test(test_locate),
		cmocka_unit_test(test_locate_without_a_place),
		cmocka_unit_test(test_close_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
