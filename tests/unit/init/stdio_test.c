/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard descriptors and the terminal.  A step's effect is looked at while 0-2 are what it made of
 * them; assertions come after they were put back.
 */
#include "init/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/mountfd.h"
#include "sys/priv.h"
#include "tests/unit/init/stage.h"
#include "wire/channel.h"

static struct stage stage;

/* 0-2 kept aside. */
static int saved[3];

static void save(void)
{
	for (int fd = 0; fd < 3; fd++)
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 200);
}

static void restore(void)
{
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(saved[fd], fd);
}

static void open_with_terminal(const void *data)
{
	stage_open(&stage, data);
	stage_open_wire(&stage);
	stage_mkdir(&stage, "dev/pts");
	assert_int_equal(mountfd_attach(stage_new_fs("devpts"), openat(stage.root, "dev/pts", O_PATH | O_CLOEXEC)), 0);
	stage.plan.process.terminal = true;
	stage.plan.process.uid = 1234;
	save();
}

static void give_terminal(void *data)
{
	struct stat st[3], console, own;
	bool stays[3];
	struct winsize size;
	struct err err = ERR_INIT;
	int master = -1, r;
	char text[64] = "";
	size_t n = 0, fds;

	open_with_terminal(data);
	stage.plan.process.has_size = true;
	stage.plan.process.rows = 11;
	stage.plan.process.columns = 77;
	fds = support_count_fds();
	r = stdio_open_terminal(&stage.init, &stage.err);
	for (int fd = 0; fd < 3; fd++) {
		(void)fstat(fd, &st[fd]);
		stays[fd] = !support_is_cloexec(fd);
	}
	(void)ioctl(0, TIOCGWINSZ, &size);
	(void)!write(1, "to the user", 11);
	restore();
	stage_good(&stage, r);
	assert_int_equal(support_count_fds(), fds);
	assert_good(channel_wait(stage.host, WIRE_CONSOLE, &master, 1, &n, &err), err);
	assert_int_equal(n, 1);
	assert_true(support_is_cloexec(master));
	assert_int_equal(read(master, text, sizeof(text)), 11);
	assert_string_equal(text, "to the user");
	stage_stat(&stage, "dev/console", &console);
	for (int fd = 0; fd < 3; fd++) {
		assert_int_equal(major(st[fd].st_rdev), 136);
		assert_true(st[fd].st_ino == console.st_ino && st[fd].st_dev == console.st_dev);
		assert_int_equal(st[fd].st_uid, 1234);
		assert_true(stays[fd]);
	}
	/* The first one of the container's own devpts. */
	stage_stat(&stage, "dev/pts/0", &own);
	assert_true(own.st_ino == console.st_ino && own.st_dev == console.st_dev);
	assert_int_equal(size.ws_row, 11);
	assert_int_equal(size.ws_col, 77);
}

static void give_no_terminal(void *data)
{
	open_with_terminal(data);
	stage.plan.process.terminal = false;
	stage_good(&stage, stdio_open_terminal(&stage.init, &stage.err));
	stage.plan.process.terminal = true;
	stage.plan.process.present = false;
	stage_good(&stage, stdio_open_terminal(&stage.init, &stage.err));
	assert_true(stage_is_missing(&stage, "dev/console"));
}

/* What an image can put in place of /dev/pts and /dev/console (V12, V17). */
static void meet_traps(void *data)
{
	struct stat before, after;
	size_t fds;

	open_with_terminal(data);
	fds = support_count_fds();
	assert_int_equal(symlinkat("/etc/planted", stage.root, "dev/console"), 0);
	stage_bad(&stage, stdio_open_terminal(&stage.init, &stage.err), "make /dev/console");
	assert_int_equal(stage.err.at, 20);
	assert_true(stage_is_missing(&stage, "etc"));
	assert_int_equal(unlinkat(stage.root, "dev/console", 0), 0);
	stage_mkdir(&stage, "dev/console");
	stage_bad(&stage, stdio_open_terminal(&stage.init, &stage.err), "make /dev/console");

	assert_int_equal(fchdir(stage.root), 0);
	assert_int_equal(umount2("dev/pts", MNT_DETACH), 0);
	assert_int_equal(mknodat(stage.root, "dev/pts/ptmx", S_IFCHR | 0666, makedev(1, 3)), 0);
	stage_stat(&stage, "dev/pts/ptmx", &before);
	stage_bad(&stage, stdio_open_terminal(&stage.init, &stage.err), "/dev/pts is not a devpts");
	stage_stat(&stage, "dev/pts/ptmx", &after);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_equal(unlinkat(stage.root, "dev/pts/ptmx", 0), 0);
	stage_bad(&stage, stdio_open_terminal(&stage.init, &stage.err), "open a terminal in /dev/pts");
	assert_int_equal(unlinkat(stage.root, "dev/pts", AT_REMOVEDIR), 0);
	stage_bad(&stage, stdio_open_terminal(&stage.init, &stage.err), "open /dev/pts");
	assert_int_equal(symlinkat("/dev", stage.root, "dev/pts"), 0);
	stage_bad(&stage, stdio_open_terminal(&stage.init, &stage.err), "open /dev/pts");
	assert_int_equal(stage.err.code, ELOOP);
	assert_int_equal(support_count_fds(), fds);
}

