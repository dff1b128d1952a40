/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of checkpoint and restore; see criu_options.h.
 * Runs in: host.
 */
#include "cmd/criu_options.h"

#include <sched.h>
#include <string.h>

#include "base/err.h"
#include "host/criu_images.h"

const struct options_word criu_cgroups_words[] = {
	{ "soft", CRIU_CGROUPS_SOFT },	   { "", CRIU_CGROUPS_SOFT },	    { "full", CRIU_CGROUPS_FULL },
	{ "strict", CRIU_CGROUPS_STRICT }, { "ignore", CRIU_CGROUPS_IGNORE }, { NULL, 0 },
};

const struct options_word criu_network_lock_words[] = {
	{ "iptables", CRIU_LOCK_IPTABLES }, { "nftables", CRIU_LOCK_NFTABLES }, { "skip", CRIU_LOCK_SKIP }, { NULL, 0 },
};

const char *criu_options_given(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : NULL;
}

int criu_options_read(const struct criu_options *options, struct criu_wishes *ret, struct err *err)
{
	*ret = (struct criu_wishes){
		.image_path = criu_options_given(options->image_path),
		.work_path = criu_options_given(options->work_path),
		.tcp_established = options->tcp_established,
		.ext_unix_sk = options->ext_unix_sk,
		.shell_job = options->shell_job,
		.file_locks = options->file_locks,
		.auto_dedup = options->auto_dedup,
		.lazy_pages = options->lazy_pages,
		.cgroups = (enum criu_cgroups)options->cgroups,
		.network_lock = options->network_lock,
	};
	for (size_t i = 0; i < options->empty_ns.n; i++) {
		if (strcmp(options->empty_ns.item[i], "network") != 0)
			return err_say(err, ERR_NOWHERE, "option '--empty-ns' does not take the value \"%s\"",
				       options->empty_ns.item[i]);
		ret->empty_ns |= CLONE_NEWNET;
	}
	return 0;
}
