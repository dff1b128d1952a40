/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directories of a checkpoint: that of the images and that of CRIU's log, and what the log says after a failure.
 * With them the options that checkpoint and restore share.
 * Runs in: host.
 */
#ifndef TARE_HOST_CRIU_IMAGES_H
#define TARE_HOST_CRIU_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "host/criu_message.h"

struct arena;
struct err;
struct oci_map;

/* Where the images are when the command line does not say: in the working directory. */
#define CRIU_IMAGES_DEFAULT "checkpoint"

/* What joined network and pid namespaces are called in the images, as runc and crun have it. */
#define CRIU_EXTERNAL_NET "extRootNetNS"
#define CRIU_EXTERNAL_PID "extRootPidNS"

/*
 * struct criu_wishes - what both verbs have options for.
 * @image_path, @work_path: directories; NULL: CRIU_IMAGES_DEFAULT, that of the images
 * @empty_ns: CLONE_NEW* of namespaces of which nothing but their existence is saved
 */
struct criu_wishes {
	const char *image_path, *work_path;
	bool tcp_established, ext_unix_sk, shell_job, file_locks, auto_dedup, lazy_pages;
	enum criu_cgroups cgroups;
	int network_lock;
	uint64_t empty_ns;
};

/*
 * struct criu_images - the directories, open.
 * @work: -1: that of the images
 * @path: of the log's directory, for messages
 * @log:  the log's name
 */
struct criu_images {
	int images, work;
	const char *path;
	const char *log;
};

#define CRIU_IMAGES_INIT ((struct criu_images){ .images = -1, .work = -1 })
#define auto_criu_images __attribute__((cleanup(criu_images_close)))

/*
 * Open what @wishes names; the log is to be called @log.  The directory of the log is made if it is missing, with
 * @is_new that of the images, too.
 */
int criu_images_open(struct criu_images *images, const struct criu_wishes *wishes, const char *log, bool is_new,
		     struct err *err);

/* Begin @ret with what @images, @wishes and the container's @annotations say: org.criu.config names CRIU's configuration. */
void criu_images_begin(const struct criu_images *images, const struct criu_wishes *wishes,
		       const struct oci_map *annotations, struct criu_opts *ret);

/* CRIU has failed, as @err says: add what its log has on it. */
void criu_images_explain(const struct criu_images *images, struct err *err);

/* Close; accepts CRIU_IMAGES_INIT. */
void criu_images_close(struct criu_images *images);

#endif
