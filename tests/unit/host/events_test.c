/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The statistics of a container once and again and again, to its end. */
#include "host/events.h"

#include "stage.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "tests/unit/cgroup/scratch.h"

#define MS INT64_C(1000000)
#define HOUR (INT64_C(3600) * 1000 * MS)

static void test_refused(void **state)
{
	struct err err = ERR_INIT;
	struct stage_container c;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	assert_int_equal(events_print(stdout, stage.root, "c", EVENTS_JSON, &err), -1);
	assert_holds(err.text, "container `c` does not exist");
	stage_make(&stage, &c, "c", STAGE_ENDED, NULL);
	assert_int_equal(events_print(stdout, stage.root, "c", EVENTS_JSON, &err), -1);
	assert_string_equal(err.text, "container with id c is not running: it is stopped");
	assert_int_equal(events_stream(stdout, stage.root, "c", EVENTS_OPENMETRICS, MS, &err), -1);
	assert_string_equal(err.text, "container with id c is not running: it is stopped");
	stage_unmake(&stage, &c);
	stage_make(&stage, &c, "c", STAGE_RUNS, NULL);
	assert_int_equal(events_stream(stdout, stage.root, "c", EVENTS_JSON, MS, &err), -1);
	assert_string_equal(err.text, "container `c` has no cgroup of its own, so nothing counts what it uses");
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

static void test_once(void **state)
{
	auto_free char *text = NULL;
	struct err err = ERR_INIT;
	struct plan_cgroup plan;
	struct stage_container c;
	struct stage stage;
	size_t len, fds;
	FILE *out;

	(void)state;
	stage_need_cgroups();
	stage_open(&stage);
	plan = scratch_plan("-events");
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	fds = support_count_fds();
	out = open_memstream(&text, &len);
	assert_good(events_print(out, stage.root, "c", EVENTS_JSON, &err), err);
	assert_good(events_print(out, stage.root, "c", EVENTS_OPENMETRICS, &err), err);
	(void)fclose(out);
	assert_int_equal(support_count_fds(), fds);
	assert_ptr_equal(strstr(text, "{\"type\":\"stats\",\"id\":\"c\",\"data\":{\"cpu\":{"), text);
	assert_holds(text, "}}\n# TYPE tare_cpu_usage_seconds counter\n");
	assert_holds(text, "\n# EOF\n");
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* In a child: the stream of container "c" into @fd. */
static pid_t start_stream(const struct stage *stage, int fd, int64_t interval)
{
	struct err err = ERR_INIT;
	pid_t pid = fork();
	FILE *out;

	if (pid != 0)
		return pid;
	(void)signal(SIGPIPE, SIG_IGN);
	out = fdopen(fd, "w");
	_exit(out != NULL && events_stream(out, stage->root, "c", EVENTS_JSON, interval, &err) == 0 ? 0 : 1);
}

static void assert_succeeds(pid_t pid)
{
	int status = -1;

	(void)alarm(30);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)alarm(0);
	assert_int_equal(status, 0);
}

static void test_stream(void **state)
{
	struct plan_cgroup plan;
	struct stage_container c;
	struct stage stage;
	char line[16384];
	int ends[2];
	FILE *in;
	pid_t pid;

	(void)state;
	stage_need_cgroups();
	stage_open(&stage);
	plan = scratch_plan("-stream");
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	assert_int_equal(pipe(ends), 0);
	pid = start_stream(&stage, ends[1], 20 * MS);
	(void)close(ends[1]);
	in = fdopen(ends[0], "r");
	assert_non_null(in);
	for (int i = 0; i < 3; i++) {
		assert_non_null(fgets(line, sizeof(line), in));
		assert_ptr_equal(strstr(line, "{\"type\":\"stats\",\"id\":\"c\","), line);
	}
	assert_int_equal(kill(c.pid, SIGKILL), 0);
	stage_ended(&c, SIGKILL);
	assert_succeeds(pid);
	(void)fclose(in);
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

/* The interval is long, and yet it ends when nobody reads. */
static void test_no_reader(void **state)
{
	struct plan_cgroup plan;
	struct stage_container c;
	struct stage stage;
	int ends[2];
	pid_t pid;

	(void)state;
	stage_need_cgroups();
	stage_open(&stage);
	plan = scratch_plan("-unread");
	stage_make(&stage, &c, "c", STAGE_RUNS, &plan);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		pid = start_stream(&stage, ends[1], HOUR);
		(void)close(ends[1]);
		_exit(waitpid(pid, NULL, 0) == pid ? 0 : 1);
	}
	(void)close(ends[1]);
	(void)close(ends[0]);
	assert_succeeds(pid);
	assert_true(stage_is_alive(&c));
	stage_unmake(&stage, &c);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_no_reader),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
