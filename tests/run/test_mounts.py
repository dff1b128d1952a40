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

def test_listed_order(rt, bundle, work):
    """mountinfo, which since Linux 6.8 shows mounts as they were made, is in the order of config.json."""
    (work / "file").write_text("content")
    config = with_mounts(mount("/mnt/one", "bind", work / "file", "bind"), mount("/mnt/two", "tmpfs", "tmpfs"),
                         mount("/mnt/three", "bind", work, "rbind", "rprivate"),
                         mount("/mnt/four", "bind", work, "bind", "slave"), mount("/mnt/five", "tmpfs", "tmpfs"))
    info = rt.run_ok(bundle(config)).info
    listed = [m["destination"] for m in config["mounts"]]
    assert [m["target"] for m in mounts_of(info) if m["target"] in listed] == listed


@pytest.mark.skipif(harness.kernel_before(6, 15), reason="needs Linux 6.15: copies of detached mounts")
def test_listed_order_of_what_the_host_shares(rt, bundle, work):
    config = with_mounts(mount("/mnt/one", "tmpfs", "tmpfs"), mount("/mnt/two", "bind", work, "rbind", "rshared"),
                         mount("/mnt/three", "tmpfs", "tmpfs"), mount("/mnt/four", "bind", "/", "rbind"))
    info = rt.run_ok(bundle(config)).info
    listed = [m["destination"] for m in config["mounts"]]
    assert [m["target"] for m in mounts_of(info) if m["target"] in listed] == listed


def test_all_of_the_host_without_the_container(rt, bundle):
    """What is bound is the host's tree as it was: the container's own mounts are not in it a second time."""
    made = bundle(with_mounts(mount("/mnt/host", "bind", "/", "rbind"), mount("/mnt/mark", "tmpfs", "mark")))
    info = rt.run_ok(made).info
    assert [m["target"] for m in mounts_of(info) if m["source"] == "mark"] == ["/mnt/mark"]
    assert [m for m in mounts_of(info) if m["target"].startswith("/mnt/host/")] != []


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


def test_neither_sorted_nor_hoisted(rt, bundle, work):
    """MT-01: a parent that is listed after its child covers it, be it /dev or anything else."""
    (work / "dev").mkdir()
    config = base_config("info", "ls /mnt", "ls /dev", "ls /a")
    early = [mount("/mnt/inner", "tmpfs", "inner"), mount("/mnt", "tmpfs", "outer"), mount("/dev/early", "tmpfs", "early"),
             mount("/a/b", "tmpfs", "child"), mount("/a", "bind", work / "dev", "bind")]
    config["mounts"] = early + config["mounts"]
    result = rt.run_ok(bundle(config))
    root = mount_at(result.info, "/")["id"]
    parents = {m["source"]: m["parent"] for m in mounts_of(result.info)}
    assert parents["inner"] == parents["early"] == parents["child"] == root
    assert [result.value("ls", 0), result.value("ls", 2)] == [[], []]
    assert "early" not in result.value("ls", 1) and "null" in result.value("ls", 1)


def test_source_is_optional(rt, bundle):
    """MT-03; what then stands in mountinfo is nobody's business."""
    result = mounted(rt, bundle, mount("/mnt", "tmpfs"), mount("/q", "mqueue"), mount("/p", "devpts"), verbs=("stat /mnt", "stat /p"))
    assert {"/mnt", "/q", "/p"} <= {m["target"] for m in mounts_of(result.info)}
    assert [r["value"]["fs_magic"] for r in result.records if r["verb"] == "stat"] == [0x01021994, 0x1cd1]


@pytest.mark.parametrize("destination", ["relative/dir", "//double//slash/", "/a/./b", "/a/../c", "/../../up"])
def test_odd_destinations_stay_inside(rt, bundle, destination):
    info = mounted(rt, bundle, mount(destination, "tmpfs", "odd")).info
    found = [m["target"] for m in mounts_of(info) if m["source"] == "odd"]
    assert found == [os.path.normpath("/" + destination).replace("//", "/")]


# ---- options ----------------------------------------------------------------------------------

