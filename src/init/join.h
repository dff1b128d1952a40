/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespaces: enter those that exist, make the one that has to wait for its cgroup, and what is set
 * once per namespace (loopback, host name, sysctls).
 * Runs in: init.
 */
#ifndef TARE_INIT_JOIN_H
#define TARE_INIT_JOIN_H

struct init;
struct err;

/*
 * setns(2) into init->join, in the order that the rights ask for; as an id of a joined user namespace
 * afterwards.  Also the offsets of a new time namespace, which our children will be in.
 */
int join_namespaces(struct init *init, struct err *err);

/*
 * mounts: into the container's user namespace alone, if it has one, and into a copy of our mount namespace that
 * belongs to it.  There an ordinary user may copy mounts of the host.
 */
int join_user_ahead(struct init *init, struct err *err);

/*
 * exec, mounts: setns(2) into the container's namespaces, all at once through a pidfd of its first process, whose
 * descriptor is init->join[0] (Linux 5.8; before one by one); then init->root is its root.  The process does
 * not show in the container's pid namespace, which is for its children only (security.md R13).  init->proc is
 * the host's procfs, where it shows.
 */
int join_container(struct init *init, struct err *err);

/* A new cgroup namespace, now that we are in our cgroup. */
int join_cgroup(struct init *init, struct err *err);

/* A fresh session keyring with the payload's SELinux label, unless the caller's is to be kept. */
int join_keyring(struct init *init, struct err *err);

/* Loopback up in a new network namespace. */
int join_network(struct init *init, struct err *err);

/* Host and domain name. */
int join_names(struct init *init, struct err *err);

/* linux.sysctl, through init->proc. */
int join_sysctls(struct init *init, struct err *err);

/* process.oomScoreAdj, through init->proc. */
int join_oom_score(struct init *init, struct err *err);

#endif
