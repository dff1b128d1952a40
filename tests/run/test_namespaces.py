# SPDX-License-Identifier: GPL-2.0-or-later
"""linux.namespaces, host name and domain name (NS-01..NS-07, CF-05, CF-06)."""

import os

import pytest

from harness import add_namespace, base_config, drop_namespace

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
    info = rt.run_ok(bundle(config)).info
    assert info["namespaces"][FILES[kind]] == os.readlink(path)
    assert info["hostname"] == "inside", "set in a joined namespace too"


@pytest.mark.parametrize("kind", ["pid", "mount"])
def test_join_pid_or_mount_is_refused_by_name(rt, bundle, kind):
    """Not in this version, and it says so at the place."""
    path = f"/proc/1/ns/{FILES[kind]}"
    rt.create_fails(bundle(add_namespace(base_config(), kind, path)), has=f"joining a {kind} namespace is not supported")


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


@pytest.mark.parametrize("kind", ["user", "time"])
def test_unsupported_kinds_are_refused_by_name(rt, bundle, kind):
    config = add_namespace(base_config(), kind)
    if kind == "user":
        config["linux"]["uidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        config["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    result = rt.run(bundle(config))
    if result.code == 0:
        assert result.info["namespaces"][kind] != os.readlink(f"/proc/self/ns/{kind}")
    else:
        assert result.code == 1 and kind in result.err, result
    rt.oracle.check()


def test_without_mount_namespace(rt, bundle):
    """Either it works without touching the host's mounts, or it is refused: never half of it."""
    result = rt.run(bundle(drop_namespace(base_config(), "mount")))
    assert result.code in (0, 1)
    if result.code:
        assert "mount" in result.err
    rt.oracle.check()


def test_without_linux_object(rt, bundle):
    """CF-08: legal, everything is inherited; refusing is fine too, as long as nothing happens."""
    config = base_config("exit 0")
    del config["linux"]
    del config["hostname"]
    result = rt.run(bundle(config))
    assert result.code in (0, 1)
    if result.code:
        assert result.err
    rt.oracle.check()
