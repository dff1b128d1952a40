/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRIU's messages: each option is the field that rpc.proto says, and of its kind. */
#include "host/criu_message.h"

#include "tests/unit/support.h"

#include <string.h>

/* The bytes of @opts within a request, without those that are always there: the last two are the mode's. */
static size_t write_opts(const struct criu_opts *opts, unsigned char *buf, size_t size)
{
	const struct criu_req request = { .type = CRIU_DUMP, .opts = opts };
	unsigned char data[256];
	ssize_t n = protobuf_write(&criu_req_shape, &request, data, sizeof(data));

	assert_true(n > 4 && n < 128);
	/* type = 1, opts of so many bytes */
	assert_memory_equal(data, "\x08\x01\x12", 3);
	assert_int_equal(data[3], n - 4);
	assert_true((size_t)n <= size);
	memcpy(buf, data + 4, (size_t)n - 4);
	return (size_t)n - 4;
}

/* @opts has one option besides the descriptor of the images: its field is @number and holds @bytes. */
static void assert_field(const struct criu_opts *opts, unsigned int number, const char *bytes, size_t len)
{
	unsigned char buf[128], expected[128];
	size_t n = write_opts(opts, buf, sizeof(buf)), at = 0;
	bool is_number = len == 0;

	/* images_dir_fd = 3 */
	memcpy(expected, "\x08\x03", 2);
	at = 2;
	if (number > 34) {
		memcpy(expected + at, "\x90\x02\x00", 3);
		at += 3;
	}
	expected[at++] = (unsigned char)((number << 3 | (is_number ? 0 : 2)) & 0x7f) | (number >= 16 ? 0x80 : 0);
	if (number >= 16)
		expected[at++] = (unsigned char)(number >> 4);
	if (is_number) {
		expected[at++] = 1;
	} else {
		memcpy(expected + at, bytes, len);
		at += len;
	}
	if (number < 34) {
		memcpy(expected + at, "\x90\x02\x00", 3);
		at += 3;
	}
	assert_int_equal(n, at);
	assert_memory_equal(buf, expected, n);
}

#define ASSERT_NUMBER(member, number) \
	assert_field(&(struct criu_opts){ .images_dir_fd = 3, .member = 1 }, (number), "", 0)
#define ASSERT_BYTES(member, value, number, bytes) \
	assert_field(&(struct criu_opts){ .images_dir_fd = 3, .member = value }, (number), (bytes), sizeof(bytes) - 1)

static void test_numbers(void **state)
{
	(void)state;
	ASSERT_NUMBER(pid, 2);
	ASSERT_NUMBER(leave_running, 3);
	ASSERT_NUMBER(ext_unix_sk, 4);
	ASSERT_NUMBER(tcp_established, 5);
	ASSERT_NUMBER(evasive_devices, 6);
	ASSERT_NUMBER(shell_job, 7);
	ASSERT_NUMBER(file_locks, 8);
	ASSERT_NUMBER(log_level, 9);
	ASSERT_NUMBER(notify_scripts, 12);
	ASSERT_NUMBER(track_mem, 15);
	ASSERT_NUMBER(auto_dedup, 16);
	ASSERT_NUMBER(work_dir_fd, 17);
	ASSERT_NUMBER(link_remap, 18);
	ASSERT_NUMBER(manage_cgroups, 24);
	ASSERT_NUMBER(rst_sibling, 26);
	ASSERT_NUMBER(empty_ns, 38);
	ASSERT_NUMBER(tcp_skip_in_flight, 46);
	ASSERT_NUMBER(lazy_pages, 48);
	ASSERT_NUMBER(orphan_pts_master, 50);
	ASSERT_NUMBER(tcp_close, 52);
	ASSERT_NUMBER(network_lock, 64);
}

static void test_text(void **state)
{
	(void)state;
	ASSERT_BYTES(log_file, "l", 10, "\x01l");
	ASSERT_BYTES(root, "/r", 13, "\x02/r");
	ASSERT_BYTES(parent_img, "p", 14, "\x01p");
	ASSERT_BYTES(freeze_cgroup, "f", 44, "\x01" "f");
	ASSERT_BYTES(config_file, "c", 51, "\x01" "c");
	ASSERT_BYTES(lsm_profile, "a", 53, "\x01" "a");
	ASSERT_BYTES(lsm_mount_context, "m", 63, "\x01m");
}

