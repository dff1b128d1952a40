/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf(2) for device programs; see bpf.h.
 * Runs in: host.
 */
#include "sys/bpf.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* BPF_F_REPLACE is an enum or a macro, by the age of the header; before 5.6 it is missing. */
#define ATTACH_REPLACE 4u

/* Tries after EAGAIN: the verifier gives way to a pending signal. */
enum { LOAD_TRIES = 5 };

static int sys_bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static uint64_t from_pointer(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

int bpf_load_device_program(const struct bpf_insn *insns, size_t n)
{
	union bpf_attr attr;
	int fd = -1;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = from_pointer(insns);
	attr.insn_cnt = (uint32_t)n;
	attr.license = from_pointer("GPL");
	memcpy(attr.prog_name, "tare_devices", sizeof("tare_devices"));
	for (int i = 0; i < LOAD_TRIES && fd < 0; i++) {
		fd = sys_bpf(BPF_PROG_LOAD, &attr);
		if (fd < 0 && errno != EAGAIN)
			break;
	}
	return fd;
}

static int attach(int cgroup_fd, int prog_fd, uint32_t flags, int old_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)prog_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = flags;
	if (old_fd >= 0)
		attr.replace_bpf_fd = (uint32_t)old_fd;
	return sys_bpf(BPF_PROG_ATTACH, &attr);
}

int bpf_attach_device_program(int cgroup_fd, int prog_fd)
{
	return attach(cgroup_fd, prog_fd, BPF_F_ALLOW_MULTI, -1);
}

int bpf_replace_device_program(int cgroup_fd, int prog_fd, int old_fd)
{
	return attach(cgroup_fd, prog_fd, BPF_F_ALLOW_MULTI | ATTACH_REPLACE, old_fd);
}

int bpf_query_device_programs(int cgroup_fd, uint32_t *ids, uint32_t max)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)cgroup_fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = from_pointer(ids);
	attr.query.prog_cnt = max;
	if (sys_bpf(BPF_PROG_QUERY, &attr) < 0 && errno != ENOSPC)
		return -1;
	return (int)attr.query.prog_cnt;
}

int bpf_open_program(uint32_t id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	return sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}
