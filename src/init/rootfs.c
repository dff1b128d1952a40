/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root file system; see rootfs.h.  Mounts are made detached, get their attributes there, and are
 * attached by descriptor to a target that was resolved once, inside the root (security.md R1, R3).
 * Runs in: init.
 */
#include "init/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/cgroupfs.h"
#include "init/copyup.h"
#include "init/init.h"
#include "init/label.h"
#include "init/newfs.h"
#include "init/oldroot.h"
#include "init/sources.h"
#include "sys/inode.h"
#include "sys/mountfd.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"

/* Inode of the root directory of every procfs (PROC_ROOT_INO). */
#define PROC_ROOT_INODE 1

static bool is_proc(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_FS && strcmp(mount->type, "proc") == 0;
}

static bool is_kernel_view(const struct plan_mount *mount)
{
	return is_proc(mount) || mount->is_proc_bound || (mount->kind == PLAN_MOUNT_FS && strcmp(mount->type, "sysfs") == 0);
}

/* A procfs that shows everything and may be written to, as sysctls need it. */
static bool is_whole_proc(const struct plan_mount *mount)
{
	return is_proc(mount) && mount->n_params == 0 && (mount->attr.set & MOUNT_ATTR_RDONLY) == 0;
}

/* @fd, called @name, is the root directory of a procfs: no directory that looks like one (security.md V02). */
static int check_whole_proc(int fd, uint32_t at, const char *name, struct err *err)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return err_errno(err, at, "look at %s", name);
	if ((unsigned long)fs.f_type != UAPI_PROC_SUPER_MAGIC || st.st_ino != PROC_ROOT_INODE)
		return err_say(err, at, "%s is no file system of type \"proc\", and nothing else may be mounted on "
			       "/proc", name);
	return 0;
}

/*
 * In a pid namespace that belongs to somebody else's user namespace no procfs can be mounted (EPERM).  Where the
 * config binds one, the host's own, in which we still are, does for what has to be written.
 */
static int open_bound_proc(struct init *init, struct err *err)
{
	const struct plan_mounts *mounts = &init->plan->mounts;
	bool is_bound = false;

	for (size_t i = 0; i < mounts->n; i++)
		is_bound |= mounts->item[i].is_proc_bound;
	if (!is_bound || err->code != EPERM)
		return -1;
	*err = ERR_INIT;
	init->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (init->proc < 0)
		return err_errno(err, ERR_NOWHERE, "open /proc");
	return check_whole_proc(init->proc, ERR_NOWHERE, "/proc of the host", err);
}

int rootfs_prepare_proc(struct init *init, struct err *err)
{
	const struct plan_mounts *mounts = &init->plan->mounts;
	static const struct plan_mount private_proc = { .at = ERR_NOWHERE, .kind = PLAN_MOUNT_FS, .type = "proc",
							 .source = "proc", .target = "the runtime's own use" };

	for (size_t i = 0; i < mounts->n; i++) {
		if (!is_whole_proc(&mounts->item[i]))
			continue;
		init->tree[i] = newfs_make(&mounts->item[i], NULL, err);
		if (init->tree[i] < 0)
			return -1;
		init->proc = fcntl(init->tree[i], F_DUPFD_CLOEXEC, 3);
		return init->proc < 0 ? err_errno(err, ERR_NOWHERE, "keep the procfs") : 0;
	}
	init->proc = newfs_make(&private_proc, NULL, err);
	return init->proc < 0 ? open_bound_proc(init, err) : 0;
}

/*
 * rootfsPropagation with MS_REC, for what the root tree brings along; mounts of the plan get it one by
 * one, unless they have their own.  The root itself stays a slave until pivot_root(2) is done, which
 * refuses a shared one.
 */
static int spread_propagation(const struct init *init)
{
	unsigned long type = init->plan->root.propagation;

	if (mountfd_propagate(init->root, true, MS_SLAVE) < 0)
		return -1;
	if ((type & MS_REC) == 0 || (type & MS_SLAVE) != 0)
		return 0;
	if (mountfd_propagate(init->root, true, type & ~(unsigned long)MS_REC) < 0)
		return -1;
	return mountfd_propagate(init->root, false, MS_SLAVE);
}

