/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.seccomp to a BPF program (SC-01 .. SC-06), through libseccomp: the only file that knows it.
 * Not here: loading the program, which the container's process does for itself, and who answers
 * SCMP_ACT_NOTIFY (listener.c).
 * Runs in: host.
 */
#include "plan/seccomp.h"

#include <ctype.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/enosys.h"
#include "plan/work.h"

/* Highest value that the kernel hands out as an errno (MAX_ERRNO), and as a tracer's message. */
#define ERRNO_MAX 4095
#define TRACE_MAX UINT16_MAX

/* x32 numbers have this bit (asm/unistd.h), and end with calls of its own that other ABIs lack. */
#define X32_BIT 0x40000000u
#define X32_LAST (X32_BIT + 547)

/* More architectures than one byte order has; a profile that lists one twice may reach it. */
#define ARCHS_MAX 32

/* Unknown system calls are all reported in one warning of at most this many bytes. */
#define UNKNOWN_TEXT 200

/* @max: largest value that comes with the action, 0 for one that takes none. */
static const struct action {
	uint32_t value;
	uint32_t max;
} actions[] = {
	[OCI_SECCOMP_ACT_KILL] = { SCMP_ACT_KILL_THREAD, 0 },
	[OCI_SECCOMP_ACT_KILL_PROCESS] = { SCMP_ACT_KILL_PROCESS, 0 },
	[OCI_SECCOMP_ACT_KILL_THREAD] = { SCMP_ACT_KILL_THREAD, 0 },
	[OCI_SECCOMP_ACT_TRAP] = { SCMP_ACT_TRAP, 0 },
	[OCI_SECCOMP_ACT_ERRNO] = { SCMP_ACT_ERRNO(0), ERRNO_MAX },
	[OCI_SECCOMP_ACT_TRACE] = { SCMP_ACT_TRACE(0), TRACE_MAX },
	[OCI_SECCOMP_ACT_ALLOW] = { SCMP_ACT_ALLOW, 0 },
	[OCI_SECCOMP_ACT_LOG] = { SCMP_ACT_LOG, 0 },
	[OCI_SECCOMP_ACT_NOTIFY] = { SCMP_ACT_NOTIFY, 0 },
};

