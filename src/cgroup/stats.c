/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics by the tables of stats_v1.c and stats_v2.c; see stats.h.
 * Runs in: host.
 */
#include "cgroup/stats.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/stats_rows.h"
#include "cgroup/tree.h"
#include "libocispec/arena.h"

/* Most files are short; a longer one is read again in one piece. */
enum { FIRST_READ = 4096 };

/* CPU and node numbers above are no numbers of the kernel. */
enum { MAX_NUMBER = 1 << 16 };

/*
 * struct reading - the file in hand.
 * @dir:  of the cgroup in the present hierarchy; negative: it has none there
 * @file: the name of what @text is the content of, NULL when it is not there; no file yet: @file is NULL
 */
struct reading {
	struct arena *arena;
	struct stats_block *block;
	int dir;
	const char *file;
	const char *text;
};

static bool is_absent(int code)
{
	return code == ENOENT || code == ENODEV || code == EOPNOTSUPP;
}

/* All of a file.  NULL with errno. */
static const char *read_whole(struct arena *arena, int dir, const char *name)
{
	auto_fd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	size_t size = FIRST_READ;

	while (fd >= 0) {
		char *buf = arena_alloc(arena, size);
		ssize_t n = fd_read_all(fd, buf, size - 1);

		if (n < 0)
			return NULL;
		buf[n] = '\0';
		if ((size_t)n < size - 1)
			return buf;
		size *= 2;
		if (lseek(fd, 0, SEEK_SET) < 0)
			return NULL;
	}
	return NULL;
}

/* ---- texts ---- */

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

/* What follows "@key " at the beginning of a line of @text; the text itself without a key; NULL when there is none. */
static const char *find_key(const char *text, const char *key)
{
	size_t len = key == NULL ? 0 : strlen(key);

	if (key == NULL)
		return text;
	for (; *text != '\0'; text = next_line(text)) {
		if (strncmp(text, key, len) == 0 && text[len] == ' ')
			return text + len + 1;
	}
	return NULL;
}

/* Of the word that @text begins with; 0 at the end of the line. */
static size_t word_length(const char *text)
{
	return strcspn(text, " \n");
}

static uint64_t get_value(const char *text, uint32_t scale, uint64_t unlimited)
{
	if (strncmp(text, "max", 3) == 0)
		return unlimited;
	return strtoull(text, NULL, 10) * (scale > 0 ? scale : 1);
}

static void add_string(struct arena *arena, struct oci_strings *list, size_t room, const char *text, size_t len)
{
	if (list->item == NULL)
		list->item = arena_array(arena, room, sizeof(*list->item));
	list->set = true;
	list->item[list->n++] = arena_text(arena, text, len);
}

/* ---- one function for each kind that needs more than a number ---- */

static void get_series(struct arena *arena, const char *text, struct oci_strings *ret)
{
	size_t room = strlen(text) / 2 + 1;

	*ret = (struct oci_strings){ .set = false };
	for (;;) {
		size_t len;

		text += strspn(text, " ");
		len = word_length(text);
		if (len == 0)
			return;
		add_string(arena, ret, room, text, len);
		text += len;
	}
}

/* "0-2,4" */
static void get_numbers(struct arena *arena, const char *text, struct oci_numbers *ret)
{
	uint32_t *item = NULL;
	size_t n = 0, room = 0;

	while (*text >= '0' && *text <= '9') {
		char *rest;
		unsigned long first = strtoul(text, &rest, 10);
		unsigned long last = *rest == '-' ? strtoul(rest + 1, &rest, 10) : first;

		for (unsigned long number = first; number <= last && number < MAX_NUMBER; number++) {
			if (n == room) {
				uint32_t *grown = arena_array(arena, 2 * room + 64, sizeof(*item));

				if (n > 0)
					memcpy(grown, item, n * sizeof(*item));
				item = grown;
				room = 2 * room + 64;
			}
			item[n++] = (uint32_t)number;
		}
		text = rest + (*rest == ',');
	}
	*ret = (struct oci_numbers){ .set = n > 0, .n = (uint32_t)n, .item = item };
}

/* Lines "key number"; others are passed over. */
static void get_raw(struct arena *arena, const char *text, struct oci_map *ret)
{
	size_t lines = 1;

	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	*ret = (struct oci_map){ .set = true, .item = arena_array(arena, lines, sizeof(*ret->item)) };
	for (; *text != '\0'; text = next_line(text)) {
		size_t key = word_length(text);
		size_t value = text[key] == ' ' ? strspn(text + key + 1, "0123456789") : 0;

		if (key == 0 || value == 0)
			continue;
		ret->item[ret->n++] = (struct oci_entry){
			.key = arena_text(arena, text, key),
			.string = arena_text(arena, text + key + 1, value),
		};
	}
}

