# SPDX-License-Identifier: GPL-2.0-or-later
"""What a hostile image, volume or neighbour tries against the set-up (security.md V01..V18, V20).

The static forms, each with what the attack would have done looked for on the host, and bounded races in
which a program exchanges directories and links while containers start.
"""

import os
import subprocess
import time

import pytest

import harness
from harness import base_config, cgroup_mounts, drop_namespace, mount, mounts_of

# How long containers are started against a racer.
RACE_SECONDS = 6 if harness.IS_SANITIZED else 3


def with_mounts(*entries, verbs=("info",)):
    config = base_config(*verbs)
    config["mounts"] += entries
    return config


def without_dev(*verbs, terminal=False):
    """The image's own /dev is used."""
    config = base_config(*verbs)
    config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]
    config["process"]["terminal"] = terminal
    return config


@pytest.fixture
def source(work):
    path = work / "source"
    path.mkdir()
    (path / "file").write_text("of the host")
    return path


def refused_or_inside(rt, made, *options, **rest):
    """Run it: either one clear refusal, or a container that runs.  What is outside, the fixtures compare."""
    result = rt.run(made, *options, **rest)
    assert result.code in (0, 1), result
    if result.code == 1:
        assert result.err.startswith("tare: "), result
    rt.oracle.check()
    return result


def targets(canary):
    """Links that lead out of the root file system, if somebody follows them on the host."""
    return {
        "absolute": str(canary),
        "climbing": "../" * 40 + str(canary)[1:],
        "dangling": str(canary / "none"),
        "to a file": str(canary / "file"),
        "to a directory": str(canary / "dir"),
        "root": "/",
        "loop": "loop",
        "proc": "/proc/self/root",
        "proc1": "/proc/1/root" + str(canary),
    }


LINKS = ["absolute", "climbing", "dangling", "to a file", "to a directory", "root", "loop", "proc", "proc1"]


# ---- targets of mounts ------------------------------------------------------------------------

@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("place", ["last", "middle"])
@pytest.mark.parametrize("kind", ["tmpfs", "dir", "file"])
def test_V01_V08_mount_target_through_a_symlink(rt, bundle, canary, source, link, place, kind):
    target = "/loop" if link == "loop" else "/link"
    target += "" if place == "last" else "/deep/er"
    entry = {"tmpfs": mount(target, "tmpfs", "planted"), "dir": mount(target, "bind", source, "bind"),
             "file": mount(target, "bind", source / "file", "bind")}[kind]
    made = bundle(with_mounts(entry))
    (made.rootfs / target.split("/")[1]).symlink_to(targets(canary)[link])
    result = refused_or_inside(rt, made)
    if link in ("loop", "proc"):
        assert result.code == 1, "neither a loop nor a magic link leads anywhere"
    elif link in ("absolute", "climbing", "dangling") and (place, kind) != ("last", "file"):
        assert result.code == 0, result
        inside = str(canary / "none") if link == "dangling" else str(canary)
        found = {m["target"] for m in mounts_of(result.info)}
        assert inside + ("" if place == "last" else "/deep/er") in found, "the same path, inside the root"


def test_V08_deep_mount_points_below_dangling_links(rt, bundle, canary):
    """Every missing component is made inside, however the links between them are chained."""
    made = bundle(with_mounts(mount("/a/x/y/z", "tmpfs", "planted")))
    (made.rootfs / "a").symlink_to("b/../c")
    (made.rootfs / "b").symlink_to(canary / "one")
    (made.rootfs / "c").symlink_to("../../.." + str(canary / "two"))
    refused_or_inside(rt, made)
    assert not (canary / "one").exists() and not (canary / "two").exists()


def test_bind_source_inside_a_volume_is_resolved_on_the_host(rt, bundle, canary, source):
    """A mount's source is the caller's word; its target is the image's and stays inside."""
    made = bundle(with_mounts(mount("/a", "bind", source, "bind"), mount("/a/b", "bind", source, "bind")))
    (source / "b").symlink_to(canary)
    result = refused_or_inside(rt, made)
    assert result.code == 0 and str(canary) in {m["target"] for m in mounts_of(result.info)}


