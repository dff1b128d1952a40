/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host objects for the container: their order, what they are, and what is refused with its name. */
#include "host/mounts.h"

#include "tests/unit/support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "plan/plan.h"

enum { MAX_MOUNTS = 4, MAX_JOINS = 3, ROOT_AT = 11, MOUNT_AT = 100, JOIN_AT = 200, SYSCTL_AT = 300 };

/* A plan by hand, of objects in a directory. */
struct objects {
	struct support_dir dir;
	struct plan plan;
	struct plan_mount mounts[MAX_MOUNTS];
	struct plan_join joins[MAX_JOINS];
	char root[160];
	char sources[MAX_MOUNTS][160];
};

static void begin(struct objects *o)
{
	*o = (struct objects){ .plan = { .root = { .at = ROOT_AT } } };
	support_open_dir(&o->dir);
	assert_int_equal(mkdirat(o->dir.fd, "root", 0755), 0);
	support_write(o->dir.fd, "root/marker", "the root");
	(void)snprintf(o->root, sizeof(o->root), "%s/root", o->dir.path);
	o->plan.root.path = o->root;
	o->plan.mounts.item = o->mounts;
	o->plan.namespaces.join = o->joins;
}

static void end(struct objects *o)
{
	support_remove_dir(&o->dir);
}

static struct plan_mount *add(struct objects *o, enum plan_mount_kind kind, const char *source)
{
	size_t i = o->plan.mounts.n++;
	struct support_dir dir = o->dir;

	(void)snprintf(o->sources[i], sizeof(o->sources[i]), "%s/%s", dir.path, source);
	o->mounts[i] = (struct plan_mount){
		.at = MOUNT_AT + (uint32_t)i, .kind = kind, .target = "/the/target", .source = o->sources[i],
	};
	return &o->mounts[i];
}

static void join(struct objects *o, unsigned long flag, const char *path)
{
	size_t i = o->plan.namespaces.n_join++;

	o->joins[i] = (struct plan_join){ .at = JOIN_AT + (uint32_t)i, .flag = flag, .path = path };
}

/* Everything must be opened, close-on-exec. */
static void opened(struct objects *o, struct host_mounts *mounts)
{
	struct err err = ERR_INIT;

	*mounts = HOST_MOUNTS_INIT;
	assert_good(mounts_open(mounts, &o->plan, -1, &err), err);
	assert_true(support_is_cloexec(mounts->root_dir));
	for (size_t i = 0; i < mounts->n; i++)
		assert_true(support_is_cloexec(mounts->fds[i]));
}

static struct err refused(struct objects *o, uint32_t at, const char *part)
{
	struct host_mounts mounts = HOST_MOUNTS_INIT;
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_int_equal(mounts_open(&mounts, &o->plan, -1, &err), -1);
	assert_holds(err.text, part);
	assert_null(strstr(err.text, "No such file"));
	assert_int_equal(err.at, at);
	/* What was opened before the failure is closed with the rest. */
	mounts_close(&mounts);
	assert_int_equal(support_count_fds(), fds);
	return err;
}

static void assert_text(int tree, const char *path, const char *expected)
{
	char text[64];

	support_read(tree, path, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void order(void *data)
{
	struct host_mounts mounts;
	struct stat fd, path;
	struct objects o;
	char text[64];
	size_t fds;

	(void)data;
	begin(&o);
	assert_int_equal(mkdirat(o.dir.fd, "one", 0755), 0);
	support_write(o.dir.fd, "one/marker", "one");
	support_write(o.dir.fd, "two", "two");
	(void)add(&o, PLAN_MOUNT_FS, "nothing");
	(void)add(&o, PLAN_MOUNT_BIND, "two");
	(void)add(&o, PLAN_MOUNT_REMOUNT, "nothing");
	(void)add(&o, PLAN_MOUNT_BIND, "one");
	join(&o, CLONE_NEWUTS, "/proc/self/ns/uts");
	join(&o, CLONE_NEWNS, "/proc/self/ns/mnt");
	fds = support_count_fds();
	opened(&o, &mounts);
	/* The root, the binds in document order, the namespaces; file systems are init's. */
	assert_int_equal(mounts.n, 5);
	assert_text(mounts.fds[0], "marker", "the root");
	assert_text(mounts.root_dir, "marker", "the root");
	(void)snprintf(text, sizeof(text), "/proc/self/fd/%d", mounts.fds[1]);
	assert_text(AT_FDCWD, text, "two");
	assert_text(mounts.fds[2], "marker", "one");
	assert_int_equal(fstat(mounts.fds[3], &fd), 0);
	assert_int_equal(stat("/proc/self/ns/uts", &path), 0);
	assert_int_equal(fd.st_ino, path.st_ino);
	assert_int_equal(fstat(mounts.fds[4], &fd), 0);
	assert_int_equal(stat("/proc/self/ns/mnt", &path), 0);
	assert_int_equal(fd.st_ino, path.st_ino);
	mounts_close(&mounts);
	assert_int_equal(support_count_fds(), fds);
	assert_int_equal(mounts.root_dir, -1);
	assert_null(mounts.fds);
	/* Twice is fine. */
	mounts_close(&mounts);
	end(&o);
}

static void test_order(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, order, NULL);
}

/* The copies are mounts of their own: nobody else sees what is done to them. */
static void copies(void *data)
{
	struct host_mounts mounts;
	struct objects o;
	char path[192], below[192];

	(void)data;
	begin(&o);
	(void)snprintf(path, sizeof(path), "%s/tree", o.dir.path);
	(void)snprintf(below, sizeof(below), "%s/tree/below", o.dir.path);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(mkdir(below, 0755), 0);
	assert_int_equal(mount("tmpfs", below, "tmpfs", 0, NULL), 0);
	support_write(o.dir.fd, "tree/below/marker", "below");
	add(&o, PLAN_MOUNT_BIND, "tree")->recursive = true;
	(void)add(&o, PLAN_MOUNT_BIND, "tree");
	opened(&o, &mounts);
	/* rbind takes along what is mounted below, bind does not. */
	assert_text(mounts.fds[1], "below/marker", "below");
	assert_int_equal(faccessat(mounts.fds[2], "below", F_OK, 0), 0);
	assert_int_equal(faccessat(mounts.fds[2], "below/marker", F_OK, 0), -1);
	/* And they live on without what they were copied from. */
	assert_int_equal(umount2(below, MNT_DETACH), 0);
	assert_text(mounts.fds[1], "below/marker", "below");
	mounts_close(&mounts);
	end(&o);
}

static void test_copies(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, copies, NULL);
}

