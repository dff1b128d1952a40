# SPDX-License-Identifier: GPL-2.0-or-later
"""mounts add, remove and list in a container that runs (cli-contract 2.2): attributes, all or nothing, hostile roots."""

import json
import os

import pytest

import harness
from harness import UserRuntime, add_namespace, base_config, drop_namespace, mount

OUTSIDE = 100000


class Box:
    """A container whose own process waits."""

    def __init__(self, rt, made, start=True):
        self.rt = rt
        self.made = made
        self.container = rt.create(made)
        if start:
            self.container.start()
        self.id = self.container.id

    def change(self, verb, *entries):
        """The result of `mounts @verb` with a document of @entries."""
        path = self.made.path / "mounts.json"
        path.write_text(json.dumps(entries, indent=1))
        if hasattr(self.rt, "own"):
            os.chown(path, UserRuntime.UID, UserRuntime.UID)
        return self.rt.call("mounts", verb, self.id, path)

    def ok(self, verb, *entries):
        result = self.change(verb, *entries)
        assert (result.code, result.out, result.err) == (0, "", ""), result

    def fails(self, verb, *entries, has=()):
        """Refused, and no mount is different for it."""
        before = self.mountinfo()
        result = harness.check_failure(self.change(verb, *entries), 1, has)
        assert self.mountinfo() == before, "the container's mounts have changed"
        return result

    def mountinfo(self):
        return open(f"/proc/{self.container.pid}/mountinfo").read().splitlines()

    def at(self, target):
        """The mounts on @target, the topmost last."""
        return [m for m in harness.mounts_of({"mountinfo": self.mountinfo()}) if m["target"] == target]

    def exec(self, *verbs):
        result = self.rt.call("exec", self.id, *harness.probe(*verbs))
        assert result.code == 0, result
        return result

    def listed(self):
        return json.loads(self.rt.ok("mounts", "list", "--format", "json", self.id).out)


@pytest.fixture
def source(work):
    path = work / "source"
    path.mkdir()
    (path / "file").write_text("of the host\n")
    return path


@pytest.fixture
def box(rt, bundle):
    return Box(rt, bundle(base_config("pause")))


def test_add_and_remove(box, source):
    """A directory, a file and a file system, with their attributes; the same document takes them away."""
    entries = [mount("/data/dir", "bind", source, "rbind", "ro", "nosuid"),
               mount("/data/one", "bind", source / "file", "bind", "noexec"),
               mount("/data/dir2/new", "tmpfs", "tmpfs", "ro", "size=64k", "nodev")]
    before = box.mountinfo()
    host = open("/proc/self/mountinfo").read()
    box.ok("add", *entries)
    assert box.exec("cat /data/dir/file").value("cat") == "of the host\n"
    assert box.exec("cat /data/one").value("cat") == "of the host\n"
    for target, options in (("/data/dir", {"ro", "nosuid"}), ("/data/one", {"rw", "noexec"}),
                            ("/data/dir2/new", {"ro", "nodev"})):
        (found,) = box.at(target)
        assert options <= set(found["options"]), found
    assert "size=64k" in box.at("/data/dir2/new")[0]["super"]
    assert open("/proc/self/mountinfo").read() == host, "a mount has come out of the container"
    box.ok("remove", *entries)
    assert box.mountinfo() == before


def test_order_and_nesting(box, source):
    """Each finds what the ones before have mounted, and all of it goes again, the last first."""
    before = box.mountinfo()
    entries = [mount("/a", "tmpfs", "tmpfs"), mount("/a/b", "bind", source, "bind"), mount("/a", "tmpfs", "tmpfs")]
    box.ok("add", *entries)
    assert (len(box.at("/a")), len(box.at("/a/b"))) == (2, 1)
    assert box.exec("ls /a").value("ls") == []
    box.ok("remove", *entries)
    assert box.mountinfo() == before


