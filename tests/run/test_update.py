# SPDX-License-Identifier: GPL-2.0-or-later
"""tare update: every effect is read from the container's cgroup, and so is that the rest stays as it was.

Where this view of the machine has no controller, the limit is refused by its name instead.
"""

import json
import os
import subprocess

import pytest

import harness
from harness import CGROUP_MODE, TOKEN, base_config, cgroup_dir, cgroup_mounts, has_controller

pytestmark = [pytest.mark.anyuser, pytest.mark.skipif(CGROUP_MODE == "none", reason="needs cgroups: this machine has no tree mounted")]

NAME = f"{TOKEN}-update"
MIB = 1 << 20

# What the container has before: (controller, file) -> value, in the words of v1.
BEFORE = {
    ("memory", "memory.limit_in_bytes"): str(64 * MIB),
    ("memory", "memory.memsw.limit_in_bytes"): str(128 * MIB),
    ("memory", "memory.soft_limit_in_bytes"): str(32 * MIB),
    ("cpu", "cpu.shares"): "512",
    ("cpu", "cpu.cfs_period_us"): "100000",
    ("cpu", "cpu.cfs_quota_us"): "50000",
    ("cpu", "cpu.cfs_burst_us"): "10000",
    ("cpu", "cpu.idle"): "0",
    ("pids", "pids.max"): "100",
    ("cpuset", "cpuset.cpus"): None,
    ("cpuset", "cpuset.mems"): None,
    ("devices", "devices.list"): None,
    ("memory", "memory.swappiness"): None,
    ("memory", "memory.oom_control"): None,
}

RESOURCES = {
    "memory": {"limit": 64 * MIB, "swap": 128 * MIB, "reservation": 32 * MIB},
    "cpu": {"shares": 512, "period": 100000, "quota": 50000, "burst": 10000},
    "pids": {"limit": 100},
}


def need(*controllers):
    """These tests speak of v1's files: without a v1 tree there is another view that has them."""
    for controller in controllers:
        if CGROUP_MODE == "v2" or not has_controller(controller):
            pytest.skip(f"needs the {controller} controller on a cgroup v1 tree: this view has none")


def has_file(controller, file):
    return (cgroup_dir(NAME, controller) / file).exists()


def read(controller, file):
    return (cgroup_dir(NAME, controller) / file).read_text().strip()


def write(controller, file, text):
    (cgroup_dir(NAME, controller) / file).write_text(text)


def values():
    """Everything in BEFORE that this machine has, as it is now."""
    return {(c, f): read(c, f) for c, f in BEFORE if has_controller(c) and has_file(c, f)}


def update(rt, container, *options, document=None, **rest):
    if document is None:
        return rt.ok("update", *options, container.id, **rest)
    return with_stdin(rt.ok, container, document, *options, **rest)


def with_stdin(call, container, document, *options, **rest):
    reading, writing = os.pipe()
    os.write(writing, (document if isinstance(document, str) else json.dumps(document)).encode())
    os.close(writing)
    try:
        return call("update", "--resources=-", *options, container.id, stdin=reading, **rest)
    finally:
        os.close(reading)


def refused(rt, container, *options, document=None, has=(), lacks=()):
    if document is None:
        return rt.fails("update", *options, container.id, has=has, lacks=lacks)
    return with_stdin(rt.fails, container, document, *options, has=has, lacks=lacks)


@pytest.fixture
def limited(rt, bundle):
    """A created container with RESOURCES."""
    need("memory", "cpu", "pids", "cpuset")
    config = base_config("pause")
    config["linux"]["cgroupsPath"] = f"/{NAME}"
    config["linux"]["resources"].update(json.loads(json.dumps(RESOURCES)))
    container = rt.create(bundle(config))
    found = values()
    for key, value in BEFORE.items():
        assert value is None or key not in found or found[key] == value, key
    yield container
    container.delete("--force")


def changed(rt, container, change, *options, **rest):
    """Update with @options: exactly @change, (controller, file) -> value, must be different afterwards."""
    before = values()
    update(rt, container, *options, **rest)
    after = values()
    assert after == {**before, **change}, {k: (before[k], after[k]) for k in after if after[k] != before.get(k)}


