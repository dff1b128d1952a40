#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measure container runtimes side by side: make bench, or tests/bench/bench.py --help.

Prints a table of medians and of ratios to Tare, and with --json a document for chart.py.  Needs root.
"""

import argparse
import json
import os
import pathlib
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

import bundles
import runtimes
import works

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("TARE_BUILD", HERE.parent.parent)).resolve()

# Looked for in PATH when no peer is named.
KNOWN_PEERS = ("crun", "runc", "youki")

# A null device that nobody else has: with a user namespace, crun 1.8 gives the one on its descriptors to the container's root.
OWN_NULL = ('dir=$(mktemp -d) && mount -t tmpfs tmpfs "$dir" && mknod -m 666 "$dir/null" c 1 3 && '
            'mount --bind "$dir/null" /dev/null && umount -l "$dir" && rmdir "$dir" && ')

# As tests/run/run.sh does; every view has a mount namespace of its own.
VIEWS = {
    "host": OWN_NULL + 'exec "$@"',
    "v2": OWN_NULL + 'umount -R -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"',
}


def read_options():
    parser = argparse.ArgumentParser(description="Measure container runtimes side by side.")
    parser.add_argument("--tare", default=str(BUILD / "tare"), help="the program under test")
    parser.add_argument("--peer", action="append", metavar="NAME=PATH", default=[],
                        help="another runtime; without any, those in PATH: " + ", ".join(KNOWN_PEERS))
    parser.add_argument("--view", choices=VIEWS, default="host",
                        help="the cgroup tree: as it is, or as if the machine had cgroup v2 alone")
    parser.add_argument("--work", action="append", choices=works.WORKS, help="what to measure (everything)")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--pause", type=float, default=0.05, help="seconds between two commands")
    parser.add_argument("--json", metavar="FILE", help="write the results there, too")
    return parser.parse_args()


def command_in(view, *words):
    return ["unshare", "-m", "--propagation", "private", "sh", "-c", VIEWS[view], "--", *words]


def can_enter(view):
    return subprocess.run(command_in(view, "true"), stderr=subprocess.DEVNULL).returncode == 0


def enter_view(view):
    """Execute ourselves again in a mount namespace that looks like @view."""
    if os.environ.get("TARE_BENCH_VIEW") == view:
        return
    os.environ["TARE_BENCH_VIEW"] = view
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.execvp("unshare", command_in(view, sys.executable, *sys.argv))


def read_peers(words):
    if words:
        return dict(word.split("=", 1) for word in words)
    return {name: path for name in KNOWN_PEERS if (path := shutil.which(name))}


def describe_machine():
    cpu = "unknown processor"
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    memory = int(open("/proc/meminfo").readline().split()[1]) // 1024
    return {"cpu": cpu, "cpus": os.cpu_count(), "memory_mib": memory, "kernel": platform.release(),
            "load": os.getloadavg()[0]}


def text_of(value, unit):
    return f"{value:.0f}" if unit == "KiB" else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def print_table(rows, names):
    """One line per work: median and quartiles of each runtime, and Tare's ratio to it."""
    works_seen = list(dict.fromkeys(row["work"] for row in rows))
    cells = {(row["work"], row["runtime"]): row for row in rows}
    width = max(map(len, works_seen)) + 5
    print(f"{'':{width}}" + "".join(f"{name:>30}" for name in names))
    for work in works_seen:
        unit = next((r["unit"] for r in rows if r["work"] == work and "unit" in r), "")
        line = f"{work + ' [' + unit + ']' if unit else work:{width}}"
        tare = cells.get((work, "tare"), {}).get("median")
        for name in names:
            row = cells.get((work, name))
            if row is None or "why" in row:
                line += f"{'-' if row is None else 'not there':>30}"
                continue
            cell = f"{text_of(row['median'], unit)} ({text_of(row['p25'], unit)}..{text_of(row['p75'], unit)})"
            ratio = f"{tare / row['median']:.2f}" if tare and name != "tare" and row["median"] else ""
            line += f"{cell:>23} {ratio:>6}"
        print(line)
    for work, p99 in ((w, [cells.get((w, n), {}) for n in names]) for w in works_seen if "at once" in w):
        print(f"{work}, p99 [ms]".ljust(width) + "".join(
            f"{text_of(row['p99'], 'ms'):>23} {'':>6}" if "p99" in row else f"{'-':>30}" for row in p99))
    for row in rows:
        if "why" in row:
            print(f"not there: {row['work']}, {row['runtime']}: {row['why']}")


def main():
    options = read_options()
    if os.geteuid() != 0:
        sys.exit("bench: needs root")
    enter_view(options.view)
    runtimes.become_subreaper()
    # timeout(1) is an interruption, too: containers are removed, and what was measured is printed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    work = pathlib.Path(tempfile.mkdtemp(prefix="tare-bench."))
    try:
        # Root of a user namespace is somebody else outside.
        os.chmod(work, 0o755)
        if not bundles.make_template(work / "template"):
            sys.exit("bench: needs a static busybox (Debian: busybox-static)")
        found, missing = runtimes.find(options.tare, read_peers(options.peer), work, options.view)
        if not found or found[0].name != "tare":
            sys.exit(f"bench: {options.tare} runs no container here: {missing.get('tare')}")
        floor = runtimes.Floor(str(BUILD / "tests/bench/floor"), work, options.view)
        floor.take_filter(found[0])
        bench = works.Bench(found, floor, str(BUILD / "tests/bench/measure"), options.rounds, options.pause, work)
        about = {"machine": describe_machine(), "view": options.view, "rounds": options.rounds,
                 "command": shlex.join(sys.argv), "versions": {r.name: r.version() for r in found},
                 "missing": missing}
        print("\n".join(f"{key}: {value}" for key, value in about.items()), flush=True)
        try:
            for name in options.work or works.WORKS:
                print(f"... {name}", file=sys.stderr, flush=True)
                works.WORKS[name](bench)
        except KeyboardInterrupt:
            print("interrupted: what follows is what there is", file=sys.stderr)
        about["machine"]["load_after"] = os.getloadavg()[0]
        print(f"load after: {about['machine']['load_after']}\n\n"
              "median (quartiles), and Tare's median divided by this one\n")
        print_table(bench.rows, [r.name for r in found] + ["floor"])
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps({**about, "rows": bench.rows}, indent=1) + "\n")
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
