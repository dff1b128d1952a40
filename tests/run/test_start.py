# SPDX-License-Identifier: GPL-2.0-or-later
"""`start`: exactly once, and it knows whether the payload was executed (OP-02, LC-03, LC-04)."""

import os
import select
import signal
import subprocess

import pytest

import harness
from harness import base_config, probe

pytestmark = pytest.mark.anyuser


def test_runs_the_payload(rt, bundle):
    container = rt.create(bundle(base_config("print hello", "pause"))).start()
    assert container.status == "running"
    assert container.out.record("print")["value"] == "hello"
    container.delete("--force")


def test_twice(rt, bundle):
    container = rt.create(bundle(base_config("pause"))).start()
    rt.fails("start", container.id)
    assert container.status == "running"
    container.delete("-f")


def test_stopped(rt, bundle):
    container = rt.create(bundle(base_config("exit 0"))).start()
    container.wait()
    rt.fails("start", container.id)
    assert container.status == "stopped"


def test_killed_before_start(rt, bundle):
    container = rt.create(bundle(base_config("exit 0"))).kill("KILL")
    assert container.wait() == 137
    assert container.status == "stopped"
    rt.fails("start", container.id)
    container.delete()


def test_unknown_id(rt):
    rt.fails("start", rt.new_id(), has="does not exist")


def test_without_id(rt):
    assert rt.call("start").code != 0


def test_does_not_need_the_environment_of_create(rt, bundle):
    container = rt.create(bundle(base_config("exit 3")), env={"HOME": "/somewhere"})
    rt.ok("start", container.id, cwd="/", env={"XDG_RUNTIME_DIR": ""})
    assert container.wait() == 3


def test_executable_that_vanished_since_create(rt, bundle):
    """The execve itself fails in `start`: reported there, and nothing is left running."""
    made = bundle(base_config())
    (made.rootfs / "bin/gone").hardlink_to(made.rootfs / "probe")
    made.config["process"]["args"] = ["/bin/gone", "exit", "0"]
    made.write()
    container = rt.create(made)
    (made.rootfs / "bin/gone").unlink()
    rt.fails("start", container.id, has="no such file or directory")
    assert rt.call("delete", container.id).code in (0, 1)
    rt.call("delete", "--force", container.id)
    rt.oracle.check()


def test_bad_format_is_an_error_of_start_or_create(rt, bundle):
    made = bundle(base_config())
    (made.rootfs / "bin/junk").write_bytes(b"\x7fELF nothing of the sort")
    (made.rootfs / "bin/junk").chmod(0o755)
    made.config["process"]["args"] = ["/bin/junk"]
    made.write()
    result = rt.run(made)
    assert result.code == 1 and "junk" in result.err, result
    rt.oracle.check()


def test_script_without_interpreter(rt, bundle):
    made = bundle(base_config())
    (made.rootfs / "bin/script").write_text("#!/no/such/shell\n")
    (made.rootfs / "bin/script").chmod(0o755)
    made.config["process"]["args"] = ["script"]
    made.write()
    result = rt.run(made)
    assert result.code == 1 and "script" in result.err, result


def test_starts_after_the_creator_is_long_gone(rt, bundle):
    """Nothing but init is left of `create`."""
    container = rt.create(bundle(base_config("info", "exit 0")))
    tree = [int(p) for p in os.listdir("/proc") if p.isdigit()]
    holders = []
    for pid in tree:
        try:
            # A direct build's init has the command line of the runtime that it was cloned from.
            if pid != container.pid and str(rt.root) in open(f"/proc/{pid}/cmdline").read():
                holders.append(pid)
        except OSError:
            pass
    assert holders == [], "a helper of create is still there"
    assert container.finish().code == 0


def test_arguments_and_environment_arrive(rt, bundle):
    config = base_config()
    config["process"]["args"] = probe(["print", "a b\"c'\\ $x \t\u00e9"])
    config["process"]["env"] += ["EMPTY=", "ODD=a=b=c"]
    result = rt.create(bundle(config)).finish()
    assert result.value("print").encode("latin-1").decode() == "a b\"c'\\ $x \t\u00e9"


def test_killed_before_its_program_is_executed(rt, bundle, work):
    """The end of the process is not its start, however it looks from outside."""
    os.mkfifo(work / "going")
    config = base_config("pause")
    config["mounts"].append(harness.mount("/work", "bind", work, "bind"))
    config["hooks"] = {"startContainer": [harness.hook("print x", "pause", out="/work/going", path="/probe")]}
    container = rt.create(bundle(config))
    going = os.open(work / "going", os.O_RDWR)
    process = rt.popen("start", container.id, stdout=subprocess.DEVNULL)
    assert select.select([going], [], [], harness.TIMEOUT)[0], "the hook does not run"
    os.kill(container.pid, signal.SIGKILL)
    assert process.wait(harness.TIMEOUT) == 1
    assert "was killed before it executed its program" in process.stderr.read().decode()
    assert container.status == "stopped"
    container.delete()
    os.close(going)
