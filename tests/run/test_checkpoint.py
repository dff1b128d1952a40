# SPDX-License-Identifier: GPL-2.0-or-later
"""`checkpoint` and `restore`: what CRIU is asked for, by a stand-in that writes it down, and what becomes of the container
(cli-contract 2.1); with CRIU itself, where it works, that a container goes on where it was."""

import array
import json
import os
import shutil
import socket
import stat
import subprocess
import time

import pytest

import harness
from criu_stand_in import DUMP, FEATURE_CHECK, PRE_DUMP, RESTORE, StandIn
from harness import CGROUP_MODE, add_namespace, base_config, drop_namespace, hook, hook_records, mount, set_caps

CLONE_NEWNET = 0x40000000


@pytest.fixture
def criu(rt, work):
    return StandIn(rt, work / "criu")


def running(rt, bundle):
    """A container whose payload waits."""
    return rt.create(bundle(base_config("pause"))).start()


def shell(script):
    config = base_config()
    config["process"]["args"] = ["/bin/busybox", "sh", "-c", script]
    return config


def need_busybox(made):
    if not (made.rootfs / "bin/busybox").exists():
        pytest.skip("needs a static busybox: the root file system has none")


def hooked(**hooks):
    return {**base_config("pause"), "hooks": hooks}


def checkpoint(rt, container, *options, **rest):
    return rt.ok("checkpoint", *options, container.id, cwd=rt.cwd.parent, **rest)


def checkpoint_fails(rt, ident, *options, **rest):
    return rt.fails("checkpoint", *options, ident, cwd=rt.cwd.parent, **rest)


def options_of(asked):
    """criu_opts without what is only about descriptors and places."""
    return {name: value for name, value in asked["options"].items()
            if name not in ("images_dir_fd", "work_dir_fd", "ext_mnt", "pid", "root", "freeze_cgroup", "external", "log_file",
                            "cg_root", "inherit_fd", "join_ns")}


ALWAYS = {"log_level": 4, "notify_scripts": 1, "manage_cgroups": 1, "manage_cgroups_mode": 3, "orphan_pts_master": 1}
RESTORED = {**ALWAYS, "evasive_devices": 1, "rst_sibling": 1}

SHARED = [
    (["--tcp-established"], {"tcp_established": 1}),
    (["--ext-unix-sk"], {"ext_unix_sk": 1}),
    (["--shell-job"], {"shell_job": 1}),
    (["--file-locks"], {"file_locks": 1}),
    (["--auto-dedup"], {"auto_dedup": 1}),
    (["--manage-cgroups-mode", "soft"], {}),
    (["--manage-cgroups-mode", "full"], {"manage_cgroups_mode": 4}),
    (["--manage-cgroups-mode", "strict"], {"manage_cgroups_mode": 5}),
    (["--manage-cgroups-mode", "ignore"], {"manage_cgroups_mode": 0}),
    (["--empty-ns", "network"], {"empty_ns": CLONE_NEWNET}),
    (["--network-lock", "iptables"], {"network_lock": 1}),
    (["--network-lock", "nftables"], {"network_lock": 2}),
    (["--network-lock", "skip"], {"network_lock": 3}),
]


# ---- checkpoint --------------------------------------------------------------------------------

def test_checkpoint_ends_and_deletes(rt, bundle, criu):
    out = rt.cwd.parent / "poststop"
    made = bundle(hooked(poststop=[hook("stdin", out=out)]))
    container = rt.create(made).start()
    pid = container.pid
    checkpoint(rt, container)
    assert rt.ids() == []
    assert not harness.is_alive(pid)
    assert json.loads(hook_records(out)[0]["value"])["status"] == "stopped"
    [asked] = criu.asked()
    images = rt.cwd.parent / "checkpoint"
    assert asked["type"] == DUMP
    assert options_of(asked) == ALWAYS
    assert (asked["options"]["pid"], asked["options"]["log_file"]) == (pid, "dump.log")
    assert asked["options"]["root"] == str(made.rootfs)
    assert asked["seen"]["images"] == asked["seen"]["work"] == str(images)
    assert stat.S_IMODE(images.stat().st_mode) == 0o700
    assert asked["seen"]["same_mounts"]
    assert [asked["seen"]["fds"][n] for n in "012"] == ["/dev/null"] * 3


