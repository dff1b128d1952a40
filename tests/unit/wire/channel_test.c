/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages between host and init, and what a side does about a broken other one. */
#include "wire/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/unit/must.h"
#include "tests/unit/support.h"

#define HEAD offsetof(struct wire_message, err)

struct pair {
	int host, init;
	size_t fds;
};

static int set_up(void **state)
{
	struct pair *pair = must(calloc(1, sizeof(*pair)));
	struct err err = ERR_INIT;

	(void)signal(SIGPIPE, SIG_IGN);
	pair->fds = support_count_fds();
	assert_good(channel_open(&pair->host, &pair->init, &err), err);
	*state = pair;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *pair = *state;

	fd_close(&pair->host);
	fd_close(&pair->init);
	assert_int_equal(support_count_fds(), pair->fds);
	free(pair);
	return 0;
}

static void tell(int fd, enum wire_kind kind, const int *fds, size_t n)
{
	struct err err = ERR_INIT;

	assert_good(channel_tell(fd, kind, fds, n, &err), err);
}

/* Waiting for @kind must fail with a text that holds @part; @fds are then all closed. */
static struct err expect_failure(int fd, enum wire_kind kind, int *fds, size_t max, const char *part)
{
	struct err err = ERR_INIT;
	size_t n = 12345;

	assert_int_equal(channel_wait(fd, kind, fds, max, &n, &err), -1);
	assert_holds(err.text, part);
	assert_int_equal(n, 12345);
	return err;
}

static void test_pair(void **state)
{
	const struct pair *pair = *state;
	int type = 0;
	socklen_t size = sizeof(type);

	assert_true(support_is_cloexec(pair->host) && support_is_cloexec(pair->init));
	assert_int_equal(getsockopt(pair->host, SOL_SOCKET, SO_TYPE, &type, &size), 0);
	assert_int_equal(type, SOCK_SEQPACKET);
}

static void test_every_kind_both_ways(void **state)
{
	static const enum wire_kind kinds[] = { WIRE_GO, WIRE_BUILT, WIRE_HOOKED, WIRE_CONSOLE, WIRE_PID, WIRE_READY,
						WIRE_COMMIT, WIRE_EXECUTING, WIRE_SETTLED };
	const struct pair *pair = *state;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		tell(pair->host, kinds[i], NULL, 0);
		tell(pair->init, kinds[i], NULL, 0);
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		assert_good(channel_wait(pair->init, kinds[i], NULL, 0, NULL, &err), err);
		assert_good(channel_wait(pair->host, kinds[i], NULL, 0, NULL, &err), err);
	}
	assert_false(err_is_set(&err));
}

static void test_descriptors(void **state)
{
	const struct pair *pair = *state;
	struct err err = ERR_INIT;
	int sent[3] = { 0, 1, 2 }, got[8];
	size_t n = 0;

	sent[1] = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	tell(pair->host, WIRE_GO, sent, 3);
	assert_good(channel_wait(pair->init, WIRE_GO, got, COUNT(got), &n, &err), err);
	assert_int_equal(n, COUNT(sent));
	for (size_t i = 0; i < COUNT(sent); i++) {
		struct stat a = { .st_ino = 0 }, b = a;

		assert_true(support_is_cloexec(got[i]));
		assert_true(fstat(sent[i], &a) == 0 && fstat(got[i], &b) == 0);
		assert_true(a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_rdev == b.st_rdev);
		(void)close(got[i]);
	}
	/* The sender keeps its own. */
	assert_true(fcntl(sent[1], F_GETFD) >= 0);
	(void)close(sent[1]);
	/* Some are awaited, none come. */
	tell(pair->host, WIRE_GO, NULL, 0);
	assert_good(channel_wait(pair->init, WIRE_GO, got, COUNT(got), &n, &err), err);
	assert_int_equal(n, 0);
}

#define MANY 600

/* Each sent descriptor stands at an offset of its own, by which it is known on the other side. */
static void send_many(void *data)
{
	static const size_t counts[] = { CHANNEL_MAX_FDS, CHANNEL_MAX_FDS + 1, MANY };
	const struct pair *pair = data;
	struct rlimit limit = { .rlim_cur = 4096, .rlim_max = 4096 };
	struct err err = ERR_INIT;
	static int sent[MANY], got[MANY];

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int i = 0; i < MANY; i++) {
		sent[i] = memfd_create("one", MFD_CLOEXEC);
		assert_int_equal(lseek(sent[i], i, SEEK_SET), i);
	}
	for (size_t k = 0; k < COUNT(counts); k++) {
		size_t n = 0;

		tell(pair->host, WIRE_GO, sent, counts[k]);
		assert_good(channel_wait(pair->init, WIRE_GO, got, MANY, &n, &err), err);
		assert_int_equal(n, counts[k]);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(lseek(got[i], 0, SEEK_CUR), i);
			(void)close(got[i]);
		}
	}
	/* One less than come: all are closed again. */
	tell(pair->host, WIRE_GO, sent, MANY);
	{
		size_t before = support_count_fds();

		(void)expect_failure(pair->init, WIRE_GO, got, MANY - 1, "wait for go");
		assert_int_equal(support_count_fds(), before);
	}
}

