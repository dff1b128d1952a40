/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of properties; see property.h.  The notation of annotations is read in property_parse.c.
 * Runs in: host.
 */
#include "plan/property.h"

#include <string.h>

#include "base/region.h"

/*
 * Room for one more element of @size bytes in the array @old of @n: it doubles whenever it is full, which is at
 * powers of two, and what it leaves behind in the region is no more than itself.
 */
static void *grow(struct region *region, void *old, size_t n, size_t size)
{
	void *grown;

	if ((n & (n - 1)) != 0)
		return old;
	grown = region_alloc(region, (n == 0 ? 1 : 2 * n) * size);
	if (n > 0)
		memcpy(grown, old, n * size);
	return grown;
}

struct plan_property *property_find(const struct plan_scope *scope, const char *name)
{
	for (size_t i = 0; i < scope->n; i++) {
		if (strcmp(scope->properties[i].name, name) == 0)
			return &scope->properties[i];
	}
	return NULL;
}

struct plan_property *property_set(struct region *region, struct plan_scope *scope, uint32_t at, const char *name,
				   const char *signature)
{
	struct plan_property *property = property_find(scope, name);

	if (property == NULL) {
		scope->properties = grow(region, scope->properties, scope->n, sizeof(*scope->properties));
		property = &scope->properties[scope->n++];
	}
	*property = (struct plan_property){ .at = at, .name = name, .signature = signature };
	return property;
}

void property_drop(struct plan_scope *scope, const char *name)
{
	struct plan_property *property = property_find(scope, name);

	if (property == NULL)
		return;
	scope->n--;
	memmove(property, property + 1, (size_t)(scope->properties + scope->n - property) * sizeof(*property));
}

void property_add(struct region *region, struct plan_property *property, char type, uint64_t number,
		  const char *text)
{
	property->value = grow(region, property->value, property->n, sizeof(*property->value));
	property->value[property->n++] = (struct plan_value){ .type = type, .number = number, .text = text };
}

void property_set_number(struct region *region, struct plan_scope *scope, uint32_t at, const char *name, char type,
			 uint64_t number)
{
	struct plan_property *property = property_set(region, scope, at, name, NULL);

	property_add(region, property, type, number, NULL);
	property->signature = region_format(region, "%c", type);
}

void property_set_text(struct region *region, struct plan_scope *scope, uint32_t at, const char *name,
		       const char *text)
{
	property_add(region, property_set(region, scope, at, name, "s"), 's', 0, text);
}