@pytest.mark.parametrize("options,expected", SHARED + [
    (["--leave-running"], {}),
    (["--leave-running", "--leave-running"], {}),
    (["--link-remap"], {"link_remap": 1}),
    (["--tcp-skip-in-flight"], {"tcp_skip_in_flight": 1}),
    (["--page-server", "10.0.0.7:1234"], {"ps": {"address": "10.0.0.7", "port": 1234}}),
    (["--page-server", "[::1]:65535"], {"ps": {"address": "::1", "port": 65535}}),
])
def test_checkpoint_options(rt, bundle, criu, options, expected):
    container = running(rt, bundle)
    checkpoint(rt, container, "--leave-running", *options)
    [asked] = criu.asked()
    assert options_of(asked) == {**ALWAYS, "leave_running": 1, **expected}
    assert container.status == "running"


@pytest.mark.parametrize("options,words", [
    (["--page-server", "10.0.0.7"], "ADDRESS:PORT"),
    (["--page-server", ":27"], "ADDRESS:PORT"),
    (["--page-server", "a:0"], "ADDRESS:PORT"),
    (["--page-server", "a:65536"], "ADDRESS:PORT"),
    (["--page-server", "a:7x"], "ADDRESS:PORT"),
    (["--page-server", "a:-7"], "ADDRESS:PORT"),
    (["--empty-ns", "pid"], "--empty-ns"),
    (["--manage-cgroups-mode", "hard"], "--manage-cgroups-mode"),
    (["--network-lock", "door"], "--network-lock"),
    (["--parent-path", "/absolute"], "relative"),
    (["--parent-path", "../not-there"], "--parent-path"),
    (["--status-fd", "77"], "--status-fd 77"),
    (["--status-fd", "0"], "--status-fd 0 cannot be written to"),
    (["--image-path", "/proc/no/such"], "--image-path"),
    (["--work-path", "/proc/no/such"], "--work-path"),
])
def test_checkpoint_refuses(rt, bundle, criu, options, words):
    container = running(rt, bundle)
    checkpoint_fails(rt, container.id, *options, has=[words], stdin=open(os.devnull))
    assert [asked for asked in criu.asked() if asked["type"] != FEATURE_CHECK] == []
    assert container.status == "running"


def test_checkpoint_directories(rt, bundle, criu, work):
    container = running(rt, bundle)
    checkpoint(rt, container, "--leave-running", "--image-path", work / "images", "--work-path", work / "log")
    [asked] = criu.asked()
    assert asked["seen"]["images"] == str(work / "images")
    assert asked["seen"]["work"] == str(work / "log")
    assert (work / "log/dump.log").exists()
    assert sorted(os.listdir(work / "images")) == ["descriptors.json"]


def test_pre_dump_and_parent(rt, bundle, criu, work):
    """Memory first, twice, then the rest: only what has changed each time."""
    container = running(rt, bundle)
    checkpoint(rt, container, "--pre-dump", "--image-path", work / "1")
    checkpoint(rt, container, "--pre-dump", "--image-path", work / "2", "--parent-path", "../1")
    assert container.status == "running"
    checkpoint(rt, container, "--image-path", work / "3", "--parent-path", "../2")
    assert rt.ids() == []
    first, second, last = [asked for asked in criu.asked() if asked["type"] != FEATURE_CHECK]
    assert [asked["features"] for asked in criu.asked() if asked["type"] == FEATURE_CHECK] == [{"1": 1}] * 3
    assert (first["type"], second["type"], last["type"]) == (PRE_DUMP, PRE_DUMP, DUMP)
    assert options_of(first) == {**ALWAYS, "track_mem": 1}
    assert options_of(second) == {**ALWAYS, "track_mem": 1, "parent_img": "../1"}
    assert options_of(last) == {**ALWAYS, "track_mem": 1, "parent_img": "../2"}
    assert "descriptors.json" not in os.listdir(work / "1") + os.listdir(work / "2")


def test_features_that_lack(rt, bundle, criu):
    criu.order(features=[])
    container = running(rt, bundle)
    checkpoint_fails(rt, container.id, "--pre-dump", has=["cannot track memory"])
    checkpoint_fails(rt, container.id, "--lazy-pages", has=["--lazy-pages"])
    assert {asked["type"] for asked in criu.asked()} == {FEATURE_CHECK}


