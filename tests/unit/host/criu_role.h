/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program "criu" for tests: the test's own, which then plays the part of CRIU.  It answers as it is ordered and writes
 * down what it was asked.
 */
#ifndef TARE_TESTS_HOST_CRIU_ROLE_H
#define TARE_TESTS_HOST_CRIU_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * First thing in main(): when the program was called as CRIU is, play its part and end.
 */
void criu_role_play(int argc, char **argv);

/* Put "criu" in the directory @path, and that directory alone in PATH. */
void criu_role_install(const char *path);

/*
 * What the next ones do; words with blanks between:
 *	version=N	instead of 31701
 *	lacks		has no features
 *	fail		says that it failed, with errno EBUSY
 *	die		ends without an answer
 *	garbage		answers with what is no message
 *	stages		tells of "pre-dump", of "orphan-pts-master" with a descriptor, and of "post-dump" first
 *	error		writes a log with an error
 */
void criu_role_order(const char *words);

/* The last request but those for its version and features, as bytes; its length, 0 when there was none. */
size_t criu_role_asked(unsigned char *data, size_t size);

/* What its descriptor @fd was: the name under /proc/self/fd; in static memory, "" when it was closed. */
const char *criu_role_fd(int fd);

#endif
