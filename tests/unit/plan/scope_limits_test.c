/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits in systemd's words, by the tree that they go to. */
#include "plan/scope_parts.h"

#include <stdio.h>
#include <string.h>

#include "plan/property.h"
#include "resources.h"

static void judge(struct fixture *f, enum cgroup_mode mode, const char *json, struct plan_cgroup *cg)
{
	resources_open(f, mode, json);
	f->options.manager = CGROUP_MANAGER_SYSTEMD;
	if (plan_limits(&f->region, &f->input, cg, &f->err) < 0)
		fail_msg("refused: %s", f->err.text);
}

/* The property as "name type value": numbers, lists of bytes, and one device of a list. */
static const char *spell(const struct plan_cgroup *cg, const char *name)
{
	const struct plan_property *property = property_find(&cg->scope, name);
	static char text[512];
	size_t n;

	if (property == NULL)
		return "none";
	n = (size_t)snprintf(text, sizeof(text), "%s", property->signature);
	for (size_t i = 0; i < property->n; i++) {
		const struct plan_value *value = &property->value[i];

		if (value->type == 's')
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s", value->text);
		else if (value->text == NULL && value->type != ')')
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %lld", (long long)value->number);
	}
	return text;
}

static void assert_properties(enum cgroup_mode mode, const char *json, const char *const pairs[][2], size_t n)
{
	auto_fixture struct fixture f;
	struct plan_cgroup cg;

	judge(&f, mode, json, &cg);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(spell(&cg, pairs[i][0]), pairs[i][1]) != 0)
			fail_msg("%s: want %s, have %s", pairs[i][0], pairs[i][1], spell(&cg, pairs[i][0]));
	}
}

#define ASSERT_PROPERTIES(mode, json, ...)                                                           \
	do {                                                                                         \
		static const char *const pairs[][2] = { __VA_ARGS__ };                               \
		assert_properties(mode, json, pairs, sizeof(pairs) / sizeof(pairs[0]));              \
	} while (0)

static void test_memory(void **state)
{
	static const char json[] = RESOURCES("'memory':{'limit':1048576,'swap':3145728,'reservation':4096}");

	(void)state;
	ASSERT_PROPERTIES(CGROUP_MODE_V2, json, { "MemoryMax", "t 1048576" }, { "MemorySwapMax", "t 2097152" },
			  { "MemoryLow", "t 4096" }, { "MemoryLimit", "none" });
	ASSERT_PROPERTIES(CGROUP_MODE_V1, json, { "MemoryLimit", "t 1048576" }, { "MemoryMax", "none" },
			  { "MemoryLow", "none" }, { "MemorySwapMax", "none" });
	ASSERT_PROPERTIES(CGROUP_MODE_V2, RESOURCES("'memory':{'limit':-1,'swap':-1}"), { "MemoryMax", "t -1" },
			  { "MemorySwapMax", "t -1" });
}

/* CG-21: quotas are rounded up to 10 ms of a second. */
static void test_cpu(void **state)
{
	(void)state;
	ASSERT_PROPERTIES(CGROUP_MODE_V2, RESOURCES("'cpu':{'shares':512,'quota':25000,'period':50000}"),
			  { "CPUWeight", "t 59" }, { "CPUShares", "none" }, { "CPUQuotaPerSecUSec", "t 500000" },
			  { "CPUQuotaPeriodUSec", "t 50000" });
	ASSERT_PROPERTIES(CGROUP_MODE_V1, RESOURCES("'cpu':{'shares':512,'quota':12345}"), { "CPUShares", "t 512" },
			  { "CPUWeight", "none" }, { "CPUQuotaPerSecUSec", "t 130000" }, { "CPUQuotaPeriodUSec", "none" });
	ASSERT_PROPERTIES(CGROUP_MODE_V2, RESOURCES("'cpu':{'quota':-1,'idle':1}"), { "CPUQuotaPerSecUSec", "t -1" },
			  { "CPUWeight", "t 0" });
	ASSERT_PROPERTIES(CGROUP_MODE_V2, RESOURCES("'cpu':{'period':50000,'idle':0}"), { "CPUQuotaPerSecUSec", "none" },
			  { "CPUWeight", "none" });
	ASSERT_PROPERTIES(CGROUP_MODE_V2, RESOURCES("'cpu':{'quota':9000000000000000000,'period':1000000}"),
			  { "CPUQuotaPerSecUSec", "t 9000000000000000000" });
}

