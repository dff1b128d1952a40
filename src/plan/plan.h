/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan: everything that will be done, in the kernel's vocabulary.  It is made once by plan_make()
 * from config.json, facts and options, lies in a region at a fixed address, and is read-only
 * afterwards.  Both programs read it; nobody looks at an oci_* type after it.
 *
 * Every pointer in it points into the region.  Every entry remembers in `at` the offset of its object
 * in config.json, so that a failure in the container's process still names the line.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_PLAN_H
#define TARE_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/annotations.h"
#include "plan/caps.h"
#include "plan/devices.h"
#include "plan/exec.h"
#include "plan/facts.h"
#include "plan/hooks.h"
#include "plan/limits.h"
#include "plan/listener.h"
#include "plan/masks.h"
#include "plan/mounts.h"
#include "plan/namespaces.h"
#include "plan/netdevices.h"
#include "plan/options.h"
#include "plan/process.h"
#include "plan/rdt.h"
#include "plan/sched.h"
#include "plan/seccomp.h"
#include "plan/sysctl.h"

struct err;
struct oci_config;
struct oci_source;
struct region;

/* First word of the plan; changes with every change of its layout (init and host are one build). */
#define PLAN_MAGIC 0x54415245u

/*
 * struct plan_root - the root file system.
 * @path:        absolute path on the host, as the config means it (relative ones joined to the bundle)
 * @readonly:    root.readonly
 * @propagation: MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE, maybe with MS_REC, put on "/" after
 *               the change of root; the default is MS_SLAVE|MS_REC (spec-checklist 8.1 #14)
 * @no_pivot:    --no-pivot
 * @is_entered:  the container has no new mount namespace: nothing is mounted, the root is entered by
 *               chroot(2), and @propagation is 0; with a joined mount namespace @path is looked up in that
 */
struct plan_root {
	uint32_t at;
	const char *path;
	bool readonly;
	unsigned long propagation;
	bool no_pivot;
	bool is_entered;
};

/*
 * struct plan_warning - something that was asked for and is left out, as the spec allows; it never
 * changes the flow.  Printed at level "warning".
 */
struct plan_warning {
	uint32_t at;
	const char *text;
	struct plan_warning *next;
};

/* struct plan - the whole of what both processes carry out; read-only once it is sealed (base/region.h). */
struct plan {
	uint32_t magic;
	uint32_t size;			/* sizeof(struct plan), a check of both programs being one build */
	const char *id;
	const char *oci_version;	/* what a state document says: oci_version_complied() of config.json's */
	const char *bundle;
	const char *hostname;		/* NULL: leave it */
	const char *domainname;		/* NULL: leave it */
	uint64_t default_signals;	/* bit n - 1: signal n has its default action already; 0: nothing is known */
	bool new_keyring;		/* join a fresh session keyring named after the ID */
	unsigned int preserve_fds;
	bool has_notify;		/* one of the mounts is that of the notification socket (plan/notify.h) */
	struct plan_annotations annotations;
	struct plan_exec exec;
	bool init_opens;		/* init opens root, bind sources and device nodes itself, by path: plan_sources() */
	struct plan_root root;
	struct plan_namespaces namespaces;
	struct plan_netdevices netdevices;
	struct plan_mounts mounts;
	struct plan_devices devices;
	struct plan_masks masks;
	struct plan_sysctls sysctls;
	struct plan_hooks hooks;
	struct plan_cgroup cgroup;
	struct plan_rdt rdt;
	struct plan_process process;
	struct plan_memory_policy memory_policy;
	struct plan_personality personality;
	struct plan_seccomp seccomp;
	struct plan_listener listener;
	struct plan_warning *warnings;	/* in document order */
};

/*
 * struct plan_input - what a plan is made of.
 * @source:   text of config.json, for positions and raw slices
 * @seccomp_cached: a filter compiled earlier for exactly this seccomp object, or NULL
 */
struct plan_input {
	const struct oci_source *source;
	const struct oci_config *config;
	const struct facts *facts;
	const struct plan_options *options;
	const struct plan_filter *seccomp_cached;
};

/*
 * Judge @input once.  Pure: neither reads nor changes the machine (one exception: libseccomp hands
 * its program over through a descriptor).  On success *@ret_plan lies in @region; on refusal -1 and
 * @err names the value at fault.
 */
int plan_make(struct region *region, const struct plan_input *input, const struct plan **ret_plan,
	      struct err *err);

/*
 * The one thing that turns out only while the plan is carried out, ahead of its seal: the container has no cgroup of
 * its own after all, because a runtime that is not root may make none.  What shows the caller's becomes read-only;
 * the first mount that was not, or NULL.  @plan lies in @region.
 */
const struct plan_mount *plan_without_cgroup(struct region *region, const struct plan *plan);

/*
 * Print the plan as readable text, the same that golden tests compare, with @put called once per
 * piece of text.
 */
void plan_print(const struct plan *plan, void (*put)(void *data, const char *text), void *data);

#endif
