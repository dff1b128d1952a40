#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Draw what bench.py --json wrote: chart.py RESULTS.json CHART.svg.  Needs gnuplot.

Bars are medians as multiples of Tare's, whiskers the quartiles, on a logarithmic scale: times of one run can be
compared, those of two machines cannot.
"""

import json
import subprocess
import sys

# What is drawn of all that is measured, and how it is called.
SHOWN = {
    "run, docker": "run to exit",
    "life: create+start+delete": "create, start, delete",
    "exec": "exec",
    "state": "state",
    "life: kill": "kill",
    "list of 100": "list of 100",
    "run, docker, peak memory": "peak memory",
    "created container's init, PSS": "waiting init, memory",
}

HEAD = """set terminal svg size 900,420 font "sans-serif,12" background "white"
set output "{output}"
set title "{title}"
set style data histogram
set style histogram errorbars gap 1 lw 1
set style fill solid 0.8 border -1
set logscale y
set grid y
set ylabel "times Tare's (less is better)"
set key outside right top
set xtics rotate by -20
"""


def read_rows(results):
    """[(label, {runtime: (median, p25, p75) over Tare's median})] of what is shown and was measured."""
    rows = []
    cells = {(r["work"], r["runtime"]): r for r in results["rows"] if "median" in r}
    for work, label in SHOWN.items():
        tare = cells.get((work, "tare"))
        if tare is None or not tare["median"]:
            continue
        rows.append((label, {runtime: tuple(cell[key] / tare["median"] for key in ("median", "p25", "p75"))
                             for (of, runtime), cell in cells.items() if of == work}))
    return rows


def script(results, output):
    rows = read_rows(results)
    names = [name for name in [*results["versions"], "floor"] if any(name in values for _, values in rows)]
    machine = results["machine"]
    title = f"{machine['cpu']}, {machine['cpus']} CPUs, Linux {machine['kernel']}, cgroups as in view {results['view']}"
    text = HEAD.format(output=output, title=title)
    for i, name in enumerate(names):
        text += f"$data{i} << EOD\n"
        for label, values in rows:
            text += f'"{label}" ' + " ".join(f"{v:.4f}" for v in values[name]) + "\n" if name in values else \
                f'"{label}" NaN NaN NaN\n'
        text += "EOD\n"
    plots = (f'$data{i} using 2:3:4:xtic(1) title "{name}"' for i, name in enumerate(names))
    return text + "plot " + ", \\\n     ".join(plots) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1]) as file:
        results = json.load(file)
    subprocess.run(["gnuplot"], input=script(results, sys.argv[2]), text=True, check=True)


if __name__ == "__main__":
    main()
