/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state record as a JSON document: one table serves reading and writing; see record.h.
 * Runs in: host.
 */
#include "state/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "libocispec/arena.h"
#include "libocispec/oci/hook.h"
#include "libocispec/oci/linux.h"
#include "libocispec/oci/process.h"
#include "libocispec/read.h"
#include "libocispec/shape.h"
#include "libocispec/source.h"
#include "libocispec/write.h"

/* The new record until it is renamed; a dot entry, as all that is not meant for others. */
#define TEMPORARY "." RECORD_FILE ".new"

/* linux/fs.h: RENAME_EXCHANGE, which not every C library has */
#define EXCHANGE 2u

struct doc_init {
	uint32_t at, end;
	uint32_t pid;
	uint64_t start_time;
	const char *boot_id;
	uint64_t pidfd_inode;
};

struct doc_tree {
	uint32_t at, end;
	const char *mount;
	const char *controllers;
	bool is_v2;
	uint32_t kept;
};

struct doc_cgroup {
	uint32_t at, end;
	int manager;
	int mode;
	const char *path;
	const char *unit;
	bool is_user;
	struct oci_list trees;	/* struct doc_tree */
};

struct doc_rdt {
	uint32_t at, end;
	const char *group;
	bool has_group;
	bool has_monitor;
};

struct doc {
	uint32_t at, end;
	uint32_t version;
	const char *id;
	const char *bundle;
	const char *rootfs;
	const char *created;
	const char *oci_version;
	uint32_t owner;
	int phase;
	struct doc_init *init;
	struct oci_map annotations;
	struct doc_cgroup *cgroup;
	struct doc_rdt *rdt;
	uint64_t device_rules;
	bool shares_pids;
	const struct oci_process *process;
	struct oci_strings descriptors;
	const char *config;
	const struct oci_linux *on_linux;
	bool new_keyring;
	bool enters_root;
	struct oci_list poststart, poststop;	/* struct oci_hook */
};

/* Numbers of libocispec's word lists begin at 1, those of our enums at 0. */
static const struct oci_name managers[] = {
	{ "cgroupfs", CGROUP_MANAGER_CGROUPFS + 1 },
	{ "systemd",  CGROUP_MANAGER_SYSTEMD + 1 },
	{ "disabled", CGROUP_MANAGER_DISABLED + 1 },
};
static const struct oci_names manager_names = OCI_NAMES("a cgroup manager", managers);

static const struct oci_name modes[] = {
	{ "none",   CGROUP_MODE_NONE + 1 },
	{ "v1",     CGROUP_MODE_V1 + 1 },
	{ "hybrid", CGROUP_MODE_HYBRID + 1 },
	{ "v2",     CGROUP_MODE_V2 + 1 },
};
static const struct oci_names mode_names = OCI_NAMES("a cgroup mode", modes);

static const struct oci_name phases[] = {
	{ "creating", RECORD_CREATING },
	{ "created",  RECORD_CREATED },
	{ "running",  RECORD_RUNNING },
	{ "starting", RECORD_STARTING },
};
static const struct oci_names phase_names = OCI_NAMES("a phase", phases);

static const struct oci_field init_fields[] = {
	OCI_U32_IN(struct doc_init, pid,         "pid",        OCI_REQUIRED, 0, INT32_MAX),
	OCI_U64(struct doc_init,    start_time,  "startTime",  0),
	OCI_STRING(struct doc_init, boot_id,     "bootId",     0),
	OCI_U64(struct doc_init,    pidfd_inode, "pidfdInode", 0),
};
static const struct oci_shape init_shape = OCI_SHAPE(struct doc_init, "process", init_fields);

static const struct oci_field tree_fields[] = {
	OCI_STRING(struct doc_tree, mount,       "mount",       OCI_REQUIRED),
	OCI_STRING(struct doc_tree, controllers, "controllers", OCI_REQUIRED),
	OCI_BOOL(struct doc_tree,   is_v2,       "v2",          0),
	OCI_U32(struct doc_tree,    kept,        "kept",        OCI_REQUIRED),
};
static const struct oci_shape tree_shape = OCI_SHAPE(struct doc_tree, "cgroup tree", tree_fields);

