/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How `start` and the waiting init meet: two FIFOs in the container's directory.
 *
 *   exec.fifo    init reads one byte from it; `start` writes it.
 *   exec.status  init writes one byte right before execve, and its struct err if it fails, before or at it; `start`
 *                reads to the end of file.  Init's end is close-on-exec: an end after the one byte means executed, or
 *                killed in the very act (liveness_ended_as() tells); an end without any means killed.
 *
 * The FIFOs without a reader mean that init went on (or died), so nothing has to be written down
 * when it does: the container is "created" as long as exec.status exists and init holds it, which includes the
 * time of startContainer hooks (runtime.md, "State": running is what has executed the program).
 * Runs in: host; init uses the two descriptors only.
 */
#ifndef TARE_STATE_FIFO_H
#define TARE_STATE_FIFO_H

struct err;

/* Their names in the container's directory. */
#define FIFO_GO "exec.fifo"
#define FIFO_STATUS "exec.status"

/* Make both (0600) in the container's directory. */
int fifo_make(int dirfd, struct err *err);

/*
 * Open init's ends, both O_RDWR|O_CLOEXEC, to be passed to init: neither blocks on open, reading
 * *@ret_go waits until `start` writes a byte and never sees an end of file, writing *@ret_status
 * never raises SIGPIPE. The host closes its copies once init has them.
 */
int fifo_open_init_ends(int dirfd, int *ret_go, int *ret_status, struct err *err);

/*
 * Has init still to execute the program?  1 yes (status "created"), 0 no: it did, or there is no FIFO.
 * -1 with @err when that could not be found out.  For an instant also 1 while `start` learns of it.
 */
int fifo_is_held(int dirfd, struct err *err);

/*
 * The side of `start`; the caller holds the exclusive lock, so there is one winner.  Lets init go
 * and waits until its execve succeeded (0; the FIFOs are removed) or failed (-1 with init's own
 * error in @err), or it was killed before (-1). When init does not wait there any more: -1, err->code ENXIO.
 */
int fifo_release(int dirfd, struct err *err);

#endif
