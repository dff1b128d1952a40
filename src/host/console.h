/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's end of the container's pseudo terminal: its master goes to --console-socket, or, for a
 * container in the foreground, is copied to and from the terminal that the user sits at.
 * The pseudo terminal itself is made by init, in the container's devpts.
 * Runs in: host.
 */
#ifndef TARE_HOST_CONSOLE_H
#define TARE_HOST_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct err;
struct pollfd;

/*
 * Connect to the manager's socket at @path (AF_UNIX, SOCK_STREAM), relative to the working directory and
 * of any length.  Do it early: a wrong path then fails before anything was made.
 * Returns the descriptor, or -1 with @err filled.
 */
int console_connect(const char *path, struct err *err);

/*
 * Send @master over @socket in one message, as managers expect it: its name ("/dev/pts/0") and one
 * descriptor; no answer is waited for.  Returns 0, or -1 with @err filled.
 */
int console_send(int socket, int master, struct err *err);

/* Bytes on their way in one direction. */
struct console_flow {
	char data[8192];
	size_t start, end;
};

/*
 * struct console - a terminal that is being copied; all members belong to console.c.
 * @master:  the pty's master, non-blocking, owned
 * @tty:     our own terminal, for raw mode and window size, owned; -1 when there is none
 * @is_raw:  @saved has to be put back on @tty
 * @input_done:    standard input ended, and the container was told
 * @hung_up:       nobody has the container's terminal open any more
 * @output_broken: nobody takes our standard output any more
 * @last_input:    the last byte from standard input
 */
struct console {
	int master;
	int tty;
	bool is_raw;
	bool input_done;
	bool hung_up;
	bool output_broken;
	char last_input;
	struct termios saved;
	struct console_flow in, out;
};

#define CONSOLE_INIT ((struct console){ .master = -1, .tty = -1 })

/*
 * Begin to copy between @master (moved here even when -1 is returned) and standard input and
 * output: clears ONLCR on it, takes the size of our terminal over, and puts our terminal in raw mode
 * until console_close().  Without a terminal of our own it copies all the same.
 */
int console_open(struct console *console, int master, struct err *err);

/*
 * For one round of poll(2): which CONSOLE_POLL descriptors to watch (unused: fd -1), and what to do
 * about the answer.  console_handle() never blocks on the container.
 */
#define CONSOLE_POLL 3
void console_want(const struct console *console, struct pollfd *fds);
void console_handle(struct console *console, const struct pollfd *fds);

/* Our window changed (SIGWINCH): tell the container's terminal. */
void console_resize(struct console *console);

/*
 * For use once the payload is gone: takes what it still had printed.  True when all of that is written;
 * else one more round of poll(2) has to come before the next call.
 */
bool console_is_drained(struct console *console);

/* Give our terminal its old settings back and close; accepts CONSOLE_INIT and a closed one. */
void console_close(struct console *console);

#define auto_console __attribute__((cleanup(console_close)))

#endif
