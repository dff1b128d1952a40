/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the printed plan that says what systemd is asked for.
 * Runs in: host.
 */
#include "plan/print_parts.h"

#include <string.h>

#include "plan/limits.h"
#include "plan/print_text.h"

/* More than any value nests: D-Bus allows 32 arrays and 32 structures. */
enum { MAX_DEPTH = 64 };

static void print_basic(const struct out *out, const struct plan_value *value)
{
	if (value->text != NULL)
		out_quote(out, value->text);
	else if (value->type == 'b')
		out_say(out, value->number != 0 ? "yes" : "no");
	else if (value->type == 'd')
		out_say(out, "%g", value->real);
	else if (strchr("nix", value->type) != NULL)
		out_say(out, "%lld", (long long)value->number);
	else if (value->type == 't' && value->number == UINT64_MAX)
		out_say(out, "unlimited");
	else
		out_say(out, "%llu", (unsigned long long)value->number);
}

/* [array, of], (structure, of) */
static void print_value(const struct out *out, const struct plan_property *property)
{
	char close[MAX_DEPTH] = "";
	size_t depth = 0;
	const char *between = "";

	for (size_t i = 0; i < property->n; i++) {
		const struct plan_value *value = &property->value[i];

		if (value->type == ')' && depth > 0) {
			out_say(out, "%c", close[--depth]);
			between = ", ";
		} else if ((value->type == 'a' || value->type == '(') && depth < MAX_DEPTH) {
			out_say(out, "%s%c", between, value->type == 'a' ? '[' : '(');
			close[depth++] = value->type == 'a' ? ']' : ')';
			between = "";
		} else {
			out_say(out, "%s", between);
			print_basic(out, value);
			between = ", ";
		}
	}
}

void print_scope(const struct out *out, const struct plan_cgroup *cgroup)
{
	const struct plan_scope *scope = &cgroup->scope;

	out_line_text(out, scope->is_user ? "  user-unit" : "  unit", scope->unit);
	out_line_text(out, "    slice", scope->slice);
	for (size_t i = 0; i < scope->n; i++) {
		const struct plan_property *property = &scope->properties[i];

		out_say(out, "    property %s%s %s ", property->name, property->is_asked ? " asked" : "",
			property->signature);
		print_value(out, property);
		out_say(out, "\n");
	}
}
