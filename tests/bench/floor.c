/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The floor: what Docker's default container costs when nothing but the kernel works.  Namespaces, cgroups,
 * mounts, devices, masked and read-only paths, capabilities and seccomp filter are those of
 * tests/run/configs/docker.json, written down as system calls: nothing is read, checked, recorded or undone.
 * It is what the runtimes are measured against, not one of them.
 *
 * floor BUNDLE FILTER CGROUP PROGRAM [ARGS]: FILTER is a file of struct sock_filter, CGROUP the name of the
 * cgroup that is made below the root of every hierarchy; PROGRAM is looked for in the container.
 * Exit status: the program's; 99 when a call failed, which is named.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAILED 99

/* Docker's fourteen capabilities. */
#define CAPS 0xa80425fbULL
#define LAST_CAP 40

/* Of sys/mount.h, which some C libraries cannot have beside linux/mount.h. */
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif
#ifndef MS_PRIVATE
#define MS_PRIVATE (1 << 18)
#define MS_SLAVE (1 << 19)
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef KEYCTL_JOIN_SESSION_KEYRING
#define KEYCTL_JOIN_SESSION_KEYRING 1
#endif

static const char *const hierarchies[] = {
	"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd", "unified",
};

#define N_HIERARCHIES (sizeof(hierarchies) / sizeof(hierarchies[0]))

struct device {
	const char *name;		/* in /dev, NULL: only allowed */
	unsigned int major;
	int minor;			/* -1: every one */
};

static const struct device devices[] = {
	{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 },
	{ "tty", 5, 0 }, { NULL, 5, 1 }, { NULL, 5, 2 }, { NULL, 10, 200 }, { NULL, 136, -1 },
};

#define N_DEVICES (sizeof(devices) / sizeof(devices[0]))

/* One cgroup of the container: its directory, or -1. */
struct cgroups {
	char path[N_HIERARCHIES][128];
	int n;
	int v2;				/* descriptor of the one on the v2 tree */
};

static long must(long result, const char *what)
{
	if (result < 0) {
		perror(what);
		_exit(FAILED);
	}
	return result;
}

static void write_file(int dir, const char *path, const char *text)
{
	int fd = must(openat(dir, path, O_WRONLY | O_CLOEXEC), path);

	must(write(fd, text, strlen(text)), path);
	close(fd);
}

/* ---- cgroups ------------------------------------------------------------------------------- */

#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })

/* r2 type, r3 access wanted, r4 major, r5 minor; making nodes is always allowed. */
static int load_device_program(void)
{
	struct bpf_insn p[16 + 5 * N_DEVICES];
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE };
	int n = 0;

	p[n++] = INSN(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0);
	p[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_X, 3, 2, 0, 0);
	p[n++] = INSN(BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff);
	p[n++] = INSN(BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16);
	p[n++] = INSN(BPF_LDX | BPF_MEM | BPF_W, 4, 1, 4, 0);
	p[n++] = INSN(BPF_LDX | BPF_MEM | BPF_W, 5, 1, 8, 0);
	p[n++] = INSN(BPF_JMP | BPF_JNE | BPF_K, 3, 0, 2, BPF_DEVCG_ACC_MKNOD);
	p[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1);
	p[n++] = INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	for (size_t i = 0; i < N_DEVICES; i++) {
		int skip = devices[i].minor < 0 ? 3 : 4;

		p[n++] = INSN(BPF_JMP | BPF_JNE | BPF_K, 2, 0, skip, BPF_DEVCG_DEV_CHAR);
		p[n++] = INSN(BPF_JMP | BPF_JNE | BPF_K, 4, 0, skip - 1, (int)devices[i].major);
		if (devices[i].minor >= 0)
			p[n++] = INSN(BPF_JMP | BPF_JNE | BPF_K, 5, 0, 2, devices[i].minor);
		p[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1);
		p[n++] = INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	}
	p[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	p[n++] = INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	attr.insns = (uintptr_t)p;
	attr.insn_cnt = (uint32_t)n;
	attr.license = (uintptr_t)"GPL";
	return (int)must(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)), "bpf(PROG_LOAD)");
}

static void limit_devices_v2(int cgroup)
{
	int prog = load_device_program();
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_bpf_fd = (uint32_t)prog,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	must(syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)), "bpf(PROG_ATTACH)");
	close(prog);
}

