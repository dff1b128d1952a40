/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device rules in the files of the v1 controller (Documentation/admin-guide/cgroup-v1/devices.rst).
 * Runs in: host.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/devices.h"
#include "cgroup/tree.h"

static bool covers(int64_t wide, int64_t narrow)
{
	return wide == DEVICE_ANY || wide == narrow;
}

static bool meets(int64_t a, int64_t b)
{
	return a == b || a == DEVICE_ANY || b == DEVICE_ANY;
}

/* Every device of @narrow is one of @wide. */
static bool rule_covers(const struct plan_device_rule *wide, const struct plan_device_rule *narrow)
{
	return wide->type == narrow->type && covers(wide->major, narrow->major) &&
	       covers(wide->minor, narrow->minor);
}

/* There are devices that both match, and access that both have. */
static bool rule_meets(const struct plan_device_rule *a, const struct plan_device_rule *b)
{
	return a->type == b->type && meets(a->major, b->major) && meets(a->minor, b->minor) &&
	       (a->access & b->access) != 0;
}

static void spell_number(struct str *str, int64_t number)
{
	if (number == DEVICE_ANY)
		str_add(str, "*");
	else
		str_add_format(str, "%lld", (long long)number);
}

static void spell(struct str *str, const struct plan_device_rule *rule)
{
	str_add_format(str, "%c ", rule->type);
	spell_number(str, rule->major);
	str_add(str, ":");
	spell_number(str, rule->minor);
	str_add_format(str, " %s%s%s", rule->access & DEVICE_READ ? "r" : "",
		       rule->access & DEVICE_WRITE ? "w" : "",
		       rule->access & DEVICE_MKNOD ? "m" : "");
}

static int write_rule(int dir, const struct plan_device_rule *rule, bool allow, struct err *err)
{
	const char *file = allow ? "devices.allow" : "devices.deny";
	char line[64];
	struct str text = STR_IN(line);

	if (rule->type == 'a')
		str_add(&text, "a");
	else
		spell(&text, rule);
	if (tree_write_at(dir, file, line) == 0)
		return 0;
	return err_errno(err, rule->at, "device rule: write \"%s\" to %s", line, file);
}

/*
 * Take @rule, which restores the default, out of the @n exceptions.  Returns how many are left,
 * or -1 when an exception for more devices would have to be split.
 */
static int take_out(struct plan_device_rule *exception, size_t n,
		    const struct plan_device_rule *rule, struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct plan_device_rule e = exception[i];
		char text[64];
		struct str s = STR_IN(text);

		if (rule_covers(rule, &e)) {
			e.access &= ~rule->access;
		} else if (rule_meets(rule, &e)) {
			spell(&s, rule);
			return err_say(err, rule->at, "cgroup v1 cannot take "
				       "\"%s\" out of a rule for more devices", text);
		}
		if (e.access != 0)
			exception[kept++] = e;
	}
	return (int)kept;
}

int devices_v1_write(int dir, const struct plan_device_rule *rules, size_t n, struct err *err)
{
	auto_free struct plan_device_rule *exception = calloc(n, sizeof(*exception));
	bool is_allowed = rules[0].allow;
	size_t kept = 0;

	if (!exception)
		return err_errno(err, ERR_NOWHERE, "device rules");
	for (size_t i = 1; i < n; i++) {
		int r = (int)kept;

		if (rules[i].allow != is_allowed)
			exception[r++] = rules[i];
		else
			r = take_out(exception, kept, &rules[i], err);
		if (r < 0)
			return -1;
		kept = (size_t)r;
	}
	if (write_rule(dir, &rules[0], is_allowed, err) < 0)
		return -1;
	for (size_t i = 0; i < kept; i++) {
		if (write_rule(dir, &exception[i], !is_allowed, err) < 0)
			return -1;
	}
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
	return 0;
}
