# SPDX-License-Identifier: GPL-2.0-or-later
"""What the runtime itself costs in memory."""

import pytest

import harness
from harness import PROBE, base_config, manager_config

pytestmark = pytest.mark.skipif(harness.IS_SANITIZED, reason="a sanitizer build needs memory of its own")

RUN_LIMIT = 2500 * 1000
INIT_LIMIT = 250 * 1024


def measure(rt, *args):
    """(exit code, largest resident set in bytes) of a command; the probe counts, since Python's own
    memory would be in the figure."""
    result = rt.call_raw([PROBE, "measure", *rt.command(*args)])
    value = result.value("measure")
    return value["code"], value["rss"]


@pytest.mark.parametrize("flavour", ["small", "docker"])
def test_peak_of_run(rt, bundle, flavour):
    made = bundle(base_config("exit 0") if flavour == "small" else manager_config("docker", "exit 0"))
    rt.run_ok(made)                                    # the second run finds its filter compiled
    code, rss = measure(rt, "run", "--bundle", made.path, rt.new_id())
    print(f"peak of run ({flavour}): {rss} bytes")
    assert code == 0 and rss < RUN_LIMIT, rss


def test_peak_of_other_commands(rt, bundle):
    container = rt.create(bundle(base_config("pause"))).start()
    for args in (("state", container.id), ("list",), ("kill", container.id, "CONT"), ("delete", "--force", container.id)):
        code, rss = measure(rt, *args)
        print(f"peak of {args[0]}: {rss} bytes")
        assert code == 0 and rss < RUN_LIMIT, args


def rollup(pid):
    found = {}
    for line in open(f"/proc/{pid}/smaps_rollup"):
        fields = line.split()
        if fields[-1] == "kB":
            found[fields[0].rstrip(":")] = int(fields[1]) * 1024
    return found


def test_waiting_init(rt, bundle):
    container = rt.create(bundle(manager_config("docker", "pause")))
    memory = rollup(container.pid)
    print(f"waiting init: {memory}")
    assert memory["Pss"] < INIT_LIMIT, memory
    container.delete()


def test_waiting_init_has_one_thread_and_few_maps(rt, bundle):
    import os
    container = rt.create(bundle(base_config("pause")))
    assert len(os.listdir(f"/proc/{container.pid}/task")) == 1
    container.delete()
