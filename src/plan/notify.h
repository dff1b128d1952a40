/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the payload tells a service manager of itself: sd_notify(3)'s socket inside the container.  The runtime
 * listens there and hands on what concerns the payload alone (host/notify.h).
 * Runs in: made in host, read in host.
 */
#ifndef TARE_PLAN_NOTIFY_H
#define TARE_PLAN_NOTIFY_H

/* Where the container has the directory, and the name of the socket in it (cli-contract.md 3.5). */
#define PLAN_NOTIFY_TARGET "/run/notify"
#define PLAN_NOTIFY_SOCKET "notify.sock"

/* The variable that names it, in our environment and in the payload's. */
#define PLAN_NOTIFY_VARIABLE "NOTIFY_SOCKET"

#endif
