/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the printed plan that the payload is made of: who it is and what it may do, how it is
 * scheduled, where its memory comes from, and the seccomp program with its listener.
 * Runs in: host.
 */
#include "plan/print_parts.h"

#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/resource.h>

#include "plan/plan.h"
#include "plan/print_text.h"

static const struct word seccomp_words[] = {
	{ SECCOMP_FILTER_FLAG_TSYNC,      "tsync" },
	{ SECCOMP_FILTER_FLAG_LOG,        "log" },
	{ SECCOMP_FILTER_FLAG_SPEC_ALLOW, "spec-allow" },
	{ LISTENER_NEW,                   "new-listener" },
	{ LISTENER_WAIT_KILLABLE,         "wait-killable-recv" },
};

static const struct word sched_words[] = {
	{ SCHED_FLAG_RESET_ON_FORK,  "reset-on-fork" },
	{ SCHED_FLAG_RECLAIM,        "reclaim" },
	{ SCHED_FLAG_DL_OVERRUN,     "overrun-signal" },
	{ SCHED_FLAG_KEEP_POLICY,    "keep-policy" },
	{ SCHED_FLAG_KEEP_PARAMS,    "keep-params" },
	{ SCHED_FLAG_UTIL_CLAMP_MIN, "util-clamp-min" },
	{ SCHED_FLAG_UTIL_CLAMP_MAX, "util-clamp-max" },
};

/* linux/mempolicy.h: flags lie above the modes */
#define MPOL_FLAGS 0xe000u

static const struct word mpol_words[] = {
	{ 1 << 15, "static" },
	{ 1 << 14, "relative" },
	{ 1 << 13, "numa-balancing" },
};

static void print_bits(const struct out *out, const char *head, const struct plan_bits *bits)
{
	if (bits->n == 0)
		return;
	out_say(out, "%s", head);
	for (size_t i = 0; i < bits->n; i++) {
		if (bits->word[i / PLAN_BITS_WORD] >> i % PLAN_BITS_WORD & 1)
			out_say(out, " %zu", i);
	}
	out_say(out, "\n");
}

static void print_scheduler(const struct out *out, const struct plan_scheduler *scheduler)
{
	if (!scheduler->present)
		return;
	out_say(out, "  scheduler %s nice %d%s", scheduler->name, scheduler->nice,
		scheduler->nice_apart ? " by a call of its own" : "");
	if (scheduler->priority != 0)
		out_say(out, " priority %u", scheduler->priority);
	if (scheduler->runtime != 0)
		out_say(out, " runtime %llu deadline %llu period %llu",
			(unsigned long long)scheduler->runtime,
			(unsigned long long)scheduler->deadline,
			(unsigned long long)scheduler->period);
	out_bits(out, WORDS(sched_words), "", scheduler->flags);
	out_say(out, "\n");
}

/* Only what was asked for. */
static void print_settings(const struct out *out, const struct plan_process *process)
{
	print_scheduler(out, &process->scheduler);
	if (process->io_priority.present)
		out_say(out, "  io-priority %s %d\n", process->io_priority.name, process->io_priority.level);
	print_bits(out, "  exec-cpus-initial", &process->affinity.initial);
	print_bits(out, "  exec-cpus-final", &process->affinity.final);
	if (process->lsm.apparmor != NULL)
		out_line_text(out, "  apparmor-profile", process->lsm.apparmor);
	if (process->lsm.selinux != NULL)
		out_line_text(out, "  selinux-label", process->lsm.selinux);
	if (process->n_listen > 0)
		out_say(out, "  listen-fds %u\n", process->n_listen);
}

static void print_caps(const struct out *out, const char *head, uint64_t set)
{
	const char *const *names = plan_cap_names();

	out_say(out, "  %s", head);
	for (size_t i = 0; names[i] != NULL; i++) {
		if (set >> i & 1)
			out_say(out, " %s", names[i]);
	}
	out_say(out, "\n");
}

static void say_rlimit(const struct out *out, const char *head, uint64_t value)
{
	if (value == RLIM_INFINITY)
		out_say(out, " %s unlimited", head);
	else
		out_say(out, " %s %llu", head, (unsigned long long)value);
}

static void print_identity(const struct out *out, const struct plan_process *process)
{
	out_say(out, "  user %u:%u groups", process->uid, process->gid);
	for (size_t i = 0; i < process->n_groups; i++)
		out_say(out, " %u", process->groups[i]);
	if (process->keep_groups)
		out_say(out, " kept from the caller");
	out_say(out, "\n  umask %04o\n", process->umask);
	print_caps(out, "bounding", process->caps.bounding);
	print_caps(out, "permitted", process->caps.permitted);
	print_caps(out, "effective", process->caps.effective);
	print_caps(out, "inheritable", process->caps.inheritable);
	print_caps(out, "ambient", process->caps.ambient);
	out_line_flag(out, "  no-new-privileges", process->no_new_privs);
	for (size_t i = 0; i < process->n_rlimits; i++) {
		out_say(out, "  rlimit %s", process->rlimits[i].name);
		say_rlimit(out, "soft", process->rlimits[i].soft);
		say_rlimit(out, "hard", process->rlimits[i].hard);
		out_say(out, "\n");
	}
}

void print_process(const struct out *out, const struct plan_process *process)
{
	if (!process->present) {
		out_say(out, "process none\n");
		return;
	}
	out_say(out, "process\n");
	out_line_list(out, "  args", process->args);
	for (const char *const *variable = process->env; *variable != NULL; variable++)
		out_line_text(out, "  env", *variable);
	out_line_flag(out, "  has-home", process->has_home);
	out_line_text(out, "  path", process->path);
	out_line_text(out, "  cwd", process->cwd);
	print_identity(out, process);
	print_settings(out, process);
	if (process->has_oom_score_adj)
		out_say(out, "  oom-score-adj %d\n", process->oom_score_adj);
	out_line_flag(out, "  terminal", process->terminal);
	if (process->has_size)
		out_say(out, "  terminal-size %u rows, %u columns\n", process->rows, process->columns);
}

void print_memory(const struct out *out, const struct plan *plan)
{
	const struct plan_memory_policy *policy = &plan->memory_policy;

	if (policy->present) {
		out_say(out, "memory-policy %s", policy->name);
		out_bits(out, WORDS(mpol_words), "", (uint64_t)policy->mode & MPOL_FLAGS);
		out_say(out, "\n");
		print_bits(out, "  nodes", &policy->nodes);
	}
	if (plan->personality.present)
		out_say(out, "personality %s\n", plan->personality.name);
}

void print_seccomp(const struct out *out, const struct plan_seccomp *seccomp)
{
	if (!seccomp->present) {
		out_say(out, "seccomp none\n");
		return;
	}
	out_say(out, "seccomp %s, %u rules, %s\n  flags", seccomp->default_action, seccomp->n_rules,
		seccomp->filter.n > 0 ? "compiled" : "not compiled");
	out_bits(out, WORDS(seccomp_words), "", seccomp->filter.flags);
	out_say(out, "\n");
}

void print_listener(const struct out *out, const struct plan_listener *listener)
{
	if (listener->path == NULL)
		return;
	out_line_text(out, "  listener", listener->path);
	out_line_pieces(out, "  message", listener->piece, LISTENER_PIECES);
}
