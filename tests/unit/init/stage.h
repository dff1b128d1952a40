/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A container's first process without a host: a plan made by hand, a tmpfs as the container's root, and
 * the handles that earlier steps would have opened.  For children of support_child() with CLONE_NEWNS.
 */
#ifndef TARE_TESTS_INIT_STAGE_H
#define TARE_TESTS_INIT_STAGE_H

#include <sched.h>

#include "base/err.h"
#include "init/init.h"
#include "tests/unit/support.h"

#define STAGE_MOUNTS 8
#define STAGE_JOINS 4

/*
 * struct stage
 * @plan: @init looks at it; zero but for a process that is present, with no rights taken away
 * @init: root, proc and null are open; trees, sources and namespaces are -1
 * @root: the same directory as @init.root, by a readable descriptor
 * @host: the host's end of @init.wire; -1 until stage_open_wire()
 */
struct stage {
	struct plan plan;
	struct init init;
	struct err err;
	struct plan_mount mounts[STAGE_MOUNTS];
	int tree[STAGE_MOUNTS], source[STAGE_MOUNTS], idmap[STAGE_MOUNTS], join[STAGE_JOINS];
	char path[128];
	int root;
	int host;
};

/* The directory where the tmpfs is mounted: group set-up and tear-down of a test program; *state. */
int stage_make_dir(void **state);
int stage_remove_dir(void **state);

/* In the child: everything above, on the directory of stage_make_dir(). */
void stage_open(struct stage *stage, const void *dir);

/* A channel, whose other end is stage->host. */
void stage_open_wire(struct stage *stage);

/* A detached tmpfs, or other file system without options. */
int stage_new_fs(const char *type);

/* Make the directory @path (and its parents) in the container, or a file with @text. */
void stage_mkdir(const struct stage *stage, const char *path);
void stage_write(const struct stage *stage, const char *path, const char *text);

/* lstat(2) of @path below the root, which must exist. */
struct stat;
void stage_stat(const struct stage *stage, const char *path, struct stat *st);

/* Nothing is there. */
bool stage_is_missing(const struct stage *stage, const char *path);

/* Run @run in a child with a mount namespace, and those of @more, with *state of the test as its argument. */
#define stage_run(more, run) support_run(CLONE_NEWNS | (more), run, *state)

/* The cmocka test @name that does so. */
#define STAGE_TEST(name, more, run)        \
	static void name(void **state)     \
	{                                  \
		stage_run(more, run);      \
	}

/* @call of a step must be good, or fail with a text that holds @part. */
#define stage_good(stage, call) assert_good(call, (stage)->err)
#define stage_bad(stage, call, part)                      \
	do {                                              \
		(stage)->err = ERR_INIT;                  \
		assert_int_equal(call, -1);               \
		assert_holds((stage)->err.text, part);    \
	} while (0)

#endif
