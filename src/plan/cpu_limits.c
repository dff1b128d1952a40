/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU limits; see cpu_limits.h.
 * Runs in: host.
 */
#include "plan/cpu_limits.h"

#include "libocispec/oci/resources.h"
#include "plan/judge.h"

/* Largest and smallest values of cpu.shares, kernel/sched/sched.h. */
enum { SHARES_MIN = 2, SHARES_MAX = 262144, WEIGHT_MAX = 10000 };

/*
 * Logarithm to base 2 of @x >= 1 by squaring: each step yields one binary digit.  Its error is
 * below 1e-13, far less than cpu_limits_weight() needs, and the C library's libm stays out.
 */
static double log2_of(double x)
{
	double result = 0, digit = 0.5;

	while (x >= 2) {
		x /= 2;
		result += 1;
	}
	for (int i = 0; i < 50; i++) {
		x *= x;
		if (x >= 2) {
			x /= 2;
			result += digit;
		}
		digit /= 2;
	}
	return result;
}

unsigned int cpu_limits_weight(uint64_t shares)
{
	static const double log2_of_10 = 3.32192809488736234787;
	unsigned int low = 1, high = WEIGHT_MAX;
	double l, wanted;

	if (shares <= SHARES_MIN)
		return 1;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	l = log2_of((double)shares);
	wanted = ((l * l + 125 * l) / 612 - 7.0 / 34) * log2_of_10 - 1e-12;
	/* The ceiling of 10^exponent is the smallest whole number whose logarithm reaches it. */
	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (log2_of(middle) >= wanted)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* An idle cgroup has no weight, the kernel refuses to take one; so idle comes first, and alone. */
static int judge_shares(const struct judge *j, const struct oci_cpu *c)
{
	static const char shares[] = "cpu.shares";
	uint64_t v = c->shares.v;

	if (c->idle.set && (c->idle.v < 0 || c->idle.v > 1))
		return judge_refuse(j, "cpu.idle", "neither 0 nor 1");
	if (c->idle.set && (c->idle.v == 1 || j->is_v1 || j->is_v2))
		judge_add(j, LIMIT_CPU_IDLE, c->at, "cpu.idle", c->idle.v);
	if (c->idle.v == 1 || v == 0)
		return 0;
	if (j->is_v2)
		judge_add(j, LIMIT_CPU_WEIGHT, c->at, shares, cpu_limits_weight(v));
	else
		judge_add(j, LIMIT_CPU_SHARES, c->at, shares,
			  v > SHARES_MAX ? SHARES_MAX : (int64_t)v);
	return 0;
}

static int judge_bandwidth(const struct judge *j, const struct oci_cpu *c)
{
	int64_t quota = c->quota.v < 0 ? LIMIT_UNLIMITED : c->quota.v;

	if (c->period.v > INT64_MAX)
		return judge_refuse(j, "cpu.period", "too large");
	if (c->period.v != 0)
		judge_add(j, LIMIT_CPU_PERIOD, c->at, "cpu.period", (int64_t)c->period.v);
	if (quota != 0)
		judge_add(j, LIMIT_CPU_QUOTA, c->at, "cpu.quota", quota);
	if (c->burst.v > INT64_MAX || (quota > 0 && c->burst.v > (uint64_t)quota))
		return judge_refuse(j, "cpu.burst", "more than cpu.quota");
	if (c->burst.v != 0 || (j->present && c->burst.set))
		judge_add(j, LIMIT_CPU_BURST, c->at, "cpu.burst", (int64_t)c->burst.v);
	return 0;
}

/* The kernel takes -1 for a runtime without limit, where its parent has none either. */
static int judge_realtime(const struct judge *j, const struct oci_cpu *c)
{
	static const char runtime[] = "cpu.realtimeRuntime", period[] = "cpu.realtimePeriod";

	if (j->is_v2 && c->realtime_runtime.v != 0)
		return judge_refuse_v2(j, runtime);
	if (j->is_v2 && c->realtime_period.v != 0)
		return judge_refuse_v2(j, period);
	if (c->realtime_period.v > INT64_MAX)
		return judge_refuse(j, period, "too large");
	if (c->realtime_period.v != 0)
		judge_add(j, LIMIT_CPU_RT_PERIOD, c->at, period, (int64_t)c->realtime_period.v);
	return judge_number(j, LIMIT_CPU_RT_RUNTIME, c->at, runtime, &c->realtime_runtime);
}

static void judge_sets(const struct judge *j, const struct oci_cpu *c)
{
	if (c->cpus && *c->cpus)
		judge_add_text(j, LIMIT_CPUSET_CPUS, c->at, "cpu.cpus", c->cpus);
	if (c->mems && *c->mems)
		judge_add_text(j, LIMIT_CPUSET_MEMS, c->at, "cpu.mems", c->mems);
}

int cpu_limits_judge(const struct judge *all, const struct oci_cpu *c)
{
	const struct judge cpu = judge_of(all, "cpu"), cpuset = judge_of(all, "cpuset");

	if (judge_shares(&cpu, c) < 0 || judge_bandwidth(&cpu, c) < 0 || judge_realtime(&cpu, c) < 0)
		return -1;
	judge_sets(&cpuset, c);
	return 0;
}