static void limit_devices_v1(int dir)
{
	char rule[64];

	write_file(dir, "devices.deny", "a");
	write_file(dir, "devices.allow", "c *:* m");
	write_file(dir, "devices.allow", "b *:* m");
	for (size_t i = 0; i < N_DEVICES; i++) {
		if (devices[i].minor < 0)
			snprintf(rule, sizeof(rule), "c %u:* rwm", devices[i].major);
		else
			snprintf(rule, sizeof(rule), "c %u:%d rwm", devices[i].major, devices[i].minor);
		write_file(dir, "devices.allow", rule);
	}
}

static void copy_down(int dir, const char *name)
{
	char path[64], text[256];
	int fd;
	ssize_t len;

	snprintf(path, sizeof(path), "../%s", name);
	fd = must(openat(dir, path, O_RDONLY | O_CLOEXEC), path);
	len = must(read(fd, text, sizeof(text) - 1), path);
	close(fd);
	text[len] = '\0';
	write_file(dir, name, text);
}

static void make_cgroup_v1(struct cgroups *made, const char *hierarchy, const char *name)
{
	char *path = made->path[made->n];
	int dir;

	snprintf(path, sizeof(made->path[0]), "/sys/fs/cgroup/%s/%s", hierarchy, name);
	if (mkdir(path, 0755) < 0)
		return;
	made->n++;
	dir = must(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), path);
	if (strcmp(hierarchy, "cpuset") == 0) {
		copy_down(dir, "cpuset.cpus");
		copy_down(dir, "cpuset.mems");
	} else if (strcmp(hierarchy, "memory") == 0) {
		write_file(dir, "memory.limit_in_bytes", "67108864");
		write_file(dir, "memory.memsw.limit_in_bytes", "134217728");
	} else if (strcmp(hierarchy, "devices") == 0) {
		limit_devices_v1(dir);
	}
	close(dir);
}

static void make_cgroups(struct cgroups *made, const char *name)
{
	struct statfs fs;

	made->n = 0;
	made->v2 = -1;
	must(statfs("/sys/fs/cgroup", &fs), "/sys/fs/cgroup");
	if (fs.f_type == CGROUP2_SUPER_MAGIC) {
		char *path = made->path[made->n++];

		snprintf(path, sizeof(made->path[0]), "/sys/fs/cgroup/%s", name);
		must(mkdir(path, 0755), path);
		made->v2 = must(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
		limit_devices_v2(made->v2);
		return;
	}
	for (size_t i = 0; i < N_HIERARCHIES; i++)
		make_cgroup_v1(made, hierarchies[i], name);
}

static void enter_cgroups(const struct cgroups *made)
{
	for (int i = 0; i < made->n && made->v2 < 0; i++) {
		int dir = must(open(made->path[i], O_PATH | O_DIRECTORY | O_CLOEXEC), made->path[i]);

		write_file(dir, "cgroup.procs", "0");
		close(dir);
	}
}

/* ---- mounts -------------------------------------------------------------------------------- */

struct fs {
	const char *type;
	const char *target;
	unsigned int attributes;
	const char *options[8];		/* key, value, ..., NULL; a value of "" is a flag */
};

static const struct fs filesystems[] = {
	{ "proc", "proc", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV, { NULL } },
	{ "tmpfs", "dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME, { "mode", "755", "size", "65536k", NULL } },
	{ "devpts", "dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	  { "ptmxmode", "0666", "mode", "0620", "gid", "5", NULL } },
	{ "sysfs", "sys", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY, { NULL } },
	{ "mqueue", "dev/mqueue", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV, { NULL } },
	{ "tmpfs", "dev/shm", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV,
	  { "mode", "1777", "size", "67108864", NULL } },
};

#define READ_ONLY_CGROUP (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY)

static void attach(int mount, const char *target)
{
	must(syscall(SYS_move_mount, mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), target);
	close(mount);
}

static int make_fs(const char *type, unsigned int attributes, const char *const *options)
{
	int fs = must(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), type);
	int mount;

	for (; options[0] != NULL; options += 2)
		must(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, options[0], options[1], 0), options[0]);
	must(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), type);
	mount = must(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes), type);
	close(fs);
	return mount;
}

