/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The init's entry linked into tare itself; see image.h.  For sanitizers, coverage and debugging.
 * Runs in: host.
 */
#include "image.h"

#include "init/init.h"

struct init_image init_image_get(void)
{
	return (struct init_image){ .entry = init_main };
}
