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


# config.md and config-linux.md: every word that a runtime must or should know.
MOUNT_OPTIONS = """async atime bind defaults dev diratime dirsync exec iversion lazytime loud noatime nodev nodiratime noexec
    noiversion nolazytime norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime relatime remount rexec
    rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared rslave
    rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid symfollow sync tmpcopyup unbindable idmap
    ridmap mand nomand rnodev""".split()

SECCOMP = {
    "actions": ["SCMP_ACT_" + word for word in "KILL KILL_PROCESS KILL_THREAD TRAP ERRNO TRACE ALLOW LOG NOTIFY".split()],
    "operators": ["SCMP_CMP_" + word for word in "NE LT LE EQ GE GT MASKED_EQ".split()],
    "archs": ["SCMP_ARCH_" + word for word in """X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC
        PPC64 PPC64LE S390 S390X PARISC PARISC64 RISCV64 LOONGARCH64 M68K SH SHEB""".split()],
    "knownFlags": ["SECCOMP_FILTER_FLAG_" + word for word in "TSYNC LOG SPEC_ALLOW WAIT_KILLABLE_RECV".split()],
}


def test_every_field_is_said(rt):
    """FT-01 .. FT-15: what is absent counts as unknown, so nothing is; and each list is the specification's, whole."""
    document = features(rt)
    assert set(document) == {"ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations",
                             "potentiallyUnsafeConfigAnnotations"}
    ours = {"copy-symlink", "src-nofollow", "dest-nofollow"}
    assert set(document["mountOptions"]) == set(MOUNT_OPTIONS) | ours
    linux = document["linux"]
    assert set(linux) == {"namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "memoryPolicy", "intelRdt",
                          "mountExtensions", "netDevices"}
    assert set(linux["capabilities"]) == set(harness.ALL_CAPS)
    assert set(linux["cgroup"]) == {"v1", "v2", "systemd", "systemdUser", "rdma"}
    assert all(isinstance(value, bool) for value in linux["cgroup"].values())
    assert {key: sorted(linux["seccomp"][key]) for key in SECCOMP} == {key: sorted(words) for key, words in SECCOMP.items()}
    assert set(linux["seccomp"]) == set(SECCOMP) | {"enabled", "supportedFlags"}
    assert set(linux["memoryPolicy"]) == {"modes", "flags"}
    assert linux["intelRdt"] == {"enabled": True, "schemata": True, "monitoring": True}
    assert linux["mountExtensions"] == {"idmap": {"enabled": True}} and linux["netDevices"] == {"enabled": True}
    for where in (document["hooks"], document["mountOptions"], linux["namespaces"], linux["capabilities"], *linux["seccomp"].values()):
        assert isinstance(where, bool) or len(where) == len(set(where)), "nothing twice"


def test_annotations(rt, bundle):
    """FT-04, FT-05: strings about this build; and the container's annotations that change what it is: a dot at the end
    stands for all that begin so.  Of the others, and of those that another runtime has, none does."""
    document = features(rt)
    assert all(isinstance(value, str) and key for key, value in document["annotations"].items())
    assert "io.github.seccomp.libseccomp.version" in document["annotations"]
    assert document["potentiallyUnsafeConfigAnnotations"] == ["run.oci.", "org.systemd.property.", "org.criu.config",
                                                             "module.wasm.image/variant"]
    config = base_config()
    plain = rt.ok("plan", "--bundle", bundle(config, name="one").path).out
    config["annotations"] = {"run.oci.hooks.stdout": "/x",
                             "org.systemd.property.TasksMax": "1", "org.criu.config": "/x", "module.wasm.image/variant": "none",
                             "org.opencontainers.image.stopSignal": "KILL"}
    assert rt.ok("plan", "--bundle", bundle(config, name="two").path).out.replace("/two", "/one") == plain
    config["annotations"] = {"run.oci.keep_original_groups": "1"}
    assert rt.ok("plan", "--bundle", bundle(config, name="three").path).out.replace("/three", "/one") != plain


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
    def data(made):
        result = rt.ok("plan", "--bundle", made.path)
        return [line.split('"')[1] for line in result.out.splitlines() if line.strip().startswith("option ")]

    config = base_config()
    before = data(bundle(config))
    listed = [o for o in features(rt)["mountOptions"] if o not in ("bind", "rbind", "remount")]
    assert {"idmap", "ridmap", "tmpcopyup", "copy-symlink", "src-nofollow", "dest-nofollow"} <= set(listed)
    for option in listed:
        config["mounts"].append(mount(f"/mnt/{option}", "tmpfs", "tmpfs", option))
        if "idmap" in option:
            maps = [{"containerID": 0, "hostID": 1000, "size": 1}]
            config["mounts"][-1].update(uidMappings=maps, gidMappings=maps)
    # Flags of the superblock are given as parameters to the new file system: by the kernel's own words.
    assert set(data(bundle(config))) - set(before) <= {"sync", "dirsync", "lazytime", "mand", "iversion", "async", "nolazytime",
                                                      "nomand", "noiversion", "ro", "rw"}
    config["mounts"].append(mount("/mnt/unknown", "tmpfs", "tmpfs", "unknown-word"))
    assert "unknown-word" in data(bundle(config))


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
