# SPDX-License-Identifier: GPL-2.0-or-later
"""Standard input, output and error without a terminal (cli 3.2)."""

import contextlib
import os
import signal
import socket
import subprocess

import pytest

import harness
from harness import base_config

pytestmark = pytest.mark.anyuser


def as_user(*verbs, uid=1000):
    config = base_config(*verbs)
    config["process"]["user"] = {"uid": uid, "gid": uid}
    return config


def test_streams_are_the_callers_own(rt, bundle):
    """Detached containers get them untouched."""
    container = rt.create(bundle(base_config("info", "exit 0")))
    info = container.finish().info
    assert info["fds"]["1"]["type"] == "fifo" and info["fds"]["2"]["type"] == "fifo"
    assert info["fds"]["0"]["type"] == "char"


def test_dev_null_stays_as_it_is(rt, bundle):
    """V13: not chowned, whoever runs; the oracle watches the host's node."""
    result = rt.run(bundle(as_user("info", "stat /dev/null")))
    assert result.code == 0, result
    assert os.stat("/dev/null").st_uid == 0
    rt.oracle.check()


def open_stream(kind, work, closing):
    """A descriptor of @kind for reading and writing; @closing calls what ends it."""
    if kind == "tty":
        master, slave = os.openpty()
        closing.callback(os.close, master)
        return slave
    if kind == "socket":
        ours, theirs = socket.socketpair()
        closing.callback(ours.close)
        return theirs.detach()
    path = {"null": "/dev/null", "zero": "/dev/zero"}.get(kind, work / kind)
    if kind == "fifo":
        os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


@pytest.mark.parametrize("in_user_ns", [False, True])
@pytest.mark.parametrize("kind", ["null", "zero", "file", "fifo", "tty", "socket"])
def test_owner_of_streams(rt, bundle, work, kind, in_user_ns):
    """Pipes and terminals are given to the user, for only their owner can open them again; the group, the mode and all
    other kinds stay as they are.  So does everything whose owner the container's user namespace does not have."""
    config = as_user("exit 0")
    if in_user_ns:
        harness.add_namespace(harness.add_namespace(config, "user"), "network")
        config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    made = bundle(config)
    with contextlib.ExitStack() as closing:
        fd = open_stream(kind, work, closing)
        closing.callback(os.close, fd)
        before = os.fstat(fd)
        result = rt.run(made, stdin=fd, stdout=fd)
        after = os.fstat(fd)
    assert result.code == 0, result
    assert after.st_uid == (1000 if kind in ("fifo", "tty") and not in_user_ns else before.st_uid)
    assert (after.st_mode, after.st_gid, after.st_rdev) == (before.st_mode, before.st_gid, before.st_rdev)


@pytest.mark.parametrize("uid", [0, 1000])
def test_streams_can_be_opened_again(rt, bundle, uid):
    """Programs log to /dev/stdout; a pipe has to belong to the user for that."""
    config = as_user("open /dev/stdout w", "open /dev/stderr w", "open /proc/self/fd/1 w", uid=uid)
    result = rt.run_ok(bundle(config))
    assert [r["error"] for r in result.records] == [None] * 3
    container = rt.create(bundle(config))
    assert [r["error"] for r in container.finish().records] == [None] * 3


def test_file_as_output(rt, bundle, work):
    with open(work / "out", "wb") as out:
        assert rt.run(bundle(base_config("print hello")), stdout=out).code == 0
    assert "hello" in (work / "out").read_text()


def test_socket_as_streams(rt, bundle):
    ours, theirs = socket.socketpair()
    ours.settimeout(harness.TIMEOUT)
    ours.sendall(b"question")
    ours.shutdown(socket.SHUT_WR)
    result = rt.run(bundle(base_config("stdin")), stdin=theirs.fileno(), stdout=theirs.fileno())
    theirs.close()
    assert result.code == 0
    text = b""
    while piece := ours.recv(65536):
        text += piece
    ours.close()
    assert harness.parse_records(text.decode())[0]["value"] == "question"


def test_large_input(rt, bundle):
    if not harness.find_busybox():
        pytest.skip("no static busybox on this machine")
    config = base_config()
    config["process"]["args"] = ["/bin/busybox", "wc", "-c"]
    process = rt.popen_run(bundle(config), stdin=subprocess.PIPE)
    out, _ = process.communicate(b"x" * 3000000, timeout=harness.TIMEOUT)
    assert out.strip() == b"3000000"


def test_through_both_ends_at_once(rt, bundle):
    if not harness.find_busybox():
        pytest.skip("no static busybox on this machine")
    config = base_config()
    config["process"]["args"] = ["/bin/cat"]
    data = os.urandom(2000000)
    process = rt.popen_run(bundle(config), stdin=subprocess.PIPE)
    out, _ = process.communicate(data, timeout=harness.TIMEOUT)
    assert out == data and process.returncode == 0


def test_reader_that_went_away(rt, bundle):
    """The payload gets SIGPIPE as anywhere, and its end is reported."""
    if not harness.find_busybox():
        pytest.skip("no static busybox on this machine")
    config = base_config()
    config["process"]["args"] = ["/bin/sh", "-c", "while echo x; do :; done; exit 3"]
    reading, writing = os.pipe()
    process = rt.popen_run(bundle(config), stdout=writing)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    assert process.wait(harness.TIMEOUT) in (3, 128 + signal.SIGPIPE)
    rt.oracle.check()


def test_input_that_never_ends_does_not_keep_us(rt, bundle):
    """The payload ended; that somebody could still type is no reason to stay."""
    process = rt.popen_run(bundle(base_config("exit 4")), stdin=subprocess.PIPE)
    assert process.wait(harness.TIMEOUT) == 4


def test_output_of_orphans_does_not_keep_us(rt, bundle):
    """In the container's pid namespace they are dead with it."""
    process = rt.popen_run(bundle(base_config("fork 3", "spawn 2", "exit 4")))
    assert process.wait(harness.TIMEOUT) == 4
