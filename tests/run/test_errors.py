# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input of every kind: exit status 1, one clear message, and no trace (G-03..G-05, I13).

What container managers read out of the text is held to here too: sentences of strerror(3) may only be there
when the payload's own file is the cause, since they become the exit codes 126 and 127.
"""

import json
import os

import pytest

import harness
from harness import base_config, mount

ENOENT = "executable file not found in $PATH: no such file or directory"


def refuse(rt, bundle, config, *words):
    """create and run both refuse it; nothing is left in the bundle's root file system either."""
    made = bundle(config)
    before = made.files()
    for verb in ("create", "run"):
        rt.create_fails(made, verb=verb, has=words)
        assert rt.ids() == []
    assert made.files() == before
    rt.oracle.check()


def refuse_text(rt, bundle, text, *words):
    made = bundle(base_config())
    (made.path / "config.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    rt.create_fails(made, has=words)
    rt.oracle.check()


BROKEN_TEXTS = {
    "empty": b"",
    "blank": b" \n",
    "not JSON": b"hello",
    "cut short": b'{"ociVersion": "1.0.0", "process": {',
    "trailing text": b'{"ociVersion": "1.0.0", "root": {"path": "rootfs"}} x',
    "two documents": b'{"ociVersion": "1.0.0", "root": {"path": "rootfs"}}{}',
    "list": b"[]",
    "number": b"3",
    "null": b"null",
    "comment": b'{"ociVersion": "1.0.0", /* no */ "root": {"path": "rootfs"}}',
    "trailing comma": b'{"ociVersion": "1.0.0", "root": {"path": "rootfs"},}',
    "bad UTF-8": b'{"ociVersion": "1.0.0", "root": {"path": "root\xff\xfefs"}}',
    "single quotes": b"{'ociVersion': '1.0.0'}",
    "NUL byte": b'{"ociVersion": "1.0.0", "root": {"path": "rootfs"}}\0',
}


@pytest.mark.parametrize("text", BROKEN_TEXTS.values(), ids=BROKEN_TEXTS.keys())
def test_broken_json(rt, bundle, text):
    refuse_text(rt, bundle, text, "config.json")


def test_broken_json_names_line_and_column(rt, bundle):
    refuse_text(rt, bundle, '{\n "ociVersion": "1.0.0",\n "root": nonsense\n}', "config.json:3:10")


def test_duplicate_key(rt, bundle):
    """G-01: a scanner and we might take different ones."""
    text = json.dumps(base_config()).replace('"cwd": "/"', '"cwd": "/", "cwd": "/tmp"')
    refuse_text(rt, bundle, text, "cwd")


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\udc00x"])
def test_text_that_would_change_silently(rt, bundle, escape):
    text = json.dumps(base_config()).replace('"rootfs"', f'"root{escape}fs"')
    refuse_text(rt, bundle, text, "root")


def test_deep_nesting(rt, bundle):
    text = json.dumps(base_config())[:-1] + ', "x": ' + "[" * 100000 + "]" * 100000 + "}"
    refuse_text(rt, bundle, text)


def test_huge_document(rt, bundle):
    text = json.dumps(base_config())[:-1] + ', "annotations": {"x": "' + "y" * (20 << 20) + '"}}'
    refuse_text(rt, bundle, text)


def test_config_is_a_directory(rt, bundle):
    made = bundle()
    (made.path / "config.json").unlink()
    (made.path / "config.json").mkdir()
    rt.create_fails(made, has="config.json")


def test_config_is_a_fifo(rt, bundle):
    made = bundle()
    (made.path / "config.json").unlink()
    os.mkfifo(made.path / "config.json")
    rt.create_fails(made, has="config.json")


def test_no_config(rt, bundle):
    made = bundle()
    (made.path / "config.json").unlink()
    rt.create_fails(made, has="config.json")


def test_no_bundle(rt, bundle):
    made = bundle()
    made.path = made.path / "none"
    rt.create_fails(made, has="none")


# Each row: where in the configuration, what is put there, what the message must name.
# A path of keys; DELETE takes the property away.
DELETE = object()

WRONG = [
    ("ociVersion", DELETE, "ociVersion"),
    ("ociVersion", "", "ociVersion"),
    ("ociVersion", "one", "ociVersion"),
    ("ociVersion", "2.0.0", "ociVersion"),
    ("ociVersion", 1, "ociVersion"),
    ("ociVersion", None, "ociVersion"),
    ("root", DELETE, "root"),
    ("root", "rootfs", "root"),
    ("root.path", DELETE, "path"),
    ("root.path", "", "path"),
    ("root.path", 3, "path"),
    ("root.path", "none", "none"),
    ("root.path", "config.json", "config.json"),
    ("root.readonly", "yes", "readonly"),
    ("hostname", "x" * 65, "hostname"),
    ("hostname", ["x"], "hostname"),
    ("domainname", "x" * 65, "domainname"),
    ("annotations", {"": "x"}, "annotations"),
    ("annotations", {"x": 3}, "annotations"),
    ("process", [], "process"),
    ("process.args", DELETE, "args"),
    ("process.args", [], "args"),
    ("process.args", "sh", "args"),
    ("process.args", ["sh", 3], "args"),
    ("process.args", [""], ""),
    ("process.cwd", DELETE, "cwd"),
    ("process.cwd", "", "cwd"),
    ("process.cwd", "relative", "cwd"),
    ("process.cwd", "../..", "cwd"),
    ("process.env", {"A": "b"}, "env"),
    ("process.terminal", 1, "terminal"),
    ("process.user.uid", -1, "uid"),
    ("process.user.uid", "root", "uid"),
    ("process.user.uid", 4294967296, "uid"),
    # (uid_t)-1 means to setresuid(2) "leave it": the payload would stay root (V27).
    ("process.user.uid", 4294967295, "uid"),
    ("process.user.uid", 18446744073709551616, "uid"),
    ("process.user.uid", "1000", "uid"),
    ("process.user.uid", "+1", "uid"),
    ("process.user.uid", None, "uid"),
    ("process.user", {"gid": 0}, "uid"),
    ("process.user", {"uid": 1000}, "gid"),
    ("process.user.gid", 4294967295, "gid"),
    ("process.user.additionalGids", [4294967295], "additionalGids"),
    ("process.user.uid", 1.5, "uid"),
    ("process.user.gid", -1, "gid"),
    ("process.user.additionalGids", [-1], "additionalGids"),
    ("process.user.additionalGids", "0", "additionalGids"),
    ("process.user.umask", -1, "umask"),
    ("process.capabilities", ["CAP_CHOWN"], "capabilities"),
    ("process.capabilities.bounding", "CAP_CHOWN", "bounding"),
    ("process.rlimits", [{"type": "RLIMIT_NONSENSE", "soft": 1, "hard": 1}], "RLIMIT_NONSENSE"),
    ("process.rlimits", [{"type": "RLIMIT_CORE", "soft": 1}], "hard"),
    ("process.rlimits", [{"type": "RLIMIT_CORE", "soft": 2, "hard": 1}], "RLIMIT_CORE"),
    ("process.rlimits", [{"type": "RLIMIT_CORE", "soft": -1, "hard": 1}], "soft"),
    ("process.rlimits", [{"type": "RLIMIT_CORE", "soft": 0, "hard": 1}] * 2, "RLIMIT_CORE"),
    ("process.oomScoreAdj", 1001, "oomScoreAdj"),
    ("process.oomScoreAdj", "0", "oomScoreAdj"),
    ("process.noNewPrivileges", "true", "noNewPrivileges"),
    ("process.apparmorProfile", "no-such-profile", "pparmor"),
    ("process.selinuxLabel", "a:b:c:s0", "elinux"),
    ("mounts", {}, "mounts"),
    ("mounts.0.destination", DELETE, "destination"),
    ("mounts.0.destination", "", "destination"),
    ("mounts.0.destination", 5, "destination"),
    ("mounts.0.options", "ro", "options"),
    ("mounts.0.options", [["ro"]], "options"),
    ("mounts.1.type", "no-such-fs", "no-such-fs"),
    ("mounts.1.options", ["no_such_option=1"], "no_such_option"),
    ("mounts.1.options", ["mode=junk"], "mode"),
    ("hooks", [], "hooks"),
    ("hooks", {"prestart": {}}, "prestart"),
    ("hooks", {"prestart": [{"args": ["x"]}]}, "path"),
    ("hooks", {"createRuntime": [{"path": "relative"}]}, "path"),
    ("hooks", {"poststop": [{"path": "relative"}]}, "path"),
    ("hooks", {"poststart": [{"path": "/bin/true", "timeout": 0}]}, "timeout"),
    ("hooks", {"createContainer": [{"path": "/bin/true", "timeout": -1}]}, "timeout"),
    ("hooks", {"startContainer": [{"path": "/bin/true", "timeout": "1"}]}, "timeout"),
    ("linux", "x", "linux"),
    ("linux.namespaces", {}, "namespaces"),
    ("linux.namespaces", [{"type": "nonsense"}], "nonsense"),
    ("linux.namespaces", [{"type": "pid"}, {"type": "pid"}], "pid"),
    ("linux.namespaces", [{"type": "mount"}, {"type": "pid", "path": "relative"}], "path"),
    ("linux.namespaces", [{"type": "mount"}, {"type": "uts"}, {"type": "cgroup"}, {"type": "network", "path": "/none"}], "/none"),
    ("linux.namespaces", [{"type": "mount"}, {"type": "uts"}, {"type": "cgroup"}, {"type": "network"}, {"type": "ipc", "path": "/proc/1/ns/net"}], "/proc/1/ns/net"),
    ("linux.namespaces", [{"type": "mount"}, {"type": "uts"}, {"type": "cgroup"}, {"type": "network"}, {"type": "ipc", "path": "/etc/passwd"}], "/etc/passwd"),
    ("linux.namespaces", [{"type": "mount"}, {"type": "uts"}, {"type": "pid"}, {"type": "user"}], "user"),
    ("linux.uidMappings", [{"containerID": 0, "hostID": 0, "size": 1}], "apping"),
    ("linux.timeOffsets", {"boottime": {"secs": 1}}, "time"),
    ("linux.devices", {}, "devices"),
    ("linux.devices", [{"path": "/dev/x", "type": "c", "major": 1}], "minor"),
    ("linux.devices", [{"path": "/dev/x", "type": "z", "major": 1, "minor": 1}], "type"),
    ("linux.devices", [{"type": "c", "major": 1, "minor": 1}], "path"),
    ("linux.cgroupsPath", "/a/../b", "cgroupsPath"),
    ("linux.cgroupsPath", "..", "cgroupsPath"),
    ("linux.cgroupsPath", 3, "cgroupsPath"),
    ("linux.resources.devices", [{"type": "c"}], "allow"),
    ("linux.resources.devices", [{"allow": True, "type": "x"}], "type"),
    ("linux.resources.devices", [{"allow": True, "type": "c", "access": "xyz"}], "access"),
    ("linux.resources.memory", {"limit": "1M"}, "limit"),
    ("linux.resources.pids", {"limit": "many"}, "limit"),
    ("linux.resources.unified", {"../x": "1"}, "unified"),
    ("linux.resources.unified", {"a/b": "1"}, "unified"),
    ("linux.maskedPaths", ["relative"], "maskedPaths"),
    ("linux.maskedPaths", "/proc", "maskedPaths"),
    ("linux.readonlyPaths", ["relative"], "readonlyPaths"),
    ("linux.rootfsPropagation", "sideways", "rootfsPropagation"),
    ("linux.sysctl", {"kernel.core_pattern": "|/x"}, "kernel.core_pattern"),
    ("linux.sysctl", {"vm.overcommit_memory": "1"}, "vm.overcommit_memory"),
    ("linux.sysctl", {"net.ipv4.ip_forward": "1"}, "net.ipv4.ip_forward"),
    ("linux.sysctl", {"kernel.hostname": "x"}, "kernel.hostname"),
    ("linux.sysctl", {"kernel.no_such": "x"}, "kernel.no_such"),
    ("linux.sysctl", {"kernel/../vm/swappiness": "1"}, "kernel/../vm/swappiness"),
    ("linux.sysctl", {"kernel.msgmax": 5}, "kernel.msgmax"),
    ("linux.seccomp", {}, "defaultAction"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_NONSENSE"}, "SCMP_ACT_NONSENSE"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_NONSENSE"]}, "SCMP_ARCH_NONSENSE"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_ERRNO"}]}, "names"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "SCMP_ACT_ERRNO"}]}, "names"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"]}]}, "action"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 3}, "defaultErrnoRet"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW", "flags": ["NONSENSE"]}, "NONSENSE"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["mkdir"], "action": "SCMP_ACT_ALLOW", "errnoRet": 3}]}, "errnoRet"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}]}, "index"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_X"}]}]}, "SCMP_CMP_X"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_NOTIFY"}, "NOTIFY"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x"}, "listener"),
    ("linux.personality", {"domain": "PLAN9"}, "PLAN9"),
    ("linux.intelRdt", {"closID": ".."}, "ntelRdt"),
]


