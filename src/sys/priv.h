/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Privileges of the calling thread: capability sets, prctl(2) bits, seccomp filters, the session
 * keyring.  Each function is one kernel call family and returns 0, or -1 with errno set.
 * Runs in: init; in the host from clone to execve.
 */
#ifndef TARE_SYS_PRIV_H
#define TARE_SYS_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Sets as bit masks: bit n is capability n. */
int priv_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int priv_capget(uint64_t *ret_effective, uint64_t *ret_permitted, uint64_t *ret_inheritable);

/* Drop every capability up to the kernel's last one that is not in @keep from the bounding set. */
int priv_bound(uint64_t keep);

/* Make the ambient set exactly @set; each must be permitted and inheritable already. */
int priv_ambient(uint64_t set);

/*
 * Make all three user ids @uid, all three group ids @gid, the supplementary groups exactly these: of the calling
 * thread alone, which is the only one, without the C library's work for the others.
 */
int priv_set_uid(uid_t uid);
int priv_set_gid(gid_t gid);
int priv_set_groups(const gid_t *groups, size_t n);

/*
 * Make all three user ids @uid and all three group ids @gid.  Inside a user namespace that was just
 * entered this keeps the capabilities: what is left is not its user 0.
 */
int priv_become(uid_t uid, gid_t gid);

/*
 * Let every permitted capability survive the next execve(2) of a program without file capabilities
 * although no id is 0, by way of the inheritable and ambient sets (capabilities(7)).
 */
int priv_hold_over_exec(void);

/* PR_SET_KEEPCAPS: keep the permitted set over setresuid(2) away from 0. */
int priv_keep_caps(bool on);

/* PR_SET_NO_NEW_PRIVS */
int priv_no_new_privs(void);

/* PR_SET_DUMPABLE 0: nobody without rights over us may ptrace us or look into /proc/PID. */
int priv_undumpable(void);

/*
 * Be killed when the parent ends, or no more.  clone(2) clears it, and so does a change of ids: set it again
 * (prctl(2), PR_SET_PDEATHSIG).  Of a parent that had ended before it tells nothing.
 */
int priv_die_with_parent(bool on);

/*
 * Load the classic BPF program @insns of @n instructions with SECCOMP_FILTER_FLAG_* @flags; with
 * NEW_LISTENER the listener is returned, close-on-exec.
 */
int priv_seccomp(const void *insns, uint16_t n, uint32_t flags);

/* Join a fresh session keyring called @name (keyctl(2) KEYCTL_JOIN_SESSION_KEYRING). */
int priv_new_keyring(const char *name);

#endif
