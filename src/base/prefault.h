/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is going to be used is asked for at once: a page fault costs more than the page.  Hints only, which
 * change nothing but time; kernels before Linux 5.14 do not take them.
 * Runs in: host.
 */
#ifndef TARE_BASE_PREFAULT_H
#define TARE_BASE_PREFAULT_H

/*
 * Of stack and heap as much as starting a container or a process uses; called once, before the heap is used for
 * more than options.  Other commands need far less, and each page that nobody uses costs as well.
 */
void prefault_process(void);

#endif
