# SPDX-License-Identifier: GPL-2.0-or-later
"""linux.maskedPaths and linux.readonlyPaths (RF-02, RF-03, I27, V15)."""

import os

import pytest

import harness
from harness import base_config, mount, mount_at

pytestmark = pytest.mark.anyuser


def masked(*paths, verbs):
    config = base_config(*verbs)
    config["linux"]["maskedPaths"] = list(paths)
    return config


def readonly(*paths, verbs):
    config = base_config(*verbs)
    config["linux"]["readonlyPaths"] = list(paths)
    return config


def test_masked_file(rt, bundle):
    made = bundle(masked("/etc/secret", verbs=("stat /etc/secret", "cat /etc/secret", "write /etc/secret x")))
    (made.rootfs / "etc/secret").write_text("secret")
    result = rt.run_ok(made)
    status = result.value("stat")
    assert (status["type"], status["major"], status["minor"]) == ("char", 1, 3)
    assert result.value("cat") == ""
    assert (made.rootfs / "etc/secret").read_text() == "secret"


def test_masked_directory(rt, bundle):
    made = bundle(masked("/secret", verbs=("info", "ls /secret", "write /secret/new", "mkdir /secret/dir", "cat /secret/file")))
    (made.rootfs / "secret").mkdir()
    (made.rootfs / "secret/file").write_text("secret")
    result = rt.run_ok(made)
    assert result.value("ls") == []
    assert [r["error"] for r in result.records[2:]] == ["EROFS", "EROFS", "ENOENT"]
    found = mount_at(result.info, "/secret")
    assert found["type"] == "tmpfs" and "ro" in found["options"]


def test_missing_and_repeated_paths(rt, bundle):
    made = bundle(masked("/none", "/none/deep", "/etc/secret", "/etc/secret", "/etc/../etc/secret", "/etc/passwd/none",
                         verbs=("info", "cat /etc/secret")))
    (made.rootfs / "etc/secret").write_text("secret")
    result = rt.run_ok(made)
    assert result.value("cat") == ""
    assert not (made.rootfs / "none").exists()
    assert len([line for line in result.info["mountinfo"] if " /etc/secret " in line]) in (1, 2)


@pytest.mark.parametrize("path", ["/proc/../etc/secret", "/proc/sys/../../etc/secret", "/sys/kernel/../../etc/secret"])
def test_paths_that_leave_a_kernel_filesystem(rt, bundle, path):
    config = masked(path, verbs=("cat /etc/secret", "write /etc/hosts-of-mine x"))
    config["linux"]["readonlyPaths"] = [path.replace("secret", "hosts-of-mine")]
    made = bundle(config)
    (made.rootfs / "etc/secret").write_text("secret")
    (made.rootfs / "etc/hosts-of-mine").write_text("mine")
    result = rt.run_ok(made)
    assert result.value("cat") == "" and result.record("write")["error"] == "EROFS"


@pytest.mark.parametrize("path", ["/proc/keys", "/proc/timer_list", "/proc/interrupts", "/proc/meminfo", "/sys/kernel", "/proc/irq"])
def test_of_kernel_filesystems(rt, bundle, path):
    if not os.path.exists(path):
        pytest.skip(f"this kernel has no {path}")
    verb = "ls" if os.path.isdir(path) else "cat"
    config = masked(path, verbs=(f"{verb} {path}", f"stat {path}"))
    config["linux"]["readonlyPaths"] = []
    result = rt.run_ok(bundle(config))
    assert result.value(verb) in ("", [])


def test_cannot_be_taken_off(rt, bundle):
    made = bundle(masked("/etc/secret", verbs=("umount /etc/secret", "cat /etc/secret")))
    (made.rootfs / "etc/secret").write_text("secret")
    result = rt.run_ok(made)
    assert result.record("umount")["error"] == "EPERM"
    assert result.value("cat") == ""


@pytest.mark.parametrize("form", ["absolute", "climbing", "inside"])
def test_symlinks_do_not_lead_outside(rt, bundle, work, form):
    (work / "outside").write_text("host")
    made = bundle(masked("/link", verbs=("cat /target",)))
    (made.rootfs / "target").write_text("inside")
    target = {"absolute": str(work / "outside"), "climbing": "../" * 30 + str(work / "outside")[1:], "inside": "/target"}[form]
    (made.rootfs / "link").symlink_to(target)
    result = rt.run(made)
    assert result.code in (0, 1)
    assert (work / "outside").read_text() == "host"
    rt.oracle.check()


def test_V15_false_null_of_the_image_is_no_mask(rt, bundle):
    """What masks is the host's verified /dev/null, whatever the image or a volume has there."""
    config = masked("/etc/secret", "/proc/keys", verbs=("cat /etc/secret", "stat /etc/secret", "cat /proc/keys"))
    config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]
    config["mounts"].append(mount("/dev", "bind", "dev", "rbind"))
    made = bundle(config)
    (made.path / "dev").mkdir()
    (made.path / "dev/null").write_text("false null\n")
    (made.rootfs / "etc/secret").write_text("secret")
    result = rt.run(made)
    if result.code == 0:
        assert result.value("cat", 0) == ""
        status = result.value("stat")
        assert (status["type"], status["major"], status["minor"]) == ("char", 1, 3)
    assert (made.path / "dev/null").read_text() == "false null\n"


