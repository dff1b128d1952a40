# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration that Docker writes for `docker run` runs as it is."""

import os

import pytest

import harness
from harness import manager_config, mount_at, status_caps


def config(*verbs):
    return manager_config("docker", *verbs)


def test_run_gives_the_exit_code(rt, bundle):
    assert rt.run(bundle(config("exit 7"))).code == 7


def test_create_start_gives_the_exit_code(rt, bundle):
    assert rt.create(bundle(config("exit 7"))).finish().code == 7


def test_kill_and_delete(rt, bundle):
    container = rt.create(bundle(config("pause")))
    assert container.status == "created"
    container.start()
    assert container.status == "running"
    container.kill("KILL")
    assert container.wait() == 137
    assert container.status == "stopped"
    container.delete()
    rt.oracle.check()


def test_a_shell_works(rt, bundle):
    if not harness.find_busybox():
        pytest.skip("no static busybox on this machine")
    result = rt.run_ok(bundle(config(), args=["sh", "-c", "echo out; echo err >&2; exit 0"]))
    assert (result.out, result.err) == ("out\n", "err\n")


def test_what_the_payload_sees(rt, bundle):
    made = bundle(config("info"))
    info = rt.run_ok(made).info
    wanted = made.config
    assert info["hostname"] == "dockerlike"
    assert (info["uid"], info["gid"], info["groups"]) == (0, 0, [0])
    assert info["pid"] == 1
    assert "HOSTNAME=dockerlike" in info["env"]
    mask = harness.cap_mask(wanted["process"]["capabilities"]["bounding"])
    caps = status_caps(info)
    assert caps == {"CapInh": 0, "CapAmb": 0, "CapPrm": mask, "CapEff": mask, "CapBnd": mask}
    assert info["status"]["Seccomp"] == "2"
    assert info["no_new_privs"] == 0
    assert mount_at(info, "/dev")["type"] == "tmpfs"
    assert "ro" in mount_at(info, "/sys")["options"]
    assert mount_at(info, "/dev/shm")["source"] == "shm"


def test_files_of_the_manager_are_there(rt, bundle):
    result = rt.run_ok(bundle(config("cat /etc/hostname", "cat /etc/hosts", "cat /etc/resolv.conf")))
    assert [r["value"] for r in result.records] == [
        f"{name} of the bundle\n" for name in ("hostname", "hosts", "resolv.conf")]


def test_network_sysctls(rt, bundle):
    result = rt.run_ok(bundle(config("cat /proc/sys/net/ipv4/ip_unprivileged_port_start",
                                     "cat /proc/sys/net/ipv4/ping_group_range")))
    assert result.value("cat", 0).split() == ["0"]
    assert result.value("cat", 1).split() == ["0", "2147483647"]


def test_its_seccomp_profile(rt, bundle):
    result = rt.run_ok(bundle(config("syscall unshare 0x10000000", "syscall clone3 0 0", "syscall getpid",
                                     "syscall personality 0x0008", "syscall personality 0x40000")))
    assert [r["error"] for r in result.records] == ["EPERM", "ENOSYS", None, None, "EPERM"]


def test_masked_and_readonly_paths(rt, bundle):
    masked = [p for p in config()["linux"]["maskedPaths"] if os.path.exists(p)]
    readonly = [p for p in config()["linux"]["readonlyPaths"] if os.path.exists(p)]
    files = [p for p in masked if not os.path.isdir(p)]
    dirs = [p for p in masked if os.path.isdir(p)]
    assert files and readonly
    result = rt.run_ok(bundle(config(*[f"cat {p}" for p in files], *[f"ls {p}" for p in dirs],
                                     *[f"chmod {p} 777" for p in dirs + readonly])))
    for record in result.records:
        if record["verb"] == "chmod":
            assert record["error"] == "EROFS", record
        else:
            assert record["value"] in ("", []), record
