/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The region: one address in every process, sealed bytes, and a crash for who writes too late. */
#include "base/region.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "tests/unit/support.h"

#ifndef F_GET_SEALS
#define F_GET_SEALS 1034
#endif

struct node {
	const char *name;
	struct node *next;
};

static void test_alloc(void **state)
{
	auto_region struct region region = { .base = NULL };
	struct err err = ERR_INIT;
	size_t sizes[] = { 0, 1, 15, 16, 17, 5000, 3 << 20 };
	char *last = NULL;

	(void)state;
	assert_good(region_open(&region, &err), err);
	assert_int_equal(region.used, 0);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *p = region_alloc(&region, sizes[i]);

		assert_int_equal((uintptr_t)p % 16, 0);
		if (last != NULL && sizes[i - 1] > 0)
			assert_true(p >= last + sizes[i - 1]);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(p[k], 0);
		memset(p, 0xff, sizes[i]);
		last = p;
	}
	assert_int_equal(region.used % 16, 0);
}

/* The first byte costs a page, not a huge one: "nh" among the flags of the mapping, proc(5). */
static void test_small_pages(void **state)
{
	auto_region struct region region = { .base = NULL };
	struct err err = ERR_INIT;
	char line[512], start[32];
	bool is_ours = false, is_small = false;
	FILE *smaps;

	(void)state;
	if (access("/sys/kernel/mm/transparent_hugepage", F_OK) < 0) {
		print_message("needs a kernel with transparent huge pages\n");
		skip();
	}
	assert_good(region_open(&region, &err), err);
	(void)snprintf(start, sizeof(start), "%lx-", (unsigned long)(uintptr_t)region.base);
	smaps = fopen("/proc/self/smaps", "re");
	assert_non_null(smaps);
	while (fgets(line, sizeof(line), smaps) != NULL) {
		if (strncmp(line, start, strlen(start)) == 0)
			is_ours = true;
		if (is_ours && strncmp(line, "VmFlags:", 8) == 0) {
			is_small = strstr(line, " nh") != NULL;
			break;
		}
	}
	(void)fclose(smaps);
	assert_true(is_ours && is_small);
}

static void test_copies(void **state)
{
	auto_region struct region region = { .base = NULL };
	struct err err = ERR_INIT;
	char text[] = "text";
	int numbers[] = { 1, 2, 3 };
	char *copy, *formatted;
	int *block;

	(void)state;
	assert_good(region_open(&region, &err), err);
	copy = region_strdup(&region, text);
	block = region_memdup(&region, numbers, sizeof(numbers));
	formatted = region_format(&region, "%s/%d", text, 12345);
	text[0] = 'X';
	numbers[0] = 9;
	assert_string_equal(copy, "text");
	assert_int_equal(block[0], 1);
	assert_int_equal(block[2], 3);
	assert_string_equal(formatted, "text/12345");
	assert_null(region_strdup(&region, NULL));
	assert_non_null(region_memdup(&region, NULL, 0));
	assert_string_equal(region_strdup(&region, ""), "");
}

static void test_one_address(void **state)
{
	struct region first = { .base = NULL }, second = { .base = NULL };
	struct err err = ERR_INIT;
	char *base;

	(void)state;
	assert_good(region_open(&first, &err), err);
	base = first.base;
	(void)strcpy(region_alloc(&first, 16), "old");
	assert_int_equal(region_open(&second, &err), -1);
	assert_true(err_is_set(&err));
	assert_null(second.base);
	assert_string_equal(base, "old");
	region_close(&first);
	assert_null(first.base);
	region_close(&first);
	assert_good(region_open(&second, &err), err);
	assert_ptr_equal(second.base, base);
	assert_int_equal(*(char *)region_alloc(&second, 16), 0);
	region_close(&second);
}

static void ask_for_too_much(void *data)
{
	(void)region_alloc(data, (size_t)1 << 29);
}

static void ask_for_overflow(void *data)
{
	(void)region_alloc(data, SIZE_MAX - 3);
}

/* A defect of ours is never turned into a NULL that somebody might use. */
static void test_running_out_aborts(void **state)
{
	auto_region struct region region = { .base = NULL };
	struct region closed = { .base = NULL };
	struct err err = ERR_INIT;
	int status;

	(void)state;
	assert_good(region_open(&region, &err), err);
	(void)region_alloc(&region, 1);
	status = support_child(0, ask_for_too_much, &region);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	status = support_child(0, ask_for_overflow, &region);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	status = support_child(0, ask_for_too_much, &closed);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static struct node *make_list(struct region *region)
{
	struct node *head = region_alloc(region, sizeof(*head));

	head->name = region_strdup(region, "first");
	head->next = region_alloc(region, sizeof(*head));
	head->next->name = region_format(region, "%05000d", 7);
	return head;
}

static void write_late(void *data)
{
	struct region *region = data;

	((struct node *)(void *)region->base)->next = NULL;
}

static void test_seal(void **state)
{
	auto_region struct region region = { .base = NULL };
	struct err err = ERR_INIT;
	auto_fd int fd = -1;
	char bytes[64];
	struct stat st;
	int status;

	(void)state;
	assert_good(region_open(&region, &err), err);
	(void)make_list(&region);
	fd = region_seal(&region, &err);
	assert_good(fd, err);
	assert_true(support_is_cloexec(fd));
	assert_int_equal(fcntl(fd, F_GET_SEALS) & 15, 15);
	assert_int_equal(pread(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	assert_memory_equal(bytes, region.base, sizeof(bytes));
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true((size_t)st.st_size >= region.used);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, st.st_size + 4096), -1);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	status = support_child(0, write_late, &region);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/* As the init: the host's own region is gone after execve(2). */
static void read_elsewhere(void *data)
{
	struct region region = { .base = NULL };
	struct err err = ERR_INIT;
	int fd = *(int *)data;
	size_t fds = support_count_fds();
	struct node *head;

	assert_good(region_map(&region, fd, &err), err);
	head = (struct node *)(void *)region.base;
	assert_string_equal(head->name, "first");
	assert_int_equal(strlen(head->next->name), 5000);
	assert_null(head->next->next);
	assert_int_equal(support_count_fds(), fds);
	region_close(&region);
	assert_good(region_map(&region, fd, &err), err);
	head->next = NULL; /* ends here */
}

static void test_map(void **state)
{
	struct region region = { .base = NULL }, again = { .base = NULL };
	struct err err = ERR_INIT;
	auto_fd int fd = -1, empty = memfd_create("empty", MFD_CLOEXEC);
	int status;

	(void)state;
	assert_good(region_open(&region, &err), err);
	(void)make_list(&region);
	fd = region_seal(&region, &err);
	assert_good(fd, err);
	/* Our own still lies there. */
	assert_int_equal(region_map(&again, fd, &err), -1);
	assert_null(again.base);
	region_close(&region);
	status = support_child(0, read_elsewhere, &fd);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	assert_int_equal(region_map(&again, -1, &err), -1);
	assert_int_equal(err.code, EBADF);
	assert_int_equal(region_map(&again, empty, &err), -1);
	assert_null(again.base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_small_pages),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_one_address),
		cmocka_unit_test(test_running_out_aborts),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