def test_lazy_pages_and_status(rt, bundle, criu):
    container = running(rt, bundle)
    reader, writing = rt.pipe()
    checkpoint(rt, container, "--lazy-pages", "--status-fd", writing, pass_fds=[writing])
    os.close(writing)
    assert reader.rest() == "\0"
    asked = criu.asked()[-1]
    assert options_of(asked) == {**ALWAYS, "lazy_pages": 1}
    assert not [name for name in asked["seen"]["fds"].values() if "pipe" in name]


def test_checkpoint_external_mounts(rt, bundle, criu, work):
    """What comes from the host is named by its destination and found where that leads to in the container."""
    (work / "volume").mkdir()
    (work / "file").write_text("x")
    config = base_config("pause")
    config["mounts"] += [mount("/volume", "bind", str(work / "volume"), "rbind", "ro"),
                         mount("/link/file", "bind", str(work / "file"), "bind")]
    config["linux"]["maskedPaths"] = ["/proc/keys", "/proc/irq"]
    made = bundle(config)
    (made.rootfs / "elsewhere").mkdir()
    (made.rootfs / "link").symlink_to("/elsewhere")
    container = rt.create(made).start()
    checkpoint(rt, container, "--leave-running")
    [asked] = criu.asked()
    found = {m["key"]: m["val"] for m in asked["options"]["ext_mnt"]}
    assert found["/volume"] == "/volume"
    assert found["/elsewhere/file"] == "/link/file"
    assert found["/proc/keys"] == "/dev/null"
    # What the container has for itself is saved; no mount is missed.
    inside = {line.split()[4]: line for line in open(f"/proc/{container.pid}/mountinfo")}
    assert "/proc/irq" in inside and "/proc/irq" not in found
    assert not {"/", "/proc", "/dev", "/sys"} & set(found)
    for path in set(found) - set(inside):
        assert path.startswith("/dev/"), f"{path} is no mount"


def test_checkpoint_swapped_mounts(rt, bundle, criu, work):
    """A container that exchanges its directories does not get a read-only volume back as a writable one."""
    for name in ("ro", "rw"):
        (work / name).mkdir()
    config = shell("cd /; for pair in a:c b:a c:b; do /bin/busybox mv ${pair%:*} ${pair#*:}; done; echo done; "
                   "exec /bin/busybox sleep 1000")
    config["mounts"] += [mount("/a/m", "bind", str(work / "ro"), "bind", "ro"),
                         mount("/b/m", "bind", str(work / "rw"), "bind", "rw")]
    made = bundle(config)
    need_busybox(made)
    container = rt.create(made).start()
    assert container.out.line() == "done"
    checkpoint_fails(rt, container.id, has=["/a/m", '"ro"'])
    assert criu.asked() == []
    assert container.status == "running"


def test_checkpoint_freezer_and_namespaces(rt, bundle, criu, ns_holder):
    path = ns_holder("net")("net")
    container = rt.create(bundle(add_namespace(drop_namespace(base_config("pause"), "network"), "network", path))).start()
    checkpoint(rt, container, "--leave-running")
    [asked] = criu.asked()
    assert asked["options"]["external"] == [f"net[{os.stat(path).st_ino}]:extRootNetNS"]
    if CGROUP_MODE == "none":
        assert "freeze_cgroup" not in asked["options"]
        return
    frozen = asked["options"]["freeze_cgroup"]
    assert os.path.exists(f"{frozen}/freezer.state") or os.path.exists(f"{frozen}/cgroup.freeze")
    assert str(container.pid) in open(f"{frozen}/cgroup.procs").read().split()


@pytest.mark.parametrize("annotation", [None, "", "/etc/own.conf"])
def test_config_file(rt, bundle, criu, annotation):
    config = base_config("pause")
    if annotation is not None:
        config["annotations"] = {"org.criu.config": annotation}
    container = rt.create(bundle(config)).start()
    checkpoint(rt, container, "--leave-running")
    default = "/etc/criu/runc.conf" if os.path.exists("/etc/criu/runc.conf") else None
    assert criu.asked()[0]["options"].get("config_file") == (default if annotation is None else annotation or None)


def test_descriptors_are_those_of_create(rt, bundle, criu, work):
    """Whatever the payload has done with them since."""
    made = bundle(shell("exec 3>&1 >/dev/null 2>&1; echo ready >&3; exec 3>&-; exec /bin/busybox sleep 1000"))
    need_busybox(made)
    container = rt.create(made).start()
    names = [f"pipe:[{os.fstat(reader.fd).st_ino}]" for reader in (container.out, container.err)]
    assert container.out.line() == "ready"
    checkpoint(rt, container, "--image-path", work / "images")
    found = json.loads((work / "images/descriptors.json").read_text())
    assert found == ["/dev/null", *names]


