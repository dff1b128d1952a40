/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs in sealed memory. */
#include "sys/memexe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/uapi.h"
#include "tests/unit/support.h"

/* A program that is surely there, whole in memory. */
static char *read_shell(size_t *ret_size)
{
	int fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *image;

	assert_int_equal(fstat(fd, &st), 0);
	image = malloc((size_t)st.st_size);
	assert_int_equal(read(fd, image, (size_t)st.st_size), st.st_size);
	(void)close(fd);
	*ret_size = (size_t)st.st_size;
	return image;
}

static int run(int fd, const char *script)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): execve(2) takes no const */
	char *const args[] = { "sh", "-c", (char *)(uintptr_t)script, NULL };
	char *const env[] = { NULL };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)syscall(SYS_execveat, fd, "", args, env, AT_EMPTY_PATH);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_runs_and_is_sealed(void **state)
{
	size_t size, fds = support_count_fds();
	char *image = read_shell(&size), *copy, path[64], name[PATH_MAX] = "";
	struct stat st;
	int fd = memexe_open("tare-unit", image, size);

	(void)state;
	assert_true(fd >= 0);
	assert_true(support_is_cloexec(fd));
	assert_int_equal(run(fd, "exit 42"), 42);

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, size);
	copy = malloc(size);
	assert_int_equal(pread(fd, copy, size, 0), size);
	assert_memory_equal(copy, image, size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_true(readlink(path, name, sizeof(name) - 1) > 0);
	assert_holds(name, "memfd:tare-unit");

	assert_int_equal(fcntl(fd, F_GET_SEALS) & 15, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 1), -1);
	assert_int_equal(ftruncate(fd, (off_t)size + 1), -1);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	/* Nor by a second descriptor of it. */
	(void)close(open(path, O_WRONLY | O_TRUNC | O_CLOEXEC));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, size);
	(void)close(fd);
	free(copy);
	free(image);
	assert_int_equal(support_count_fds(), fds);
}

static void test_refused(void **state)
{
	size_t fds = support_count_fds();
	char name[300];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(memexe_open(name, "x", 1), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(memexe_open("bad", NULL, 4096), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(support_count_fds(), fds);
}

/* The sysctl belongs to the pid namespace; the parent's may be stricter already. */
static void forbid(void *data)
{
	int fd = open("/proc/sys/vm/memfd_noexec", O_WRONLY | O_CLOEXEC);

	(void)data;
	if (fd < 0) {
		print_message("this kernel has no vm.memfd_noexec\n");
		return;
	}
	assert_int_equal(write(fd, "2", 1), 1);
	(void)close(fd);
	assert_int_equal(memexe_open("no", "x", 1), -1);
	assert_int_equal(errno, EACCES);
}

static void test_forbidden_by_the_machine(void **state)
{
	(void)state;
	support_run(CLONE_NEWPID, forbid, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs_and_is_sealed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_forbidden_by_the_machine),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
