/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anonymous pages; see scratch.h.
 * Runs in: init.
 */
#include "init/scratch.h"

#include <sys/mman.h>

#include "base/err.h"

void *scratch_pages(size_t size, struct err *err)
{
	void *p = mmap(NULL, size == 0 ? 1 : size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED)
		return p;
	(void)err_errno(err, ERR_NOWHERE, "get %zu bytes of memory", size);
	return NULL;
}
