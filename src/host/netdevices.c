/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network devices into the container; see netdevices.h.
 * Runs in: host.
 */
#include "host/netdevices.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "plan/plan.h"
#include "sys/rtnetlink.h"

/*
 * struct netdevice
 * @was:       the device on the host, before
 * @addresses: malloc(3)ed; read before the device is taken down, since that drops those of IPv6 (ND-03)
 * @name:      the name under which it goes over, "" before it may have gone
 * @index:     its number in the container, 0 as long as it is not known
 */
struct netdevice {
	const struct plan_netdevice *plan;
	struct rtnetlink_link was;
	struct rtnetlink_address *addresses;
	size_t n_addresses;
	char name[RTNETLINK_NAME_SIZE];
	int index;
};

static const struct plan_join *find_join(const struct plan *plan)
{
	for (size_t i = 0; i < plan->namespaces.n_join; i++) {
		if (plan->namespaces.join[i].flag == CLONE_NEWNET)
			return &plan->namespaces.join[i];
	}
	return NULL;
}

/* A path may lead to the runtime's own namespace: a device moved there would only be renamed. */
static int check_not_ours(const struct netdevices *devices, const struct plan *plan, struct err *err)
{
	const struct plan_join *join = find_join(plan);
	struct stat ours, theirs;

	if (fstat(devices->own_ns, &ours) < 0 || fstat(devices->ns, &theirs) < 0)
		return err_errno(err, ERR_NOWHERE, "look at the network namespaces");
	if (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
		return 0;
	return err_say(err, join != NULL ? join->at : plan->netdevices.item[0].at,
		       "%s is the host's own network namespace, so no device can be moved to it",
		       join != NULL ? join->path : "the container's");
}

static int open_namespaces(struct netdevices *devices, pid_t child, int joined, struct err *err)
{
	char path[48];

	devices->own_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (devices->own_ns < 0)
		return err_errno(err, ERR_NOWHERE, "open our network namespace");
	if (joined >= 0) {
		devices->ns = fcntl(joined, F_DUPFD_CLOEXEC, 3);
	} else {
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)child);
		devices->ns = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (devices->ns < 0)
		return err_errno(err, ERR_NOWHERE, "open the container's network namespace");
	return 0;
}

/* We are one thread, so going over and coming back is seen by nobody; the socket stays on the other side. */
static int open_inside(struct netdevices *devices, struct err *err)
{
	int saved;

	if (setns(devices->ns, CLONE_NEWNET) < 0)
		return err_errno(err, ERR_NOWHERE, "enter the container's network namespace");
	devices->inside = rtnetlink_open();
	saved = errno;
	if (setns(devices->own_ns, CLONE_NEWNET) < 0)
		return err_errno(err, ERR_NOWHERE, "come back to our network namespace");
	errno = saved;
	if (devices->inside < 0)
		return err_errno(err, ERR_NOWHERE, "open a rtnetlink socket in the container's network namespace");
	return 0;
}

static int refuse_taken(const struct plan_netdevice *device, struct err *err)
{
	return err_say(err, device->at, "move network device %s: the container's network namespace has a device \"%s\"",
		       device->host, device->name);
}

/* Everything that can be seen to be wrong is seen before the first device is touched. */
static int look(struct netdevices *devices, struct netdevice *item, struct err *err)
{
	const struct plan_netdevice *device = item->plan;
	struct rtnetlink_link taken;

	if (rtnetlink_find(devices->own, device->host, &item->was) < 0) {
		if (errno == ENODEV)
			return err_say(err, device->at, "the host has no network device \"%s\"", device->host);
		return err_errno(err, device->at, "look at network device %s", device->host);
	}
	if (!device->is_template && rtnetlink_find(devices->inside, device->name, &taken) == 0)
		return refuse_taken(device, err);
	if (rtnetlink_list_addresses(devices->own, item->was.index, &item->addresses, &item->n_addresses) < 0)
		return err_errno(err, device->at, "list the addresses of network device %s", device->host);
	return 0;
}

/*
 * Under a name that nobody else uses: the kernel gives the device another number when its own is taken there,
 * so the name is what we know it by.
 */
static int carry_over(struct netdevices *devices, struct netdevice *item, struct err *err)
{
	const struct plan_netdevice *device = item->plan;
	struct rtnetlink_link now;
	unsigned int number;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return err_errno(err, device->at, "get a random number");
	(void)snprintf(item->name, sizeof(item->name), "tare%08x", number);
	if (rtnetlink_move(devices->own, item->was.index, devices->ns, item->name) < 0) {
		if (errno == EINVAL)
			return err_say(err, device->at,
				       "network device %s cannot leave its network namespace: the kernel keeps devices "
				       "of its kind where they were made", device->host);
		return err_errno(err, device->at, "move network device %s", device->host);
	}
	if (rtnetlink_find(devices->inside, item->name, &now) < 0)
		return err_errno(err, device->at, "find network device %s in the container, where it is %s", device->host,
				 item->name);
	item->index = now.index;
	return 0;
}

