# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured, one function per kind of work.  Each gets a Bench and adds rows to it.

A round measures every runtime once, in an order that is shuffled anew: whatever else the machine does hits
all of them alike, and ratios of medians within one run can be compared where times cannot.
"""

import ctypes
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile
import time

from runtimes import reap

MS_BIND, MNT_DETACH = 4096, 2

LIST_SIZES = (1, 100, 5000)
PARALLEL = (1, 8, 64)
HOST_MOUNTS = (10, 1000, 10000)
BIG_ENVIRONMENT = 1 << 20

libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    pass


class Bench:
    def __init__(self, runtimes, floor, measure, rounds, pause, work):
        self.runtimes = runtimes
        self.floor = floor
        self.measure = measure
        self.rounds = rounds
        self.pause = pause
        self.work = work
        self.rows = []

    def once(self, command):
        """(seconds, peak KiB) of one command, which must succeed."""
        # No pipe for errors: a container that is made here holds it open.
        with tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run([self.measure, *command], stdout=subprocess.PIPE, stderr=errors, text=True)
            fields = done.stdout.split()
            if len(fields) != 6 or fields[4] != "0":
                errors.seek(0)
                raise Failed(" ".join(errors.read().split())[:200] or f"measure said {done.stdout.strip()}")
        # The kernel takes namespaces down after the command's end, and the next one would pay.
        time.sleep(self.pause)
        return int(fields[0]) / 1e9, int(fields[3])

    def add(self, work, runtime, values, unit):
        values = sorted(values)
        self.rows.append({
            "work": work, "runtime": runtime.name, "unit": unit, "n": len(values),
            "median": statistics.median(values), "p25": values[len(values) // 4],
            "p75": values[(3 * len(values)) // 4], "p99": values[min(len(values) - 1, (99 * len(values)) // 100)],
            "min": values[0],
        })

    def cannot(self, work, runtime, why):
        self.rows.append({"work": work, "runtime": runtime.name, "why": str(why)})

    def rounds_of(self, work, contenders, measure_one, divide=1):
        """@measure_one(runtime) gives {suffix of the work: (value, unit)}; a runtime that fails leaves."""
        values, alive = {}, list(contenders)
        # The first round warms up and is thrown away.
        for n in range(max(2, self.rounds // divide) + 1):
            random.shuffle(alive)
            for runtime in list(alive):
                try:
                    got = measure_one(runtime)
                except (Failed, RuntimeError, OSError) as e:
                    alive.remove(runtime)
                    self.cannot(work, runtime, e)
                    continue
                for suffix, (value, unit) in got.items():
                    if n > 0:
                        values.setdefault((suffix, unit), {}).setdefault(runtime, []).append(value)
        for (suffix, unit), by_runtime in values.items():
            for runtime in contenders:
                if runtime in by_runtime:
                    self.add(work + suffix, runtime, by_runtime[runtime], unit)


def run_to_exit(bench):
    for kind in ("docker", "podman", "minimal", "userns", "binds"):
        contenders = list(bench.runtimes)
        if kind == "docker" and bench.floor is not None:
            contenders.append(bench.floor)

        def one(runtime):
            seconds, peak = bench.once(runtime.run(kind))
            got = {"": (seconds * 1e3, "ms")}
            if kind == "docker" and not runtime.is_floor:
                got[", peak memory"] = (peak, "KiB")
            return got

        bench.rounds_of(f"run, {kind}", contenders, one)


def lifecycle(bench):
    def one(runtime):
        create, _ = bench.once(runtime.command(*runtime.create_words("c")))
        pid = runtime.pid("c")
        try:
            start, _ = bench.once(runtime.command("start", "c"))
            kill, _ = bench.once(runtime.command("kill", "c", "KILL"))
        finally:
            os.kill(pid, 9)
            reap(pid)
        delete, _ = bench.once(runtime.command("delete", "c"))
        return {f": {name}": (seconds * 1e3, "ms") for name, seconds in
                (("create", create), ("start", start), ("kill", kill), ("delete", delete),
                 ("create+start+delete", create + start + delete))}

    bench.rounds_of("life", bench.runtimes, one)


def with_running(bench, measure_all):
    """@measure_all(runtimes) while each has a running container "s"."""
    up = []
    try:
        for runtime in bench.runtimes:
            runtime.create("s")
            up.append(runtime)
            runtime.call("start", "s")
        measure_all(up)
    finally:
        for runtime in up:
            runtime.remove("s")


def running(bench):
    big = []
    for n in range(16):
        big += ["--env", f"BIG{n}=" + "x" * (BIG_ENVIRONMENT // 16 - 16)]

    def measure_all(runtimes):
        for work, words in (("state", ["state", "s"]), ("exec", ["exec", "s", "/bin/true"]),
                            ("exec, 1 MB environment", ["exec", *big, "s", "/bin/true"])):
            bench.rounds_of(work, runtimes, lambda r: {"": (bench.once(r.command(*words))[0] * 1e3, "ms")})

    with_running(bench, measure_all)


def memory_of_init(bench):
    def one(runtime):
        pid = runtime.create("m")
        try:
            got = {}
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                key, _, value = line.partition(":")
                if key in ("Rss", "Pss"):
                    got[f" {key.upper()}"] = (int(value.split()[0]), "KiB")
            return got
        finally:
            runtime.remove("m")

    bench.rounds_of("created container's init,", bench.runtimes, one, divide=5)


def copy_state(directory, name, n):
    """Make what the runtime recorded of container @name its record of @n more: the directories differ in the
    name alone, which is how long list works."""
    source = directory / name
    for i in range(n):
        target = directory / f"{name}-{i:04}"
        target.mkdir(mode=0o700)
        for file in source.iterdir():
            if file.is_file():
                text = file.read_text().replace(f'"{name}"', f'"{target.name}"')
                (target / file.name).write_text(text)
                (target / file.name).chmod(0o600)


def list_many(bench):
    def measure_all(runtimes):
        for size in LIST_SIZES:
            for runtime in runtimes:
                for directory in runtime.root.glob("s-*"):
                    shutil.rmtree(directory)
                copy_state(runtime.root, "s", size - 1)
            bench.rounds_of(f"list of {size}", runtimes,
                            lambda r: {"": (bench.once(r.command("list"))[0] * 1e3, "ms")},
                            divide=1 if size < 1000 else 5)
        for runtime in runtimes:
            for directory in runtime.root.glob("s-*"):
                shutil.rmtree(directory)

    with_running(bench, measure_all)


def start_together(bench, runtime, n):
    """Seconds that each of @n runs took that were begun at the same time."""
    children = []
    commands = [runtime.run("docker", f"p{i}", f"-{i}") for i in range(n)]
    for command in commands:
        child = subprocess.Popen([bench.measure, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 text=True)
        children.append(child)
    took = []
    for child in children:
        out = child.communicate()[0].split()
        if len(out) != 6 or out[4] != "0":
            raise Failed(f"one of {n} parallel runs failed")
        took.append(int(out[0]) / 1e9)
    return took


def parallel(bench):
    for n in PARALLEL:
        values = {runtime: [] for runtime in bench.runtimes}
        alive = list(bench.runtimes)
        for turn in range(max(2, bench.rounds // n) + 1):
            random.shuffle(alive)
            for runtime in list(alive):
                try:
                    took = start_together(bench, runtime, n)
                except Failed as e:
                    alive.remove(runtime)
                    bench.cannot(f"{n} runs at once", runtime, e)
                    continue
                if turn > 0:
                    values[runtime] += [t * 1e3 for t in took]
                time.sleep(bench.pause * min(n, 8))
        for runtime in bench.runtimes:
            if runtime in alive:
                bench.add(f"{n} runs at once", runtime, values[runtime], "ms")


def host_mounts(bench):
    """In our own mount namespace: bench.py made one for itself."""
    base = bench.work / "mounts"
    base.mkdir()
    target = str(base).encode()
    if libc.mount(b"tmpfs", target, b"tmpfs", 0, b"nr_inodes=20000") < 0:
        raise OSError(ctypes.get_errno(), "mount tmpfs")
    have = 0
    try:
        for size in HOST_MOUNTS:
            while have < size:
                directory = base / str(have)
                directory.mkdir()
                path = str(directory).encode()
                if libc.mount(path, path, None, MS_BIND, None) < 0:
                    raise OSError(ctypes.get_errno(), "bind mount")
                have += 1
            bench.rounds_of(f"run with {size} mounts on the host", bench.runtimes,
                            lambda r: {"": (bench.once(r.run("docker"))[0] * 1e3, "ms")},
                            divide=1 if size < 5000 else 3)
    finally:
        libc.umount2(target, MNT_DETACH)


WORKS = {
    "run": run_to_exit,
    "life": lifecycle,
    "running": running,
    "memory": memory_of_init,
    "list": list_many,
    "parallel": parallel,
    "mounts": host_mounts,
}
