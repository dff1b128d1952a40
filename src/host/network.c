/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters of network interfaces; see network.h.
 * Runs in: host.
 */
#include "host/network.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "libocispec/arena.h"

/* More than enough for some hundred interfaces; the rest is left out. */
enum { TEXT_SIZE = 64 * 1024 };

/* The columns of a line that are counted here; the others are of hardware. */
enum { RX_BYTES, RX_PACKETS, RX_ERRORS, RX_DROPPED, TX_BYTES = 8, TX_PACKETS, TX_ERRORS, TX_DROPPED, COLUMNS };

/* "  eth0: 1 2 3 ..."; NULL when the line, a heading, is none of an interface. */
static struct network_counts *parse_line(struct arena *arena, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	uint64_t value[COLUMNS] = { 0 };
	struct network_counts *counts;
	char *p;

	if (colon == NULL || memchr(line, '|', len) != NULL)
		return NULL;
	p = arena_text(arena, colon + 1, len - (size_t)(colon + 1 - line));
	for (int i = 0; i < COLUMNS; i++)
		value[i] = strtoull(p, &p, 10);
	line += strspn(line, " ");
	counts = arena_new(arena, struct network_counts);
	*counts = (struct network_counts){
		.name = arena_text(arena, line, (size_t)(colon - line)),
		.rx_bytes = value[RX_BYTES],
		.rx_packets = value[RX_PACKETS],
		.rx_errors = value[RX_ERRORS],
		.rx_dropped = value[RX_DROPPED],
		.tx_bytes = value[TX_BYTES],
		.tx_packets = value[TX_PACKETS],
		.tx_errors = value[TX_ERRORS],
		.tx_dropped = value[TX_DROPPED],
	};
	return counts;
}

struct oci_list network_parse(struct arena *arena, const char *text)
{
	struct oci_list list = { .set = true };
	size_t lines = 1;

	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	list.item = arena_array(arena, lines, sizeof(*list.item));
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		struct network_counts *counts = parse_line(arena, text, len);

		if (counts != NULL)
			list.item[list.n++] = counts;
		text += len + (text[len] == '\n');
	}
	return list;
}

static bool has_own_network(pid_t pid)
{
	struct stat ours, theirs;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return stat("/proc/self/ns/net", &ours) == 0 && stat(path, &theirs) == 0 &&
	       (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev);
}

struct oci_list network_read(struct arena *arena, pid_t pid)
{
	auto_fd int fd = -1;
	char path[32];
	ssize_t n = -1;
	char *text;

	if (!has_own_network(pid))
		return (struct oci_list){ .set = true };
	(void)snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	text = arena_alloc(arena, TEXT_SIZE);
	if (fd >= 0)
		n = fd_read_all(fd, text, TEXT_SIZE - 1);
	if (n < 0)
		return (struct oci_list){ .set = true };
	text[n] = '\0';
	return network_parse(arena, text);
}
