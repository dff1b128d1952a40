/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare features: what this build can do, from the very tables that are obeyed; nothing here looks at
 * the machine, but for whether CRIU is installed (features.md, features-linux.md).
 * Runs in: host.
 */
#include "libocispec/oci/features.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "cgroup/cgroup.h"
#include "cmd/command.h"
#include "cmd/release.h"
#include "host/criu.h"
#include "host/handler.h"
#include "libocispec/arena.h"
#include "libocispec/oci/config.h"
#include "libocispec/write.h"
#include "plan/caps.h"
#include "plan/hooks.h"
#include "plan/mounts.h"

static const struct opt_bool yes = { .set = true, .v = true };

/* The @n words at @words. */
static struct oci_strings list(struct arena *arena, const char *const *words, size_t n)
{
	struct oci_strings strings = { .set = true, .n = (uint32_t)n };

	strings.item = arena_array(arena, n + 1, sizeof(*strings.item));
	for (size_t i = 0; i < n; i++)
		strings.item[i] = words[i];
	return strings;
}

/* The words up to NULL. */
static struct oci_strings list_to_null(struct arena *arena, const char *const *words)
{
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	return list(arena, words, n);
}

static struct oci_feature_switch *new_switch(struct arena *arena, struct opt_bool enabled)
{
	struct oci_feature_switch *feature = arena_new(arena, struct oci_feature_switch);

	feature->enabled = enabled;
	return feature;
}

static struct oci_feature_seccomp *describe_seccomp(struct arena *arena)
{
	struct oci_feature_seccomp *seccomp = arena_new(arena, struct oci_feature_seccomp);

	seccomp->enabled = yes;
	seccomp->actions = oci_names_list(&oci_seccomp_action_names, arena);
	seccomp->operators = oci_names_list(&oci_seccomp_op_names, arena);
	seccomp->archs = oci_names_list(&oci_seccomp_arch_names, arena);
	seccomp->known_flags = oci_names_list(&oci_seccomp_flag_names, arena);
	seccomp->supported_flags = seccomp->known_flags;
	return seccomp;
}

static struct oci_feature_linux *describe_linux(struct arena *arena)
{
	struct oci_feature_linux *on_linux = arena_new(arena, struct oci_feature_linux);

	on_linux->namespaces = oci_names_list(&oci_namespace_names, arena);
	on_linux->capabilities = list_to_null(arena, plan_cap_names());
	const struct opt_bool systemd = { .set = true, .v = cgroup_knows_systemd() };

	on_linux->cgroup = arena_new(arena, struct oci_feature_cgroup);
	*on_linux->cgroup = (struct oci_feature_cgroup){
		.v1 = yes, .v2 = yes, .systemd = systemd, .systemd_user = systemd, .rdma = yes,
	};
	on_linux->seccomp = describe_seccomp(arena);
	on_linux->apparmor = new_switch(arena, yes);
	on_linux->selinux = new_switch(arena, yes);
	on_linux->memory_policy = arena_new(arena, struct oci_feature_mempolicy);
	on_linux->memory_policy->modes = oci_names_list(&oci_mempolicy_mode_names, arena);
	on_linux->memory_policy->flags = oci_names_list(&oci_mempolicy_flag_names, arena);
	on_linux->intel_rdt = arena_new(arena, struct oci_feature_rdt);
	*on_linux->intel_rdt = (struct oci_feature_rdt){ .enabled = yes, .schemata = yes, .monitoring = yes };
	on_linux->mount_extensions = arena_new(arena, struct oci_feature_mounts);
	on_linux->mount_extensions->idmap = new_switch(arena, yes);
	on_linux->net_devices = new_switch(arena, yes);
	return on_linux;
}

static int run(const struct command_call *call, struct err *err)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_error oci_err = OCI_ERROR_INIT;
	char seccomp[RELEASE_SIZE];
	struct oci_entry annotations[] = {
		{ .key = "io.github.seccomp.libseccomp.version", .string = release_seccomp(seccomp) },
		{ .key = "org.opencontainers.runc.checkpoint.enabled", .string = criu_find(NULL, 0) ? "true" : "false" },
		{ .key = "run.oci.crun.wasm", .string = handler_is_here(&arena, "wasm", getenv("PATH")) ? "true" : "false" },
	};
	const char *unsafe[] = { "run.oci.", "org.systemd.property.", "org.criu.config", "module.wasm.image/variant" };
	struct oci_features features = {
		.oci_version_min = RELEASE_SPEC_MIN,
		.oci_version_max = RELEASE_SPEC,
		.hooks = list(&arena, plan_hook_names, PLAN_HOOK_KINDS),
		.mount_options = list_to_null(&arena, plan_mount_option_words()),
		.on_linux = describe_linux(&arena),
		.annotations = { .set = true, .n = sizeof(annotations) / sizeof(annotations[0]), .item = annotations },
		.unsafe_annotations = list(&arena, unsafe, sizeof(unsafe) / sizeof(unsafe[0])),
	};
	const char *text;

	(void)call;
	if (oci_write(&arena, &oci_features_shape, &features, OCI_WRITE_PRETTY, &text, NULL, &oci_err) < 0)
		return err_say(err, ERR_NOWHERE, "write the features: %s", oci_err.text);
	(void)puts(text);
	return 0;
}

const struct command features_command = {
	.name = "features",
	.summary = "print what this version supports as JSON",
	.usage = "",
	.is_stateless = true,
	.run = run,
};
