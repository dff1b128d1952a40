# SPDX-License-Identifier: GPL-2.0-or-later
"""Security modules: AppArmor profiles, SELinux labels, labels of mounts (PR-12, PR-13, RF-04, I25, V02).

On a machine without a module, asking for it is an error; with it, the payload's own view is compared."""

import os
import shutil
import subprocess

import pytest

import harness
from harness import base_config, mount


def is_apparmor_on():
    try:
        return open("/sys/module/apparmor/parameters/enabled").read().startswith("Y")
    except FileNotFoundError:
        return False


IS_APPARMOR_ON = is_apparmor_on()
IS_SELINUX_ON = os.path.exists("/sys/fs/selinux/enforce")

# Any context that a policy with containers knows.
CONTEXT = "system_u:system_r:container_t:s0:c1,c2"
FILE_CONTEXT = "system_u:object_r:container_file_t:s0:c1,c2"

PROFILE = """
profile %s flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  network,
  signal,
  ptrace,
  umount,
  mount,
  deny /etc/forbidden rw,
}
"""


def with_process(key, value, *verbs):
    config = base_config(*verbs)
    config["process"][key] = value
    return config


@pytest.fixture
def profile():
    """A loaded profile that denies /etc/forbidden."""
    if not IS_APPARMOR_ON:
        pytest.skip("needs AppArmor: it is off on this machine")
    parser = shutil.which("apparmor_parser", path=harness.PATH)
    if not parser:
        pytest.skip("needs AppArmor: no apparmor_parser to load a profile with")
    name = f"tare-test-{harness.TOKEN}"
    text = (PROFILE % name).encode()
    subprocess.run([parser, "--replace", "--skip-cache"], input=text, check=True)
    yield name
    subprocess.run([parser, "--remove"], input=text, check=True)


def need_selinux():
    if not IS_SELINUX_ON:
        pytest.skip("needs SELinux: it is off on this machine")


@pytest.mark.parametrize("verb", ["run", "create"])
@pytest.mark.parametrize("is_on, key, value, has", [
    (IS_APPARMOR_ON, "apparmorProfile", "docker-default", "AppArmor is not enabled"),
    (IS_SELINUX_ON, "selinuxLabel", CONTEXT, "SELinux is not enabled")])
def test_asked_for_and_off(rt, bundle, verb, is_on, key, value, has):
    """Never less confinement than was asked for (G-04)."""
    if is_on:
        pytest.skip(f"needs a machine without the module of {key}")
    made = bundle(with_process(key, value))
    expected = ("config.json:", f"process.{key}", has, value)
    if verb == "run":
        rt.run_fails(made, has=expected)
    else:
        rt.create_fails(made, has=expected)
    assert rt.ids() == []


def test_mount_label_asked_for_and_off(rt, bundle):
    if IS_SELINUX_ON:
        pytest.skip("needs a machine without SELinux")
    config = base_config()
    config["linux"]["mountLabel"] = FILE_CONTEXT
    made = bundle(config)
    assert FILE_CONTEXT not in str(harness.mounts_of(rt.run_ok(made).info))
    result = rt.call("run", "--bundle", made.path, rt.new_id(), globals=("--log-level", "warning"))
    where, said = result.err.split("SELinux is not enabled")
    assert result.code == 0 and "config.json:" in where and "linux.mountLabel" in where and FILE_CONTEXT in said


def test_empty_values_ask_for_nothing(rt, bundle):
    """Managers write them for none."""
    config = with_process("apparmorProfile", "")
    config["process"]["selinuxLabel"] = ""
    config["linux"]["mountLabel"] = ""
    rt.run_ok(bundle(config))


def test_unconfined(rt, bundle):
    """True of everybody where AppArmor is off."""
    info = rt.run_ok(bundle(with_process("apparmorProfile", "unconfined"))).info
    assert info["apparmor"] in (None, ["unconfined"], []) or not IS_APPARMOR_ON


def test_control_characters(rt, bundle):
    """"exec NAME" must stay one command to the kernel."""
    made = bundle(with_process("apparmorProfile", "a\nexec b"))
    rt.run_fails(made, has=("config.json:", "apparmorProfile"))


