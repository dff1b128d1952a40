# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line itself: help, version, options, the log (cli-level rules that managers rely on)."""

import datetime
import json
import os
import socket

import pytest

import harness
from harness import TARE, base_config

VERBS = ("checkpoint", "create", "delete", "events", "exec", "features", "kill", "list", "pause", "plan", "ps", "restore", "resume",
         "run", "spec", "start", "state", "update")


def raw(rt, *args, **options):
    return rt.call_raw([TARE, *args], **options)


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"]])
def test_help(rt, words):
    result = raw(rt, *words)
    assert (result.code, result.err) == (0, "")
    for verb in VERBS:
        assert verb in result.out


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_of_a_verb(rt, verb, option):
    """Needs neither an ID nor rights nor a state root; Podman looks for features this way."""
    result = rt.call(verb, option)
    assert (result.code, result.err) == (0, ""), result
    assert verb in result.out
    assert not rt.root.exists()


@pytest.mark.parametrize("option", ["--version", "-v"])
def test_version(rt, option):
    """Docker takes every line with the word "version" for the version; containerd the line "commit:"."""
    result = raw(rt, option)
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    words = lines[0].split()
    assert words[1] == "version" and words[2][0].isdigit() and len(words) == 3
    assert sum("version" in line for line in lines) == 1
    assert any(line.startswith("spec: 1.") for line in lines)
    assert lines[1].startswith("commit: ")


@pytest.mark.parametrize("name", ["runc", "crun"])
def test_under_the_name_of_another(rt, bundle, work, name):
    """Managers look for these names; a link or a copy so called is the same program; only --version begins
    with the name, since nerdctl and containerd's library want it, and says at its end what it is."""
    link = work / name
    link.symlink_to(TARE)
    there, here = rt.call_raw([str(link), "--version"]), raw(rt, "--version")
    assert (there.code, there.err) == (0, "")
    assert there.out == here.out.replace("tare ", f"{name} ", 1) + "runtime: tare\n"
    for words in (["--help"], ["features"], ["create", "--help"]):
        there, here = rt.call_raw([str(link), *words]), raw(rt, *words)
        assert (there.code, there.out, there.err) == (0, here.out, "")
    made = bundle(base_config("info"))
    result = rt.call_raw([str(link), "--root", str(rt.root), "run", "--bundle", str(made.path), rt.new_id()])
    assert result.code == 0 and result.info["pid"] == 1, result
    there, here = rt.call_raw([str(link), "--no-such-option"]), raw(rt, "--no-such-option")
    assert there.code == here.code != 0 and there.err == here.err


@pytest.mark.parametrize("args", [[verb, "--frobnicate"] for verb in VERBS] + [["--frobnicate"]])
def test_usage_errors_name_the_word(rt, args):
    """Podman shows the word to whoever wrote it; nothing is made meanwhile."""
    result = rt.call(*args)
    assert result.code != 0 and result.out == "" and "frobnicate" in result.err, result
    assert not rt.root.exists()


def test_unknown_verb(rt):
    assert "frobnicate" in rt.fails("frobnicate", "x").err


def test_no_verb(rt):
    result = raw(rt)
    assert "create" in result.out + result.err


@pytest.mark.parametrize("args", [["--no-such-option", "list"], ["list", "--no-such-option"],
                                  ["create", "--no-such-option=3", "x"], ["kill", "-Z", "x"]])
def test_unknown_option_is_named(rt, args):
    result = raw(rt, *args)
    assert result.code != 0
    assert "no-such-option" in result.err or "Z" in result.err


@pytest.mark.parametrize("args", [["create", "--bundle"], ["run", "--pid-file"], ["--root"], ["list", "--format"]])
def test_missing_value(rt, args):
    """Podman looks for these words."""
    result = raw(rt, *args)
    assert result.code != 0
    assert "requires an argument" in result.err or "flag needs an argument" in result.err


@pytest.mark.parametrize("verb", ["create", "start", "state", "kill", "delete", "run"])
def test_missing_id(rt, verb):
    result = rt.call(verb)
    assert result.code != 0 and result.err


@pytest.mark.parametrize("globals", [
    ["--debug"], ["--systemd-cgroup=false"], ["--rootless", "auto"], ["--rootless=false"], ["--criu", "/x"],
    ["--criu=/x"], ["--log-format=json"], ["--log-format", "text"], ["--log-level", "error"],
    ["--cgroup-manager", "cgroupfs"], ["--cgroup-manager=cgroupfs"], ["-root", "ROOT"], ["--root=x", "--root", "ROOT"]])
def test_global_options(rt, globals):
    rt.root.mkdir()
    words = [str(rt.root) if w == "ROOT" else w for w in globals]
    assert rt.call_raw([TARE, *words, "--root", str(rt.root), "list", "-q"]).code == 0


