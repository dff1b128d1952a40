/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Labels of security modules: what the payload becomes with its execve(2), what keyrings and mounts
 * are called.  Written through init->proc, which nobody but us could touch, and read back
 * (security.md R6; CVE-2019-16884).
 * Runs in: init.
 */
#ifndef TARE_INIT_LABEL_H
#define TARE_INIT_LABEL_H

#include <stdbool.h>

struct err;
struct init;
struct plan_mount;

/*
 * The AppArmor profile and the SELinux label of the payload, for the next execve(2) of this thread.
 * After the last hook that runs with the host's rights: it would be confined by them too.
 */
int label_exec(struct init *init, struct err *err);

/*
 * With @on, keys and keyrings that this thread makes from now on get the payload's SELinux label;
 * else the kernel's choice again.
 */
int label_keys(struct init *init, bool on, struct err *err);

/* Put the SELinux label of @mount, if it has one, on the root directory of @tree, even of a read-only one. */
int label_mount(const struct plan_mount *mount, int tree, struct err *err);

/*
 * Is @profile what @answer, read from attr/apparmor/exec, names?  "name (mode)" is the form; in a
 * stack of profiles ("a//&b") one of them is enough; the namespace in front of a name does not count,
 * since it depends on who reads.
 */
bool label_is_profile(const char *answer, const char *profile);

/*
 * Is @answer, read from an attr file of SELinux, the context @label?  User, role and type must be
 * the same; the level may be written another way ("s0:c1,c2,c3" is "s0:c1.c3").
 */
bool label_is_context(const char *answer, const char *label);

#endif
