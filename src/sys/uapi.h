/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel constants and structures that the C libraries of the oldest supported systems lack, under
 * their kernel names.  Both programs are built from the same numbers, whatever headers they meet.
 * Source: include/uapi/linux/{mount,openat2,sched,fs}.h of Linux 6.18.
 * Runs in: either.
 */
#ifndef TARE_SYS_UAPI_H
#define TARE_SYS_UAPI_H

#include <stdint.h>
#include <sys/syscall.h>

/* Since Linux 5.1 new calls have one number on every architecture (alpha apart). */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_fspick
#define SYS_fspick 433
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* open_tree(2), Linux 5.2 */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1u
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC 02000000u
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

/* move_mount(2), Linux 5.2 */
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#endif
#ifndef MOVE_MOUNT_T_EMPTY_PATH
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#endif

/* fsopen(2), fsconfig(2), fsmount(2), Linux 5.2; own names, since C libraries make them enums */
#define UAPI_FSOPEN_CLOEXEC 1u
#define UAPI_FSMOUNT_CLOEXEC 1u
#define UAPI_FSPICK_CLOEXEC 1u
#define UAPI_FSPICK_EMPTY_PATH 8u
#define UAPI_FSCONFIG_SET_FLAG 0u
#define UAPI_FSCONFIG_SET_STRING 1u
#define UAPI_FSCONFIG_CMD_CREATE 6u
#define UAPI_FSCONFIG_CMD_RECONFIGURE 7u

/* fsmount(2) and mount_setattr(2) */
#ifndef MOUNT_ATTR_RDONLY
#define MOUNT_ATTR_RDONLY 0x00000001
#endif
#ifndef MOUNT_ATTR_NOSUID
#define MOUNT_ATTR_NOSUID 0x00000002
#endif
#ifndef MOUNT_ATTR_NODEV
#define MOUNT_ATTR_NODEV 0x00000004
#endif
#ifndef MOUNT_ATTR_NOEXEC
#define MOUNT_ATTR_NOEXEC 0x00000008
#endif
#ifndef MOUNT_ATTR__ATIME
#define MOUNT_ATTR__ATIME 0x00000070
#endif
#ifndef MOUNT_ATTR_RELATIME
#define MOUNT_ATTR_RELATIME 0x00000000
#endif
#ifndef MOUNT_ATTR_NOATIME
#define MOUNT_ATTR_NOATIME 0x00000010
#endif
#ifndef MOUNT_ATTR_STRICTATIME
#define MOUNT_ATTR_STRICTATIME 0x00000020
#endif
#ifndef MOUNT_ATTR_NODIRATIME
#define MOUNT_ATTR_NODIRATIME 0x00000080
#endif
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

/* struct mount_attr of linux/mount.h, Linux 5.12 */
struct uapi_mount_attr {
	uint64_t attr_set, attr_clr, propagation, userns_fd;
};

/* statx(2): which mount a descriptor is on came in Linux 5.8; times, and what comes behind, are of no use here */
#define UAPI_STATX_TYPE 0x1u
#define UAPI_STATX_MODE 0x2u
#define UAPI_STATX_INO 0x100u
#define UAPI_STATX_MNT_ID 0x1000u
#define UAPI_STATX_ATTR_MOUNT_ROOT 0x2000u

struct uapi_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, spare;
	uint64_t ino, size, blocks, attributes_mask, times[8];
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id, after[13];
};

/* openat2(2), Linux 5.6 */
#define UAPI_RESOLVE_NO_XDEV 0x01u
#define UAPI_RESOLVE_NO_MAGICLINKS 0x02u
#define UAPI_RESOLVE_NO_SYMLINKS 0x04u
#define UAPI_RESOLVE_BENEATH 0x08u
#define UAPI_RESOLVE_IN_ROOT 0x10u

/* struct open_how of linux/openat2.h */
struct uapi_open_how {
	uint64_t flags, mode, resolve;
};

/* clone3(2); CLONE_INTO_CGROUP is Linux 5.7 */
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#define UAPI_CLONE_CLEAR_SIGHAND UINT64_C(0x100000000)
#define UAPI_CLONE_INTO_CGROUP UINT64_C(0x200000000)

/* struct clone_args of linux/sched.h, as Linux 5.7 has it */
struct uapi_clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		 set_tid_size, cgroup;
};

/* Questions of a seccomp filter, linux/seccomp.h, Linux 5.0; the flag Linux 5.5 */
struct uapi_seccomp_notif {
	uint64_t id;
	uint32_t pid, flags;
	int32_t nr;
	uint32_t arch;
	uint64_t instruction_pointer, args[6];
};

/* The answer to one: @error is negative, or @flags lets the call go on */
struct uapi_seccomp_notif_resp {
	uint64_t id;
	int64_t val;
	int32_t error;
	uint32_t flags;
};

#define UAPI_SECCOMP_USER_NOTIF_FLAG_CONTINUE 1u
#define UAPI_SECCOMP_IOCTL_NOTIF_RECV _IOWR('!', 0, struct uapi_seccomp_notif)
#define UAPI_SECCOMP_IOCTL_NOTIF_SEND _IOWR('!', 1, struct uapi_seccomp_notif_resp)

/* linux/futex.h, which musl's compiler does not find */
#define UAPI_FUTEX_WAIT 0
#define UAPI_FUTEX_WAKE 1

/* linux/if_addr.h, Linux 5.18: who made an address */
#define UAPI_IFA_PROTO 11

/* statfs(2) magic numbers, linux/magic.h */
#define UAPI_PROC_SUPER_MAGIC 0x9fa0
#define UAPI_SYSFS_MAGIC 0x62656572
#define UAPI_DEVPTS_SUPER_MAGIC 0x1cd1
#define UAPI_TMPFS_MAGIC 0x01021994
#define UAPI_CGROUP2_SUPER_MAGIC 0x63677270
#define UAPI_NSFS_MAGIC 0x6e736673

#endif
