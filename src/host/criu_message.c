/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRIU's messages as tables; see criu_message.h.  The numbers are those of rpc.proto.
 * Runs in: host.
 */
#include "host/criu_message.h"

static const struct protobuf_field page_server_rows[] = {
	PROTOBUF_ROW_TEXT(struct criu_page_server, address, 1),
	PROTOBUF_ROW_NUMBER(struct criu_page_server, port, 2, PROTOBUF_ALWAYS),
};
static const struct protobuf_shape page_server_shape = PROTOBUF_SHAPE(struct criu_page_server, page_server_rows);

static const struct protobuf_field mount_rows[] = {
	PROTOBUF_ROW_TEXT(struct criu_mount, key, 1),
	PROTOBUF_ROW_TEXT(struct criu_mount, val, 2),
};
static const struct protobuf_shape mount_shape = PROTOBUF_SHAPE(struct criu_mount, mount_rows);

static const struct protobuf_field join_rows[] = {
	PROTOBUF_ROW_TEXT(struct criu_join, ns, 1),
	PROTOBUF_ROW_TEXT(struct criu_join, ns_file, 2),
};
static const struct protobuf_shape join_shape = PROTOBUF_SHAPE(struct criu_join, join_rows);

static const struct protobuf_field inherit_rows[] = {
	PROTOBUF_ROW_TEXT(struct criu_inherit, key, 1),
	PROTOBUF_ROW_NUMBER(struct criu_inherit, fd, 2, PROTOBUF_ALWAYS),
};
static const struct protobuf_shape inherit_shape = PROTOBUF_SHAPE(struct criu_inherit, inherit_rows);

static const struct protobuf_field cgroup_root_rows[] = {
	PROTOBUF_ROW_TEXT(struct criu_cgroup_root, ctrl, 1),
	PROTOBUF_ROW_TEXT(struct criu_cgroup_root, path, 2),
};
static const struct protobuf_shape cgroup_root_shape = PROTOBUF_SHAPE(struct criu_cgroup_root, cgroup_root_rows);

static const struct protobuf_field opts_rows[] = {
	PROTOBUF_ROW_NUMBER(struct criu_opts, images_dir_fd, 1, PROTOBUF_ALWAYS),
	PROTOBUF_ROW_NUMBER(struct criu_opts, pid, 2, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, leave_running, 3, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, ext_unix_sk, 4, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, tcp_established, 5, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, evasive_devices, 6, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, shell_job, 7, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, file_locks, 8, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, log_level, 9, 0),
	PROTOBUF_ROW_TEXT(struct criu_opts, log_file, 10),
	PROTOBUF_ROW_MESSAGE(struct criu_opts, ps, 11, struct criu_page_server, &page_server_shape),
	PROTOBUF_ROW_NUMBER(struct criu_opts, notify_scripts, 12, 0),
	PROTOBUF_ROW_TEXT(struct criu_opts, root, 13),
	PROTOBUF_ROW_TEXT(struct criu_opts, parent_img, 14),
	PROTOBUF_ROW_NUMBER(struct criu_opts, track_mem, 15, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, auto_dedup, 16, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, work_dir_fd, 17, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, link_remap, 18, 0),
	PROTOBUF_ROW_MESSAGES(struct criu_opts, ext_mnt, 23, &mount_shape),
	PROTOBUF_ROW_NUMBER(struct criu_opts, manage_cgroups, 24, 0),
	PROTOBUF_ROW_MESSAGES(struct criu_opts, cg_root, 25, &cgroup_root_shape),
	PROTOBUF_ROW_NUMBER(struct criu_opts, rst_sibling, 26, 0),
	PROTOBUF_ROW_MESSAGES(struct criu_opts, inherit_fd, 27, &inherit_shape),
	/* 0 is a mode. */
	PROTOBUF_ROW_NUMBER(struct criu_opts, manage_cgroups_mode, 34, PROTOBUF_ALWAYS),
	PROTOBUF_ROW_TEXTS(struct criu_opts, external, 37),
	PROTOBUF_ROW_NUMBER(struct criu_opts, empty_ns, 38, 0),
	PROTOBUF_ROW_MESSAGES(struct criu_opts, join_ns, 39, &join_shape),
	PROTOBUF_ROW_TEXT(struct criu_opts, freeze_cgroup, 44),
	PROTOBUF_ROW_NUMBER(struct criu_opts, tcp_skip_in_flight, 46, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, lazy_pages, 48, 0),
	PROTOBUF_ROW_NUMBER(struct criu_opts, orphan_pts_master, 50, 0),
	PROTOBUF_ROW_TEXT(struct criu_opts, config_file, 51),
	PROTOBUF_ROW_NUMBER(struct criu_opts, tcp_close, 52, 0),
	PROTOBUF_ROW_TEXT(struct criu_opts, lsm_profile, 53),
	PROTOBUF_ROW_TEXT(struct criu_opts, lsm_mount_context, 63),
	PROTOBUF_ROW_NUMBER(struct criu_opts, network_lock, 64, 0),
};
static const struct protobuf_shape opts_shape = PROTOBUF_SHAPE(struct criu_opts, opts_rows);

