/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of systemd's manager over sd-bus; see systemd_bus.h.
 * Runs in: host, or the program tare-bus where tare is static.
 */
#include "cgroup/systemd_bus.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/systemd_library.h"
#include "plan/scope.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SYSTEMD ".Manager"

enum { USEC_PER_MSEC = 1000, PATH_SIZE = 256, NAME_SIZE = 256 };

/*
 * struct systemd_bus
 * @job_path:   the job that is waited for, "" while its path is not known
 * @job_result: how it ended ("done"), "" before
 */
struct systemd_bus {
	const struct systemd_library *lib;
	sd_bus *bus;
	sd_bus_slot *slot;
	const char *whose;
	char job_path[PATH_SIZE];
	char job_result[NAME_SIZE];
};

bool systemd_bus_is_built(void)
{
	return true;
}

static uint64_t now_usec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* @r is what sd-bus returned; @error what the other side said, if it was reached. */
static int refuse(const struct systemd_bus *bus, int r, sd_bus_error *error, struct err *err, const char *what,
		  const char *unit)
{
	if (error != NULL && bus->lib->sd_bus_error_is_set(error)) {
		(void)err_say(err, ERR_NOWHERE, "%s %s: %s systemd says: %s", what, unit, bus->whose,
			      error->message != NULL ? error->message : error->name);
		bus->lib->sd_bus_error_free(error);
		err->code = -r;
		return -1;
	}
	errno = -r;
	return err_errno(err, ERR_NOWHERE, "%s %s: ask %s systemd", what, unit, bus->whose);
}

static bool is_error(const sd_bus_error *error, const char *name)
{
	return error->name != NULL && strcmp(error->name, name) == 0;
}

/* JobRemoved: number, path, unit and result of a job that has ended. */
static int on_job_removed(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct systemd_bus *bus = data;
	const char *path, *unit, *result;
	uint32_t number;

	(void)error;
	if (bus->lib->sd_bus_message_read(message, "uoss", &number, &path, &unit, &result) >= 0 &&
	    strcmp(path, bus->job_path) == 0)
		(void)snprintf(bus->job_result, sizeof(bus->job_result), "%s", result);
	return 0;
}

static int refuse_connection(int r, bool is_user, struct err *err)
{
	if (is_user && r == -ENOMEDIUM)
		return err_say(err, ERR_NOWHERE, "the user's systemd cannot be found: neither XDG_RUNTIME_DIR nor "
			       "DBUS_SESSION_BUS_ADDRESS is set");
	errno = -r;
	if (is_user)
		return err_errno(err, ERR_NOWHERE, "connect to the bus of the user's systemd "
				 "(XDG_RUNTIME_DIR is %s, DBUS_SESSION_BUS_ADDRESS %s)",
				 getenv("XDG_RUNTIME_DIR") != NULL ? getenv("XDG_RUNTIME_DIR") : "not set",
				 getenv("DBUS_SESSION_BUS_ADDRESS") != NULL ? getenv("DBUS_SESSION_BUS_ADDRESS") : "not set");
	return err_errno(err, ERR_NOWHERE, "connect to the system bus, which the systemd cgroup manager needs");
}

