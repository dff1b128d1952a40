# SPDX-License-Identifier: GPL-2.0-or-later
"""mounts[], root.readonly, propagation (MT-01..MT-12, MO-01..MO-09, RF-01, CF-03, CF-04).

Id mappings: test_idmap.py.  What a hostile root file system tries: test_hostile_root.py."""

import os
import stat

import pytest

import harness
from harness import base_config, mount, mount_at, mounts_of


def with_mounts(*entries, verbs=("info",)):
    config = base_config(*verbs)
    config["mounts"] += entries
    return config


def mounted(rt, bundle, *entries, verbs=()):
    return rt.run_ok(bundle(with_mounts(*entries, verbs=("info", *verbs))))


# ---- order, targets ---------------------------------------------------------------------------

def test_listed_order(rt, bundle):
    config = base_config()
    made = bundle(config)
    info = rt.run_ok(made).info
    listed = [m["destination"] for m in config["mounts"]]
    found = [m["target"] for m in mounts_of(info) if m["target"] in listed]
    seen = list(dict.fromkeys(found))
    assert sorted(seen) == sorted(listed)
    # A mount is listed after its parent; siblings keep the order in which they were attached.
    ids = [mount_at(info, t)["id"] for t in listed if t.count("/") == 1]
    assert len(ids) == len(set(ids))


def test_the_root_is_first_and_alone(rt, bundle):
    info = rt.run_ok(bundle(base_config())).info
    roots = [m for m in mounts_of(info) if m["target"] == "/"]
    assert len(roots) == 1
    ids = {m["id"] for m in mounts_of(info)}
    assert roots[0]["parent"] not in ids, "no old root below it"


def test_a_later_mount_covers_an_earlier_one(rt, bundle):
    result = mounted(rt, bundle, mount("/mnt", "tmpfs", "first"), mount("/mnt", "tmpfs", "second"))
    assert [m["source"] for m in mounts_of(result.info) if m["target"] == "/mnt"] == ["first", "second"]


def test_mount_within_a_mount(rt, bundle):
    info = mounted(rt, bundle, mount("/mnt", "tmpfs", "outer"), mount("/mnt/a/b", "tmpfs", "inner")).info
    assert mount_at(info, "/mnt/a/b")["parent"] == mount_at(info, "/mnt")["id"]


def test_missing_mount_points_are_made(rt, bundle, work):
    (work / "file").write_text("content")
    (work / "dir").mkdir()
    result = mounted(rt, bundle, mount("/new/deep/dir", "bind", work / "dir", "bind"),
                     mount("/other/deep/file", "bind", work / "file", "bind"),
                     verbs=("stat /new/deep", "cat /other/deep/file"))
    assert result.value("stat")["mode"] == 0o755
    assert result.value("cat") == "content"


@pytest.mark.parametrize("destination", ["relative/dir", "//double//slash/", "/a/./b", "/a/../c", "/../../up"])
def test_odd_destinations_stay_inside(rt, bundle, destination):
    info = mounted(rt, bundle, mount(destination, "tmpfs", "odd")).info
    found = [m["target"] for m in mounts_of(info) if m["source"] == "odd"]
    assert found == [os.path.normpath("/" + destination).replace("//", "/")]


# ---- options ----------------------------------------------------------------------------------

@pytest.mark.parametrize("options, present, absent", [
    ([], ["rw", "relatime"], ["nosuid", "nodev", "noexec"]),
    (["ro"], ["ro"], ["rw"]),
    (["nosuid", "nodev", "noexec"], ["nosuid", "nodev", "noexec"], []),
    (["nosuid", "suid"], [], ["nosuid"]),
    (["ro", "rw"], ["rw"], ["ro"]),
    (["rw", "ro"], ["ro"], ["rw"]),
    (["noatime"], ["noatime"], ["relatime"]),
    (["nodiratime"], ["nodiratime"], []),
    (["strictatime"], [], ["relatime", "noatime"]),
    (["noatime", "relatime"], ["relatime"], ["noatime"]),
    (["defaults"], ["rw"], ["nosuid"]),
    (["nosuid", "defaults"], [], []),
    (["nosymfollow"], ["nosymfollow"], []),
    (["silent", "loud", "nolazytime"], ["rw"], []),
    (["rro"], ["ro"], []),
    (["rnosuid", "rnodev", "rnoexec"], ["nosuid", "nodev", "noexec"], []),
    (["sync", "dirsync"], ["rw"], []),
])
@pytest.mark.parametrize("kind", ["tmpfs", "bind"])
def test_options(rt, bundle, work, kind, options, present, absent):
    (work / "source").mkdir()
    entry = mount("/mnt", "tmpfs", "tmpfs", *options) if kind == "tmpfs" else \
        mount("/mnt", "bind", work / "source", "bind", *options)
    found = mount_at(mounted(rt, bundle, entry).info, "/mnt")
    assert set(present) <= set(found["options"]), found
    assert not set(absent) & set(found["options"]), found


