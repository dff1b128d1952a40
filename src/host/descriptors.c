/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of descriptors; see descriptors.h.
 * Runs in: host.
 */
#include "host/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "libocispec/arena.h"
#include "libocispec/read.h"

/* Three names; runc's file has more where descriptors were preserved. */
#define FILE_MAX ((off_t)64 * 1024)

#define N_STDIO 3

/* The file is a list, and what is read here is an object. */
#define LIST_KEY "descriptors"

struct doc {
	uint32_t at, end;
	struct oci_strings names;
};

static const struct oci_field doc_fields[] = {
	OCI_STRINGS(struct doc, names, LIST_KEY, OCI_REQUIRED),
};
static const struct oci_shape doc_shape = OCI_SHAPE(struct doc, DESCRIPTORS_FILE, doc_fields);

/* The names of 0 to 2 of the process that /proc calls @process; "" for one that has none. */
static struct oci_strings read_names(struct arena *arena, const char *process)
{
	struct oci_strings names = { .set = true, .n = N_STDIO };
	char path[64], name[PATH_MAX];

	names.item = arena_array(arena, N_STDIO, sizeof(*names.item));
	for (int fd = 0; fd < N_STDIO; fd++) {
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/%s/fd/%d", process, fd);
		n = readlink(path, name, sizeof(name));
		names.item[fd] = arena_text(arena, name, n > 0 ? (size_t)n : 0);
	}
	return names;
}

struct oci_strings descriptors_note(struct arena *arena)
{
	struct oci_strings names = read_names(arena, "self");

	for (uint32_t i = 0; i < names.n; i++) {
		if (str_after(names.item[i], "pipe:") != NULL)
			return names;
	}
	return (struct oci_strings){ .set = false };
}

int descriptors_write(int dir, const struct oci_strings *noted, pid_t pid, struct arena *arena, struct err *err)
{
	struct oci_strings names = *noted;
	char buf[N_STDIO * PATH_MAX * 2];
	struct str text = STR_IN(buf);
	auto_fd int fd = -1;
	char process[16];

	if (!names.set) {
		(void)snprintf(process, sizeof(process), "%d", (int)pid);
		names = read_names(arena, process);
	}
	for (uint32_t i = 0; i < names.n; i++) {
		str_add(&text, i == 0 ? "[" : ",");
		str_add_json(&text, names.item[i]);
	}
	str_add(&text, "]\n");
	if (unlinkat(dir, DESCRIPTORS_FILE, 0) < 0 && errno != ENOENT)
		return err_errno(err, ERR_NOWHERE, "replace " DESCRIPTORS_FILE " of the image");
	fd = openat(dir, DESCRIPTORS_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fd_write_all(fd, buf, text.len) < 0)
		return err_errno(err, ERR_NOWHERE, "write " DESCRIPTORS_FILE " of the image");
	return 0;
}

/* The file's text within an object of doc_shape. */
static int read_text(int dir, struct arena *arena, struct oci_source *ret, struct err *err)
{
	static const char head[] = "{\"" LIST_KEY "\":", tail[] = "}";
	auto_fd int fd = -1;
	struct stat st;
	char *text;
	ssize_t n;

	fd = openat(dir, DESCRIPTORS_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_say(err, ERR_NOWHERE, "it has no " DESCRIPTORS_FILE ", so it is not the image of a container");
	if (fd < 0 && errno == ELOOP)
		return err_say(err, ERR_NOWHERE, DESCRIPTORS_FILE " is a symbolic link");
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, ERR_NOWHERE, "open " DESCRIPTORS_FILE);
	if (!S_ISREG(st.st_mode))
		return err_say(err, ERR_NOWHERE, DESCRIPTORS_FILE " is not a regular file");
	if (st.st_size > FILE_MAX)
		return err_say(err, ERR_NOWHERE, DESCRIPTORS_FILE " is larger than %d KiB", (int)(FILE_MAX >> 10));
	text = arena_alloc(arena, sizeof(head) + (size_t)st.st_size + sizeof(tail));
	memcpy(text, head, sizeof(head) - 1);
	n = fd_read_all(fd, text + sizeof(head) - 1, (size_t)st.st_size);
	if (n < 0)
		return err_errno(err, ERR_NOWHERE, "read " DESCRIPTORS_FILE);
	memcpy(text + sizeof(head) - 1 + n, tail, sizeof(tail));
	*ret = (struct oci_source){ .name = DESCRIPTORS_FILE, .text = text, .len = strlen(head) + (size_t)n + strlen(tail) };
	return 0;
}

int descriptors_read(int dir, struct arena *arena, struct oci_strings *ret, struct err *err)
{
	struct oci_error error = OCI_ERROR_INIT;
	struct oci_source source;
	struct doc *doc;

	if (read_text(dir, arena, &source, err) < 0)
		return -1;
	if (oci_read(arena, &source, &doc_shape, &doc, &error) < 0)
		return err_say(err, ERR_NOWHERE, DESCRIPTORS_FILE ": %s", error.text);
	*ret = doc->names;
	return 0;
}
