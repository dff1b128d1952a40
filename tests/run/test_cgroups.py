# SPDX-License-Identifier: GPL-2.0-or-later
"""linux.cgroupsPath and linux.resources (CG-01..CG-45, I31).

In a pure cgroup v2 view without controllers, limits must be refused by name instead of being dropped.
"""

import json
import os
import pathlib

import pytest

import harness
from harness import CGROUP_MODE, TOKEN, base_config, cgroup_dir, cgroup_mounts, has_controller, mount_at

pytestmark = [pytest.mark.anyuser, pytest.mark.skipif(CGROUP_MODE == "none", reason="no cgroup tree on this machine")]


def with_resources(*verbs, path=None, **resources):
    config = base_config(*(verbs or ("pause",)))
    config["linux"]["cgroupsPath"] = path or f"/{TOKEN}-limits"
    config["linux"]["resources"].update(resources)
    return config


def hierarchies():
    """One controller name of every mounted hierarchy; "" is the v2 tree."""
    return {top: name for name, top in cgroup_mounts().items()}.values()


def existing(name):
    """Hierarchies that hold a cgroup of that name."""
    found = []
    for controller in hierarchies():
        try:
            found.append(cgroup_dir(name, controller))
        except AssertionError:
            pass
    return found


def read(controller, file, name=f"{TOKEN}-limits"):
    return (cgroup_dir(name, controller) / file).read_text().strip()


def limited(rt, bundle, controller, resources, values, missing=None):
    """Set @resources and read @values back; without the controller the whole thing must be refused."""
    config = with_resources(**resources)
    made = bundle(config)
    if not has_controller(controller):
        top = cgroup_mounts().get("")
        if top and controller in open(f"{top}/cgroup.controllers").read().split():
            pytest.skip(f"{controller} is on the v2 tree of a hybrid machine: see test_resources.py")
        rt.create_fails(made, has=missing or list(resources)[0])
        rt.oracle.check()
        return
    container = rt.create(made)
    for file, value in values.items():
        assert read(controller, file) == value, file
    container.delete()
    rt.oracle.check()


def pick(v1, v2):
    return v2 if CGROUP_MODE == "v2" else v1


# ---- membership and paths ----------------------------------------------------------------------

def cgroups_of(pid):
    found = [line.strip().split(":", 2) for line in open(f"/proc/{pid}/cgroup")]
    # In the pure v2 view the machine's v1 hierarchies are still listed, but nobody can see them.
    return [fields for fields in found if CGROUP_MODE != "v2" or fields[0] == "0"]


@pytest.mark.parametrize("path, name", [
    (f"/{TOKEN}-abs", f"{TOKEN}-abs"), (f"{TOKEN}-rel", f"{TOKEN}-rel"), (f"/{TOKEN}-outer/inner-{TOKEN}", f"inner-{TOKEN}"),
    (f"system.slice:docker:{TOKEN}", f"system.slice:docker:{TOKEN}"), (f"//{TOKEN}-slash//", f"{TOKEN}-slash")])
def test_member_of_every_hierarchy(rt, bundle, path, name):
    if not path.startswith("/"):
        harness.need_root("the top of the tree")
    config = base_config("pause")
    config["linux"]["cgroupsPath"] = path
    container = rt.create(bundle(config))
    for number, controllers, where in cgroups_of(container.pid):
        assert os.path.basename(where) == name, (number, controllers, where)
    assert len(cgroups_of(container.pid)) == len(list(hierarchies()))
    assert len(existing(name)) == len(list(hierarchies()))
    container.start()
    assert all(os.path.basename(where) == name for _, _, where in cgroups_of(container.pid))
    container.delete("--force")
    assert existing(name) == []
    harness.remove_cgroups()


def test_default_path_holds_the_id(rt, bundle):
    container = rt.create(bundle(base_config("pause")))
    assert all(container.id in where for _, _, where in cgroups_of(container.pid))
    container.delete()