def test_tmpfs_data(rt, bundle):
    result = mounted(rt, bundle, mount("/mnt", "tmpfs", "named", "size=64k", "mode=1750", "uid=7", "gid=8", "nr_inodes=11"),
                     verbs=("stat /mnt",))
    found = mount_at(result.info, "/mnt")
    assert found["source"] == "named"
    assert {"size=64k", "nr_inodes=11", "mode=1750", "uid=7", "gid=8"} <= set(found["super"])
    status = result.value("stat")
    assert (status["mode"], status["uid"], status["gid"]) == (0o1750, 7, 8)


def test_tmpfs_without_mode_takes_that_of_the_directory(rt, bundle):
    made = bundle(with_mounts(mount("/sticky", "tmpfs", "tmpfs"), verbs=("stat /sticky",)))
    (made.rootfs / "sticky").mkdir()
    (made.rootfs / "sticky").chmod(0o1777)
    assert rt.run_ok(made).value("stat")["mode"] == 0o1777


def test_tmpfs_readonly_is_still_populated(rt, bundle, work):
    """A mount below a read-only tmpfs: the tmpfs is closed only once everything is in it."""
    (work / "file").write_text("x")
    result = mounted(rt, bundle, mount("/mnt", "tmpfs", "tmpfs", "ro"), mount("/mnt/below", "bind", work / "file", "bind"),
                     verbs=("write /mnt/new", "cat /mnt/below"))
    assert result.record("write")["error"] == "EROFS"
    assert result.value("cat") == "x"


def test_tmpcopyup(rt, bundle):
    made = bundle(with_mounts(mount("/data", "tmpfs", "tmpfs", "tmpcopyup"),
                              verbs=("cat /data/file", "lstat /data/link", "stat /data/dir", "write /data/new y", "stat /data/file")))
    (made.rootfs / "data/dir").mkdir(parents=True)
    (made.rootfs / "data/file").write_text("copied")
    (made.rootfs / "data/file").chmod(0o640)
    os.chown(made.rootfs / "data/file", 5, 6)
    (made.rootfs / "data/link").symlink_to("file")
    result = rt.run(made)
    if result.code == 1 and "tmpcopyup" in result.err:
        pytest.skip("this version refuses tmpcopyup")
    assert result.code == 0, result
    assert result.value("cat") == "copied"
    assert result.value("lstat")["target"] == "file"
    assert (result.value("stat", 1)["mode"], result.value("stat", 1)["uid"]) == (0o640, 5)
    assert not (made.rootfs / "data/new").exists()


def test_proc_and_sysfs(rt, bundle):
    result = rt.run_ok(bundle(base_config("info", "stat /proc", "stat /sys")))
    assert result.value("stat", 0)["fs_magic"] == 0x9fa0 and result.value("stat", 0)["ino"] == 1
    assert result.value("stat", 1)["fs_magic"] == 0x62656572
    assert {"nosuid", "nodev", "noexec"} <= set(mount_at(result.info, "/proc")["options"])
    assert "ro" in mount_at(result.info, "/sys")["options"]


def test_devpts_is_a_new_instance(rt, bundle):
    result = rt.run_ok(bundle(base_config("info", "ls /dev/pts", "stat /dev/pts/ptmx")))
    assert result.value("ls") == ["ptmx"]
    assert result.value("stat")["mode"] == 0o666
    assert "gid=5" in mount_at(result.info, "/dev/pts")["super"]


def test_mqueue_and_shm(rt, bundle):
    result = rt.run_ok(bundle(base_config("info", "stat /dev/mqueue", "stat /dev/shm")))
    assert result.value("stat", 0)["fs_magic"] == 0x19800202
    assert result.value("stat", 1)["mode"] == 0o1777


# ---- binds ------------------------------------------------------------------------------------

@pytest.fixture
def source(work):
    path = work / "source"
    path.mkdir()
    (path / "file").write_text("of the host")
    return path


def test_bind_directory(rt, bundle, source):
    result = mounted(rt, bundle, mount("/mnt", "bind", source, "bind"), verbs=("cat /mnt/file", "write /mnt/new text"))
    assert result.value("cat") == "of the host"
    assert (source / "new").read_text() == "text"


def test_bind_directory_readonly(rt, bundle, source):
    result = mounted(rt, bundle, mount("/mnt", "bind", source, "bind", "ro"), verbs=("write /mnt/new text", "open /mnt/file w"))
    assert [r["error"] for r in result.records[1:]] == ["EROFS", "EROFS"]
    assert "rw" in mount_at({"mountinfo": open("/proc/self/mountinfo").read().splitlines()}, "/proc")["options"]


