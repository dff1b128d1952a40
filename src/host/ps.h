/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `ps`: the processes of a container, as numbers or as the host's ps(1) shows them.
 * Runs in: host.
 */
#ifndef TARE_HOST_PS_H
#define TARE_HOST_PS_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct err;

/*
 * The processes of container @id below @root, sub-cgroups included, as our pid namespace counts: *@ret_pids is
 * malloc(3)ed.  A stopped container has those that its first process left behind, mostly none.
 */
int ps_pids(const char *root, const char *id, pid_t **ret_pids, size_t *ret_n, struct err *err);

/*
 * Run ps(1), looked up by PATH, with the arguments @args (NULL-terminated), and print on @out its heading
 * and those of its lines whose PID is one of @pids.  -1 with @err when it cannot be run, fails, or shows no column
 * called PID.
 */
int ps_print_table(FILE *out, const pid_t *pids, size_t n, char *const *args, struct err *err);

#endif
