/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a failure, as people and as managers read them. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/fd.h"

static const struct timespec moment = { .tv_sec = 1700000000, .tv_nsec = 123456789 };

/* A file of its own, and standard error redirected to another. */
struct files {
	char log[64], err[64];
	int saved;
};

static void open_files(struct files *files)
{
	int fd;

	/* cppcheck-suppress ctuuninitvar ; it is written here */
	(void)snprintf(files->log, sizeof(files->log), "/tmp/tare-log-%d", (int)getpid());
	(void)snprintf(files->err, sizeof(files->err), "/tmp/tare-err-%d", (int)getpid());
	(void)unlink(files->log);
	files->saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	fd = open(files->err, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
	(void)close(fd);
}

static void close_files(struct files *files)
{
	log_close();
	log_set_level(LOG_LEVEL_ERROR);
	(void)dup2(files->saved, STDERR_FILENO);
	(void)close(files->saved);
	(void)unlink(files->log);
	(void)unlink(files->err);
}

static void read_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : fd_read_all(fd, buf, size - 1);

	assert_true(n >= 0);
	buf[n] = '\0';
	fd_close(&fd);
}

static struct err placed(void)
{
	struct err err = ERR_INIT;

	errno = EINVAL;
	(void)err_errno(&err, 17, "mounts[3].options[1]: \"rbnd\"");
	err.line = 57;
	err.col = 23;
	(void)snprintf(err.file, sizeof(err.file), "config.json");
	(void)snprintf(err.excerpt, sizeof(err.excerpt), "\"opti\xc3\xb6ns\": [\"rbnd\"]");
	err.caret = 13;
	err_phase(&err, "plan");
	return err;
}

static void test_json_line(void **state)
{
	struct err err = placed();
	char buf[LOG_LINE_MAX];
	size_t n = log_line(buf, sizeof(buf), LOG_FORMAT_JSON, LOG_LEVEL_ERROR, &err, &moment);

	(void)state;
	assert_int_equal(n, strlen(buf));
	assert_string_equal(buf, "{\"level\":\"error\",\"msg\":\"config.json:57:23: plan: mounts[3].options[1]: \\\"rbnd\\\": "
				 "Invalid argument\",\"time\":\"2023-11-14T22:13:20.123456Z\",\"phase\":\"plan\","
				 "\"file\":\"config.json\",\"line\":57,\"column\":23,\"errno\":\"EINVAL\"}\n");
}

static void test_small_json_line(void **state)
{
	struct err err = ERR_INIT;
	char buf[LOG_LINE_MAX];

	(void)state;
	(void)err_say(&err, ERR_NOWHERE, "container `x` does not exist");
	(void)log_line(buf, sizeof(buf), LOG_FORMAT_JSON, LOG_LEVEL_WARNING, &err, &moment);
	assert_string_equal(buf, "{\"level\":\"warning\",\"msg\":\"container `x` does not exist\","
				 "\"time\":\"2023-11-14T22:13:20.123456Z\"}\n");
}

static void test_text_line(void **state)
{
	struct err err = ERR_INIT;
	char buf[LOG_LINE_MAX];

	(void)state;
	(void)err_say(&err, ERR_NOWHERE, "a \"word\"");
	(void)log_line(buf, sizeof(buf), LOG_FORMAT_TEXT, LOG_LEVEL_ERROR, &err, &moment);
	assert_string_equal(buf, "time=\"2023-11-14T22:13:20.123456Z\" level=error msg=\"a \\\"word\\\"\"\n");
}

/* The longest record that there can be, every byte of it escaped, is still whole. */
static void test_longest_line(void **state)
{
	struct err err = ERR_INIT;
	char buf[LOG_LINE_MAX];
	size_t n;

	(void)state;
	memset(err.text, '\x01', sizeof(err.text) - 1);
	memset(err.file, '\x01', sizeof(err.file) - 1);
	memset(err.phase, '\x01', sizeof(err.phase) - 1);
	err.line = err.col = UINT32_MAX;
	err.code = ENOTRECOVERABLE;
	n = log_line(buf, sizeof(buf), LOG_FORMAT_JSON, LOG_LEVEL_ERROR, &err, &moment);
	assert_string_equal(buf + n - 2, "}\n");
}

