/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program tare-bus inside a static tare; see image.h.  BUS_PROGRAM is its path in the build tree.
 * Runs in: host.
 */
#include "image.h"

__asm__(".section .rodata.bus_program, \"a\", %progbits\n"
	".balign 4096\n"
	"bus_program_start:\n"
	".incbin \"" BUS_PROGRAM "\"\n"
	"bus_program_end:\n"
	".previous\n");

extern const char bus_program_start[], bus_program_end[];

struct bus_image bus_image_get(void)
{
	return (struct bus_image){
		.data = bus_program_start,
		/* cppcheck-suppress comparePointers ; both ends of what the assembler put there */
		.size = (size_t)(bus_program_end - bus_program_start),
	};
}
