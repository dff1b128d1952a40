/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts of a container that runs; see live.h.  As with `exec` no lock is held (target.h), and nothing of it is written
 * down: the mounts go with the container's mount namespace.
 * Runs in: host.
 */
#include "host/live.h"

#include <errno.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/region.h"
#include "cgroup/cgroup.h"
#include "host/config.h"
#include "host/launch.h"
#include "host/mounts.h"
#include "host/probe.h"
#include "host/target.h"
#include "libocispec/oci/config.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "wire/channel.h"

/*
 * struct change - a change in the making.
 * @document: the list of mounts; what is read lives in its arena
 * @whole:    what the plan sees as config.json
 * @plan_fd:  the sealed plan
 */
struct change {
	const struct live_request *request;
	struct config document;
	struct oci_config whole;
	struct target target;
	struct facts facts;
	struct region region;
	const struct plan *plan;
	int plan_fd;
	struct host_mounts mounts;
	struct launched child;
};

#define CHANGE_INIT                                                                                      \
	((struct change){ .document = CONFIG_INIT, .target = TARGET_INIT, .plan_fd = -1,                 \
			  .mounts = HOST_MOUNTS_INIT, .child = LAUNCHED_INIT })

static void close_change(struct change *change)
{
	launch_close(&change->child);
	mounts_close(&change->mounts);
	fd_close(&change->plan_fd);
	region_close(&change->region);
	target_close(&change->target);
	config_close(&change->document);
}

static int read_document(struct change *change, struct err *err)
{
	return config_load_mounts(&change->document, change->request->file, &change->whole.mounts, err);
}

static int find_container(struct change *change, struct err *err)
{
	struct target *target = &change->target;
	enum liveness_status status;

	if (target_find(target, &change->document.arena, change->request->root, change->request->id, &status, err) < 0 ||
	    target_check_live(target, status, err) < 0)
		return -1;
	if (probe_host(&change->document.arena, target->record.bundle, &change->facts, err) < 0)
		return -1;
	return target_look(target, &change->document.arena, err);
}

static int plan(struct change *change, struct err *err)
{
	const struct record *record = &change->target.record;
	const struct plan_options options = { .id = record->id };
	const struct plan_input input = {
		.source = &change->document.source,
		.config = &change->whole,
		.facts = &change->facts,
		.options = &options,
	};

	change->whole.oci_version = record->oci_version;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): ours alone, and const for all others */
	change->whole.on_linux = (struct oci_linux *)(uintptr_t)record->on_linux;
	if (region_open(&change->region, err) < 0 ||
	    plan_make_live(&change->region, &input, &change->target.plan, change->request->kind, &change->plan, err) < 0)
		return -1;
	config_warn(&change->document, change->plan->warnings);
	return 0;
}

static int open_sources(struct change *change, struct err *err)
{
	return mounts_open(&change->mounts, change->plan, change->target.pidfd, err);
}

/* In no cgroup of the container, which may be paused or full: what it does is ours. */
static int launch(struct change *change, struct err *err)
{
	struct cgroup ours = CGROUP_INIT;

	change->plan_fd = region_seal(&change->region, err);
	if (change->plan_fd < 0 || launch_init(change->plan, &change->region, change->plan_fd, -1, &ours, &change->child, err) < 0)
		return -1;
	return channel_tell(change->child.wire, WIRE_GO, change->mounts.fds, change->mounts.n, err);
}

static int wait_done(struct change *change, struct err *err)
{
	if (channel_wait(change->child.wire, WIRE_READY, NULL, 0, NULL, err) < 0 || target_check(&change->target, err) < 0)
		return -1;
	return channel_tell(change->child.wire, WIRE_COMMIT, NULL, 0, err);
}

static const struct {
	const char *name;
	int (*run)(struct change *change, struct err *err);
} steps[] = {
	{ "read document",	read_document },
	{ "find container",	find_container },
	{ "plan",		plan },
	{ "open sources",	open_sources },
	{ "start process",	launch },		/* -> WIRE_GO */
	{ "change mounts",	wait_done },		/* <- WIRE_READY, -> WIRE_COMMIT */
};

static int run_steps(struct change *change, struct err *err)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].run(change, err) < 0) {
			err_phase(err, steps[i].name);
			return -1;
		}
	}
	return 0;
}

/* What it had to say may be there still where it did not listen to us any more. */
static void explain(const struct change *change, struct err *err)
{
	if (err->code == EPIPE && !channel_find_failure(change->child.wire, err))
		(void)target_check(&change->target, err);
}

/* Without our end of the channel it undoes what it has begun, which may take no less time than that. */
static void wait_end(struct change *change)
{
	fd_close(&change->child.wire);
	if (change->child.pid > 0)
		(void)launch_reap(&change->child);
}

int live_change(const struct live_request *request, struct err *err)
{
	__attribute__((cleanup(close_change))) struct change change = CHANGE_INIT;
	int r;

	change.request = request;
	r = run_steps(&change, err);
	if (r < 0)
		explain(&change, err);
	wait_end(&change);
	if (r < 0)
		config_locate(&change.document, err);
	return r;
}
