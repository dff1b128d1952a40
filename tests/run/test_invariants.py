# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbered invariants of the lifecycle (I09..I20) and of the payload's start (I21..I34), each as one test.

I01..I08, that nothing outside changes, are the oracle around every test.  Where a number has a test file of
its own (I17 hooks, I31 cgroups, I34 terminal), the one here is the plain case.
"""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

import harness
from harness import PATH, base_config, hook, hook_records, manager_config, mount_at, mounts_of, status_caps

STATUSES = ("creating", "created", "running", "paused", "stopped")


# ---- lifecycle ---------------------------------------------------------------------------------

def test_I09_status_follows_the_arrows(rt, bundle):
    container = rt.create(bundle(base_config("signals 1", "exit 0")))
    seen = [container.status]
    container.start()
    seen.append(container.status)
    container.out.record("signals")
    container.kill("TERM")
    container.wait()
    seen.append(container.status)
    assert seen == ["created", "running", "stopped"]
    for verb in (("start",), ("kill",)):
        rt.fails(verb[0], container.id)
        assert container.status == "stopped"


def test_I10_record_is_valid_at_every_instant(rt, bundle):
    made = bundle(base_config("exit 0"))
    ident = rt.new_id()
    problems = []
    is_over = threading.Event()

    def watch():
        path = rt.root / ident / "state.json"
        while not is_over.is_set():
            try:
                json.loads(path.read_text())
            except FileNotFoundError:
                pass
            except NotADirectoryError:
                pass
            except ValueError as error:
                problems.append(str(error))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for _ in range(5):
            rt.run_ok(made, ident=ident)
    finally:
        is_over.set()
        watcher.join()
    assert not problems


def test_I11_after_create_init_lives_or_is_reported_stopped(rt, bundle):
    container = rt.create(bundle(base_config("exit 0")))
    assert harness.is_alive(container.pid) and container.status == "created"
    os.kill(container.pid, 9)
    harness.wait_gone(container.pid)
    assert container.status == "stopped"


def test_I12_start_takes_effect_once(rt, bundle):
    container = rt.create(bundle(base_config("print once", "pause"))).start()
    for _ in range(3):
        rt.fails("start", container.id)
    container.delete("--force")
    assert len([r for r in harness.parse_records(container.out.rest()) if r["verb"] == "print"]) == 1


def test_I13_failed_create_leaves_nothing(rt, bundle):
    config = manager_config("docker")
    config["process"]["args"] = ["/missing"]
    rt.create_fails(bundle(config), has="no such file or directory")
    assert rt.ids() == []
    rt.oracle.check()


def test_I14_delete_force_from_every_state(rt, bundle):
    made = bundle(base_config("pause"))
    created = rt.create(made)
    running = rt.create(made).start()
    stopped = rt.create(made).start().kill("KILL")
    stopped.wait()
    for container in (created, running, stopped):
        container.delete("--force")
        container.delete("--force")
    rt.oracle.check()


def test_I15_delete_of_a_running_container_changes_nothing(rt, bundle):
    container = rt.create(bundle(base_config("signals 1", "exit 6"))).start()
    container.out.record("signals")
    record = (rt.root / container.id / "state.json")
    before = record.read_bytes() if record.exists() else None
    rt.fails("delete", container.id)
    assert (record.read_bytes() if record.exists() else None) == before
    container.kill("TERM")
    assert container.wait() == 6


def test_I16_kill_hits_only_the_container(rt, bundle):
    made = bundle(base_config("pause"))
    one, two = rt.create(made).start(), rt.create(made).start()
    one.kill("KILL")
    one.wait()
    rt.fails("kill", one.id, "KILL")
    assert two.status == "running" and harness.is_alive(two.pid)


def test_I17_hooks_run_at_most_once(rt, bundle, work):
    config = base_config("exit 0")
    config["hooks"] = {kind: [hook(["print", kind], out=work / "log")]
                       for kind in ("prestart", "createRuntime", "createContainer", "poststart", "poststop")}
    rt.run_ok(bundle(config))
    assert [r["value"] for r in hook_records(work / "log")] == list(config["hooks"])


def test_I18_every_command_ends_in_time(rt, bundle):
    """Even when the container's process is stopped and takes no notice."""
    container = rt.create(bundle(base_config("pause"))).start()
    os.kill(container.pid, 19)
    begin = time.monotonic()
    container.state()
    rt.list()
    rt.fails("start", container.id)
    container.delete("--force")
    assert time.monotonic() - begin < harness.TIMEOUT


