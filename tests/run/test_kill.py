# SPDX-License-Identifier: GPL-2.0-or-later
"""`kill`: one signal to the container's process, in all spellings that managers use (OP-03)."""

import json
import os

import pytest

import harness
from harness import base_config, drop_namespace

pytestmark = pytest.mark.anyuser


@pytest.mark.parametrize("name, number", [
    (None, 15), ("TERM", 15), ("SIGTERM", 15), ("term", 15), ("sigterm", 15), ("15", 15), ("HUP", 1), ("1", 1),
    ("USR1", 10), ("SIGUSR2", 12), ("WINCH", 28), ("28", 28), ("RTMIN", 34), ("RTMIN+3", 37), ("34", 34),
    ("64", 64), ("RTMAX", 64), ("SIGRTMAX-1", 63), ("CHLD", 17), ("IOT", 6), ("POLL", 29)])
def test_signal_arrives(rt, bundle, name, number):
    container = rt.create(bundle(base_config("signals 1", "exit 0"))).start()
    container.out.record("signals")
    rt.ok("kill", container.id, *([name] if name else []))
    assert container.out.record("signal")["value"] == number
    assert container.wait() == 0


@pytest.mark.parametrize("name", ["NOSUCH", "SIG", "", "-1", "65", "999", "9x", "SIGSIGTERM", "RTMAX+1", "RTMIN-1"])
def test_bad_signals(rt, bundle, name):
    container = rt.create(bundle(base_config("pause"))).start()
    rt.fails("kill", container.id, name)
    assert container.status == "running"


def test_kill_ends_it(rt, bundle):
    container = rt.create(bundle(base_config("pause"))).start().kill("KILL")
    assert container.wait() == 137


def test_stopped(rt, bundle):
    container = rt.create(bundle(base_config("exit 0"))).start()
    container.wait()
    rt.fails("kill", container.id, "TERM", has="container not running")
    rt.fails("kill", container.id, "KILL", has="container not running")
    assert container.status == "stopped"


def test_zombie_is_not_running(rt, bundle):
    container = rt.create(bundle(base_config("exit 0"))).start()
    assert harness.wait_gone(container.pid)
    rt.fails("kill", container.id, "9", has="container not running")
    container.wait()


def test_unknown(rt):
    rt.fails("kill", rt.new_id(), "TERM", has="does not exist")


def test_without_id(rt):
    assert rt.call("kill").code != 0


def test_created(rt, bundle):
    container = rt.create(bundle(base_config("exit 0"))).kill("KILL")
    assert container.wait() == 137
    assert container.status == "stopped"
    container.delete()


@pytest.mark.parametrize("arguments", [("--all", "ID", "9"), ("-a", "ID", "9"), ("ID", "--all", "KILL"),
                                       ("ID", "9", "--all"), ("--all=true", "ID", "KILL")])
def test_all(rt, bundle, arguments):
    """Every process in the container's cgroup, not just the first."""
    config = drop_namespace(base_config("spawn 3", "pause"), "pid")
    container = rt.create(bundle(config)).start()
    pids = container.out.record("spawn")["value"]
    rt.ok("kill", *[container.id if word == "ID" else word for word in arguments])
    assert container.wait() == 137
    assert all(harness.wait_gone(pid, 2) for pid in pids)


def test_all_on_a_stopped_container_succeeds(rt, bundle):
    """CRI-O and the containerd shim do so after the payload ended."""
    container = rt.create(bundle(base_config("exit 0"))).start()
    container.wait()
    rt.ok("kill", "--all", container.id, "KILL")


def test_all_after_init_ended_without_pid_namespace(rt, bundle):
    config = drop_namespace(base_config("spawn 3", "exit 0"), "pid")
    container = rt.create(bundle(config)).start()
    pids = container.out.record("spawn")["value"]
    assert container.wait() == 0
    assert all(harness.is_alive(pid) for pid in pids)
    rt.ok("kill", "--all", container.id, "9")
    assert all(harness.wait_gone(pid, 2) for pid in pids)


