/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attacker of the race tests: exchanges two names in a directory as fast as it can, so that a path
 * means something else between any two looks at it (renameat2(2), RENAME_EXCHANGE).
 *
 *     racer DIR NAME OTHER
 *
 * Runs until it gets SIGTERM, then prints how often it did so.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXCHANGE 2 /* linux/fs.h */

static volatile sig_atomic_t is_ended;

static void end(int number)
{
	(void)number;
	is_ended = 1;
}

int main(int argc, char **argv)
{
	unsigned long n = 0;
	int dir;

	if (argc != 4) {
		fprintf(stderr, "usage: racer DIR NAME OTHER\n");
		return 2;
	}
	dir = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || signal(SIGTERM, end) == SIG_ERR) {
		perror(argv[1]);
		return 1;
	}
	while (!is_ended) {
		/* A name may be busy for a moment: something is mounted there. */
		if (syscall(SYS_renameat2, dir, argv[2], dir, argv[3], EXCHANGE) == 0)
			n++;
	}
	printf("%lu\n", n);
	return 0;
}
