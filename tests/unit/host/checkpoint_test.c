/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saving containers with a CRIU that does as it is told. */
#include "host/checkpoint.h"

#include "criu_role.h"
#include "stage.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

/* A stage whose directory has CRIU and is where images go. */
struct scene {
	struct stage stage;
	char bin[160], images[160];
	struct checkpoint_request request;
};

static void open_scene(struct scene *scene)
{
	support_need_root();
	stage_open(&scene->stage);
	(void)snprintf(scene->bin, sizeof(scene->bin), "%s/bin", scene->stage.dir.path);
	(void)snprintf(scene->images, sizeof(scene->images), "%s/images", scene->stage.dir.path);
	assert_int_equal(mkdir(scene->bin, 0755), 0);
	stage_payload(&scene->stage, "sleep 1000", "");
	criu_role_install(scene->bin);
	scene->request = (struct checkpoint_request){
		.root = scene->stage.root, .id = "c", .status_fd = -1,
		.wishes = { .image_path = scene->images, .cgroups = CRIU_CGROUPS_SOFT },
	};
}

static void refused(const struct scene *scene, const char *text)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_int_equal(checkpoint_container(&scene->request, &err), -1);
	assert_holds(err.text, "checkpoint container `c`: ");
	assert_holds(err.text, text);
	assert_int_equal(support_count_fds(), fds);
}

static void works(const struct scene *scene)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;

	assert_good(checkpoint_container(&scene->request, &err), err);
	assert_int_equal(support_count_fds(), fds);
}

static void test_ends_and_deletes(void **state)
{
	struct stage_container c;
	unsigned char asked[256];
	struct scene scene;

	(void)state;
	open_scene(&scene);
	stage_make(&scene.stage, &c, "c", STAGE_RUNS, NULL);
	works(&scene);
	stage_ended(&c, SIGKILL);
	assert_false(stage_has(&scene.stage, "c"));
	assert_true(criu_role_asked(asked, sizeof(asked)) > 10);
	assert_memory_equal(asked, "\x08\x01\x12", 3);
	assert_string_not_equal(stage_read(&scene.stage, "images/descriptors.json"), "");
	assert_string_not_equal(stage_read(&scene.stage, "images/dump.log"), "");
	stage_close(&scene.stage);
}

static void test_goes_on(void **state)
{
	struct stage_container c;
	unsigned char asked[256];
	struct scene scene;

	(void)state;
	open_scene(&scene);
	stage_make(&scene.stage, &c, "c", STAGE_RUNS, NULL);
	scene.request.leave_running = true;
	works(&scene);
	scene.request.leave_running = false;
	scene.request.pre_dump = true;
	works(&scene);
	assert_true(criu_role_asked(asked, sizeof(asked)) > 10);
	assert_memory_equal(asked, "\x08\x04\x12", 3);
	scene.request.pre_dump = false;
	criu_role_order("fail error");
	refused(&scene, "Error (criu/x.c:7): it does not fit");
	assert_true(stage_is_alive(&c));
	stage_unmake(&scene.stage, &c);
	stage_close(&scene.stage);
}

static void test_status(void **state)
{
	static const enum stage_life lives[] = { STAGE_WAITS, STAGE_ENDED };
	static const char *const words[] = { "created", "stopped" };
	struct stage_container c;
	struct scene scene;

	(void)state;
	open_scene(&scene);
	refused(&scene, "does not exist");
	for (size_t i = 0; i < COUNT(lives); i++) {
		stage_make(&scene.stage, &c, "c", lives[i], NULL);
		refused(&scene, words[i]);
		refused(&scene, "container not running");
		stage_unmake(&scene.stage, &c);
	}
	stage_close(&scene.stage);
}

static void test_options(void **state)
{
	static const char *const servers[] = { "", "host", ":7", "host:", "host:0", "host:65536", "host:7x", "host:-7" };
	auto_fd int readable = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct stage_container c;
	struct scene scene;

	(void)state;
	open_scene(&scene);
	stage_make(&scene.stage, &c, "c", STAGE_RUNS, NULL);
	for (size_t i = 0; i < COUNT(servers); i++) {
		scene.request.page_server = servers[i];
		refused(&scene, "is not ADDRESS:PORT");
	}
	scene.request.page_server = NULL;
	scene.request.status_fd = readable;
	refused(&scene, "cannot be written to");
	scene.request.status_fd = 99;
	refused(&scene, "--status-fd 99");
	scene.request.status_fd = -1;
	scene.request.parent_path = "/absolute";
	refused(&scene, "must be relative");
	scene.request.parent_path = "nowhere";
	refused(&scene, "--parent-path nowhere");
	scene.request.parent_path = "dump.log/..";
	refused(&scene, "--parent-path");
	criu_role_order("lacks");
	refused(&scene, "cannot track memory");
	scene.request.parent_path = NULL;
	scene.request.wishes.lazy_pages = true;
	refused(&scene, "--lazy-pages");
	scene.request.wishes.lazy_pages = false;
	scene.request.wishes.image_path = "/no/such";
	refused(&scene, "--image-path");
	(void)setenv("PATH", "/nowhere", 1);
	refused(&scene, "CRIU is needed and is not installed");
	assert_true(stage_is_alive(&c));
	stage_unmake(&scene.stage, &c);
	stage_close(&scene.stage);
}

/* The bundle is read again, and what is wrong in it has its place. */
static void test_config(void **state)
{
	struct stage_container c;
	struct err err = ERR_INIT;
	struct scene scene;

	(void)state;
	open_scene(&scene);
	stage_make(&scene.stage, &c, "c", STAGE_RUNS, NULL);
	stage_config(&scene.stage, "{'ociVersion': '1.2.0',\n  'root': 5}");
	assert_int_equal(checkpoint_container(&scene.request, &err), -1);
	assert_int_equal(err.line, 2);
	stage_unmake(&scene.stage, &c);
	stage_close(&scene.stage);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends_and_deletes),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_config),
	};

	criu_role_play(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
