/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.netDevices (ND-01, ND-02; security.md V31).
 * Not here: whether the devices exist, and whether a namespace to join is the host's own.
 * Runs in: host.
 */
#include "plan/netdevices.h"

#include <linux/sched.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/* IFNAMSIZ without the NUL. */
enum { NAME_MAX_LENGTH = 15 };

/* What dev_valid_name() of the kernel takes: such a name is also a directory below /proc/sys/net and /sys. */
static bool is_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_MAX_LENGTH || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (const char *p = name; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		/* 0xa0 is a space to the kernel's isspace() */
		if (c == '/' || c == ':' || c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0)
			return false;
	}
	return true;
}

/* A '%' only as one "%d". */
static bool is_template(const char *name)
{
	const char *percent = strchr(name, '%');

	return percent != NULL && percent[1] == 'd' && strchr(percent + 1, '%') == NULL;
}

/* Managers write "" for a name that stays. */
static bool has_name(const struct oci_net_device *device)
{
	return device->name != NULL && device->name[0] != '\0';
}

static int check_names(const struct plan_work *work, const struct oci_entry *entry, struct err *err)
{
	const struct oci_net_device *device = entry->object;

	if (!is_name(entry->key) || strchr(entry->key, '%') != NULL)
		return err_say(err, entry->at, "\"%s\" cannot be the name of a network device", entry->key);
	if (!has_name(device))
		return 0;
	if (!is_name(device->name))
		return err_say(err, work_place(work, device->at, "name"),
			       "\"%s\" cannot be the name of a network device", device->name);
	if (strchr(device->name, '%') != NULL && !is_template(device->name))
		return err_say(err, work_place(work, device->at, "name"),
			       "\"%s\" may have a %% only as one %%d", device->name);
	return 0;
}

/* Two devices cannot have one name, and the second would fail when the first is away already. */
static int check_unique(const struct plan_netdevices *devices, const struct plan_netdevice *device, struct err *err)
{
	for (size_t i = 0; i < devices->n && !device->is_template; i++) {
		if (strcmp(devices->item[i].name, device->name) == 0)
			return err_say(err, device->at, "device \"%s\" is to be called \"%s\" like \"%s\"",
				       device->host, device->name, devices->item[i].host);
	}
	return 0;
}

int plan_netdevices(struct plan_work *work, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	struct plan_netdevices *ret = &work->plan->netdevices;
	const struct oci_entry *entry;

	if (on_linux == NULL || on_linux->net_devices.n == 0)
		return 0;
	if (!plan_namespaces_has(&work->plan->namespaces, CLONE_NEWNET))
		return err_say(err, work_place(work, on_linux->at, "netDevices"),
			       "network devices need a namespace of type \"network\" to be moved to");
	ret->item = work_array(work, on_linux->net_devices.n, sizeof(*ret->item));
	oci_for_entry(entry, &on_linux->net_devices) {
		const struct oci_net_device *device = entry->object;
		struct plan_netdevice *item = &ret->item[ret->n];

		if (check_names(work, entry, err) < 0)
			return -1;
		item->at = entry->at;
		item->host = region_strdup(work->region, entry->key);
		item->name = has_name(device) ? region_strdup(work->region, device->name) : item->host;
		item->is_template = is_template(item->name);
		if (check_unique(ret, item, err) < 0)
			return -1;
		ret->n++;
	}
	return 0;
}
