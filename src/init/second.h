/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second process: a namespace of some kinds is only for children, so the process that has entered
 * what exists clones the container's first process and ends.
 * Runs in: init.
 */
#ifndef TARE_INIT_SECOND_H
#define TARE_INIT_SECOND_H

struct init;
struct err;

/*
 * Unless plan->namespaces.is_staged, nothing.  Else make the remaining new namespaces with a sibling of
 * ours, tell the host, and exit; it returns in the new process, once the host has settled it.
 */
int second_start(struct init *init, struct err *err);

#endif
