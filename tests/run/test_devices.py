# SPDX-License-Identifier: GPL-2.0-or-later
"""Device nodes and links below /dev, and what the device controller allows (DV-01..DV-12, CG-10, RL-02)."""

import os
import stat

import pytest

import harness
from harness import base_config

DEFAULT_NODES = {"/dev/null": (1, 3), "/dev/zero": (1, 5), "/dev/full": (1, 7), "/dev/random": (1, 8),
                 "/dev/urandom": (1, 9), "/dev/tty": (5, 0)}

DEFAULT_LINKS = {"/dev/fd": "/proc/self/fd", "/dev/stdin": "/proc/self/fd/0", "/dev/stdout": "/proc/self/fd/1",
                 "/dev/stderr": "/proc/self/fd/2", "/dev/ptmx": "pts/ptmx"}


def device(path, kind, major=None, minor=None, **more):
    entry = {"path": path, "type": kind, **more}
    if major is not None:
        entry["major"], entry["minor"] = major, minor
    return entry


def with_devices(*devices, verbs=("tree /dev",), allow=()):
    config = base_config(*verbs)
    config["linux"]["devices"] = list(devices)
    config["linux"]["resources"]["devices"] += list(allow)
    return config


def test_default_nodes_and_links(rt, bundle):
    tree = rt.run_ok(bundle(base_config("tree /dev"))).value("tree")
    for path, (major, minor) in DEFAULT_NODES.items():
        node = tree[path]
        assert (node["type"], node["major"], node["minor"]) == ("char", major, minor), path
        assert (node["mode"], node["uid"], node["gid"]) == (0o666, 0, 0), path
    for path, target in DEFAULT_LINKS.items():
        assert (tree[path]["type"], tree[path].get("target")) == ("link", target), path
    known = set(DEFAULT_NODES) | set(DEFAULT_LINKS) | {"/dev/core", "/dev/shm", "/dev/mqueue", "/dev/pts", "/dev/pts/ptmx"}
    assert set(tree) <= known, set(tree) - known


@pytest.mark.parametrize("missing", ["proc", "pts"])
def test_links_lead_somewhere(rt, bundle, missing):
    """RL-02: /dev/fd and the like exist if what they lead to does, once everything is mounted."""
    config = base_config("tree /dev")
    config["mounts"] = [m for m in config["mounts"] if m["destination"] not in (f"/{missing}", f"/dev/{missing}")]
    tree = rt.run_ok(bundle(config)).value("tree")
    assert {path for path in DEFAULT_LINKS if path in tree and "proc" in DEFAULT_LINKS[path]} == \
        ({path for path in DEFAULT_LINKS if path != "/dev/ptmx"} if missing == "pts" else set())
    assert set(DEFAULT_NODES) <= set(tree)


def test_nodes_and_links_that_are_there_already(rt, bundle):
    """DV-11: in the image's own /dev, from an earlier container or from whoever made the image."""
    config = base_config("tree /dev")
    config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]
    made = bundle(config)
    for path, target in DEFAULT_LINKS.items():
        (made.rootfs / path[1:]).symlink_to(target)
    for n in range(2):
        tree = rt.run_ok(made).value("tree")
        assert {path: tree[path].get("target") for path in DEFAULT_LINKS} == DEFAULT_LINKS, n
        assert {path: (tree[path]["major"], tree[path]["minor"]) for path in DEFAULT_NODES} == DEFAULT_NODES


def test_default_nodes_work(rt, bundle):
    result = rt.run_ok(bundle(base_config("write /dev/null x", "write /dev/full x", "cat /dev/null", "open /dev/urandom",
                                          "open /dev/ptmx rw", "open /dev/zero rw", "ls /dev/fd")))
    assert [r["error"] for r in result.records] == [None, "ENOSPC", None, None, None, None, None]


def test_no_console_without_terminal(rt, bundle):
    assert "/dev/console" not in rt.run_ok(bundle(base_config("tree /dev"))).value("tree")


@pytest.mark.parametrize("kind, word", [("c", "char"), ("u", "char"), ("b", "block"), ("p", "fifo")])
def test_kinds(rt, bundle, kind, word):
    numbers = () if kind == "p" else (7, 200)
    node = rt.run_ok(bundle(with_devices(device("/dev/mine", kind, *numbers)))).value("tree")["/dev/mine"]
    assert node["type"] == word
    if kind != "p":
        assert (node["major"], node["minor"]) == (7, 200)


