/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read-only and masked paths.
 * Runs in: init.
 */
#ifndef TARE_INIT_MASKS_H
#define TARE_INIT_MASKS_H

struct init;
struct err;

/*
 * First make linux.readonlyPaths read-only, then cover linux.maskedPaths: files with the host's null
 * device, directories with one empty read-only tmpfs for all.  What does not exist is skipped; any
 * other failure is an error (RF-02, RF-03; CVE-2025-31133).
 */
int masks_apply(struct init *init, struct err *err);

#endif
