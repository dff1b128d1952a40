/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of `mounts`: mounts of a container that is there already.  It is a struct plan like that of `exec`, with
 * no process and with plan->mounts, so that init's steps serve this too.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_LIVE_H
#define TARE_PLAN_LIVE_H

#include "plan/exec.h"

struct err;
struct plan;
struct plan_input;
struct plan_target;
struct region;

/*
 * Judge the mounts of input->config, by the rules of create; of those that are to be taken away (@kind is
 * PLAN_EXEC_UNMOUNT) only the destination counts.  Of the rest of input->config what concerns further mounts is looked
 * at; input->source is the document of the mounts.  Refused is also what can only be done when the container is made.
 * Pure, like plan_make().
 */
int plan_make_live(struct region *region, const struct plan_input *input, const struct plan_target *target,
		   enum plan_exec_kind kind, const struct plan **ret_plan, struct err *err);

#endif
