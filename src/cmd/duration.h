/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lengths of time as people and Go programs write them.
 * Runs in: host.
 */
#ifndef TARE_CMD_DURATION_H
#define TARE_CMD_DURATION_H

#include <stdint.h>

struct err;

/*
 * Nanoseconds of @text in Go's form (time.ParseDuration): numbers, maybe with a fraction, each with its unit: "5s",
 * "1.5h", "1m30s"; units ns, us, µs, ms, s, m, h.  -1 with @err for anything else, what is not above 0, and what is
 * more than 292 years.
 */
int64_t duration_parse(const char *text, struct err *err);

#endif
