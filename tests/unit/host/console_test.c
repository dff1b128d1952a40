/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal's way to a manager's socket, and to and from our own terminal. */
#include "host/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/fd.h"
#include "tests/unit/support.h"

/* The container's pty, and what stands in for our standard input and output while a test runs. */
struct fixture {
	int master, slave;
	int saved[2];
	int input, output;	/* our ends */
};

static void open_fixture(struct fixture *f)
{
	int in[2], out[2];

	assert_int_equal(openpty(&f->master, &f->slave, NULL, NULL, NULL), 0);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	for (int fd = 0; fd < 2; fd++)
		f->saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 20);
	(void)fflush(stdout);
	assert_int_equal(dup2(in[0], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(dup2(out[1], STDOUT_FILENO), STDOUT_FILENO);
	(void)close(in[0]);
	(void)close(out[1]);
	f->input = in[1];
	f->output = out[0];
}

static void restore(struct fixture *f)
{
	for (int fd = 0; fd < 2; fd++) {
		(void)dup2(f->saved[fd], fd);
		(void)close(f->saved[fd]);
	}
}

/* @rounds of poll(2) with the console, or fewer when nothing happens for a while. */
static void turn(struct console *console, int rounds)
{
	while (rounds-- > 0) {
		struct pollfd fds[CONSOLE_POLL];

		console_want(console, fds);
		if (poll(fds, CONSOLE_POLL, 100) <= 0)
			return;
		console_handle(console, fds);
	}
}

static void drain(struct console *console)
{
	while (!console_is_drained(console))
		turn(console, 1);
}

static size_t read_some(int fd, char *buf, size_t size)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	ssize_t n = poll(&poll_fd, 1, 2000) > 0 ? read(fd, buf, size - 1) : 0;

	buf[n < 0 ? 0 : n] = '\0';
	return n < 0 ? 0 : (size_t)n;
}

static void test_output_with_bare_newlines(void **state)
{
	struct fixture f;
	struct console console;
	struct err err = ERR_INIT;
	char text[64];

	(void)state;
	open_fixture(&f);
	assert_int_equal(console_open(&console, f.master, &err), 0);
	assert_int_equal(write(f.slave, "one\ntwo\n", 8), 8);
	(void)close(f.slave);
	turn(&console, 10);
	drain(&console);
	(void)read_some(f.output, text, sizeof(text));
	console_close(&console);
	restore(&f);
	assert_string_equal(text, "one\ntwo\n");
	(void)close(f.input);
	(void)close(f.output);
}

/* More than a pty or a pipe holds, and its writer gone: nothing of it is lost. */
static void test_all_output_at_the_end(void **state)
{
	enum { LINES = 3000 };
	struct fixture f;
	struct console console;
	struct err err = ERR_INIT;
	size_t total = 0;
	pid_t pid, reader;
	int count[2];
	int status;

	(void)state;
	open_fixture(&f);
	assert_int_equal(pipe2(count, O_CLOEXEC), 0);
	reader = fork();
	if (reader == 0) {
		char buf[4096];
		ssize_t n;

		(void)close(STDOUT_FILENO);
		while ((n = read(f.output, buf, sizeof(buf))) > 0)
			total += (size_t)n;
		_exit(write(count[1], &total, sizeof(total)) == (ssize_t)sizeof(total) ? 0 : 1);
	}
	assert_int_equal(console_open(&console, f.master, &err), 0);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < LINES; i++) {
			if (write(f.slave, "0123456789012345678901234567890123456789012345678\n", 50) != 50)
				_exit(1);
		}
		_exit(0);
	}
	(void)close(f.slave);
	while (waitpid(pid, &status, WNOHANG) == 0)
		turn(&console, 1);
	drain(&console);
	console_close(&console);
	restore(&f);
	(void)close(f.output);
	assert_int_equal(status, 0);
	assert_int_equal(read(count[0], &total, sizeof(total)), sizeof(total));
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(total, LINES * 50);
	(void)close(f.input);
	(void)close(count[0]);
	(void)close(count[1]);
}

static void check_end_of_input(const char *typed, const char *first, const char *second)
{
	struct fixture f;
	struct console console;
	struct err err = ERR_INIT;
	char text[64], more[64];
	ssize_t n;

	open_fixture(&f);
	assert_int_equal(console_open(&console, f.master, &err), 0);
	assert_int_equal(write(f.input, typed, strlen(typed)), (ssize_t)strlen(typed));
	(void)close(f.input);
	turn(&console, 10);
	(void)read_some(f.slave, text, sizeof(text));
	n = (ssize_t)read_some(f.slave, more, sizeof(more));
	console_close(&console);
	restore(&f);
	assert_string_equal(text, first);
	assert_string_equal(more, second);
	assert_int_equal(n, (ssize_t)strlen(second));
	(void)close(f.slave);
	(void)close(f.output);
}

/* A reader of lines in the container gets them, then end of file, even after an unfinished line. */
static void test_end_of_input(void **state)
{
	(void)state;
	check_end_of_input("line\n", "line\n", "");
	check_end_of_input("unfinished", "unfinished", "");
	check_end_of_input("", "", "");
}