def test_relative_source_and_standard_input(rt, box):
    (box.made.path / "below").mkdir()
    (box.made.path / "below/file").write_text("of the bundle")
    document = json.dumps([mount("/m", "bind", "below", "bind")]).encode()
    reading, writing = os.pipe()
    os.write(writing, document)
    os.close(writing)
    with os.fdopen(reading) as stdin:
        rt.ok("mounts", "add", box.id, "-", stdin=stdin)
    assert box.exec("cat /m/file").value("cat") == "of the bundle"


def test_host_does_not_propagate_back(box, source):
    """What is mounted on the host below the source later comes in, as rootfsPropagation rslave says; not the reverse."""
    box.ok("add", mount("/m", "bind", source, "rbind"))
    assert [t.split(":")[0] for t in box.at("/m")[0]["tags"]] == ["master"]
    (source / "later").mkdir()
    assert harness.libc.mount(b"later", str(source / "later").encode(), b"tmpfs", 0, None) == 0
    try:
        assert len(box.at("/m/later")) == 1
        box.ok("add", mount("/m/later", "tmpfs", "inner"))
        assert "inner" not in open("/proc/self/mountinfo").read()
    finally:
        harness.libc.umount2(str(source / "later").encode(), 2)


def test_propagation_of_the_config(rt, bundle, source):
    config = base_config("pause")
    config["linux"]["rootfsPropagation"] = "rprivate"
    box = Box(rt, bundle(config))
    box.ok("add", mount("/m", "bind", source, "rbind"), mount("/n", "bind", source, "rbind", "rslave"))
    assert box.at("/m")[0]["tags"] == []
    assert box.at("/n")[0]["tags"][0].startswith("master:")


def test_tmpcopyup(box):
    box.ok("add", mount("/etc", "tmpfs", "tmpfs", "tmpcopyup", "ro"))
    assert box.exec("cat /etc/passwd").value("cat") == harness.PASSWD
    assert "ro" in box.at("/etc")[0]["options"]


@pytest.mark.parametrize("bad, words", [
    (mount("/c", "tmpfs", "tmpfs", "siize=5"), ("siize", "mounts.json:")),
    (mount("/c", "no-such-fs", "x"), ("this kernel has no file system \"no-such-fs\"",)),
    (mount("/c", "bind", "/nowhere/at/all", "bind"), ("open the source /nowhere/at/all", "[2]")),
    (mount("/etc/passwd", "tmpfs", "tmpfs"), ("mount a directory on /etc/passwd: not a directory",)),
    (mount("/root-link", "tmpfs", "tmpfs"), ("leads to the container's root",)),
    (mount("/proc-link/sys", "tmpfs", "tmpfs"), ("where nothing may be mounted",)),
])
def test_all_or_nothing(box, source, bad, words):
    """What comes before the mount that fails is taken away again."""
    (box.made.rootfs / "root-link").symlink_to("/")
    (box.made.rootfs / "proc-link").symlink_to("proc")
    box.fails("add", mount("/a", "bind", source, "bind"), mount("/b", "tmpfs", "tmpfs", "ro"), bad, has=words)


@pytest.mark.parametrize("entry, words", [
    (mount("/", "tmpfs", "tmpfs"), ("[0].destination: is the container's root",)),
    (mount("/tmp/..", "tmpfs", "tmpfs"), ("[0].destination: is the container's root",)),
    (mount("/p", "proc", "proc"), ("[0].type", "only when it is made")),
    (mount("/dev", "tmpfs", "tmpfs", "remount", "ro"), ("[0].options", "\"remount\"")),
    (mount("/m", "bind", "/etc", "bind", "copy-symlink"), ("[0].options", "\"copy-symlink\"")),
    (mount("/proc/sys", "tmpfs", "tmpfs"), ("[0].destination", "/proc/sys")),
    (mount("/m", None, "/etc", "ro"), ("[0]", "needs the option \"bind\"")),
    ({"type": "tmpfs"}, ("\"destination\" is required", "mounts.json:2:2")),
])
def test_refused_by_the_document(box, entry, words):
    box.fails("add", entry, has=("mounts.json:", *words))