RECURSIVE = ("rro", "rnosuid", "rnoatime", "rstrictatime", "rnodiratime", "rnosymfollow")


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
    (["iversion"], ["rw"], []),
    (["noiversion", "mand", "nomand", "async"], ["rw"], []),
    (["noatime", "atime"], ["relatime"], ["noatime"]),
    (["strictatime", "nostrictatime"], ["relatime"], []),
    (["noatime", "norelatime"], ["noatime"], []),
    (["nodiratime", "diratime"], [], ["nodiratime"]),
    (["nosymfollow", "symfollow"], [], ["nosymfollow"]),
    (["rnoatime"], ["noatime"], ["relatime"]),
    (["rstrictatime"], [], ["relatime", "noatime"]),
    (["rnodiratime"], ["nodiratime"], []),
    (["rnosymfollow"], ["nosymfollow"], []),
    (["rro", "rrw"], ["rw"], ["ro"]),
    (["rnosuid", "rsuid", "rnodev", "rdev", "rnoexec", "rexec"], [], ["nosuid", "nodev", "noexec"]),
    (["auto", "noauto", "nouser", "nofail", "_netdev", "x-systemd.device-timeout=5", "X-mount.mkdir", "comment=a b"], ["rw"], []),
    (["user", "exec"], ["nosuid", "nodev"], ["noexec"]),
])
@pytest.mark.parametrize("kind", ["tmpfs", "bind"])
def test_options(rt, bundle, work, kind, options, present, absent):
    if any(option in RECURSIVE for option in options):
        harness.need_tree_attributes()
    (work / "source").mkdir()
    entry = mount("/mnt", "tmpfs", "tmpfs", *options) if kind == "tmpfs" else \
        mount("/mnt", "bind", work / "source", "bind", *options)
    found = mount_at(mounted(rt, bundle, entry).info, "/mnt")
    assert set(present) <= set(found["options"]), found
    assert not set(absent) & set(found["options"]), found


@pytest.mark.parametrize("options, present", [
    (["sync", "dirsync", "lazytime"], {"sync", "dirsync", "lazytime"}),
    (["sync", "async", "lazytime", "nolazytime"], set()),
    (["lazytime", "async", "sync", "mand"], {"sync", "lazytime", "mand"}),
])
def test_superblock_words(rt, bundle, source, options, present):
    """MO-02: of a new file system they change the superblock, of a bind nothing, least of all the host's."""
    words = {"sync", "dirsync", "lazytime", "mand"}
    info = mounted(rt, bundle, mount("/mnt", "tmpfs", "tmpfs", *options), mount("/bound", "bind", source, "bind", *options)).info
    assert words & set(mount_at(info, "/mnt")["super"]) == present
    assert words & set(mount_at(info, "/bound")["super"]) <= set(host_root()["super"])


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


def test_tmpfs_readonly_and_then_writable(rt, bundle):
    """The later entry has the last word."""
    made = bundle(with_mounts(mount("/mnt", "tmpfs", "tmpfs", "ro"), {"destination": "/mnt", "options": ["remount", "rw"]},
                              verbs=("write /mnt/file x", "info")))
    result = rt.run_ok(made)
    assert "rw" in mount_at(result.info, "/mnt")["options"]


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
    result = rt.run_ok(made)
    assert result.value("cat") == "copied"
    assert result.value("lstat")["target"] == "file"
    assert (result.value("stat", 1)["mode"], result.value("stat", 1)["uid"]) == (0o640, 5)
    assert not (made.rootfs / "data/new").exists()


