/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The payload's program and environment, and the exact words of failure that managers read. */
#include "init/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/mountfd.h"
#include "tests/unit/init/stage.h"

static struct stage stage;

/* The container's root becomes ours, as it is when these steps run; with /proc, to count descriptors by. */
static void enter_root(void)
{
	int target;

	stage_mkdir(&stage, "proc");
	target = openat(stage.root, "proc", O_PATH | O_CLOEXEC);
	assert_int_equal(mountfd_attach(stage.init.proc, target), 0);
	(void)close(target);
	assert_int_equal(fchdir(stage.root), 0);
	assert_int_equal(chroot("."), 0);
}

/* Makes /etc/passwd; and the HOME that follows for @uid. */
struct passwd_row {
	const char *text;
	uid_t uid;
	const char *home;
};

static const struct passwd_row *row;

static const char *find_home(void)
{
	static const char *const env[] = { "A=1", "PATH=/bin", NULL };

	stage.plan.process.env = env;
	(void)alarm(20);
	stage_good(&stage, payload_prepare_env(&stage.init, &stage.err));
	(void)alarm(0);
	/* What was there stays, in order. */
	assert_string_equal(stage.init.env[0], "A=1");
	assert_string_equal(stage.init.env[1], "PATH=/bin");
	assert_null(stage.init.env[3]);
	assert_int_equal(strncmp(stage.init.env[2], "HOME=", 5), 0);
	return stage.init.env[2] + 5;
}

static void read_passwd(void *data)
{
	size_t fds;

	stage_open(&stage, data);
	if (row->text != NULL)
		stage_write(&stage, "etc/passwd", row->text);
	enter_root();
	stage.plan.process.uid = row->uid;
	fds = support_count_fds();
	assert_string_equal(find_home(), row->home);
	assert_int_equal(support_count_fds(), fds);
}

/* The file that was judged is the one that is read, whatever its path leads to by then: here, one of the host. */
static void read_what_was_judged(void *data)
{
	stage_open(&stage, data);
	stage_write(&stage, "etc/passwd", "root:x:0:0::/from/the/container:/bin/sh\n");
	assert_string_equal(find_home(), "/from/the/container");
}