def name_of(row):
    value = "missing" if row[1] is DELETE else json.dumps(row[1])
    return f"{row[0]}={value[:40]}"


def put(config, path, value):
    *parents, last = path.split(".")
    place = config
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place[key]
    if value is DELETE:
        del place[last]
    else:
        place[last] = value


@pytest.mark.parametrize("path, value, word", WRONG, ids=[name_of(row) for row in WRONG])
def test_wrong_value(rt, bundle, path, value, word):
    config = base_config("exit 0")
    put(config, path, value)
    refuse(rt, bundle, config, *([word] if word else []))


def test_bind_without_source(rt, bundle):
    config = base_config()
    config["mounts"].append({"destination": "/mnt", "type": "bind", "options": ["bind"]})
    refuse(rt, bundle, config, "source")


def test_bind_of_a_source_that_does_not_exist(rt, bundle):
    """Docker must not take this for a missing command."""
    config = base_config()
    config["mounts"].append(mount("/mnt", "bind", "/no/such/source", "bind"))
    refuse(rt, bundle, config, "/no/such/source")


def test_mount_error_names_the_line_of_config(rt, bundle):
    config = base_config()
    config["mounts"].append(mount("/mnt", "tmpfs", "tmpfs", "size=junk"))
    made = bundle(config)
    result = rt.create_fails(made, has=["config.json:", "/mnt"])
    line = int(result.err.split("config.json:")[1].split(":")[0])
    lines = (made.path / "config.json").read_text().splitlines()
    assert '"/mnt"' in "".join(lines[line - 1:line + 2])