int systemd_bus_open(bool is_user, struct systemd_bus **ret, struct err *err)
{
	const struct systemd_library *lib = systemd_library_get(err);
	struct systemd_bus *bus;
	int r;

	if (lib == NULL)
		return -1;
	bus = calloc(1, sizeof(*bus));
	if (bus == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for a bus");
	bus->lib = lib;
	bus->whose = is_user ? "the user's" : "the system's";
	r = is_user ? lib->sd_bus_open_user(&bus->bus) : lib->sd_bus_open_system(&bus->bus);
	if (r >= 0)
		r = lib->sd_bus_match_signal(bus->bus, &bus->slot, SYSTEMD, MANAGER_PATH, MANAGER, "JobRemoved",
					     on_job_removed, bus);
	if (r < 0) {
		(void)refuse_connection(r, is_user, err);
		systemd_bus_close(&bus);
		return -1;
	}
	*ret = bus;
	return 0;
}

void systemd_bus_close(struct systemd_bus **at)
{
	struct systemd_bus *bus = take_ptr(at);

	if (bus == NULL)
		return;
	if (bus->slot != NULL)
		(void)bus->lib->sd_bus_slot_unref(bus->slot);
	if (bus->bus != NULL)
		(void)bus->lib->sd_bus_flush_close_unref(bus->bus);
	free(bus);
}

int systemd_bus_find_root(struct systemd_bus *bus, char *buf, size_t size, struct err *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	auto_free char *text = NULL;
	int r = bus->lib->sd_bus_get_property_string(bus->bus, SYSTEMD, MANAGER_PATH, MANAGER, "ControlGroup", &error,
						     &text);
	size_t len;

	if (r < 0)
		return refuse(bus, r, &error, err, "find the cgroup of", "the manager");
	len = strlen(text);
	while (len > 0 && text[len - 1] == '/')
		len--;
	if (len >= size || (len > 0 && text[0] != '/'))
		return err_say(err, ERR_NOWHERE, "%s systemd says that its cgroup is \"%s\"", bus->whose, text);
	memcpy(buf, text, len);
	buf[len] = '\0';
	return 0;
}

/* A call of the manager with the unit's name as its first argument. */
static int new_call(struct systemd_bus *bus, const char *method, const char *unit, sd_bus_message **ret)
{
	int r = bus->lib->sd_bus_message_new_method_call(bus->bus, ret, SYSTEMD, MANAGER_PATH, MANAGER, method);

	return r < 0 ? r : bus->lib->sd_bus_message_append_basic(*ret, 's', unit);
}

static void free_message(const struct systemd_bus *bus, sd_bus_message **message)
{
	if (*message != NULL)
		(void)bus->lib->sd_bus_message_unref(*message);
	*message = NULL;
}

/* Send @call, which is freed; *@ret_path is what it answers, an object's path, when that is wanted. */
static int call_for_path(struct systemd_bus *bus, sd_bus_message *call, sd_bus_error *error, char *ret_path)
{
	sd_bus_message *reply = NULL;
	const char *path;
	int r = bus->lib->sd_bus_call(bus->bus, call, (uint64_t)SYSTEMD_CALL_MS * USEC_PER_MSEC, error, &reply);

	free_message(bus, &call);
	if (r >= 0 && ret_path != NULL) {
		r = bus->lib->sd_bus_message_read(reply, "o", &path);
		if (r >= 0)
			(void)snprintf(ret_path, PATH_SIZE, "%s", path);
	}
	free_message(bus, &reply);
	return r;
}

/* A method with nothing but the unit's name. */
static int call_simple(struct systemd_bus *bus, const char *method, const char *unit, sd_bus_error *error,
		       char *ret_path)
{
	sd_bus_message *call = NULL;
	int r = new_call(bus, method, unit, &call);

	if (r >= 0)
		return call_for_path(bus, call, error, ret_path);
	free_message(bus, &call);
	return r;
}

int systemd_bus_is_active(struct systemd_bus *bus, const char *unit, struct err *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	auto_free char *state = NULL;
	char path[PATH_SIZE];
	int r = call_simple(bus, "GetUnit", unit, &error, path);

	if (r >= 0)
		r = bus->lib->sd_bus_get_property_string(bus->bus, SYSTEMD, path, SYSTEMD ".Unit", "ActiveState", &error,
							 &state);
	/* It may go between the two questions. */
	if (r < 0 && (is_error(&error, SYSTEMD ".NoSuchUnit") || is_error(&error, SD_BUS_ERROR_UNKNOWN_OBJECT))) {
		bus->lib->sd_bus_error_free(&error);
		return 0;
	}
	if (r < 0)
		return refuse(bus, r, &error, err, "look at the unit", unit);
	return strcmp(state, "inactive") != 0 && strcmp(state, "failed") != 0;
}

/* The basic value of @value as sd_bus_message_append_basic() takes it. */
static int append_basic(struct systemd_bus *bus, sd_bus_message *call, const struct plan_value *value)
{
	const uint8_t y = (uint8_t)value->number;
	const int b = value->number != 0;
	const uint16_t q = (uint16_t)value->number;
	const uint32_t u = (uint32_t)value->number;

	switch (value->type) {
	case 'y':
		return bus->lib->sd_bus_message_append_basic(call, 'y', &y);
	case 'b':
		return bus->lib->sd_bus_message_append_basic(call, 'b', &b);
	case 'n':
	case 'q':
		return bus->lib->sd_bus_message_append_basic(call, value->type, &q);
	case 'i':
	case 'u':
		return bus->lib->sd_bus_message_append_basic(call, value->type, &u);
	case 'x':
	case 't':
		return bus->lib->sd_bus_message_append_basic(call, value->type, &value->number);
	case 'd':
		return bus->lib->sd_bus_message_append_basic(call, 'd', &value->real);
	default:
		return bus->lib->sd_bus_message_append_basic(call, value->type, value->text);
	}
}

static int append_value(struct systemd_bus *bus, sd_bus_message *call, const struct plan_value *value)
{
	switch (value->type) {
	case 'a':
		return bus->lib->sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, value->text);
	case '(':
		return bus->lib->sd_bus_message_open_container(call, SD_BUS_TYPE_STRUCT, value->text);
	case ')':
		return bus->lib->sd_bus_message_close_container(call);
	default:
		return append_basic(bus, call, value);
	}
}