/* Nobody takes the master: then the payload must not run with a terminal that nobody reads. */
static void lose_host(void *data)
{
	open_with_terminal(data);
	(void)signal(SIGPIPE, SIG_IGN);
	fd_close(&stage.host);
	stage_bad(&stage, stdio_open_terminal(&stage.init, &stage.err), "send console");
}

static void take_session(void *data)
{
	pid_t before;

	stage_open(&stage, data);
	before = getsid(0);
	assert_true(before != getpid());
	stage_good(&stage, stdio_take_session(&stage.init, &stage.err));
	assert_int_equal(getsid(0), getpid());
	/* Led already: as good. */
	stage_good(&stage, stdio_take_session(&stage.init, &stage.err));
}

/* Ahead of the process that stays, if there is to be one; that one then leads a session of its own. */
static void leave_session(void *data)
{
	int status = -1;
	pid_t pid;

	stage_open(&stage, data);
	stage_good(&stage, stdio_leave_session(&stage.init, &stage.err));
	assert_true(getsid(0) != getpid());
	stage.plan.namespaces.is_staged = true;
	stage_good(&stage, stdio_leave_session(&stage.init, &stage.err));
	assert_int_equal(getsid(0), getpid());
	stage_good(&stage, stdio_leave_session(&stage.init, &stage.err));
	pid = fork();
	if (pid == 0)
		_exit(stdio_take_session(&stage.init, &stage.err) == 0 && getsid(0) == getpid() ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void take_terminal_session(void *data)
{
	int master = -1, n, r, own;
	struct err err = ERR_INIT;
	size_t got = 0;
	pid_t session;

	open_with_terminal(data);
	r = stdio_open_terminal(&stage.init, &stage.err);
	if (r == 0)
		r = stdio_take_session(&stage.init, &stage.err);
	session = tcgetsid(0);
	own = open("/dev/tty", O_RDWR | O_CLOEXEC);
	n = dup2(saved[2], 2);
	stage_good(&stage, r);
	assert_int_equal(n, 2);
	assert_int_equal(session, getpid());
	assert_true(own >= 0);
	assert_good(channel_wait(stage.host, WIRE_CONSOLE, &master, 1, &got, &err), err);
}

static void take_no_terminal(void *data)
{
	stage_open(&stage, data);
	stage.plan.process.terminal = true;
	assert_int_equal(dup2(open("/dev/null", O_RDWR | O_CLOEXEC), 0), 0);
	stage_bad(&stage, stdio_take_session(&stage.init, &stage.err), "make the terminal the controlling one");
}

static uid_t owner_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_uid;
}

static void own_what_was_given(void *data)
{
	int ends[2], file, r;
	size_t fds;

	stage_open(&stage, data);
	save();
	stage.plan.process.uid = 1234;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	stage_write(&stage, "file", "");
	file = openat(stage.root, "file", O_RDWR | O_CLOEXEC);
	fds = support_count_fds();
	(void)dup2(ends[0], 0);
	(void)dup2(file, 1);
	r = stdio_own(&stage.init, &stage.err);
	restore();
	stage_good(&stage, r);
	assert_int_equal(owner_of(ends[0]), 1234);
	/* A file has an owner on disk, which is none of ours to change. */
	assert_int_equal(owner_of(file), 0);
	assert_int_equal(support_count_fds(), fds);

	/* No right to give it away: the payload can use the descriptor all the same. */
	stage.plan.process.uid = 77;
	assert_int_equal(priv_capset(0, 0, 0), 0);
	(void)dup2(ends[1], 1);
	r = stdio_own(&stage.init, &stage.err);
	restore();
	stage_good(&stage, r);
	assert_int_equal(owner_of(ends[1]), 1234);
}

/* A FIFO whose file system was made read-only since: as with a lacking right. */
static void own_read_only(void *data)
{
	int fifo, r;

	stage_open(&stage, data);
	save();
	stage.plan.process.uid = 1234;
	assert_int_equal(mknodat(stage.root, "fifo", S_IFIFO | 0600, 0), 0);
	fifo = openat(stage.root, "fifo", O_RDWR | O_CLOEXEC);
	assert_int_equal(mount(NULL, stage.path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	assert_int_equal(fchown(fifo, 1, (gid_t)-1), -1);
	assert_int_equal(errno, EROFS);
	(void)dup2(fifo, 2);
	r = stdio_own(&stage.init, &stage.err);
	restore();
	stage_good(&stage, r);
	assert_int_equal(owner_of(fifo), 0);
}

/* A descriptor that is not there at all is no mere lack of a right. */
static void own_closed(void *data)
{
	int r;

	stage_open(&stage, data);
	save();
	(void)close(1);
	r = stdio_own(&stage.init, &stage.err);
	restore();
	assert_int_equal(r, -1);
	assert_holds(stage.err.text, "look at descriptor 1: Bad file descriptor");
}

/* With a terminal, or without a process, there is nothing to own. */
static void own_nothing(void *data)
{
	int ends[2], r;

	stage_open(&stage, data);
	save();
	stage.plan.process.uid = 1234;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	(void)dup2(ends[0], 0);
	stage.plan.process.terminal = true;
	r = stdio_own(&stage.init, &stage.err);
	stage.plan.process.terminal = false;
	stage.plan.process.present = false;
	r |= stdio_own(&stage.init, &stage.err);
	restore();
	stage_good(&stage, r);
	assert_int_equal(owner_of(ends[0]), 0);
}

/* Set by a row: what stands at /dev/null, and whether descriptor 0 is to become it. */
static void (*make_null)(void);
static bool is_replaced;

static void make_device(void)
{
	assert_int_equal(mknodat(stage.root, "dev/null", S_IFCHR | 0666, makedev(1, 3)), 0);
}

static void make_other_device(void)
{
	assert_int_equal(mknodat(stage.root, "dev/null", S_IFCHR | 0666, makedev(1, 5)), 0);
}

static void make_file(void)
{
	stage_write(&stage, "dev/null", "");
}

static void make_fifo(void)
{
	assert_int_equal(mknodat(stage.root, "dev/null", S_IFIFO | 0666, 0), 0);
}

static void make_link(void)
{
	assert_int_equal(mknodat(stage.root, "real", S_IFCHR | 0666, makedev(1, 3)), 0);
	assert_int_equal(symlinkat("/real", stage.root, "dev/null"), 0);
}

static void make_nothing(void)
{
}

static void own_null(void *data)
{
	struct stat now, host, ours;
	int host_null = open("/dev/null", O_RDONLY | O_CLOEXEC), r, mode;
	size_t fds;

	stage_open(&stage, data);
	save();
	stage_mkdir(&stage, "dev");
	make_null();
	memset(&ours, 0, sizeof(ours));
	(void)fstatat(stage.root, "dev/null", &ours, 0);
	(void)fstat(host_null, &host);
	stage.plan.process.uid = 1234;
	fds = support_count_fds();
	(void)dup2(host_null, 0);
	r = stdio_own(&stage.init, &stage.err);
	(void)fstat(0, &now);
	mode = fcntl(0, F_GETFL) & O_ACCMODE;
	restore();
	stage_good(&stage, r);
	assert_int_equal(support_count_fds(), fds);
	if (is_replaced) {
		assert_true(now.st_ino == ours.st_ino && now.st_dev == ours.st_dev);
		assert_int_equal(mode, O_RDWR);
	} else {
		assert_true(now.st_ino == host.st_ino && now.st_dev == host.st_dev);
	}
	/* Nothing that the image planted changes hands. */
	assert_int_equal(owner_of(host_null), host.st_uid);
	(void)fstatat(stage.root, "dev/null", &now, 0);
	if (ours.st_ino != 0)
		assert_int_equal(now.st_uid, ours.st_uid);
}

static void test_null(void **state)
{
	static const struct { void (*make)(void); bool is_replaced; } rows[] = {
		{ make_device, true }, { make_other_device, false }, { make_file, false }, { make_fifo, false },
		{ make_link, false }, { make_nothing, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		make_null = rows[i].make;
		is_replaced = rows[i].is_replaced;
		stage_run(0, own_null);
	}
}

STAGE_TEST(test_terminal, 0, give_terminal)
STAGE_TEST(test_no_terminal, 0, give_no_terminal)
STAGE_TEST(test_traps, 0, meet_traps)
STAGE_TEST(test_lost_host, 0, lose_host)
STAGE_TEST(test_session, 0, take_session)
STAGE_TEST(test_leave_session, 0, leave_session)
STAGE_TEST(test_terminal_session, 0, take_terminal_session)
STAGE_TEST(test_no_terminal_for_session, 0, take_no_terminal)
STAGE_TEST(test_own, 0, own_what_was_given)
STAGE_TEST(test_own_read_only, 0, own_read_only)
STAGE_TEST(test_own_closed, 0, own_closed)
STAGE_TEST(test_own_nothing, 0, own_nothing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_no_terminal),
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_lost_host),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_leave_session),
		cmocka_unit_test(test_terminal_session),
		cmocka_unit_test(test_no_terminal_for_session),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_own_read_only),
		cmocka_unit_test(test_own_closed),
		cmocka_unit_test(test_own_nothing),
		cmocka_unit_test(test_null),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
