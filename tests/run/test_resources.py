# SPDX-License-Identifier: GPL-2.0-or-later
"""linux.resources, kind by kind (CG-11..CG-44): carried out on the tree that has the controller, or refused by name.

Each test asks the actual trees what they have: on a hybrid machine a controller may be on v1 or left over on v2.
"""

import os
import pathlib
import re
import time

import pytest

import harness
from harness import CGROUP_MODE, TOKEN, base_config, cgroup_dir, cgroup_mounts, drop_namespace

pytestmark = [pytest.mark.anyuser, pytest.mark.skipif(CGROUP_MODE == "none", reason="no cgroup tree on this machine")]

NAME = f"{TOKEN}-res"

# Controllers that have another name on v2, and those that are only on v1.
V2_NAMES = {"blkio": "io", "net_cls": None, "net_prio": None}


def tree_of(controller):
    """"v1" or "v2": the tree with the controller of that v1 name; None when no tree has it."""
    if CGROUP_MODE != "v2" and controller in cgroup_mounts():
        return "v1"
    top = cgroup_mounts().get("")
    if top and V2_NAMES.get(controller, controller) in (harness.top_of(top) / "cgroup.controllers").read_text().split():
        return "v2"
    return None


def directory(controller, name=NAME):
    return cgroup_dir(name, controller if tree_of(controller) == "v1" else "")


def read(controller, file, name=NAME):
    return (directory(controller, name) / file).read_text().strip()


def lines(controller, file):
    return read(controller, file).splitlines()


def with_resources(*verbs, path=f"/{NAME}", **resources):
    config = base_config(*(verbs or ("pause",)))
    config["linux"]["cgroupsPath"] = path
    config["linux"]["resources"].update(resources)
    return config


@pytest.fixture
def created(rt, bundle):
    """Create a container with these resources; it is deleted, and nothing must be left."""
    made = []

    def create(path=f"/{NAME}", **resources):
        made.append(rt.create(bundle(with_resources(path=path, **resources))))
        return made[-1]

    yield create
    for container in made:
        if container.id in rt.ids():
            container.delete()
    rt.oracle.check()


@pytest.fixture
def refused(rt, bundle):
    """These resources must be refused with these words, and leave nothing."""

    def refuse(*words, path=f"/{NAME}", **resources):
        result = rt.create_fails(bundle(with_resources(path=path, **resources)), has=words)
        rt.oracle.check()
        return result

    return refuse


def files_of(created, controller):
    """The files of @controller that a container's cgroup has."""
    other = created(path=f"/{NAME}-other")
    found = os.listdir(directory(controller, f"{NAME}-other"))
    other.delete()
    return found


# ---- memory ------------------------------------------------------------------------------------

def test_kernel_memory_is_set_or_refused(rt, bundle, created, refused):
    """Some kernels of v1 take the value and forget it: that must not pass for a limit."""
    if tree_of("memory") != "v1":
        refused("memory.kernel", memory={"kernel": 32 << 20})
        return
    result, ident, _, err = rt.create_raw(bundle(with_resources(memory={"kernel": 32 << 20})))
    if result.code == 0:
        assert read("memory", "memory.kmem.limit_in_bytes") == str(32 << 20)
    else:
        assert "linux.resources.memory.kernel" in err.rest()
        rt.oracle.check()


def test_kernel_tcp_memory(created, refused):
    if tree_of("memory") == "v1":
        created(memory={"kernelTCP": 8 << 20})
        assert read("memory", "memory.kmem.tcp.limit_in_bytes") == str(8 << 20)
    else:
        refused("memory.kernelTCP", memory={"kernelTCP": 8 << 20})


@pytest.mark.parametrize("disable", [True, False])
def test_oom_killer(created, refused, disable):
    memory = {"limit": 64 << 20, "disableOOMKiller": disable}
    if tree_of("memory") == "v1":
        created(memory=memory)
        assert f"oom_kill_disable {int(disable)}" in lines("memory", "memory.oom_control")
    elif disable:
        refused("memory.disableOOMKiller", memory=memory)
    elif tree_of("memory"):
        created(memory=memory)
    else:
        created(memory={"disableOOMKiller": False})


def test_use_hierarchy(rt, bundle, created, refused):
    created(memory={"useHierarchy": True}).delete()
    result, ident, _, err = rt.create_raw(bundle(with_resources(memory={"useHierarchy": False})))
    if result.code == 0:
        assert tree_of("memory") == "v1" and read("memory", "memory.use_hierarchy") == "0"
    else:
        assert "memory.useHierarchy" in err.rest()


