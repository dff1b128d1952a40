/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk against the kernel: for every path and every way of resolving, both give the same file or
 * the same error.  The resolver's own tests run on both as well (rootpath_test.c).  Needs no rights.
 */
#include "sys/rootwalk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/uapi.h"
#include "tests/unit/support.h"

#define IN_ROOT (UAPI_RESOLVE_IN_ROOT | UAPI_RESOLVE_NO_MAGICLINKS)
#define BENEATH (UAPI_RESOLVE_BENEATH | UAPI_RESOLVE_NO_MAGICLINKS)

static const struct uapi_open_how hows[] = {
	{ .flags = O_PATH | O_CLOEXEC, .resolve = IN_ROOT },
	{ .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = IN_ROOT },
	{ .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = IN_ROOT },
	{ .flags = O_PATH | O_CLOEXEC, .resolve = IN_ROOT | UAPI_RESOLVE_NO_SYMLINKS },
	{ .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = BENEATH },
	{ .flags = O_PATH | O_CLOEXEC, .resolve = BENEATH },
	{ .flags = O_RDONLY | O_CLOEXEC, .resolve = BENEATH },
	{ .flags = O_RDONLY | O_CLOEXEC,
	  .resolve = BENEATH | UAPI_RESOLVE_NO_XDEV | UAPI_RESOLVE_NO_SYMLINKS },
};

static const char *const paths[] = {
	"", "/", ".", "..", "../..", "dir", "dir/", "dir/.", "dir/..", "dir//sub", "/dir/sub/../file",
	"dir/file", "dir/file/", "dir/file/x", "dir/file/..", "gone", "gone/x", "gone/..", "dir/gone/",
	"relative", "relative/", "relative/file", "relative/sub/..", "absolute/file", "upwards", "upwards/dir",
	"../../dir/file", "dangling", "dangling/x", "loop", "loop/x", "chain", "chain/file", "dotted/file",
	"outside", "outside/secret", "self", "self/file", "to-file", "to-file/", "to-file/x",
};

static int kernel_open(int dir, const char *path, const struct uapi_open_how *how)
{
	return (int)syscall(SYS_openat2, dir, path, how, sizeof(*how));
}

/* Both ways from @dir, which must agree. */
static void compare(int dir, const char *path, const struct uapi_open_how *how)
{
	int kernel = kernel_open(dir, path, how), kernel_error = errno;
	int walk = rootwalk_open(dir, path, how), walk_error = errno;
	struct stat a, b;

	if ((kernel < 0) != (walk < 0) || (kernel < 0 && kernel_error != walk_error))
		fail_msg("\"%s\" with flags 0x%llx, resolve 0x%llx: kernel %d (%s), walk %d (%s)", path,
			 (unsigned long long)how->flags, (unsigned long long)how->resolve, kernel,
			 kernel < 0 ? strerror(kernel_error) : "", walk, walk < 0 ? strerror(walk_error) : "");
	if (kernel < 0)
		return;
	assert_int_equal(fstat(kernel, &a), 0);
	assert_int_equal(fstat(walk, &b), 0);
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		fail_msg("\"%s\": the walk found another file", path);
	/* The walk opens with these two of its own. */
	assert_int_equal(fcntl(kernel, F_GETFL) & ~(O_NOFOLLOW | O_DIRECTORY),
			 fcntl(walk, F_GETFL) & ~(O_NOFOLLOW | O_DIRECTORY));
	assert_true(support_is_cloexec(walk));
	(void)close(kernel);
	(void)close(walk);
}

static void compare_all(int dir, const char *path)
{
	for (size_t i = 0; i < COUNT(hows); i++)
		compare(dir, path, &hows[i]);
}

static void test_tree(void **state)
{
	struct support_dir dir;
	size_t fds = support_count_fds();
	int root;

	(void)state;
	support_open_dir(&dir);
	assert_int_equal(mkdirat(dir.fd, "root", 0755), 0);
	support_write(dir.fd, "secret", "secret");
	root = openat(dir.fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(root, "dir", 0755), 0);
	assert_int_equal(mkdirat(root, "dir/sub", 0755), 0);
	support_write(root, "dir/file", "file");
	assert_int_equal(symlinkat("dir", root, "relative"), 0);
	assert_int_equal(symlinkat("/dir", root, "absolute"), 0);
	assert_int_equal(symlinkat("../../..", root, "upwards"), 0);
	assert_int_equal(symlinkat("/gone", root, "dangling"), 0);
	assert_int_equal(symlinkat("loop", root, "loop"), 0);
	assert_int_equal(symlinkat("relative/../absolute", root, "chain"), 0);
	assert_int_equal(symlinkat("./dir/./sub//../", root, "dotted"), 0);
	assert_int_equal(symlinkat("../", root, "outside"), 0);
	assert_int_equal(symlinkat(".", root, "self"), 0);
	assert_int_equal(symlinkat("dir/file", root, "to-file"), 0);
	for (size_t i = 0; i < COUNT(paths); i++)
		compare_all(root, paths[i]);
	(void)close(root);
	support_remove_dir(&dir);
	assert_int_equal(support_count_fds(), fds);
}

/* Magic links are no way out, /proc/self is an ordinary one; /proc is another file system. */
static void test_procfs(void **state)
{
	static const char *const names[] = { "self/exe", "self/cwd/x", "self/fd/0", "self/status", "mounts",
					     "thread-self/comm" };
	static const struct uapi_open_how xdev = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = BENEATH | UAPI_RESOLVE_NO_XDEV | UAPI_RESOLVE_NO_SYMLINKS,
	};
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), root = open("/", O_PATH | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		compare(proc, names[i], &hows[0]);
		compare(proc, names[i], &hows[3]);
		compare(proc, names[i], &hows[5]);
	}
	compare(root, "proc/version", &xdev);
	(void)close(proc);
	(void)close(root);
}

static void test_limits(void **state)
{
	struct support_dir dir;
	char path[PATH_MAX + 64], name[NAME_MAX + 2];
	size_t n = 0;

	(void)state;
	support_open_dir(&dir);
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	compare_all(dir.fd, name);
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	compare_all(dir.fd, path);
	/* Deeper than the walk goes: it says so instead of losing its way. */
	for (int i = 0; i < 130; i++) {
		n += 2;
		memcpy(path + n - 2, "d/", 3);
		assert_int_equal(mkdirat(dir.fd, path, 0755), 0);
	}
	assert_int_equal(rootwalk_open(dir.fd, path, &hows[0]), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	path[240] = '\0';
	compare_all(dir.fd, path);
	support_remove_dir(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_procfs),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
