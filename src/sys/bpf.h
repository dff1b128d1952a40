/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bpf(2) calls for programs that decide on device access of a cgroup, and macros that spell
 * instructions.  Not here: which program (cgroup/devices_bpf.c).
 * Runs in: host.
 */
#ifndef TARE_SYS_BPF_H
#define TARE_SYS_BPF_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Instructions, named as in Documentation/bpf/standardization/instruction-set.rst; JMP32 needs
 * 5.1.
 */
#define BPF_LOAD_WORD(dst_, src_, off_)                                                      \
	((struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (dst_),            \
			    .src_reg = (src_), .off = (off_) })
#define BPF_MOVE_IMM(dst_, imm_)                                                             \
	((struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (dst_),          \
			    .imm = (int32_t)(imm_) })
#define BPF_MOVE(dst_, src_)                                                                 \
	((struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = (dst_),            \
			    .src_reg = (src_) })
#define BPF_ALU_IMM(op_, dst_, imm_)                                                         \
	((struct bpf_insn){ .code = BPF_ALU | (op_) | BPF_K, .dst_reg = (dst_),              \
			    .imm = (int32_t)(imm_) })
#define BPF_JUMP_IMM(op_, dst_, imm_, off_)                                                  \
	((struct bpf_insn){ .code = BPF_JMP | (op_) | BPF_K, .dst_reg = (dst_),              \
			    .off = (int16_t)(off_), .imm = (int32_t)(imm_) })
#define BPF_RETURN() ((struct bpf_insn){ .code = BPF_JMP | BPF_EXIT })

/*
 * Load a BPF_PROG_TYPE_CGROUP_DEVICE program (Linux 4.15, CONFIG_CGROUP_BPF; needs CAP_BPF or
 * CAP_SYS_ADMIN of the initial user namespace).  Returns its descriptor, CLOEXEC, or -1 with errno.
 */
int bpf_load_device_program(const struct bpf_insn *insns, size_t n);

/* Attach with BPF_F_ALLOW_MULTI: programs of ancestors and earlier ones must allow as well. */
int bpf_attach_device_program(int cgroup_fd, int prog_fd);

/* The same in place of the program @old_fd, in one step (BPF_F_REPLACE, Linux 5.6). */
int bpf_replace_device_program(int cgroup_fd, int prog_fd, int old_fd);

/*
 * IDs of the device programs attached to this very cgroup.  Returns how many there are, @max of
 * them in @ids; -1 with errno.
 */
int bpf_query_device_programs(int cgroup_fd, uint32_t *ids, uint32_t max);

/* A descriptor for a loaded program (needs CAP_SYS_ADMIN), or -1 with errno. */
int bpf_open_program(uint32_t id);

#endif
