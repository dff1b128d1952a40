/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON documents cut where a pid stands; see document.h.
 * Runs in: host.
 */
#include "plan/document.h"

#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "libocispec/write.h"
#include "plan/work.h"

/*
 * Where to cut.  Inside a JSON string every quote is escaped, so this stands nowhere but at the member
 * itself.
 */
#define MARK "\"pid\":"
#define MARK_DIGITS "2147483647"

struct oci_state document_state(const struct plan_work *work, enum oci_status status)
{
	return (struct oci_state){
		.oci_version = work->plan->oci_version,
		.id = work->plan->id,
		.pid = { .set = true, .v = DOCUMENT_PID },
		.status = status,
		.bundle = work->plan->bundle,
		.annotations = work->input->config->annotations,
	};
}

static const char *keep(struct plan_work *work, const char *text, size_t len)
{
	char *copy = region_alloc(work->region, len + 1);

	memcpy(copy, text, len);
	return copy;
}

int document_cut(struct plan_work *work, const struct oci_shape *shape, const void *value, const char *what,
		 const char **piece, size_t n, struct err *err)
{
	struct oci_error error = OCI_ERROR_INIT;
	auto_arena struct arena arena = ARENA_INIT;
	const char *text, *cut;

	if (oci_write(&arena, shape, value, 0, &text, NULL, &error) < 0)
		return err_say(err, ERR_NOWHERE, "write %s: %s", what, error.text);
	for (size_t i = 0; i + 1 < n; i++) {
		cut = strstr(text, MARK MARK_DIGITS);
		if (cut == NULL)
			return err_say(err, ERR_NOWHERE, "write %s: a pid is missing", what);
		cut += strlen(MARK);
		piece[i] = keep(work, text, (size_t)(cut - text));
		text = cut + strlen(MARK_DIGITS);
	}
	piece[n - 1] = keep(work, text, strlen(text));
	return 0;
}
