/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why an ordinary user gets no user namespace: what the machine's administrator has to change.  Asked only after the
 * kernel, or newuidmap(1), has refused.
 * Runs in: host.
 */
#ifndef TARE_HOST_USERNS_H
#define TARE_HOST_USERNS_H

#include <stdbool.h>

/*
 * The sysctl below @sysctls ("/proc/sys") that forbids user namespaces to us, and what to do, as text for an error;
 * NULL when none does.  user.max_user_namespaces (namespaces(7)), kernel.unprivileged_userns_clone (Debian's and
 * Arch's kernels), kernel.apparmor_restrict_unprivileged_userns (Ubuntu's).
 */
const char *userns_obstacle(const char *sysctls);

/* The program @path, newuidmap(1) or newgidmap(1), has no more rights than who runs it: it is neither setuid nor has
 * it file capabilities. */
bool userns_is_helper_powerless(const char *path);

#endif
