# SPDX-License-Identifier: GPL-2.0-or-later
"""The six kinds of hooks: order, place, input, environment, time limit, and what a failure does
(HK-01..HK-19, LC-01..LC-08, I17, I39, V30)."""

import json
import os
import select
import time

import pytest

import harness
from harness import PROBE, base_config, hook, hook_records, mount

pytestmark = pytest.mark.anyuser

KINDS = ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")
ON_CREATE = KINDS[:3]
ON_HOST = ("prestart", "createRuntime", "poststart", "poststop")
STATUS = {"prestart": "created", "createRuntime": "creating", "createContainer": "creating", "startContainer": "created",
          "poststart": "running", "poststop": "stopped"}


class Log:
    """One file on the host that hooks on both sides append their records to; /log inside."""

    def __init__(self, work):
        self.directory = work / "log"
        self.directory.mkdir()
        self.file = self.directory / "records"

    def mount(self):
        return mount("/log", "bind", self.directory, "bind")

    def hook(self, kind, *verbs, label=None, **more):
        inside = kind == "startContainer"
        return hook(["print", label or kind], *verbs, out="/log/records" if inside else self.file,
                    path="/probe" if inside else PROBE, **more)

    def records(self, verb=None):
        return [r for r in hook_records(self.file) if verb in (None, r["verb"])]

    def order(self):
        return [r["value"] for r in self.records("print")]

    def of(self, kind, verb):
        """The record of @verb that kind's hook wrote."""
        found = self.records()
        at = [i for i, r in enumerate(found) if r["verb"] == "print" and r["value"] == kind][0]
        return next(r for r in found[at:] if r["verb"] == verb)["value"]


@pytest.fixture
def log(work):
    return Log(work)


def with_hooks(log, hooks, *verbs):
    config = base_config(*(verbs or ("exit 0",)))
    config["mounts"].append(log.mount())
    config["hooks"] = hooks
    return config


def all_hooks(log, *verbs, **more):
    return {kind: [log.hook(kind, *verbs, **more)] for kind in KINDS}


def fails(kind, log):
    """A hook of @kind that exits with 3."""
    entry = log.hook(kind, "exit 3", label=f"{kind} fails")
    return entry


# ---- when and where ----------------------------------------------------------------------------

def test_order_and_moment(rt, bundle, log):
    """Each kind at its point of the lifecycle, the payload between startContainer and poststop."""
    container = rt.create(bundle(with_hooks(log, all_hooks(log), "signals 1")))
    assert log.order() == list(ON_CREATE)
    container.start()
    assert log.order() == list(KINDS[:5])
    container.out.record("signals")
    container.kill("TERM")
    container.wait()
    assert log.order() == list(KINDS[:5])
    container.delete()
    assert log.order() == list(KINDS)


def test_with_run(rt, bundle, log):
    rt.run_ok(bundle(with_hooks(log, all_hooks(log))))
    assert log.order() == list(KINDS)


def test_poststart_comes_after_the_exec(rt, bundle, log):
    """The payload's program runs already: the process is no longer ours."""
    config = with_hooks(log, {"poststart": [{"path": "/bin/sh", "args": [
        "sh", "-c", f"pid=$(sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p'); readlink /proc/$pid/exe > {log.file}"],
        "env": ["PATH=/usr/bin:/bin"]}]}, "pause")
    container = rt.create(bundle(config)).start()
    assert log.file.read_text().strip().endswith("/probe")
    container.delete("--force")


def test_array_order(rt, bundle, log):
    hooks = {kind: [log.hook(kind, label=f"{kind} {n}") for n in range(3)] for kind in KINDS}
    rt.run_ok(bundle(with_hooks(log, hooks)))
    assert log.order() == [f"{kind} {n}" for kind in KINDS for n in range(3)]