static void test_many_descriptors(void **state)
{
	support_run(0, send_many, *state);
}

static void test_more_than_awaited(void **state)
{
	const struct pair *pair = *state;
	int sent[] = { 0, 1, 2 }, got[2];
	size_t before = support_count_fds();
	struct err err;

	tell(pair->host, WIRE_GO, sent, 3);
	err = expect_failure(pair->init, WIRE_GO, got, 2, "wait for go");
	assert_int_equal(err.code, EBADMSG);
	assert_int_equal(support_count_fds(), before);
	tell(pair->host, WIRE_READY, sent, 1);
	err = expect_failure(pair->init, WIRE_READY, NULL, 0, "wait for ready");
	assert_int_equal(err.code, EBADMSG);
	assert_int_equal(support_count_fds(), before);
}

/* The receiver's table is full: the kernel drops what does not fit. */
static void receive_without_room(void *data)
{
	const struct pair *pair = data;
	struct rlimit limit;
	int sent[] = { 0, 1, 2 }, got[8], highest;
	size_t before;

	tell(pair->host, WIRE_GO, sent, 3);
	highest = dup(0);
	(void)close(highest);
	before = support_count_fds();
	limit = (struct rlimit){ .rlim_cur = (rlim_t)highest + 1, .rlim_max = 4096 };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	(void)expect_failure(pair->init, WIRE_GO, got, COUNT(got), "wait for go");
	limit.rlim_cur = 1024;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(support_count_fds(), before);
}

static void test_dropped_by_the_kernel(void **state)
{
	support_run(0, receive_without_room, *state);
}

static void test_pid(void **state)
{
	struct pair *pair = *state;
	struct err err = ERR_INIT;
	int pid = 0;

	assert_good(channel_tell_pid(pair->host, 4711, &err), err);
	assert_good(channel_tell_pid(pair->host, 4194304, &err), err);
	assert_good(channel_wait_pid(pair->init, &pid, &err), err);
	assert_int_equal(pid, 4711);
	assert_good(channel_wait_pid(pair->init, &pid, &err), err);
	assert_int_equal(pid, 4194304);
	/* Nothing else is taken for one. */
	tell(pair->host, WIRE_COMMIT, NULL, 0);
	assert_int_equal(channel_wait_pid(pair->init, &pid, &err), -1);
	assert_holds(err.text, "commit came where pid was awaited");
	fd_close(&pair->host);
	err = ERR_INIT;
	assert_int_equal(channel_wait_pid(pair->init, &pid, &err), -1);
	assert_int_equal(err.code, EPIPE);
	assert_int_equal(pid, 4194304);
	err = ERR_INIT;
	assert_int_equal(channel_tell_pid(pair->init, 1, &err), -1);
	assert_holds(err.text, "send pid");
}

static void test_failure_record(void **state)
{
	const struct pair *pair = *state;
	struct err failure = ERR_INIT, err;

	errno = ENOSPC;
	(void)err_errno(&failure, 4711, "mount it");
	err_phase(&failure, "mounts");
	channel_tell_failure(pair->init, &failure);
	err = expect_failure(pair->host, WIRE_READY, NULL, 0, "mount it: No space left on device");
	assert_int_equal(err.code, ENOSPC);
	assert_int_equal(err.at, 4711);
	assert_string_equal(err.phase, "mounts");
	/* Where descriptors might have come, and at the end. */
	channel_tell_failure(pair->init, &failure);
	(void)expect_failure(pair->host, WIRE_CONSOLE, (int[1]){ -1 }, 1, "mount it");
	channel_tell_failure(pair->init, &failure);
	err = ERR_INIT;
	assert_int_equal(channel_wait_end(pair->host, &err), -1);
	assert_holds(err.text, "mount it");
	assert_string_equal(err.phase, "mounts");
}

