/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answering requests; see systemd_serve.h.
 * Runs in: the program tare-bus.
 */
#include "cgroup/systemd_serve.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "cgroup/systemd_bus.h"
#include "cgroup/systemd_message.h"
#include "libocispec/arena.h"

/*
 * struct serving - one connection.
 * @arena: requests, all of them up to the end: what was kept names properties in one
 * @kept:  what properties were, for changing back; one change is made for each container, few for one connection
 */
struct serving {
	struct systemd_bus *bus;
	struct arena arena;
	struct systemd_kept *kept[8];
	size_t n_kept;
};

static int change(struct serving *serving, const struct systemd_request *request, const struct plan_scope *scope,
		  struct systemd_reply *reply)
{
	struct systemd_kept **kept = NULL;
	int r;

	if (request->number != 0 && serving->n_kept == sizeof(serving->kept) / sizeof(serving->kept[0]))
		return err_say(&reply->err, ERR_NOWHERE, "change the systemd unit %s: too many changes at once", scope->unit);
	if (request->number != 0)
		kept = &serving->kept[serving->n_kept];
	r = systemd_bus_change(serving->bus, scope->unit, scope->properties, scope->n, kept, &reply->err);
	if (kept != NULL && *kept != NULL)
		reply->number = (int32_t)++serving->n_kept;
	return r;
}

static int change_back(struct serving *serving, const struct systemd_request *request, const char *unit,
		       struct systemd_reply *reply)
{
	if (request->number < 1 || (size_t)request->number > serving->n_kept)
		return err_say(&reply->err, ERR_NOWHERE, "change the properties back of %s: nothing was kept", unit);
	return systemd_bus_change_back(serving->bus, unit, serving->kept[request->number - 1], &reply->err);
}

static int start(struct serving *serving, const struct systemd_request *request, const struct plan_scope *scope,
		 struct systemd_reply *reply)
{
	bool is_foreign = false;
	int r = systemd_bus_start_scope(serving->bus, scope, request->number, &is_foreign, &reply->err);

	reply->number = is_foreign;
	return r;
}

static int find_root(struct serving *serving, const struct systemd_request *request, struct systemd_reply *reply)
{
	size_t size = sizeof(reply->text);

	if (request->number >= 0 && (size_t)request->number < size)
		size = (size_t)request->number;
	return systemd_bus_find_root(serving->bus, reply->text, size, &reply->err);
}

static int obey(struct serving *serving, const struct systemd_request *request, const struct plan_scope *scope,
		struct systemd_reply *reply)
{
	switch (request->operation) {
	case SYSTEMD_OPEN:
		systemd_bus_close(&serving->bus);
		return systemd_bus_open(request->number != 0, &serving->bus, &reply->err);
	case SYSTEMD_FIND_ROOT:
		return find_root(serving, request, reply);
	case SYSTEMD_IS_ACTIVE:
		return systemd_bus_is_active(serving->bus, scope->unit, &reply->err);
	case SYSTEMD_START_SCOPE:
		return start(serving, request, scope, reply);
	case SYSTEMD_CHANGE:
		return change(serving, request, scope, reply);
	case SYSTEMD_CHANGE_BACK:
		return change_back(serving, request, scope->unit, reply);
	default:
		return systemd_bus_stop(serving->bus, scope->unit, request->number, &reply->err);
	}
}

/* Of this build, in an order that makes sense. */
static bool is_request(const struct serving *serving, const struct systemd_request *request,
		       const struct plan_scope *scope)
{
	if (request->operation < SYSTEMD_OPEN || request->operation > SYSTEMD_STOP)
		return false;
	if (request->operation == SYSTEMD_OPEN)
		return true;
	return serving->bus != NULL && (scope->unit != NULL || request->operation == SYSTEMD_FIND_ROOT);
}

static int serve_one(struct serving *serving, const struct systemd_request *request, int fd)
{
	/* As from another process it may hold no byte that was never set. */
	struct systemd_reply *reply = arena_new(&serving->arena, struct systemd_reply);
	char *data = arena_array(&serving->arena, request->size + 1, 1);
	struct plan_scope scope;

	reply->err.at = ERR_NOWHERE;
	if (systemd_receive(fd, data, request->size, -1) < 0 ||
	    systemd_unpack(data, request->size, &serving->arena, &scope) < 0 || !is_request(serving, request, &scope))
		return -1;
	reply->result = obey(serving, request, &scope, reply);
	return systemd_send(fd, reply, sizeof(*reply));
}

int systemd_serve(int fd)
{
	struct serving serving = { .arena = ARENA_INIT };
	struct systemd_request request;
	int r;

	do {
		r = systemd_receive(fd, &request, sizeof(request), -1);
		/* Nobody asks any more. */
		if (r < 0 && errno == EPIPE) {
			r = 0;
			break;
		}
		if (r == 0)
			r = serve_one(&serving, &request, fd);
	} while (r == 0);
	while (serving.n_kept > 0)
		systemd_bus_free_kept(&serving.kept[--serving.n_kept]);
	systemd_bus_close(&serving.bus);
	arena_free(&serving.arena);
	return r;
}
