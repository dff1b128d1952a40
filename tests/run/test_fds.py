# SPDX-License-Identifier: GPL-2.0-or-later
"""Descriptors: only what was asked for reaches the payload (G-12, RL-01, I21, V23)."""

import os
import socket
import stat
import subprocess

import pytest

import harness
from harness import base_config


@pytest.fixture
def leaks(work):
    """Descriptors of many kinds that a careless caller leaves open for its children."""
    reading, writing = os.pipe()
    left, right = socket.socketpair()
    fds = [os.open("/", os.O_RDONLY | os.O_DIRECTORY), os.open("/", os.O_PATH), os.open("/etc/passwd", os.O_RDONLY),
           os.open("/proc/self/ns/mnt", os.O_RDONLY), os.open("/dev/null", os.O_RDWR), reading, writing, left.detach(), right.detach()]
    high = [os.dup2(fds[0], number) for number in (100, 500)]
    for fd in fds + high:
        os.set_inheritable(fd, True)
    yield fds + high
    for fd in fds + high:
        os.close(fd)


@pytest.mark.parametrize("options", [[], ["--preserve-fds", "0"]])
def test_callers_descriptors_do_not_arrive(rt, bundle, leaks, options):
    result = rt.run(bundle(base_config()), *options, pass_fds=leaks)
    assert result.code == 0, result
    assert sorted(result.info["fds"]) == ["0", "1", "2"]


def test_not_after_create_either(rt, bundle, leaks):
    container = rt.create(bundle(base_config("info", "exit 0")), pass_fds=leaks)
    assert sorted(container.finish().info["fds"]) == ["0", "1", "2"]


def with_shell(rt, redirections, *args):
    """Run the runtime with descriptors opened at chosen numbers by a shell."""
    return rt.call_raw(["/bin/sh", "-c", f'exec {redirections}; exec "$@"', "--", *rt.command(*args)])


def test_preserved_keep_their_numbers(rt, bundle, work):
    for name in ("three", "four", "five"):
        (work / name).write_text(name)
    made = bundle(base_config("info", "read-fd 3", "read-fd 4"))
    result = with_shell(rt, f"3<{work}/three 4<{work}/four 5<{work}/five", "run", "--preserve-fds", "2", "--bundle", made.path, rt.new_id())
    assert result.code == 0, result
    assert sorted(result.info["fds"]) == ["0", "1", "2", "3", "4"]
    assert [r["value"] for r in result.records[1:]] == ["three", "four"]
    assert not result.info["fds"]["3"]["cloexec"]


def test_preserved_with_holes(rt, bundle, work):
    """Podman asks for N up to the highest it wants."""
    (work / "six").write_text("six")
    made = bundle(base_config("info", "read-fd 6"))
    result = with_shell(rt, f"6<{work}/six", "run", "--preserve-fds=4", "--bundle", made.path, rt.new_id())
    assert result.code == 0, result
    assert sorted(result.info["fds"]) == ["0", "1", "2", "6"]
    assert result.value("read-fd") == "six"


def test_preserved_through_create_and_start(rt, bundle, work):
    (work / "three").write_text("three")
    made = bundle(base_config("read-fd 3", "info"))
    ident = rt.new_id()
    out, out_fd = rt.pipe()
    result = rt.call_raw(["/bin/sh", "-c", f'exec 3<{work}/three; exec "$@"', "--", *rt.command("create", "--preserve-fds", "1",
                          "--bundle", made.path, ident)], stdout=out_fd, stderr=subprocess.DEVNULL)
    os.close(out_fd)
    assert result.code == 0, result
    rt.ok("start", ident)
    assert out.record("read-fd")["value"] == "three"
    assert sorted(out.record("info")["value"]["fds"]) == ["0", "1", "2", "3"]


@pytest.mark.parametrize("value", ["-1", "x", "", "99999999999999999999", "1.5"])
def test_bad_numbers(rt, bundle, value):
    made = bundle(base_config())
    assert rt.call("run", f"--preserve-fds={value}", "--bundle", made.path, rt.new_id()).code != 0
    rt.oracle.check()


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&-", "0<&- 1>&- 2>&-"])
def test_closed_standard_streams(rt, bundle, work, closed):
    """They become /dev/null, never one of our own descriptors."""
    config = base_config("to /out/records", "info", "write-fd 1 x", "write-fd 2 x", "exit 5")
    (work / "out").mkdir()
    config["mounts"].append(harness.mount("/out", "bind", work / "out", "bind"))
    made = bundle(config)
    result = with_shell(rt, closed, "run", "--bundle", made.path, rt.new_id())
    assert result.code == 5, result
    records = harness.hook_records(work / "out/records")
    fds = records[0]["value"]["fds"]
    assert sorted(fds) == ["0", "1", "2"]
    for number, sign in (("0", "0<"), ("1", "1>"), ("2", "2>")):
        if sign in closed:
            assert fds[number]["type"] == "char" and fds[number]["rdev"] == os.makedev(1, 3), number


def descriptors(pid):
    found = {}
    for number in os.listdir(f"/proc/{pid}/fd"):
        found[int(number)] = os.readlink(f"/proc/{pid}/fd/{number}")
    return found


def test_waiting_init_holds_next_to_nothing(rt, bundle, leaks):
    """While a created container waits: its stdio and its way to hear of `start`."""
    container = rt.create(bundle(base_config("exit 0")), pass_fds=leaks)
    for number, target in descriptors(container.pid).items():
        if number > 2:
            status = os.stat(f"/proc/{container.pid}/fd/{number}")
            assert not stat.S_ISDIR(status.st_mode), (number, target)
            assert str(harness.BUILD) not in target, (number, target)
    assert len(descriptors(container.pid)) <= 8
    container.delete()


def test_waiting_init_is_not_the_hosts_program(rt, bundle):
    """The executable that a container could reach through /proc/PID/exe is not the host's file (V22)."""
    container = rt.create(bundle(base_config("exit 0")))
    host = os.stat(harness.TARE)
    seen = os.stat(f"/proc/{container.pid}/exe")
    if harness.IS_SANITIZED:
        pytest.skip("a sanitizer build calls init directly instead of executing it")
    assert (seen.st_dev, seen.st_ino) != (host.st_dev, host.st_ino)
    assert harness.TARE not in open(f"/proc/{container.pid}/maps").read()
    container.delete()


def test_I37_waiting_init_cannot_be_inspected(rt, bundle):
    """Not dumpable until the payload is executed: /proc/PID belongs to root, ptrace needs privilege."""
    config = base_config("exit 0")
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    container = rt.create(bundle(config))
    assert os.stat(f"/proc/{container.pid}/environ").st_uid == 0
    container.delete()