/* A record of a compromised init may hold strings that do not end. */
static void test_strings_are_ended(void **state)
{
	const struct pair *pair = *state;
	struct wire_message message;
	struct err err = ERR_INIT;

	memset(&message, 'Z', sizeof(message));
	message.kind = WIRE_FAILED;
	message.n_fds = 0;
	assert_int_equal(send(pair->init, &message, sizeof(message), 0), sizeof(message));
	assert_int_equal(channel_wait(pair->host, WIRE_READY, NULL, 0, NULL, &err), -1);
	assert_int_equal(strnlen(err.text, sizeof(err.text)), sizeof(err.text) - 1);
	assert_int_equal(strnlen(err.phase, sizeof(err.phase)), sizeof(err.phase) - 1);
	assert_int_equal(strnlen(err.file, sizeof(err.file)), sizeof(err.file) - 1);
	assert_int_equal(strnlen(err.excerpt, sizeof(err.excerpt)), sizeof(err.excerpt) - 1);
}

static void test_end_of_file(void **state)
{
	struct pair *pair = *state;
	struct err err = ERR_INIT;

	tell(pair->init, WIRE_READY, NULL, 0);
	fd_close(&pair->init);
	/* What was said before still counts. */
	assert_good(channel_wait(pair->host, WIRE_READY, NULL, 0, NULL, &err), err);
	err = expect_failure(pair->host, WIRE_EXECUTING, NULL, 0, "the other side ended while executing was awaited");
	assert_int_equal(err.code, EPIPE);
	err = expect_failure(pair->host, WIRE_GO, (int[2]){ -1, -1 }, 2, "the other side ended");
	assert_int_equal(err.code, EPIPE);
	assert_int_equal(channel_wait_end(pair->host, &err), 0);
	err = ERR_INIT;
	assert_int_equal(channel_tell(pair->host, WIRE_GO, NULL, 0, &err), -1);
	assert_int_equal(err.code, EPIPE);
	assert_holds(err.text, "send go");
	assert_int_equal(channel_tell(pair->host, WIRE_GO, (int[1]){ 0 }, 1, &err), -1);
	assert_int_equal(err.code, EPIPE);
	channel_tell_failure(pair->host, &err); /* nobody hears it, nothing happens */
}

/* A side that ended without reading makes the kernel say "reset". */
static void test_end_with_unread_message(void **state)
{
	struct pair *pair = *state;
	struct err err;

	tell(pair->host, WIRE_GO, NULL, 0);
	fd_close(&pair->init);
	err = expect_failure(pair->host, WIRE_READY, NULL, 0, "the other side ended");
	assert_int_equal(err.code, EPIPE);
}

static void test_end_after_a_part_of_the_descriptors(void **state)
{
	struct pair *pair = *state;
	int sent[] = { 0, 1 }, got[8];
	size_t before = support_count_fds() - 1;
	struct err err;

	tell(pair->init, WIRE_DESCRIPTORS, sent, 2);
	fd_close(&pair->init);
	err = expect_failure(pair->host, WIRE_GO, got, COUNT(got), "the other side ended while go was awaited");
	assert_int_equal(err.code, EPIPE);
	assert_int_equal(support_count_fds(), before);
}

static void test_something_else(void **state)
{
	const struct pair *pair = *state;
	int sent[] = { 0 }, got[4];
	size_t before = support_count_fds();
	struct err err = ERR_INIT;

	tell(pair->init, WIRE_READY, NULL, 0);
	(void)expect_failure(pair->host, WIRE_BUILT, NULL, 0, "ready came where built was awaited");
	tell(pair->init, WIRE_CONSOLE, sent, 1);
	(void)expect_failure(pair->host, WIRE_GO, got, COUNT(got), "console came where go was awaited");
	assert_int_equal(support_count_fds(), before);
	tell(pair->init, WIRE_EXECUTING, NULL, 0);
	assert_int_equal(channel_wait_end(pair->host, &err), -1);
	assert_holds(err.text, "executing came where the end was awaited");
}

