/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tare spec: write a config.json to start from, a shell with little rights.
 * Runs in: host.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "cmd/command.h"
#include "cmd/release.h"
#include "libocispec/arena.h"
#include "libocispec/oci/config.h"
#include "libocispec/write.h"

struct spec_options {
	const char *bundle;
	const char *file;
	bool rootless;
};

static const struct options_row rows[] = {
	OPTIONS_ROW_TEXT(struct spec_options, bundle, "bundle", 'b', "DIR", "directory to write to (.)"),
	OPTIONS_ROW_TEXT(struct spec_options, file, "file", 'f', "NAME", "name of the file (config.json)"),
	OPTIONS_ROW_FLAG(struct spec_options, rootless, "rootless", 0,
			 "for a user without privileges: a user namespace with the caller as root"),
};

static const struct spec_options defaults = { .bundle = ".", .file = "config.json" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LIST(array) { .set = true, .n = COUNT(array), .item = (array) }

/* Lists and objects as libocispec wants them: vectors of pointers. */
#define WORDS(...) ((const char *[]){ __VA_ARGS__ })
#define STRINGS(...) { .set = true, .n = COUNT(WORDS(__VA_ARGS__)), .item = WORDS(__VA_ARGS__) }

#define MOUNT(destination_, type_, source_, ...)                                            \
	(&(struct oci_mount){ .destination = (destination_), .type = (type_),               \
			      .source = (source_), .options = STRINGS(__VA_ARGS__) })
#define NAMESPACE(type_) (&(struct oci_namespace){ .type = (type_) })

#define FEW_CAPABILITIES STRINGS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE")

static void *rlimits[] = {
	&(struct oci_rlimit){ .type = OCI_RLIMIT_NOFILE, .soft = 1024, .hard = 1024 },
};

/* What both kinds of example mount; the argument is one more option of devpts, or nothing. */
#define COMMON_MOUNTS(...)                                                                          \
	MOUNT("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),                                \
	MOUNT("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),        \
	MOUNT("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666",   \
	      "mode=0620", ##__VA_ARGS__),                                                          \
	MOUNT("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"), \
	MOUNT("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev")

static void *mounts[] = {
	COMMON_MOUNTS("gid=5"),
	MOUNT("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
	MOUNT("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
};

static void *namespaces[] = {
	NAMESPACE(OCI_NS_PID), NAMESPACE(OCI_NS_NETWORK), NAMESPACE(OCI_NS_IPC),
	NAMESPACE(OCI_NS_UTS), NAMESPACE(OCI_NS_MOUNT),   NAMESPACE(OCI_NS_CGROUP),
};

static void *device_rules[] = {
	&(struct oci_device_rule){ .allow = false, .access = "rwm" },
};

static struct oci_config example = {
	.oci_version = RELEASE_SPEC,
	.process = &(struct oci_process){
		.terminal = true,
		.user = &(struct oci_user){ .uid = 0, .gid = 0 },
		.args = STRINGS("sh"),
		.env = STRINGS("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"),
		.cwd = "/",
		.capabilities = &(struct oci_capabilities){
			.bounding = FEW_CAPABILITIES,
			.effective = FEW_CAPABILITIES,
			.permitted = FEW_CAPABILITIES,
		},
		.rlimits = LIST(rlimits),
		.no_new_privileges = true,
	},
	.root = &(struct oci_root){ .path = "rootfs", .readonly = true },
	.hostname = "tare",
	.mounts = LIST(mounts),
	.on_linux = &(struct oci_linux){
		.resources = &(struct oci_resources){ .devices = LIST(device_rules) },
		.namespaces = LIST(namespaces),
		.masked_paths = STRINGS("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys",
					"/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
					"/proc/sched_debug", "/sys/firmware", "/proc/scsi"),
		.readonly_paths = STRINGS("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
					  "/proc/sysrq-trigger"),
	},
};

/* Group 5 has no number in the namespace, and sysfs belongs to the network namespace, which stays the caller's. */
static void *rootless_mounts[] = {
	COMMON_MOUNTS(),
	MOUNT("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro"),
};

static void *rootless_namespaces[] = {
	NAMESPACE(OCI_NS_PID), NAMESPACE(OCI_NS_IPC),	 NAMESPACE(OCI_NS_UTS),
	NAMESPACE(OCI_NS_MOUNT), NAMESPACE(OCI_NS_CGROUP), NAMESPACE(OCI_NS_USER),
};

/* Write the example for an ordinary user: the only ids there are the caller's, and no cgroup is asked for anything. */
static int write_rootless(struct arena *arena, const char **ret_text, size_t *ret_len, struct oci_error *err)
{
	void *uids[] = { &(struct oci_idmap){ .container_id = 0, .host_id = geteuid(), .size = 1 } };
	void *gids[] = { &(struct oci_idmap){ .container_id = 0, .host_id = getegid(), .size = 1 } };
	struct oci_linux on_linux = *example.on_linux;
	struct oci_config config = example;

	on_linux.resources = NULL;
	on_linux.uid_maps = (struct oci_list)LIST(uids);
	on_linux.gid_maps = (struct oci_list)LIST(gids);
	on_linux.namespaces = (struct oci_list)LIST(rootless_namespaces);
	config.on_linux = &on_linux;
	config.mounts = (struct oci_list)LIST(rootless_mounts);
	return oci_write(arena, &oci_config_shape, &config, OCI_WRITE_PRETTY, ret_text, ret_len, err);
}

/* A file that exists already is somebody's work. */
static int write_new(int dir, const char *name, const char *text, size_t len, struct err *err)
{
	auto_fd int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0 && errno == EEXIST)
		return err_say(err, ERR_NOWHERE, "%s exists already and is left as it is", name);
	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "make %s", name);
	if (fd_write_all(fd, text, len) < 0 || fd_write_all(fd, "\n", 1) < 0) {
		(void)err_errno(err, ERR_NOWHERE, "write %s", name);
		(void)unlinkat(dir, name, 0);
		return -1;
	}
	return 0;
}

static int run(const struct command_call *call, struct err *err)
{
	const struct spec_options *options = call->options;
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_error oci_err = OCI_ERROR_INIT;
	auto_fd int dir = -1;
	const char *text;
	size_t len;
	int r;

	if (options->rootless)
		r = write_rootless(&arena, &text, &len, &oci_err);
	else
		r = oci_write(&arena, &oci_config_shape, &example, OCI_WRITE_PRETTY, &text, &len, &oci_err);
	if (r < 0)
		return err_say(err, ERR_NOWHERE, "write the configuration: %s", oci_err.text);
	dir = open(options->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_errno(err, ERR_NOWHERE, "open the bundle %s", options->bundle);
	return write_new(dir, options->file, text, len, err);
}

const struct command spec_command = {
	.name = "spec",
	.summary = "write a config.json to start from",
	.usage = "",
	.table = OPTIONS_TABLE(rows),
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.is_stateless = true,
	.run = run,
};
