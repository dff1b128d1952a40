# SPDX-License-Identifier: GPL-2.0-or-later
"""A stand-in for CRIU: it speaks "criu swrk FD" as CRIU does (https://criu.org/RPC), writes down what it was asked and what
it could see, and saves and restores nothing.  As a program it is `criu`, made by install(); its orders lie beside it.

The messages are taken apart and put together here by the numbers of CRIU's rpc.proto, without any code of Tare."""

import array
import ctypes
import json
import os
import pathlib
import platform
import pty
import signal
import socket
import sys

OPTS = {1: "images_dir_fd", 2: "pid", 3: "leave_running", 4: "ext_unix_sk", 5: "tcp_established", 6: "evasive_devices",
        7: "shell_job", 8: "file_locks", 9: "log_level", 10: "log_file", 11: "ps", 12: "notify_scripts", 13: "root",
        14: "parent_img", 15: "track_mem", 16: "auto_dedup", 17: "work_dir_fd", 18: "link_remap", 23: "ext_mnt",
        24: "manage_cgroups", 25: "cg_root", 26: "rst_sibling", 27: "inherit_fd", 34: "manage_cgroups_mode",
        37: "external", 38: "empty_ns", 39: "join_ns", 44: "freeze_cgroup", 46: "tcp_skip_in_flight", 48: "lazy_pages",
        49: "status_fd", 50: "orphan_pts_master", 51: "config_file", 52: "tcp_close", 53: "lsm_profile",
        63: "lsm_mount_context", 64: "network_lock"}
TEXT = {"log_file", "root", "parent_img", "external", "freeze_cgroup", "config_file", "lsm_profile", "lsm_mount_context"}
PARTS = {"ps": ("address", "port"), "ext_mnt": ("key", "val"), "cg_root": ("ctrl", "path"), "inherit_fd": ("key", "fd"),
         "join_ns": ("ns", "ns_file")}
LISTS = {"ext_mnt", "cg_root", "inherit_fd", "external", "join_ns"}
DUMP, RESTORE, PRE_DUMP, NOTIFY, FEATURE_CHECK, VERSION = 1, 2, 4, 6, 9, 10
CLONE_PARENT = 0x00008000
SYS_CLONE = {"x86_64": 56, "aarch64": 220}


# ---- the test's side ---------------------------------------------------------------------------

class StandIn:
    """The program in a directory of its own, which goes in front of the PATH of @rt."""

    def __init__(self, rt, directory, **orders):
        self.directory = directory
        directory.mkdir()
        program = directory / "criu"
        program.write_text(f"#!{sys.executable} -I\nimport sys\nsys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})\n"
                           "import criu_stand_in\ncriu_stand_in.main()\n")
        program.chmod(0o755)
        rt.env["PATH"] = f"{directory}:{rt.env['PATH']}"
        self.order(**orders)

    def order(self, **orders):
        """version, features (of what there is), fail (errno), log, die, payload (what a restored process executes)"""
        (self.directory / "orders").write_text(json.dumps(orders))

    def asked(self):
        """What it was asked so far, but for its version: a list of dictionaries."""
        path = self.directory / "asked"
        found = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [one for one in found if one["type"] != VERSION]


# ---- protocol buffers --------------------------------------------------------------------------

def take_number(data, at):
    number, shift = 0, 0
    while True:
        byte = data[at]
        number |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return number, at


def take_apart(data):
    """[(number, value)]: a value is a number or bytes."""
    at, found = 0, []
    while at < len(data):
        tag, at = take_number(data, at)
        value, at = take_number(data, at)
        assert tag & 7 in (0, 2), f"field of kind {tag & 7}"
        if tag & 7 == 2:
            assert at + value <= len(data)
            value, at = data[at:at + value], at + value
        found.append((tag >> 3, value))
    return found


def put_number(number):
    out = b""
    while number > 0x7f:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def put(number, value):
    if isinstance(value, int):
        return put_number(number << 3) + put_number(value)
    if isinstance(value, str):
        value = value.encode()
    return put_number(number << 3 | 2) + put_number(len(value)) + value


def read_options(data):
    """criu_opts by name."""
    found = {}
    for number, value in take_apart(data):
        name = OPTS[number]
        if name in PARTS:
            part = {}
            for n, v in take_apart(value):
                part[PARTS[name][n - 1]] = v.decode() if isinstance(v, bytes) else v
            value = part
        elif name in TEXT:
            value = value.decode()
        if name in LISTS:
            found.setdefault(name, []).append(value)
        else:
            assert name not in found, f"{name} twice"
            found[name] = value
    return found


# ---- the program's side ------------------------------------------------------------------------

