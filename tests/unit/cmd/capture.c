/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See capture.h. */
#include "tests/unit/cmd/capture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* No verb takes as many. */
#define MAX_WORDS 32

int capture_open(void **state)
{
	struct capture *capture = calloc(1, sizeof(*capture));

	assert_non_null(capture);
	support_open_dir(&capture->dir);
	(void)snprintf(capture->root, sizeof(capture->root), "%s/state", capture->dir.path);
	(void)snprintf(capture->bundle, sizeof(capture->bundle), "%s/bundle", capture->dir.path);
	capture->here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(capture->here >= 0);
	capture->globals = COMMAND_GLOBALS_INIT;
	capture->globals.root = capture->root;
	*state = capture;
	return 0;
}

int capture_close(void **state)
{
	struct capture *capture = *state;

	assert_int_equal(fchdir(capture->here), 0);
	(void)close(capture->here);
	support_remove_dir(&capture->dir);
	free(capture);
	return 0;
}

void capture_make_bundle(struct capture *capture, const char *config)
{
	char text[8192];

	(void)snprintf(text, sizeof(text), "%s", config);
	for (char *c = text; *c != '\0'; c++) {
		if (*c == '\'')
			*c = '"';
	}
	(void)mkdirat(capture->dir.fd, "bundle", 0755);
	(void)mkdirat(capture->dir.fd, "bundle/rootfs", 0755);
	support_write(capture->dir.fd, "bundle/config.json", text);
}