def test_systemd_cgroup_without_systemd(rt, bundle):
    if os.path.isdir("/run/systemd/system"):
        pytest.skip("needs a machine without systemd: test_systemd.py is for those with it")
    made = bundle(base_config("exit 0"))
    result = rt.call("run", "--bundle", made.path, rt.new_id(), globals=["--systemd-cgroup"])
    assert result.code == 1 and "the systemd cgroup manager" in result.err
    rt.oracle.check()
    assert harness.children() == []


def test_systemd_that_does_not_answer(rt, bundle, work):
    """Whoever talks to a bus for the runtime, itself or a program of its own, ends with it, however it ends."""
    features = json.loads(rt.ok("features").out)
    if not features["linux"]["cgroup"]["systemd"]:
        pytest.skip("needs a build with libsystemd")
    made = bundle(base_config("exit 0"))
    ident = rt.new_id()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as mute:
        mute.bind(str(work / "bus"))
        mute.listen()
        mute.settimeout(harness.TIMEOUT)
        process = rt.popen("--systemd-cgroup", "create", "--bundle", made.path, ident,
                           env={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={work}/bus"})
        connection, _ = mute.accept()
        with connection:
            connection.settimeout(harness.TIMEOUT)
            assert connection.recv(1) == b"\0"
            process.kill()
            process.wait()
            while connection.recv(4096):
                pass
    rt.call("delete", "--force", ident)
    rt.oracle.check()


@pytest.mark.parametrize("globals", [["--log-format", "xml"], ["--log-level", "loud"], ["--cgroup-manager", "x"],
                                     ["--rootless", "perhaps"], ["--debug=perhaps"]])
def test_bad_values_of_global_options(rt, globals):
    rt.root.mkdir()
    assert rt.call("list", globals=globals).code != 0


def test_root_may_not_be_the_root_directory(rt, bundle):
    made = bundle(base_config("exit 0"))
    ident = harness.TOKEN + "-never"
    for root in ("/", "//", "/run/.."):
        result = rt.call_raw([TARE, "--root", root, "run", "--bundle", str(made.path), ident])
        assert result.code == 1, result
        assert not os.path.exists(f"/{ident}")


def fail(rt, *globals):
    return rt.call("state", "unknown-id", globals=globals)


def test_json_log(rt, work):
    """One line, and only that: Podman reads the whole file as one object; it is on stderr too."""
    log = work / "log.json"
    result = fail(rt, "--log", log, "--log-format", "json")
    assert result.code == 1 and "does not exist" in result.err
    lines = log.read_text().splitlines()
    assert len(lines) == 1
    record = json.loads(lines[0])
    assert record["level"] == "error" and "does not exist" in record["msg"]
    datetime.datetime.fromisoformat(record["time"].replace("Z", "+00:00")[:19])
    assert record["time"].endswith("Z")


def test_log_is_appended(rt, work):
    log = work / "log.json"
    for _ in range(3):
        fail(rt, f"--log={log}", "--log-format=json")
    assert [json.loads(line)["level"] for line in log.read_text().splitlines()] == ["error"] * 3


def test_log_exists_even_when_the_command_line_is_wrong(rt, work):
    log = work / "log.json"
    rt.call("no-such-verb", globals=["--log", log, "--log-format", "json"])
    assert log.exists()
    json.loads(log.read_text())


def test_nothing_is_logged_on_success(rt, bundle, work):
    log = work / "log.json"
    made = bundle(base_config("exit 3"))
    result = rt.call("run", "--bundle", made.path, rt.new_id(), globals=["--log", log, "--log-format", "json"])
    assert result.code == 3
    assert result.err == "" and log.read_text() == ""


def test_failing_create_is_logged(rt, bundle, work):
    log = work / "log.json"
    made = bundle(base_config(), args=["/missing"])
    result = rt.call("create", "--bundle", made.path, rt.new_id(), globals=["--log", log, "--log-format", "json"])
    assert result.code == 1
    record = json.loads(log.read_text())
    assert record["level"] == "error" and "no such file or directory" in record["msg"]
    assert "no such file or directory" in result.err


def test_text_log(rt, work):
    log = work / "log"
    fail(rt, "--log", log)
    assert "does not exist" in log.read_text()


def test_log_that_cannot_be_opened(rt, work):
    result = fail(rt, "--log", work / "none/log")
    assert result.code == 1 and str(work / "none/log") in result.err


def test_relative_log(rt, work):
    fail(rt, "--log", "here.log")
    assert (rt.cwd / "here.log").exists()
    (rt.cwd / "here.log").unlink()


def test_message_is_one_plain_line_with_log(rt, work):
    result = fail(rt, "--log", work / "log", "--log-format", "json")
    assert result.err.strip().count("\n") == 0
    assert not result.err.startswith("{")


def test_stdout_that_is_full(rt):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full on this machine")
    with open("/dev/full", "wb") as full:
        assert rt.call("features", stdout=full).code != 0


def test_closed_stdout(rt):
    """No SIGPIPE death without a word, no success."""
    reading, writing = os.pipe()
    os.close(reading)
    result = rt.call("features", stdout=writing)
    os.close(writing)
    assert result.code not in (0, 128 + 11, 128 + 6)