def unchanged(rt, container, *options, **rest):
    before = values()
    refused(rt, container, *options, **rest)
    assert values() == before


# ---- one by one: the flag, and the same by a document ------------------------------------------

SINGLE = [
    (("--memory", 48 * MIB), {"memory": {"limit": 48 * MIB}}, {("memory", "memory.limit_in_bytes"): str(48 * MIB)}),
    (("--memory", "96m"), {"memory": {"limit": 96 * MIB}}, {("memory", "memory.limit_in_bytes"): str(96 * MIB)}),
    (("--memory-reservation", "16MiB"), {"memory": {"reservation": 16 * MIB}},
     {("memory", "memory.soft_limit_in_bytes"): str(16 * MIB)}),
    (("--memory-swap", "0.25G"), {"memory": {"swap": 256 * MIB}},
     {("memory", "memory.memsw.limit_in_bytes"): str(256 * MIB)}),
    (("--cpu-share", 100), {"cpu": {"shares": 100}}, {("cpu", "cpu.shares"): "100"}),
    (("--cpu-period", 200000), {"cpu": {"period": 200000}}, {("cpu", "cpu.cfs_period_us"): "200000"}),
    (("--cpu-quota", 30000), {"cpu": {"quota": 30000}}, {("cpu", "cpu.cfs_quota_us"): "30000"}),
    (("--cpu-quota", -1), {"cpu": {"quota": -1}}, {("cpu", "cpu.cfs_quota_us"): "-1"}),
    (("--cpu-burst", 20000), {"cpu": {"burst": 20000}}, {("cpu", "cpu.cfs_burst_us"): "20000"}),
    (("--cpu-burst", 0), {"cpu": {"burst": 0}}, {("cpu", "cpu.cfs_burst_us"): "0"}),
    (("--cpu-idle", 1), {"cpu": {"idle": 1}}, {("cpu", "cpu.idle"): "1", ("cpu", "cpu.shares"): "3"}),
    (("--cpuset-cpus", "0"), {"cpu": {"cpus": "0"}}, {("cpuset", "cpuset.cpus"): "0"}),
    (("--cpuset-mems", "0"), {"cpu": {"mems": "0"}}, {("cpuset", "cpuset.mems"): "0"}),
    (("--pids-limit", 7), {"pids": {"limit": 7}}, {("pids", "pids.max"): "7"}),
    (("--pids-limit", 0), {"pids": {"limit": 0}}, {("pids", "pids.max"): "0"}),
    (("--pids-limit", -1), {"pids": {"limit": -1}}, {("pids", "pids.max"): "max"}),
]


@pytest.mark.parametrize("flags, document, change", SINGLE, ids=lambda v: "-".join(map(str, v)) if isinstance(v, tuple) else "")
def test_single(rt, limited, flags, document, change):
    for controller, file in change:
        if not has_file(controller, file):
            pytest.skip(f"needs {file}: this kernel has none")
    before = values()
    changed(rt, limited, change, *flags)
    for (controller, file), value in before.items():
        if (controller, file) in change and file != "cpu.shares":
            write(controller, file, value)
    if ("cpu", "cpu.shares") in change:
        write("cpu", "cpu.shares", before["cpu", "cpu.shares"])
    assert values() == before
    changed(rt, limited, change, document=document)


def test_flags_of_managers(rt, limited):
    """One dash, a value after "=", options after the ID, empty values as Go programs write them."""
    changed(rt, limited, {("pids", "pids.max"): "8"}, "-pids-limit=8")
    rt.ok("update", limited.id, "--pids-limit", "9", "--cpuset-cpus=", "--memory", "")
    assert read("pids", "pids.max") == "9"


def test_file(rt, limited, work):
    (work / "r.json").write_text(json.dumps({"pids": {"limit": 11}, "memory": {}, "blockIO": {}, "devices": None}))
    changed(rt, limited, {("pids", "pids.max"): "11"}, "--resources", work / "r.json")
    (work / "r.json").write_text(json.dumps({"pids": {"limit": 12}}))
    changed(rt, limited, {("pids", "pids.max"): "12"}, "-r", work / "r.json")


