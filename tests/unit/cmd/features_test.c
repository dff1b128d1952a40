/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare features: the keys that managers look at, and that the plan does what the document says. */
#include "libocispec/oci/features.h"

#include <stdio.h>
#include <unistd.h>

#include "libocispec/arena.h"
#include "libocispec/oci/namespace.h"
#include "libocispec/oci/seccomp.h"
#include "libocispec/read.h"
#include "tests/unit/cmd/capture.h"

static const struct oci_features *load(struct capture *capture, struct arena *arena)
{
	struct oci_source source = { .name = "features" };
	struct oci_error error = OCI_ERROR_INIT;
	struct oci_features *features = NULL;

	GOOD(capture, "features");
	source.text = capture->out;
	source.len = strlen(capture->out);
	if (oci_read(arena, &source, &oci_features_shape, &features, &error) < 0)
		fail_msg("%s", error.text);
	return features;
}

static bool lists(const struct oci_strings *strings, const char *word)
{
	for (uint32_t i = 0; i < strings->n; i++) {
		if (strcmp(strings->item[i], word) == 0)
			return true;
	}
	return false;
}

/* Set, with all of @words in it, and nothing twice. */
static void assert_lists(const struct oci_strings *strings, const char *const *words)
{
	assert_true(strings->set);
	for (; *words != NULL; words++) {
		if (!lists(strings, *words))
			fail_msg("%s is missing", *words);
	}
	for (uint32_t i = 0; i < strings->n; i++) {
		for (uint32_t j = 0; j < i; j++)
			assert_string_not_equal(strings->item[i], strings->item[j]);
	}
}

#define ASSERT_LISTS(strings, ...) assert_lists((strings), (const char *const[]){ __VA_ARGS__, NULL })

static void test_top(void **state)
{
	struct capture *capture = *state;
	struct arena arena = ARENA_INIT;
	const struct oci_features *features = load(capture, &arena);

	assert_string_equal(features->oci_version_min, "1.0.0");
	assert_string_equal(features->oci_version_max, "1.3.0");
	ASSERT_LISTS(&features->hooks, "prestart", "createRuntime", "createContainer", "startContainer", "poststart",
		     "poststop");
	assert_int_equal(features->hooks.n, 6);
	/* "rro" is what containerd, Docker and CRI-O ask for. */
	ASSERT_LISTS(&features->mount_options, "rro", "ro", "rw", "bind", "rbind", "nosuid", "rnosuid", "rslave", "noatime");
	ASSERT_LISTS(&features->unsafe_annotations, "run.oci.", "org.systemd.property.", "org.criu.config",
		     "module.wasm.image/variant");
	assert_true(features->annotations.set);
	assert_string_equal(features->annotations.item[0].key, "io.github.seccomp.libseccomp.version");
	arena_free(&arena);
}

static void assert_known(struct opt_bool opt)
{
	assert_true(opt.set);
}

/* What is left out means "unknown", which we never are. */
static void test_linux(void **state)
{
	struct capture *capture = *state;
	struct arena arena = ARENA_INIT;
	const struct oci_feature_linux *on_linux = load(capture, &arena)->on_linux;

	ASSERT_LISTS(&on_linux->namespaces, "pid", "network", "mount", "ipc", "uts", "cgroup");
	ASSERT_LISTS(&on_linux->capabilities, "CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_CHECKPOINT_RESTORE");
	assert_true(on_linux->capabilities.n >= 41);
	assert_true(on_linux->cgroup->v1.set && on_linux->cgroup->v1.v);
	assert_true(on_linux->cgroup->v2.set && on_linux->cgroup->v2.v);
	assert_known(on_linux->cgroup->systemd);
	assert_known(on_linux->cgroup->systemd_user);
	assert_known(on_linux->cgroup->rdma);
	assert_true(on_linux->seccomp->enabled.v);
	ASSERT_LISTS(&on_linux->seccomp->actions, "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS");
	ASSERT_LISTS(&on_linux->seccomp->operators, "SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ");
	assert_int_equal(on_linux->seccomp->operators.n, 7);
	ASSERT_LISTS(&on_linux->seccomp->archs, "SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64");
	ASSERT_LISTS(&on_linux->seccomp->known_flags, "SECCOMP_FILTER_FLAG_LOG");
	for (uint32_t i = 0; i < on_linux->seccomp->supported_flags.n; i++)
		assert_true(lists(&on_linux->seccomp->known_flags, on_linux->seccomp->supported_flags.item[i]));
	assert_known(on_linux->apparmor->enabled);
	assert_known(on_linux->selinux->enabled);
	assert_known(on_linux->intel_rdt->enabled);
	assert_known(on_linux->mount_extensions->idmap->enabled);
	assert_known(on_linux->net_devices->enabled);
	assert_true(on_linux->memory_policy->modes.set && on_linux->memory_policy->flags.set);
	arena_free(&arena);
}

