/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pidfd of the container's process for whoever asked for it: --pidfd-socket and run.oci.pidfd_receiver.
 * Runs in: host.
 */
#ifndef TARE_HOST_PIDFDSOCKET_H
#define TARE_HOST_PIDFDSOCKET_H

struct err;

/* The word that goes with the pidfd and says what kind of process it is: a container's first one, or one of exec. */
#define PIDFDSOCKET_FIRST "standard"
#define PIDFDSOCKET_FURTHER "setns"

/*
 * Send @pidfd in one message with @word over the connected @socket, and close that; nothing when it is -1.
 * -1 with @err.
 */
int pidfdsocket_send(int *socket, const char *word, int pidfd, struct err *err);

#endif
