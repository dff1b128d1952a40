/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program in a sealed memfd: nothing inside a container can reach or change the file on the host
 * (CVE-2019-5736; security.md R9).
 * Runs in: host.
 */
#ifndef TARE_SYS_MEMEXE_H
#define TARE_SYS_MEMEXE_H

#include <stddef.h>

/*
 * Copy the program image to a memfd and seal it against writing, growing and shrinking.  Returns a
 * CLOEXEC descriptor for execveat(2), or -1 with errno set; EACCES when the sysctl vm.memfd_noexec
 * forbids programs in memory (Linux 6.3).
 */
int memexe_open(const char *name, const void *image, size_t size);

#endif