static void root(void *data)
{
	struct host_mounts mounts;
	struct objects o;
	char path[192];

	(void)data;
	begin(&o);
	/* Mounts inside the root belong to it. */
	(void)snprintf(path, sizeof(path), "%s/sub", o.root);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(mount("tmpfs", path, "tmpfs", 0, NULL), 0);
	support_write(o.dir.fd, "root/sub/marker", "sub");
	opened(&o, &mounts);
	assert_int_equal(mounts.n, 1);
	assert_text(mounts.fds[0], "sub/marker", "sub");
	mounts_close(&mounts);
	assert_int_equal(umount2(path, MNT_DETACH), 0);
	(void)snprintf(o.root, sizeof(o.root), "%s/root/marker", o.dir.path);
	assert_holds(refused(&o, ROOT_AT, "the root file system ").text, "/root/marker is no directory");
	(void)snprintf(o.root, sizeof(o.root), "%s/nothing", o.dir.path);
	assert_holds(refused(&o, ROOT_AT, "open the root file system ").text, "/nothing: ");
	end(&o);
}

static void test_root(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, root, NULL);
}

static void missing(void *data)
{
	struct objects o;
	struct err err;
	char text[256];

	(void)data;
	begin(&o);
	(void)add(&o, PLAN_MOUNT_BIND, "root");
	(void)add(&o, PLAN_MOUNT_BIND, "nothing");
	join(&o, CLONE_NEWUTS, "/proc/self/ns/uts");
	(void)snprintf(text, sizeof(text), "open the source %s/nothing of /the/target: ", o.dir.path);
	err = refused(&o, MOUNT_AT + 1, text);
	assert_int_equal(err.code, ENOENT);
	end(&o);
}

static void test_source_is_missing(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, missing, NULL);
}

