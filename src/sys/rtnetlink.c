/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of rtnetlink(7) written by hand; see rtnetlink.h.
 * Runs in: host.
 */
#include "sys/rtnetlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "sys/uapi.h"

/* The kernel never makes a message of a dump longer, and one device fits (netlink(7)). */
enum { ANSWER_SIZE = 64 * 1024 };

/* Dumps begun anew when something changed meanwhile. */
enum { MAX_DUMPS = 16 };

/* A request being built: the header, the header of its family, attributes. */
struct request {
	union {
		struct nlmsghdr head;
		char room[1024];
	};
};

/* Sequence numbers need only differ within one socket's life, where answers come at once. */
enum { SEQUENCE = 1 };

static void *start(struct request *request, unsigned short type, unsigned short flags, size_t body)
{
	memset(request, 0, sizeof(*request));
	request->head.nlmsg_type = type;
	request->head.nlmsg_flags = NLM_F_REQUEST | flags;
	request->head.nlmsg_seq = SEQUENCE;
	request->head.nlmsg_len = (unsigned int)NLMSG_LENGTH(body);
	return NLMSG_DATA(&request->head);
}

/* Every attribute has a bound that its caller knows; all of them together fit by far. */
static void add(struct request *request, unsigned short type, const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(request->head.nlmsg_len);
	struct rtattr attr = { .rta_type = type, .rta_len = (unsigned short)RTA_LENGTH(len) };

	if (at + RTA_SPACE(len) > sizeof(request->room))
		abort();
	memcpy(request->room + at, &attr, sizeof(attr));
	if (len > 0)
		memcpy(request->room + at + RTA_LENGTH(0), data, len);
	request->head.nlmsg_len = (unsigned int)(at + RTA_LENGTH(len));
}

static void add_text(struct request *request, unsigned short type, const char *text)
{
	add(request, type, text, strlen(text) + 1);
}

int rtnetlink_open(void)
{
	auto_fd int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct sockaddr_nl own = { .nl_family = AF_NETLINK };

	if (sock < 0 || bind(sock, (struct sockaddr *)&own, sizeof(own)) < 0)
		return -1;
	return take_fd(&sock);
}

/* Throw away what is left of an answer whose reading failed half-way. */
static void drain(int sock)
{
	char byte;

	while (recv(sock, &byte, 1, MSG_DONTWAIT) >= 0 || errno == EINTR)
		;
}

