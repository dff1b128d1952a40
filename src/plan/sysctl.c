/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.sysctl (SY-01).  Only what belongs to a namespace of the container is let through: all else
 * is the host's, and core_pattern for one runs programs there (CVE-2022-0811).
 * Not here: whether a namespace to join is the host's own; the host compares what it opened.
 * Runs in: host.
 */
#include "plan/sysctl.h"

#include <linux/sched.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/*
 * Keys, as paths, by the namespace that holds them; one that ends with '/' stands for all below.
 * Source: ipc/ipc_sysctl.c, ipc/mq_sysctl.c, kernel/utsname_sysctl.c, kernel/ucount.c of Linux 6.18.
 */
static const struct {
	const char *path;
	unsigned long flag;
	const char *namespace;
} keys[] = {
	{ "net/",                   CLONE_NEWNET,  "network" },
	{ "kernel/auto_msgmni",     CLONE_NEWIPC,  "ipc" },
	{ "kernel/msg_next_id",     CLONE_NEWIPC,  "ipc" },
	{ "kernel/msgmax",          CLONE_NEWIPC,  "ipc" },
	{ "kernel/msgmnb",          CLONE_NEWIPC,  "ipc" },
	{ "kernel/msgmni",          CLONE_NEWIPC,  "ipc" },
	{ "kernel/sem",             CLONE_NEWIPC,  "ipc" },
	{ "kernel/sem_next_id",     CLONE_NEWIPC,  "ipc" },
	{ "kernel/shm_next_id",     CLONE_NEWIPC,  "ipc" },
	{ "kernel/shm_rmid_forced", CLONE_NEWIPC,  "ipc" },
	{ "kernel/shmall",          CLONE_NEWIPC,  "ipc" },
	{ "kernel/shmmax",          CLONE_NEWIPC,  "ipc" },
	{ "kernel/shmmni",          CLONE_NEWIPC,  "ipc" },
	{ "fs/mqueue/",             CLONE_NEWIPC,  "ipc" },
	{ "kernel/domainname",      CLONE_NEWUTS,  "uts" },
	{ "user/",                  CLONE_NEWUSER, "user" },
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/*
 * A key as a path.  Of '.' and '/' the one that comes first separates, and the other is a plain
 * character written the other way round, as sysctl(8) reads it: "net.ipv4.conf.eth0/100.mtu" and
 * "net/ipv4/conf/eth0.100/mtu" are the same.
 */
static char *key_path(struct region *region, const char *key)
{
	char *path = region_strdup(region, key);

	if (path[strcspn(path, "./")] != '.')
		return path;
	for (char *p = path; *p != '\0'; p++) {
		if (*p == '.')
			*p = '/';
		else if (*p == '/')
			*p = '.';
	}
	return path;
}

/* No empty component, no "." and no "..". */
static bool is_path(const char *path)
{
	for (;; path++) {
		size_t len = strcspn(path, "/");

		if (len == 0 || strncmp(path, "..", len) == 0)
			return false;
		path += len;
		if (*path == '\0')
			return true;
	}
}

static size_t find_key(const char *path)
{
	size_t i;

	for (i = 0; i < N_KEYS; i++) {
		size_t len = strlen(keys[i].path);
		bool is_tree = keys[i].path[len - 1] == '/';

		if (is_tree ? strncmp(path, keys[i].path, len) == 0 : strcmp(path, keys[i].path) == 0)
			break;
	}
	return i;
}

static int check_key(const struct plan_work *work, const struct oci_entry *entry,
		     const char *path, struct err *err)
{
	size_t i = find_key(path);

	if (!is_path(path))
		return err_say(err, entry->at, "\"%s\" is not a sysctl name", entry->key);
	if (strcmp(path, "kernel/hostname") == 0)
		return err_say(err, entry->at, "\"%s\" is what the property hostname is for",
			       entry->key);
	if (i == N_KEYS)
		return err_say(err, entry->at,
			       "\"%s\" belongs to the whole machine, not to a namespace of the "
			       "container", entry->key);
	if (!plan_namespaces_has(&work->plan->namespaces, keys[i].flag))
		return err_say(err, entry->at,
			       "\"%s\" is the host's here: the container has no namespace of type "
			       "\"%s\"", entry->key, keys[i].namespace);
	if (keys[i].flag == CLONE_NEWUTS && work->plan->domainname != NULL)
		return err_say(err, entry->at, "\"%s\" contradicts the property domainname",
			       entry->key);
	return 0;
}

int plan_sysctls(struct plan_work *work, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	struct plan_sysctls *ret = &work->plan->sysctls;
	const struct oci_entry *entry;

	if (on_linux == NULL)
		return 0;
	ret->item = work_array(work, on_linux->sysctl.n, sizeof(*ret->item));
	oci_for_entry(entry, &on_linux->sysctl) {
		const char *path = key_path(work->region, entry->key);

		if (check_key(work, entry, path, err) < 0)
			return -1;
		ret->item[ret->n++] = (struct plan_sysctl){
			.at = entry->at,
			.path = path,
			.value = region_strdup(work->region, entry->string),
		};
	}
	return 0;
}
