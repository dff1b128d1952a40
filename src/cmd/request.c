/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From options to a request; see request.h.
 * Runs in: host.
 */
#include "cmd/request.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/prefault.h"
#include "cmd/command.h"
#include "cmd/listen.h"
#include "host/create.h"
#include "plan/annotations.h"
#include "state/dir.h"

#define RANDOM_CHARACTERS 8

/* Of a long base name so much is kept: the ID also names cgroups, and people type it. */
#define NAME_KEPT 48

/* fs.nr_open is at most 2^30, proc(5). */
#define DESCRIPTORS_MAX (1u << 30)

static const char id_extra[] = "_+.-";
static const char random_alphabet[] = "abcdefghijklmnopqrstuvwxyz234567"; /* 32: five bits each */

static bool is_id_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr(id_extra, c) != NULL);
}

int request_make_id(const char *path, char id[REQUEST_ID_SIZE], struct err *err)
{
	unsigned char random[RANDOM_CHARACTERS];
	char absolute[PATH_MAX];
	char word[NAME_KEPT + 1], end[RANDOM_CHARACTERS + 1];

	if (path_absolute(absolute, sizeof(absolute), path, err) < 0)
		return -1;
	(void)snprintf(word, sizeof(word), "%s", path_base(absolute));
	for (char *c = word; *c != '\0'; c++) {
		if (!is_id_character(*c) || (c == word && *c == '.'))
			*c = '-';
	}
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return err_errno(err, ERR_NOWHERE, "make up an ID");
	for (size_t i = 0; i < sizeof(random); i++)
		end[i] = random_alphabet[random[i] % (sizeof(random_alphabet) - 1)];
	end[RANDOM_CHARACTERS] = '\0';
	(void)snprintf(id, REQUEST_ID_SIZE, "%s%s%s", word, word[0] != '\0' ? "-" : "bundle-", end);
	return 0;
}

/* Sort out which of ID and bundle the only argument is. */
static int find_id_and_bundle(const struct command_call *call, bool may_make_id, char id[REQUEST_ID_SIZE],
			      struct create_request *request, struct err *err)
{
	const struct request_options *options = call->options;
	const char *argument = call->n_args > 0 ? call->args[0] : NULL;

	request->bundle = options->bundle != NULL ? options->bundle : ".";
	if (argument != NULL && (strchr(argument, '/') == NULL || !may_make_id)) {
		request->options.id = argument;
		return dir_check_id(argument, err);
	}
	if (argument != NULL && options->bundle != NULL)
		return err_say(err, ERR_NOWHERE, "two bundles are given, %s and --bundle %s", argument,
			       options->bundle);
	if (argument != NULL)
		request->bundle = argument;
	if (request_make_id(request->bundle, id, err) < 0)
		return -1;
	request->options.id = id;
	return 0;
}

/* The sockets handed to us come first (cli-contract 3.2). */
int request_find_descriptors(unsigned int preserve_fds, struct plan_options *ret, struct err *err)
{
	struct listen listen;

	if (listen_find(&listen, err) < 0)
		return -1;
	/* Far above RLIMIT_NOFILE of anybody, and no sum of ours overflows. */
	if (listen.n > DESCRIPTORS_MAX || preserve_fds > DESCRIPTORS_MAX)
		return err_say(err, ERR_NOWHERE, "more than %u descriptors cannot be handed on to the container",
			       DESCRIPTORS_MAX);
	ret->listen_fds = listen.n;
	ret->listen_names = listen.names;
	ret->preserve_fds = listen.n + preserve_fds;
	return 0;
}

int request_make(const struct command_call *call, bool may_make_id, char id[REQUEST_ID_SIZE],
		 struct create_request *ret, struct err *err)
{
	const struct request_options *options = call->options;
	struct create_request request = {
		.root = call->root,
		.config = options->config,
		.pid_file = options->pid_file,
		.console_socket = options->console_socket,
		.pidfd_socket = options->pidfd_socket,
		.keep = options->keep,
		.options = {
			.manager = call->manager,
			.detach = options->detach,
			.has_console_socket = options->console_socket != NULL,
			.no_pivot = options->no_pivot,
			.no_new_keyring = options->no_new_keyring,
			.seccomp_receiver = getenv(PLAN_RECEIVER_VARIABLE),
			.handler = call->handler,
		},
	};

	prefault_process();
	if (find_id_and_bundle(call, may_make_id, id, &request, err) < 0 ||
	    request_find_descriptors(options->preserve_fds, &request.options, err) < 0)
		return -1;
	if (fd_seal_inherited(request.options.preserve_fds, err) < 0)
		return -1;
	*ret = request;
	return 0;
}
