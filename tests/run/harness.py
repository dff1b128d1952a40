# SPDX-License-Identifier: GPL-2.0-or-later
"""What the end-to-end tests are made of: bundles, the runtime's command line, and the leak oracle.

Nothing here knows how the runtime works inside; it is driven as a container manager drives it.
The test process is a child subreaper, so whatever the runtime leaves behind becomes our child and is seen.
"""

import copy
import ctypes
import ctypes.util
import hashlib
import json
import os
import pathlib
import re
import resource
import select
import shutil
import signal
import stat
import subprocess
import tempfile
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("TARE_BUILD", HERE.parent.parent)).resolve()
TARE = os.path.abspath(os.environ.get("TARE", str(BUILD / "tare")))
PROBE = os.path.abspath(os.environ.get("TARE_PROBE", str(BUILD / "tests/probe/probe")))
RACER = str(BUILD / "tests/probe/racer")
# System calls that do not exist for the runtime and its containers: the run as on an older kernel.
WITHOUT = os.environ.get("TARE_WITHOUT", "")
LAUNCH = [str(BUILD / "tests/probe/without"), WITHOUT, "--", TARE] if WITHOUT else [TARE]
# The filter that takes them away is one more than the container's own.
OUTER_FILTERS = 1 if WITHOUT else 0
IS_SANITIZED = bool(os.environ.get("TARE_SANITIZE"))
# The tests are an ordinary user's: a container's only id is that user's.
IS_USER = os.geteuid() != 0

# How many times slower than usual this machine is, such as one that is emulated.
SLOW = int(os.environ.get("TARE_SLOW", "1"))

# No command of the runtime may take longer; a sanitizer build runs several times slower.
TIMEOUT = (30 if IS_SANITIZED else 10) * SLOW

# Stands in every ID, and so in every cgroup and state path that is ours.
TOKEN = "t%x" % (os.getpid() * 1000 + int(time.time()) % 1000)

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

libc = ctypes.CDLL(None, use_errno=True)


# ---- the machine -------------------------------------------------------------------------------

def kernel_before(*version):
    """Whether this kernel is older than @version, as in kernel_before(6, 15)."""
    return tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2]) < version


def cgroup_mode():
    """"v2", "hybrid", "v1" or "none": the shape of the machine's cgroup tree."""
    types = {}
    for line in open("/proc/self/mountinfo"):
        fields = line.split()
        types[fields[4]] = fields[fields.index("-") + 1]
    if types.get("/sys/fs/cgroup") == "cgroup2":
        return "v2"
    if "cgroup" in types.values():
        return "hybrid" if types.get("/sys/fs/cgroup/unified") == "cgroup2" else "v1"
    return "none"


CGROUP_MODE = cgroup_mode()


def cgroup_mounts():
    """{name of controller ("" is the v2 tree): directory where its hierarchy is mounted}"""
    found = {}
    for line in open("/proc/self/mountinfo"):
        fields = line.split()
        dash = fields.index("-")
        if not fields[4].startswith("/sys/fs/cgroup"):
            continue
        if fields[dash + 1] == "cgroup2":
            found[""] = fields[4]
        elif fields[dash + 1] == "cgroup":
            for option in fields[dash + 3].split(","):
                if option not in ("rw", "ro", "xattr", "release_agent"):
                    found[option] = fields[4]
    return found


def has_controller(name):
    if CGROUP_MODE == "v2":
        return name in (top_of("/sys/fs/cgroup") / "cgroup.controllers").read_text().split()
    return name in cgroup_mounts()


def cgroup_dir(name, controller=""):
    """Directory of the cgroup called @name in the hierarchy of @controller; "" is the v2 tree."""
    top = cgroup_mounts()["" if CGROUP_MODE == "v2" else controller]
    for path, dirs, _ in os.walk(top):
        if name in dirs:
            return pathlib.Path(path, name)
    raise AssertionError(f"no cgroup {name} below {top}")


def freeze_by_hand(directory, on):
    """As a manager or a person does it, in whichever tree the cgroup belongs to; once everything in it stands still."""
    if (directory / "cgroup.freeze").exists():
        (directory / "cgroup.freeze").write_text("1" if on else "0")
        done, tells = directory / "cgroup.events", "frozen 1"
    else:
        (directory / "freezer.state").write_text("FROZEN" if on else "THAWED")
        done, tells = directory / "freezer.state", "FROZEN"
    end = time.monotonic() + TIMEOUT
    while on and tells not in done.read_text():
        assert time.monotonic() < end, f"{directory} does not freeze"


def cgroup_file(name, controller, file):
    return (cgroup_dir(name, controller) / file).read_text().strip()