/* Does the plan take a document with @more in its "linux"? */
static bool is_planned(struct capture *capture, const char *namespaces, const char *more)
{
	char config[2048];

	(void)snprintf(config, sizeof(config),
		       "{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'}, 'process': {'cwd': '/', 'args': ['x'],"
		       "'noNewPrivileges': true}, 'linux': {'namespaces': [%s]%s}}", namespaces, more);
	capture_make_bundle(capture, config);
	RUN(capture, "plan", "-b", capture->bundle, "c");
	/* "No" must be that word's fault. */
	if (capture->r < 0 && capture->err.line == 0)
		fail_msg("refused for another reason: %s", capture->err.text);
	return capture->r == 0;
}

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("needs root: an ordinary user's plan is refused for other reasons\n");
	skip();
}

static void assert_told(bool is_listed, bool is_supported, const char *word)
{
	if (is_listed != is_supported)
		fail_msg("%s is %slisted, and is %ssupported", word, is_listed ? "" : "not ", is_supported ? "" : "not ");
}

static void test_namespaces_are_true(void **state)
{
	struct capture *capture = *state;
	struct arena arena = ARENA_INIT;
	struct oci_strings listed;
	char text[256];

	need_root();
	capture->globals.manager = CGROUP_MANAGER_DISABLED;
	listed = load(capture, &arena)->on_linux->namespaces;
	for (size_t i = 0; i < oci_namespace_names.n; i++) {
		const char *word = oci_namespace_names.name[i].word;
		bool is_user = oci_namespace_names.name[i].value == OCI_NS_USER;

		(void)snprintf(text, sizeof(text), "%s{'type': '%s'}", strcmp(word, "mount") == 0 ? "" : "{'type': 'mount'}, ",
			       word);
		assert_told(lists(&listed, word),
			    is_planned(capture, text,
				       is_user ? ", 'uidMappings': [{'containerID': 0, 'hostID': 0, 'size': 9}],"
						 "'gidMappings': [{'containerID': 0, 'hostID': 0, 'size': 9}]" : ""),
			    word);
	}
	arena_free(&arena);
}

#define NOTIFY "'listenerPath': '/run/listener', "

/* A filter with one rule of @action, and @flag or "". */
static bool is_filtered(struct capture *capture, const char *more, const char *action, const char *flag)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		       ", 'seccomp': {%s'defaultAction': 'SCMP_ACT_ALLOW', 'flags': [%s],"
		       "'syscalls': [{'names': ['getcwd'], 'action': '%s'}]}", more, flag, action);
	return is_planned(capture, "{'type': 'mount'}", text);
}

static void test_seccomp_actions_are_true(void **state)
{
	struct capture *capture = *state;
	struct arena arena = ARENA_INIT;
	struct oci_strings listed;

	need_root();
	capture->globals.manager = CGROUP_MANAGER_DISABLED;
	listed = load(capture, &arena)->on_linux->seccomp->actions;
	for (size_t i = 0; i < oci_seccomp_action_names.n; i++) {
		const char *word = oci_seccomp_action_names.name[i].word;
		bool is_notify = oci_seccomp_action_names.name[i].value == OCI_SECCOMP_ACT_NOTIFY;

		assert_told(lists(&listed, word), is_filtered(capture, is_notify ? NOTIFY : "", word, ""), word);
	}
	arena_free(&arena);
}

