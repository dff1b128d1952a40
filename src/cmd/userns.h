/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Are we root of the machine, or only of a user namespace?
 * Runs in: host.
 */
#ifndef TARE_CMD_USERNS_H
#define TARE_CMD_USERNS_H

#include <stdbool.h>

/*
 * True inside a user namespace other than the initial one: its /proc/self/uid_map is not the
 * identity over all ids (user_namespaces(7)).  False when that file cannot be read.
 */
bool userns_is_inner(void);

#endif
