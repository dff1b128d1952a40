/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.sysctl as files below /proc/sys (SY-01); only keys that the container's own namespaces hold.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_SYSCTL_H
#define TARE_PLAN_SYSCTL_H

#include <stddef.h>
#include <stdint.h>

/* One file of /proc/sys, written as it stands. */
struct plan_sysctl {
	uint32_t at;
	const char *path;	/* relative to /proc/sys: "net/ipv4/conf/eth0.100/rp_filter" */
	const char *value;
};

/* All of them. */
struct plan_sysctls {
	struct plan_sysctl *item;
	size_t n;
};

#endif
