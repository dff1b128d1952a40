/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pseudo terminals of a devpts instance of our own. */
#include "sys/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "tests/unit/support.h"

/* A detached devpts. */
static int new_devpts(void)
{
	int fs = mountfd_fsopen("devpts");
	int tree;

	assert_true(fs >= 0);
	assert_int_equal(mountfd_set(fs, "ptmxmode", "0666"), 0);
	assert_int_equal(mountfd_set(fs, "mode", "0620"), 0);
	tree = mountfd_create(fs, 0);
	assert_true(tree >= 0);
	(void)close(fs);
	return tree;
}

static void open_pairs(void *data)
{
	int devpts = new_devpts(), master = -1, slave = -1, other_master = -1, other_slave = -1;
	struct winsize size = { 0 };
	struct stat by_name, st;
	char text[16] = "";

	(void)data;
	assert_int_equal(tty_open_pair(devpts, &master, &slave), 0);
	assert_int_equal(tty_open_pair(devpts, &other_master, &other_slave), 1);
	assert_true(support_is_cloexec(master) && support_is_cloexec(slave));
	assert_true(isatty(master) && isatty(slave));
	/* It is the one of this instance. */
	assert_int_equal(fstat(slave, &st), 0);
	assert_int_equal(fstatat(devpts, "0", &by_name, 0), 0);
	assert_true(st.st_dev == by_name.st_dev && st.st_ino == by_name.st_ino);
	assert_int_equal(write(master, "to slave\n", 9), 9);
	assert_int_equal(read(slave, text, sizeof(text)), 9);
	assert_int_equal(strncmp(text, "to slave\n", 9), 0);
	assert_int_equal(tty_set_size(slave, 24, 132), 0);
	assert_int_equal(ioctl(master, TIOCGWINSZ, &size), 0);
	assert_int_equal(size.ws_row, 24);
	assert_int_equal(size.ws_col, 132);
	/* Reading does not make it the controlling terminal. */
	assert_int_equal(tcgetsid(slave), -1);
}

static void test_pairs(void **state)
{
	support_run(CLONE_NEWNS, open_pairs, *state);
}

/* A container that has something else where its devpts should be. */
static void refuse(void *data)
{
	/* Opened again: what the parent opened lies in its mount namespace. */
	int dir = open(((struct support_dir *)data)->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int devpts = new_devpts(), master = -7, slave = -7, pts;
	size_t fds = support_count_fds();

	assert_int_equal(tty_open_pair(dir, &master, &slave), -1);
	assert_int_equal(errno, ENOENT);
	support_write(dir, "ptmx", "no terminal");
	assert_int_equal(tty_open_pair(dir, &master, &slave), -1);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(unlinkat(dir, "ptmx", 0), 0);
	assert_int_equal(symlinkat("/dev/pts/ptmx", dir, "ptmx"), 0);
	assert_int_equal(tty_open_pair(dir, &master, &slave), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(unlinkat(dir, "ptmx", 0), 0);
	/* The right device, which the kernel even opens for the devpts beside it, but not in a devpts. */
	assert_int_equal(mknodat(dir, "ptmx", S_IFCHR | 0666, makedev(5, 2)), 0);
	assert_int_equal(mkdirat(dir, "pts", 0755), 0);
	pts = openat(dir, "pts", O_PATH | O_CLOEXEC);
	assert_int_equal(mountfd_attach(devpts, pts), 0);
	(void)close(pts);
	assert_int_equal(tty_open_pair(dir, &master, &slave), -1);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(master, -7);
	assert_int_equal(slave, -7);
	assert_int_equal(support_count_fds(), fds);
	assert_int_equal(tty_set_size(dir, 1, 1), -1);
	assert_int_equal(errno, ENOTTY);
}

static void test_no_devpts(void **state)
{
	support_run(CLONE_NEWNS, refuse, *state);
}

static void take_control(void *data)
{
	int master = -1, slave = -1, own;

	(void)data;
	assert_int_equal(tty_open_pair(new_devpts(), &master, &slave), 0);
	assert_int_equal(tty_take_control(slave), 0);
	assert_int_equal(getsid(0), getpid());
	assert_int_equal(tcgetsid(slave), getpid());
	own = open("/dev/tty", O_RDWR | O_CLOEXEC);
	assert_true(own >= 0);
	(void)close(own);
	/* We lead a session already. */
	assert_int_equal(tty_take_control(slave), -1);
	assert_int_equal(errno, EPERM);
}

static void take_no_terminal(void *data)
{
	(void)data;
	assert_int_equal(tty_take_control(open("/dev/null", O_RDWR | O_CLOEXEC)), -1);
	assert_int_equal(errno, ENOTTY);
}

static void test_control(void **state)
{
	support_run(CLONE_NEWNS, take_control, *state);
	support_run(CLONE_NEWNS, take_no_terminal, *state);
}

static int set_up(void **state)
{
	static struct support_dir dir;

	support_open_dir(&dir);
	*state = &dir;
	return 0;
}

static int tear_down(void **state)
{
	support_remove_dir(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pairs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_devpts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_control, set_up, tear_down),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