@pytest.mark.parametrize("readonly", [False, True])
def test_bind_file(rt, bundle, source, readonly):
    options = ["bind", "ro"] if readonly else ["bind"]
    result = mounted(rt, bundle, mount("/etc/passwd", "bind", source / "file", *options),
                     verbs=("cat /etc/passwd", "write /etc/passwd NEW"))
    assert result.value("cat") == "of the host"
    assert result.record("write")["error"] == ("EROFS" if readonly else None)
    assert (source / "file").read_text() == ("of the host" if readonly else "NEWthe host")


def test_type_alone_makes_no_bind(rt, bundle, source):
    """MT-05: it is a bind if and only if the options say so."""
    rt.create_fails(bundle(with_mounts(mount("/mnt", "bind", source))))


def test_type_is_ignored_for_binds(rt, bundle, source):
    for kind in ("none", "ext4", "", None):
        assert mounted(rt, bundle, mount("/mnt", kind, source, "bind"), verbs=("cat /mnt/file",)).value("cat") == "of the host"


def test_source_is_relative_to_the_bundle(rt, bundle):
    made = bundle(with_mounts(mount("/mnt", "bind", "beside", "bind"), verbs=("ls /mnt",)))
    (made.path / "beside").mkdir()
    (made.path / "beside/me").write_text("x")
    assert rt.run_ok(made, cwd="/").value("ls") == ["me"]


def test_source_symlink_is_followed_on_the_host(rt, bundle, source, work):
    (work / "link").symlink_to(source)
    assert mounted(rt, bundle, mount("/mnt", "bind", work / "link", "bind"), verbs=("ls /mnt",)).value("ls") == ["file"]


def test_bind_takes_submounts_only_with_rbind(rt, bundle, source):
    (source / "sub").mkdir()
    assert harness.libc.mount(b"sub", str(source / "sub").encode(), b"tmpfs", 0, None) == 0
    try:
        (source / "sub/deep").write_text("x")
        for option, listed in (("bind", []), ("rbind", ["deep"])):
            result = mounted(rt, bundle, mount("/mnt", "bind", source, option), verbs=("ls /mnt/sub",))
            assert result.value("ls") == listed, option
        result = mounted(rt, bundle, mount("/mnt", "bind", source, "rbind", "ro"),
                         verbs=("write /mnt/new", "write /mnt/sub/new"))
        assert [r["error"] for r in result.records[1:]] == ["EROFS", None], "ro is for the top mount"
        result = mounted(rt, bundle, mount("/mnt", "bind", source, "rbind", "rro"),
                         verbs=("write /mnt/new", "write /mnt/sub/new2"))
        assert [r["error"] for r in result.records[1:]] == ["EROFS", "EROFS"], "rro is for the tree"
    finally:
        harness.libc.umount2(str(source / "sub").encode(), 2)


def test_bind_keeps_the_sources_restrictions(rt, bundle, source):
    """A bind that does not speak of nosuid must not take it away from the source (MT-10)."""
    assert harness.libc.mount(b"x", str(source).encode(), b"tmpfs", 2 | 4, None) == 0   # MS_NOSUID|MS_NODEV
    try:
        found = mount_at(mounted(rt, bundle, mount("/mnt", "bind", source, "bind", "ro")).info, "/mnt")
        assert {"ro", "nosuid", "nodev"} <= set(found["options"])
    finally:
        harness.libc.umount2(str(source).encode(), 2)


def test_bind_of_a_special_file(rt, bundle, work):
    os.mkfifo(work / "fifo")
    result = mounted(rt, bundle, mount("/run/fifo", "bind", work / "fifo", "bind"), verbs=("stat /run/fifo",))
    assert result.value("stat")["type"] == "fifo"


def test_bind_of_a_socket(rt, bundle):
    import socket
    directory = harness.short_directory()
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(directory / "s"))
            result = mounted(rt, bundle, mount("/run/s", "bind", directory / "s", "bind"), verbs=("stat /run/s",))
            assert result.value("stat")["type"] == "socket"
    finally:
        os.unlink(directory / "s")
        os.rmdir(directory)


def test_dot_dot_of_the_root_is_the_root(rt, bundle):
    made = bundle(base_config("info", "stat /", "stat /.."))
    result = rt.run_ok(made)
    inside = os.stat(made.rootfs)
    for n in (0, 1):
        assert (result.value("stat", n)["ino"], result.value("stat", n)["dev"]) == (inside.st_ino, inside.st_dev)
    for entry in mounts_of(result.info):
        assert entry["target"].startswith("/") and "deleted" not in entry["target"]


# ---- the root ---------------------------------------------------------------------------------

