# SPDX-License-Identifier: GPL-2.0-or-later
"""Attacks that are about neither the image nor a volume (security.md V18, V21, V22, V24, V31, V32), and what the
container's first process does with paths."""

import mmap
import os
import pathlib
import re
import shutil
import socket

import pytest

import harness
from harness import base_config, mount

# ---- V18: paths --------------------------------------------------------------------------------

CALL = re.compile(r"^(\d+) +(\w+)\((.*)$")
# The first path by name in a call that is not relative to a descriptor.
BY_NAME = re.compile(r'^(?:AT_FDCWD(?:<[^>]*>)?, )?"([^"]*)"')


def calls_of_init(log):
    """(name, arguments) of each system call between the execution of init and that of the payload."""
    init = None
    for line in log.splitlines():
        found = CALL.match(line)
        if not found:
            continue
        pid, name, arguments = found.groups()
        if name == "execveat" and "memfd:tare-init" in arguments:
            init = pid
        elif pid == init and name in ("execve", "execveat"):
            return
        elif pid == init:
            yield name, arguments
    assert init, "no init in the log"


def test_V18_no_path_is_looked_up_by_name(rt, bundle, work):
    """As the kernel sees it: before the root is changed nothing but "/", ".", the host's null device and the caller's own
    sources; after that nothing of /proc; and what is written to a procfs is opened beneath one that nobody else has."""
    strace = shutil.which("strace")
    if not strace:
        pytest.skip("needs strace: not installed")
    if harness.IS_SANITIZED:
        pytest.skip("needs the init as a program of its own: a sanitizer build has none")
    config = base_config("exit 0")
    config["process"].update(oomScoreAdj=100, cwd="/made/for/me")
    config["linux"].update(sysctl={"kernel.msgmax": "999"}, devices=[{"path": "/dev/more/x", "type": "c", "major": 1, "minor": 3}])
    config["linux"]["maskedPaths"] += ["/etc/passwd"]
    config["mounts"] += [mount("/srv/deep", "bind", work, "bind", "ro"), mount("/var", "tmpfs", "tmpfs", "tmpcopyup")]
    log = work / "log"
    traced = [strace, "-f", "-y", "-o", str(log), "-e", "trace=%file,move_mount,open_tree,mount_setattr"]
    result = rt.call_raw([*traced, *rt.command("run", "--bundle", bundle(config).path, rt.new_id())])
    if "Operation not permitted" in result.err and not log.exists():
        pytest.skip(f"needs ptrace: {result.err}")
    assert result.code == 0, result
    is_inside, n_writes = False, 0
    for name, arguments in calls_of_init(log.read_text()):
        path = BY_NAME.match(arguments)
        if name == "pivot_root":
            is_inside = True
        elif path and name not in ("symlinkat", "getcwd", "symlink"):
            assert is_inside or path[1] in ("/", ".", "/dev/null", str(work)), (name, arguments)
            assert not path[1].startswith("/proc"), (name, arguments)
        if name == "openat2" and "O_WRONLY" in arguments and ("msgmax" in arguments or "oom_score_adj" in arguments):
            n_writes += 1
            assert "RESOLVE_NO_XDEV" in arguments and "RESOLVE_NO_SYMLINKS" in arguments and "RESOLVE_BENEATH" in arguments
    assert is_inside
    assert n_writes == 2 or "openat2" in harness.WITHOUT


# ---- V21: a container whose processes can be watched --------------------------------------------

def test_V21_neighbour_in_a_joined_pid_namespace(rt, bundle, namespaces):
    """A process of that namespace sees the first process of a new container, and nothing through it."""
    holder = namespaces("pid")
    config = harness.add_namespace(base_config("exit 0"), "pid", holder.path("pid"))
    created = rt.create(bundle(config))
    config = harness.add_namespace(base_config("ls /proc", *[verb for pid in range(2, 12) for verb in (
        f"ls /proc/{pid}/root", f"ls /proc/{pid}/cwd", f"open /proc/{pid}/fd/0 r", f"cat /proc/{pid}/environ",
        f"open /proc/{pid}/exe r", f"open /proc/{pid}/mem rw", f"syscall ptrace 16 {pid} 0 0")]), "pid", holder.path("pid"))
    result = rt.run_ok(bundle(config))
    itself = max(int(name) for name in result.value("ls") if name.isdigit())
    looked = {}
    for record in result.records[1:]:
        pid = int(record["args"][2] if record["verb"] == "syscall" else record["args"][0].split("/")[2])
        looked.setdefault(pid, []).append(record["error"])
    first = itself - 1
    assert len(looked[first]) == 7 and set(looked[first]) <= {"EACCES", "EPERM"}, looked
    assert looked[itself][0] is None, "what it may see is seen"
    created.delete()
    created.wait()                  # else the namespace could not end


