/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tare spec: a document that we accept ourselves, and files that are left alone. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libocispec/arena.h"
#include "libocispec/oci/config.h"
#include "tests/unit/cmd/capture.h"

/* Read @path below the test's directory. */
static struct oci_config *load(const struct capture *capture, const char *path, struct arena *arena, char *text,
			       size_t size)
{
	struct oci_source source = { .name = "config.json", .text = text };
	struct oci_error error = OCI_ERROR_INIT;
	struct oci_config *config = NULL;

	support_read(capture->dir.fd, path, text, size);
	source.len = strlen(text);
	if (oci_config_read(arena, &source, &config, &error) < 0)
		fail_msg("%s", error.text);
	return config;
}

static void test_document(void **state)
{
	struct capture *capture = *state;
	struct arena arena = ARENA_INIT;
	const struct oci_config *config;
	char text[16384];

	GOOD(capture, "spec", "--bundle", capture->dir.path);
	assert_string_equal(capture->out, "");
	capture_assert_no_root(capture);
	config = load(capture, "config.json", &arena, text, sizeof(text));
	assert_string_equal(config->oci_version, "1.3.0");
	assert_string_equal(config->root->path, "rootfs");
	assert_true(config->root->readonly);
	assert_string_equal(config->hostname, "tare");
	assert_true(config->process->terminal);
	assert_true(config->process->no_new_privileges);
	assert_int_equal(config->process->args.n, 1);
	assert_string_equal(config->process->args.item[0], "sh");
	assert_string_equal(config->process->cwd, "/");
	assert_int_equal(config->process->capabilities->bounding.n, 3);
	assert_int_equal(config->process->capabilities->ambient.n, 0);
	assert_int_equal(config->mounts.n, 7);
	assert_int_equal(config->on_linux->namespaces.n, 6);
	assert_int_equal(config->on_linux->resources->devices.n, 1);
	assert_true(config->on_linux->masked_paths.n > 5 && config->on_linux->readonly_paths.n == 5);
	/* For people: indented, and ending like a text file. */
	assert_memory_equal(text, "{\n  \"ociVersion\": \"1.3.0\",\n", 27);
	assert_string_equal(text + strlen(text) - 3, "\n}\n");
	arena_free(&arena);
}

/* The example must be one that create understands. */
static void test_can_be_planned(void **state)
{
	struct capture *capture = *state;

	if (geteuid() != 0) {
		print_message("needs root: without it the example asks for what we may not do\n");
		skip();
	}
	assert_int_equal(mkdir(capture->bundle, 0755), 0);
	assert_int_equal(mkdirat(capture->dir.fd, "bundle/rootfs", 0755), 0);
	GOOD(capture, "spec", "-b", capture->bundle);
	capture->globals.manager = CGROUP_MANAGER_DISABLED;
	GOOD(capture, "plan", "-b", capture->bundle, "c");
	assert_holds(capture->out, "  hostname \"tare\"\n");
}

static void test_into_the_working_directory(void **state)
{
	struct capture *capture = *state;
	struct stat st;

	assert_int_equal(fchdir(capture->dir.fd), 0);
	GOOD(capture, "spec");
	assert_int_equal(fstatat(capture->dir.fd, "config.json", &st, 0), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 0133, 0);
}

static void test_other_name(void **state)
{
	struct capture *capture = *state;
	char first[16384], second[16384];

	GOOD(capture, "spec", "--bundle", capture->dir.path, "--file", "example.json");
	assert_int_equal(faccessat(capture->dir.fd, "config.json", F_OK, 0), -1);
	GOOD(capture, "spec", "-b", capture->dir.path, "-f", "config.json");
	support_read(capture->dir.fd, "example.json", first, sizeof(first));
	support_read(capture->dir.fd, "config.json", second, sizeof(second));
	assert_string_equal(first, second);
}

