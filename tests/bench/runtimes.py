# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured: runtimes by their command line, and the floor, which is none."""

import ctypes
import os
import pathlib
import re
import struct
import subprocess
import tempfile

import bundles

PR_SET_CHILD_SUBREAPER = 36

# struct head of src/host/filters.c up to the sizes: build[64], key_size, n, flags; the sum follows.
FILTER_HEAD = "64sIIIxxxxQ"


def become_subreaper():
    """Containers that outlive the command that made them become our children."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap(pid):
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        pass


class Runtime:
    """One OCI runtime @path, with bundles, state and cgroups of its own below @work."""

    is_floor = False

    def __init__(self, name, path, work, view):
        self.name = name
        self.path = path
        self.work = work / name
        self.root = self.work / "root"
        self.view = view
        self.made = {}
        self.root.mkdir(parents=True)

    def command(self, *words):
        return [self.path, "--root", str(self.root), *map(str, words)]

    def call(self, *words):
        """Run a command that is not measured."""
        with tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=errors)
            if done.returncode != 0:
                errors.seek(0)
                raise RuntimeError(f"{self.name} {words[0]}: {errors.read().strip()}")

    def bundle(self, kind, args=("/bin/true",), tag=""):
        """The bundle of @kind that runs @args, made once; @tag tells several of them apart."""
        key = (kind, args, tag)
        if key not in self.made:
            name = f"{kind}{tag}-{os.path.basename(args[0])}"
            self.made[key] = bundles.make(kind, self.work / name, self.work.parent / "template",
                                          f"bench-{os.getpid()}-{self.name}-{name}", args, self.view)
        return self.made[key]

    def run(self, kind, name="r", tag=""):
        return self.command("run", "-b", self.bundle(kind, tag=tag), name)

    def create(self, name, kind="docker", tag=""):
        """Make a sleeping container without measuring; its pid."""
        self.call(*self.create_words(name, kind, tag))
        return self.pid(name)

    def create_words(self, name, kind="docker", tag=""):
        return ["create", "-b", self.bundle(kind, ("/bin/sleep", "1000"), tag), "--pid-file", self.pid_file(name), name]

    def pid_file(self, name):
        return self.work / f"{name}.pid"

    def pid(self, name):
        return int(self.pid_file(name).read_text())

    def remove(self, name):
        pid = self.pid(name)
        self.call("kill", name, "KILL")
        reap(pid)
        self.call("delete", name)

    def version(self):
        return subprocess.run([self.path, "--version"], stdout=subprocess.PIPE, text=True).stdout.splitlines()[0]


class Floor:
    """tests/bench/floor.c, which knows Docker's bundle only."""

    is_floor = True
    name = "floor"

    def __init__(self, path, work, view):
        self.path = path
        self.work = work / self.name
        self.view = view
        self.made = None
        self.filter = None

    def take_filter(self, tare):
        """The filter is the one that Tare compiled, which it must have run once for."""
        for file in sorted((tare.root / ".cache/seccomp").iterdir()):
            data = file.read_bytes()
            _, key_size, n, _, _ = struct.unpack_from(FILTER_HEAD, data)
            self.filter = self.work / "filter"
            self.filter.parent.mkdir(exist_ok=True)
            self.filter.write_bytes(data[struct.calcsize(FILTER_HEAD) + key_size:][:8 * n])

    def run(self, kind):
        if self.made is None:
            self.made = bundles.make(kind, self.work / kind, self.work.parent / "template", "unused", ["/bin/true"],
                                     self.view)
        return [self.path, str(self.made), str(self.filter), f"bench-{os.getpid()}-floor", "/bin/true"]

    @staticmethod
    def version():
        return "tests/bench/floor.c"


def find(tare, peers, work, view):
    """[Runtime, ...] of Tare and those @peers, {name: path or None}, that can run a container here; and why
    the others cannot, {name: reason}."""
    found, missing = [], {}
    for name, path in [("tare", tare), *peers.items()]:
        runtime = Runtime(name, path, pathlib.Path(work), view)
        done = subprocess.run(runtime.run("docker"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0:
            found.append(runtime)
        else:
            missing[name] = re.sub(r"\s+", " ", done.stdout.strip())[:200]
    return found, missing
