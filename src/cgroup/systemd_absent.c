/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A build without libsystemd: nothing can be asked of systemd; see systemd_bus.h.
 * Runs in: host.
 */
#include "cgroup/systemd_bus.h"

#include "base/err.h"

static int refuse(struct err *err)
{
	return err_say(err, ERR_NOWHERE, "the systemd cgroup manager is not in this build, which was made without "
		       "libsystemd's headers; use --cgroup-manager=cgroupfs");
}

bool systemd_bus_is_built(void)
{
	return false;
}

int systemd_bus_open(bool is_user, struct systemd_bus **ret, struct err *err)
{
	(void)is_user;
	(void)ret;
	return refuse(err);
}

void systemd_bus_close(struct systemd_bus **bus)
{
	(void)bus;
}

int systemd_bus_find_root(struct systemd_bus *bus, char *buf, size_t size, struct err *err)
{
	(void)bus;
	(void)buf;
	(void)size;
	return refuse(err);
}

int systemd_bus_is_active(struct systemd_bus *bus, const char *unit, struct err *err)
{
	(void)bus;
	(void)unit;
	return refuse(err);
}

int systemd_bus_start_scope(struct systemd_bus *bus, const struct plan_scope *scope, pid_t pid,
			    bool *ret_is_foreign, struct err *err)
{
	(void)bus;
	(void)scope;
	(void)pid;
	*ret_is_foreign = true;
	return refuse(err);
}

int systemd_bus_change(struct systemd_bus *bus, const char *unit, const struct plan_property *properties, size_t n,
		       struct systemd_kept **ret_kept, struct err *err)
{
	(void)bus;
	(void)unit;
	(void)properties;
	(void)n;
	(void)ret_kept;
	return refuse(err);
}

int systemd_bus_change_back(struct systemd_bus *bus, const char *unit, const struct systemd_kept *kept, struct err *err)
{
	(void)bus;
	(void)unit;
	(void)kept;
	return refuse(err);
}

void systemd_bus_free_kept(struct systemd_kept **kept)
{
	(void)kept;
}

int systemd_bus_stop(struct systemd_bus *bus, const char *unit, int deadline_ms, struct err *err)
{
	(void)bus;
	(void)unit;
	(void)deadline_ms;
	return refuse(err);
}
