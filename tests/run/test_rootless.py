# SPDX-License-Identifier: GPL-2.0-or-later
"""Containers of an ordinary user: with one id, with those of /etc/subuid, and inside a user namespace that a
manager made, as Podman does."""

import os
import shutil
import subprocess

import pytest

from harness import (DOCKER_CAPS, IS_SANITIZED, TARE, UserRuntime, add_namespace, base_config, cap_mask, has_controller,
                     keep_hard_limits, probe, manager_config, mount, mount_at, mounts_of, status_caps, wait_exit)

UID = UserRuntime.UID
SUB = 300000


@pytest.fixture(autouse=True)
def needs_user_namespaces():
    for file, why in (("/proc/sys/kernel/unprivileged_userns_clone", "0"), ("/proc/sys/user/max_user_namespaces", "0")):
        if os.path.exists(file) and open(file).read().strip() == why:
            pytest.skip(f"needs user namespaces for ordinary users: {file} is {why}")


@pytest.fixture
def subordinate(user):
    if not shutil.which("newuidmap"):
        pytest.skip("needs newuidmap (package uidmap): subordinate ids cannot be mapped without it")
    for name in ("subuid", "subgid"):
        if not os.path.exists(f"/etc/{name}"):
            pytest.skip(f"needs /etc/{name}: there is no file to show the user another one at")
    user.subordinate = [(SUB, 65536)]
    return user


def lines(text):
    return [tuple(map(int, line.split())) for line in text.splitlines() if line]


def config(*verbs):
    return add_namespace(base_config(*verbs), "network")


def with_maps(made, *maps):
    add_namespace(made, "user")
    rows = [{"containerID": inside, "hostID": outside, "size": size} for inside, outside, size in maps]
    made["linux"]["uidMappings"] = made["linux"]["gidMappings"] = rows
    return made


def test_one_id(user):
    """The config asks for no user namespace; the user is 0 in one of their own."""
    made = user.bundle(config("info", "cat /proc/self/uid_map", "cat /proc/self/gid_map", "cat /proc/self/setgroups",
                              "ls /proc", ["write", "/dev/null", "x"], "stat /dev/null"))
    result = user.run_ok(made)
    info = result.info
    assert (info["uids"], info["gids"], info["groups"], info["pid"]) == ([0, 0, 0], [0, 0, 0], [], 1)
    assert lines(result.value("cat")) == lines(result.value("cat", 1)) == [(0, UID, 1)]
    assert result.value("cat", 2).strip() == "deny"
    caps = status_caps(info)
    assert caps["CapEff"] == caps["CapPrm"] == caps["CapBnd"] == cap_mask(DOCKER_CAPS) and caps["CapAmb"] == 0
    assert [n for n in result.value("ls") if n.isdigit()] == ["1"]
    node = result.value("stat")
    assert (node["type"], node["major"], node["minor"]) == ("char", 1, 3)
    for name, theirs in info["namespaces"].items():
        if name != "time":
            assert theirs != os.readlink(f"/proc/self/ns/{name}"), name


def test_own_map(user):
    made = with_maps(config("info", "cat /proc/self/uid_map"), (1000, UID, 1))
    made["mounts"] = [m for m in made["mounts"] if m["type"] != "devpts"]    # its gid=5 is not mapped
    made["process"]["user"] = {"uid": 1000, "gid": 1000}
    result = user.run_ok(user.bundle(made))
    assert (result.info["uid"], result.info["gid"]) == (1000, 1000)
    assert lines(result.value("cat")) == [(1000, UID, 1)]


def test_files_are_the_users(user):
    made = user.bundle(config("mkdir /made"))
    user.run_ok(made)
    status = os.stat(made.rootfs / "made")
    assert (status.st_uid, status.st_gid) == (UID, UID)


def test_callers_groups_stay_closed(user):
    """With setgroups denied they can be neither dropped nor used by name: they show as nobody's."""
    user.groups = (12, 13)
    assert user.run_ok(user.bundle(config())).info["groups"] == [65534, 65534]


def test_groups_are_refused_by_name(user):
    made = config()
    made["process"]["user"]["additionalGids"] = [0]
    user.create_fails(user.bundle(made), has="process.user.additionalGids: an ordinary user who maps one group only")


def test_other_ids_are_refused_by_name(user):
    made = config()
    made["process"]["user"] = {"uid": 5, "gid": 0}
    user.create_fails(user.bundle(made), has="process.user.uid: 5 is not mapped")


def test_foreign_ids_without_helper(user):
    user.hidden = [p for p in ("/usr/bin/newuidmap", "/usr/bin/newgidmap") if os.path.exists(p)]
    made = with_maps(config(), (0, 100000, 10))
    user.create_fails(user.bundle(made), has=("uidMappings[0]", "newuidmap, which is not installed"))