void capture_add_probe(struct capture *capture)
{
	const char *build = getenv("top_builddir");
	char path[512];
	struct stat st;
	int from, to;

	(void)snprintf(path, sizeof(path), "%s/tests/probe/probe", build != NULL ? build : ".");
	from = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		fail_msg("no %s: call this in the build directory", path);
	to = openat(capture->dir.fd, "bundle/rootfs/probe", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	assert_true(to >= 0);
	assert_int_equal(fstat(from, &st), 0);
	assert_int_equal(sendfile(to, from, NULL, (size_t)st.st_size), st.st_size);
	(void)close(from);
	(void)close(to);
}

/* Put an empty file in the place of descriptor @fd; the old one is in *@ret_old. */
static int replace(int fd, int *ret_old)
{
	int file = memfd_create("captured", MFD_CLOEXEC);

	*ret_old = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	assert_true(file >= 0 && *ret_old >= 0);
	assert_int_equal(dup2(file, fd), fd);
	return file;
}

/* And back; what was written in between is in @text. */
static void put_back(int fd, int old, int file, char *text, size_t size)
{
	ssize_t n;

	(void)dup2(old, fd);
	(void)close(old);
	n = pread(file, text, size - 1, 0);
	(void)close(file);
	assert_in_range(n, 0, size - 2);
	text[n] = '\0';
}

void capture_run(struct capture *capture, const char *const *words)
{
	const struct command *command = command_find(words[0]);
	char *argv[MAX_WORDS + 1];
	int out, old_out, errors, old_errors;
	int argc = 0;

	assert_non_null(command);
	while (words[argc + 1] != NULL)
		argc++;
	assert_true(argc <= MAX_WORDS);
	memcpy(argv, words + 1, (size_t)(argc + 1) * sizeof(*words));
	capture->err = ERR_INIT;
	(void)fflush(NULL);
	out = replace(STDOUT_FILENO, &old_out);
	errors = replace(STDERR_FILENO, &old_errors);
	capture->r = command_run(command, &capture->globals, argc, argv, &capture->err);
	(void)fflush(NULL);
	put_back(STDERR_FILENO, old_errors, errors, capture->errors, sizeof(capture->errors));
	put_back(STDOUT_FILENO, old_out, out, capture->out, sizeof(capture->out));
}

void capture_assert_refused(const struct capture *capture, const char *text)
{
	if (capture->r != -1)
		fail_msg("not refused: %d, \"%s\"", capture->r, capture->out);
	assert_holds(capture->err.text, text);
	assert_string_equal(capture->out, "");
	assert_string_equal(capture->errors, "");
}

void capture_assert_good(const struct capture *capture)
{
	assert_good(capture->r, capture->err);
	assert_int_equal(capture->r, 0);
	assert_string_equal(capture->errors, "");
}

void capture_assert_no_root(const struct capture *capture)
{
	assert_int_equal(access(capture->root, F_OK), -1);
}

void capture_check_help(struct capture *capture, const char *verb, const char *usage, const char *const *options)
{
	char expected[256], page[sizeof(capture->out)];

	GOOD(capture, verb, "--help");
	(void)snprintf(page, sizeof(page), "%s", capture->out);
	(void)snprintf(expected, sizeof(expected), "NAME:\n   tare %s - ", verb);
	assert_memory_equal(page, expected, strlen(expected));
	(void)snprintf(expected, sizeof(expected), "\nUSAGE:\n   tare %s [options]%s%s\n", verb,
		       usage[0] != '\0' ? " " : "", usage);
	assert_holds(page, expected);
	for (; *options != NULL; options++) {
		(void)snprintf(expected, sizeof(expected), "\n   %s ", *options);
		assert_holds(page, expected);
	}
	GOOD(capture, verb, "-h", "--no-such-option", "too", "many", "arguments");
	assert_string_equal(capture->out, page);
	GOOD(capture, "help", verb);
	assert_string_equal(capture->out, page);
	capture_assert_no_root(capture);
}

static void check_unknown_options(struct capture *capture, const char *verb)
{
	char expected[64];

	(void)snprintf(expected, sizeof(expected), "%s: unknown option \"--no-such-option=1\"", verb);
	REFUSED(capture, expected, verb, "--no-such-option=1", "c");
	(void)snprintf(expected, sizeof(expected), "%s: unknown option \"-Z\"", verb);
	REFUSED(capture, expected, verb, "c", "-Z");
}

void capture_check_operands(struct capture *capture, const char *verb, int most)
{
	static const char *const bad[] = { ".", "..", ".hidden", "a b", "a/b", "/", "\xc3\xa4", "a\n", "a:b" };
	const char *words[8] = { verb };
	char expected[64], longest[258];

	(void)snprintf(expected, sizeof(expected), "%s: an argument is missing; usage: tare %s", verb, verb);
	REFUSED(capture, expected, verb);
	for (int i = 1; i <= most; i++)
		words[i] = "9";
	words[most + 1] = "surplus";
	capture_run(capture, words);
	(void)snprintf(expected, sizeof(expected), "%s: unexpected argument \"surplus\"", verb);
	capture_assert_refused(capture, expected);
	check_unknown_options(capture, verb);
	for (size_t i = 0; i < COUNT(bad); i++) {
		(void)snprintf(expected, sizeof(expected), "`%s` is no container ID", bad[i]);
		REFUSED(capture, expected, verb, bad[i]);
	}
	REFUSED(capture, "the container ID is empty", verb, "");
	memset(longest, 'x', 256);
	longest[256] = '\0';
	REFUSED(capture, "the container ID is longer than 255 bytes", verb, longest);
	capture_assert_no_root(capture);
}

void capture_assert_empty_root(const struct capture *capture)
{
	DIR *dir = opendir(capture->root);
	const struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		/* Caches are nobody's container. */
		if (entry->d_name[0] != '.')
			fail_msg("left behind: %s", entry->d_name);
	}
	(void)closedir(dir);
}

size_t capture_count_children(void)
{
	char path[64], text[1024];
	size_t n = 0;
	int dir = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(dir >= 0);
	(void)snprintf(path, sizeof(path), "%d/children", (int)getpid());
	support_read(dir, path, text, sizeof(text));
	(void)close(dir);
	for (const char *c = text; *c != '\0'; c++)
		n += *c == ' ';
	return n;
}
