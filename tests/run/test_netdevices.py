# SPDX-License-Identifier: GPL-2.0-or-later
"""linux.netDevices (ND-01 .. ND-05): devices of the host move into the container, with all that they have.

The host's side plays in a network namespace of the test's own, so the machine's devices are never touched.
"""

import ctypes
import json
import os
import shutil
import subprocess

import pytest

import harness
from harness import add_namespace, base_config

CLONE_NEWNET = 0x40000000


def ip(*args, check=True):
    result = subprocess.run(["ip", *map(str, args)], capture_output=True, text=True)
    if check:
        assert result.returncode == 0, f"ip {args}: {result.stderr}"
    return result


def ip_json(*args):
    return json.loads(ip("-json", "-details", *args).stdout or "[]")


def names():
    return {link["ifname"] for link in ip_json("link")}


@pytest.fixture
def net(rt):
    """This process in a fresh network namespace, until the test's end, with both ends of a veth pair in it:
    "h0" has everything that can be kept, "peer" is up."""
    if not shutil.which("ip"):
        pytest.skip("needs ip: iproute2 is not installed")
    own = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if harness.libc.unshare(CLONE_NEWNET) != 0:
            pytest.skip(f"needs a network namespace: {os.strerror(ctypes.get_errno())}")
        made = ip("link", "add", "h0", "type", "veth", "peer", "name", "peer", check=False)
        if made.returncode != 0:
            pytest.skip(f"needs veth devices: {made.stderr.strip()}")
        ip("link", "set", "peer", "up")
        yield
    finally:
        harness.libc.setns(own, CLONE_NEWNET)
        os.close(own)


def furnish(name):
    """Give it everything that is to be kept."""
    ip("link", "set", name, "mtu", 1420, "txqueuelen", 321, "address", "02:00:5e:10:20:30")
    ip("link", "property", "add", "dev", name, "altname", name + "-alternative")
    ip("link", "set", name, "up")
    ip("addr", "add", "192.0.2.7/24", "broadcast", "192.0.2.255", "dev", name, "label", name + ":blue")
    ip("addr", "add", "192.0.2.8/24", "dev", name)
    ip("addr", "add", "198.51.100.1", "peer", "198.51.100.2/32", "dev", name, "noprefixroute", "metric", 77)
    ip("addr", "add", "2001:db8::1/64", "dev", name, "nodad")
    ip("addr", "add", "2001:db8::2/64", "dev", name, "nodad", "preferred_lft", 0)
    ip("addr", "add", "2001:db8:1::1", "peer", "2001:db8:1::2/128", "dev", name, "nodad", "noprefixroute")
    # Not to be kept: not permanent, or not global.
    ip("addr", "add", "203.0.113.9/24", "dev", name, "valid_lft", 1000, "preferred_lft", 500)
    ip("addr", "add", "2001:db8:2::9/64", "dev", name, "nodad", "valid_lft", 1000, "preferred_lft", 500)
    ip("addr", "add", "169.254.7.7/16", "dev", name, "scope", "link")


def traits(link):
    return {key: link.get(key) for key in ("mtu", "txqlen", "address", "altnames")}


FADING = {"203.0.113.9", "2001:db8:2::9", "169.254.7.7"}


def addresses(name):
    """The addresses, as the kernel lists them, without what concerns only this moment."""
    return addresses_in(ip_json("addr", "show", "dev", name))


def addresses_in(listed):
    found = []
    for link in listed:
        for entry in link.get("addr_info", []):
            if entry["scope"] == "global" and entry.get("local") not in FADING:
                found.append({key: value for key, value in entry.items() if key not in ("tentative", "dynamic")})
    return found


def config_of(devices, *verbs):
    config = add_namespace(base_config(*(verbs or ("pause",))), "network")
    config["linux"]["netDevices"] = devices
    return config


def inside(container, *args):
    """What `ip` says in the container's network namespace."""
    done = subprocess.run(["nsenter", f"--net=/proc/{container.pid}/ns/net", "ip", "-json", "-details", *args],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout or "[]")


def renamed(entries, old, new):
    return json.loads(json.dumps(entries).replace(f'"{old}:', f'"{new}:').replace(f'"{old}"', f'"{new}"'))