def test_namespaces(rt, bundle, log):
    container = rt.create(bundle(with_hooks(log, all_hooks(log, "info"), "pause"))).start()
    inside = {n: os.readlink(f"/proc/{container.pid}/ns/{n}") for n in ("mnt", "pid", "uts", "ipc", "cgroup")}
    container.delete("--force")
    outside = {n: os.readlink(f"/proc/self/ns/{n}") for n in inside}
    for kind in KINDS:
        found = log.of(kind, "info")["namespaces"]
        expected = outside if kind in ON_HOST else inside
        for name in inside:
            if found[name] is not None:
                assert found[name] == expected[name], (kind, name)


def test_start_container_runs_in_the_new_root(rt, bundle, log):
    made = bundle(with_hooks(log, {"startContainer": [log.hook("startContainer", "stat /probe", "stat /", "info")]}))
    rt.run_ok(made)
    assert log.of("startContainer", "stat")["ino"] == os.stat(made.rootfs / "probe").st_ino
    assert log.of("startContainer", "info")["hostname"] == "inside"


def test_create_container_sees_the_old_root_and_the_mounts(rt, bundle, log):
    """HK-18: its path is the host's; what is mounted for the container stands below the root's path."""
    config = with_hooks(log, {})
    made = bundle(config)
    config["hooks"] = {"createContainer": [log.hook("createContainer", f"stat {made.rootfs}/proc", f"stat {PROBE}", "info")]}
    made.write()
    rt.run_ok(made)
    stats = [r["value"] for r in log.records("stat")]
    assert stats[0]["fs_magic"] == 0x9fa0, "procfs is there already"
    assert stats[1]["ino"] == os.stat(PROBE).st_ino


def test_create_container_may_add_mounts(rt, bundle, log):
    """GPU hooks do this."""
    config = with_hooks(log, {}, "info", "stat /mnt")
    made = bundle(config)
    config["hooks"] = {"createContainer": [hook(f"mount tmpfs {made.rootfs}/mnt")]}
    made.write()
    result = rt.run_ok(made)
    assert result.value("stat")["fs_magic"] == 0x01021994
    rt.oracle.check()