def test_tmpcopyup_follows_no_link(rt, bundle, canary):
    """A link is copied as a link, whether it stands in the directory or is the directory."""
    made = bundle(with_mounts(mount("/data", "tmpfs", "tmpfs", "tmpcopyup"), mount("/way", "tmpfs", "tmpfs", "tmpcopyup"),
                              verbs=("tree /data", "tree " + str(canary))))
    (made.rootfs / "data").mkdir()
    (made.rootfs / "data/out").symlink_to(canary)
    (made.rootfs / "data/secret").symlink_to(canary / "secret")
    (made.rootfs / "way").symlink_to(canary)
    result = refused_or_inside(rt, made)
    tree = result.value("tree")
    assert {path: tree[path]["type"] for path in tree} == {"/data/out": "link", "/data/secret": "link"}
    assert not result.value("tree", 1), "inside the root that directory is empty"


def test_tmpcopyup_opens_nothing_that_waits_or_acts(rt, bundle):
    """A pipe without a writer and a device are made anew, not read."""
    made = bundle(with_mounts(mount("/data", "tmpfs", "tmpfs", "tmpcopyup", "size=64k"), verbs=("tree /data",)))
    (made.rootfs / "data").mkdir()
    os.mkfifo(made.rootfs / "data/pipe")
    os.mknod(made.rootfs / "data/zero", 0o20644, os.makedev(1, 5))
    with open(made.rootfs / "data/hole", "wb") as file:
        file.truncate(1 << 40)
    tree = rt.run_ok(made).value("tree")
    assert {path: tree[path]["type"] for path in tree} == {"/data/pipe": "fifo", "/data/zero": "char", "/data/hole": "file"}
    assert tree["/data/hole"]["size"] == 1 << 40


def test_copy_symlink_is_made_inside(rt, bundle, canary, work):
    (work / "link").symlink_to("/some/where")
    made = bundle(with_mounts(mount("/way/new", "bind", work / "link", "bind", "copy-symlink"), verbs=("exit 0",)))
    (made.rootfs / "way").symlink_to(canary)
    assert refused_or_inside(rt, made).code == 0
    assert os.readlink(str(made.rootfs) + str(canary) + "/new") == "/some/where"


# ---- /proc and /sys ---------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["proc", "sys"])
@pytest.mark.parametrize("form", ["absolute", "climbing", "dangling", "inside", "file", "fifo", "to itself"])
@pytest.mark.parametrize("spelling", ["/{}", "//{}", "/./{}/", "/bin/../{}"])
def test_V03_V04_V05_V06_proc_or_sys_is_no_directory(rt, bundle, canary, name, form, spelling):
    """procfs and sysfs go where they belong or nowhere."""
    config = base_config("info", f"stat /{name}")
    for entry in config["mounts"]:
        if entry["destination"] == f"/{name}":
            entry["destination"] = spelling.format(name)
    made = bundle(config)
    (made.rootfs / name).rmdir()
    if form == "file":
        (made.rootfs / name).write_text("x")
    elif form == "fifo":
        os.mkfifo(made.rootfs / name)
    else:
        link = {"inside": "/tmp", "to itself": name, **targets(canary)}[form]
        (made.rootfs / name).symlink_to(link)
    rt.run_fails(made, has=name)
    rt.oracle.check()
    assert os.listdir(made.rootfs / "tmp") == []


@pytest.mark.parametrize("destination", ["/proc", "/proc/self", "/proc/sys", "/proc/1", "/proc/self/attr", "/proc//sys",
                                         "/x/../proc/sys", "/proc/uptime/../self"])
@pytest.mark.parametrize("kind", ["bind", "tmpfs"])
def test_V02_nothing_is_mounted_over_proc(rt, bundle, source, destination, kind):
    entry = mount(destination, "bind", source, "bind") if kind == "bind" else mount(destination, "tmpfs", "tmpfs")
    rt.create_fails(bundle(with_mounts(entry)), has="/proc")
    rt.oracle.check()


@pytest.mark.parametrize("source", ["/proc/sys", "/proc/self", "/proc/self/attr", "/sys"])
def test_V02_nor_a_part_of_a_procfs_on_proc(rt, bundle, source):
    config = harness.drop_namespace(base_config(), "pid")
    config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/proc"] + [mount("/proc", "bind", source, "rbind")]
    rt.create_fails(bundle(config), has=(f"{source} is no file system of type \"proc\"", "mounts[6]"))
    rt.oracle.check()


@pytest.mark.parametrize("link, destination", [("proc/self", "/way"), ("proc", "/way/self"), ("/proc/sys", "/way/kernel"),
                                               ("..//proc/1", "/way"), ("proc", "/way")])
