/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs of the host that run what the kernel cannot; see handler.h.
 * Sources: elf(5), ld.so(8).
 * Runs in: host.
 */
#include "host/handler.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "libocispec/arena.h"
#include "plan/plan.h"

/* What a loader says of all libraries of a program: some dozens of lines. */
enum { LIST_SIZE = 64 * 1024 };

/* More libraries than a program has, and program headers. */
enum { MAX_LIBRARIES = 256, MAX_HEADERS = 64 };

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* @name in one of the directories of @path, without links; NULL when it is in none. */
static const char *search(struct arena *arena, const char *path, const char *name)
{
	char *rest = arena_copy(arena, path);
	char real[PATH_MAX];
	const char *dir;

	while ((dir = strsep(&rest, ":")) != NULL) {
		const char *file = arena_format(arena, "%s/%s", dir, name);

		/* A relative one would depend on where the manager happens to be. */
		if (dir[0] == '/' && is_program(file) && realpath(file, real) != NULL)
			return arena_copy(arena, real);
	}
	return NULL;
}

static const struct handler_program *find_program(struct arena *arena, const struct handler *handler, const char *path,
						  const char **ret_file)
{
	for (size_t i = 0; i < handler->n; i++) {
		*ret_file = search(arena, path, handler->programs[i].name);
		if (*ret_file != NULL)
			return &handler->programs[i];
	}
	return NULL;
}

static int refuse(struct arena *arena, const struct handler *handler, uint32_t at, struct err *err)
{
	const char *names = handler->programs[0].name;

	for (size_t i = 1; i < handler->n; i++)
		names = arena_format(arena, "%s, %s", names, handler->programs[i].name);
	return err_say(err, at, "the handler \"%s\" needs a program on the host that runs %s, and PATH has none of: %s",
		       handler->name, handler->what, names);
}

/* The whole of @size bytes at @offset. */
static bool read_at(int fd, void *to, size_t size, uint64_t offset)
{
	return offset <= INT64_MAX && pread(fd, to, size, (off_t)offset) == (ssize_t)size;
}

/* The loader that the ELF file @fd names (PT_INTERP), or NULL; *@ret_is_elf: it is an ELF file for this machine. */
static const char *read_loader(struct arena *arena, int fd, bool *ret_is_elf)
{
	ElfW(Ehdr) elf;
	ElfW(Phdr) header;
	char path[PATH_MAX];

	*ret_is_elf = read_at(fd, &elf, sizeof(elf), 0) && memcmp(elf.e_ident, ELFMAG, SELFMAG) == 0 &&
		      elf.e_ident[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
		      elf.e_phentsize == sizeof(header);
	for (size_t i = 0; *ret_is_elf && i < elf.e_phnum && i < MAX_HEADERS; i++) {
		if (!read_at(fd, &header, sizeof(header), elf.e_phoff + i * sizeof(header)))
			return NULL;
		if (header.p_type != PT_INTERP || header.p_filesz >= sizeof(path))
			continue;
		if (!read_at(fd, path, header.p_filesz, header.p_offset))
			return NULL;
		path[header.p_filesz] = '\0';
		return arena_copy(arena, path);
	}
	return NULL;
}

/* Run `@loader --list @file`, its output into @text. */
static int run_loader(const char *loader, const char *file, char *text, size_t size, struct err *err)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): posix_spawn(3) takes no const, though it only reads */
	char *const args[] = { (char *)(uintptr_t)loader, "--list", (char *)(uintptr_t)file, NULL };
	char *const env[] = { NULL };
	posix_spawn_file_actions_t actions;
	auto_fd int reading = -1;
	int ends[2], status = -1, error;
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, ERR_NOWHERE, "make a pipe");
	reading = ends[0];
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	(void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawn(&pid, loader, &actions, NULL, args, env);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[1]);
	if (error != 0)
		return err_say(err, ERR_NOWHERE, "run %s, the loader of %s: %s", loader, file, err_reason(error));
	n = fd_read_all(reading, text, size - 1);
	/* One that says more than is read must not wait for us. */
	fd_close(&reading);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (n < 0 || status != 0)
		return err_say(err, ERR_NOWHERE, "%s cannot say which libraries %s needs", loader, file);
	text[n] = '\0';
	return 0;
}

/* "\tNAME => PATH (0x...)"; other lines are of the loader itself and of what the kernel brings. */
static int take_line(struct arena *arena, char *line, struct handler_found *found, struct handler_library *list,
		     struct err *err)
{
	char *arrow = strstr(line, " => ");
	char *path = arrow != NULL ? arrow + 4 : NULL;
	char real[PATH_MAX];

	if (path == NULL)
		return 0;
	*arrow = '\0';
	line += strspn(line, "\t ");
	path[strcspn(path, " ")] = '\0';
	if (path[0] != '/' || realpath(path, real) == NULL)
		return err_say(err, ERR_NOWHERE, "%s needs the library %s, which the host does not have", found->path, line);
	if (strchr(line, '/') != NULL || found->n_libraries == MAX_LIBRARIES)
		return err_say(err, ERR_NOWHERE, "%s needs libraries in a way that is not understood: %s", found->path, line);
	list[found->n_libraries++] = (struct handler_library){ arena_copy(arena, line), arena_copy(arena, real) };
	return 0;
}

static int find_libraries(struct arena *arena, struct handler_found *found, struct err *err)
{
	struct handler_library *list = arena_array(arena, MAX_LIBRARIES, sizeof(*list));
	char *text = arena_alloc(arena, LIST_SIZE);
	char real[PATH_MAX];
	char *line;

	if (run_loader(found->loader, found->path, text, LIST_SIZE, err) < 0)
		return -1;
	found->libraries = list;
	while ((line = strsep(&text, "\n")) != NULL) {
		if (take_line(arena, line, found, list, err) < 0)
			return -1;
	}
	if (realpath(found->loader, real) == NULL)
		return err_errno(err, ERR_NOWHERE, "find %s", found->loader);
	found->loader = arena_copy(arena, real);
	return 0;
}

int handler_find(struct arena *arena, const struct plan_input *input, const char *path,
		 const struct handler_found **ret_found, struct err *err)
{
	struct handler_found *found = arena_new(arena, struct handler_found);
	const struct handler *handler;
	auto_fd int fd = -1;
	bool is_elf = false;
	uint32_t at;

	*ret_found = NULL;
	if (handler_wanted(input, &handler, &at, err) < 0)
		return -1;
	if (handler == NULL)
		return 0;
	found->program = find_program(arena, handler, path != NULL ? path : "", &found->path);
	if (found->program == NULL)
		return refuse(arena, handler, at, err);
	fd = open(found->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, at, "open %s", found->path);
	found->loader = read_loader(arena, fd, &is_elf);
	if (!is_elf)
		return err_say(err, at, "%s is no program for this machine that could be shown to the container", found->path);
	if (found->loader != NULL && find_libraries(arena, found, err) < 0)
		return err_wrap(err, at, "the handler \"%s\"", handler->name);
	*ret_found = found;
	return 0;
}

bool handler_is_here(struct arena *arena, const char *name, const char *path)
{
	bool is_smart;
	const struct handler *handler = handler_named(name, &is_smart);
	const char *file;

	return handler != NULL && path != NULL && find_program(arena, handler, path, &file) != NULL;
}