/* For who has no privileges: itself as root in a user namespace, and nothing that only a privileged user may. */
static void test_rootless(void **state)
{
	struct capture *capture = *state;
	struct arena arena = ARENA_INIT;
	const struct oci_config *config;
	const struct oci_namespace *ns;
	const struct oci_mount *mount;
	const struct oci_idmap *map;
	bool has_user = false;
	char text[16384];

	GOOD(capture, "spec", "--rootless", "--bundle", capture->dir.path);
	config = load(capture, "config.json", &arena, text, sizeof(text));
	oci_for_each(ns, &config->on_linux->namespaces) {
		assert_int_not_equal(ns->type, OCI_NS_NETWORK);
		has_user |= ns->type == OCI_NS_USER;
	}
	assert_true(has_user);
	assert_null(config->on_linux->resources);
	assert_int_equal(config->on_linux->uid_maps.n, 1);
	assert_int_equal(config->on_linux->gid_maps.n, 1);
	map = config->on_linux->uid_maps.item[0];
	assert_int_equal(map->container_id, 0);
	assert_int_equal(map->host_id, geteuid());
	assert_int_equal(map->size, 1);
	map = config->on_linux->gid_maps.item[0];
	assert_int_equal(map->host_id, getegid());
	assert_int_equal(config->mounts.n, 6);
	oci_for_each(mount, &config->mounts) {
		const char *option;

		oci_for_each(option, &mount->options)
			assert_true(strncmp(option, "gid=", 4) != 0 && strncmp(option, "uid=", 4) != 0);
		assert_string_not_equal(mount->type, "sysfs");
		assert_string_not_equal(mount->type, "cgroup");
	}
	mount = config->mounts.item[5];
	assert_string_equal(mount->destination, "/sys");
	assert_string_equal(mount->source, "/sys");
	/* The other example is as it was. */
	GOOD(capture, "spec", "-b", capture->dir.path, "-f", "other.json");
	config = load(capture, "other.json", &arena, text, sizeof(text));
	assert_int_equal(config->on_linux->uid_maps.n, 0);
	assert_int_equal(config->mounts.n, 7);
	arena_free(&arena);
}

/* Somebody's work, whatever it is. */
static void test_never_overwrites(void **state)
{
	struct capture *capture = *state;
	char text[64];

	support_write(capture->dir.fd, "config.json", "mine");
	REFUSED(capture, "config.json exists already and is left as it is", "spec", "-b", capture->dir.path);
	support_read(capture->dir.fd, "config.json", text, sizeof(text));
	assert_string_equal(text, "mine");
	assert_int_equal(symlinkat("elsewhere", capture->dir.fd, "link.json"), 0);
	REFUSED(capture, "link.json exists already", "spec", "-b", capture->dir.path, "-f", "link.json");
	assert_int_equal(faccessat(capture->dir.fd, "elsewhere", F_OK, 0), -1);
}

static void test_refused(void **state)
{
	struct capture *capture = *state;

	REFUSED(capture, "open the bundle", "spec", "--bundle", capture->bundle);
	assert_int_equal(access(capture->bundle, F_OK), -1);
	REFUSED(capture, "make no/such.json", "spec", "--bundle", capture->dir.path, "--file", "no/such.json");
	/* The words of missing payloads are not for our own files. */
	assert_null(strstr(capture->err.text, "No such file"));
	REFUSED(capture, "spec: unexpected argument \"x\"", "spec", "x");
	REFUSED(capture, "spec: unknown option \"--all\"", "spec", "--all");
	REFUSED(capture, "spec: option '--file' requires an argument", "spec", "--file");
	assert_int_equal(faccessat(capture->dir.fd, "config.json", F_OK, 0), -1);
}

static void test_help(void **state)
{
	CHECK_HELP(*state, "spec", "", "--bundle DIR, -b", "--file NAME, -f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_document),
		CAPTURE_TEST(test_can_be_planned),
		CAPTURE_TEST(test_into_the_working_directory),
		CAPTURE_TEST(test_other_name),
		CAPTURE_TEST(test_rootless),
		CAPTURE_TEST(test_never_overwrites),
		CAPTURE_TEST(test_refused),
		CAPTURE_TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
