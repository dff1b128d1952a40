# SPDX-License-Identifier: GPL-2.0-or-later
"""`pause` and `resume`: everything in the container stands still, and goes on (cli-contract 2.2, 2.4, 2.5)."""

import os
import pathlib
import select

import pytest

import harness
from harness import CGROUP_MODE, TOKEN, base_config, cgroup_mounts, drop_namespace

pytestmark = [pytest.mark.anyuser, pytest.mark.skipif(CGROUP_MODE == "none", reason="needs a cgroup tree: this machine has none")]

# How long a process that stands still is watched for doing nothing.
STILL = 0.2


def is_silent(reader, seconds=STILL):
    return not reader.have and not select.select([reader.fd], [], [], seconds)[0]


def is_frozen(pid):
    """Where the kernel keeps it says so: of v2 and of v1."""
    return open(f"/proc/{pid}/wchan").read() in ("do_freezer_trap", "__refrigerator", "get_signal")


def trees():
    """The hierarchies that can freeze: where the tests may make cgroups in each."""
    mounts = cgroup_mounts()
    return [str(harness.top_of(mounts[name])) for name in ("", "freezer") if name in mounts]


def listening(rt, bundle, *more, **config):
    container = rt.create(bundle(base_config(*more, "signals 2", "exit 0", **config))).start()
    container.out.record("signals")
    return container


def test_stands_still_and_goes_on(rt, bundle):
    container = listening(rt, bundle)
    rt.ok("pause", container.id)
    assert container.status == "paused"
    assert [entry["status"] for entry in rt.list()] == ["paused"]
    container.kill("USR1")
    assert is_silent(container.out)
    rt.ok("resume", container.id)
    assert container.status == "running"
    assert container.out.record("signal")["value"] == 10
    container.kill("USR2")
    assert container.wait() == 0


def test_every_process(rt, bundle):
    """Not the first alone: children stand still, too."""
    container = rt.create(bundle(drop_namespace(base_config("spawn 3", "pause"), "pid"))).start()
    pids = container.out.record("spawn")["value"]
    rt.ok("pause", container.id)
    assert all(is_frozen(pid) for pid in [container.pid, *pids])
    rt.ok("resume", container.id)
    assert not any(is_frozen(pid) for pid in [container.pid, *pids])


def test_created_may_be_paused(rt, bundle):
    container = rt.create(bundle(base_config("exit 4")))
    rt.ok("pause", container.id)
    assert container.status == "paused"
    rt.fails("start", container.id, has="paused: resume it first")
    rt.ok("resume", container.id)
    assert container.status == "created"
    assert container.start().wait() == 4


def test_twice(rt, bundle):
    container = listening(rt, bundle)
    rt.fails("resume", container.id, has=["running", "container not paused"])
    rt.ok("pause", container.id)
    error = rt.fails("pause", container.id, has="paused already")
    assert "not running" not in error.err         # which managers take for a container that is gone
    assert container.status == "paused"
    rt.ok("resume", container.id)
    rt.fails("resume", container.id, has="container not paused")


@pytest.mark.parametrize("verb, words", [("pause", "container not running"), ("resume", "container not paused")])
def test_states_that_cannot(rt, bundle, verb, words):
    container = rt.create(bundle(base_config("exit 0"))).start()
    container.wait()
    rt.fails(verb, container.id, has=["stopped", words])
    rt.fails(verb, rt.new_id(), has="does not exist")
    assert rt.call(verb).code == 1
    rt.fails(verb, container.id, "more", has="more")


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_without_a_cgroup(rt, bundle, verb):
    config = base_config("pause")
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "cgroup"]
    del config["linux"]["resources"]
    result, ident, _, err = rt.create_raw(bundle(config), globals=["--cgroup-manager", "disabled"])
    assert result.code == 0, err.rest()
    rt.ok("start", ident)
    rt.fails(verb, ident, has="no cgroup" if verb == "pause" else "container not paused")
    assert rt.state(ident)["status"] == "running"


@pytest.mark.parametrize("tree", trees())
def test_frozen_above(rt, bundle, tree):
    """A cgroup above is frozen by somebody else: paused for everybody, and only they can let it go on."""
    config = base_config("signals 1", "exit 0")
    config["linux"]["cgroupsPath"] = f"/{TOKEN}-above/{TOKEN}-below"
    container = rt.create(bundle(config)).start()
    container.out.record("signals")
    above = pathlib.Path(tree) / f"{TOKEN}-above"
    harness.freeze_by_hand(above, True)
    assert container.status == "paused"
    rt.fails("pause", container.id, has="paused already")
    rt.fails("resume", container.id, has=[str(above), "frozen"])
    assert container.status == "paused"
    harness.freeze_by_hand(above, False)
    assert container.status == "running"
    container.kill("TERM")
    assert container.wait() == 0