static const enum scmp_compare ops[] = {
	[OCI_SECCOMP_OP_NE] = SCMP_CMP_NE,
	[OCI_SECCOMP_OP_LT] = SCMP_CMP_LT,
	[OCI_SECCOMP_OP_LE] = SCMP_CMP_LE,
	[OCI_SECCOMP_OP_EQ] = SCMP_CMP_EQ,
	[OCI_SECCOMP_OP_GE] = SCMP_CMP_GE,
	[OCI_SECCOMP_OP_GT] = SCMP_CMP_GT,
	[OCI_SECCOMP_OP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};

static const uint32_t flags[] = {
	[OCI_SECCOMP_FLAG_TSYNC] = SECCOMP_FILTER_FLAG_TSYNC,
	[OCI_SECCOMP_FLAG_LOG] = SECCOMP_FILTER_FLAG_LOG,
	[OCI_SECCOMP_FLAG_SPEC_ALLOW] = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	[OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV] = LISTENER_WAIT_KILLABLE,
};

/*
 * Rules that are worth trying: a program of 4096 instructions has no room for more, and libseccomp
 * takes longer for each.
 */
#define RULES_MAX 8192u

/* struct build - a filter being made: @text names what libseccomp does not have; @n_rules so far. */
struct build {
	scmp_filter_ctx ctx;
	char text[UNKNOWN_TEXT];
	size_t len;
	size_t n_rules;
};

static void release(struct build *build)
{
	if (build->ctx != NULL)
		seccomp_release(build->ctx);
}

#define auto_build __attribute__((cleanup(release)))

static const char *action_word(enum oci_seccomp_action action)
{
	return oci_names_word(&oci_seccomp_action_names, (int)action);
}

/* An action with its value, which is @errno_key in the object at @at. */
static int plan_action(const struct plan_work *work, uint32_t at, const char *errno_key,
		       enum oci_seccomp_action action, const struct opt_u32 *errno_ret,
		       uint32_t *ret_value, struct err *err)
{
	const struct action *row = &actions[action];
	uint32_t value = errno_ret->set ? errno_ret->v : EPERM;

	if (errno_ret->set && row->max == 0)
		return err_say(err, work_place(work, at, "%s", errno_key),
			       "is given, but %s does not take a value", action_word(action));
	if (row->max != 0 && value > row->max)
		return err_say(err, work_place(work, at, "%s", errno_key),
			       "is more than %u, the most that %s takes", row->max,
			       action_word(action));
	*ret_value = row->max == 0 ? row->value : row->value | value;
	return 0;
}

static const char *arch_word(const struct oci_seccomp *seccomp, uint32_t i)
{
	return oci_names_word(&oci_seccomp_arch_names, seccomp->architectures.item[i]);
}

/*
 * libseccomp's token, 0 when it has none.  Its words for architectures are the specification's, in
 * lower case without "SCMP_ARCH_".
 */
static uint32_t find_arch(const struct oci_seccomp *seccomp, uint32_t i)
{
	const char *word = arch_word(seccomp, i) + strlen("SCMP_ARCH_");
	char name[32] = "";

	for (size_t j = 0; j + 1 < sizeof(name) && word[j] != '\0'; j++)
		name[j] = (char)tolower((unsigned char)word[j]);
	return seccomp_arch_resolve_name(name);
}

static int add_arch(const struct plan_work *work, const struct oci_seccomp *seccomp, uint32_t i,
		    scmp_filter_ctx ctx, struct err *err)
{
	const char *word = arch_word(seccomp, i);
	uint32_t arch = find_arch(seccomp, i);
	int r;

	if (arch == 0)
		return err_say(err, work_place(work, seccomp->at, "architectures[%u]", i),
			       "%s is unknown to this machine's libseccomp", word);
	r = seccomp_arch_add(ctx, arch);
	if (r < 0 && r != -EEXIST)
		return err_say(err, work_place(work, seccomp->at, "architectures[%u]", i),
			       "libseccomp refuses %s: %s", word,
			       r == -EDOM ? "its byte order is not this machine's" :
					    err_reason(-r));
	return 0;
}

/* The rules of one name: one with all conditions, or one per condition (see plan_syscall()). */
static int add_rules(struct build *build, int number, uint32_t action,
		     const struct scmp_arg_cmp *cond, unsigned int n, bool is_split)
{
	int r = 0;

	build->n_rules += is_split ? n : 1;
	if (build->n_rules > RULES_MAX)
		return -E2BIG;
	if (!is_split)
		return seccomp_rule_add_array(build->ctx, action, number, n, cond);
	for (unsigned int i = 0; i < n && r == 0; i++)
		r = seccomp_rule_add_array(build->ctx, action, number, 1, &cond[i]);
	return r;
}

static const char *rule_reason(int r)
{
	return r == -EEXIST ? "it contradicts an earlier one" :
	       r == -E2BIG ? "there are more rules than the kernel has room for" : err_reason(-r);
}

static void note_unknown(struct build *build, const char *name)
{
	int n = snprintf(build->text + build->len, sizeof(build->text) - build->len,
			 "%s%s", build->len == 0 ? "" : ", ", name);

	build->len += n > 0 ? (size_t)n : 0;
	if (build->len >= sizeof(build->text))
		build->len = sizeof(build->text) - 1;
}

/*
 * One entry of `syscalls`.  Its conditions are all to hold; libseccomp cannot take two on the same
 * argument in one rule, and every runtime makes each a rule of its own then, so that one is enough.
 */
static int plan_syscall(struct plan_work *work, const struct oci_syscall *entry, uint32_t standard,
			struct build *build, struct err *err)
{
	const struct oci_seccomp_arg *arg;
	struct scmp_arg_cmp *cond = work_array(work, entry->args.n, sizeof(*cond));
	unsigned int seen = 0;
	bool is_split = false;
	const char *name;
	uint32_t action = 0;

	if (plan_action(work, entry->at, "errnoRet", entry->action, &entry->errno_ret, &action, err) < 0)
		return -1;
	oci_for_each(arg, &entry->args) {
		cond[arg_i] = (struct scmp_arg_cmp){ .arg = arg->index,
						     .op = ops[arg->op],
						     .datum_a = arg->value,
						     .datum_b = arg->value_two.v };
		is_split |= (seen >> arg->index & 1) != 0;
		seen |= 1U << arg->index;
	}
	if (action == standard)
		return 0; /* says nothing new, and libseccomp refuses it */
	oci_for_each(name, &entry->names) {
		int number = seccomp_syscall_resolve_name(name);
		int r;

		if (number == __NR_SCMP_ERROR) {
			note_unknown(build, name);
			continue;
		}
		r = add_rules(build, number, action, cond, entry->args.n, is_split);
		if (r < 0)
			return err_say(err, work_place(work, entry->at, "names[%u]", name_i),
				       "libseccomp refuses the rule for \"%s\": %s", name,
				       rule_reason(r));
	}
	return 0;
}

/* Where the numbers of an architecture begin, and where a second range does; others: 0 and none. */
static const struct {
	uint32_t token, base, high;
} ranges[] = {
	{ SCMP_ARCH_X86_64,      0,    X32_BIT },
	{ SCMP_ARCH_ARM,         0,    0x0f0000 },
	{ SCMP_ARCH_MIPS,        4000, UINT32_MAX },
	{ SCMP_ARCH_MIPSEL,      4000, UINT32_MAX },
	{ SCMP_ARCH_MIPS64,      5000, UINT32_MAX },
	{ SCMP_ARCH_MIPSEL64,    5000, UINT32_MAX },
	{ SCMP_ARCH_MIPS64N32,   6000, UINT32_MAX },
	{ SCMP_ARCH_MIPSEL64N32, 6000, UINT32_MAX },
};

/* The highest number below @high that the profile names for @token, or @highest if that is more. */
static uint32_t find_highest(const struct oci_seccomp *seccomp, uint32_t token, uint32_t high,
			     uint32_t highest)
{
	const struct oci_syscall *entry;
	const char *name;

	oci_for_each(entry, &seccomp->syscalls) {
		oci_for_each(name, &entry->names) {
			int number = seccomp_syscall_resolve_name_arch(token, name);

			if (number >= 0 && (uint32_t)number < high && (uint32_t)number > highest)
				highest = (uint32_t)number;
		}
	}
	return highest;
}

static struct enosys_arch plan_enosys_arch(const struct oci_seccomp *seccomp, scmp_filter_ctx ctx,
					   uint32_t token)
{
	struct enosys_arch ret = { .arch = token, .high = UINT32_MAX, .max_high = UINT32_MAX };
	uint32_t base = 0;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (ranges[i].token == token) {
			base = ranges[i].base;
			ret.high = ranges[i].high;
		}
	}
	ret.max = find_highest(seccomp, token, ret.high, base + ENOSYS_FLOOR);
	if (token == SCMP_ARCH_X86_64 && seccomp_arch_exist(ctx, SCMP_ARCH_X32) == 0)
		ret.max_high = find_highest(seccomp, SCMP_ARCH_X32, UINT32_MAX, X32_LAST);
	return ret;
}

