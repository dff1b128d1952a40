/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Privileges of the calling thread; see priv.h.
 * Runs in: init; in the host from clone to execve.
 */
#include "sys/priv.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sys/uapi.h"

/* linux/capability.h: two 32-bit halves since version 3 */
#define CAPABILITY_VERSION_3 0x20080522u
#define LAST_POSSIBLE_CAPABILITY 63

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

/* linux/seccomp.h */
#define SECCOMP_SET_MODE_FILTER_OP 1u

/* linux/keyctl.h */
#define KEYCTL_JOIN_SESSION_KEYRING_OP 1

struct cap_header {
	uint32_t version;
	int pid;
};

struct cap_data {
	uint32_t effective, permitted, inheritable;
};

/* struct sock_fprog of linux/filter.h */
struct program {
	unsigned short len;
	const void *filter;
};

int priv_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct cap_header header = { .version = CAPABILITY_VERSION_3 };
	struct cap_data data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32) },
	};

	return (int)syscall(SYS_capset, &header, data);
}

int priv_capget(uint64_t *ret_effective, uint64_t *ret_permitted, uint64_t *ret_inheritable)
{
	struct cap_header header = { .version = CAPABILITY_VERSION_3 };
	struct cap_data data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	if (syscall(SYS_capget, &header, data) < 0)
		return -1;
	*ret_effective = data[0].effective | (uint64_t)data[1].effective << 32;
	*ret_permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	*ret_inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

int priv_bound(uint64_t keep)
{
	for (int cap = 0; cap <= LAST_POSSIBLE_CAPABILITY; cap++) {
		int held;

		if ((keep >> cap & 1) || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		/* Without the right to drop (EPERM) there may be nothing to drop. */
		held = errno == EPERM ? prctl(PR_CAPBSET_READ, cap, 0, 0, 0) : -1;
		if (held < 0)
			return errno == EINVAL ? 0 : -1; /* beyond the kernel's last one */
		if (held > 0) {
			errno = EPERM;
			return -1;
		}
	}
	return 0;
}

int priv_ambient(uint64_t set)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -1;
	for (int cap = 0; cap <= LAST_POSSIBLE_CAPABILITY; cap++) {
		if ((set >> cap & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return -1;
	}
	return 0;
}

/* 32-bit architectures that began with 16-bit ids have two of each call. */
#ifdef SYS_setresuid32
#define SETRESUID SYS_setresuid32
#define SETRESGID SYS_setresgid32
#define SETGROUPS SYS_setgroups32
#else
#define SETRESUID SYS_setresuid
#define SETRESGID SYS_setresgid
#define SETGROUPS SYS_setgroups
#endif

int priv_set_uid(uid_t uid)
{
	return (int)syscall(SETRESUID, uid, uid, uid);
}

int priv_set_gid(gid_t gid)
{
	return (int)syscall(SETRESGID, gid, gid, gid);
}

int priv_set_groups(const gid_t *groups, size_t n)
{
	return (int)syscall(SETGROUPS, n, groups);
}

int priv_become(uid_t uid, gid_t gid)
{
	return priv_set_gid(gid) < 0 ? -1 : priv_set_uid(uid);
}

int priv_hold_over_exec(void)
{
	uint64_t effective, permitted, inheritable;

	if (priv_capget(&effective, &permitted, &inheritable) < 0 || priv_capset(permitted, permitted, permitted) < 0)
		return -1;
	return priv_ambient(permitted);
}

int priv_keep_caps(bool on)
{
	return prctl(PR_SET_KEEPCAPS, on ? 1 : 0, 0, 0, 0);
}

int priv_no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int priv_undumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int priv_die_with_parent(bool on)
{
	return prctl(PR_SET_PDEATHSIG, on ? SIGKILL : 0, 0, 0, 0);
}

int priv_seccomp(const void *insns, uint16_t n, uint32_t flags)
{
	struct program program = { .len = n, .filter = insns };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER_OP, flags, &program);
}

int priv_new_keyring(const char *name)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING_OP, name) < 0 ? -1 : 0;
}
