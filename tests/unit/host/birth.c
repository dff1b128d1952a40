/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See birth.h. */
#include "tests/unit/host/birth.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "plan/plan.h"
#include "tests/unit/cgroup/scratch.h"
#include "wire/channel.h"

static struct init_image image;

struct init_image init_image_get(void)
{
	return image;
}

void birth_use(struct init_image next)
{
	image = next;
}

void birth_begin(struct birth *birth, unsigned long namespaces)
{
	struct err err = ERR_INIT;

	(void)signal(SIGPIPE, SIG_IGN);
	*birth = (struct birth){ .cgroup = CGROUP_INIT, .launched = LAUNCHED_INIT };
	support_open_dir(&birth->dir);
	assert_good(region_open(&birth->region, &err), err);
	birth->plan = region_alloc(&birth->region, sizeof(*birth->plan));
	birth->plan->magic = PLAN_MAGIC;
	birth->plan->namespaces.create = namespaces;
	birth->plan->namespaces.born = namespaces & ~(unsigned long)CLONE_NEWCGROUP;
	birth->plan->root.path = "/the/root";
	birth->plan->root.at = 17;
	birth->plan_fd = -1;
}

int birth_launch(struct birth *birth, struct err *err)
{
	size_t fds = support_count_fds();
	char before[PATH_MAX], after[PATH_MAX];
	int r;

	*err = ERR_INIT;
	birth->plan_fd = region_seal(&birth->region, err);
	assert_true(birth->plan_fd >= 0);
	assert_non_null(getcwd(before, sizeof(before)));
	r = launch_init(birth->plan, &birth->region, birth->plan_fd, birth->dir.fd, &birth->cgroup, &birth->launched,
			err);
	assert_non_null(getcwd(after, sizeof(after)));
	assert_string_equal(after, before);
	/* The plan's, and of a process its pidfd, our end of the channel, and what tells that it has begun. */
	assert_int_equal(support_count_fds(), fds + (r < 0 ? 1 : 3) + (birth->launched.begun >= 0));
	return r;
}

void birth_end(struct birth *birth)
{
	launch_close(&birth->launched);
	fd_close(&birth->plan_fd);
	region_close(&birth->region);
	cgroup_close(&birth->cgroup);
	support_remove_dir(&birth->dir);
	/* No child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

void birth_entry(struct birth *birth, int (*entry)(int, int))
{
	struct err err;

	birth_use((struct init_image){ .entry = entry });
	assert_good(birth_launch(birth, &err), err);
	assert_true(birth->launched.pid > 0);
	assert_true(support_is_cloexec(birth->launched.pidfd));
	assert_true(support_is_cloexec(birth->launched.wire));
}

size_t birth_count_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int birth_sleep(int plan_fd, int wire)
{
	(void)plan_fd;
	(void)wire;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		(void)pause();
}

int birth_tell_and_sleep(int plan_fd, int wire)
{
	struct err err = ERR_INIT;

	if (channel_tell(wire, WIRE_READY, NULL, 0, &err) < 0)
		return 1;
	birth_sleep(plan_fd, wire);
}

void birth_in_cgroup(struct birth *birth, const char *below)
{
	struct plan_cgroup plan = scratch_plan(below);
	struct err err = ERR_INIT;

	if (!scratch_has_cgroups()) {
		(void)puts("skipped: needs a place where cgroups can be made");
		skip();
	}
	birth_begin(birth, 0);
	assert_good(cgroup_open(&birth->cgroup, &plan, &err), err);
	assert_good(cgroup_create(&birth->cgroup, &plan, &err), err);
}
