/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's part in seccomp, so that filters can be tried without loading them: an interpreter of
 * the instructions of classic BPF that they are made of.
 */
#ifndef TARE_TESTS_PLAN_BPF_H
#define TARE_TESTS_PLAN_BPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seccomp_data;
struct sock_filter;

/* What the program answers for the call @data: SECCOMP_RET_* with its data.  Fails the test when it runs out. */
uint32_t bpf_run(const struct sock_filter *insn, size_t n, const struct seccomp_data *data);

#endif
