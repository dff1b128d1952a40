/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Print what the tables of libocispec hold, one line per property:
 *
 *	config process.user.uid integer 0 4294967295 required
 *	config mounts[].options[] string
 *	config linux.namespaces[].type word pid
 *
 * "[]" stands for the elements of a list, ".*" for the values of a map.  coverage.py compares this
 * with the specification's schema.
 */
#include <stdio.h>

#include "libocispec/oci/config.h"
#include "libocispec/oci/features.h"
#include "libocispec/oci/state.h"

static void print_shape(const char *document, const char *path, const struct oci_shape *shape);

static const char *type_of(enum oci_kind kind)
{
	switch (kind) {
	case OCI_KIND_BOOL:
		return "boolean";
	case OCI_KIND_STRING:
	case OCI_KIND_ENUM:
		return "string";
	case OCI_KIND_OBJECT:
	case OCI_KIND_MAP:
		return "object";
	case OCI_KIND_LIST:
		return "array";
	case OCI_KIND_NUMBER:
		return "number";
	default:
		return "integer";
	}
}

static void print_words(const char *document, const char *path, const struct oci_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		printf("%s %s word %s\n", document, path, names->name[i].word);
}

static void print_value(const char *document, const char *path, const struct oci_field *row,
			enum oci_kind kind, const char *tail)
{
	printf("%s %s %s", document, path, type_of(kind));
	if (kind >= OCI_KIND_U16 && kind <= OCI_KIND_I64)
		printf(" %lld %llu", (long long)row->min, (unsigned long long)row->max);
	printf("%s\n", tail);
	if (kind == OCI_KIND_OBJECT)
		print_shape(document, path, row->shape);
	if (kind == OCI_KIND_ENUM)
		print_words(document, path, row->names);
}

static void print_shape(const char *document, const char *path, const struct oci_shape *shape)
{
	for (uint32_t i = 0; i < shape->n; i++) {
		const struct oci_field *row = &shape->field[i];
		char below[512], element[520];

		snprintf(below, sizeof(below), "%s%s%s", path, path[0] ? "." : "", row->key);
		print_value(document, below, row, row->kind,
			    row->flags & OCI_REQUIRED ? " required" : "");
		if (row->kind != OCI_KIND_LIST && row->kind != OCI_KIND_MAP)
			continue;
		snprintf(element, sizeof(element), "%s%s", below,
			 row->kind == OCI_KIND_LIST ? "[]" : ".*");
		print_value(document, element, row, row->of, "");
		if (row->kind == OCI_KIND_MAP && row->names)
			print_words(document, element, row->names);
	}
}

int main(void)
{
	print_shape("config", "", &oci_config_shape);
	print_shape("state", "", &oci_state_shape);
	print_shape("features", "", &oci_features_shape);
	return 0;
}
