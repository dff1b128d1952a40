/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of the first process's launch share: a plan of its own, sealed, and an entry in the place of the init.
 * Linked in the place of tests/unit/host/stage.h, which plays the whole init.
 */
#ifndef TARE_TESTS_HOST_BIRTH_H
#define TARE_TESTS_HOST_BIRTH_H

#include "tests/unit/support.h"

#include "base/region.h"
#include "cgroup/cgroup.h"
#include "host/launch.h"
#include "image.h"

struct err;
struct plan;

/*
 * struct birth
 * @dir:    where the process begins: the container's root
 * @plan:   of "/the/root", at 17; change at will until birth_launch() seals it
 * @cgroup: none
 */
struct birth {
	struct support_dir dir;
	struct region region;
	struct plan *plan;
	int plan_fd;
	struct cgroup cgroup;
	struct launched launched;
};

/* Of the namespaces @namespaces (CLONE_NEW*). */
void birth_begin(struct birth *birth, unsigned long namespaces);

/* The same in a cgroup "/tare-test-PID-NUMBER<below>" that is made; skips the test where none can be. */
void birth_in_cgroup(struct birth *birth, const char *below);

/* The image of the next launch. */
void birth_use(struct init_image image);

/* Seal and launch; the caller's directory and descriptors must be as they were.  Returns as launch_init(). */
int birth_launch(struct birth *birth, struct err *err);

/* Launch @entry, which must succeed. */
void birth_entry(struct birth *birth, int (*entry)(int plan_fd, int wire));

/* Close and remove all; no child may be left. */
void birth_end(struct birth *birth);

/* For entries, which say what is wrong by their exit status: how many descriptors below 1024 are open. */
size_t birth_count_fds(void);

/* An entry that waits for a signal. */
int birth_sleep(int plan_fd, int wire) __attribute__((noreturn));

/* The same, once it has said WIRE_READY. */
int birth_tell_and_sleep(int plan_fd, int wire);

#endif
