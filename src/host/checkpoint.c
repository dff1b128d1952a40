/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saving a container; see checkpoint.h.
 * Runs in: host.
 */
#include "host/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/region.h"
#include "cgroup/cgroup.h"
#include "host/config.h"
#include "host/criu.h"
#include "host/criu_mounts.h"
#include "host/descriptors.h"
#include "host/destroy.h"
#include "host/lookup.h"
#include "host/notify.h"
#include "host/probe.h"
#include "libocispec/oci/config.h"
#include "libocispec/oci/process.h"
#include "plan/plan.h"
#include "sys/pidfd.h"

#define LOG_NAME "dump.log"

/* How long killed processes may take to end, as in destroy.c. */
#define END_DEADLINE_MS 10000

/*
 * struct saving - one checkpoint.
 * @plan: what config.json says the container is made of
 * @status_fd: that of the request, -1 once it was told
 */
struct saving {
	const struct checkpoint_request *request;
	struct criu criu;
	struct lookup found;
	struct criu_images images;
	struct config config;
	struct region region;
	const struct plan *plan;
	struct criu_page_server page_server;
	int status_fd;
};

#define SAVING_INIT \
	((struct saving){ .found = LOOKUP_INIT, .images = CRIU_IMAGES_INIT, .config = CONFIG_INIT, .status_fd = -1 })
#define auto_saving __attribute__((cleanup(saving_close)))

static void saving_close(struct saving *saving)
{
	region_close(&saving->region);
	config_close(&saving->config);
	criu_images_close(&saving->images);
	lookup_close(&saving->found);
}

static int refuse_status(const struct lookup *found, struct err *err)
{
	if (found->status == STATUS_RUNNING || found->status == STATUS_PAUSED)
		return 0;
	return err_say(err, ERR_NOWHERE, "container `%s` is %s and cannot be saved: container not running",
		       found->record.id, liveness_word(found->status));
}

/* "10.0.0.1:27", "[::1]:27" */
static int read_page_server(struct saving *saving, struct err *err)
{
	const char *text = saving->request->page_server;
	const char *colon = text != NULL ? strrchr(text, ':') : NULL;
	unsigned long port;
	size_t len;
	char *end;

	if (text == NULL)
		return 0;
	port = colon != NULL ? strtoul(colon + 1, &end, 10) : 0;
	if (port == 0 || port > 65535 || colon[1] < '0' || colon[1] > '9' || *end != '\0' || colon == text)
		return err_say(err, ERR_NOWHERE, "--page-server \"%s\" is not ADDRESS:PORT", text);
	len = (size_t)(colon - text);
	if (text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	saving->page_server = (struct criu_page_server){
		.address = arena_text(&saving->found.arena, text, len), .port = (int64_t)port,
	};
	return 0;
}

/* CRIU makes a link to it in the images, and its own error does not say which path was wrong. */
static int check_parent(const struct saving *saving, struct err *err)
{
	const char *path = saving->request->parent_path;
	struct stat st;

	if (path == NULL)
		return 0;
	if (path[0] == '/')
		return err_say(err, ERR_NOWHERE, "--parent-path %s: it must be relative to the images (--image-path)", path);
	if (fstatat(saving->images.images, path, &st, 0) < 0)
		return err_errno(err, ERR_NOWHERE, "--parent-path %s, seen from the images", path);
	return S_ISDIR(st.st_mode) ? 0 : err_say(err, ERR_NOWHERE, "--parent-path %s is no directory", path);
}

static int check_status_fd(const struct saving *saving, struct err *err)
{
	int flags;

	if (saving->status_fd < 0)
		return 0;
	flags = fcntl(saving->status_fd, F_GETFL);
	if (flags < 0)
		return err_errno(err, ERR_NOWHERE, "--status-fd %d", saving->status_fd);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return err_say(err, ERR_NOWHERE, "--status-fd %d cannot be written to", saving->status_fd);
	return fd_set_cloexec(saving->status_fd, 1);
}

static int check_features(const struct saving *saving, struct err *err)
{
	const struct checkpoint_request *request = saving->request;
	const struct criu_features wanted = {
		.mem_track = request->pre_dump || request->parent_path != NULL,
		.lazy_pages = request->wishes.lazy_pages,
	};

	if (wanted.mem_track == 0 && wanted.lazy_pages == 0)
		return 0;
	return criu_check_features(&saving->criu, &wanted, err);
}

/* What the container is made of: its record does not repeat that. */
static int plan_again(struct saving *saving, struct err *err)
{
	const struct record *record = &saving->found.record;
	struct plan_options options = { .id = record->id, .manager = record->cgroup.manager, .detach = true };
	struct facts facts;
	struct plan_input input = { .source = &saving->config.source, .facts = &facts, .options = &options };
	char notify_dir[PATH_MAX];

	if (config_load(&saving->config, record->bundle, record->config, err) < 0 ||
	    probe_host(&saving->config.arena, saving->config.bundle, &facts, err) < 0)
		return -1;
	input.config = saving->config.config;
	options.has_console_socket = input.config->process != NULL && input.config->process->terminal;
	(void)snprintf(notify_dir, sizeof(notify_dir), "%s/%s/" NOTIFY_DIR, saving->request->root, record->id);
	if (access(notify_dir, F_OK) == 0)
		options.notify_dir = notify_dir;
	if (region_open(&saving->region, err) < 0 || plan_make(&saving->region, &input, &saving->plan, err) < 0) {
		config_locate(&saving->config, err);
		return -1;
	}
	return 0;
}

/*
 * Namespaces that the container has joined are those of others: they are there when it is restored, too.  Of the other
 * kinds CRIU says by itself that they are not saved.
 */
static int name_namespaces(struct saving *saving, struct protobuf_list *ret, struct err *err)
{
	static const struct {
		unsigned long flag;
		const char *name, *key;
	} kinds[] = {
		{ CLONE_NEWNET, "net", CRIU_EXTERNAL_NET },
		{ CLONE_NEWPID, "pid", CRIU_EXTERNAL_PID },
	};
	struct arena *arena = &saving->found.arena;
	const char **names = arena_array(arena, sizeof(kinds) / sizeof(kinds[0]), sizeof(*names));
	size_t n = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char path[64];
		struct stat st;

		if (!plan_namespaces_joins(&saving->plan->namespaces, kinds[i].flag))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)saving->found.record.init.pid, kinds[i].name);
		if (stat(path, &st) < 0)
			return err_errno(err, ERR_NOWHERE, "look at %s", path);
		names[n++] = arena_format(arena, "%s[%lu]:%s", kinds[i].name, (unsigned long)st.st_ino, kinds[i].key);
	}
	*ret = (struct protobuf_list){ .item = names, .n = n };
	return 0;
}