def test_documents(rt, box):
    path = box.made.path / "d.json"
    for text, words in (('{"destination":"/a"}', "d.json:1:1: read document: the document has to be a list, got an object"),
                        ('[{"destination":"/a","options":["bind"},]', "d.json:1:39"),
                        ('["/a"]', "d.json:1:2: read document: [0]: expected an object, got a string")):
        path.write_text(text)
        rt.fails("mounts", "add", box.id, path, has=words)
        rt.fails("mounts", "remove", box.id, path, has=words)
    rt.fails("mounts", "add", box.id, box.made.path / "none.json", has="open ")
    path.write_text("[]")
    rt.ok("mounts", "add", box.id, path)
    rt.ok("mounts", "remove", box.id, path)


@pytest.mark.parametrize("target, words", [
    ("/nothing", ("open the mount point /nothing",)),
    ("/etc", ("nothing is mounted on /etc",)),
    ("/", ("[1].destination: is the container's root",)),
    ("/root-link", ("leads to the container's root",)),
    ("/proc/timer_list", ("hides or guards",)),
    ("/proc/sys", ("hides or guards",)),
    ("/sys/firmware", ("hides or guards",)),
    ("/innocent", ("hides or guards",)),
])
def test_not_removed(box, source, target, words):
    """Neither what is no mount nor what the runtime hides, whatever link leads there; and then nothing is."""
    if not os.path.exists("/proc/timer_list") or not os.path.exists("/sys/firmware"):
        pytest.skip("needs /proc/timer_list and /sys/firmware: there is nothing to be masked")
    (box.made.rootfs / "root-link").symlink_to("/")
    (box.made.rootfs / "innocent").symlink_to("proc/sys")
    entry = mount("/a", "bind", source, "bind")
    box.ok("add", entry)
    box.fails("remove", entry, {"destination": target}, has=words)
    box.fails("remove", {"destination": "/a"}, {"destination": target}, entry, has=("[1]",))


def test_remove_of_the_configs_own(box):
    """Whoever may run the runtime may take away what config.json has mounted, as with crun; options do not count."""
    box.ok("remove", {"destination": "/dev/shm", "type": "nonsense", "options": ["rw", "frobnicate"]})
    assert box.at("/dev/shm") == [] and len(box.at("/dev")) == 1


def test_removed_while_in_use(rt, box):
    box.ok("add", mount("/m", "tmpfs", "tmpfs"))
    process = rt.popen("exec", "--cwd", "/m", box.id, *harness.probe("pause"))
    while not any(os.path.exists(f"/proc/{p}/cwd") and os.readlink(f"/proc/{p}/cwd").endswith("/m")
                  for p in json.loads(rt.ok("ps", "--format", "json", box.id).out)):
        pass
    box.ok("remove", mount("/m"))
    assert box.at("/m") == []
    box.container.kill()
    box.container.wait()
    assert process.wait(harness.TIMEOUT) == 137


def test_cover_of_a_proc_file(box, source):
    """What lxcfs needs may be covered, and uncovered."""
    entry = mount("/proc/uptime", "bind", source / "file", "bind")
    box.ok("add", entry)
    assert box.exec("cat /proc/uptime").value("cat") == "of the host\n"
    box.ok("remove", entry)
    assert box.exec("cat /proc/uptime").value("cat") != "of the host\n"


def test_states(rt, bundle, source):
    box = Box(rt, bundle(base_config("cat /m/file")), start=False)
    assert box.container.status == "created"
    box.ok("add", mount("/m", "bind", source, "bind"))
    box.container.start()
    assert box.container.wait() == 0
    assert box.container.out.record("cat")["value"] == "of the host\n"
    for verb in ("add", "remove"):
        harness.check_failure(box.change(verb, mount("/m", "tmpfs", "tmpfs")), 1, ("is stopped", "container not running"))
    rt.fails("mounts", "list", box.id, has="container not running")
    box.container.delete()
    harness.check_failure(box.change("add", mount("/m", "tmpfs", "tmpfs")), 1, "does not exist")
    rt.fails("mounts", "list", box.id, has="does not exist")


