# SPDX-License-Identifier: GPL-2.0-or-later
"""`delete`: removes what create made, all of it and nothing else (OP-04, LC-07, LC-08)."""

import os
import select
import socket
import subprocess
import time

import pytest

import harness
from harness import base_config, drop_namespace, hook, hook_records

pytestmark = pytest.mark.anyuser


def test_stopped(rt, bundle):
    container = rt.create(bundle(base_config("exit 0"))).start()
    container.wait()
    container.delete()
    rt.oracle.check()


def test_created_without_force(rt, bundle):
    """Managers clean up failed starts this way."""
    container = rt.create(bundle(base_config("exit 0")))
    container.delete()
    assert container.wait() == 137
    rt.oracle.check()


def test_running_is_refused_and_untouched(rt, bundle):
    container = rt.create(bundle(base_config("signals 1", "exit 3"))).start()
    container.out.record("signals")
    rt.fails("delete", container.id)
    assert container.status == "running"
    container.kill("TERM")
    assert container.wait() == 3
    container.delete()


def test_unknown(rt):
    rt.fails("delete", rt.new_id(), has="does not exist")
    assert not rt.root.exists()


def test_unknown_with_force(rt):
    """conmon and the shim call it on whatever may be there."""
    result = rt.ok("delete", "--force", rt.new_id())
    assert result.out == ""
    assert not rt.root.exists()


@pytest.mark.parametrize("ident", ["..", ".", "a/b", "../state"])
def test_bad_ids(rt, bundle, ident):
    container = rt.create(bundle(base_config("pause")))
    rt.call("delete", "--force", ident)
    assert container.status == "created"


@pytest.mark.parametrize("option", ["--force", "-f", "-force", "--force=true"])
def test_force_on_running(rt, bundle, option):
    container = rt.create(bundle(base_config("spawn 3", "pause"))).start()
    container.delete(option)
    assert not harness.is_alive(container.pid), "gone when delete returns"
    rt.oracle.check()
    rt.ok("delete", "--force", container.id)


def test_option_after_the_id(rt, bundle):
    container = rt.create(bundle(base_config("pause"))).start()
    rt.ok("delete", container.id, "--force")
    rt.oracle.check()


def test_twice(rt, bundle):
    container = rt.create(bundle(base_config("exit 0")))
    container.delete()
    rt.fails("delete", container.id, has="does not exist")
    rt.ok("delete", "--force", container.id)


def test_leftover_processes_without_pid_namespace(rt, bundle):
    container = rt.create(bundle(drop_namespace(base_config("spawn 3", "exit 0"), "pid"))).start()
    pids = container.out.record("spawn")["value"]
    container.wait()
    container.delete("--force")
    assert all(harness.wait_gone(pid, 2) for pid in pids)
    rt.oracle.check()


def test_without_a_record(rt):
    """A create that was killed at once."""
    ident = rt.new_id()
    (rt.root / ident).mkdir(parents=True)
    rt.call("delete", ident)
    rt.ok("delete", "--force", ident)
    assert not (rt.root / ident).exists()


BROKEN_RECORDS = {
    "empty": "", "cut": "{", "null": "null", "list": "[]", "nothing in it": "{}", "newer": '{"version": 999}',
    "zeros": "\0" * 100, "wrong type": '{"id": 3}', "large": "x" * 100000,
}


@pytest.mark.parametrize("text", BROKEN_RECORDS.values(), ids=BROKEN_RECORDS.keys())
def test_with_a_broken_record(rt, bundle, text):
    """Errors are clear, --force gets rid of it, and other containers are still listed."""
    good = rt.create(bundle(base_config("pause")))
    ident = rt.new_id()
    (rt.root / ident).mkdir(parents=True)
    (rt.root / ident / "state.json").write_text(text)
    assert rt.call("state", ident).code == 1
    listed = rt.call("list", "--format", "json")
    assert listed.code == 0 and good.id in listed.out
    rt.call("delete", ident)
    rt.ok("delete", "--force", ident)
    assert not (rt.root / ident).exists()
    assert good.status == "created"