/* A FIFO and a device are bound, not opened. */
static void specials(void *data)
{
	struct host_mounts mounts;
	struct objects o;
	struct stat st;

	(void)data;
	begin(&o);
	assert_int_equal(mkfifoat(o.dir.fd, "fifo", 0600), 0);
	(void)add(&o, PLAN_MOUNT_BIND, "fifo");
	add(&o, PLAN_MOUNT_BIND, "")->source = "/dev/null";
	(void)alarm(30);
	opened(&o, &mounts);
	assert_int_equal(fstat(mounts.fds[1], &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(fstat(mounts.fds[2], &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	mounts_close(&mounts);
	end(&o);
}

static void test_special_sources(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, specials, NULL);
}

static void links(void *data)
{
	struct host_mounts mounts;
	struct objects o;
	struct stat st;

	(void)data;
	begin(&o);
	assert_int_equal(symlinkat("root", o.dir.fd, "link"), 0);
	(void)add(&o, PLAN_MOUNT_BIND, "link");
	add(&o, PLAN_MOUNT_BIND, "link")->src_nofollow = true;
	opened(&o, &mounts);
	assert_text(mounts.fds[1], "marker", "the root");
	assert_int_equal(fstat(mounts.fds[2], &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	mounts_close(&mounts);
	/* A link that leads nowhere is a source only for what does not follow it. */
	assert_int_equal(unlinkat(o.dir.fd, "root/marker", 0), 0);
	assert_int_equal(symlinkat("nothing", o.dir.fd, "dangling"), 0);
	(void)snprintf(o.sources[0], sizeof(o.sources[0]), "%s/root", o.dir.path);
	(void)snprintf(o.sources[1], sizeof(o.sources[1]), "%s/dangling", o.dir.path);
	opened(&o, &mounts);
	mounts_close(&mounts);
	o.mounts[1].src_nofollow = false;
	(void)refused(&o, MOUNT_AT + 1, "/dangling of /the/target: ");
	end(&o);
}

static void test_links(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, links, NULL);
}

static void not_a_namespace(void *data)
{
	struct objects o;
	char path[192];

	(void)data;
	begin(&o);
	join(&o, CLONE_NEWUTS, "/proc/self/ns/uts");
	join(&o, CLONE_NEWNET, "/proc/self/ns/uts");
	(void)refused(&o, JOIN_AT + 1, "/proc/self/ns/uts is not a namespace of this type");
	o.joins[1].path = path;
	(void)snprintf(path, sizeof(path), "%s/root/marker", o.dir.path);
	(void)refused(&o, JOIN_AT + 1, "/root/marker is not a namespace of this type");
	(void)snprintf(path, sizeof(path), "%s/root", o.dir.path);
	(void)refused(&o, JOIN_AT + 1, "/root is not a namespace of this type");
	assert_int_equal(mkfifoat(o.dir.fd, "fifo", 0600), 0);
	(void)snprintf(path, sizeof(path), "%s/fifo", o.dir.path);
	(void)alarm(30);
	(void)refused(&o, JOIN_AT + 1, "/fifo is not a namespace of this type");
	(void)snprintf(path, sizeof(path), "%s/nothing", o.dir.path);
	(void)refused(&o, JOIN_AT + 1, "open namespace ");
	end(&o);
}

static void test_not_a_namespace(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, not_a_namespace, NULL);
}

/* A child in namespaces of its own, to be joined. */
static pid_t other_namespaces(unsigned long flags)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare((int)flags) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

/* Sysctls are the namespace's, so ours may not be joined with one to be set (spec-checklist 8.1 #30). */
static void sysctls(void *data)
{
	static const struct {
		unsigned long flag;
		const char *kind, *path;
	} cases[] = {
		{ CLONE_NEWNET, "net", "net/ipv4/ip_forward" },
		{ CLONE_NEWIPC, "ipc", "kernel/shmmax" },
		{ CLONE_NEWIPC, "ipc", "fs/mqueue/msg_max" },
		{ CLONE_NEWUTS, "uts", "kernel/domainname" },
	};
	pid_t pid = other_namespaces(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS);

	(void)data;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct plan_sysctl sysctl = { .at = SYSCTL_AT, .path = cases[i].path, .value = "1" };
		struct host_mounts mounts;
		char ours[64], theirs[64];
		struct objects o;

		begin(&o);
		(void)snprintf(ours, sizeof(ours), "/proc/self/ns/%s", cases[i].kind);
		(void)snprintf(theirs, sizeof(theirs), "/proc/%d/ns/%s", (int)pid, cases[i].kind);
		join(&o, cases[i].flag, ours);
		o.plan.sysctls.item = &sysctl;
		o.plan.sysctls.n = 1;
		assert_holds(refused(&o, SYSCTL_AT, ours).text, "is the host's own namespace");
		/* Others' may, and so may ours with another namespace's sysctl. */
		o.joins[0].path = theirs;
		opened(&o, &mounts);
		mounts_close(&mounts);
		o.joins[0].path = ours;
		sysctl.path = cases[i].flag == CLONE_NEWNET ? "kernel/domainname" : "net/ipv4/ip_forward";
		opened(&o, &mounts);
		mounts_close(&mounts);
		end(&o);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Nor are its names ours to give away by the detour of a path (CF-05). */
static void names(void *data)
{
	pid_t pid = other_namespaces(CLONE_NEWUTS);
	struct host_mounts mounts;
	struct objects o;
	char theirs[64];

	(void)data;
	(void)snprintf(theirs, sizeof(theirs), "/proc/%d/ns/uts", (int)pid);
	begin(&o);
	join(&o, CLONE_NEWUTS, "/proc/self/ns/uts");
	opened(&o, &mounts);
	mounts_close(&mounts);
	o.plan.hostname = "other";
	assert_holds(refused(&o, JOIN_AT, "is the host's own namespace").text, "hostname");
	o.plan.hostname = NULL;
	o.plan.domainname = "other";
	assert_holds(refused(&o, JOIN_AT, "is the host's own namespace").text, "domainname");
	o.joins[0].path = theirs;
	opened(&o, &mounts);
	mounts_close(&mounts);
	end(&o);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_names_of_our_own_namespace(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, names, NULL);
}

static void test_sysctls_of_our_own_namespaces(void **state)
{
	(void)state;
	support_run(CLONE_NEWNS, sysctls, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_source_is_missing),
		cmocka_unit_test(test_special_sources),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_not_a_namespace),
		cmocka_unit_test(test_names_of_our_own_namespace),
		cmocka_unit_test(test_sysctls_of_our_own_namespaces),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
