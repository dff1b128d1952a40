# SPDX-License-Identifier: GPL-2.0-or-later
"""Many commands at once: one winner per ID and per start, no deadlock, no trace (T9, T10 in small)."""

import os

import harness
from harness import base_config

WORKERS = 8


def all_of(processes):
    """Exit codes of processes that run at the same time."""
    return [p.wait(harness.TIMEOUT * 2) for p in processes]


def quiet(rt, *args):
    out = os.open("/dev/null", os.O_WRONLY)
    try:
        return rt.popen(*args, stdout=out, stderr=out)
    finally:
        os.close(out)


def test_same_id_created_by_eight(rt, bundle):
    made = bundle(base_config("exit 5"))
    for _ in range(3):
        ident = rt.new_id()
        codes = all_of([quiet(rt, "create", "--bundle", made.path, ident) for _ in range(WORKERS)])
        assert sorted(codes) == [0] + [1] * (WORKERS - 1)
        state = rt.state(ident)
        assert state["status"] == "created"
        rt.ok("start", ident)
        assert harness.wait_exit(state["pid"]) == 5
        rt.ok("delete", ident)
        rt.oracle.check()


def test_started_by_eight(rt, bundle):
    """I12: takes effect once."""
    made = bundle(base_config("print started", "pause"))
    for _ in range(3):
        container = rt.create(made)
        codes = all_of([quiet(rt, "start", container.id) for _ in range(WORKERS)])
        assert sorted(codes) == [0] + [1] * (WORKERS - 1)
        assert container.status == "running"
        container.delete("--force")
        assert container.out.rest().count("started") == 2, "one record: its argument and its value"


def test_deleted_by_eight(rt, bundle):
    made = bundle(base_config("pause"))
    container = rt.create(made).start()
    codes = all_of([quiet(rt, "delete", "--force", container.id) for _ in range(WORKERS)])
    assert codes == [0] * WORKERS
    container.wait()
    rt.oracle.check()


def test_plain_delete_by_eight(rt, bundle):
    made = bundle(base_config("exit 0"))
    container = rt.create(made).start()
    container.wait()
    codes = all_of([quiet(rt, "delete", container.id) for _ in range(WORKERS)])
    assert sorted(codes) == [0] + [1] * (WORKERS - 1)
    rt.oracle.check()


def test_start_against_delete(rt, bundle):
    made = bundle(base_config("exit 0"))
    for _ in range(5):
        container = rt.create(made)
        codes = all_of([quiet(rt, "start", container.id), quiet(rt, "delete", "--force", container.id)])
        assert codes[1] == 0 and codes[0] in (0, 1)
        container.wait()
        rt.ok("delete", "--force", container.id)
        rt.oracle.check()


def test_different_containers_at_once(rt, bundle):
    made = bundle(base_config("exit 3"))
    codes = all_of([quiet(rt, "run", "--bundle", made.path, rt.new_id()) for _ in range(16)])
    assert codes == [3] * 16
    rt.oracle.check()


def test_same_rootfs_and_new_mount_points_at_once(rt, bundle):
    """The mount points are missing, and all make them."""
    config = base_config("exit 3")
    config["mounts"].append(harness.mount("/made/by/all", "tmpfs", "tmpfs"))
    made = bundle(config)
    codes = all_of([quiet(rt, "run", "--bundle", made.path, rt.new_id()) for _ in range(WORKERS)])
    assert codes == [3] * WORKERS


def test_seccomp_cache_filled_by_many(rt, bundle):
    made = bundle(harness.manager_config("docker", "exit 3"))
    configs = []
    for n in range(WORKERS):
        config = harness.copy_config(made.config)
        config["linux"]["cgroupsPath"] = f"/{harness.TOKEN}-many-{n}"
        configs.append(bundle(config))
    codes = all_of([quiet(rt, "run", "--bundle", b.path, rt.new_id()) for b in configs])
    assert codes == [3] * WORKERS
    rt.oracle.check()


def test_reading_while_others_come_and_go(rt, bundle):
    """list and state never fail for a neighbour's sake, and never see a half-written record (I10)."""
    made = bundle(base_config("exit 0"))
    rt.root.mkdir(mode=0o700)
    runners = [quiet(rt, "run", "--bundle", made.path, rt.new_id()) for _ in range(6)]
    while any(p.poll() is None for p in runners):
        for entry in rt.list():
            assert entry["status"] in ("creating", "created", "running", "stopped"), entry
            result = rt.call("state", entry["id"])
            assert result.code == 0 or "does not exist" in result.err, result
    assert all_of(runners) == [0] * 6


def test_state_during_create(rt, bundle, work):
    """While a hook holds the create up: "creating", nothing blocks, and what is not for it has no effect (OP-01, OP-03)."""
    os.mkfifo(work / "gate")
    config = base_config("exit 0")
    config["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", f"read line < {work}/gate"], "env": ["PATH=/bin"]}]}
    ident = rt.new_id()
    made = bundle(config)
    process = quiet(rt, "create", "--bundle", made.path, ident)
    gate = os.open(work / "gate", os.O_WRONLY)          # returns once the hook reads
    assert rt.state(ident)["status"] == "creating"
    assert [e["status"] for e in rt.list()] == ["creating"]
    for command, words in ((("kill", ident, "KILL"), "still being created"), (("start", ident), "that is being created"),
                           (("create", "--bundle", made.path, ident), "already exists"),
                           (("delete", ident), "not stopped: creating")):
        rt.fails(*command, has=(words,), timeout=3 * harness.SLOW)      # at once, however long the create takes
        assert rt.state(ident)["status"] == "creating", command
    os.write(gate, b"go\n")
    os.close(gate)
    assert process.wait(harness.TIMEOUT) == 0
    assert rt.state(ident)["status"] == "created"
    rt.ok("delete", ident)