# ---- with AppArmor -----------------------------------------------------------------------------

@pytest.mark.parametrize("uid", [0, 1000])
@pytest.mark.parametrize("no_new_privileges", [True, False])
def test_profile_is_the_payloads(rt, bundle, profile, uid, no_new_privileges):
    config = with_process("apparmorProfile", profile, "info", "cat /etc/forbidden")
    config["process"]["user"] = {"uid": uid, "gid": uid}
    config["process"]["noNewPrivileges"] = no_new_privileges
    made = bundle(config)
    (made.rootfs / "etc/forbidden").write_text("x")
    result = rt.run_ok(made)
    assert result.info["apparmor"] == [f"{profile} (enforce)"]
    assert result.record("cat")["error"] == "EACCES"


def test_profile_after_create_and_start(rt, bundle, profile):
    config = with_process("apparmorProfile", profile, "info", "exit 0")
    config["hooks"] = {"createContainer": [harness.hook("info")], "startContainer": [{"path": "/probe", "args": ["probe", "info"]}]}
    assert rt.create(bundle(config)).finish().info["apparmor"] == [f"{profile} (enforce)"]


def test_profile_that_is_not_loaded(rt, bundle, profile):
    made = bundle(with_process("apparmorProfile", profile + "-x"))
    rt.run_fails(made, has=("config.json:", f'AppArmor profile "{profile}-x" is not loaded', "/attr/apparmor/exec`"))


def test_V02_profile_with_a_fake_attr_file(rt, bundle, profile, work):
    """A mount of the config over the file that labels are written to is refused, or does not matter."""
    (work / "fake").write_text("")
    config = with_process("apparmorProfile", profile)
    config["mounts"].append(mount("/proc/self/attr/exec", "bind", work / "fake", "bind"))
    result = rt.run(bundle(config))
    assert result.code != 0 or result.info["apparmor"] == [f"{profile} (enforce)"]
    assert (work / "fake").read_text() == ""


# ---- with SELinux ------------------------------------------------------------------------------

def test_label_is_the_payloads(rt, bundle):
    need_selinux()
    info = rt.run_ok(bundle(with_process("selinuxLabel", CONTEXT))).info
    assert info["apparmor"][0].rstrip("\0") == CONTEXT


def test_label_that_does_not_exist(rt, bundle):
    need_selinux()
    made = bundle(with_process("selinuxLabel", "no:such:context:s0"))
    rt.run_fails(made, has=("config.json:", "SELinux label", "/attr/"))


def test_mount_label(rt, bundle):
    need_selinux()
    config = base_config()
    config["linux"]["mountLabel"] = FILE_CONTEXT
    config["mounts"].append(mount("/mnt", "tmpfs", "tmpfs", "mode=700", "size=1m"))
    info = rt.run_ok(bundle(config)).info
    for target in ("/mnt", "/dev", "/dev/pts", "/dev/shm"):
        options = ",".join(harness.mount_at(info, target)["super"])
        assert f'context="{FILE_CONTEXT}"' in options or f"context={FILE_CONTEXT}" in options, options
    for target in ("/proc", "/sys"):
        assert "container_file_t" not in ",".join(harness.mount_at(info, target)["super"])


# ---- a read-only /proc -------------------------------------------------------------------------

def test_readonly_proc_does_not_hinder_the_setup(rt, bundle):
    """What is written to procfs goes through one of our own then."""
    config = base_config("info", "write /proc/self/oom_score_adj 400", "cat /proc/sys/kernel/shmmni")
    config["mounts"][0]["options"].append("ro")
    config["process"]["oomScoreAdj"] = 300
    config["linux"]["sysctl"] = {"kernel.shmmni": "77"}
    result = rt.run_ok(bundle(config))
    assert result.info["oom_score_adj"] == ["300"]
    assert result.value("cat").strip() == "77"
    assert result.record("write")["error"] == "EROFS"
    assert "ro" in harness.mount_at(result.info, "/proc")["options"]
    assert len([m for m in harness.mounts_of(result.info) if m["type"] == "proc" and m["target"] == "/proc"]) == 1
