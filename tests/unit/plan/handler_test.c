/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handlers: when one is wanted, and what the plan is with it. */
#include "plan/handler.h"
#include "fixture.h"

#include <linux/mount.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ASKS(annotations) CONFIG("", "", "'annotations':{" annotations "},")
#define PAYLOAD(args, env)                                                                            \
	"{'ociVersion':'1.2.0','root':{'path':'rootfs'},'annotations':{'run.oci.handler':'wasm'},"     \
	"'mounts':[{'destination':'/t','type':'tmpfs'}],"                                              \
	"'process':{'cwd':'/','args':[" args "],'env':[" env "]},'linux':{'namespaces':[{'type':'mount'}]}}"

/* "wasm", "" for none, or the refusal. */
static void wanted(const char *json, const char *by_name, const char *expected)
{
	auto_fixture struct fixture f;
	const struct handler *handler = NULL;
	uint32_t at;

	fixture_open(&f, json);
	f.options.handler = by_name;
	if (handler_wanted(&f.input, &handler, &at, &f.err) < 0)
		assert_non_null(strstr(f.err.text, expected));
	else
		assert_string_equal(handler == NULL ? "" : handler->name, expected);
}

static void test_wanted(void **state)
{
	(void)state;
	wanted(CONFIG("", "", ""), NULL, "");
	wanted(CONFIG("", "", ""), "wasm", "wasm");
	wanted(CONFIG("", "", ""), "wasm-smart", "");
	wanted(ASKS("'run.oci.handler':'wasm'"), NULL, "wasm");
	wanted(ASKS("'run.oci.handler':'wasm-smart'"), NULL, "");
	wanted(ASKS("'run.oci.handler':''"), NULL, "");
	wanted(ASKS("'run.oci.handler':'krun'"), NULL, "\"krun\" is no handler of this version");
	wanted(ASKS("'run.oci.handler':'wasm-smart'"), "wasm", "");
	wanted(ASKS("'module.wasm.image/variant':'compat'"), NULL, "wasm");
	wanted(ASKS("'module.wasm.image/variant':'compat-smart'"), NULL, "");
	wanted(ASKS("'module.wasm.image/variant':'other'"), NULL, "");
	wanted(ASKS("'run.oci.handler':'wasm','io.kubernetes.cri.container-type':'sandbox'"), "wasm", "");
	wanted(ASKS("'run.oci.handler':'wasm','io.kubernetes.cri.container-type':'container'"), NULL, "wasm");
	wanted("{'ociVersion':'1.2.0','root':{'path':'r'},'annotations':{'run.oci.handler':'wasm'}}", NULL, "");
}

static void test_smart(void **state)
{
	static const struct {
		const char *json, *expected;
	} rows[] = {
		{ "'/a.wasm'", "wasm" }, { "'a.WAT'", "wasm" }, { "'/wasm'", "" }, { "'/a.wasm.sh'", "" },
	};
	char json[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(json, sizeof(json), "{'ociVersion':'1.2.0','root':{'path':'r'},'annotations':{'run.oci.handler':"
			       "'wasm-smart'},'process':{'cwd':'/','args':[%s]}}", rows[i].json);
		wanted(json, NULL, rows[i].expected);
	}
}

static void test_of_program(void **state)
{
	(void)state;
	assert_string_equal(handler_of_program("/usr/bin/tare-wasm"), "wasm");
	assert_string_equal(handler_of_program("crun-wasm-smart"), "wasm-smart");
	assert_null(handler_of_program("/tare-wasm/tare"));
	assert_null(handler_of_program("tare"));
	assert_null(handler_of_program("tare-1.0"));
	assert_null(handler_of_program("other-wasm"));
	assert_null(handler_of_program(""));
}

static const struct handler *wasm(struct fixture *f)
{
	const struct handler *handler = NULL;
	uint32_t at;

	assert_int_equal(handler_wanted(&f->input, &handler, &at, &f->err), 0);
	assert_non_null(handler);
	return handler;
}

