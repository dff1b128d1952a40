/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NUMA memory policy of the calling thread: set_mempolicy(2), get_mempolicy(2).
 * Runs in: init (and tests).
 */
#ifndef TARE_SYS_MEMPOLICY_H
#define TARE_SYS_MEMPOLICY_H

#include <stddef.h>

/* No kernel is built for more nodes: MAX_NUMNODES is 1 << 10 at most. */
#define MEMPOLICY_NODES 1024

/*
 * Set MPOL_* @mode with MPOL_F_* flags in it (linux/mempolicy.h) for the nodes whose bits are set among the first
 * @n of @nodes (@n is at most MEMPOLICY_NODES, 0 for none).  The kernel keeps only those of them that
 * exist and that the cpuset allows.  0, or -1 with errno set: EINVAL when none is left, or when the
 * kernel does not know the mode; ENOSYS without NUMA.
 */
int mempolicy_set(int mode, const unsigned long *nodes, size_t n);

/* The nodes of our policy, as bits of @nodes, an array for MEMPOLICY_NODES bits.  0, or -1 with errno set. */
int mempolicy_get_nodes(unsigned long *nodes);

#endif
