/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged documents: prefixes and random changes of all of json/good must be read or refused with
 * a place inside the text, and never crash (most telling when built with sanitizers).
 * The changes follow from a fixed seed: a failure can be repeated.
 * Usage: mutate_test [DIRECTORY [ROUNDS [SEED]]]; otherwise $srcdir/tests/json/good.
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

enum { MAX_FILES = 100, WHOLE = 3000, STRIDE = 101, ROUNDS = 20000 };

struct file {
	char name[256];
	char *text;
	size_t len;
};

static const struct oci_shape *const shapes[] = {
	&oci_config_shape, &oci_process_shape, &oci_resources_shape,
	&oci_state_shape, &oci_features_shape,
};

/* xorshift64*: the same everywhere. */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * UINT64_C(0x2545f4914f6cdd1d);
}

/* Read @len bytes that end at the end of their block, so that a sanitizer sees any byte too far. */
static void try_text(const char *text, size_t len, const struct oci_shape *shape)
{
	auto_arena struct arena arena = ARENA_INIT;
	char *copy = malloc(len ? len : 1);
	struct oci_source src = { .name = "t.json", .text = copy, .len = len };
	struct oci_error err = OCI_ERROR_INIT;
	struct oci_numbers unknown = { .set = false };
	char line[900], excerpt[120];
	const char *written;
	void *object = NULL;
	size_t caret = 0;

	if (!copy)
		abort();
	memcpy(copy, text, len);
	if (oci_read_noting(&arena, &src, shape, &object, &unknown, &err) == 0) {
		if (oci_write(&arena, shape, object, 0, &written, NULL, &err) < 0)
			abort();
	} else {
		if (err.has_at && err.at > len)
			abort();
		oci_error_format(&err, &src, line, sizeof(line));
		oci_source_line(&src, err.at, excerpt, sizeof(excerpt), &caret);
		if (!err.text[0] || caret > strlen(excerpt))
			abort();
	}
	free(copy);
}

static void try_prefixes(const struct file *file)
{
	for (size_t len = 0; len < file->len; len += file->len > WHOLE ? STRIDE : 1)
		try_text(file->text, len, &oci_config_shape);
}

/* One to four changes: a byte, a doubled or dropped stretch, a token put in. */
static void try_mutation(const struct file *file, uint64_t *seed)
{
	static const char *const tokens[] = {
		"{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud800", "null", "-1", "1e999",
		"0.5", "\"\"", "\xff", "\xc3", "{}", "[]", "true", "\\", "18446744073709551616",
	};
	char *text = malloc(file->len * 8 + 200);
	size_t len = file->len;

	if (!text)
		abort();
	memcpy(text, file->text, len);
	for (uint64_t n = next_random(seed) % 4 + 1; n && len; n--) {
		size_t at = next_random(seed) % len;
		size_t size = 1 + next_random(seed) % 20;
		const char *token = tokens[next_random(seed) % (sizeof(tokens) / sizeof(tokens[0]))];

		if (size > len - at)
			size = len - at;
		switch (next_random(seed) % 4) {
		case 0:
			text[at] = (char)next_random(seed);
			break;
		case 1:
			memmove(text + at + size, text + at, len - at);
			len += size;
			break;
		case 2:
			memmove(text + at, text + at + size, len - at - size);
			len -= size;
			break;
		default:
			memmove(text + at + strlen(token), text + at, len - at);
			memcpy(text + at, token, strlen(token));
			len += strlen(token);
			break;
		}
	}
	try_text(text, len, shapes[next_random(seed) % (sizeof(shapes) / sizeof(shapes[0]))]);
	free(text);
}

static void load(struct file *file, const char *directory)
{
	auto_arena struct arena arena = ARENA_INIT;
	const char *path = arena_format(&arena, "%s/%s", directory, file->name);
	FILE *stream;
	char *text;
	long size;

	stream = fopen(path, "rb");
	if (!stream || fseek(stream, 0, SEEK_END) < 0 || (size = ftell(stream)) < 0) {
		perror(path);
		exit(1);
	}
	rewind(stream);
	text = malloc((size_t)size + 1);
	if (!text)
		abort();
	file->len = fread(text, 1, (size_t)size, stream);
	fclose(stream);
	file->text = text;
}

static int by_name(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static size_t load_all(struct file *files, const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	size_t n = 0;

	if (!dir) {
		perror(directory);
		exit(1);
	}
	while ((entry = readdir(dir)) && n < MAX_FILES) {
		if (strstr(entry->d_name, ".json"))
			snprintf(files[n++].name, sizeof(files[0].name), "%s", entry->d_name);
	}
	closedir(dir);
	qsort(files, n, sizeof(*files), by_name);
	for (size_t i = 0; i < n; i++)
		load(&files[i], directory);
	return n;
}

int main(int argc, char **argv)
{
	static struct file files[MAX_FILES];
	const char *srcdir = getenv("srcdir");
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 0) : UINT64_C(0x7a7e);
	long rounds = argc > 2 ? strtol(argv[2], NULL, 0) : ROUNDS;
	char directory[4096];
	size_t n;

	if (argc > 1)
		snprintf(directory, sizeof(directory), "%s", argv[1]);
	else
		snprintf(directory, sizeof(directory), "%s/tests/json/good", srcdir ? srcdir : ".");
	n = load_all(files, directory);
	if (!n || !seed)
		return 1;
	for (size_t i = 0; i < n; i++)
		try_prefixes(&files[i]);
	for (long i = 0; i < rounds; i++)
		try_mutation(&files[next_random(&seed) % n], &seed);
	for (size_t i = 0; i < n; i++)
		free(files[i].text);
	printf("%zu documents, %ld mutations\n", n, rounds);
	return 0;
}
