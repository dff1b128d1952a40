/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Restoring containers with a CRIU that does as it is told. */
#include "host/restore.h"

#include "criu_role.h"
#include "stage.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "host/destroy.h"
#include "host/describe.h"
#include "libocispec/arena.h"

/* A stage with CRIU, and images of a container that is gone. */
struct scene {
	struct stage stage;
	char bin[160], images[160], pid_file[160];
	struct restore_request request;
};

static void open_scene(struct scene *scene)
{
	support_need_root();
	stage_open(&scene->stage);
	(void)snprintf(scene->bin, sizeof(scene->bin), "%s/bin", scene->stage.dir.path);
	(void)snprintf(scene->images, sizeof(scene->images), "%s/images", scene->stage.dir.path);
	(void)snprintf(scene->pid_file, sizeof(scene->pid_file), "%s/pid", scene->stage.dir.path);
	assert_int_equal(mkdir(scene->bin, 0755), 0);
	assert_int_equal(mkdir(scene->images, 0755), 0);
	support_write(scene->stage.dir.fd, "images/descriptors.json", "[\"/dev/null\",\"pipe:[7]\",\"pipe:[8]\"]");
	stage_payload(&scene->stage, "sleep 1000", "");
	criu_role_install(scene->bin);
	scene->request = (struct restore_request){
		.create = stage_request(&scene->stage, "c"),
		.wishes = { .image_path = scene->images, .cgroups = CRIU_CGROUPS_SOFT },
	};
	scene->request.create.options.detach = true;
	scene->request.create.pid_file = scene->pid_file;
}

static void refused(const struct scene *scene, const char *text)
{
	size_t fds = support_count_fds();
	struct err err = ERR_INIT;
	int status;

	assert_int_equal(restore_container(&scene->request, &status, &err), -1);
	assert_holds(err.text, "restore container `c`: ");
	assert_holds(err.text, text);
	assert_int_equal(support_count_fds(), fds);
	assert_false(stage_has(&scene->stage, "c"));
	assert_int_equal(access(scene->pid_file, F_OK), -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_detached(void **state)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT, again = ERR_INIT;
	struct oci_state found;
	unsigned char asked[1024];
	struct scene scene;
	int status = 1, end;
	char pid[16];
	size_t n;

	(void)state;
	open_scene(&scene);
	assert_good(restore_container(&scene.request, &status, &err), err);
	assert_int_equal(status, 0);
	assert_good(describe_container(&arena, scene.stage.root, "c", &found, &err), err);
	assert_int_equal(found.status, OCI_STATUS_RUNNING);
	(void)snprintf(pid, sizeof(pid), "%d", (int)found.pid.v);
	assert_string_equal(stage_read(&scene.stage, "pid"), pid);
	n = criu_role_asked(asked, sizeof(asked));
	assert_true(n > 10);
	assert_memory_equal(asked, "\x08\x02\x12", 3);
	/* inherit_fd of the two pipes */
	assert_non_null(memmem(asked, n, "\xda\x01\x0c\x0a\x08pipe:[7]\x10\x01", 15));
	assert_non_null(memmem(asked, n, "\xda\x01\x0c\x0a\x08pipe:[8]\x10\x02", 15));
	assert_int_equal(restore_container(&scene.request, &status, &again), -1);
	assert_holds(again.text, "already exists");
	assert_good(destroy_container(scene.stage.root, "c", true, &err), err);
	assert_int_equal(waitpid((pid_t)found.pid.v, &end, 0), (pid_t)found.pid.v);
	assert_int_equal(WTERMSIG(end), SIGKILL);
	assert_int_equal(unlink(scene.pid_file), 0);
	stage_close(&scene.stage);
}

static void test_fails(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	criu_role_order("fail error");
	refused(&scene, "Error (criu/x.c:7): it does not fit");
	criu_role_order("die");
	refused(&scene, "without an answer");
	criu_role_order("version=31599");
	scene.request.lsm_profile = "apparmor:x";
	refused(&scene, "3.16, which --lsm-profile needs");
	scene.request.lsm_profile = NULL;
	scene.request.lsm_mount_context = "x";
	refused(&scene, "3.16, which --lsm-mount-context needs");
	scene.request.lsm_mount_context = NULL;
	criu_role_order("");
	assert_int_equal(unlinkat(scene.stage.dir.fd, "images/descriptors.json", 0), 0);
	refused(&scene, "not the image of a container");
	scene.request.wishes.image_path = "/no/such";
	refused(&scene, "--image-path");
	(void)setenv("PATH", "/nowhere", 1);
	refused(&scene, "CRIU is needed and is not installed");
	stage_close(&scene.stage);
}

/* A hook that fails once namespaces are there ends it all. */
static void test_hook_fails(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	stage_payload(&scene.stage, "sleep 1000",
		      ", 'hooks': {'createRuntime': [{'path': '/bin/sh', 'args': ['sh', '-c', 'exit 3']}]}");
	refused(&scene, "hooks.createRuntime[0] /bin/sh: exited with status 3");
	stage_close(&scene.stage);
}

static void test_namespaces(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	stage_config(&scene.stage,
		     "{'ociVersion': '1.2.0', 'root': {'path': 'rootfs'}, 'process': {'cwd': '/', 'args': ['x']},"
		     " 'linux': {'namespaces': [{'type': 'mount'}, {'type': 'cgroup', 'path': '/proc/self/ns/cgroup'}]}}");
	refused(&scene, "CRIU cannot restore a container into an existing namespace of this type");
	stage_close(&scene.stage);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detached),
		cmocka_unit_test(test_fails),
		cmocka_unit_test(test_hook_fails),
		cmocka_unit_test(test_namespaces),
	};

	criu_role_play(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