/* With it CRIU finds every process, and stops them at once instead of one after the other. */
static const char *find_freezer(struct saving *saving)
{
	const struct cgroup_ref *ref = &saving->found.record.cgroup;

	if (!cgroup_is_present(&saving->found.cgroup))
		return NULL;
	for (size_t i = 0; i < ref->n; i++) {
		const struct cgroup_tree_ref *tree = &ref->tree[i];

		if (ref->mode == CGROUP_MODE_V2 ? tree->is_v2 : strcmp(tree->controllers, "freezer") == 0)
			return arena_format(&saving->found.arena, "/sys/fs/cgroup%s%s%s", tree->mount[0] != '\0' ? "/" : "",
					    tree->mount, ref->path);
	}
	return NULL;
}

/* Pages can be asked for from now on. */
static void tell_ready(struct saving *saving)
{
	if (saving->status_fd < 0)
		return;
	(void)fd_write_all(saving->status_fd, "", 1);
	fd_close(&saving->status_fd);
}

static int notice(void *data, const struct criu_notify *notify, int *fd, struct err *err)
{
	struct saving *saving = data;

	(void)fd;
	(void)err;
	if (strcmp(notify->script, "status-ready") == 0)
		tell_ready(saving);
	return 0;
}

static int begin(struct saving *saving, struct criu_opts *opts, struct err *err)
{
	const struct checkpoint_request *request = saving->request;
	const struct record *record = &saving->found.record;

	criu_images_begin(&saving->images, &request->wishes, &record->annotations, opts);
	opts->pid = record->init.pid;
	opts->root = record->rootfs;
	opts->leave_running = request->leave_running;
	opts->tcp_skip_in_flight = request->tcp_skip_in_flight;
	opts->link_remap = request->link_remap;
	opts->parent_img = request->parent_path;
	opts->track_mem = request->pre_dump || request->parent_path != NULL;
	opts->freeze_cgroup = find_freezer(saving);
	if (request->page_server != NULL)
		opts->ps = &saving->page_server;
	if (name_namespaces(saving, &opts->external, err) < 0)
		return -1;
	if (request->pre_dump)
		return 0;
	if (criu_mounts_saved(&saving->found.arena, saving->plan, record->init.pid, &opts->ext_mnt, err) < 0) {
		config_locate(&saving->config, err);
		return -1;
	}
	return descriptors_write(saving->images.images, &record->descriptors, record->init.pid, &saving->found.arena, err);
}

static int save(struct saving *saving, struct err *err)
{
	const struct checkpoint_request *request = saving->request;
	struct criu_opts opts;
	const struct criu_req asked = { .type = request->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP, .opts = &opts };
	const struct criu_call call = { .request = &asked, .notify = notice, .data = saving };
	struct criu_resp resp;

	if (begin(saving, &opts, err) < 0)
		return -1;
	if (criu_call(&saving->criu, &call, &resp, err) == 0)
		return 0;
	criu_images_explain(&saving->images, err);
	return -1;
}

static int prepare(struct saving *saving, struct err *err)
{
	const struct checkpoint_request *request = saving->request;

	if (geteuid() != 0)
		return err_say(err, ERR_NOWHERE, "only root can have processes saved");
	if (criu_open(&saving->criu, err) < 0 ||
	    lookup_container(request->root, request->id, &saving->found, err) < 0 ||
	    refuse_status(&saving->found, err) < 0 || read_page_server(saving, err) < 0 ||
	    check_status_fd(saving, err) < 0 || check_features(saving, err) < 0 || plan_again(saving, err) < 0 ||
	    criu_images_open(&saving->images, &request->wishes, LOG_NAME, true, err) < 0)
		return -1;
	return check_parent(saving, err);
}

int checkpoint_container(const struct checkpoint_request *request, struct err *err)
{
	auto_saving struct saving saving = SAVING_INIT;

	saving.request = request;
	saving.status_fd = request->status_fd;
	if (prepare(&saving, err) < 0 || save(&saving, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "checkpoint container `%s`", request->id);
	if (request->leave_running || request->pre_dump)
		return 0;
	/* CRIU has killed it, and need not have waited for its end. */
	if (pidfd_has_ended(saving.found.pidfd, END_DEADLINE_MS) < 0)
		return err_errno(err, ERR_NOWHERE, "wait for the end of container `%s`", request->id);
	return destroy_container(request->root, request->id, false, err);
}