static void test_broken_output_does_not_stall(void **state)
{
	struct fixture f;
	struct console console;
	struct err err = ERR_INIT;
	char junk[1000];
	int r = 0;

	(void)state;
	memset(junk, 'x', sizeof(junk));
	(void)signal(SIGPIPE, SIG_IGN);
	open_fixture(&f);
	(void)close(f.output);
	assert_int_equal(console_open(&console, f.master, &err), 0);
	assert_int_equal(fcntl(f.slave, F_SETFL, O_NONBLOCK), 0);
	for (int i = 0; i < 200; i++) {
		if (write(f.slave, junk, sizeof(junk)) != (ssize_t)sizeof(junk))
			r++;
		turn(&console, 2);
	}
	(void)close(f.slave);
	drain(&console);
	console_close(&console);
	restore(&f);
	(void)signal(SIGPIPE, SIG_DFL);
	assert_true(r < 100);
	(void)close(f.input);
}

/* Our terminal as standard input: its size is handed on, it is raw meanwhile and as before afterwards. */
static void test_own_terminal(void **state)
{
	struct winsize size = { .ws_row = 33, .ws_col = 77 }, got = { .ws_row = 0 };
	struct termios before, raw, after;
	struct fixture f;
	struct console console;
	struct err err = ERR_INIT;
	int own_master, own;
	char text[64];

	(void)state;
	assert_int_equal(openpty(&own_master, &own, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(own, &before), 0);
	open_fixture(&f);
	assert_int_equal(dup2(own, STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(console_open(&console, f.master, &err), 0);
	assert_int_equal(tcgetattr(own, &raw), 0);
	assert_int_equal(ioctl(f.slave, TIOCGWINSZ, &got), 0);
	assert_int_equal(write(own_master, "\x03", 1), 1);
	assert_int_equal(fcntl(f.slave, F_SETFL, O_NONBLOCK), 0);
	turn(&console, 4);
	(void)read_some(f.output, text, sizeof(text));
	size.ws_col = 99;
	assert_int_equal(ioctl(own, TIOCSWINSZ, &size), 0);
	console_resize(&console);
	console_close(&console);
	restore(&f);
	assert_int_equal(tcgetattr(own, &after), 0);
	assert_int_equal(got.ws_row, 33);
	assert_int_equal(got.ws_col, 77);
	assert_false(raw.c_lflag & (ICANON | ISIG | ECHO));
	assert_true(raw.c_oflag & OPOST);
	assert_int_equal(before.c_lflag, after.c_lflag);
	assert_int_equal(before.c_iflag, after.c_iflag);
	assert_string_equal(text, "^C"); /* echoed by the container's terminal, which got it as a key */
	(void)close(own);
	(void)close(own_master);
	(void)close(f.slave);
	(void)close(f.input);
	(void)close(f.output);
}

static void test_close_of_nothing(void **state)
{
	struct console console = CONSOLE_INIT;

	(void)state;
	console_close(&console);
	console_close(&console);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* As containerd and conmon receive it: one message, one descriptor, no more room than needed for it. */
static void receive_and_check(int listener, int master)
{
	char name[64], expected[64];
	auto_fd int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	auto_fd int got = -1;
	struct stat a, b;

	assert_true(fd >= 0);
	got = support_receive_fd(fd, name, sizeof(name));
	assert_int_equal(fstat(got, &a), 0);
	assert_int_equal(fstat(master, &b), 0);
	assert_int_equal(a.st_rdev, b.st_rdev);
	(void)snprintf(expected, sizeof(expected), "%s", ptsname(master));
	assert_string_equal(name, expected);
	assert_int_equal(recv(fd, name, sizeof(name), 0), 0);
}

static void check_socket(const char *path, const char *short_path)
{
	struct err err = ERR_INIT;
	auto_fd int listener = listen_at(short_path);
	int master, slave, fd;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	fd = console_connect(path, &err);
	if (fd < 0)
		fail_msg("%s", err.text);
	assert_int_equal(console_send(fd, master, &err), 0);
	/* The receiver may accept after the sender is gone. */
	(void)close(fd);
	receive_and_check(listener, master);
	(void)close(master);
	(void)close(slave);
	assert_int_equal(unlink(short_path), 0);
}

static void test_socket(void **state)
{
	char dir[] = "/tmp/tare-console-XXXXXX";
	char path[512], deep[400];
	int dirfd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/sock", dir);
	check_socket(path, path);
	assert_int_equal(chdir(dir), 0);
	check_socket("sock", "sock");

	/* A path that is too long for a socket address. */
	(void)snprintf(deep, sizeof(deep), "%s/%0200d", dir, 0);
	assert_int_equal(mkdir(deep, 0700), 0);
	dirfd = open(deep, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fchdir(dirfd), 0);
	(void)snprintf(path, sizeof(path), "%s/console.sock", deep);
	check_socket(path, "console.sock");
	(void)close(dirfd);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(deep), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void test_socket_that_is_not_there(void **state)
{
	struct err err = ERR_INIT;
	char path[300];

	(void)state;
	assert_int_equal(console_connect("/tmp/none/of/this", &err), -1);
	assert_non_null(strstr(err.text, "/tmp/none/of/this"));
	assert_null(strstr(err.text, "No such file"));
	(void)snprintf(path, sizeof(path), "/tmp/%0250d", 0);
	assert_int_equal(console_connect(path, &err), -1);
}

static void test_send_what_is_no_terminal(void **state)
{
	struct err err = ERR_INIT;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(console_send(pair[0], pair[1], &err), -1);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output_with_bare_newlines),
		cmocka_unit_test(test_all_output_at_the_end),
		cmocka_unit_test(test_end_of_input),
		cmocka_unit_test(test_broken_output_does_not_stall),
		cmocka_unit_test(test_own_terminal),
		cmocka_unit_test(test_close_of_nothing),
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_socket_that_is_not_there),
		cmocka_unit_test(test_send_what_is_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
