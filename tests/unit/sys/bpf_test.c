/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device programs on a scratch cgroup of the machine's v2 tree: loaded, attached beside each other,
 * replaced in one step, listed; and what the kernel says to nonsense.
 */
#include "sys/bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/support.h"

static char cgroup_path[128];
static int cgroup = -1;

static const struct bpf_insn allow_all[] = { BPF_MOVE_IMM(BPF_REG_0, 1), BPF_RETURN() };
static const struct bpf_insn deny_all[] = { BPF_MOVE_IMM(BPF_REG_0, 0), BPF_RETURN() };

/*
 * Only /dev/null (1:3), written with every macro: the context is { access and type, major, minor },
 * and the type is the lower half of its first word.
 */
static const struct bpf_insn allow_null[] = {
	BPF_LOAD_WORD(BPF_REG_2, BPF_REG_1, offsetof(struct bpf_cgroup_dev_ctx, access_type)),
	BPF_MOVE(BPF_REG_3, BPF_REG_2),
	BPF_ALU_IMM(BPF_AND, BPF_REG_3, 0xffff),
	BPF_LOAD_WORD(BPF_REG_4, BPF_REG_1, offsetof(struct bpf_cgroup_dev_ctx, major)),
	BPF_LOAD_WORD(BPF_REG_5, BPF_REG_1, offsetof(struct bpf_cgroup_dev_ctx, minor)),
	BPF_MOVE_IMM(BPF_REG_0, 0),
	BPF_JUMP_IMM(BPF_JNE, BPF_REG_3, BPF_DEVCG_DEV_CHAR, 3),
	BPF_JUMP_IMM(BPF_JNE, BPF_REG_4, 1, 2),
	BPF_JUMP_IMM(BPF_JNE, BPF_REG_5, 3, 1),
	BPF_MOVE_IMM(BPF_REG_0, 1),
	BPF_RETURN(),
};

/* Where the v2 tree is mounted, or NULL. */
static const char *find_v2(void)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;

	for (size_t i = 0; i < COUNT(places); i++) {
		if (statfs(places[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return places[i];
	}
	return NULL;
}

/* Why no test here can be made on this machine, or NULL; the scratch cgroup is made. */
static const char *make_cgroup(void)
{
	const char *tree = find_v2();

	if (tree == NULL)
		return "needs a cgroup v2 tree at /sys/fs/cgroup";
	(void)snprintf(cgroup_path, sizeof(cgroup_path), "%s/tare-unit-bpf-%d", tree, (int)getpid());
	if (mkdir(cgroup_path, 0755) < 0)
		return "needs the right to make cgroups";
	cgroup = open(cgroup_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return cgroup < 0 ? "needs the right to open cgroups" : NULL;
}

static int set_up(void **state)
{
	const char *why = make_cgroup();
	int fd;

	(void)state;
	if (why != NULL) {
		print_message("skipped: %s\n", why);
		return 0;
	}
	/* Kernels without CONFIG_CGROUP_BPF refuse the type of program. */
	fd = bpf_load_device_program(allow_all, COUNT(allow_all));
	if (fd < 0) {
		print_message("skipped: needs device programs in the kernel: %s\n", strerror(errno));
		(void)close(cgroup);
		cgroup = -1;
		return rmdir(cgroup_path);
	}
	(void)close(fd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (cgroup < 0)
		return 0;
	(void)close(cgroup);
	return rmdir(cgroup_path);
}

static int load(const struct bpf_insn *insns, size_t n)
{
	int fd = bpf_load_device_program(insns, n);

	assert_true(fd >= 0);
	return fd;
}

#define LOAD(insns) load(insns, COUNT(insns))

static void detach(int prog)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)prog;
	attr.attach_type = BPF_CGROUP_DEVICE;
	assert_int_equal(syscall(SYS_bpf, BPF_PROG_DETACH, &attr, sizeof(attr)), 0);
}

static struct bpf_prog_info info_of(int prog)
{
	struct bpf_prog_info info;
	union bpf_attr attr;

	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)prog;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uint64_t)(uintptr_t)&info;
	assert_int_equal(syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), 0);
	return info;
}

/* errno of opening @path in the cgroup, 0 when it was let through. */
static int open_inside(const char *path)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		int procs = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);

		if (write(procs, "0", 1) != 1)
			_exit(255);
		_exit(open(path, O_RDONLY | O_CLOEXEC) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 255);
	return WEXITSTATUS(status);
}

#define need_bpf()              \
	do {                    \
		if (cgroup < 0) \
			skip(); \
	} while (0)

static void test_load(void **state)
{
	size_t fds = support_count_fds();
	struct bpf_prog_info info;
	int fd, again;

	(void)state;
	need_bpf();
	fd = LOAD(allow_null);
	assert_true(support_is_cloexec(fd));
	info = info_of(fd);
	assert_int_equal(info.type, BPF_PROG_TYPE_CGROUP_DEVICE);
	assert_string_equal(info.name, "tare_devices");
	again = bpf_open_program(info.id);
	assert_true(again >= 0);
	assert_int_equal(info_of(again).id, info.id);
	assert_true(support_is_cloexec(again));
	(void)close(again);
	(void)close(fd);
	assert_int_equal(support_count_fds(), fds);
}

