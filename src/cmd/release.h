/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions that `version` and `features` both tell.
 * Runs in: host.
 */
#ifndef TARE_CMD_RELEASE_H
#define TARE_CMD_RELEASE_H

#include "libocispec/oci/config.h"

/* Oldest and newest version of the specification that config.json may name with all of it understood. */
#define RELEASE_SPEC_MIN "1.0.0"
#define RELEASE_SPEC OCI_VERSION

/* Room for the text of a version. */
#define RELEASE_SIZE 40

/* libseccomp's version as "2.5.4", in @buf, which is returned. */
const char *release_seccomp(char buf[RELEASE_SIZE]);

#endif