static const struct oci_field cgroup_fields[] = {
	OCI_ENUM(struct doc_cgroup,    manager, "manager", OCI_REQUIRED, &manager_names),
	OCI_ENUM(struct doc_cgroup,    mode,    "mode",    OCI_REQUIRED, &mode_names),
	OCI_STRING(struct doc_cgroup,  path,    "path",    0),
	OCI_STRING(struct doc_cgroup,  unit,    "unit",    0),
	OCI_BOOL(struct doc_cgroup,    is_user, "userUnit", 0),
	OCI_OBJECTS(struct doc_cgroup, trees,   "trees",   0, &tree_shape),
};
static const struct oci_shape cgroup_shape = OCI_SHAPE(struct doc_cgroup, "cgroup", cgroup_fields);

static const struct oci_field rdt_fields[] = {
	OCI_STRING(struct doc_rdt, group,       "group",      OCI_REQUIRED),
	OCI_BOOL(struct doc_rdt,   has_group,   "hasGroup",   0),
	OCI_BOOL(struct doc_rdt,   has_monitor, "hasMonitor", 0),
};
static const struct oci_shape rdt_shape = OCI_SHAPE(struct doc_rdt, "resctrl group", rdt_fields);

static const struct oci_field doc_fields[] = {
	OCI_U32(struct doc,        version,     "version",     OCI_REQUIRED),
	OCI_STRING(struct doc,     id,          "id",          OCI_REQUIRED),
	OCI_STRING(struct doc,     bundle,      "bundle",      OCI_REQUIRED),
	OCI_STRING(struct doc,     rootfs,      "rootfs",      OCI_REQUIRED),
	OCI_STRING(struct doc,     created,     "created",     OCI_REQUIRED),
	OCI_STRING(struct doc,     oci_version, "ociVersion",  OCI_REQUIRED),
	OCI_U32(struct doc,        owner,       "owner",       OCI_REQUIRED),
	OCI_ENUM(struct doc,       phase,       "phase",       OCI_REQUIRED, &phase_names),
	OCI_OBJECT(struct doc,     init,        "init",        OCI_REQUIRED, &init_shape),
	OCI_STRING_MAP(struct doc, annotations, "annotations", 0),
	OCI_OBJECT(struct doc,     cgroup,      "cgroup",      OCI_REQUIRED, &cgroup_shape),
	OCI_OBJECT(struct doc,     rdt,         "rdt",         0, &rdt_shape),
	OCI_U64(struct doc,        device_rules, "deviceRules", 0),
	OCI_BOOL(struct doc,       shares_pids, "sharesPids",  0),
	OCI_OBJECT(struct doc,     process,     "process",     0, &oci_process_shape),
	OCI_STRINGS(struct doc,    descriptors, "descriptors", 0),
	OCI_STRING(struct doc,     config,      "config",      0),
	OCI_OBJECT(struct doc,     on_linux,    "linux",       0, &oci_linux_shape),
	OCI_BOOL(struct doc,       new_keyring, "newKeyring",  0),
	OCI_BOOL(struct doc,       enters_root, "entersRoot",  0),
	OCI_OBJECTS(struct doc,    poststart,   "poststart",   0, &oci_hook_shape),
	OCI_OBJECTS(struct doc,    poststop,    "poststop",    0, &oci_hook_shape),
};
static const struct oci_shape doc_shape = OCI_SHAPE(struct doc, "state record", doc_fields);

/* Of a record of any version, this much stays. */
struct doc_version {
	uint32_t at, end;
	uint32_t version;
};

static const struct oci_field version_fields[] = {
	OCI_U32(struct doc_version, version, "version", OCI_REQUIRED),
};
static const struct oci_shape version_shape =
	OCI_SHAPE(struct doc_version, "state record", version_fields);

/* A NULL-terminated vector as a list; an empty one is written too, [] is not the same as absent. */
static struct oci_strings list_of(struct arena *arena, const char *const *vector)
{
	struct oci_strings list = { .set = true };

	while (vector[list.n])
		list.n++;
	list.item = arena_array(arena, list.n + 1, sizeof(*list.item));
	for (uint32_t i = 0; i < list.n; i++)
		list.item[i] = vector[i];
	return list;
}

static const char *const *vector_of(struct arena *arena, const struct oci_strings *list)
{
	const char **vector = arena_array(arena, list->n + 1, sizeof(*vector));

	for (uint32_t i = 0; i < list->n; i++)
		vector[i] = list->item[i];
	return vector;
}

static struct oci_list doc_hooks(struct arena *arena, const struct plan_hook_list *hooks)
{
	struct oci_list list = { .set = hooks->n > 0, .n = (uint32_t)hooks->n };

