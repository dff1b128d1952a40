/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New limits for a container; see update.h.
 * Not here: which limits there are (plan/update.h), how files are changed (cgroup/update.c).
 * Runs in: host.
 */
#include "host/update.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/region.h"
#include "cgroup/cgroup.h"
#include "host/config.h"
#include "host/rdt.h"
#include "libocispec/oci/resources.h"
#include "plan/device_rules.h"
#include "plan/rdt.h"
#include "plan/update.h"
#include "state/dir.h"
#include "state/liveness.h"
#include "state/record.h"
#include "state/updates.h"

/* The names of all v1 controllers of a container, for struct plan_update. */
enum { MAX_CONTROLLERS = 64 };

/*
 * struct update - one update on its way.
 * @document: its source and arena; there is no bundle
 */
struct update {
	const struct update_request *request;
	struct config document;
	struct region region;
	struct oci_resources *resources;
};

static void update_close(struct update *update)
{
	config_close(&update->document);
	region_close(&update->region);
}

static const char *find_name(const struct update_request *request, const char *path)
{
	for (const struct update_name *n = request->names; n != NULL && n->path != NULL; n++) {
		if (strcmp(n->path, path) == 0)
			return n->name;
	}
	return NULL;
}

/* Who wrote options is told of options, who wrote a document of its lines. */
static void locate(const struct update *update, struct err *err)
{
	const char *name;
	char path[256];

	if (update->request->file != NULL) {
		config_locate(&update->document, err);
		return;
	}
	if (err->at == ERR_NOWHERE)
		return;
	name = find_name(update->request, oci_source_path(&update->document.source, err->at, path, sizeof(path)));
	err->at = ERR_NOWHERE;
	if (name != NULL)
		(void)err_wrap(err, ERR_NOWHERE, "%s", name);
}

static int load(struct update *update, struct err *err)
{
	struct oci_source *source = &update->document.source;
	struct oci_error error = OCI_ERROR_INIT;

	if (update->request->file != NULL) {
		if (config_read_argument(&update->document, update->request->file, err) < 0)
			return -1;
	} else {
		source->name = "options";
		source->text = update->request->text;
		source->len = strlen(source->text);
	}
	if (oci_resources_read(&update->document.arena, source, &update->resources, &error) == 0)
		return 0;
	(void)err_say(err, error.has_at ? error.at : ERR_NOWHERE, "%s", error.text);
	if (!error.has_at)
		(void)err_wrap(err, ERR_NOWHERE, "%s", source->name);
	return -1;
}

/* The v1 controllers of the trees that the container is in. */
static const char **list_controllers(struct arena *arena, const struct cgroup_ref *ref)
{
	const char **list = arena_array(arena, MAX_CONTROLLERS + 1, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < ref->n; i++) {
		char *rest = ref->tree[i].is_v2 ? NULL : arena_copy(arena, ref->tree[i].controllers);

		while (rest != NULL && n < MAX_CONTROLLERS)
			list[n++] = strsep(&rest, ",");
	}
	list[n] = NULL;
	return list;
}

