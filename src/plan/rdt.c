/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.intelRdt (RD-01 .. RD-08; security.md V31).  enableCMT and enableMBM are gone from the specification
 * and ignored like any unknown property (RD-09).
 * Not here: whether resctrl is mounted, what its groups are now, and what this processor can do.
 * Runs in: host.
 */
#include "plan/rdt.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "base/str.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/* What resctrl itself has in a group's directory; none of it is a group. */
static const char *const reserved[] = { "info", "mon_groups", "mon_data" };

bool plan_rdt_has_schemata(const struct plan_rdt *rdt)
{
	return rdt->l3 != NULL || rdt->mb != NULL || rdt->lines[0] != NULL;
}

/* A number of @base at *@rest, without the signs and blanks that strtoull(3) takes. */
static bool read_number(const char **rest, int base, uint64_t *ret)
{
	const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";
	char *end;

	if (**rest == '\0' || strchr(digits, **rest) == NULL)
		return false;
	errno = 0;
	*ret = strtoull(*rest, &end, base);
	*rest = end;
	return errno == 0;
}

static void skip_spaces(const char **rest)
{
	*rest += strspn(*rest, " \t");
}

int plan_rdt_next(const char **rest, int base, struct plan_rdt_share *ret)
{
	if (**rest == '\0')
		return 0;
	if (!read_number(rest, 10, &ret->domain) || **rest != '=')
		return -1;
	(*rest)++;
	skip_spaces(rest);
	if (!read_number(rest, base, &ret->value))
		return -1;
	skip_spaces(rest);
	if (**rest == ';')
		(*rest)++;
	else if (**rest != '\0')
		return -1;
	return 1;
}

/* One component of a path, and a directory that is a group. */
static bool is_group(const char *name)
{
	if (*name == '\0' || strlen(name) > NAME_MAX || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (strcmp(name, reserved[i]) == 0)
			return false;
	}
	for (; *name != '\0'; name++) {
		if (*name == '/' || (unsigned char)*name < 0x20)
			return false;
	}
	return true;
}

static int plan_group(struct plan_work *work, const struct oci_rdt *rdt, struct plan_rdt *ret, struct err *err)
{
	const char *id = rdt->clos_id;

	/* Managers write "" for none. */
	if (id == NULL || id[0] == '\0') {
		if (!is_group(work->plan->id))
			return err_say(err, rdt->at, "the container's ID \"%s\" cannot be the name of a resctrl group; set "
				       "closID", work->plan->id);
		ret->is_own = true;
		ret->group = work->plan->id;
		return 0;
	}
	if (strcmp(id, "/") == 0) {
		ret->group = region_strdup(work->region, "");
		return 0;
	}
	if (!is_group(id))
		return err_say(err, work_place(work, rdt->at, "closID"),
			       "\"%s\" cannot be the name of a resctrl group; \"/\" is the default one", id);
	ret->group = region_strdup(work->region, id);
	return 0;
}

static int check_newline(const char *line, uint32_t at, struct err *err)
{
	if (strpbrk(line, "\r\n") == NULL)
		return 0;
	return err_say(err, at, "holds more than one line");
}

/* A line that starts with @prefix and has numbers of @base; *@ret is NULL when the property is not given. */
static int plan_line(struct plan_work *work, uint32_t at, const char *line, const char *prefix, int base,
		     const char **ret, struct err *err)
{
	struct plan_rdt_share share;
	const char *rest;
	int n = 0, r;

	if (line == NULL || line[0] == '\0')
		return 0;
	if (check_newline(line, at, err) < 0)
		return -1;
	rest = str_after(line, prefix);
	if (rest == NULL)
		return err_say(err, at, "\"%s\" does not start with \"%s\"", line, prefix);
	while ((r = plan_rdt_next(&rest, base, &share)) > 0)
		n++;
	if (r < 0 || n == 0)
		return err_say(err, at, "\"%s\" is no list of ID=VALUE with ';' between, values %s", line,
			       base == 16 ? "in hexadecimal" : "in decimal");
	*ret = region_strdup(work->region, line);
	return 0;
}

/* Any resource the kernel has or will have, so of the values nothing is known. */
static bool is_line(const char *line)
{
	const char *colon = strchr(line, ':');

	return colon != NULL && colon > line && colon[1] != '\0';
}

static int plan_lines(struct plan_work *work, const struct oci_rdt *rdt, struct plan_rdt *ret, struct err *err)
{
	const char *line;

	oci_for_each(line, &rdt->schemata) {
		uint32_t at = work_place(work, rdt->at, "schemata[%u]", line_i);

		if (check_newline(line, at, err) < 0)
			return -1;
		if (!is_line(line))
			return err_say(err, at, "\"%s\" is no line of schemata like \"L3:0=ff\"", line);
	}
	ret->lines = work_strings(work, &rdt->schemata);
	return 0;
}

int plan_rdt(struct plan_work *work, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	const struct oci_rdt *rdt = on_linux != NULL ? on_linux->intel_rdt : NULL;
	struct plan_rdt *ret = &work->plan->rdt;

	if (rdt == NULL)
		return 0;
	ret->present = true;
	ret->at = work_place(work, on_linux->at, "intelRdt");
	ret->monitoring = rdt->enable_monitoring.v;
	if (plan_group(work, rdt, ret, err) < 0)
		return -1;
	if (plan_line(work, work_place(work, rdt->at, "l3CacheSchema"), rdt->l3_cache_schema, "L3:", 16, &ret->l3, err) < 0 ||
	    plan_line(work, work_place(work, rdt->at, "memBwSchema"), rdt->mem_bw_schema, "MB:", 10, &ret->mb, err) < 0)
		return -1;
	return plan_lines(work, rdt, ret, err);
}

int plan_rdt_update(struct region *region, const char *group, const char *l3, const char *mb, struct plan_rdt *ret,
		    struct err *err)
{
	static const char *const no_lines[] = { NULL };
	struct plan_work work = { .region = region };

	*ret = (struct plan_rdt){ .present = true, .at = ERR_NOWHERE, .group = group, .lines = no_lines };
	if (plan_line(&work, ERR_NOWHERE, l3, "L3:", 16, &ret->l3, err) < 0)
		return -1;
	return plan_line(&work, ERR_NOWHERE, mb, "MB:", 10, &ret->mb, err);
}