	list.item = arena_array(arena, hooks->n + 1, sizeof(*list.item));
	for (size_t i = 0; i < hooks->n; i++) {
		const struct plan_hook *hook = &hooks->item[i];
		struct oci_hook *doc = arena_new(arena, struct oci_hook);

		doc->path = hook->path;
		doc->args = list_of(arena, hook->args);
		doc->env = list_of(arena, hook->env);
		doc->timeout = (struct opt_i64){ .set = hook->timeout > 0, .v = hook->timeout };
		list.item[i] = doc;
	}
	return list;
}

static struct plan_hook_list plan_hooks_of(struct arena *arena, const struct oci_list *list)
{
	struct plan_hook_list hooks = { .n = list->n };

	hooks.item = arena_array(arena, list->n + 1, sizeof(*hooks.item));
	for (uint32_t i = 0; i < list->n; i++) {
		const struct oci_hook *doc = list->item[i];

		hooks.item[i] = (struct plan_hook){
			.at = ERR_NOWHERE,
			.path = doc->path,
			.args = vector_of(arena, &doc->args),
			.env = vector_of(arena, &doc->env),
			.timeout = doc->timeout.v,
		};
	}
	return hooks;
}

static struct doc_cgroup *doc_cgroup(struct arena *arena, const struct cgroup_ref *ref)
{
	struct doc_cgroup *doc = arena_new(arena, struct doc_cgroup);

	doc->manager = (int)ref->manager + 1;
	doc->mode = (int)ref->mode + 1;
	doc->path = ref->path;
	doc->unit = ref->unit;
	doc->is_user = ref->is_user;
	doc->trees = (struct oci_list){ .set = ref->n > 0, .n = (uint32_t)ref->n };
	doc->trees.item = arena_array(arena, ref->n + 1, sizeof(*doc->trees.item));
	for (size_t i = 0; i < ref->n; i++) {
		struct doc_tree *tree = arena_new(arena, struct doc_tree);

		tree->mount = ref->tree[i].mount;
		tree->controllers = ref->tree[i].controllers;
		tree->is_v2 = ref->tree[i].is_v2;
		tree->kept = (uint32_t)ref->tree[i].kept;
		doc->trees.item[i] = tree;
	}
	return doc;
}

/* What is removed later must be a path below a hierarchy, whatever somebody wrote into the file. */
static bool is_cgroup_path(const char *path)
{
	size_t len = path ? strlen(path) : 0;

	return len > 1 && path[0] == '/' && path[len - 1] != '/' && !strstr(path, "//") &&
	       !strstr(path, "/../") && strcmp(path + len - (len > 2 ? 3 : 0), "/..") != 0;
}

/* What is stopped later must be a scope, and no other unit. */
static bool is_scope(const char *unit)
{
	size_t len = unit != NULL ? strlen(unit) : 0, suffix = strlen(".scope");

	return len > suffix && strcmp(unit + len - suffix, ".scope") == 0;
}

static bool is_tree(const struct doc_tree *tree, const char *path)
{
	return !strchr(tree->mount, '/') && tree->mount[0] != '.' &&
	       tree->kept <= strlen(path) && (path[tree->kept] == '/' || path[tree->kept] == '\0');
}

static int read_cgroup(const struct doc_cgroup *doc, struct cgroup_ref *ret, struct err *err)
{
	*ret = (struct cgroup_ref){
		.manager = (enum cgroup_manager)(doc->manager - 1),
		.mode = (enum cgroup_mode)(doc->mode - 1),
		.path = doc->path,
		.unit = doc->unit,
		.is_user = doc->is_user,
	};
	if (ret->manager == CGROUP_MANAGER_SYSTEMD && !is_scope(ret->unit))
		return err_say(err, ERR_NOWHERE, RECORD_FILE ": the systemd unit in it makes no sense");
	if (doc->trees.n == 0)
		return 0;
	if (doc->trees.n > CGROUP_MAX_TREES || !is_cgroup_path(doc->path))
		return err_say(err, ERR_NOWHERE, RECORD_FILE ": the cgroup in it makes no sense");
	for (uint32_t i = 0; i < doc->trees.n; i++) {
		const struct doc_tree *tree = doc->trees.item[i];

		if (!is_tree(tree, doc->path))
			return err_say(err, ERR_NOWHERE,
				       RECORD_FILE ": the cgroup in it makes no sense");
		ret->tree[i] = (struct cgroup_tree_ref){
			.mount = tree->mount,
			.controllers = tree->controllers,
			.is_v2 = tree->is_v2,
			.kept = tree->kept,
		};
	}
	ret->n = doc->trees.n;
	return 0;
}

