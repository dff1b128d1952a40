/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signal dispositions and mask as a program expects to find them.
 * Runs in: either.
 */
#ifndef TARE_SYS_SIGNALS_H
#define TARE_SYS_SIGNALS_H

#include <stdint.h>

/*
 * Set every signal to its default action and block none: execve(2) hands ignored and blocked ones on.  The signals
 * @known, bit n - 1 is signal n, are known to have it, and are left alone; 0 when nothing is known.
 * The C library's own real-time signals (32 to 34) are included, which sigaction(3) refuses to touch.
 */
void signals_reset(uint64_t known);

#endif
