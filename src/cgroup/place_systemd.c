/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The systemd manager: the container is a scope, a unit around processes that somebody else started.  Its
 * directories in the trees that systemd keeps are systemd's; we make those below it, and on cgroup v1 those in the
 * other trees.  systemd starts no scope without a process, so all of it happens around the container's first one,
 * which waits meanwhile.
 * Not here: what is said on the bus (systemd_bus.c).
 * Runs in: host.
 */
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "cgroup/equip.h"
#include "cgroup/leaf.h"
#include "cgroup/make.h"
#include "cgroup/place.h"
#include "cgroup/remove.h"
#include "cgroup/systemd_bus.h"
#include "cgroup/tree.h"
#include "cgroup/update.h"

/* Bytes of the path up to and with the scope: all but the plan's cgroup of ours within it. */
static size_t scope_length(const struct cgroup *cg, const struct plan_cgroup *plan)
{
	return strlen(cg->ref.path) - (strlen(plan->path) - plan->scope.path_len);
}

/* systemd makes and removes the scope's directory in this tree, and all above it. */
static bool is_theirs(const struct cgroup_tree_ref *tree)
{
	return tree->is_v2 || tree_has_word(tree->controllers, "name=systemd", strlen("name=systemd"));
}

static int find_path(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	struct str str;

	if (systemd_bus_find_root(cg->bus, cg->path, sizeof(cg->path), err) < 0)
		return -1;
	str = str_in(cg->path + strlen(cg->path), sizeof(cg->path) - strlen(cg->path));
	str_add(&str, plan->path);
	if (str.is_cut)
		return err_say(err, plan->path_at, "the path of the unit %s is too long", plan->scope.unit);
	cg->ref.path = cg->path;
	return 0;
}

static int open_systemd(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	const char *unit = plan->scope.unit;
	int active;

	if (make_begin(cg, plan, plan->path, err) < 0)
		return -1;
	cg->ref.unit = unit;
	cg->ref.is_user = plan->scope.is_user;
	if (systemd_bus_open(plan->scope.is_user, &cg->bus, err) < 0 || find_path(cg, plan, err) < 0)
		return -1;
	/* Before it is written down as ours, and asked again when it is started. */
	active = systemd_bus_is_active(cg->bus, unit, err);
	if (active < 0)
		return -1;
	if (active > 0)
		return err_say(err, plan->path_at, "the systemd unit %s exists already and is in use", unit);
	for (size_t i = 0; i < cg->ref.n; i++) {
		if (make_open_deepest(cg, i, err) < 0)
			return make_refusal(plan, err);
		if (is_theirs(&cg->ref.tree[i]))
			cg->ref.tree[i].kept = scope_length(cg, plan);
		/* It is one above the container's: nobody may take it for that. */
		fd_close(&cg->fd[i]);
	}
	return 0;
}

/* Nothing without a process. */
static int create_systemd(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	(void)cg;
	(void)plan;
	(void)err;
	return 0;
}

static int make_directories(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	for (size_t i = 0; i < cg->ref.n; i++) {
		struct cgroup_tree_ref *tree = &cg->ref.tree[i];

		if (make_open_deepest(cg, i, err) < 0)
			return -1;
		if (is_theirs(tree) && tree->kept < scope_length(cg, plan))
			return err_say(err, plan->path_at, "systemd has started %s, but there is no cgroup %.*s in "
				       "/sys/fs/cgroup/%s", cg->ref.unit, (int)scope_length(cg, plan), cg->ref.path,
				       tree->mount);
		/* systemd makes directories in trees of v1 as it needs them. */
		if (make_tree(cg, i, true, err) < 0)
			return -1;
	}
	return leaf_make(cg, plan, err);
}

static int adopt_systemd(struct cgroup *cg, const struct plan_cgroup *plan, pid_t pid, struct err *err)
{
	bool is_foreign;

	if (systemd_bus_start_scope(cg->bus, &plan->scope, pid, &is_foreign, err) < 0) {
		if (is_foreign) {
			cgroup_close(cg);
			*cg = CGROUP_INIT;
		}
		return make_refusal(plan, err);
	}
	/* The scope may hand controllers down only when it holds no process itself, so the process moves first. */
	if (make_directories(cg, plan, err) == 0 && cgroup_enter(cg, pid, false, err) == 0) {
		/* A container may run for long, and systemd is not asked again before it ends. */
		systemd_bus_close(&cg->bus);
		return equip(cg, plan, false, err);
	}
	/* Some may be open on what lies above. */
	cgroup_close(cg);
	return make_refusal(plan, err);
}

static int open_bus(struct cgroup *cg, struct err *err)
{
	return cg->bus != NULL ? 0 : systemd_bus_open(cg->ref.is_user, &cg->bus, err);
}

/* Or a reload would bring the old limits back, and those of the scope would hold the container to less. */
static int update_systemd(struct cgroup *cg, const struct plan_cgroup *plan, struct err *err)
{
	const struct plan_scope *scope = &plan->scope;
	__attribute__((cleanup(systemd_bus_free_kept))) struct systemd_kept *kept = NULL;
	struct err failure = ERR_INIT;

	if (scope->n == 0)
		return update_files(cg, plan, err);
	/* Before anything is changed. */
	if (cgroup_open_trees(cg, err) < 0 || tree_check_memory(cg, plan, err) < 0 || open_bus(cg, err) < 0 ||
	    systemd_bus_change(cg->bus, cg->ref.unit, scope->properties, scope->n, &kept, err) < 0)
		return -1;
	if (update_files(cg, plan, err) == 0)
		return 0;
	if (systemd_bus_change_back(cg->bus, cg->ref.unit, kept, &failure) < 0)
		(void)err_wrap(err, ERR_NOWHERE, "%s, after this failure", failure.text);
	return -1;
}

/*
 * All processes are dead by now, so without an answer the scope's cgroup is empty, and systemd collects an empty
 * scope by itself.
 */
static int remove_systemd(struct cgroup *cg, int deadline_ms, struct err *err)
{
	struct err refusal = ERR_INIT;

	if (open_bus(cg, &refusal) < 0 ||
	    systemd_bus_stop(cg->bus, cg->ref.unit, deadline_ms, &refusal) < 0)
		log_warning_err(&refusal);
	return remove_directories(cg, deadline_ms, err);
}

const struct place place_systemd = {
	.open = open_systemd,
	.create = create_systemd,
	.adopt = adopt_systemd,
	.update = update_systemd,
	.remove = remove_systemd,
};
