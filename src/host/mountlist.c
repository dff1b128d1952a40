/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mounts of a container; see mountlist.h.
 * Sources: proc(5), /proc/PID/mountinfo, which shows what that process can reach, by paths below its root.
 * Runs in: host.
 */
#include "host/mountlist.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "host/target.h"
#include "libocispec/arena.h"
#include "libocispec/oci/mount.h"
#include "libocispec/utf8.h"

/* Fields of a line, of which those between the options and " - " are any number. */
enum { FIELD_ROOT = 3, FIELD_TARGET, FIELD_OPTIONS, FIELD_FIRST_TAG, MAX_FIELDS = 32 };

/* After the dash. */
enum { REST_TYPE = 1, REST_SOURCE, REST_OPTIONS };

static bool is_octal(const char *text)
{
	return text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' && text[2] <= '7' && text[3] >= '0' &&
	       text[3] <= '7';
}

/* The kernel writes blanks, line ends and backslashes as \ooo. */
static char *decode(struct arena *arena, const char *text)
{
	char *ret = arena_copy(arena, text);
	char *to = ret;

	for (; *text != '\0'; text++) {
		if (is_octal(text)) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
	return ret;
}

/* Names are the container's to choose, and must neither drive a terminal nor spoil a document. */
static const char *show(struct arena *arena, const char *field)
{
	const char *text = decode(arena, field);
	size_t len = strlen(text);
	char *ret = arena_alloc(arena, 4 * len + 1);
	bool is_text = utf8_check(text, len) == len;
	char *to = ret;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == 127 || (c > 127 && !is_text))
			to += sprintf(to, "\\%03o", c);
		else
			*to++ = (char)c;
	}
	*to = '\0';
	return ret;
}

static size_t split(char *line, char **field)
{
	size_t n = 0;
	char *word;

	line[strcspn(line, "\n")] = '\0';
	while (n < MAX_FIELDS && (word = strsep(&line, " ")) != NULL)
		field[n++] = word;
	return n;
}

static bool has(const struct oci_strings *list, const char *word)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (strcmp(list->item[i], word) == 0)
			return true;
	}
	return false;
}

/* Words of @text that are not in the list yet; "rw" and "ro" of a file system count less than those of its mount. */
static void add_words(struct arena *arena, struct oci_strings *list, char *text, bool is_fs)
{
	char *word;

	while ((word = strsep(&text, ",")) != NULL) {
		const char *shown = show(arena, word);

		if (has(list, shown) || (is_fs && (strcmp(word, "rw") == 0 || strcmp(word, "ro") == 0)))
			continue;
		list->item[list->n++] = shown;
	}
}

static size_t count_words(const char *text)
{
	size_t n = 1;

	for (; *text != '\0'; text++)
		n += *text == ',';
	return n;
}

static const struct {
	const char *tag, *word;
} propagations[] = { { "shared:", "shared" }, { "master:", "slave" }, { "unbindable", "unbindable" } };

enum { N_PROPAGATIONS = sizeof(propagations) / sizeof(propagations[0]) };

static void add_propagation(struct oci_strings *list, char *const *tag, size_t n)
{
	uint32_t before = list->n;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < N_PROPAGATIONS; j++) {
			if (strncmp(tag[i], propagations[j].tag, strlen(propagations[j].tag)) == 0)
				list->item[list->n++] = propagations[j].word;
		}
	}
	if (list->n == before)
		list->item[list->n++] = "private";
}

struct oci_mount *mountlist_parse(struct arena *arena, char *line)
{
	struct oci_mount *mount = arena_new(arena, struct oci_mount);
	char *field[MAX_FIELDS], **rest;
	size_t n = split(line, field), dash = FIELD_FIRST_TAG;

	while (dash < n && strcmp(field[dash], "-") != 0)
		dash++;
	if (dash + REST_OPTIONS >= n)
		return NULL;
	rest = field + dash;
	mount->destination = show(arena, field[FIELD_TARGET]);
	mount->type = show(arena, rest[REST_TYPE]);
	mount->source = show(arena, rest[REST_SOURCE]);
	if (strcmp(field[FIELD_ROOT], "/") != 0)
		mount->source = arena_format(arena, "%s[%s]", mount->source, show(arena, field[FIELD_ROOT]));
	mount->options.set = true;
	mount->options.item = arena_array(arena, count_words(field[FIELD_OPTIONS]) + count_words(rest[REST_OPTIONS]) +
					  (dash - FIELD_FIRST_TAG) + 1, sizeof(*mount->options.item));
	add_words(arena, &mount->options, field[FIELD_OPTIONS], false);
	add_words(arena, &mount->options, rest[REST_OPTIONS], true);
	add_propagation(&mount->options, field + FIELD_FIRST_TAG, dash - FIELD_FIRST_TAG);
	return mount;
}

/* A list that grows as the lines come. */
static void append(struct arena *arena, struct oci_list *list, size_t *room, struct oci_mount *mount)
{
	if (list->n == *room) {
		void **item = arena_array(arena, 2 * *room + 16, sizeof(*item));

		if (list->n > 0)
			memcpy(item, list->item, list->n * sizeof(*item));
		list->item = item;
		*room = 2 * *room + 16;
	}
	list->item[list->n++] = mount;
}

static int read_lines(struct arena *arena, pid_t pid, struct oci_list *list, struct err *err)
{
	size_t size = 0, room = 0;
	char *line = NULL;
	char path[48];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return err_errno(err, ERR_NOWHERE, "open %s", path);
	while (getline(&line, &size, file) > 0) {
		struct oci_mount *mount = mountlist_parse(arena, line);

		if (mount != NULL)
			append(arena, list, &room, mount);
	}
	free(line);
	(void)fclose(file);
	return 0;
}

int mountlist_read(struct arena *arena, const char *root, const char *id, struct oci_list *ret_mounts, struct err *err)
{
	__attribute__((cleanup(target_close))) struct target target = TARGET_INIT;
	struct oci_list list = { .set = true };
	enum liveness_status status;
	int r;

	if (target_find(&target, arena, root, id, &status, err) < 0 || target_check_live(&target, status, err) < 0)
		return -1;
	r = read_lines(arena, target.record.init.pid, &list, err);
	/* What was read by its number was that of the process only if it still is there. */
	if (target_check(&target, err) < 0 || r < 0)
		return -1;
	*ret_mounts = list;
	return 0;
}
