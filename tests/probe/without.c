/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run a program as on an older kernel: the system calls named answer ENOSYS, for it and all it starts.
 *
 *	without openat2,clone3,mount_setattr -- PROGRAM [ARGUMENT...]
 *
 * Unlike seccomp profiles of containers it leaves no_new_privs alone, so it needs root.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Since Linux 5.1 new calls have one number on every architecture (alpha apart). */
static const struct {
	const char *name;
	unsigned int number;
} calls[] = {
	{ "pidfd_send_signal", 424 }, { "pidfd_open", 434 },  { "clone3", 435 },	   { "close_range", 436 },
	{ "openat2", 437 },	      { "pidfd_getfd", 438 }, { "mount_setattr", 442 }, { "statmount", 457 },
	{ "listmount", 458 },	      { "open_tree_attr", 467 },
};

#define N_CALLS (sizeof(calls) / sizeof(calls[0]))

static unsigned int find(const char *name)
{
	for (size_t i = 0; i < N_CALLS; i++) {
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].number;
	}
	fprintf(stderr, "without: no system call \"%s\" in its list\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	struct sock_filter filter[2 * N_CALLS + 2] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { .len = 1, .filter = filter };

	if (argc < 4 || strcmp(argv[2], "--") != 0) {
		fprintf(stderr, "usage: without CALL[,CALL...] -- PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	for (char *name = strtok(argv[1], ","); name != NULL && program.len < 2 * N_CALLS; name = strtok(NULL, ",")) {
		filter[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, find(name), 0, 1);
		filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	}
	filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) {
		perror("without: load the filter");
		return 2;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
