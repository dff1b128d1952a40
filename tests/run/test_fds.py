# SPDX-License-Identifier: GPL-2.0-or-later
"""Descriptors: only what was asked for reaches the payload (G-12, RL-01, I21, V23)."""

import os
import socket
import stat
import subprocess

import pytest

import harness
from harness import base_config

pytestmark = pytest.mark.anyuser


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


@pytest.mark.root("the owner of init's files is the caller all the same")
def test_I37_waiting_init_cannot_be_inspected(rt, bundle):
    """Not dumpable until the payload is executed: /proc/PID belongs to root, ptrace needs privilege."""
    config = base_config("exit 0")
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    container = rt.create(bundle(config))
    assert os.stat(f"/proc/{container.pid}/environ").st_uid == 0
    container.delete()


# ---- V23: no way out through a descriptor ------------------------------------------------------

def numbers(leaks):
    """The leaked descriptors' numbers, and every other one that we may have open ourselves meanwhile."""
    return sorted(set(leaks) | set(range(3, 24)))


@pytest.mark.parametrize("tail", ["", "/../..", "/etc"])
def test_V23_cwd_through_a_descriptor(rt, bundle, leaks, tail):
    """CVE-2024-21626: no descriptor, whoever left it open, is a way to a working directory."""
    for number in numbers(leaks):
        config = base_config()
        config["process"]["cwd"] = f"/proc/self/fd/{number}{tail}"
        made = bundle(config, name=f"b{number}")
        rt.run_fails(made, pass_fds=leaks, has=("working directory", config["process"]["cwd"]))


def test_V23_cwd_through_a_preserved_descriptor(rt, bundle):
    """Even when the payload gets the descriptor, its working directory is no place of the host."""
    made = bundle(base_config())
    for tail in ("", "/", "/etc", "/.."):
        made.config["process"]["cwd"] = "/proc/self/fd/3" + tail
        made.write()
        result = with_shell(rt, "3</", "run", "--preserve-fds", "1", "--bundle", made.path, rt.new_id())
        harness.check_failure(result, has="working directory")


@pytest.mark.parametrize("tail", ["bin/sh", "../../bin/sh", "../../../../bin/sh"])
def test_V23_program_through_a_descriptor(rt, bundle, leaks, work, tail):
    """The host's shell is not found through what the caller left open; the container's has no such file."""
    (work / "canary").write_text("of the host")
    for number in numbers(leaks):
        made = bundle(args=[f"/proc/self/fd/{number}/{tail}", "-c", f"cat {work}/canary; echo ran"], name=f"b{number}")
        result = rt.run(made, pass_fds=leaks)
        assert "of the host" not in result.out and "of the host" not in result.err, result
        if "ran" not in result.out:
            assert result.code in (1, 127), result


# ---- LISTEN_FDS --------------------------------------------------------------------------------

def with_sockets(rt, redirections, variables, *args, env=None):
    """Run the runtime as a service manager does: LISTEN_PID is its own pid."""
    return rt.call_raw(["/bin/sh", "-c", f'exec {redirections}; export LISTEN_PID=$$ {variables}; exec "$@"', "--",
                        *rt.command(*args)], env=env)


def listen_variables(info):
    return {e.split("=", 1)[0]: e.split("=", 1)[1] for e in info["env"] if e.startswith("LISTEN_")}


def files(work, *names):
    for name in names:
        (work / name).write_text(name)
    return " ".join(f"{number}<{work}/{name}" for number, name in enumerate(names, 3))


def test_listen_fds(rt, bundle, work):
    opened = files(work, "three", "four", "five")
    made = bundle(base_config("info", "read-fd 3", "read-fd 4"))
    result = with_sockets(rt, opened, "LISTEN_FDS=2 LISTEN_FDNAMES=web:metrics", "run", "--bundle", made.path, rt.new_id())
    assert result.code == 0, result
    assert sorted(result.info["fds"]) == ["0", "1", "2", "3", "4"]
    assert [r["value"] for r in result.records[1:]] == ["three", "four"]
    assert listen_variables(result.info) == {"LISTEN_FDS": "2", "LISTEN_PID": "1", "LISTEN_FDNAMES": "web:metrics"}
    assert result.info["pid"] == 1


