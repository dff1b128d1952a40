# SPDX-License-Identifier: GPL-2.0-or-later
"""Scheduler, I/O priority, memory policy, execution domain: what the kernel says of the payload
(PR-18..PR-22, MP-01, MP-02, PE-01, PE-02)."""

import ctypes
import os

import pytest

import harness
from harness import base_config

# linux/sched.h, linux/ioprio.h, linux/mempolicy.h
OTHER, FIFO, RR, BATCH, IDLE, DEADLINE = 0, 1, 2, 3, 5, 6
RESET_ON_FORK, RECLAIM, DL_OVERRUN = 1, 2, 4
MPOL = {"DEFAULT": 0, "PREFERRED": 1, "BIND": 2, "INTERLEAVE": 3, "LOCAL": 4, "PREFERRED_MANY": 5, "WEIGHTED_INTERLEAVE": 6}
STATIC, RELATIVE, BALANCING = 1 << 15, 1 << 14, 1 << 13

# In the caller's own cgroup: below cgroups v1 a new one has no budget for real-time policies.
OWN_CGROUP = ("--cgroup-manager", "disabled")


def with_scheduler(*verbs, **scheduler):
    config = base_config(*verbs)
    config["process"]["scheduler"] = scheduler
    return config


def scheduler_of(rt, bundle, config, globals=()):
    made = bundle(config)
    result = rt.call("run", "--bundle", made.path, rt.new_id(), globals=globals)
    assert result.code == 0, result
    return result.info["scheduler"]


def need_real_time():
    """Real-time policies in our own cgroup."""
    pid = os.fork()
    if pid == 0:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except OSError:
            os._exit(1)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        pytest.skip("needs real-time policies: CAP_SYS_NICE and, below cgroups v1, a budget of our own cgroup")


@pytest.mark.parametrize("name, number", [("SCHED_OTHER", OTHER), ("SCHED_BATCH", BATCH), ("SCHED_IDLE", IDLE)])
@pytest.mark.parametrize("nice", [None, 0, 7, 19])
def test_fair_policies(rt, bundle, name, number, nice):
    found = scheduler_of(rt, bundle, with_scheduler(policy=name, **({} if nice is None else {"nice": nice})))
    assert (found["policy"], found["nice"], found["flags"]) == (number, nice or 0, 0)


def test_negative_nice(rt, bundle):
    if not harness.has_cap("SYS_NICE"):
        pytest.skip("needs CAP_SYS_NICE: a lower nice value than ours")
    assert scheduler_of(rt, bundle, with_scheduler(policy="SCHED_OTHER", nice=-20))["nice"] == -20


def test_nice_not_given_is_zero_whatever_the_callers(rt, bundle):
    made = bundle(with_scheduler(policy="SCHED_BATCH"))
    result = rt.call("run", "--bundle", made.path, rt.new_id(), preexec_fn=lambda: os.nice(5))
    assert result.code == 0, result
    assert result.info["scheduler"]["nice"] == 0
    made = bundle(base_config())
    result = rt.call("run", "--bundle", made.path, rt.new_id(), preexec_fn=lambda: os.nice(5))
    assert result.info["scheduler"]["nice"] == 5, "not given at all: not touched"


@pytest.mark.parametrize("name, number", [("SCHED_FIFO", FIFO), ("SCHED_RR", RR)])
@pytest.mark.parametrize("priority", [1, 99])
def test_real_time_policies(rt, bundle, name, number, priority):
    need_real_time()
    found = scheduler_of(rt, bundle, with_scheduler(policy=name, priority=priority, nice=3), globals=OWN_CGROUP)
    assert (found["policy"], found["priority"]) == (number, priority)


def test_real_time_for_an_ordinary_user(rt, bundle):
    """Set before the rights to it are gone."""
    need_real_time()
    config = with_scheduler(policy="SCHED_FIFO", priority=5)
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    assert scheduler_of(rt, bundle, config, globals=OWN_CGROUP)["policy"] == FIFO


def test_real_time_without_budget(rt, bundle):
    """A new cgroup of v1 has none, unless somebody gave it one: the error says so."""
    need_real_time()
    made = bundle(with_scheduler(policy="SCHED_FIFO", priority=1))
    result = rt.run(made)
    if result.code == 0:
        assert result.info["scheduler"]["policy"] == FIFO
        return
    harness.check_failure(result, has=("config.json:", "process.scheduler", "SCHED_FIFO", "cpu.rt_runtime_us"))


def test_flags(rt, bundle):
    found = scheduler_of(rt, bundle, with_scheduler(policy="SCHED_BATCH", flags=["SCHED_FLAG_RESET_ON_FORK"]))
    assert found["flags"] == RESET_ON_FORK