@pytest.mark.parametrize("tree", trees())
def test_create_below_a_frozen_one(rt, bundle, tree):
    """The first process would stand still before it is one, and we with it."""
    above = pathlib.Path(tree) / f"{TOKEN}-frozen"
    above.mkdir()
    try:
        harness.freeze_by_hand(above, True)
        config = base_config("exit 0")
        config["linux"]["cgroupsPath"] = f"/{TOKEN}-frozen/below"
        rt.run_fails(bundle(config), has="container's cgroup unexpectedly frozen")
        assert rt.ids() == []
        harness.freeze_by_hand(above, False)
        rt.run_ok(bundle(config))
    finally:
        if above.exists():
            above.rmdir()


def test_frozen_in_both_trees(rt, bundle):
    if len(trees()) < 2:
        pytest.skip("needs a v2 tree and a v1 freezer: this view of the cgroup tree has one that freezes")
    config = base_config("signals 1", "exit 0")
    config["linux"]["cgroupsPath"] = f"/{TOKEN}-both"
    container = rt.create(bundle(config)).start()
    for tree in trees():
        harness.freeze_by_hand(pathlib.Path(tree) / f"{TOKEN}-both", True)
    rt.ok("resume", container.id)
    assert container.status == "running"


@pytest.mark.parametrize("tree", trees())
def test_what_the_container_froze_stays_so(rt, bundle, tree):
    """A cgroup below that the container froze itself is its own affair, except for its end."""
    config = drop_namespace(base_config("spawn 1", "pause"), "pid")
    config["linux"]["cgroupsPath"] = f"/{TOKEN}-nest"
    container = rt.create(bundle(config)).start()
    inner = container.out.record("spawn")["value"][0]
    below = pathlib.Path(tree) / f"{TOKEN}-nest" / "below"
    below.mkdir()
    (below / "cgroup.procs").write_text(str(inner))
    harness.freeze_by_hand(below, True)
    assert container.status == "running"
    # On a hybrid machine, too, where the v2 tree would wait for ever for what the v1 freezer holds.
    rt.ok("pause", container.id)
    assert container.status == "paused" and is_frozen(container.pid)
    rt.ok("resume", container.id)
    assert container.status == "running"
    assert is_frozen(inner) and not is_frozen(container.pid)
    rt.ok("kill", container.id, "KILL")
    assert container.wait() == 137
    assert harness.wait_gone(inner)


def test_kill_ends_a_paused_one(rt, bundle):
    container = listening(rt, bundle)
    rt.ok("pause", container.id)
    rt.ok("kill", container.id, "KILL")
    assert container.wait() == 137
    assert container.status == "stopped"
    container.delete()


@pytest.mark.parametrize("tree", trees())
def test_kill_ends_one_that_is_frozen_by_hand(rt, bundle, tree):
    config = base_config("pause")
    config["linux"]["cgroupsPath"] = f"/{TOKEN}-hand"
    container = rt.create(bundle(config)).start()
    harness.freeze_by_hand(pathlib.Path(tree) / f"{TOKEN}-hand", True)
    rt.ok("kill", container.id, "9")
    assert container.wait() == 137


def test_delete(rt, bundle):
    container = listening(rt, bundle)
    rt.ok("pause", container.id)
    rt.fails("delete", container.id, has=["not stopped", "paused"])
    assert container.status == "paused"
    container.delete("--force")
    assert container.wait() == 137
    rt.oracle.check()


def test_does_not_wait_for_a_start_that_hangs(rt, bundle, work):
    """A start in the middle of its hooks holds the container's lock."""
    os.mkfifo(work / "going")
    config = base_config("exit 0")
    config["mounts"].append(harness.mount("/work", "bind", work, "bind"))
    config["hooks"] = {"startContainer": [harness.hook("print x", "pause", out="/work/going", path="/probe")]}
    container = rt.create(bundle(config))
    going = os.open(work / "going", os.O_RDWR)
    start = rt.popen("start", container.id)
    assert select.select([going], [], [], harness.TIMEOUT)[0], "the hook does not run"
    rt.ok("pause", container.id)
    assert container.status == "paused"
    rt.ok("resume", container.id)
    assert start.poll() is None
    rt.ok("kill", container.id, "KILL")
    start.wait(harness.TIMEOUT)
    container.wait()
    os.close(going)
