/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole documents: json/good/NAME.json must be read, written and read again to the same text;
 * json/bad/NAME.json must be refused with exactly the line in json/bad/NAME.err.
 * What a document is follows from its name: process-*, resources-*, state-*, features-*, else a
 * config.  Usage: json_test [DIRECTORY]; otherwise $srcdir/tests/json.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libocispec/oci/config.h"
#include "libocispec/oci/features.h"
#include "libocispec/oci/state.h"
#include "libocispec/read.h"
#include "libocispec/write.h"

static const struct {
	const char *prefix;
	const struct oci_shape *shape;
} documents[] = {
	{ "process-",   &oci_process_shape },
	{ "resources-", &oci_resources_shape },
	{ "state-",     &oci_state_shape },
	{ "features-",  &oci_features_shape },
	{ "",           &oci_config_shape },
};

static const struct oci_shape *shape_of(const char *name)
{
	size_t i = 0;

	while (strncmp(name, documents[i].prefix, strlen(documents[i].prefix)) != 0)
		i++;
	return documents[i].shape;
}

/* A whole file, NUL-terminated, in @arena; exits when there is none. */
static struct oci_source load(struct arena *arena, const char *directory, const char *name)
{
	const char *path = arena_format(arena, "%s/%s", directory, name);
	FILE *file = fopen(path, "rb");
	char *text;
	long size;

	if (!file || fseek(file, 0, SEEK_END) < 0 || (size = ftell(file)) < 0) {
		perror(path);
		exit(1);
	}
	rewind(file);
	text = arena_alloc(arena, (size_t)size + 1);
	if (fread(text, 1, (size_t)size, file) != (size_t)size) {
		perror(path);
		exit(1);
	}
	fclose(file);
	return (struct oci_source){ .name = arena_copy(arena, name), .text = text,
				    .len = (size_t)size };
}

/* Read and write again; NULL and the error's line in @line when that fails. */
static const char *rewrite(struct arena *arena, const struct oci_source *src,
			   const struct oci_shape *shape, char *line, size_t size)
{
	struct oci_error err = OCI_ERROR_INIT;
	const char *text = NULL;
	void *object = NULL;

	if (oci_read(arena, src, shape, &object, &err) < 0 ||
	    oci_write(arena, shape, object, OCI_WRITE_PRETTY, &text, NULL, &err) < 0) {
		oci_error_format(&err, src, line, size);
		return NULL;
	}
	return text;
}

static int check_good(const char *directory, const char *name)
{
	auto_arena struct arena arena = ARENA_INIT;
	const struct oci_shape *shape = shape_of(name);
	struct oci_source src = load(&arena, directory, name);
	const char *first, *second;
	char line[1024];

	first = rewrite(&arena, &src, shape, line, sizeof(line));
	if (!first) {
		printf("FAIL %s\n  %s\n", name, line);
		return 1;
	}
	src = (struct oci_source){ .name = "rewritten", .text = first, .len = strlen(first) };
	second = rewrite(&arena, &src, shape, line, sizeof(line));
	if (!second || strcmp(first, second) != 0) {
		printf("FAIL %s: not the same when read again: %s\n", name, second ? "" : line);
		return 1;
	}
	return 0;
}

static int check_bad(const char *directory, const char *name)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_source src = load(&arena, directory, name), expected;
	char line[1024];

	expected = load(&arena, directory,
			arena_format(&arena, "%.*s.err", (int)(strlen(name) - 5), name));
	if (rewrite(&arena, &src, shape_of(name), line, sizeof(line))) {
		printf("FAIL %s was not refused\n", name);
		return 1;
	}
	if (strlen(line) + 1 != expected.len || memcmp(line, expected.text, strlen(line)) != 0 ||
	    expected.text[expected.len - 1] != '\n') {
		printf("FAIL %s\n  got      %s\n  expected %s", name, line, expected.text);
		return 1;
	}
	return 0;
}

/* Check all *.json of a directory; returns how many failed, adds to *ret_count. */
static int check_all(const char *top, const char *kind, int (*check)(const char *, const char *),
		     int *ret_count)
{
	auto_arena struct arena arena = ARENA_INIT;
	const char *directory = arena_format(&arena, "%s/%s", top, kind);
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int failed = 0;

	if (!dir) {
		perror(directory);
		return 1;
	}
	while ((entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		if (len < 6 || strcmp(entry->d_name + len - 5, ".json") != 0)
			continue;
		failed += check(directory, entry->d_name);
		(*ret_count)++;
	}
	closedir(dir);
	return failed;
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char top[4096];
	int count = 0, failed;

	if (argc > 1)
		snprintf(top, sizeof(top), "%s", argv[1]);
	else
		snprintf(top, sizeof(top), "%s/tests/json", srcdir ? srcdir : ".");
	failed = check_all(top, "good", check_good, &count);
	failed += check_all(top, "bad", check_bad, &count);
	printf("%d documents, %d failed\n", count, failed);
	return failed || !count;
}