def delegated_cgroup():
    """Path, in the v2 tree, of the cgroup that this ordinary user may make others in: the parent of the tests' own
    ("" when there is none)."""
    top = cgroup_mounts().get("")
    for line in open("/proc/self/cgroup"):
        if line.startswith("0::") and top:
            path = os.path.dirname(line.strip()[3:])
            if os.access(f"{top}{path}/cgroup.procs", os.W_OK):
                return path
    return ""


def top_of(tree):
    """Where the tests may make cgroups in the hierarchy that is mounted at @tree."""
    return pathlib.Path(tree + (delegated_cgroup() if IS_USER and tree == cgroup_mounts().get("") else ""))


def become_subreaper():
    PR_SET_CHILD_SUBREAPER = 36
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children():
    """Pids of our children, zombies too."""
    found = []
    for task in os.listdir("/proc/self/task"):
        try:
            found += map(int, open(f"/proc/self/task/{task}/children").read().split())
        except FileNotFoundError:
            pass
    return found


def is_alive(pid):
    """The process exists and is no zombie."""
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_gone(pid, timeout=TIMEOUT):
    """Wait until process @pid, ours or not, has ended; False when it has not in time."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([pidfd], [], [], timeout)[0])
    finally:
        os.close(pidfd)


def wait_exit(pid, timeout=TIMEOUT):
    """Exit code of our child @pid, 128+N after signal N."""
    assert wait_gone(pid, timeout), f"process {pid} did not end within {timeout} s"
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code >= 0 else 128 - code


# ---- configurations ----------------------------------------------------------------------------

DOCKER_CAPS = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW",
               "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE",
               "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"]

CAP_NUMBERS = {name: number for number, name in enumerate(
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE "
    "NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO "
    "SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG "
    "MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM "
    "BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE".split())}


def cap_mask(names):
    mask = 0
    for name in names:
        mask |= 1 << CAP_NUMBERS[name.removeprefix("CAP_")]
    return mask


def probe(*verbs):
    """Arguments that run these probe verbs one after the other; a verb is text or a list of words."""
    args = ["/probe"]
    for verb in verbs:
        if len(args) > 1:
            args.append("--")
        args += verb.split() if isinstance(verb, str) else list(verb)
    return args


def mount(destination, type=None, source=None, *options):
    entry = {"destination": destination}
    if type is not None:
        entry["type"] = type
    if source is not None:
        entry["source"] = str(source)
    if options:
        entry["options"] = list(options)
    return entry


def base_config(*verbs):
    """A small, whole configuration: the namespaces and mounts that every manager asks for, without a
    network namespace (slow to take down) and without seccomp."""
    return {
        "ociVersion": "1.2.0",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": probe(*(verbs or ("info",))),
            "env": [f"PATH={PATH}"],
            "cwd": "/",
            "capabilities": {"bounding": DOCKER_CAPS, "effective": DOCKER_CAPS, "permitted": DOCKER_CAPS},
        },
        "root": {"path": "rootfs"},
        "hostname": "inside",
        "mounts": [
            mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
            mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666",
                  "mode=0620", "gid=5"),
            mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=1m"),
            mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", "ro", "nosuid", "noexec", "nodev"),
        ],
        "linux": {
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "namespaces": [{"type": t} for t in ("pid", "ipc", "uts", "mount", "cgroup")],
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    }


def own_caps():
    """Our effective capabilities as a bit mask."""
    for line in open("/proc/self/status"):
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0


def has_cap(name):
    return bool(own_caps() & cap_mask([name]))


def granted(names):
    """Those of the capabilities @names that we can pass on."""
    return [name for name in names if has_cap(name)]


def manager_config(name, *verbs):
    """What a container manager wrote, from configs/; limits that this machine's cgroups cannot set are
    left out, and resource limits stay below ours where we may not raise them."""
    with open(HERE / "configs" / f"{name}.json") as file:
        config = json.load(file)
    config["process"]["args"] = probe(*(verbs or ("info",)))
    resources = config["linux"]["resources"]
    for key, controller in (("memory", "memory"), ("cpu", "cpu"), ("pids", "pids"), ("blockIO", "blkio")):
        if not has_controller(controller) and not (key == "blockIO" and has_controller("io")):
            resources.pop(key, None)
    if not has_cap("SYS_RESOURCE"):
        keep_hard_limits(config)
    return config


def keep_hard_limits(config):
    """For a runtime that may not raise its own hard limits."""
    for entry in config["process"].get("rlimits", []):
        hard = resource.getrlimit(getattr(resource, entry["type"]))[1]
        if hard != resource.RLIM_INFINITY:
            entry["hard"] = min(entry["hard"], hard)
            entry["soft"] = min(entry["soft"], hard)


def add_namespace(config, kind, path=None):
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] != kind]
    config["linux"]["namespaces"].append({"type": kind, **({"path": str(path)} if path else {})})
    return config


def drop_namespace(config, kind):
    config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] != kind]
    if kind == "pid" and IS_USER:
        # A procfs may be mounted only where its pid namespace is one's own; Podman binds the host's then.
        config["mounts"] = [mount("/proc", "bind", "/proc", "rbind", "nosuid", "noexec", "nodev")
                            if m["type"] == "proc" else m for m in config["mounts"]]
    return config


def set_caps(config, *names, **sets):
    """Give all of bounding, effective and permitted the capabilities @names; @sets overrides single sets."""
    caps = {s: list(names) for s in ("bounding", "effective", "permitted")}
    caps.update(sets)
    config["process"]["capabilities"] = caps
    return config


ALL_CAPS = ["CAP_" + name for name in CAP_NUMBERS]


CLONE_FLAGS = {"user": 0x10000000, "pid": 0x20000000, "network": 0x40000000, "ipc": 0x08000000, "uts": 0x04000000,
               "time": 0x00000080}


class NamespaceHolder:
    """Processes that hold new namespaces of @kinds, for joining; of a new user namespace with @maps, if given:
    (inside, outside, count) lines for users and groups alike.  pids: the process in all of them."""

    def __init__(self, *kinds, maps=()):
        flags = sum(CLONE_FLAGS[k] for k in kinds)
        asked, answer = os.pipe()
        go, start = os.pipe()
        self.outer = os.fork()
        if self.outer == 0:
            try:
                self.hold(flags, maps, answer, go)
            finally:
                os._exit(1)
        os.close(answer)
        os.close(go)
        if maps:
            assert os.read(asked, 4) == b"map?"
            text = "".join("%d %d %d\n" % line for line in maps)
            for name in ("uid_map", "gid_map"):
                pathlib.Path(f"/proc/{self.outer}/{name}").write_text(text)
        os.write(start, b"x")
        self.keep = start
        self.pid = int(os.read(asked, 16) or b"0")
        os.close(asked)
        assert self.pid > 0, "the namespaces could not be made"

    @staticmethod
    def hold(flags, maps, answer, go):
        if maps:
            assert libc.unshare(CLONE_FLAGS["user"]) == 0
            os.write(answer, b"map?")
        os.read(go, 1)
        if maps:
            os.setresgid(0, 0, 0)
            os.setresuid(0, 0, 0)
        assert libc.unshare(flags) == 0
        inner = os.fork()
        if inner == 0:
            signal.pause()
        os.write(answer, b"%d" % inner)
        os.waitpid(inner, 0)

    def path(self, kind):
        return f"/proc/{self.pid}/ns/" + {"network": "net", "mount": "mnt"}.get(kind, kind)

    def inode(self, kind):
        return os.readlink(self.path(kind))

    def close(self):
        for pid in (self.pid, self.outer):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os.waitpid(self.outer, 0)
        os.close(self.keep)


# ---- bundles -----------------------------------------------------------------------------------

APPLETS = ("sh", "sleep", "true", "false", "cat", "ls", "echo", "id")

PASSWD = """root:x:0:0:root:/root:/bin/sh
daemon:x:1:1::/usr/sbin:/bin/false
user:x:1000:1000::/home/user:/bin/sh
"""


def find_busybox():
    for name in ("busybox", "busybox-static"):
        path = shutil.which(name)
        if path:
            return path
    return None


def own_home(path):
    if not IS_USER:
        os.chown(path / "home/user", 1000, 1000)


def make_rootfs(path):
    """A root file system of one static busybox and the probe."""
    for name in ("bin", "dev", "etc", "home/user", "mnt", "proc", "root", "run", "sys", "tmp", "usr/bin", "var"):
        (path / name).mkdir(parents=True)
    (path / "tmp").chmod(0o1777)
    own_home(path)
    busybox = find_busybox()
    if busybox:
        shutil.copy2(busybox, path / "bin/busybox")
        for applet in APPLETS:
            (path / "bin" / applet).symlink_to("busybox")
    shutil.copy2(PROBE, path / "probe")
    (path / "bin/probe").symlink_to("../probe")
    (path / "etc/passwd").write_text(PASSWD)
    (path / "etc/group").write_text("root:x:0:\nuser:x:1000:\n")
    for name in ("hostname", "hosts", "resolv.conf"):
        (path / "etc" / name).touch()


def clone_tree(source, target):
    """Copy @source to @target: directories anew, files as hard links."""
    shutil.copytree(source, target, symlinks=True, copy_function=os.link)
    own_home(target)


def in_delegated_cgroup(config, ident=None):
    """@config with its cgroupsPath, if any or if @ident is given, where an ordinary user may make cgroups."""
    linux = config.get("linux")
    above = delegated_cgroup() if IS_USER else ""
    if not above or not isinstance(linux, dict):
        return config
    path = linux.get("cgroupsPath", f"/tare-{ident}" if ident else None)
    if not isinstance(path, str) or not path.startswith("/") or path.startswith(above):
        return config
    return {**config, "linux": {**linux, "cgroupsPath": above + path}}


class Bundle:
    """A bundle directory.  @config may be changed after write(); write() again then."""

    def __init__(self, path, config, template):
        self.path = path
        self.config = config
        self.rootfs = path / "rootfs"
        path.mkdir(parents=True)
        clone_tree(template, self.rootfs)
        self.make_bind_sources()
        self.write()

    def write(self, ident=None):
        self.written = json.dumps(in_delegated_cgroup(self.config, ident), indent=1)
        (self.path / "config.json").write_text(self.written)

    def place(self, ident):
        """An ordinary user's container @ident gets a cgroup, as managers give it one, if nothing says which."""
        if IS_USER and (self.path / "config.json").read_text() == self.written:
            self.write(ident)

    def make_bind_sources(self):
        """The managers' configurations bind files of their own below binds/."""
        for entry in self.config.get("mounts", []):
            source = str(entry.get("source", ""))
            if not source.startswith("binds/"):
                continue
            (self.path / "binds").mkdir(exist_ok=True)
            if entry["destination"] == "/dev/shm":
                (self.path / source).mkdir()
            else:
                (self.path / source).write_text(f"{os.path.basename(source)} of the bundle\n")

    def chown_directories(self, uid, gid):
        """Whoever sets up makes mount points; files are shared with other bundles and stay as they are."""
        for top, _, _ in os.walk(self.rootfs):
            os.chown(top, uid, gid)

    def files(self):
        """{relative path: (mode, size, content hash or link)} of everything in the root file system."""
        found = {}
        for top, dirs, files in os.walk(self.rootfs):
            for name in dirs + files:
                path = os.path.join(top, name)
                status = os.lstat(path)
                detail = None
                if stat.S_ISLNK(status.st_mode):
                    detail = os.readlink(path)
                elif stat.S_ISREG(status.st_mode) and status.st_size < 65536:
                    detail = hashlib.sha1(open(path, "rb").read()).hexdigest()
                found[os.path.relpath(path, self.rootfs)] = (status.st_mode, status.st_uid, detail)
        return found