def test_directory_onto_file(rt, bundle, work):
    config = base_config()
    config["mounts"].append(mount("/etc/passwd", "bind", work, "bind"))
    made = bundle(config)
    rt.create_fails(made, has=["/etc/passwd", "not a directory"])  # Docker adds its advice to these words


# ---- the payload's executable: the texts that become 126 and 127 --------------------------------

def run_payload(rt, bundle, args, prepare=None, uid=0, path=None):
    config = base_config()
    config["process"]["args"] = args
    config["process"]["user"] = {"uid": uid, "gid": uid}
    if path is not None:
        config["process"]["env"] = [f"PATH={path}"]
    made = bundle(config)
    if prepare:
        prepare(made.rootfs)
    return made


@pytest.mark.parametrize("args", [["missing"], ["missing", "arg"]])
def test_missing_executable_in_path(rt, bundle, args):
    made = run_payload(rt, bundle, args)
    for verb in ("create", "run"):
        result = rt.create_fails(made, verb=verb, has=[ENOENT, "missing"])
    assert rt.ids() == [], result


@pytest.mark.parametrize("args", [["/missing"], ["./missing"], ["/bin/none/missing"], ["/probe/below/a/file"]])
def test_missing_executable_by_path(rt, bundle, args):
    made = run_payload(rt, bundle, args)
    result = rt.create_fails(made, has=["missing" if "missing" in args[0] else args[0], "no such file or directory"],
                             lacks="Permission denied")
    assert rt.ids() == [], result


