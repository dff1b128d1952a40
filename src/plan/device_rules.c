/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device rules; see device_rules.h.
 * Runs in: host.
 */
#include "plan/device_rules.h"

#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/device.h"
#include "plan/limits.h"

/*
 * What every container may use, whatever its config says: managers rely on it.  Making any node is
 * allowed, since a node that may not be opened is harmless and images hold such nodes.
 */
static const struct plan_device_rule always_allowed[] = {
	{ .type = 'c', .major = DEVICE_ANY, .minor = DEVICE_ANY, .access = DEVICE_MKNOD },
	{ .type = 'b', .major = DEVICE_ANY, .minor = DEVICE_ANY, .access = DEVICE_MKNOD },
	{ .type = 'c', .major = 1,   .minor = 3,   .access = DEVICE_ALL },	/* null */
	{ .type = 'c', .major = 1,   .minor = 5,   .access = DEVICE_ALL },	/* zero */
	{ .type = 'c', .major = 1,   .minor = 7,   .access = DEVICE_ALL },	/* full */
	{ .type = 'c', .major = 1,   .minor = 8,   .access = DEVICE_ALL },	/* random */
	{ .type = 'c', .major = 1,   .minor = 9,   .access = DEVICE_ALL },	/* urandom */
	{ .type = 'c', .major = 5,   .minor = 0,   .access = DEVICE_ALL },	/* tty */
	{ .type = 'c', .major = 5,   .minor = 1,   .access = DEVICE_ALL },	/* console */
	{ .type = 'c', .major = 5,   .minor = 2,   .access = DEVICE_ALL },	/* ptmx */
	{ .type = 'c', .major = 10,  .minor = 200, .access = DEVICE_ALL },	/* net/tun */
	{ .type = 'c', .major = 136, .minor = DEVICE_ANY, .access = DEVICE_ALL },	/* pts */
};

enum { N_ALWAYS = sizeof(always_allowed) / sizeof(always_allowed[0]) };

static const struct {
	char letter;
	unsigned int bit;
} access_letters[] = {
	{ 'r', DEVICE_READ },
	{ 'w', DEVICE_WRITE },
	{ 'm', DEVICE_MKNOD },
};

static int parse_access(const struct oci_device_rule *rule, unsigned int *ret, struct err *err)
{
	unsigned int access = 0;

	if (!rule->access || !*rule->access) {
		*ret = DEVICE_ALL;
		return 0;
	}
	for (const char *p = rule->access; *p; p++) {
		unsigned int bit = 0;

		for (size_t i = 0; i < sizeof(access_letters) / sizeof(access_letters[0]); i++) {
			if (access_letters[i].letter == *p)
				bit = access_letters[i].bit;
		}
		if (bit == 0)
			return err_say(err, rule->at,
				       "access \"%s\" has letters other than "
				       "r, w and m", rule->access);
		access |= bit;
	}
	*ret = access;
	return 0;
}

/*
 * The kernel's dev_t has 12 bits of major and 20 of minor; rules compare 32 bits.  The largest number of
 * these is how v1 keeps "any", so it would make a rule for one device one for all.
 */
static int parse_number(const struct oci_device_rule *rule, const struct opt_i64 *number,
			const char *what, int64_t *ret, struct err *err)
{
	if (number->set && (number->v < DEVICE_ANY || number->v >= UINT32_MAX))
		return err_say(err, rule->at, "%s %lld is not a device number",
			       what, (long long)number->v);
	*ret = number->set ? number->v : DEVICE_ANY;
	return 0;
}

/* Each rule is compared with those before it, here and where they are written. */
enum { DEVICE_RULES_MAX = 2048 };

static bool is_same_device(const struct plan_device_rule *a, const struct plan_device_rule *b)
{
	return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

/* Append @rule and drop earlier ones about the same device that no longer decide anything. */
static void add(struct plan_cgroup *ret, const struct plan_device_rule *rule)
{
	size_t kept = 0;

	for (size_t i = 0; i < ret->n_rules; i++) {
		struct plan_device_rule *old = &ret->rules[i];

		if (is_same_device(old, rule) && (old->access & ~rule->access) == 0)
			continue;
		ret->rules[kept++] = *old;
	}
	ret->rules[kept++] = *rule;
	ret->n_rules = kept;
}

/* Everything before a rule for all devices and all access is pointless. */
static void restart(struct plan_cgroup *ret, uint32_t at, bool allow)
{
	ret->rules[0] = (struct plan_device_rule){
		.at = at,
		.allow = allow,
		.type = 'a',
		.major = DEVICE_ANY,
		.minor = DEVICE_ANY,
		.access = DEVICE_ALL,
	};
	ret->n_rules = 1;
}

static int add_config(struct plan_cgroup *ret, const struct oci_device_rule *config,
		      struct err *err)
{
	struct plan_device_rule rule = { .at = config->at, .allow = config->allow };

	if (parse_access(config, &rule.access, err) < 0 ||
	    parse_number(config, &config->major, "major", &rule.major, err) < 0 ||
	    parse_number(config, &config->minor, "minor", &rule.minor, err) < 0)
		return -1;

	if (config->type == OCI_DEV_CHAR || config->type == OCI_DEV_BLOCK) {
		rule.type = config->type == OCI_DEV_CHAR ? 'c' : 'b';
		add(ret, &rule);
		return 0;
	}
	if (rule.major == DEVICE_ANY && rule.minor == DEVICE_ANY && rule.access == DEVICE_ALL) {
		restart(ret, rule.at, rule.allow);
		return 0;
	}
	/* v1 takes "a" to mean everything whatever follows, so a narrower one is said as two. */
	rule.type = 'c';
	add(ret, &rule);
	rule.type = 'b';
	add(ret, &rule);
	return 0;
}

int device_rules_plan(struct region *region, const struct oci_list *config,
		      struct plan_cgroup *ret, struct err *err)
{
	size_t n = config ? config->n : 0;

	if (n > DEVICE_RULES_MAX)
		return err_say(err, ((const struct oci_device_rule *)config->item[DEVICE_RULES_MAX])->at,
			       "more than %d rules about devices", DEVICE_RULES_MAX);
	/* A rule of the config becomes two at most; "deny all" comes first. */
	ret->rules = region_alloc(region, (1 + 2 * n + N_ALWAYS) * sizeof(*ret->rules));
	restart(ret, ERR_NOWHERE, false);
	for (size_t i = 0; i < n; i++) {
		if (add_config(ret, config->item[i], err) < 0)
			return -1;
	}
	if (ret->n_rules == 1 && ret->rules[0].allow)
		return 0;
	for (size_t i = 0; i < N_ALWAYS; i++) {
		struct plan_device_rule rule = always_allowed[i];

		rule.at = ERR_NOWHERE;
		rule.allow = true;
		add(ret, &rule);
	}
	return 0;
}

static void digest(uint64_t *hash, int64_t value)
{
	for (int shift = 0; shift < 64; shift += 8) {
		*hash ^= (uint64_t)value >> shift & 0xff;
		*hash *= UINT64_C(0x100000001b3);
	}
}

uint64_t device_rules_digest(const struct plan_cgroup *cgroup)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < cgroup->n_rules; i++) {
		const struct plan_device_rule *rule = &cgroup->rules[i];

		digest(&hash, rule->allow);
		digest(&hash, rule->type);
		digest(&hash, rule->major);
		digest(&hash, rule->minor);
		digest(&hash, rule->access);
	}
	return hash | 1;
}
