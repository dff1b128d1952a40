/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.resources in, a list of limits or a refusal out: what the tests of the judges share.
 */
#ifndef TARE_TESTS_PLAN_RESOURCES_H
#define TARE_TESTS_PLAN_RESOURCES_H

#include "fixture.h"

#define RESOURCES(json) CONFIG("", "'resources':{" json "},", "")

/* A machine with some v1 controllers; hugetlb, rdma, net_prio and others are on none. */
static const char *const v1_controllers[] = { "cpu", "cpuacct", "memory", "devices", "blkio",
					      "net_cls", "cpuset", "pids", NULL };
static const char *const v1_mounts[] = { "cpu,cpuacct", "cpu,cpuacct", "memory", "devices", "blkio",
					 "net_cls", "cpuset", "pids", NULL };

static inline void resources_open(struct fixture *f, enum cgroup_mode mode, const char *json)
{
	fixture_open(f, json);
	f->facts.cgroup_mode = mode;
	f->facts.v1_controllers = v1_controllers;
	f->facts.v1_mounts = v1_mounts;
}

/* The limits of @json on a machine of @mode. */
static inline void resources_judge(struct fixture *f, enum cgroup_mode mode, const char *json,
				   struct plan_cgroup *cg)
{
	resources_open(f, mode, json);
	if (plan_limits(&f->region, &f->input, cg, &f->err) < 0)
		fail_msg("refused: %s", f->err.text);
}

/* The refusal of @json with the path of the value at fault. */
static inline void resources_refuse(enum cgroup_mode mode, const char *json, const char *path,
				    const char *text)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg = { .n_limits = 77 };
	char where[128];

	resources_open(&f, mode, json);
	assert_int_equal(plan_limits(&f.region, &f.input, &cg, &f.err), -1);
	assert_string_equal(f.err.text, text);
	assert_string_equal(oci_source_path(&f.source, f.err.at, where, sizeof(where)), path);
	assert_int_equal(cg.n_limits, 77);
}

/* @name is below linux.resources. */
static inline void assert_limit(const struct plan_cgroup *cg, size_t i, enum limit kind,
				int64_t value, const char *name)
{
	assert_true(i < cg->n_limits);
	assert_int_equal(cg->limits[i].kind, kind);
	assert_int_equal(cg->limits[i].value, value);
	assert_memory_equal(cg->limits[i].name, "linux.resources.", strlen("linux.resources."));
	assert_string_equal(cg->limits[i].name + strlen("linux.resources."), name);
	assert_null(cg->limits[i].key);
}

static inline void assert_part(const struct plan_cgroup *cg, size_t i, enum limit kind,
			       const char *key, int64_t value, const char *name)
{
	struct plan_cgroup copy = *cg;
	struct plan_limit limit;

	assert_true(i < cg->n_limits);
	limit = cg->limits[i];
	assert_non_null(limit.key);
	assert_string_equal(limit.key, key);
	limit.key = NULL;
	copy.limits = &limit;
	copy.n_limits = 1;
	assert_limit(&copy, 0, kind, value, name);
}

#endif