static void mount_cgroup_v1(const char *hierarchy)
{
	static const char *const none[] = { NULL };
	char target[96];
	int fs, mount;

	snprintf(target, sizeof(target), "sys/fs/cgroup/%s", hierarchy);
	must(mkdir(target, 0755), target);
	if (strcmp(hierarchy, "unified") == 0) {
		attach(make_fs("cgroup2", READ_ONLY_CGROUP, none), target);
		return;
	}
	fs = must(syscall(SYS_fsopen, "cgroup", FSOPEN_CLOEXEC), "cgroup");
	if (strcmp(hierarchy, "systemd") == 0) {
		must(syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "none", NULL, 0), "none");
		must(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "name", "systemd", 0), "name");
	} else {
		must(syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, hierarchy, NULL, 0), hierarchy);
	}
	must(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), hierarchy);
	mount = must(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, READ_ONLY_CGROUP), hierarchy);
	close(fs);
	attach(mount, target);
}

static void mount_cgroups(const struct cgroups *made)
{
	static const char *const none[] = { NULL };
	static const char *const mode[] = { "mode", "755", NULL };
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

	if (made->v2 >= 0) {
		attach(make_fs("cgroup2", READ_ONLY_CGROUP, none), "sys/fs/cgroup");
		return;
	}
	attach(make_fs("tmpfs", READ_ONLY_CGROUP & ~MOUNT_ATTR_RDONLY, mode), "sys/fs/cgroup");
	for (int i = 0; i < made->n; i++) {
		char hierarchy[64];

		sscanf(made->path[i], "/sys/fs/cgroup/%63[^/]", hierarchy);
		mount_cgroup_v1(hierarchy);
	}
	must(syscall(SYS_mount_setattr, AT_FDCWD, "sys/fs/cgroup", 0, &read_only, sizeof(read_only)), "tmpfs");
}

static void bind_file(const char *bundle, const char *source, const char *target)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };
	char path[4096];
	int mount;

	snprintf(path, sizeof(path), "%s/binds/%s", bundle, source);
	mount = must(syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE), path);
	must(syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &private, sizeof(private)), path);
	attach(mount, target);
}

static void mount_all(const char *bundle, const struct cgroups *made)
{
	for (size_t i = 0; i < sizeof(filesystems) / sizeof(filesystems[0]); i++) {
		const struct fs *fs = &filesystems[i];

		if (strncmp(fs->target, "dev/", 4) == 0)
			must(mkdir(fs->target, 0755), fs->target);
		attach(make_fs(fs->type, fs->attributes, fs->options), fs->target);
	}
	mount_cgroups(made);
	bind_file(bundle, "resolv.conf", "etc/resolv.conf");
	bind_file(bundle, "hostname", "etc/hostname");
	bind_file(bundle, "hosts", "etc/hosts");
}

static void make_devices(void)
{
	char path[64];

	for (size_t i = 0; i < N_DEVICES; i++) {
		if (devices[i].name == NULL)
			continue;
		snprintf(path, sizeof(path), "dev/%s", devices[i].name);
		must(mknod(path, S_IFCHR | 0666, makedev(devices[i].major, (unsigned int)devices[i].minor)), path);
	}
	must(symlink("/proc/self/fd", "dev/fd"), "dev/fd");
	must(symlink("/proc/self/fd/0", "dev/stdin"), "dev/stdin");
	must(symlink("/proc/self/fd/1", "dev/stdout"), "dev/stdout");
	must(symlink("/proc/self/fd/2", "dev/stderr"), "dev/stderr");
	must(symlink("pts/ptmx", "dev/ptmx"), "dev/ptmx");
}

static void protect(void)
{
	static const char *const read_only[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger" };
	static const char *const masked[] = {
		"proc/asound", "proc/acpi", "proc/interrupts", "proc/kcore", "proc/keys", "proc/latency_stats",
		"proc/timer_list", "proc/timer_stats", "proc/sched_debug", "proc/scsi", "sys/firmware",
		"sys/devices/virtual/powercap",
	};
	static const char *const small[] = { "size", "4k", "nr_inodes", "2", "mode", "755", NULL };
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	int null = must(syscall(SYS_open_tree, AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), "/dev/null");
	int empty = make_fs("tmpfs", READ_ONLY_CGROUP, small);
	struct stat st;

	for (size_t i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++) {
		int mount = (int)syscall(SYS_open_tree, AT_FDCWD, read_only[i],
					 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

		if (mount < 0)
			continue;
		must(syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)), read_only[i]);
		attach(mount, read_only[i]);
	}
	attr.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
	must(syscall(SYS_mount_setattr, null, "", AT_EMPTY_PATH, &attr, sizeof(attr)), "/dev/null");
	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
		if (stat(masked[i], &st) < 0)
			continue;
		attach(must(syscall(SYS_open_tree, S_ISDIR(st.st_mode) ? empty : null, "",
				    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH), "open_tree"), masked[i]);
	}
	close(null);
	close(empty);
}

