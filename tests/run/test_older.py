# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that lack the newest system calls: the container is the same, and what cannot be is refused by name."""

import pytest

import harness
from harness import LAUNCH, TARE, base_config, manager_config, mount, mounts_of

WITHOUT = str(harness.BUILD / "tests/probe/without")

# What Linux 5.4 does not have, one after the other and all together.
CALLS = ["openat2", "clone3", "mount_setattr", "close_range"]
ALL = ",".join(CALLS)


def run_without(rt, calls, bundle):
    ident = rt.new_id()
    command = [WITHOUT, calls, "--", TARE, "--root", str(rt.root), "run", "--bundle", str(bundle.path), ident]
    return rt.call_raw(command)


def seen(info):
    """All that a container knows of itself, without what differs between any two."""
    found = {key: info[key] for key in ("status", "cwd", "environ", "limits") if key in info}
    found["fds"] = sorted(info["fds"])
    found["status"] = {key: value for key, value in found["status"].items()
                       if key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Uid", "Gid",
                                  "Groups", "Umask", "SigIgn", "SigBlk", "NSpid")}
    found["mounts"] = [(m["target"], m["type"], sorted(m["options"]), m["tags"], m["root"].split("/")[-1])
                       for m in mounts_of(info)]
    return found


@pytest.mark.skipif(len(LAUNCH) > 1, reason="this whole run is as on an older kernel already")
@pytest.mark.parametrize("calls", CALLS + [ALL])
@pytest.mark.parametrize("name", ["docker", "podman"])
def test_container_is_the_same(rt, bundle, name, calls):
    made = bundle(manager_config(name, "info"))
    wanted = rt.run_ok(made).info
    result = run_without(rt, calls, made)
    assert result.code == 0, result
    assert seen(result.info) == seen(wanted)


@pytest.mark.parametrize("option", ["rro", "rnoexec"])
def test_whole_trees_are_refused(rt, bundle, work, option):
    """Never just the mount on top: who asked for it relies on it (MO-08)."""
    config = base_config()
    config["mounts"].append(mount("/mnt", "bind", work, "rbind", option))
    result = run_without(rt, ALL, bundle(config))
    harness.check_failure(result, 1, ["config.json:", "mounts[", "recursive flags of /mnt", "Linux 5.12"])


def test_id_maps_are_refused(rt, bundle, work):
    config = base_config()
    ids = [{"containerID": 0, "hostID": 1000, "size": 10}]
    config["mounts"].append({**mount("/mnt", "bind", work, "bind", "idmap"), "uidMappings": ids, "gidMappings": ids})
    result = run_without(rt, ALL, bundle(config))
    harness.check_failure(result, 1, ["config.json:", "mounts[", "/mnt"])
