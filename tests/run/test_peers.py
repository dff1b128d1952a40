# SPDX-License-Identifier: GPL-2.0-or-later
"""Positive controls: attacks that are refused here do work on a runtime of which that is known, so the tests that
look for their effect would see it.  Each runs the same bundle with both; without the old runtime it is skipped."""

import os
import re
import shutil
import subprocess

import pytest

import harness
from harness import Canary, base_config, mount
from test_hostile_root import without_dev


def peer_before(name, version):
    """The program @name, if it is installed and older than @version, which mended it."""
    program = shutil.which(name, path=harness.PATH)
    if not program:
        pytest.skip(f"needs {name} before {'.'.join(map(str, version))}: not installed")
    first = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", first)
    if not found or tuple(int(n or 0) for n in found.groups()) >= version:
        pytest.skip(f"needs {name} before {'.'.join(map(str, version))}: {first!r}")
    return program


class Peer:
    """Another runtime, told apart from ours only by its command line."""

    def __init__(self, rt, work, program):
        self.rt = rt
        self.command = [program, "--root", str(work / "peer")]
        if os.path.basename(program) == "crun":
            self.command += ["--cgroup-manager", "disabled"]

    def run(self, made, **options):
        return self.rt.call_raw([*self.command, "run", "--bundle", str(made.path), f"peer-{harness.TOKEN}"], **options)


@pytest.fixture
def peer(rt, bundle, work):
    """peer("runc", (1, 2, 8)): a runc older than that, which works on this machine."""
    def find(name, version):
        found = Peer(rt, work, peer_before(name, version))
        result = found.run(bundle(small(base_config("print alive")), name="plain"))
        if not result.records:
            pytest.skip(f"needs a {name} that works here: {result.err.strip()}")
        return found

    return find


def small(config):
    """What every runtime of the last years takes, in whatever cgroup tree."""
    config["ociVersion"] = "1.0.2"
    config["linux"].pop("resources", None)
    config["mounts"] = [m for m in config["mounts"] if m.get("type") != "cgroup"]
    return config


def with_terminal(run, made):
    """@run with a terminal of our own on its standard descriptors."""
    master, slave = os.openpty()
    try:
        return run(made, stdin=slave, stdout=slave)
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize("name, mended", [("runc", (1, 3, 6)), ("crun", (1, 28, 0))])
def test_V10_V11_dev_is_a_symlink(rt, bundle, work, peer, name, mended):
    """CVE-2026-47766, CVE-2026-41579: the host's ptmx is replaced and links are made beside it."""
    other = peer(name, mended)
    canary = Canary(work / "canary")
    made = bundle(small(without_dev("exit 0")))
    (made.rootfs / "dev").rmdir()
    (made.rootfs / "dev").symlink_to(canary.path)
    assert rt.run(made).code in (0, 1)
    canary.check()
    other.run(made)
    assert (canary.path / "ptmx").is_symlink()
    with pytest.raises(AssertionError, match="the canary changed"):
        canary.check()


def test_V12_console_is_a_symlink(rt, bundle, work, peer):
    """CVE-2026-88264: a file of that name is made on the host."""
    other = peer("crun", (1, 29, 2))
    canary = Canary(work / "canary")
    config = small(without_dev("exit 0", terminal=True))
    config["mounts"].append(mount("/dev/pts", "devpts", "devpts", "newinstance", "ptmxmode=0666", "mode=0620"))
    made = bundle(config)
    (made.rootfs / "dev/pts").mkdir()
    (made.rootfs / "dev/console").symlink_to(canary.path / "fresh")
    assert with_terminal(rt.run, made).code in (0, 1)
    canary.check()
    with_terminal(other.run, made)
    assert (canary.path / "fresh").exists()


def test_V15_null_is_the_file_that_is_masked(rt, bundle, peer):
    """CVE-2025-31133: what the container's /dev/null leads to lies over the masked file; here that file itself."""
    other = peer("runc", (1, 2, 8))
    config = small(base_config("cat /etc/secret"))
    config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]
    config["mounts"].append(mount("/dev", "bind", "dev", "rbind"))
    config["linux"]["maskedPaths"] = ["/etc/secret"]
    made = bundle(config)
    (made.path / "dev").mkdir()
    (made.path / "dev/null").symlink_to("/etc/secret")
    (made.rootfs / "etc/secret").write_text("secret")
    assert rt.run_ok(made).value("cat") == ""
    assert other.run(made).value("cat") == "secret"
