/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The head of a seccomp program; see enosys.h.
 * Runs in: host.
 */
#include "plan/enosys.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/* Instructions for one architecture. */
#define BLOCK 7u

size_t enosys_size(size_t n)
{
	return n == 0 ? 0 : 1 + n * BLOCK;
}

void enosys_write(struct sock_filter *out, const struct enosys_arch *arch, size_t n)
{
	if (n == 0)
		return;
	*out++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					      offsetof(struct seccomp_data, arch));
	for (; n > 0; n--, arch++) {
		uint32_t rest = (uint32_t)(n - 1) * BLOCK;
		const struct sock_filter block[BLOCK] = {
			/* Another architecture: on to the next block, which wants it loaded still. */
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch->arch, 0, BLOCK - 1),
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, arch->high, 0, 1),
			BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, arch->max_high, 1, 2),
			BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, arch->max, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
			BPF_STMT(BPF_JMP | BPF_JA, rest),
		};

		for (uint32_t i = 0; i < BLOCK; i++)
			*out++ = block[i];
	}
}