/* The label of an IPv4 address begins with the name of its device, as the kernel's own renaming keeps it. */
static void relabel(struct rtnetlink_address *address, const char *old, const char *new)
{
	const char *rest = str_after(address->label, old);
	char label[RTNETLINK_NAME_SIZE];
	struct str str = STR_IN(label);

	if (rest == NULL || (rest[0] != '\0' && rest[0] != ':'))
		return;
	str_add(&str, new);
	str_add(&str, rest); /* left out when it does not fit */
	memcpy(address->label, label, sizeof(label));
}

/* Give device @index, called @name, in the namespace of @sock all that @item had. */
static int furnish(int sock, int index, const struct netdevice *item, struct err *err)
{
	const struct plan_netdevice *device = item->plan;
	struct rtnetlink_link now;

	if (rtnetlink_get(sock, index, &now) < 0 || rtnetlink_adjust(sock, index, &now, &item->was) < 0)
		return err_errno(err, device->at, "keep the settings of network device %s", device->host);
	for (size_t i = 0; i < item->n_addresses; i++) {
		struct rtnetlink_address address = item->addresses[i];

		relabel(&address, item->was.name, now.name);
		if (rtnetlink_add_address(sock, index, &address) < 0 && errno != EEXIST)
			return err_errno(err, device->at, "keep address %zu of %zu of network device %s", i + 1,
					 item->n_addresses, device->host);
	}
	return 0;
}

static int move(struct netdevices *devices, struct netdevice *item, struct err *err)
{
	const struct plan_netdevice *device = item->plan;

	if (carry_over(devices, item, err) < 0)
		return -1;
	if (rtnetlink_rename(devices->inside, item->index, device->name) < 0) {
		if (errno == EEXIST)
			return refuse_taken(device, err);
		return err_errno(err, device->at, "call network device %s \"%s\" in the container", device->host,
				 device->name);
	}
	if (furnish(devices->inside, item->index, item, err) < 0)
		return -1;
	if (rtnetlink_set_up(devices->inside, item->index) < 0)
		return err_errno(err, device->at, "set network device %s up in the container", device->host);
	return 0;
}

/* The kernel must not number a device with a name that is given to another one. */
static int move_all(struct netdevices *devices, bool are_templates, struct err *err)
{
	for (size_t i = 0; i < devices->n; i++) {
		if (devices->item[i].plan->is_template == are_templates && move(devices, &devices->item[i], err) < 0)
			return -1;
	}
	return 0;
}

int netdevices_move(struct netdevices *devices, const struct plan *plan, pid_t child, int joined, struct err *err)
{
	if (plan->netdevices.n == 0)
		return 0;
	devices->item = calloc(plan->netdevices.n, sizeof(*devices->item));
	if (devices->item == NULL)
		return err_errno(err, ERR_NOWHERE, "get memory for network devices");
	devices->n = plan->netdevices.n;
	for (size_t i = 0; i < devices->n; i++)
		devices->item[i].plan = &plan->netdevices.item[i];
	if (open_namespaces(devices, child, joined, err) < 0 || check_not_ours(devices, plan, err) < 0)
		return -1;
	devices->own = rtnetlink_open();
	if (devices->own < 0)
		return err_errno(err, ERR_NOWHERE, "open a rtnetlink socket");
	if (open_inside(devices, err) < 0)
		return -1;
	for (size_t i = 0; i < devices->n; i++) {
		if (look(devices, &devices->item[i], err) < 0)
			return -1;
	}
	return move_all(devices, false, err) < 0 ? -1 : move_all(devices, true, err);
}

static int give_back(struct netdevices *devices, struct netdevice *item, struct err *err)
{
	const char *name = item->was.name;
	struct rtnetlink_link now;

	/* What failed may have been the answer alone. */
	if (item->index == 0) {
		if (rtnetlink_find(devices->inside, item->name, &now) < 0)
			return errno == ENODEV ? 0 : err_errno(err, item->plan->at, "find network device %s in the "
							       "container, where it may be %s", name, item->name);
		item->index = now.index;
	}
	if (rtnetlink_move(devices->inside, item->index, devices->own_ns, name) < 0)
		return err_errno(err, item->plan->at, "move network device %s back to the host", name);
	item->index = 0;
	if (rtnetlink_find(devices->own, name, &now) < 0)
		return err_errno(err, item->plan->at, "find network device %s back on the host", name);
	if (furnish(devices->own, now.index, item, err) < 0)
		return -1;
	if ((item->was.flags & IFF_UP) != 0 && rtnetlink_set_up(devices->own, now.index) < 0)
		return err_errno(err, item->plan->at, "set network device %s up again", name);
	return 0;
}

void netdevices_undo(struct netdevices *devices)
{
	for (size_t i = devices->n; i > 0; i--) {
		struct err err = ERR_INIT;

		if (devices->item[i - 1].name[0] != '\0' && give_back(devices, &devices->item[i - 1], &err) < 0)
			log_warning_err(&err);
	}
	netdevices_close(devices);
}

void netdevices_close(struct netdevices *devices)
{
	for (size_t i = 0; i < devices->n; i++)
		free(devices->item[i].addresses);
	free(devices->item);
	fd_close(&devices->own_ns);
	fd_close(&devices->ns);
	fd_close(&devices->own);
	fd_close(&devices->inside);
	*devices = NETDEVICES_INIT;
}