def test_subordinate_ids(subordinate):
    """The map is made from /etc/subuid and /etc/subgid: 0 is the user, 1 and on what they were given."""
    made = config("info", "cat /proc/self/uid_map", "cat /proc/self/gid_map", "cat /proc/self/setgroups",
                  "mkdir /home/user/made", "stat /dev/pts")
    made["process"]["user"] = {"uid": 1000, "gid": 1000, "additionalGids": [5, 7]}
    made = subordinate.bundle(made)
    os.chown(made.rootfs / "home/user", SUB + 999, SUB + 999)
    subordinate.groups = (12, 13)
    result = subordinate.run_ok(made)
    assert (result.info["uid"], result.info["gid"], result.info["groups"]) == (1000, 1000, [5, 7])
    assert lines(result.value("cat")) == lines(result.value("cat", 1)) == [(0, UID, 1), (1, SUB, 65536)]
    assert result.value("cat", 2).strip() == "allow"
    status = os.stat(made.rootfs / "home/user/made")
    assert (status.st_uid, status.st_gid) == (SUB + 999, SUB + 999)
    os.chown(made.rootfs / "home/user/made", UID, UID)


def test_subordinate_map_of_the_config(subordinate):
    made = with_maps(config("info", "cat /proc/self/uid_map"), (0, SUB, 1000), (1000, UID, 1), (1001, SUB + 1000, 1000))
    made["process"]["user"] = {"uid": 1000, "gid": 1000}
    bundle = subordinate.bundle(made)
    result = subordinate.run_ok(bundle)
    assert result.info["uid"] == 1000
    assert lines(result.value("cat")) == [(0, SUB, 1000), (1000, UID, 1), (1001, SUB + 1000, 1000)]


def test_ids_that_were_not_given(subordinate):
    made = with_maps(config(), (0, UID, 1), (1, SUB + 65000, 1000))
    result = subordinate.create_fails(subordinate.bundle(made), has=("newgidmap", "/etc/subgid", "not allowed"))
    assert "linux.gidMappings[0]" in result.err


def test_without_network_namespace(user):
    """The host's network cannot be shown in a sysfs of the container, so the host's /sys is bound."""
    made = user.bundle(base_config("info", "ls /sys/class", ["open", "/sys/kernel/mm/ksm/run", "w"]))
    result = user.run_ok(made)
    assert "net" in result.value("ls")
    assert result.info["namespaces"]["net"] == os.readlink("/proc/self/ns/net")
    below = [m for m in mounts_of(result.info) if m["target"].startswith("/sys") and m["target"] != "/sys/fs/cgroup"]
    assert all("ro" in m["options"] for m in below if not m["target"].startswith("/sys/fs/cgroup"))


def test_binds(user):
    source = user.home / "data"
    source.mkdir()
    (source / "file").write_text("hello\n")
    made = config("info", "cat /mnt/file", "mkdir /mnt/new", "mkdir /var/new")
    (user.home / "ro").mkdir()
    made["mounts"] += [mount("/mnt", "bind", source, "rbind"), mount("/var", "bind", user.home / "ro", "rbind", "ro", "nosuid")]
    made["process"]["args"] = ["/probe", "info", "--", "cat", "/mnt/file", "--", "mkdir", "/mnt/new", "--", "mkdir", "/var/new"]
    for path in (source, source / "file", user.home / "ro"):
        os.chown(path, UID, UID)
    result = user.run(user.bundle(made))
    assert result.value("cat") == "hello\n"
    assert os.stat(source / "new").st_uid == UID
    assert not os.listdir(user.home / "ro")
    assert {"ro", "nosuid"} <= set(mount_at(result.info, "/var")["options"])


def test_missing_bind_source_is_named(user):
    made = config()
    made["mounts"].append(mount("/mnt", "bind", "/nowhere", "rbind"))
    user.create_fails(user.bundle(made), has=("mounts[7]", "open the source /nowhere"))


def test_life(user):
    made = user.bundle(config("pause"))
    container = user.create(made)
    assert container.status == "created"
    assert os.stat(user.root / container.id).st_uid == UID
    container.start()
    assert container.status == "running"
    assert [c["id"] for c in user.list()] == [container.id]
    container.kill("KILL")
    assert container.wait() == 137
    container.delete()


def test_delete_force_and_exit_code(user):
    made = user.bundle(config("exit 9"))
    assert user.run(made).code == 9
    made.config = config("pause")
    made.write()
    container = user.create(made).start()
    container.delete("--force")