def test_listen_fds_through_create_and_start(rt, bundle, work):
    opened = files(work, "three")
    made = bundle(base_config("info"))
    ident = rt.new_id()
    out, out_fd = rt.pipe()
    result = rt.call_raw(["/bin/sh", "-c", f'exec {opened}; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"', "--",
                          *rt.command("create", "--bundle", made.path, ident)], stdout=out_fd, stderr=subprocess.DEVNULL)
    os.close(out_fd)
    assert result.code == 0, result
    rt.ok("start", ident)
    info = out.record("info")["value"]
    assert sorted(info["fds"]) == ["0", "1", "2", "3"]
    assert listen_variables(info) == {"LISTEN_FDS": "1", "LISTEN_PID": "1"}


def test_listen_fds_come_before_the_preserved(rt, bundle, work):
    opened = files(work, "three", "four", "five", "six")
    made = bundle(base_config("info", "read-fd 5"))
    result = with_sockets(rt, opened, "LISTEN_FDS=2", "run", "--preserve-fds", "1", "--bundle", made.path, rt.new_id())
    assert result.code == 0, result
    assert sorted(result.info["fds"]) == ["0", "1", "2", "3", "4", "5"]
    assert result.value("read-fd") == "five"
    assert listen_variables(result.info)["LISTEN_FDS"] == "2"


def test_listen_fds_of_somebody_else(rt, bundle, work):
    """LISTEN_PID says whose they are; so nothing of it reaches the payload."""
    opened = files(work, "three")
    made = bundle(base_config())
    for variables in ("LISTEN_PID=1 LISTEN_FDS=1", "LISTEN_PID= LISTEN_FDS=1", "LISTEN_FDS=0"):
        result = with_sockets(rt, opened, variables, "run", "--bundle", made.path, rt.new_id())
        assert result.code == 0, result
        assert sorted(result.info["fds"]) == ["0", "1", "2"] and listen_variables(result.info) == {}


def test_listen_fds_and_what_the_config_says_of_them(rt, bundle, work):
    """Podman writes the variables into process.env as well: what is true wins."""
    opened = files(work, "three")
    config = base_config()
    config["process"]["env"] += ["LISTEN_FDS=9", "LISTEN_PID=77", "LISTEN_FDNAMES=x"]
    made = bundle(config)
    result = with_sockets(rt, opened, "LISTEN_FDS=1", "run", "--bundle", made.path, rt.new_id())
    assert listen_variables(result.info) == {"LISTEN_FDS": "1", "LISTEN_PID": "1", "LISTEN_FDNAMES": "x"}
    assert len([e for e in result.info["env"] if e.startswith("LISTEN_PID=")]) == 1
    result = rt.run(made)
    assert listen_variables(result.info) == {"LISTEN_FDS": "9", "LISTEN_PID": "77", "LISTEN_FDNAMES": "x"}


def test_listen_pid_without_a_pid_namespace(rt, bundle, work):
    """The payload's pid as it sees it itself."""
    opened = files(work, "three")
    made = bundle(harness.drop_namespace(base_config(), "pid"))
    result = with_sockets(rt, opened, "LISTEN_FDS=1", "run", "--bundle", made.path, rt.new_id())
    assert result.code == 0, result
    assert int(listen_variables(result.info)["LISTEN_PID"]) == result.info["pid"] > 1


def test_bad_listen_fds(rt, bundle):
    made = bundle(base_config())
    for value in ("x", "-1", "2147483647"):
        result = with_sockets(rt, "3</dev/null", f"LISTEN_FDS={value}", "run", "--bundle", made.path, rt.new_id())
        assert result.code == 1 and result.err.strip(), result
    assert rt.ids() == []
