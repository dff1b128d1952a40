/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks that init runs: their state, their order, their failure, and the filter on startContainer hooks. */
#include "init/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/init/stage.h"

static struct stage stage;

/* A hook that runs the shell script @script in the container's directory. */
#define SCRIPT(script) { .at = 50, .path = "/bin/sh", .args = (const char *const[]){ "sh", "-c", script, NULL }, .env = hook_env }

static const char *const hook_env[] = { "PATH=/usr/bin:/bin", "ONE=1", NULL };

static void open_stage(const void *data)
{
	stage_open(&stage, data);
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(fchdir(stage.root), 0);
	stage.plan.hooks.create_container = (struct plan_hook_state){ "{\"status\":\"creating\",\"pid\":", ",\"x\":1}" };
	stage.plan.hooks.start_container = (struct plan_hook_state){ "{\"status\":\"created\",\"pid\":", "}" };
}

static void set_hooks(enum plan_hook_kind kind, struct plan_hook *hooks, size_t n)
{
	stage.plan.hooks.kind[kind] = (struct plan_hook_list){ hooks, n };
}

static void expect_text(const char *path, const char *expected)
{
	char text[256];

	support_read(stage.root, path, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void run_both_kinds(void *data)
{
	struct plan_hook create[] = { SCRIPT("cat >state; echo first >>order"), SCRIPT("echo second >>order") };
	struct plan_hook start[] = { SCRIPT("cat >started; echo $ONE$TWO >>order") };
	size_t fds;

	open_stage(data);
	fds = support_count_fds();
	/* None at all. */
	stage_good(&stage, hooks_create_container(&stage.init, &stage.err));
	stage_good(&stage, hooks_start_container(&stage.init, &stage.err));
	set_hooks(PLAN_HOOK_CREATE_CONTAINER, create, 2);
	set_hooks(PLAN_HOOK_START_CONTAINER, start, 1);
	stage_good(&stage, hooks_create_container(&stage.init, &stage.err));
	/* First process of its pid namespace, so the container's view of it. */
	expect_text("state", "{\"status\":\"creating\",\"pid\":1,\"x\":1}");
	expect_text("order", "first\nsecond\n");
	assert_true(stage_is_missing(&stage, "started"));
	stage_good(&stage, hooks_start_container(&stage.init, &stage.err));
	expect_text("started", "{\"status\":\"created\",\"pid\":1}");
	expect_text("order", "first\nsecond\n1\n");
	assert_int_equal(support_count_fds(), fds);
}

static void fail_in_the_middle(void *data)
{
	struct plan_hook create[] = { SCRIPT("echo first >>order"), SCRIPT("echo to you >&2; exit 7"),
				      SCRIPT("echo third >>order") };
	struct plan_hook start[] = { SCRIPT("kill -9 $$") };

	open_stage(data);
	create[1].at = 51;
	set_hooks(PLAN_HOOK_CREATE_CONTAINER, create, 3);
	stage_bad(&stage, hooks_create_container(&stage.init, &stage.err),
		  "hooks.createContainer[1]: /bin/sh exited with status 7: to you");
	assert_int_equal(stage.err.at, 51);
	expect_text("order", "first\n");
	set_hooks(PLAN_HOOK_START_CONTAINER, start, 1);
	stage_bad(&stage, hooks_start_container(&stage.init, &stage.err),
		  "hooks.startContainer[0]: /bin/sh was killed by signal 9");
}

static void miss_and_outlast(void *data)
{
	struct plan_hook missing = { .path = "/no/such/hook", .args = (const char *const[]){ "x", NULL },
				     .env = hook_env };
	struct plan_hook slow = SCRIPT("exec sleep 1000");

	open_stage(data);
	set_hooks(PLAN_HOOK_CREATE_CONTAINER, &missing, 1);
	stage_bad(&stage, hooks_create_container(&stage.init, &stage.err),
		  "hooks.createContainer[0]: /no/such/hook could not be executed: it does not exist");
	slow.timeout = 1;
	set_hooks(PLAN_HOOK_CREATE_CONTAINER, &slow, 1);
	stage_bad(&stage, hooks_create_container(&stage.init, &stage.err), "did not end in time and was killed");
}

/* mkdir(2) and mkdirat(2) fail with EDOM. */
static const struct sock_filter no_mkdir[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef SYS_mkdir
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 2, 0),
#endif
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
};

static void filter(void *data)
{
	struct plan_hook make_one = SCRIPT("mkdir one"), make_two = SCRIPT("mkdir two 2>/dev/null || echo refused >three");

	open_stage(data);
	stage.plan.process.no_new_privs = true;
	stage.plan.seccomp.present = true;
	stage.plan.seccomp.filter = (struct plan_filter){ .insns = no_mkdir, .n = COUNT(no_mkdir) };
	set_hooks(PLAN_HOOK_CREATE_CONTAINER, &make_one, 1);
	set_hooks(PLAN_HOOK_START_CONTAINER, &make_two, 1);
	stage_good(&stage, hooks_create_container(&stage.init, &stage.err));
	assert_false(stage_is_missing(&stage, "one"));
	stage_good(&stage, hooks_start_container(&stage.init, &stage.err));
	assert_true(stage_is_missing(&stage, "two"));
	expect_text("three", "refused\n");
	/* Init itself is not filtered yet. */
	assert_int_equal(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
	/* A filter that does not load: the hook is not run without it. */
	stage.plan.seccomp.filter.n = 0;
	make_two = (struct plan_hook)SCRIPT("echo ran >four");
	stage_bad(&stage, hooks_start_container(&stage.init, &stage.err), "could not be executed: Invalid argument");
	assert_true(stage_is_missing(&stage, "four"));
}

STAGE_TEST(test_run, CLONE_NEWPID, run_both_kinds)
STAGE_TEST(test_failure, CLONE_NEWPID, fail_in_the_middle)
STAGE_TEST(test_missing_and_slow, CLONE_NEWPID, miss_and_outlast)
STAGE_TEST(test_filter, CLONE_NEWPID, filter)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_missing_and_slow),
		cmocka_unit_test(test_filter),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