def test_checkpoint_of_another_config_file(rt, bundle, criu, work):
    """--config FILE of create is read again."""
    (work / "volume").mkdir()
    config = base_config("pause")
    config["mounts"].append(mount("/volume", "bind", str(work / "volume"), "bind"))
    made = bundle(config)
    other = made.path / "other.json"
    (made.path / "config.json").rename(other)
    container = rt.create(made, "--config", other).start()
    checkpoint(rt, container)
    assert {"key": "/volume", "val": "/volume"} in criu.asked()[0]["options"]["ext_mnt"]


def test_checkpoint_status(rt, bundle, criu):
    container = rt.create(bundle(base_config("exit 0")))
    checkpoint_fails(rt, container.id, has=["created", "container not running"])
    container.start().wait()
    checkpoint_fails(rt, container.id, has=["stopped", "container not running"])
    checkpoint_fails(rt, "no-such", has=["does not exist"])
    checkpoint_fails(rt, "../x", has=["ID"])
    assert criu.asked() == []


@pytest.mark.skipif(CGROUP_MODE == "none", reason="needs a cgroup tree: this machine has none")
def test_checkpoint_of_a_paused_one(rt, bundle, criu):
    container = running(rt, bundle)
    rt.ok("pause", container.id)
    checkpoint(rt, container, "--leave-running")
    assert container.status == "paused"


def test_checkpoint_fails(rt, bundle, criu, work):
    """The container goes on; the log is kept, and its first errors are in ours."""
    log = ("(00.000001) Running pre-dump scripts\n" "(00.1)   12: Error (criu/a.c:1): first \x1b[31m\n(00.2) fine\n"
           "(00.2) Error (criu/b.c:2): second: No such file or directory\n")
    criu.order(fail=16, log=log)
    container = running(rt, bundle)
    result = checkpoint_fails(rt, container.id, "--image-path", work / "i",
                      has=["CRIU failed (Device or resource busy)", f"{work}/i/dump.log", "Error (criu/a.c:1): first \\x1b[31m",
                           "Error (criu/b.c:2): second: ENOENT"])
    assert "fine" not in result.err and "\x1b" not in result.err
    assert (work / "i/dump.log").read_text() == log
    assert container.status == "running"


@pytest.mark.parametrize("orders,words", [({"die": True}, "without an answer"), ({"garbage": True}, "not understood")])
def test_criu_is_broken(rt, bundle, criu, orders, words):
    criu.order(**orders)
    container = running(rt, bundle)
    checkpoint_fails(rt, container.id, has=[words])
    assert container.status == "running"


def test_checkpoint_log_is_no_link(rt, bundle, criu, work):
    """V33: what a directory of images holds already leads CRIU nowhere."""
    images = work / "images"
    images.mkdir()
    victims = []
    for name in ("dump.log", "stats-dump", "descriptors.json"):
        victims.append(work / ("victim-" + name))
        victims[-1].write_text("precious")
        (images / name).symlink_to(victims[-1])
    checkpoint(rt, running(rt, bundle), "--image-path", images)
    assert [victim.read_text() for victim in victims] == ["precious"] * 3


# ---- restore -----------------------------------------------------------------------------------

class Saved:
    """A container that is gone, and its images."""

    def __init__(self, rt, made, images, *options, names=("/dev/null", "pipe:[1]", "pipe:[2]")):
        self.rt, self.bundle, self.images = rt, made, images
        images.mkdir()
        (images / "descriptors.json").write_text(json.dumps(names))

    def restore(self, *options, **rest):
        return self.rt.create_raw(self.bundle, "--image-path", self.images, *options, verb="restore", **rest)

    def restore_ok(self, *options, **rest):
        result, ident, out, err = self.restore("--detach", *options, **rest)
        assert result.code == 0, f"{result}{err.rest()}"
        return harness.Container(self.rt, ident, out, err)

    def fails(self, *options, has=(), **rest):
        result, ident, out, err = self.restore("--detach", *options, **rest)
        if result.code != 0:
            result.out, result.err = out.rest(), err.rest()
        return harness.check_failure(result, 1, has)