def test_readonly_root(rt, bundle):
    config = base_config("write /new", "write /dev/new", "write /tmp/new", "info", "write /dev/shm/new")
    config["root"]["readonly"] = True
    config["mounts"].append(mount("/made/by/runtime", "tmpfs", "tmpfs"))
    made = bundle(config)
    result = rt.run_ok(made)
    errors = [r["error"] for r in result.records if r["verb"] == "write"]
    assert errors == ["EROFS", None, "EROFS", None]
    assert "ro" in mount_at(result.info, "/")["options"]
    assert not (made.rootfs / "new").exists()
    (made.rootfs / "still").write_text("the host's own view stays writable")


@pytest.mark.parametrize("word, tags", [(None, None), ("private", []), ("rprivate", []), ("shared", ["shared"]),
                                        ("rshared", ["shared"]), ("slave", None), ("rslave", None),
                                        ("unbindable", ["unbindable"])])
def test_root_propagation(rt, bundle, word, tags):
    config = base_config()
    if word:
        config["linux"]["rootfsPropagation"] = word
    info = rt.run_ok(bundle(config)).info
    found = [t.split(":")[0] for t in mount_at(info, "/")["tags"]]
    if tags is None:
        assert "shared" not in found
    elif tags == ["shared"]:
        assert "shared" in found
    else:
        assert found == tags


@pytest.mark.parametrize("option, tag", [("shared", "shared"), ("rshared", "shared"), ("private", None), ("rprivate", None),
                                         ("unbindable", "unbindable")])
def test_mount_propagation(rt, bundle, source, option, tag):
    found = mount_at(mounted(rt, bundle, mount("/mnt", "bind", source, "bind", option)).info, "/mnt")
    tags = [t.split(":")[0] for t in found["tags"]]
    assert tag in tags if tag == "shared" else tags == ([tag] if tag else [])


def test_slave_mount_receives_from_the_host(rt, bundle, source):
    shared = mount_at({"mountinfo": open("/proc/self/mountinfo").read().splitlines()}, "/")["tags"]
    if not any(t.startswith("shared") for t in shared):
        pytest.skip("the root mount is not shared here (tests/run/run.sh makes it so)")
    config = with_mounts(mount("/mnt", "bind", source, "rbind", "rslave"), verbs=("signals 1", "ls /mnt/sub"))
    (source / "sub").mkdir()
    config["linux"]["rootfsPropagation"] = "rslave"
    process = rt.popen_run(bundle(config))
    process.reader.record("signals")
    assert harness.libc.mount(b"late", str(source / "sub").encode(), b"tmpfs", 0, None) == 0
    try:
        (source / "sub/late").write_text("x")
        rt.ok("kill", process.ident, "TERM")
        assert process.reader.record("ls")["value"] == ["late"]
        assert process.wait(harness.TIMEOUT) == 0
    finally:
        harness.libc.umount2(str(source / "sub").encode(), 2)


def test_mounts_of_the_payload_do_not_reach_the_host(rt, bundle, source):
    config = with_mounts(mount("/mnt", "bind", source, "rbind", "rslave"), verbs=("mount tmpfs /mnt", "exit 0"))
    harness.set_caps(config, *harness.granted(harness.ALL_CAPS))
    result = rt.run_ok(bundle(config))
    assert result.record("mount")["error"] is None
    rt.oracle.check()


def test_mount_points_have_the_roots_owner_and_mode(rt, bundle):
    made = bundle(with_mounts(mount("/fresh/dir", "tmpfs", "tmpfs", "mode=700"), verbs=("exit 0",)))
    rt.run_ok(made)
    status = os.stat(made.rootfs / "fresh/dir")
    assert stat.S_IMODE(status.st_mode) == 0o755 and status.st_uid == 0


def test_no_pivot(rt, bundle):
    result = rt.run_ok(bundle(base_config("info", "stat /", "stat /..")), "--no-pivot")
    assert result.value("stat", 0)["ino"] == result.value("stat", 1)["ino"]
    assert result.info["root"] == "/"


def test_dev_bind_is_left_alone(rt, bundle, source):
    """MT-12: in a /dev that the user bind-mounts nothing is made."""
    config = base_config("exit 0")
    config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]
    config["mounts"].append(mount("/dev", "bind", source, "rbind"))
    rt.run_ok(bundle(config))
    assert sorted(os.listdir(source)) == ["file"]


def test_remount_changes_an_earlier_mount(rt, bundle):
    result = mounted(rt, bundle, mount("/mnt", "tmpfs", "tmpfs"), mount("/mnt", None, None, "remount", "ro", "nosuid"))
    found = [m for m in mounts_of(result.info) if m["target"] == "/mnt"]
    assert len(found) == 1 and {"ro", "nosuid"} <= set(found[0]["options"])
