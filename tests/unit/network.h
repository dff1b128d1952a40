/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network devices for unit tests, made with ip(8) in a network namespace of the test's own.
 * Include after tests/unit/support.h.
 */
#ifndef TARE_TESTS_NETWORK_H
#define TARE_TESTS_NETWORK_H

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Run an ip(8) command that must succeed. */
static inline void network_ip(const char *command)
{
	char line[512];

	(void)snprintf(line, sizeof(line), "ip %s", command);
	if (system(line) != 0)
		fail_msg("failed: %s", line);
}

/* What an ip(8) command prints, in @text. */
static inline void network_show(const char *command, char *text, size_t size)
{
	char line[512];
	FILE *pipe;
	size_t n;

	(void)snprintf(line, sizeof(line), "ip %s 2>&1", command);
	pipe = popen(line, "re");
	assert_non_null(pipe);
	n = fread(text, 1, size - 1, pipe);
	text[n] = '\0';
	(void)pclose(pipe);
}

static inline void network_try(void *data)
{
	(void)data;
	if (system("ip link add name a type veth peer name b 2>/dev/null") != 0)
		exit(1);
}

/* First thing in main(): without what these tests need, say so and exit with automake's "skipped". */
static inline void network_need(void)
{
	support_need_root();
	if (system("ip -V >/dev/null 2>&1") != 0) {
		puts("SKIP: needs ip: iproute2 is not installed");
		exit(77);
	}
	if (support_child(CLONE_NEWNET, network_try, NULL) != 0) {
		puts("SKIP: needs veth devices in a new network namespace: neither the kernel nor its modules make them");
		exit(77);
	}
}

#endif