static void test_cpusets(void **state)
{
	(void)state;
	ASSERT_PROPERTIES(CGROUP_MODE_V2, RESOURCES("'cpu':{'cpus':'0-2,9','mems':'1'}"), { "AllowedCPUs", "ay 7 2" },
			  { "AllowedMemoryNodes", "ay 2" });
	ASSERT_PROPERTIES(CGROUP_MODE_V1, RESOURCES("'cpu':{'cpus':'0'}"), { "AllowedCPUs", "none" });
	ASSERT_PROPERTIES(CGROUP_MODE_V2, RESOURCES("'cpu':{'cpus':'x','mems':'3-1'}"), { "AllowedCPUs", "none" },
			  { "AllowedMemoryNodes", "none" });
	ASSERT_PROPERTIES(CGROUP_MODE_V2, RESOURCES("'cpu':{'cpus':'-1','mems':'0-99999999'}"),
			  { "AllowedCPUs", "none" }, { "AllowedMemoryNodes", "none" });
	ASSERT_PROPERTIES(CGROUP_MODE_V2, RESOURCES("'cpu':{'cpus':'1-','mems':'1x'}"), { "AllowedCPUs", "none" },
			  { "AllowedMemoryNodes", "none" });
}

/* systemd has no word for no task at all. */
static void test_tasks(void **state)
{
	(void)state;
	ASSERT_PROPERTIES(CGROUP_MODE_V2, RESOURCES("'pids':{'limit':7}"), { "TasksMax", "t 7" });
	ASSERT_PROPERTIES(CGROUP_MODE_V2, RESOURCES("'pids':{'limit':0}"), { "TasksMax", "t 1" });
	ASSERT_PROPERTIES(CGROUP_MODE_V1, RESOURCES("'pids':{'limit':-1}"), { "TasksMax", "t -1" });
}

static void test_block_io(void **state)
{
	static const char json[] = RESOURCES(
		"'blockIO':{'weight':1000,'weightDevice':[{'major':8,'minor':0,'weight':10},{'major':8,'minor':16,'weight':505}],"
		"'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':5}],"
		"'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':6},{'major':8,'minor':1,'rate':7}]}");

	(void)state;
	ASSERT_PROPERTIES(CGROUP_MODE_V2, json, { "IOWeight", "t 10000" },
			  { "IODeviceWeight", "a(st) /dev/block/8:0 1 /dev/block/8:16 5000" },
			  { "IOReadBandwidthMax", "a(st) /dev/block/8:0 5" },
			  { "IOWriteIOPSMax", "a(st) /dev/block/8:0 6 /dev/block/8:1 7" });
	ASSERT_PROPERTIES(CGROUP_MODE_V1, json, { "BlockIOWeight", "t 1000" },
			  { "BlockIODeviceWeight", "a(st) /dev/block/8:0 10 /dev/block/8:16 505" },
			  { "BlockIOReadBandwidth", "a(st) /dev/block/8:0 5" }, { "IOWriteIOPSMax", "none" });
}

/* CG-44: a property for each file that has one, after and over the others. */
static void test_unified(void **state)
{
	(void)state;
	ASSERT_PROPERTIES(CGROUP_MODE_V2,
			  RESOURCES("'memory':{'limit':1048576},'unified':{'memory.max':'2M','memory.high':'max\\n',"
				    "'memory.min':'4096','memory.low':'8k','memory.swap.max':'1G','memory.zswap.max':'0',"
				    "'memory.oom.group':'1','cpu.max':'20000 10000','cpu.weight':'7','cpuset.cpus':'1',"
				    "'cpuset.mems':'0','pids.max':'max','io.weight':'default 77','io.max':'8:0 rbps=1'}"),
			  { "MemoryMax", "t 2097152" }, { "MemoryHigh", "t -1" }, { "MemoryMin", "t 4096" },
			  { "MemoryLow", "t 8192" }, { "MemorySwapMax", "t 1073741824" }, { "MemoryZSwapMax", "t 0" },
			  { "OOMPolicy", "s kill" }, { "CPUQuotaPerSecUSec", "t 2000000" },
			  { "CPUQuotaPeriodUSec", "t 10000" }, { "CPUWeight", "t 7" }, { "AllowedCPUs", "ay 2" },
			  { "AllowedMemoryNodes", "ay 1" }, { "TasksMax", "t -1" }, { "IOWeight", "t 77" },
			  { "IOReadBandwidthMax", "none" });
	ASSERT_PROPERTIES(CGROUP_MODE_V2,
			  RESOURCES("'unified':{'cpu.idle':'1','cpu.max':'max','memory.oom.group':'0','pids.max':'0'}"),
			  { "CPUWeight", "t 0" }, { "CPUQuotaPerSecUSec", "t -1" }, { "CPUQuotaPeriodUSec", "none" },
			  { "OOMPolicy", "s continue" }, { "TasksMax", "t 1" });
	/* What the kernel is to judge. */
	ASSERT_PROPERTIES(CGROUP_MODE_V2,
			  RESOURCES("'unified':{'cpu.idle':'0','cpu.max':'1 0','memory.max':'lots','memory.high':'1 2',"
				    "'io.weight':'8:0 5','pids.max':''}"),
			  { "CPUWeight", "none" }, { "CPUQuotaPerSecUSec", "none" }, { "MemoryMax", "none" },
			  { "MemoryHigh", "none" }, { "IOWeight", "none" }, { "TasksMax", "none" });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_cpusets),
		cmocka_unit_test(test_tasks),
		cmocka_unit_test(test_block_io),
		cmocka_unit_test(test_unified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