# ---- running it --------------------------------------------------------------------------------

class Result:
    """How a command ended: @code (128+N after signal N), @out and @err as text."""

    def __init__(self, args, code, out, err):
        self.args = args
        self.code = code
        self.out = out
        self.err = err

    def __repr__(self):
        return f"\n$ {' '.join(map(str, self.args))}\ncode {self.code}\nout: {self.out[-3000:]}\nerr: {self.err[-3000:]}\n"

    @property
    def records(self):
        return parse_records(self.out)

    def record(self, verb, n=0):
        """The @n-th record of probe verb @verb."""
        found = [r for r in self.records if r["verb"] == verb]
        assert len(found) > n, f"no record {verb!r} number {n}: {self}"
        return found[n]

    def value(self, verb, n=0):
        return self.record(verb, n)["value"]

    @property
    def info(self):
        return self.value("info")


def parse_records(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"')]


class Reader:
    """The reading end of a pipe, with a deadline on every wait."""

    def __init__(self, fd):
        self.fd = fd
        self.have = b""
        self.is_ended = False

    def read_more(self, deadline):
        left = deadline - time.monotonic()
        assert left > 0 and select.select([self.fd], [], [], left)[0], f"nothing came; so far: {self.have!r}"
        try:
            piece = os.read(self.fd, 65536)
        except OSError:          # a pty master whose slave is closed
            piece = b""
        self.is_ended = not piece
        self.have += piece

    def line(self, timeout=TIMEOUT):
        deadline = time.monotonic() + timeout
        while b"\n" not in self.have:
            assert not self.is_ended, f"end of output; so far: {self.have!r}"
            self.read_more(deadline)
        line, self.have = self.have.split(b"\n", 1)
        return line.decode("utf-8", "replace").rstrip("\r")

    def record(self, verb=None, timeout=TIMEOUT):
        """The next record of the probe, or the next of @verb."""
        while True:
            line = self.line(timeout)
            if line.startswith("{"):
                record = json.loads(line)
                if verb in (None, record["verb"]):
                    return record

    def until(self, text, timeout=TIMEOUT):
        """Read until @text came; everything up to its end."""
        deadline = time.monotonic() + timeout
        text = text.encode()
        while text not in self.have:
            assert not self.is_ended, f"end of output; so far: {self.have!r}"
            self.read_more(deadline)
        end = self.have.index(text) + len(text)
        got, self.have = self.have[:end], self.have[end:]
        return got.decode("utf-8", "replace")

    def rest(self, timeout=TIMEOUT):
        """Everything up to the end of the output, which must come."""
        deadline = time.monotonic() + timeout
        while not self.is_ended:
            self.read_more(deadline)
        got, self.have = self.have, b""
        return got.decode("utf-8", "replace")

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1


class Container:
    """A container that was created detached; @out and @err read what its payload writes."""

    def __init__(self, runtime, ident, out, err):
        self.runtime = runtime
        self.id = ident
        self.out = out
        self.err = err
        self.pid = runtime.state(ident)["pid"]

    def state(self):
        return self.runtime.state(self.id)

    @property
    def status(self):
        return self.state()["status"]

    def start(self):
        self.runtime.ok("start", self.id)
        return self

    def kill(self, name="KILL"):
        self.runtime.ok("kill", self.id, name)
        return self

    def wait(self):
        return wait_exit(self.pid)

    def delete(self, *options):
        self.runtime.ok("delete", *options, self.id)

    def finish(self):
        """Start it, wait for its end, delete it; its exit code and output as a Result."""
        self.start()
        code = self.wait()
        out, err = self.out.rest(), self.err.rest()
        self.delete()
        return Result(["create/start/delete", self.id], code, out, err)


class Runtime:
    """The program under test with a state root of its own."""

    def __init__(self, directory):
        self.root = directory / "state"
        self.cwd = directory / "cwd"
        self.asan = directory / "asan"
        self.cwd.mkdir()
        self.asan.mkdir()
        self.n_ids = 0
        self.readers = []
        self.processes = []
        self.env = {"PATH": PATH, "TARE_CANARY": "of the caller"}
        if IS_SANITIZED:
            common = f"log_path={self.asan}/log:"
            self.env["ASAN_OPTIONS"] = common + "detect_leaks=1:abort_on_error=0:exitcode=86"
            self.env["UBSAN_OPTIONS"] = common + "print_stacktrace=1:halt_on_error=1:exitcode=86"
            self.env["LSAN_OPTIONS"] = "exitcode=86"

    def new_id(self, word="c"):
        self.n_ids += 1
        return f"{word}{self.n_ids}-{TOKEN}"

    def command(self, *args):
        return [*LAUNCH, "--root", str(self.root), *map(str, args)]

    def call(self, *args, timeout=TIMEOUT, globals=(), env=None, stdin=subprocess.DEVNULL, **options):
        """Run one command to its end; output is captured.  Never raises for a failing command."""
        command = [*LAUNCH, "--root", str(self.root), *map(str, globals), *map(str, args)]
        return self.call_raw(command, timeout=timeout, env=env, stdin=stdin, **options)

    def call_raw(self, command, timeout=TIMEOUT, env=None, cwd=None, stdin=subprocess.DEVNULL, **options):
        process = self.popen_raw(command, env=env, cwd=cwd, stdin=stdin, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"no end within {timeout} s: {' '.join(command)}") from None
        code = process.returncode
        return Result(command, code if code >= 0 else 128 - code,
                      (out or b"").decode("utf-8", "replace"), (err or b"").decode("utf-8", "replace"))

    def popen_raw(self, command, env=None, cwd=None, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options):
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr,
                                   cwd=cwd or self.cwd, env={**self.env, **(env or {})}, **options)
        self.processes.append(process)
        return process

    def popen(self, *args, **options):
        """Start a command and leave it running: Popen with .reader on its output."""
        options.setdefault("stdin", subprocess.DEVNULL)
        process = self.popen_raw(self.command(*args), **options)
        process.reader = Reader(process.stdout.fileno()) if process.stdout else None
        return process

    def ok(self, *args, **options):
        """Run a command that must succeed, silently on standard error."""
        result = self.call(*args, **options)
        assert result.code == 0, f"failed: {result}"
        assert result.err == "", f"not silent: {result}"
        return result

    def fails(self, *args, code=1, has=(), lacks=(), **options):
        """Run a command that must fail with @code and one clear line."""
        result = self.call(*args, **options)
        return check_failure(result, code, has, lacks)

    def run(self, bundle, *options, ident=None, **rest):
        """`run` in the foreground."""
        ident = ident or self.new_id()
        bundle.place(ident)
        return self.call("run", *options, "--bundle", bundle.path, ident, **rest)

    def run_ok(self, bundle, *options, **rest):
        result = self.run(bundle, *options, **rest)
        assert result.code == 0, f"failed: {result}"
        return result

    def run_fails(self, bundle, *options, has=(), lacks=(), code=1, **rest):
        return check_failure(self.run(bundle, *options, **rest), code, has, lacks)

    def popen_run(self, bundle, *options, ident=None, **rest):
        ident = ident or self.new_id()
        bundle.place(ident)
        process = self.popen("run", *options, "--bundle", bundle.path, ident, **rest)
        process.ident = ident
        return process

    def pipe(self):
        reading, writing = os.pipe()
        reader = Reader(reading)
        self.readers.append(reader)
        return reader, writing

    def create_raw(self, bundle, *options, ident=None, verb="create", **rest):
        """Create detached: (result without output, id, reader of stdout, reader of stderr).

        Without @bundle no --bundle is given."""
        ident = ident if ident is not None else self.new_id()
        if bundle:
            bundle.place(ident)
        out, out_fd = self.pipe()
        err, err_fd = self.pipe()
        place = ("--bundle", bundle.path) if bundle else ()
        try:
            result = self.call(verb, *options, *place, ident, stdout=out_fd, stderr=err_fd, **rest)
        finally:
            os.close(out_fd)
            os.close(err_fd)
        return result, ident, out, err

    def create(self, bundle, *options, **rest):
        result, ident, out, err = self.create_raw(bundle, *options, **rest)
        assert result.code == 0, f"create failed: {result}{err.rest()}"
        return Container(self, ident, out, err)

    def create_fails(self, bundle, *options, has=(), lacks=(), code=1, **rest):
        result, ident, out, err = self.create_raw(bundle, *options, **rest)
        if result.code != 0:
            result.out, result.err = out.rest(), err.rest()
        check_failure(result, code, has, lacks)
        result.id = ident
        return result

    def state(self, ident):
        return json.loads(self.ok("state", ident).out)

    def list(self):
        return json.loads(self.ok("list", "--format", "json").out) or []

    def ids(self):
        """What the state root holds, apart from caches."""
        if not self.root.is_dir():
            return []
        return sorted(name for name in os.listdir(self.root) if not name.startswith("."))

    def clean(self):
        """Get rid of everything that the test left on purpose."""
        for ident in self.ids():
            result = self.call("delete", "--force", ident)
            assert result.code == 0, f"cleaning up: {result}"
        for reader in self.readers:
            reader.close()
        for process in self.processes:
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()
            if process.poll() is None:
                process.kill()
                process.wait()

    def sanitizer_reports(self):
        reports = [path.read_text(errors="replace") for path in sorted(self.asan.iterdir())]
        # All that a leak check says whose program is killed under it.
        return [text for text in reports
                if not re.fullmatch(r"(==\d+==Unable to get registers from thread \d+\.\n)+", text)]