@pytest.mark.parametrize("kind", ["dir", "file", "tmpfs"])
def test_V02_nor_through_a_link_of_the_image(rt, bundle, source, link, destination, kind):
    """CVE-2019-16884: a volume that came to lie over /proc/self/attr took the labels."""
    entry = {"dir": mount(destination, "bind", source, "rbind"), "file": mount(destination, "bind", source / "file", "bind"),
             "tmpfs": mount(destination, "tmpfs", "tmpfs")}[kind]
    made = bundle(with_mounts(entry, verbs=("exit 0",)))
    (made.rootfs / "way").symlink_to(link)
    rt.run_fails(made, has="way")
    rt.oracle.check()


def test_lxcfs_files_below_proc_are_allowed(rt, bundle, source):
    result = rt.run_ok(bundle(with_mounts(mount("/proc/uptime", "bind", source / "file", "bind"), verbs=("cat /proc/uptime",))))
    assert result.value("cat") == "of the host"


FALSE_PROC = ("sys/kernel/msgmax", "sys/kernel/domainname", "self/oom_score_adj", "self/attr/exec", "self/attr/keycreate",
              "self/attr/apparmor/exec", "self/setgroups", "self/uid_map", "self/timens_offsets", "1/oom_score_adj")


def plant_proc(path):
    """Files that look like a procfs to whoever writes by name."""
    for name in FALSE_PROC:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("false")


def with_proc_writes(*verbs):
    """What makes the runtime write to procfs."""
    config = base_config(*verbs)
    config["process"]["oomScoreAdj"] = 500
    config["linux"]["sysctl"] = {"kernel.msgmax": "4321", "kernel.domainname": "set.example"}
    return config


def test_V18_writes_do_not_go_where_the_image_has_them(rt, bundle):
    """CVE-2025-52881: without a procfs of the container's own, the image's files of these names are no procfs."""
    config = with_proc_writes("pause")
    config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/proc"]
    made = bundle(config)
    plant_proc(made.rootfs / "proc")
    container = rt.create(made).start()
    container.out.record("pause")
    assert {(made.rootfs / "proc" / name).read_text() for name in FALSE_PROC} == {"false"}
    assert open(f"/proc/{container.pid}/oom_score_adj").read().strip() == "500"
    inside = subprocess.run(["nsenter", f"--ipc=/proc/{container.pid}/ns/ipc", f"--uts=/proc/{container.pid}/ns/uts", "cat",
                             "/proc/sys/kernel/msgmax", "/proc/sys/kernel/domainname"], capture_output=True, text=True)
    assert inside.stdout.split() == ["4321", "set.example"]
    container.delete("--force")


# ---- /dev -------------------------------------------------------------------------------------

@pytest.mark.parametrize("form", ["absolute", "climbing", "dangling", "to a directory", "to a file", "root", "nested"])
def test_V10_V11_dev_is_a_symlink(rt, bundle, canary, form):
    """No /dev mount: nodes and links are made in the image's own /dev, and must not leave it."""
    made = bundle(without_dev("exit 0"))
    (made.rootfs / "dev").rmdir()
    if form == "nested":
        (made.rootfs / "dev").symlink_to("one/two")
        (made.rootfs / "one").symlink_to(canary)
    else:
        (made.rootfs / "dev").symlink_to(targets(canary)[form])
    refused_or_inside(rt, made)
    assert (canary / "ptmx").read_text() == "ptmx of the host"


@pytest.mark.parametrize("name", ["null", "ptmx", "console", "fd", "stdin", "tty", "pts"])
@pytest.mark.parametrize("form", ["absolute", "dangling", "to a file"])
def test_V10_V12_V13_entries_of_dev_are_symlinks(rt, bundle, canary, name, form):
    target = {"absolute": canary / name, "dangling": canary / "none", "to a file": canary / "file"}[form]
    made = bundle(without_dev("exit 0"))
    (made.rootfs / "dev" / name).symlink_to(target)
    refused_or_inside(rt, made)


@pytest.mark.parametrize("readonly", [False, True])
@pytest.mark.parametrize("form", ["new name", "file", "pty of the host"])
def test_V12_console_is_a_symlink(rt, bundle, canary, readonly, form):
    config = without_dev("exit 0", terminal=True)
    config["mounts"].append(mount("/dev/pts", "devpts", "devpts", "newinstance", "ptmxmode=0666", "mode=0620"))
    config["root"]["readonly"] = readonly
    made = bundle(config)
    (made.rootfs / "dev/pts").mkdir()
    target = {"new name": canary / "fresh", "file": canary / "console", "pty of the host": "/dev/pts/0"}[form]
    (made.rootfs / "dev/console").symlink_to(target)
    refused_or_inside(rt, made)
    assert not (canary / "fresh").exists()