/* The plan is another one with @flag: it is not accepted for nothing. */
static bool has_effect(struct capture *capture, const char *more, const char *action, const char *flag)
{
	char plain[sizeof(capture->out)], quoted[128];

	if (!is_filtered(capture, more, action, ""))
		return false;
	memcpy(plain, capture->out, sizeof(plain));
	(void)snprintf(quoted, sizeof(quoted), "'%s'", flag);
	return is_filtered(capture, more, action, quoted) && strcmp(capture->out, plain) != 0;
}

static void test_seccomp_flags_are_true(void **state)
{
	struct capture *capture = *state;
	struct arena arena = ARENA_INIT;
	const struct oci_feature_seccomp *seccomp;

	need_root();
	capture->globals.manager = CGROUP_MANAGER_DISABLED;
	seccomp = load(capture, &arena)->on_linux->seccomp;
	assert_int_equal(seccomp->known_flags.n, oci_seccomp_flag_names.n);
	for (size_t i = 0; i < oci_seccomp_flag_names.n; i++) {
		const char *word = oci_seccomp_flag_names.name[i].word;

		/* One of them means something with a listener only. */
		assert_told(lists(&seccomp->supported_flags, word),
			    has_effect(capture, "", "SCMP_ACT_ERRNO", word) ||
			    has_effect(capture, NOTIFY, "SCMP_ACT_NOTIFY", word), word);
	}
	arena_free(&arena);
}

/* Nothing of the caller or the machine matters: not even a wrong root. */
static void test_same_everywhere(void **state)
{
	struct capture *capture = *state;
	char first[sizeof(capture->out)];

	GOOD(capture, "features");
	memcpy(first, capture->out, sizeof(first));
	capture->globals.root = "/";
	capture->globals.systemd_cgroup = true;
	assert_int_equal(chdir("/"), 0);
	GOOD(capture, "features");
	assert_string_equal(capture->out, first);
	capture_assert_no_root(capture);
}

static void test_refused(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "features: unexpected argument \"x\"", "features", "x");
	REFUSED(capture, "features: unknown option \"--format=json\"", "features", "--format=json");
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "features", "");
}

/* What is only said to be there or not: the plan says the same. */
static void test_switches_are_true(void **state)
{
	struct capture *capture = *state;
	struct arena arena = ARENA_INIT;
	const struct oci_feature_linux *on_linux;

	need_root();
	capture->globals.manager = CGROUP_MANAGER_DISABLED;
	on_linux = load(capture, &arena)->on_linux;
	assert_told(on_linux->net_devices->enabled.v,
		    is_planned(capture, "{'type': 'mount'}, {'type': 'network'}", ", 'netDevices': {'eth9': {}}"),
		    "netDevices");
	assert_told(on_linux->intel_rdt->enabled.v, is_planned(capture, "{'type': 'mount'}", ", 'intelRdt': {}"), "intelRdt");
	assert_told(on_linux->intel_rdt->schemata.v,
		    is_planned(capture, "{'type': 'mount'}", ", 'intelRdt': {'schemata': ['L3:0=f']}"), "schemata");
	assert_told(on_linux->intel_rdt->monitoring.v,
		    is_planned(capture, "{'type': 'mount'}", ", 'intelRdt': {'enableMonitoring': true}"), "monitoring");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_top),
		CAPTURE_TEST(test_linux),
		CAPTURE_TEST(test_namespaces_are_true),
		CAPTURE_TEST(test_seccomp_actions_are_true),
		CAPTURE_TEST(test_seccomp_flags_are_true),
		CAPTURE_TEST(test_switches_are_true),
		CAPTURE_TEST(test_same_everywhere),
		CAPTURE_TEST(test_refused),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
