/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network devices and their addresses by rtnetlink(7): looked up, moved to another network namespace, renamed.
 * A socket speaks for the network namespace in which it was opened, whatever its owner joins later, and keeps
 * that namespace alive.
 * Not here: which device goes where (host/netdevices.h).
 * Runs in: host.
 */
#ifndef TARE_SYS_RTNETLINK_H
#define TARE_SYS_RTNETLINK_H

#include <stddef.h>
#include <stdint.h>

/* A name of a device with its NUL, IFNAMSIZ of net/if.h. */
enum { RTNETLINK_NAME_SIZE = 16 };

/* Longest hardware address, MAX_ADDR_LEN of linux/netdevice.h. */
enum { RTNETLINK_MAC_SIZE = 32 };

/*
 * struct rtnetlink_link - one device.
 * @flags: IFF_UP and others, netdevice(7)
 * @queue: length of the transmit queue in packets
 * @mac:   hardware address of @mac_len bytes, 0 when it has none
 */
struct rtnetlink_link {
	int index;
	unsigned int flags;
	uint32_t mtu;
	uint32_t queue;
	size_t mac_len;
	unsigned char mac[RTNETLINK_MAC_SIZE];
	char name[RTNETLINK_NAME_SIZE];
};

/*
 * struct rtnetlink_address - one address of a device, of whatever family, as it can be added again.
 * @attrs: the attributes of RTM_NEWADDR as they came, @len bytes, without IFA_LABEL
 * @label: IPv4 only, "" without one
 */
struct rtnetlink_address {
	unsigned char family, prefix, scope;
	uint32_t flags;
	char label[RTNETLINK_NAME_SIZE];
	size_t len;
	unsigned char attrs[200];
};

/* A socket for the caller's network namespace, close-on-exec.  -1 with errno. */
int rtnetlink_open(void);

/* The device called @name, or that has it as an alternative name.  -1 with errno; ENODEV: there is none. */
int rtnetlink_find(int sock, const char *name, struct rtnetlink_link *ret);

/* The device numbered @index.  -1 with errno; ENODEV: there is none. */
int rtnetlink_get(int sock, int index, struct rtnetlink_link *ret);

/*
 * Move device @index to the network namespace @netns under the name @name; it is down then and has no
 * addresses.  -1 with errno; EINVAL: the kernel does not let this device go.  A device whose new name is
 * taken there may have been moved in spite of the error.
 */
int rtnetlink_move(int sock, int index, int netns, const char *name);

/*
 * Rename device @index, which is down; in @name "%d" becomes the lowest number that is free.  -1 with errno;
 * EEXIST: the name is taken.
 */
int rtnetlink_rename(int sock, int index, const char *name);

/* Give device @index the MTU, queue length and hardware address of @wanted where @now, as it is, differs. */
int rtnetlink_adjust(int sock, int index, const struct rtnetlink_link *now, const struct rtnetlink_link *wanted);

/* Set device @index up.  -1 with errno. */
int rtnetlink_set_up(int sock, int index);

/*
 * The addresses of device @index that an administrator gave it: permanent and of global scope.  *@ret is
 * malloc(3)ed (NULL when there are none), in the order in which they have to be added.  -1 with errno.
 */
int rtnetlink_list_addresses(int sock, int index, struct rtnetlink_address **ret, size_t *ret_n);

/* Add @address to device @index.  -1 with errno; EEXIST: it has it. */
int rtnetlink_add_address(int sock, int index, const struct rtnetlink_address *address);

#endif
