/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loopback interface of a fresh network namespace, which is born down.
 * Runs in: init.
 */
#ifndef TARE_SYS_LOOPBACK_H
#define TARE_SYS_LOOPBACK_H

/* Bring "lo" of the calling thread's network namespace up.  Returns 0, or -1 with errno set. */
int loopback_up(void);

#endif
