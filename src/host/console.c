/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's end of the pseudo terminal; see console.h.  Sources: pty(7), tty_ioctl(4), unix(7).
 * Runs in: host.
 */
#include "host/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "sys/unixsock.h"

/* So much is written to standard output at a time: what a pipe that polls writable takes whole. */
#define WRITE_AT_ONCE 4096u

/* The order of the descriptors in one round of poll(2). */
enum { POLL_MASTER, POLL_INPUT, POLL_OUTPUT };

/* The end-of-file character where the terminal's settings cannot be asked: ^D. */
#define DEFAULT_EOF 4

int console_connect(const char *path, struct err *err)
{
	int fd = unixsock_connect(path);

	return fd < 0 ? err_errno(err, ERR_NOWHERE, "connect to --console-socket %s", path) : fd;
}

int console_send(int socket, int master, struct err *err)
{
	struct iovec name;
	unsigned int number;
	char text[32];

	if (ioctl(master, TIOCGPTN, &number) < 0)
		return err_errno(err, ERR_NOWHERE, "ask the terminal for its number");
	name.iov_base = text;
	name.iov_len = (size_t)snprintf(text, sizeof(text), "/dev/pts/%u", number);
	if (unixsock_send(socket, &name, 1, master) < 0)
		return err_errno(err, ERR_NOWHERE, "send the terminal to --console-socket");
	return 0;
}

