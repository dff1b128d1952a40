/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.maskedPaths and linux.readonlyPaths, each path once (RF-02, RF-03).
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_MASKS_H
#define TARE_PLAN_MASKS_H

#include <stddef.h>
#include <stdint.h>

/* One entry of "maskedPaths" or "readonlyPaths". */
struct plan_path {
	uint32_t at;
	const char *path;	/* absolute, in the container */
};

/* What is hidden, and what is read-only. */
struct plan_masks {
	struct plan_path *masked, *readonly;
	size_t n_masked, n_readonly;
};

#endif
