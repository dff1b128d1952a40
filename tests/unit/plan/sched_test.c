/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scheduling, I/O priority, CPUs of exec, memory policy, execution domain. */
#include "fixture.h"

#include <linux/sched.h>
#include <string.h>

#define SCHEDULER(text) CONFIG("'scheduler':{" text "},", "", "")
#define MEMORY(text) CONFIG("", "'memoryPolicy':{" text "},", "")
#define CPUS(text) CONFIG("'execCPUAffinity':{" text "},", "", "")

/* linux/mempolicy.h, whose newest names old headers lack */
#define STATIC_NODES (1 << 15)
#define RELATIVE_NODES (1 << 14)
#define NUMA_BALANCING (1 << 13)

static void test_scheduler(void **state)
{
	static const struct {
		const char *json;
		struct plan_scheduler want;
	} cases[] = {
		{ SCHEDULER("'policy':'SCHED_OTHER'"), { .name = "SCHED_OTHER", .policy = 0 } },
		{ SCHEDULER("'policy':'SCHED_BATCH','nice':19"), { .name = "SCHED_BATCH", .policy = 3, .nice = 19 } },
		{ SCHEDULER("'policy':'SCHED_OTHER','nice':-20,'priority':0,'runtime':0,'deadline':0,'period':0"),
		  { .name = "SCHED_OTHER", .policy = 0, .nice = -20 } },
		{ SCHEDULER("'policy':'SCHED_IDLE','nice':5"),
		  { .name = "SCHED_IDLE", .policy = 5, .nice = 5, .nice_apart = true } },
		{ SCHEDULER("'policy':'SCHED_FIFO','priority':1,'flags':['SCHED_FLAG_RESET_ON_FORK']"),
		  { .name = "SCHED_FIFO", .policy = 1, .priority = 1, .nice_apart = true,
		    .flags = SCHED_FLAG_RESET_ON_FORK } },
		{ SCHEDULER("'policy':'SCHED_RR','priority':99"),
		  { .name = "SCHED_RR", .policy = 2, .priority = 99, .nice_apart = true } },
		{ SCHEDULER("'policy':'SCHED_FIFO','flags':['SCHED_FLAG_KEEP_POLICY','SCHED_FLAG_KEEP_PARAMS',"
			    "'SCHED_FLAG_UTIL_CLAMP_MIN','SCHED_FLAG_UTIL_CLAMP_MAX']"),
		  { .name = "SCHED_FIFO", .policy = 1, .flags = SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS |
		    SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAG_UTIL_CLAMP_MAX } },
		/* Reserved by the kernel, which answers by itself. */
		{ SCHEDULER("'policy':'SCHED_ISO'"), { .name = "SCHED_ISO", .policy = 4, .nice_apart = true } },
		{ SCHEDULER("'policy':'SCHED_DEADLINE','runtime':1024,'deadline':1024,"
			    "'flags':['SCHED_FLAG_RECLAIM','SCHED_FLAG_DL_OVERRUN']"),
		  { .name = "SCHED_DEADLINE", .policy = 6, .nice_apart = true, .runtime = 1024, .deadline = 1024,
		    .flags = SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN } },
		{ SCHEDULER("'policy':'SCHED_DEADLINE','runtime':1024,'deadline':2048,'period':9223372036854775807"),
		  { .name = "SCHED_DEADLINE", .policy = 6, .nice_apart = true, .runtime = 1024, .deadline = 2048,
		    .period = INT64_MAX } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct plan_scheduler *want = &cases[i].want;
		const struct plan_scheduler *got;
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		got = &fixture_plan(&f)->process.scheduler;
		assert_true(got->present);
		assert_int_equal(got->at, f.config->process->scheduler->at);
		assert_string_equal(got->name, want->name);
		assert_int_equal(got->policy, want->policy);
		assert_int_equal(got->flags, want->flags);
		assert_int_equal(got->nice, want->nice);
		assert_int_equal(got->nice_apart, want->nice_apart);
		assert_int_equal(got->priority, want->priority);
		assert_int_equal(got->runtime, want->runtime);
		assert_int_equal(got->deadline, want->deadline);
		assert_int_equal(got->period, want->period);
	}
}

static void test_nothing_given(void **state)
{
	auto_fixture struct fixture f;
	const struct plan *plan;

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	plan = fixture_plan(&f);
	assert_false(plan->process.scheduler.present || plan->process.io_priority.present);
	assert_false(plan->memory_policy.present || plan->personality.present);
	assert_int_equal(plan->process.affinity.initial.n + plan->process.affinity.final.n, 0);
}

static void test_io_priority(void **state)
{
	static const struct {
		const char *json, *name;
		int level, value;
	} cases[] = {
		{ CONFIG("'ioPriority':{'class':'IOPRIO_CLASS_RT','priority':0},", "", ""), "IOPRIO_CLASS_RT", 0, 1 << 13 },
		{ CONFIG("'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':7},", "", ""), "IOPRIO_CLASS_BE", 7,
		  2 << 13 | 7 },
		{ CONFIG("'ioPriority':{'class':'IOPRIO_CLASS_IDLE','priority':4},", "", ""), "IOPRIO_CLASS_IDLE", 4,
		  3 << 13 | 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct plan_io_priority *got;
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		got = &fixture_plan(&f)->process.io_priority;
		assert_true(got->present);
		assert_string_equal(got->name, cases[i].name);
		assert_int_equal(got->level, cases[i].level);
		assert_int_equal(got->value, cases[i].value);
	}
}

static void test_affinity(void **state)
{
	auto_fixture struct fixture f;
	const struct plan_affinity *affinity;

	(void)state;
	fixture_open(&f, CPUS("'initial':'0-1','final':'2000'"));
	affinity = &fixture_plan(&f)->process.affinity;
	assert_int_equal(affinity->initial.n, 2);
	assert_int_equal(affinity->initial.word[0], 3);
	assert_int_equal(affinity->final.n, 2001);
	assert_int_equal(affinity->final.word[2000 / PLAN_BITS_WORD], 1UL << 2000 % PLAN_BITS_WORD);
	assert_int_equal(affinity->final.word[0], 0);
}

/* An empty list means that the affinity stays as it is. */
static void test_empty_affinity(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CPUS("'initial':'0','final':''"));
	assert_int_equal(fixture_plan(&f)->process.affinity.final.n, 0);
}

static void test_memory_policy(void **state)
{
	static const struct {
		const char *json, *name;
		int mode;
		size_t n;
		unsigned long word;
	} cases[] = {
		{ MEMORY("'mode':'MPOL_DEFAULT'"), "MPOL_DEFAULT", 0, 0, 0 },
		{ MEMORY("'mode':'MPOL_DEFAULT','nodes':'','flags':[]"), "MPOL_DEFAULT", 0, 0, 0 },
		{ MEMORY("'mode':'MPOL_PREFERRED'"), "MPOL_PREFERRED", 1, 0, 0 },
		{ MEMORY("'mode':'MPOL_PREFERRED','nodes':'2','flags':['MPOL_F_STATIC_NODES']"), "MPOL_PREFERRED",
		  1 | STATIC_NODES, 3, 4 },
		{ MEMORY("'mode':'MPOL_BIND','nodes':'0-3,7','flags':['MPOL_F_NUMA_BALANCING']"), "MPOL_BIND",
		  2 | NUMA_BALANCING, 8, 0x8f },
		{ MEMORY("'mode':'MPOL_INTERLEAVE','nodes':'1','flags':['MPOL_F_RELATIVE_NODES']"),
		  "MPOL_INTERLEAVE", 3 | RELATIVE_NODES, 2, 2 },
		{ MEMORY("'mode':'MPOL_LOCAL'"), "MPOL_LOCAL", 4, 0, 0 },
		{ MEMORY("'mode':'MPOL_PREFERRED_MANY','nodes':'0'"), "MPOL_PREFERRED_MANY", 5, 1, 1 },
		{ MEMORY("'mode':'MPOL_WEIGHTED_INTERLEAVE','nodes':'0'"), "MPOL_WEIGHTED_INTERLEAVE", 6, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct plan_memory_policy *got;
		auto_fixture struct fixture f;

		fixture_open(&f, cases[i].json);
		got = &fixture_plan(&f)->memory_policy;
		assert_true(got->present);
		assert_string_equal(got->name, cases[i].name);
		assert_int_equal(got->mode, cases[i].mode);
		assert_int_equal(got->nodes.n, cases[i].n);
		if (cases[i].n > 0)
			assert_int_equal(got->nodes.word[0], cases[i].word);
	}
}

static void test_personality(void **state)
{
	auto_fixture struct fixture f, g;

	(void)state;
	fixture_open(&f, CONFIG("", "'personality':{'domain':'LINUX32','flags':[]},", ""));
	assert_true(fixture_plan(&f)->personality.present);
	assert_int_equal(f.plan->personality.domain, 8);
	assert_string_equal(f.plan->personality.name, "LINUX32");
	fixture_close(&f);
	fixture_open(&g, CONFIG("", "'personality':{'domain':'LINUX'},", ""));
	assert_true(fixture_plan(&g)->personality.present);
	assert_int_equal(g.plan->personality.domain, 0);
}

#define DEADLINE(runtime, deadline, period) \
	SCHEDULER("'policy':'SCHED_DEADLINE','runtime':" runtime ",'deadline':" deadline ",'period':" period)

static void test_refused(void **state)
{
	static const struct {
		const char *json, *refusal;
	} cases[] = {
		{ SCHEDULER("'policy':'SCHED_OTHER','priority':1"),
		  "process.scheduler.priority: SCHED_OTHER has no priority; SCHED_FIFO and SCHED_RR have" },
		{ SCHEDULER("'policy':'SCHED_FIFO'"),
		  "process.scheduler: SCHED_FIFO needs a priority from 1 to 99, not 0" },
		{ SCHEDULER("'policy':'SCHED_RR','priority':100"),
		  "process.scheduler.priority: SCHED_RR needs a priority from 1 to 99, not 100" },
		{ SCHEDULER("'policy':'SCHED_RR','priority':-1"),
		  "process.scheduler.priority: SCHED_RR needs a priority from 1 to 99, not -1" },
		{ SCHEDULER("'policy':'SCHED_DEADLINE','priority':1,'runtime':1024,'deadline':1024"),
		  "process.scheduler.priority: SCHED_DEADLINE has no priority; SCHED_FIFO and SCHED_RR have" },
		{ SCHEDULER("'policy':'SCHED_OTHER','runtime':5"),
		  "process.scheduler.runtime: SCHED_OTHER has none; SCHED_DEADLINE has" },
		{ SCHEDULER("'policy':'SCHED_IDLE','deadline':5"),
		  "process.scheduler.deadline: SCHED_IDLE has none; SCHED_DEADLINE has" },
		{ SCHEDULER("'policy':'SCHED_FIFO','priority':1,'period':5"),
		  "process.scheduler.period: SCHED_FIFO has none; SCHED_DEADLINE has" },
		{ SCHEDULER("'policy':'SCHED_BATCH','flags':['SCHED_FLAG_KEEP_POLICY','SCHED_FLAG_RECLAIM']"),
		  "process.scheduler.flags[1]: SCHED_FLAG_RECLAIM means nothing to SCHED_BATCH" },
		{ SCHEDULER("'policy':'SCHED_BATCH','flags':['SCHED_FLAG_DL_OVERRUN']"),
		  "process.scheduler.flags[0]: SCHED_FLAG_DL_OVERRUN means nothing to SCHED_BATCH" },
		{ SCHEDULER("'policy':'SCHED_DEADLINE'"),
		  "process.scheduler: SCHED_DEADLINE needs a runtime of at least 1024 ns" },
		{ DEADLINE("1023", "2000", "2000"),
		  "process.scheduler.runtime: SCHED_DEADLINE needs a runtime of at least 1024 ns" },
		{ DEADLINE("2001", "2000", "2000"), "process.scheduler.deadline: the deadline is shorter than the runtime" },
		{ DEADLINE("2000", "3000", "2999"), "process.scheduler.period: the period is shorter than the deadline" },
		{ DEADLINE("2000", "3000", "9223372036854775808"),
		  "process.scheduler.period: is more than the kernel takes, 9223372036854775807 ns" },
		{ CONFIG("'scheduler':{'policy':'SCHED_DEADLINE','runtime':2000,'deadline':2000},", "",
			 "'hooks':{'startContainer':[{'path':'/h'}]},"),
		  "process.scheduler: SCHED_DEADLINE without SCHED_FLAG_RESET_ON_FORK leaves no way to run "
		  "startContainer hooks" },
		{ CPUS("'initial':'0,3-1'"),
		  "process.execCPUAffinity.initial: \"3-1\" is a range that ends before it begins" },
		{ CPUS("'final':'all'"),
		  "process.execCPUAffinity.final: \"all\" is neither a number nor a range such as \"0-3\"" },
		{ CPUS("'final':'65536'"),
		  "process.execCPUAffinity.final: \"65536\" is out of range: no number may be above 65535" },
		{ CPUS("'initial':','"), "process.execCPUAffinity.initial: names no CPU" },
		{ MEMORY("'mode':'MPOL_DEFAULT','nodes':'0'"),
		  "linux.memoryPolicy.nodes: MPOL_DEFAULT takes no nodes" },
		{ MEMORY("'mode':'MPOL_LOCAL','nodes':'0-1'"), "linux.memoryPolicy.nodes: MPOL_LOCAL takes no nodes" },
		{ MEMORY("'mode':'MPOL_BIND'"), "linux.memoryPolicy: MPOL_BIND needs one node or more in nodes" },
		{ MEMORY("'mode':'MPOL_INTERLEAVE','nodes':''"),
		  "linux.memoryPolicy.nodes: MPOL_INTERLEAVE needs one node or more in nodes" },
		{ MEMORY("'mode':'MPOL_PREFERRED_MANY','nodes':' '"),
		  "linux.memoryPolicy.nodes: MPOL_PREFERRED_MANY needs one node or more in nodes" },
		{ MEMORY("'mode':'MPOL_WEIGHTED_INTERLEAVE'"),
		  "linux.memoryPolicy: MPOL_WEIGHTED_INTERLEAVE needs one node or more in nodes" },
		{ MEMORY("'mode':'MPOL_BIND','nodes':'1-0'"),
		  "linux.memoryPolicy.nodes: \"1-0\" is a range that ends before it begins" },
		{ MEMORY("'mode':'MPOL_BIND','nodes':'1024'"),
		  "linux.memoryPolicy.nodes: \"1024\" is out of range: no number may be above 1023" },
		{ MEMORY("'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_STATIC_NODES','MPOL_F_RELATIVE_NODES']"),
		  "linux.memoryPolicy.flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other" },
		{ MEMORY("'mode':'MPOL_PREFERRED','flags':['MPOL_F_STATIC_NODES']"),
		  "linux.memoryPolicy.flags: there are no nodes that could be static or relative" },
		{ MEMORY("'mode':'MPOL_LOCAL','flags':['MPOL_F_RELATIVE_NODES']"),
		  "linux.memoryPolicy.flags: there are no nodes that could be static or relative" },
		{ MEMORY("'mode':'MPOL_INTERLEAVE','nodes':'0','flags':['MPOL_F_NUMA_BALANCING']"),
		  "linux.memoryPolicy.flags: MPOL_F_NUMA_BALANCING goes with MPOL_BIND and "
		  "MPOL_PREFERRED_MANY, not with MPOL_INTERLEAVE" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_fixture struct fixture f;
		const char *refusal;

		fixture_open(&f, cases[i].json);
		refusal = fixture_refused(&f);
		assert_memory_equal(refusal, "config.json:1:", 14);
		assert_string_equal(strchr(refusal, ' ') + 1, cases[i].refusal);
	}
}

/* With it, hooks do not inherit the deadline. */
static void test_deadline_with_hooks(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, CONFIG("'scheduler':{'policy':'SCHED_DEADLINE','runtime':2000,'deadline':2000,"
				"'flags':['SCHED_FLAG_RESET_ON_FORK']},", "",
				"'hooks':{'startContainer':[{'path':'/h'}]},"));
	assert_true(fixture_plan(&f)->process.scheduler.present);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scheduler),
		cmocka_unit_test(test_nothing_given),
		cmocka_unit_test(test_io_priority),
		cmocka_unit_test(test_affinity),
		cmocka_unit_test(test_empty_affinity),
		cmocka_unit_test(test_memory_policy),
		cmocka_unit_test(test_personality),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_deadline_with_hooks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