static void is_args(const struct plan *plan, const char *expected)
{
	char text[1024] = "";

	for (size_t i = 0; plan->process.args[i] != NULL; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i == 0 ? "" : "|", plan->process.args[i]);
	assert_string_equal(text, expected);
}

static void test_static(void **state)
{
	auto_fixture struct fixture f;
	struct handler_found found = { .path = "/opt/wasmedge" };
	const struct plan_mount *mount;
	const struct plan *plan;

	(void)state;
	fixture_open(&f, PAYLOAD("'/m.wasm','x'", "'A=1','PATH=/p'"));
	found.program = &wasm(&f)->programs[0];
	f.facts.handler = &found;
	plan = fixture_plan(&f);
	is_args(plan, "/dev/.tare-handler/wasmedge|--dir|/:/|--env|A=1|--env|PATH=/p|/m.wasm|x");
	assert_string_equal(plan->process.module, "/m.wasm");
	assert_int_equal(plan->mounts.n, 3);
	assert_string_equal(plan->mounts.item[0].target, "/t");
	mount = &plan->mounts.item[1];
	assert_string_equal(mount->target, "/dev/.tare-handler");
	assert_true(mount->kind == PLAN_MOUNT_FS && mount->late_readonly);
	mount = &plan->mounts.item[2];
	assert_string_equal(mount->source, "/opt/wasmedge");
	assert_int_equal(mount->attr.set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static void test_libraries(void **state)
{
	static const struct handler_library libraries[] = { { "libc.so.6", "/lib/libc-2.so" }, { "libm.so.6", "/lib/m" } };
	auto_fixture struct fixture f;
	struct handler_found found = { .path = "/i", .loader = "/lib/ld.so", .libraries = libraries, .n_libraries = 2 };
	const struct plan *plan;

	(void)state;
	fixture_open(&f, PAYLOAD("'m'", "'A=1'"));
	found.program = &wasm(&f)->programs[2];
	f.facts.handler = &found;
	plan = fixture_plan(&f);
	is_args(plan, "/dev/.tare-handler/loader|--library-path|/dev/.tare-handler/lib|/dev/.tare-handler/iwasm|--dir=/|--env=A=1|m");
	assert_int_equal(plan->mounts.n, 6);
	assert_string_equal(plan->mounts.item[3].source, "/lib/ld.so");
	assert_string_equal(plan->mounts.item[4].source, "/lib/libc-2.so");
	assert_string_equal(plan->mounts.item[4].target, "/dev/.tare-handler/lib/libc.so.6");
}

static void test_not_asked(void **state)
{
	auto_fixture struct fixture f;
	const struct plan *plan;

	(void)state;
	fixture_open(&f, CONFIG("", "", ""));
	plan = fixture_plan(&f);
	assert_null(plan->process.module);
	assert_int_equal(plan->mounts.n, 0);
	is_args(plan, "sh");
}

static void test_host_has_none(void **state)
{
	auto_fixture struct fixture f;

	(void)state;
	fixture_open(&f, ASKS("'run.oci.handler':'wasm'"));
	assert_non_null(strstr(fixture_refused(&f), "a program that runs WebAssembly is needed"));
}

static void test_without_a_mount_namespace(void **state)
{
	auto_fixture struct fixture f;
	struct handler_found found = { .path = "/i" };

	(void)state;
	fixture_open(&f, "{'ociVersion':'1.2.0','root':{'path':'/'},'annotations':{'run.oci.handler':'wasm'},"
			 "'process':{'cwd':'/','args':['m']}}");
	found.program = &wasm(&f)->programs[0];
	f.facts.handler = &found;
	assert_non_null(strstr(fixture_refused(&f), "cannot be shown to a container without a new mount namespace"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_smart),
		cmocka_unit_test(test_of_program),
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_libraries),
		cmocka_unit_test(test_not_asked),
		cmocka_unit_test(test_host_has_none),
		cmocka_unit_test(test_without_a_mount_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