@pytest.mark.root("the top of the tree")
def test_same_path_same_place(rt, bundle):
    made = bundle(with_resources(path=f"{TOKEN}-same"))
    places = []
    for _ in range(2):
        container = rt.create(made)
        places.append(cgroups_of(container.pid))
        container.delete()
    assert places[0] == places[1]


def test_runtime_itself_stays_where_it_was(rt, bundle):
    before = cgroups_of("self")
    rt.run_ok(bundle(base_config("exit 0")))
    assert cgroups_of("self") == before


@pytest.mark.root("to leave its own cgroup")
def test_caller_whose_cgroup_was_killed_once(rt, bundle):
    """A kernel kills at birth what is cloned from such a cgroup into another one; the container starts all the same."""
    if "" not in cgroup_mounts():
        pytest.skip("needs a cgroup2 tree: this machine has none mounted")
    killed = pathlib.Path(cgroup_mounts()[""]) / f"killed-{TOKEN}"
    killed.mkdir()
    try:
        if not (killed / "cgroup.kill").exists():
            pytest.skip("needs cgroup.kill: Linux 5.14")
        (killed / "cgroup.kill").write_text("1")
        enter = lambda: (killed / "cgroup.procs").write_text("0")       # noqa: E731
        result = rt.run(bundle(base_config("exit 5")), preexec_fn=enter)
        assert result.code == 5, result
        for _ in range(10):
            container = rt.create(bundle(base_config("exit 6")), preexec_fn=enter)
            container.start()
            assert container.wait() == 6
            container.delete()
    finally:
        killed.rmdir()


def test_children_are_members_too(rt, bundle):
    config = harness.drop_namespace(with_resources("spawn 2", "pause"), "pid")
    container = rt.create(bundle(config)).start()
    for pid in container.out.record("spawn")["value"]:
        assert cgroups_of(pid) == cgroups_of(container.pid)
    container.delete("--force")


def test_disabled_manager(rt, bundle):
    """Podman's --cgroups=disabled: the container stays in the caller's cgroup."""
    config = base_config("pause")
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "cgroup"]
    del config["linux"]["resources"]
    made = bundle(config)
    result, ident, _, _ = rt.create_raw(made, globals=["--cgroup-manager", "disabled"])
    assert result.code == 0, result
    state = rt.state(ident)
    assert cgroups_of(state["pid"]) == cgroups_of("self")
    assert existing(ident) == []
    rt.ok("start", ident)
    rt.ok("delete", "--force", ident)
    assert not harness.is_alive(state["pid"])


# ---- limits ------------------------------------------------------------------------------------

def test_memory(rt, bundle):
    limited(rt, bundle, "memory", {"memory": {"limit": 64 << 20, "reservation": 32 << 20}},
            pick({"memory.limit_in_bytes": str(64 << 20), "memory.soft_limit_in_bytes": str(32 << 20)},
                 {"memory.max": str(64 << 20), "memory.low": str(32 << 20)}))


def test_memory_and_swap(rt, bundle):
    if has_controller("memory") and CGROUP_MODE != "v2" and not os.path.exists(
            cgroup_mounts()["memory"] + "/memory.memsw.limit_in_bytes"):
        pytest.skip("no swap accounting in this kernel's memory controller")
    limited(rt, bundle, "memory", {"memory": {"limit": 64 << 20, "swap": 96 << 20}},
            pick({"memory.limit_in_bytes": str(64 << 20), "memory.memsw.limit_in_bytes": str(96 << 20)},
                 {"memory.max": str(64 << 20), "memory.swap.max": str(32 << 20)}))


def test_memory_unlimited_and_zero(rt, bundle):
    """-1 is no limit; 0 counts as not set."""
    if not has_controller("memory"):
        pytest.skip("no memory controller in this view of the cgroup tree")
    for value in (-1, 0):
        limited(rt, bundle, "memory", {"memory": {"limit": value}},
                pick({"memory.limit_in_bytes": "9223372036854771712"}, {"memory.max": "max"}))


