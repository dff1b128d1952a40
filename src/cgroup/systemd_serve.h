/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other side of systemd_remote.c: requests of systemd_message.h, answered with the calls of systemd_bus.h.
 * Runs in: the program tare-bus (src/bus_main.c).
 */
#ifndef TARE_CGROUP_SYSTEMD_SERVE_H
#define TARE_CGROUP_SYSTEMD_SERVE_H

/* Serve what comes on @fd up to its end.  0, or -1 when what came was no request or nobody took the answer. */
int systemd_serve(int fd);

#endif