@pytest.mark.parametrize("form", ["file inside", "file outside", "fifo", "zero", "link to zero"])
@pytest.mark.parametrize("output", ["pipe", "file", "null"])
def test_V13_null_of_the_image_is_something_else(rt, bundle, canary, work, form, output):
    """It is never taken for the null device: neither opened, nor given another owner, nor put in place of a descriptor."""
    config = without_dev("info")
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    made = bundle(config)
    null = made.rootfs / "dev/null"
    looked_at = null
    if form == "file inside":
        looked_at = made.rootfs / "etc/victim"
        looked_at.write_text("victim")
        null.symlink_to("/etc/victim")
    elif form == "file outside":
        null.symlink_to(canary / "null")
    elif form == "fifo":
        os.mkfifo(null)
    elif form == "zero":
        os.mknod(null, 0o20600, os.makedev(1, 5))
    else:
        os.mknod(made.rootfs / "dev/other", 0o20600, os.makedev(1, 5))
        looked_at = made.rootfs / "dev/other"
        null.symlink_to("other")
    before = os.lstat(looked_at)
    with open(work / "out" if output == "file" else os.devnull, "w") as out:
        options = {} if output == "pipe" else {"stdout": out}
        refused_or_inside(rt, made, **options)
    after = os.lstat(looked_at)
    assert (before.st_mode, before.st_uid, before.st_ctime_ns) == (after.st_mode, after.st_uid, after.st_ctime_ns)


@pytest.mark.parametrize("form", ["link to a setting", "missing", "file", "zero", "link outside"])
def test_V15_null_of_the_container_is_no_mask(rt, bundle, canary, form):
    """CVE-2025-31133: what masks is the host's verified null device, whatever a volume on /dev has there."""
    config = base_config("stat /etc/secret", "cat /etc/secret", "stat /proc/keys", "write /proc/keys x")
    config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]
    config["mounts"].append(mount("/dev", "bind", "dev", "rbind"))
    config["linux"]["maskedPaths"] = ["/etc/secret", "/proc/keys"]
    made = bundle(config)
    (made.path / "dev").mkdir()
    (made.rootfs / "etc/secret").write_text("secret")
    null = made.path / "dev/null"
    if form == "link to a setting":
        null.symlink_to("/proc/sys/kernel/core_pattern")
    elif form == "link outside":
        null.symlink_to(canary / "null")
    elif form == "file":
        null.write_text("false null")
    elif form == "zero":
        os.mknod(null, 0o20666, os.makedev(1, 5))
    result = rt.run_ok(made)
    for n in (0, 1):
        status = result.value("stat", n)
        assert (status["type"], status["major"], status["minor"]) == ("char", 1, 3)
    assert result.value("cat") == ""
    if form == "file":
        assert null.read_text() == "false null"


# ---- files that the runtime makes -------------------------------------------------------------

def test_V09_files_of_the_runtime_in_the_root_are_not_planted(rt, bundle, canary):
    config = base_config("exit 0")
    config["process"]["cwd"] = "/work/dir"
    made = bundle(config)
    (made.rootfs / "work").symlink_to(canary)
    refused_or_inside(rt, made)
    assert not (canary / "dir/dir").exists()


@pytest.mark.parametrize("what", ["masked", "readonly", "device"])
@pytest.mark.parametrize("form", ["absolute", "climbing", "to a file"])
def test_V01_other_paths_through_a_symlink(rt, bundle, canary, what, form):
    config = base_config("exit 0")
    if what == "device":
        config["linux"]["devices"] = [{"path": "/way/null2", "type": "c", "major": 1, "minor": 3}]
    else:
        config["linux"][what + "Paths"] = ["/way"]
    made = bundle(config)
    (made.rootfs / "way").symlink_to(targets(canary)[form])
    refused_or_inside(rt, made)
    assert not (canary / "null2").exists()


# ---- cgroups ----------------------------------------------------------------------------------

@pytest.fixture
def other_cgroup():
    """In every hierarchy, a cgroup that is none of the container's business."""
    made = []
    for top in sorted(set(cgroup_mounts().values())):
        path = os.path.join(top, f"{harness.TOKEN}-other")
        os.mkdir(path)
        made.append(path)
    yield f"{harness.TOKEN}-other"
    for path in made:
        os.rmdir(path)


