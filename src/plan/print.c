/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan as text for people and for golden tests: one fact per line, numbers as the words they
 * stand for, strings in quotes.  The same plan gives the same text on any machine; of a seccomp
 * program, which differs with libseccomp's version, only what does not differ is shown.
 * Left out: offsets into config.json, and the magic number and size that guard the layout.
 * Runs in: host.
 */
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "plan/work.h"

struct out {
	void (*put)(void *data, const char *text);
	void *data;
};

/* A bit, or several, and what they are called. */
struct word {
	uint64_t bits;
	const char *word;
};

#define N(table) (sizeof(table) / sizeof((table)[0]))

static const struct word namespace_words[] = {
	{ CLONE_NEWUSER,   "user" },
	{ CLONE_NEWPID,    "pid" },
	{ CLONE_NEWNET,    "network" },
	{ CLONE_NEWIPC,    "ipc" },
	{ CLONE_NEWUTS,    "uts" },
	{ CLONE_NEWCGROUP, "cgroup" },
	{ CLONE_NEWTIME,   "time" },
	{ CLONE_NEWNS,     "mount" },
};

static const struct word attr_words[] = {
	{ MOUNT_ATTR_RDONLY,      "ro" },
	{ MOUNT_ATTR_NOSUID,      "nosuid" },
	{ MOUNT_ATTR_NODEV,       "nodev" },
	{ MOUNT_ATTR_NOEXEC,      "noexec" },
	{ MOUNT_ATTR_NODIRATIME,  "nodiratime" },
	{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
};

static const struct word atime_words[] = {
	{ MOUNT_ATTR_RELATIME,    "relatime" },
	{ MOUNT_ATTR_NOATIME,     "noatime" },
	{ MOUNT_ATTR_STRICTATIME, "strictatime" },
};

static const struct word propagation_words[] = {
	{ MS_PRIVATE,             "private" },
	{ MS_PRIVATE | MS_REC,    "rprivate" },
	{ MS_SHARED,              "shared" },
	{ MS_SHARED | MS_REC,     "rshared" },
	{ MS_SLAVE,               "slave" },
	{ MS_SLAVE | MS_REC,      "rslave" },
	{ MS_UNBINDABLE,          "unbindable" },
	{ MS_UNBINDABLE | MS_REC, "runbindable" },
};

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

static const struct word access_words[] = {
	{ DEVICE_READ,  "read" },
	{ DEVICE_WRITE, "write" },
	{ DEVICE_MKNOD, "mknod" },
};

static const struct word node_words[] = {
	{ S_IFCHR, "character" },
	{ S_IFBLK, "block" },
	{ S_IFIFO, "fifo" },
};

static const char *const mount_kinds[] = {
	[PLAN_MOUNT_FS] = "filesystem",
	[PLAN_MOUNT_BIND] = "bind",
	[PLAN_MOUNT_CGROUP2] = "own-cgroup-v2",
	[PLAN_MOUNT_CGROUP1] = "own-cgroup-v1",
	[PLAN_MOUNT_REMOUNT] = "remount",
};

static const char *const managers[] = {
	[CGROUP_MANAGER_CGROUPFS] = "cgroupfs",
	[CGROUP_MANAGER_SYSTEMD] = "systemd",
	[CGROUP_MANAGER_DISABLED] = "disabled",
};

static const char *const modes[] = {
	[CGROUP_MODE_NONE] = "none",
	[CGROUP_MODE_V1] = "v1",
	[CGROUP_MODE_HYBRID] = "hybrid",
	[CGROUP_MODE_V2] = "v2",
};

static const char *const limits[LIMIT_KINDS] = {
	[LIMIT_MEMORY_HIERARCHY] = "memory-hierarchy",
	[LIMIT_MEMORY_MAX] = "memory-max",
	[LIMIT_MEMORY_LOW] = "memory-low",
	[LIMIT_MEMSW_MAX] = "memory-and-swap-max",
	[LIMIT_SWAP_MAX] = "swap-max",
	[LIMIT_MEMORY_KERNEL] = "kernel-memory-max",
	[LIMIT_MEMORY_KERNEL_TCP] = "kernel-tcp-memory-max",
	[LIMIT_MEMORY_SWAPPINESS] = "swappiness",
	[LIMIT_MEMORY_OOM_DISABLE] = "oom-killer-disabled",
	[LIMIT_CPU_IDLE] = "cpu-idle",
	[LIMIT_CPU_SHARES] = "cpu-shares",
	[LIMIT_CPU_WEIGHT] = "cpu-weight",
	[LIMIT_CPU_PERIOD] = "cpu-period",
	[LIMIT_CPU_QUOTA] = "cpu-quota",
	[LIMIT_CPU_BURST] = "cpu-burst",
	[LIMIT_CPU_RT_PERIOD] = "realtime-period",
	[LIMIT_CPU_RT_RUNTIME] = "realtime-runtime",
	[LIMIT_CPUSET_CPUS] = "cpuset-cpus",
	[LIMIT_CPUSET_MEMS] = "cpuset-mems",
	[LIMIT_PIDS_MAX] = "pids-max",
	[LIMIT_IO_WEIGHT] = "io-weight",
	[LIMIT_IO_LEAF_WEIGHT] = "io-leaf-weight",
	[LIMIT_IO_WEIGHT_DEVICE] = "io-weight-of",
	[LIMIT_IO_LEAF_WEIGHT_DEVICE] = "io-leaf-weight-of",
	[LIMIT_IO_READ_BPS] = "io-read-bytes-of",
	[LIMIT_IO_WRITE_BPS] = "io-write-bytes-of",
	[LIMIT_IO_READ_IOPS] = "io-reads-of",
	[LIMIT_IO_WRITE_IOPS] = "io-writes-of",
	[LIMIT_HUGETLB] = "huge-pages-of",
	[LIMIT_NET_CLASS] = "network-class",
	[LIMIT_NET_PRIORITY] = "network-priority-on",
	[LIMIT_RDMA_HANDLES] = "rdma-handles-of",
	[LIMIT_RDMA_OBJECTS] = "rdma-objects-of",
	[LIMIT_UNIFIED] = "unified",
};

static void say(const struct out *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Short pieces; strings of the config go through quote(). */
static void say(const struct out *out, const char *format, ...)
{
	char buf[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	out->put(out->data, buf);
}

static void quote(const struct out *out, const char *text)
{
	char buf[256];
	size_t n = 0;

	buf[n++] = '"';
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (n > sizeof(buf) - 8) {
			buf[n] = '\0';
			out->put(out->data, buf);
			n = 0;
		}
		if (c < 0x20 || c == 0x7f) {
			n += (size_t)sprintf(buf + n, "\\x%02x", c);
			continue;
		}
		if (c == '"' || c == '\\')
			buf[n++] = '\\';
		buf[n++] = (char)c;
	}
	buf[n++] = '"';
	buf[n] = '\0';
	out->put(out->data, buf);
}

/* A line of a keyword and a string, or of the keyword and "none". */
static void line_text(const struct out *out, const char *head, const char *text)
{
	say(out, "%s ", head);
	if (text == NULL)
		say(out, "none");
	else
		quote(out, text);
	say(out, "\n");
}

static void line_list(const struct out *out, const char *head, const char *const *list)
{
	say(out, "%s", head);
	for (; *list != NULL; list++) {
		say(out, " ");
		quote(out, *list);
	}
	say(out, "\n");
}

static void line_flag(const struct out *out, const char *head, bool flag)
{
	say(out, "%s %s\n", head, flag ? "yes" : "no");
}

static const char *find_word(const struct word *word, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++) {
		if (word[i].bits == value)
			return word[i].word;
	}
	return "unknown";
}

/* " word" for each bit set, and what no word is known for as a number. */
static void say_bits(const struct out *out, const struct word *word, size_t n, const char *sign,
		     uint64_t bits)
{
	for (size_t i = 0; i < n; i++) {
		if (bits & word[i].bits)
			say(out, " %s%s", sign, word[i].word);
		bits &= ~word[i].bits;
	}
	if (bits != 0)
		say(out, " %s0x%llx", sign, (unsigned long long)bits);
}

static void print_container(const struct out *out, const struct plan *plan)
{
	line_text(out, "container", plan->id);
	line_text(out, "  specification", plan->oci_version);
	line_text(out, "  bundle", plan->bundle);
	line_text(out, "  hostname", plan->hostname);
	line_text(out, "  domainname", plan->domainname);
	line_flag(out, "  new-keyring", plan->new_keyring);
	say(out, "  preserved-fds %u\n", plan->preserve_fds);
	line_text(out, "root", plan->root.path);
	line_flag(out, "  readonly", plan->root.readonly);
	say(out, "  propagation %s\n",
	    find_word(propagation_words, N(propagation_words), plan->root.propagation));
	line_flag(out, "  pivot", !plan->root.no_pivot && !plan->root.is_entered);
	if (plan->init_opens)
		say(out, "  opened-by-init yes\n");
}

static void print_namespaces(const struct out *out, const struct plan_namespaces *namespaces)
{
	say(out, "namespaces\n  create");
	say_bits(out, namespace_words, N(namespace_words), "", namespaces->create);
	say(out, "\n");
	for (size_t i = 0; i < namespaces->n_join; i++) {
		say(out, "  join %s ", find_word(namespace_words, N(namespace_words),
						 namespaces->join[i].flag));
		quote(out, namespaces->join[i].path);
		say(out, "\n");
	}
	for (size_t i = 0; i < namespaces->n_uid_map; i++)
		say(out, "  uid-map %u is %u outside, %u ids\n", namespaces->uid_map[i].inside,
		    namespaces->uid_map[i].outside, namespaces->uid_map[i].count);
	for (size_t i = 0; i < namespaces->n_gid_map; i++)
		say(out, "  gid-map %u is %u outside, %u ids\n", namespaces->gid_map[i].inside,
		    namespaces->gid_map[i].outside, namespaces->gid_map[i].count);
	if (namespaces->uid_helper != NULL)
		line_text(out, "  uid-map-by", namespaces->uid_helper);
	if (namespaces->gid_helper != NULL)
		line_text(out, "  gid-map-by", namespaces->gid_helper);
	if (namespaces->is_user_implied)
		say(out, "  user-implied yes\n");
	if (namespaces->deny_setgroups)
		say(out, "  setgroups denied\n");
	if (namespaces->setup_uid != 0 || namespaces->setup_gid != 0)
		say(out, "  set-up-as %u:%u\n", (unsigned int)namespaces->setup_uid,
		    (unsigned int)namespaces->setup_gid);
	for (size_t i = 0; i < namespaces->n_clocks; i++)
		say(out, "  clock %s %lld s %u ns\n", namespaces->clocks[i].name,
		    (long long)namespaces->clocks[i].secs, (unsigned int)namespaces->clocks[i].nanosecs);
	if (!namespaces->is_staged)
		return;
	say(out, "  first-process");
	say_bits(out, namespace_words, N(namespace_words), "", namespaces->born);
	say(out, "\n");
}

static void print_netdevices(const struct out *out, const struct plan_netdevices *devices)
{
	for (size_t i = 0; i < devices->n; i++) {
		say(out, "  network-device ");
		quote(out, devices->item[i].host);
		line_text(out, devices->item[i].is_template ? " numbered as" : " as", devices->item[i].name);
	}
}

/* "+word" for what is set, "-word" for what is cleared, the access time as one choice. */
static void print_attr(const struct out *out, const char *head, const struct plan_attr *attr)
{
	const uint64_t atime = MOUNT_ATTR__ATIME;

	if (attr->set == 0 && attr->clear == 0)
		return;
	say(out, "    %s", head);
	say_bits(out, attr_words, N(attr_words), "+", attr->set & ~atime);
	say_bits(out, attr_words, N(attr_words), "-", attr->clear & ~atime);
	if (attr->clear & atime)
		say(out, " %s", find_word(atime_words, N(atime_words), attr->set & atime));
	say(out, "\n");
}

static void print_mount_flags(const struct out *out, const struct plan_mount *mount)
{
	const struct {
		bool flag;
		const char *word;
	} flags[] = {
		{ mount->recursive,        "recursive" },
		{ mount->late_readonly,    "late-readonly" },
		{ mount->tmpcopyup,        "tmpcopyup" },
		{ mount->copy_symlink,     "copy-symlink" },
		{ mount->src_nofollow,     "src-nofollow" },
		{ mount->dest_nofollow,    "dest-nofollow" },
		{ mount->mode_from_target, "mode-from-target" },
		{ mount->is_proc_below,    "file-of-proc" },
	};

	for (size_t i = 0; i < N(flags); i++) {
		if (flags[i].flag)
			say(out, " %s", flags[i].word);
	}
	say(out, "\n");
}

static void print_mount_idmap(const struct out *out, const struct plan_mount_idmap *idmap)
{
	say(out, "    ids mapped%s%s\n", idmap->recursive ? " recursively" : "",
	    idmap->n_uid_map == 0 ? " as in the user namespace joined" : "");
	for (size_t i = 0; i < idmap->n_uid_map; i++)
		say(out, "      uid-map %u is %u outside, %u ids\n", idmap->uid_map[i].inside,
		    idmap->uid_map[i].outside, idmap->uid_map[i].count);
	for (size_t i = 0; i < idmap->n_gid_map; i++)
		say(out, "      gid-map %u is %u outside, %u ids\n", idmap->gid_map[i].inside,
		    idmap->gid_map[i].outside, idmap->gid_map[i].count);
}

static void print_mount(const struct out *out, const struct plan_mount *mount)
{
	line_text(out, "  on", mount->target);
	say(out, "    %s", mount_kinds[mount->kind]);
	if (mount->type != NULL) {
		say(out, " ");
		quote(out, mount->type);
	}
	if (mount->source != NULL) {
		say(out, " from ");
		quote(out, mount->source);
	}
	print_mount_flags(out, mount);
	if (mount->label != NULL)
		line_text(out, "    label", mount->label);
	print_attr(out, "attributes", &mount->attr);
	print_attr(out, "attributes-recursive", &mount->attr_recursive);
	for (size_t i = 0; i < mount->n_params; i++) {
		say(out, "    option ");
		quote(out, mount->params[i].key);
		if (mount->params[i].value != NULL) {
			say(out, " ");
			quote(out, mount->params[i].value);
		}
		say(out, "\n");
	}
	if (mount->idmap != NULL)
		print_mount_idmap(out, mount->idmap);
	for (size_t i = 0; i < mount->n_propagation; i++)
		say(out, "    propagation %s\n",
		    find_word(propagation_words, N(propagation_words), mount->propagation[i]));
}

static void print_mounts(const struct out *out, const struct plan_mounts *mounts)
{
	say(out, "mounts\n");
	for (size_t i = 0; i < mounts->n; i++)
		print_mount(out, &mounts->item[i]);
	for (size_t i = 0; i < mounts->n_cgroup1; i++) {
		const struct plan_cgroup1 *item = &mounts->cgroup1[i];

		line_text(out, "  cgroup-v1-directory", item->name);
		line_text(out, "    shows", item->options);
		if (item->links != NULL)
			line_list(out, "    links", item->links);
	}
}

static void print_devices(const struct out *out, const struct plan_devices *devices)
{
	say(out, "devices\n");
	line_flag(out, "  populate-dev", devices->populate_dev);
	for (size_t i = 0; i < devices->n; i++) {
		const struct plan_device *device = &devices->item[i];

		say(out, "  node ");
		quote(out, device->path);
		say(out, " %s %u:%u mode %04o owner %u:%u%s%s\n",
		    find_word(node_words, N(node_words), device->type), device->major,
		    device->minor, device->mode, device->uid, device->gid,
		    device->is_default ? " default" : "", device->is_bound ? " bound" : "");
	}
	for (size_t i = 0; i < devices->n_link; i++) {
		const struct plan_link *link = &devices->link[i];

		say(out, "  link ");
		quote(out, link->path);
		say(out, " to ");
		quote(out, link->target);
		if (link->needs != NULL) {
			say(out, " if there is ");
			quote(out, link->needs);
		}
		say(out, "\n");
	}
}

static void print_paths(const struct out *out, const struct plan *plan)
{
	for (size_t i = 0; i < plan->masks.n_masked; i++)
		line_text(out, "masked", plan->masks.masked[i].path);
	for (size_t i = 0; i < plan->masks.n_readonly; i++)
		line_text(out, "readonly", plan->masks.readonly[i].path);
	for (size_t i = 0; i < plan->sysctls.n; i++) {
		say(out, "sysctl ");
		quote(out, plan->sysctls.item[i].path);
		line_text(out, " is", plan->sysctls.item[i].value);
	}
}

/* A document that is cut where a pid stands, which is known only when the container is made. */
static void line_pieces(const struct out *out, const char *head, const char *const *piece, size_t n)
{
	say(out, "%s ", head);
	for (size_t i = 0; i < n; i++) {
		say(out, i > 0 ? " PID " : "");
		quote(out, piece[i]);
	}
	say(out, "\n");
}

static void print_hook_state(const struct out *out, const char *head,
			     const struct plan_hook_state *state)
{
	if (state->head == NULL)
		return;
	line_pieces(out, head, (const char *const[]){ state->head, state->tail }, 2);
}

static void print_hooks(const struct out *out, const struct plan_hooks *hooks)
{
	for (size_t kind = 0; kind < PLAN_HOOK_KINDS; kind++) {
		for (size_t i = 0; i < hooks->kind[kind].n; i++) {
			const struct plan_hook *hook = &hooks->kind[kind].item[i];

			say(out, "hook %s ", plan_hook_names[kind]);
			quote(out, hook->path);
			say(out, "\n");
			line_list(out, "  args", hook->args);
			line_list(out, "  env", hook->env);
			if (hook->timeout != 0)
				say(out, "  timeout %lld s\n", (long long)hook->timeout);
		}
	}
	print_hook_state(out, "hook-state createContainer", &hooks->create_container);
	print_hook_state(out, "hook-state startContainer", &hooks->start_container);
}

static void print_bits(const struct out *out, const char *head, const struct plan_bits *bits)
{
	if (bits->n == 0)
		return;
	say(out, "%s", head);
	for (size_t i = 0; i < bits->n; i++) {
		if (bits->word[i / PLAN_BITS_WORD] >> i % PLAN_BITS_WORD & 1)
			say(out, " %zu", i);
	}
	say(out, "\n");
}

static void print_scheduler(const struct out *out, const struct plan_scheduler *scheduler)
{
	if (!scheduler->present)
		return;
	say(out, "  scheduler %s nice %d%s", scheduler->name, scheduler->nice,
	    scheduler->nice_apart ? " by a call of its own" : "");
	if (scheduler->priority != 0)
		say(out, " priority %u", scheduler->priority);
	if (scheduler->runtime != 0)
		say(out, " runtime %llu deadline %llu period %llu", (unsigned long long)scheduler->runtime,
		    (unsigned long long)scheduler->deadline, (unsigned long long)scheduler->period);
	say_bits(out, sched_words, N(sched_words), "", scheduler->flags);
	say(out, "\n");
}

/* Only what was asked for. */
static void print_settings(const struct out *out, const struct plan_process *process)
{
	print_scheduler(out, &process->scheduler);
	if (process->io_priority.present)
		say(out, "  io-priority %s %d\n", process->io_priority.name, process->io_priority.level);
	print_bits(out, "  exec-cpus-initial", &process->affinity.initial);
	print_bits(out, "  exec-cpus-final", &process->affinity.final);
	if (process->lsm.apparmor != NULL)
		line_text(out, "  apparmor-profile", process->lsm.apparmor);
	if (process->lsm.selinux != NULL)
		line_text(out, "  selinux-label", process->lsm.selinux);
	if (process->n_listen > 0)
		say(out, "  listen-fds %u\n", process->n_listen);
}

static void print_memory(const struct out *out, const struct plan *plan)
{
	const struct plan_memory_policy *policy = &plan->memory_policy;

	if (policy->present) {
		say(out, "memory-policy %s", policy->name);
		say_bits(out, mpol_words, N(mpol_words), "", (uint64_t)policy->mode & MPOL_FLAGS);
		say(out, "\n");
		print_bits(out, "  nodes", &policy->nodes);
	}
	if (plan->personality.present)
		say(out, "personality %s\n", plan->personality.name);
}

static void print_limit(const struct out *out, const struct plan_limit *limit, bool is_hybrid)
{
	say(out, "  limit %s", limits[limit->kind]);
	if (limit->key != NULL) {
		say(out, " ");
		quote(out, limit->key);
	}
	if (limit->text != NULL) {
		say(out, " ");
		quote(out, limit->text);
	} else if (limit->value == LIMIT_UNLIMITED) {
		say(out, " unlimited");
	} else {
		say(out, " %lld", (long long)limit->value);
	}
	if (is_hybrid && limit->is_v2 && limit->kind != LIMIT_UNIFIED)
		say(out, " on v2");
	line_text(out, " from", limit->name);
}

static void say_number(const struct out *out, const char *sign, int64_t number)
{
	if (number == DEVICE_ANY)
		say(out, "%s*", sign);
	else
		say(out, "%s%lld", sign, (long long)number);
}

static void print_cgroup(const struct out *out, const struct plan_cgroup *cgroup)
{
	say(out, "cgroup %s by %s\n", modes[cgroup->mode], managers[cgroup->manager]);
	line_text(out, "  path", cgroup->path);
	line_flag(out, "  path-given", cgroup->path_given);
	line_flag(out, "  has-resources", cgroup->has_resources);
	line_flag(out, "  rootless", cgroup->is_rootless);
	line_flag(out, "  check-memory", cgroup->check_memory);
	if (cgroup->delegate)
		say(out, "  delegate to %u\n", cgroup->delegate_uid);
	for (size_t i = 0; i < cgroup->n_hierarchies; i++) {
		const struct plan_hierarchy *hierarchy = &cgroup->hierarchies[i];

		say(out, "  hierarchy ");
		quote(out, hierarchy->mount);
		line_text(out, hierarchy->is_v2 ? " v2" : " v1", hierarchy->controllers);
	}
	for (size_t i = 0; i < cgroup->n_limits; i++)
		print_limit(out, &cgroup->limits[i], cgroup->mode == CGROUP_MODE_HYBRID);
	for (size_t i = 0; i < cgroup->n_rules; i++) {
		const struct plan_device_rule *rule = &cgroup->rules[i];

		say(out, "  device %s %c", rule->allow ? "allow" : "deny", rule->type);
		say_number(out, " ", rule->major);
		say_number(out, ":", rule->minor);
		say_bits(out, access_words, N(access_words), "", rule->access);
		say(out, "\n");
	}
}

static void print_rdt(const struct out *out, const struct plan_rdt *rdt)
{
	if (!rdt->present)
		return;
	line_text(out, rdt->is_own ? "rdt-group own" : "rdt-group", rdt->group);
	if (rdt->l3 != NULL)
		line_text(out, "  schema", rdt->l3);
	if (rdt->mb != NULL)
		line_text(out, "  schema", rdt->mb);
	for (const char *const *line = rdt->lines; *line != NULL; line++)
		line_text(out, "  schema", *line);
	line_flag(out, "  monitoring", rdt->monitoring);
}

static void print_caps(const struct out *out, const char *head, uint64_t set)
{
	const char *const *names = plan_cap_names();

	say(out, "  %s", head);
	for (size_t i = 0; names[i] != NULL; i++) {
		if (set >> i & 1)
			say(out, " %s", names[i]);
	}
	say(out, "\n");
}

static void say_rlimit(const struct out *out, const char *head, uint64_t value)
{
	if (value == RLIM_INFINITY)
		say(out, " %s unlimited", head);
	else
		say(out, " %s %llu", head, (unsigned long long)value);
}

static void print_identity(const struct out *out, const struct plan_process *process)
{
	say(out, "  user %u:%u groups", process->uid, process->gid);
	for (size_t i = 0; i < process->n_groups; i++)
		say(out, " %u", process->groups[i]);
	say(out, "\n  umask %04o\n", process->umask);
	print_caps(out, "bounding", process->caps.bounding);
	print_caps(out, "permitted", process->caps.permitted);
	print_caps(out, "effective", process->caps.effective);
	print_caps(out, "inheritable", process->caps.inheritable);
	print_caps(out, "ambient", process->caps.ambient);
	line_flag(out, "  no-new-privileges", process->no_new_privs);
	for (size_t i = 0; i < process->n_rlimits; i++) {
		say(out, "  rlimit %s", process->rlimits[i].name);
		say_rlimit(out, "soft", process->rlimits[i].soft);
		say_rlimit(out, "hard", process->rlimits[i].hard);
		say(out, "\n");
	}
}

static void print_process(const struct out *out, const struct plan_process *process)
{
	if (!process->present) {
		say(out, "process none\n");
		return;
	}
	say(out, "process\n");
	line_list(out, "  args", process->args);
	for (const char *const *variable = process->env; *variable != NULL; variable++)
		line_text(out, "  env", *variable);
	line_flag(out, "  has-home", process->has_home);
	line_text(out, "  path", process->path);
	line_text(out, "  cwd", process->cwd);
	print_identity(out, process);
	print_settings(out, process);
	if (process->has_oom_score_adj)
		say(out, "  oom-score-adj %d\n", process->oom_score_adj);
	line_flag(out, "  terminal", process->terminal);
	if (process->has_size)
		say(out, "  terminal-size %u rows, %u columns\n", process->rows, process->columns);
}

static void print_listener(const struct out *out, const struct plan_listener *listener)
{
	if (listener->path == NULL)
		return;
	line_text(out, "  listener", listener->path);
	line_pieces(out, "  message", listener->piece, LISTENER_PIECES);
}

static void print_seccomp(const struct out *out, const struct plan_seccomp *seccomp)
{
	if (!seccomp->present) {
		say(out, "seccomp none\n");
		return;
	}
	say(out, "seccomp %s, %u rules, %s\n  flags", seccomp->default_action, seccomp->n_rules,
	    seccomp->filter.n > 0 ? "compiled" : "not compiled");
	say_bits(out, seccomp_words, N(seccomp_words), "", seccomp->filter.flags);
	say(out, "\n");
}

void plan_print(const struct plan *plan, void (*put)(void *data, const char *text), void *data)
{
	const struct out out = { .put = put, .data = data };

	print_container(&out, plan);
	print_namespaces(&out, &plan->namespaces);
	print_netdevices(&out, &plan->netdevices);
	print_mounts(&out, &plan->mounts);
	print_devices(&out, &plan->devices);
	print_paths(&out, plan);
	print_process(&out, &plan->process);
	print_memory(&out, plan);
	print_cgroup(&out, &plan->cgroup);
	print_rdt(&out, &plan->rdt);
	print_hooks(&out, &plan->hooks);
	print_seccomp(&out, &plan->seccomp);
	print_listener(&out, &plan->listener);
	for (const struct plan_warning *w = plan->warnings; w != NULL; w = w->next)
		line_text(&out, "warning", w->text);
}
