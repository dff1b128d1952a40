/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What unit tests that touch the machine share: directories that go away, children in namespaces of
 * their own, open descriptors counted.  Nothing of the program under test is used here.
 */
#ifndef TARE_TESTS_SUPPORT_H
#define TARE_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Number of elements of an array. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Not root: say so and exit with automake's "skipped" for the whole program.  First thing in main(). */
void support_need_root(void);

/*
 * struct support_dir - a fresh directory below $TMPDIR or /tmp.
 * @fd: O_DIRECTORY of it
 */
struct support_dir {
	char path[128];
	int fd;
};

void support_open_dir(struct support_dir *dir);

/* Remove it with everything in it. */
void support_remove_dir(struct support_dir *dir);

/* Make a file with the text @text, or replace it. */
void support_write(int dir, const char *path, const char *text);

/* The text of a file, in @text. */
void support_read(int dir, const char *path, char *text, size_t size);

/* True if /proc/self/mountinfo has a line that holds @text. */
bool support_is_mounted(const char *text);

/*
 * Run @run in a child that is in the new namespaces @namespaces (CLONE_NEW*; as first process of a
 * new pid namespace).  Its mounts are private.  cmocka's assertions may be used in it: a failing one
 * prints its line and ends the child by SIGABRT; signals have their default actions.
 * Returns the status of waitpid(2); 0 when @run returned.
 */
int support_child(unsigned long namespaces, void (*run)(void *), void *data);

/* The same, and the child must have succeeded. */
#define support_run(namespaces, run, data) assert_int_equal(support_child(namespaces, run, data), 0)

/* A user namespace in which 0..9 are 5000..5009 outside, both users and groups; nobody is in it any more. */
int support_new_user_ns(void);

/* Descriptors that are open in this process. */
size_t support_count_fds(void);

/* True if @fd is open and close-on-exec. */
bool support_is_cloexec(int fd);

/*
 * Receive one message from @socket into @text, ended with a NUL, with room for one descriptor as managers have it.
 * Returns the descriptor, close-on-exec; -1 where none came.
 */
int support_receive_fd(int socket, char *text, size_t size);

/* From now on the system call @number fails with @error here and in children.  In a child only. */
void support_refuse(int number, int error);

/* @r of a function that fills a struct err must be good; else print why. */
#define assert_good(r, err)                                  \
	do {                                                 \
		if ((r) < 0)                                 \
			fail_msg("%s", (err).text);          \
	} while (0)

/* @text must hold @part. */
#define assert_holds(text, part)                                                     \
	do {                                                                         \
		if (strstr(text, part) == NULL)                                      \
			fail_msg("\"%s\" does not hold \"%s\"", text, part);         \
	} while (0)

#endif
