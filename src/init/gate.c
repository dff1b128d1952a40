/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for the host; see gate.h and the chart in wire/message.h.
 * Runs in: init.
 */
#include "init/gate.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "init/scratch.h"
#include "sys/priv.h"
#include "sys/uapi.h"
#include "wire/channel.h"

/* The mounts that the host sends: the root, bind mounts, bound devices. */
static size_t count_trees(const struct plan *plan)
{
	size_t n = plan->exec.present ? 0 : 1;

	if (plan->init_opens)
		return 0;
	for (size_t i = 0; i < plan->mounts.n; i++)
		n += plan->mounts.item[i].kind == PLAN_MOUNT_BIND;
	for (size_t i = 0; i < plan->devices.n; i++)
		n += plan->devices.item[i].is_bound;
	return n;
}

/* What is bound comes with its ids mapped already. */
static bool needs_user_ns(const struct plan_mount *mount)
{
	return mount->idmap != NULL && mount->kind == PLAN_MOUNT_FS;
}

static size_t count_user_ns(const struct plan_mounts *mounts)
{
	size_t n = 0;

	for (size_t i = 0; i < mounts->n; i++)
		n += needs_user_ns(&mounts->item[i]);
	return n;
}

/* For exec one pidfd stands for all of them. */
static size_t count_join(const struct plan *plan)
{
	return plan->exec.present ? 1 : plan->namespaces.n_join;
}

/* Hand the descriptors out in the order that wire/message.h fixes. */
static void distribute(struct init *init, const int *fds, size_t n)
{
	const struct plan *plan = init->plan;
	bool has_trees = !plan->init_opens;
	size_t next = 0;

	init->root = has_trees && !plan->exec.present ? fds[next++] : -1;
	for (size_t i = 0; i < plan->mounts.n; i++) {
		init->tree[i] = has_trees && plan->mounts.item[i].kind == PLAN_MOUNT_BIND ? fds[next++] : -1;
		init->source[i] = -1;
	}
	for (size_t i = 0; i < plan->devices.n; i++)
		init->node[i] = has_trees && plan->devices.item[i].is_bound ? fds[next++] : -1;
	for (size_t i = 0; i < count_join(plan); i++)
		init->join[i] = fds[next++];
	for (size_t i = 0; i < plan->mounts.n; i++)
		init->idmap[i] = needs_user_ns(&plan->mounts.item[i]) ? fds[next++] : -1;
	if (plan->listener.path != NULL)
		init->agent = fds[next++];
	for (int i = 0; i < 2; i++)
		init->hook_output[i] = plan->hooks.prints_to[i] ? fds[next++] : 0;
	if (next < n) {
		init->go = fds[next++];
		init->status = fds[next];
	}
}

int gate_die_with_host(const struct init *init, struct err *err)
{
	struct pollfd host = { .fd = init->wire };

	if (priv_die_with_parent(true) < 0)
		return err_errno(err, ERR_NOWHERE, "arrange to end with the runtime");
	/* In another pid namespace getppid(2) does not tell. */
	if (poll(&host, 1, 0) > 0)
		return err_say(err, ERR_NOWHERE, "the runtime has ended");
	return 0;
}

int gate_stay_with_host(struct init *init, struct err *err)
{
	return gate_die_with_host(init, err);
}

int gate_outlive_host(struct init *init, struct err *err)
{
	if (init->plan->exec.present && init->plan->namespaces.is_staged)
		return 0;
	return priv_die_with_parent(false) < 0 ? err_errno(err, ERR_NOWHERE, "arrange to outlive the runtime") : 0;
}

int gate_take_descriptors(struct init *init, struct err *err)
{
	size_t n_tree = init->plan->mounts.n, n_node = init->plan->devices.n, n_join = count_join(init->plan);
	size_t fixed = count_trees(init->plan) + n_join + count_user_ns(&init->plan->mounts) +
		       (init->plan->listener.path != NULL) + init->plan->hooks.prints_to[0] + init->plan->hooks.prints_to[1];
	size_t n = 0;
	int *table = scratch_pages((3 * n_tree + n_node + n_join + fixed + 2) * sizeof(int), err);
	int *fds;

	if (table == NULL)
		return -1;
	init->tree = table;
	init->source = init->tree + n_tree;
	init->idmap = init->source + n_tree;
	init->node = init->idmap + n_tree;
	init->join = init->node + n_node;
	fds = init->join + n_join;
	if (channel_wait(init->wire, WIRE_GO, fds, fixed + 2, &n, err) < 0)
		return -1;
	if (n != fixed && n != fixed + 2)
		return err_say(err, ERR_NOWHERE, "%zu descriptors came where %zu were awaited", n, fixed);
	distribute(init, fds, n);
	return gate_die_with_host(init, err);
}

int gate_wait_hooks(struct init *init, struct err *err)
{
	const struct plan_hooks *hooks = &init->plan->hooks;

	if (hooks->kind[PLAN_HOOK_PRESTART].n + hooks->kind[PLAN_HOOK_CREATE_RUNTIME].n == 0)
		return 0;
	if (channel_tell(init->wire, WIRE_BUILT, NULL, 0, err) < 0)
		return -1;
	return channel_wait(init->wire, WIRE_HOOKED, NULL, 0, NULL, err);
}

int gate_wait_start(struct init *init, struct err *err)
{
	char byte;
	ssize_t n;

	if (channel_tell(init->wire, WIRE_READY, NULL, 0, err) < 0 ||
	    channel_wait(init->wire, WIRE_COMMIT, NULL, 0, NULL, err) < 0)
		return -1;
	if (init->go < 0)
		return 0;
	/* From here on the runtime that made us may end; `start` is who listens. */
	fd_close(&init->wire);
	do {
		n = read(init->go, &byte, 1);
	} while (n < 0 && errno == EINTR);
	if (n != 1)
		return err_errno(err, ERR_NOWHERE, "wait for start");
	fd_close(&init->go);
	return 0;
}

int gate_leave(struct init *init, struct err *err)
{
	if (init->wire >= 0)
		return channel_tell(init->wire, WIRE_EXECUTING, NULL, 0, err);
	if (init->status >= 0 && fd_write_all(init->status, "", 1) < 0)
		return err_errno(err, ERR_NOWHERE, "tell start");
	return 0;
}

void gate_report(const struct init *init, const struct err *failure)
{
	if (init->wire >= 0)
		channel_tell_failure(init->wire, failure);
	else if (init->status >= 0)
		(void)fd_write_all(init->status, failure, sizeof(*failure));
}