@pytest.fixture
def saved(rt, bundle, work):
    def make(config=None, **options):
        return Saved(rt, bundle(base_config("pause") if config is None else config), work / "images", **options)
    return make


def test_restore(rt, criu, saved, work):
    one = saved()
    container = one.restore_ok("--pid-file", work / "pid")
    assert container.status == "running"
    assert (work / "pid").read_text() == str(container.pid)
    state = container.state()
    assert (state["bundle"], state["id"]) == (str(one.bundle.path), container.id)
    [asked] = criu.asked()
    assert asked["type"] == RESTORE
    assert options_of(asked) == RESTORED
    assert asked["options"]["inherit_fd"] == [{"key": "pipe:[1]", "fd": 1}, {"key": "pipe:[2]", "fd": 2}]
    assert asked["options"]["log_file"] == "restore.log"
    assert (one.images / "restore.log").exists()
    # The root file system is a mount that only CRIU sees.
    seen = asked["seen"]
    assert seen["root"] == sorted(os.listdir(one.bundle.rootfs))
    assert seen["root_is_mount"] and not seen["same_mounts"]
    assert asked["options"]["root"] not in open("/proc/self/mountinfo").read()
    assert seen["images"] == seen["work"] == str(one.images)
    # Nothing of ours is left open in it, and no signal is blocked or ignored.
    assert set(map(int, seen["fds"])) - {0, 1, 2, 3} <= {fd for fd, name in enumerate_fds(seen) if "/asked" in name or
                                                        "/proc" in name}
    status = dict(line.split(":\t", 1) for line in seen["signals"].splitlines() if ":\t" in line)
    assert int(status["SigBlk"], 16) == 0
    # It can be signalled and deleted as any other.
    rt.fails("restore", "--detach", "--image-path", one.images, "--bundle", one.bundle.path, container.id,
             has=["already exists"])
    container.kill("KILL")
    assert container.wait() == 128 + 9
    assert container.status == "stopped"
    container.delete()


def enumerate_fds(seen):
    return [(int(fd), name) for fd, name in seen["fds"].items()]


@pytest.mark.parametrize("options,expected", SHARED + [
    (["--tcp-close"], {"tcp_close": 1}),
    (["--lazy-pages"], {"lazy_pages": 1}),
    (["--lsm-profile", "apparmor:own"], {"lsm_profile": "apparmor:own"}),
    (["--lsm-mount-context", "system_u:object_r:x_t:s0"], {"lsm_mount_context": "system_u:object_r:x_t:s0"}),
    (["-no-subreaper", "--no-pivot", "--no-new-keyring", "--parent-path", "/x"], {}),
    (["--lsm-profile", ""], {}),
])
def test_restore_options(criu, saved, options, expected):
    saved().restore_ok(*options)
    [asked] = criu.asked()
    assert options_of(asked) == {**RESTORED, **expected}


@pytest.mark.skipif(CGROUP_MODE == "none", reason="needs a cgroup tree: this machine has none")
def test_restore_cgroup(rt, criu, saved):
    """CRIU is in the container's cgroup from the start, with its limits; what was saved moves there."""
    config = base_config("pause")
    config["linux"]["cgroupsPath"] = "/tare-restored-ID"
    if harness.has_controller("pids"):
        config["linux"]["resources"] = {"pids": {"limit": 123}}
    container = saved(config).restore_ok()
    [asked] = criu.asked()
    path = f"/tare-restored-b0-{harness.TOKEN}"
    lines = [line.split(":", 2) for line in asked["seen"]["cgroup"].splitlines()]
    own = {name: place for _, names, place in lines for name in names.split(",")}
    roots = {root["ctrl"]: root["path"] for root in asked["options"]["cg_root"]}
    assert roots and set(roots.values()) == {path}
    for controller in roots:
        assert own[controller].endswith(path)
    assert str(container.pid) in open(harness.cgroup_dir(path[1:], "pids" if "pids" in own else "") / "cgroup.procs").read().split()
    if harness.has_controller("pids"):
        assert harness.cgroup_file(path[1:], "pids", "pids.max").strip() == "123"