/* Before Linux 5.12 only what is attached can be changed. */
static int attach_root(const struct init *init, int here)
{
	int r = spread_propagation(init);

	/* EPERM: not even that while it belongs to the host's user namespace. */
	if (r < 0 && errno != ENOSYS && errno != EPERM)
		return -1;
	if (mountfd_attach(init->root, here) < 0)
		return -1;
	return r < 0 ? spread_propagation(init) : 0;
}

/* Without a mount namespace of our own nothing is attached: the directory itself is the root. */
static int open_directory(struct init *init, struct err *err)
{
	const struct plan_namespaces *ns = &init->plan->namespaces;
	const struct plan_root *root = &init->plan->root;
	bool is_elsewhere = false;

	for (size_t i = 0; i < ns->n_join; i++)
		is_elsewhere |= ns->join[i].flag == CLONE_NEWNS;
	fd_close(&init->root);
	init->root = openat(AT_FDCWD, is_elsewhere ? root->path : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return init->root < 0 ? err_errno(err, root->at, "open the root file system %s", root->path) : 0;
}

int rootfs_attach(struct init *init, struct err *err)
{
	auto_fd int here = -1;
	struct stat st;

	init->null = openat(AT_FDCWD, "/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (init->null < 0 || fstat(init->null, &st) < 0)
		return err_errno(err, ERR_NOWHERE, "open the host's /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != 0x103)
		return err_say(err, ERR_NOWHERE, "the host's /dev/null is not the null device");
	if (init->plan->root.is_entered)
		return open_directory(init, err);
	/* The host's later mounts may come in where the config wants it, nothing of ours goes out. */
	here = openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC);
	if (here < 0 || mountfd_propagate(here, true, MS_SLAVE) < 0)
		return err_errno(err, ERR_NOWHERE, "make the mounts of the new namespace slaves");
	fd_close(&here);
	/*
	 * The host changed to the root file system's directory before the clone, so that our working
	 * directory is that directory in the new namespace and no path is looked up a second time.
	 */
	here = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (here < 0 || attach_root(init, here) < 0)
		return err_errno(err, init->plan->root.at, "attach the root file system %s", init->plan->root.path);
	return 0;
}

/*
 * struct ground - what rootfs_mount() knows of the places that it mounts on
 * @root: of init->root
 * @plain: devices of superblocks that were seen not to be a procfs, @n_plain of them
 * @may_share: a mount may be shared, and what is mounted below one is born shared
 */
struct ground {
	struct inode root;
	uint64_t plain[4];
	size_t n_plain;
	bool may_share;
};

/* Permission bits of what @target covers, as fsconfig(2) wants them. */
static int mode_of(int target, const struct plan_mount *mount, char *mode, size_t size, struct err *err)
{
	struct stat st;

	if (fstat(target, &st) < 0)
		return err_errno(err, mount->at, "look at %s", mount->target);
	(void)snprintf(mode, size, "%o", st.st_mode & 07777);
	return 0;
}

/*
 * A target that looked harmless in config.json may lead into a procfs through a link of the image: what lies
 * there must not be covered by anything that is not on the list of plan/mounts.c (security.md R4, V02).
 */
static int check_target(struct ground *ground, const struct plan_mount *mount, int target, const struct inode *there,
			struct err *err)
{
	struct statfs fs;

	for (size_t i = 0; i < ground->n_plain; i++) {
		if (ground->plain[i] == there->dev)
			return 0;
	}
	if (fstatfs(target, &fs) < 0)
		return err_errno(err, mount->at, "look at %s", mount->target);
	if ((unsigned long)fs.f_type != UAPI_PROC_SUPER_MAGIC) {
		if (ground->n_plain < sizeof(ground->plain) / sizeof(ground->plain[0]))
			ground->plain[ground->n_plain++] = there->dev;
		return 0;
	}
	if (mount->is_proc_below ||
	    ((is_proc(mount) || mount->is_proc_bound) && there->ino == PROC_ROOT_INODE))
		return 0;
	return err_say(err, mount->at, "%s leads into a file system of type \"proc\", where nothing may be mounted",
		       mount->target);
}

/* "copy-symlink": the link itself is made anew, pointing to wherever it points to. */
static int copy_link(const struct init *init, const struct plan_mount *mount, int link, struct err *err)
{
	char target[PATH_MAX], there[PATH_MAX], name[NAME_MAX + 1];
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);
	auto_fd int dir = -1;

	if (n < 0)
		return err_errno(err, mount->at, "read the link %s", mount->source);
	target[n] = '\0';
	dir = rootpath_parent(init->root, mount->target, name, sizeof(name));
	if (dir < 0)
		return err_errno(err, mount->at, "open the directory of %s", mount->target);
	if (symlinkat(target, dir, name) == 0)
		return 0;
	if (errno != EEXIST)
		return err_errno(err, mount->at, "link %s", mount->target);
	if (readlinkat(dir, name, there, sizeof(there)) == n && memcmp(there, target, (size_t)n) == 0)
		return 0;
	return err_say(err, mount->at, "%s exists and is not a link to \"%s\"", mount->target, target);
}

/*
 * @shown: what is going to be seen there; -1 for a new file system, whose root is a directory.
 * What is there so far goes to *@ret_there.
 */
static int open_target(const struct init *init, const struct plan_mount *mount, int shown, struct ground *ground,
		       struct inode *ret_there, struct err *err)
{
	enum rootpath_links links = ROOTPATH_FOLLOW;
	enum rootpath_kind kind = ROOTPATH_DIR;
	auto_fd int target = -1;
	struct stat st;

	if (shown >= 0 && fstat(shown, &st) < 0)
		return err_errno(err, mount->at, "look at the source of %s", mount->target);
	if (shown >= 0 && !S_ISDIR(st.st_mode))
		kind = ROOTPATH_FILE;
	if (mount->dest_nofollow)
		links = ROOTPATH_NOFOLLOW_LAST;
	/* A link in place of /proc or /sys would put the kernel's view somewhere else (V03-V06). */
	if (is_kernel_view(mount) || mount->is_proc_below)
		links = ROOTPATH_NONE;
	target = rootpath_make(init->root, mount->target, kind, links, ret_there);
	if (target >= 0)
		return check_target(ground, mount, target, ret_there, err) < 0 ? -1 : take_fd(&target);
	if (errno == EROFS)
		return err_say(err, mount->at, "the mount point %s is missing and the file system it belongs in is "
			       "read-only; make it in the image", mount->target);
	/* Managers explain the words "not a directory" as a bind of the wrong kind, so only then. */
	if (errno == ENOTDIR && kind == ROOTPATH_DIR)
		return err_say(err, mount->at, "mount a directory on %s: %s", mount->target,
			       is_kernel_view(mount) ? "something else stands there" : "not a directory");
	return err_errno(err, mount->at, "open the mount point %s", mount->target);
}

/* The detached mount for @mount, which is going to be attached to @target. */
static int make_tree(const struct init *init, size_t i, int target, struct err *err)
{
	const struct plan_mount *mount = &init->plan->mounts.item[i];
	auto_fd int tree = -1;
	char mode[8];

	if (mount->kind == PLAN_MOUNT_CGROUP1 || mount->kind == PLAN_MOUNT_CGROUP2)
		return cgroupfs_make(init, mount, err);
	if (mount->mode_from_target && mode_of(target, mount, mode, sizeof(mode), err) < 0)
		return -1;
	tree = newfs_make(mount, mount->mode_from_target ? mode : NULL, err);
	if (tree < 0 || (mount->tmpcopyup && copyup_fill(init, mount, target, tree, err) < 0))
		return -1;
	return take_fd(&tree);
}

/* The ids of a new file system; those of a bind were mapped by the host, which has the rights over its source. */
static int map_ids(struct init *init, size_t i, struct err *err)
{
	const struct plan_mount *mount = &init->plan->mounts.item[i];
	auto_fd int user_ns = take_fd(&init->idmap[i]);

	if (user_ns < 0 || mountfd_idmap(init->tree[i], mount->idmap->recursive, user_ns) == 0)
		return 0;
	if (errno == EINVAL)
		return err_say(err, mount->idmap->at, "the file system %s of %s cannot be id-mapped by this kernel",
			       mount->type, mount->target);
	return err_errno(err, mount->idmap->at, "map the ids of %s", mount->target);
}

static int set_attributes(const struct plan_mount *mount, int tree, struct err *err)
{
	const struct plan_attr *all = &mount->attr_recursive;

	/* A new superblock's mount was born with mount->attr. */
	if (mount->kind == PLAN_MOUNT_BIND && (mount->attr.set | mount->attr.clear) != 0 &&
	    mountfd_setattr(tree, false, mount->attr.set, mount->attr.clear) < 0)
		return err_errno(err, mount->at, "set the flags of %s", mount->target);
	if ((all->set | all->clear) != 0 && mountfd_setattr(tree, true, all->set, all->clear) < 0)
		return err_errno(err, mount->at, "set the recursive flags of %s%s", mount->target,
				 errno == ENOSYS ? " (Linux 5.12 can)" : "");
	return 0;
}

/* With its attributes from the first moment on, where the kernel can give them to a detached mount (5.12). */
static int attach(const struct plan_mount *mount, int tree, int target, struct err *err)
{
	bool is_late = set_attributes(mount, tree, err) < 0;

	if (is_late && err->code != ENOSYS && err->code != EPERM)
		return -1;
	if (mountfd_attach(tree, target) < 0)
		return err_errno(err, mount->at, "attach %s on %s", mount->type, mount->target);
	return is_late ? set_attributes(mount, tree, err) : 0;
}

/*
 * Nothing can be bound from an unbindable mount, and masked and read-only paths in it are still to be: until the end it
 * is a private one, which shares nothing with others either.
 */
static unsigned long early_type(unsigned long type)
{
	return (type & MS_UNBINDABLE) == 0 ? type : (type & ~(unsigned long)MS_UNBINDABLE) | MS_PRIVATE;
}

static int propagate_one(const struct plan_mount *mount, unsigned long type, int tree, struct err *err)
{
	if (mountfd_propagate(tree, (type & MS_REC) != 0, type & ~(unsigned long)MS_REC) < 0)
		return err_errno(err, mount->at, "set the propagation of %s", mount->target);
	return 0;
}

/* The first of the mount's types that counts only at the end, mount->n_propagation without one. */
static size_t find_late(const struct plan_mount *mount)
{
	size_t n = 0;

	while (n < mount->n_propagation && (mount->propagation[n] & MS_UNBINDABLE) == 0)
		n++;
	return n;
}

/* The type that a mount without its own has from the root, 0 for none. */
static unsigned long propagation_of_root(const struct init *init, const struct plan_mount *mount)
{
	unsigned long type = init->plan->root.propagation;

	if (mount->n_propagation != 0 || mount->kind == PLAN_MOUNT_REMOUNT || (type & MS_REC) == 0)
		return 0;
	return type & ~(unsigned long)MS_REC;
}

/*
 * A new file system's mount is private, below a mount that is not shared it stays so, and nothing changes by making
 * it a slave of nobody.
 */
static bool is_private(const struct plan_mount *mount, const struct ground *ground, unsigned long type)
{
	bool is_new = mount->kind == PLAN_MOUNT_FS || mount->kind == PLAN_MOUNT_CGROUP2;

	return is_new && !ground->may_share && (type == MS_SLAVE || type == MS_PRIVATE);
}

static int propagate(const struct init *init, const struct plan_mount *mount, int tree, const struct ground *ground,
		     struct err *err)
{
	unsigned long of_root = propagation_of_root(init, mount);

	if (of_root != 0 && !is_private(mount, ground, of_root) &&
	    propagate_one(mount, early_type(of_root), tree, err) < 0)
		return -1;
	for (size_t i = 0; i < mount->n_propagation; i++) {
		if (propagate_one(mount, early_type(mount->propagation[i]), tree, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * The end, mount after mount.  What comes with all mounts below, @is_below_late, also met those that were mounted
 * later, whose own types then count once more.
 */
static int propagate_late(const struct init *init, const struct plan_mount *mount, int tree, bool *is_below_late,
			  struct err *err)
{
	size_t late = find_late(mount);

	if (propagation_of_root(init, mount) == MS_UNBINDABLE && propagate_one(mount, MS_UNBINDABLE, tree, err) < 0)
		return -1;
	for (size_t i = *is_below_late ? 0 : late; i < mount->n_propagation; i++) {
		if (propagate_one(mount, mount->propagation[i], tree, err) < 0)
			return -1;
	}
	for (size_t i = late; i < mount->n_propagation; i++)
		*is_below_late |= (mount->propagation[i] & MS_REC) != 0;
	return 0;
}

/* "remount": parameters of the file system that is there, then attributes of its mount. */
static int remount(struct init *init, size_t i, const struct ground *ground, struct err *err)
{
	const struct plan_mount *mount = &init->plan->mounts.item[i];
	const struct plan_attr *all = &mount->attr_recursive;
	auto_fd int target = -1;

	target = rootpath_open(init->root, mount->target, ROOTPATH_FOLLOW);
	if (target < 0)
		return err_errno(err, mount->at, "open %s", mount->target);
	if (newfs_change(mount, target, err) < 0)
		return -1;
	if ((mount->attr.set | mount->attr.clear) != 0 &&
	    mountfd_setattr(target, false, mount->attr.set, mount->attr.clear) < 0)
		return err_errno(err, mount->at, "set the flags of %s", mount->target);
	if ((all->set | all->clear) != 0 && mountfd_setattr(target, true, all->set, all->clear) < 0)
		return err_errno(err, mount->at, "set the recursive flags of %s", mount->target);
	if (propagate(init, mount, target, ground, err) < 0)
		return -1;
	if (find_late(mount) < mount->n_propagation)
		init->tree[i] = take_fd(&target);
	return 0;
}

static int place(struct init *init, size_t i, struct ground *ground, struct err *err)
{
	const struct plan_mount *mount = &init->plan->mounts.item[i];
	int *tree = &init->tree[i];
	auto_fd int target = -1;
	struct inode there;
	struct stat st;
	bool is_root;

	if (mount->kind == PLAN_MOUNT_REMOUNT)
		return remount(init, i, ground, err);
	if (mount->copy_symlink && fstat(*tree, &st) == 0 && S_ISLNK(st.st_mode))
		return copy_link(init, mount, *tree, err);
	target = open_target(init, mount, *tree >= 0 ? *tree : init->source[i], ground, &there, err);
	if (target < 0)
		return -1;
	is_root = inode_is_same(&ground->root, &there);
	if (is_root && init->plan->exec.present)
		return err_say(err, mount->at, "%s leads to the container's root, which its processes have already",
			       mount->target);
	if (mount->kind == PLAN_MOUNT_BIND && sources_copy(init, i, err) < 0)
		return -1;
	if (mount->is_proc_bound && check_whole_proc(*tree, mount->at, mount->source, err) < 0)
		return -1;
	if (*tree < 0)
		*tree = make_tree(init, i, target, err);
	if (*tree < 0 || map_ids(init, i, err) < 0 || attach(mount, *tree, target, err) < 0)
		return -1;
	if (label_mount(mount, *tree, err) < 0)
		return -1;
	if (mount->kind == PLAN_MOUNT_CGROUP1 && cgroupfs_fill(init, mount, *tree, err) < 0)
		return -1;
	if (propagate(init, mount, *tree, ground, err) < 0)
		return -1;
	if (is_root) {
		/* From now on this is the root that paths are looked up in. */
		fd_close(&init->root);
		init->root = fcntl(*tree, F_DUPFD_CLOEXEC, 3);
		if (init->root < 0 || inode_look(init->root, &ground->root) < 0)
			return err_errno(err, mount->at, "keep the root file system");
	}
	return 0;
}

static int look_at_ground(const struct init *init, struct ground *ground, struct err *err)
{
	/* What others have mounted in a container that runs is not known. */
	*ground = (struct ground){ .may_share = init->plan->exec.present || sources_may_share(init->plan) };
	if (inode_look(init->root, &ground->root) < 0)
		return err_errno(err, init->plan->root.at, "look at the root file system");
	return 0;
}

int rootfs_place(struct init *init, size_t i, struct err *err)
{
	struct ground ground;

	return look_at_ground(init, &ground, err) < 0 ? -1 : place(init, i, &ground, err);
}

int rootfs_mount(struct init *init, struct err *err)
{
	struct ground ground;

	if (look_at_ground(init, &ground, err) < 0)
		return -1;
	for (size_t i = 0; i < init->plan->mounts.n; i++) {
		if (place(init, i, &ground, err) < 0)
			return err_wrap(err, init->plan->mounts.item[i].at, "mounts[%zu]", i);
	}
	return 0;
}

/* The old root cannot be let go, so what must not be seen of it goes. */
static int move_root(struct init *init, struct err *err)
{
	auto_fd int old = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int table = oldroot_open_table(init, err);

	if (table < 0)
		return -1;
	if (old < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0)
		return err_errno(err, init->plan->root.at, "move the root file system to /");
	return oldroot_clear(init, old, table, err);
}

int rootfs_change(struct init *init, struct err *err)
{
	if (fchdir(init->root) < 0)
		return err_errno(err, ERR_NOWHERE, "change to the root file system");
	if (init->plan->root.is_entered) {
		if (chroot(".") < 0)
			return err_errno(err, init->plan->root.at, "change the root to %s", init->plan->root.path);
		return chdir("/") < 0 ? err_errno(err, ERR_NOWHERE, "change to /") : 0;
	}
	if (init->plan->root.no_pivot) {
		if (move_root(init, err) < 0)
			return -1;
		return chdir("/") < 0 ? err_errno(err, ERR_NOWHERE, "change to /") : 0;
	}
	/* Both at one place: the old root lies on top of the new one, where "." leads, pivot_root(2). */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return err_errno(err, init->plan->root.at, "pivot to the root file system");
	if (umount2(".", MNT_DETACH) < 0)
		return err_errno(err, ERR_NOWHERE, "let the old root go");
	return chdir("/") < 0 ? err_errno(err, ERR_NOWHERE, "change to /") : 0;
}

int rootfs_seal(struct init *init, size_t i, bool *is_below_late, struct err *err)
{
	const struct plan_mount *mount = &init->plan->mounts.item[i];
	bool is_late = mount->late_readonly ||
		       (mount->kind == PLAN_MOUNT_CGROUP1 && (mount->attr.set & MOUNT_ATTR_RDONLY) != 0);

	if (is_late && mountfd_setattr(init->tree[i], false, MOUNT_ATTR_RDONLY, 0) < 0)
		return err_errno(err, mount->at, "make %s read-only", mount->target);
	return init->tree[i] < 0 ? 0 : propagate_late(init, mount, init->tree[i], is_below_late, err);
}

int rootfs_finish(struct init *init, struct err *err)
{
	const struct plan_root *root = &init->plan->root;
	bool is_below_late = false;

	for (size_t i = 0; i < init->plan->mounts.n; i++) {
		if (rootfs_seal(init, i, &is_below_late, err) < 0)
			return -1;
		fd_close(&init->tree[i]);
	}
	if (root->readonly && mountfd_setattr(init->root, false, MOUNT_ATTR_RDONLY, 0) < 0)
		return err_errno(err, root->at, "make the root file system read-only");
	if (root->propagation != 0 &&
	    mountfd_propagate(init->root, false, root->propagation & ~(unsigned long)MS_REC) < 0)
		return err_errno(err, root->at, "set the propagation of /");
	return 0;
}

int rootfs_release(struct init *init, struct err *err)
{
	(void)err;
	fd_close(&init->proc);
	fd_close(&init->null);
	fd_close(&init->root);
	return 0;
}
