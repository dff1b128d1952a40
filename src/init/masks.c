/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read-only and masked paths; see masks.h.
 * Runs in: init.
 */
#include "init/masks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "sys/mountfd.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"

/* Of @path, what follows @prefix and a slash; NULL when @path is not below @prefix. */
static const char *below(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	while (n > 0 && prefix[n - 1] == '/')
		n--;
	if (strncmp(path, prefix, n) != 0 || path[n] != '/')
		return NULL;
	path += n;
	while (*path == '/')
		path++;
	return *path == '\0' ? NULL : path;
}

/* Is ".." among the components?  Such a path may lead out of the mount that it names first. */
static bool goes_up(const char *path)
{
	for (const char *p = strstr(path, ".."); p != NULL; p = strstr(p + 1, "..")) {
		if ((p == path || p[-1] == '/') && (p[2] == '/' || p[2] == '\0'))
			return true;
	}
	return false;
}

/*
 * Open what stands at @path.  Below a procfs or sysfs of ours the look-up starts at that mount itself,
 * without links: the container's image has no say in it (security.md R4).
 *
 * *@ret_fixed: it is found in a procfs of ours, no other mount on the way, where the kernel alone gives names.
 */
static int open_path(const struct init *init, const char *path, bool *ret_fixed)
{
	const struct plan_mounts *mounts = &init->plan->mounts;

	*ret_fixed = false;
	for (size_t i = goes_up(path) ? 0 : mounts->n; i > 0; i--) {
		const struct plan_mount *mount = &mounts->item[i - 1];
		const char *rest = below(path, mount->target);

		if (rest == NULL || init->tree[i - 1] < 0)
			continue;
		if (mount->kind != PLAN_MOUNT_FS ||
		    (strcmp(mount->type, "proc") != 0 && strcmp(mount->type, "sysfs") != 0))
			break;
		if (strcmp(mount->type, "proc") == 0) {
			int fd = rootpath_beneath(init->tree[i - 1], rest, O_PATH);

			*ret_fixed = fd >= 0;
			if (fd >= 0 || errno != EXDEV)
				return fd;
		}
		/* Mounts of ours may lie in between, so crossing mounts is allowed. */
		return rootpath_open(init->tree[i - 1], rest, ROOTPATH_NONE);
	}
	return rootpath_open(init->root, path, ROOTPATH_FOLLOW);
}

