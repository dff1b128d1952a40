/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I/O priority: ioprio_set(2).
 * Runs in: init (and tests).
 */
#ifndef TARE_SYS_IOPRIO_H
#define TARE_SYS_IOPRIO_H

/*
 * Give every process of our process group the I/O priority @value , its class above its level (IOPRIO_PRIO_VALUE() of linux/ioprio.h); children inherit it.
 * 0, or -1 with errno set: EPERM for the real-time class without CAP_SYS_NICE or CAP_SYS_ADMIN.
 */
int ioprio_set_group(int value);

#endif