/* Our terminal, wherever it is; -1 without one. */
static int find_tty(void)
{
	static const int stdio[] = { STDIN_FILENO, STDERR_FILENO, STDOUT_FILENO };

	for (size_t i = 0; i < sizeof(stdio) / sizeof(stdio[0]); i++) {
		if (isatty(stdio[i]))
			return fcntl(stdio[i], F_DUPFD_CLOEXEC, 3);
	}
	return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* Lines that the payload ends with a newline arrive so, not as CR LF: scripts compare them. */
static int clear_onlcr(int master, struct err *err)
{
	struct termios settings;

	if (tcgetattr(master, &settings) < 0)
		return err_errno(err, ERR_NOWHERE, "read the settings of the container's terminal");
	settings.c_oflag &= ~(tcflag_t)ONLCR;
	if (tcsetattr(master, TCSANOW, &settings) < 0)
		return err_errno(err, ERR_NOWHERE, "change the settings of the container's terminal");
	return 0;
}

/*
 * Keys are for the container's terminal to interpret, so ours only passes them on.  Without a
 * terminal as standard input it keeps its settings, since ^C there still has to mean us.  Output processing
 * stays on: the newlines that come are bare.
 */
static int make_raw(struct console *console, struct err *err)
{
	struct termios raw;

	if (console->tty < 0 || !isatty(STDIN_FILENO))
		return 0;
	if (tcgetattr(console->tty, &console->saved) < 0)
		return err_errno(err, ERR_NOWHERE, "read the settings of our terminal");
	raw = console->saved;
	cfmakeraw(&raw);
	raw.c_oflag |= OPOST;
	if (tcsetattr(console->tty, TCSANOW, &raw) < 0)
		return err_errno(err, ERR_NOWHERE, "put our terminal in raw mode");
	console->is_raw = true;
	return 0;
}

int console_open(struct console *console, int master, struct err *err)
{
	int flags = fcntl(master, F_GETFL);

	*console = CONSOLE_INIT;
	console->master = master;
	console->last_input = '\n';
	if (flags < 0 || fcntl(master, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_errno(err, ERR_NOWHERE, "make the container's terminal non-blocking");
	if (clear_onlcr(master, err) < 0)
		return -1;
	console->tty = find_tty();
	console_resize(console);
	return make_raw(console, err);
}

void console_resize(struct console *console)
{
	struct winsize size;

	/* A serial line or an editor's terminal may say 0 by 0: better what the config says then. */
	if (console->tty >= 0 && ioctl(console->tty, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
		(void)ioctl(console->master, TIOCSWINSZ, &size);
}

static bool is_empty(const struct console_flow *flow)
{
	return flow->start == flow->end;
}

static bool has_room(const struct console_flow *flow)
{
	return flow->end < sizeof(flow->data);
}

/*
 * Move bytes from @fd to the end of @flow.  Returns what read(2) did; -1 with EAGAIN means later.
 */
static ssize_t take_in(struct console_flow *flow, int fd)
{
	ssize_t n;

	do {
		n = read(fd, flow->data + flow->end, sizeof(flow->data) - flow->end);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		flow->end += (size_t)n;
	return n;
}

/* Write at most @max of the bytes of @flow to @fd.  False when @fd does not take any again. */
static bool put_out(struct console_flow *flow, int fd, size_t max)
{
	size_t len = flow->end - flow->start;
	ssize_t n = write(fd, flow->data + flow->start, len < max ? len : max);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	flow->start += (size_t)n;
	if (is_empty(flow))
		flow->start = flow->end = 0;
	return true;
}

/*
 * Standard input ended: say so with the terminal's end-of-file character.  In the middle of a line it
 * has to come twice, since the first only hands over the line so far.
 */
static void end_input(struct console *console)
{
	struct termios settings;
	char eof = DEFAULT_EOF;
	bool is_by_line = true;

	console->input_done = true;
	if (tcgetattr(console->master, &settings) == 0) {
		is_by_line = (settings.c_lflag & ICANON) != 0;
		if (settings.c_cc[VEOF] != _POSIX_VDISABLE)
			eof = (char)settings.c_cc[VEOF];
	}
	if (is_by_line && console->last_input != '\n')
		console->in.data[console->in.end++] = eof;
	console->in.data[console->in.end++] = eof;
}

static void read_input(struct console *console)
{
	ssize_t n = take_in(&console->in, STDIN_FILENO);

	if (n > 0)
		console->last_input = console->in.data[console->in.end - 1];
	else if (n == 0)
		end_input(console);
	else if (errno != EAGAIN)
		console->input_done = true; /* in the background: that is no end of the input */
}

/* The master says EIO once no process has the terminal open; it is kept, for the window may still change. */
static void read_master(struct console *console)
{
	ssize_t n = take_in(&console->out, console->master);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		console->hung_up = true;
}

/* Where nobody takes the output any more it is thrown away, so that the payload does not stall. */
static void write_output(struct console *console)
{
	if (!put_out(&console->out, STDOUT_FILENO, WRITE_AT_ONCE))
		console->output_broken = true;
	if (console->output_broken)
		console->out.start = console->out.end = 0;
}

void console_want(const struct console *console, struct pollfd *fds)
{
	short master = 0;

	if (has_room(&console->out))
		master |= POLLIN;
	if (!is_empty(&console->in))
		master |= POLLOUT;
	fds[POLL_MASTER] = (struct pollfd){ .fd = -1 };
	fds[POLL_INPUT] = (struct pollfd){ .fd = -1 };
	fds[POLL_OUTPUT] = (struct pollfd){ .fd = -1 };
	/* poll(2) reports a hang-up even when nothing is asked for: then only look when we could read. */
	if (!console->hung_up && master != 0)
		fds[POLL_MASTER] = (struct pollfd){ .fd = console->master, .events = master };
	if (!console->hung_up && !console->input_done && is_empty(&console->in))
		fds[POLL_INPUT] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	if (!is_empty(&console->out))
		fds[POLL_OUTPUT] = (struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT };
}

void console_handle(struct console *console, const struct pollfd *fds)
{
	if (fds[POLL_OUTPUT].revents != 0)
		write_output(console);
	if (fds[POLL_INPUT].revents != 0)
		read_input(console);
	if ((fds[POLL_MASTER].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && has_room(&console->out))
		read_master(console);
	if ((fds[POLL_MASTER].revents & POLLOUT) != 0 && !put_out(&console->in, console->master, SIZE_MAX))
		console->in.start = console->in.end = 0;
}

bool console_is_drained(struct console *console)
{
	/* Also lets the kernel hand over what the payload wrote just before it ended. */
	if (!console->hung_up && has_room(&console->out) && take_in(&console->out, console->master) <= 0)
		console->hung_up = true;
	return console->hung_up && is_empty(&console->out);
}

void console_close(struct console *console)
{
	if (console->is_raw)
		(void)tcsetattr(console->tty, TCSANOW, &console->saved);
	console->is_raw = false;
	fd_close(&console->tty);
	fd_close(&console->master);
}