/*
 * The numbers above which the profile is silent because it is older.  Only for profiles that answer
 * with an errno: where others kill, that is what was asked for.
 */
static size_t plan_enosys(const struct oci_seccomp *seccomp, scmp_filter_ctx ctx,
			  uint32_t standard, struct enosys_arch ret[])
{
	size_t n = 0;

	if (seccomp->default_action != OCI_SECCOMP_ACT_ERRNO || standard == SCMP_ACT_ERRNO(ENOSYS))
		return 0;
	ret[n++] = plan_enosys_arch(seccomp, ctx, seccomp_arch_native());
	for (uint32_t i = 0; i < seccomp->architectures.n && n < ARCHS_MAX; i++) {
		uint32_t token = find_arch(seccomp, i);

		/* x32 shares x86-64's value. */
		if (token != seccomp_arch_native() && token != SCMP_ARCH_X32)
			ret[n++] = plan_enosys_arch(seccomp, ctx, token);
	}
	return n;
}

/* libseccomp hands a program over through a descriptor only. */
static int export_program(struct plan_work *work, scmp_filter_ctx ctx,
			  const struct enosys_arch *archs, size_t n_archs, struct plan_filter *ret,
			  struct err *err)
{
	size_t head = enosys_size(n_archs);
	auto_fd int fd = memfd_create("tare-seccomp", MFD_CLOEXEC);
	struct stat st;
	struct sock_filter *insns;
	size_t n;
	int r;

	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "make a memory file for the seccomp program");
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return err_say(err, ERR_NOWHERE, "compile the seccomp program: %s", err_reason(-r));
	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, ERR_NOWHERE, "read the seccomp program");
	n = (size_t)st.st_size / sizeof(*insns);
	if (head + n > BPF_MAXINSNS)
		return err_say(err, ERR_NOWHERE,
			       "compiles to %zu instructions, and the kernel takes %d", head + n,
			       BPF_MAXINSNS);
	insns = work_array(work, head + n, sizeof(*insns));
	enosys_write(insns, archs, n_archs);
	if (fd_read_all(fd, insns + head, n * sizeof(*insns)) != (ssize_t)(n * sizeof(*insns)))
		return err_errno(err, ERR_NOWHERE, "read the seccomp program");
	ret->insns = insns;
	ret->n = (uint32_t)(head + n);
	return 0;
}

