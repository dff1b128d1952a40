/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * openat2(2) done step by step, for kernels before 5.6 and where a filter forbids the call.  Private
 * to rootpath.c, which is what everybody else calls.
 * Runs in: either.
 */
#ifndef TARE_SYS_ROOTWALK_H
#define TARE_SYS_ROOTWALK_H

struct uapi_open_how;

/*
 * What openat2(2) does for @how, which has UAPI_RESOLVE_IN_ROOT or UAPI_RESOLVE_BENEATH and no
 * O_CREAT.  Links are always followed by their text, never by jumping (magic links give ELOOP).
 * Weaker than the kernel's in one point: UAPI_RESOLVE_NO_XDEV sees another file system, not another
 * mount of the same one.  Returns a CLOEXEC descriptor, or -1 with openat2(2)'s errno; EAGAIN when
 * somebody exchanged the last component meanwhile.
 */
int rootwalk_open(int dir, const char *path, const struct uapi_open_how *how);

#endif