static void test_garbage(void **state)
{
	static const uint32_t kinds[] = { 0, WIRE_PROCESS + 1, 1000, UINT32_MAX };
	const struct pair *pair = *state;
	struct wire_message message;
	char long_one[2 * sizeof(message)];
	struct err err;

	/* Unknown kinds of the right size. */
	for (size_t i = 0; i < COUNT(kinds); i++) {
		memset(&message, 0, sizeof(message));
		message.kind = kinds[i];
		assert_int_equal(send(pair->init, &message, HEAD, 0), HEAD);
		(void)expect_failure(pair->host, WIRE_GO, (int[1]){ -1 }, 1, "an unknown message came where go was awaited");
	}
	/* Every other length of a known one. */
	memset(long_one, 0, sizeof(long_one));
	memcpy(long_one, &(uint32_t){ WIRE_READY }, sizeof(uint32_t));
	for (size_t n = 1; n < sizeof(long_one); n += n < 20 ? 1 : 97) {
		if (n == HEAD)
			continue;
		assert_int_equal(send(pair->init, long_one, n, 0), n);
		err = expect_failure(pair->host, WIRE_READY, NULL, 0, "wait for ready");
		assert_int_equal(err.code, EBADMSG);
	}
	/* A failure without its record. */
	memcpy(long_one, &(uint32_t){ WIRE_FAILED }, sizeof(uint32_t));
	assert_int_equal(send(pair->init, long_one, HEAD, 0), HEAD);
	err = expect_failure(pair->host, WIRE_READY, NULL, 0, "wait for ready");
	assert_int_equal(err.code, EBADMSG);
	/* More descriptors announced than sent. */
	memset(&message, 0, sizeof(message));
	message.kind = WIRE_GO;
	message.n_fds = 7;
	assert_int_equal(send(pair->init, &message, HEAD, 0), HEAD);
	err = expect_failure(pair->host, WIRE_GO, (int[8]){ -1 }, 8, "wait for go");
	assert_int_equal(err.code, EBADMSG);
	/* After all that the channel still works. */
	tell(pair->init, WIRE_READY, NULL, 0);
	err = ERR_INIT;
	assert_good(channel_wait(pair->host, WIRE_READY, NULL, 0, NULL, &err), err);
}

static void test_process(void **state)
{
	const struct pair *pair = *state;
	struct err err = ERR_INIT;
	int pidfd = -1, one = memfd_create("process", MFD_CLOEXEC);
	pid_t pid = 0;

	assert_good(channel_tell_process(pair->init, 4711, one, &err), err);
	assert_good(channel_wait_process(pair->host, &pid, &pidfd, &err), err);
	assert_int_equal(pid, 4711);
	assert_true(pidfd >= 0 && support_is_cloexec(pidfd));
	fd_close(&pidfd);
	/* Without a descriptor, or without a number, it is nothing. */
	tell(pair->init, WIRE_PROCESS, NULL, 0);
	assert_int_equal(channel_wait_process(pair->host, &pid, &pidfd, &err), -1);
	assert_holds(err.text, "process came without a process");
	tell(pair->init, WIRE_PROCESS, &one, 1);
	err = ERR_INIT;
	assert_int_equal(channel_wait_process(pair->host, &pid, &pidfd, &err), -1);
	assert_int_equal(pidfd, -1);
	/* A failure instead. */
	(void)err_say(&err, 12, "it went wrong");
	channel_tell_failure(pair->init, &err);
	err = ERR_INIT;
	assert_int_equal(channel_wait_process(pair->host, &pid, &pidfd, &err), -1);
	assert_string_equal(err.text, "it went wrong");
	fd_close(&one);
}

static void test_no_channel(void **state)
{
	struct err err;

	(void)state;
	err = expect_failure(-1, WIRE_READY, NULL, 0, "wait for ready");
	assert_int_equal(err.code, EBADF);
	assert_int_equal(channel_tell(-1, WIRE_READY, NULL, 0, &err), -1);
	assert_holds(err.text, "send ready");
	assert_int_equal(channel_wait_end(-1, &err), -1);
	assert_int_equal(err.code, EBADF);
}

/* What was said before the end is not lost because we were the next to speak. */
static void test_unread_failure(void **state)
{
	struct err err = ERR_INIT, told = ERR_INIT;
	int host = -1, init = -1;

	(void)state;
	assert_int_equal(channel_open(&host, &init, &err), 0);
	assert_false(channel_find_failure(host, &told));
	(void)err_say(&err, 7, "this failed");
	assert_int_equal(channel_tell(init, WIRE_BUILT, NULL, 0, &told), 0);
	channel_tell_failure(init, &err);
	(void)close(init);
	assert_true(channel_find_failure(host, &told));
	assert_string_equal(told.text, "this failed");
	assert_int_equal(told.at, 7);
	told = ERR_INIT;
	assert_false(channel_find_failure(host, &told));
	assert_false(err_is_set(&told));
	(void)close(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unread_failure),
		cmocka_unit_test_setup_teardown(test_pair, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_every_kind_both_ways, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_descriptors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_descriptors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_more_than_awaited, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dropped_by_the_kernel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pid, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failure_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_strings_are_ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end_of_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end_with_unread_message, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end_after_a_part_of_the_descriptors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_something_else, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_garbage, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_process, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_channel, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
