/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.capabilities (PR-14, PR-15).  What cannot be granted is left out with a warning: the one
 * place where the specification wants less than was asked for instead of an error.
 * Runs in: host.
 */
#include "plan/caps.h"

#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#include "libocispec/oci/process.h"
#include "plan/work.h"

/* By number, linux/capability.h of Linux 6.18. */
static const char *const names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
	NULL,
};

#define N_NAMES (sizeof(names) / sizeof(names[0]) - 1)

/* Unknown names are all reported in one warning, which holds this many of them. */
#define UNKNOWN_MAX 8

struct unknown {
	const char *name[UNKNOWN_MAX];
	size_t n;
	bool is_more;
};

const char *const *plan_cap_names(void)
{
	return names;
}

static void note_unknown(struct unknown *unknown, const char *name)
{
	for (size_t i = 0; i < unknown->n; i++) {
		if (strcmp(unknown->name[i], name) == 0)
			return;
	}
	if (unknown->n == UNKNOWN_MAX)
		unknown->is_more = true;
	else
		unknown->name[unknown->n++] = name;
}

static uint64_t parse_set(const struct oci_strings *list, struct unknown *unknown)
{
	const char *name;
	uint64_t set = 0;

	oci_for_each(name, list) {
		size_t i = 0;

		while (i < N_NAMES && strcmp(names[i], name) != 0)
			i++;
		if (i == N_NAMES)
			note_unknown(unknown, name);
		else
			set |= UINT64_C(1) << i;
	}
	return set;
}

/* Names in a buffer, cut where it ends. */
struct text {
	char buf[256];
	size_t len;
};

static void add_name(struct text *text, const char *name)
{
	int n = snprintf(text->buf + text->len, sizeof(text->buf) - text->len, "%s%s",
			 text->len == 0 ? "" : ", ", name);

	if (n > 0)
		text->len += (size_t)n;
	if (text->len >= sizeof(text->buf))
		text->len = sizeof(text->buf) - 1;
}

static void warn_unknown(struct plan_work *work, uint32_t at, const struct unknown *unknown)
{
	struct text text = { .len = 0 };

	if (unknown->n == 0)
		return;
	for (size_t i = 0; i < unknown->n; i++)
		add_name(&text, unknown->name[i]);
	work_warn(work, at, "process.capabilities: unknown and left out: %s%s", text.buf,
		  unknown->is_more ? ", ..." : "");
}

/* Keep of *@set what is in @allowed, and say what is not, and why. */
static void keep(struct plan_work *work, uint32_t at, const char *key, uint64_t *set,
		 uint64_t allowed, const char *why)
{
	struct text text = { .len = 0 };

	if ((*set & ~allowed) == 0)
		return;
	for (size_t i = 0; i < N_NAMES; i++) {
		if ((*set & ~allowed) >> i & 1)
			add_name(&text, names[i]);
	}
	*set &= allowed;
	work_warn(work, at, "process.capabilities.%s: left out, as %s: %s", key, why, text.buf);
}

/*
 * The bounds are those of capset(2), prctl(2) and capabilities(7): a new user namespace grants all
 * that the kernel knows, otherwise nobody gives what he does not hold.
 */
void plan_caps(struct plan_work *work, const struct oci_process *process, struct plan_caps *ret)
{
	const struct oci_capabilities *caps = process->capabilities;
	const struct facts *facts = work->input->facts;
	uint64_t known = facts->last_capability >= 63 ?
			 UINT64_MAX : (UINT64_C(1) << (facts->last_capability + 1)) - 1;
	bool is_new_user = (work->plan->namespaces.create & CLONE_NEWUSER) != 0;
	uint64_t held = known & (is_new_user ? UINT64_MAX : facts->capabilities);
	uint64_t bounding = known & (is_new_user ? UINT64_MAX : facts->bounding);
	struct unknown unknown = { .n = 0 };

	if (caps == NULL)
		return;
	ret->bounding = parse_set(&caps->bounding, &unknown);
	ret->permitted = parse_set(&caps->permitted, &unknown);
	ret->effective = parse_set(&caps->effective, &unknown);
	ret->inheritable = parse_set(&caps->inheritable, &unknown);
	ret->ambient = parse_set(&caps->ambient, &unknown);
	warn_unknown(work, caps->at, &unknown);

	keep(work, caps->at, "bounding", &ret->bounding, bounding,
	     "outside the runtime's own bounding set");
	keep(work, caps->at, "permitted", &ret->permitted, held, "the runtime does not hold them");
	keep(work, caps->at, "effective", &ret->effective, ret->permitted, "they are not permitted");
	keep(work, caps->at, "inheritable", &ret->inheritable, ret->bounding & held,
	     "outside the bounding set");
	keep(work, caps->at, "ambient", &ret->ambient, ret->permitted & ret->inheritable,
	     "they are not both permitted and inheritable");
}
