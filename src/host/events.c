/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics and events of a container; see events.h.
 * Runs in: host.
 */
#include "host/events.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/stats.h"
#include "cgroup/watch.h"
#include "host/lookup.h"
#include "host/network.h"
#include "host/rdt.h"
#include "libocispec/arena.h"
#include "libocispec/write.h"

enum { NS_PER_S = 1000 * 1000 * 1000, SCHEMATA_SIZE = 4096 };

/* One that has statistics: it was created and has not ended. */
static int find(const char *root, const char *id, struct lookup *found, struct err *err)
{
	if (lookup_container(root, id, found, err) < 0)
		return -1;
	if (found->status == STATUS_STOPPED || found->status == STATUS_CREATING)
		return err_say(err, ERR_NOWHERE, "container with id %s is not running: it is %s", id,
			       liveness_word(found->status));
	if (!cgroup_is_present(&found->cgroup))
		return err_say(err, ERR_NOWHERE,
			       "container `%s` has no cgroup of its own, so nothing counts what it uses", id);
	return 0;
}

/* ---- what is printed ---- */

/* The line of @text that begins with @prefix ("L3:"), blanks before it left out; NULL when there is none. */
static const char *find_schema(struct arena *arena, const char *text, const char *prefix)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n"), blanks = strspn(text, " ");

		if (strncmp(text + blanks, prefix, strlen(prefix)) == 0)
			return arena_text(arena, text + blanks, len - blanks);
		text += len + (text[len] == '\n');
	}
	return NULL;
}

static void read_schemata(struct arena *arena, const char *mount, const char *group, const char **ret_l3,
			  const char **ret_bandwidth)
{
	auto_fd int fd = open(arena_format(arena, "%s/%s/schemata", mount, group), O_RDONLY | O_CLOEXEC);
	char text[SCHEMATA_SIZE];
	ssize_t n = fd < 0 ? -1 : fd_read_all(fd, text, sizeof(text) - 1);

	if (n < 0)
		return;
	text[n] = '\0';
	*ret_l3 = find_schema(arena, text, "L3:");
	*ret_bandwidth = find_schema(arena, text, "MB:");
}

static struct events_rdt *read_rdt(struct arena *arena, const struct record *record)
{
	struct events_rdt *rdt = arena_new(arena, struct events_rdt);
	struct err ignored = ERR_INIT;
	char mount[PATH_MAX];

	if (record->rdt.group == NULL || rdt_find_mount("/proc/self/mountinfo", mount, sizeof(mount), &ignored) < 0)
		return rdt;
	read_schemata(arena, mount, "", &rdt->l3_root, &rdt->bandwidth_root);
	read_schemata(arena, mount, record->rdt.group, &rdt->l3, &rdt->bandwidth);
	return rdt;
}

static int read_data(struct lookup *found, struct arena *arena, struct events_data **ret, struct err *err)
{
	struct events_data *data = arena_new(arena, struct events_data);
	struct stats *stats;

	if (cgroup_read_stats(&found->cgroup, arena, &stats, err) < 0)
		return err_wrap(err, ERR_NOWHERE, "read the statistics of container `%s`", found->record.id);
	*data = (struct events_data){
		.cpu = stats->cpu,
		.cpuset = stats->cpuset,
		.memory = stats->memory,
		.pids = stats->pids,
		.blkio = stats->blkio,
		.hugetlb = stats->hugetlb,
		.rdt = read_rdt(arena, &found->record),
		.network = network_read(arena, found->record.init.pid),
	};
	*ret = data;
	return 0;
}

static int put_record(FILE *out, struct arena *arena, const struct events_record *record, struct err *err)
{
	struct oci_error oci_err = OCI_ERROR_INIT;
	const char *text;

	if (oci_write(arena, &events_record_shape, record, 0, &text, NULL, &oci_err) < 0)
		return err_say(err, ERR_NOWHERE, "write the statistics of container `%s`: %s", record->id, oci_err.text);
	(void)fprintf(out, "%s\n", text);
	return 0;
}

