# SPDX-License-Identifier: GPL-2.0-or-later
"""User namespaces made or joined by root (NS-08, PR-08, PR-10, DV-06): ids, rights, devices, files."""

import os

import pytest

from harness import (DOCKER_CAPS, IS_SANITIZED, add_namespace, base_config, cap_mask, has_cap, manager_config, mount, mount_at, own_cgroups,
                     set_caps, status_caps)

OUTSIDE = 100000
MAP = [{"containerID": 0, "hostID": OUTSIDE, "size": 65536}]


def user_config(*verbs, maps=None, path=None):
    """A configuration with a user namespace, and the network namespace that a sysfs in it needs."""
    config = add_namespace(base_config(*verbs), "user", path)
    if maps is not None or path is None:
        config["linux"]["uidMappings"] = maps or MAP
        config["linux"]["gidMappings"] = maps or MAP
    return add_namespace(config, "network")


def lines(text):
    return [tuple(map(int, line.split())) for line in text.splitlines() if line]


def test_maps_and_rights(rt, bundle):
    result = rt.run_ok(bundle(user_config("info", "cat /proc/self/uid_map", "cat /proc/self/gid_map")))
    info = result.info
    assert info["namespaces"]["user"] != os.readlink("/proc/self/ns/user")
    assert info["pid"] == 1 and (info["uids"], info["gids"]) == ([0, 0, 0], [0, 0, 0]) and info["groups"] == []
    assert lines(result.value("cat")) == lines(result.value("cat", 1)) == [(0, OUTSIDE, 65536)]
    caps = status_caps(info)
    assert caps["CapEff"] == caps["CapPrm"] == caps["CapBnd"] == cap_mask(DOCKER_CAPS)
    assert caps["CapAmb"] == caps["CapInh"] == 0
    for file in ("mnt", "ipc", "uts", "net", "cgroup", "pid"):
        assert info["namespaces"][file] != os.readlink(f"/proc/self/ns/{file}")


def test_outside_it_is_an_ordinary_user(rt, bundle):
    config = user_config("pause")
    config["process"]["user"] = {"uid": 7, "gid": 8, "additionalGids": [9, 10]}
    container = rt.create(bundle(config)).start()
    status = dict(line.split(":", 1) for line in open(f"/proc/{container.pid}/status") if ":" in line)
    assert status["Uid"].split() == [str(OUTSIDE + 7)] * 4
    assert status["Gid"].split() == [str(OUTSIDE + 8)] * 4
    assert status["Groups"].split() == [str(OUTSIDE + 9), str(OUTSIDE + 10)]
    container.kill("KILL")
    assert container.wait() == 137
    container.delete()


def test_waits_for_start_as_nobody_else(rt, bundle):
    """A created container has no process of the host's root, and its program is the sealed one."""
    container = rt.create(bundle(user_config("exit 5")))
    assert os.stat(f"/proc/{container.pid}").st_uid in (0, OUTSIDE)   # undumpable: it is shown as root's
    assert open(f"/proc/{container.pid}/uid_map").read().split() == ["0", str(OUTSIDE), "65536"]
    assert container.finish().code == 5


@pytest.mark.parametrize("user", [{"uid": 0, "gid": 0}, {"uid": 1000, "gid": 1000, "additionalGids": [5, 65535]}])
def test_groups_are_exact(rt, bundle, user):
    """V26, PR-10: none of the caller's groups comes along."""
    config = user_config("info", "cat /proc/self/setgroups")
    config["process"]["user"] = user
    result = rt.run_ok(bundle(config), extra_groups=[12, 13])
    assert result.info["groups"] == user.get("additionalGids", [])
    assert result.value("cat").strip() == "allow"


def test_several_lines_and_keep_id(rt, bundle):
    """What Podman writes for --userns=keep-id: the map has holes and turns."""
    maps = [{"containerID": 0, "hostID": 100001, "size": 1000}, {"containerID": 1000, "hostID": 5000, "size": 1},
            {"containerID": 1001, "hostID": 101001, "size": 64536}]
    config = user_config("info", "cat /proc/self/uid_map", maps=maps)
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    result = rt.run_ok(bundle(config))
    assert result.info["uid"] == 1000
    assert lines(result.value("cat")) == [(0, 100001, 1000), (1000, 5000, 1), (1001, 101001, 64536)]


