/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A very small JSON writer: enough for the probe's records, one per line.
 */
#ifndef TARE_TESTS_PROBE_JSON_H
#define TARE_TESTS_PROBE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * struct json - where the writer stands.
 * @file:  collects one record in memory: @text of @size bytes after a flush
 * @fd:    where whole records go, each in one write(2); not owned
 * @comma: an element was written in the innermost open list or object already
 */
struct json {
	FILE *file;
	char *text;
	size_t size;
	int fd;
	bool comma;
};

/* Start a writer that puts its records on @fd. */
void json_start(struct json *json, int fd);

/* End the line and write it. */
void json_end_line(struct json *json);

/* Each of these writes one value; @key is NULL in a list and at the top. */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
void json_text(struct json *json, const char *key, const char *text);
void json_bytes(struct json *json, const char *key, const char *bytes, size_t n);
void json_int(struct json *json, const char *key, long long value);
void json_unsigned(struct json *json, const char *key, unsigned long long value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

#endif
