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
#include "libocispec/oci/config.h"

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

int config_load(struct config *config, const char *bundle, const char *file, struct err *err)
{
	struct oci_error error = OCI_ERROR_INIT;
	auto_fd int fd = -1;

	if (find_bundle(config, bundle, err) < 0)
		return -1;
	if (file == NULL)
		file = arena_format(&config->arena, "%s/config.json", config->bundle);
	config->source.name = arena_copy(&config->arena, file);
	/* O_NONBLOCK: a FIFO of that name must not hold us up. */
	fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, ERR_NOWHERE, "open %s", file);
	if (read_text(config, fd, err) < 0)
		return -1;
	if (oci_config_read(&config->arena, &config->source, &config->config, &error) == 0)
		return 0;
	(void)err_say(err, error.has_at ? error.at : ERR_NOWHERE, "%s", error.text);
	if (!error.has_at)
		(void)err_wrap(err, ERR_NOWHERE, "%s", file);
	config_locate(config, err);
	return -1;
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
