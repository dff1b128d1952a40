/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a further process of a container (`exec`) has from config.json: written down at create, since that
 * file is not read again (G-08).
 * Runs in: host.
 */
#ifndef TARE_HOST_INHERIT_H
#define TARE_HOST_INHERIT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;
struct oci_config;
struct oci_linux;
struct oci_process;

/*
 * The part of config->on_linux that concerns every process: memory policy, execution domain, seccomp; and every
 * mount: label and propagation.  Of
 * seccomp's rules only those that ask an agent are in it, since the compiled filter is kept apart
 * (filters.h).  Shares its strings with @config; NULL when there is nothing of the kind.
 */
const struct oci_linux *inherit_linux(struct arena *arena, const struct oci_config *config);

/* Values of an option that may be given more than once, in their order. */
struct inherit_words {
	const char *const *item;
	size_t n;
};

/*
 * struct inherit_changes - how a further process differs from the container's own, as written on the command line;
 * NULL, false and empty: it does not.
 * @args:     NULL-terminated, at least one
 * @terminal: it has one; that of the container's own process counts for nothing
 * @user:     "UID" or "UID:GID"
 * @env, @additional_gids, @caps: in addition; @caps to the bounding, effective and permitted set, and to the
 *            ambient one as far as they are inheritable already (security.md R15)
 */
struct inherit_changes {
	const char *const *args;
	bool terminal;
	const char *cwd;
	const char *user;
	struct inherit_words env;
	struct inherit_words additional_gids;
	struct inherit_words caps;
	bool no_new_privs;
	const char *selinux_label;
	const char *apparmor_profile;
};

/* The process @own of the container with @changes, in @arena; -1 with @err naming the option. */
int inherit_process(struct arena *arena, const struct oci_process *own, const struct inherit_changes *changes,
		    struct oci_process **ret_process, struct err *err);

#endif