static int judge(struct update *update, struct cgroup *cgroup, struct plan_cgroup *ret, struct err *err)
{
	struct plan_update wanted = {
		.resources = update->resources,
		.source = &update->document.source,
		.mode = cgroup->ref.mode,
		.controllers = list_controllers(&update->document.arena, &cgroup->ref),
		.has_scope = cgroup->ref.manager == CGROUP_MANAGER_SYSTEMD,
		.is_user = cgroup->ref.is_user,
	};

	if (cgroup_present(cgroup, &wanted.present, err) < 0 || region_open(&update->region, err) < 0 ||
	    plan_update_limits(&update->region, &wanted, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < ret->n_limits && update->request->file == NULL; i++) {
		const char *name = find_name(update->request, ret->limits[i].name);

		/* It has its name, so its place need not be looked up. */
		if (name != NULL)
			ret->limits[i].name = name;
		ret->limits[i].at = ERR_NOWHERE;
	}
	return 0;
}

/* Whoever is in a group shares it: all of the container's processes, and other containers of its closID. */
static int judge_shares(struct update *update, const struct record *record, struct plan_rdt *ret, struct err *err)
{
	const struct update_request *request = update->request;

	*ret = (struct plan_rdt){ .present = false };
	if (request->l3 == NULL && request->mb == NULL)
		return 0;
	if (record->rdt.group == NULL)
		return err_say(err, ERR_NOWHERE, "%s: the container has no resctrl group: its config.json had no linux.intelRdt",
			       request->l3 != NULL ? "--l3-cache-schema" : "--mem-bw-schema");
	return plan_rdt_update(&update->region, record->rdt.group, request->l3, request->mb, ret, err);
}

static int change_shares(struct rdt *rdt, const struct plan_rdt *shares, char **ret_before, struct err *err)
{
	char path[PATH_MAX];

	if (rdt_find_mount("/proc/self/mountinfo", path, sizeof(path), err) < 0)
		return err_wrap(err, ERR_NOWHERE, "find the container's resctrl group");
	return rdt_change(rdt, path, shares, ret_before, err);
}

static int check_status(const char *id, enum liveness_status status, struct err *err)
{
	if (status == STATUS_CREATED || status == STATUS_RUNNING || status == STATUS_PAUSED)
		return 0;
	return err_say(err, ERR_NOWHERE, "container `%s` is %s: container not running; only one that is created, running or "
		       "paused can be updated", id, liveness_word(status));
}

static int change(struct update *update, const struct record *record, struct cgroup *cgroup,
		  const struct plan_cgroup *plan, struct err *err)
{
	__attribute__((cleanup(rdt_close))) struct rdt rdt = RDT_INIT;
	auto_free char *schemata = NULL;
	struct err failure = ERR_INIT;
	struct plan_rdt shares;

	if (judge_shares(update, record, &shares, err) < 0 ||
	    (shares.present && change_shares(&rdt, &shares, &schemata, err) < 0))
		return -1;
	if (cgroup_update(cgroup, plan, err) == 0)
		return 0;
	if (shares.present && rdt_change_back(&rdt, &shares, schemata, &failure) < 0)
		(void)err_wrap(err, ERR_NOWHERE, "%s, after this failure", failure.text);
	return -1;
}

/*
 * Managers send all of config.json's resources with every update, device rules too.  They are the ones in force
 * then, and what a hook or an operator has allowed on top of them must not be lost (GPUs are given so).  New
 * rules are written down first, so that they are never taken for old ones.
 */
static int change_locked(struct update *update, int lock, const struct record *record, struct cgroup *cgroup,
			 struct err *err)
{
	struct err failure = ERR_INIT;
	uint64_t before, wanted;
	struct plan_cgroup plan;

	if (updates_read(lock, &before, err) < 0 || judge(update, cgroup, &plan, err) < 0)
		return -1;
	if (before == 0)
		before = record->device_rules;
	wanted = device_rules_digest(&plan);
	if (wanted == before)
		plan.n_rules = 0;
	if (plan.n_rules == 0)
		return change(update, record, cgroup, &plan, err);
	if (updates_write(lock, wanted, err) < 0)
		return -1;
	if (change(update, record, cgroup, &plan, err) == 0)
		return 0;
	if (updates_write(lock, before, &failure) < 0)
		(void)err_wrap(err, ERR_NOWHERE, "%s, after this failure", failure.text);
	return -1;
}

static int update_opened(struct update *update, const char *root, const char *id, struct err *err)
{
	auto_state_dir struct state_dir dir = STATE_DIR_INIT;
	auto_cgroup struct cgroup cgroup = CGROUP_INIT;
	enum liveness_status status;
	struct record record;
	auto_fd int lock = -1;

	/* The directory's lock is held while hooks run, and one of them may call us. */
	if (dir_open(&dir, root, id, DIR_UNLOCKED, err) < 0 ||
	    record_read(dir.fd, &update->document.arena, &record, err) < 0)
		return -1;
	cgroup_find(&cgroup, &record.cgroup);
	if (liveness_status(&dir, &record, &cgroup, &status, NULL, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "find out the status of container `%s`", id);
	if (check_status(id, status, err) < 0)
		return -1;
	/* Two updates at a time would put back what the other one has written. */
	lock = updates_lock(dir.fd, err);
	return lock < 0 ? -1 : change_locked(update, lock, &record, &cgroup, err);
}

int update_container(const char *root, const char *id, const struct update_request *request, struct err *err)
{
	__attribute__((cleanup(update_close))) struct update update = {
		.request = request,
		.document = CONFIG_INIT,
	};

	if (load(&update, err) == 0 && update_opened(&update, root, id, err) == 0)
		return 0;
	locate(&update, err);
	return -1;
}
