/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network devices of the host move into the container's network namespace, with what makes them reachable
 * (linux.netDevices; ND-01 .. ND-05).  A container that is made keeps them; a failed create gives them back.
 * Runs in: host.
 */
#ifndef TARE_HOST_NETDEVICES_H
#define TARE_HOST_NETDEVICES_H

#include <stddef.h>
#include <sys/types.h>

struct err;
struct netdevice;
struct plan;

/*
 * struct netdevices - what was moved, and the way back.
 * @own_ns, @ns:     the runtime's network namespace and the container's
 * @own, @inside:    rtnetlink sockets in them.  @ns and @inside keep the container's alive when its processes
 *                   are gone, so nothing is lost with it until netdevices_close()
 * @item:            malloc(3)ed, of @n
 */
struct netdevices {
	int own_ns, ns;
	int own, inside;
	struct netdevice *item;
	size_t n;
};

#define NETDEVICES_INIT ((struct netdevices){ .own_ns = -1, .ns = -1, .own = -1, .inside = -1 })

/*
 * Move the devices of @plan; nothing happens without any.  @child is our own child, not reaped yet, which was
 * born in the new network namespace; @joined (borrowed) is the namespace to join, negative when it is a new one.
 * Addresses are permanent ones of global scope; MTU, hardware address, queue length and alternative names stay.
 * -1 with @err filled: the caller then calls netdevices_undo() as soon as nobody runs in the container.
 */
int netdevices_move(struct netdevices *devices, const struct plan *plan, pid_t child, int joined, struct err *err);

/*
 * Move back what was moved: its old name, its addresses, up if it was.  Routes do not come back: the kernel
 * dropped them when the device left.  What fails is warned about.
 */
void netdevices_undo(struct netdevices *devices);

/* The container keeps what it has.  Accepts NETDEVICES_INIT. */
void netdevices_close(struct netdevices *devices);

#endif