def test_without_id_zero(rt, bundle):
    """Set-up must not depend on an id 0: capabilities are held over the execve by other means."""
    config = user_config("info", "cat /proc/self/uid_map", maps=[{"containerID": 1000, "hostID": 101000, "size": 10}])
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "devpts"]     # has a gid that is not mapped
    config["process"]["user"] = {"uid": 1003, "gid": 1004}
    set_caps(config, "CAP_KILL", ambient=["CAP_KILL"], inheritable=["CAP_KILL"])
    result = rt.run_ok(bundle(config))
    assert (result.info["uid"], result.info["gid"]) == (1003, 1004)
    assert lines(result.value("cat")) == [(1000, 101000, 10)]
    assert set(status_caps(result.info).values()) == {cap_mask(["CAP_KILL"])}


@pytest.mark.parametrize("user, place", [
    ({"uid": 70000, "gid": 0}, "process.user.uid: 70000 is not mapped"),
    ({"uid": 0, "gid": 70000}, "process.user.gid: 70000 is not mapped"),
    ({"uid": 0, "gid": 0, "additionalGids": [1, 70000]}, "process.user.additionalGids[1]: 70000 is not mapped"),
])
def test_unmapped_ids_are_refused(rt, bundle, user, place):
    config = user_config()
    config["process"]["user"] = user
    rt.create_fails(bundle(config), has=place)


def test_files_belong_to_the_container(rt, bundle):
    """What is made inside shows the container's ids inside and the shifted ones outside."""
    config = user_config("mkdir /home/user/made", "stat /home/user/made", "stat /dev")
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    made = bundle(config)
    os.chown(made.rootfs / "home/user", OUTSIDE + 1000, OUTSIDE + 1000)
    result = rt.run_ok(made)
    assert (result.value("stat")["uid"], result.value("stat")["gid"]) == (1000, 1000)
    assert (result.value("stat", 1)["uid"], result.value("stat", 1)["gid"]) == (0, 0)
    status = os.stat(made.rootfs / "home/user/made")
    assert (status.st_uid, status.st_gid) == (OUTSIDE + 1000, OUTSIDE + 1000)


def test_devices_work_and_are_exact(rt, bundle):
    """DV-05, DV-06: no node can be made inside, so it is made outside, with its mode and owner."""
    config = user_config("stat /dev/null", "stat /dev/extra", "stat /dev/pipe", ["write", "/dev/null", "x"],
                         "mknod /dev/mine c 1 3")
    config["linux"]["devices"] = [
        {"path": "/dev/extra", "type": "c", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 3, "gid": 4},
        {"path": "/dev/pipe", "type": "p", "fileMode": 0o600, "uid": 5, "gid": 6}]
    result = rt.run(bundle(config))
    null, extra, pipe = result.value("stat"), result.value("stat", 1), result.value("stat", 2)
    assert (null["type"], null["major"], null["minor"], null["mode"], null["uid"]) == ("char", 1, 3, 0o666, 0)
    assert (extra["type"], extra["major"], extra["minor"]) == ("char", 1, 5)
    assert (extra["mode"], extra["uid"], extra["gid"]) == (0o640, 3, 4)
    assert (pipe["type"], pipe["mode"], pipe["uid"], pipe["gid"]) == ("fifo", 0o600, 5, 6)
    assert "Operation not permitted" in str(result.records[-1]) or "EPERM" in str(result.records[-1])


def test_device_that_nobody_has(rt, bundle):
    """Of the block devices nobody has number 4095:1048575 outside, but a node can be made."""
    config = user_config("stat /dev/none")
    config["linux"]["devices"] = [{"path": "/dev/none", "type": "b", "major": 4095, "minor": 1048575}]
    value = rt.run_ok(bundle(config)).value("stat")
    assert (value["type"], value["major"], value["minor"]) == ("block", 4095, 1048575)


def test_host_device_nodes_stay_as_they_are(rt, bundle):
    """The oracle compares them; here the payload tries to change what is bound."""
    config = user_config(["chmod", "/dev/null", "0"], ["chown", "/dev/null", "5", "5"])
    before = os.stat("/dev/null")
    rt.run(bundle(config))
    after = os.stat("/dev/null")
    assert (before.st_mode, before.st_uid, before.st_gid) == (after.st_mode, after.st_uid, after.st_gid)


