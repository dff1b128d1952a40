/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process.rlimits (PR-11).
 * Runs in: host.
 */
#include <sys/resource.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/process.h"
#include "plan/work.h"

static const int resources[] = {
	[OCI_RLIMIT_AS] = RLIMIT_AS,
	[OCI_RLIMIT_CORE] = RLIMIT_CORE,
	[OCI_RLIMIT_CPU] = RLIMIT_CPU,
	[OCI_RLIMIT_DATA] = RLIMIT_DATA,
	[OCI_RLIMIT_FSIZE] = RLIMIT_FSIZE,
	[OCI_RLIMIT_LOCKS] = RLIMIT_LOCKS,
	[OCI_RLIMIT_MEMLOCK] = RLIMIT_MEMLOCK,
	[OCI_RLIMIT_MSGQUEUE] = RLIMIT_MSGQUEUE,
	[OCI_RLIMIT_NICE] = RLIMIT_NICE,
	[OCI_RLIMIT_NOFILE] = RLIMIT_NOFILE,
	[OCI_RLIMIT_NPROC] = RLIMIT_NPROC,
	[OCI_RLIMIT_RSS] = RLIMIT_RSS,
	[OCI_RLIMIT_RTPRIO] = RLIMIT_RTPRIO,
	[OCI_RLIMIT_RTTIME] = RLIMIT_RTTIME,
	[OCI_RLIMIT_SIGPENDING] = RLIMIT_SIGPENDING,
	[OCI_RLIMIT_STACK] = RLIMIT_STACK,
};

int plan_rlimits(struct plan_work *work, const struct oci_process *process,
		 struct plan_process *ret, struct err *err)
{
	const struct oci_rlimit *limit;
	bool is_given[sizeof(resources) / sizeof(resources[0])] = { false };

	ret->rlimits = work_array(work, process->rlimits.n, sizeof(*ret->rlimits));
	oci_for_each(limit, &process->rlimits) {
		const char *name = oci_names_word(&oci_rlimit_names, (int)limit->type);

		if (is_given[limit->type])
			return err_say(err, work_place(work, limit->at, "type"),
				       "%s is in the list already", name);
		if (limit->soft > limit->hard)
			return err_say(err, work_place(work, limit->at, "soft"),
				       "of %s is more than the hard limit", name);
		is_given[limit->type] = true;
		ret->rlimits[ret->n_rlimits++] = (struct plan_rlimit){
			.at = limit->at,
			.name = region_strdup(work->region, name),
			.resource = resources[limit->type],
			.soft = limit->soft,
			.hard = limit->hard,
		};
	}
	return 0;
}