def test_only_the_first_process_without_all(rt, bundle):
    config = drop_namespace(base_config("spawn 2", "signals 1", "exit 0"), "pid")
    container = rt.create(bundle(config)).start()
    pids = container.out.record("spawn")["value"]
    container.out.record("signals")
    rt.ok("kill", container.id, "TERM")
    assert container.wait() == 0
    assert all(harness.is_alive(pid) for pid in pids)


def test_sigkill_without_pid_namespace_takes_everything(rt, bundle):
    config = drop_namespace(base_config("spawn 2", "pause"), "pid")
    container = rt.create(bundle(config)).start()
    pids = container.out.record("spawn")["value"]
    rt.ok("kill", container.id, "KILL")
    assert container.wait() == 137
    assert all(harness.wait_gone(pid, 2) for pid in pids)


def test_never_a_stranger(rt, bundle):
    """I16: the PID in the record belongs to somebody else now."""
    container = rt.create(bundle(base_config("exit 0"))).start()
    container.wait()
    record = rt.root / container.id / "state.json"
    if not record.exists():
        pytest.skip("this runtime keeps no state.json")
    text = record.read_text()
    victim = os.fork()
    if victim == 0:
        os.execv("/bin/sleep", ["sleep", "60"])
    try:
        record.write_text(text.replace(f'"pid":{container.pid}', f'"pid":{victim}')
                          .replace(f'"pid": {container.pid}', f'"pid": {victim}'))
        assert str(victim) in record.read_text()
        assert container.status == "stopped"
        rt.fails("kill", container.id, "KILL")
        rt.ok("delete", "--force", container.id)
        assert harness.is_alive(victim)
    finally:
        os.kill(victim, 9)
        harness.wait_exit(victim)


def test_all_without_a_cgroup(rt, bundle):
    """Podman's --cgroups=disabled: the pid namespace tells who belongs to the container."""
    config = base_config("spawn 2", "signals 1", "pause")
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "cgroup"]
    del config["linux"]["resources"]
    result, ident, out, err = rt.create_raw(bundle(config), globals=["--cgroup-manager", "disabled"])
    assert result.code == 0, err.rest()
    rt.ok("start", ident)
    out.record("signals")
    pids = json.loads(rt.ok("ps", "--format", "json", ident).out)
    first = rt.state(ident)["pid"]
    children = [pid for pid in pids if pid != first]
    assert len(children) == 2
    rt.ok("kill", "--all", ident, "USR1")
    assert out.record("signal")["value"] == 10
    assert all(harness.wait_gone(pid, 2) for pid in children)
    assert harness.is_alive(first)
    rt.ok("kill", "--all", ident, "KILL")
    assert harness.wait_exit(first) == 137


def test_all_where_nothing_tells(rt, bundle):
    """Neither a cgroup nor a pid namespace: refused, and nobody is signalled, rather than a part of it."""
    config = drop_namespace(base_config("spawn 1", "pause"), "pid")
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "cgroup"]
    del config["linux"]["resources"]
    result, ident, out, err = rt.create_raw(bundle(config), globals=["--cgroup-manager", "disabled"])
    assert result.code == 0, err.rest()
    rt.ok("start", ident)
    child = out.record("spawn")["value"][0]
    rt.fails("kill", "--all", ident, "TERM", has=["neither a cgroup nor a pid namespace"])
    first = rt.state(ident)["pid"]
    assert harness.is_alive(first) and harness.is_alive(child)
    rt.ok("kill", ident, "KILL")
    assert harness.wait_exit(first) == 137
    rt.ok("kill", "--all", ident, "KILL")
    os.kill(child, 9)
    assert harness.wait_gone(child)


def test_regex(rt, bundle):
    one, two, other = [rt.create(bundle(base_config("pause")), ident=f"{name}-{harness.TOKEN}").start()
                       for name in ("web1", "web2", "db1")]
    rt.ok("kill", "--regex", "^web[0-9]", "KILL")
    assert one.wait() == 137 and two.wait() == 137
    assert other.status == "running"
    rt.ok("delete", "--regex", "^web")
    assert rt.ids() == [other.id]
    rt.fails("delete", "-r", "^db", has="not stopped")
    rt.ok("delete", "--force", "-r", "^db")
    assert other.wait() == 137
    assert rt.ids() == []