def test_tmpcopyup_keeps_the_directory_and_takes_its_options(rt, bundle):
    made = bundle(with_mounts(mount("/data", "tmpfs", "tmpfs", "tmpcopyup", "ro"), mount("/none", "tmpfs", "tmpfs", "tmpcopyup"),
                              mount("/small", "tmpfs", "tmpfs", "tmpcopyup", "mode=700", "uid=9"),
                              verbs=("stat /data", "write /data/file", "stat /small", "ls /none")))
    (made.rootfs / "data").mkdir()
    (made.rootfs / "data").chmod(0o1770)
    os.chown(made.rootfs / "data", 7, 8)
    (made.rootfs / "data/file").write_text("x")
    (made.rootfs / "small").mkdir()
    result = rt.run_ok(made)
    status = result.value("stat")
    assert (status["mode"], status["uid"], status["gid"]) == (0o1770, 7, 8)
    assert result.record("write")["error"] == "EROFS", "read-only once it is filled"
    assert (result.value("stat", 1)["mode"], result.value("stat", 1)["uid"]) == (0o700, 9)
    assert result.value("ls") == []


def test_tmpcopyup_without_room(rt, bundle):
    made = bundle(with_mounts(mount("/data", "tmpfs", "tmpfs", "tmpcopyup", "size=64k"), verbs=("exit 0",)))
    (made.rootfs / "data").mkdir()
    (made.rootfs / "data/large").write_bytes(b"x" * 300000)
    rt.run_fails(made, has=("copy up into /data", "large"))
    rt.create_fails(bundle(with_mounts(mount("/data", "proc", "proc", "tmpcopyup"))), has="tmpcopyup")


def test_proc_and_sysfs(rt, bundle):
    result = rt.run_ok(bundle(base_config("info", "stat /proc", "stat /sys")))
    assert result.value("stat", 0)["fs_magic"] == 0x9fa0 and result.value("stat", 0)["ino"] == 1
    assert result.value("stat", 1)["fs_magic"] == 0x62656572
    assert {"nosuid", "nodev", "noexec"} <= set(mount_at(result.info, "/proc")["options"])
    assert "ro" in mount_at(result.info, "/sys")["options"]


def test_proc_that_holds_something_back(rt, bundle):
    """The runtime's own writes do not depend on what the container may see of /proc."""
    config = base_config("info", "ls /proc/sys", "write /proc/self/oom_score_adj 500")
    config["mounts"][0]["options"] += ["ro", "subset=pid"]
    config["linux"].update(sysctl={"kernel.msgmax": "4096"}, maskedPaths=[], readonlyPaths=[])
    config["process"]["oomScoreAdj"] = 321
    result = rt.run_ok(bundle(config))
    assert result.record("ls")["error"] == "ENOENT"
    assert result.record("write")["error"] == "EROFS"
    assert "subset=pid" in mount_at(result.info, "/proc")["super"]


def test_overlay(rt, bundle, work):
    for name in ("lower,a", "upper", "work"):
        (work / name).mkdir()
    (work / "lower,a/below").write_text("below")
    lower = str(work / "lower,a").replace(",", "\\,")
    made = bundle(with_mounts(mount("/mnt", "overlay", "overlay", f"lowerdir={lower}", f"upperdir={work}/upper,workdir={work}/work"),
                              verbs=("cat /mnt/below", "write /mnt/new text")))
    types = open("/proc/filesystems").read()
    if "overlay" not in types:
        pytest.skip("needs overlayfs: this kernel has none")
    result = rt.run_ok(made)
    assert result.value("cat") == "below"
    assert (work / "upper/new").read_text() == "text"


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
        if "mount_setattr" not in harness.WITHOUT:
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


def test_bind_of_a_device(rt, bundle, work):
    os.mknod(work / "node", 0o20640, os.makedev(1, 5))
    result = mounted(rt, bundle, mount("/run/zero", "bind", work / "node", "bind", "dev"),
                     mount("/dev/kept", "bind", "/dev/null", "bind"), verbs=("stat /run/zero", "stat /dev/kept", "write /dev/kept x"))
    status = result.value("stat")
    assert (status["type"], status["major"], status["minor"], status["mode"]) == ("char", 1, 5, 0o640)
    assert result.value("stat", 1)["minor"] == 3 and result.record("write")["error"] is None


# ---- links as sources and targets ---------------------------------------------------------------

@pytest.fixture
def link(work):
    (work / "link").symlink_to("/some/where")
    return work / "link"


