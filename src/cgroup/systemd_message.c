/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to tare-bus and its replies; see systemd_message.h.  A text stands with its length in front and its NUL
 * behind, a number as 8 bytes.
 * Runs in: host.
 */
#include "cgroup/systemd_message.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "libocispec/arena.h"

/* Length of a text that is NULL. */
#define NO_TEXT UINT64_MAX

static void put_number(FILE *out, uint64_t number)
{
	(void)fwrite(&number, sizeof(number), 1, out);
}

static void put_text(FILE *out, const char *text)
{
	put_number(out, text != NULL ? strlen(text) : NO_TEXT);
	if (text != NULL)
		(void)fwrite(text, strlen(text) + 1, 1, out);
}

static void put_property(FILE *out, const struct plan_property *property)
{
	put_number(out, property->at);
	put_number(out, property->is_asked);
	put_text(out, property->name);
	put_text(out, property->signature);
	put_number(out, property->n);
	for (size_t i = 0; i < property->n; i++) {
		put_number(out, (unsigned char)property->value[i].type);
		put_number(out, property->value[i].number);
		(void)fwrite(&property->value[i].real, sizeof(property->value[i].real), 1, out);
		put_text(out, property->value[i].text);
	}
}

int systemd_pack(const char *unit, const struct plan_property *properties, size_t n, char **ret, size_t *ret_size)
{
	FILE *out = open_memstream(ret, ret_size);
	bool has_failed;

	if (out == NULL)
		return -1;
	put_text(out, unit);
	put_number(out, n);
	for (size_t i = 0; i < n; i++)
		put_property(out, &properties[i]);
	has_failed = ferror(out) != 0;
	/* The block is there even then, and the caller's. */
	if (fclose(out) != 0 || has_failed) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

/* What is left to read; from the first thing that is not there on, nothing is. */
struct reading {
	char *at;
	size_t left;
	bool has_failed;
	struct arena *arena;
};

static void get(struct reading *in, void *ret, size_t size)
{
	memset(ret, 0, size);
	in->has_failed |= size > in->left;
	if (in->has_failed)
		return;
	memcpy(ret, in->at, size);
	in->at += size;
	in->left -= size;
}

static uint64_t get_number(struct reading *in)
{
	uint64_t number;

	get(in, &number, sizeof(number));
	return number;
}

static const char *get_text(struct reading *in)
{
	uint64_t len = get_number(in);
	const char *text = in->at;

	if (in->has_failed || len == NO_TEXT)
		return NULL;
	in->has_failed = len >= in->left || text[len] != '\0';
	if (in->has_failed)
		return NULL;
	in->at += len + 1;
	in->left -= len + 1;
	return text;
}

/* How many follow, each of which takes a byte at least. */
static size_t get_count(struct reading *in)
{
	uint64_t n = get_number(in);

	in->has_failed |= n > in->left;
	return in->has_failed ? 0 : (size_t)n;
}

static void get_property(struct reading *in, struct plan_property *ret)
{
	ret->at = (uint32_t)get_number(in);
	ret->is_asked = get_number(in) != 0;
	ret->name = get_text(in);
	ret->signature = get_text(in);
	ret->n = get_count(in);
	ret->value = arena_array(in->arena, ret->n + 1, sizeof(*ret->value));
	for (size_t i = 0; i < ret->n; i++) {
		ret->value[i].type = (char)get_number(in);
		ret->value[i].number = get_number(in);
		get(in, &ret->value[i].real, sizeof(ret->value[i].real));
		ret->value[i].text = get_text(in);
	}
	in->has_failed |= ret->name == NULL || ret->signature == NULL;
}

int systemd_unpack(char *data, size_t size, struct arena *arena, struct plan_scope *ret)
{
	struct reading in = { .at = data, .left = size, .arena = arena };

	*ret = (struct plan_scope){ .unit = get_text(&in) };
	ret->n = get_count(&in);
	ret->properties = arena_array(arena, ret->n + 1, sizeof(*ret->properties));
	for (size_t i = 0; i < ret->n; i++)
		get_property(&in, &ret->properties[i]);
	return in.has_failed || in.left != 0 ? -1 : 0;
}

int systemd_send(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		ssize_t n = send(fd, at, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until there is something to read: 0, or -1 with errno. */
static int wait_readable(int fd, int64_t end)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int64_t left;
	int r;

	do {
		left = end < 0 ? -1 : end - now_ms();
		if (end >= 0 && left < 0)
			left = 0;
		r = poll(&poll_fd, 1, (int)left);
	} while (r < 0 && errno == EINTR);
	if (r == 0)
		errno = ETIME;
	return r > 0 ? 0 : -1;
}

int systemd_receive(int fd, void *data, size_t size, int deadline_ms)
{
	int64_t end = deadline_ms < 0 ? -1 : now_ms() + deadline_ms;
	char *at = data;

	while (size > 0) {
		ssize_t n;

		if (wait_readable(fd, end) < 0)
			return -1;
		n = recv(fd, at, size, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			errno = EPIPE;
		if (n <= 0)
			return -1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}
