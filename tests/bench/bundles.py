# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundles that are measured: what Docker and Podman write, and three more.

They are the documents of tests/run/configs with another process, so that what is measured is what is tested.
The root file system is one static busybox, the same files for every bundle and every runtime.
"""

import json
import os
import pathlib
import shutil

CONFIGS = pathlib.Path(__file__).resolve().parent.parent / "run" / "configs"

# The user namespace of its bundle begins here on the host.
SHIFT = 100000


def load(name):
    return json.loads((CONFIGS / f"{name}.json").read_text())


def docker():
    return load("docker")


def fit(config, view):
    """Leave out what this machine's cgroup v2 tree has no controllers for, for everybody alike."""
    controllers = set()
    if view == "v2":
        controllers = set(pathlib.Path("/sys/fs/cgroup/cgroup.controllers").read_text().split())
    resources = config["linux"].get("resources", {})
    for key, controller in (("memory", "memory"), ("pids", "pids"), ("cpu", "cpu"), ("blockIO", "io")):
        if view == "v2" and controller not in controllers:
            resources.pop(key, None)


def podman():
    """As Podman writes it, but for resource limits, which not everybody may raise."""
    config = load("podman")
    config["process"].pop("rlimits", None)
    return config


def minimal():
    """What a container cannot do without: a pid and a mount namespace, and /proc."""
    return {
        "ociVersion": "1.0.0",
        "process": {"user": {"uid": 0, "gid": 0}, "args": [], "env": ["PATH=/bin"], "cwd": "/"},
        "root": {"path": "rootfs"},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
        "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}]},
    }


def userns():
    config = docker()
    linux = config["linux"]
    linux["namespaces"].append({"type": "user"})
    # Docker writes it only where the range can be mapped.
    del linux["sysctl"]["net.ipv4.ping_group_range"]
    for key in ("uidMappings", "gidMappings"):
        linux[key] = [{"containerID": 0, "hostID": SHIFT, "size": 65536}]
    return config


def binds():
    """Docker's, and 50 directories of the host, every second one read-only."""
    config = docker()
    for n in range(50):
        config["mounts"].append({"destination": f"/mnt/{n}", "type": "bind", "source": f"binds/d{n}",
                                 "options": ["rbind", "rprivate", "ro" if n % 2 else "rw"]})
    return config


KINDS = {make.__name__: make for make in (docker, podman, minimal, userns, binds)}


def make_template(path):
    """A root file system of busybox alone; False without a static busybox on this machine."""
    busybox = shutil.which("busybox")
    if not busybox:
        return False
    for name in ("bin", "dev", "etc", "proc", "run", "sys", "tmp", "mnt"):
        (path / name).mkdir(parents=True)
    shutil.copy2(busybox, path / "bin/busybox")
    for applet in ("sh", "sleep", "true"):
        (path / "bin" / applet).symlink_to("busybox")
    for name in ("hostname", "hosts", "resolv.conf"):
        (path / "etc" / name).touch()
    for n in range(50):
        (path / "mnt" / str(n)).mkdir()
    (path / "run/.containerenv").touch()
    (path / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
    return True


def make_sources(path, config):
    for entry in config["mounts"]:
        source = entry.get("source", "")
        if not source.startswith("binds/"):
            continue
        made = path / source
        made.parent.mkdir(exist_ok=True)
        if entry["destination"] == "/dev/shm" or entry["destination"].startswith("/mnt/"):
            made.mkdir(exist_ok=True)
        else:
            made.write_text("")


def own(path, uid):
    for top, directories, files in os.walk(path):
        for name in [".", *directories, *files]:
            os.lchown(os.path.join(top, name), uid, uid)


def make(kind, path, template, cgroup, args, view):
    """A bundle of @kind at @path with the cgroup /@cgroup, running @args, as far as @view allows."""
    config = KINDS[kind]()
    fit(config, view)
    config["process"]["args"] = list(args)
    config["linux"]["cgroupsPath"] = "/" + cgroup
    path.mkdir(parents=True)
    shutil.copytree(template, path / "rootfs", symlinks=True)
    make_sources(path, config)
    if kind == "userns":
        own(path / "rootfs", SHIFT)
    (path / "config.json").write_text(json.dumps(config))
    return path