@pytest.fixture
def used_cgroup(work):
    """A cgroup without processes that is charged for 8 MiB, in a file of tmpfs."""
    if not tree_of("memory"):
        pytest.skip("no memory controller in this view of the cgroup tree")
    top = cgroup_mounts()["memory" if tree_of("memory") == "v1" else ""]
    if tree_of("memory") == "v2":
        (harness.top_of(top) / "cgroup.subtree_control").write_text("+memory")
    path = harness.top_of(top) / NAME
    path.mkdir()
    file = pathlib.Path("/dev/shm", NAME)
    pid = os.fork()
    if pid == 0:
        (path / "cgroup.procs").write_text(str(os.getpid()))
        file.write_bytes(b"x" * (8 << 20))
        os._exit(0)
    assert harness.wait_exit(pid) == 0
    yield path
    file.unlink()
    path.rmdir()


def test_check_before_update(rt, bundle, used_cgroup):
    usage = used_cgroup / ("memory.usage_in_bytes" if tree_of("memory") == "v1" else "memory.current")
    assert int(usage.read_text()) >= 8 << 20
    rt.create_fails(bundle(with_resources(memory={"limit": 4 << 20, "checkBeforeUpdate": True})),
                    has=("memory.limit", "checkBeforeUpdate"))
    container = rt.create(bundle(with_resources(memory={"limit": 64 << 20, "checkBeforeUpdate": True})))
    container.delete()
    assert used_cgroup.is_dir(), "a cgroup that was there before stays"


def test_memory_and_swap_go_up_and_down(rt, bundle):
    """One may not exceed the other, so the order of writing depends on what was there."""
    if not tree_of("memory"):
        pytest.skip("no memory controller in this view of the cgroup tree")
    is_v1 = tree_of("memory") == "v1"
    swap = "memory.memsw.limit_in_bytes" if is_v1 else "memory.swap.max"
    outer = rt.create(bundle(with_resources(path=f"/{NAME}")))
    outer.start().kill().wait()
    if not (directory("memory") / swap).exists():
        outer.delete()
        pytest.skip("no swap accounting in this kernel's memory controller")
    for limit in (64 << 20, 512 << 20, 32 << 20):
        inner = rt.create(bundle(with_resources(memory={"limit": limit, "swap": limit + (16 << 20)})))
        assert read("memory", swap) == str(limit + (16 << 20) if is_v1 else 16 << 20)
        assert read("memory", "memory.limit_in_bytes" if is_v1 else "memory.max") == str(limit)
        inner.start().kill().wait()
        inner.delete()
    outer.delete()


# ---- CPU ---------------------------------------------------------------------------------------

def test_realtime(created, refused):
    """v1 with real-time groups: what lies between the root and the container needs a budget, too."""
    cpu = {"realtimePeriod": 500000, "realtimeRuntime": 2000}
    if tree_of("cpu") != "v1" or not os.path.exists(cgroup_mounts()["cpu"] + "/cpu.rt_runtime_us"):
        refused("realtime", cpu=cpu)
        return
    created(path=f"/{NAME}/{NAME}-in", cpu=cpu)
    for name in (NAME, f"{NAME}-in"):
        assert read("cpu", "cpu.rt_runtime_us", name) == "2000"
        assert read("cpu", "cpu.rt_period_us", name) == "500000"


def test_realtime_beyond_the_machine_is_refused(refused):
    refused("realtime", cpu={"realtimePeriod": 1000, "realtimeRuntime": 2000})


def test_quota_and_burst_go_up_and_down(rt, bundle):
    """A burst may not exceed the quota, now or before."""
    if not tree_of("cpu"):
        pytest.skip("no cpu controller in this view of the cgroup tree")
    outer = rt.create(bundle(with_resources()))
    outer.start().kill().wait()
    burst_file = "cpu.cfs_burst_us" if tree_of("cpu") == "v1" else "cpu.max.burst"
    if not (directory("cpu") / burst_file).exists():
        outer.delete()
        pytest.skip("no burst in this kernel's cpu controller (before Linux 5.14)")
    for quota, burst in ((50000, 40000), (20000, 10000), (90000, 80000)):
        inner = rt.create(bundle(with_resources(cpu={"quota": quota, "burst": burst})))
        assert read("cpu", burst_file) == str(burst)
        if tree_of("cpu") == "v1":
            assert read("cpu", "cpu.cfs_quota_us") == str(quota)
        else:
            assert read("cpu", "cpu.max").split()[0] == str(quota)
        inner.start().kill().wait()
        inner.delete()
    outer.delete()