def test_document_makes_flags_void(rt, limited):
    changed(rt, limited, {("pids", "pids.max"): "13"}, "--memory", "1m", document={"pids": {"limit": 13}})


def test_nothing(rt, limited):
    changed(rt, limited, {})
    changed(rt, limited, {}, document={})
    changed(rt, limited, {}, document={"memory": {"limit": 0}, "cpu": {"quota": 0, "period": 0, "cpus": ""}})


# ---- values that depend on each other ----------------------------------------------------------

def test_memory_up_and_down(rt, limited):
    """Whatever the direction, the kernel is never asked for more memory than memory and swap."""
    for limit, swap in ((256, 512), (300, 300), (16, 32), (700, 701), (64, 128)):
        changed(rt, limited, {("memory", "memory.limit_in_bytes"): str(limit * MIB),
                              ("memory", "memory.memsw.limit_in_bytes"): str(swap * MIB)},
                "--memory", f"{limit}m", "--memory-swap", f"{swap}m")


def test_memory_without_limit(rt, limited):
    unlimited = "9223372036854771712"
    changed(rt, limited, {("memory", "memory.limit_in_bytes"): unlimited,
                          ("memory", "memory.memsw.limit_in_bytes"): unlimited}, "--memory", "-1")


def test_memory_beside_swap(rt, limited):
    """What v1 could only refuse in words that nobody understands."""
    unchanged(rt, limited, "--memory", "256m", has=["--memory", str(128 * MIB)])
    unchanged(rt, limited, "--memory-swap", "16m", has="--memory-swap")
    unchanged(rt, limited, document={"memory": {"limit": 256 * MIB}}, has=["standard input:1:", "memory.limit"])
    changed(rt, limited, {("memory", "memory.memsw.limit_in_bytes"): "9223372036854771712"}, "--memory-swap", "-1")


def test_bandwidth_in_every_order(rt, limited):
    for period, quota, burst in ((100000, 90000, 80000), (10000, 5000, 5000), (1000000, 900000, 900000),
                                 (2000, 1000, 1), (100000, 50000, 10000)):
        changed(rt, limited, {("cpu", "cpu.cfs_period_us"): str(period), ("cpu", "cpu.cfs_quota_us"): str(quota),
                              ("cpu", "cpu.cfs_burst_us"): str(burst)},
                "--cpu-period", period, "--cpu-quota", quota, "--cpu-burst", burst)


def test_bandwidth_below_a_parent(rt, bundle):
    """A shorter period with the old quota would be more than the parent has: the quota has to go first."""
    need("cpu")
    pod = f"{TOKEN}-pod"
    top = harness.pathlib.Path(cgroup_mounts()["cpu"], pod)
    config = base_config("pause")
    config["linux"]["cgroupsPath"] = f"/{pod}/{NAME}"
    config["linux"]["resources"]["cpu"] = {"period": 100000, "quota": 40000}
    top.mkdir()
    try:
        (top / "cpu.cfs_period_us").write_text("100000")
        (top / "cpu.cfs_quota_us").write_text("50000")
        container = rt.create(bundle(config))
        update(rt, container, "--cpu-period", 10000, "--cpu-quota", 4000)
        assert read("cpu", "cpu.cfs_period_us") == "10000" and read("cpu", "cpu.cfs_quota_us") == "4000"
        update(rt, container, "--cpu-period", 1000000, "--cpu-quota", 400000)
        assert read("cpu", "cpu.cfs_period_us") == "1000000" and read("cpu", "cpu.cfs_quota_us") == "400000"
        unchanged(rt, container, "--cpu-quota", 600000, has="--cpu-quota")
        container.delete("--force")
    finally:
        top.rmdir()