# ---- V22: the program of the first process ------------------------------------------------------

def change(fd):
    """Every way to write to what @fd was opened from; the names of those that worked."""
    worked = []
    try:
        again = os.open(f"/proc/self/fd/{fd}", os.O_RDWR)
    except OSError:
        return worked
    size = os.fstat(again).st_size
    for name, attempt in {
        "write": lambda: os.pwrite(again, b"\0", 0), "grow": lambda: os.ftruncate(again, size + 1),
        "shrink": lambda: os.ftruncate(again, size - 1), "allocate": lambda: os.posix_fallocate(again, size, 10),
        "map": lambda: mmap.mmap(again, 10, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE),
    }.items():
        try:
            attempt()
            worked.append(name)
        except OSError:
            pass
    os.close(again)
    return worked


def test_V22_the_first_process_is_no_way_to_the_program(rt, bundle, work):
    """CVE-2019-5736: who holds on to its /proc/PID/exe, with all rights of the host's root, cannot write to it, neither while it
    runs nor later, and it is not the runtime's file."""
    if harness.IS_SANITIZED:
        pytest.skip("needs the init as a program of its own: a sanitizer build has none")
    (work / "file").write_bytes(b"x" * 100)
    fd = os.open(work / "file", os.O_PATH)
    assert change(fd) == ["write", "grow", "shrink", "allocate", "map"], "what can be changed would be"
    os.close(fd)
    container = rt.create(bundle(base_config("exit 3")))
    keeper = os.open(f"/proc/{container.pid}/exe", os.O_PATH)
    try:
        before = pathlib.Path(f"/proc/self/fd/{keeper}").read_bytes()
        assert os.fstat(keeper).st_ino != os.stat(harness.TARE).st_ino
        assert change(keeper) == [], "while it runs"
        assert container.finish().code == 3
        assert change(keeper) == [], "once it is another program"
        assert pathlib.Path(f"/proc/self/fd/{keeper}").read_bytes() == before
    finally:
        os.close(keeper)


@pytest.mark.parametrize("interpreter", ["/proc/self/exe", "/proc/self/exe plan", "/proc/1/exe", "/proc/self/fd/3"])
def test_V22_interpreter(rt, bundle, interpreter):
    """A script whose interpreter is whatever executes it: no program of ours goes on in the container."""
    made = bundle(args=["/script", "version"])
    (made.rootfs / "script").write_text(f"#!{interpreter}\n")
    (made.rootfs / "script").chmod(0o755)
    result = rt.run(made)
    assert result.code != 0 and result.out == "", result


# ---- V24: sizes --------------------------------------------------------------------------------

def test_V24_large_and_many(rt, bundle):
    """Every byte arrives, whatever the lengths: nothing is counted in 16 bits on the way."""
    config = base_config()
    config["process"]["env"] = [f"N{n}=" + chr(97 + n % 26) * (1000 + n % 7) for n in range(400)] + ["BIG=" + "z" * 100000, "HOME=/"]
    config["process"]["args"] += ["--", "print", "x" * 120000, "--", "pause"]
    config["process"]["user"] = {"uid": 0, "gid": 0, "additionalGids": list(range(1, 60000, 7))}
    config["annotations"] = {f"key{n}": "v" * 100 for n in range(2000)}
    container = rt.create(bundle(config)).start()
    assert container.out.record("info")["value"]["env"] == config["process"]["env"]
    assert container.out.record("print")["value"] == "x" * 120000
    groups = next(line for line in open(f"/proc/{container.pid}/status") if line.startswith("Groups:"))
    assert list(map(int, groups.split()[1:])) == config["process"]["user"]["additionalGids"]
    assert container.state()["annotations"] == config["annotations"]
    container.delete("--force")


@pytest.mark.parametrize("what", ["one string", "all strings", "groups", "map lines"])
def test_V24_too_large(rt, bundle, what):
    """What the kernel cannot take is one clear error, and nothing is cut."""
    config = base_config("exit 0")
    if what == "one string":
        config["process"]["env"].append("BIG=" + "z" * 200000)
    elif what == "all strings":
        config["process"]["env"] += [f"N{n}=" + "z" * 100000 for n in range(80)]
    elif what == "groups":
        config["process"]["user"]["additionalGids"] = list(range(70000))
    else:
        config = harness.add_namespace(config, "user")
        config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = [
            {"containerID": n, "hostID": 100000 + 2 * n, "size": 1} for n in range(5000)]
    rt.run_fails(bundle(config))
    rt.oracle.check()


