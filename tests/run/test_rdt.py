# SPDX-License-Identifier: GPL-2.0-or-later
"""linux.intelRdt (RD-01 .. RD-08) on whatever machine this is; groups themselves are tested in
tests/unit/host/rdt_test.c on a directory that stands in for resctrl."""

import os

import pytest

from harness import base_config


def resctrl():
    """Where resctrl is mounted, or None."""
    for line in open("/proc/self/mountinfo"):
        fields = line.split()
        if fields[fields.index("-") + 1] == "resctrl":
            return fields[4]
    return None


def config_of(**rdt):
    config = base_config("pause")
    config["linux"]["intelRdt"] = rdt
    return config


@pytest.mark.parametrize("rdt", [{}, {"closID": "/"}, {"closID": "gold", "l3CacheSchema": "L3:0=f"},
                                 {"enableMonitoring": True}])
def test_RD01_not_mounted(rt, bundle, rdt):
    if resctrl():
        pytest.skip("needs a machine without resctrl: it is mounted here")
    rt.create_fails(bundle(config_of(**rdt)), has=["config.json:", "linux.intelRdt", "resctrl is not mounted"])
    assert rt.ids() == []
    rt.oracle.check()


@pytest.mark.parametrize("rdt, words", [
    ({"closID": "../gold"}, ["closID", "../gold"]),
    ({"closID": "info"}, ["closID", "info"]),
    ({"l3CacheSchema": "MB:0=f"}, ["l3CacheSchema", "L3:"]),
    ({"memBwSchema": "MB:0=10\nL3:0=1"}, ["memBwSchema", "line"]),
    ({"schemata": ["L3:0=f", "L2"]}, ["schemata[1]"]),
])
def test_refused(rt, bundle, rdt, words):
    rt.create_fails(bundle(config_of(**rdt)), has=["config.json:", *words])
    rt.oracle.check()


def test_RD07_own_group(rt, bundle):
    top = resctrl()
    if not top:
        pytest.skip("needs resctrl: it is not mounted on this machine")
    container = rt.create(bundle(config_of()))
    group = os.path.join(top, container.id)
    assert str(container.pid) in open(os.path.join(group, "tasks")).read().split()
    container.kill().wait()
    container.delete()
    assert not os.path.exists(group)
