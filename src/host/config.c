/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.json of a bundle; see config.h.
 * Runs in: host.
 */
#include "host/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "libocispec/oci/config.h"
#include "libocispec/oci/mount.h"
#include "plan/plan.h"

/* Much more than what managers send, which is some kilobytes. */
enum { ARGUMENT_SIZE = 1024 * 1024 };

/* The text of @fd in the arena; a document that is too large is refused before it is read. */
static int read_text(struct config *config, int fd, struct err *err)
{
	struct stat st;
	ssize_t n;
	char *text;

	if (fstat(fd, &st) < 0)
		return err_errno(err, ERR_NOWHERE, "look at %s", config->source.name);
	if (!S_ISREG(st.st_mode))
		return err_say(err, ERR_NOWHERE, "%s is not a regular file", config->source.name);
	if (st.st_size > OCI_MAX_DOCUMENT)
		return err_say(err, ERR_NOWHERE, "%s is larger than %d MiB", config->source.name,
			       OCI_MAX_DOCUMENT >> 20);
	text = arena_alloc(&config->arena, (size_t)st.st_size + 1);
	n = fd_read_all(fd, text, (size_t)st.st_size);
	if (n < 0)
		return err_errno(err, ERR_NOWHERE, "read %s", config->source.name);
	config->source.text = text;
	config->source.len = (size_t)n;
	return 0;
}

/* Absolute and without links, since it is what `state` shows and later commands use. */
static int find_bundle(struct config *config, const char *bundle, struct err *err)
{
	char path[PATH_MAX];
	struct stat st;

	if (realpath(bundle, path) == NULL)
		return err_errno(err, ERR_NOWHERE, "open bundle %s", bundle);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_say(err, ERR_NOWHERE, "the bundle %s is no directory", bundle);
	config->bundle = arena_copy(&config->arena, path);
	return 0;
}

/* Read @file whole into config->source. */
static int open_text(struct config *config, const char *file, struct err *err)
{
	auto_fd int fd = -1;

	config->source.name = arena_copy(&config->arena, file);
	/* O_NONBLOCK: a FIFO of that name must not hold us up. */
	fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "open %s", file);
	return read_text(config, fd, err);
}

/* What libocispec has against the document. */
static int refuse(const struct config *config, const struct oci_error *error, struct err *err)
{
	(void)err_say(err, error->has_at ? error->at : ERR_NOWHERE, "%s", error->text);
	if (!error->has_at)
		(void)err_wrap(err, ERR_NOWHERE, "%s", config->source.name);
	config_locate(config, err);
	return -1;
}

int config_load(struct config *config, const char *bundle, const char *file, struct err *err)
{
	struct oci_error error = OCI_ERROR_INIT;

	if (find_bundle(config, bundle, err) < 0)
		return -1;
	if (file == NULL)
		file = arena_format(&config->arena, "%s/config.json", config->bundle);
	if (open_text(config, file, err) < 0)
		return -1;
	if (oci_config_read(&config->arena, &config->source, &config->config, &error) < 0)
		return refuse(config, &error, err);
	return 0;
}

int config_load_process(struct config *config, const char *file, struct oci_process **ret_process, struct err *err)
{
	struct oci_error error = OCI_ERROR_INIT;

	if (open_text(config, file, err) < 0)
		return -1;
	if (oci_process_read(&config->arena, &config->source, ret_process, &error) < 0)
		return refuse(config, &error, err);
	return 0;
}

int config_read_argument(struct config *config, const char *file, struct err *err)
{
	auto_fd int opened = -1;
	int fd = STDIN_FILENO;
	char *text;
	ssize_t n;

	config->source.name = "standard input";
	if (strcmp(file, "-") != 0) {
		config->source.name = arena_copy(&config->arena, file);
		opened = open(file, O_RDONLY | O_NOCTTY | O_CLOEXEC);
		if (opened < 0)
			return err_errno(err, ERR_NOWHERE, "open %s", file);
		fd = opened;
	}
	text = arena_alloc(&config->arena, ARGUMENT_SIZE);
	n = fd_read_all(fd, text, ARGUMENT_SIZE);
	if (n < 0)
		return err_errno(err, ERR_NOWHERE, "read %s", config->source.name);
	if (n == ARGUMENT_SIZE)
		return err_say(err, ERR_NOWHERE, "%s is not smaller than %d MiB", config->source.name,
			       ARGUMENT_SIZE >> 20);
	config->source.text = text;
	config->source.len = (size_t)n;
	return 0;
}

int config_load_mounts(struct config *config, const char *file, struct oci_list *ret_mounts, struct err *err)
{
	struct oci_error error = OCI_ERROR_INIT;

	if (config_read_argument(config, file, err) < 0)
		return -1;
	if (oci_mounts_read(&config->arena, &config->source, ret_mounts, &error) < 0)
		return refuse(config, &error, err);
	return 0;
}

void config_warn(const struct config *config, const struct plan_warning *warning)
{
	/* Finding the place of each reads the document up to there. */
	if (log_get_level() < LOG_LEVEL_WARNING)
		return;
	for (; warning != NULL; warning = warning->next) {
		struct err place = ERR_INIT;

		(void)err_say(&place, warning->at, "%s", warning->text);
		config_locate(config, &place);
		log_warning_err(&place);
	}
}

void config_locate(const struct config *config, struct err *err)
{
	const struct oci_source *source = &config->source;
	size_t caret = 0;
	char path[256];

	if (err->at == ERR_NOWHERE || err->line != 0 || source->text == NULL)
		return;
	(void)oci_source_path(source, err->at, path, sizeof(path));
	/* Where a step has named the object itself, its path in front would say it twice. */
	if (path[0] != '\0' && strncmp(err->text, path, strlen(path)) != 0)
		(void)err_wrap(err, err->at, "%s", path);
	oci_source_position(source, err->at, &err->line, &err->col);
	(void)snprintf(err->file, sizeof(err->file), "%s", source->name);
	(void)oci_source_line(source, err->at, err->excerpt, sizeof(err->excerpt), &caret);
	err->caret = (uint32_t)caret;
}

void config_close(struct config *config)
{
	arena_free(&config->arena);
	*config = CONFIG_INIT;
}