def test_I19_reading_changes_nothing(rt, bundle):
    container = rt.create(bundle(base_config("pause")))

    def look():
        return {p.relative_to(rt.root): harness.file_identity(p) for p in rt.root.rglob("*") if not p.is_fifo()}

    before = look()
    container.state()
    rt.list()
    rt.ok("list", "-q")
    rt.ok("features")
    assert look() == before


@pytest.mark.parametrize("ident", ["unknown", "..", ".", "", "../state"])
def test_I20_unknown_id(rt, bundle, ident):
    container = rt.create(bundle(base_config("pause")))
    for verb in ("state", "start", "kill", "delete"):
        result = rt.call(verb, ident)
        assert result.code != 0, result
    assert container.status == "created"
    assert rt.ids() == [container.id]


# ---- the payload's start -----------------------------------------------------------------------

@pytest.fixture
def info(rt, bundle):
    """What a payload in Docker's container sees, started by a caller that leaks descriptors."""
    leaked = [os.open("/", os.O_RDONLY), os.open("/proc/self/ns/net", os.O_RDONLY)]
    for fd in leaked:
        os.set_inheritable(fd, True)
    made = bundle(manager_config("docker", "info"))
    result = rt.run(made, pass_fds=leaked)
    for fd in leaked:
        os.close(fd)
    assert result.code == 0, result
    found = result.info
    found["bundle"] = made
    return found


def test_I21_descriptors(info):
    assert sorted(info["fds"]) == ["0", "1", "2"]
    assert all(fd["type"] in ("char", "fifo") for fd in info["fds"].values())


def test_I22_paths_are_inside(info):
    assert info["cwd"] == "/" and info["root"] == "/" and info["proc_cwd"] == "/" and info["exe"] == "/probe"


def test_I23_credentials_and_limits(info):
    wanted = info["bundle"].config["process"]
    mask = harness.cap_mask(wanted["capabilities"]["bounding"])
    assert status_caps(info) == {"CapInh": 0, "CapAmb": 0, "CapPrm": mask, "CapEff": mask, "CapBnd": mask}
    assert info["uids"] == [0, 0, 0] and info["gids"] == [0, 0, 0] and info["groups"] == [0]
    assert info["umask"] == 0o22


def test_I24_no_new_privileges_and_seccomp(rt, bundle):
    for nnp in (True, False):
        config = manager_config("docker", "info")
        config["process"]["noNewPrivileges"] = nnp
        config["linux"]["cgroupsPath"] = f"/{harness.TOKEN}-nnp"
        status = rt.run_ok(bundle(config)).info["status"]
        assert status["NoNewPrivs"] == str(int(nnp))
        assert status["Seccomp"] == "2" and status.get("Seccomp_filters", "1") == str(1 + harness.OUTER_FILTERS)


def test_I25_security_label_is_unconfined_or_refused(rt, bundle):
    """None was asked for: none is set; one that cannot be applied is an error (test_errors)."""
    info = rt.run_ok(bundle(base_config())).info
    own = "/proc/self/attr/current"
    try:
        with open(own) as file:
            expected = file.read().strip("\0\n")
    except OSError:
        expected = None
    if not expected:
        assert not info["apparmor"] or info["apparmor"] == [""]
    else:
        assert info["apparmor"][0].strip("\0") == expected


def test_I26_mounts_are_the_planned_ones(info):
    listed = {m["destination"] for m in info["bundle"].config["mounts"]}
    linux = info["bundle"].config["linux"]
    allowed = listed | set(linux["maskedPaths"]) | set(linux["readonlyPaths"]) | {"/"}
    for entry in mounts_of(info):
        assert entry["target"] in allowed or entry["target"].startswith("/sys/fs/cgroup/"), entry
        assert "shared" not in "".join(entry["tags"])
    assert listed <= {m["target"] for m in mounts_of(info)}
    assert not any("old" in m["target"] or str(info["bundle"].path) in m["target"] for m in mounts_of(info))


def test_I27_masks_and_readonly_paths(rt, bundle):
    config = manager_config("docker")
    masked = [p for p in config["linux"]["maskedPaths"] if os.path.exists(p)]
    readonly = [p for p in config["linux"]["readonlyPaths"] if os.path.exists(p)]
    config["process"]["args"] = harness.probe(*[f"stat {p}" for p in masked], *[f"chmod {p} 777" for p in readonly])
    result = rt.run_ok(bundle(config))
    for record in result.records[:len(masked)]:
        status = record["value"]
        assert (status["type"], status["major"], status["minor"]) == ("char", 1, 3) or \
            (status["type"] == "dir" and status["fs_magic"] == 0x01021994), record
    assert [r["error"] for r in result.records[len(masked):]] == ["EROFS"] * len(readonly)