def test_restore_external_mounts(rt, criu, saved, work):
    (work / "volume/sub").mkdir(parents=True)
    (work / "file").write_text("x")
    config = base_config("pause")
    config["mounts"] += [mount("/new/volume", "bind", str(work / "volume"), "rbind"),
                         mount("/new/volume/in", "bind", str(work / "file"), "bind"),
                         mount("/fresh", "tmpfs", "tmpfs"),
                         mount("/fresh/below", "bind", str(work / "volume"), "bind")]
    config["linux"]["maskedPaths"] = ["/proc/keys"]
    one = saved(config)
    one.restore_ok()
    [asked] = criu.asked()
    found = {m["key"]: m["val"] for m in asked["options"]["ext_mnt"]}
    assert found["/new/volume"] == str(work / "volume")
    assert found["/new/volume/in"] == str(work / "file")
    assert found["/fresh/below"] == str(work / "volume")
    assert found["/dev/null"] == "/dev/null"
    # Mount points are where create would have made them; those in a file system that is restored are not.
    assert (one.bundle.rootfs / "new/volume").is_dir()
    assert (work / "volume/in").is_file()
    assert os.listdir(one.bundle.rootfs / "fresh") == []


def test_restore_mount_points_stay_below_the_root(rt, criu, saved, canary):
    config = base_config("pause")
    config["mounts"] += [mount("/out/a", "tmpfs", "tmpfs"), mount("/up/../../../b", "tmpfs", "tmpfs")]
    one = saved(config)
    (one.bundle.rootfs / "out").symlink_to(canary)
    (one.bundle.rootfs / "up").symlink_to("../../../../../..")
    one.restore_ok()
    assert not os.path.exists("/b")
    assert (one.bundle.rootfs / str(canary).lstrip("/") / "a").is_dir()


def test_restore_namespaces(rt, criu, saved, ns_holder):
    path = ns_holder("net", "ipc", "uts")
    config = base_config("pause")
    for kind, name in (("network", "net"), ("ipc", "ipc"), ("uts", "uts")):
        config = add_namespace(drop_namespace(config, kind), kind, path(name))
    config.pop("hostname", None)
    saved(config).restore_ok()
    [asked] = criu.asked()
    [net] = [i for i in asked["options"]["inherit_fd"] if i["key"] == "extRootNetNS"]
    assert asked["seen"]["fds"][str(net["fd"])] == os.readlink(path("net"))
    assert sorted(asked["options"]["join_ns"], key=lambda j: j["ns"]) == [
        {"ns": "ipc", "ns_file": path("ipc")}, {"ns": "uts", "ns_file": path("uts")}]


def test_restore_hooks(rt, criu, saved, work):
    """prestart and createRuntime run once namespaces are there; poststop with delete."""
    out = work / "hooks"
    kinds = ("prestart", "createRuntime", "poststop")
    one = saved(hooked(**{kind: [hook("stdin", out=out)] for kind in kinds}))
    container = one.restore_ok()
    records = [json.loads(record["value"]) for record in hook_records(out)]
    assert [(record["pid"], record["status"]) for record in records] == [(container.pid, "created"), (container.pid, "creating")]
    container.delete("--force")
    assert json.loads(hook_records(out)[2]["value"])["status"] == "stopped"


def test_restore_hook_fails(rt, criu, saved):
    one = saved(hooked(createRuntime=[hook("exit 3")]))
    one.fails(has=["createRuntime[0]", "status 3"])
    assert rt.ids() == []


@pytest.mark.parametrize("orders", [{"fail": 17}, {"die": True}, {"fail_late": True}])
def test_restore_fails(rt, criu, saved, work, orders):
    """No trace is left, whenever it fails (the oracle looks), but the images and the log."""
    log = "(00.1) Error (criu/mount.c:7): no\n"
    criu.order(log=log, **orders)
    one = saved()
    one.fails("--pid-file", work / "pid", has=["Error (criu/mount.c:7): no", "restore.log"])
    assert rt.ids() == []
    assert not (work / "pid").exists()
    assert (one.images / "restore.log").read_text() == log


def test_restore_in_the_foreground(rt, criu, saved):
    """Its end is ours, with its status, and it is deleted."""
    criu.order(payload=["/bin/sh", "-c", "echo said; exit 7"])
    result, _, out, err = saved().restore()
    assert (result.code, err.rest(), out.rest()) == (7, "", "said\n")
    assert rt.ids() == []