/* ENOENT and ENOTDIR: no such path in this container, so nothing to protect. */
static bool is_absent(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

static int say_moved(const struct plan_path *path, struct err *err)
{
	return err_say(err, path->at, "%s leads somewhere else than a moment ago: it is being moved while it is "
		       "protected", path->path);
}

/*
 * A path that was just covered leads to the cover, unless somebody with a hand in a shared volume exchanges
 * directories meanwhile: then it is the start that fails, not the mask (security.md R4).  Nobody can where
 * open_path() says that names are fixed.
 */
static int check_cover(const struct init *init, const struct plan_path *path, int cover, struct err *err)
{
	bool fixed;
	auto_fd int there = open_path(init, path->path, &fixed);
	struct stat a, b;

	if (there < 0 || fstat(there, &a) < 0 || fstat(cover, &b) < 0)
		return err_errno(err, path->at, "look at %s once more", path->path);
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return say_moved(path, err);
	return 0;
}

static int check_readonly(const struct init *init, const struct plan_path *path, struct err *err)
{
	bool fixed;
	auto_fd int there = open_path(init, path->path, &fixed);
	struct statvfs fs;

	if (there < 0 || fstatvfs(there, &fs) < 0)
		return err_errno(err, path->at, "look at %s once more", path->path);
	return fs.f_flag & ST_RDONLY ? 0 : say_moved(path, err);
}

/*
 * A read-only copy of what is mounted at @target, attached there; with all mounts below it.  Before Linux 5.12
 * those cannot be made read-only together, so they are left out and covered.
 */
static int attach_readonly(int target)
{
	auto_fd int tree = mountfd_clone(target, NULL, true);

	if (tree < 0)
		return -1;
	if (mountfd_setattr(tree, true, MOUNT_ATTR_RDONLY, 0) == 0)
		return mountfd_attach(tree, target);
	if (errno != ENOSYS)
		return -1;
	fd_close(&tree);
	tree = mountfd_clone(target, NULL, false);
	if (tree < 0 || mountfd_attach(tree, target) < 0)
		return -1;
	return mountfd_setattr(tree, false, MOUNT_ATTR_RDONLY, 0);
}

static int make_readonly(const struct init *init, const struct plan_path *path, struct err *err)
{
	auto_fd int target = -1;
	bool fixed;

	target = open_path(init, path->path, &fixed);
	if (target < 0)
		return is_absent(errno) ? 0 : err_errno(err, path->at, "open %s", path->path);
	if (attach_readonly(target) < 0)
		return err_errno(err, path->at, "make %s read-only", path->path);
	return fixed ? 0 : check_readonly(init, path, err);
}

/* One tmpfs for every masked directory: read-only, with room for its root alone. */
static int new_empty_dir(struct err *err)
{
	static const struct plan_param params[] = {
		{ "source", "tmpfs" }, { "size", "4k" }, { "nr_inodes", "2" }, { "mode", "755" },
	};
	auto_fd int fs = -1;
	int tree;

	fs = mountfd_fsopen("tmpfs");
	if (fs < 0)
		return err_errno(err, ERR_NOWHERE, "open file system tmpfs");
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		if (mountfd_set(fs, params[i].key, params[i].value) < 0)
			return err_errno(err, ERR_NOWHERE, "set option \"%s\" of the mask", params[i].key);
	}
	tree = mountfd_create(fs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return tree < 0 ? err_errno(err, ERR_NOWHERE, "mount the mask of directories") : tree;
}

/*
 * What covers paths: one mount for files and one for directories, -1 until the first path needs it.
 * The first path gets that mount itself, the others clones of it (a detached mount cannot be cloned
 * before Linux 6.15).
 */
struct covers {
	int file, dir;
};

/* The host's null device is read-only there: its inode is the host's, and must not change mode or owner. */
#define NULL_ATTR (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

static int cover_first(const struct init *init, struct covers *covers, int target, bool is_dir, struct err *err)
{
	int r = 0;

	if (is_dir) {
		covers->dir = new_empty_dir(err);
		if (covers->dir < 0)
			return -1;
		return mountfd_attach(covers->dir, target) < 0 ? err_errno(err, ERR_NOWHERE, "attach the mask") : 0;
	}
	covers->file = mountfd_clone(init->null, NULL, false);
	if (covers->file >= 0)
		r = mountfd_setattr(covers->file, false, NULL_ATTR, 0);
	/* ENOSYS: before Linux 5.12 only once it is attached. */
	if (covers->file < 0 || (r < 0 && errno != ENOSYS))
		return err_errno(err, ERR_NOWHERE, "prepare the mask of files");
	if (mountfd_attach(covers->file, target) < 0 ||
	    (r < 0 && mountfd_setattr(covers->file, false, NULL_ATTR, 0) < 0))
		return err_errno(err, ERR_NOWHERE, "attach the mask");
	return 0;
}

static int cover(const struct init *init, struct covers *covers, int target, bool is_dir, struct err *err)
{
	int first = is_dir ? covers->dir : covers->file;
	auto_fd int tree = -1;

	if (first < 0)
		return cover_first(init, covers, target, is_dir, err);
	tree = mountfd_clone(first, NULL, false);
	if (tree < 0)
		return err_errno(err, ERR_NOWHERE, "copy the mask");
	return mountfd_attach(tree, target) < 0 ? err_errno(err, ERR_NOWHERE, "attach the mask") : 0;
}

static int mask(const struct init *init, const struct plan_path *path, struct covers *covers, struct err *err)
{
	auto_fd int target = -1;
	struct stat st;
	bool is_dir, fixed;

	target = open_path(init, path->path, &fixed);
	if (target < 0)
		return is_absent(errno) ? 0 : err_errno(err, path->at, "open %s", path->path);
	if (fstat(target, &st) < 0)
		return err_errno(err, path->at, "look at %s", path->path);
	is_dir = S_ISDIR(st.st_mode);
	if (cover(init, covers, target, is_dir, err) < 0)
		return err_wrap(err, path->at, "mask %s", path->path);
	return fixed ? 0 : check_cover(init, path, is_dir ? covers->dir : covers->file, err);
}

static int mask_all(const struct init *init, struct covers *covers, struct err *err)
{
	const struct plan_masks *masks = &init->plan->masks;

	for (size_t i = 0; i < masks->n_masked; i++) {
		if (mask(init, &masks->masked[i], covers, err) < 0)
			return -1;
	}
	return 0;
}

int masks_apply(struct init *init, struct err *err)
{
	const struct plan_masks *masks = &init->plan->masks;
	struct covers covers = { -1, -1 };
	int r;

	for (size_t i = 0; i < masks->n_readonly; i++) {
		if (make_readonly(init, &masks->readonly[i], err) < 0)
			return -1;
	}
	r = mask_all(init, &covers, err);
	fd_close(&covers.file);
	fd_close(&covers.dir);
	return r;
}
