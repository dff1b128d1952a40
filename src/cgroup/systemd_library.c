/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading libsystemd; see systemd_library.h.
 * Runs in: host.
 */
#include "cgroup/systemd_library.h"

#include <dlfcn.h>
#include <stddef.h>

#include "base/err.h"
#include "cgroup/systemd_note.h"

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define ROW(function) { #function, offsetof(struct systemd_library, function) },
	SYSTEMD_FUNCTIONS(ROW)
#undef ROW
};

const struct systemd_library *systemd_library_get(struct err *err)
{
	/* Filled once and never changed: what the program is linked with, found later. */
	static struct systemd_library library;
	static void *handle;
	void *opened = handle;

	if (opened != NULL)
		return &library;
	opened = dlopen(SYSTEMD_LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (opened == NULL) {
		(void)err_say(err, ERR_NOWHERE, "the systemd cgroup manager needs " SYSTEMD_LIBRARY
			      ", which cannot be loaded: %s", dlerror());
		return NULL;
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *found = dlsym(opened, functions[i].name);

		if (found == NULL) {
			(void)err_say(err, ERR_NOWHERE, SYSTEMD_LIBRARY " is too old: it has no %s", functions[i].name);
			return NULL;
		}
		*(void **)((char *)&library + functions[i].offset) = found;
	}
	handle = opened;
	return &library;
}