def test_idle_and_back(rt, bundle):
    """An idle cgroup takes no weight, so it is woken before it gets one."""
    if not tree_of("cpu"):
        pytest.skip("no cpu controller in this view of the cgroup tree")
    outer = rt.create(bundle(with_resources()))
    outer.start().kill().wait()
    if not (directory("cpu") / "cpu.idle").exists():
        outer.delete()
        pytest.skip("no idle cgroups in this kernel (before Linux 5.15)")
    for cpu, idle in (({"idle": 1, "shares": 512}, "1"), ({"idle": 0, "shares": 1024}, "0")):
        inner = rt.create(bundle(with_resources(cpu=cpu)))
        assert read("cpu", "cpu.idle") == idle
        if idle == "0":
            assert read("cpu", "cpu.shares" if tree_of("cpu") == "v1" else "cpu.weight") in ("1024", "100")
        inner.start().kill().wait()
        inner.delete()
    outer.delete()


# ---- block IO ----------------------------------------------------------------------------------

def block_device():
    """(major, minor, name) of a whole disk with something on it."""
    for path in sorted(pathlib.Path("/sys/block").iterdir()):
        if int((path / "size").read_text()) >= 1 << 16 and not path.name.startswith(("loop", "ram", "zram")):
            major, minor = map(int, (path / "dev").read_text().split(":"))
            return major, minor, path.name
    pytest.skip("needs a block device: this machine has no disk")


THROTTLES = [("throttleReadBpsDevice", "read_bps", "rbps"), ("throttleWriteBpsDevice", "write_bps", "wbps"),
             ("throttleReadIOPSDevice", "read_iops", "riops"), ("throttleWriteIOPSDevice", "write_iops", "wiops")]


@pytest.mark.parametrize("key, v1, v2", THROTTLES)
def test_throttle(created, refused, key, v1, v2):
    major, minor, _ = block_device()
    block = {key: [{"major": major, "minor": minor, "rate": 123456}]}
    if not tree_of("blkio"):
        refused(f"blockIO.{key}", blockIO=block)
        return
    created(blockIO=block)
    if tree_of("blkio") == "v1":
        assert lines("blkio", f"blkio.throttle.{v1}_device") == [f"{major}:{minor} 123456"]
    else:
        assert len(lines("blkio", "io.max")) == 1
        words = lines("blkio", "io.max")[0].split()
        assert words[0] == f"{major}:{minor}" and f"{v2}=123456" in words
        assert len([word for word in words if word.endswith("=max")]) == 3


def test_throttles_together(created):
    """Four lists about one device, and a rate of 0, which is none."""
    if not tree_of("blkio"):
        pytest.skip("no blkio or io controller in this view of the cgroup tree")
    major, minor, _ = block_device()
    created(blockIO={key: [{"major": major, "minor": minor, "rate": rate}]
                     for rate, (key, _, _) in zip((1000, 2000, 30, 0), THROTTLES)})
    if tree_of("blkio") == "v1":
        found = [read("blkio", f"blkio.throttle.{v1}_device") for _, v1, _ in THROTTLES]
        assert found == [f"{major}:{minor} 1000", f"{major}:{minor} 2000", f"{major}:{minor} 30", ""]
    else:
        assert read("blkio", "io.max") == f"{major}:{minor} rbps=1000 wbps=2000 riops=30 wiops=max"


def test_throttle_of_no_device(refused):
    refused("blockIO.throttleReadBpsDevice", blockIO={"throttleReadBpsDevice": [{"major": 4095, "minor": 77, "rate": 1}]})


@pytest.mark.parametrize("major, minor", [(-1, 0), (4096, 0), (8, 1 << 20), (1 << 40, 0)])
def test_throttle_of_an_impossible_device(refused, major, minor):
    refused("blockIO.throttleWriteIOPSDevice",
            blockIO={"throttleWriteIOPSDevice": [{"major": major, "minor": minor, "rate": 1}]})


def disk_below(path):
    """(major, minor) of the whole disk that the file system at @path is on."""
    device = os.stat(path).st_dev
    place = pathlib.Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
    if not place.exists():
        pytest.skip(f"needs a file system on a disk: {path} is on none")
    if (place / "partition").exists():
        place = place.resolve().parent
    return map(int, (place / "dev").read_text().split(":"))