/* (name, variant) */
static int append_property(struct systemd_bus *bus, sd_bus_message *call, const struct plan_property *property)
{
	const struct systemd_library *lib = bus->lib;
	int r = lib->sd_bus_message_open_container(call, SD_BUS_TYPE_STRUCT, "sv");

	if (r >= 0)
		r = lib->sd_bus_message_append_basic(call, 's', property->name);
	if (r >= 0)
		r = lib->sd_bus_message_open_container(call, SD_BUS_TYPE_VARIANT, property->signature);
	for (size_t i = 0; r >= 0 && i < property->n; i++)
		r = append_value(bus, call, &property->value[i]);
	if (r >= 0)
		r = lib->sd_bus_message_close_container(call);
	return r < 0 ? r : lib->sd_bus_message_close_container(call);
}

/* The properties' list a(sv), but for those whose bit is set in @left_out. */
static int append_properties(struct systemd_bus *bus, sd_bus_message *call, const struct plan_property *properties,
			     size_t n, const bool *left_out, const struct plan_property *last)
{
	int r = bus->lib->sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "(sv)");

	for (size_t i = 0; r >= 0 && i < n; i++) {
		if (left_out == NULL || !left_out[i])
			r = append_property(bus, call, &properties[i]);
	}
	if (r >= 0 && last != NULL)
		r = append_property(bus, call, last);
	return r < 0 ? r : bus->lib->sd_bus_message_close_container(call);
}

/* StartTransientUnit(name, mode, properties, auxiliary units) */
static int call_start(struct systemd_bus *bus, const struct plan_scope *scope, pid_t pid, const bool *left_out,
		      sd_bus_error *error)
{
	struct plan_value value[] = {
		{ .type = 'a', .text = "u" },
		{ .type = 'u', .number = (uint64_t)pid },
		{ .type = ')' },
	};
	const struct plan_property pids = { .name = "PIDs", .signature = "au", .value = value, .n = 3 };
	sd_bus_message *call = NULL;
	int r = new_call(bus, "StartTransientUnit", scope->unit, &call);

	if (r >= 0)
		r = bus->lib->sd_bus_message_append_basic(call, 's', "fail");
	if (r >= 0)
		r = append_properties(bus, call, scope->properties, scope->n, left_out, &pids);
	if (r >= 0)
		r = bus->lib->sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "(sa(sv))");
	if (r >= 0)
		r = bus->lib->sd_bus_message_close_container(call);
	if (r >= 0)
		return call_for_path(bus, call, error, bus->job_path);
	free_message(bus, &call);
	return r;
}

/*
 * "Cannot set property NAME, or unknown property.": a systemd older or newer than the property.  True when it
 * is one that can be left out; it then is.
 */
static bool leave_out(const struct plan_property *properties, size_t n, const sd_bus_error *error, bool *left_out)
{
	const char *name = error->message != NULL ? str_after(error->message, "Cannot set property ") : NULL;
	size_t len = name != NULL ? strcspn(name, ", ") : 0;

	for (size_t i = 0; len > 0 && i < n; i++) {
		const struct plan_property *property = &properties[i];

		if (left_out[i] || property->is_asked || strlen(property->name) != len ||
		    memcmp(property->name, name, len) != 0)
			continue;
		log_debug("systemd does not know the property %s", property->name);
		left_out[i] = true;
		return true;
	}
	return false;
}

/* Wait for the end of the job that was just begun. */
static int wait_job(struct systemd_bus *bus, const char *what, const char *unit, int ms, struct err *err)
{
	uint64_t end = now_usec() + (uint64_t)ms * USEC_PER_MSEC;

	bus->job_result[0] = '\0';
	while (bus->job_result[0] == '\0') {
		int r = bus->lib->sd_bus_process(bus->bus, NULL);
		uint64_t now = now_usec();

		if (r == 0 && now >= end)
			return err_say(err, ERR_NOWHERE, "%s %s: %s systemd has not done it within %d seconds", what, unit,
				       bus->whose, ms / 1000);
		if (r == 0)
			r = bus->lib->sd_bus_wait(bus->bus, end - now);
		if (r < 0 && r != -EINTR)
			return refuse(bus, r, NULL, err, what, unit);
	}
	if (strcmp(bus->job_result, "done") != 0)
		return err_say(err, ERR_NOWHERE, "%s %s: the job of %s systemd ended with \"%s\"", what, unit, bus->whose,
			       bus->job_result);
	return 0;
}

