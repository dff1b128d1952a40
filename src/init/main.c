/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main() of the static init program that is embedded in tare: two descriptor numbers, nothing else.
 * Runs in: init.
 */
#include <stdlib.h>

#include "init/init.h"

int main(int argc, char **argv)
{
	if (argc != 3)
		return EXIT_FAILURE;
	return init_main((int)strtol(argv[1], NULL, 10), (int)strtol(argv[2], NULL, 10));
}