def test_throttle_holds(rt, bundle):
    """2 MiB written at 1 MiB a second take their time."""
    if not tree_of("blkio"):
        pytest.skip("no blkio or io controller in this view of the cgroup tree")
    if not harness.find_busybox():
        pytest.skip("no static busybox on this machine")
    made = bundle(with_resources("exit 0"))
    major, minor = disk_below(made.rootfs)
    made.config["linux"]["resources"]["blockIO"] = {
        "throttleWriteBpsDevice": [{"major": major, "minor": minor, "rate": 1 << 20}]}
    made.config["process"]["args"] = ["/bin/busybox", "dd", "if=/dev/zero", "of=/file", "bs=65536", "count=32", "oflag=direct"]
    made.write()
    begin = time.monotonic()
    result = rt.run(made)
    assert result.code == 0, result
    assert time.monotonic() - begin > 1, result


WEIGHT_FILES = ("blkio.weight", "blkio.bfq.weight", "io.bfq.weight", "io.weight")


def test_weight(rt, bundle, created, refused):
    if not tree_of("blkio"):
        refused("blockIO.weight", blockIO={"weight": 300})
        return
    there = [file for file in WEIGHT_FILES if file in files_of(created, "blkio")]
    if not there:
        refused("blockIO.weight", blockIO={"weight": 300})
        return
    created(blockIO={"weight": 300})
    for file in there:
        assert read("blkio", file).split()[-1] == ("2930" if file == "io.weight" else "300"), file


def has_weights(major, minor, name):
    """A scheduler that knows weights is on for the device."""
    scheduler = pathlib.Path("/sys/block", name, "queue/scheduler").read_text()
    costs = pathlib.Path(cgroup_mounts().get("", "/missing"), "io.cost.qos")
    enabled = costs.exists() and re.search(f"^{major}:{minor} enable=1", costs.read_text(), re.M)
    return "[bfq]" in scheduler or "[cfq]" in scheduler or bool(enabled)


def test_weight_of_a_device(created, refused):
    major, minor, name = block_device()
    block = {"weightDevice": [{"major": major, "minor": minor, "weight": 500}]}
    if not tree_of("blkio") or not has_weights(major, minor, name):
        refused("blockIO.weightDevice[0].weight", blockIO=block)
        return
    created(blockIO=block)
    found = [line for file in os.listdir(directory("blkio")) if "weight" in file for line in lines("blkio", file)]
    assert f"{major}:{minor} 500" in found or f"{major}:{minor} 4950" in found, found


def test_leaf_weight(created, refused):
    if tree_of("blkio") == "v1" and "blkio.leaf_weight" in files_of(created, "blkio"):
        created(blockIO={"leafWeight": 300})
        assert read("blkio", "blkio.leaf_weight") == "300"
    else:
        refused("blockIO.leafWeight", blockIO={"leafWeight": 300})


def test_weight_of_a_device_without_weight(refused):
    refused("weightDevice[0]", blockIO={"weightDevice": [{"major": 8, "minor": 0}]})


# ---- huge pages --------------------------------------------------------------------------------

def page_sizes():
    """Sizes as the files name them: {"2MB": bytes}."""
    found = {}
    for name in os.listdir("/sys/kernel/mm/hugepages"):
        size = int(name.removeprefix("hugepages-").removesuffix("kB")) << 10
        for unit, shift in (("GB", 30), ("MB", 20), ("KB", 10)):
            if size >= 1 << shift:
                found[f"{size >> shift}{unit}"] = size
                break
    return found


def test_huge_pages(created, refused):
    if not page_sizes() or not tree_of("hugetlb"):
        refused("hugepageLimits[0]", hugepageLimits=[{"pageSize": "2MB", "limit": 2 << 20}])
        return
    created(hugepageLimits=[{"pageSize": name, "limit": 3 * size} for name, size in page_sizes().items()])
    end = "limit_in_bytes" if tree_of("hugetlb") == "v1" else "max"
    for name, size in page_sizes().items():
        rsvd = f"hugetlb.{name}.rsvd.{end}"
        if (directory("hugetlb") / rsvd).exists():
            assert read("hugetlb", rsvd) == str(3 * size)
            assert read("hugetlb", f"hugetlb.{name}.{end}") != str(3 * size)
        else:
            assert read("hugetlb", f"hugetlb.{name}.{end}") == str(3 * size)


def test_huge_pages_of_no_size(refused):
    result = refused("hugepageLimits[0]", hugepageLimits=[{"pageSize": "3MB", "limit": 3 << 20}])
    if tree_of("hugetlb"):
        assert "no huge pages of 3MB" in result.err


@pytest.mark.parametrize("size", ["../2MB", "2MB/", "2mb", "2"])
def test_huge_pages_of_a_size_that_is_none(refused, size):
    refused("pageSize", hugepageLimits=[{"pageSize": size, "limit": 1}])