def test_idle_and_back(rt, limited):
    if not has_file("cpu", "cpu.idle"):
        pytest.skip("needs cpu.idle: Linux 5.15")
    changed(rt, limited, {("cpu", "cpu.idle"): "1", ("cpu", "cpu.shares"): "3"}, "--cpu-idle", 1, "--cpu-share", 300)
    # An idle cgroup takes no weight, and a failing change that comes after leaves it idle.
    unchanged(rt, limited, "--cpu-idle", 0, "--cpu-share", 300, "--cpu-period", 1, has="--cpu-period")
    changed(rt, limited, {("cpu", "cpu.idle"): "0", ("cpu", "cpu.shares"): "300"}, "--cpu-idle", 0, "--cpu-share", 300)


def test_realtime(rt, limited):
    if not has_file("cpu", "cpu.rt_runtime_us"):
        pytest.skip("needs real-time budgets for groups: this kernel was built without")
    for period, runtime in ((1000000, 2000), (10000, 20), (500000, 3000), (1000000, 0)):
        update(rt, limited, "--cpu-rt-period", period, "--cpu-rt-runtime", runtime, "--pids-limit", 50)
        # A budget of 0 is none that was asked for.
        assert read("cpu", "cpu.rt_runtime_us") == str(runtime or 3000)
        assert read("cpu", "cpu.rt_period_us") == str(period)
    assert read("pids", "pids.max") == "50"


# ---- all or nothing ----------------------------------------------------------------------------

def test_failure_leaves_everything(rt, limited):
    """Many writes succeed before the last one fails."""
    unchanged(rt, limited, "--memory", "32m", "--memory-swap", "64m", "--memory-reservation", "8m", "--cpu-share", 2000,
              "--cpu-quota", 30000, "--cpu-burst", 500, "--pids-limit", 5, "--cpuset-cpus", "0-999",
              has=["--cpuset-cpus", "cpuset.cpus"])
    unchanged(rt, limited, document={"memory": {"limit": 300 * MIB, "swap": 400 * MIB}, "pids": {"limit": 3},
                                     "cpu": {"period": 50000, "quota": 20000, "mems": "99"}},
              has=["standard input:1:", "cpu.mems"])


def test_failure_of_a_device_rule(rt, limited):
    """Device rules come last, and what cgroup v1 cannot do is refused by the rule's place."""
    rules = [{"allow": True, "type": "c", "major": 10, "access": "rw"},
             {"allow": False, "type": "c", "major": 10, "minor": 3, "access": "rw"}]
    if not has_controller("devices"):
        pytest.skip("needs the devices controller of cgroup v1")
    unchanged(rt, limited, document={"pids": {"limit": 3}, "devices": rules}, has="devices[1]")


FUSE = "c 10:229 rwm"
DENY_ALL = {"allow": False, "access": "rwm"}
ALLOW_FUSE = {"allow": True, "type": "c", "major": 10, "minor": 229, "access": "rwm"}


def device_list():
    return sorted(read("devices", "devices.list").splitlines())


def test_device_rules(rt, limited):
    """Rules that are those of config.json change nothing: what somebody allowed besides must survive a manager
    that sends them every time.  Other ones are put in force."""
    need("devices")
    first = device_list()
    assert FUSE not in first
    write("devices", "devices.allow", "c 195:* rw")
    update(rt, limited, "--pids-limit", 31)
    update(rt, limited, document={"pids": {"limit": 30}, "devices": [DENY_ALL]})
    assert device_list() == sorted(first + ["c 195:* rw"]) and read("pids", "pids.max") == "30"
    update(rt, limited, document={"devices": [DENY_ALL, ALLOW_FUSE]})
    assert device_list() == sorted(first + [FUSE])
    write("devices", "devices.allow", "c 195:* rw")
    update(rt, limited, document={"devices": [DENY_ALL, ALLOW_FUSE]})
    assert device_list() == sorted(first + [FUSE, "c 195:* rw"])
    update(rt, limited, document={"devices": [DENY_ALL]})
    assert device_list() == first


