/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "printed.h"

#include "fixture.h"

#include <string.h>

#include "plan/plan.h"

void printed_put(void *data, const char *text)
{
	struct printed *printed = data;
	size_t len = strlen(text);

	assert_true(len < 512 && printed->n + len < sizeof(printed->text));
	memcpy(printed->text + printed->n, text, len + 1);
	printed->n += len;
}

bool printed_has(const struct plan *plan, const char *line)
{
	static struct printed printed;
	size_t len = strlen(line);
	const char *p = printed.text;

	printed.n = 0;
	plan_print(plan, printed_put, &printed);
	while ((p = strstr(p, line)) != NULL) {
		if ((p == printed.text || p[-1] == '\n') && p[len] == '\n')
			return true;
		p++;
	}
	return false;
}
