/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that hooks print to; see hookoutput.h.
 * Runs in: host.
 */
#include "host/hookoutput.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "libocispec/types.h"

static const struct {
	const char *key, *own;
} streams[] = {
	{ "run.oci.hooks.stdout", "/dev/stdout" },
	{ "run.oci.hooks.stderr", "/dev/stderr" },
};

enum { N_STREAMS = sizeof(streams) / sizeof(streams[0]) };

/* Standard output or error of ours that is called @path; -1. */
static int find_own(const char *path)
{
	for (int i = 0; i < N_STREAMS; i++) {
		if (strcmp(path, streams[i].own) == 0)
			return STDOUT_FILENO + i;
	}
	return -1;
}

/* A FIFO without a reader would be waited for. */
static int open_file(const char *path, uint32_t at, const char *key, struct err *err)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return err_say(err, at, "%s: %s is a symbolic link, which is not followed", key, path);
	if (fd < 0 && errno == ENXIO)
		return err_say(err, at, "%s: nobody reads from %s", key, path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, at, "%s: open %s", key, path);
	if (S_ISREG(st.st_mode) && st.st_nlink != 1)
		return err_say(err, at, "%s: %s has %u names, so it may be another file", key, path,
			       (unsigned int)st.st_nlink);
	/* The hook expects what every program does. */
	if (fcntl(fd, F_SETFL, O_APPEND) < 0)
		return err_errno(err, at, "%s: prepare %s", key, path);
	return take_fd(&fd);
}

static int open_stream(const struct oci_entry *entry, uint32_t at, struct err *err)
{
	int own = find_own(entry->string);
	int fd;

	if (entry->string[0] != '/')
		return err_say(err, at, "%s: \"%s\" is not an absolute path", entry->key, entry->string);
	if (own < 0)
		return open_file(entry->string, at, entry->key, err);
	fd = fcntl(own, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? err_errno(err, at, "%s: copy our own", entry->key) : fd;
}

int hook_output_open(struct hook_output *output, const struct oci_map *annotations, bool has_places, struct err *err)
{
	*output = HOOK_OUTPUT_INIT;
	for (int i = 0; i < N_STREAMS; i++) {
		const struct oci_entry *entry = oci_map_find(annotations, streams[i].key);
		int fd;

		if (entry == NULL || entry->string[0] == '\0')
			continue;
		fd = open_stream(entry, has_places ? entry->at : ERR_NOWHERE, err);
		if (fd < 0) {
			hook_output_close(output);
			return -1;
		}
		output->fd[i] = fd;
	}
	return 0;
}

void hook_output_close(struct hook_output *output)
{
	for (int i = 0; i < N_STREAMS; i++) {
		if (output->fd[i] > 0)
			(void)close(output->fd[i]);
		output->fd[i] = 0;
	}
}