def test_default_state_root(user):
    """Without --root: $XDG_RUNTIME_DIR/tare."""
    made = user.bundle(config("exit 3"))
    ident = user.new_id()
    create = user.call_raw([TARE, "run", "--keep", "--bundle", str(made.path), ident])
    assert create.code == 3, create
    assert sorted(n for n in os.listdir(user.runtime_dir / "tare") if not n.startswith(".")) == [ident]
    assert user.call_raw([TARE, "delete", ident]).code == 0
    assert not [n for n in os.listdir(user.runtime_dir / "tare") if not n.startswith(".")]


def test_terminal(subordinate):
    made = config("tty")
    made["process"]["terminal"] = True
    master, slave = os.openpty()
    try:
        result = subordinate.run_ok(subordinate.bundle(made), stdin=slave)
    finally:
        os.close(master)
        os.close(slave)
    assert result.value("tty")["tty"]["isatty"] == [True] * 3


def test_limits_are_refused_by_name(user):
    if not has_controller("memory") or not has_controller("pids"):
        pytest.skip("needs the memory and pids controllers: a limit without them is refused for that")
    made = config()
    made["linux"]["resources"]["memory"] = {"limit": 1 << 26}
    user.create_fails(user.bundle(made), has=("linux.resources.memory.limit cannot be set: make cgroup", "config.json:"))


def test_time_offsets(user):
    if IS_SANITIZED:
        pytest.skip("needs the init's own execve: without it the file of the clocks belongs to the outer user namespace")
    made = add_namespace(config("info", "cat /proc/self/timens_offsets"), "time")
    made["linux"]["timeOffsets"] = {"monotonic": {"secs": 77}}
    result = user.run_ok(user.bundle(made))
    assert ["monotonic", "77", "0"] in [line.split() for line in result.value("cat").splitlines()]
    assert result.info["pid"] == 1 and result.info["uids"] == [0, 0, 0]