def test_restore_terminal(rt, criu, saved, work, monkeypatch):
    """The master goes to the console socket as one of create would."""
    criu.order(terminal=True)
    config = base_config("pause")
    config["process"]["terminal"] = True
    one = saved(config, names=["/dev/pts/0"] * 3)
    listener = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(work)
    listener.bind("console")
    listener.listen()
    try:
        one.restore_ok("--console-socket", work / "console")
        connection, _ = listener.accept()
        fds = array.array("i")
        name, control, _, _ = connection.recvmsg(100, socket.CMSG_SPACE(4))
        fds.frombytes(control[0][2])
        assert name.startswith(b"/dev/pts/")
        assert os.readlink(f"/proc/self/fd/{fds[0]}") in ("/dev/ptmx", "/dev/pts/ptmx")
        os.close(fds[0])
        connection.close()
    finally:
        listener.close()


def test_V33_descriptors(rt, criu, saved):
    """A descriptors.json that is no small regular file of names is refused at once."""
    one = saved()
    path = one.images / "descriptors.json"
    cases = [
        (lambda: os.mkfifo(path), "not a regular file"),
        (lambda: path.symlink_to("/etc/hostname"), "symbolic link"),
        (lambda: path.mkdir(), "not a regular file"),
        (lambda: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 1 << 40), "larger than"),
        (lambda: path.write_text('["pipe:[1]"'), "descriptors.json"),
        (lambda: path.write_text('{"a": 1}'), "descriptors.json"),
        (lambda: path.write_text('[1]'), "descriptors.json"),
        (lambda: path.write_text('[], "x": 1'), None),
        (lambda: None, "not the image of a container"),
    ]
    for make, words in cases:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        elif path.exists() or path.is_symlink():
            path.unlink()
        make()
        start = time.monotonic()
        if words is None:
            # More than a list: whatever it is taken for, it names no pipe.
            result, ident, _, _ = one.restore("--detach")
            assert result.code in (0, 1)
            rt.ok("delete", "--force", ident)
            continue
        one.fails(has=[words])
        # It takes a fraction of that, and the rest is for a busy machine; a FIFO would be waited for without end.
        assert time.monotonic() - start < harness.TIMEOUT / 2
        assert rt.ids() == []
    assert len(criu.asked()) <= 1


def test_V33_log_is_no_link(rt, criu, saved, work):
    one = saved()
    victims = []
    for name in ("restore.log", "stats-restore"):
        victims.append(work / ("victim-" + name))
        victims[-1].write_text("precious")
        (one.images / name).symlink_to(victims[-1])
    one.restore_ok()
    assert [victim.read_text() for victim in victims] == ["precious"] * 2


def test_restore_refuses(rt, criu, saved):
    one = saved()
    one.fails("--image-path", "/no/such", has=["--image-path", "/no/such"])
    one.fails("--empty-ns", "mount", has=["--empty-ns"])
    assert "requires an argument" in rt.call("restore", "--lsm-mount-context").err
    criu.order(version=(3, 15, 0))
    one.fails("--lsm-profile", "apparmor:x", has=["3.16", "--lsm-profile"])
    one.fails("--lsm-mount-context", "x", has=["3.16", "--lsm-mount-context"])
    assert criu.asked() == []
    one.restore_ok()


@pytest.mark.parametrize("verb", ["checkpoint", "restore"])
def test_old_criu(rt, bundle, criu, saved, verb):
    criu.order(version=(3, 14, 0))
    one = saved()
    rt.fails(verb, "--bundle" if verb == "restore" else "--image-path", one.bundle.path, "some", has=["3.14", "3.15"])


def hide_criu(rt, work):
    (work / "empty").mkdir()
    for name in ("sh", "newuidmap", "newgidmap"):
        if shutil.which(name):
            (work / "empty" / name).symlink_to(shutil.which(name))
    rt.env["PATH"] = str(work / "empty")


def test_without_criu(rt, saved, work):
    hide_criu(rt, work)
    one = saved()
    checkpoint_fails(rt, "some", has=["CRIU is needed and is not installed"])
    one.fails(has=["CRIU is needed and is not installed"])
    assert rt.ids() == []


def test_features_tells_of_criu(rt, work):
    def told():
        return json.loads(rt.ok("features").out)["annotations"]["org.opencontainers.runc.checkpoint.enabled"]

    path = rt.env["PATH"]
    hide_criu(rt, work)
    assert told() == "false"
    rt.env["PATH"] = path
    StandIn(rt, work / "criu")
    assert told() == "true"


