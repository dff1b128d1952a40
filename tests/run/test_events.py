# SPDX-License-Identifier: GPL-2.0-or-later
"""`events`: statistics in runc's form and as OpenMetrics, and lack of memory (cli-contract 2.2, 2.3)."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

import harness
from harness import CGROUP_MODE, TOKEN, base_config, has_controller

pytestmark = [pytest.mark.anyuser, pytest.mark.skipif(CGROUP_MODE == "none", reason="needs a cgroup tree: this machine has none")]

AMOUNT = {"limit", "usage", "max", "failcnt"}

# What may stand where; what must stand there even if it is 0 has a "!".
KEYS = {
    "": {"cpu!", "cpuset!", "memory!", "pids!", "blkio!", "hugetlb!", "intel_rdt!", "network_interfaces!"},
    "cpu": {"usage!", "throttling!", "psi"},
    "cpu.usage": {"total", "percpu", "percpu_kernel", "percpu_user", "kernel!", "user!"},
    "cpu.throttling": {"periods", "throttledPeriods", "throttledTime", "bursts", "burstTime"},
    "cpu.psi": {"some!", "full!"},
    "cpu.psi.some": {"avg10!", "avg60!", "avg300!", "total!"},
    "cpuset": {"cpus", "cpu_exclusive!", "mems", "mem_hardwall!", "mem_exclusive!", "memory_migrate!",
               "memory_spread_page!", "memory_spread_slab!", "memory_pressure!", "sched_load_balance!",
               "sched_relax_domain_level!"},
    "memory": {"cache", "usage!", "swap!", "swapOnly!", "kernel!", "kernelTCP!", "raw", "psi", "event_count!"},
    "memory.usage": {"limit!", "usage", "max", "failcnt!"},
    "memory.swap": {"limit!", "usage", "max", "failcnt!"},
    "memory.event_count": {"low", "high", "max", "oom", "oom_kill", "oom_group_kill"},
    "pids": {"current", "limit", "max", "failcnt"},
    "blkio": {"ioServiceBytesRecursive", "ioServicedRecursive", "ioQueueRecursive", "ioServiceTimeRecursive",
              "ioWaitTimeRecursive", "ioMergedRecursive", "ioTimeRecursive", "sectorsRecursive", "psi"},
}


def running(rt, bundle, *verbs, resources=None, **options):
    config = base_config(*(verbs or ("pause",)), **options)
    config["linux"]["cgroupsPath"] = f"/{TOKEN}-events"
    config["linux"]["resources"].update(resources or {})
    return rt.create(bundle(config)).start()


def stats(rt, ident):
    result = rt.ok("events", "--stats", ident)
    assert result.out.count("\n") == 1 and result.out.endswith("}\n")
    record = json.loads(result.out)
    assert list(record) == ["type", "id", "data"] and record["type"] == "stats" and record["id"] == ident
    return record["data"]


def test_keys(rt, bundle):
    data = stats(rt, running(rt, bundle).id)
    for path, keys in KEYS.items():
        found = data
        for name in filter(None, path.split(".")):
            found = found.get(name)
            if found is None:
                break
        if found is None:
            assert path.startswith("cpu.psi")
            continue
        assert set(found) <= {key.rstrip("!") for key in keys}, path
        assert {key[:-1] for key in keys if key.endswith("!")} <= set(found), path


def test_numbers(rt, bundle):
    container = running(rt, bundle, "spawn 2", "pause")
    container.out.record("spawn")
    data = stats(rt, container.id)
    usage = data["cpu"]["usage"]
    assert 0 < usage["total"] < 10 ** 10
    if "percpu" in usage:
        assert len(usage["percpu"]) >= os.cpu_count() and abs(sum(usage["percpu"]) - usage["total"]) < 10 ** 7
    if has_controller("memory"):
        assert data["memory"]["usage"]["usage"] > 0
        assert data["memory"]["usage"]["max"] >= data["memory"]["usage"]["usage"]
        assert data["memory"]["raw"]
        assert all(isinstance(value, int) for value in data["memory"]["raw"].values())
    if has_controller("pids"):
        assert data["pids"]["current"] == 3 and "limit" not in data["pids"]


def test_psi(rt, bundle):
    container = running(rt, bundle)
    pressure = None
    if "" in harness.cgroup_mounts():
        try:
            pressure = harness.cgroup_file(f"{TOKEN}-events", "", "cpu.pressure") if CGROUP_MODE == "v2" else \
                open(f"{harness.cgroup_mounts()['']}/{TOKEN}-events/cpu.pressure").read()
        except OSError:
            pass
    if not pressure:
        pytest.skip("needs a v2 tree of a kernel that keeps pressure: no cpu.pressure")
    psi = stats(rt, container.id)["cpu"]["psi"]
    assert set(psi) == {"some", "full"}
    for line in psi.values():
        assert set(line) == {"avg10", "avg60", "avg300", "total"} and isinstance(line["total"], int)
        assert all(0 <= line[key] <= 100 for key in ("avg10", "avg60", "avg300"))


def test_limits(rt, bundle):
    if not has_controller("memory") or not has_controller("pids"):
        pytest.skip("needs the memory and pids controllers: not in this view of the cgroup tree")
    container = running(rt, bundle, resources={"memory": {"limit": 64 << 20}, "pids": {"limit": 44}})
    data = stats(rt, container.id)
    assert data["memory"]["usage"]["limit"] == 64 << 20
    assert data["pids"]["limit"] == 44


def test_throttling(rt, bundle):
    if not has_controller("cpu"):
        pytest.skip("needs the cpu controller: not in this view of the cgroup tree")
    container = running(rt, bundle, f"alloc {48 << 20}", "pause", resources={"cpu": {"quota": 10000, "period": 50000}})
    container.out.record("alloc")
    throttling = stats(rt, container.id)["cpu"]["throttling"]
    assert throttling["periods"] >= throttling["throttledPeriods"] > 0 and throttling["throttledTime"] > 10 ** 6


def test_network(rt, bundle):
    """Interfaces of a network namespace of its own; the host's are not the container's."""
    assert stats(rt, running(rt, bundle).id)["network_interfaces"] == []
    config = harness.add_namespace(base_config("pause"), "network")
    container = rt.create(bundle(config)).start()
    found = stats(rt, container.id)["network_interfaces"]
    assert [entry["Name"] for entry in found] == ["lo"]
    assert set(found[0]) == {"Name", "RxBytes", "RxPackets", "RxErrors", "RxDropped", "TxBytes", "TxPackets", "TxErrors",
                             "TxDropped"}


def test_created_and_paused(rt, bundle):
    config = base_config("pause")
    container = rt.create(bundle(config))
    stats(rt, container.id)
    rt.ok("pause", container.id)
    stats(rt, container.id)


def test_openmetrics(rt, bundle):
    container = running(rt, bundle)
    lines = rt.ok("events", "--stats", "--format", "openmetrics", container.id).out.splitlines()
    assert lines[-1] == "# EOF" and lines.count("# EOF") == 1
    types = {}
    for line in lines[:-1]:
        if line.startswith("# "):
            kind, name, text = line[2:].split(" ", 2)
            if kind == "TYPE":
                assert name not in types
                types[name] = text
            if kind == "UNIT":
                assert name.endswith("_" + text)
            continue
        name, labels, value = re.fullmatch(r'([a-z_]+)\{([^}]*)\} (\S+)', line).groups()
        family = name.removesuffix("_total")
        assert types[family] == ("counter" if name != family else "gauge"), line
        assert labels.startswith(f'id="{container.id}"')
        float(value.replace("+Inf", "inf"))
    assert any(line.startswith("tare_cpu_usage_seconds_total{") for line in lines)
    assert len(types) == len(set(types))


def stream(rt, ident, *options, **rest):
    return rt.popen("events", *options, ident, **rest)


def test_stream(rt, bundle):
    """First after one interval, then again and again, to the end of the container."""
    container = running(rt, bundle)
    process = stream(rt, container.id, "--interval", "100ms")
    begin = time.monotonic()
    totals = [json.loads(process.reader.line())["data"]["cpu"]["usage"]["total"] for _ in range(4)]
    assert totals == sorted(totals)
    assert 0.25 < time.monotonic() - begin < 10
    container.kill("KILL").wait()
    assert process.wait(harness.TIMEOUT) == 0
    assert process.stderr.read() == b""
    assert "oom" not in process.reader.rest()


@pytest.mark.parametrize("end", ["exit", "delete"])
def test_ends_with_the_container_at_once(rt, bundle, end):
    """Not only when the next interval is over."""
    container = running(rt, bundle, "signals 1", "exit 0")
    container.out.record("signals")
    process = stream(rt, container.id, "--interval", "1h")
    assert wait_sleeping(process.pid)
    begin = time.monotonic()
    if end == "exit":
        container.kill("TERM").wait()
    else:
        container.delete("--force")
    assert process.wait(harness.TIMEOUT) == 0
    assert time.monotonic() - begin < 5
    assert process.reader.rest() == ""


def wait_sleeping(pid):
    """Until it waits in poll(2): by what the kernel says of it."""
    deadline = time.monotonic() + harness.TIMEOUT
    while time.monotonic() < deadline:
        if "poll" in open(f"/proc/{pid}/wchan").read():
            return True
    return False


def test_ends_when_nobody_reads(rt, bundle):
    container = running(rt, bundle)
    process = stream(rt, container.id, "--interval", "1h", stdout=subprocess.PIPE)
    assert wait_sleeping(process.pid)
    process.reader = None
    process.stdout.close()
    process.stdout = None
    assert process.wait(harness.TIMEOUT) in (0, 1)
    assert container.status == "running"


def test_ended_by_a_signal(rt, bundle):
    container = running(rt, bundle)
    process = stream(rt, container.id, "--interval", "1h")
    assert wait_sleeping(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.wait(harness.TIMEOUT) == -signal.SIGINT
    assert container.status == "running"


def limited(rt, bundle):
    if not has_controller("memory"):
        pytest.skip("needs the memory controller: not in this view of the cgroup tree")
    config = harness.drop_namespace(base_config("signals 1", f"alloc {200 << 20}"), "pid")
    config["linux"]["cgroupsPath"] = f"/{TOKEN}-events"
    config["linux"]["resources"]["memory"] = {"limit": 32 << 20, "swap": 32 << 20}
    container = rt.create(bundle(config)).start()
    container.out.record("signals")
    return container


def test_oom(rt, bundle):
    container = limited(rt, bundle)
    process = stream(rt, container.id, "--interval", "1h")
    assert wait_sleeping(process.pid)
    container.kill("TERM")
    assert container.wait() == 137
    assert json.loads(process.reader.line()) == {"type": "oom", "id": container.id}
    assert process.wait(harness.TIMEOUT) == 0


def test_oom_as_metrics(rt, bundle):
    container = limited(rt, bundle)
    process = stream(rt, container.id, "--interval", "1h", "--format", "openmetrics")
    assert wait_sleeping(process.pid)
    container.kill("TERM")
    assert container.wait() == 137
    text = process.reader.rest()
    assert "tare_memory_oom_kills_total" in text and text.endswith("# EOF\n")
    assert process.wait(harness.TIMEOUT) == 0


@pytest.mark.parametrize("words", ["is not running"])
@pytest.mark.parametrize("options", [(), ("--stats",)])
def test_stopped(rt, bundle, options, words):
    container = rt.create(bundle(base_config("exit 0"))).start()
    container.wait()
    rt.fails("events", *options, container.id, has=[f"container with id {container.id} is not running"])
    rt.fails("events", *options, rt.new_id(), has="does not exist")


def test_without_a_cgroup(rt, bundle):
    config = base_config("pause")
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "cgroup"]
    del config["linux"]["resources"]
    result, ident, _, err = rt.create_raw(bundle(config), globals=["--cgroup-manager", "disabled"])
    assert result.code == 0, err.rest()
    rt.ok("start", ident)
    rt.fails("events", "--stats", ident, has="no cgroup")


@pytest.mark.parametrize("value, words", [("0s", "greater than 0"), ("5", "duration"), ("", "duration"), ("-5s", "duration"),
                                          ("5x", "duration"), ("s", "duration"), ("99999999h", "duration")])
def test_intervals(rt, bundle, value, words):
    container = running(rt, bundle)
    rt.fails("events", f"--interval={value}", container.id, has=["--interval", words])