def test_paused(rt, box, source):
    if not harness.has_controller("freezer") and harness.CGROUP_MODE != "v2":
        pytest.skip("needs the freezer: the container cannot be paused")
    rt.ok("pause", box.id)
    box.ok("add", mount("/m", "bind", source, "bind"))
    assert len(box.at("/m")) == 1
    box.ok("remove", mount("/m"))
    rt.ok("resume", box.id)


def test_nobody_is_left(rt, box, source):
    """Nothing of ours is seen in the container, and nothing stays on the host."""
    ours = set(harness.children())
    box.ok("add", mount("/m", "bind", source, "bind"))
    box.fails("add", mount("/n", "tmpfs", "tmpfs", "siize=5"))
    assert json.loads(rt.ok("ps", "--format", "json", box.id).out) == [box.container.pid]
    assert set(harness.children()) == ours


def user_box(rt, bundle):
    config = add_namespace(add_namespace(base_config("pause"), "user"), "network")
    config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = [{"containerID": 0, "hostID": OUTSIDE, "size": 65536}]
    made = bundle(config)
    made.chown_directories(OUTSIDE, OUTSIDE)
    return Box(rt, made)


def test_user_namespace(rt, bundle, source):
    """Sources are opened with the host's rights, file systems made with the container's."""
    source.chmod(0o755)
    box = user_box(rt, bundle)
    before = box.mountinfo()
    closed = source / "closed"
    closed.mkdir(mode=0o700)
    (closed / "in").mkdir(mode=0o755)
    entries = [mount("/m", "bind", closed / "in", "bind", "ro"), mount("/t", "tmpfs", "tmpfs", "mode=700")]
    box.ok("add", *entries)
    found = box.exec("stat /t").value("stat")
    assert (found["uid"], found["gid"]) == (0, 0)
    assert os.stat(f"/proc/{box.container.pid}/root/t").st_uid == OUTSIDE
    assert "ro" in box.at("/m")[0]["options"]
    box.ok("remove", *entries)
    assert box.mountinfo() == before
    box.fails("add", entries[0], mount("/t", "tmpfs", "tmpfs", "siize=5"))


def test_id_mapped(rt, bundle, work):
    harness.need_tree_attributes()
    source = work / "mapped"
    source.mkdir()
    assert harness.libc.mount(b"mapped", str(source).encode(), b"tmpfs", 0, None) == 0
    try:
        (source / "file").write_text("x")
        box = user_box(rt, bundle)
        box.ok("add", mount("/m", "bind", source, "bind", "idmap"))
        found = box.exec("stat /m/file").value("stat")
        assert (found["uid"], found["gid"]) == (0, 0)
        assert os.stat(source / "file").st_uid == 0
        box.ok("remove", mount("/m"))
    finally:
        harness.libc.umount2(str(source).encode(), 2)


def test_ordinary_user(user):
    """Who may not copy mounts does it as root of the container's user namespace."""
    for file, why in (("/proc/sys/kernel/unprivileged_userns_clone", "0"), ("/proc/sys/user/max_user_namespaces", "0")):
        if os.path.exists(file) and open(file).read().strip() == why:
            pytest.skip(f"needs user namespaces for ordinary users: {file} is {why}")
    made = user.bundle(add_namespace(base_config("pause"), "network"))
    source = made.path / "source"
    source.mkdir()
    (source / "file").write_text("of the user")
    box = Box(user, made)
    before = box.mountinfo()
    entries = [mount("/m", "bind", source, "rbind", "ro"), mount("/t", "tmpfs", "tmpfs")]
    box.ok("add", *entries)
    assert box.exec("cat /m/file").value("cat") == "of the user"
    assert "ro" in box.at("/m")[0]["options"] and len(box.at("/t")) == 1
    box.fails("add", entries[0], mount("/u", "tmpfs", "tmpfs", "siize=5"))
    box.ok("remove", *entries)
    assert box.mountinfo() == before


