/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the specification has and this version cannot do yet.  It is refused by name, never left
 * out in silence: a container without the confinement that was asked for must not run (G-03, G-04).
 * Not here: limits (limits.c) and mount options (mountopts.c).
 * Runs in: host.
 */
#include <linux/sched.h>
#include <stddef.h>

#include "base/err.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/* Which object of config.json a row's property belongs to. */
enum owner { LINUX, OWNERS };

/* How to see that a property was given. */
enum kind {
	OBJECT,	/* a pointer */
	LIST,	/* a struct oci_list that is not empty */
	MAP,	/* a struct oci_map that is not empty */
};

static const struct row {
	enum owner owner;
	enum kind kind;
	size_t offset;
	const char *key;
	const char *what;
} rows[] = {
	{ LINUX,   LIST,   offsetof(struct oci_linux, uid_maps), "uidMappings", "id mappings" },
	{ LINUX,   LIST,   offsetof(struct oci_linux, gid_maps), "gidMappings", "id mappings" },
	{ LINUX,   MAP,    offsetof(struct oci_linux, time_offsets), "timeOffsets",
	  "clock offsets" },
};

/* Namespaces that can be neither made nor joined, and those that can only be made. */
static const struct {
	const char *word;
	enum oci_namespace_type type;
	bool only_joined;
} namespaces[] = {
	{ "user namespaces are", OCI_NS_USER, false },
	{ "time namespaces are", OCI_NS_TIME, false },
	{ "joining a pid namespace is", OCI_NS_PID, true },
	{ "joining a mount namespace is", OCI_NS_MOUNT, true },
};

static bool is_given(const struct row *row, const void *object)
{
	const void *member = (const char *)object + row->offset;

	switch (row->kind) {
	case OBJECT:
		return *(void *const *)member != NULL;
	case LIST:
		return ((const struct oci_list *)member)->n > 0;
	case MAP:
		return ((const struct oci_map *)member)->n > 0;
	}
	return false;
}

static int check_rows(const struct plan_work *work, struct err *err)
{
	const struct oci_config *config = work->input->config;
	const void *const object[OWNERS] = { [LINUX] = config->on_linux };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint32_t *at = object[rows[i].owner]; /* every object begins with its offset */

		if (at != NULL && is_given(&rows[i], at))
			return err_say(err, work_place(work, *at, "%s", rows[i].key),
				       "%s are not supported by this version", rows[i].what);
	}
	return 0;
}

static bool is_joined(const struct oci_namespace *entry)
{
	return entry->path != NULL && entry->path[0] != '\0';
}

static int check_namespaces(const struct plan_work *work, struct err *err)
{
	const struct oci_config *config = work->input->config;
	const struct oci_namespace *entry;

	if (config->on_linux == NULL)
		return err_say(err, config->at,
			       "linux is missing: a container without its own mount namespace is not "
			       "supported by this version");
	oci_for_each(entry, &config->on_linux->namespaces) {
		for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
			if (entry->type != namespaces[i].type ||
			    (namespaces[i].only_joined && !is_joined(entry)))
				continue;
			return err_say(err, work_place(work, entry->at, "type"),
				       "%s not supported by this version", namespaces[i].word);
		}
	}
	if (!plan_namespaces_has(&work->plan->namespaces, CLONE_NEWNS))
		return err_say(err, work_place(work, config->on_linux->at, "namespaces"),
			       "a container without its own mount namespace is not supported by this "
			       "version");
	return 0;
}

int plan_unsupported(struct plan_work *work, struct err *err)
{
	if (work->input->options->manager == CGROUP_MANAGER_SYSTEMD)
		return err_say(err, ERR_NOWHERE,
			       "the systemd cgroup manager is not supported by this version; use "
			       "--cgroup-manager=cgroupfs or =disabled");
	if (check_namespaces(work, err) < 0)
		return -1;
	return check_rows(work, err);
}