static int send_request(int sock, const struct request *request)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	drain(sock);
	do {
		n = sendto(sock, request, request->head.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

/* One datagram, from the kernel and not from another process.  Its length, or -1 with errno. */
static ssize_t receive(int sock, void *buf)
{
	for (;;) {
		struct sockaddr_nl from;
		struct iovec iov = { .iov_base = buf, .iov_len = ANSWER_SIZE };
		struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n = recvmsg(sock, &msg, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (from.nl_pid != 0)
			continue;
		if ((msg.msg_flags & MSG_TRUNC) != 0) {
			errno = EMSGSIZE;
			return -1;
		}
		return n;
	}
}

/* What is done with each message that is an answer. */
struct reader {
	int (*take)(const struct nlmsghdr *head, void *data);
	void *data;
	bool is_torn;	/* NLM_F_DUMP_INTR: something changed while the kernel went through its list */
};

/* 1 at the end of the answer, 0 when more comes, -1 with errno. */
static int read_message(const struct nlmsghdr *head, struct reader *reader)
{
	struct nlmsgerr error;

	if ((head->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
		reader->is_torn = true;
	if (head->nlmsg_type == NLMSG_DONE)
		return 1;
	if (head->nlmsg_type != NLMSG_ERROR)
		return reader->take != NULL && reader->take(head, reader->data) < 0 ? -1 : 0;
	if (head->nlmsg_len < NLMSG_LENGTH(sizeof(error))) {
		errno = EPROTO;
		return -1;
	}
	memcpy(&error, NLMSG_DATA(head), sizeof(error));
	if (error.error == 0)
		return 1;
	errno = -error.error;
	return -1;
}

static int read_answer(int sock, struct reader *reader)
{
	auto_free char *buf = malloc(ANSWER_SIZE);
	int r = 0;

	if (buf == NULL)
		return -1;
	while (r == 0) {
		ssize_t n = receive(sock, buf);
		size_t left = n < 0 ? 0 : (size_t)n;

		if (n < 0)
			return -1;
		for (const struct nlmsghdr *head = (const struct nlmsghdr *)(const void *)buf;
		     r == 0 && NLMSG_OK(head, left); head = NLMSG_NEXT(head, left))
			r = read_message(head, reader);
	}
	return r < 0 ? -1 : 0;
}

/* Ask, and hand every answer to @take (which may be NULL); waits for the acknowledgement that @request asks for. */
static int ask(int sock, const struct request *request, int (*take)(const struct nlmsghdr *head, void *data), void *data)
{
	struct reader reader = { .take = take, .data = data };

	if (send_request(sock, request) < 0)
		return -1;
	return read_answer(sock, &reader);
}

/* Copy a name, which the kernel ends with NUL. */
static void copy_name(char name[RTNETLINK_NAME_SIZE], const struct rtattr *attr)
{
	size_t len = RTA_PAYLOAD(attr);

	if (len >= RTNETLINK_NAME_SIZE)
		len = RTNETLINK_NAME_SIZE - 1;
	memcpy(name, RTA_DATA(attr), len);
	name[len] = '\0';
}

static uint32_t get_u32(const struct rtattr *attr)
{
	uint32_t value = 0;

	if (RTA_PAYLOAD(attr) >= sizeof(value))
		memcpy(&value, RTA_DATA(attr), sizeof(value));
	return value;
}

static int take_link(const struct nlmsghdr *head, void *data)
{
	struct rtnetlink_link *ret = data;
	struct ifinfomsg info;
	size_t left;

	if (head->nlmsg_type != RTM_NEWLINK || head->nlmsg_len < NLMSG_LENGTH(sizeof(info)))
		return 0;
	memcpy(&info, NLMSG_DATA(head), sizeof(info));
	*ret = (struct rtnetlink_link){ .index = info.ifi_index, .flags = info.ifi_flags };
	left = head->nlmsg_len - NLMSG_LENGTH(sizeof(info));
	for (const struct rtattr *attr = IFLA_RTA((const struct ifinfomsg *)NLMSG_DATA(head)); RTA_OK(attr, left);
	     attr = RTA_NEXT(attr, left)) {
		switch (attr->rta_type) {
		case IFLA_IFNAME:
			copy_name(ret->name, attr);
			break;
		case IFLA_MTU:
			ret->mtu = get_u32(attr);
			break;
		case IFLA_TXQLEN:
			ret->queue = get_u32(attr);
			break;
		case IFLA_ADDRESS:
			ret->mac_len = RTA_PAYLOAD(attr) <= sizeof(ret->mac) ? RTA_PAYLOAD(attr) : 0;
			memcpy(ret->mac, RTA_DATA(attr), ret->mac_len);
			break;
		default:
			break;
		}
	}
	return 0;
}

/* A request about one device, for an answer or an acknowledgement. */
static struct ifinfomsg *start_link(struct request *request, unsigned short type, int index)
{
	struct ifinfomsg *info = start(request, type, NLM_F_ACK, sizeof(*info));

	info->ifi_family = AF_UNSPEC;
	info->ifi_index = index;
	return info;
}

static int ask_link(int sock, const struct request *request, struct rtnetlink_link *ret)
{
	ret->index = 0;
	if (ask(sock, request, take_link, ret) < 0)
		return -1;
	if (ret->index > 0)
		return 0;
	errno = EPROTO;
	return -1;
}

int rtnetlink_find(int sock, const char *name, struct rtnetlink_link *ret)
{
	struct request request;

	(void)start_link(&request, RTM_GETLINK, 0);
	add_text(&request, IFLA_IFNAME, name);
	return ask_link(sock, &request, ret);
}

int rtnetlink_get(int sock, int index, struct rtnetlink_link *ret)
{
	struct request request;

	(void)start_link(&request, RTM_GETLINK, index);
	return ask_link(sock, &request, ret);
}

int rtnetlink_move(int sock, int index, int netns, const char *name)
{
	struct request request;
	uint32_t fd = (uint32_t)netns;

	(void)start_link(&request, RTM_SETLINK, index);
	add(&request, IFLA_NET_NS_FD, &fd, sizeof(fd));
	add_text(&request, IFLA_IFNAME, name);
	return ask(sock, &request, NULL, NULL);
}

int rtnetlink_rename(int sock, int index, const char *name)
{
	struct request request;

	(void)start_link(&request, RTM_SETLINK, index);
	add_text(&request, IFLA_IFNAME, name);
	return ask(sock, &request, NULL, NULL);
}

int rtnetlink_adjust(int sock, int index, const struct rtnetlink_link *now, const struct rtnetlink_link *wanted)
{
	struct request request;
	unsigned int empty;

	(void)start_link(&request, RTM_SETLINK, index);
	empty = request.head.nlmsg_len;
	if (now->mtu != wanted->mtu)
		add(&request, IFLA_MTU, &wanted->mtu, sizeof(wanted->mtu));
	if (now->queue != wanted->queue)
		add(&request, IFLA_TXQLEN, &wanted->queue, sizeof(wanted->queue));
	if (now->mac_len != wanted->mac_len || memcmp(now->mac, wanted->mac, wanted->mac_len) != 0)
		add(&request, IFLA_ADDRESS, wanted->mac, wanted->mac_len);
	return request.head.nlmsg_len == empty ? 0 : ask(sock, &request, NULL, NULL);
}

int rtnetlink_set_up(int sock, int index)
{
	struct request request;
	struct ifinfomsg *info = start_link(&request, RTM_SETLINK, index);

	info->ifi_flags = IFF_UP;
	info->ifi_change = IFF_UP;
	return ask(sock, &request, NULL, NULL);
}

/* The attributes of an address that its owner chose; the rest the kernel works out (linux/if_addr.h). */
static const unsigned short kept_attrs[] = {
	IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_CACHEINFO, IFA_RT_PRIORITY, UAPI_IFA_PROTO,
};

/* And the flags: the others tell how the address is doing. */
#define KEPT_FLAGS \
	(IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN | IFA_F_OPTIMISTIC | \
	 IFA_F_MANAGETEMPADDR)

struct addresses {
	int index;
	struct rtnetlink_address *item;
	size_t n, room;
};

static int add_room(struct addresses *list)
{
	size_t room = list->room > 0 ? 2 * list->room : 8;
	struct rtnetlink_address *grown;

	if (list->n < list->room)
		return 0;
	grown = realloc(list->item, room * sizeof(*grown));
	if (grown == NULL)
		return -1;
	list->item = grown;
	list->room = room;
	return 0;
}

static int keep_attr(struct rtnetlink_address *address, const struct rtattr *attr)
{
	size_t space = RTA_ALIGN(attr->rta_len);

	for (size_t i = 0; i < sizeof(kept_attrs) / sizeof(kept_attrs[0]); i++) {
		if (attr->rta_type != kept_attrs[i])
			continue;
		if (space > sizeof(address->attrs) - address->len) {
			errno = EMSGSIZE;
			return -1;
		}
		memcpy(address->attrs + address->len, attr, attr->rta_len);
		address->len += space;
	}
	return 0;
}

static int read_address(const struct nlmsghdr *head, const struct ifaddrmsg *info, struct rtnetlink_address *ret)
{
	size_t left = head->nlmsg_len - NLMSG_LENGTH(sizeof(*info));

	*ret = (struct rtnetlink_address){ .family = info->ifa_family, .prefix = info->ifa_prefixlen,
					   .scope = info->ifa_scope, .flags = info->ifa_flags };
	for (const struct rtattr *attr = IFA_RTA((const struct ifaddrmsg *)NLMSG_DATA(head)); RTA_OK(attr, left);
	     attr = RTA_NEXT(attr, left)) {
		if (attr->rta_type == IFA_FLAGS)
			ret->flags = get_u32(attr);
		else if (attr->rta_type == IFA_LABEL)
			copy_name(ret->label, attr);
		else if (keep_attr(ret, attr) < 0)
			return -1;
	}
	return 0;
}

static int take_address(const struct nlmsghdr *head, void *data)
{
	struct addresses *list = data;
	struct ifaddrmsg info;
	struct rtnetlink_address *address;

	if (head->nlmsg_type != RTM_NEWADDR || head->nlmsg_len < NLMSG_LENGTH(sizeof(info)))
		return 0;
	memcpy(&info, NLMSG_DATA(head), sizeof(info));
	if ((int)info.ifa_index != list->index)
		return 0;
	if (add_room(list) < 0)
		return -1;
	address = &list->item[list->n];
	if (read_address(head, &info, address) < 0)
		return -1;
	if ((address->flags & IFA_F_PERMANENT) == 0 || address->scope != RT_SCOPE_UNIVERSE)
		return 0;
	address->flags &= KEPT_FLAGS;
	list->n++;
	return 0;
}

/* The kernel puts a new IPv6 address before those of its scope, and lists from the front: the last one was first. */
static void turn_ipv6(struct addresses *list)
{
	size_t first = 0, end = list->n;

	while (first < end && list->item[first].family != AF_INET6)
		first++;
	while (end > first && list->item[end - 1].family != AF_INET6)
		end--;
	for (; first + 1 < end; first++, end--) {
		struct rtnetlink_address moved = list->item[first];

		list->item[first] = list->item[end - 1];
		list->item[end - 1] = moved;
	}
}

int rtnetlink_list_addresses(int sock, int index, struct rtnetlink_address **ret, size_t *ret_n)
{
	struct addresses list = { .index = index };
	struct reader reader = { .take = take_address, .data = &list };
	struct request request;
	int r = 0;

	((struct ifaddrmsg *)start(&request, RTM_GETADDR, NLM_F_DUMP, sizeof(struct ifaddrmsg)))->ifa_family = AF_UNSPEC;
	for (int n = 0; n < MAX_DUMPS; n++) {
		list.n = 0;
		reader.is_torn = false;
		r = send_request(sock, &request) < 0 || read_answer(sock, &reader) < 0 ? -1 : 0;
		if (r < 0 || !reader.is_torn)
			break;
	}
	if (r == 0 && reader.is_torn) {
		errno = EAGAIN;
		r = -1;
	}
	if (r < 0 || list.n == 0) {
		int saved = errno;

		free(list.item);
		list.item = NULL;
		list.n = 0;
		errno = saved;
	}
	turn_ipv6(&list);
	*ret = list.item;
	*ret_n = list.n;
	return r;
}

int rtnetlink_add_address(int sock, int index, const struct rtnetlink_address *address)
{
	struct request request;
	struct ifaddrmsg *info = start(&request, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof(*info));

	info->ifa_family = address->family;
	info->ifa_prefixlen = address->prefix;
	info->ifa_scope = address->scope;
	info->ifa_flags = (unsigned char)address->flags;
	info->ifa_index = (unsigned int)index;
	for (size_t at = 0; at < address->len;) {
		struct rtattr attr;

		memcpy(&attr, address->attrs + at, sizeof(attr));
		add(&request, attr.rta_type, address->attrs + at + RTA_LENGTH(0), RTA_PAYLOAD(&attr));
		at += RTA_ALIGN(attr.rta_len);
	}
	add(&request, IFA_FLAGS, &address->flags, sizeof(address->flags));
	if (address->label[0] != '\0')
		add_text(&request, IFA_LABEL, address->label);
	return ask(sock, &request, NULL, NULL);
}