def test_without_a_mount_namespace(rt, bundle):
    config = drop_namespace(base_config("pause"), "mount")
    config["mounts"] = []
    harness.set_caps(config, "CAP_KILL")
    config["linux"].pop("maskedPaths")
    config["linux"].pop("readonlyPaths")
    box = Box(rt, bundle(config))
    for verb in ("add", "remove"):
        harness.check_failure(box.change(verb, mount("/m", "tmpfs", "tmpfs")), 1, "no mount namespace of its own")


def test_cgroup_needs_a_namespace(rt, bundle):
    box = Box(rt, bundle(drop_namespace(base_config("pause"), "cgroup")))
    box.fails("add", mount("/c", "cgroup", "cgroup"), has=("[0].type", "no cgroup namespace of its own"))


def test_cgroup_is_the_containers(box):
    """Seen from a cgroup namespace that was entered, its root is the container's cgroup."""
    box.ok("add", mount("/c", "cgroup2" if harness.CGROUP_MODE == "v2" else "cgroup", "cgroup", "ro"))
    roots = {m["root"] for m in harness.mounts_of({"mountinfo": box.mountinfo()})
             if m["target"].startswith("/c") and m["type"].startswith("cgroup")}
    theirs = {m["root"] for m in harness.mounts_of({"mountinfo": box.mountinfo()})
              if m["target"].startswith("/sys/fs/cgroup") and m["type"].startswith("cgroup")}
    assert roots and roots <= theirs
    box.ok("remove", mount("/c"))


@pytest.mark.parametrize("link", ["absolute", "climbing", "dangling"])
def test_links_of_the_image(box, source, canary, link):
    """A target that leads out of the root leads nowhere but into it (V01)."""
    to = {"absolute": str(canary), "climbing": "../" * 40 + str(canary)[1:], "dangling": str(canary / "none")}[link]
    (box.made.rootfs / "way").symlink_to(to)
    host = open("/proc/self/mountinfo").read()
    entry = mount("/way/m", "bind", source, "bind")
    box.ok("add", entry)
    inside = (canary / "none" if link == "dangling" else canary) / "m"
    assert len(box.at(str(inside))) == 1
    assert open("/proc/self/mountinfo").read() == host
    box.ok("remove", entry)
    assert box.at(str(inside)) == []


def test_list(rt, box, source):
    box.ok("add", mount("/with blank", "bind", source, "bind", "nosuid", "ro"), mount("/esc\x1b[2J", "tmpfs", "some thing", "size=64k"),
           mount("/grün", "tmpfs", "t"))
    found = {m["destination"]: m for m in box.listed()}
    assert [m["destination"] for m in box.listed()].count("/proc") == 1
    assert {"nosuid", "ro"} <= set(found["/with blank"]["options"])
    assert found["/with blank"]["source"].endswith(f"{str(source).removeprefix('/tmp')}]")
    assert (found["/esc\\033[2J"]["type"], found["/esc\\033[2J"]["source"]) == ("tmpfs", "some thing")
    assert {"rw", "size=64k", "private"} <= set(found["/esc\\033[2J"]["options"])
    assert found["/grün"]["source"] == "t"
    table = rt.ok("mounts", "list", box.id).out.splitlines()
    assert table[0].split() == ["DESTINATION", "TYPE", "SOURCE", "OPTIONS"]
    assert len(table) == 1 + len(found) and "\x1b" not in "".join(table)
    assert any(line.split()[:3] == ["/grün", "tmpfs", "t"] for line in table)
    assert len(found) == len(box.mountinfo())


def test_usage(rt, box):
    rt.fails("mounts", "frob", box.id, has="\"frob\" is none of add, remove and list")
    rt.fails("mounts", "add", box.id, has=("an argument is missing", "mounts add ID FILE"))
    rt.fails("mounts", "list", box.id, "x", has="an argument too many")
    rt.fails("mounts", "list", "a/b", has="is no container ID")