static int put_stats(FILE *out, struct lookup *found, enum events_format format, struct err *err)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct events_record record = { .type = "stats", .id = found->record.id };

	if (read_data(found, &arena, &record.data, err) < 0)
		return -1;
	if (format == EVENTS_JSON)
		return put_record(out, &arena, &record, err);
	openmetrics_print(out, record.id, record.data);
	return 0;
}

/* Metrics have no events: there the counter of kills tells. */
static int put_oom(FILE *out, struct lookup *found, enum events_format format, struct err *err)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct events_record record = { .type = "oom", .id = found->record.id };

	if (format == EVENTS_JSON)
		return put_record(out, &arena, &record, err);
	return put_stats(out, found, format, err);
}

int events_print(FILE *out, const char *root, const char *id, enum events_format format, struct err *err)
{
	auto_lookup struct lookup found = LOOKUP_INIT;

	return find(root, id, &found, err) < 0 ? -1 : put_stats(out, &found, format, err);
}

/* ---- again and again ---- */

static int make_timer(int64_t interval, struct err *err)
{
	struct timespec period = { .tv_sec = (time_t)(interval / NS_PER_S), .tv_nsec = (long)(interval % NS_PER_S) };
	struct itimerspec times = { .it_interval = period, .it_value = period };
	auto_fd int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &times, NULL) < 0)
		return err_errno(err, ERR_NOWHERE, "make a timer");
	return take_fd(&fd);
}

/* What comes out must be seen at once. */
static int flush(FILE *out, struct err *err)
{
	return fflush(out) == 0 ? 0 : err_errno(err, ERR_NOWHERE, "write to standard output");
}

enum { WAKE_OOM, WAKE_END, WAKE_TIMER, WAKE_INIT, WAKE_READER, N_WAKES };

/* 1 once there is nothing more to tell, 0 before, -1 with @err. */
static int serve(FILE *out, struct lookup *found, struct watch *watch, enum events_format format,
		 const struct pollfd *wakes, struct err *err)
{
	/* Without a v2 tree the first process stands for all of them. */
	bool has_ended = cgroup_watch_has_ended(watch) == 1 || wakes[WAKE_INIT].revents != 0;
	uint64_t expired;

	/* Also in the end: lack of memory is why many end. */
	if (cgroup_watch_oom(watch) == 1 && put_oom(out, found, format, err) < 0)
		return -1;
	if (!has_ended && read(wakes[WAKE_TIMER].fd, &expired, sizeof(expired)) == (ssize_t)sizeof(expired) &&
	    put_stats(out, found, format, err) < 0)
		return -1;
	if (flush(out, err) < 0)
		return -1;
	return has_ended || wakes[WAKE_READER].revents != 0;
}

int events_stream(FILE *out, const char *root, const char *id, enum events_format format, int64_t interval,
		  struct err *err)
{
	auto_lookup struct lookup found = LOOKUP_INIT;
	auto_watch struct watch watch = WATCH_INIT;
	auto_fd int timer = -1;
	int r = 0;

	if (find(root, id, &found, err) < 0)
		return -1;
	timer = make_timer(interval, err);
	if (timer < 0 || cgroup_watch_open(&found.cgroup, &watch, err) < 0)
		return -1;
	while (r == 0) {
		struct pollfd wakes[N_WAKES] = {
			[WAKE_OOM] = watch.oom,
			[WAKE_END] = watch.end,
			[WAKE_TIMER] = { .fd = timer, .events = POLLIN },
			[WAKE_INIT] = { .fd = watch.end.fd < 0 ? found.pidfd : -1, .events = POLLIN },
			/* POLLERR comes unasked once the other end of a pipe is closed. */
			[WAKE_READER] = { .fd = fileno(out) },
		};

		if (poll(wakes, N_WAKES, -1) < 0 && errno != EINTR)
			return err_errno(err, ERR_NOWHERE, "wait for events of container `%s`", id);
		r = serve(out, &found, &watch, format, wakes, err);
	}
	return r < 0 ? -1 : 0;
}
