/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host has of a handler (plan/handler.h): its program, and what that needs.
 * Runs in: host.
 */
#ifndef TARE_HOST_HANDLER_H
#define TARE_HOST_HANDLER_H

#include "plan/handler.h"

struct arena;
struct err;
struct plan_input;

/*
 * Look in the directories of @path (PATH of the environment, or NULL) for a program of the handler that @input asks
 * for; *@ret_found, in @arena, is NULL when it asks for none.  Its libraries are asked of its own loader, which runs
 * nothing of it (ld.so(8), --list).  -1 with @err when there is none, or it is no ELF program.
 */
int handler_find(struct arena *arena, const struct plan_input *input, const char *path,
		 const struct handler_found **ret_found, struct err *err);

/* Is there a program in the directories of @path (or NULL) for the handler called @name? */
bool handler_is_here(struct arena *arena, const char *name, const char *path);

#endif