static int compile(struct plan_work *work, const struct oci_seccomp *seccomp,
		   struct plan_filter *ret, struct err *err)
{
	struct enosys_arch archs[ARCHS_MAX];
	auto_build struct build build = { .ctx = NULL };
	uint32_t standard = 0;
	size_t n_archs;

	if (plan_action(work, seccomp->at, "defaultErrnoRet", seccomp->default_action,
			&seccomp->default_errno_ret, &standard, err) < 0)
		return -1;
	build.ctx = seccomp_init(standard);
	if (build.ctx == NULL)
		return err_say(err, work_place(work, seccomp->at, "defaultAction"),
			       "libseccomp refuses the default action %s",
			       action_word(seccomp->default_action));
	for (uint32_t i = 0; i < seccomp->architectures.n; i++) {
		if (add_arch(work, seccomp, i, build.ctx, err) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < seccomp->syscalls.n; i++) {
		if (plan_syscall(work, seccomp->syscalls.item[i], standard, &build, err) < 0)
			return -1;
	}
	if (build.len > 0 && work->plan->annotations.fail_unknown_syscall)
		return err_say(err, seccomp->at, "run.oci.seccomp_fail_unknown_syscall: this machine's libseccomp does not "
			       "know %s", build.text);
	if (build.len > 0)
		work_warn(work, seccomp->at,
			  "linux.seccomp: system calls unknown to this machine's libseccomp are left "
			  "out: %s", build.text);
	n_archs = plan_enosys(seccomp, build.ctx, standard, archs);
	if (export_program(work, build.ctx, archs, n_archs, ret, err) < 0)
		return err_wrap(err, seccomp->at, "seccomp");
	return 0;
}

/*
 * Flags for seccomp(2).  An absent list means SPEC_ALLOW, on which everybody relies for speed
 * (spec-checklist 8.1 #16).  The kernel takes WAIT_KILLABLE_RECV only with a listener, and TSYNC only
 * without: the latter is then left out, since nothing but the thread that loads the filter lives on.
 */
static int plan_flags(const struct plan_work *work, const struct oci_seccomp *seccomp, uint32_t *ret_flags,
		      struct err *err)
{
	const struct oci_words *list = &seccomp->flags;
	bool has_listener = work->plan->listener.path != NULL;
	uint32_t set = list->set ? 0 : SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	for (uint32_t i = 0; i < list->n; i++) {
		if (!has_listener && list->item[i] == OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV)
			return err_say(err, work_place(work, seccomp->at, "flags[%u]", i),
				       "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV means nothing where no rule has "
				       "SCMP_ACT_NOTIFY, and the kernel refuses it");
		set |= flags[list->item[i]];
	}
	if (has_listener)
		set = (set & ~(uint32_t)SECCOMP_FILTER_FLAG_TSYNC) | LISTENER_NEW;
	*ret_flags = set;
	return 0;
}

const char *plan_seccomp_library(char *buf, size_t size)
{
	const struct scmp_version *version = seccomp_version();

	(void)snprintf(buf, size, "%u.%u.%u", version->major, version->minor, version->micro);
	return buf;
}

int plan_seccomp(struct plan_work *work, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	const struct plan_filter *cached = work->input->seccomp_cached;
	const struct oci_seccomp *seccomp = on_linux == NULL ? NULL : on_linux->seccomp;
	struct plan_seccomp *ret = &work->plan->seccomp;

	if (seccomp == NULL)
		return 0;
	if (!work->input->facts->seccomp_filter)
		return err_say(err, seccomp->at, "this kernel has no seccomp filters");
	if (plan_flags(work, seccomp, &ret->filter.flags, err) < 0)
		return -1;
	ret->at = seccomp->at;
	ret->present = true;
	ret->default_action = region_strdup(work->region, action_word(seccomp->default_action));
	ret->n_rules = seccomp->syscalls.n;
	/* What a filter leaves out is not kept with it.  That of exec has been judged when the container was made. */
	if (cached == NULL || (work->plan->annotations.fail_unknown_syscall && !work->plan->exec.present))
		return compile(work, seccomp, &ret->filter, err);
	ret->filter.n = cached->n;
	ret->filter.insns = region_memdup(work->region, cached->insns,
					  cached->n * sizeof(struct sock_filter));
	return 0;
}
