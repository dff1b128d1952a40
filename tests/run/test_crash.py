# SPDX-License-Identifier: GPL-2.0-or-later
"""SIGKILL at any instant: `delete --force` then leaves nothing (I13, I14, G1, G2)."""

import os
import random
import select
import signal
import subprocess
import time

import pytest

import harness
from harness import base_config, manager_config

ROUNDS = int(os.environ.get("TARE_CRASH_ROUNDS", "10" if harness.IS_SANITIZED else "30"))


@pytest.fixture
def dice():
    seed = int(os.environ.get("TARE_SEED", str(random.randrange(1 << 30))))
    print("TARE_SEED=%d" % seed)
    return random.Random(seed)


def settle(rt, ident):
    """What a manager does after a crash, twice."""
    rt.ok("delete", "--force", ident)
    rt.ok("delete", "--force", ident)
    for pid in harness.children():
        harness.wait_gone(pid, 5)
    harness.reap_zombies()
    rt.oracle.check()


def duration(call):
    begin = time.monotonic()
    call()
    return time.monotonic() - begin


def kill_at(process, delay):
    end = time.monotonic() + delay
    while time.monotonic() < end and process.poll() is None:
        pass
    process.kill()
    process.wait()


def start_create(rt, made, ident):
    out = os.open("/dev/null", os.O_WRONLY)
    try:
        return rt.popen("create", "--bundle", made.path, ident, stdout=out, stderr=out)
    finally:
        os.close(out)


@pytest.mark.parametrize("flavour", ["small", "docker"])
def test_create_killed(rt, bundle, dice, flavour):
    made = bundle(base_config("pause") if flavour == "small" else manager_config("docker", "pause"))
    whole = duration(lambda: rt.create(made).delete())
    for _ in range(ROUNDS):
        ident = rt.new_id()
        kill_at(start_create(rt, made, ident), dice.uniform(0, whole))
        settle(rt, ident)


