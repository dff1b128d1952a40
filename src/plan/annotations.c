/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of annotations that are obeyed; see annotations.h.
 * Runs in: host.
 */
#include "plan/annotations.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/*
 * struct row
 * @read:   puts the value of the annotation where @offset says in struct plan_annotations
 */
struct row {
	const char *key;
	int (*read)(struct plan_work *work, const struct row *row, const char *value, uint32_t at, struct err *err);
	size_t offset;
};

static void *member(struct plan_work *work, const struct row *row)
{
	return (char *)&work->plan->annotations + row->offset;
}

static int read_flag(struct plan_work *work, const struct row *row, const char *value, uint32_t at, struct err *err)
{
	static const char *const words[] = { "0", "1", "false", "true" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]) == 0) {
			*(bool *)member(work, row) = i % 2 == 1;
			return 0;
		}
	}
	return err_say(err, at, "\"%s\" is neither \"1\" nor \"0\"", value);
}

static int read_path(struct plan_work *work, const struct row *row, const char *value, uint32_t at, struct err *err)
{
	if (value[0] != '/')
		return err_say(err, at, "\"%s\" is not an absolute path", value);
	*(struct plan_annotated_path *)member(work, row) = (struct plan_annotated_path){
		.at = at, .path = region_strdup(work->region, value),
	};
	return 0;
}

static int read_context(struct plan_work *work, const struct row *row, const char *value, uint32_t at, struct err *err)
{
	static const char *const words[] = { "context", "fscontext", "defcontext", "rootcontext" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]) == 0) {
			*(const char **)member(work, row) = region_strdup(work->region, value);
			return 0;
		}
	}
	return err_say(err, at, "\"%s\" is none of context, fscontext, defcontext and rootcontext", value);
}

/* What would confine the container: it must not run without (G-04). */
static int refuse(struct plan_work *work, const struct row *row, const char *value, uint32_t at, struct err *err)
{
	(void)work;
	(void)value;
	return err_say(err, at, "%s is not supported by this version", row->key);
}

#define ROW(key, read, name) { (key), (read), offsetof(struct plan_annotations, name) }

static const struct row rows[] = {
	ROW("run.oci.keep_original_groups", read_flag, keep_groups),
	ROW("run.oci.mount_context_type", read_context, mount_context),
	ROW("run.oci.pidfd_receiver", read_path, pidfd_receiver),
	ROW("run.oci.seccomp.receiver", read_path, seccomp_receiver),
	ROW("run.oci.systemd.force_cgroup_v1", read_path, force_cgroup_v1),
	ROW("run.oci.seccomp_fail_unknown_syscall", read_flag, fail_unknown_syscall),
	{ "run.oci.seccomp.plugins", refuse, 0 },
	{ "run.oci.seccomp_bpf_data", refuse, 0 },
};

/* What the environment says is for containers whose config says nothing. */
static void take_environment(struct plan_work *work)
{
	struct plan_annotated_path *ret = &work->plan->annotations.seccomp_receiver;
	const char *path = work->input->options->seccomp_receiver;

	if (ret->path == NULL && path != NULL && path[0] != '\0')
		*ret = (struct plan_annotated_path){ .at = ERR_NOWHERE, .path = region_strdup(work->region, path) };
}

int plan_annotations(struct plan_work *work, struct err *err)
{
	const struct oci_map *given = &work->input->config->annotations;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct oci_entry *entry = oci_map_find(given, rows[i].key);
		/* The record of a container, which exec starts from, has no places. */
		uint32_t at = entry == NULL || work->plan->exec.present ? ERR_NOWHERE : entry->at;

		/* Managers write "" for none. */
		if (entry == NULL || entry->string[0] == '\0')
			continue;
		if (rows[i].read(work, &rows[i], entry->string, at, err) < 0)
			return -1;
	}
	take_environment(work);
	return 0;
}
