# SPDX-License-Identifier: GPL-2.0-or-later
"""Containers whose cgroup systemd keeps: the scope, what it is given, and what becomes of it."""

import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

import harness
from harness import TOKEN, base_config, cgroup_mounts, has_controller

IS_USER = os.geteuid() != 0
MANAGER = ["--user"] if IS_USER else []

pytestmark = pytest.mark.anyuser


@pytest.fixture(autouse=True)
def needs_systemd():
    if not os.path.isdir("/run/systemd/system"):
        pytest.skip("needs systemd: it does not run here")
    if os.environ.get("TARE_VIEW") == "v2":
        pytest.skip("needs systemd's own view of the cgroup tree")
    if IS_USER and not os.environ.get("XDG_RUNTIME_DIR"):
        pytest.skip("needs a systemd of this user: XDG_RUNTIME_DIR is not set")
    if not subprocess.run(["systemctl", *MANAGER, "show", "--property", "Version"], capture_output=True).stdout:
        pytest.skip("needs systemd: it does not answer")
    features = json.loads(subprocess.run([harness.TARE, "features"], capture_output=True, check=True).stdout)
    if not features["linux"]["cgroup"]["systemd"]:
        pytest.skip("needs a build with libsystemd")


@pytest.fixture
def rt(work):
    """The runtime with --systemd-cgroup for create and run, and nothing but XDG_RUNTIME_DIR of the environment."""
    runtime = harness.Runtime(work)
    if IS_USER:
        runtime.env["XDG_RUNTIME_DIR"] = os.environ["XDG_RUNTIME_DIR"]
    yield runtime
    runtime.clean()
    wait_for(lambda: not units(), f"units left behind: {units()}")
    harness.kill_leftovers()
    assert not harness.own_cgroups()


def call_with_systemd(rt, verb, *args, **options):
    return rt.call(verb, *args, globals=["--systemd-cgroup"], **options)


def create(rt, bundle, ident=None, **options):
    """A container that waits for start."""
    ident = ident or rt.new_id()
    out, out_fd = rt.pipe()
    err, err_fd = rt.pipe()
    try:
        result = call_with_systemd(rt, "create", "--bundle", bundle.path, ident, stdout=out_fd, stderr=err_fd, **options)
    finally:
        os.close(out_fd)
        os.close(err_fd)
    assert result.code == 0, f"create failed: {result}{err.rest()}"
    return harness.Container(rt, ident, out, err)


def create_fails(rt, bundle, *has, ident=None, **options):
    result = call_with_systemd(rt, "create", "--bundle", bundle.path, ident or rt.new_id(), **options)
    return harness.check_failure(result, has=has)


def units():
    text = subprocess.run(["systemctl", *MANAGER, "list-units", "--all", "--plain", "--no-legend", f"*{TOKEN}*"],
                          capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in text.splitlines() if line]


def wait_for(question, what):
    """systemd takes notice of an empty cgroup when it comes to it."""
    end = time.monotonic() + harness.TIMEOUT
    while not question():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def show(unit):
    """All properties of a unit; of those that are there several times (DeviceAllow) the lines."""
    text = subprocess.run(["systemctl", *MANAGER, "show", "--", unit], capture_output=True, text=True, check=True).stdout
    found = {}
    for line in text.splitlines():
        key, _, value = line.partition("=")
        found[key] = found[key] + "\n" + value if key in found else value
    return found


def reload():
    subprocess.run(["systemctl", *MANAGER, "daemon-reload"], check=True)


def cgroups_of(pid):
    """{controller: directory of the process}; "" is the v2 tree."""
    mounts = cgroup_mounts()
    found = {}
    for line in open(f"/proc/{pid}/cgroup"):
        _, controllers, path = line.strip().split(":", 2)
        for controller in controllers.split(","):
            if controller in mounts:
                found[controller] = pathlib.Path(mounts[controller] + path)
    return found


def directory(pid, controller):
    return cgroups_of(pid)["" if harness.CGROUP_MODE == "v2" else controller]


def config(*verbs, path=None, resources=None, annotations=None):
    made = base_config(*(verbs or ("pause",)))
    if path is not None:
        made["linux"]["cgroupsPath"] = path
    if IS_USER:
        del made["linux"]["resources"]
    if resources is not None:
        made["linux"].setdefault("resources", {}).update(resources)
    if annotations:
        made["annotations"] = annotations
    return made


