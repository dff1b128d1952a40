# SPDX-License-Identifier: GPL-2.0-or-later
"""linux.sysctl (SY-01, V29): the container's own settings, never the host's."""

import pytest

from harness import add_namespace, base_config, drop_namespace, need_root

pytestmark = pytest.mark.anyuser


def with_sysctls(*verbs, **settings):
    config = base_config(*verbs)
    config["linux"]["sysctl"] = settings
    return config


def cat(key):
    return "cat /proc/sys/" + key.replace(".", "/")


@pytest.mark.parametrize("key, value", [
    ("kernel.msgmax", "12345"), ("kernel.shmmax", "67108864"), ("kernel.sem", "32001 1024000001 501 32001"),
    ("kernel.shm_rmid_forced", "1"), ("fs.mqueue.msg_max", "11"), ("kernel.domainname", "example.org"),
    ("kernel/msgmnb", "23456")])
def test_ipc_and_uts(rt, bundle, key, value):
    if key == "kernel.domainname":
        need_root("whose file this is, in every namespace")
    result = rt.run_ok(bundle(with_sysctls(cat(key), **{key: value})))
    assert result.value("cat").split() == value.split()


@pytest.mark.parametrize("key, path, value", [
    ("net.ipv4.ip_forward", "net/ipv4/ip_forward", "1"),
    ("net.core.somaxconn", "net/core/somaxconn", "321"),
    ("net/ipv4/conf/lo/rp_filter", "net/ipv4/conf/lo/rp_filter", "2"),
    ("net.ipv4.conf.all.rp_filter", "net/ipv4/conf/all/rp_filter", "2")])
def test_net(rt, bundle, key, path, value):
    config = add_namespace(with_sysctls("cat /proc/sys/" + path, **{key: value}), "network")
    assert rt.run_ok(bundle(config)).value("cat").strip() == value


def test_writable_proc_sys_is_not_left_behind(rt, bundle):
    config = with_sysctls("info", "write /proc/sys/kernel/msgmax 1", **{"kernel.msgmax": "999"})
    result = rt.run_ok(bundle(config))
    assert result.record("write")["error"] == "EROFS"


@pytest.mark.parametrize("key, kind", [("kernel.msgmax", "ipc"), ("fs.mqueue.msg_max", "ipc"), ("kernel.domainname", "uts")])
def test_without_its_namespace(rt, bundle, key, kind):
    config = drop_namespace(with_sysctls("exit 0", **{key: "1"}), kind)
    if kind == "uts":
        del config["hostname"]
    rt.create_fails(bundle(config), has=key)
    rt.oracle.check()


def test_net_in_the_hosts_namespace_by_path(rt, bundle):
    config = add_namespace(with_sysctls("exit 0", **{"net.ipv4.ip_forward": "1"}), "network", "/proc/self/ns/net")
    rt.create_fails(bundle(config), has="net.ipv4.ip_forward")
    rt.oracle.check()


@pytest.mark.root("a namespace that the tests make")
def test_net_in_a_joined_namespace(rt, bundle, ns_holder):
    """Podman and CRI-O make the network namespace themselves."""
    path = ns_holder("net")("net")
    config = add_namespace(with_sysctls("cat /proc/sys/net/ipv4/ip_forward", **{"net.ipv4.ip_forward": "1"}), "network", path)
    assert rt.run_ok(bundle(config)).value("cat").strip() == "1"


@pytest.mark.parametrize("key", ["kernel.core_pattern", "kernel.sysrq", "vm.swappiness", "fs.file-max", "kernel.hostname", "dev.x.y",
                                 "kernel.msgmax/../sysrq", "../../etc/passwd", "net/../kernel/sysrq", "kernel..msgmax", ".kernel.msgmax",
                                 "kernel.msgmax.", "", "kernel", "net", "kernel.shm/../../x", "net.ipv4"])
def test_refused(rt, bundle, key):
    config = add_namespace(with_sysctls("exit 0", **{key: "1"}), "network")
    rt.create_fails(bundle(config))
    rt.oracle.check()


def test_value_the_kernel_refuses(rt, bundle):
    rt.create_fails(bundle(with_sysctls("exit 0", **{"kernel.msgmax": "junk"})), has="kernel.msgmax")
    rt.oracle.check()


def test_key_the_kernel_does_not_have(rt, bundle):
    config = add_namespace(with_sysctls("exit 0", **{"net.ipv4.no_such_setting": "1"}), "network")
    rt.create_fails(bundle(config), has="net.ipv4.no_such_setting")


def test_works_without_a_proc_mount_in_the_container(rt, bundle):
    config = with_sysctls("syscall getpid", **{"kernel.msgmax": "999"})
    config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/proc"]
    config["linux"]["maskedPaths"] = config["linux"]["readonlyPaths"] = []
    rt.run_ok(bundle(config))