def test_without_path_in_env(rt, bundle):
    config = base_config()
    config["process"]["args"] = ["missing"]
    config["process"]["env"] = []
    rt.create_fails(bundle(config), has=ENOENT)


def test_dangling_symlink(rt, bundle):
    made = run_payload(rt, bundle, ["/bin/dangling"], lambda r: (r / "bin/dangling").symlink_to("/none"))
    rt.create_fails(made, has="no such file or directory")


def not_executable(rootfs):
    (rootfs / "bin/data").write_text("#!/bin/sh\n")
    (rootfs / "bin/data").chmod(0o644)


@pytest.mark.parametrize("args", [["data"], ["/bin/data"]])
def test_not_executable(rt, bundle, args):
    made = run_payload(rt, bundle, args, not_executable)
    rt.create_fails(made, has=["permission denied", "data"], lacks="Permission denied")
    assert rt.ids() == []


@pytest.mark.parametrize("args", [["/etc"], ["/"]])
def test_directory_as_executable(rt, bundle, args):
    made = run_payload(rt, bundle, args)
    result = rt.create_fails(made, has=[args[0], "permission denied"])
    assert rt.ids() == [], result


def test_no_permission_for_an_ordinary_user(rt, bundle):
    def prepare(rootfs):
        (rootfs / "bin/secret").hardlink_to(rootfs / "probe")
        os.unlink(rootfs / "bin/secret")
        (rootfs / "bin/secret").write_bytes((rootfs / "probe").read_bytes())
        (rootfs / "bin/secret").chmod(0o700)

    made = run_payload(rt, bundle, ["/bin/secret", "exit", "0"], prepare, uid=1000)
    rt.create_fails(made, has=["permission denied", "secret"])


