/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Linux security modules are to do with the payload: its AppArmor profile, its SELinux label
 * (PR-12, PR-13).  The label of mounts (RF-04) is in struct plan_mount, among its parameters.
 * Runs in: made in host, read in either.
 */
#ifndef TARE_PLAN_LSM_H
#define TARE_PLAN_LSM_H

/*
 * struct plan_lsm - NULL: leave it to the kernel.
 * @apparmor: profile that the payload enters with its execve(2)
 * @selinux:  context that the payload enters with its execve(2), also of its session keyring
 */
struct plan_lsm {
	const char *apparmor;
	const char *selinux;
};

#endif
