# SPDX-License-Identifier: GPL-2.0-or-later
"""`run`: create, start, wait, delete; in the foreground or detached."""

import os
import subprocess

import pytest

import harness
from harness import base_config, drop_namespace

pytestmark = pytest.mark.anyuser


@pytest.mark.parametrize("code", [0, 1, 2, 42, 126, 127, 255])
def test_exit_code(rt, bundle, code):
    result = rt.run(bundle(base_config(f"exit {code}")))
    assert (result.code, result.err) == (code, "")
    rt.oracle.check()


def test_killed_by_a_fault(rt, bundle):
    assert rt.run(bundle(base_config("fault"))).code == 128 + 11


def test_killed_from_outside(rt, bundle):
    process = rt.popen_run(bundle(base_config("signals 9")))
    process.reader.record("signals")
    rt.ok("kill", process.ident, "KILL")
    assert process.wait(harness.TIMEOUT) == 137
    rt.oracle.check()


def test_output_and_errors_are_the_payloads(rt, bundle):
    result = rt.run_ok(bundle(base_config(["write-fd", "1", "out\n"], ["write-fd", "2", "err\n"])))
    assert result.out.startswith("out\n") and result.err == "err\n"


def test_standard_input_arrives(rt, bundle):
    process = rt.popen_run(bundle(base_config("stdin")), stdin=subprocess.PIPE)
    out, _ = process.communicate(b"some input\n", timeout=harness.TIMEOUT)
    assert harness.parse_records(out.decode())[0]["value"] == "some input\n"


def test_large_output_is_whole(rt, bundle):
    if not harness.find_busybox():
        pytest.skip("no static busybox on this machine")
    config = base_config()
    config["process"]["args"] = ["/bin/busybox", "seq", "1", "100000"]
    result = rt.run_ok(bundle(config))
    assert result.out.splitlines() == [str(n) for n in range(1, 100001)]


def test_keep(rt, bundle):
    ident = rt.new_id()
    assert rt.run(bundle(base_config("exit 3")), "--keep", ident=ident).code == 3
    state = rt.state(ident)
    assert state["status"] == "stopped"
    rt.ok("delete", ident)
    rt.oracle.check()


def test_detach(rt, bundle, work):
    result, ident, out, _ = rt.create_raw(bundle(base_config("print hello", "signals 1", "exit 3")),
                                          "--detach", "--pid-file", work / "pid", verb="run")
    assert result.code == 0
    assert rt.state(ident)["status"] == "running"
    pid = int((work / "pid").read_text())
    out.record("signals")
    rt.ok("kill", ident)
    assert harness.wait_exit(pid) == 3
    assert rt.state(ident)["status"] == "stopped"
    assert "hello" not in out.rest()
    rt.ok("delete", ident)


def test_detach_reports_a_missing_executable(rt, bundle):
    config = base_config()
    config["process"]["args"] = ["/missing"]
    rt.create_fails(bundle(config), "-d", verb="run", has="no such file or directory")
    rt.oracle.check()


def test_pid_file(rt, bundle, work):
    process = rt.popen_run(bundle(base_config("signals 1")), "--pid-file", work / "pid")
    process.reader.record("signals")
    pid = int((work / "pid").read_text())
    assert rt.state(process.ident)["pid"] == pid
    rt.ok("kill", process.ident, "TERM")
    assert process.wait(harness.TIMEOUT) == 0


def test_state_while_it_runs(rt, bundle):
    process = rt.popen_run(bundle(base_config("signals 1")))
    process.reader.record("signals")
    assert rt.state(process.ident)["status"] == "running"
    rt.fails("start", process.ident)
    rt.fails("delete", process.ident)
    rt.ok("kill", process.ident, "TERM")
    assert process.wait(harness.TIMEOUT) == 0


def test_duplicate_id(rt, bundle):
    made = bundle(base_config("signals 1"))
    process = rt.popen_run(made)
    process.reader.record("signals")
    rt.run_fails(made, ident=process.ident, has="exists")
    rt.ok("kill", process.ident, "TERM")
    assert process.wait(harness.TIMEOUT) == 0


def test_orphans_are_killed_with_the_pid_namespace(rt, bundle):
    assert rt.run(bundle(base_config("spawn 5", "exit 5"))).code == 5
    rt.oracle.check()


def test_orphans_without_a_pid_namespace_end_with_the_container(rt, bundle):
    """Nobody else knows of them, and their cgroup must go."""
    assert rt.run(bundle(drop_namespace(base_config("spawn 5", "exit 5"), "pid"))).code == 5
    rt.oracle.check()


def test_deleted_from_outside_while_it_runs(rt, bundle):
    process = rt.popen_run(bundle(base_config("signals 9")))
    process.reader.record("signals")
    rt.ok("delete", "--force", process.ident)
    assert process.wait(harness.TIMEOUT) == 137
    rt.oracle.check()


def test_without_process(rt, bundle):
    config = base_config()
    del config["process"]
    rt.run_fails(bundle(config), has="process")
    rt.oracle.check()


def test_caller_without_environment(rt, bundle):
    made = bundle(base_config("exit 4"))
    result = subprocess.run(rt.command("run", "--bundle", made.path, rt.new_id()), env={}, cwd="/",
                            stdin=subprocess.DEVNULL, timeout=harness.TIMEOUT)
    assert result.returncode == 4


def test_many_in_a_row_with_one_id(rt, bundle):
    made = bundle(base_config("exit 1"))
    ident = rt.new_id()
    for _ in range(5):
        assert rt.run(made, ident=ident).code == 1


def test_rootfs_keeps_only_mount_points(rt, bundle):
    """What run leaves in the root file system: empty directories and files to mount on."""
    config = base_config("exit 0")
    config["mounts"].append(harness.mount("/made/for/this", "tmpfs", "tmpfs"))
    made = bundle(config)
    before = made.files()
    rt.run_ok(made)
    new = set(made.files()) - set(before)
    assert new <= {"made", "made/for", "made/for/this"}, new
    assert {k: v for k, v in made.files().items() if k in before} == before
    assert not os.listdir(made.rootfs / "dev")