def test_create_killed_with_hooks(rt, bundle, dice, work):
    config = base_config("pause")
    config["hooks"] = {kind: [harness.hook("print x")] for kind in ("prestart", "createRuntime", "createContainer", "poststop")}
    made = bundle(config)
    whole = duration(lambda: rt.create(made).delete())
    for _ in range(ROUNDS // 2):
        ident = rt.new_id()
        kill_at(start_create(rt, made, ident), dice.uniform(0, whole))
        settle(rt, ident)


def test_run_killed(rt, bundle, dice):
    made = bundle(base_config("spawn 2", "exit 0"))
    whole = duration(lambda: rt.run_ok(made))
    for _ in range(ROUNDS):
        process = rt.popen_run(made)
        kill_at(process, dice.uniform(0, whole * 1.2))
        settle(rt, process.ident)


@pytest.mark.parametrize("kind", ["plain", "staged", "user"])
def test_create_killed_while_a_hook_hangs(rt, bundle, work, kind):
    """R20: the first process ends with its maker, also without a cgroup to find it by and while it cannot listen."""
    os.mkfifo(work / "going")
    config = base_config("pause")
    config["hooks"] = {"createContainer": [harness.hook("print x", "pause", out=work / "going")]}
    if kind == "staged":
        if not os.path.exists("/proc/self/ns/time"):
            pytest.skip("needs time namespaces: this kernel has none")
        config["linux"]["namespaces"].append({"type": "time"})
        config["linux"]["timeOffsets"] = {"monotonic": {"secs": 100}}
    if kind == "user":
        config["linux"]["namespaces"] += [{"type": "user"}, {"type": "network"}]
        config["linux"]["uidMappings"] = [{"containerID": 0, "hostID": 0, "size": 65536}]
        config["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 0, "size": 65536}]
    ident = rt.new_id()
    going = os.open(work / "going", os.O_RDWR)
    process = rt.popen("--cgroup-manager", "disabled", "create", "--bundle", bundle(config).path, ident,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert select.select([going], [], [], harness.TIMEOUT)[0], "the hook does not run"
    process.kill()
    process.wait()
    for pid in harness.children():
        assert harness.wait_gone(pid), "the first process lives"
    settle(rt, ident)
    os.close(going)


def test_run_killed_while_the_first_process_goes_on(rt, bundle, work):
    """Nobody but the record knows of it then, without a cgroup of its own."""
    os.mkfifo(work / "going")
    config = base_config("pause")
    config["mounts"].append(harness.mount("/work", "bind", work, "bind"))
    config["hooks"] = {"startContainer": [harness.hook("print x", "pause", out="/work/going", path="/probe")]}
    made = bundle(config)
    ident = rt.new_id()
    going = os.open(work / "going", os.O_RDWR)
    process = rt.popen("--cgroup-manager", "disabled", "run", "--bundle", made.path, ident, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    assert select.select([going], [], [], harness.TIMEOUT)[0], "the hook does not run"
    process.kill()
    process.wait()
    state = rt.state(ident)
    assert state["status"] == "running" and harness.is_alive(state["pid"])
    settle(rt, ident)
    assert not harness.is_alive(state["pid"])
    os.close(going)


def test_start_killed(rt, bundle, dice):
    made = bundle(base_config("pause"))
    whole = duration(lambda: rt.create(made).start().delete("--force"))
    for _ in range(ROUNDS // 2):
        container = rt.create(made)
        kill_at(rt.popen("start", container.id), dice.uniform(0, whole / 3))
        assert container.status in ("created", "running", "stopped")
        settle(rt, container.id)


def test_delete_killed(rt, bundle, dice):
    made = bundle(base_config("pause"))
    for _ in range(ROUNDS // 2):
        container = rt.create(made).start()
        kill_at(rt.popen("delete", "--force", container.id), dice.uniform(0, 0.01))
        settle(rt, container.id)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_create_interrupted(rt, bundle, dice, number):
    """Whether it ends with an error or is through already: the container is whole or gone."""
    made = bundle(base_config("exit 7"))
    whole = duration(lambda: rt.create(made).delete())
    for _ in range(ROUNDS // 3):
        ident = rt.new_id()
        process = start_create(rt, made, ident)
        time.sleep(dice.uniform(0, whole))
        process.send_signal(number)
        process.wait(harness.TIMEOUT)
        if process.returncode == 0:
            assert rt.state(ident)["status"] == "created"
        settle(rt, ident)


def test_init_killed_during_create(rt, bundle, dice):
    """Somebody kills the container's first process before it is ready: a clean error."""
    made = bundle(base_config("pause"))
    whole = duration(lambda: rt.create(made).delete())
    for _ in range(ROUNDS // 2):
        ident = rt.new_id()
        process = start_create(rt, made, ident)
        time.sleep(dice.uniform(0, whole))
        for pid in first_processes(process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait(harness.TIMEOUT)
        settle(rt, ident)


def first_processes(pid):
    """Children of the runtime that are in a pid namespace of their own: not what a sanitizer forks at its exit."""
    found = []
    try:
        for child in open(f"/proc/{pid}/task/{pid}/children").read().split():
            if os.readlink(f"/proc/{child}/ns/pid") != os.readlink("/proc/self/ns/pid"):
                found.append(int(child))
    except OSError:
        pass
    return found


def test_I13_failed_create_needs_no_delete(rt, bundle):
    """Errors late in the set-up undo everything by themselves."""
    def broken(change, has=""):
        config = manager_config("docker", "exit 0")
        change(config)
        rt.create_fails(bundle(config), has=has)
        rt.oracle.check()

    broken(lambda c: c["process"].update(args=["/missing"]), has="no such file or directory")
    broken(lambda c: c["process"].update(cwd="/etc/passwd"))
    broken(lambda c: c["mounts"].append(harness.mount("/etc/passwd/x", "tmpfs", "tmpfs")),
           has="not a directory")         # as for a directory on a file: Docker adds its advice to these words
    broken(lambda c: c["linux"]["sysctl"].update({"net.ipv4.no_such": "1"}))
    broken(lambda c: c.update(hooks={"createContainer": [{"path": "/no/such"}]}))


def test_state_root_without_space(rt, bundle, work):
    """T12: every size of a full disk gives success or a clean error, and --force gets rid of the rest."""
    made = bundle(base_config("exit 0"))
    for size in (4, 8, 12, 16, 24, 32):
        rt.root.mkdir(exist_ok=True)
        assert harness.libc.mount(b"small", str(rt.root).encode(), b"tmpfs", 0, f"size={size}k,nr_inodes=6".encode()) == 0
        try:
            ident = rt.new_id()
            result, _, _, err = rt.create_raw(made, ident=ident)
            assert result.code in (0, 1)
            rt.ok("delete", "--force", ident)
            assert rt.ids() == []
        finally:
            harness.libc.umount2(str(rt.root).encode(), 2)


def test_readonly_state_root(rt, bundle):
    rt.root.mkdir()
    assert harness.libc.mount(b"ro", str(rt.root).encode(), b"tmpfs", 1, None) == 0
    try:
        result = rt.create_fails(bundle(base_config("exit 0")), has=str(rt.root))
        assert result.code == 1
    finally:
        harness.libc.umount2(str(rt.root).encode(), 2)