def test_I28_proc_is_of_the_containers_pid_namespace(rt, bundle):
    result = rt.run_ok(bundle(base_config("stat /proc", "ls /proc", "info")))
    assert (result.value("stat")["fs_magic"], result.value("stat")["ino"]) == (0x9fa0, 1)
    assert [n for n in result.value("ls") if n.isdigit()] == ["1"]
    assert "ro" in mount_at(result.info, "/sys")["options"]


def test_I29_device_nodes(rt, bundle):
    tree = rt.run_ok(bundle(manager_config("docker", "tree /dev"))).value("tree")
    numbers = {p: (n["major"], n["minor"]) for p, n in tree.items() if n["type"] in ("char", "block") and "/pts/" not in p}
    assert numbers == {"/dev/null": (1, 3), "/dev/zero": (1, 5), "/dev/full": (1, 7), "/dev/random": (1, 8),
                       "/dev/urandom": (1, 9), "/dev/tty": (5, 0)}


def test_I30_devices_are_denied_by_default(rt, bundle):
    if harness.CGROUP_MODE != "v2" and not harness.has_controller("devices"):
        pytest.skip("no devices controller on this machine")
    result = rt.run_ok(bundle(manager_config("docker", "mknod /tmp/m c 1 1", "open /tmp/m", "mknod /tmp/p c 1 2", "open /tmp/p")))
    assert [r["error"] for r in result.records] == [None, "EPERM", None, "EPERM"]


def test_I31_member_of_its_cgroup_from_the_start(rt, bundle):
    for line in rt.run_ok(bundle(base_config())).info["cgroup"]:
        assert line.split(":", 2)[2] == "/", "the cgroup namespace's root is the own cgroup"


def test_I32_environment_is_the_configs(rt, bundle):
    info = rt.run_ok(bundle(base_config()), env={"SECRET": "of the caller", "LD_PRELOAD": ""}).info
    assert sorted(info["env"]) == sorted([f"PATH={PATH}", "HOME=/root"])


def test_I33_session_keyring_is_new(rt, bundle):
    probe = harness.PROBE
    before = rt.call_raw([probe]).info["keyring"]
    if "error" in before:
        pytest.skip("no key retention service in this kernel")
    made = bundle(base_config())
    one, two = rt.run_ok(made).info["keyring"], rt.run_ok(made).info["keyring"]
    assert "error" not in one
    assert len({before["id"], one["id"], two["id"]}) == 3
    kept = rt.run_ok(made, "--no-new-keyring").info["keyring"]
    assert kept.get("id") == before["id"]


# Makes a session keyring of the given name that everybody may search, says its number, and holds it.
LAY_KEYRING = """
import ctypes, sys
key, libc = int(sys.argv[1]), ctypes.CDLL(None)
ring = libc.syscall(key, 1, sys.argv[2].encode())
assert libc.syscall(key, 5, ring, 0x3f3f3f3f) == 0
print(ring, flush=True)
sys.stdin.read()
"""
KEYCTL = {"x86_64": 250, "aarch64": 219, "riscv64": 219, "s390x": 280, "ppc64le": 271}


def test_I33_a_keyring_laid_ready_is_not_joined(rt, bundle):
    """The kernel joins a keyring by its name if it may search it, whoever made it."""
    if "error" in rt.call_raw([harness.PROBE]).info["keyring"]:
        pytest.skip("needs the key retention service, which this kernel lacks")
    if os.uname().machine not in KEYCTL:
        pytest.skip(f"needs the number of keyctl(2) on {os.uname().machine}")
    ident = rt.new_id()
    number = str(KEYCTL[os.uname().machine])
    with subprocess.Popen([sys.executable, "-c", LAY_KEYRING, number, ident], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as other:
        ring = int(other.stdout.readline())
        joined = rt.run(bundle(base_config()), ident=ident).info["keyring"]
        other.stdin.close()
    assert "error" not in joined
    assert joined["id"] != ring
    assert joined["description"].split(";")[4].startswith(ident + ":")


def test_I34_no_controlling_terminal(rt, bundle):
    info = rt.run_ok(bundle(base_config())).info
    assert info["tty"]["controlling"] == "ENXIO"
    assert info["sid"] == info["pid"] or info["sid"] == 0 or info["sid"] == 1