def test_copy_symlink(rt, bundle, link, source):
    """crun's option: a source that is a link is made anew, anything else is bound."""
    made = bundle(with_mounts(mount("/a/new", "bind", link, "bind", "copy-symlink"),
                              mount("/a/same", "bind", link, "rbind", "copy-symlink"),
                              mount("/a/dir", "bind", source, "bind", "copy-symlink"),
                              verbs=("info", "lstat /a/new", "lstat /a/same", "cat /a/dir/file")))
    (made.rootfs / "a").mkdir()
    (made.rootfs / "a/same").symlink_to("/some/where")
    result = rt.run_ok(made)
    assert [result.value("lstat", n)["target"] for n in (0, 1)] == ["/some/where"] * 2
    assert result.value("cat") == "of the host"
    assert "/a/new" not in {m["target"] for m in mounts_of(result.info)}


def test_copy_symlink_replaces_nothing(rt, bundle, link):
    made = bundle(with_mounts(mount("/etc/passwd", "bind", link, "bind", "copy-symlink")))
    before = (made.rootfs / "etc/passwd").read_text()
    rt.create_fails(made, has=("/etc/passwd", "/some/where"))
    assert (made.rootfs / "etc/passwd").read_text() == before


def test_source_symlink_is_bound_itself(rt, bundle, link):
    result = mounted(rt, bundle, mount("/a/link", "bind", link, "bind", "src-nofollow"), verbs=("lstat /a/link",))
    assert (result.value("lstat")["type"], result.value("lstat")["target"]) == ("link", "/some/where")
    assert "/a/link" in {m["target"] for m in mounts_of(result.info)}


def test_target_symlink_is_covered_itself(rt, bundle, source):
    made = bundle(with_mounts(mount("/etc/link", "bind", source / "file", "bind", "dest-nofollow"),
                              verbs=("lstat /etc/link", "cat /etc/link", "cat /etc/passwd")))
    (made.rootfs / "etc/link").symlink_to("passwd")
    result = rt.run_ok(made)
    assert result.value("lstat")["type"] == "file"
    assert result.value("cat") == "of the host" and "root:" in result.value("cat", 1)
    made = bundle(with_mounts(mount("/etc/link", "bind", source, "bind", "dest-nofollow")))
    (made.rootfs / "etc/link").symlink_to("../mnt")
    rt.create_fails(made, has=["/etc/link", "not a directory"])


def test_target_symlink_is_followed_otherwise(rt, bundle, source):
    made = bundle(with_mounts(mount("/var/run", "bind", source, "bind"), verbs=("cat /run/here/file",)))
    (made.rootfs / "var/run").symlink_to("/run/here")
    assert rt.run_ok(made).value("cat") == "of the host"


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

@pytest.mark.parametrize("options", [(), ("--no-pivot",)])
@pytest.mark.parametrize("destination", ["/", "/.", "/mnt/..", "/link"])
def test_bind_over_the_root(rt, bundle, template, work, options, destination):
    """MT-02: the specification allows it; what follows is looked up in the new root."""
    harness.clone_tree(template, work / "other")
    (work / "other/mark").write_text("the other root")
    config = base_config("info", "cat /mark", "ls /", "stat /proc", "stat /dev/null")
    config["mounts"].insert(0, mount(destination, "bind", work / "other", "bind"))
    made = bundle(config)
    (made.rootfs / "link").symlink_to("/")
    result = rt.run_ok(made, *options)
    assert result.value("cat") == "the other root"
    assert "link" not in result.value("ls")
    assert result.value("stat", 0)["fs_magic"] == 0x9fa0 and result.value("stat", 1)["minor"] == 3
    assert not (made.rootfs / "dev/null").exists() and not (work / "other/dev/null").exists()


def test_tmpfs_over_the_root(rt, bundle, source):
    config = with_mounts(mount("/probe", "bind", harness.PROBE, "bind"), verbs=("ls /", "write /new"))
    config["mounts"].insert(0, mount("/", "tmpfs", "tmpfs", "mode=755"))
    config["root"]["readonly"] = True
    made = bundle(config)
    result = rt.run_ok(made)
    assert set(result.value("ls")) == {"dev", "proc", "probe", "sys"}
    assert result.record("write")["error"] == "EROFS", "root.readonly is said of what is the root in the end"