def need(*controllers):
    for name in controllers:
        if not has_controller(name):
            pytest.skip(f"needs the {name} controller")
    if not IS_USER or harness.CGROUP_MODE != "v2":
        return
    root = show("-.slice")["ControlGroup"]
    given = open(f"/sys/fs/cgroup{root}/cgroup.controllers").read().split()
    for name in controllers:
        if name not in given:
            pytest.skip(f"needs the {name} controller handed down to this user's systemd")


def default_slice():
    return "user.slice" if IS_USER else "system.slice"


def test_the_scope(rt, bundle):
    """Where it lies, what it is called, that it is delegated, and that it goes with the container."""
    container = create(rt, bundle(config()))
    unit = f"tare-{container.id}.scope"
    found = show(unit)
    assert found["ActiveState"] == "active"
    assert found["Description"] == f"tare container {container.id}"
    assert (found["Slice"], found["Delegate"], found["CollectMode"]) == (default_slice(), "yes", "inactive-or-failed")
    assert found["MemoryAccounting"] == found["TasksAccounting"] == "yes"
    below = "/container" if harness.CGROUP_MODE == "v2" else ""
    for controller, path in cgroups_of(container.pid).items():
        assert str(path).endswith(f"/{default_slice()}/{unit}{below}"), controller
    if harness.CGROUP_MODE == "v2":
        assert str(directory(container.pid, "")) == f"/sys/fs/cgroup{found['ControlGroup']}/container"
    container.start()
    assert show(unit)["ActiveState"] == "active"
    container.kill()
    container.wait()
    container.delete()
    assert not units()
    assert rt.call("delete", container.id).code == 1
    rt.ok("delete", "--force", container.id)


@pytest.mark.parametrize("path, unit, place", [
    (":docker:ID", "docker-ID.scope", None),
    ("tare-x.slice:libpod:ID", "libpod-ID.scope", "/tare.slice/tare-x.slice"),
    ("-.slice:p:ID", "p-ID.scope", ""),
    ("tare.slice::ID", "ID.scope", "/tare.slice"),
])
def test_names(rt, bundle, path, unit, place):
    ident = rt.new_id()
    unit = unit.replace("ID", ident)
    container = create(rt, bundle(config(path=path.replace("ID", ident))), ident=ident)
    place = f"/{default_slice()}" if place is None else place
    root = show("-.slice")["ControlGroup"].rstrip("/")
    assert show(unit)["ControlGroup"] == f"{root}{place}/{unit}"
    container.delete()


def test_subgroup(rt, bundle):
    """crun's annotation: none, or one of another name."""
    for name in ("", "own"):
        container = create(rt, bundle(config(annotations={"run.oci.systemd.subgroup": name})))
        scope = f"tare-{container.id}.scope"
        for path in cgroups_of(container.pid).values():
            assert path.name == (name or scope)
            assert (path if not name else path.parent).name == scope
        container.start().kill().wait()
        container.delete()


def test_delegated_cgroup(rt, bundle):
    """crun's annotation: one more below the subgroup, which has the limits."""
    if harness.CGROUP_MODE != "v2":
        pytest.skip("needs cgroup v2: only there a cgroup can be handed over")
    container = create(rt, bundle(config(annotations={"run.oci.delegate-cgroup": "payload"})))
    (path,) = cgroups_of(container.pid).values()
    assert path.name == "payload" and path.parent.name == "container"
    assert path.parent.parent.name == f"tare-{container.id}.scope"
    container.start().kill().wait()
    container.delete()
    assert not path.parent.parent.exists()


@pytest.mark.parametrize("path, words", [
    ("/a/b", "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups"),
    ("a:b:c", "\"a\" is not the name of a slice"),
    ("a--b.slice:b:c", "is not the name of a slice"),
    ("a.slice:b:c.slice", "names a slice"),
])
def test_bad_names(rt, bundle, path, words):
    create_fails(rt, bundle(config(path=path)), "linux.cgroupsPath", words)
    assert not rt.ids()