# ---- V31: names --------------------------------------------------------------------------------

NAMES = ["..", ".", "../x", "/x", "a/b", "a/../b", "../../../../tmp/x", "a\0b", "", "a\nb"]


def name_places():
    """{what is named: how a name gets into the configuration}"""
    def resources(**more):
        def put(config, name):
            config["linux"]["resources"].update({key: value(name) for key, value in more.items()})
        return put

    def linux(key, value):
        def put(config, name):
            config["linux"][key] = value(name)
        return put

    return {
        "hugepageLimits": resources(hugepageLimits=lambda n: [{"pageSize": n, "limit": 1}]),
        "rdma": resources(rdma=lambda n: {n: {"hcaHandles": 1}}),
        "unified": resources(unified=lambda n: {n: "1"}),
        "priorities": resources(network=lambda n: {"priorities": [{"name": n, "priority": 1}]}),
        "netDevices": linux("netDevices", lambda n: {n: {}}),
        "netDevices name": linux("netDevices", lambda n: {"none0": {"name": n}}),
        "closID": linux("intelRdt", lambda n: {"closID": n}),
        "sysctl": linux("sysctl", lambda n: {"net." + n: "1"}),
    }


@pytest.mark.parametrize("place", sorted(name_places()))
def test_V31_names_lead_nowhere(rt, bundle, work, place):
    """A name is a name: refused where it is none, and nothing is made or written anywhere; the oracle and a look around tell."""
    made = bundle()
    before = set(os.listdir(work)), made.files()
    for name in NAMES:
        if place in ("netDevices name", "closID") and name == "":
            continue                    # the same as none
        made.config = harness.add_namespace(base_config("exit 0"), "network")
        name_places()[place](made.config, name)
        made.write()
        assert "config.json:" in rt.create_fails(made).err, name
    rt.oracle.check()
    assert (set(os.listdir(work)) - {"state"}, made.files()) == before


@pytest.mark.parametrize("path", ["/../x", "..", "../../x", "/a/../../x", "a/..", "/a/./../../x", "/a\nb", "/a/.."])
def test_V31_cgroups_path(rt, bundle, path):
    config = base_config("exit 0")
    config["linux"]["cgroupsPath"] = path
    rt.create_fails(bundle(config), has="cgroupsPath")
    rt.oracle.check()


def test_V31_id_that_begins_like_another(rt, bundle):
    """Nothing of "name-suffix" goes when "name" is deleted, whose cgroup and directory it begins with."""
    config = base_config("pause")
    ident = rt.new_id()
    long = rt.create(bundle(config), ident=ident + "-suffix").start()
    short = rt.create(bundle(config), ident=ident).start()
    short.delete("--force")
    assert long.status == "running" and harness.is_alive(long.pid)
    assert any(f"{ident}-suffix" in path for path in harness.own_cgroups()) or harness.CGROUP_MODE == "none"


# ---- V32: sockets ------------------------------------------------------------------------------

def abstract_sockets_of(pid):
    """Names in no file system that process @pid has bound or is connected to."""
    inodes = set()
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            inodes.add(os.readlink(f"/proc/{pid}/fd/{number}"))
        except FileNotFoundError:       # that of the listing itself
            pass
    lines = [line.split() for line in open(f"/proc/{pid}/net/unix").read().splitlines()[1:]]
    return [words[7] for words in lines if f"socket:[{words[6]}]" in inodes and len(words) > 7 and words[7].startswith("@")]


def test_V32_no_abstract_sockets(rt, bundle):
    """CVE-2020-15257: whoever shares the host's network namespace could speak to them."""
    made = bundle(base_config("print ready", "pause"))
    container = rt.create(made)
    assert abstract_sockets_of(container.pid) == []
    process = rt.popen_run(made)
    process.reader.record("print")
    assert abstract_sockets_of(process.pid) == []
    rt.ok("kill", process.ident, "KILL")
    assert process.wait(harness.TIMEOUT) == 137


def test_V32_one_of_ours_would_be_seen():
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(f"\0{harness.TOKEN}")
        assert abstract_sockets_of(os.getpid()) == [f"@{harness.TOKEN}"]
