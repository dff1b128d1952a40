/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of signals as people and managers write them.
 * Runs in: host.
 */
#ifndef TARE_CMD_SIGNALS_H
#define TARE_CMD_SIGNALS_H

struct err;

/*
 * The number of the signal @text: "15", "TERM", "SIGTERM" in any case, "RTMIN", "RTMIN+3", "RTMAX-1"
 * (of the C library's range 34 .. 64).  -1 with @err when there is none; 0 is none.
 */
int signals_parse(const char *text, struct err *err);

#endif
