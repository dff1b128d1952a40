/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan as text for people and for golden tests: one fact per line, numbers as the words they
 * stand for, strings in quotes.  The same plan gives the same text on any machine; of a seccomp
 * program, which differs with libseccomp's version, only what does not differ is shown.
 * Left out: offsets into config.json, and the magic number and size that guard the layout.
 * What is the container's own stands here, larger parts in the files that print_parts.h names.
 * Runs in: host.
 */
#include <linux/sched.h>

#include "plan/plan.h"
#include "plan/print_parts.h"
#include "plan/print_text.h"

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

static void print_container(const struct out *out, const struct plan *plan)
{
	out_line_text(out, "container", plan->id);
	out_line_text(out, "  specification", plan->oci_version);
	out_line_text(out, "  bundle", plan->bundle);
	out_line_text(out, "  hostname", plan->hostname);
	out_line_text(out, "  domainname", plan->domainname);
	out_line_flag(out, "  new-keyring", plan->new_keyring);
	out_say(out, "  preserved-fds %u\n", plan->preserve_fds);
	out_line_text(out, "root", plan->root.path);
	out_line_flag(out, "  readonly", plan->root.readonly);
	print_propagation(out, "  propagation", plan->root.propagation);
	out_line_flag(out, "  pivot", !plan->root.no_pivot && !plan->root.is_entered);
	/* Of an ordinary user; without a user namespace it is nothing to tell. */
	if (plan->init_opens && plan->namespaces.has_user)
		out_say(out, "  opened-by-init yes\n");
}

static void print_namespaces(const struct out *out, const struct plan_namespaces *namespaces)
{
	out_say(out, "namespaces\n  create");
	out_bits(out, WORDS(namespace_words), "", namespaces->create);
	out_say(out, "\n");
	for (size_t i = 0; i < namespaces->n_join; i++) {
		out_say(out, "  join %s ", words_find(WORDS(namespace_words), namespaces->join[i].flag));
		out_quote(out, namespaces->join[i].path);
		out_say(out, "\n");
	}
	print_idmap(out, "  uid-map", namespaces->uid_map, namespaces->n_uid_map);
	print_idmap(out, "  gid-map", namespaces->gid_map, namespaces->n_gid_map);
	if (namespaces->uid_helper != NULL)
		out_line_text(out, "  uid-map-by", namespaces->uid_helper);
	if (namespaces->gid_helper != NULL)
		out_line_text(out, "  gid-map-by", namespaces->gid_helper);
	if (namespaces->is_user_implied)
		out_say(out, "  user-implied yes\n");
	if (namespaces->deny_setgroups)
		out_say(out, "  setgroups denied\n");
	if (namespaces->setup_uid != 0 || namespaces->setup_gid != 0)
		out_say(out, "  set-up-as %u:%u\n", (unsigned int)namespaces->setup_uid,
			(unsigned int)namespaces->setup_gid);
	for (size_t i = 0; i < namespaces->n_clocks; i++)
		out_say(out, "  clock %s %lld s %u ns\n", namespaces->clocks[i].name,
			(long long)namespaces->clocks[i].secs, (unsigned int)namespaces->clocks[i].nanosecs);
	if (!namespaces->is_staged)
		return;
	out_say(out, "  first-process");
	out_bits(out, WORDS(namespace_words), "", namespaces->born);
	out_say(out, "\n");
}

static void print_netdevices(const struct out *out, const struct plan_netdevices *devices)
{
	for (size_t i = 0; i < devices->n; i++) {
		out_say(out, "  network-device ");
		out_quote(out, devices->item[i].host);
		out_line_text(out, devices->item[i].is_template ? " numbered as" : " as",
			      devices->item[i].name);
	}
}

static void print_paths(const struct out *out, const struct plan *plan)
{
	for (size_t i = 0; i < plan->masks.n_masked; i++)
		out_line_text(out, "masked", plan->masks.masked[i].path);
	for (size_t i = 0; i < plan->masks.n_readonly; i++)
		out_line_text(out, "readonly", plan->masks.readonly[i].path);
	for (size_t i = 0; i < plan->sysctls.n; i++) {
		out_say(out, "sysctl ");
		out_quote(out, plan->sysctls.item[i].path);
		out_line_text(out, " is", plan->sysctls.item[i].value);
	}
}

static void print_hook_state(const struct out *out, const char *head,
			     const struct plan_hook_state *state)
{
	if (state->head == NULL)
		return;
	out_line_pieces(out, head, (const char *const[]){ state->head, state->tail }, 2);
}

static void print_hooks(const struct out *out, const struct plan_hooks *hooks)
{
	for (size_t kind = 0; kind < PLAN_HOOK_KINDS; kind++) {
		for (size_t i = 0; i < hooks->kind[kind].n; i++) {
			const struct plan_hook *hook = &hooks->kind[kind].item[i];

			out_say(out, "hook %s ", plan_hook_names[kind]);
			out_quote(out, hook->path);
			out_say(out, "\n");
			out_line_list(out, "  args", hook->args);
			out_line_list(out, "  env", hook->env);
			if (hook->timeout != 0)
				out_say(out, "  timeout %lld s\n", (long long)hook->timeout);
		}
	}
	print_hook_state(out, "hook-state createContainer", &hooks->create_container);
	print_hook_state(out, "hook-state startContainer", &hooks->start_container);
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
		out_line_text(&out, "warning", w->text);
}