static void test_home_by_passwd(void **state)
{
	static const struct passwd_row rows[] = {
		{ "root:x:0:0:root:/root:/bin/sh\n", 0, "/root" },
		{ "root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n", 1000, "/home/me" },
		{ "me:x:1000:1000:::/bin/sh\n", 1000, "/" },
		{ "me:x:1000:1000::/no/shell\n", 1000, "/no/shell" },
		{ "root:x:0:0:root:/root:/bin/sh\n", 1000, "/" },
		{ NULL, 0, "/" },
		{ "", 0, "/" },
		/* A name that looks like the number (V14). */
		{ "1000:x:0:0::/trap:/bin/sh\n", 1000, "/" },
		{ "1000:x:0:0::/trap:/bin/sh\nme:x:1000:5::/right:\n", 1000, "/right" },
		/* Not numbers, too few fields, the first that fits wins. */
		{ "a:x:1000x:0::/no:\nb:x::0::/no:\nc:x:1000\nd:x:1000:1::/yes:\ne:x:1000:1::/late:\n", 1000, "/yes" },
		{ "\n\n::::::\nroot:x:0:0::/home:\n", 0, "/home" },
		{ "root:x:0:0::/no/newline:/bin/sh", 0, "/no/newline" },
		{ "a:x:0:0::/first:\nroot:x:1000:0::/last", 1000, "/last" },
		{ "big:x:4294967295:0::/max:\n", 4294967295u, "/max" },
		{ "wraps:x:4294968296:0::/wrapped:\nx:x:18446744073709552616:0::/wrapped:\n", 1000, "/" },
		{ "a:x:-18446744073709550616:0::/a:\nb:x:+1000:0::/b:\nc:x: 1000:0::/c:\n", 1000, "/" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		row = &rows[i];
		print_message("row %zu\n", i);
		stage_run(0, read_passwd);
	}
}

/* @size bytes of @byte, then a line for uid 5. */
static void write_long(const char *head, size_t size)
{
	char *text = malloc(size + 256);
	int n = snprintf(text, 128, "%s", head);

	memset(text + n, 'z', size);
	(void)snprintf(text + n + size, 128, "\nfive:x:5:5::/five:\n");
	stage_write(&stage, "etc/passwd", text);
	free(text);
}

static void read_long_lines(void *data)
{
	char text[2 * PATH_MAX];

	stage_open(&stage, data);
	stage.plan.process.uid = 5;
	enter_root();
	/* A line longer than any buffer is passed over. */
	write_long("", 4095);
	assert_string_equal(find_home(), "/five");
	write_long("", 100000);
	assert_string_equal(find_home(), "/five");
	/* Its end is no line of its own. */
	write_long("long:x:", 20000);
	assert_string_equal(find_home(), "/five");
	/* Beyond a mebibyte nobody looks. */
	write_long("", (1 << 20) + 5000);
	assert_string_equal(find_home(), "/");
	/* The longest line that is read, and one byte more. */
	(void)snprintf(text, sizeof(text), "five:x:5:5::/%0*d:\nx:x:5:5::/short:\n", 4080, 1);
	stage_write(&stage, "etc/passwd", text);
	assert_int_equal(strlen(find_home()), 4081);
	(void)snprintf(text, sizeof(text), "five:x:5:5::/%0*d:\nx:x:5:5::/short:\n", 4081, 1);
	stage_write(&stage, "etc/passwd", text);
	assert_string_equal(find_home(), "/short");
}

/* The tail of an over-long line, cut where the buffer ended, must not pass for a line; the next one does. */
static void read_forged_tail(void *data)
{
	char text[20000];

	stage_open(&stage, data);
	stage.plan.process.uid = 0;
	enter_root();
	for (size_t pad = 4000; pad < 4200; pad++) {
		memset(text, 'z', pad);
		/* A line of its own as long as the buffer holds it whole: 17 bytes and the newline. */
		(void)strcpy(text + pad, "r:x:0:0::/forged:\n");
		stage_write(&stage, "etc/passwd", text);
		assert_string_equal(find_home(), pad + 18 <= 4095 ? "/forged" : "/");
		(void)strcpy(text + pad, "r:x:0:0::/forged:");
		stage_write(&stage, "etc/passwd", text);
		assert_string_equal(find_home(), pad + 17 < 4095 ? "/forged" : "/");
		(void)strcpy(text + pad, "r:x:0:0::/forged:\nroot:x:0:0::/right:\n");
		stage_write(&stage, "etc/passwd", text);
		assert_string_equal(find_home(), pad + 18 <= 4095 ? "/forged" : "/right");
	}
}

static void read_odd_files(void *data)
{
	int fd;

	stage_open(&stage, data);
	stage.plan.process.uid = 0;
	stage_mkdir(&stage, "etc");
	stage_mkdir(&stage, "dev");
	enter_root();
	assert_int_equal(mknodat(stage.root, "etc/passwd", S_IFIFO | 0666, 0), 0);
	assert_string_equal(find_home(), "/");
	assert_int_equal(unlinkat(stage.root, "etc/passwd", 0), 0);
	assert_int_equal(mknodat(stage.root, "etc/passwd", S_IFCHR | 0666, 0x105), 0);
	assert_string_equal(find_home(), "/");
	assert_int_equal(unlinkat(stage.root, "etc/passwd", 0), 0);
	assert_int_equal(symlinkat("passwd", stage.root, "etc/passwd"), 0);
	assert_string_equal(find_home(), "/");
	assert_int_equal(unlinkat(stage.root, "etc/passwd", 0), 0);
	stage_mkdir(&stage, "etc/passwd");
	assert_string_equal(find_home(), "/");
	assert_int_equal(unlinkat(stage.root, "etc/passwd", AT_REMOVEDIR), 0);
	/* A sparse file of gigabytes. */
	fd = openat(stage.root, "etc/passwd", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	assert_int_equal(ftruncate(fd, (off_t)8 << 30), 0);
	(void)close(fd);
	assert_string_equal(find_home(), "/");
	assert_int_equal(unlinkat(stage.root, "etc/passwd", 0), 0);
	/* A link inside the container is fine. */
	stage_write(&stage, "usr/passwd", "root:x:0:0::/linked:\n");
	assert_int_equal(symlinkat("../usr/passwd", stage.root, "etc/passwd"), 0);
	assert_string_equal(find_home(), "/linked");
}

static void keep_home(void *data)
{
	static const char *const env[] = { "HOME=/mine", NULL };

	stage_open(&stage, data);
	stage_write(&stage, "etc/passwd", "root:x:0:0::/root:\n");
	enter_root();
	stage.plan.process.env = env;
	stage.plan.process.has_home = true;
	stage_good(&stage, payload_prepare_env(&stage.init, &stage.err));
	assert_ptr_equal(stage.init.env, env);
	stage.plan.process.has_home = false;
	stage.plan.process.present = false;
	stage.init.env = NULL;
	stage_good(&stage, payload_prepare_env(&stage.init, &stage.err));
	assert_ptr_equal(stage.init.env, env);
}

static const char *args[4];

static int find(const char *name)
{
	args[0] = name;
	stage.plan.process.args = args;
	stage.init.exec_path = NULL;
	return payload_find(&stage.init, &stage.err);
}

/* bin1: "tool" may not be executed, "dir" is a directory; bin2: both, and "only", may. */
static void open_with_tools(const void *data)
{
	stage_open(&stage, data);
	stage_write(&stage, "bin1/tool", "");
	stage_mkdir(&stage, "bin1/dir");
	stage_write(&stage, "bin2/tool", "");
	stage_write(&stage, "bin2/only", "");
	stage_write(&stage, "bin1/locked", "");
	stage_write(&stage, "bin2/dir", "");
	stage_write(&stage, "here", "");
	assert_int_equal(fchmodat(stage.root, "bin2/tool", 0755, 0), 0);
	assert_int_equal(fchmodat(stage.root, "bin2/only", 0711, 0), 0);
	assert_int_equal(fchmodat(stage.root, "bin2/dir", 0755, 0), 0);
	assert_int_equal(fchmodat(stage.root, "here", 0755, 0), 0);
	assert_int_equal(symlinkat("gone", stage.root, "bin1/dangling"), 0);
	enter_root();
}

static void search(void *data)
{
	open_with_tools(data);
	stage.plan.process.path = "/bin1:/missing:/bin2";
	stage_good(&stage, find("only"));
	assert_string_equal(stage.init.exec_path, "/bin2/only");
	/* The first that may be executed, not the first of that name. */
	stage_good(&stage, find("tool"));
	assert_string_equal(stage.init.exec_path, "/bin2/tool");
	stage_good(&stage, find("dir"));
	assert_string_equal(stage.init.exec_path, "/bin2/dir");
	stage_good(&stage, find("/bin2/only"));
	assert_string_equal(stage.init.exec_path, "/bin2/only");
	stage_good(&stage, find("./bin2/only"));
	/* An empty entry is the working directory. */
	stage.plan.process.path = "/bin1::/bin2";
	stage_good(&stage, find("here"));
	assert_string_equal(stage.init.exec_path, "here");
	stage.plan.process.path = "";
	stage_good(&stage, find("here"));
	/* Without a PATH the usual places. */
	stage.plan.process.path = NULL;
	stage_write(&stage, "usr/bin/usual", "");
	assert_int_equal(fchmodat(stage.root, "usr/bin/usual", 0755, 0), 0);
	stage_good(&stage, find("usual"));
	assert_string_equal(stage.init.exec_path, "/usr/bin/usual");
	/* No process, nothing to find. */
	stage.plan.process.present = false;
	stage_good(&stage, find("no-such"));
	assert_null(stage.init.exec_path);
}

#define refused(name, expected, error)                                      \
	do {                                                                \
		stage.err = ERR_INIT;                                       \
		assert_int_equal(find(name), -1);                           \
		assert_string_equal(stage.err.text, expected);              \
		assert_int_equal(stage.err.code, error);                    \
		assert_int_equal(stage.err.at, 20);                         \
	} while (0)

/* Managers turn these into exit codes 127 and 126. */
static void search_in_vain(void *data)
{
	char longest[5000];

	open_with_tools(data);
	stage.plan.process.path = "/bin1:/missing";
	refused("no-such", "exec: \"no-such\": executable file not found in $PATH: no such file or directory", ENOENT);
	refused("", "exec: \"\": executable file not found in $PATH: no such file or directory", ENOENT);
	refused("dangling", "exec: \"dangling\": executable file not found in $PATH: no such file or directory", ENOENT);
	refused("tool", "exec: \"tool\": permission denied", EACCES);
	refused("/no/such", "exec: \"/no/such\": no such file or directory", ENOENT);
	refused("./gone", "exec: \"./gone\": no such file or directory", ENOENT);
	refused("/here/below", "exec: \"/here/below\": no such file or directory", ENOTDIR);
	refused("/bin1/locked", "exec: \"/bin1/locked\": permission denied", EACCES);
	refused("/bin1", "exec: \"/bin1\": is a directory: permission denied", EISDIR);
	memset(longest, 'n', sizeof(longest));
	longest[0] = '/';
	longest[300] = '\0';
	assert_int_equal(find(longest), -1);
	assert_int_equal(stage.err.code, ENAMETOOLONG);
	assert_holds(stage.err.text, "nnn\": File name too long");
	/* Too long to be joined with any directory. */
	longest[0] = 'n';
	longest[300] = 'n';
	longest[4999] = '\0';
	assert_int_equal(find(longest), -1);
	assert_holds(stage.err.text, "nnn\": executable file not found in $PATH: no such file or directory");
	/* The words fit behind a path that is not short. */
	for (size_t i = 0; i < 3000; i++)
		longest[i] = i % 200 == 0 ? '/' : 'n';
	longest[3000] = '\0';
	assert_int_equal(find(longest), -1);
	assert_int_equal(stage.err.code, ENOENT);
	assert_holds(stage.err.text, "nnn\": no such file or directory");
}

/* As the payload's user, not as root. */
static void search_as_user(void *data)
{
	open_with_tools(data);
	assert_int_equal(fchmodat(stage.root, "bin2/only", 0700, 0), 0);
	assert_int_equal(setresuid(1234, 1234, 1234), 0);
	refused("/bin2/only", "exec: \"/bin2/only\": permission denied", EACCES);
	stage_good(&stage, find("/bin2/tool"));
}

static void execute(void *data)
{
	static const char *const script[] = { "name", "-c", "test \"$0,$1,$X,$Y\" = 'zero,one,x,' && kill -PIPE $$; exit 9",
					      "zero", "one", NULL };
	static const char *const env[] = { "X=x", NULL };

	(void)setenv("Y", "leaked", 1);
	stage_open(&stage, data);
	(void)signal(SIGPIPE, SIG_IGN);
	stage.plan.process.args = script;
	stage.init.env = env;
	stage.init.exec_path = "/bin/sh";
	(void)payload_execute(&stage.init, &stage.err);
	fail_msg("%s", stage.err.text);
}

/* The program gets its arguments and environment exactly, and SIGPIPE ends it as it ends any program. */
/* A descriptor that somebody forgot does not get through; what is preserved does, with holes in it. */
static void seal_fds(void *data)
{
	stage_open(&stage, data);
	stage.plan.preserve_fds = 3;
	assert_int_equal(dup2(STDERR_FILENO, 3), 3);
	(void)close(4);
	assert_int_equal(dup2(STDERR_FILENO, 5), 5);
	assert_int_equal(dup2(STDERR_FILENO, 60), 60);
	assert_int_equal(payload_seal_fds(&stage.init, &stage.err), 0);
	assert_false(support_is_cloexec(2) || support_is_cloexec(3) || support_is_cloexec(5));
	assert_int_equal(fcntl(4, F_GETFD), -1);
	assert_true(support_is_cloexec(60));
}

STAGE_TEST(test_seal_fds, 0, seal_fds)

static void test_execute(void **state)
{
	int status = support_child(CLONE_NEWNS, execute, *state);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGPIPE);
}

static void write_program(const char *path, const char *text)
{
	stage_write(&stage, path, text);
	assert_int_equal(fchmodat(stage.root, path, 0755, 0), 0);
}

static void execute_in_vain(void *data)
{
	static const char *const env[] = { NULL };
	static const struct { const char *path, *expected; int error; } rows[] = {
		{ "/script", "exec: \"name\": its interpreter \"/no/interpreter\": no such file or directory", ENOENT },
		{ "/spaced", "exec: \"name\": its interpreter \"/no/space\": no such file or directory", ENOENT },
		{ "/gone", "exec: \"name\": executable file not found in $PATH: no such file or directory", ENOENT },
		{ "/script/x", "exec: \"name\": executable file not found in $PATH: no such file or directory", ENOTDIR },
		{ "/", "exec: \"name\": permission denied", EACCES },
	};
	int fd;

	stage_open(&stage, data);
	write_program("script", "#!/no/interpreter -x\n");
	write_program("spaced", "#! \t/no/space\t-x");
	enter_root();
	args[0] = "name";
	args[1] = NULL;
	stage.plan.process.args = args;
	stage.init.env = env;
	for (size_t i = 0; i < COUNT(rows); i++) {
		stage.err = ERR_INIT;
		stage.init.exec_path = rows[i].path;
		assert_int_equal(payload_execute(&stage.init, &stage.err), -1);
		assert_string_equal(stage.err.text, rows[i].expected);
		assert_int_equal(stage.err.code, rows[i].error);
		assert_int_equal(stage.err.at, 20);
	}
	/* No format that the kernel knows. */
	write_program("text", "just text");
	args[0] = "/text";
	stage.init.exec_path = "/text";
	assert_int_equal(payload_execute(&stage.init, &stage.err), -1);
	assert_string_equal(stage.err.text, "exec: \"/text\": Exec format error");
	/* One that a handler knows. */
	write_program("text", "");
	fd = open("/text", O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "\0asm\1", 5), 5);
	/* Whoever writes to it keeps it from being executed. */
	(void)close(fd);
	stage.err = ERR_INIT;
	assert_int_equal(payload_execute(&stage.init, &stage.err), -1);
	assert_holds(stage.err.text, "Exec format error: it is WebAssembly");
	assert_int_equal(stage.err.code, ENOEXEC);
}