/* What is removed later must be a directory of resctrl itself. */
static int read_rdt(const struct doc_rdt *doc, struct record_rdt *ret, struct err *err)
{
	*ret = (struct record_rdt){ .group = NULL };
	if (doc == NULL)
		return 0;
	if (strchr(doc->group, '/') != NULL || strcmp(doc->group, ".") == 0 || strcmp(doc->group, "..") == 0 ||
	    (doc->has_group && doc->group[0] == '\0'))
		return err_say(err, ERR_NOWHERE, RECORD_FILE ": the resctrl group in it makes no sense");
	*ret = (struct record_rdt){
		.group = doc->group,
		.has_group = doc->has_group,
		.has_monitor = doc->has_monitor,
	};
	return 0;
}

/*
 * In place of what is there, in one step.  Not by renaming over it: file systems that allocate late write a new file
 * out for that (ext4's auto_da_alloc), and wait again for its blocks when it is removed.
 */
static int put_in_place(int dirfd)
{
	int error;

	/* ENOENT: the first one.  Others: not every file system can. */
	if (syscall(SYS_renameat2, dirfd, TEMPORARY, dirfd, RECORD_FILE, EXCHANGE) < 0)
		return renameat(dirfd, TEMPORARY, dirfd, RECORD_FILE);
	if (unlinkat(dirfd, TEMPORARY, 0) == 0)
		return 0;
	/* No record was there but a directory, say. */
	error = errno;
	(void)syscall(SYS_renameat2, dirfd, TEMPORARY, dirfd, RECORD_FILE, EXCHANGE);
	errno = error;
	return -1;
}

static int write_file(int dirfd, const char *text, size_t len, struct err *err)
{
	auto_fd int fd = openat(dirfd, TEMPORARY,
				O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "write " RECORD_FILE);
	/* No fsync: the state directory does not outlive the boot, see design.md section 7. */
	if (fd_write_all(fd, text, len) < 0 || put_in_place(dirfd) < 0) {
		err_errno(err, ERR_NOWHERE, "write " RECORD_FILE);
		(void)unlinkat(dirfd, TEMPORARY, 0);
		return -1;
	}
	return 0;
}

int record_write(int dirfd, const struct record *record, struct err *err)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct oci_error refusal = OCI_ERROR_INIT;
	struct doc_init init = {
		.pid = (uint32_t)record->init.pid,
		.start_time = record->init.start_time,
		.boot_id = record->init.boot_id,
		.pidfd_inode = record->init.pidfs_inode,
	};
	struct doc_rdt rdt = {
		.group = record->rdt.group,
		.has_group = record->rdt.has_group,
		.has_monitor = record->rdt.has_monitor,
	};
	const struct doc doc = {
		.version = RECORD_VERSION,
		.id = record->id,
		.bundle = record->bundle,
		.rootfs = record->rootfs,
		.created = record->created,
		.oci_version = record->oci_version,
		.owner = record->owner,
		.phase = (int)record->phase,
		.init = &init,
		.annotations = record->annotations,
		.cgroup = doc_cgroup(&arena, &record->cgroup),
		.rdt = record->rdt.group != NULL ? &rdt : NULL,
		.device_rules = record->device_rules,
		.shares_pids = record->shares_pids,
		.process = record->process,
		.descriptors = record->descriptors,
		.config = record->config,
		.on_linux = record->on_linux,
		.new_keyring = record->new_keyring,
		.enters_root = record->enters_root,
		.poststart = doc_hooks(&arena, &record->poststart),
		.poststop = doc_hooks(&arena, &record->poststop),
	};
	const char *text = NULL;
	size_t len = 0;

	if (oci_write(&arena, &doc_shape, &doc, 0, &text, &len, &refusal) < 0)
		return err_say(err, ERR_NOWHERE, "write " RECORD_FILE ": %s", refusal.text);
	return write_file(dirfd, text, len, err);
}

