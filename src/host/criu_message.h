/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said to CRIU and what it answers: the messages of its RPC that are needed here.
 * Source: criu, images/rpc.proto (https://criu.org/RPC); fields are optional there unless noted.
 * Not here: the conversation (criu.h), and what the options are to be (checkpoint.h, restore.h).
 * Runs in: host.
 */
#ifndef TARE_HOST_CRIU_MESSAGE_H
#define TARE_HOST_CRIU_MESSAGE_H

#include <stdint.h>

#include "base/protobuf.h"

/* enum criu_req_type there: what is asked, and of an answer what it is an answer to. */
enum criu_type {
	CRIU_DUMP = 1,
	CRIU_RESTORE = 2,
	CRIU_PRE_DUMP = 4,
	CRIU_NOTIFY = 6,
	CRIU_FEATURE_CHECK = 9,
	CRIU_VERSION = 10,
};

/* enum criu_cg_mode there; the same words as --manage-cgroups-mode. */
enum criu_cgroups { CRIU_CGROUPS_IGNORE = 0, CRIU_CGROUPS_SOFT = 3, CRIU_CGROUPS_FULL = 4, CRIU_CGROUPS_STRICT = 5 };

/* enum criu_network_lock_method there; 0: CRIU's own choice. */
enum criu_network_lock { CRIU_LOCK_IPTABLES = 1, CRIU_LOCK_NFTABLES = 2, CRIU_LOCK_SKIP = 3 };

/* A page server: where pages go instead of into the images. */
struct criu_page_server {
	const char *address;
	int64_t port;
};

/* ext_mount_map: a mount that is not CRIU's to save; the name that it has in the images is @val on dump, @key on restore. */
struct criu_mount {
	const char *key, *val;
};

/* join_namespace: @ns as under /proc/PID/ns, entered by the path @ns_file. */
struct criu_join {
	const char *ns, *ns_file;
};

/* inherit_fd: what the images call @key is CRIU's own descriptor @fd. */
struct criu_inherit {
	const char *key;
	int64_t fd;
};

/* cgroup_root: where the cgroups of the images now belong, for the v1 controller @ctrl, "" is the v2 tree. */
struct criu_cgroup_root {
	const char *ctrl, *path;
};

/*
 * struct criu_opts - criu_opts; members are called as the fields are.
 * @images_dir_fd, @work_dir_fd: descriptors of ours, which CRIU opens through /proc; @work_dir_fd 0: the images' directory
 * @ext_mnt, @cg_root, @inherit_fd, @join_ns: of struct criu_mount, criu_cgroup_root, criu_inherit, criu_join
 * @external: of text
 * @empty_ns: CLONE_NEW* bits
 */
struct criu_opts {
	int64_t images_dir_fd, work_dir_fd, pid;
	int64_t leave_running, ext_unix_sk, tcp_established, evasive_devices, shell_job, file_locks;
	int64_t log_level;
	const char *log_file;
	const struct criu_page_server *ps;
	int64_t notify_scripts;
	const char *root, *parent_img;
	int64_t track_mem, auto_dedup, link_remap;
	struct protobuf_list ext_mnt, cg_root, inherit_fd, external, join_ns;
	int64_t manage_cgroups, manage_cgroups_mode, rst_sibling, empty_ns;
	const char *freeze_cgroup;
	int64_t tcp_skip_in_flight, lazy_pages, orphan_pts_master, tcp_close;
	const char *config_file, *lsm_profile, *lsm_mount_context;
	int64_t network_lock;
};

/* struct criu_features - what is asked for, and what there is. */
struct criu_features {
	int64_t mem_track, lazy_pages;
};

/* struct criu_req - one request; @type is an enum criu_type. */
struct criu_req {
	int64_t type;
	const struct criu_opts *opts;
	int64_t notify_success;
	const struct criu_features *features;
};

/* criu_notify: a stage that was reached ("post-dump"), and the process that it is about, as we count them. */
struct criu_notify {
	char script[64];
	int64_t pid;
};

/* criu_restore_resp: the first of the restored processes. */
struct criu_restored {
	int64_t pid;
};

/* criu_version: 3.17.1 */
struct criu_version {
	int64_t major_number, minor_number, sublevel;
};

/* struct criu_resp - one answer; @cr_errno is errno's, 0 when unknown. */
struct criu_resp {
	int64_t type, success;
	struct criu_restored restore;
	struct criu_notify notify;
	int64_t cr_errno;
	struct criu_features features;
	struct criu_version version;
};

extern const struct protobuf_shape criu_req_shape;	/* to be written */
extern const struct protobuf_shape criu_resp_shape;	/* to be read */

#endif
