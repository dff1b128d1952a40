/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A very small JSON writer: enough for the probe's records, one per line.
 * Bytes above 0x7f are written as the code points U+0080..U+00FF, so any file content survives.
 */
#include "json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void json_start(struct json *json, int fd)
{
	*json = (struct json){ .fd = fd };
	json->file = open_memstream(&json->text, &json->size);
	if (!json->file)
		abort();
}

void json_end_line(struct json *json)
{
	fputc('\n', json->file);
	fflush(json->file);
	if (write(json->fd, json->text, json->size) < 0)
		_exit(123);
	rewind(json->file);
	json->comma = false;
}

static void put_string(FILE *file, const char *bytes, size_t n)
{
	size_t i;

	fputc('"', file);
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '"' || c == '\\')
			fprintf(file, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			fprintf(file, "\\u%04x", c);
		else
			fputc(c, file);
	}
	fputc('"', file);
}

static void begin(struct json *json, const char *key)
{
	if (json->comma)
		fputc(',', json->file);
	json->comma = true;
	if (!key)
		return;
	put_string(json->file, key, strlen(key));
	fputc(':', json->file);
}

void json_open(struct json *json, const char *key, char bracket)
{
	begin(json, key);
	fputc(bracket, json->file);
	json->comma = false;
}

void json_close(struct json *json, char bracket)
{
	fputc(bracket, json->file);
	json->comma = true;
}

void json_bytes(struct json *json, const char *key, const char *bytes, size_t n)
{
	begin(json, key);
	put_string(json->file, bytes, n);
}

void json_text(struct json *json, const char *key, const char *text)
{
	if (text)
		json_bytes(json, key, text, strlen(text));
	else
		json_null(json, key);
}

void json_int(struct json *json, const char *key, long long value)
{
	begin(json, key);
	fprintf(json->file, "%lld", value);
}

void json_unsigned(struct json *json, const char *key, unsigned long long value)
{
	begin(json, key);
	fprintf(json->file, "%llu", value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	begin(json, key);
	fputs(value ? "true" : "false", json->file);
}

void json_null(struct json *json, const char *key)
{
	begin(json, key);
	fputs("null", json->file);
}