def test_other_files_in_the_state_root_stay(rt, bundle):
    container = rt.create(bundle(base_config("pause")))
    (rt.root / ".mine").write_text("x")
    container.delete()
    assert (rt.root / ".mine").exists()
    (rt.root / ".mine").unlink()


def test_bundle_is_untouched(rt, bundle):
    made = bundle(base_config("exit 0"))
    rt.create(made).finish()
    assert made.rootfs.is_dir() and (made.path / "config.json").exists()


def test_bundle_may_be_gone(rt, bundle):
    import shutil
    made = bundle(base_config("exit 0"))
    container = rt.create(made).start()
    container.wait()
    shutil.rmtree(made.path)
    container.delete()
    rt.oracle.check()


def test_cgroups_made_by_the_payload_go_too(rt, bundle):
    if harness.CGROUP_MODE == "none":
        pytest.skip("no cgroup tree on this machine")
    config = base_config("pause")
    name = config["linux"]["cgroupsPath"] = f"/{harness.TOKEN}-nest"
    container = rt.create(bundle(config)).start()
    controller = "" if harness.CGROUP_MODE == "v2" else next(c for c in harness.cgroup_mounts() if c)
    inner = harness.cgroup_dir(name[1:], controller) / "a" / "b"
    inner.mkdir(parents=True)
    container.delete("--force")
    rt.oracle.check()


@pytest.mark.root("a cgroup of somebody else")
def test_cgroup_of_somebody_else_stays(rt, bundle):
    if harness.CGROUP_MODE == "none":
        pytest.skip("no cgroup tree on this machine")
    config = base_config("exit 0")
    config["linux"]["cgroupsPath"] = f"/{harness.TOKEN}-parent/inner"
    controller = "" if harness.CGROUP_MODE == "v2" else next(c for c in harness.cgroup_mounts() if c)
    parent = f"{harness.cgroup_mounts()[controller]}/{harness.TOKEN}-parent"
    os.mkdir(parent)
    os.mkdir(parent + "/sibling")
    rt.create(bundle(config)).finish()
    assert os.path.isdir(parent + "/sibling")
    assert not os.path.isdir(parent + "/inner")
    harness.remove_cgroups_below(parent)
    harness.remove_cgroups()


def test_poststop_hook_runs_once(rt, bundle, work):
    config = base_config("exit 0")
    config["hooks"] = {"poststop": [hook("stdin", out=work / "hook")]}
    container = rt.create(bundle(config)).start()
    container.wait()
    assert hook_records(work / "hook") == []
    container.delete()
    assert len(hook_records(work / "hook")) == 1
    rt.ok("delete", "--force", container.id)
    assert len(hook_records(work / "hook")) == 1


# ---- while another command is at work ----------------------------------------------------------

def hang(work, kind, **more):
    """A hook of @kind that says so and never ends."""
    inside = kind == "startContainer"
    where = {"out": "/work/going", "path": "/probe"} if inside else {"out": work / "going"}
    return {kind: [hook("print x", "pause", **where, **more)]}


