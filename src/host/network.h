/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the network interfaces of a container counted.
 * Runs in: host.
 */
#ifndef TARE_HOST_NETWORK_H
#define TARE_HOST_NETWORK_H

#include <stdint.h>
#include <sys/types.h>

#include "libocispec/types.h"

struct arena;

/* struct network_counts - one interface; bytes and packets since it was made. */
struct network_counts {
	uint32_t at, end;
	const char *name;
	uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped;
	uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped;
};

/*
 * The interfaces in the network namespace of process @pid, a list of struct network_counts in @arena.  Empty when the
 * namespace is our own too, for then they are not the container's, or when the process is gone.
 */
struct oci_list network_read(struct arena *arena, pid_t pid);

/* The same from the text of /proc/PID/net/dev (proc_pid_net(5)). */
struct oci_list network_parse(struct arena *arena, const char *text);

#endif