def test_device_rule_that_a_parent_forbids(rt, bundle):
    """cgroup v1 takes rules one by one; when it refuses one, those before it are undone."""
    need("devices", "pids")
    pod = f"{TOKEN}-pod"
    top = harness.pathlib.Path(cgroup_mounts()["devices"], pod)
    config = base_config("pause")
    config["linux"]["cgroupsPath"] = f"/{pod}/{NAME}"
    config["linux"]["resources"]["devices"].append({**ALLOW_FUSE, "minor": 237})
    top.mkdir()
    try:
        (top / "devices.deny").write_text("c 10:229 rw")
        container = rt.create(bundle(config))
        before = values(), device_list()
        loop = {**ALLOW_FUSE, "type": "b", "major": 7, "minor": 0}
        for _ in range(2):
            refused(rt, container, document={"pids": {"limit": 3}, "devices": [DENY_ALL, loop, ALLOW_FUSE]}, has="devices[2]")
            assert (values(), device_list()) == before
        container.delete("--force")
    finally:
        top.rmdir()


def test_bad_requests(rt, limited):
    """Refused before anything is written."""
    for flags, has in ((("--memory", "12q"), "--memory"), (("--memory", "-2"), "--memory"), (("--cpu-quota", "x"), "--cpu-quota"),
                       (("--cpu-period", "-5"), "--cpu-period"), (("--blkio-weight", "70000"), "--blkio-weight"),
                       (("--cpu-idle", "2"), "--cpu-idle"), (("--pids-limit", "-7"), "--pids-limit"),
                       (("--cpu-quota", "99999999999999999999"), "--cpu-quota"), (("--nonsense", "1"), "--nonsense")):
        unchanged(rt, limited, "--pids-limit", "5", *flags, has=has)
    for document, has in (('{"pids":\n {"limit": "many"}}', ["standard input:2:", "pids.limit"]), ("", "standard input"),
                          ("[]", "standard input"), ('{"pids": {"limit": 3}} x', "standard input:1:"),
                          ('{"pids": {"limit": 3},\n "cpu": {"idle": 7}}', ["standard input:2:", "cpu.idle"]),
                          ('{"unified": {"../memory.max": "1"}}', "unified"),
                          ('{"pids": {"limit": 3},\n"hugepageLimits": [{"pageSize": "2X", "limit": 1}]}', "hugepageLimits[0]")):
        unchanged(rt, limited, document=document, has=has)
    unchanged(rt, limited, "--resources", "/nonexistent", has="/nonexistent")


def test_kernel_memory_is_not_pretended(rt, limited):
    before = values()
    result = rt.call("update", "--kernel-memory", "20m", "--pids-limit", "6", limited.id)
    if result.code == 0:
        assert read("memory", "memory.kmem.limit_in_bytes") == str(20 * MIB)
    else:
        assert "--kernel-memory" in result.err and values() == before


def test_check_before_update(rt, limited):
    used = int(read("memory", "memory.usage_in_bytes"))
    assert used > 4096
    unchanged(rt, limited, document={"memory": {"limit": 4096, "checkBeforeUpdate": True}, "pids": {"limit": 4}},
              has=["memory.limit", "checkBeforeUpdate"])
    changed(rt, limited, {("memory", "memory.limit_in_bytes"): str(60 * MIB)},
            document={"memory": {"limit": 60 * MIB, "checkBeforeUpdate": True}})


# ---- states, and what else a container has -----------------------------------------------------

def test_states(rt, limited):
    changed(rt, limited, {("pids", "pids.max"): "21"}, "--pids-limit", 21)
    limited.start()
    changed(rt, limited, {("pids", "pids.max"): "22"}, "--pids-limit", 22)
    freezer = "freezer" if has_controller("freezer") else ""
    write(freezer, "freezer.state" if freezer else "cgroup.freeze", "FROZEN" if freezer else "1")
    changed(rt, limited, {("pids", "pids.max"): "23", ("memory", "memory.limit_in_bytes"): str(50 * MIB)},
            "--pids-limit", 23, "--memory", "50m")
    write(freezer, "freezer.state" if freezer else "cgroup.freeze", "THAWED" if freezer else "0")
    limited.kill()
    limited.wait()
    refused(rt, limited, "--pids-limit", 24, has=["stopped", "created, running or paused", "container not running"])
    rt.fails("update", "--pids-limit", 24, "nobody", has="container `nobody` does not exist")