def test_directory_closed_to_an_ordinary_user(rt, bundle):
    def prepare(rootfs):
        (rootfs / "closed").mkdir(mode=0o700)
        (rootfs / "closed/probe").hardlink_to(rootfs / "probe")

    made = run_payload(rt, bundle, ["/closed/probe", "exit", "0"], prepare, uid=1000)
    rt.create_fails(made, has=["permission denied"])


def test_later_directories_of_path_count(rt, bundle):
    def prepare(rootfs):
        (rootfs / "first").mkdir()
        (rootfs / "first/tool").write_text("not executable")
        (rootfs / "second").mkdir()
        (rootfs / "second/tool").hardlink_to(rootfs / "probe")

    made = run_payload(rt, bundle, ["tool", "exit", "8"], prepare, path="/none:/first:/second")
    assert rt.run(made).code == 8


def test_noexec_mount(rt, bundle, work):
    (work / "tools").mkdir()
    (work / "tools/probe").write_bytes(open(harness.PROBE, "rb").read())
    (work / "tools/probe").chmod(0o755)
    config = base_config()
    config["mounts"].append(mount("/tools", "bind", work / "tools", "bind", "noexec"))
    config["process"]["args"] = ["/tools/probe", "exit", "0"]
    result = rt.run(bundle(config))
    assert result.code == 1 and "permission denied" in result.err, result


@pytest.mark.parametrize("link", ["/proc/self/exe", "/proc/self/fd/3", "/proc/thread-self/exe"])
def test_payload_is_never_our_own_program(rt, bundle, link):
    """V22, V23: what /proc offers of the runtime itself must not become the payload."""
    config = base_config()
    config["process"]["args"] = [link, "--version"]
    made = bundle(config)
    before = harness.file_identity(harness.TARE)
    result = rt.run(made)
    assert result.code != 0 and "version" not in result.out, result
    assert harness.file_identity(harness.TARE) == before


@pytest.mark.parametrize("number", [3, 4, 5, 6, 7, 8, 9, 10, 15, 20])
def test_cwd_through_a_descriptor_of_ours(rt, bundle, number):
    """V23, CVE-2024-21626."""
    config = base_config("info", "cat etc/passwd")
    config["process"]["cwd"] = f"/proc/self/fd/{number}"
    made = bundle(config)
    leaked = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    os.set_inheritable(leaked, True)
    try:
        result = rt.run(made, pass_fds=[leaked])
    finally:
        os.close(leaked)
    if result.code == 0:
        assert result.info["cwd"].startswith("/"), result
        assert result.record("cat")["errno"], result
    rt.call("list")


def test_state_root_that_cannot_be_made(rt, bundle, work):
    (work / "file").write_text("x")
    made = bundle(base_config())
    result = rt.call_raw([harness.TARE, "--root", str(work / "file/state"), "create", "--bundle", str(made.path), "x"])
    assert result.code == 1 and str(work / "file") in result.err


def test_message_is_one_line(rt, bundle):
    config = base_config()
    config["process"]["cwd"] = "relative\nsecond line"
    made = bundle(config)
    result = rt.create_fails(made)
    first = [line for line in result.err.splitlines() if "cwd" in line]
    assert len(first) >= 1
