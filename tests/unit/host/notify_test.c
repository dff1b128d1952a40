/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is handed on between the two sockets, with this process as payload and as service manager. */
#include "host/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../support.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "sys/pidfd.h"

/* struct scene - a state directory, and the manager's socket in it. */
struct scene {
	struct support_dir dir;
	char address[160];
	int manager;
	struct notify notify;
};

static int bound(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void open_scene(struct scene *scene)
{
	struct err err = ERR_INIT;

	*scene = (struct scene){ .notify = NOTIFY_INIT };
	support_open_dir(&scene->dir);
	(void)snprintf(scene->address, sizeof(scene->address), "%s/manager", scene->dir.path);
	scene->manager = bound(scene->address);
	assert_int_equal(notify_make(scene->dir.fd, &err), 0);
	assert_int_equal(notify_open(&scene->notify, scene->dir.fd, scene->address, &err), 0);
	assert_true(scene->notify.listening >= 0);
}

static void close_scene(struct scene *scene)
{
	notify_close(&scene->notify);
	fd_close(&scene->manager);
	support_remove_dir(&scene->dir);
}

/* As the payload. */
static void say(const struct scene *scene, const char *text)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/notify/notify.sock", scene->dir.fd);
	assert_int_equal(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address, sizeof(address)), strlen(text));
	fd_close(&fd);
}

/* What the manager got next, "" for nothing. */
static const char *heard(const struct scene *scene)
{
	static char text[8192];
	ssize_t n = recv(scene->manager, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void test_relay(void **state)
{
	static const struct {
		const char *said, *heard;
		pid_t pid;
	} cases[] = {
		{ "STATUS=half way", "STATUS=half way", 0 },
		{ "READY=1\nSTATUS=up\n", "READY=1\nSTATUS=up", 0 },
		{ "MAINPID=1\nWATCHDOG=1", "WATCHDOG=1", 0 },
		{ "FDSTORE=1\nFDNAME=x", "", 0 },
		{ "BARRIER=1", "", 0 },
		{ "NOTIFYACCESS=all\nX_OWN=1", "X_OWN=1", 0 },
		{ "STOPPING=1", "STOPPING=1", 77 },
	};
	struct scene scene;

	(void)state;
	open_scene(&scene);
	for (size_t i = 0; i < COUNT(cases); i++) {
		say(&scene, cases[i].said);
		(void)notify_relay(&scene.notify, cases[i].pid);
		assert_string_equal(heard(&scene), cases[i].heard);
		assert_string_equal(heard(&scene), "");
	}
	close_scene(&scene);
}

/* The main process is told once, with the readiness. */
static void test_main_pid(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	say(&scene, "STATUS=soon");
	say(&scene, "STATUS=now\nREADY=1");
	say(&scene, "READY=1");
	(void)notify_relay(&scene.notify, 4711);
	assert_string_equal(heard(&scene), "STATUS=soon");
	assert_string_equal(heard(&scene), "STATUS=now\nMAINPID=4711\nREADY=1");
	assert_string_equal(heard(&scene), "READY=1");
	close_scene(&scene);
}

/* However fast the payload talks, there is an end to one round; nothing is lost. */
static void test_round(void **state)
{
	enum { SAID = 10 };
	struct scene scene;
	int n = 0;

	(void)state;
	open_scene(&scene);
	for (int i = 0; i < SAID; i++)
		say(&scene, "STATUS=on and on");
	(void)notify_relay(&scene.notify, 0);
	while (strcmp(heard(&scene), "STATUS=on and on") == 0)
		n++;
	assert_true(n > 0 && n < SAID);
	(void)notify_relay(&scene.notify, 0);
	while (strcmp(heard(&scene), "STATUS=on and on") == 0)
		n++;
	assert_int_equal(n, SAID);
	/* What was said last is handed on whole. */
	for (n = 0; n < SAID; n++)
		say(&scene, "STATUS=good bye");
	notify_relay_last(&scene.notify, 0);
	for (n = 0; strcmp(heard(&scene), "STATUS=good bye") == 0;)
		n++;
	assert_int_equal(n, SAID);
	close_scene(&scene);
}

/* A manager that does not read is waited for once, not for each message. */
static void test_stuck_manager(void **state)
{
	struct timespec before, after;
	struct scene scene;

	(void)state;
	open_scene(&scene);
	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < 8; j++)
			say(&scene, "STATUS=on and on");
		(void)clock_gettime(CLOCK_MONOTONIC, &before);
		(void)notify_relay(&scene.notify, 0);
		(void)clock_gettime(CLOCK_MONOTONIC, &after);
		if (i > 2)
			assert_true(after.tv_sec - before.tv_sec < 2);
	}
	assert_true(scene.notify.has_failed);
	close_scene(&scene);
}