def test_ND03_everything_is_kept(rt, bundle, net):
    furnish("h0")
    before, kept = traits(ip_json("link", "show", "h0")[0]), addresses("h0")
    assert len(kept) == 6
    container = rt.create(bundle(config_of({"h0": {"name": "c0"}})))
    link = inside(container, "link", "show", "c0")[0]
    assert traits(link) == before
    assert "UP" in link["flags"]
    now = inside(container, "addr", "show", "dev", "c0")
    assert addresses_in(now) == renamed(kept, "h0", "c0")
    listed = {entry["local"] for entry in now[0]["addr_info"]}
    assert not listed & FADING
    assert names() == {"lo", "peer"}
    container.kill().delete("--force")


def test_ND01_name_stays(rt, bundle, net):
    container = rt.create(bundle(config_of({"h0": {}})))
    assert "UP" in inside(container, "link", "show", "h0")[0]["flags"]
    assert "h0" not in names()
    container.kill().delete("--force")


def test_ND02_template(rt, bundle, net, ns_holder):
    """The kernel numbers it: the lowest number that is free, after those given by name."""
    holder = ns_holder("net")("net")
    for name in ("nn0", "nn2"):
        ip("link", "add", name, "type", "veth", "peer", "name", name + "p")
        ip("link", "set", name, "netns", holder.split("/")[2])
    ip("link", "add", "h1", "type", "veth", "peer", "name", "h1p")
    ip("addr", "add", "192.0.2.9/24", "dev", "h0")
    config = config_of({"h0": {"name": "nn%d"}, "h1": {"name": "nn1"}})
    add_namespace(config, "network", holder)
    container = rt.create(bundle(config))
    found = {link["ifname"]: link for link in inside(container, "addr")}
    assert set(found) == {"lo", "nn0", "nn1", "nn2", "nn3"}
    assert [a["local"] for a in addresses_in([found["nn3"]])] == ["192.0.2.9"]
    container.kill().delete("--force")


def test_number_of_the_device_is_taken_there(rt, bundle, net, ns_holder):
    holder = ns_holder("net")("net")
    number = ip_json("link", "show", "h0")[0]["ifindex"]
    subprocess.run(["nsenter", f"--net={holder}", "ip", "link", "add", "other", "index", str(number), "type", "veth",
                    "peer", "name", "otherp"], check=True, capture_output=True)
    ip("addr", "add", "192.0.2.9/24", "dev", "h0")
    config = add_namespace(config_of({"h0": {"name": "c0"}}), "network", holder)
    container = rt.create(bundle(config))
    found = {link["ifname"]: link for link in inside(container, "addr")}
    assert found["other"]["ifindex"] == number != found["c0"]["ifindex"]
    assert [a["local"] for a in addresses_in([found["c0"]])] == ["192.0.2.9"]
    assert addresses_in([found["other"]]) == []
    container.kill().delete("--force")


def test_sysctl_of_the_device(rt, bundle, net):
    config = config_of({"h0": {"name": "c0"}}, "cat /proc/sys/net/ipv4/conf/c0/rp_filter")
    config["linux"]["sysctl"] = {"net.ipv4.conf.c0.rp_filter": "2"}
    assert rt.run_ok(bundle(config)).value("cat").strip() == "2"


@pytest.mark.parametrize("key", ["net/ipv4/conf/eth0.100/rp_filter", "net.ipv4.conf.eth0/100.rp_filter"])
def test_sysctl_of_a_device_with_a_dot(rt, bundle, net, key):
    """As sysctl(8) reads it: the first separator is the separator, the other one is a letter (SY-01)."""
    config = config_of({"h0": {"name": "eth0.100"}}, "cat /proc/sys/net/ipv4/conf/eth0.100/rp_filter")
    config["linux"]["sysctl"] = {key: "2"}
    assert rt.run_ok(bundle(config)).value("cat").strip() == "2"


def test_ends_with_the_container(rt, bundle, net):
    """`run` must not keep the network namespace: the pair goes as soon as the container's end of it does."""
    config = config_of({"h0": {"name": "c0"}}, "pause")
    process = rt.popen_run(bundle(config))
    process.reader.record("pause")
    assert "peer" in names()
    rt.ok("kill", process.ident, "KILL")
    assert process.wait(harness.TIMEOUT) == 137
    for _ in range(100):
        if "peer" not in names():
            break
        subprocess.run(["sleep", "0.1"], check=True)
    assert names() == {"lo"}


