/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main() of tare-bus, the program inside a static tare that talks to systemd (cgroup/systemd_remote.c starts it): the
 * descriptor of the connection, and those of the log's sink.
 * Runs in: a child of the runtime's process, on the host.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "cgroup/systemd_message.h"
#include "cgroup/systemd_serve.h"

int main(int argc, char **argv)
{
	struct log_sink sink;

	if (argc != 5)
		return EXIT_FAILURE;
	sink = (struct log_sink){
		.fd = (int)strtol(argv[2], NULL, 10),
		.format = (enum log_format)strtol(argv[3], NULL, 10),
		.level = (enum log_level)strtol(argv[4], NULL, 10),
	};
	log_set_sink(&sink);
	(void)prctl(PR_SET_NAME, SYSTEMD_PROGRAM, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	return systemd_serve((int)strtol(argv[1], NULL, 10)) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