/* "avg10=0.12 avg60=0.00 avg300=0.00 total=345" */
static struct stats_pressure *get_pressure(struct arena *arena, const char *text, const char *word)
{
	static const struct {
		const char *key;
		size_t offset;
	} averages[] = {
		{ "avg10=", offsetof(struct stats_pressure, avg10) },
		{ "avg60=", offsetof(struct stats_pressure, avg60) },
		{ "avg300=", offsetof(struct stats_pressure, avg300) },
	};
	struct stats_pressure *pressure = arena_new(arena, struct stats_pressure);
	const char *line = find_key(text, word);
	const char *end = line == NULL ? NULL : next_line(line);
	const char *total = line == NULL ? NULL : strstr(line, "total=");

	for (size_t i = 0; i < sizeof(averages) / sizeof(averages[0]); i++) {
		const char *found = line == NULL ? NULL : strstr(line, averages[i].key);
		const char *value = "0";

		if (found != NULL && found < end) {
			found += strlen(averages[i].key);
			value = arena_text(arena, found, word_length(found));
		}
		*(const char **)(void *)((char *)pressure + averages[i].offset) = value;
	}
	if (total != NULL && total < end)
		pressure->total = get_value(total + strlen("total="), 1, 0);
	return pressure;
}

static struct stats_psi *get_psi(struct arena *arena, const char *text)
{
	struct stats_psi *psi = arena_new(arena, struct stats_psi);

	psi->some = get_pressure(arena, text, "some");
	psi->full = get_pressure(arena, text, "full");
	return psi;
}

static void add_io(struct arena *arena, struct oci_list *list, const struct stats_io *io)
{
	struct stats_io *copy = arena_new(arena, struct stats_io);

	/* Grown by doubling: room is the power of two above n. */
	if ((list->n & (list->n - 1)) == 0) {
		void **item = arena_array(arena, list->n > 0 ? 2 * (size_t)list->n : 1, sizeof(*item));

		if (list->n > 0)
			memcpy(item, list->item, list->n * sizeof(*item));
		list->item = item;
	}
	*copy = *io;
	list->set = true;
	list->item[list->n++] = copy;
}

/* "8:0 " at the beginning of a line; what follows it, or NULL. */
static const char *get_device(const char *line, struct stats_io *io)
{
	char *rest;

	if (*line < '0' || *line > '9')
		return NULL;
	io->major = strtoull(line, &rest, 10);
	if (*rest != ':')
		return NULL;
	io->minor = strtoull(rest + 1, &rest, 10);
	return *rest == ' ' ? rest + 1 : NULL;
}

static void get_io_lines(struct arena *arena, const char *text, struct oci_list *ret)
{
	struct oci_list list = { .set = false };

	for (; *text != '\0'; text = next_line(text)) {
		struct stats_io io = { .op = NULL };
		const char *p = get_device(text, &io);
		size_t len = p == NULL || (*p >= '0' && *p <= '9') ? 0 : word_length(p);

		if (p == NULL)
			continue;
		if (len > 0) {
			io.op = arena_text(arena, p, len);
			p += len;
		}
		io.value = strtoull(p, NULL, 10);
		add_io(arena, &list, &io);
	}
	if (list.set)
		*ret = list;
}

static void add_io_keys(struct arena *arena, const char *text, const struct stats_row *row, struct oci_list *list)
{
	size_t len = strlen(row->key);

	for (; *text != '\0'; text = next_line(text)) {
		struct stats_io io = { .op = row->op };
		const char *p = get_device(text, &io);

		while (p != NULL && *p != '\0' && *p != '\n') {
			if (strncmp(p, row->key, len) == 0 && p[len] == '=') {
				io.value = strtoull(p + len + 1, NULL, 10);
				add_io(arena, list, &io);
			}
			p += word_length(p);
			p += *p == ' ';
		}
	}
}

/* ---- the engine ---- */

static void take_number(const struct stats_row *row, const char *text, void *at)
{
	const char *found = find_key(text, row->key);
	uint64_t value;
	int64_t number;

	if (found == NULL)
		return;
	if (row->kind == STATS_SIGNED) {
		number = strtoll(found, NULL, 10);
		memcpy(at, &number, sizeof(number));
		return;
	}
	value = get_value(found, row->scale, row->kind == STATS_LIMIT ? 0 : STATS_UNLIMITED);
	memcpy(at, &value, sizeof(value));
}

static void take(struct reading *r, const struct stats_row *row)
{
	void *at = (char *)r->block + row->offset;

	switch ((enum stats_kind)row->kind) {
	case STATS_PSI:
		*(struct stats_psi **)at = get_psi(r->arena, r->text);
		break;
	case STATS_RAW:
		get_raw(r->arena, r->text, at);
		break;
	case STATS_NUMBERS:
		get_numbers(r->arena, r->text, at);
		break;
	case STATS_SERIES:
		get_series(r->arena, r->text, at);
		break;
	case STATS_IO_LINES:
		get_io_lines(r->arena, r->text, at);
		break;
	case STATS_IO_KEYS:
		add_io_keys(r->arena, r->text, row, at);
		break;
	case STATS_HUGETLB:
	case STATS_VALUE:
	case STATS_LIMIT:
	case STATS_SIGNED:
	default:
		take_number(row, r->text, at);
		break;
	}
}

