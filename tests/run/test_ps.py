# SPDX-License-Identifier: GPL-2.0-or-later
"""`ps`: the container's processes, as numbers and as the host's ps shows them (cli-contract 2.2, 2.3)."""

import json
import os
import pathlib
import shutil

import pytest

import harness
from harness import CGROUP_MODE, TOKEN, base_config, cgroup_mounts, drop_namespace

pytestmark = [pytest.mark.anyuser, pytest.mark.skipif(CGROUP_MODE == "none", reason="needs a cgroup tree: this machine has none")]


def spawning(rt, bundle, n, own_pids=False, **options):
    """A running container of 1 + @n processes, and their pids on the host."""
    config = base_config(f"spawn {n}", "pause")
    if not own_pids:
        drop_namespace(config, "pid")
    config["linux"]["cgroupsPath"] = f"/{TOKEN}-ps"
    container = rt.create(bundle(config), **options).start()
    pids = container.out.record("spawn")["value"]
    return container, [container.pid, *pids]


def pids(rt, ident):
    return json.loads(rt.ok("ps", "--format", "json", ident).out)


def need_ps():
    if not shutil.which("ps", path=harness.PATH):
        pytest.skip("needs ps(1): not installed")


def test_json(rt, bundle):
    container, expected = spawning(rt, bundle, 3)
    result = rt.ok("ps", "-f", "json", container.id)
    assert result.out == "[" + ",".join(map(str, json.loads(result.out))) + "]\n"
    assert sorted(json.loads(result.out)) == sorted(expected)


def test_json_of_a_pid_namespace(rt, bundle):
    """The numbers are the host's."""
    container, _ = spawning(rt, bundle, 2, own_pids=True)
    found = pids(rt, container.id)
    assert len(found) == 3 and container.pid in found
    assert all(harness.is_alive(pid) for pid in found)


def test_cgroups_below_count(rt, bundle):
    container, expected = spawning(rt, bundle, 2)
    for tree in set(cgroup_mounts().values()):
        below = harness.top_of(tree) / f"{TOKEN}-ps" / "below"
        if not below.parent.exists():
            continue
        below.mkdir()
        for file in ("cpuset.cpus", "cpuset.mems"):
            if (below / file).exists() and CGROUP_MODE != "v2":
                (below / file).write_text((below.parent / file).read_text())
        (below / "cgroup.procs").write_text(str(expected[1]))
    assert sorted(pids(rt, container.id)) == sorted(expected)


def test_created_paused_stopped(rt, bundle):
    container = rt.create(bundle(base_config("pause")))
    assert pids(rt, container.id) == [container.pid]
    container.start()
    rt.ok("pause", container.id)
    assert pids(rt, container.id) == [container.pid]
    container.kill("KILL").wait()
    assert rt.ok("ps", "--format", "json", container.id).out == "null\n"


def test_left_behind(rt, bundle):
    """Without a pid namespace others may outlive the first process."""
    container = rt.create(bundle(drop_namespace(base_config("spawn 2", "exit 0"), "pid"))).start()
    left = container.out.record("spawn")["value"]
    container.wait()
    assert sorted(pids(rt, container.id)) == sorted(left)


def test_table(rt, bundle):
    need_ps()
    container, expected = spawning(rt, bundle, 2)
    lines = rt.ok("ps", container.id).out.splitlines()
    column = lines[0].split().index("PID")
    assert lines[0].split()[:3] == ["UID", "PID", "PPID"]
    assert sorted(int(line.split()[column]) for line in lines[1:]) == sorted(expected)
    assert rt.ok("ps", "--format=table", container.id).out.splitlines()[0] == lines[0]


@pytest.mark.parametrize("options, heading", [(["-eo", "ppid,pid,comm"], ["PPID", "PID", "COMMAND"]),
                                              (["-e", "-o", "pid"], ["PID"]), (["aux"], ["USER", "PID", "%CPU"]),
                                              (["--", "-e", "-o", "pid"], ["PID"])])
def test_options_of_ps(rt, bundle, options, heading):
    """What follows the ID is ps's own, also what looks like an option of ours."""
    need_ps()
    container, expected = spawning(rt, bundle, 1)
    if options[0] == "--":
        result = rt.ok("ps", "--", container.id, *options[1:])
    else:
        result = rt.ok("ps", container.id, *options)
    lines = result.out.splitlines()
    assert lines[0].split()[:len(heading)] == heading
    column = heading.index("PID")
    assert sorted(int(line.split()[column]) for line in lines[1:]) == sorted(expected)


def test_table_without_the_column(rt, bundle):
    need_ps()
    container, _ = spawning(rt, bundle, 0)
    rt.fails("ps", container.id, "-eo", "comm", has="PID")


def test_table_when_ps_fails(rt, bundle):
    need_ps()
    container, _ = spawning(rt, bundle, 0)
    result = rt.call("ps", container.id, "--no-such-option")
    assert result.code == 1 and result.out == ""
    assert result.err.splitlines()[-1].endswith("ps exited with status 1")


def test_without_ps(rt, bundle, work):
    """The table is ps's work; the numbers need no other program."""
    container, _ = spawning(rt, bundle, 0)
    empty = work / "empty"
    empty.mkdir()
    environment = {"PATH": str(empty)}
    rt.fails("ps", container.id, has=["run ps", "--format json"], env=environment)
    assert rt.ok("ps", "-f", "json", container.id, env=environment).out == f"[{container.pid}]\n"


def test_errors(rt, bundle):
    container, _ = spawning(rt, bundle, 0)
    rt.fails("ps", "--format", "json", rt.new_id(), has="does not exist")
    rt.fails("ps", "--format", "xml", container.id, has="xml")
    assert rt.call("ps").code == 1


def without_cgroup(rt, bundle, config):
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "cgroup"]
    del config["linux"]["resources"]
    result, ident, out, err = rt.create_raw(bundle(config), globals=["--cgroup-manager", "disabled"])
    assert result.code == 0, err.rest()
    rt.ok("start", ident)
    return ident, out


def test_without_a_cgroup(rt, bundle):
    """The pid namespace tells them apart, nested ones included."""
    ident, out = without_cgroup(rt, bundle, base_config("spawn 2", "pause"))
    assert len(out.record("spawn")["value"]) == 2
    first = rt.state(ident)["pid"]
    found = pids(rt, ident)
    assert len(found) == 3 and first in found
    namespace = os.readlink(f"/proc/{first}/ns/pid")
    assert all(os.readlink(f"/proc/{pid}/ns/pid") == namespace for pid in found)


def test_without_anything_that_tells(rt, bundle):
    ident, _ = without_cgroup(rt, bundle, drop_namespace(base_config("pause"), "pid"))
    rt.fails("ps", "--format", "json", ident, has=["neither a cgroup nor a pid namespace"])