# ---- network and RDMA --------------------------------------------------------------------------

def test_network_class(created, refused):
    if tree_of("net_cls") == "v1":
        created(network={"classID": 0x100001})
        assert read("net_cls", "net_cls.classid") == str(0x100001)
    else:
        refused("network.classID", network={"classID": 0x100001})


def test_network_priority(created, refused):
    network = {"priorities": [{"name": "lo", "priority": 5}]}
    if tree_of("net_prio") == "v1":
        created(network=network)
        assert "lo 5" in lines("net_prio", "net_prio.ifpriomap")
    else:
        refused("network.priorities", network=network)


def test_network_without_limits(created):
    created(network={"classID": 0, "priorities": []})


def test_rdma(created, refused):
    devices = os.listdir("/sys/class/infiniband") if os.path.isdir("/sys/class/infiniband") else []
    if not tree_of("rdma") or not devices:
        refused('rdma["none0"]', rdma={"none0": {"hcaHandles": 3, "hcaObjects": 10000}})
        return
    created(rdma={devices[0]: {"hcaHandles": 3, "hcaObjects": 10000}})
    assert f"{devices[0]} hca_handle=3 hca_object=10000" in lines("rdma", "rdma.max")


# ---- unified -----------------------------------------------------------------------------------

def unified_file():
    """(key, value, the same limit said in a structured way with another value) of a controller on the v2 tree."""
    for size, length in page_sizes().items():
        if tree_of("hugetlb") == "v2":
            return (f"hugetlb.{size}.rsvd.max", str(2 * length), {"hugepageLimits": [{"pageSize": size, "limit": 5 * length}]})
    if tree_of("pids") == "v2":
        return "pids.max", "44", {"pids": {"limit": 33}}
    if tree_of("memory") == "v2":
        return "memory.max", str(64 << 20), {"memory": {"limit": 32 << 20}}
    pytest.skip("no controller on a v2 tree in this view of the cgroup tree")


def test_unified_brings_its_controller(created):
    key, value, _ = unified_file()
    created(path=f"/{NAME}-a/{NAME}-b/{NAME}", unified={key: value})
    assert (cgroup_dir(NAME) / key).read_text().strip() == value


def test_unified_wins(created):
    key, value, structured = unified_file()
    created(unified={key: value}, **structured)
    assert (cgroup_dir(NAME) / key).read_text().strip() == value


def test_unified_lines_are_written_one_by_one(created):
    if tree_of("blkio") != "v2":
        pytest.skip("no io controller on a v2 tree in this view of the cgroup tree")
    major, minor, _ = block_device()
    created(unified={"io.max": f"{major}:{minor} rbps=1000\n{major}:{minor} wiops=20\n"})
    assert read("blkio", "io.max") == f"{major}:{minor} rbps=1000 wbps=max riops=max wiops=20"


def test_value_that_the_kernel_refuses(refused):
    key, _, _ = unified_file()
    refused(f'unified["{key}"]', unified={key: "nonsense"})


# ---- the v2 tree of a hybrid machine -----------------------------------------------------------

def test_leftover_controllers_stay_where_they_are(rt, bundle):
    """A hybrid machine's v2 tree is for freezing and killing: what nobody asks for is not handed down."""
    if CGROUP_MODE != "hybrid":
        pytest.skip("needs a hybrid machine: a v2 tree beside v1 hierarchies")
    container = rt.create(bundle(with_resources(path=f"/{NAME}-outer/{NAME}")))
    assert (cgroup_dir(NAME, "") / "../cgroup.subtree_control").read_text().strip() == ""
    container.delete()


def test_controllers_of_a_v2_machine_are_handed_down(created):
    if CGROUP_MODE != "v2":
        pytest.skip("needs a machine with cgroup v2 alone")
    created(path=f"/{NAME}-outer/{NAME}")
    given = set((cgroup_dir(NAME) / "cgroup.controllers").read_text().split())
    assert given == set((harness.top_of("/sys/fs/cgroup") / "cgroup.controllers").read_text().split())


def test_below_a_cgroup_with_processes(rt, bundle):
    """No controllers come through there, but a container without limits still fits."""
    outer = rt.create(bundle(with_resources(path=f"/{NAME}")))
    inner = rt.create(bundle(drop_namespace(with_resources(path=f"/{NAME}/{NAME}-in"), "pid")))
    assert str(inner.pid) in (cgroup_dir(f"{NAME}-in", "" if "" in cgroup_mounts() else "pids") / "cgroup.procs").read_text().split()
    inner.delete("--force")
    outer.delete()
