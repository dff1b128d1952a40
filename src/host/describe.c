/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state document of a container; see describe.h.
 * Runs in: host.
 */
#include "host/describe.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "libocispec/arena.h"
#include "state/dir.h"
#include "state/record.h"

static const enum oci_status status_words[] = {
	[STATUS_CREATING] = OCI_STATUS_CREATING,
	[STATUS_CREATED] = OCI_STATUS_CREATED,
	[STATUS_RUNNING] = OCI_STATUS_RUNNING,
	[STATUS_PAUSED] = OCI_STATUS_PAUSED,
	[STATUS_STOPPED] = OCI_STATUS_STOPPED,
};

static void close_file(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

const char *describe_user(struct arena *arena, uid_t uid)
{
	__attribute__((cleanup(close_file))) FILE *file = NULL;
	const struct passwd *entry;

	file = fopen("/etc/passwd", "re");
	while (file != NULL && (entry = fgetpwent(file)) != NULL) {
		if (entry->pw_uid == uid)
			return arena_copy(arena, entry->pw_name);
	}
	return NULL;
}

static const char *owner_name(struct arena *arena, uid_t owner)
{
	const char *name = owner == 0 ? "root" : describe_user(arena, owner);

	return name != NULL ? name : arena_format(arena, "#%u", (unsigned int)owner);
}

struct oci_state describe_record(struct arena *arena, const struct record *record,
				 enum liveness_status status, pid_t pid)
{
	return (struct oci_state){
		.oci_version = record->oci_version,
		.id = record->id,
		.pid = { .set = true, .v = pid },
		.status = status_words[status],
		.bundle = record->bundle,
		.rootfs = record->rootfs,
		.created = record->created,
		.annotations = record->annotations,
		.owner = owner_name(arena, record->owner),
	};
}

int describe_container(struct arena *arena, const char *root, const char *id,
		       struct oci_state *ret_state, struct err *err)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	enum liveness_status status;
	struct record record;
	bool has_process;

	if (dir_open(&dir, root, id, DIR_UNLOCKED, err) < 0)
		return -1;
	if (record_read(dir.fd, arena, &record, err) < 0) {
		/* Its directory is there and nothing else: create has only just begun. */
		if (err->code == ENOENT) {
			(void)err_say(err, ERR_NOWHERE, "container `%s` does not exist", id);
			err->code = ENOENT;
		}
		return -1;
	}
	cgroup_find(&cgroup, &record.cgroup);
	if (liveness_status(&dir, &record, &cgroup, &status, NULL, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "find out the status of container `%s`", id);
	has_process = status != STATUS_STOPPED && status != STATUS_CREATING;
	*ret_state = describe_record(arena, &record, status, has_process ? record.init.pid : 0);
	return 0;
}
