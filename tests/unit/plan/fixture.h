/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One config.json in, one plan or one refusal out, on a machine that is made up: what the tests of
 * the plan room share.
 */
#ifndef TARE_TESTS_PLAN_FIXTURE_H
#define TARE_TESTS_PLAN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/*
 * struct fixture
 * @facts, @options: a cgroup v2 machine, all capabilities, a foreground `run`; change at will
 * @work: for calling one rule alone
 * @refusal: filled by fixture_refused()
 */
struct fixture {
	char *text;
	struct arena arena;
	struct region region;
	struct oci_source source;
	struct oci_config *config;
	struct facts facts;
	struct plan_options options;
	struct plan_input input;
	struct plan_work work;
	const struct plan *plan;
	struct err err;
	char refusal[1600];
};

/* A config that is complete but for the properties in @more, which end in a comma or are "". */
#define CONFIG(process, on_linux, more)                                                      \
	"{" more "'ociVersion':'1.2.0','root':{'path':'rootfs'},"                             \
	"'process':{" process "'cwd':'/','args':['sh']},"                                     \
	"'linux':{" on_linux "'namespaces':[{'type':'mount'},{'type':'uts'},{'type':'ipc'}]}}"

/* Read @json, in which ' stands for ", or fail the test. */
void fixture_open(struct fixture *f, const char *json);

/* The same for a file, whose ' mean themselves. */
void fixture_open_file(struct fixture *f, const char *path);

void fixture_close(struct fixture *f);

#define auto_fixture __attribute__((cleanup(fixture_close)))

/* Make the plan, or fail the test with the refusal. */
const struct plan *fixture_plan(struct fixture *f);

/* Make the plan, which has to be refused; the whole line as a user sees it. */
const char *fixture_refused(struct fixture *f);

/* Text of the @i-th warning, NULL when there are fewer. */
const char *fixture_warning(const struct plan *plan, size_t i);

#endif
