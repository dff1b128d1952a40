/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pseudo terminal of a given devpts instance (security.md R8).
 * Runs in: init.
 */
#ifndef TARE_SYS_TTY_H
#define TARE_SYS_TTY_H

/*
 * Open a new terminal pair in the devpts whose root directory is @devpts, which is checked to be
 * one.  *@ret_master and *@ret_slave own CLOEXEC descriptors; the slave comes from TIOCGPTPEER
 * (Linux 4.13), never from a path.  Returns the pty's number, or -1 with errno set.
 */
int tty_open_pair(int devpts, int *ret_master, int *ret_slave);

/* Tell the terminal its size.  Returns 0, or -1 with errno set. */
int tty_set_size(int fd, unsigned short rows, unsigned short columns);

/* Start a session whose controlling terminal is @fd.  Returns 0, or -1 with errno set. */
int tty_take_control(int fd);

#endif