def test_without_a_cgroup(rt, bundle):
    config = base_config("pause")
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "cgroup"]
    del config["linux"]["resources"]
    result, ident, _, _ = rt.create_raw(bundle(config), globals=["--cgroup-manager", "disabled"])
    assert result.code == 0, result
    rt.fails("update", "--pids-limit", "5", ident, has="no cgroup")
    rt.ok("update", ident)
    rt.ok("delete", "--force", ident)


def test_missing_controllers(rt, bundle):
    """In a view without controllers a limit is refused by its option, and nothing happens."""
    if CGROUP_MODE != "v2":
        pytest.skip("needs a pure cgroup v2 view")
    container = rt.create(bundle(base_config("pause")))
    for flags, controller in ((("--memory", "64m"), "memory"), (("--pids-limit", "5"), "pids"), (("--cpu-share", "5"), "cpu"),
                              (("--cpuset-cpus", "0"), "cpuset")):
        if has_controller(controller):
            rt.ok("update", *flags, container.id)
        else:
            refused(rt, container, *flags, has=[flags[0], controller])
    refused(rt, container, "--cpu-rt-runtime", "5", has="--cpu-rt-runtime")
    container.delete()


V2_FILES = ("memory.max", "memory.low", "memory.swap.max", "cpu.weight", "cpu.max", "cpu.max.burst", "cpu.idle", "pids.max",
            "cpuset.cpus")

V2_STEPS = [
    (("--memory", "96m"), {"memory.max": str(96 * MIB)}),
    # Memory and swap together, as v1 counts: the difference to the limit that is there.
    (("--memory-swap", "128m"), {"memory.swap.max": str(32 * MIB)}),
    (("--memory", "32m", "--memory-swap", "32m"), {"memory.max": str(32 * MIB), "memory.swap.max": "0"}),
    (("--memory-swap", "-1"), {"memory.swap.max": "max"}),
    (("--memory", "64m", "--memory-swap", "65m"), {"memory.max": str(64 * MIB), "memory.swap.max": str(MIB)}),
    (("--memory", "-1"), {"memory.max": "max", "memory.swap.max": "max"}),
    (("--memory-reservation", "5000k"), {"memory.low": str(5000 * 1024)}),
    (("--cpu-share", "100"), {"cpu.weight": "17"}),
    (("--cpu-quota", "30000"), {"cpu.max": "30000 100000"}),
    (("--cpu-period", "200000"), {"cpu.max": "30000 200000"}),
    (("--cpu-quota", "5000", "--cpu-burst", "4000", "--cpu-period", "10000"), {"cpu.max": "5000 10000", "cpu.max.burst": "4000"}),
    (("--cpu-quota", "90000", "--cpu-burst", "80000", "--cpu-period", "100000"),
     {"cpu.max": "90000 100000", "cpu.max.burst": "80000"}),
    (("--cpu-burst", "0"), {"cpu.max.burst": "0"}),
    (("--cpu-quota", "-1"), {"cpu.max": "max 100000"}),
    (("--pids-limit", "9"), {"pids.max": "9"}),
    (("--cpuset-cpus", "0"), {"cpuset.cpus": "0"}),
    (("--cpu-idle", "1"), {"cpu.idle": "1", "cpu.weight": "0"}),
    (("--cpu-idle", "0", "--cpu-share", "1024"), {"cpu.idle": "0", "cpu.weight": "100"}),
]