/* Of @name the part in the place of @pattern's '*', its length in *@ret_len; NULL when it does not fit. */
static const char *match(const char *pattern, const char *name, size_t *ret_len)
{
	size_t before = strcspn(pattern, "*"), after = strlen(pattern + before) - 1, len = strlen(name);

	if (len <= before + after || strncmp(pattern, name, before) != 0 ||
	    strcmp(pattern + before + 1, name + len - after) != 0)
		return NULL;
	*ret_len = len - before - after;
	return name + before;
}

/* The page size's part of the statistics, made when it is new. */
static struct stats_hugetlb *get_hugetlb(struct reading *r, const char *size)
{
	struct oci_map *map = &r->block->whole.hugetlb;
	const struct oci_entry *found = oci_map_find(map, size);
	struct oci_entry *item;

	if (found != NULL)
		return found->object;
	item = arena_array(r->arena, (size_t)map->n + 1, sizeof(*item));
	if (map->n > 0)
		memcpy(item, map->item, map->n * sizeof(*item));
	item[map->n] = (struct oci_entry){ .key = size, .object = arena_new(r->arena, struct stats_hugetlb) };
	map->item = item;
	return item[map->n++].object;
}

static int read_hugetlb(struct reading *r, const struct stats_row *row)
{
	int fd = openat(r->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (d == NULL) {
		fd_close(&fd);
		return -1;
	}
	while ((entry = readdir(d)) != NULL) {
		size_t len;
		const char *size = match(row->file, entry->d_name, &len);
		const char *text;

		/* A dot in it: another file, of what is reserved. */
		if (size == NULL || memchr(size, '.', len) != NULL)
			continue;
		text = read_whole(r->arena, r->dir, entry->d_name);
		if (text != NULL)
			take_number(row, text, (char *)get_hugetlb(r, arena_text(r->arena, size, len)) + row->offset);
	}
	(void)closedir(d);
	return 0;
}

static int read_row(struct reading *r, const struct stats_row *row)
{
	if (row->kind == STATS_HUGETLB)
		return read_hugetlb(r, row);
	if (r->file == NULL || strcmp(r->file, row->file) != 0) {
		r->file = row->file;
		r->text = read_whole(r->arena, r->dir, row->file);
		if (r->text == NULL && !is_absent(errno))
			return -1;
	}
	if (r->text != NULL)
		take(r, row);
	return 0;
}

static int read_table(struct cgroup *cg, const struct stats_table *table, struct reading *r, struct err *err)
{
	size_t tree = TREE_NONE;

	r->file = NULL;
	for (size_t i = 0; i < table->n; i++) {
		const struct stats_row *row = &table->row[i];
		size_t wanted = row->controller != NULL ? tree_find(&cg->ref, row->controller) : tree_find_v2(&cg->ref);

		if (wanted == TREE_NONE)
			continue;
		if (wanted != tree) {
			tree = wanted;
			r->file = NULL;
			r->dir = tree_open(cg, tree);
			if (r->dir < 0 && !is_absent(errno))
				return err_errno(err, ERR_NOWHERE, "open cgroup %s", cg->ref.path);
		}
		if (r->dir >= 0 && read_row(r, row) < 0)
			return err_errno(err, ERR_NOWHERE, "read %s of cgroup %s", row->file, cg->ref.path);
	}
	return 0;
}

static void connect_parts(struct stats_block *b)
{
	b->whole = (struct stats){ .cpu = &b->cpu, .cpuset = &b->cpuset, .memory = &b->memory, .pids = &b->pids,
				   .blkio = &b->blkio, .hugetlb = { .set = true } };
	b->cpu.usage = &b->usage;
	b->cpu.throttling = &b->throttling;
	b->memory.usage = &b->memory_usage;
	b->memory.swap = &b->swap;
	b->memory.swap_only = &b->swap_only;
	b->memory.kernel = &b->kernel;
	b->memory.kernel_tcp = &b->kernel_tcp;
	b->memory.events = &b->events;
}

static uint64_t add_limits(uint64_t a, uint64_t b)
{
	return a > STATS_UNLIMITED - b ? STATS_UNLIMITED : a + b;
}

/* Memory and swap together are what v1 counts and limits; on v2 that is a sum. */
static void combine_swap(const struct cgroup *cg, struct stats_block *b)
{
	if (tree_find(&cg->ref, "memory") != TREE_NONE)
		return;
	b->swap.usage = b->swap_only.usage + b->memory_usage.usage;
	b->swap.limit = add_limits(b->swap_only.limit, b->memory_usage.limit);
}

int cgroup_read_stats(struct cgroup *cg, struct arena *arena, struct stats **ret_stats, struct err *err)
{
	struct stats_block *block = arena_new(arena, struct stats_block);
	struct reading r = { .arena = arena, .block = block, .dir = -1 };

	if (!cgroup_is_present(cg))
		return err_say(err, ERR_NOWHERE, "the container has no cgroup that would count what it uses");
	connect_parts(block);
	/* v1 last: where it has the controller, its numbers are the finer ones. */
	if (read_table(cg, &stats_v2_table, &r, err) < 0 || read_table(cg, &stats_v1_table, &r, err) < 0)
		return -1;
	combine_swap(cg, block);
	*ret_stats = &block->whole;
	return 0;
}
