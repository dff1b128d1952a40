/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The static init program inside tare; see image.h.  INIT_PROGRAM is its path in the build tree.
 * Runs in: host.
 */
#include "image.h"

__asm__(".section .rodata.init_program, \"a\", %progbits\n"
	".balign 4096\n"
	"init_program_start:\n"
	".incbin \"" INIT_PROGRAM "\"\n"
	"init_program_end:\n"
	".previous\n");

extern const char init_program_start[], init_program_end[];

struct init_image init_image_get(void)
{
	return (struct init_image){
		.data = init_program_start,
		/* cppcheck-suppress comparePointers ; both ends of what the assembler put there */
		.size = (size_t)(init_program_end - init_program_start),
	};
}