int systemd_bus_start_scope(struct systemd_bus *bus, const struct plan_scope *scope, pid_t pid,
			    bool *ret_is_foreign, struct err *err)
{
	static const char what[] = "start the systemd unit";
	auto_free bool *left_out = calloc(scope->n + 1, sizeof(*left_out));
	bool is_reset = false;

	*ret_is_foreign = false;
	if (left_out == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for properties");
	for (;;) {
		sd_bus_error error = SD_BUS_ERROR_NULL;
		int r = call_start(bus, scope, pid, left_out, &error);
		bool exists = r < 0 && is_error(&error, SYSTEMD ".UnitExists");

		if (r >= 0)
			/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
			return wait_job(bus, what, scope->unit, SYSTEMD_JOB_MS, err);
		if (exists && !is_reset) {
			/* Of an earlier container that failed, perhaps. */
			is_reset = true;
			(void)call_simple(bus, "ResetFailedUnit", scope->unit, NULL, NULL);
		} else if (exists) {
			bus->lib->sd_bus_error_free(&error);
			*ret_is_foreign = true;
			return err_say(err, ERR_NOWHERE, "the systemd unit %s exists already and is in use", scope->unit);
		} else if (!leave_out(scope->properties, scope->n, &error, left_out)) {
			return refuse(bus, r, &error, err, what, scope->unit);
		}
		bus->lib->sd_bus_error_free(&error);
	}
}

/* systemd adds to lists that are set; an empty one empties them. */
static int append_empty(struct systemd_bus *bus, sd_bus_message *call, const char *name, const char *signature)
{
	struct plan_value value[] = { { .type = 'a', .text = signature + 1 }, { .type = ')' } };
	const struct plan_property empty = { .name = name, .signature = signature, .value = value, .n = 2 };

	return append_property(bus, call, &empty);
}

static bool is_list(const char *signature)
{
	return strncmp(signature, "a(", 2) == 0;
}

/* SetUnitProperties(name, runtime, properties), up to where the properties stand. */
static int begin_change(struct systemd_bus *bus, const char *unit, sd_bus_message **ret)
{
	const int runtime = true;
	int r = new_call(bus, "SetUnitProperties", unit, ret);

	if (r >= 0)
		r = bus->lib->sd_bus_message_append_basic(*ret, 'b', &runtime);
	return r < 0 ? r : bus->lib->sd_bus_message_open_container(*ret, SD_BUS_TYPE_ARRAY, "(sv)");
}

/* The properties are in: send it.  @r is what became of that. */
static int end_change(struct systemd_bus *bus, int r, sd_bus_message *call, sd_bus_error *error)
{
	if (r >= 0)
		r = bus->lib->sd_bus_message_close_container(call);
	if (r >= 0)
		return call_for_path(bus, call, error, NULL);
	free_message(bus, &call);
	return r;
}

static int call_change(struct systemd_bus *bus, const char *unit, const struct plan_property *properties, size_t n,
		       const bool *left_out, sd_bus_error *error)
{
	sd_bus_message *call = NULL;
	int r = begin_change(bus, unit, &call);

	for (size_t i = 0; r >= 0 && i < n; i++) {
		if (left_out[i])
			continue;
		if (is_list(properties[i].signature))
			r = append_empty(bus, call, properties[i].name, properties[i].signature);
		if (r >= 0)
			r = append_property(bus, call, &properties[i]);
	}
	return end_change(bus, r, call, error);
}

/*
 * struct systemd_kept - what was: for each property its name, type and a message that holds its value.
 * The names are those of whoever changed them.
 */
struct systemd_kept {
	const struct systemd_library *lib;
	size_t n;
	struct {
		const char *name, *signature;
		sd_bus_message *value;
	} item[];
};

void systemd_bus_free_kept(struct systemd_kept **at)
{
	struct systemd_kept *kept = take_ptr(at);

	for (size_t i = 0; kept != NULL && i < kept->n; i++)
		(void)kept->lib->sd_bus_message_unref(kept->item[i].value);
	free(kept);
}

/* What cannot be read is not kept: a property that this systemd does not know, and so will not change. */
static int keep(struct systemd_bus *bus, const char *unit, const struct plan_property *properties, size_t n,
		struct systemd_kept **ret, struct err *err)
{
	struct systemd_kept *kept = calloc(1, sizeof(*kept) + n * sizeof(kept->item[0]));
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char path[PATH_SIZE];
	int r;

	if (kept == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for properties");
	*ret = kept;
	kept->lib = bus->lib;
	r = call_simple(bus, "GetUnit", unit, &error, path);
	if (r < 0)
		return refuse(bus, r, &error, err, "find the systemd unit", unit);
	for (size_t i = 0; i < n; i++) {
		sd_bus_message *value = NULL;

		if (bus->lib->sd_bus_get_property(bus->bus, SYSTEMD, path, SYSTEMD ".Scope", properties[i].name, NULL,
						  &value, properties[i].signature) < 0)
			continue;
		kept->item[kept->n].name = properties[i].name;
		kept->item[kept->n].signature = properties[i].signature;
		kept->item[kept->n++].value = value;
	}
	return 0;
}

/* Properties are looked up by the type that they are changed with, so the copy has it as well. */
static int append_kept(struct systemd_bus *bus, sd_bus_message *call, const struct systemd_kept *kept, size_t i)
{
	const struct systemd_library *lib = bus->lib;
	const char *signature = kept->item[i].signature;
	int r = 0;

	if (is_list(signature))
		r = append_empty(bus, call, kept->item[i].name, signature);
	if (r >= 0)
		r = lib->sd_bus_message_open_container(call, SD_BUS_TYPE_STRUCT, "sv");
	if (r >= 0)
		r = lib->sd_bus_message_append_basic(call, 's', kept->item[i].name);
	if (r >= 0)
		r = lib->sd_bus_message_open_container(call, SD_BUS_TYPE_VARIANT, signature);
	if (r >= 0)
		r = lib->sd_bus_message_copy(call, kept->item[i].value, false);
	if (r >= 0)
		r = lib->sd_bus_message_close_container(call);
	return r < 0 ? r : lib->sd_bus_message_close_container(call);
}

int systemd_bus_change_back(struct systemd_bus *bus, const char *unit, const struct systemd_kept *kept, struct err *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *call = NULL;
	int r = begin_change(bus, unit, &call);

	for (size_t i = 0; r >= 0 && i < kept->n; i++)
		r = append_kept(bus, call, kept, i);
	r = end_change(bus, r, call, &error);
	return r < 0 ? refuse(bus, r, &error, err, "change the properties back of", unit) : 0;
}

int systemd_bus_change(struct systemd_bus *bus, const char *unit, const struct plan_property *properties, size_t n,
		       struct systemd_kept **ret_kept, struct err *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	auto_free bool *left_out = NULL;
	int r;

	left_out = calloc(n + 1, sizeof(*left_out));
	if (left_out == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for properties");
	if (ret_kept != NULL && keep(bus, unit, properties, n, ret_kept, err) < 0)
		/* cppcheck-suppress memleak ; auto_free frees it */
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): auto_free frees it */
		return -1;
	do {
		bus->lib->sd_bus_error_free(&error);
		r = call_change(bus, unit, properties, n, left_out, &error);
	} while (r < 0 && leave_out(properties, n, &error, left_out));
	return r < 0 ? refuse(bus, r, &error, err, "change the systemd unit", unit) : 0;
}

int systemd_bus_stop(struct systemd_bus *bus, const char *unit, int deadline_ms, struct err *err)
{
	static const char what[] = "stop the systemd unit";
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *call = NULL;
	int r = new_call(bus, "StopUnit", unit, &call);

	if (r >= 0)
		r = bus->lib->sd_bus_message_append_basic(call, 's', "replace");
	if (r < 0)
		free_message(bus, &call);
	else
		r = call_for_path(bus, call, &error, bus->job_path);
	if (r < 0 && is_error(&error, SYSTEMD ".NoSuchUnit")) {
		bus->lib->sd_bus_error_free(&error);
		return 0;
	}
	if (r < 0)
		return refuse(bus, r, &error, err, what, unit);
	if (wait_job(bus, what, unit, deadline_ms, err) < 0)
		return -1;
	/* It fails where systemd has forgotten the unit by itself, which is what is wanted. */
	(void)call_simple(bus, "ResetFailedUnit", unit, NULL, NULL);
	return 0;
}