def test_oom_score_and_limits(user):
    made = config("info")
    made["process"]["oomScoreAdj"] = 700
    made["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 64, "hard": 128}]
    info = user.run_ok(user.bundle(made)).info
    assert info["oom_score_adj"] == ["700"] and info["rlimits"]["RLIMIT_NOFILE"] == [64, 128]
    made["process"]["oomScoreAdj"] = -700
    user.create_fails(user.bundle(made, "c"), has="set oomScoreAdj to -700")


def test_cgroup_of_the_caller_is_read_only(user):
    """V20: who may make no cgroup has none to give, and the caller's is not the container's to write to."""
    made = config("info", "cat /proc/self/mountinfo")
    made["mounts"] = [m for m in made["mounts"] if m["destination"] != "/sys/fs/cgroup"]
    made["mounts"].append(mount("/sys/fs/cgroup", "cgroup", "cgroup", "rw", "nosuid", "noexec", "nodev"))
    made["linux"]["resources"] = {}
    result = user.call("run", "--bundle", user.bundle(made).path, user.new_id(), globals=["--log-level=warning"])
    assert result.code == 0, result
    shown = [line.split() for line in result.value("cat").splitlines() if " - cgroup" in line]
    assert shown and all("ro" in line[5].split(",") for line in shown), shown
    assert "it shows the caller's own" in result.err


def test_two_in_one_pod(user):
    """The second joins what the first made: user, network, ipc, uts and pid namespaces."""
    first = user.create(user.bundle(config("pause"))).start()
    made = config("info", "cat /proc/1/cmdline")
    for kind, file in (("user", "user"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("pid", "pid")):
        add_namespace(made, kind, f"/proc/{first.pid}/ns/{file}")
    made["mounts"] = [m for m in made["mounts"] if m["type"] != "devpts"]    # asked for by gid=5, not ours to change
    result = user.run_ok(user.bundle(made, "second"))
    for file in ("user", "net", "ipc", "uts", "pid"):
        assert result.info["namespaces"][file] == os.readlink(f"/proc/{first.pid}/ns/{file}")
    assert result.info["pid"] == 2 and "pause" in result.value("cat")
    assert result.info["namespaces"]["mnt"] != os.readlink(f"/proc/{first.pid}/ns/mnt")
    first.delete("--force")


def test_namespaces_of_others_are_refused(user, namespaces):
    holder = namespaces("uts")
    made = add_namespace(config(), "uts", holder.path("uts"))
    user.create_fails(user.bundle(made), has="namespace")


# ---- inside a manager's user namespace ---------------------------------------------------------

def nested_config(name, *verbs):
    made = manager_config(name, *verbs)
    made["linux"]["resources"] = {}
    keep_hard_limits(made)
    return made


def enter(user, namespaces):
    holder = namespaces("network", maps=[(0, 200000, 65537)])
    user.enter(holder, 200000)


def test_no_more_user_namespaces(user, namespaces):
    """The error names the sysctl and what to do; here it is that of the user namespace that we are in."""
    enter(user, namespaces)
    subprocess.run(["nsenter", "-t", str(user.nested.pid), "-U", "-S", "0", "-G", "0", "sh", "-c",
                    "echo 0 > /proc/sys/user/max_user_namespaces"], check=True)
    made = add_namespace(nested_config("podman-rootless"), "user")
    made["linux"].pop("cgroupsPath", None)
    with_maps(made, (0, 0, 1000))
    user.create_fails(user.bundle(made), has=("make a user namespace", "user.max_user_namespaces is 0", "sysctl -w"))


def test_helper_without_rights(subordinate):
    """newuidmap as a copy from an archive would be: it names what it lacks."""
    path = shutil.which("newgidmap")
    subordinate.powerless = [path]
    made = with_maps(config(), (0, UID, 1), (1, SUB, 1000))
    subordinate.create_fails(subordinate.bundle(made), has=("newgidmap", "neither setuid root", f"chmod u+s {path}"))


@pytest.mark.parametrize("name, uid, maps", [
    ("podman-rootless", 0, None),
    ("podman-rootless-keepid", 1000, [(0, 1, 1000), (1000, 0, 1), (1001, 1001, 64536)]),
])
def test_podman(user, namespaces, name, uid, maps):
    enter(user, namespaces)
    made = nested_config(name, "info", "cat /proc/self/uid_map", ["write", "/dev/null", "x"], "stat /dev/null")
    wanted = made["process"]["user"]
    bundle = user.bundle(made)
    if maps:
        bundle.chown_directories(200001, 200001)
    result = user.call("run", "--bundle", bundle.path, user.new_id(), globals=["--cgroup-manager=disabled"])
    assert result.code == 0, result
    assert (result.info["uid"], result.info["groups"]) == (uid, wanted.get("additionalGids", []))
    assert result.info["hostname"] == "podmanlike" and result.info["pid"] == 1
    if maps:
        assert lines(result.value("cat")) == maps
    else:
        assert lines(result.value("cat")) == [(0, 200000, 65537)] or lines(result.value("cat")) == [(0, 0, 65537)]
    assert (result.value("stat")["type"], result.value("stat")["major"]) == ("char", 1)


def test_nested_life(user, namespaces):
    enter(user, namespaces)
    user.root = user.home / "state"
    bundle = user.bundle(nested_config("podman-rootless", "exit 4"))
    ident = user.new_id()
    assert user.call("create", "--bundle", bundle.path, ident, globals=["--cgroup-manager=disabled"],
                     stdout=-3, stderr=-3).code == 0
    pid = user.state(ident)["pid"]
    user.ok("start", ident)
    assert wait_exit(pid) == 4
    user.ok("delete", ident)


# ---- exec --------------------------------------------------------------------------------------

def exec_like_first(user, made):
    """exec in a container of @made whose own process printed what it sees."""
    first = user.create(made).start()
    own = first.out.record("info")["value"]
    result = user.call("exec", first.id, *probe("info", "exit 4"))
    assert (result.code, result.err) == (4, ""), result
    for key in ("uids", "gids", "groups", "namespaces", "env", "mountinfo", "no_new_privs", "dumpable"):
        assert result.info[key] == own[key], key
    assert status_caps(result.info) == status_caps(own)
    assert result.info["pid"] > 1 and sorted(result.info["fds"]) == ["0", "1", "2"]
    return first


def test_exec(user):
    first = exec_like_first(user, user.bundle(config("info", "pause")))
    user.fails("exec", "-g", "5", first.id, "/probe", code=255, has="may not set others")
    user.fails("exec", "-u", "5", first.id, "/probe", code=255, has="not mapped")
    user.fails("exec", first.id, "/none", code=255, has="no such file or directory")


def test_exec_with_subordinate_ids(subordinate):
    first = exec_like_first(subordinate, subordinate.bundle(config("info", "pause")))
    info = subordinate.call("exec", "-u", "7:8", "-g", "9", first.id, *probe("info")).info
    assert (info["uids"], info["gids"], info["groups"]) == ([7] * 3, [8] * 3, [9])


def test_exec_without_id_0(subordinate):
    made = config("info", "pause")
    made["process"]["user"] = {"uid": 5, "gid": 6}
    exec_like_first(subordinate, subordinate.bundle(with_maps(made, (5, UID, 1), (6, SUB, 10))))


def test_exec_nested(user, namespaces):
    """No namespace of the container differs in its user: it is the manager's own."""
    enter(user, namespaces)
    made = nested_config("podman-rootless", "info", "pause")
    del made["linux"]["cgroupsPath"]
    # Before the namespaces go that it is deleted from.
    exec_like_first(user, user.bundle(made)).delete("--force")
