# SPDX-License-Identifier: GPL-2.0-or-later
"""`features`: the document that containerd, Docker and CRI-O read (FT-01..16)."""

import json
import subprocess

import pytest

import harness
from harness import base_config, mount


def features(rt):
    return json.loads(rt.ok("features").out)


def version(text):
    return tuple(map(int, text.split("-")[0].split("+")[0].split(".")))


def test_document(rt):
    document = features(rt)
    assert version(document["ociVersionMin"]) <= version(document["ociVersionMax"])
    assert set(document["hooks"]) == {"prestart", "createRuntime", "createContainer", "startContainer",
                                      "poststart", "poststop"}
    assert {"ro", "rro", "rnodev", "bind", "rbind", "rprivate", "nosymfollow"} <= set(document["mountOptions"])
    linux = document["linux"]
    assert {"pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"} == set(linux["namespaces"])
    assert len(linux["capabilities"]) >= 41 and all(c.startswith("CAP_") for c in linux["capabilities"])
    assert linux["cgroup"]["v1"] is True and linux["cgroup"]["v2"] is True and linux["cgroup"]["rdma"] is True
    assert linux["seccomp"]["enabled"] is True
    assert linux["mountExtensions"]["idmap"]["enabled"] is True
    assert set(linux["seccomp"].get("supportedFlags", [])) <= set(linux["seccomp"].get("knownFlags", []))
    assert linux["apparmor"] == {"enabled": True} and linux["selinux"] == {"enabled": True}
    assert not rt.root.exists()


def test_every_memory_policy_is_known(rt, bundle):
    """FT-11: each word is understood, with the nodes that it needs."""
    policies = features(rt)["linux"]["memoryPolicy"]
    assert len(policies["modes"]) == 7 and len(policies["flags"]) == 3
    for mode in policies["modes"]:
        config = base_config()
        config["linux"]["memoryPolicy"] = {"mode": mode, "nodes": "" if mode in ("MPOL_DEFAULT", "MPOL_LOCAL") else "0"}
        rt.ok("plan", "--bundle", bundle(config).path)
    for flag in policies["flags"]:
        config["linux"]["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "0", "flags": [flag]}
        rt.ok("plan", "--bundle", bundle(config).path)


def test_needs_no_rights_and_no_root(rt):
    def drop():
        harness.libc.setgroups(0, None)
        harness.libc.setresgid(65534, 65534, 65534)
        harness.libc.setresuid(65534, 65534, 65534)

    result = subprocess.run([harness.TARE, "features"], env={}, cwd="/", preexec_fn=drop, capture_output=True,
                            timeout=harness.TIMEOUT)
    if result.returncode == 126 or b"error while loading" in result.stderr:
        pytest.skip("an ordinary user cannot reach the build tree on this machine")
    assert result.returncode == 0, result
    assert result.stderr == b""
    json.loads(result.stdout)


def test_both_versions_are_accepted(rt, bundle):
    document = features(rt)
    for name in ("ociVersionMin", "ociVersionMax"):
        config = base_config("exit 0")
        config["ociVersion"] = document[name]
        assert rt.run(bundle(config)).code == 0


def test_every_mount_option_is_known(rt, bundle):
    """FT-03: what is listed must not end up as data for the file system."""
    config = base_config()
    listed = [o for o in features(rt)["mountOptions"] if o not in ("bind", "rbind", "remount")]
    assert {"idmap", "ridmap", "tmpcopyup", "copy-symlink", "src-nofollow", "dest-nofollow"} <= set(listed)
    for option in listed:
        config["mounts"].append(mount(f"/mnt/{option}", "tmpfs", "tmpfs", option))
        if "idmap" in option:
            maps = [{"containerID": 0, "hostID": 1000, "size": 1}]
            config["mounts"][-1].update(uidMappings=maps, gidMappings=maps)
    made = bundle(config)
    assert rt.call("plan", "--bundle", made.path).code == 0, rt.call("plan", "--bundle", made.path)


def test_every_capability_is_known(rt, bundle):
    names = features(rt)["linux"]["capabilities"]
    config = harness.set_caps(base_config("info"), *names)
    info = rt.run_ok(bundle(config)).info
    last = int(open("/proc/sys/kernel/cap_last_cap").read())
    assert int(info["status"]["CapBnd"], 16) == harness.cap_mask(names) & harness.own_caps() & ((1 << (last + 1)) - 1)


def test_every_namespace_kind_is_known(rt, bundle):
    harness.need_clone3()
    kinds = features(rt)["linux"]["namespaces"]
    config = base_config("info")
    for kind in kinds:
        harness.add_namespace(config, kind)
    config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = [
        {"containerID": 0, "hostID": 100000, "size": 65536}]
    assert rt.run_ok(bundle(config)).info["pid"] == 1