def test_terminal(rt, bundle):
    """The terminal is the user's, on a devpts of the container."""
    config = user_config("tty", "stat /dev/console")
    config["process"]["terminal"] = True
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    master, slave = os.openpty()
    try:
        result = rt.run_ok(bundle(config), stdin=slave)
    finally:
        os.close(master)
        os.close(slave)
    assert result.value("tty")["tty"]["isatty"] == [True, True, True]
    assert (result.value("stat")["uid"], result.value("stat")["gid"]) == (1000, 5)


def test_binds_keep_what_the_host_restricts(rt, bundle, work):
    """MT-10: a read-only bind stays so, and the source's own flags come along."""
    source = work / "source"
    source.mkdir()
    config = user_config("info", ["open", "/mnt/new", "w"])
    config["mounts"].append(mount("/mnt", "bind", source, "rbind", "ro", "nosuid", "nodev"))
    result = rt.run(bundle(config))
    options = mount_at(result.info, "/mnt")["options"]
    assert {"ro", "nosuid", "nodev"} <= set(options)
    assert not list(source.iterdir())


def test_sysctl_of_the_user_namespace(rt, bundle):
    """SY-01: user.* belongs to it."""
    config = user_config("cat /proc/sys/user/max_ipc_namespaces")
    config["linux"]["sysctl"] = {"user.max_ipc_namespaces": "17", "net.ipv4.ip_unprivileged_port_start": "80"}
    before = open("/proc/sys/user/max_ipc_namespaces").read()
    assert rt.run_ok(bundle(config)).value("cat").strip() == "17"
    assert open("/proc/sys/user/max_ipc_namespaces").read() == before


@pytest.mark.parametrize("value", [500, 1000])
def test_oom_score(rt, bundle, value):
    config = user_config("info")
    config["process"]["oomScoreAdj"] = value
    assert rt.run_ok(bundle(config)).info["oom_score_adj"] == [str(value)]


def test_lowered_oom_score(rt, bundle):
    """PR-17: done before the user namespace takes the right away."""
    config = user_config("info")
    config["process"]["oomScoreAdj"] = -500
    if not has_cap("SYS_RESOURCE"):
        rt.create_fails(bundle(config), has="set oomScoreAdj to -500")
        pytest.skip("needs CAP_SYS_RESOURCE: only the refusal was tested")
    assert rt.run_ok(bundle(config)).info["oom_score_adj"] == ["-500"]


def test_limits_are_exact(rt, bundle):
    """PR-11: lower and equal ones always; higher ones with CAP_SYS_RESOURCE, else refused by name."""
    import resource
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    config = user_config("info")
    config["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200},
                                    {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]
    assert rt.run_ok(bundle(config)).info["rlimits"]["RLIMIT_NOFILE"] == [100, 200]
    config["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": hard, "hard": hard + 1}]
    if has_cap("SYS_RESOURCE") and hard < 1 << 19:
        assert rt.run_ok(bundle(config)).info["rlimits"]["RLIMIT_NOFILE"] == [hard, hard + 1]
    elif not has_cap("SYS_RESOURCE"):
        rt.create_fails(bundle(config), has="set RLIMIT_NOFILE above this process's own hard limit")


# ---- joined ------------------------------------------------------------------------------------

HELD = [(0, OUTSIDE, 65536)]


