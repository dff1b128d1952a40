/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --pid-file: the decimal pid without a newline, complete from the moment its name exists, since
 * managers poll for the file and parse it strictly.
 * Runs in: host.
 */
#ifndef TARE_HOST_PIDFILE_H
#define TARE_HOST_PIDFILE_H

#include <stdbool.h>
#include <sys/types.h>

struct err;

/*
 * struct pidfile - where the pid will go.
 * @dir:  descriptor of the directory, owned; -1: no pid file was asked for
 * @is_written: by us, so that it is ours to remove
 * @name: the file's name in it
 */
struct pidfile {
	int dir;
	bool is_written;
	char name[256];
};

#define PIDFILE_INIT ((struct pidfile){ .dir = -1 })

/*
 * Find the directory of @path, relative to the present working directory, without making anything
 * yet.  A NULL @path is fine: the other functions then do nothing.
 */
int pidfile_open(struct pidfile *pidfile, const char *path, struct err *err);

/* Write @pid to a temporary file and rename it over the name. */
int pidfile_write(struct pidfile *pidfile, pid_t pid, struct err *err);

/* Take a written pid file away again; the command failed after all.  Another one of that name stays. */
void pidfile_remove(struct pidfile *pidfile);

/* Close the directory; accepts PIDFILE_INIT. */
void pidfile_close(struct pidfile *pidfile);

#define auto_pidfile __attribute__((cleanup(pidfile_close)))

#endif
