/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * membarrier(2); see membarrier.h.
 * Runs in: host.
 */
#include "sys/membarrier.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/membarrier.h>

void membarrier_pass(void)
{
	/* GLOBAL had the name SHARED until Linux 4.16. */
	(void)syscall(SYS_membarrier, MEMBARRIER_CMD_SHARED, 0);
	(void)sched_yield();
}
