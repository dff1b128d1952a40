# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration that Podman writes for `podman run` (with limits) runs as it is."""

import pytest

import harness
from harness import cgroup_file, has_controller, manager_config, mount_at, status_caps


def config(*verbs):
    return manager_config("podman", *verbs)


def test_run_gives_the_exit_code(rt, bundle):
    assert rt.run(bundle(config("exit 7"))).code == 7


def test_create_start_gives_the_exit_code(rt, bundle):
    assert rt.create(bundle(config("exit 7"))).finish().code == 7


def test_kill_and_delete_force(rt, bundle):
    container = rt.create(bundle(config("pause"))).start()
    rt.ok("kill", container.id, "15")
    container.delete("--force")
    rt.ok("delete", "--force", container.id)
    rt.oracle.check()


def test_what_the_payload_sees(rt, bundle):
    made = bundle(config("info"))
    info = rt.run_ok(made).info
    wanted = made.config
    assert info["hostname"] == "podmanlike"
    assert info["umask"] == 0o22
    assert "container=podman" in info["env"]
    assert "HOME=/root" in info["env"], "an empty HOME counts as unset"
    mask = harness.cap_mask(wanted["process"]["capabilities"]["bounding"])
    assert status_caps(info)["CapBnd"] == mask
    for entry in wanted["process"]["rlimits"]:
        assert info["rlimits"][entry["type"]] == [entry["soft"], entry["hard"]]
    assert info["status"]["Seccomp"] == "2"
    assert {"nosuid", "nodev", "noexec"} <= set(mount_at(info, "/dev/shm")["options"])


def test_annotations_come_back(rt, bundle):
    made = bundle(config("pause"))
    container = rt.create(made)
    assert container.state()["annotations"] == made.config["annotations"]
    container.delete()


def test_limits_are_set(rt, bundle):
    if not has_controller("memory"):
        pytest.skip("no memory controller in this view of the cgroup tree")
    made = bundle(config("pause"))
    container = rt.create(made)
    name = made.config["linux"]["cgroupsPath"]
    file = "memory.max" if harness.CGROUP_MODE == "v2" else "memory.limit_in_bytes"
    assert cgroup_file(name, "memory", file) == "67108864"
    assert cgroup_file(name, "pids", "pids.max") == "100"
    container.delete()


def test_its_seccomp_profile(rt, bundle):
    result = rt.run_ok(bundle(config("syscall unshare 0x10000000", "syscall bpf 0 0 0", "syscall socket 16 3 9",
                                     "syscall socket 1 1 0", "syscall swapon s:/x 0")))
    assert [r["error"] for r in result.records[1:4]] == ["EPERM", "EINVAL", None]
    assert result.records[4]["error"] in ("EPERM", "ENOSYS")