/* The whole file into the arena.  The writer replaces it by renaming, so its size cannot change. */
static int read_file(int dirfd, struct arena *arena, struct oci_source *ret, struct err *err)
{
	auto_fd int fd = openat(dirfd, RECORD_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	char *text;
	ssize_t n;

	if (fd < 0 && errno == ENOENT) {
		(void)err_say(err, ERR_NOWHERE, RECORD_FILE " is missing: it was never recorded");
		err->code = ENOENT;
		return -1;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, ERR_NOWHERE, "read " RECORD_FILE);
	if (!S_ISREG(st.st_mode) || st.st_size > OCI_MAX_DOCUMENT)
		return err_say(err, ERR_NOWHERE, RECORD_FILE " is not a record");
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	n = fd_read_all(fd, text, (size_t)st.st_size);
	if (n < 0)
		return err_errno(err, ERR_NOWHERE, "read " RECORD_FILE);
	*ret = (struct oci_source){ .name = RECORD_FILE, .text = text, .len = (size_t)n };
	return 0;
}

/* A newer version may look quite different, so its number is worth more than the first oddity. */
static int refuse_broken(struct arena *arena, const struct oci_source *src,
			 const struct oci_error *refusal, struct err *err)
{
	struct doc_version *doc = NULL;
	struct oci_error ignored = OCI_ERROR_INIT;
	char line[600];

	if (oci_read(arena, src, &version_shape, &doc, &ignored) == 0 &&
	    doc->version != RECORD_VERSION)
		return err_say(err, ERR_NOWHERE, RECORD_FILE ": version %u was written by another "
			       "tare, this one knows %d", doc->version, RECORD_VERSION);
	oci_error_format(refusal, src, line, sizeof(line));
	return err_say(err, ERR_NOWHERE, "%s", line);
}

int record_read(int dirfd, struct arena *arena, struct record *ret, struct err *err)
{
	struct oci_error refusal = OCI_ERROR_INIT;
	struct oci_source src;
	struct doc *doc = NULL;
	struct cgroup_ref cgroup;
	struct record_rdt rdt;

	if (read_file(dirfd, arena, &src, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "state of the container");
	if (oci_read(arena, &src, &doc_shape, &doc, &refusal) < 0 ||
	    doc->version != RECORD_VERSION) {
		(void)refuse_broken(arena, &src, &refusal, err);
		return err_wrap(err, ERR_NOWHERE, "state of the container");
	}
	if (read_cgroup(doc->cgroup, &cgroup, err) < 0 || read_rdt(doc->rdt, &rdt, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "state of the container");
	*ret = (struct record){
		.id = doc->id,
		.bundle = doc->bundle,
		.rootfs = doc->rootfs,
		.created = doc->created,
		.oci_version = doc->oci_version,
		.owner = doc->owner,
		.phase = (enum record_phase)doc->phase,
		.init = {
			.pid = (pid_t)doc->init->pid,
			.start_time = doc->init->start_time,
			.boot_id = doc->init->boot_id,
			.pidfs_inode = doc->init->pidfd_inode,
		},
		.annotations = doc->annotations,
		.cgroup = cgroup,
		.rdt = rdt,
		.device_rules = doc->device_rules,
		.shares_pids = doc->shares_pids,
		.process = doc->process,
		.descriptors = doc->descriptors,
		.config = doc->config,
		.on_linux = doc->on_linux,
		.new_keyring = doc->new_keyring,
		.enters_root = doc->enters_root,
		.poststart = plan_hooks_of(arena, &doc->poststart),
		.poststop = plan_hooks_of(arena, &doc->poststop),
	};
	return 0;
}

static bool is_leap(unsigned int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned int days_of_month(unsigned int year, unsigned int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month] + (month == 1 && is_leap(year));
}

void record_time(uint64_t seconds, uint32_t nanoseconds, char buf[RECORD_TIME_SIZE])
{
	unsigned int of_day = (unsigned int)(seconds % 86400), year = 1970, month = 0;
	uint64_t days = seconds / 86400;

	for (; days >= 365U + is_leap(year); year++)
		days -= 365U + is_leap(year);
	for (; days >= days_of_month(year, month); month++)
		days -= days_of_month(year, month);
	(void)snprintf(buf, RECORD_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%09uZ", year % 10000, (month + 1) % 100,
		       (unsigned int)(days + 1) % 100, of_day / 3600 % 100, of_day / 60 % 60, of_day % 60,
		       nanoseconds % 1000000000);
}

void record_now(char buf[RECORD_TIME_SIZE])
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	record_time((uint64_t)now.tv_sec, (uint32_t)now.tv_nsec, buf);
}