/* Lines only: what fills the buffer to its end does not leave ours. */
static void test_sizes(void **state)
{
	char text[4200] = "STATUS=";
	struct scene scene;

	(void)state;
	open_scene(&scene);
	memset(text + 7, 'x', sizeof(text) - 8);
	say(&scene, text);
	(void)notify_relay(&scene.notify, 1);
	assert_string_equal(heard(&scene), "");
	/* The longest that is taken, with the longest that is added. */
	text[4095] = '\0';
	memcpy(text + 4095 - 8, "\nREADY=1", 8);
	say(&scene, text);
	(void)notify_relay(&scene.notify, 2147483647);
	assert_int_equal(strlen(heard(&scene)), 4095 + strlen("MAINPID=2147483647\n"));
	close_scene(&scene);
}

static void test_open_to_all(void **state)
{
	struct scene scene;
	struct stat st;

	(void)state;
	open_scene(&scene);
	assert_int_equal(fstatat(scene.dir.fd, "notify", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(fstatat(scene.dir.fd, "notify/notify.sock", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0777);
	close_scene(&scene);
}

/* No address, no directory, nobody there, no address at all: nothing is opened, and that is no error. */
static void test_nobody(void **state)
{
	struct notify notify = NOTIFY_INIT;
	struct support_dir dir;
	struct err err = ERR_INIT;

	(void)state;
	support_open_dir(&dir);
	assert_int_equal(notify_open(&notify, dir.fd, "/nowhere", &err), 0);
	assert_int_equal(notify_make(dir.fd, &err), 0);
	assert_int_equal(notify_open(&notify, dir.fd, NULL, &err), 0);
	assert_int_equal(notify_open(&notify, dir.fd, "/nowhere", &err), 0);
	assert_int_equal(notify_open(&notify, dir.fd, "vsock:2:1", &err), 0);
	assert_int_equal(notify.listening, -1);
	assert_int_equal(notify.manager, -1);
	assert_int_equal(notify_await(&notify, 1, -1, &err), 0);
	support_remove_dir(&dir);
}

static void test_abstract(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct notify notify = NOTIFY_INIT;
	struct err err = ERR_INIT;
	struct scene scene;
	char name[64];
	int len;

	(void)state;
	open_scene(&scene);
	fd_close(&scene.manager);
	notify_close(&scene.notify);
	len = snprintf(name, sizeof(name), "@tare-test-%d", (int)getpid());
	memcpy(address.sun_path + 1, name + 1, (size_t)len - 1);
	scene.manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(scene.manager, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len)), 0);
	assert_int_equal(notify_open(&notify, scene.dir.fd, name, &err), 0);
	say(&scene, "READY=1");
	(void)notify_relay(&notify, 0);
	assert_string_equal(heard(&scene), "READY=1");
	notify_close(&notify);
	close_scene(&scene);
}

/* The payload ends unready, or says that it is: either way the manager has read all, and then we go on. */
static void test_await(void **state)
{
	for (int is_ready = 0; is_ready <= 1; is_ready++) {
		struct err err = ERR_INIT;
		struct scene scene;
		auto_fd int pidfd = -1;
		pid_t payload, reader;
		int status;

		(void)state;
		open_scene(&scene);
		payload = fork();
		if (payload == 0) {
			say(&scene, is_ready ? "READY=1" : "STATUS=no");
			if (is_ready)
				(void)pause();
			_exit(0);
		}
		pidfd = pidfd_open(payload);
		/* It takes what comes until the barrier; the descriptor with that is closed as it asks for none. */
		reader = fork();
		if (reader == 0) {
			char text[64], wanted[64];
			ssize_t n = recv(scene.manager, text, sizeof(text) - 1, 0);

			(void)snprintf(wanted, sizeof(wanted), is_ready ? "MAINPID=%d\nREADY=1" : "STATUS=no", (int)payload);
			text[n > 0 ? n : 0] = '\0';
			if (strcmp(text, wanted) != 0)
				_exit(1);
			n = recv(scene.manager, text, sizeof(text) - 1, 0);
			_exit(n == 9 && memcmp(text, "BARRIER=1", 9) == 0 ? 0 : 2);
		}
		fd_close(&scene.manager);
		assert_int_equal(notify_await(&scene.notify, payload, pidfd, &err), 0);
		assert_int_equal(scene.notify.is_ready, is_ready);
		assert_int_equal(pidfd_has_ended(pidfd, 0), !is_ready);
		(void)pidfd_send_signal(pidfd, 9);
		assert_int_equal(waitpid(payload, NULL, 0), payload);
		assert_int_equal(waitpid(reader, &status, 0), reader);
		assert_int_equal(status, 0);
		close_scene(&scene);
	}
}

static void test_address(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	assert_null(notify_address());
	assert_int_equal(setenv("NOTIFY_SOCKET", "", 1), 0);
	assert_null(notify_address());
	assert_int_equal(setenv("NOTIFY_SOCKET", "/a", 1), 0);
	assert_string_equal(notify_address(), "/a");
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relay),	    cmocka_unit_test(test_main_pid), cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_round),	    cmocka_unit_test(test_stuck_manager),
		cmocka_unit_test(test_open_to_all), cmocka_unit_test(test_nobody),   cmocka_unit_test(test_abstract),
		cmocka_unit_test(test_await),	    cmocka_unit_test(test_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