def test_swappiness(rt, bundle):
    if CGROUP_MODE == "v2":
        rt.create_fails(bundle(with_resources(memory={"swappiness": 10})), has="swappiness")
    else:
        limited(rt, bundle, "memory", {"memory": {"swappiness": 10}}, {"memory.swappiness": "10"})


def test_pids(rt, bundle):
    limited(rt, bundle, "pids", {"pids": {"limit": 33}}, {"pids.max": "33"})


def test_pids_unlimited(rt, bundle):
    if not has_controller("pids"):
        pytest.skip("no pids controller in this view of the cgroup tree")
    limited(rt, bundle, "pids", {"pids": {"limit": -1}}, {"pids.max": "max"})


def test_pids_limit_zero_is_a_limit(rt, bundle):
    """CG-42; the container's own first process is there already, so it runs, but cannot fork."""
    if not has_controller("pids"):
        pytest.skip("no pids controller in this view of the cgroup tree")
    result = rt.run(bundle(with_resources("fork 1", pids={"limit": 0})))
    assert result.code == 0, result
    assert (result.value("fork"), result.record("fork")["error"]) == (0, "EAGAIN")


def test_cpu(rt, bundle):
    limited(rt, bundle, "cpu", {"cpu": {"shares": 300, "quota": 50000, "period": 200000}},
            pick({"cpu.shares": "300", "cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "200000"}, {"cpu.max": "50000 200000"}))


def test_cpu_quota_alone(rt, bundle):
    limited(rt, bundle, "cpu", {"cpu": {"quota": 25000}},
            pick({"cpu.cfs_quota_us": "25000", "cpu.cfs_period_us": "100000"}, {"cpu.max": "25000 100000"}))


def test_cpu_period_alone(rt, bundle):
    limited(rt, bundle, "cpu", {"cpu": {"period": 50000}},
            pick({"cpu.cfs_quota_us": "-1", "cpu.cfs_period_us": "50000"}, {"cpu.max": "max 50000"}))


def test_cpu_quota_unlimited(rt, bundle):
    if not has_controller("cpu"):
        pytest.skip("no cpu controller in this view of the cgroup tree")
    limited(rt, bundle, "cpu", {"cpu": {"quota": -1}}, pick({"cpu.cfs_quota_us": "-1"}, {"cpu.max": "max 100000"}))


def test_cpu_burst(rt, bundle):
    limited(rt, bundle, "cpu", {"cpu": {"quota": 50000, "burst": 20000}},
            pick({"cpu.cfs_burst_us": "20000"}, {"cpu.max.burst": "20000"}))


def test_cpu_idle(rt, bundle):
    limited(rt, bundle, "cpu", {"cpu": {"idle": 1}}, {"cpu.idle": "1"})


def test_cpuset(rt, bundle):
    limited(rt, bundle, "cpuset", {"cpu": {"cpus": "0", "mems": "0"}}, {"cpuset.cpus": "0", "cpuset.mems": "0"}, missing="cpu")


def test_cpuset_of_nested_groups(rt, bundle):
    """v1: new directories between have no CPUs until they are given some."""
    if CGROUP_MODE == "v2" or not has_controller("cpuset"):
        pytest.skip("no v1 cpuset hierarchy in this view of the cgroup tree")
    config = with_resources(path=f"/{TOKEN}-a/{TOKEN}-b/{TOKEN}-limits", cpu={"cpus": "0"})
    container = rt.create(bundle(config))
    assert read("cpuset", "cpuset.cpus") == "0"
    container.delete()
    harness.remove_cgroups()


@pytest.mark.parametrize("resources, word", [
    ({"cpu": {"cpus": "nonsense"}}, "cpus"), ({"cpu": {"cpus": "0-99999"}}, "cpus"), ({"cpu": {"quota": 1}}, "quota"),
    ({"memory": {"limit": 64 << 20, "swap": 32 << 20}}, "swap"), ({"memory": {"swappiness": 101}}, "swappiness"),
    ({"cpu": {"shares": -1}}, "shares"), ({"pids": {"limit": 1.5}}, "limit")])
def test_values_the_kernel_refuses(rt, bundle, resources, word):
    rt.create_fails(bundle(with_resources(**resources)), has=word)
    rt.oracle.check()


@pytest.mark.parametrize("resources, word", [
    ({"blockIO": {"weight": 300}}, "blockIO"), ({"hugepageLimits": [{"pageSize": "2MB", "limit": 1}]}, "hugepage"),
    ({"network": {"classID": 5}}, "network"), ({"rdma": {"mlx5_0": {"hcaHandles": 1}}}, "rdma"),
    ({"memory": {"kernel": 1 << 20}}, "kernel"), ({"cpu": {"realtimeRuntime": 1000}}, "realtime")])
def test_set_or_refused_never_dropped(rt, bundle, resources, word):
    result, ident, _, err = rt.create_raw(bundle(with_resources(**resources)))
    if result.code != 0:
        assert word in err.rest()
        rt.oracle.check()


def test_empty_objects_mean_nothing(rt, bundle):
    """Docker sends "blockIO": {}."""
    config = with_resources("exit 0", blockIO={}, memory={}, cpu={}, network={}, hugepageLimits=[], rdma={}, unified={}, pids={})
    if CGROUP_MODE != "v2":
        del config["linux"]["resources"]["unified"]
    result = rt.run(bundle(config))
    assert result.code == 0, result


def test_unified(rt, bundle):
    made = bundle(with_resources(unified={"cgroup.max.depth": "3"}))
    result, ident, _, err = rt.create_raw(made)
    if CGROUP_MODE == "v2":
        assert result.code == 0, err.rest()
        assert read("", "cgroup.max.depth") == "3"
    elif result.code != 0:
        assert "unified" in err.rest()


def test_unified_controller_that_is_not_there(rt, bundle):
    rt.create_fails(bundle(with_resources(unified={"no_such.max": "3"})), has="no_such.max")
    rt.oracle.check()


@pytest.mark.parametrize("key", ["../cgroup.procs", "a/b", "", ".", ".."])
def test_unified_keys_are_file_names(rt, bundle, key):
    rt.create_fails(bundle(with_resources(unified={key: "1"})))
    rt.oracle.check()


# ---- effect ------------------------------------------------------------------------------------

def test_memory_limit_holds(rt, bundle):
    if not has_controller("memory"):
        pytest.skip("no memory controller in this view of the cgroup tree")
    config = with_resources("alloc 4000000", f"alloc {200 << 20}", "exit 0", memory={"limit": 32 << 20, "swap": 32 << 20})
    result = rt.run(bundle(config))
    assert result.code == 137
    assert [r["verb"] for r in result.records] == ["alloc"]


@pytest.mark.parametrize("limit", [0, 1])
def test_pids_limit_of_a_container_that_two_processes_make(rt, bundle, namespaces, limit):
    """The one that is only there for the other does not count; the payload is limited all the same."""
    if not has_controller("pids"):
        pytest.skip("no pids controller in this view of the cgroup tree")
    config = with_resources("fork 1", pids={"limit": limit})
    harness.add_namespace(config, "pid", namespaces("pid").path("pid"))
    result = rt.run_ok(bundle(config))
    assert (result.value("fork"), result.record("fork")["error"]) == (0, "EAGAIN")


def test_pids_limit_holds(rt, bundle):
    if not has_controller("pids"):
        pytest.skip("no pids controller in this view of the cgroup tree")
    result = rt.run_ok(bundle(with_resources("fork 20", pids={"limit": 5})))
    assert (result.value("fork"), result.record("fork")["error"]) == (4, "EAGAIN")


def test_I31_limits_are_there_before_the_first_instruction(rt, bundle):
    if not has_controller("pids") or CGROUP_MODE == "v2":
        pytest.skip("no pids controller in a v1 hierarchy here")
    result = rt.run_ok(bundle(with_resources("cat /sys/fs/cgroup/pids/pids.max", "cat /sys/fs/cgroup/memory/memory.limit_in_bytes",
                                             pids={"limit": 44}, memory={"limit": 48 << 20})))
    assert [r["value"].strip() for r in result.records] == ["44", str(48 << 20)]


def test_small_memory_limit(rt, bundle):
    """A tiny payload fits in a tiny limit: what the runtime needs itself is not much."""
    if not has_controller("memory"):
        pytest.skip("no memory controller in this view of the cgroup tree")
    assert rt.run(bundle(with_resources("exit 5", memory={"limit": 2 << 20, "swap": 2 << 20}))).code == 5


# ---- cgroups that exist already ----------------------------------------------------------------

def make_cgroup(name):
    made = []
    for tree in sorted(set(cgroup_mounts().values())):
        top = harness.top_of(tree)
        path = f"{top}/{name}"
        os.mkdir(path)
        if os.path.exists(path + "/cpuset.cpus") and CGROUP_MODE != "v2":
            for file in ("cpuset.cpus", "cpuset.mems"):
                open(f"{path}/{file}", "w").write(open(f"{top}/{file}").read())
        made.append(path)
    return made


def test_existing_empty_cgroup_may_be_used(rt, bundle):
    make_cgroup(f"{TOKEN}-limits")
    container = rt.create(bundle(with_resources()))
    assert all(where.endswith(f"/{TOKEN}-limits") for _, _, where in cgroups_of(container.pid))
    container.delete()
    harness.remove_cgroups()


def test_limits_of_an_existing_cgroup_stay(rt, bundle):
    """CG-02: without `resources` nothing of it is changed."""
    if not has_controller("pids"):
        pytest.skip("no pids controller in this view of the cgroup tree")
    make_cgroup(f"{TOKEN}-limits")
    config = with_resources()
    del config["linux"]["resources"]
    (cgroup_dir(f"{TOKEN}-limits", "pids") / "pids.max").write_text("77")
    container = rt.create(bundle(config))
    assert read("pids", "pids.max") == "77"
    container.delete()
    assert read("pids", "pids.max") == "77", "nor is it removed: it was there before"
    harness.remove_cgroups()


def test_existing_cgroup_with_processes_is_refused(rt, bundle):
    paths = make_cgroup(f"{TOKEN}-limits")
    stranger = os.fork()
    if stranger == 0:
        os.execv("/bin/sleep", ["sleep", "60"])
    try:
        for path in paths:
            open(path + "/cgroup.procs", "w").write(str(stranger))
        rt.create_fails(bundle(with_resources()), has="not empty")
        assert harness.is_alive(stranger), "the cgroup is not ours to clean"
        assert all(os.path.isdir(path) for path in paths)
    finally:
        os.kill(stranger, 9)
        harness.wait_exit(stranger)
        harness.remove_cgroups()


def test_existing_frozen_cgroup_is_refused(rt, bundle):
    paths = make_cgroup(f"{TOKEN}-limits")
    frozen = [(p + "/freezer.state", "FROZEN", "THAWED") for p in paths] + [(p + "/cgroup.freeze", "1", "0") for p in paths]
    frozen = [entry for entry in frozen if os.path.exists(entry[0])]
    if CGROUP_MODE != "v2":
        frozen = [entry for entry in frozen if "freezer.state" in entry[0]]
    if not frozen:
        harness.remove_cgroups()
        pytest.skip("no freezer in this machine's cgroup tree")
    try:
        for file, word, _ in frozen:
            open(file, "w").write(word)
        rt.create_fails(bundle(with_resources()), has="frozen")
    finally:
        for file, _, word in frozen:
            open(file, "w").write(word)
        harness.remove_cgroups()


# ---- the mount in the container ----------------------------------------------------------------

def test_mount_shows_the_own_cgroup(rt, bundle):
    result = rt.run_ok(bundle(with_resources("info", "ls /sys/fs/cgroup")))
    if CGROUP_MODE == "v2":
        found = mount_at(result.info, "/sys/fs/cgroup")
        assert (found["type"], found["root"]) == ("cgroup2", "/")
        assert "cgroup.procs" in result.value("ls")
    else:
        assert {name for name in cgroup_mounts() if name and "=" not in name} <= set(result.value("ls"))
        for entry in harness.mounts_of(result.info):
            if entry["target"].startswith("/sys/fs/cgroup/"):
                assert entry["root"] == "/", "the container's own cgroup is the root of what it sees"


def test_mount_is_readonly_as_asked(rt, bundle):
    place = "" if CGROUP_MODE == "v2" else "/pids" if has_controller("pids") else ""
    result = rt.run_ok(bundle(with_resources(f"mkdir /sys/fs/cgroup{place}/x", "info")))
    assert result.record("mkdir")["error"] == "EROFS"
    assert {"ro", "nosuid", "nodev", "noexec"} <= set(mount_at(result.info, "/sys/fs/cgroup" + place)["options"])


def test_mount_that_is_writable(rt, bundle):
    """What the payload makes in it is removed with the container."""
    place = "" if CGROUP_MODE == "v2" else "/pids"
    if CGROUP_MODE != "v2" and not has_controller("pids"):
        pytest.skip("no pids controller in this view of the cgroup tree")
    config = with_resources(f"mkdir /sys/fs/cgroup{place}/x", f"mkdir /sys/fs/cgroup{place}/x/y")
    config["mounts"][-1]["options"].remove("ro")
    result = rt.run_ok(bundle(config))
    assert [r["error"] for r in result.records] == [None, None]
    rt.oracle.check()


@pytest.mark.root("owners other than the caller")
@pytest.mark.parametrize("options, uid, owner", [(["rw"], 1000, 1000), (["ro"], 1000, 0), (["rw"], 0, 0)])
def test_delegation(rt, bundle, options, uid, owner):
    """CG-04: v2, a new cgroup namespace and a writable mount give the cgroup to the payload's user."""
    if CGROUP_MODE != "v2":
        pytest.skip("the rule is for cgroup v2 only")
    config = with_resources()
    config["process"]["user"] = {"uid": uid, "gid": uid}
    config["mounts"][-1]["options"] = options
    container = rt.create(bundle(config))
    directory = cgroup_dir(f"{TOKEN}-limits")
    assert directory.stat().st_uid == owner
    listed = open("/sys/kernel/cgroup/delegate").read().split()
    for file in os.listdir(directory):
        expected = owner if file in listed else 0
        assert (directory / file).stat().st_uid == expected, file
    container.delete()


@pytest.mark.parametrize("shared", [False, True])
def test_forced_v1(rt, bundle, shared):
    """run.oci.systemd.force_cgroup_v1: an old systemd finds its hierarchy, which must be there."""
    if CGROUP_MODE != "v2":
        pytest.skip("needs cgroup v2 alone: v1 is what others have")
    exists = ":name=systemd:" in open("/proc/self/cgroup").read()
    config = base_config("info", "ls /sys/fs/cgroup")
    if shared:
        harness.drop_namespace(config, "cgroup")
    config["annotations"] = {"run.oci.systemd.force_cgroup_v1": "/sys/fs/cgroup"}
    if not exists:
        rt.run_fails(bundle(config), has=["config.json:", "this machine has no cgroup v1 hierarchy \"name=systemd\""])
        return
    result = rt.run_ok(bundle(config))
    assert mount_at(result.info, "/sys/fs/cgroup")["type"] == "tmpfs"
    assert mount_at(result.info, "/sys/fs/cgroup/systemd")["type"] == "cgroup"
    assert "name=systemd" in mount_at(result.info, "/sys/fs/cgroup/systemd")["super"]
    assert result.value("ls") == ["systemd"]


def test_delegated_cgroup(rt, bundle):
    """run.oci.delegate-cgroup: the payload is in a cgroup of its own to manage, below the one with the limits."""
    if CGROUP_MODE != "v2":
        config = base_config()
        config["annotations"] = {"run.oci.delegate-cgroup": "payload"}
        rt.run_fails(bundle(config), has=["config.json:", "run.oci.delegate-cgroup", "needs cgroup v2"])
        return
    config = with_resources("pause")
    config["annotations"] = {"run.oci.delegate-cgroup": "/payload"}
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    config["mounts"][-1]["options"] = ["rw"]
    container = rt.create(bundle(config)).start()
    directory = cgroup_dir(f"{TOKEN}-limits")
    assert (directory / "cgroup.procs").read_text() == ""
    assert (directory / "payload/cgroup.procs").read_text().split() == [str(container.pid)]
    assert directory.stat().st_uid == 0
    assert (directory / "payload").stat().st_uid == 1000
    assert (directory / "payload/cgroup.subtree_control").stat().st_uid == 1000
    # It is the root that the container sees, for exec too; making cgroups there is the payload's right.
    result = rt.ok("exec", container.id, *harness.probe("cat /proc/self/cgroup", "mkdir /sys/fs/cgroup/made"))
    assert "0::/\n" in result.value("cat")
    assert (directory / "payload/made").is_dir()
    assert container.pid in json.loads(rt.ok("ps", "--format", "json", container.id).out)
    container.kill().wait()
    container.delete()
    assert not directory.exists()


@pytest.mark.parametrize("key", ["cgroup.procs", "cgroup.freeze", "cgroup.kill", "cgroup.subtree_control", "cgroup.type"])
def test_unified_is_for_resources(rt, bundle, key):
    if CGROUP_MODE == "v1":
        pytest.skip("needs cgroup v2: this machine has v1 only")
    rt.create_fails(bundle(with_resources(unified={key: "1"})), has=f'unified["{key}"]')


@pytest.mark.root("owners other than the caller")
@pytest.mark.parametrize("change", ["no cgroup namespace", "another place", "another source", "one that is covered"])
def test_no_delegation(rt, bundle, change):
    """CG-04: every condition of it counts, each alone."""
    if CGROUP_MODE != "v2":
        pytest.skip("the rule is for cgroup v2 only")
    config = with_resources()
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    config["mounts"][-1]["options"] = ["rw"]
    if change == "no cgroup namespace":
        harness.drop_namespace(config, "cgroup")
    elif change == "another place":
        config["mounts"][-1]["destination"] = "/mnt"
    elif change == "another source":
        config["mounts"][-1]["source"] = "other"
    else:
        config["mounts"].append({**config["mounts"][-1], "options": ["ro"]})
    container = rt.create(bundle(config))
    directory = cgroup_dir(f"{TOKEN}-limits")
    assert {(directory / file).stat().st_uid for file in [".", *os.listdir(directory)]} == {0}
    container.delete()


# ---- removal -----------------------------------------------------------------------------------

def test_gone_after_run(rt, bundle):
    rt.run_ok(bundle(with_resources("exit 0")))
    assert existing(f"{TOKEN}-limits") == []


def test_gone_after_a_failed_create(rt, bundle):
    config = with_resources("exit 0")
    config["process"]["args"] = ["/missing"]
    rt.create_fails(bundle(config), has="no such file or directory")
    assert existing(f"{TOKEN}-limits") == []


def test_removed_behind_our_back(rt, bundle):
    container = rt.create(bundle(with_resources("exit 0"))).start()
    container.wait()
    harness.remove_cgroups()
    container.delete()
    rt.oracle.check()