static void test_parts(void **state)
{
	static const struct criu_page_server ps = { .address = "h", .port = 27 };
	static const struct criu_mount mount = { .key = "k", .val = "v" };
	static const struct criu_cgroup_root root = { .ctrl = "", .path = "/p" };
	static const struct criu_inherit inherit = { .key = "k", .fd = 0 };
	static const struct criu_join join = { .ns = "ipc", .ns_file = "/i" };
	static const char *const external[] = { "e" };

	(void)state;
	ASSERT_BYTES(ps, &ps, 11, "\x05\x0a\x01h\x10\x1b");
	ASSERT_BYTES(ext_mnt, ((struct protobuf_list){ &mount, 1 }), 23, "\x06\x0a\x01k\x12\x01v");
	ASSERT_BYTES(cg_root, ((struct protobuf_list){ &root, 1 }), 25, "\x06\x0a\x00\x12\x02/p");
	ASSERT_BYTES(inherit_fd, ((struct protobuf_list){ &inherit, 1 }), 27, "\x05\x0a\x01k\x10\x00");
	ASSERT_BYTES(external, ((struct protobuf_list){ external, 1 }), 37, "\x01" "e");
	ASSERT_BYTES(join_ns, ((struct protobuf_list){ &join, 1 }), 39, "\x09\x0a\x03ipc\x12\x02/i");
}

static void test_modes(void **state)
{
	unsigned char buf[128];

	(void)state;
	assert_int_equal(write_opts(&(struct criu_opts){ .manage_cgroups_mode = CRIU_CGROUPS_STRICT }, buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "\x08\x00\x90\x02\x05", 5);
}

static void test_requests(void **state)
{
	const struct criu_features features = { .mem_track = 1, .lazy_pages = 1 };
	const struct criu_req check = { .type = CRIU_FEATURE_CHECK, .features = &features };
	const struct criu_req reply = { .type = CRIU_NOTIFY, .notify_success = 1 };
	unsigned char buf[32];

	(void)state;
	assert_int_equal(protobuf_write(&criu_req_shape, &check, buf, sizeof(buf)), 8);
	assert_memory_equal(buf, "\x08\x09\x2a\x04\x08\x01\x10\x01", 8);
	assert_int_equal(protobuf_write(&criu_req_shape, &reply, buf, sizeof(buf)), 4);
	assert_memory_equal(buf, "\x08\x06\x18\x01", 4);
}

static void test_answers(void **state)
{
	static const char notify[] = "\x08\x06\x10\x01\x2a\x0e\x0a\x09" "post-dump\x10\x96\x01";
	static const char restored[] = "\x08\x02\x10\x01\x22\x02\x08\x07";
	static const char failed[] = "\x08\x01\x10\x00\x38\x10\x4a\x01x";
	static const char version[] = "\x08\x0a\x10\x01\x52\x06\x08\x03\x10\x11\x20\x01";
	static const char features[] = "\x08\x09\x10\x01\x42\x02\x10\x01";
	struct criu_resp resp = { .type = 0 };

	(void)state;
	assert_true(protobuf_read(&criu_resp_shape, notify, sizeof(notify) - 1, &resp));
	assert_int_equal(resp.type, CRIU_NOTIFY);
	assert_string_equal(resp.notify.script, "post-dump");
	assert_int_equal(resp.notify.pid, 150);
	assert_true(protobuf_read(&criu_resp_shape, restored, sizeof(restored) - 1, &resp));
	assert_int_equal(resp.restore.pid, 7);
	assert_true(protobuf_read(&criu_resp_shape, failed, sizeof(failed) - 1, &resp));
	assert_int_equal(resp.success, 0);
	assert_int_equal(resp.cr_errno, 16);
	assert_true(protobuf_read(&criu_resp_shape, version, sizeof(version) - 1, &resp));
	assert_int_equal(resp.version.major_number * 10000 + resp.version.minor_number * 100 + resp.version.sublevel, 31701);
	assert_true(protobuf_read(&criu_resp_shape, features, sizeof(features) - 1, &resp));
	assert_int_equal(resp.features.mem_track, 0);
	assert_int_equal(resp.features.lazy_pages, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
