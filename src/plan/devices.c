/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nodes and links below /dev that every container has, and linux.devices (DV-01 .. DV-11).
 * Not here: /dev/console, which is the terminal's other end and no device of its own.
 * Runs in: host.
 */
#include "plan/devices.h"

#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/paths.h"
#include "plan/seen.h"
#include "plan/work.h"

/* How many bits dev_t has for the two numbers (linux/kdev_t.h). */
#define MAJOR_MAX ((1 << 12) - 1)
#define MINOR_MAX ((1 << 20) - 1)

/* config-linux.md, "Default Devices". */
static const struct {
	const char *path;
	unsigned int major, minor;
} default_nodes[] = {
	{ "/dev/null",    1, 3 },
	{ "/dev/zero",    1, 5 },
	{ "/dev/full",    1, 7 },
	{ "/dev/random",  1, 8 },
	{ "/dev/urandom", 1, 9 },
	{ "/dev/tty",     5, 0 },
};

/* runtime-linux.md, "Dev symbolic links"; /dev/core is what programs find on any other machine. */
static const struct plan_link default_links[] = {
	{ "/dev/fd",     "/proc/self/fd",   "/proc/self/fd" },
	{ "/dev/stdin",  "/proc/self/fd/0", "/proc/self/fd" },
	{ "/dev/stdout", "/proc/self/fd/1", "/proc/self/fd" },
	{ "/dev/stderr", "/proc/self/fd/2", "/proc/self/fd" },
	{ "/dev/core",   "/proc/kcore",     "/proc/kcore" },
	{ "/dev/ptmx",   "pts/ptmx",        NULL },
};

#define N_NODES (sizeof(default_nodes) / sizeof(default_nodes[0]))
#define N_LINKS (sizeof(default_links) / sizeof(default_links[0]))

/* @needs_number: of the types of the specification, only "p" goes without. */
static const struct {
	enum oci_device_type word;
	mode_t type;
	bool needs_number;
} types[] = {
	{ OCI_DEV_CHAR,       S_IFCHR, true },
	{ OCI_DEV_UNBUFFERED, S_IFCHR, true },
	{ OCI_DEV_BLOCK,      S_IFBLK, true },
	{ OCI_DEV_FIFO,       S_IFIFO, false },
};

/* A bind mount on /dev shows somebody else's directory: nothing is made in it (MT-12). */
static bool is_dev_ours(struct plan_work *work)
{
	const struct plan_mounts *mounts = &work->plan->mounts;
	bool is_ours = true;

	for (size_t i = 0; i < mounts->n; i++) {
		const struct plan_mount *mount = &mounts->item[i];

		if (mount->kind != PLAN_MOUNT_REMOUNT &&
		    strcmp(paths_clean(work->region, mount->target), "/dev") == 0)
			is_ours = mount->kind != PLAN_MOUNT_BIND;
	}
	return is_ours;
}

static int plan_number(const struct plan_work *work, const struct oci_device *device,
		       const char *key, const struct opt_i64 *given, int64_t max,
		       unsigned int *ret_number, struct err *err)
{
	if (!given->set)
		return err_say(err, device->at, "%s is missing: only a device of type \"p\" has none",
			       key);
	if (given->v < 0 || given->v > max)
		return err_say(err, work_place(work, device->at, "%s", key),
			       "is not between 0 and %lld", (long long)max);
	*ret_number = (unsigned int)given->v;
	return 0;
}

static int plan_device(struct plan_work *work, const struct oci_device *device,
		       struct plan_device *ret, struct err *err)
{
	bool needs_number = false;

	*ret = (struct plan_device){ .at = device->at };
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].word == device->type) {
			ret->type = types[i].type;
			needs_number = types[i].needs_number;
		}
	}
	if (device->path[0] != '/')
		return err_say(err, work_place(work, device->at, "path"),
			       "\"%s\" is not an absolute path", device->path);
	if (needs_number &&
	    (plan_number(work, device, "major", &device->major, MAJOR_MAX, &ret->major, err) < 0 ||
	     plan_number(work, device, "minor", &device->minor, MINOR_MAX, &ret->minor, err) < 0))
		return -1;
	ret->path = region_strdup(work->region, device->path);
	ret->mode = device->file_mode.set ? device->file_mode.v & 07777 : 0666;
	ret->uid = device->uid.v;
	ret->gid = device->gid.v;
	return 0;
}

static void add_defaults(struct plan_work *work, struct seen *seen, struct plan_devices *ret)
{
	for (size_t i = 0; i < N_NODES; i++) {
		const char *path = region_strdup(work->region, default_nodes[i].path);

		(void)seen_add(seen, path, strlen(path));
		ret->item[ret->n++] = (struct plan_device){ .at = ERR_NOWHERE,
							    .path = path,
							    .type = S_IFCHR,
							    .mode = 0666,
							    .major = default_nodes[i].major,
							    .minor = default_nodes[i].minor,
							    .is_default = true };
	}
}

/* A listed device replaces a default one, and an equal one listed before (DV-07 asks no error). */
static int add_device(struct plan_work *work, const struct oci_device *device, struct seen *seen,
		      struct plan_devices *ret, struct err *err)
{
	struct plan_device made;
	struct plan_device *old;
	const char *clean;
	uint32_t i;

	if (plan_device(work, device, &made, err) < 0)
		return -1;
	clean = paths_clean(work->region, made.path);
	if (!ret->populate_dev && paths_is_within(clean, "/dev"))
		return 0;
	i = seen_add(seen, clean, strlen(clean));
	old = &ret->item[i];
	if (i < ret->n && !old->is_default &&
	    (old->type != made.type || old->major != made.major || old->minor != made.minor))
		return err_say(err, work_place(work, device->at, "path"),
			       "\"%s\" is in the list already as a different device", device->path);
	*old = made;
	if (i == ret->n)
		ret->n++;
	return 0;
}

/* Links that do not stand in the way of a listed device. */
static void add_links(struct plan_work *work, struct seen *seen, struct plan_devices *ret)
{
	ret->link = work_array(work, N_LINKS, sizeof(*ret->link));
	for (size_t i = 0; i < N_LINKS; i++) {
		const struct plan_link *link = &default_links[i];

		if (seen_add(seen, link->path, strlen(link->path)) < ret->n)
			continue;
		ret->link[ret->n_link++] = (struct plan_link){
			.path = region_strdup(work->region, link->path),
			.target = region_strdup(work->region, link->target),
			.needs = region_strdup(work->region, link->needs),
		};
	}
}

int plan_devices(struct plan_work *work, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	struct plan_devices *ret = &work->plan->devices;
	uint32_t n = on_linux == NULL ? 0 : on_linux->devices.n;
	bool is_in_user_ns = work->plan->namespaces.has_user || work->input->facts->in_user_ns;
	auto_seen struct seen seen = { .slot = NULL };

	seen_init(&seen, n + N_NODES + N_LINKS);
	ret->item = work_array(work, n + N_NODES, sizeof(*ret->item));
	ret->populate_dev = is_dev_ours(work);
	if (ret->populate_dev)
		add_defaults(work, &seen, ret);
	for (uint32_t i = 0; i < n; i++) {
		if (add_device(work, on_linux->devices.item[i], &seen, ret, err) < 0)
			return -1;
	}
	if (ret->populate_dev)
		add_links(work, &seen, ret);
	for (size_t i = 0; i < ret->n; i++)
		ret->item[i].is_bound = is_in_user_ns && ret->item[i].type != S_IFIFO;
	return 0;
}
