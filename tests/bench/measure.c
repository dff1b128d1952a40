/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs one command and tells what it cost: "NANOSECONDS USER_US SYSTEM_US PEAK_KIB STATUS FAULTS".
 * Small and static, so that its own size is not what getrusage(2) gives as the peak of a smaller command.
 *
 * measure PROGRAM [ARGS]: the command's standard input and output are /dev/null.  The peak is that of the
 * largest process among the command and the children that it waited for.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CANNOT 127

static long long now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long us(struct timeval t)
{
	return t.tv_sec * 1000000LL + t.tv_usec;
}

int main(int argc, char **argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct rusage used;
	long long begin;
	int status;
	pid_t pid;

	if (argc < 2 || null < 0)
		return CANNOT;
	begin = now();
	pid = vfork();
	if (pid == 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)execv(argv[1], argv + 1);
		_exit(CANNOT);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0)
		return CANNOT;
	begin = now() - begin;
	(void)printf("%lld %lld %lld %ld %d %ld\n", begin, us(used.ru_utime), us(used.ru_stime), used.ru_maxrss,
		     WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), used.ru_minflt);
	return 0;
}