def test_readonly_directory_and_file(rt, bundle):
    made = bundle(readonly("/data", "/etc/conf", verbs=("write /data/new", "open /data/file w", "open /etc/conf w", "cat /etc/conf", "write /etc/new", "info")))
    (made.rootfs / "data").mkdir()
    (made.rootfs / "data/file").write_text("x")
    (made.rootfs / "etc/conf").write_text("readable")
    result = rt.run_ok(made)
    assert [r["error"] for r in result.records[:5]] == ["EROFS", "EROFS", "EROFS", None, None]
    assert "ro" in mount_at(result.info, "/data")["options"]


def test_readonly_keeps_flags_and_takes_submounts(rt, bundle, work):
    """RF-03: what is mounted below becomes read-only too."""
    config = readonly("/data", verbs=("info", "write /data/new", "write /data/sub/new"))
    config["mounts"] += [mount("/data", "tmpfs", "tmpfs", "nosuid", "noexec", "nodev"), mount("/data/sub", "tmpfs", "tmpfs")]
    result = rt.run_ok(bundle(config))
    # Where a whole tree cannot be made read-only, what is mounted below is covered by what it covers.
    assert [r["error"] for r in result.records[1:]] == ["EROFS", "EROFS"]
    assert {"ro", "nosuid", "noexec", "nodev"} <= set(mount_at(result.info, "/data")["options"])


@pytest.mark.parametrize("option", ["unbindable", "runbindable"])
def test_in_an_unbindable_mount(rt, bundle, work, option):
    """Nothing can be bound from such a mount, so it only becomes one when these paths are there."""
    source = work / "volume"
    for name in ("secret", "kept", "masked"):
        (source / name).mkdir(parents=True)
    (source / "file").write_text("secret")
    config = base_config("write /volume/kept/new x", "ls /volume/secret", "cat /volume/file", "write /volume/new x", "info")
    config["mounts"].append(mount("/volume", "bind", source, "rbind", option))
    config["linux"]["readonlyPaths"].append("/volume/kept")
    config["linux"]["maskedPaths"] += ["/volume/secret", "/volume/file"]
    (source / "secret/file").touch()
    result = rt.run_ok(bundle(config))
    assert result.record("write", 0)["error"] == "EROFS"
    assert result.value("ls") == [] and result.value("cat") == ""
    assert result.record("write", 1)["error"] is None
    assert mount_at(result.info, "/volume")["tags"] == ["unbindable"]
    assert mount_at(result.info, "/volume/kept")["tags"] == (["unbindable"] if option == "runbindable" else [])


@pytest.mark.root("what is read-only besides is not an ordinary user's to write to")
def test_proc_sys_is_readonly(rt, bundle):
    config = base_config("write /proc/sys/kernel/hostname changed", "info")
    result = rt.run_ok(bundle(config))
    assert result.record("write")["error"] == "EROFS"
    assert {"ro", "nosuid", "nodev", "noexec"} <= set(mount_at(result.info, "/proc/sys")["options"])
    assert result.info["hostname"] == "inside"


def test_missing_readonly_paths_are_skipped(rt, bundle):
    rt.run_ok(bundle(readonly("/none", "/proc/none", verbs=("exit 0",))))


def test_masked_below_readonly(rt, bundle):
    config = base_config("cat /data/secret", "write /data/new")
    config["linux"]["maskedPaths"] = ["/data/secret"]
    config["linux"]["readonlyPaths"] = ["/data"]
    made = bundle(config)
    (made.rootfs / "data").mkdir()
    (made.rootfs / "data/secret").write_text("secret")
    result = rt.run_ok(made)
    assert result.value("cat") == "" and result.record("write")["error"] == "EROFS"


def test_docker_masks_hold_against_an_ordinary_user(rt, bundle):
    config = masked("/etc/secret", verbs=("cat /etc/secret", "write /etc/secret x"))
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    made = bundle(config)
    (made.rootfs / "etc/secret").write_text("secret")
    assert rt.run_ok(made).value("cat") == ""


@pytest.mark.root("a container without a user namespace")
@pytest.mark.parametrize("in_user_ns", [False, True])
@pytest.mark.parametrize("options", [(), ("--no-pivot",)])
def test_masks_hold_in_a_new_user_namespace(rt, bundle, options, in_user_ns):
    """Whoever makes namespaces in the container gets no procfs or sysfs without the masks: the host's are not left below."""
    if not harness.find_busybox():
        pytest.skip("needs a static busybox")
    script = "".join(f"busybox unshare -rmpnf sh -c 'busybox mount -t {kind} x /mnt' 2>/dev/null && echo {kind}; "
                     for kind in ("proc", "sysfs")) + "true"
    config = base_config()
    config["process"]["args"] = ["sh", "-c", script]
    config["linux"]["maskedPaths"] = ["/proc/interrupts", "/sys/firmware", "/sys/kernel"]
    harness.set_caps(config, *harness.granted(["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETFCAP"]))
    if in_user_ns:
        harness.add_namespace(harness.add_namespace(config, "user"), "network")
        for key in ("uidMappings", "gidMappings"):
            config["linux"][key] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    assert rt.run_ok(bundle(config), *options).out == ""
    config["linux"]["maskedPaths"] = config["linux"]["readonlyPaths"] = []
    for found in config["mounts"]:
        if found["destination"] in ("/proc", "/sys"):
            found["options"] = []
    config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/sys/")]
    assert rt.run_ok(bundle(config), *options).out.split() == ["proc", "sysfs"], "and where nothing is masked it is allowed"