def snapshot():
    return {link["ifname"]: ("UP" in link["flags"], traits(link), addresses(link["ifname"])) for link in ip_json("link")}


def failing(kind):
    config = config_of({"h0": {"name": "c0"}})
    if kind == "hook":
        config["hooks"] = {"createRuntime": [{"path": "/bin/false", "args": ["false"]}]}
    elif kind == "mount":
        config["mounts"].append(harness.mount("/mnt", "nonsensefs", "x"))
    elif kind == "program":
        config["process"]["args"] = ["/nothing/there"]
    elif kind == "second device":
        config["linux"]["netDevices"]["gone0"] = {}
    elif kind == "device that must stay":
        config["linux"]["netDevices"]["bridge0"] = {}
    return config


@pytest.mark.parametrize("kind, up", [("hook", True), ("hook", False), ("mount", True), ("program", True),
                                      ("second device", True), ("device that must stay", True)])
@pytest.mark.parametrize("verb", ["create", "run"])
def test_ND05_failed_create_gives_it_back(rt, bundle, net, kind, up, verb):
    furnish("h0")
    if kind == "device that must stay":
        made = ip("link", "add", "bridge0", "type", "bridge", check=False)
        if made.returncode != 0:
            pytest.skip(f"needs a bridge: {made.stderr.strip()}")
    if not up:
        ip("link", "set", "h0", "down")
    before = snapshot()
    assert before["h0"][0] == up
    result = rt.call(verb, "--bundle", bundle(failing(kind)).path, rt.new_id(), stdout=subprocess.DEVNULL)
    assert result.code != 0
    assert "warning" not in result.err
    assert snapshot() == before
    rt.oracle.check()


def test_ND05_init_is_killed(rt, bundle, net):
    """The namespace's only process is gone, and the device is saved all the same."""
    furnish("h0")
    before = snapshot()
    config = config_of({"h0": {"name": "c0"}})
    killer = "kill -9 $(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); sleep 0.2"
    config["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", killer]}]}
    rt.create_fails(bundle(config))
    assert snapshot() == before
    rt.oracle.check()


def test_delete_never_moves_back(rt, bundle, net):
    container = rt.create(bundle(config_of({"h0": {"name": "c0"}})))
    container.kill().wait()
    container.delete()
    assert not names() & {"h0", "c0"}


@pytest.mark.parametrize("devices, words", [
    ({"gone0": {}}, ["gone0"]),
    ({"h0": {"name": "lo"}}, ["h0", '"lo"']),
    ({"lo": {"name": "lo1"}}, ["lo", "cannot leave"]),
    ({"h0": {"name": "a/b"}}, ['"a/b"', "name"]),
    ({"h0": {"name": "c%d%d"}}, ["c%d%d"]),
])
def test_refused(rt, bundle, net, devices, words):
    before = snapshot()
    rt.create_fails(bundle(config_of(devices)), has=["config.json:", *words])
    assert snapshot() == before
    rt.oracle.check()


def test_ND02_name_is_taken(rt, bundle, net, ns_holder):
    holder = ns_holder("net")("net")
    subprocess.run(["nsenter", f"--net={holder}", "ip", "link", "add", "c0", "type", "veth", "peer", "name", "x0"],
                   check=True, capture_output=True)
    before = snapshot()
    config = add_namespace(config_of({"h0": {"name": "c0"}}), "network", holder)
    rt.create_fails(bundle(config), has=["h0", '"c0"'])
    assert snapshot() == before


def test_ND01_no_namespace(rt, bundle, net):
    config = harness.drop_namespace(config_of({"h0": {}}), "network")
    rt.create_fails(bundle(config), has=["netDevices", "namespace"])
    assert "h0" in names()


def test_ND01_the_hosts_own_namespace(rt, bundle, net):
    config = add_namespace(config_of({"h0": {"name": "c0"}}), "network", "/proc/self/ns/net")
    rt.create_fails(bundle(config), has=["/proc/self/ns/net", "own"])
    assert "h0" in names()
