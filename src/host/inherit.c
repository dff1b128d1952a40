/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What further processes inherit; see inherit.h.
 * Runs in: host.
 */
#include "host/inherit.h"

#include <string.h>

#include "base/err.h"
#include "libocispec/arena.h"
#include "libocispec/oci/config.h"
#include "plan/caps.h"

static struct oci_seccomp *inherit_seccomp(struct arena *arena, const struct oci_seccomp *seccomp)
{
	struct oci_seccomp *ret = arena_new(arena, struct oci_seccomp);
	const struct oci_syscall *rule;
	void **asking = arena_array(arena, seccomp->syscalls.n + 1, sizeof(*asking));

	*ret = (struct oci_seccomp){
		.default_action = seccomp->default_action,
		.flags = seccomp->flags,
		.listener_path = seccomp->listener_path,
		.listener_metadata = seccomp->listener_metadata,
		.syscalls = { .set = true, .item = asking },
	};
	oci_for_each(rule, &seccomp->syscalls) {
		if (rule->action == OCI_SECCOMP_ACT_NOTIFY)
			asking[ret->syscalls.n++] = seccomp->syscalls.item[rule_i];
	}
	return ret;
}

const struct oci_linux *inherit_linux(struct arena *arena, const struct oci_config *config)
{
	const struct oci_linux *on_linux = config->on_linux;
	struct oci_linux *ret;

	if (on_linux == NULL ||
	    (on_linux->memory_policy == NULL && on_linux->personality == NULL && on_linux->seccomp == NULL &&
	     on_linux->mount_label == NULL && on_linux->rootfs_propagation == 0))
		return NULL;
	ret = arena_new(arena, struct oci_linux);
	ret->mount_label = on_linux->mount_label;
	ret->rootfs_propagation = on_linux->rootfs_propagation;
	ret->memory_policy = on_linux->memory_policy;
	ret->personality = on_linux->personality;
	if (on_linux->seccomp != NULL)
		ret->seccomp = inherit_seccomp(arena, on_linux->seccomp);
	return ret;
}

/* Decimal digits and nothing else: everything that strtoul(3) would take besides has been an attack (V27). */
static int parse_id(const char *option, const char *text, size_t len, uint32_t *ret_id, struct err *err)
{
	uint64_t id = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || id > UINT32_MAX)
			return err_say(err, ERR_NOWHERE, "%s: \"%s\" holds no number that is an id", option, text);
		id = id * 10 + (uint64_t)(text[i] - '0');
	}
	if (len == 0 || id >= UINT32_MAX)
		return err_say(err, ERR_NOWHERE, "%s: \"%s\" holds no number that is an id", option, text);
	*ret_id = (uint32_t)id;
	return 0;
}

static int change_user(struct arena *arena, const struct oci_process *own, const struct inherit_changes *changes,
		       struct oci_process *ret, struct err *err)
{
	const struct inherit_words *more = &changes->additional_gids;
	struct oci_user *user = arena_new(arena, struct oci_user);
	struct oci_numbers *gids = &user->additional_gids;
	size_t len = changes->user == NULL ? 0 : strcspn(changes->user, ":");
	uint32_t *item;

	if (own->user != NULL)
		*user = *own->user;
	if (changes->user != NULL && parse_id("--user", changes->user, len, &user->uid, err) < 0)
		return -1;
	if (changes->user != NULL && changes->user[len] == ':' &&
	    parse_id("--user", changes->user + len + 1, strlen(changes->user + len + 1), &user->gid, err) < 0)
		return -1;
	item = arena_array(arena, gids->n + more->n, sizeof(*item));
	for (uint32_t i = 0; i < gids->n; i++)
		item[i] = gids->item[i];
	for (size_t i = 0; i < more->n; i++) {
		if (parse_id("--additional-gids", more->item[i], strlen(more->item[i]), &item[gids->n + i], err) < 0)
			return -1;
	}
	*gids = (struct oci_numbers){ .set = true, .n = gids->n + (uint32_t)more->n, .item = item };
	ret->user = user;
	return 0;
}

/* @list and then @more. */
static struct oci_strings add_words(struct arena *arena, const struct oci_strings *list, const struct inherit_words *more)
{
	struct oci_strings ret = { .set = true, .n = list->n + (uint32_t)more->n };

	ret.item = arena_array(arena, ret.n + 1, sizeof(*ret.item));
	for (uint32_t i = 0; i < list->n; i++)
		ret.item[i] = list->item[i];
	for (size_t i = 0; i < more->n; i++)
		ret.item[list->n + i] = more->item[i];
	return ret;
}

static bool is_in(const struct oci_strings *list, const char *word)
{
	const char *item;

	oci_for_each(item, list) {
		if (strcmp(item, word) == 0)
			return true;
	}
	return false;
}

static bool is_capability(const char *name)
{
	for (const char *const *known = plan_cap_names(); *known != NULL; known++) {
		if (strcmp(*known, name) == 0)
			return true;
	}
	return false;
}

static int change_caps(struct arena *arena, const struct oci_process *own, const struct inherit_changes *changes,
		       struct oci_process *ret, struct err *err)
{
	static const struct oci_capabilities none = { .at = 0 };
	const struct oci_capabilities *before = own->capabilities != NULL ? own->capabilities : &none;
	struct oci_capabilities *caps = arena_new(arena, struct oci_capabilities);
	const char **ambient = arena_array(arena, changes->caps.n + 1, sizeof(*ambient));
	struct inherit_words more_ambient = { .item = ambient };

	if (changes->caps.n == 0)
		return 0;
	for (size_t i = 0; i < changes->caps.n; i++) {
		if (!is_capability(changes->caps.item[i]))
			return err_say(err, ERR_NOWHERE, "--cap: \"%s\" is no capability such as CAP_KILL",
				       changes->caps.item[i]);
		if (is_in(&before->inheritable, changes->caps.item[i]))
			ambient[more_ambient.n++] = changes->caps.item[i];
	}
	*caps = *before;
	caps->bounding = add_words(arena, &before->bounding, &changes->caps);
	caps->effective = add_words(arena, &before->effective, &changes->caps);
	caps->permitted = add_words(arena, &before->permitted, &changes->caps);
	caps->ambient = add_words(arena, &before->ambient, &more_ambient);
	ret->capabilities = caps;
	return 0;
}

int inherit_process(struct arena *arena, const struct oci_process *own, const struct inherit_changes *changes,
		    struct oci_process **ret_process, struct err *err)
{
	static const struct oci_strings none = { .set = true };
	struct oci_process *ret = arena_new(arena, struct oci_process);
	struct inherit_words args = { .item = changes->args };

	while (changes->args[args.n] != NULL)
		args.n++;
	*ret = *own;
	ret->terminal = changes->terminal;
	ret->args = add_words(arena, &none, &args);
	ret->env = add_words(arena, &own->env, &changes->env);
	if (changes->cwd != NULL)
		ret->cwd = changes->cwd;
	if (changes->no_new_privs)
		ret->no_new_privileges = true;
	if (changes->selinux_label != NULL)
		ret->selinux_label = changes->selinux_label;
	if (changes->apparmor_profile != NULL)
		ret->apparmor_profile = changes->apparmor_profile;
	if (change_user(arena, own, changes, ret, err) < 0 || change_caps(arena, own, changes, ret, err) < 0)
		return -1;
	*ret_process = ret;
	return 0;
}