def test_runtime_hooks_can_enter_the_namespaces(rt, bundle, log):
    """Network set-up: the pid in the state leads to the new network namespace."""
    script = (f"pid=$(sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p'); readlink /proc/$pid/ns/net > {log.file}")
    config = with_hooks(log, {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", script], "env": ["PATH=/usr/bin:/bin"]}]}, "info")
    info = rt.run_ok(bundle(harness.add_namespace(config, "network"))).info
    assert log.file.read_text().strip() == info["namespaces"]["net"]


@pytest.mark.parametrize("kind", ["prestart", "createRuntime"])
def test_runtime_hooks_come_between_the_mounts_and_the_pivot(rt, bundle, log, kind):
    """HK-01, HK-02: everything is mounted, below the path that the root has on the host."""
    config = with_hooks(log, {kind: [{"path": "/bin/sh", "args": [
        "sh", "-c", f"pid=$(sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p'); cat /proc/$pid/mountinfo > {log.file}"],
        "env": ["PATH=/usr/bin:/bin"]}]})
    made = bundle(config)
    rt.run_ok(made)
    found = {line.split()[4] for line in log.file.read_text().splitlines()}
    assert "/" in found and {str(made.rootfs) + m["destination"] for m in config["mounts"]} <= found


def test_poststop_comes_after_the_destruction(rt, bundle, log):
    """HK-06, LC-07: neither process nor cgroup is left when the hooks run."""
    name = f"{harness.TOKEN}-poststop"
    places = " ".join(sorted(f"{harness.top_of(top)}/{name}" for top in set(harness.cgroup_mounts().values())))
    look = f"for p in {places} /proc/$(cat {log.directory}/pid)/exe; do [ ! -e $p ] || echo $p; done >> {log.file}"
    config = with_hooks(log, {"poststop": [{"path": "/bin/sh", "args": ["sh", "-c", look], "env": ["PATH=/usr/bin:/bin"]}]}, "pause")
    config["linux"]["cgroupsPath"] = f"/{name}"
    container = rt.create(bundle(config)).start()
    (log.directory / "pid").write_text(str(container.pid))
    assert all(os.path.isdir(place) for place in places.split())
    container.delete("--force")
    assert log.file.read_text() == ""


def test_hooks_are_those_of_create(rt, bundle, log):
    """G-08: what is written into config.json later changes no hook either."""
    config = with_hooks(log, all_hooks(log))
    made = bundle(config)
    container = rt.create(made)
    made.config["hooks"] = {kind: [log.hook(kind, label="late")] for kind in KINDS}
    made.write()
    container.start().wait()
    (made.path / "config.json").unlink()
    container.delete()
    assert log.order() == list(KINDS)


# ---- what they get -----------------------------------------------------------------------------

def test_state_on_standard_input(rt, bundle, log):
    config = with_hooks(log, all_hooks(log, "stdin"), "pause")
    config["annotations"] = {"key": "value"}
    made = bundle(config)
    container = rt.create(made).start()
    container.delete("--force")
    for kind in KINDS:
        state = json.loads(log.of(kind, "stdin"))
        assert state["ociVersion"] == "1.2.0", kind
        assert state["id"] == container.id
        assert state["bundle"] == str(made.path)
        assert state["annotations"] == {"key": "value"}
        assert state["status"] == STATUS[kind], kind
        if kind == "poststop":
            assert state.get("pid", 0) in (0, container.pid)
        else:
            assert state["pid"] == (container.pid if kind in ON_HOST else 1), kind


def test_environment_is_exact(rt, bundle, log):
    config = with_hooks(log, all_hooks(log, "info", env=["A=1", "B=x y"]))
    config["process"]["env"].append("LD_PRELOAD=./evil.so")
    rt.run_ok(bundle(config))
    for kind in KINDS:
        assert log.of(kind, "info")["env"] == ["A=1", "B=x y"], kind


def test_no_environment_unless_given(rt, bundle, log):
    config = with_hooks(log, all_hooks(log, "info"))
    config["process"]["env"].append("LD_PRELOAD=./evil.so")
    rt.run_ok(bundle(config))
    for kind in KINDS:
        assert log.of(kind, "info")["env"] == [], kind


def test_descriptors(rt, bundle, log):
    """I39, V30: 0, 1 and 2, whatever the caller has open."""
    made = bundle(with_hooks(log, all_hooks(log, "info")))
    leaked = os.open("/", os.O_RDONLY)
    os.set_inheritable(leaked, True)
    try:
        assert rt.run(made, pass_fds=[leaked]).code == 0
    finally:
        os.close(leaked)
    for kind in KINDS:
        assert sorted(log.of(kind, "info")["fds"]) == ["0", "1", "2"], kind


def test_signals_are_as_new(rt, bundle, log):
    rt.run_ok(bundle(with_hooks(log, all_hooks(log, "info"))))
    for kind in KINDS:
        info = log.of(kind, "info")
        assert info["blocked"] == [] and info["ignored"] == [], kind


def test_umask(rt, bundle, log):
    """The runtime's own where the hook works on the host, the payload's inside; never that of our set-up."""
    config = with_hooks(log, all_hooks(log, "info"))
    config["process"]["user"]["umask"] = 0o27
    before = os.umask(0o37)
    try:
        rt.run_ok(bundle(config))
    finally:
        os.umask(before)
    for kind in KINDS:
        assert log.of(kind, "info")["umask"] == (0o27 if kind == "startContainer" else 0o37), kind


def test_arguments(rt, bundle, log, work):
    """args is the whole argv; without it argv is just the path."""
    (work / "script").write_text(f'#!/bin/sh\necho "$0 $#" >> {work}/out\n')
    (work / "script").chmod(0o755)
    config = with_hooks(log, {"createRuntime": [{"path": str(work / "script")}]})
    rt.run_ok(bundle(config))
    assert (work / "out").read_text() == f"{work}/script 0\n"


def test_no_search_in_path(rt, bundle, log):
    config = with_hooks(log, {"createRuntime": [{"path": "true", "env": ["PATH=/bin"]}]})
    rt.create_fails(bundle(config), has="path")


def test_hook_that_reads_nothing(rt, bundle, log):
    """Neither SIGPIPE nor a wait on a full pipe: 300 KiB of annotations."""
    config = with_hooks(log, all_hooks(log))
    config["annotations"] = {"large": "x" * 300000}
    rt.run_ok(bundle(config))
    assert log.order() == list(KINDS)


def test_large_state_arrives_whole(rt, bundle, log):
    hooks = {kind: [log.hook(kind, "stdin")] for kind in ("prestart", "createContainer", "poststop")}
    config = with_hooks(log, hooks)
    config["annotations"] = {"large": "x" * 200000}
    rt.run_ok(bundle(config))
    for kind in hooks:
        assert json.loads(log.of(kind, "stdin"))["annotations"] == config["annotations"]


def test_output_of_a_hook_is_not_the_payloads(rt, bundle, log):
    """The runtime's standard output belongs to the container."""
    hooks = {kind: [{"path": PROBE, "args": ["probe", "write-fd", "1", "noise", "--", "write-fd", "2", "noise"]}]
             for kind in ON_HOST}
    result = rt.run_ok(bundle(with_hooks(log, hooks, "print payload")))
    assert "noise" not in result.out + result.err
    assert result.value("print") == "payload"


SAYS = 'echo "$1 says"; echo "$1 cries" >&2'


def saying(kind, script=SAYS):
    """A hook of a shell, the host's or, of startContainer, the container's."""
    return {"path": "/bin/sh", "args": ["sh", "-c", script, "sh", kind], "env": ["PATH=/usr/bin:/bin"]}


@pytest.mark.parametrize("verb", ["run", "create"])
def test_output_to_files(rt, bundle, work, verb):
    """run.oci.hooks.stdout and stderr: files of the host, whichever hook it is; what is there stays."""
    out, err = work / "out", work / "err"
    out.write_text("before\n")
    config = base_config("exit 0")
    config["hooks"] = {kind: [saying(kind)] for kind in KINDS}
    config["annotations"] = {"run.oci.hooks.stdout": str(out), "run.oci.hooks.stderr": str(err)}
    made = bundle(config)
    if verb == "run":
        rt.run_ok(made)
    else:
        container = rt.create(made)
        assert out.read_text().splitlines()[1:] == [f"{kind} says" for kind in ON_CREATE]
        container.start().wait()
        container.delete()
    assert out.read_text().splitlines() == ["before"] + [f"{kind} says" for kind in KINDS]
    assert err.read_text().splitlines() == [f"{kind} cries" for kind in KINDS]


def test_start_container_hook_does_not_hold_the_file(rt, bundle, work):
    """The others are programs of the host, that one is the container's."""
    out = work / "out"
    config = base_config("exit 0")
    script = "ls -l /proc/self/fd 2>/dev/null; exit 4"
    config["hooks"] = {"startContainer": [saying("x", script)]}
    config["annotations"] = {"run.oci.hooks.stdout": str(out)}
    rt.run_fails(bundle(config), has=["startContainer", "status 4"])
    assert "pipe:" in out.read_text() and str(out) not in out.read_text()


def test_output_may_be_our_own(rt, bundle):
    config = base_config("print payload")
    config["hooks"] = {"createRuntime": [saying("createRuntime")], "startContainer": [saying("startContainer")]}
    config["annotations"] = {"run.oci.hooks.stderr": "/dev/stderr"}
    result = rt.call("run", "--bundle", bundle(config).path, rt.new_id())
    assert result.code == 0 and result.err.splitlines() == ["createRuntime cries", "startContainer cries"]


def test_output_that_may_be_a_trap(rt, bundle, work, canary):
    """A link that a container has put there leads nowhere, not even when the container is gone."""
    out = work / "out"
    out.symlink_to(canary / "file")
    config = base_config("pause")
    config["hooks"] = {kind: [saying(kind)] for kind in ("createRuntime", "poststart", "poststop")}
    config["annotations"] = {"run.oci.hooks.stdout": str(out)}
    rt.create_fails(bundle(config), has=["config.json:", "run.oci.hooks.stdout", "symbolic link"])
    out.unlink()
    container = rt.create(bundle(config))
    assert out.read_text() == "createRuntime says\n"
    out.unlink()
    out.symlink_to(canary / "file")
    rt.fails("start", container.id, has=["run.oci.hooks.stdout", "symbolic link"])
    assert rt.state(container.id)["status"] == "created"
    container.delete()


def test_process_that_a_hook_leaves_does_not_block(rt, bundle, log, work):
    """It keeps the hook's pipes open; the hook itself has ended."""
    script = "sleep 60 & echo $! > " + str(work / "pid")
    config = with_hooks(log, {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", script], "env": ["PATH=/usr/bin:/bin"]}]})
    begin = time.monotonic()
    rt.run_ok(bundle(config))
    assert time.monotonic() - begin < 5
    os.kill(int((work / "pid").read_text()), 9)


# ---- failures ----------------------------------------------------------------------------------

def gone(rt, ident):
    rt.fails("state", ident, has="does not exist")


@pytest.mark.parametrize("kind", ON_CREATE)
def test_LC02_create_hook_fails(rt, bundle, log, kind):
    """Error, container destroyed, later hooks not run, poststop hooks run."""
    hooks = all_hooks(log)
    hooks[kind].append(fails(kind, log))
    hooks[kind].append(log.hook(kind, label="never"))
    result = rt.create_fails(bundle(with_hooks(log, hooks)), has=kind)
    gone(rt, result.id)
    before = list(KINDS[:KINDS.index(kind) + 1])
    order = [name.split()[0] if "never" not in name else name for name in log.order()]
    assert "never" not in log.order()
    assert order == before + ["poststop"] or order == before + [kind, "poststop"], order
    rt.oracle.check()


def test_LC03_start_container_hook_fails(rt, bundle, log):
    hooks = all_hooks(log)
    hooks["startContainer"].append(fails("startContainer", log))
    container = rt.create(bundle(with_hooks(log, hooks, "print payload")))
    rt.fails("start", container.id, has="startContainer")
    gone(rt, container.id)
    assert "poststart" not in log.order()
    assert log.order()[-1] == "poststop"
    assert container.out.rest() == "", "the payload must not run"
    rt.oracle.check()


def test_LC05_poststart_hook_fails(rt, bundle, log):
    hooks = all_hooks(log)
    hooks["poststart"].append(fails("poststart", log))
    container = rt.create(bundle(with_hooks(log, hooks, "pause")))
    rt.fails("start", container.id, has="poststart")
    assert container.wait() == 137, "stopped"
    gone(rt, container.id)
    assert log.order()[-1] == "poststop"
    rt.oracle.check()


@pytest.mark.parametrize("kind", ["startContainer", "poststart"])
def test_LC03_LC05_with_run(rt, bundle, log, kind):
    hooks = all_hooks(log)
    hooks[kind].append(fails(kind, log))
    rt.run_fails(bundle(with_hooks(log, hooks, "pause")), has=kind)
    assert log.order()[-1] == "poststop"
    rt.oracle.check()


def test_LC08_poststop_hook_fails(rt, bundle, log):
    """Only a warning; the others still run, and the container is gone."""
    hooks = {"poststop": [log.hook("poststop", label="one"), fails("poststop", log), {"path": "/no/such/hook"},
                          log.hook("poststop", label="two")]}
    container = rt.create(bundle(with_hooks(log, hooks))).start()
    container.wait()
    result = rt.call("delete", container.id)
    assert result.code == 0, result
    assert [name for name in log.order() if name in ("one", "two")] == ["one", "two"]
    gone(rt, container.id)


@pytest.mark.parametrize("kind", ["createRuntime", "startContainer", "poststart"])
def test_poststop_of_a_failed_container(rt, bundle, log, kind):
    """HK-17: told that it is stopped, whatever state it failed in, and without a process."""
    hooks = {kind: [fails(kind, log)], "poststop": [log.hook("poststop", "stdin")]}
    ident = rt.new_id()
    rt.run_fails(bundle(with_hooks(log, hooks, "pause")), ident=ident, has=kind)
    state = json.loads(log.of("poststop", "stdin"))
    assert (state["id"], state["status"], state.get("pid", 0)) == (ident, "stopped", 0)


def test_timeout_of_poststop(rt, bundle, log):
    """LC-08: a hook that hangs is killed, which is a warning; the next one runs."""
    hooks = {"poststop": [log.hook("poststop", "pause", label="hangs", timeout=1), log.hook("poststop", label="next")]}
    made = bundle(with_hooks(log, hooks))
    container = rt.create(made).start()
    container.wait()
    result = rt.call("delete", container.id, globals=("--log-level", "warning"))
    assert result.code == 0 and "poststop[0]" in result.err, result
    assert log.order() == ["hangs", "next"]
    gone(rt, container.id)


@pytest.mark.parametrize("entry, word", [
    ({"path": "relative"}, "path"), ({"path": ""}, "path"), ({"args": ["x"]}, "path"), ({"path": PROBE, "timeout": 0}, "timeout"),
    ({"path": PROBE, "timeout": -1}, "timeout"), ({"path": PROBE, "env": "A=1"}, "env"), ({"path": PROBE, "args": [1]}, "args")])
def test_refused_when_created_whatever_the_kind(rt, bundle, log, entry, word):
    """HK-11, HK-14: at once, not when their turn comes, and before any other hook runs."""
    for kind in KINDS:
        hooks = all_hooks(log)
        hooks[kind].append(entry)
        rt.create_fails(bundle(with_hooks(log, hooks), name=kind), has=["config.json:", kind, word])
    assert log.order() == []


def test_LC01_no_hooks_when_the_configuration_is_bad(rt, bundle, log):
    config = with_hooks(log, all_hooks(log))
    config["process"]["cwd"] = "relative"
    rt.create_fails(bundle(config), has="cwd")
    assert log.order() == []


def test_message_quotes_what_the_hook_said(rt, bundle, log):
    """The text is in the hook's words, also for managers that show only one line."""
    entry = {"path": PROBE, "args": ["probe", "write-fd", "2", "the reason is here", "--", "exit", "7"]}
    result = rt.create_fails(bundle(with_hooks(log, {"createRuntime": [entry]})), has=["the reason is here", "7"])
    assert PROBE in result.err or "createRuntime" in result.err


def test_hook_killed_by_a_signal(rt, bundle, log):
    rt.create_fails(bundle(with_hooks(log, {"prestart": [hook("raise 9")]})), has="prestart")
    rt.oracle.check()


@pytest.mark.parametrize("kind", ON_CREATE)
def test_hook_that_does_not_exist(rt, bundle, log, kind):
    """Not the payload's file: managers must not take this for a missing command."""
    rt.create_fails(bundle(with_hooks(log, {kind: [{"path": "/no/such/hook"}]})), has=[kind, "/no/such/hook"])
    rt.oracle.check()


def test_start_hook_that_does_not_exist(rt, bundle, log):
    container = rt.create(bundle(with_hooks(log, {"startContainer": [{"path": "/no/such/hook"}]})))
    rt.fails("start", container.id, has=["startContainer", "/no/such/hook"])
    rt.oracle.check()


def test_hook_that_is_not_executable(rt, bundle, log, work):
    (work / "data").write_text("x")
    rt.create_fails(bundle(with_hooks(log, {"createRuntime": [{"path": str(work / "data")}]})), has="createRuntime")


@pytest.mark.parametrize("kind", ["createRuntime", "createContainer"])
def test_timeout(rt, bundle, log, kind):
    """The hook and what it started are killed, and the create fails."""
    entry = {"path": "/bin/sh", "args": ["sh", "-c", "sleep 50 & sleep 51"], "env": ["PATH=/usr/bin:/bin"], "timeout": 1}
    begin = time.monotonic()
    rt.create_fails(bundle(with_hooks(log, {kind: [entry]})), has=kind)
    assert 0.9 < time.monotonic() - begin < 8
    rt.oracle.check()


def test_timeout_of_start_container(rt, bundle, log):
    config = with_hooks(log, {"startContainer": [{"path": "/probe", "args": ["probe", "pause"], "timeout": 1}]})
    container = rt.create(bundle(config))
    begin = time.monotonic()
    rt.fails("start", container.id, has="startContainer")
    assert 0.9 < time.monotonic() - begin < 8
    rt.oracle.check()


def test_within_the_timeout(rt, bundle, log):
    rt.run_ok(bundle(with_hooks(log, all_hooks(log, timeout=5))))
    assert log.order() == list(KINDS)


def test_I17_hooks_run_once(rt, bundle, log):
    container = rt.create(bundle(with_hooks(log, all_hooks(log)))).start()
    container.wait()
    container.state()
    rt.list()
    rt.call("start", container.id)
    rt.call("kill", container.id, "KILL")
    container.delete()
    rt.ok("delete", "--force", container.id)
    assert log.order() == list(KINDS)


def test_start_container_hook_has_no_more_rights_than_the_payload(rt, bundle, log):
    config = with_hooks(log, {"startContainer": [log.hook("startContainer", "info")]}, "info")
    config["process"]["capabilities"] = {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"]}
    info = rt.run_ok(bundle(config)).info
    found = log.of("startContainer", "info")
    assert harness.status_caps(found)["CapBnd"] == harness.status_caps(info)["CapBnd"]


def test_created_until_run_has_executed_the_program(rt, bundle, work):
    """The same without a `start`."""
    for name in ("going", "on"):
        os.mkfifo(work / name)
    config = base_config("pause")
    config["mounts"].append(harness.mount("/work", "bind", work, "bind"))
    config["hooks"] = {"startContainer": [{"path": "/bin/sh", "args": ["sh", "-c", "echo > /work/going; read x < /work/on"]}]}
    ident = rt.new_id()
    going, on = (os.open(work / name, os.O_RDWR) for name in ("going", "on"))
    run = rt.popen("run", "--bundle", str(bundle(config).path), ident)
    assert select.select([going], [], [], harness.TIMEOUT)[0], "the hook does not run"
    assert rt.state(ident)["status"] == "created"
    os.write(on, b"\n")
    deadline = time.monotonic() + harness.TIMEOUT
    while rt.state(ident)["status"] != "running":
        assert time.monotonic() < deadline, rt.state(ident)
    os.close(going)
    os.close(on)
    rt.ok("kill", ident, "KILL")
    assert run.wait(harness.TIMEOUT) == 137


def test_created_until_the_program_was_executed(rt, bundle, work):
    """`state` while startContainer hooks run: "running" means that the program was executed (runtime.md, "State")."""
    os.mkfifo(work / "going")
    config = base_config("pause")
    config["mounts"].append(harness.mount("/work", "bind", work, "bind"))
    config["hooks"] = {"startContainer": [harness.hook("print x", "pause", out="/work/going", path="/probe", timeout=2)]}
    container = rt.create(bundle(config))
    going = os.open(work / "going", os.O_RDWR)
    start = rt.popen("start", container.id)
    assert select.select([going], [], [], harness.TIMEOUT)[0], "the hook does not run"
    assert container.status == "created"
    assert start.wait(harness.TIMEOUT) == 1
    os.close(going)
    gone(rt, container.id)
    container.wait()