def test_v2(rt, bundle):
    """The same on cgroup v2, step by step; after each one everything else is as it was."""
    if CGROUP_MODE != "v2" or not all(map(has_controller, ("memory", "cpu", "pids", "cpuset"))):
        pytest.skip("needs cgroup v2 with the memory, cpu, cpuset and pids controllers")
    config = base_config("pause")
    config["linux"]["cgroupsPath"] = f"/{NAME}"
    config["linux"]["resources"].update(json.loads(json.dumps(RESOURCES)))
    container = rt.create(bundle(config))
    present = [file for file in V2_FILES if has_file("", file)]
    now = {file: read("", file) for file in present}
    assert now["memory.max"] == str(64 * MIB) and now["cpu.max"] == "50000 100000" and now["cpu.weight"] == "59"
    for flags, change in V2_STEPS:
        if any(file not in present for file in change):
            continue
        update(rt, container, *flags)
        now = {**now, **change}
        if now.get("cpu.idle") == "1":
            # Of what only runs when nothing else does, newer kernels show the least weight that there is, 1; earlier ones 0.
            assert read("", "cpu.weight") in ("0", "1")
            now["cpu.weight"] = read("", "cpu.weight")
        assert {file: read("", file) for file in present} == now, flags
    refused(rt, container, "--memory-swap", "5m", has=["--memory-swap", "memory.limit"])
    refused(rt, container, "--memory", "64m", "--pids-limit", "3", "--cpu-share", "7", "--cpu-period", "1", has="--cpu-period")
    refused(rt, container, "--cpu-rt-runtime", "3", has="--cpu-rt-runtime")
    assert {file: read("", file) for file in present} == now
    update(rt, container, document={"unified": {"memory.high": str(80 * MIB), "pids.max": "12"}, "pids": {"limit": 11}})
    assert read("", "memory.high") == str(80 * MIB) and read("", "pids.max") == "12"
    container.delete()


def test_unified(rt, bundle):
    if "" not in cgroup_mounts():
        pytest.skip("needs a cgroup2 tree: this machine has none mounted")
    config = base_config("pause")
    config["linux"]["cgroupsPath"] = f"/{NAME}"
    container = rt.create(bundle(config))
    update(rt, container, document={"unified": {"cgroup.max.depth": "7", "cgroup.max.descendants": "9"}})
    assert read("", "cgroup.max.depth") == "7" and read("", "cgroup.max.descendants") == "9"
    refused(rt, container, document={"unified": {"cgroup.max.depth": "5", "cgroup.max.descendants": "many"}},
            has="unified[\"cgroup.max.descendants\"]")
    assert read("", "cgroup.max.depth") == "7" and read("", "cgroup.max.descendants") == "9"
    container.delete()


def test_hybrid_controller_of_the_v2_tree(rt, bundle):
    """A controller that the container's directory did not need before is handed down for the update."""
    top = cgroup_mounts().get("")
    controllers = open(f"{top}/cgroup.controllers").read().split() if top else []
    if CGROUP_MODE != "hybrid" or "hugetlb" not in controllers:
        pytest.skip("needs a hybrid machine with huge pages on the v2 tree")
    sizes = sorted(os.listdir("/sys/kernel/mm/hugepages"))
    if not sizes:
        pytest.skip("needs huge pages: this kernel has none")
    kib = int(sizes[0].split("-")[1][:-2])
    size = f"{kib // 1024}MB" if kib % 1024 == 0 and kib < MIB else f"{kib}KB" if kib < MIB else f"{kib // MIB}GB"
    config = base_config("pause")
    config["linux"]["cgroupsPath"] = f"/{NAME}"
    container = rt.create(bundle(config))
    bytes_ = 5 * kib * 1024 + 123
    update(rt, container, document={"hugepageLimits": [{"pageSize": size, "limit": bytes_}]})
    file = f"hugetlb.{size}.rsvd.max" if has_file("", f"hugetlb.{size}.rsvd.max") else f"hugetlb.{size}.max"
    assert read("", file) == str(5 * kib * 1024)
    container.delete()