def test_limits(rt, bundle):
    """Each is in the unit, in its cgroup and in the container's; a reload changes none."""
    need("memory", "pids", "cpu")
    if harness.CGROUP_MODE != "v2":
        pytest.skip("needs cgroup v2")
    resources = {"memory": {"limit": 64 << 20, "swap": 80 << 20, "reservation": 8 << 20}, "pids": {"limit": 77},
                 "cpu": {"shares": 512, "quota": 25000, "period": 50000}, "unified": {"memory.high": str(48 << 20)}}
    container = create(rt, bundle(config(resources=resources)))
    found = show(f"tare-{container.id}.scope")
    assert (found["MemoryMax"], found["MemorySwapMax"]) == (str(64 << 20), str(16 << 20))
    assert (found["MemoryLow"], found["MemoryHigh"]) == (str(8 << 20), str(48 << 20))
    assert (found["TasksMax"], found["CPUWeight"]) == ("77", "59")
    assert (found["CPUQuotaPerSecUSec"], found["CPUQuotaPeriodUSec"]) == ("500ms", "50ms")
    inner = directory(container.pid, "")
    files = {"memory.max": str(64 << 20), "memory.swap.max": str(16 << 20), "memory.low": str(8 << 20),
             "memory.high": str(48 << 20), "pids.max": "77", "cpu.weight": "59", "cpu.max": "25000 50000"}
    for _ in range(2):
        for file, value in files.items():
            assert (inner / file).read_text().strip() == value, file
            assert (inner.parent / file).read_text().strip() == value, file
        reload()
    container.delete()


def test_limits_on_v1(rt, bundle):
    need("pids", "cpu")
    if harness.CGROUP_MODE == "v2" or IS_USER:
        pytest.skip("needs cgroup v1 and root")
    container = create(rt, bundle(config(resources={"pids": {"limit": 77}, "cpu": {"shares": 512, "quota": 25000}})))
    assert show(f"tare-{container.id}.scope")["TasksMax"] == "77"
    for _ in range(2):
        assert (directory(container.pid, "pids") / "pids.max").read_text() == "77\n"
        assert (directory(container.pid, "cpu") / "cpu.shares").read_text() == "512\n"
        assert (directory(container.pid, "cpu") / "cpu.cfs_quota_us").read_text() == "25000\n"
        reload()
    container.delete()


def test_no_tasks(rt, bundle):
    """systemd cannot say it, the kernel can."""
    need("pids")
    container = create(rt, bundle(config(resources={"pids": {"limit": 0}})))
    assert (directory(container.pid, "pids") / "pids.max").read_text() == "0\n"
    assert show(f"tare-{container.id}.scope")["TasksMax"] == "1"
    container.delete()


def test_limits_hold(rt, bundle):
    need("pids")
    container = create(rt, bundle(config("fork 20", resources={"pids": {"limit": 8}})))
    result = container.finish()
    assert result.record("fork")["value"] < 20, result


def test_devices_over_reload(rt, bundle):
    """What is allowed stays allowed and what is not stays closed, whatever systemd sets up again."""
    if IS_USER:
        pytest.skip("needs root: an ordinary user has no device rules")
    disks = sorted(pathlib.Path("/sys/block").glob("*/dev"))
    if not disks:
        pytest.skip("needs a disk to look at")
    number = disks[0].read_text().strip()
    major, minor = map(int, number.split(":"))
    made = config()
    made["process"]["args"] = ["/bin/sh", "-c", "while read -r line; do (: </dev/disk) 2>/dev/null && echo -n read || echo -n none; "
                               "(: >>/dev/disk) 2>/dev/null && echo write || echo none; done"]
    made["linux"]["resources"]["devices"] = [{"allow": False, "access": "rwm"},
                                             {"allow": True, "type": "b", "major": major, "minor": minor, "access": "r"}]
    made["linux"]["devices"] = [{"path": "/dev/disk", "type": "b", "major": major, "minor": minor, "fileMode": 0o666}]
    reading, asking = os.pipe()
    ident = rt.new_id()
    out, out_fd = rt.pipe()
    result = call_with_systemd(rt, "create", "--bundle", bundle(made).path, ident, stdin=reading, stdout=out_fd,
                               stderr=subprocess.DEVNULL)
    os.close(reading)
    os.close(out_fd)
    assert result.code == 0
    rt.ok("start", ident)
    found = show(f"tare-{ident}.scope")
    assert found["DevicePolicy"] == "strict"
    assert f"/dev/block/{number} r" in found["DeviceAllow"].splitlines()
    for _ in range(3):
        os.write(asking, b"\n")
        assert out.line() == "readnone"
        reload()
    os.close(asking)
    rt.call("kill", ident, "KILL")