def test_reset_on_fork_is_not_spent_on_the_way(rt, bundle):
    """Hooks that the container's first process forks do not eat it up, and are not real-time themselves."""
    need_real_time()
    config = with_scheduler(policy="SCHED_RR", priority=2, flags=["SCHED_FLAG_RESET_ON_FORK"])
    config["hooks"] = {"startContainer": [{"path": "/probe", "args": ["probe", "to", "/tmp/hook", "--", "info"]}]}
    made = bundle(config)
    result = rt.call("run", "--bundle", made.path, rt.new_id(), globals=OWN_CGROUP)
    assert result.code == 0, result
    assert (result.info["scheduler"]["policy"], result.info["scheduler"]["flags"]) == (RR, RESET_ON_FORK)
    assert harness.hook_records(made.rootfs / "tmp/hook")[0]["value"]["scheduler"]["policy"] == OTHER


def test_keep_policy_and_parameters(rt, bundle):
    """The flags say that what the caller has stays."""
    made = bundle(with_scheduler(policy="SCHED_OTHER", nice=1, flags=["SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS"]))

    def become_batch():
        os.nice(6)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))

    result = rt.call("run", "--bundle", made.path, rt.new_id(), preexec_fn=become_batch)
    assert result.code == 0, result
    assert (result.info["scheduler"]["policy"], result.info["scheduler"]["nice"]) == (BATCH, 6)


def test_utilization_clamps(rt, bundle):
    """The spec has flags, but no values for them: 0.  A kernel without clamps refuses, and so do we."""
    result = rt.run(bundle(with_scheduler(policy="SCHED_OTHER", flags=["SCHED_FLAG_UTIL_CLAMP_MIN"])))
    if result.code:
        harness.check_failure(result, has=("config.json:", "SCHED_OTHER"))


def test_deadline(rt, bundle):
    times = {"runtime": 2_000_000, "deadline": 30_000_000, "period": 60_000_000}
    config = with_scheduler(policy="SCHED_DEADLINE", flags=["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"], **times)
    result = rt.call("run", "--bundle", bundle(config).path, rt.new_id(), globals=OWN_CGROUP)
    if result.code and ("deadlines need" in result.err or "time left to promise" in result.err):
        pytest.skip("needs deadline scheduling: " + result.err.strip())
    assert result.code == 0, result
    found = result.info["scheduler"]
    assert found["policy"] == DEADLINE and found["flags"] == RECLAIM | DL_OVERRUN
    assert {key: found[key] for key in times} == times


def test_deadline_before_start(rt, bundle):
    """create and start, with a hook in between, which needs the flag for its fork."""
    config = with_scheduler("info", "exit 3", policy="SCHED_DEADLINE", runtime=2_000_000, deadline=30_000_000,
                            flags=["SCHED_FLAG_RESET_ON_FORK"])
    config["hooks"] = {"startContainer": [{"path": "/probe", "args": ["probe", "to", "/tmp/hook", "--", "info"]}]}
    made = bundle(config)
    result, ident, out, err = rt.create_raw(made)
    text = err.rest() if result.code else ""
    if "deadlines need" in text or "time left to promise" in text:
        pytest.skip("needs deadline scheduling: " + text.strip())
    assert result.code == 0, text
    done = harness.Container(rt, ident, out, err).finish()
    assert done.code == 3
    assert (done.info["scheduler"]["policy"], done.info["scheduler"]["period"]) == (DEADLINE, 30_000_000)
    assert harness.hook_records(made.rootfs / "tmp/hook")[0]["value"]["scheduler"]["policy"] == OTHER