static void test_load_nonsense(void **state)
{
	/* It falls off its end; it reads a register that nobody set; it jumps out. */
	static const struct bpf_insn endless[] = { BPF_MOVE_IMM(BPF_REG_0, 1) };
	static const struct bpf_insn unset[] = { BPF_RETURN() };
	static const struct bpf_insn wild[] = { BPF_MOVE_IMM(BPF_REG_0, 1),
						BPF_JUMP_IMM(BPF_JEQ, BPF_REG_0, 1, 100), BPF_RETURN() };

	(void)state;
	need_bpf();
	assert_int_equal(bpf_load_device_program(endless, COUNT(endless)), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(bpf_load_device_program(unset, COUNT(unset)), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(bpf_load_device_program(wild, COUNT(wild)), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(bpf_load_device_program(allow_all, 0), -1);
	assert_true(errno == E2BIG || errno == EINVAL);
}

static void test_verdicts(void **state)
{
	int deny, null;

	(void)state;
	need_bpf();
	deny = LOAD(deny_all);
	null = LOAD(allow_null);
	assert_int_equal(open_inside("/dev/zero"), 0);
	assert_int_equal(bpf_attach_device_program(cgroup, null), 0);
	assert_int_equal(open_inside("/dev/null"), 0);
	assert_int_equal(open_inside("/dev/zero"), EPERM);
	/* Both must allow: the second one takes away what the first one lets through. */
	assert_int_equal(bpf_attach_device_program(cgroup, deny), 0);
	assert_int_equal(open_inside("/dev/null"), EPERM);
	detach(deny);
	assert_int_equal(open_inside("/dev/null"), 0);
	detach(null);
	assert_int_equal(open_inside("/dev/zero"), 0);
	(void)close(deny);
	(void)close(null);
}

static void test_replace(void **state)
{
	uint32_t ids[4] = { 0 };
	int null, deny, allow;

	(void)state;
	need_bpf();
	null = LOAD(allow_null);
	deny = LOAD(deny_all);
	allow = LOAD(allow_all);
	assert_int_equal(bpf_attach_device_program(cgroup, deny), 0);
	assert_int_equal(bpf_replace_device_program(cgroup, null, deny), 0);
	assert_int_equal(open_inside("/dev/null"), 0);
	assert_int_equal(open_inside("/dev/zero"), EPERM);
	assert_int_equal(bpf_query_device_programs(cgroup, ids, COUNT(ids)), 1);
	assert_int_equal(ids[0], info_of(null).id);
	/* One that is not there cannot be replaced, and nothing changes. */
	assert_int_equal(bpf_replace_device_program(cgroup, allow, deny), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(bpf_query_device_programs(cgroup, ids, COUNT(ids)), 1);
	assert_int_equal(open_inside("/dev/zero"), EPERM);
	detach(null);
	(void)close(null);
	(void)close(deny);
	(void)close(allow);
}

static void test_query(void **state)
{
	uint32_t ids[3] = { 7, 7, 7 };
	int one, two;

	(void)state;
	need_bpf();
	assert_int_equal(bpf_query_device_programs(cgroup, ids, COUNT(ids)), 0);
	assert_int_equal(ids[0], 7);
	one = LOAD(allow_all);
	two = LOAD(allow_null);
	assert_int_equal(bpf_attach_device_program(cgroup, one), 0);
	assert_int_equal(bpf_attach_device_program(cgroup, two), 0);
	assert_int_equal(bpf_query_device_programs(cgroup, ids, COUNT(ids)), 2);
	assert_int_equal(ids[0], info_of(one).id);
	assert_int_equal(ids[1], info_of(two).id);
	assert_int_equal(ids[2], 7);
	/* All are counted, no more than there is room for are written. */
	ids[0] = ids[1] = 7;
	assert_int_equal(bpf_query_device_programs(cgroup, ids, 1), 2);
	assert_int_equal(ids[0], info_of(one).id);
	assert_int_equal(ids[1], 7);
	assert_int_equal(bpf_query_device_programs(cgroup, NULL, 0), 2);
	detach(one);
	detach(two);
	(void)close(one);
	(void)close(two);
}

static void test_wrong_descriptors(void **state)
{
	uint32_t ids[1];
	int prog, dir;

	(void)state;
	need_bpf();
	prog = LOAD(allow_all);
	dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(bpf_attach_device_program(dir, prog), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(bpf_attach_device_program(cgroup, dir), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(bpf_query_device_programs(dir, ids, 1), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(bpf_open_program(0), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(bpf_query_device_programs(cgroup, ids, 1), 0);
	(void)close(dir);
	(void)close(prog);
}

/* EAGAIN of the verifier is tried again, but not for ever; @data is not used. */
static void load_in_vain(void *data)
{
	(void)data;
	support_refuse(SYS_bpf, EAGAIN);
	assert_int_equal(bpf_load_device_program(allow_all, COUNT(allow_all)), -1);
	assert_int_equal(errno, EAGAIN);
}

static void load_without_right(void *data)
{
	(void)data;
	assert_int_equal(setresuid(1234, 1234, 1234), 0);
	assert_int_equal(bpf_load_device_program(allow_all, COUNT(allow_all)), -1);
	assert_int_equal(errno, EPERM);
}

static void test_refused(void **state)
{
	support_run(0, load_in_vain, *state);
	support_run(0, load_without_right, *state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_load_nonsense),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_wrong_descriptors),
		cmocka_unit_test(test_refused),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
