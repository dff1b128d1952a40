# SPDX-License-Identifier: GPL-2.0-or-later
"""linux.namespaces, host name and domain name (NS-01..NS-07, CF-05, CF-06)."""

import os
import subprocess
import time

import pytest

import harness
from harness import (DOCKER_CAPS, IS_SANITIZED, add_namespace, base_config, drop_namespace, is_alive, mount, mount_at, set_caps,
                     wait_gone)

FILES = {"pid": "pid", "network": "net", "mount": "mnt", "ipc": "ipc", "uts": "uts", "cgroup": "cgroup"}


def ours(kind):
    return os.readlink(f"/proc/self/ns/{FILES[kind]}")


def test_new_ones_are_new(rt, bundle):
    info = rt.run_ok(bundle(add_namespace(base_config(), "network"))).info
    for kind, file in FILES.items():
        assert info["namespaces"][file] != ours(kind), kind
    for file in ("user", "time"):
        assert info["namespaces"][file] == os.readlink(f"/proc/self/ns/{file}")


@pytest.mark.parametrize("kind", ["pid", "ipc", "cgroup"])
def test_not_listed_is_inherited(rt, bundle, kind):
    info = rt.run_ok(bundle(drop_namespace(base_config(), kind))).info
    assert info["namespaces"][FILES[kind]] == ours(kind)


def with_the_hosts_proc(config):
    """As Podman writes it for --pid=host where the user namespace is another one."""
    drop_namespace(config, "pid")
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "proc"]
    config["mounts"].insert(0, mount("/proc", "bind", "/proc", "rbind", "nosuid", "noexec", "nodev"))
    return config


@pytest.mark.parametrize("has_users", [False, True])
def test_the_hosts_proc(rt, bundle, has_users):
    """A bind of it shows the same processes as the host's, with what is masked and read-only in it."""
    config = with_the_hosts_proc(base_config("info", "cat /proc/uptime", "write /proc/sys/kernel/msgmax 9000", "pause"))
    config["linux"]["maskedPaths"].append("/proc/uptime")
    if has_users:
        add_namespace(add_namespace(config, "user"), "network")
        config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    made = bundle(config)
    if has_users:
        made.chown_directories(100000, 100000)
    container = rt.create(made).start()
    info = container.out.record("info")["value"]
    assert info["pid"] == container.pid and info["namespaces"]["pid"] == ours("pid")
    shown = mount_at(info, "/proc")
    assert (shown["type"], shown["root"]) == ("proc", "/") and {"nosuid", "noexec", "nodev"} <= set(shown["options"])
    assert container.out.record("cat")["value"] == ""
    assert container.out.record("write")["error"] in ("EROFS", "EACCES")
    result = rt.call("exec", container.id, *harness.probe("info"))
    assert result.code == 0 and result.info["pid"] > 1, result
    container.delete("--force")


def test_uts_not_listed(rt, bundle):
    config = drop_namespace(base_config(), "uts")
    del config["hostname"]
    info = rt.run_ok(bundle(config)).info
    assert info["namespaces"]["uts"] == ours("uts")
    assert info["hostname"] == os.uname().nodename


@pytest.mark.parametrize("key", ["hostname", "domainname"])
def test_host_name_without_uts_namespace(rt, bundle, key):
    """Ours to protect: the host's own name must not change."""
    config = drop_namespace(base_config(), "uts")
    config.pop("hostname")
    config[key] = "other"
    before = os.uname()
    rt.create_fails(bundle(config), has=key)
    assert os.uname() == before


@pytest.mark.parametrize("key", ["hostname", "domainname"])
def test_host_name_of_the_host_by_its_path(rt, bundle, key):
    config = add_namespace(base_config(), "uts", "/proc/self/ns/uts")
    config.pop("hostname")
    config[key] = "other"
    before = os.uname()
    rt.create_fails(bundle(config), has=key)
    assert os.uname() == before


def test_names(rt, bundle):
    config = base_config()
    config["hostname"] = "h" * 64
    config["domainname"] = "example.org"
    info = rt.run_ok(bundle(config)).info
    assert (info["hostname"], info["domainname"]) == ("h" * 64, "example.org")


