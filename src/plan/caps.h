/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.capabilities as bit sets (PR-14, PR-15): what cannot be granted is left out with one warning.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_CAPS_H
#define TARE_PLAN_CAPS_H

#include <stdint.h>

/* Bit n is capability n of capabilities(7). */
struct plan_caps {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

/* Names "CAP_CHOWN" ... by number, NULL-terminated, for `features` (FT-07) and messages. */
const char *const *plan_cap_names(void);

#endif