class Conversation:
    def __init__(self, fd):
        self.socket = socket.socket(fileno=fd)
        assert (self.socket.family, self.socket.type) == (socket.AF_UNIX, socket.SOCK_SEQPACKET)
        peer = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        self.peer = int.from_bytes(peer[:4], sys.byteorder)
        self.directory = pathlib.Path(sys.argv[0]).parent
        self.orders = json.loads((self.directory / "orders").read_text())

    def hear(self):
        """(type, options or None, notify_success, features asked for)"""
        data = self.socket.recv(1 << 20)
        if not data:
            sys.exit(1)
        fields = dict(take_apart(data))
        return fields[1], read_options(fields[2]) if 2 in fields else None, fields.get(3, 0), fields.get(5)

    def note(self, **what):
        with open(self.directory / "asked", "a") as file:
            file.write(json.dumps(what) + "\n")

    def answer(self, kind, success, more=b""):
        self.socket.send(put(1, kind) + put(2, success) + more)

    def tell(self, script, pid, fd=None):
        """A stage was reached: false when the other side wants no more."""
        data = put(1, NOTIFY) + put(2, 1) + put(5, put(1, script) + put(2, pid))
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))] if fd is not None else []
        self.socket.sendmsg([data], rights)
        kind, _, success, _ = self.hear()
        assert kind == NOTIFY
        return bool(success)


def directory_of(conversation, fd):
    """A descriptor of the peer's, as CRIU opens it."""
    return f"/proc/{conversation.peer}/fd/{fd}"


def look(conversation, options):
    """What can be seen from here."""
    work = directory_of(conversation, options.get("work_dir_fd", options["images_dir_fd"]))
    seen = {
        "fds": {int(fd): os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
                if os.path.exists(f"/proc/self/fd/{fd}")},
        "images": os.readlink(directory_of(conversation, options["images_dir_fd"])),
        "work": os.readlink(work),
        "cgroup": open("/proc/self/cgroup").read(),
        "signals": open("/proc/self/status").read(),
        "same_mounts": os.readlink("/proc/self/ns/mnt") == os.readlink(f"/proc/{conversation.peer}/ns/mnt"),
    }
    if options.get("root") and os.path.isdir(options["root"]):
        seen["root"] = sorted(os.listdir(options["root"]))
        seen["root_is_mount"] = any(line.split()[4] == options["root"] for line in open("/proc/self/mountinfo"))
    with open(f"{work}/{options['log_file']}", "w") as log:
        log.write(conversation.orders.get("log", "(00.000001) 1: all is well\n"))
    return seen


def dump(conversation, options):
    pid = options["pid"]
    if not conversation.tell("pre-dump", 0) or not conversation.tell("post-dump", 0):
        return False
    if options.get("lazy_pages") and not conversation.tell("status-ready", 0):
        return False
    if not options.get("leave_running"):
        os.kill(pid, signal.SIGKILL)
    return True


def clone_sibling():
    """fork(2), with our own parent as the child's: rst_sibling."""
    libc = ctypes.CDLL(None, use_errno=True)
    pid = libc.syscall(SYS_CLONE[platform.machine()], CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
    assert pid >= 0, os.strerror(ctypes.get_errno())
    return pid


def revive(orders, gate):
    """Become what was restored, once the gate is opened."""
    os.setsid()
    if os.read(gate, 1) != b"g":
        os._exit(1)
    payload = orders.get("payload", ["/bin/sleep", "1000"])
    os.execv(payload[0], payload)


def restore(conversation, options):
    """The pid, or 0."""
    gate, opener = os.pipe()
    pid = clone_sibling() if options.get("rst_sibling") else os.fork()
    if pid == 0:
        os.close(opener)
        revive(conversation.orders, gate)
    os.close(gate)
    stages = [("pre-restore", 0, None), ("setup-namespaces", pid, None)]
    if conversation.orders.get("terminal"):
        master, _ = pty.openpty()
        stages.append(("orphan-pts-master", 0, master))
    stages += [("post-setup-namespaces", pid, None), ("post-restore", pid, None), ("pre-resume", pid, None)]
    for stage in stages:
        if not conversation.tell(*stage):
            return 0
    if conversation.orders.get("fail_late"):
        return 0
    os.write(opener, b"g")
    return pid if conversation.tell("post-resume", pid) else 0


def main():
    assert sys.argv[1] == "swrk" and len(sys.argv) == 3, sys.argv
    conversation = Conversation(int(sys.argv[2]))
    orders = conversation.orders
    kind, options, _, features = conversation.hear()
    if kind == VERSION:
        major, minor, sub = orders.get("version", (3, 17, 1))
        conversation.note(type=kind)
        conversation.answer(kind, 1, put(10, put(1, major) + put(2, minor) + put(4, sub)))
        return
    if kind == FEATURE_CHECK:
        wanted = dict(take_apart(features))
        conversation.note(type=kind, features=wanted)
        there = orders.get("features", [1, 2])
        conversation.answer(kind, 1, put(8, b"".join(put(n, 1) for n in wanted if n in there)))
        return
    conversation.note(type=kind, options=options, seen=look(conversation, options))
    if orders.get("die"):
        os._exit(3)
    if orders.get("garbage"):
        conversation.socket.send(b"\x08")
        return
    if orders.get("fail"):
        conversation.answer(kind, 0, put(7, orders["fail"]) + put(9, "Error (criu/x.c:1): words"))
        return
    if kind == RESTORE:
        pid = restore(conversation, options)
        conversation.answer(kind, int(pid > 0), put(4, put(1, pid)))
    elif kind == PRE_DUMP:
        conversation.answer(kind, 1)
        conversation.hear()
    else:
        conversation.answer(kind, int(dump(conversation, options)))