@pytest.mark.parametrize("kind, flag", [("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("cgroup", "cgroup")])
def test_join(rt, bundle, ns_holder, kind, flag):
    path = ns_holder(flag)(FILES[kind])
    config = add_namespace(base_config(), kind, path)
    config["domainname"] = "inside.example"
    info = rt.run_ok(bundle(config)).info
    assert info["namespaces"][FILES[kind]] == os.readlink(path)
    assert (info["hostname"], info["domainname"]) == ("inside", "inside.example"), "set in a joined namespace too"


def test_join_pid(rt, bundle, namespaces):
    """NS-06: the first process stays whose it is, and the payload is one of many inside."""
    holder = namespaces("pid")
    config = add_namespace(base_config("info", "ls /proc", "cat /proc/1/status"), "pid", holder.path("pid"))
    result = rt.run_ok(bundle(config))
    assert result.info["namespaces"]["pid"] == holder.inode("pid") != ours("pid")
    assert result.info["pid"] == 2 and result.info["ppid"] == 0
    assert sorted(n for n in result.value("ls") if n.isdigit()) == ["1", "2"]
    assert "python" in result.value("cat"), "process 1 is the holder"
    assert is_alive(holder.pid)


def test_join_pid_in_a_life(rt, bundle, namespaces):
    """Create, look, start, kill, delete: the record names the process as the host counts (OP-13)."""
    holder = namespaces("pid")
    config = add_namespace(base_config("pause"), "pid", holder.path("pid"))
    container = rt.create(bundle(config))
    assert container.status == "created"
    assert os.readlink(f"/proc/{container.pid}/ns/pid") == holder.inode("pid")
    status = open(f"/proc/{container.pid}/status").read()
    assert f"PPid:\t{os.getpid()}\n" in status, "nothing between it and whoever ran the runtime"
    assert os.readlink(f"/proc/{container.pid}/exe").startswith("/memfd:tare-init") or IS_SANITIZED
    container.start()
    container.kill("TERM")
    assert container.wait() == 128 + 15
    container.delete()
    assert is_alive(holder.pid)


def test_join_pid_exit_code_and_orphans(rt, bundle, namespaces):
    config = add_namespace(base_config(), "pid", namespaces("pid").path("pid"))
    config["process"]["args"] = ["/bin/sh", "-c", "sleep 100 & exit 7"]
    assert rt.run(bundle(config)).code == 7


def test_join_pid_that_ended(rt, bundle, namespaces):
    """A pid namespace whose first process is gone takes nobody in."""
    holder = namespaces("pid")
    fd = os.open(holder.path("pid"), os.O_RDONLY)
    os.kill(holder.pid, 9)
    wait_gone(holder.pid)
    try:
        rt.create_fails(bundle(add_namespace(base_config(), "pid", f"/proc/{os.getpid()}/fd/{fd}")),
                        has="make the namespaces")
    finally:
        os.close(fd)


def test_join_wrong_type(rt, bundle, namespaces):
    result = rt.create_fails(bundle(add_namespace(base_config(), "pid", namespaces("uts").path("uts"))),
                             has="is not a namespace of this type")
    assert "config.json:" in result.err


def test_staged_failures_are_told_with_their_place(rt, bundle, namespaces):
    """What fails in the second process comes back like from the first."""
    config = add_namespace(base_config(), "pid", namespaces("pid").path("pid"))
    config["mounts"].append({"destination": "/mnt", "type": "tmpfs", "options": ["size=nonsense"]})
    rt.create_fails(bundle(config), has=("mounts[7]", "size"))


def test_join_several(rt, bundle, ns_holder):
    paths = ns_holder("net", "ipc", "uts")
    config = base_config()
    for kind in ("network", "ipc", "uts"):
        add_namespace(config, kind, paths(FILES[kind]))
    info = rt.run_ok(bundle(config)).info
    for kind in ("network", "ipc", "uts"):
        assert info["namespaces"][FILES[kind]] == os.readlink(paths(FILES[kind]))


def test_empty_path_is_no_path(rt, bundle):
    config = base_config()
    config["linux"]["namespaces"] = [{**n, "path": ""} for n in config["linux"]["namespaces"]]
    assert rt.run_ok(bundle(config)).info["pid"] == 1


def test_loopback_is_up(rt, bundle):
    result = rt.run_ok(bundle(add_namespace(base_config("cat /sys/class/net/lo/flags", "ls /sys/class/net"), "network")))
    assert int(result.value("cat").strip(), 16) & 1
    assert result.value("ls") == ["lo"]


def test_joined_network_is_not_touched(rt, bundle, ns_holder):
    path = ns_holder("net")("net")
    result = rt.run_ok(bundle(add_namespace(base_config("cat /sys/class/net/lo/flags"), "network", path)))
    assert not int(result.value("cat").strip(), 16) & 1


def test_cgroup_namespace_begins_at_the_containers_cgroup(rt, bundle):
    """NS-07: made only once the process is in its cgroup."""
    info = rt.run_ok(bundle(base_config())).info
    assert info["cgroup"]
    for line in info["cgroup"]:
        assert line.split(":", 2)[2] == "/", line


def test_pid_namespace_has_its_own_proc(rt, bundle):
    result = rt.run_ok(bundle(base_config("ls /proc")))
    assert [n for n in result.value("ls") if n.isdigit()] == ["1"]


@pytest.mark.parametrize("kind", ["pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"])
def test_listed_twice(rt, bundle, kind):
    """NS-05: an error, also when the two say the same or one of them is joined."""
    for second in ({"type": kind}, {"type": kind, "path": f"/proc/self/ns/{FILES.get(kind, kind)}"}):
        config = drop_namespace(base_config(), kind)
        config["linux"]["namespaces"] += [{"type": kind}, second]
        if kind == "user":
            config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 9}]
        place = f"linux.namespaces[{len(config['linux']['namespaces']) - 1}]"
        rt.create_fails(bundle(config), has=["config.json:", place, "twice"])


def test_time_namespace(rt, bundle):
    harness.need_clone3()
    info = rt.run_ok(bundle(add_namespace(base_config(), "time"))).info
    assert info["namespaces"]["time"] != os.readlink("/proc/self/ns/time")


def test_time_offsets(rt, bundle):
    """NS-09: the clocks of the payload, not only of its children."""
    config = add_namespace(base_config("info", "cat /proc/uptime", "cat /proc/self/timens_offsets"), "time")
    config["linux"]["timeOffsets"] = {"monotonic": {"secs": 500, "nanosecs": 7}, "boottime": {"secs": 86400 * 3}}
    result = rt.run_ok(bundle(config))
    assert result.info["namespaces"]["time"] != os.readlink("/proc/self/ns/time")
    assert result.info["pid"] == 1
    up = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert 0 <= up + 86400 * 3 - float(result.value("cat").split()[0]) < 60
    assert [line.split() for line in result.value("cat", 1).splitlines()] == [
        ["monotonic", "500", "7"], ["boottime", str(86400 * 3), "0"]]


def test_time_offsets_by_annotation(rt, bundle):
    """run.oci.timens_offset says it in the kernel's words, and each clock in one place only."""
    config = add_namespace(base_config("cat /proc/self/timens_offsets"), "time")
    config["linux"]["timeOffsets"] = {"monotonic": {"secs": 500, "nanosecs": 7}}
    config["annotations"] = {"run.oci.timens_offset": "boottime 86400 5\n"}
    result = rt.run_ok(bundle(config))
    assert [line.split() for line in result.value("cat").splitlines()] == [
        ["monotonic", "500", "7"], ["boottime", "86400", "5"]]
    config["annotations"] = {"run.oci.timens_offset": "monotonic 1 0"}
    rt.run_fails(bundle(config), has=["config.json:", "run.oci.timens_offset", "given already"])


def test_join_time(rt, bundle, namespaces):
    holder = namespaces("time")
    info = rt.run_ok(bundle(add_namespace(base_config(), "time", holder.path("time")))).info
    assert info["namespaces"]["time"] == holder.inode("time") != os.readlink("/proc/self/ns/time")


@pytest.mark.parametrize("offsets, has", [
    ({"monotonic": {"secs": -10 ** 9}}, "out of its range"),
    ({"realtime": {"secs": 1}}, "realtime"),
    ({"monotonic": {"secs": 1, "nanosecs": 10 ** 9}}, "nanosecs"),
])
def test_time_offsets_refused(rt, bundle, offsets, has):
    config = add_namespace(base_config(), "time")
    config["linux"]["timeOffsets"] = offsets
    rt.create_fails(bundle(config), has=("timeOffsets", has))


def test_time_offsets_without_new_namespace(rt, bundle, namespaces):
    config = base_config()
    config["linux"]["timeOffsets"] = {"monotonic": {"secs": 1}}
    rt.create_fails(bundle(config), has="without a new namespace of type \"time\"")
    rt.create_fails(bundle(add_namespace(config, "time", namespaces("time").path("time"))),
                    has="without a new namespace of type \"time\"")


# ---- no mount namespace of its own -------------------------------------------------------------

SAFE_CAPS = [c for c in DOCKER_CAPS if c != "CAP_SYS_CHROOT"]


def bare_config(*verbs):
    """Nothing that needs a mount namespace, and nothing that leads out of a chroot."""
    config = drop_namespace(base_config(*verbs), "mount")
    for key in ("maskedPaths", "readonlyPaths"):
        del config["linux"][key]
    config["mounts"] = []
    return set_caps(config, *SAFE_CAPS)


def test_without_mount_namespace(rt, bundle):
    """NS-04: the root is entered, and the host's mounts stay what they are (the oracle compares them)."""
    made = bundle(bare_config("ls /", "mkdir /tmp/made", "ls /dev"))
    files = made.files()
    result = rt.run_ok(made)
    assert "probe" in result.value("ls") and "boot" not in result.value("ls")
    assert result.value("ls", 1) == [], "no node is left in the image"
    (made.rootfs / "tmp/made").rmdir()
    assert made.files() == files


def test_without_mount_namespace_life(rt, bundle):
    made = bundle(bare_config("pause"))
    container = rt.create(made).start()
    assert os.readlink(f"/proc/{container.pid}/ns/mnt") == ours("mount")
    assert os.readlink(f"/proc/{container.pid}/root") == str(made.rootfs)
    container.kill("KILL")
    assert container.wait() == 137
    container.delete()


def test_joined_mount_namespace(rt, bundle, work):
    """The path of the root is one of the joined namespace, and nothing is mounted in it."""
    made = bundle(bare_config("ls /"))
    there = made.path / "there"
    there.mkdir()
    script = 'mount --bind "$1" "$2" && echo ready && exec cat'
    holder = subprocess.Popen(["unshare", "-m", "sh", "-c", script, "sh", made.rootfs, there],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"ready\n"
        before = open(f"/proc/{holder.pid}/mountinfo").read()
        add_namespace(made.config, "mount", f"/proc/{holder.pid}/ns/mnt")
        made.config["root"]["path"] = str(there)
        made.write()
        assert "probe" in rt.run_ok(made).value("ls")
        assert open(f"/proc/{holder.pid}/mountinfo").read() == before
        assert not os.listdir(there), "seen from here it is empty"
    finally:
        holder.communicate()


@pytest.mark.parametrize("key, place", [
    ("mounts", "mounts"), ("maskedPaths", "linux.maskedPaths"), ("readonlyPaths", "linux.readonlyPaths"),
    ("devices", "linux.devices"), ("rootfsPropagation", "linux.rootfsPropagation"), ("readonly", "root.readonly"),
    ("capabilities", "process.capabilities"), ("user", "linux")])
def test_what_needs_a_mount_namespace_is_refused(rt, bundle, key, place):
    config = bare_config()
    whole = base_config()
    if key == "mounts":
        config["mounts"] = whole["mounts"]
    elif key == "devices":
        config["linux"]["devices"] = [{"path": "/dev/x", "type": "c", "major": 1, "minor": 3}]
    elif key == "rootfsPropagation":
        config["linux"][key] = "shared"
    elif key == "readonly":
        config["root"][key] = True
    elif key == "capabilities":
        config["process"][key] = whole["process"][key]
    elif key == "user":
        add_namespace(config, "user")
        config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = [
            {"containerID": 0, "hostID": 100000, "size": 10}]
    else:
        config["linux"][key] = whole["linux"][key]
    rt.create_fails(bundle(config), has=(f" plan: {place}: ", "new mount namespace"))


def test_without_linux_object(rt, bundle):
    """CF-08: legal, everything is inherited."""
    config = bare_config("ls /", "exit 6")
    del config["linux"]
    del config["hostname"]
    result = rt.run(bundle(config))
    assert result.code == 6, result
    assert "probe" in result.value("ls")
