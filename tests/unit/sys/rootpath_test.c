/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resolver below a hostile root.  "root" is the hostile one; "outside", beside it, is what nothing
 * may reach: after each test it must be as it was.  Needs no rights.
 */
#include "sys/rootpath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <dirent.h>
#include <unistd.h>

#include "sys/uapi.h"
#include "tests/unit/support.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

struct place {
	struct support_dir dir;
	int root, outside;
	size_t fds;
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	support_open_dir(&place->dir);
	assert_int_equal(mkdirat(place->dir.fd, "root", 0755), 0);
	assert_int_equal(mkdirat(place->dir.fd, "outside", 0755), 0);
	support_write(place->dir.fd, "outside/secret", "secret");
	place->root = openat(place->dir.fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	place->outside = openat(place->dir.fd, "outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(place->root, "dir", 0755), 0);
	assert_int_equal(mkdirat(place->root, "dir/sub", 0755), 0);
	support_write(place->root, "dir/file", "file");
	place->fds = support_count_fds();
	*state = place;
	return 0;
}

static size_t entries(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fdopendir(fd);
	size_t n = 0;

	assert_non_null(list);
	while (readdir(list) != NULL)
		n++;
	(void)closedir(list);
	return n;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char text[16];

	assert_int_equal(support_count_fds(), place->fds);
	assert_int_equal(entries(place->outside), 3);
	support_read(place->outside, "secret", text, sizeof(text));
	assert_string_equal(text, "secret");
	(void)close(place->root);
	(void)close(place->outside);
	support_remove_dir(&place->dir);
	free(place);
	return 0;
}

static void make_link(const struct place *place, const char *path, const char *target)
{
	assert_int_equal(symlinkat(target, place->root, path), 0);
}

static bool is_same(int fd, int dir, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(dir, path, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

/* @fd must be open on what @path (as seen from outside, without links) names below the root. */
static void expect(int fd, const struct place *place, const char *path)
{
	if (fd < 0)
		fail_msg("not opened: %s (%s)", path, strerror(errno));
	assert_true(support_is_cloexec(fd));
	assert_true((fcntl(fd, F_GETFL) & O_PATH) != 0);
	if (!is_same(fd, place->root, path))
		fail_msg("something else than %s", path);
	(void)close(fd);
}

#define expect_errno(call, code)                 \
	do {                                     \
		assert_int_equal(call, -1);      \
		assert_int_equal(errno, code);   \
	} while (0)

static void test_open_stays_inside(void **state)
{
	const struct place *place = *state;

	make_link(place, "absolute", "/dir");
	make_link(place, "relative", "dir/sub");
	make_link(place, "up", "../../../../dir/file");
	make_link(place, "chain", "absolute/../relative/../../../up");
	make_link(place, "out", "../outside/secret");
	make_link(place, "out-absolute", place->dir.path);
	expect(rootpath_open(place->root, "/", ROOTPATH_FOLLOW), place, ".");
	expect(rootpath_open(place->root, "..", ROOTPATH_FOLLOW), place, ".");
	expect(rootpath_open(place->root, "/../../dir", ROOTPATH_FOLLOW), place, "dir");
	expect(rootpath_open(place->root, "//dir//./sub/", ROOTPATH_FOLLOW), place, "dir/sub");
	expect(rootpath_open(place->root, "absolute/sub", ROOTPATH_FOLLOW), place, "dir/sub");
	expect(rootpath_open(place->root, "relative/../file", ROOTPATH_FOLLOW), place, "dir/file");
	expect(rootpath_open(place->root, "up", ROOTPATH_FOLLOW), place, "dir/file");
	expect(rootpath_open(place->root, "chain", ROOTPATH_FOLLOW), place, "dir/file");
	expect_errno(rootpath_open(place->root, "out", ROOTPATH_FOLLOW), ENOENT);
	expect_errno(rootpath_open(place->root, "out-absolute/outside", ROOTPATH_FOLLOW), ENOENT);
	expect_errno(rootpath_open(place->root, "missing", ROOTPATH_FOLLOW), ENOENT);
	expect_errno(rootpath_open(place->root, "dir/file/x", ROOTPATH_FOLLOW), ENOTDIR);
}

static void test_open_and_links(void **state)
{
	const struct place *place = *state;
	int machine = open("/", O_PATH | O_CLOEXEC);

	make_link(place, "link", "dir");
	make_link(place, "to-link", "link");
	make_link(place, "loop", "loop");
	make_link(place, "ping", "pong");
	make_link(place, "pong", "ping");
	expect(rootpath_open(place->root, "link", ROOTPATH_NOFOLLOW_LAST), place, "link");
	expect(rootpath_open(place->root, "link/sub", ROOTPATH_NOFOLLOW_LAST), place, "dir/sub");
	expect_errno(rootpath_open(place->root, "link", ROOTPATH_NONE), ELOOP);
	expect_errno(rootpath_open(place->root, "link/sub", ROOTPATH_NONE), ELOOP);
	expect_errno(rootpath_open(place->root, "to-link", ROOTPATH_NONE), ELOOP);
	expect(rootpath_open(place->root, "dir/sub", ROOTPATH_NONE), place, "dir/sub");
	expect_errno(rootpath_open(place->root, "loop", ROOTPATH_FOLLOW), ELOOP);
	expect_errno(rootpath_open(place->root, "ping/x", ROOTPATH_FOLLOW), ELOOP);
	/* A magic link would lead anywhere. */
	expect_errno(rootpath_open(machine, "/proc/self/cwd", ROOTPATH_FOLLOW), ELOOP);
	expect_errno(rootpath_open(machine, "/proc/self/fd/0", ROOTPATH_FOLLOW), ELOOP);
	(void)close(machine);
}

static mode_t mode_of(const struct place *place, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(place->root, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode;
}

/* The number of a descriptor that only comes to be while we look: no text of a magic link is a path (CVE-2024-21626). */
static void test_make_magic(void **state)
{
	int machine = open("/", O_PATH | O_CLOEXEC);
	char path[64];

	(void)state;
	for (int fd = machine; fd < machine + 8; fd++) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		assert_int_equal(rootpath_make(machine, path, ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), -1);
	}
	(void)close(machine);
}

static void test_make_missing(void **state)
{
	const struct place *place = *state;
	mode_t mask = umask(0);

	expect(rootpath_make(place->root, "/a/b/c", ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), place, "a/b/c");
	assert_int_equal(mode_of(place, "a"), S_IFDIR | 0755);
	assert_int_equal(mode_of(place, "a/b/c"), S_IFDIR | 0755);
	expect(rootpath_make(place->root, "d//e/f", ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL), place, "d/e/f");
	assert_int_equal(mode_of(place, "d/e"), S_IFDIR | 0755);
	assert_int_equal(mode_of(place, "d/e/f"), S_IFREG | 0644);
	expect(rootpath_make(place->root, "g", ROOTPATH_FILE, ROOTPATH_NONE, NULL), place, "g");
	expect(rootpath_make(place->root, "h/i/", ROOTPATH_DIR, ROOTPATH_NOFOLLOW_LAST, NULL), place, "h/i");
	expect(rootpath_make(place->root, "../../k", ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), place, "k");
	expect(rootpath_make(place->root, "dir/new", ROOTPATH_DIR, ROOTPATH_NONE, NULL), place, "dir/new");
	/* What is there is taken as it is. */
	assert_int_equal(fchmodat(place->root, "a/b", 0700, 0), 0);
	expect(rootpath_make(place->root, "a/b", ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), place, "a/b");
	assert_int_equal(mode_of(place, "a/b"), S_IFDIR | 0700);
	expect(rootpath_make(place->root, "dir/file", ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL), place, "dir/file");
	expect(rootpath_make(place->root, "/", ROOTPATH_DIR, ROOTPATH_NONE, NULL), place, ".");
	expect(rootpath_make(place->root, ".", ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), place, ".");
	(void)umask(mask);
}

static void test_make_through_links(void **state)
{
	const struct place *place = *state;

	make_link(place, "abs", "/made/by/absolute");
	make_link(place, "rel", "made/by/relative");
	make_link(place, "out", "../../outside/new");
	make_link(place, "dir/up", "../made/up");
	make_link(place, "first", "second");
	make_link(place, "second", "/dir/third");
	make_link(place, "dir/third", "sub/fourth");
	expect(rootpath_make(place->root, "abs", ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), place, "made/by/absolute");
	expect(rootpath_make(place->root, "rel/x/y", ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL), place, "made/by/relative/x/y");
	expect(rootpath_make(place->root, "out", ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL), place, "outside/new");
	expect(rootpath_make(place->root, "dir/up", ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL), place, "made/up");
	expect(rootpath_make(place->root, "first", ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL), place, "dir/sub/fourth");
	assert_int_equal(mode_of(place, "dir/sub/fourth") & S_IFMT, S_IFREG);
	/* Only the last one is not to be followed, the first may dangle. */
	make_link(place, "dangling", "/deep/down");
	expect(rootpath_make(place->root, "dangling/x", ROOTPATH_DIR, ROOTPATH_NOFOLLOW_LAST, NULL), place, "deep/down/x");
	/* Links themselves stay. */
	assert_int_equal(mode_of(place, "abs") & S_IFMT, S_IFLNK);
	assert_int_equal(mode_of(place, "dangling") & S_IFMT, S_IFLNK);
}

static void test_make_refuses(void **state)
{
	const struct place *place = *state;
	char name[NAME_MAX + 2], path[PATH_MAX + 16];

	make_link(place, "nowhere", "gone");
	make_link(place, "loop", "loop");
	make_link(place, "self", "self/deeper");
	expect_errno(rootpath_make(place->root, "dir/file", ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), ENOTDIR);
	expect_errno(rootpath_make(place->root, "dir/file/x", ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), ENOTDIR);
	expect_errno(rootpath_make(place->root, "dir/sub", ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL), EISDIR);
	expect_errno(rootpath_make(place->root, "/", ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL), EISDIR);
	expect_errno(rootpath_make(place->root, "nowhere", ROOTPATH_DIR, ROOTPATH_NOFOLLOW_LAST, NULL), ENOTDIR);
	expect_errno(rootpath_make(place->root, "nowhere", ROOTPATH_DIR, ROOTPATH_NONE, NULL), ELOOP);
	expect_errno(rootpath_make(place->root, "nowhere/x", ROOTPATH_DIR, ROOTPATH_NONE, NULL), ELOOP);
	expect_errno(rootpath_make(place->root, "loop", ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), ELOOP);
	expect_errno(rootpath_make(place->root, "loop/x", ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL), ELOOP);
	expect_errno(rootpath_make(place->root, "self", ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), ELOOP);
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	expect_errno(rootpath_make(place->root, name, ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), ENAMETOOLONG);
	for (size_t i = 0; i < sizeof(path) - 1; i++)
		path[i] = i % 2 == 0 ? 'p' : '/';
	path[sizeof(path) - 1] = '\0';
	expect_errno(rootpath_make(place->root, path, ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), ENAMETOOLONG);
	/* Nothing of that was half made. */
	assert_int_equal(entries(place->root), 2 + 1 + 3);
	/* The longest name there can be is fine. */
	name[NAME_MAX] = '\0';
	expect(rootpath_make(place->root, name, ROOTPATH_DIR, ROOTPATH_FOLLOW, NULL), place, name);
}

/* A chain of @n dangling links, the last of which leads to "chain/end". */
static void make_chain(const struct place *place, int n)
{
	char name[32], target[32];

	for (int i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "l%d-%d", n, i);
		(void)snprintf(target, sizeof(target), i == n - 1 ? "chain/end" : "l%d-%d", n, i + 1);
		make_link(place, name, target);
	}
}

static void test_chains_end(void **state)
{
	const struct place *place = *state;

	make_chain(place, 30);
	expect(rootpath_make(place->root, "l30-0", ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL), place, "chain/end");
	make_chain(place, 60);
	assert_int_equal(unlinkat(place->root, "chain/end", 0), 0);
	expect_errno(rootpath_make(place->root, "l60-0", ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL), ELOOP);
}

static void test_parent(void **state)
{
	const struct place *place = *state;
	char name[NAME_MAX + 1] = "kept", few[3] = "ab", path[NAME_MAX + 3];

	make_link(place, "link", "/dir/sub");
	expect(rootpath_parent(place->root, "dir/node", name, sizeof(name)), place, "dir");
	assert_string_equal(name, "node");
	expect(rootpath_parent(place->root, "/top", name, sizeof(name)), place, ".");
	assert_string_equal(name, "top");
	expect(rootpath_parent(place->root, "new/er/node//", name, sizeof(name)), place, "new/er");
	assert_string_equal(name, "node");
	expect(rootpath_parent(place->root, "link/node", name, sizeof(name)), place, "dir/sub");
	/* The last component is a name only, whatever stands there. */
	expect(rootpath_parent(place->root, "link", name, sizeof(name)), place, ".");
	assert_string_equal(name, "link");
	(void)strcpy(name, "kept");
	expect_errno(rootpath_parent(place->root, "", name, sizeof(name)), EINVAL);
	expect_errno(rootpath_parent(place->root, "///", name, sizeof(name)), EINVAL);
	expect_errno(rootpath_parent(place->root, "dir/.", name, sizeof(name)), EINVAL);
	expect_errno(rootpath_parent(place->root, "dir/..", name, sizeof(name)), EINVAL);
	expect_errno(rootpath_parent(place->root, "dir/abc", few, sizeof(few)), EINVAL);
	assert_string_equal(few, "ab");
	memset(path, 'n', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	expect_errno(rootpath_parent(place->root, path, name, sizeof(name)), ENAMETOOLONG);
	assert_string_equal(name, "kept");
	expect_errno(rootpath_parent(place->root, "dir/file/x", name, sizeof(name)), ENOTDIR);
}

static void test_beneath(void **state)
{
	const struct place *place = *state;
	int machine = open("/", O_PATH | O_CLOEXEC), fd;
	char text[8] = "";

	make_link(place, "link", "dir");
	fd = rootpath_beneath(place->root, "dir/file", O_RDWR);
	assert_true(fd >= 0);
	assert_true(support_is_cloexec(fd));
	assert_int_equal(read(fd, text, 4), 4);
	assert_string_equal(text, "file");
	assert_int_equal(write(fd, "x", 1), 1);
	(void)close(fd);
	expect_errno(rootpath_beneath(place->root, "../outside/secret", O_RDONLY), EXDEV);
	expect_errno(rootpath_beneath(place->root, "/dir/file", O_RDONLY), EXDEV);
	expect_errno(rootpath_beneath(place->root, "link/file", O_RDONLY), ELOOP);
	expect_errno(rootpath_beneath(place->root, "link", O_PATH), ELOOP);
	expect_errno(rootpath_beneath(place->root, "gone", O_RDONLY), ENOENT);
	/* /proc is a mount of its own. */
	expect_errno(rootpath_beneath(machine, "proc/version", O_RDONLY), EXDEV);
	(void)close(machine);
}

/* Swap "swap", a directory, and "trap", a link to the outside, as fast as it goes, until killed. */
static void __attribute__((noreturn)) race(const struct place *place)
{
	for (;;)
		(void)renameat2(place->root, "swap", place->root, "trap", RENAME_EXCHANGE);
}

static void test_race(void **state)
{
	const struct place *place = *state;
	int n_made = 0;
	pid_t pid;

	assert_int_equal(mkdirat(place->root, "swap", 0755), 0);
	make_link(place, "trap", "../outside");
	pid = fork();
	if (pid == 0)
		race(place);
	for (int i = 0; i < 5000; i++) {
		char path[32], name[NAME_MAX + 1];
		int fd;

		(void)snprintf(path, sizeof(path), "swap/made-%d/x", i);
		fd = rootpath_make(place->root, path, ROOTPATH_FILE, ROOTPATH_FOLLOW, NULL);
		n_made += fd >= 0;
		if (fd >= 0)
			(void)close(fd);
		fd = rootpath_parent(place->root, path, name, sizeof(name));
		if (fd >= 0)
			(void)close(fd);
	}
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(n_made > 0);
	/* tear_down() looks at the outside. */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_open_stays_inside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_open_and_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_make_magic, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_make_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_make_through_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_make_refuses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_chains_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_parent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_beneath, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_race, set_up, tear_down),
	};

	int n_failed = cmocka_run_group_tests_name("by openat2", tests, NULL, NULL);

	/* All of it again as on a kernel before 5.6. */
	support_refuse(SYS_openat2, ENOSYS);
	return n_failed + cmocka_run_group_tests_name("without openat2", tests, NULL, NULL);
}