def cgroup_views():
    """Where the container sees cgroups: one directory per hierarchy."""
    if harness.CGROUP_MODE == "v2":
        return ["/sys/fs/cgroup"]
    return sorted({"/sys/fs/cgroup/" + os.path.basename(top) for top in cgroup_mounts().values()})


def with_cgroup_mount(namespace, writable, *verbs):
    config = base_config("info", *verbs)
    if not namespace:
        drop_namespace(config, "cgroup")
    if writable:
        next(m for m in config["mounts"] if m["type"] == "cgroup")["options"].remove("ro")
    return config


@pytest.mark.skipif(harness.CGROUP_MODE == "none", reason="no cgroup tree on this machine")
@pytest.mark.parametrize("user", [False, True])
@pytest.mark.parametrize("namespace", [True, False])
@pytest.mark.parametrize("writable", [False, True])
def test_V20_only_the_own_cgroup_is_seen_and_written(rt, bundle, other_cgroup, namespace, writable, user):
    """CVE-2022-0492, CVE-2023-25809: neither the machine's tree nor its release_agent is reachable."""
    views = cgroup_views()
    verbs = []
    for view in views:
        verbs += [f"ls {view}", f"open {view}/release_agent w", f"open {view}/cgroup.events r", f"write {view}/cgroup.procs 0",
                  f"mkdir {view}/inside"]
    config = with_cgroup_mount(namespace, writable, *verbs)
    config["linux"]["cgroupsPath"] = own = f"/{harness.TOKEN}-own"
    if user:
        config["linux"]["namespaces"] += [{"type": "user"}, {"type": "network"}]
        config["linux"].update({key: [{"containerID": 0, "hostID": 100000, "size": 1000}] for key in ("uidMappings", "gidMappings")})
    made = bundle(config)
    if user:
        os.chown(made.rootfs, 100000, 100000)
    result = rt.run(made)
    if user and "user namespaces are not supported" in result.err:
        pytest.skip("needs user namespaces: this version refuses them")
    assert result.code == 0, result
    for n, view in enumerate(views):
        assert other_cgroup not in result.value("ls", n), f"{view} shows the machine's tree"
        assert own[1:] not in result.value("ls", n), f"{view} is above the container's own"
        assert "cgroup.procs" in result.value("ls", n), f"{view} shows nothing"
        assert result.record("open", 2 * n)["error"] == "ENOENT", f"{view} has a release_agent"
        for verb in ("write", "mkdir"):
            allowed = {None if writable else "EROFS"} | ({"EACCES"} if user else set())  # the host's root owns it
            assert result.record(verb, n)["error"] in allowed, view
    found = [m for m in mounts_of(result.info) if m["type"] in ("cgroup", "cgroup2")]
    assert [m["target"] for m in found if m["target"] in views] and len(found) == len(views)
    assert {m["root"] for m in found} == {"/" if namespace else own}


@pytest.mark.skipif(harness.CGROUP_MODE == "none", reason="no cgroup tree on this machine")
@pytest.mark.parametrize("namespace", [True, False])
@pytest.mark.parametrize("writable", [False, True])
def test_V20_without_a_manager_nothing_is_writable(rt, bundle, other_cgroup, namespace, writable):
    """The cgroup is the caller's, here maybe the root of the whole tree: it is shown and no more."""
    views = cgroup_views()
    config = with_cgroup_mount(namespace, writable, *[f"mkdir {view}/{harness.TOKEN}-planted" for view in views],
                               *[f"write {view}/cgroup.procs 0" for view in views])
    del config["linux"]["resources"]
    result = rt.run_ok(bundle(config), globals=("--cgroup-manager", "disabled"))
    errors = [r["error"] for r in result.records if r["verb"] in ("mkdir", "write")]
    assert errors == ["EROFS"] * 2 * len(views)


# ---- races ------------------------------------------------------------------------------------

def start_against(rt, made, racer, seconds=RACE_SECONDS):
    """Start containers for some seconds; how many times it worked, and how many it was refused."""
    end = time.monotonic() + seconds
    codes = []
    with racer:
        while time.monotonic() < end or len(codes) < 3:
            result = rt.run(made)
            assert result.code in (0, 1), result
            codes.append(result.code)
    assert racer.swaps > 1000, f"only {racer.swaps} exchanges: that was no race"
    rt.oracle.check()
    return codes.count(0), codes.count(1)


