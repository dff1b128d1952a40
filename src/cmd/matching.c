/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers by a regular expression; see matching.h.
 * Runs in: host.
 */
#include "cmd/matching.h"

#include <regex.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "state/dir.h"

static int compile(const char *pattern, regex_t *ret, struct err *err)
{
	char reason[128];
	int code = regcomp(ret, pattern, REG_EXTENDED | REG_NOSUB);

	if (code == 0)
		return 0;
	(void)regerror(code, ret, reason, sizeof(reason));
	return err_say(err, ERR_NOWHERE, "\"%s\" is no regular expression: %s", pattern, reason);
}

int matching_each(const struct command_call *call, const char *pattern, matching_deed *deed, const void *data,
		  struct err *err)
{
	__attribute__((cleanup(regfree))) regex_t regex = { .re_nsub = 0 };
	size_t n, n_matching = 0, n_failed = 0;
	auto_free char **ids = NULL;
	struct err first = ERR_INIT;

	if (compile(pattern, &regex, err) < 0 || dir_list(call->root, call->root_given, &ids, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct err later = ERR_INIT;

		if (regexec(&regex, ids[i], 0, NULL, 0) != 0)
			continue;
		n_matching++;
		if (deed(call->root, ids[i], data, n_failed == 0 ? &first : &later) < 0)
			n_failed++;
	}
	if (n_failed == 0)
		return 0;
	*err = first;
	return n_matching == 1 ? -1 : err_wrap(err, ERR_NOWHERE, "%zu of %zu containers failed, the first", n_failed,
					       n_matching);
}