@pytest.mark.parametrize("scheduler, has", [
    ({"policy": "SCHED_FIFO"}, "1 to 99"),
    ({"policy": "SCHED_OTHER", "priority": 3}, "scheduler.priority"),
    ({"policy": "SCHED_OTHER", "nice": 20}, "scheduler.nice"),
    ({"policy": "SCHED_RR", "priority": 1, "runtime": 1}, "scheduler.runtime"),
    ({"policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 1999}, "scheduler.deadline"),
    ({"policy": "SCHED_IDLE", "flags": ["SCHED_FLAG_RECLAIM"]}, "scheduler.flags[0]"),
    ({"policy": "SCHED_IDLE", "flags": ["SCHED_FLAG_X"]}, "scheduler.flags[0]"),
    ({"policy": "SCHED_TURBO"}, "scheduler.policy"),
    ({"nice": 1}, "policy"),
    # Reserved; the kernel says no.
    ({"policy": "SCHED_ISO"}, "SCHED_ISO"),
    # A period longer than the kernel's limit (kernel.sched_deadline_period_max_us).
    ({"policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 10 ** 17}, "SCHED_DEADLINE"),
])
def test_bad_schedulers(rt, bundle, scheduler, has):
    rt.run_fails(bundle(with_scheduler(**scheduler)), has=("config.json:", has))


# ---- I/O priority ------------------------------------------------------------------------------

@pytest.mark.parametrize("name, number", [("IOPRIO_CLASS_BE", 2), ("IOPRIO_CLASS_IDLE", 3), ("IOPRIO_CLASS_RT", 1)])
@pytest.mark.parametrize("level", [0, 7])
def test_io_priority(rt, bundle, name, number, level):
    config = base_config()
    config["process"]["ioPriority"] = {"class": name, "priority": level}
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    assert rt.run_ok(bundle(config)).info["ioprio"] == [number, level]


def test_io_priority_of_a_created_container(rt, bundle):
    """The kernel's view from outside, of the waiting process."""
    config = base_config("info", "exit 0")
    config["process"]["ioPriority"] = {"class": "IOPRIO_CLASS_BE", "priority": 6}
    container = rt.create(bundle(config))
    SYS_IOPRIO_GET = 252 if os.uname().machine == "x86_64" else 31
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.syscall(SYS_IOPRIO_GET, 1, container.pid) == 2 << 13 | 6
    assert libc.syscall(SYS_IOPRIO_GET, 1, 0) != 2 << 13 | 6, "nobody outside the group"
    assert os.getpgid(container.pid) == container.pid
    assert container.finish().info["ioprio"] == [2, 6]


@pytest.mark.parametrize("priority", [{"class": "IOPRIO_CLASS_BE", "priority": 8}, {"class": "IOPRIO_CLASS_BE", "priority": -1},
                                      {"class": "IOPRIO_CLASS_NONE", "priority": 1}, {"class": "IOPRIO_CLASS_BE"}, {"priority": 1}])
def test_bad_io_priorities(rt, bundle, priority):
    config = base_config()
    config["process"]["ioPriority"] = priority
    rt.run_fails(bundle(config), has=("config.json:", "ioPriority"))


# ---- CPUs of exec ------------------------------------------------------------------------------

def test_exec_affinity_does_not_touch_the_container(rt, bundle):
    config = base_config()
    config["process"]["execCPUAffinity"] = {"initial": "0", "final": "0"}
    allowed = rt.run_ok(bundle(config)).info["status"]["Cpus_allowed"]
    assert allowed == [line.split()[1] for line in open("/proc/self/status") if line.startswith("Cpus_allowed:")][0]


@pytest.mark.parametrize("affinity", [{"initial": "x"}, {"final": "3-1"}, {"initial": "0-"}, {"final": "99999999999"}])
def test_bad_exec_affinities(rt, bundle, affinity):
    config = base_config()
    config["process"]["execCPUAffinity"] = affinity
    rt.run_fails(bundle(config), has=("config.json:", f"execCPUAffinity.{list(affinity)[0]}"))


# ---- memory policy -----------------------------------------------------------------------------

def with_policy(mode, nodes=None, flags=None):
    config = base_config()
    config["linux"]["memoryPolicy"] = {"mode": "MPOL_" + mode, **({} if nodes is None else {"nodes": nodes}),
                                       **({} if flags is None else {"flags": ["MPOL_F_" + flag for flag in flags]})}
    return config


def policy_of(rt, bundle, config):
    result = rt.run(bundle(config))
    if "not implemented" in result.err:
        pytest.skip("needs memory policies: this kernel has none (CONFIG_NUMA)")
    return result


@pytest.mark.parametrize("mode, nodes, flags, number", [
    ("DEFAULT", None, None, 0), ("DEFAULT", "", [], 0), ("LOCAL", "", None, 4), ("BIND", "0", None, 2),
    ("BIND", "0", ["STATIC_NODES"], 2 | STATIC), ("INTERLEAVE", "0", ["RELATIVE_NODES"], 3 | RELATIVE),
    ("PREFERRED", "0", None, 1)])
def test_memory_policies(rt, bundle, mode, nodes, flags, number):
    result = policy_of(rt, bundle, with_policy(mode, nodes, flags))
    assert result.code == 0, result
    assert result.info["memory_policy"] == [number, 1 if nodes else 0]


@pytest.mark.parametrize("mode, flags, number", [("PREFERRED_MANY", None, 5), ("WEIGHTED_INTERLEAVE", None, 6),
                                                 ("BIND", ["NUMA_BALANCING"], 2 | BALANCING)])
def test_newer_memory_policies(rt, bundle, mode, flags, number):
    """Or an error that names the policy, on a kernel older than it."""
    result = policy_of(rt, bundle, with_policy(mode, "0", flags))
    if result.code:
        harness.check_failure(result, has=("config.json:", "MPOL_" + mode))
    else:
        assert result.info["memory_policy"] == [number, 1]


def test_memory_policy_that_cannot_be_had(rt, bundle):
    """The kernel would drop nodes that do not exist without a word."""
    online = int(open("/sys/devices/system/node/possible").read().strip().split("-")[-1]) + 1
    if online >= 64:
        pytest.skip("needs a machine with fewer than 64 memory nodes")
    result = policy_of(rt, bundle, with_policy("BIND", "0,63"))
    harness.check_failure(result, has=("config.json:", "memoryPolicy", "node 63"))
    rt.run_fails(bundle(with_policy("BIND", "63")), has=("config.json:", "MPOL_BIND", "nodes 63"))


@pytest.mark.parametrize("mode, nodes, flags, has", [
    ("DEFAULT", "0", None, "memoryPolicy.nodes"), ("LOCAL", "0", None, "memoryPolicy.nodes"), ("BIND", None, None, "memoryPolicy"),
    ("BIND", "0-", None, "memoryPolicy.nodes"), ("BIND", "0", ["STATIC_NODES", "RELATIVE_NODES"], "memoryPolicy.flags"),
    ("SHARED", "0", None, "memoryPolicy.mode"), ("BIND", "0", ["X"], "memoryPolicy.flags[0]")])
def test_bad_memory_policies(rt, bundle, mode, nodes, flags, has):
    rt.run_fails(bundle(with_policy(mode, nodes, flags)), has=("config.json:", has))


# ---- execution domain --------------------------------------------------------------------------

@pytest.mark.parametrize("domain, number", [("LINUX", 0), ("LINUX32", 8)])
def test_personality(rt, bundle, domain, number):
    config = base_config()
    config["linux"]["personality"] = {"domain": domain}
    info = rt.run_ok(bundle(config)).info
    assert info["personality"] == number
    if os.uname().machine == "x86_64":
        assert info["machine"] == ("i686" if number else "x86_64")


def test_callers_personality_does_not_stay(rt, bundle):
    ADDR_NO_RANDOMIZE = 0x0040000
    config = base_config()
    config["linux"]["personality"] = {"domain": "LINUX"}
    made = bundle(config)
    result = rt.call("run", "--bundle", made.path, rt.new_id(),
                     preexec_fn=lambda: harness.libc.personality(ADDR_NO_RANDOMIZE))
    assert result.code == 0 and result.info["personality"] == 0, result


def test_personality_under_a_filter_that_forbids_it(rt, bundle):
    """Set before the filter, as managers' profiles allow only some values."""
    config = base_config("info", "syscall personality 0")
    config["linux"]["personality"] = {"domain": "LINUX32"}
    config["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["personality", "sched_setattr", "ioprio_set", "set_mempolicy", "setpriority"], "action": "SCMP_ACT_ERRNO",
         "args": []}]}
    config["process"]["ioPriority"] = {"class": "IOPRIO_CLASS_BE", "priority": 5}
    config["process"]["scheduler"] = {"policy": "SCHED_IDLE", "nice": 4}
    for value in (True, False):
        config["process"]["noNewPrivileges"] = value
        result = rt.run_ok(bundle(config))
        assert result.info["ioprio"] == [2, 5] and result.info["scheduler"]["policy"] == IDLE
        assert result.info["machine"] != "x86_64"
        assert result.record("syscall")["error"] == "EPERM"


@pytest.mark.parametrize("personality, has", [({"domain": "LINUX", "flags": ["ADDR_NO_RANDOMIZE"]}, "personality.flags[0]"),
                                              ({"domain": "SVR4"}, "personality.domain"), ({}, "domain")])
def test_bad_personalities(rt, bundle, personality, has):
    config = base_config()
    config["linux"]["personality"] = personality
    rt.run_fails(bundle(config), has=("config.json:", has))


def test_all_of_it_at_once_with_create(rt, bundle):
    config = with_scheduler("info", "exit 4", policy="SCHED_BATCH", nice=2)
    config["process"]["ioPriority"] = {"class": "IOPRIO_CLASS_IDLE", "priority": 3}
    config["linux"]["personality"] = {"domain": "LINUX32"}
    done = rt.create(bundle(config)).finish()
    assert done.code == 4
    info = done.info
    assert (info["scheduler"]["policy"], info["scheduler"]["nice"], info["ioprio"], info["personality"]) == (BATCH, 2, [3, 3], 8)


def test_without_a_process_nothing_is_set(rt, bundle):
    """A container that cannot be started has nobody to set it for (PR-01)."""
    config = base_config()
    del config["process"]
    config["linux"]["personality"] = {"domain": "LINUX32"}
    container = rt.create(bundle(config))
    assert container.status == "created"
    rt.fails("start", container.id, has=("no process",))
    container.delete("--force")
