/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clocks of a new time namespace: linux.timeOffsets (NS-09), and the annotation run.oci.timens_offset, which
 * is older than that property and says it in the kernel's own words, one line of /proc/PID/timens_offsets per
 * clock (time_namespaces(7)).
 * Runs in: host.
 */
#include "plan/namespaces.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

#define ANNOTATION "run.oci.timens_offset"

enum { NANOSECS_PER_SEC = 1000000000 };

/* Which the kernel has, by name and by number. */
static const struct {
	const char *name, *number;
} kinds[] = {
	{ "monotonic", "1" },
	{ "boottime",  "7" },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *find_kind(const char *word)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		if (strcmp(word, kinds[i].name) == 0 || strcmp(word, kinds[i].number) == 0)
			return kinds[i].name;
	}
	return NULL;
}

static bool has_clock(const struct plan_namespaces *ns, const char *name)
{
	for (size_t i = 0; i < ns->n_clocks; i++) {
		if (strcmp(ns->clocks[i].name, name) == 0)
			return true;
	}
	return false;
}

/* The next word of *@text, which moves behind it, or NULL; blanks separate. */
static char *next_word(char **text)
{
	char *word = *text + strspn(*text, " \t");
	char *end = word + strcspn(word, " \t");

	*text = *end == '\0' ? end : end + 1;
	*end = '\0';
	return word[0] == '\0' ? NULL : word;
}

/* The decimal number @word, which may be negative. */
static bool read_number(const char *word, intmax_t *ret)
{
	char *end;

	if (word == NULL || (!isdigit((unsigned char)word[0]) && word[0] != '-'))
		return false;
	errno = 0;
	*ret = strtoimax(word, &end, 10);
	return errno == 0 && *end == '\0';
}

/* "monotonic 86400 0": @line is taken apart. */
static int read_line(char *line, uint32_t at, struct plan_clock *ret, struct err *err)
{
	char *rest = line;
	const char *name = next_word(&rest);
	intmax_t secs = 0, nanosecs = 0;

	if (name == NULL || !read_number(next_word(&rest), &secs) || !read_number(next_word(&rest), &nanosecs) ||
	    next_word(&rest) != NULL || nanosecs < 0 || nanosecs >= NANOSECS_PER_SEC)
		return err_say(err, at, "a line must be a clock, seconds and nanoseconds, as in \"monotonic 86400 0\"");
	*ret = (struct plan_clock){ .at = at, .name = find_kind(name), .secs = secs, .nanosecs = (uint32_t)nanosecs };
	return ret->name != NULL ? 0 : err_say(err, at, "\"%s\" is neither \"monotonic\" nor \"boottime\"", name);
}

static int add_annotated(struct plan_work *work, struct plan_namespaces *ns, const struct oci_entry *entry,
			 struct err *err)
{
	char *text = region_strdup(work->region, entry->string);
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		struct plan_clock clock;

		if (line[strspn(line, " \t")] == '\0')
			continue;
		if (read_line(line, entry->at, &clock, err) < 0)
			return -1;
		/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): filled, since read_line() did not fail */
		if (has_clock(ns, clock.name))
			return err_say(err, entry->at, "the offset of the clock \"%s\" is given already", clock.name);
		clock.name = region_strdup(work->region, clock.name);
		ns->clocks[ns->n_clocks++] = clock;
	}
	return 0;
}

static void add_offsets(struct plan_work *work, struct plan_namespaces *ns, const struct oci_map *offsets)
{
	const struct oci_entry *entry;

	oci_for_entry(entry, offsets) {
		const struct oci_time_offset *offset = entry->object;

		ns->clocks[ns->n_clocks++] = (struct plan_clock){
			.at = offset->at,
			.name = region_strdup(work->region, entry->key),
			.secs = offset->secs,
			.nanosecs = offset->nanosecs,
		};
	}
}

/* An offset of a clock that leads below 0 is for the kernel to find out. */
int plan_clocks(struct plan_work *work, struct err *err)
{
	const struct oci_config *config = work->input->config;
	const struct oci_linux *on_linux = config->on_linux;
	const struct oci_entry *entry = oci_map_find(&config->annotations, ANNOTATION);
	struct plan_namespaces *ns = &work->plan->namespaces;
	size_t n = on_linux == NULL ? 0 : on_linux->time_offsets.n;
	bool is_annotated = entry != NULL && entry->string[0] != '\0';

	if (n == 0 && !is_annotated)
		return 0;
	if ((ns->create & CLONE_NEWTIME) == 0)
		return err_say(err, n > 0 ? work_place(work, on_linux->at, "timeOffsets") : entry->at,
			       "is given without a new namespace of type \"time\"");
	ns->clocks = work_array(work, n + N_KINDS, sizeof(*ns->clocks));
	if (n > 0)
		add_offsets(work, ns, &on_linux->time_offsets);
	return is_annotated ? add_annotated(work, ns, entry, err) : 0;
}
