/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.capabilities (PR-14, PR-15).  What cannot be granted is left out with one warning: the only
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

/* So many unknown names are reported. */
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

/* The text of the one warning, cut where it ends; all names of the kernel's fit. */
struct text {
	char buf[1024];
	size_t len;
};

static void add(struct text *text, const char *separator, const char *word)
{
	int n = snprintf(text->buf + text->len, sizeof(text->buf) - text->len, "%s%s", separator, word);

	if (n > 0)
		text->len += (size_t)n;
	if (text->len >= sizeof(text->buf))
		text->len = sizeof(text->buf) - 1;
}

/* "; WHY: " in front of the first name of a reason, ", " in front of the others. */
static void add_name(struct text *text, const char *why, bool is_first, const char *name)
{
	if (is_first) {
		add(text, text->len == 0 ? "" : "; ", why);
		add(text, ": ", name);
	} else {
		add(text, ", ", name);
	}
}

static void add_set(struct text *text, const char *why, uint64_t set)
{
	bool is_first = true;

	for (size_t i = 0; i < N_NAMES; i++) {
		if (set >> i & 1) {
			add_name(text, why, is_first, names[i]);
			is_first = false;
		}
	}
}

/*
 * struct refused - what was asked for and is left out.
 * @unheld: the runtime's own sets lack them
 * @effective, @inheritable, @ambient: only in this set, as another one that it depends on lacks them
 */
struct refused {
	struct unknown unknown;
	uint64_t unheld;
	uint64_t effective, inheritable, ambient;
};

/* One warning names all that is left out, whichever of the sets asked for it (PR-15). */
static void warn(struct plan_work *work, uint32_t at, const struct refused *refused)
{
	struct text text = { .len = 0 };

	for (size_t i = 0; i < refused->unknown.n; i++)
		add_name(&text, "unknown", i == 0, refused->unknown.name[i]);
	if (refused->unknown.is_more)
		add(&text, ", ", "...");
	add_set(&text, "not the runtime's own to give", refused->unheld);
	add_set(&text, "effective but not permitted", refused->effective);
	add_set(&text, "inheritable but not in the bounding set", refused->inheritable);
	add_set(&text, "ambient but not both permitted and inheritable", refused->ambient);
	if (text.len > 0)
		work_warn(work, at, "process.capabilities: left out: %s", text.buf);
}

/* Keep of *@set what is in @allowed; the rest goes to @ret_refused. */
static void keep(uint64_t *set, uint64_t allowed, uint64_t *ret_refused)
{
	*ret_refused |= *set & ~allowed;
	*set &= allowed;
}

/*
 * The bounds are those of capset(2), prctl(2) and capabilities(7): a user namespace, new or joined, grants all
 * that the kernel knows, otherwise nobody gives what he does not hold.
 */
void plan_caps(struct plan_work *work, const struct oci_process *process, struct plan_caps *ret)
{
	const struct oci_capabilities *caps = process->capabilities;
	const struct facts *facts = work->input->facts;
	uint64_t known = facts->last_capability >= 63 ?
			 UINT64_MAX : (UINT64_C(1) << (facts->last_capability + 1)) - 1;
	bool in_user = work->plan->namespaces.has_user;
	uint64_t held = known & (in_user ? UINT64_MAX : facts->capabilities);
	uint64_t bounding = known & (in_user ? UINT64_MAX : facts->bounding);
	struct refused refused = { .unheld = 0 };

	if (caps == NULL)
		return;
	ret->bounding = parse_set(&caps->bounding, &refused.unknown);
	ret->permitted = parse_set(&caps->permitted, &refused.unknown);
	ret->effective = parse_set(&caps->effective, &refused.unknown);
	ret->inheritable = parse_set(&caps->inheritable, &refused.unknown);
	ret->ambient = parse_set(&caps->ambient, &refused.unknown);

	keep(&ret->bounding, bounding, &refused.unheld);
	keep(&ret->permitted, held, &refused.unheld);
	keep(&ret->effective, held, &refused.unheld);
	keep(&ret->inheritable, held & bounding, &refused.unheld);
	keep(&ret->ambient, held & bounding, &refused.unheld);
	keep(&ret->effective, ret->permitted, &refused.effective);
	keep(&ret->inheritable, ret->bounding, &refused.inheritable);
	keep(&ret->ambient, ret->permitted & ret->inheritable, &refused.ambient);
	warn(work, caps->at, &refused);
}