static void enter_root(const char *bundle)
{
	struct mount_attr slave = { .propagation = MS_SLAVE };
	char path[4096];
	int root;

	snprintf(path, sizeof(path), "%s/rootfs", bundle);
	must(syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &slave, sizeof(slave)), "/");
	root = must(syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE), path);
	must(syscall(SYS_move_mount, root, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH), path);
	must(fchdir(root), "rootfs");
	close(root);
}

/* ---- the process --------------------------------------------------------------------------- */

static void settle_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK };
	int fd = must(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");

	must(ioctl(fd, SIOCSIFFLAGS, &lo), "lo");
	close(fd);
}

static void settle_proc(void)
{
	write_file(AT_FDCWD, "proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
	write_file(AT_FDCWD, "proc/sys/net/ipv4/ping_group_range", "0 2147483647");
	write_file(AT_FDCWD, "proc/self/oom_score_adj", "0");
}

static void confine(const struct sock_filter *filter, size_t n)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { CAPS, CAPS, 0 } };
	struct sock_fprog program = { .len = (unsigned short)n, .filter = (struct sock_filter *)filter };
	gid_t group = 0;

	for (int cap = 0; cap <= LAST_CAP; cap++)
		if ((CAPS >> cap & 1) == 0)
			must(prctl(PR_CAPBSET_DROP, cap, 0, 0, 0), "PR_CAPBSET_DROP");
	must(syscall(SYS_setgroups, 1, &group), "setgroups");
	must(syscall(SYS_setresgid, 0, 0, 0), "setresgid");
	must(syscall(SYS_setresuid, 0, 0, 0), "setresuid");
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program), "seccomp");
	must(syscall(SYS_capset, &header, data), "capset");
}

static void become(const char *bundle, const struct cgroups *made, const struct sock_filter *filter, size_t n, char **args)
{
	static char *env[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			       "HOSTNAME=dockerlike", NULL };

	enter_cgroups(made);
	must(syscall(SYS_unshare, CLONE_NEWCGROUP), "unshare");
	must(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL), "keyctl");
	settle_network();
	must(sethostname("dockerlike", 10), "sethostname");
	umask(0);
	enter_root(bundle);
	mount_all(bundle, made);
	settle_proc();
	make_devices();
	protect();
	must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(syscall(SYS_umount2, ".", MNT_DETACH), "umount2");
	must(chdir("/"), "/");
	must(setsid(), "setsid");
	umask(022);
	confine(filter, n);
	execve(args[0], args, env);
	must(-1, args[0]);
}

static const struct sock_filter *map_filter(const char *path, size_t *n)
{
	int fd = must(open(path, O_RDONLY | O_CLOEXEC), path);
	struct stat st;
	void *p;

	must(fstat(fd, &st), path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	must(p == MAP_FAILED ? -1 : 0, path);
	close(fd);
	*n = (size_t)st.st_size / sizeof(struct sock_filter);
	return p;
}

int main(int argc, char **argv)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET,
		.exit_signal = SIGCHLD,
	};
	const struct sock_filter *filter;
	struct cgroups made;
	int status;
	size_t n;
	pid_t pid;

	if (argc < 5)
		return FAILED;
	filter = map_filter(argv[2], &n);
	make_cgroups(&made, argv[3]);
	if (made.v2 >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)made.v2;
	}
	pid = (pid_t)must(syscall(SYS_clone3, &args, sizeof(args)), "clone3");
	if (pid == 0)
		become(argv[1], &made, filter, n, argv + 4);
	must(waitpid(pid, &status, 0), "waitpid");
	while (made.n > 0)
		must(rmdir(made.path[--made.n]), "rmdir");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
