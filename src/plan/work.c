/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Helpers of the rules; see work.h.
 * Runs in: host.
 */
#include "plan/work.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/source.h"
#include "libocispec/types.h"

uint32_t work_place(const struct plan_work *work, uint32_t at, const char *format, ...)
{
	char path[256];
	va_list args;

	if (work->input->source == NULL)
		return at;
	va_start(args, format);
	(void)vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return oci_source_find(work->input->source, at, path);
}

/* More than anybody reads; a hostile document could ask for as many as it has entries. */
#define WARNINGS_MAX 100

void work_warn(struct plan_work *work, uint32_t at, const char *format, ...)
{
	struct plan_warning **link = &work->plan->warnings;
	struct plan_warning *warning;
	char text[1024];
	size_t n = 0;
	va_list args;

	for (const struct plan_warning *w = *link; w != NULL; w = w->next)
		n++;
	if (n > WARNINGS_MAX)
		return;
	warning = region_alloc(work->region, sizeof(*warning));
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n == WARNINGS_MAX) {
		at = ERR_NOWHERE;
		(void)snprintf(text, sizeof(text), "there are more warnings than these");
	}
	warning->at = at;
	warning->text = region_strdup(work->region, text);
	while (*link != NULL && (*link)->at <= at)
		link = &(*link)->next;
	warning->next = *link;
	*link = warning;
}

const char *const *work_strings(struct plan_work *work, const struct oci_strings *list)
{
	const char **copy = region_alloc(work->region, ((size_t)list->n + 1) * sizeof(*copy));

	for (uint32_t i = 0; i < list->n; i++)
		copy[i] = region_strdup(work->region, list->item[i]);
	return copy;
}

void *work_array(struct plan_work *work, size_t n, size_t size)
{
	return n == 0 ? NULL : region_alloc(work->region, n * size);
}