def begin_to_hang(rt, work, config, made, *command):
    """Start @command, one of whose hooks hangs, and wait until it does."""
    os.mkfifo(work / "going")
    going = os.open(work / "going", os.O_RDWR)
    process = rt.popen(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process.going = os.fdopen(going)  # as long as the process is known: a hook that is still printing needs a reader
    assert select.select([going], [], [], harness.TIMEOUT)[0], "the hook does not run"
    return process


@pytest.mark.parametrize("manager", ["cgroupfs", "disabled"])
@pytest.mark.parametrize("kind", ["prestart", "createRuntime", "createContainer"])
def test_force_ends_a_create_whose_hook_hangs(rt, bundle, work, kind, manager):
    """I14, I18: whatever the other command waits for, and with nothing left of it."""
    config = base_config("pause")
    config["hooks"] = {**hang(work, kind), "poststop": [hook("stdin", out=work / "stopped")]}
    made = bundle(config)
    ident = rt.new_id()
    process = begin_to_hang(rt, work, config, made, "--cgroup-manager", manager, "create", "--bundle", made.path, ident)
    assert rt.state(ident)["status"] == "creating"
    assert process.poll() is None
    rt.ok("delete", "--force", ident)
    assert process.wait(harness.TIMEOUT) == 1, "it noticed and undid what it made"
    assert len(hook_records(work / "stopped")) == 1, "once, by whichever of the two"
    assert rt.call("state", ident).code == 1
    rt.ok("delete", "--force", ident)


@pytest.mark.parametrize("kind", ["startContainer", "poststart"])
def test_force_ends_a_start_whose_hook_hangs(rt, bundle, work, kind):
    config = base_config("pause")
    config["mounts"].append(harness.mount("/work", "bind", work, "bind"))
    config["hooks"] = hang(work, kind)
    container = rt.create(bundle(config))
    process = begin_to_hang(rt, work, config, None, "start", container.id)
    rt.ok("delete", "--force", container.id)
    assert process.wait(harness.TIMEOUT) != 0
    assert not harness.is_alive(container.pid)
    assert rt.call("state", container.id).code == 1


def test_the_wait_for_a_command_has_an_end(rt, bundle, work):
    """Who has the container, and what to do about it; a start and a delete wait alike."""
    config = base_config("pause")
    config["hooks"] = hang(work, "poststart")
    container = rt.create(bundle(config))
    process = begin_to_hang(rt, work, config, None, "start", container.id)
    waiting = [rt.popen(verb, container.id) for verb in ("start", "delete")]
    for other in waiting:
        out, err = other.communicate(timeout=harness.TIMEOUT + 15)
        assert other.returncode == 1 and out == b""
        assert f"in the hands of another command, process {process.pid}, which has not".encode() in err
        assert b"`delete --force` ends both" in err
    assert container.status == "running" and process.poll() is None
    rt.ok("delete", "--force", container.id)
    assert process.wait(harness.TIMEOUT) != 0


def test_force_ends_a_delete_whose_hook_hangs(rt, bundle, work):
    """The second one runs the hook again, and ends it when its time is over."""
    config = base_config("exit 0")
    config["hooks"] = hang(work, "poststop", timeout=4)
    container = rt.create(bundle(config)).start()
    container.wait()
    process = begin_to_hang(rt, work, config, None, "delete", container.id)
    os.unlink(work / "going")
    rt.ok("delete", "--force", container.id)
    process.wait(harness.TIMEOUT)
    assert rt.call("state", container.id).code == 1


def test_force_while_nobody_reads_the_console_socket(rt, bundle, work):
    """The terminal waits in the socket; neither create nor delete waits for its receiver."""
    config = base_config("pause")
    config["process"]["terminal"] = True
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(work / "console"))
        listener.listen(1)
        ident = rt.new_id()
        rt.ok("create", "--bundle", bundle(config).path, "--console-socket", work / "console", ident)
        pid = rt.state(ident)["pid"]
        rt.ok("delete", "--force", ident)
        assert harness.wait_gone(pid)


def test_force_while_the_console_socket_is_full(rt, bundle, work):
    """A receiver whose queue of connections is full is waited for before there is a container."""
    config = base_config("pause")
    config["process"]["terminal"] = True
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(work / "console"))
        listener.listen(0)
        first.connect(str(work / "console"))
        ident = rt.new_id()
        process = rt.popen("create", "--bundle", bundle(config).path, "--console-socket", work / "console", ident,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.2)
        rt.ok("delete", "--force", ident)
        assert rt.call("state", ident).code == 1
        process.kill()
        process.wait(harness.TIMEOUT)
        rt.ok("delete", "--force", ident)
