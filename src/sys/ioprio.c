/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I/O priority; see ioprio.h.
 * Runs in: init.
 */
#include "sys/ioprio.h"

#include <unistd.h>

#include "sys/uapi.h"

/* linux/ioprio.h */
#define IOPRIO_WHO_GROUP 2

int ioprio_set_group(int value)
{
	return (int)syscall(SYS_ioprio_set, IOPRIO_WHO_GROUP, 0, value);
}
