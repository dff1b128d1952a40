/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New limits for a container that exists: what is named and nothing else, beside what it has. */
#include "plan/update.h"

#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "libocispec/arena.h"
#include "libocispec/oci/resources.h"
#include "plan/device_rules.h"

static const char *const v1_controllers[] = { "cpu", "memory", "pids", "blkio", "cpuset", NULL };

/* struct world - a document and the container that it is for. */
struct world {
	struct arena arena;
	struct region region;
	struct oci_source source;
	struct plan_update update;
	struct plan_cgroup cg;
	struct err err;
};

static void world_close(struct world *w)
{
	arena_free(&w->arena);
	region_close(&w->region);
	*w = (struct world){ .arena = ARENA_INIT };
}

#define auto_world __attribute__((cleanup(world_close)))

/* @json with ' for ". */
static int judge(struct world *w, enum cgroup_mode mode, const char *json, int64_t memory, int64_t memsw)
{
	struct oci_error error = OCI_ERROR_INIT;
	struct oci_resources *resources;
	char *text;

	*w = (struct world){ .arena = ARENA_INIT, .err = ERR_INIT };
	text = arena_copy(&w->arena, json);
	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	w->source = (struct oci_source){ .name = "r.json", .text = text, .len = strlen(text) };
	if (oci_resources_read(&w->arena, &w->source, &resources, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(region_open(&w->region, &w->err), 0);
	w->update = (struct plan_update){
		.resources = resources,
		.source = &w->source,
		.mode = mode,
		.controllers = v1_controllers,
		.present = { .memory = memory, .memsw = memsw },
	};
	return plan_update_limits(&w->region, &w->update, &w->cg, &w->err);
}

static void good(struct world *w, enum cgroup_mode mode, const char *json, int64_t memory, int64_t memsw)
{
	if (judge(w, mode, json, memory, memsw) < 0)
		fail_msg("refused: %s", w->err.text);
	assert_int_equal(w->cg.mode, mode);
}

static void refused(enum cgroup_mode mode, const char *json, int64_t memory, int64_t memsw, const char *path,
		    const char *text)
{
	auto_world struct world w;
	char where[128];

	/* One at a time: a region has a fixed address. */
	assert_int_equal(judge(&w, mode, json, memory, memsw), -1);
	assert_non_null(strstr(w.err.text, text));
	assert_string_equal(oci_source_path(&w.source, w.err.at, where, sizeof(where)), path);
}

static void assert_limit(const struct world *w, size_t i, enum limit kind, int64_t value, const char *name)
{
	char where[128];

	assert_true(i < w->cg.n_limits);
	assert_int_equal(w->cg.limits[i].kind, kind);
	assert_int_equal(w->cg.limits[i].value, value);
	assert_string_equal(w->cg.limits[i].name, name);
	assert_string_equal(oci_source_path(&w->source, w->cg.limits[i].at, where, sizeof(where)), name);
}

#define NONE LIMIT_UNLIMITED

static void test_nothing(void **state)
{
	static const char *const documents[] = {
		"{}", "{'memory':{},'cpu':{},'pids':{},'blockIO':{},'devices':[],'network':null}",
		"{'memory':{'limit':0,'swap':0},'cpu':{'shares':0,'quota':0,'period':0,'cpus':''}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		auto_world struct world w;

		good(&w, CGROUP_MODE_V1, documents[i], 5, 5);
		assert_int_equal(w.cg.n_limits + w.cg.n_rules, 0);
	}
}

/* Only what is named, by its name and place in the document. */
static void test_named(void **state)
{
	auto_world struct world w;

	(void)state;
	good(&w, CGROUP_MODE_HYBRID,
	     "{'cpu':{'quota':7000,'cpus':'0-1'},'pids':{'limit':0},"
	     "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':5}]},'unified':{'memory.high':'9'}}",
	     NONE, NONE);
	assert_int_equal(w.cg.n_limits, 5);
	assert_limit(&w, 0, LIMIT_CPU_QUOTA, 7000, "cpu.quota");
	assert_limit(&w, 1, LIMIT_CPUSET_CPUS, 0, "cpu.cpus");
	assert_limit(&w, 2, LIMIT_PIDS_MAX, 0, "pids.limit");
	assert_limit(&w, 3, LIMIT_IO_READ_BPS, 5, "blockIO.throttleReadBpsDevice[0]");
	assert_string_equal(w.cg.limits[4].name, "unified[\"memory.high\"]");
	assert_false(w.cg.limits[0].is_v2);
	assert_true(w.cg.limits[4].is_v2);
	assert_int_equal(w.cg.n_rules, 0);
}

/* In a new cgroup there is no burst to take back. */
static void test_burst(void **state)
{
	auto_world struct world w;

	(void)state;
	good(&w, CGROUP_MODE_V2, "{'cpu':{'burst':0}}", NONE, NONE);
	assert_int_equal(w.cg.n_limits, 1);
	assert_limit(&w, 0, LIMIT_CPU_BURST, 0, "cpu.burst");
	world_close(&w);
	refused(CGROUP_MODE_V2, "{'cpu':{'burst':9,'quota':8}}", NONE, NONE, "cpu.burst", "more than cpu.quota");
}

/* v2 has swap alone: the sum is split at the limit that is named, or else at the one that is there. */
static void test_swap_v2(void **state)
{
	auto_world struct world w;

	(void)state;
	good(&w, CGROUP_MODE_V2, "{'memory':{'limit':100,'swap':150}}", 400, NONE);
	assert_limit(&w, 0, LIMIT_MEMORY_MAX, 100, "memory.limit");
	assert_limit(&w, 1, LIMIT_SWAP_MAX, 50, "memory.swap");
	world_close(&w);
	good(&w, CGROUP_MODE_V2, "{'memory':{'swap':500}}", 400, NONE);
	assert_int_equal(w.cg.n_limits, 1);
	assert_limit(&w, 0, LIMIT_SWAP_MAX, 100, "memory.swap");
	world_close(&w);
	good(&w, CGROUP_MODE_V2, "{'memory':{'swap':-1}}", NONE, NONE);
	assert_limit(&w, 0, LIMIT_SWAP_MAX, -1, "memory.swap");
	world_close(&w);
	good(&w, CGROUP_MODE_V2, "{'memory':{'limit':9000}}", 400, NONE);
	assert_int_equal(w.cg.n_limits, 1);
	world_close(&w);
	refused(CGROUP_MODE_V2, "{'memory':{'swap':399}}", 400, NONE, "memory.swap", "less than memory.limit");
	refused(CGROUP_MODE_V2, "{'memory':{'swap':399}}", NONE, NONE, "memory.swap", "needs memory.limit");
}

static void test_swap_v1(void **state)
{
	auto_world struct world w;

	(void)state;
	good(&w, CGROUP_MODE_V1, "{'memory':{'swap':500}}", 400, 450);
	assert_int_equal(w.cg.n_limits, 1);
	assert_limit(&w, 0, LIMIT_MEMSW_MAX, 500, "memory.swap");
	world_close(&w);
	refused(CGROUP_MODE_V1, "{'memory':{'swap':399}}", 400, 450, "memory.swap", "less than memory.limit");
	refused(CGROUP_MODE_V1, "{'memory':{'swap':399}}", NONE, NONE, "memory.swap", "needs memory.limit");
	refused(CGROUP_MODE_V1, "{'memory':{'limit':451}}", 400, 450, "memory.limit", "450 bytes");
}

static void test_limit_beside_memsw(void **state)
{
	auto_world struct world w;

	(void)state;
	good(&w, CGROUP_MODE_V1, "{'memory':{'limit':450}}", 400, 450);
	assert_int_equal(w.cg.n_limits, 1);
	world_close(&w);
	good(&w, CGROUP_MODE_V1, "{'memory':{'limit':4500}}", 400, NONE);
	assert_int_equal(w.cg.n_limits, 1);
}

/* Managers who take the memory limit away mean that of swap too. */
static void test_limit_away(void **state)
{
	auto_world struct world w;

	(void)state;
	good(&w, CGROUP_MODE_V1, "{'memory':{'limit':-1}}", 400, 450);
	assert_int_equal(w.cg.n_limits, 2);
	assert_limit(&w, 0, LIMIT_MEMORY_MAX, -1, "memory.limit");
	assert_limit(&w, 1, LIMIT_MEMSW_MAX, -1, "memory.limit");
	world_close(&w);
	good(&w, CGROUP_MODE_V2, "{'memory':{'limit':-1}}", 400, NONE);
	assert_int_equal(w.cg.n_limits, 2);
	assert_limit(&w, 1, LIMIT_SWAP_MAX, -1, "memory.limit");
}

static void test_check(void **state)
{
	auto_world struct world w;

	(void)state;
	good(&w, CGROUP_MODE_V2, "{'memory':{'limit':5,'checkBeforeUpdate':true}}", NONE, NONE);
	assert_true(w.cg.check_memory);
}

static void test_devices(void **state)
{
	auto_world struct world w;
	uint64_t digest;

	(void)state;
	good(&w, CGROUP_MODE_V2, "{'devices':[{'allow':false,'access':'rwm'}]}", NONE, NONE);
	assert_true(w.cg.n_rules > 1);
	digest = device_rules_digest(&w.cg);
	world_close(&w);
	good(&w, CGROUP_MODE_V2, "{'devices':[{'allow':false,'access':'rwm'},{'allow':false}]}", NONE, NONE);
	assert_true(device_rules_digest(&w.cg) == digest);
	world_close(&w);
	good(&w, CGROUP_MODE_V2, "{'devices':[{'allow':true,'type':'c','major':9,'access':'r'}]}", NONE, NONE);
	assert_true(device_rules_digest(&w.cg) != digest);
	world_close(&w);
	refused(CGROUP_MODE_V2, "{'devices':[{'allow':true,'access':'x'}]}", NONE, NONE, "devices[0]", "access");
}

static void test_refusals(void **state)
{
	(void)state;
	refused(CGROUP_MODE_V2, "{'memory':{'swappiness':5}}", NONE, NONE, "memory.swappiness", "cgroup v2 has no such");
	refused(CGROUP_MODE_V1, "{'pids':{'limit':-2}}", NONE, NONE, "pids.limit", "negative");
	refused(CGROUP_MODE_V1, "{'unified':{'memory.max':'1'}}", NONE, NONE, "unified[\"memory.max\"]", "needs cgroup v2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_swap_v2),
		cmocka_unit_test(test_swap_v1),
		cmocka_unit_test(test_limit_beside_memsw),
		cmocka_unit_test(test_limit_away),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
