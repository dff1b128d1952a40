/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.netDevices: devices of the host that become the container's (ND-01, ND-02).
 * Runs in: made in host, read in host.
 */
#ifndef TARE_PLAN_NETDEVICES_H
#define TARE_PLAN_NETDEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * struct plan_netdevice
 * @host: its name on the host, where the runtime runs
 * @name: its name in the container; with @is_template one "%d" in it is for the kernel to number
 */
struct plan_netdevice {
	uint32_t at;
	const char *host;
	const char *name;
	bool is_template;
};

/* All that move into the container. */
struct plan_netdevices {
	struct plan_netdevice *item;
	size_t n;
};

#endif