/* What a handler is to run is looked for in its place: a file that can be read. */
static void find_module(void *data)
{
	stage_open(&stage, data);
	write_program("runner", "x");
	stage_write(&stage, "m.wasm", "x");
	enter_root();
	args[0] = "/runner";
	args[1] = NULL;
	stage.plan.process.args = args;
	stage.plan.process.module = "/m.wasm";
	stage_good(&stage, payload_find(&stage.init, &stage.err));
	assert_string_equal(stage.init.exec_path, "/runner");
	stage.plan.process.module = "/none.wasm";
	stage_bad(&stage, payload_find(&stage.init, &stage.err), "exec: \"/none.wasm\": no such file or directory");
	assert_int_equal(stage.err.code, ENOENT);
	stage.plan.process.module = "/";
	stage_bad(&stage, payload_find(&stage.init, &stage.err), "exec: \"/\": is a directory: permission denied");
}

/* A dynamic program in a container without its loader: a copy of the host's shell in an empty root. */
static void execute_without_loader(void *data)
{
	static const char *const env[] = { NULL };
	int in = open("/bin/sh", O_RDONLY | O_CLOEXEC), out;

	stage_open(&stage, data);
	out = openat(stage.root, "sh", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
	assert_true(sendfile(out, in, NULL, 64 << 20) > 1000);
	(void)close(out);
	(void)close(in);
	enter_root();
	args[0] = "/sh";
	args[1] = NULL;
	stage.plan.process.args = args;
	stage.init.env = env;
	stage.init.exec_path = "/sh";
	assert_int_equal(payload_execute(&stage.init, &stage.err), -1);
	assert_string_equal(stage.err.text, "exec: \"/sh\": its program loader: no such file or directory");
	assert_int_equal(stage.err.code, ENOENT);
}

/* The pid is that of the process that is there now, which the environment was not made by. */
static void own_sockets(void *data)
{
	static const char *const env[] = { "LISTEN_FDS=1", NULL };
	char expected[32], status[1] = { 1 };
	int talk[2];
	pid_t pid;

	stage_open(&stage, data);
	stage.plan.process.env = env;
	stage.plan.process.has_home = true;
	stage_good(&stage, payload_own_sockets(&stage.init, &stage.err));
	stage.plan.process.n_listen = 1;
	stage_good(&stage, payload_prepare_env(&stage.init, &stage.err));
	(void)snprintf(expected, sizeof(expected), "LISTEN_PID=%d", (int)getpid());
	assert_string_equal(stage.init.env[1], expected);
	assert_int_equal(pipe(talk), 0);
	pid = fork();
	if (pid == 0) {
		(void)snprintf(expected, sizeof(expected), "LISTEN_PID=%d", (int)getpid());
		status[0] = (char)(payload_own_sockets(&stage.init, &stage.err) < 0 || strcmp(stage.init.env[1], expected) != 0 ||
				   stage.init.env[2] != NULL);
		_exit(write(talk[1], status, 1) != 1);
	}
	assert_int_equal(read(talk[0], status, 1), 1);
	assert_int_equal(status[0], 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

STAGE_TEST(test_own_sockets, 0, own_sockets)
STAGE_TEST(test_long_lines, 0, read_long_lines)
STAGE_TEST(test_forged_tail, 0, read_forged_tail)
STAGE_TEST(test_judged_passwd, 0, read_what_was_judged)
STAGE_TEST(test_odd_passwd, 0, read_odd_files)
STAGE_TEST(test_given_home, 0, keep_home)
STAGE_TEST(test_find, 0, search)
STAGE_TEST(test_find_in_vain, 0, search_in_vain)
STAGE_TEST(test_find_as_user, 0, search_as_user)
STAGE_TEST(test_execute_in_vain, 0, execute_in_vain)
STAGE_TEST(test_find_module, 0, find_module)
STAGE_TEST(test_no_loader, 0, execute_without_loader)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_sockets),
		cmocka_unit_test(test_home_by_passwd),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_forged_tail),
		cmocka_unit_test(test_judged_passwd),
		cmocka_unit_test(test_odd_passwd),
		cmocka_unit_test(test_given_home),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_in_vain),
		cmocka_unit_test(test_find_as_user),
		cmocka_unit_test(test_seal_fds),
		cmocka_unit_test(test_execute),
		cmocka_unit_test(test_execute_in_vain),
		cmocka_unit_test(test_find_module),
		cmocka_unit_test(test_no_loader),
	};

	support_need_root();
	return cmocka_run_group_tests(tests, stage_make_dir, stage_remove_dir);
}