static void test_failure_is_one_line_in_the_file_and_on_stderr(void **state)
{
	struct files files;
	struct err err = placed(), open_err = ERR_INIT;
	char text[LOG_LINE_MAX];

	(void)state;
	open_files(&files);
	assert_int_equal(log_open(files.log, LOG_FORMAT_JSON, &open_err), 0);
	log_warning("not %s at this level", "printed");
	log_debug("nor this");
	log_error(&err);
	read_text(files.log, text, sizeof(text));
	assert_non_null(strstr(text, "\"errno\":\"EINVAL\"}\n"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	read_text(files.err, text, sizeof(text));
	assert_string_equal(text, "tare: config.json:57:23: plan: mounts[3].options[1]: \"rbnd\": Invalid argument\n");
	close_files(&files);
}

static void test_excerpt_with_caret(void **state)
{
	struct files files;
	struct err err = placed(), open_err = ERR_INIT;
	char text[LOG_LINE_MAX];

	(void)state;
	open_files(&files);
	assert_int_equal(log_open(NULL, LOG_FORMAT_TEXT, &open_err), 0);
	log_error(&err);
	read_text(files.err, text, sizeof(text));
	assert_string_equal(strchr(text, '\n'), "\n    \"opti\xc3\xb6ns\": [\"rbnd\"]\n                ^\n");
	close_files(&files);
}

static void test_levels(void **state)
{
	struct files files;
	struct err open_err = ERR_INIT;
	char text[LOG_LINE_MAX];

	(void)state;
	open_files(&files);
	assert_int_equal(log_open(NULL, LOG_FORMAT_TEXT, &open_err), 0);
	log_warning("unseen");
	log_set_level(LOG_LEVEL_WARNING);
	assert_int_equal(log_get_level(), LOG_LEVEL_WARNING);
	log_warning("seen %d", 1);
	log_debug("unseen");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("two\nlines");
	read_text(files.err, text, sizeof(text));
	assert_string_equal(text, "tare: warning: seen 1\ntare: debug: two\\nlines\n");
	close_files(&files);
}

/* Standard error may be the container's: with a file, only errors go there. */
static void test_warnings_go_to_the_file(void **state)
{
	struct files files;
	struct err open_err = ERR_INIT;
	char text[LOG_LINE_MAX], target[80];

	(void)state;
	open_files(&files);
	(void)snprintf(target, sizeof(target), "file:%s", files.log);
	assert_int_equal(log_open(target, LOG_FORMAT_TEXT, &open_err), 0);
	log_set_level(LOG_LEVEL_WARNING);
	log_warning("once");
	log_warning("twice");
	read_text(files.log, text, sizeof(text));
	assert_non_null(strstr(text, "level=warning msg=\"once\"\n"));
	assert_non_null(strstr(text, "level=warning msg=\"twice\"\n"));
	read_text(files.err, text, sizeof(text));
	assert_string_equal(text, "");
	close_files(&files);
}

/* Two sinks on one file, as a helper program has it. */
static void test_sink_of_another(void **state)
{
	struct err open_err = ERR_INIT;
	struct log_sink sink;
	struct files files;
	char text[4096];

	(void)state;
	open_files(&files);
	assert_int_equal(log_open(NULL, LOG_FORMAT_TEXT, &open_err), 0);
	assert_int_equal(log_get_sink().fd, -1);
	assert_int_equal(log_open(files.log, LOG_FORMAT_JSON, &open_err), 0);
	log_set_level(LOG_LEVEL_DEBUG);
	sink = log_get_sink();
	assert_int_equal(sink.format, LOG_FORMAT_JSON);
	assert_int_equal(sink.level, LOG_LEVEL_DEBUG);
	sink.fd = fcntl(sink.fd, F_DUPFD_CLOEXEC, 3);
	log_debug("ours");
	log_close();
	log_set_level(LOG_LEVEL_ERROR);
	log_set_sink(&sink);
	log_debug("theirs");
	read_text(files.log, text, sizeof(text));
	assert_non_null(strstr(text, "{\"level\":\"debug\",\"msg\":\"ours\""));
	assert_non_null(strstr(text, "{\"level\":\"debug\",\"msg\":\"theirs\""));
	close_files(&files);
}

static void test_targets_that_cannot_be(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(log_open("journald:x", LOG_FORMAT_TEXT, &err), -1);
	assert_non_null(strstr(err.text, "journald:"));
	assert_int_equal(log_open("syslog:x", LOG_FORMAT_TEXT, &err), -1);
	assert_int_equal(log_open("/nonexistent/log", LOG_FORMAT_TEXT, &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent/log"));
	assert_null(strstr(err.text, "No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_line),
		cmocka_unit_test(test_small_json_line),
		cmocka_unit_test(test_text_line),
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_failure_is_one_line_in_the_file_and_on_stderr),
		cmocka_unit_test(test_excerpt_with_caret),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_warnings_go_to_the_file),
		cmocka_unit_test(test_sink_of_another),
		cmocka_unit_test(test_targets_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