def test_update(rt, bundle):
    """Unit, scope and container change together, and a reload keeps them."""
    need("pids", "cpu")
    container = create(rt, bundle(config(resources={"pids": {"limit": 77}, "cpu": {"quota": 25000, "period": 50000}})))
    unit = f"tare-{container.id}.scope"
    rt.ok("update", "--pids-limit", "55", "--cpu-quota", "40000", container.id)
    for _ in range(2):
        found = show(unit)
        assert (found["TasksMax"], found["CPUQuotaPerSecUSec"]) == ("55", "800ms")
        path = directory(container.pid, "pids")
        assert (path / "pids.max").read_text() == "55\n"
        if harness.CGROUP_MODE == "v2":
            assert (path.parent / "pids.max").read_text() == "55\n"
            assert (path / "cpu.max").read_text() == (path.parent / "cpu.max").read_text() == "40000 50000\n"
        reload()
    container.delete()


def test_annotations(rt, bundle):
    """They reach the unit, converted, and win over what the runtime says itself."""
    container = create(rt, bundle(config(annotations={
        "org.systemd.property.TimeoutStopSec": "7", "org.systemd.property.After": "['tare-none.service']",
        "org.systemd.property.KillSignal": "2", "org.systemd.property.Description": "'of mine'",
        "org.systemd.property.TasksMax": "uint64 99"})))
    found = show(f"tare-{container.id}.scope")
    assert (found["TimeoutStopUSec"], found["KillSignal"], found["Description"]) == ("7s", "2", "of mine")
    assert found["TasksMax"] == "99"
    assert "tare-none.service" in found["After"].split()
    container.delete()


@pytest.mark.parametrize("name, value, words", [
    ("CollectMode", "inactive", "there is no value"),
    ("PIDs", "[uint32 1]", "not for annotations to set"),
    ("NoSuchThing", "1", "Cannot set property NoSuchThing"),
    ("CollectMode", "'sometimes'", "start the systemd unit"),
])
def test_bad_annotations(rt, bundle, name, value, words):
    create_fails(rt, bundle(config(annotations={f"org.systemd.property.{name}": value})), words)
    assert not rt.ids() and not units()


def test_unit_in_use(rt, bundle):
    """Another's unit of the same name is an error, and stays as it is."""
    ident = rt.new_id()
    container = create(rt, bundle(config(path=f":p:{ident}")), ident=ident)
    create_fails(rt, bundle(config(path=f":p:{ident}")), f"the systemd unit p-{ident}.scope exists already and is in use")
    assert harness.is_alive(container.pid)
    assert show(f"p-{ident}.scope")["ActiveState"] == "active"
    container.delete()


def test_stale_unit(rt, bundle):
    """One of that name that failed is reset."""
    ident = rt.new_id()
    unit = f"p-{ident}.scope"
    # CollectMode=inactive: a failed one stays until somebody resets it.  Its stop times out, for nobody kills.
    subprocess.run(["systemd-run", *MANAGER, "--quiet", "--scope", "--unit", unit, "-p", "RuntimeMaxSec=1s",
                    "sleep", "1000"], stderr=subprocess.DEVNULL, timeout=harness.TIMEOUT * 3)
    wait_for(lambda: show(unit)["ActiveState"] == "failed", f"{unit} does not fail: {show(unit)['ActiveState']}")
    container = create(rt, bundle(config(path=f":p:{ident}")), ident=ident)
    assert show(unit)["ActiveState"] == "active"
    container.delete()
    assert not units()


def test_again_after_a_failure(rt, bundle):
    """A payload that is killed leaves no failed unit in the way of the next."""
    ident = rt.new_id()
    made = bundle(config())
    for _ in range(2):
        container = create(rt, made, ident=ident)
        container.start().kill().wait()
        container.delete()


