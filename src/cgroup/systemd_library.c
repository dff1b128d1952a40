/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading libsystemd; see systemd_library.h.
 * Runs in: host.
 */
#include "cgroup/systemd_library.h"

#include <dlfcn.h>
#include <stddef.h>

#include "base/err.h"

/*
 * What package tools read instead of a DT_NEEDED entry: the note .note.dlopen of the "ELF dlopen metadata"
 * specification of the UAPI Group; owner "FDO", type 0x407c0c0a.
 */
#define NOTE "[{\"feature\":\"systemd\",\"description\":\"the systemd cgroup manager\"," \
	     "\"priority\":\"suggested\",\"soname\":[\"" SYSTEMD_LIBRARY "\"]}]"

static const struct {
	unsigned int name_size, text_size, type;
	char name[4];
	char text[(sizeof(NOTE) + 3) / 4 * 4];
} note __attribute__((used, section(".note.dlopen"), aligned(4))) = {
	.name_size = 4,
	.text_size = sizeof(NOTE),
	.type = 0x407c0c0a,
	.name = "FDO",
	.text = NOTE,
};

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
