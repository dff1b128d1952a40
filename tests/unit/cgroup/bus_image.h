/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.h for tests of what starts tare-bus: the program of the build tree (BUS_PROGRAM).
 */
#ifndef TARE_TESTS_CGROUP_BUS_IMAGE_H
#define TARE_TESTS_CGROUP_BUS_IMAGE_H

#include <stddef.h>

/* Another image from now on, that the caller keeps; NULL: the right one again. */
void bus_image_replace(const char *text, size_t size);

#endif