class UserRuntime(Runtime):
    """The same as an ordinary user, number UID, without any privilege.

    @subordinate: ranges for /etc/subuid and /etc/subgid, in which case the user has a name too.  What the user
    is to find in /etc is bound there in a mount namespace that each command has for itself.
    @hidden: programs that the user is not to find; @powerless: that are there without setuid or capabilities.  @nested: a NamespaceHolder with an id map: the command runs
    as root of its user namespace, as under Podman."""

    UID = 41713
    NAME = "tareuser"

    def __init__(self, directory):
        directory.chmod(0o755)
        super().__init__(directory)
        self.tare = directory / "tare"
        shutil.copy2(TARE, self.tare)
        self.subordinate = None
        self.hidden = ()
        self.powerless = ()
        self.groups = ()
        self.nested = None
        self.owner = (self.UID, self.UID)
        self.runtime_dir = directory / "run"
        self.runtime_dir.mkdir(mode=0o700)
        self.env["XDG_RUNTIME_DIR"] = str(self.runtime_dir)
        self.home = directory / "home"
        self.home.mkdir()
        self.own()

    def own(self):
        for path in (self.cwd, self.asan, self.runtime_dir, self.home):
            os.chown(path, *self.owner)
        self.root = self.home / "state"

    def enter(self, holder, uid):
        """From now on as root of @holder's user namespace, which is @uid outside."""
        self.nested = holder
        self.owner = (uid, uid)
        self.own()

    def bundle(self, config, name="b"):
        template = self.cwd.parent / "template"
        if not template.exists():
            template.mkdir()
            make_rootfs(template)
        path = config.get("linux", {}).get("cgroupsPath", "")
        if path.endswith("ID"):
            config["linux"]["cgroupsPath"] = path[:-2] + TOKEN
        made = Bundle(self.cwd.parent / name, config, template)
        for top, dirs, files in os.walk(made.path):
            for path in [top] + [os.path.join(top, f) for f in files]:
                os.lchown(path, *self.owner)
        return made

    def binds(self):
        """(source, target) of what is different for the user."""
        found = [("/dev/null", program) for program in self.hidden]
        for program in self.powerless:
            copy_of = self.cwd.parent / os.path.basename(program)
            shutil.copy(program, copy_of)
            copy_of.chmod(0o755)
            found.append((str(copy_of), program))
        if self.subordinate is None:
            return found
        ranges = "".join(f"{self.NAME}:{first}:{count}\n" for first, count in self.subordinate)
        passwd = open("/etc/passwd").read() + f"{self.NAME}:x:{self.UID}:{self.UID}::/:/bin/sh\n"
        for name, text in (("subuid", ranges), ("subgid", ranges), ("passwd", passwd)):
            (self.cwd.parent / name).write_text(text)
            found.append((str(self.cwd.parent / name), f"/etc/{name}"))
            if not os.path.exists(f"/etc/{name}"):
                found.pop()
                assert False, f"no /etc/{name} to cover"
        return found

    def popen_raw(self, command, **options):
        # As on an older kernel is for root alone: an ordinary user may not load that filter.
        if command[:len(LAUNCH)] == LAUNCH:
            command = command[len(LAUNCH) - 1:]
        if command[0] != TARE:
            return super().popen_raw(command, **options)
        command = [str(self.tare), *command[1:]]
        if self.nested:
            prefix = ["nsenter", "-t", str(self.nested.pid), "-U", "-S", "0", "-G", "0", "unshare", "-m",
                      "--propagation", "slave"]
            return super().popen_raw(prefix + command, **options)
        binds = [word for pair in self.binds() for word in pair]
        script = 'n=$1; shift; while [ $n -gt 0 ]; do mount --bind "$1" "$2" || exit 99; shift 2; n=$((n - 1)); done; exec "$@"'
        groups = ["--groups", ",".join(map(str, self.groups))] if self.groups else ["--clear-groups"]
        prefix = ["unshare", "-m", "--propagation", "slave", "sh", "-c", script, "sh", str(len(binds) // 2), *binds,
                  "setpriv", "--reuid", str(self.UID), "--regid", str(self.UID), *groups]
        return super().popen_raw(prefix + command, **options)


def check_failure(result, code=1, has=(), lacks=()):
    """One clear line, that code, and the words it must and must not hold."""
    assert result.code == code, f"expected code {code}: {result}"
    assert result.err.strip(), f"no message: {result}"
    for word in (has,) if isinstance(has, str) else has:
        assert word in result.err, f"{word!r} is missing: {result}"
    for word in (lacks,) if isinstance(lacks, str) else lacks:
        assert word not in result.err, f"{word!r} must not be there: {result}"
    check_manager_words(result, allowed=has)
    return result


# Sentences that managers turn into the exit codes 126 and 127; only the payload's own file may cause them.
MANAGER_WORDS = ("no such file or directory", "permission denied", "operation not permitted", "not found",
                 "no such file", "is a directory", "not a directory")


def check_manager_words(result, allowed=()):
    allowed = (allowed,) if isinstance(allowed, str) else allowed
    if any(word in a.lower() for a in allowed for word in MANAGER_WORDS):
        return
    for word in MANAGER_WORDS:
        assert word not in result.err.lower(), f"managers would misread {word!r}: {result}"


def need_tree_attributes():
    """Skip what changes a whole tree of mounts or maps ids; test_older.py sees to it that it is refused."""
    if "mount_setattr" in WITHOUT:
        pytest.skip("needs mount_setattr(2), which this run does without")


def need_root(why):
    if IS_USER:
        pytest.skip(f"needs root: {why}")


def need_clone3():
    """Skip what clone(2) cannot do: kernels with time namespaces (5.6) all have clone3(2) (5.3)."""
    if "clone3" in WITHOUT:
        pytest.skip("needs clone3(2), which this run does without")


def mounts_of(info):
    """mountinfo lines of an info record as dicts, in order."""
    found = []
    for line in info["mountinfo"]:
        fields = line.split(" ")
        dash = fields.index("-")
        found.append({"id": int(fields[0]), "parent": int(fields[1]), "root": fields[3], "target": fields[4],
                      "options": fields[5].split(","), "tags": fields[6:dash], "type": fields[dash + 1],
                      "source": fields[dash + 2], "super": fields[dash + 3].split(",")})
    return found


def mount_at(info, target):
    """The topmost mount at @target."""
    found = [m for m in mounts_of(info) if m["target"] == target]
    assert found, f"nothing mounted on {target}: {info['mountinfo']}"
    return found[-1]


def status_caps(info):
    return {key: int(info["status"][key], 16) for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}


# ---- the leak oracle ---------------------------------------------------------------------------

WATCHED_FILES = ("/proc/sys/kernel/hostname", "/proc/sys/kernel/domainname", "/proc/sys/kernel/core_pattern",
                 "/proc/sys/kernel/sysrq", "/proc/sys/kernel/msgmax", "/proc/sys/kernel/shmmax",
                 "/proc/sys/net/ipv4/ping_group_range", "/proc/sys/net/ipv4/ip_unprivileged_port_start",
                 "/proc/sys/net/ipv4/ip_forward")

WATCHED_NODES = ("/dev", "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx")


def own_cgroups():
    found = []
    for top in set(cgroup_mounts().values()):
        for path, dirs, _ in os.walk(top):
            found += [os.path.join(path, d) for d in dirs if TOKEN in d]
    return sorted(found)


def host_mounts():
    with open("/proc/self/mountinfo") as file:
        return sorted(file.read().splitlines())


def read_watched(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError as error:
        return error.errno


def node_identity(path):
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return (status.st_mode, status.st_uid, status.st_gid, status.st_rdev)


def hook(*verbs, out=None, path=None, **more):
    """A hook that runs probe verbs and writes their records to @out; on the host by default."""
    words = probe(*verbs)[1:]
    args = ["probe"] + (["to", str(out), "--"] if out else []) + words
    return {"path": str(path or PROBE), "args": args, **more}


def hook_records(path):
    return parse_records(path.read_text()) if path.exists() else []


def file_identity(path):
    status = os.stat(path)
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_mode, status.st_uid)


class Canary:
    """A directory on the host that nothing may reach: any change of it, or of what is in it, is seen."""

    NAMES = ("file", "ptmx", "null", "console", "secret")

    def __init__(self, path):
        self.path = path
        (path / "dir/sub").mkdir(parents=True)
        for name in self.NAMES:
            (path / name).write_text(f"{name} of the host")
        os.mkfifo(path / "fifo")
        os.mknod(path / "node", 0o20600, os.makedev(1, 5))
        self.before = self.look()

    def look(self):
        """Status with the time of the last change, which nobody can set back, and contents."""
        found = {}
        for top, dirs, files in os.walk(self.path):
            for name in [".", *dirs, *files]:
                path = os.path.join(top, name)
                status = os.lstat(path)
                content = open(path).read() if stat.S_ISREG(status.st_mode) else None
                found[path] = (status.st_mode, status.st_uid, status.st_gid, status.st_nlink, status.st_ino, status.st_ctime_ns,
                               content)
        return found

    def check(self):
        now = self.look()
        assert now == self.before, "the canary changed:\n" + difference(
            {k: self.before.get(k) for k in self.before | now}, {k: now.get(k) for k in self.before | now})


class Racer:
    """Exchanges @name and @other in @directory until the end of the block; .swaps says how often."""

    def __init__(self, directory, name, other):
        self.args = [RACER, str(directory), name, other]
        self.swaps = 0

    def __enter__(self):
        self.process = subprocess.Popen(self.args, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.swaps = int(self.process.communicate(timeout=TIMEOUT)[0])


class Oracle:
    """Everything outside the container as it was before; check() says what is different now."""

    def __init__(self, runtime):
        self.runtime = runtime
        self.before = self.look()

    @staticmethod
    def look():
        return {
            "cgroup directories": own_cgroups(),
            "mounts of the host": host_mounts(),
            "kernel settings": {path: read_watched(path) for path in WATCHED_FILES},
            "device nodes of the host": {path: node_identity(path) for path in WATCHED_NODES},
            "the runtime's executable": file_identity(TARE),
            "names in /": sorted(os.listdir("/")),
            "names in /run": sorted(n for n in os.listdir("/run") if TOKEN in n),
        }

    def leaks(self):
        """A list of sentences, empty when nothing was left behind."""
        found = []
        now = self.look()
        for what, before in self.before.items():
            if now[what] != before:
                found.append(f"{what} changed:\n{difference(before, now[what])}")
        left = self.runtime.ids()
        if left:
            found.append(f"left below the state root: {left}")
        left = os.listdir(self.runtime.cwd)
        if left:
            found.append(f"left in the working directory: {left}")
        alive = [pid for pid in children() if is_alive(pid) and pid not in self.own_processes()]
        for pid in alive:
            found.append(f"process left: {pid} {read_watched(f'/proc/{pid}/cmdline')!r}")
        return found

    def own_processes(self):
        return [p.pid for p in self.runtime.processes if p.returncode is None]

    def check(self):
        found = self.leaks()
        assert not found, "left behind: " + "; ".join(found)


def difference(before, now):
    if isinstance(before, dict):
        return "\n".join(f"  {k}: {before[k]!r} -> {now[k]!r}" for k in before if before[k] != now[k])
    if isinstance(before, list):
        return "\n".join([f"  - {x}" for x in before if x not in now] + [f"  + {x}" for x in now if x not in before])
    return f"  {before!r} -> {now!r}"


def kill_leftovers():
    """End what a failing test left, so that the next one starts clean."""
    for pid in children():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    reap()


def reap_zombies():
    """Wait for children that have ended; those that run stay."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def reap():
    while True:
        try:
            pid, _ = os.waitpid(-1, 0)
        except ChildProcessError:
            return


def remove_cgroups():
    for path in sorted(own_cgroups(), key=len, reverse=True):
        try:
            os.rmdir(path)
        except OSError:
            pass


def copy_config(config):
    return copy.deepcopy(config)


def short_directory():
    """A directory whose name is short enough for a socket address."""
    return pathlib.Path(tempfile.mkdtemp(prefix="tare-"))


def remove_cgroups_below(path):
    for top, dirs, _ in os.walk(path, topdown=False):
        for name in dirs:
            os.rmdir(os.path.join(top, name))