def test_mode_and_owner(rt, bundle):
    """fileMode is decimal in JSON, and the umask has no say."""
    config = with_devices(device("/dev/a", "c", 7, 200, fileMode=0o620, uid=1000, gid=5), device("/dev/b", "c", 7, 201, fileMode=0o777),
                          device("/dev/c", "c", 7, 202))
    config["process"]["user"]["umask"] = 0o77
    tree = rt.run_ok(bundle(config)).value("tree")
    assert (tree["/dev/a"]["mode"], tree["/dev/a"]["uid"], tree["/dev/a"]["gid"]) == (0o620, 1000, 5)
    assert tree["/dev/b"]["mode"] == 0o777
    assert tree["/dev/c"]["mode"] == 0o666


def test_mode_with_type_bits(rt, bundle):
    """Managers pass st_mode on as it is."""
    config = with_devices(device("/dev/a", "c", 7, 200, fileMode=0o20640))
    assert rt.run_ok(bundle(config)).value("tree")["/dev/a"]["mode"] == 0o640


def test_anywhere_with_missing_parents(rt, bundle):
    made = bundle(with_devices(device("/dev/net/deep/tun", "c", 10, 200), device("/srv/node", "c", 7, 200),
                               verbs=("tree /dev/net", "stat /srv/node")))
    result = rt.run_ok(made)
    assert result.value("tree")["/dev/net/deep/tun"]["minor"] == 200
    assert result.value("stat")["minor"] == 200


def test_listed_one_replaces_the_default(rt, bundle):
    config = with_devices(device("/dev/null", "c", 1, 3, fileMode=0o600, uid=3, gid=4))
    node = rt.run_ok(bundle(config)).value("tree")["/dev/null"]
    assert (node["mode"], node["uid"], node["gid"], node["minor"]) == (0o600, 3, 4, 3)


def test_existing_same_node_is_kept_and_fixed(rt, bundle):
    made = bundle(with_devices(device("/srv/node", "c", 7, 200, fileMode=0o640, uid=9), verbs=("stat /srv/node",)))
    (made.rootfs / "srv").mkdir()
    os.mknod(made.rootfs / "srv/node", 0o20600, os.makedev(7, 200))
    status = rt.run_ok(made).value("stat")
    assert (status["mode"], status["uid"]) == (0o640, 9)


def test_the_hosts_own_node_stays_as_it_is(rt, bundle):
    """Shown by a mount it is the same inode for all, whatever the config says of it."""
    config = with_devices(device("/dev/full", "c", 1, 7, fileMode=0o600, uid=7, gid=8), device("/dev/null", "c", 1, 3, uid=7),
                          verbs=("stat /dev/full", "stat /dev/null"))
    config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]
    config["mounts"].append(harness.mount("/dev", "bind", "/dev", "rbind", "rprivate"))
    before = {path: harness.node_identity(path) for path in ("/dev/full", "/dev/null")}
    try:
        result = rt.run_ok(bundle(config))
        for n, path in enumerate(before):
            assert result.value("stat", n)["uid"] == before[path][1]
            assert harness.node_identity(path) == before[path]
    finally:
        for path, (mode, uid, gid, _) in before.items():
            if harness.node_identity(path) != before[path]:
                os.chown(path, uid, gid)
                os.chmod(path, stat.S_IMODE(mode))


@pytest.mark.parametrize("what", ["file", "other node", "dir"])
def test_existing_other_file_is_an_error(rt, bundle, what):
    """DV-02: never taken for the device."""
    made = bundle(with_devices(device("/srv/node", "c", 7, 200)))
    (made.rootfs / "srv").mkdir()
    path = made.rootfs / "srv/node"
    if what == "file":
        path.write_text("mine")
    elif what == "dir":
        path.mkdir()
    else:
        os.mknod(path, 0o20600, os.makedev(1, 5))
    rt.create_fails(made, has="/srv/node")
    if what == "file":
        assert path.read_text() == "mine"


