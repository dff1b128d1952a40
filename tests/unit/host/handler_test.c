/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of the host that run what the kernel cannot: where they are looked for, and what they need. */
#include "host/handler.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "libocispec/arena.h"
#include "libocispec/oci/config.h"
#include "plan/plan.h"
#include "tests/unit/support.h"

/* A container that is to be run by a handler, and a directory for programs. */
struct scene {
	struct support_dir dir;
	struct arena arena;
	struct oci_process process;
	struct oci_config config;
	struct plan_options options;
	struct plan_input input;
	const struct handler_found *found;
	struct err err;
};

static const char *args[] = { "/m.wasm" };

static void begin(struct scene *s)
{
	*s = (struct scene){
		.process = { .at = 33, .args = { .set = true, .n = 1, .item = args } },
		.options = { .handler = "wasm" },
		.err = ERR_INIT,
	};
	support_open_dir(&s->dir);
	s->config.process = &s->process;
	s->input = (struct plan_input){ .config = &s->config, .options = &s->options };
}

static void end(struct scene *s)
{
	arena_free(&s->arena);
	support_remove_dir(&s->dir);
}

static int look(struct scene *s, const char *path)
{
	size_t fds = support_count_fds();
	int r;

	s->err = ERR_INIT;
	r = handler_find(&s->arena, &s->input, path, &s->found, &s->err);
	assert_int_equal(support_count_fds(), fds);
	return r;
}

static void refused(struct scene *s, const char *path, const char *text)
{
	assert_int_equal(look(s, path), -1);
	assert_holds(s->err.text, text);
	assert_int_equal(s->err.at, 33);
	assert_null(s->found);
}

/* A copy of the program @from as @name in the directory. */
static void install(struct scene *s, const char *from, const char *name)
{
	char command[512];

	(void)snprintf(command, sizeof(command), "cp -L '%s' '%s/%s'", from, s->dir.path, name);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): of this test alone */
}

static void test_nothing_wanted(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	s.options.handler = NULL;
	assert_good(look(&s, "/nowhere"), s.err);
	assert_null(s.found);
	end(&s);
}

static void test_none(void **state)
{
	static const char words[] = "the handler \"wasm\" needs a program on the host that runs WebAssembly, and PATH has none of: "
				    "wasmedge, wasmtime, iwasm";
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct scene s;

	(void)state;
	begin(&s);
	refused(&s, NULL, words);
	refused(&s, "", words);
	refused(&s, s.dir.path, words);
	/* What is no program, and a directory that is not named from the root. */
	support_write(s.dir.fd, "wasmedge", "x");
	refused(&s, s.dir.path, words);
	assert_int_equal(mkdirat(s.dir.fd, "iwasm", 0755), 0);
	refused(&s, s.dir.path, words);
	assert_int_equal(fchmodat(s.dir.fd, "wasmedge", 0755, 0), 0);
	assert_int_equal(fchdir(s.dir.fd), 0);
	refused(&s, ".::", words);
	assert_int_equal(fchdir(here), 0);
	(void)close(here);
	end(&s);
}

static void test_no_elf(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	support_write(s.dir.fd, "wasmtime", "#!/bin/sh\n");
	assert_int_equal(fchmodat(s.dir.fd, "wasmtime", 0755, 0), 0);
	refused(&s, s.dir.path, "is no program for this machine");
	support_write(s.dir.fd, "wasmtime", "\177ELF");
	refused(&s, s.dir.path, "is no program for this machine");
	end(&s);
}

static void test_static(void **state)
{
	char path[512];
	struct scene s;

	(void)state;
	begin(&s);
	install(&s, "tests/probe/runner", "iwasm");
	(void)snprintf(path, sizeof(path), "/nowhere:%s", s.dir.path);
	assert_good(look(&s, path), s.err);
	assert_string_equal(s.found->program->name, "iwasm");
	assert_null(s.found->loader);
	assert_int_equal(s.found->n_libraries, 0);
	assert_true(handler_is_here(&s.arena, "wasm", path));
	assert_false(handler_is_here(&s.arena, "wasm", "/nowhere") || handler_is_here(&s.arena, "wasm", NULL));
	assert_false(handler_is_here(&s.arena, "krun", path));
	/* The first of the table counts, by its real name. */
	assert_int_equal(symlinkat("iwasm", s.dir.fd, "wasmtime"), 0);
	assert_good(look(&s, path), s.err);
	assert_string_equal(s.found->program->name, "wasmtime");
	assert_string_equal(strrchr(s.found->path, '/'), "/iwasm");
	end(&s);
}

static void test_dynamic(void **state)
{
	bool has_libc = false;
	struct stat st;
	struct scene s;

	(void)state;
	begin(&s);
	install(&s, "tests/probe/runner-dynamic", "wasmedge");
	assert_good(look(&s, s.dir.path), s.err);
	assert_non_null(s.found->loader);
	assert_int_equal(lstat(s.found->loader, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_true(s.found->n_libraries > 0);
	for (size_t i = 0; i < s.found->n_libraries; i++) {
		const struct handler_library *library = &s.found->libraries[i];

		assert_null(strchr(library->name, '/'));
		assert_int_equal(lstat(library->path, &st), 0);
		assert_true(S_ISREG(st.st_mode));
		has_libc |= strncmp(library->name, "libc.", 5) == 0;
	}
	assert_true(has_libc);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_wanted),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_no_elf),
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_dynamic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
