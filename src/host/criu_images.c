/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images and log of CRIU; see criu_images.h.
 * Runs in: host.
 */
#include "host/criu_images.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "libocispec/types.h"

/* As runc and crun have it: there is enough in the log then to see why. */
#define LOG_LEVEL 4

/* CRIU's configuration for containers where no annotation names one: written for runc, and good for us. */
#define DEFAULT_CONFIG "/etc/criu/runc.conf"

/* What CRIU puts in front of the reason, and how much of its words fits beside ours. */
#define ERROR_MARK "Error ("
#define QUOTED_LINES 4
#define QUOTED_LINE 200

static int open_dir(const char *path, bool is_new, struct err *err)
{
	int fd;

	if (is_new && mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_errno(err, ERR_NOWHERE, "make the directory %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_errno(err, ERR_NOWHERE, "open the directory %s", path) : fd;
}

/*
 * CRIU writes these with open(2) as it is: a link of that name in an image that came from elsewhere must not lead it
 * to other files, and an old log is not to be taken for that of this time (security.md V33).
 */
static int clear_outputs(const struct criu_images *images, struct err *err)
{
	const char *const names[] = { images->log, "stats-dump", "stats-restore" };
	int dir = images->work >= 0 ? images->work : images->images;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (unlinkat(dir, names[i], 0) < 0 && errno != ENOENT)
			return err_errno(err, ERR_NOWHERE, "remove the old %s/%s", images->path, names[i]);
	}
	return 0;
}

int criu_images_open(struct criu_images *images, const struct criu_wishes *wishes, const char *log, bool is_new,
		     struct err *err)
{
	const char *path = wishes->image_path != NULL ? wishes->image_path : CRIU_IMAGES_DEFAULT;

	images->log = log;
	images->path = path;
	images->images = open_dir(path, is_new, err);
	if (images->images < 0)
		return err_wrap(err, ERR_NOWHERE, "--image-path");
	if (wishes->work_path != NULL) {
		images->path = wishes->work_path;
		images->work = open_dir(wishes->work_path, true, err);
		if (images->work < 0)
			return err_wrap(err, ERR_NOWHERE, "--work-path");
	}
	return clear_outputs(images, err);
}

static const char *find_config(const struct oci_map *annotations)
{
	const char *config = oci_map_string(annotations, "org.criu.config");

	if (config != NULL)
		return *config != '\0' ? config : NULL;
	return access(DEFAULT_CONFIG, F_OK) == 0 ? DEFAULT_CONFIG : NULL;
}

void criu_images_begin(const struct criu_images *images, const struct criu_wishes *wishes,
		       const struct oci_map *annotations, struct criu_opts *ret)
{
	*ret = (struct criu_opts){
		.images_dir_fd = images->images,
		.work_dir_fd = images->work >= 0 ? images->work : 0,
		.log_level = LOG_LEVEL,
		.log_file = images->log,
		.notify_scripts = 1,
		.orphan_pts_master = 1,
		.manage_cgroups = 1,
		.manage_cgroups_mode = wishes->cgroups,
		.tcp_established = wishes->tcp_established,
		.ext_unix_sk = wishes->ext_unix_sk,
		.shell_job = wishes->shell_job,
		.file_locks = wishes->file_locks,
		.auto_dedup = wishes->auto_dedup,
		.lazy_pages = wishes->lazy_pages,
		.empty_ns = (int64_t)wishes->empty_ns,
		.network_lock = wishes->network_lock,
		.config_file = find_config(annotations),
	};
}

static FILE *open_log(const struct criu_images *images)
{
	int dir = images->work >= 0 ? images->work : images->images;
	auto_fd int fd = openat(dir, images->log, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	FILE *file;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	file = fdopen(fd, "re");
	if (file != NULL)
		(void)take_fd(&fd);
	return file;
}

/* Container managers take these words to be about the payload, whoever says them (base/err.h). */
static const struct {
	const char *words, *name;
} misread[] = {
	{ "No such file or directory", "ENOENT" },
	{ "Not a directory", "ENOTDIR" },
	{ "Permission denied", "EACCES" },
	{ "Operation not permitted", "EPERM" },
};

/* Put the name of the error in the place of its words in @line, which gets shorter. */
static void reword(char *line)
{
	for (size_t i = 0; i < sizeof(misread) / sizeof(misread[0]); i++) {
		size_t len = strlen(misread[i].words), name_len = strlen(misread[i].name);
		char *found = strstr(line, misread[i].words);

		if (found == NULL)
			continue;
		memcpy(found, misread[i].name, name_len);
		memmove(found + name_len, found + len, strlen(found + len) + 1);
	}
}

/* The first errors of the log, without time and process: what comes later are consequences. */
static void quote_log(FILE *file, struct str *text)
{
	char line[QUOTED_LINE + 64];
	int n = 0;

	while (n < QUOTED_LINES && fgets(line, sizeof(line), file) != NULL) {
		char *error = strstr(line, ERROR_MARK);

		if (error == NULL)
			continue;
		line[strcspn(line, "\n")] = '\0';
		reword(error);
		str_add(text, n++ == 0 ? " says: " : " | ");
		str_add_plain(text, error);
	}
}

void criu_images_explain(const struct criu_images *images, struct err *err)
{
	FILE *file = open_log(images);
	struct str text = { .buf = err->text, .size = sizeof(err->text), .len = strlen(err->text) };

	if (file == NULL)
		return;
	str_add_format(&text, "; %s/%s", images->path, images->log);
	quote_log(file, &text);
	(void)fclose(file);
}

void criu_images_close(struct criu_images *images)
{
	fd_close(&images->work);
	fd_close(&images->images);
}