/* Written when asking, where 1 means "do you have it?"; read as what there is. */
static const struct protobuf_field features_rows[] = {
	PROTOBUF_ROW_NUMBER(struct criu_features, mem_track, 1, 0),
	PROTOBUF_ROW_NUMBER(struct criu_features, lazy_pages, 2, 0),
};
static const struct protobuf_shape features_shape = PROTOBUF_SHAPE(struct criu_features, features_rows);

static const struct protobuf_field req_rows[] = {
	PROTOBUF_ROW_NUMBER(struct criu_req, type, 1, PROTOBUF_ALWAYS),
	PROTOBUF_ROW_MESSAGE(struct criu_req, opts, 2, struct criu_opts, &opts_shape),
	PROTOBUF_ROW_NUMBER(struct criu_req, notify_success, 3, 0),
	PROTOBUF_ROW_MESSAGE(struct criu_req, features, 5, struct criu_features, &features_shape),
};
const struct protobuf_shape criu_req_shape = PROTOBUF_SHAPE(struct criu_req, req_rows);

static const struct protobuf_field restored_rows[] = {
	PROTOBUF_ROW_NUMBER(struct criu_restored, pid, 1, 0),
};
static const struct protobuf_shape restored_shape = PROTOBUF_SHAPE(struct criu_restored, restored_rows);

static const struct protobuf_field notify_rows[] = {
	PROTOBUF_ROW_CHARS(struct criu_notify, script, 1),
	PROTOBUF_ROW_NUMBER(struct criu_notify, pid, 2, 0),
};
static const struct protobuf_shape notify_shape = PROTOBUF_SHAPE(struct criu_notify, notify_rows);

static const struct protobuf_field version_rows[] = {
	PROTOBUF_ROW_NUMBER(struct criu_version, major_number, 1, 0),
	PROTOBUF_ROW_NUMBER(struct criu_version, minor_number, 2, 0),
	PROTOBUF_ROW_NUMBER(struct criu_version, sublevel, 4, 0),
};
static const struct protobuf_shape version_shape = PROTOBUF_SHAPE(struct criu_version, version_rows);

static const struct protobuf_field resp_rows[] = {
	PROTOBUF_ROW_NUMBER(struct criu_resp, type, 1, 0),
	PROTOBUF_ROW_NUMBER(struct criu_resp, success, 2, 0),
	PROTOBUF_ROW_INSIDE(struct criu_resp, restore, 4, struct criu_restored, &restored_shape),
	PROTOBUF_ROW_INSIDE(struct criu_resp, notify, 5, struct criu_notify, &notify_shape),
	PROTOBUF_ROW_NUMBER(struct criu_resp, cr_errno, 7, 0),
	PROTOBUF_ROW_INSIDE(struct criu_resp, features, 8, struct criu_features, &features_shape),
	PROTOBUF_ROW_INSIDE(struct criu_resp, version, 10, struct criu_version, &version_shape),
};
const struct protobuf_shape criu_resp_shape = PROTOBUF_SHAPE(struct criu_resp, resp_rows);
