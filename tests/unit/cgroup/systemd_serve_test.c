/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and replies, with a stand-in for systemd; what each call does is systemd_bus_test.c's. */
#include "cgroup/systemd_serve.h"

#include <setjmp.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cgroup/systemd_message.h"
#include "standin.h"
#include "tests/unit/support.h"

static struct plan_value nine = { .type = 't', .number = 9 };
static const struct plan_property property = { .name = "New", .signature = "t", .value = &nine, .n = 1 };

/* A server in a child. */
struct server {
	pid_t pid;
	int fd;
};

static struct server start_server(const struct standin_behaviour *behaviour)
{
	struct server server;
	int pair[2];

	standin_start(behaviour);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	server = (struct server){ .pid = fork(), .fd = pair[0] };
	assert_true(server.pid >= 0);
	if (server.pid == 0) {
		(void)close(pair[0]);
		/* exit(3), for sanitizers to look for leaks. */
		exit(systemd_serve(pair[1]) == 0 ? 0 : 7);
	}
	(void)close(pair[1]);
	return server;
}

/* End the connection; the exit status. */
static int stop_server(struct server *server)
{
	int status = -1;

	(void)close(server->fd);
	assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
	standin_stop();
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static struct systemd_reply ask(const struct server *server, enum systemd_operation operation, int32_t number,
				const char *unit, size_t n)
{
	struct systemd_request request = { .operation = operation, .number = number };
	struct systemd_reply reply;
	auto_free char *data = NULL;
	size_t size;

	assert_int_equal(systemd_pack(unit, &property, n, &data, &size), 0);
	request.size = size;
	assert_int_equal(systemd_send(server->fd, &request, sizeof(request)), 0);
	assert_int_equal(systemd_send(server->fd, data, size), 0);
	if (systemd_receive(server->fd, &reply, sizeof(reply), 20000) < 0)
		reply = (struct systemd_reply){ .result = -4711 };
	return reply;
}

static void test_all(void **state)
{
	struct server server = start_server(&(struct standin_behaviour){ .state = "active", .root = "/a/b", .n_exist = 2 });
	struct systemd_reply reply;

	(void)state;
	assert_int_equal(ask(&server, SYSTEMD_OPEN, 0, NULL, 0).result, 0);
	reply = ask(&server, SYSTEMD_FIND_ROOT, 100, NULL, 0);
	assert_int_equal(reply.result, 0);
	assert_string_equal(reply.text, "/a/b");
	assert_int_equal(ask(&server, SYSTEMD_FIND_ROOT, 4, NULL, 0).result, -1);
	assert_int_equal(ask(&server, SYSTEMD_IS_ACTIVE, 0, "x.scope", 0).result, 1);
	reply = ask(&server, SYSTEMD_START_SCOPE, 4242, "x.scope", 1);
	assert_int_equal(reply.result, -1);
	assert_int_equal(reply.number, 1);
	assert_string_equal(reply.err.text, "the systemd unit x.scope exists already and is in use");
	assert_int_equal(reply.err.at, ERR_NOWHERE);
	reply = ask(&server, SYSTEMD_START_SCOPE, 4242, "x.scope", 1);
	assert_int_equal(reply.result, 0);
	assert_int_equal(reply.number, 0);
	assert_holds(standin_log(), "StartTransientUnit(x.scope,fail,[(New,9),(PIDs,[4242])],[])\n");
	assert_int_equal(ask(&server, SYSTEMD_STOP, 5000, "x.scope", 0).result, 0);
	assert_holds(standin_log(), "StopUnit(x.scope,replace)\n");
	assert_int_equal(stop_server(&server), 0);
}

/* What was kept is changed back by its number, long after the request that named the properties. */
static void test_kept(void **state)
{
	struct server server = start_server(&(struct standin_behaviour){ .state = "active" });
	struct systemd_reply reply;

	(void)state;
	assert_int_equal(ask(&server, SYSTEMD_OPEN, 0, NULL, 0).result, 0);
	reply = ask(&server, SYSTEMD_CHANGE, 0, "x.scope", 1);
	assert_int_equal(reply.result, 0);
	assert_int_equal(reply.number, 0);
	assert_int_equal(ask(&server, SYSTEMD_CHANGE_BACK, 1, "x.scope", 0).result, -1);
	reply = ask(&server, SYSTEMD_CHANGE, 1, "x.scope", 1);
	assert_int_equal(reply.result, 0);
	assert_int_equal(reply.number, 1);
	for (int i = 0; i < 20; i++)
		assert_int_equal(ask(&server, SYSTEMD_IS_ACTIVE, 0, "x.scope", 1).result, 1);
	assert_int_equal(ask(&server, SYSTEMD_CHANGE_BACK, 1, "x.scope", 0).result, 0);
	assert_holds(standin_log(), "SetUnitProperties(x.scope,true,[(New,4711)])\n");
	assert_int_equal(ask(&server, SYSTEMD_CHANGE_BACK, 0, "x.scope", 0).result, -1);
	/* As many as there is room for, and no more. */
	for (int i = 2; i <= 8; i++)
		assert_int_equal(ask(&server, SYSTEMD_CHANGE, 1, "x.scope", 1).number, i);
	reply = ask(&server, SYSTEMD_CHANGE, 1, "x.scope", 1);
	assert_int_equal(reply.result, -1);
	assert_string_equal(reply.err.text, "change the systemd unit x.scope: too many changes at once");
	assert_int_equal(stop_server(&server), 0);
}

/* It ends, and answers nothing: without a connection, without a unit, no such operation, no such text, half of it. */
static void test_wrong(void **state)
{
	struct systemd_request request = { .operation = SYSTEMD_OPEN, .size = 3 };
	struct server server;

	(void)state;
	server = start_server(&(struct standin_behaviour){ .n_exist = 0 });
	assert_int_equal(ask(&server, SYSTEMD_IS_ACTIVE, 0, "x.scope", 0).result, -4711);
	assert_int_equal(stop_server(&server), 7);
	server = start_server(&(struct standin_behaviour){ .n_exist = 0 });
	assert_int_equal(ask(&server, SYSTEMD_OPEN, 0, NULL, 0).result, 0);
	assert_int_equal(ask(&server, SYSTEMD_IS_ACTIVE, 0, NULL, 0).result, -4711);
	assert_int_equal(stop_server(&server), 7);
	server = start_server(&(struct standin_behaviour){ .n_exist = 0 });
	assert_int_equal(ask(&server, SYSTEMD_STOP + 1, 0, "x.scope", 0).result, -4711);
	assert_int_equal(stop_server(&server), 7);
	server = start_server(&(struct standin_behaviour){ .n_exist = 0 });
	assert_int_equal(systemd_send(server.fd, &request, sizeof(request)), 0);
	assert_int_equal(systemd_send(server.fd, "abc", 3), 0);
	assert_int_equal(stop_server(&server), 7);
	server = start_server(&(struct standin_behaviour){ .n_exist = 0 });
	assert_int_equal(systemd_send(server.fd, &request, sizeof(request)), 0);
	assert_int_equal(stop_server(&server), 7);
}

/* Opened again, and refused: the connection that there was is gone. */
static void test_open(void **state)
{
	struct server server = start_server(&(struct standin_behaviour){ .n_exist = 0 });

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(&server, SYSTEMD_OPEN, i == 1, NULL, 0).result, 0);
	assert_int_equal(ask(&server, SYSTEMD_IS_ACTIVE, 0, "x.scope", 0).result, 0);
	assert_int_equal(stop_server(&server), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
