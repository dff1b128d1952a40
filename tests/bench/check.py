#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard what a command costs: make bench-check counts, and never times.

System calls (strace -f -c), page faults (getrusage) and, of commands that make no process, instructions (callgrind) are
compared with budget.json; more than 5 % above it fails.  The least of a few runs counts, since a signal or a wait
more or less is chance.  check.py --write takes today's numbers as the new budget.

`make check` counts system calls alone (tests/bench/calls): the same number on every machine but for a few of a
kernel's features, which the room covers, where faults and instructions depend on compiler, C library and processor.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import bench
import bundles
import runtimes

BUDGET = bench.HERE / "budget.json"
ROOM = 1.05
RUNS = 3

# Those that every kernel has, so that the same number of calls is made everywhere.
MASKED = ["/proc/keys", "/proc/timer_list", "/proc/interrupts", "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"]

# Older kernels need more calls for the same (clone3 and openat2 by way of others), so that there is no one budget.
OLDEST = (6, 1)

SKIP = 77


def cannot(why):
    print(f"SKIP: the cost of commands cannot be counted here: {why}")
    sys.exit(SKIP)


def needs(counters):
    """The programs that @counters call, beside those that make the bundles."""
    programs = ["busybox", "unshare"]
    if count_syscalls in counters:
        programs.append("strace")
    if count_instructions in counters:
        programs.append("valgrind")
    return programs


def simplify(bundle):
    path = bundle / "config.json"
    config = json.loads(path.read_text())
    config["linux"]["maskedPaths"] = MASKED
    config["linux"]["readonlyPaths"] = READ_ONLY
    path.write_text(json.dumps(config))


def run(command):
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)


def count_syscalls(command, work):
    out = work / "strace"
    run(["strace", "-f", "-c", "-o", str(out), *command])
    return int(re.search(r"^100\.00 .*?(\d+)\s+(?:\d+\s+)?total$", out.read_text(), re.M).group(1))


def count_faults(command, _):
    return int(subprocess.run([str(bench.BUILD / "tests/bench/measure"), *command], stdout=subprocess.PIPE, text=True,
                              check=True).stdout.split()[5])


def count_instructions(command, work):
    """None where valgrind does not know a system call of the command: it lags behind the kernel."""
    out = work / "callgrind"
    done = subprocess.run(["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}", *command],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if "unhandled" in done.stderr:
        return None
    return int(re.search(r"^(?:summary|totals): (\d+)$", out.read_text(), re.M).group(1))


COUNTERS = {"system calls": count_syscalls, "page faults": count_faults, "instructions": count_instructions}


def count_all(tare, work, counters):
    """{"what of which command": count} by @counters, {what: function}"""
    bundle = tare.bundle("docker")
    simplify(bundle)
    sleeper = tare.bundle("docker", ("/bin/sleep", "1000"))
    simplify(sleeper)
    commands = {"run": tare.command("run", "-b", bundle, "r"),
                "plan": tare.command("plan", "-b", bundle)}
    counted = {}
    # The seccomp filter is compiled once.
    run(commands["run"])
    tare.create("s")
    try:
        commands["state"] = tare.command("state", "s")
        commands["exec"] = tare.command("exec", "s", "/bin/true")
        for name, command in commands.items():
            for what, count in counters.items():
                # Valgrind follows no command into a container.
                if what == "instructions" and name in ("run", "exec"):
                    continue
                counts = [count(command, work) for _ in range(RUNS)]
                counted[f"{what} of {name}"] = None if None in counts else min(counts)
    finally:
        tare.remove("s")
    return counted


def compare(counted, budget):
    good = True
    for what, count in counted.items():
        allowed = budget.get(what)
        if count is None:
            print(f"{what:28} not counted: this valgrind is older than the system calls")
            continue
        verdict = "no budget" if allowed is None else "ok" if count <= allowed * ROOM else "MORE THAN ALLOWED"
        good &= verdict == "ok"
        print(f"{what:28} {count:>10}  budget {allowed or '-':>10}  {verdict}")
    return good


def kind_of(path):
    """Programs with and without shared libraries differ by their start, and sanitizers do what they want."""
    text = subprocess.run(["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    if re.search(r"lib[a-z]*san\.so", text):
        return "sanitized"
    return "shared" if "=>" in text else "static"


def main():
    parser = argparse.ArgumentParser(description="Compare the cost of commands with a budget.")
    parser.add_argument("--tare", default=str(bench.BUILD / "tare"))
    parser.add_argument("--write", action="store_true", help="take what is counted as the budget")
    parser.add_argument("--only", choices=COUNTERS, help="count nothing else")
    options = parser.parse_args()
    counters = {what: count for what, count in COUNTERS.items() if options.only in (None, what)}
    for program in needs(counters.values()):
        if not shutil.which(program):
            cannot(f"no {program}")
    release = tuple(map(int, re.match(r"(\d+)\.(\d+)", os.uname().release).groups()))
    if release < OLDEST:
        cannot(f"the budget is that of Linux {OLDEST[0]}.{OLDEST[1]} and newer")
    if os.geteuid() != 0:
        cannot("it needs root")
    if not bench.can_enter("v2"):
        cannot("no mount namespace with a cgroup v2 tree can be made")
    bench.enter_view("v2")
    runtimes.become_subreaper()
    kind = kind_of(options.tare)
    budget = json.loads(BUDGET.read_text())
    if kind not in budget and not options.write:
        cannot(f"budget.json has nothing for a {kind} program")
    work = pathlib.Path(tempfile.mkdtemp(prefix="tare-bench."))
    try:
        os.chmod(work, 0o755)
        bundles.make_template(work / "template")
        counted = count_all(runtimes.Runtime("tare", options.tare, work, "v2"), work, counters)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    good = compare(counted, budget.get(kind, {}))
    if options.write:
        budget.setdefault(kind, {}).update({what: count for what, count in counted.items() if count is not None})
        BUDGET.write_text(json.dumps(budget, indent=1) + "\n")
    elif not good:
        sys.exit("bench-check: a command costs more than tests/bench/budget.json allows")


if __name__ == "__main__":
    main()
