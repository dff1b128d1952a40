/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of config.json's top level, and what a version may look like. */
#include "libocispec/oci/config.h"

#include <stdlib.h>
#include <string.h>

#include "libocispec/read.h"

static const char digits[] = "0123456789";
static const char identifier[] =
	"0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* A number without leading zeros at *text; moves it behind. */
static bool take_numeric(const char **text)
{
	size_t len = strspn(*text, digits);
	bool is_good = len == 1 || (len > 1 && (*text)[0] != '0');

	*text += len;
	return is_good;
}

/*
 * Identifiers joined by points at *text; moves it behind.  In a pre-release those of digits only
 * are numbers and must not start with 0.
 */
static bool take_identifiers(const char **text, bool is_pre_release)
{
	for (;;) {
		size_t len = strspn(*text, identifier);

		if (!len)
			return false;
		if (is_pre_release && len > 1 && (*text)[0] == '0' && strspn(*text, digits) >= len)
			return false;
		*text += len;
		if (**text != '.')
			return true;
		(*text)++;
	}
}

/* SemVer 2.0.0, sections 2, 9 and 10. */
const char *oci_version_check(const char *version)
{
	static const char fault[] = "is not a semantic version such as 1.3.0";

	for (int i = 0; i < 3; i++) {
		if (i && *version++ != '.')
			return fault;
		if (!take_numeric(&version))
			return fault;
	}
	if (*version == '-' && (version++, !take_identifiers(&version, true)))
		return fault;
	if (*version == '+' && (version++, !take_identifiers(&version, false)))
		return fault;
	return *version ? fault : NULL;
}

static const char *check_config_version(const char *version)
{
	const char *fault = oci_version_check(version);

	if (!fault && strncmp(version, "1.", 2) != 0)
		fault = "is no version 1 of the runtime specification, the only one known";
	return fault;
}

const char *oci_version_complied(const char *version)
{
	return strtoul(version + 2, NULL, 10) > strtoul(OCI_VERSION + 2, NULL, 10) ? OCI_VERSION : version;
}

static const struct oci_field root_fields[] = {
	OCI_STRING(struct oci_root, path,     "path",     OCI_REQUIRED | OCI_NONEMPTY),
	OCI_BOOL(struct oci_root,   readonly, "readonly", 0),
};
static const struct oci_shape root_shape =
	OCI_SHAPE(struct oci_root, "root file system", root_fields);

static const struct oci_field config_fields[] = {
	OCI_STRING_CHECKED(struct oci_config, oci_version, "ociVersion", OCI_REQUIRED,
			   check_config_version),
	/* Optional by the schema, required on Linux by the prose. */
	OCI_OBJECT(struct oci_config,     root,        "root", OCI_REQUIRED, &root_shape),
	OCI_OBJECT(struct oci_config,     process,     "process",     0, &oci_process_shape),
	OCI_STRING(struct oci_config,     hostname,    "hostname",    0),
	OCI_STRING(struct oci_config,     domainname,  "domainname",  0),
	OCI_OBJECTS(struct oci_config,    mounts,      "mounts",      0, &oci_mount_shape),
	OCI_OBJECT(struct oci_config,     hooks,       "hooks",       0, &oci_hooks_shape),
	OCI_STRING_MAP(struct oci_config, annotations, "annotations", 0),
	OCI_OBJECT(struct oci_config,     on_linux,    "linux",       0, &oci_linux_shape),
};
const struct oci_shape oci_config_shape = OCI_SHAPE(struct oci_config, "config", config_fields);

int oci_config_read(struct arena *arena, const struct oci_source *src,
		    struct oci_config **ret_config, struct oci_error *err)
{
	return oci_read(arena, src, &oci_config_shape, ret_config, err);
}
