/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NUMA memory policy; see mempolicy.h.
 * Runs in: init.
 */
#include "sys/mempolicy.h"

#include <unistd.h>

#include "sys/uapi.h"

/* The kernel takes one off the number of bits that it is given (get_nodes() in mm/mempolicy.c). */
int mempolicy_set(int mode, const unsigned long *nodes, size_t n)
{
	return (int)syscall(SYS_set_mempolicy, mode, n == 0 ? NULL : nodes, n == 0 ? 0UL : (unsigned long)n + 1);
}

int mempolicy_get_nodes(unsigned long *nodes)
{
	return (int)syscall(SYS_get_mempolicy, NULL, nodes, (unsigned long)MEMPOLICY_NODES + 1, NULL, 0UL);
}