@pytest.mark.parametrize("name, content", [("null", "file"), ("null", "zero"), ("null", "fifo"), ("zero", "file")])
def test_V13_V15_image_brings_a_false_default_node(rt, bundle, name, content):
    """Without a /dev mount the image's own nodes are used only if they are what they should be."""
    config = base_config("exit 0")
    config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]
    made = bundle(config)
    path = made.rootfs / "dev" / name
    if content == "file":
        path.write_text("mine")
    elif content == "fifo":
        os.mkfifo(path)
    else:
        os.mknod(path, 0o20666, os.makedev(1, 5))
    before = harness.file_identity(path)
    result = rt.run(made)
    assert result.code == 1, result
    assert f"/dev/{name}" in result.err
    assert harness.file_identity(path)[:2] == before[:2]


def test_same_numbers_twice_are_accepted(rt, bundle):
    tree = rt.run_ok(bundle(with_devices(device("/dev/a", "c", 7, 200), device("/dev/b", "c", 7, 200)))).value("tree")
    assert tree["/dev/a"]["minor"] == tree["/dev/b"]["minor"] == 200


# ---- the device controller ---------------------------------------------------------------------

needs_controller = pytest.mark.skipif(
    harness.CGROUP_MODE != "v2" and not harness.has_controller("devices"), reason="no devices controller on this machine")

OPEN = ("mknod /tmp/n c 7 200", "open /tmp/n r", "mknod /tmp/z c 1 5", "open /tmp/z r", "mknod /tmp/m c 1 1", "open /tmp/m r",
        "mknod /tmp/d b 8 0", "open /tmp/d r")


def errors(result):
    return [r["error"] for r in result.records]


@needs_controller
def test_denied_by_default(rt, bundle):
    """mknod is allowed as everywhere, opening is not (V28, I30): not even without any rule."""
    for rules in ([{"allow": False, "access": "rwm"}], [], None):
        config = base_config(*OPEN)
        if rules is None:
            del config["linux"]["resources"]
        else:
            config["linux"]["resources"]["devices"] = rules
        found = errors(rt.run_ok(bundle(config)))
        assert found[1::2] == ["EPERM", None, "EPERM", "EPERM"], (rules, found)


@needs_controller
@pytest.mark.parametrize("rule, allowed", [
    ({"allow": True, "type": "c", "major": 1, "minor": 1, "access": "r"}, True),
    ({"allow": True, "type": "c", "major": 1, "access": "rwm"}, True),
    ({"allow": True, "type": "c", "major": 1, "minor": -1, "access": "rwm"}, True),
    ({"allow": True, "access": "rwm"}, True),
    ({"allow": True, "type": "a", "access": "rwm"}, True),
    ({"allow": True}, True),
    ({"allow": True, "type": "b", "major": 1, "minor": 1, "access": "rwm"}, False),
    ({"allow": True, "type": "c", "major": 1, "minor": 1, "access": "w"}, False),
    ({"allow": True, "type": "c", "major": 1, "minor": 2, "access": "rwm"}, False),
])
def test_rules(rt, bundle, rule, allowed):
    config = base_config("mknod /tmp/m c 1 1", "open /tmp/m r")
    config["linux"]["resources"]["devices"].append(rule)
    harness.set_caps(config, *harness.granted(harness.DOCKER_CAPS + ["CAP_SYS_RAWIO"]))
    error = rt.run_ok(bundle(config)).record("open")["error"]
    if allowed and error == "ENXIO":
        pytest.skip("this kernel has no /dev/mem")
    assert error == (None if allowed else "EPERM")


@needs_controller
def test_later_rules_win(rt, bundle):
    config = base_config("mknod /tmp/m c 10 201", "open /tmp/m r")  # 10:200 is among the default devices
    rules = config["linux"]["resources"]["devices"]
    rules += [{"allow": True, "type": "c", "major": 10, "access": "rwm"},
              {"allow": False, "type": "c", "major": 10, "minor": 201, "access": "rwm"}]
    if harness.CGROUP_MODE != "v2":  # the v1 controller has no rule with a hole in it: refused, not ignored
        rt.create_fails(bundle(config), has="cgroup v1 cannot take")
        return
    assert rt.run_ok(bundle(config)).record("open")["error"] == "EPERM"


@needs_controller
def test_ptys_of_the_container_can_be_opened(rt, bundle):
    config = base_config("open /dev/ptmx rw", "open /dev/pts/ptmx rw", "open /dev/tty rw")
    assert errors(rt.run_ok(bundle(config))) == [None, None, "ENXIO"]
