/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who answers the filter, and what is told to it (SC-07 .. SC-09).
 * Runs in: host.
 */
#include "plan/listener.h"

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/document.h"
#include "plan/work.h"

/* Managers write "" for none. */
static bool is_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* The first rule that asks, or NULL. */
static const struct oci_syscall *find_notify(const struct oci_seccomp *seccomp)
{
	const struct oci_syscall *entry;

	oci_for_each(entry, &seccomp->syscalls) {
		if (entry->action == OCI_SECCOMP_ACT_NOTIFY)
			return entry;
	}
	return NULL;
}

static int check(const struct plan_work *work, const struct oci_seccomp *seccomp, const struct oci_syscall *notify,
		 struct err *err)
{
	bool has_receiver = work->plan->annotations.seccomp_receiver.path != NULL;

	if (seccomp->default_action == OCI_SECCOMP_ACT_NOTIFY)
		return err_say(err, work_place(work, seccomp->at, "defaultAction"),
			       "SCMP_ACT_NOTIFY can only be the action of named system calls: the container's own "
			       "set-up would wait for answers");
	if (is_given(seccomp->listener_metadata) && !is_given(seccomp->listener_path) && !has_receiver)
		return err_say(err, work_place(work, seccomp->at, "listenerMetadata"),
			       "is given without listenerPath");
	if (is_given(seccomp->listener_path) && seccomp->listener_path[0] != '/')
		return err_say(err, work_place(work, seccomp->at, "listenerPath"),
			       "\"%s\" is not an absolute path", seccomp->listener_path);
	if (notify != NULL && !is_given(seccomp->listener_path) && !has_receiver)
		return err_say(err, work_place(work, notify->at, "action"),
			       "SCMP_ACT_NOTIFY needs linux.seccomp.listenerPath: nobody would answer");
	if (notify != NULL && !is_given(seccomp->listener_path) && work->plan->annotations.seccomp_receiver.path[0] != '/')
		return err_say(err, ERR_NOWHERE, "the environment: " PLAN_RECEIVER_VARIABLE "=%s is not an absolute path",
			       work->plan->annotations.seccomp_receiver.path);
	return 0;
}

static int plan_message(struct plan_work *work, const struct oci_seccomp *seccomp, struct plan_listener *ret,
			struct err *err)
{
	const char *names[] = { "seccompFd" };
	const struct plan_exec *exec = &work->plan->exec;
	struct oci_state state = document_state(work, exec->present ? OCI_STATUS_RUNNING : OCI_STATUS_CREATING);
	const struct oci_process_state message = {
		.oci_version = work->plan->oci_version,
		.fds = { .set = true, .n = 1, .item = names },
		.pid = DOCUMENT_PID,
		.metadata = seccomp->listener_metadata,
		.state = &state,
	};

	/* The state is the container's, and so is the pid in it: with exec that of another process, which is known. */
	if (exec->present)
		state.pid.v = exec->pid;
	return document_cut(work, &oci_process_state_shape, &message, "the message for the seccomp agent", ret->piece,
			    exec->present ? LISTENER_PIECES - 1 : LISTENER_PIECES, err);
}

int plan_listener(struct plan_work *work, struct err *err)
{
	const struct oci_linux *on_linux = work->input->config->on_linux;
	const struct oci_seccomp *seccomp = on_linux == NULL ? NULL : on_linux->seccomp;
	struct plan_listener *ret = &work->plan->listener;
	const struct oci_syscall *notify;

	if (seccomp == NULL)
		return 0;
	notify = find_notify(seccomp);
	if (check(work, seccomp, notify, err) < 0)
		return -1;
	if (notify == NULL)
		return 0;
	if (is_given(seccomp->listener_path)) {
		ret->at = work_place(work, seccomp->at, "listenerPath");
		ret->path = region_strdup(work->region, seccomp->listener_path);
	} else {
		ret->at = work->plan->annotations.seccomp_receiver.at;
		ret->path = work->plan->annotations.seccomp_receiver.path;
	}
	return plan_message(work, seccomp, ret, err);
}
