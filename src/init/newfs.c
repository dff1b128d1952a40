/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New superblocks; see newfs.h.
 * Runs in: init.
 */
#include "init/newfs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "plan/mounts.h"
#include "sys/mountfd.h"

/* Longest message of the kernel about a file system context that we quote. */
#define KERNEL_MESSAGE 200

/* Longest value of fsconfig(2)'s FSCONFIG_SET_STRING. */
#define MAX_VALUE 255

static int fs_error(int fs, const struct plan_mount *mount, const char *what, struct err *err)
{
	char words[KERNEL_MESSAGE];

	mountfd_message(fs, words, sizeof(words));
	if (words[0] == '\0')
		return err_errno(err, mount->at, "%s %s for %s", what, mount->type, mount->target);
	return err_errno(err, mount->at, "%s %s for %s (%s)", what, mount->type, mount->target, words);
}

/*
 * mount(2) has a bit for "iversion" that every file system takes and few look at; fsconfig(2) has none, so
 * that only those file systems know the word that can switch it.
 */
static bool is_only_for_some(const struct plan_param *param)
{
	return param->value == NULL && (strcmp(param->key, "iversion") == 0 || strcmp(param->key, "noiversion") == 0);
}

static int set_params(int fs, const struct plan_mount *mount, struct err *err)
{
	for (size_t i = 0; i < mount->n_params; i++) {
		const struct plan_param *param = &mount->params[i];
		char what[128];

		if (mountfd_set(fs, param->key, param->value) == 0 || (errno == EINVAL && is_only_for_some(param)))
			continue;
		if (errno == EINVAL && param->value != NULL && strlen(param->value) > MAX_VALUE)
			return err_say(err, mount->at, "option \"%s\" of %s for %s is longer than %d bytes, which the "
				       "kernel does not take", param->key, mount->type, mount->target, MAX_VALUE);
		(void)snprintf(what, sizeof(what), "set option \"%s\" of", param->key);
		return fs_error(fs, mount, what, err);
	}
	return 0;
}

int newfs_make(const struct plan_mount *mount, const char *mode, struct err *err)
{
	auto_fd int fs = -1;
	int tree;

	fs = mountfd_fsopen(mount->type);
	if (fs < 0 && errno == ENODEV)
		return err_say(err, mount->at, "this kernel has no file system \"%s\"", mount->type);
	if (fs < 0)
		return err_errno(err, mount->at, "open file system %s", mount->type);
	if (mount->source != NULL && mount->source[0] != '\0' && mountfd_set(fs, "source", mount->source) < 0)
		return fs_error(fs, mount, "set the source of", err);
	if (set_params(fs, mount, err) < 0)
		return -1;
	if (mode != NULL && mountfd_set(fs, "mode", mode) < 0)
		return fs_error(fs, mount, "set the mode of", err);
	tree = mountfd_create(fs, mount->attr.set);
	if (tree < 0)
		return fs_error(fs, mount, "mount", err);
	return tree;
}

int newfs_change(const struct plan_mount *mount, int target, struct err *err)
{
	auto_fd int fs = -1;

	if (mount->n_params == 0)
		return 0;
	fs = mountfd_pick(target);
	if (fs < 0)
		return err_errno(err, mount->at, "open the file system mounted on %s", mount->target);
	if (set_params(fs, mount, err) < 0)
		return -1;
	return mountfd_reconfigure(fs) < 0 ? fs_error(fs, mount, "change", err) : 0;
}
