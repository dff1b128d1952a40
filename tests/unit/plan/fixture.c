/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See fixture.h. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libocispec/error.h"
#include "libocispec/source.h"
#include "tests/unit/must.h"

static void load(struct fixture *f)
{
	struct oci_error error = OCI_ERROR_INIT;

	f->source = (struct oci_source){ .name = "config.json",
					 .text = f->text,
					 .len = strlen(f->text) };
	if (oci_config_read(&f->arena, &f->source, &f->config, &error) < 0) {
		oci_error_format(&error, &f->source, f->refusal, sizeof(f->refusal));
		fail_msg("the test's own config is wrong: %s", f->refusal);
	}
	f->err = ERR_INIT;
	if (region_open(&f->region, &f->err) < 0)
		fail_msg("%s", f->err.text);
	f->facts = (struct facts){ .capabilities = (UINT64_C(1) << 41) - 1,
				   .bounding = (UINT64_C(1) << 41) - 1,
				   .last_capability = 40,
				   .cgroup_mode = CGROUP_MODE_V2,
				   .seccomp_filter = true,
				   .bundle = "/bundle" };
	f->options = (struct plan_options){ .id = "box" };
	f->input = (struct plan_input){ .source = &f->source,
					.config = f->config,
					.facts = &f->facts,
					.options = &f->options };
	f->work = (struct plan_work){ .region = &f->region,
				      .input = &f->input,
				      .plan = region_alloc(&f->region, sizeof(struct plan)) };
}

void fixture_open(struct fixture *f, const char *json)
{
	*f = (struct fixture){ .text = must(strdup(json)) };
	for (char *p = f->text; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	load(f);
}

void fixture_open_file(struct fixture *f, const char *path)
{
	FILE *file = fopen(path, "re");
	size_t n;

	if (file == NULL)
		must_stop("cannot open %s", path);
	*f = (struct fixture){ .text = must(calloc(1, OCI_MAX_DOCUMENT)) };
	n = fread(f->text, 1, OCI_MAX_DOCUMENT - 1, file);
	f->text[n] = '\0';
	(void)fclose(file);
	load(f);
}

void fixture_close(struct fixture *f)
{
	region_close(&f->region);
	arena_free(&f->arena);
	free(f->text);
	f->text = NULL;
}

const struct plan *fixture_plan(struct fixture *f)
{
	f->err = ERR_INIT;
	if (plan_make(&f->region, &f->input, &f->plan, &f->err) < 0)
		fail_msg("refused: %s", f->err.text);
	return f->plan;
}

const char *fixture_refused(struct fixture *f)
{
	struct oci_error error = { .has_at = false };

	f->err = ERR_INIT;
	if (plan_make(&f->region, &f->input, &f->plan, &f->err) == 0)
		fail_msg("the plan was made");
	assert_true(err_is_set(&f->err));
	assert_null(f->plan);
	error.has_at = f->err.at != ERR_NOWHERE;
	error.at = f->err.at;
	(void)snprintf(error.text, sizeof(error.text), "%.511s", f->err.text);
	oci_error_format(&error, &f->source, f->refusal, sizeof(f->refusal));
	return f->refusal;
}

const char *fixture_warning(const struct plan *plan, size_t i)
{
	const struct plan_warning *warning = plan->warnings;

	while (warning != NULL && i-- > 0)
		warning = warning->next;
	return warning == NULL ? NULL : warning->text;
}
