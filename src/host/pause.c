/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Freezing and thawing a container; see pause.h.
 * Runs in: host.
 */
#include "host/pause.h"

#include <limits.h>

#include "base/err.h"
#include "cgroup/cgroup.h"
#include "host/lookup.h"

static int refuse_pause(const struct lookup *found, struct err *err)
{
	const char *id = found->record.id;

	if (found->status == STATUS_PAUSED)
		return err_say(err, ERR_NOWHERE, "cannot pause container `%s`: it is paused already", id);
	/* The last words are what managers look for. */
	return err_say(err, ERR_NOWHERE, "cannot pause container `%s`, which is %s and not created or running: "
		       "container not running", id, liveness_word(found->status));
}

int pause_container(const char *root, const char *id, struct err *err)
{
	auto_lookup struct lookup found = LOOKUP_INIT;

	if (lookup_container(root, id, &found, err) < 0)
		return -1;
	if (found.status != STATUS_CREATED && found.status != STATUS_RUNNING)
		return refuse_pause(&found, err);
	if (cgroup_freeze(&found.cgroup, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "pause container `%s`", id);
	return 0;
}

int resume_container(const char *root, const char *id, struct err *err)
{
	auto_lookup struct lookup found = LOOKUP_INIT;
	char above[PATH_MAX];
	int r;

	if (lookup_container(root, id, &found, err) < 0)
		return -1;
	if (found.status != STATUS_PAUSED)
		return err_say(err, ERR_NOWHERE, "cannot resume container `%s`, which is %s and not paused: "
			       "container not paused", id, liveness_word(found.status));
	r = cgroup_find_frozen_above(&found.cgroup, above, err);
	if (r > 0)
		return err_say(err, ERR_NOWHERE, "cannot resume container `%s`: %s above its cgroup is frozen", id, above);
	if (r < 0 || cgroup_thaw(&found.cgroup, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "resume container `%s`", id);
	return 0;
}
