/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file that updates share: who waits for whom, and what it holds. */
#include "state/updates.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "tests/unit/state/stage.h"

static void test_rules(void **state)
{
	static const uint64_t numbers[] = { UINT64_MAX, 1, UINT64_C(0xcbf29ce484222325), 0 };
	struct err err = ERR_INIT;
	auto_fd int fd = updates_lock(dir.fd, &err);
	uint64_t rules = 5;
	struct stat st;

	(void)state;
	assert_good(fd, err);
	assert_int_equal(fstatat(dir.fd, UPDATES_FILE, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_good(updates_read(fd, &rules, &err), err);
	assert_true(rules == 0);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		auto_fd int other = -1;

		assert_good(updates_write(fd, numbers[i], &err), err);
		assert_good(updates_read(fd, &rules, &err), err);
		assert_true(rules == numbers[i]);
		other = openat(dir.fd, UPDATES_FILE, O_RDONLY | O_CLOEXEC);
		assert_good(updates_read(other, &rules, &err), err);
		assert_true(rules == numbers[i]);
		assert_int_equal(updates_write(other, 7, &err), -1);
	}
}

static void test_lock(void **state)
{
	struct err err = ERR_INIT;
	auto_fd int fd = updates_lock(dir.fd, &err), other = -1, own = -1;

	(void)state;
	assert_good(fd, err);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	other = openat(dir.fd, UPDATES_FILE, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	/* The directory's own lock is another one. */
	own = openat(dir.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(own, LOCK_EX | LOCK_NB), 0);
	fd_close(&fd);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
}

/* The wait for another update has an end. */
static void test_lock_of_another(void **state)
{
	struct err err = ERR_INIT;
	auto_fd int fd = updates_lock(dir.fd, &err);

	(void)state;
	assert_good(fd, err);
	assert_int_equal(updates_lock(dir.fd, &err), -1);
	assert_string_equal(err.text, "another update of the container did not end within 10 seconds");
}

static void test_refused(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(symlinkat("/dev/null", dir.fd, UPDATES_FILE), 0);
	assert_int_equal(updates_lock(dir.fd, &err), -1);
	assert_holds(err.text, "open updates");
	assert_int_equal(updates_lock(-1, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rules),
		TEST(test_lock),
		TEST(test_lock_of_another),
		TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