@pytest.mark.parametrize("link", ["absolute", "climbing", "proc"])
def test_V07_V08_race_in_a_volume(rt, bundle, canary, source, work, link):
    """Mount points, devices, masks and copies in a volume whose directory is a link at every other look."""
    volume = work / "volume"
    (volume / "dir").mkdir(parents=True)
    (volume / "dir/secret").write_text("secret of the volume")
    (volume / "link").symlink_to(targets(canary)[link])
    config = with_mounts(mount("/vol", "bind", volume, "rbind"), mount("/vol/dir/a/b/c", "tmpfs", "tmpfs"),
                         mount("/vol/dir/file", "bind", source / "file", "bind"),
                         mount("/vol/dir/copy", "tmpfs", "tmpfs", "tmpcopyup"), mount("/vol/dir/fresh/deep", "bind", source, "bind"),
                         verbs=("exit 0",))
    config["linux"]["devices"] = [{"path": "/vol/dir/node", "type": "c", "major": 1, "minor": 3}]
    config["linux"]["maskedPaths"] += ["/vol/dir/secret"]
    config["linux"]["readonlyPaths"] += ["/vol/dir/a"]
    start_against(rt, bundle(config), harness.Racer(volume, "dir", "link"))
    assert sorted(os.listdir(volume)) == ["dir", "link"]


@pytest.mark.parametrize("name", ["proc", "sys"])
def test_V03_race_for_proc(rt, bundle, canary, name):
    """procfs and sysfs are mounted on a directory of that name or the start fails; never where a link leads."""
    config = base_config("info", "stat /proc", "stat /sys")
    made = bundle(config)
    (made.rootfs / "planted").symlink_to(canary)
    done, refused = start_against(rt, made, harness.Racer(made.rootfs, name, "planted"))
    assert done + refused >= 3


def test_V18_race_for_what_is_written(rt, bundle, work):
    """The directory that gets the procfs is another one a moment later: writes by name would go to the files in it."""
    made = bundle(with_proc_writes("exit 0"))
    plant_proc(made.rootfs / "planted")
    start_against(rt, made, harness.Racer(made.rootfs, "proc", "planted"), RACE_SECONDS / 2)
    for name in FALSE_PROC:
        for directory in ("proc", "planted"):
            path = made.rootfs / directory / name
            assert not path.exists() or path.read_text() == "false", name


@pytest.mark.parametrize("name", ["pts", "console"])
def test_V17_race_for_the_terminal(rt, bundle, canary, name):
    """CVE-2025-52565: what is bound on /dev/console is the container's own terminal, and nothing is made where a link leads."""
    config = without_dev("exit 0", terminal=True)
    config["mounts"].append(mount("/dev/pts", "devpts", "devpts", "newinstance", "ptmxmode=0666", "mode=0620"))
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    made = bundle(config)
    (made.rootfs / "dev/pts").mkdir()
    if name == "console":
        (made.rootfs / "dev/console").touch()
    (made.rootfs / "dev/planted").symlink_to(canary if name == "pts" else canary / "console")
    before = {entry.name: (entry.stat().st_uid, entry.stat().st_mode) for entry in os.scandir("/dev/pts")}
    start_against(rt, made, harness.Racer(made.rootfs / "dev", name, "planted"), RACE_SECONDS / 2)
    after = {entry.name: (entry.stat().st_uid, entry.stat().st_mode) for entry in os.scandir("/dev/pts")}
    assert {n: after[n] for n in before if n in after} == {n: before[n] for n in before if n in after}


def test_V10_race_for_dev(rt, bundle, canary):
    made = bundle(without_dev("exit 0"))
    (made.rootfs / "planted").symlink_to(canary)
    start_against(rt, made, harness.Racer(made.rootfs, "dev", "planted"))
    assert (canary / "ptmx").read_text() == "ptmx of the host"


def test_V15_race_for_a_masked_path(rt, bundle, work):
    """A masked file is masked when the payload starts, or nothing starts."""
    volume = work / "volume"
    for name in ("one", "two"):
        (volume / name).mkdir(parents=True)
        (volume / name / "secret").write_text("secret of " + name)
    config = with_mounts(mount("/vol", "bind", volume, "rbind"), verbs=("exit 0",))
    config["linux"]["maskedPaths"] += ["/vol/one/secret"]
    start_against(rt, bundle(config), harness.Racer(volume, "one", "two"))
    contents = {(volume / name / "secret").read_text() for name in ("one", "two")}
    assert contents == {"secret of one", "secret of two"}