@pytest.mark.parametrize("maps", [None, MAP])
def test_join_with_what_belongs_to_it(rt, bundle, namespaces, maps):
    """As containerd and CRI-O do for pods; the mappings may be given too, if they are the same (8.1 #22)."""
    holder = namespaces("network", "ipc", "uts", maps=HELD)
    config = user_config("info", "cat /proc/self/uid_map", maps=maps, path=holder.path("user"))
    for kind in ("network", "ipc", "uts"):
        add_namespace(config, kind, holder.path(kind))
    result = rt.run_ok(bundle(config))
    for kind, file in (("user", "user"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts")):
        assert result.info["namespaces"][file] == holder.inode(kind)
    assert result.info["pid"] == 1 and result.info["uids"] == [0, 0, 0] and result.info["hostname"] == "inside"
    assert lines(result.value("cat")) == HELD
    assert status_caps(result.info)["CapEff"] == cap_mask(DOCKER_CAPS)


@pytest.mark.parametrize("key", ["uidMappings", "gidMappings"])
def test_join_with_other_mappings_is_refused(rt, bundle, namespaces, key):
    holder = namespaces("network", maps=HELD)
    config = add_namespace(user_config(maps=MAP, path=holder.path("user")), "network", holder.path("network"))
    config["linux"][key] = [{"containerID": 0, "hostID": OUTSIDE, "size": 65535}]
    result = rt.create_fails(bundle(config), has="the joined user namespace has another")
    assert f"linux.{key}[0]" in result.err


def test_join_user_and_pid(rt, bundle, namespaces):
    holder = namespaces("network", "pid", maps=HELD)
    config = user_config("info", "cat /proc/1/cmdline", path=holder.path("user"))
    for kind in ("network", "pid"):
        add_namespace(config, kind, holder.path(kind))
    container = rt.create(bundle(config))
    assert container.state()["pid"] == container.pid
    result = container.finish()
    assert result.info["pid"] == 2 and result.info["namespaces"]["pid"] == holder.inode("pid")
    assert "python" in result.value("cat")


def test_new_user_with_a_joined_one_of_the_host(rt, bundle, namespaces):
    """The network is the host's to give; it must be entered before the user namespace exists."""
    holder = namespaces("network")
    config = add_namespace(user_config("info", "cat /proc/self/uid_map"), "network", holder.path("network"))
    config["mounts"] = [m for m in config["mounts"] if m["type"] not in ("sysfs", "cgroup")]  # not its network
    result = rt.run_ok(bundle(config))
    assert result.info["namespaces"]["net"] == holder.inode("network")
    assert result.info["namespaces"]["user"] != os.readlink("/proc/self/ns/user")
    assert lines(result.value("cat")) == HELD and result.info["pid"] == 1


def test_new_user_and_time_offsets(rt, bundle):
    if IS_SANITIZED:
        pytest.skip("needs the init's own execve: without it the file of the clocks belongs to the outer user namespace")
    config = add_namespace(user_config("info", "cat /proc/self/timens_offsets"), "time")
    config["linux"]["timeOffsets"] = {"boottime": {"secs": 1000}}
    result = rt.run_ok(bundle(config))
    assert result.value("cat").split()[-3:] == ["boottime", "1000", "0"]
    assert result.info["namespaces"]["user"] != os.readlink("/proc/self/ns/user")


def test_joined_user_without_the_id(rt, bundle, namespaces):
    """Maps that the config does not give are the kernel's to know."""
    holder = namespaces("network", maps=[(0, OUTSIDE, 10)])
    config = add_namespace(user_config(path=holder.path("user")), "network", holder.path("network"))
    config["mounts"] = [m for m in config["mounts"] if m["type"] != "devpts" or m.pop("options")]
    config["process"]["user"] = {"uid": 500, "gid": 0}
    rt.create_fails(bundle(config), has="become user 500")


# ---- in whole ----------------------------------------------------------------------------------

def test_podman_userns(rt, bundle):
    """`podman run --userns=auto` as root."""
    config = manager_config("podman-userns", "info", "cat /proc/self/uid_map")
    made = bundle(config)
    made.chown_directories(OUTSIDE, OUTSIDE)
    result = rt.run_ok(made)
    assert lines(result.value("cat")) == [(0, OUTSIDE, 65536)]
    assert result.info["uid"] == 0 and result.info["hostname"] == config["hostname"]


def test_life(rt, bundle):
    container = rt.create(bundle(user_config("pause")))
    assert container.status == "created"
    container.start()
    assert container.status == "running"
    container.kill("KILL")
    assert container.wait() == 137
    assert container.status == "stopped"
    container.delete()
    assert not own_cgroups()


def test_killed_while_set_up_waits(rt, bundle, namespaces):
    """Nothing is left of a container whose second process fails."""
    config = user_config(path=namespaces("network", maps=HELD).path("user"))
    config["process"]["args"] = ["/nowhere"]
    rt.create_fails(bundle(config), has=("/nowhere", "no such file or directory"))