def test_failed_create_leaves_nothing(rt, bundle):
    made = config()
    made["mounts"].append({"destination": "/m", "type": "nosuchfs", "source": "x"})
    create_fails(rt, bundle(made), "mounts")
    wait_for(lambda: not units(), f"left: {units()}")
    assert not rt.ids()


@pytest.mark.parametrize("ms", [5, 15, 30, 60, 120, 250])
def test_killed_runtime_leaves_no_unit(rt, bundle, ms):
    """systemd collects the scope of a runtime that was killed; delete clears the rest."""
    ident = rt.new_id()
    process = rt.popen_raw([*harness.LAUNCH, "--root", str(rt.root), "--systemd-cgroup", "create", "--bundle",
                            str(bundle(config()).path), ident], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    time.sleep(ms / 1000 * harness.SLOW)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=harness.TIMEOUT)
    rt.ok("delete", "--force", ident)
    wait_for(lambda: not units(), f"left: {units()}")
    assert not rt.ids()


def test_run(rt, bundle):
    result = call_with_systemd(rt, "run", "--bundle", bundle(config("exit 7")).path, rt.new_id())
    assert result.code == 7, result
    assert not units()


def test_kill_all(rt, bundle):
    made = config("pause")
    harness.drop_namespace(made, "pid")
    if IS_USER:
        pytest.skip("needs root: an ordinary user may not show another's procfs")
    container = create(rt, bundle(made)).start()
    rt.ok("kill", "--all", container.id, "KILL")
    container.wait()
    container.delete()


def test_user_namespace(rt, bundle):
    """The process is put into its scope as the user whom systemd knows, before it becomes another."""
    if IS_USER:
        pytest.skip("needs root: of an ordinary user every container has one")
    made = config("info")
    harness.add_namespace(made, "user")
    harness.add_namespace(made, "network")    # of which a sysfs is
    made["linux"]["uidMappings"] = made["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    made = bundle(made)
    made.chown_directories(100000, 100000)
    container = create(rt, made)
    for path in cgroups_of(container.pid).values():
        assert container.id in str(path)
    assert container.finish().info["uids"] == [0, 0, 0]


def test_delegated_to_the_payload(rt, bundle):
    """CG-04 within a scope: the payload makes cgroups of its own, which go with it."""
    if harness.CGROUP_MODE != "v2":
        pytest.skip("needs cgroup v2")
    made = config("mkdir /sys/fs/cgroup/inner", "mkdir /sys/fs/cgroup/inner/deeper", "pause")
    for entry in made["mounts"]:
        if entry["destination"] == "/sys/fs/cgroup":
            entry["options"].remove("ro")
    container = create(rt, bundle(made)).start()
    container.out.record("mkdir")
    container.out.record("mkdir")
    assert (directory(container.pid, "") / "inner/deeper").is_dir()
    container.kill().wait()
    container.delete()
    assert not units()


def test_no_bus(rt, bundle, work):
    """The error says what was looked for, and nothing is left."""
    variable = "DBUS_SESSION_BUS_ADDRESS" if IS_USER else "DBUS_SYSTEM_BUS_ADDRESS"
    create_fails(rt, bundle(config()), "connect to the", env={variable: f"unix:path={work}/nowhere"})
    assert not rt.ids()


def test_delete_without_a_bus(rt, bundle, work):
    """A container can always be deleted: systemd finds out by itself that the scope is empty."""
    variable = "DBUS_SESSION_BUS_ADDRESS" if IS_USER else "DBUS_SYSTEM_BUS_ADDRESS"
    container = create(rt, bundle(config())).start()
    result = rt.call("delete", "--force", container.id, env={variable: f"unix:path={work}/nowhere"})
    assert result.code == 0, result
    container.wait()
    assert not rt.ids()
    wait_for(lambda: not units(), f"left: {units()}")


def test_user_without_runtime_directory(rt, bundle):
    if not IS_USER:
        pytest.skip("needs an ordinary user")
    del rt.env["XDG_RUNTIME_DIR"]
    try:
        create_fails(rt, bundle(config()), "neither XDG_RUNTIME_DIR nor DBUS_SESSION_BUS_ADDRESS is set")
    finally:
        rt.env["XDG_RUNTIME_DIR"] = os.environ["XDG_RUNTIME_DIR"]
