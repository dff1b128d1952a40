/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signal dispositions and mask; see signals.h.
 * Runs in: either.
 */
#include "sys/signals.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Highest signal number, signal(7), and the size of the kernel's sigset_t in bytes. */
#if defined(__mips__)
#define LAST_SIGNAL 127
#define KERNEL_SIGSET_SIZE 16
#else
#define LAST_SIGNAL 64
#define KERNEL_SIGSET_SIZE 8
#endif

void signals_reset(uint64_t known)
{
	/* The kernel's struct sigaction differs by architecture; all zero is SIG_DFL everywhere. */
	static const unsigned long defaults[16];
	sigset_t none;

	for (int i = 1; i <= LAST_SIGNAL; i++) {
		if (i > 64 || (known >> (i - 1) & 1) == 0)
			(void)syscall(SYS_rt_sigaction, i, defaults, NULL, KERNEL_SIGSET_SIZE);
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}
