/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building the properties of a systemd unit.  Private to this room; struct plan_property is in scope.h.
 * Runs in: host.
 */
#ifndef TARE_PLAN_PROPERTY_H
#define TARE_PLAN_PROPERTY_H

#include "plan/scope.h"

/* The property @name of @scope, without a value yet: a new one, or the present one emptied.  @name must last. */
struct plan_property *property_set(struct region *region, struct plan_scope *scope, uint32_t at, const char *name,
				   const char *signature);

/* The property @name, or NULL. */
struct plan_property *property_find(const struct plan_scope *scope, const char *name);

/* Leave the property @name out, if it is there. */
void property_drop(struct plan_scope *scope, const char *name);

/* Add one piece to a value, see struct plan_value.  @text must last. */
void property_add(struct region *region, struct plan_property *property, char type, uint64_t number,
		  const char *text);

/* A property with one basic value. */
void property_set_number(struct region *region, struct plan_scope *scope, uint32_t at, const char *name, char type,
			 uint64_t number);
void property_set_text(struct region *region, struct plan_scope *scope, uint32_t at, const char *name,
		       const char *text);

/*
 * Read @text in the notation of GVariant (glib's "GVariant Text Format") as the value of @property, whose
 * signature follows from it: booleans, numbers, strings, byte strings, arrays and structures of them, with types
 * in front ("uint64 5", "@as []"); no dictionaries, maybes and variants, which no property has.
 */
int property_parse(struct region *region, struct plan_property *property, const char *text, struct err *err);

#endif
