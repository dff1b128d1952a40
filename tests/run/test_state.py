# SPDX-License-Identifier: GPL-2.0-or-later
"""`state`: the document, and the status in every part of a container's life (OP-05, OP-10..16)."""

import datetime
import json
import os

import pytest

import harness
from harness import base_config

pytestmark = pytest.mark.anyuser


def test_document(rt, bundle):
    config = base_config("pause")
    config["annotations"] = {"org.example.a": "1", "empty": ""}
    made = bundle(config)
    before = datetime.datetime.now(datetime.timezone.utc)
    container = rt.create(made)
    state = container.state()
    assert state["ociVersion"] == "1.2.0"
    assert state["id"] == container.id
    assert state["status"] == "created"
    assert isinstance(state["pid"], int) and state["pid"] > 1
    assert state["bundle"] == str(made.path)
    assert state["rootfs"] == str(made.rootfs)
    assert state["annotations"] == config["annotations"]
    assert state["created"].endswith("Z"), "UTC"
    created = datetime.datetime.fromisoformat(state["created"][:19] + "+00:00")
    assert abs((created - before).total_seconds()) < 60
    assert "owner" in state


def test_output_is_one_object_and_nothing_else(rt, bundle):
    container = rt.create(bundle(base_config("pause")))
    result = rt.ok("state", container.id)
    json.loads(result.out)
    assert result.err == ""


def test_no_annotations(rt, bundle):
    assert rt.create(bundle(base_config("pause"))).state().get("annotations", {}) == {}


def test_life(rt, bundle):
    container = rt.create(bundle(base_config("signals 1", "exit 0")))
    assert container.status == "created"
    container.start()
    state = container.state()
    assert (state["status"], state["pid"]) == ("running", container.pid)
    container.out.record("signals")
    container.kill("TERM")
    assert harness.wait_gone(container.pid)
    # Not reaped yet: a zombie, as a manager sees it that is slow to wait.
    state = container.state()
    assert state["status"] == "stopped"
    assert state.get("pid", 0) == 0
    assert container.wait() == 0
    assert container.status == "stopped"
    container.delete()
    rt.fails("state", container.id, has="does not exist")


def test_killed_while_created(rt, bundle):
    container = rt.create(bundle(base_config("exit 0")))
    os.kill(container.pid, 9)
    assert harness.wait_gone(container.pid)
    assert container.status == "stopped"


def test_unknown(rt):
    rt.fails("state", rt.new_id(), has="does not exist")
    assert not rt.root.exists(), "a command that only reads creates nothing"


def test_without_id(rt):
    assert rt.call("state").code != 0


def test_two_ids_are_an_error(rt, bundle):
    container = rt.create(bundle(base_config("pause")))
    assert rt.call("state", container.id, container.id).code != 0


@pytest.mark.parametrize("ident", ["..", ".", "a/b", "/", ""])
def test_bad_ids(rt, ident):
    rt.fails("state", ident)


def test_reading_changes_nothing(rt, bundle):
    container = rt.create(bundle(base_config("pause")))
    directory = rt.root / container.id

    def look():
        return {n: harness.file_identity(directory / n) for n in os.listdir(directory)}

    before = look()
    container.state()
    rt.ok("list")
    assert look() == before


def test_other_root_other_containers(rt, bundle, work):
    container = rt.create(bundle(base_config("pause")))
    result = rt.call_raw([harness.TARE, "--root", str(work / "other"), "state", container.id])
    assert result.code == 1 and "does not exist" in result.err


def test_root_is_relative_to_the_caller(rt, bundle, work):
    container = rt.create(bundle(base_config("pause")))
    result = rt.call_raw([harness.TARE, "--root=state", "state", container.id], cwd=work)
    assert json.loads(result.out)["id"] == container.id


@pytest.mark.skipif(harness.CGROUP_MODE != "v2" and not harness.has_controller("freezer"),
                    reason="no freezer in this machine's cgroup tree")
def test_paused(rt, bundle):
    config = base_config("pause")
    name = config["linux"]["cgroupsPath"] = f"/{harness.TOKEN}-frozen"
    container = rt.create(bundle(config)).start()
    harness.freeze_by_hand(harness.cgroup_dir(name[1:], "freezer"), True)
    try:
        assert container.status == "paused"
        for verb in ("start", "delete"):
            rt.fails(verb, container.id)
            assert container.status == "paused", "a refused command has no effect"
        assert harness.is_alive(container.pid)
        container.delete("--force")
    finally:
        if os.path.exists(rt.root / container.id):
            harness.freeze_by_hand(harness.cgroup_dir(name[1:], "freezer"), False)
    rt.oracle.check()