def test_block_io(rt, bundle):
    need("blkio")
    device = block_device()
    config = base_config("pause")
    config["linux"]["cgroupsPath"] = f"/{NAME}"
    container = rt.create(bundle(config))
    entry = {"major": device[0], "minor": device[1]}
    name = "%d:%d" % device
    files = ("blkio.throttle.read_bps_device", "blkio.throttle.write_iops_device")
    update(rt, container, document={"blockIO": {"throttleReadBpsDevice": [{**entry, "rate": 1048576}]}})
    assert [read("blkio", f) for f in files] == [f"{name} 1048576", ""]
    # The second one fails in the kernel: the first is put back, the third is never reached.
    refused(rt, container, document={"blockIO": {
        "throttleReadBpsDevice": [{**entry, "rate": 5000}, {"major": 4095, "minor": 77, "rate": 7}],
        "throttleWriteIOPSDevice": [{**entry, "rate": 9}]}}, has="throttleReadBpsDevice[1]")
    assert [read("blkio", f) for f in files] == [f"{name} 1048576", ""]
    update(rt, container, document={"blockIO": {"throttleReadBpsDevice": [{**entry, "rate": 0}],
                                                "throttleWriteIOPSDevice": [{**entry, "rate": 9}]}})
    assert [read("blkio", f) for f in files] == ["", f"{name} 9"]
    container.delete()


def block_device():
    for name in sorted(os.listdir("/sys/block")):
        path = f"/sys/block/{name}/dev"
        if os.path.exists(path) and int(open(f"/sys/block/{name}/size").read()) > 0:
            major, minor = open(path).read().split(":")
            return int(major), int(minor)
    pytest.skip("needs a block device: this machine has none")


def test_rdt_of_a_container_without(rt, limited):
    unchanged(rt, limited, "--l3-cache-schema", "L3:0=f", "--pids-limit", 3, has=["--l3-cache-schema", "intelRdt"])
    unchanged(rt, limited, "--mem-bw-schema", "MB:0=50", has=["--mem-bw-schema", "intelRdt"])


def test_payload_feels_it(rt, bundle):
    """A lowered pids limit keeps the payload from forking."""
    need("pids")
    config = base_config("read-stdin" if False else "pause")
    config["linux"]["cgroupsPath"] = f"/{NAME}"
    config["process"]["args"] = ["/bin/sh", "-c", "read x < /tmp/go; sleep 0 & wait $! && echo forked"]
    made = bundle(config)
    os.mkfifo(made.rootfs / "tmp/go")
    if not harness.find_busybox():
        pytest.skip("needs busybox for a shell")
    container = rt.create(made).start()
    update(rt, container, "--pids-limit", 1)
    with open(made.rootfs / "tmp/go", "w") as file:
        file.write("go\n")
    container.wait()
    assert "forked" not in container.out.rest()
    container.delete()


@pytest.mark.parametrize("hook, status", [("createRuntime", 1), ("poststart", 0)])
def test_from_a_hook(rt, bundle, work, hook, status):
    """A hook may call update: before the container is created it is told so, and afterwards nothing waits for ever."""
    need("pids")
    config = base_config("pause")
    config["linux"]["cgroupsPath"] = f"/{NAME}"
    made = bundle(config)
    command = " ".join(rt.command("update", "--pids-limit", "44", "box"))
    config["hooks"] = {hook: [{"path": "/bin/sh", "timeout": 5, "args": [
        "sh", "-c", f"{command} 2>{work}/said; test $? = {status}"]}]}
    made.write()
    container = rt.create(made, ident="box").start()
    said = (work / "said").read_text()
    assert ("creating: container not running" in said) if status else said == ""
    assert read("pids", "pids.max") == ("max" if status else "44")
    container.delete("--force")


def test_at_the_same_time(rt, limited):
    """Updates wait for each other: whichever fails puts back what it found, not half of another one."""
    good = [rt.popen("update", "--pids-limit", n, "--memory-reservation", f"{n}m", limited.id) for n in range(10, 18)]
    bad = [rt.popen("update", "--pids-limit", 3, "--memory-reservation", "3m", "--cpuset-cpus", "0-999", limited.id)
           for _ in range(8)]
    assert [p.wait(harness.TIMEOUT) for p in good] == [0] * 8
    assert [p.wait(harness.TIMEOUT) for p in bad] == [1] * 8
    n = int(read("pids", "pids.max"))
    assert 10 <= n < 18 and read("memory", "memory.soft_limit_in_bytes") == str(n * MIB)
