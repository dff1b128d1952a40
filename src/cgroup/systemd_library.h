/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libsystemd, loaded when it is first needed: a container without systemd's cgroup manager pays nothing for it.
 * The functions are those of sd-bus(3), by their own names below.  Private to this room.
 * Runs in: host.
 */
#ifndef TARE_CGROUP_SYSTEMD_LIBRARY_H
#define TARE_CGROUP_SYSTEMD_LIBRARY_H

#include <systemd/sd-bus.h>

struct err;

/* Every function that we call. */
#define SYSTEMD_FUNCTIONS(X)            \
	X(sd_bus_open_system)           \
	X(sd_bus_open_user)             \
	X(sd_bus_flush_close_unref)     \
	X(sd_bus_call)                  \
	X(sd_bus_process)               \
	X(sd_bus_wait)                  \
	X(sd_bus_match_signal)          \
	X(sd_bus_slot_unref)            \
	X(sd_bus_error_free)            \
	X(sd_bus_error_is_set)          \
	X(sd_bus_get_property)          \
	X(sd_bus_get_property_string)   \
	X(sd_bus_message_copy)          \
	X(sd_bus_message_new_method_call) \
	X(sd_bus_message_append_basic)  \
	X(sd_bus_message_open_container) \
	X(sd_bus_message_close_container) \
	X(sd_bus_message_read)          \
	X(sd_bus_message_unref)

/* NOLINTNEXTLINE(bugprone-macro-parentheses): the name of a member */
#define SYSTEMD_MEMBER(name) __typeof__(name) *name;
struct systemd_library {
	SYSTEMD_FUNCTIONS(SYSTEMD_MEMBER)
};
#undef SYSTEMD_MEMBER

/* The loaded library, which stays loaded; NULL with @err. */
const struct systemd_library *systemd_library_get(struct err *err);

#endif