def test_no_pivot_hides_the_host(rt, bundle):
    config = base_config("info", "ls /", "ls /..", "ls /../..")
    made = bundle(config)
    result = rt.run_ok(made, "--no-pivot")
    inside = set(os.listdir(made.rootfs))
    for n in range(3):
        assert set(result.value("ls", n)) == inside
    known = [m["destination"] for m in config["mounts"]] + config["linux"]["maskedPaths"] + config["linux"]["readonlyPaths"]
    for found in mounts_of(result.info):
        assert any(found["target"] == "/" or found["target"].startswith(path) for path in known), found
    config["root"]["readonly"] = True
    made = bundle(config)
    assert "ro" in mount_at(rt.run_ok(made, "--no-pivot").info, "/")["options"]



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


def host_root():
    return mount_at({"mountinfo": open("/proc/self/mountinfo").read().splitlines()}, "/")


def need_shared_host():
    if not any(t.startswith("shared") for t in host_root()["tags"]):
        pytest.skip("the root mount is not shared here (tests/run/run.sh makes it so)")


@pytest.mark.parametrize("word, kinds", [(None, {"master"}), ("private", set()), ("rprivate", set()), ("slave", {"master"}),
                                         ("rslave", {"master"}), ("unbindable", {"unbindable"}), ("runbindable", {"unbindable"}),
                                         ("shared", {"shared", "master"}), ("rshared", {"shared", "master"})])
def test_root_propagation(rt, bundle, word, kinds):
    """RF-01; unset is rslave.  Shared is among the container's own mounts, never with the host's."""
    need_shared_host()
    config = base_config()
    if word:
        config["linux"]["rootfsPropagation"] = word
    tags = mount_at(rt.run_ok(bundle(config)).info, "/")["tags"]
    found = {t.split(":")[0] for t in tags} - {"propagate_from"}
    assert found == kinds or (found, word) == ({"shared"}, word) and "shared" in kinds, tags
    of_the_host = {tag for line in open("/proc/self/mountinfo") for tag in line.split() if tag.startswith("shared:")}
    assert not of_the_host & set(tags), "no peer of a mount of the host"


@pytest.mark.parametrize("option, tag", [("shared", "shared"), ("rshared", "shared"), ("private", None), ("rprivate", None),
                                         ("unbindable", "unbindable")])
def test_mount_propagation(rt, bundle, source, option, tag):
    found = mount_at(mounted(rt, bundle, mount("/mnt", "bind", source, "bind", option)).info, "/mnt")
    tags = [t.split(":")[0] for t in found["tags"]]
    assert tag in tags if tag == "shared" else tags == ([tag] if tag else [])


def test_slave_mount_receives_from_the_host(rt, bundle, source):
    need_shared_host()
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


def test_remount_changes_the_file_system_too(rt, bundle):
    harness.need_tree_attributes()
    info = mounted(rt, bundle, mount("/mnt", "tmpfs", "tmpfs", "size=64k", "lazytime"),
                   mount("/mnt", None, None, "remount", "size=128k", "nolazytime", "sync", "rnoexec")).info
    found = mount_at(info, "/mnt")
    assert {"size=128k", "sync"} <= set(found["super"]) and "lazytime" not in found["super"]
    assert "noexec" in found["options"]


def test_remount_of_what_is_no_mount(rt, bundle):
    rt.create_fails(bundle(with_mounts(mount("/etc", None, None, "remount", "ro"))), has="/etc")
    rt.create_fails(bundle(with_mounts(mount("/none", None, None, "remount", "ro"))), has="/none")


def test_remount_changes_an_earlier_mount(rt, bundle):
    result = mounted(rt, bundle, mount("/mnt", "tmpfs", "tmpfs"), mount("/mnt", None, None, "remount", "ro", "nosuid"))
    found = [m for m in mounts_of(result.info) if m["target"] == "/mnt"]
    assert len(found) == 1 and {"ro", "nosuid"} <= set(found[0]["options"])