def test_ordinary_user(user):
    StandIn(user, user.cwd.parent / "criu")
    user.fails("checkpoint", "some", has=["only root"])
    made = user.bundle(base_config("pause"))
    user.fails("restore", "--bundle", made.path, "some", has=["only root"])


# ---- CRIU itself -------------------------------------------------------------------------------

@pytest.fixture
def real(rt):
    """The environment has a CRIU that works: TARE_CRIU names its directory where PATH has it not."""
    path = f"{os.environ['TARE_CRIU']}:{rt.env['PATH']}" if "TARE_CRIU" in os.environ else rt.env["PATH"]
    program = shutil.which("criu", path=path)
    if program is None:
        pytest.skip("needs CRIU: PATH has no program criu")
    check = subprocess.run([program, "check"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if check.returncode != 0:
        pytest.skip(f"needs a CRIU that works with this kernel: criu check says {check.stdout.splitlines()[-1]!r}")
    rt.env["PATH"] = path


def counting():
    """Counts on in a file of its own file system; says so at the first."""
    config = shell("echo begun; n=0; while :; do n=$((n+1)); echo $n >/count/n.new; "
                   "/bin/busybox mv /count/n.new /count/n; /bin/busybox sleep 0.05; "
                   "[ -e /count/end ] && { echo ended; exit 5; }; done")
    config["mounts"].append(mount("/count", "tmpfs", "tmpfs"))
    return set_caps(config)


def count(rt, container):
    return int(rt.ok("exec", container.id, "/bin/busybox", "cat", "/count/n").out)


def restored(rt, made, images, *options):
    result, ident, out, err = rt.create_raw(made, "--detach", "--image-path", images, *options, verb="restore")
    assert result.code == 0, err.rest()
    return harness.Container(rt, ident, out, err)


def test_real_round_trip(rt, bundle, real, work):
    """It goes on counting under another name, prints to the new pipes, is entered by exec, and ends with its status."""
    (work / "volume").mkdir()
    (work / "volume/word").write_text("from the host")
    config = counting()
    config["mounts"].append(mount("/volume", "bind", str(work / "volume"), "rbind", "ro"))
    made = bundle(config)
    need_busybox(made)
    container = rt.create(made).start()
    assert container.out.line() == "begun"
    time.sleep(0.5)
    before = count(rt, container)
    checkpoint(rt, container, "--image-path", work / "images")
    assert rt.ids() == []
    again = restored(rt, made, work / "images")
    assert again.status == "running"
    after = count(rt, again)
    assert after >= before > 0
    time.sleep(0.3)
    assert count(rt, again) > after
    assert rt.ok("exec", again.id, "/bin/busybox", "cat", "/volume/word").out == "from the host"
    assert rt.call("exec", again.id, "/bin/busybox", "touch", "/volume/new").code != 0
    rt.ok("exec", again.id, "/bin/busybox", "touch", "/count/end")
    assert again.out.until("ended\n") == "ended\n"
    assert again.wait() == 5
    again.delete()


def test_real_leave_running_and_pre_dump(rt, bundle, real, work):
    made = bundle(counting())
    need_busybox(made)
    container = rt.create(made).start()
    assert container.out.line() == "begun"
    result = rt.call("checkpoint", "--pre-dump", "--image-path", work / "1", container.id)
    if "cannot track memory" in result.err:
        pytest.skip("needs a kernel that tracks memory (CONFIG_MEM_SOFT_DIRTY)")
    assert result.code == 0, result
    checkpoint(rt, container, "--leave-running", "--image-path", work / "2", "--parent-path", "../1")
    first = count(rt, container)
    time.sleep(0.3)
    assert count(rt, container) > first
    container.kill().wait()
    container.delete()
    again = restored(rt, made, work / "2")
    assert count(rt, again) > 0
    again.kill()


def test_real_failure_is_quoted(rt, bundle, real, work):
    """A regular file of the host as standard output is what CRIU cannot save."""
    made = bundle(counting())
    need_busybox(made)
    ident = rt.new_id()
    with open(work / "output", "w") as output:
        rt.ok("run", "--detach", "--bundle", made.path, ident, stdout=output, stderr=subprocess.DEVNULL)
    result = checkpoint_fails(rt, ident, "--image-path", work / "images", has=["CRIU failed", "dump.log", "Error (criu/"])
    assert str(work / "output") in result.err
    assert rt.state(ident)["status"] == "running"
