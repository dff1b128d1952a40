# SPDX-License-Identifier: GPL-2.0-or-later
"""Signals: forwarded in the foreground, dispositions reset, and nobody but the container is hit (cli 3.3)."""

import os
import signal

import pytest

import harness
from harness import base_config

pytestmark = pytest.mark.anyuser

FORWARDED = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCONT", "SIGIO", "SIGVTALRM"]


@pytest.mark.parametrize("name", FORWARDED)
def test_forwarded(rt, bundle, name):
    process = rt.popen_run(bundle(base_config("signals 1", "exit 6")))
    process.reader.record("signals")
    process.send_signal(getattr(signal, name))
    assert process.reader.record("signal")["value"] == getattr(signal, name)
    assert process.wait(harness.TIMEOUT) == 6


def test_realtime_signal(rt, bundle):
    process = rt.popen_run(bundle(base_config("signals 1", "exit 6")))
    process.reader.record("signals")
    os.kill(process.pid, 40)
    assert process.reader.record("signal")["value"] == 40
    assert process.wait(harness.TIMEOUT) == 6


def test_many(rt, bundle):
    """Standard signals may melt into one; the runtime neither dies nor hangs."""
    process = rt.popen_run(bundle(base_config("signals 3", "exit 6")))
    process.reader.record("signals")
    for name in ("SIGUSR1", "SIGUSR2", "SIGHUP"):
        for _ in range(5):
            process.send_signal(getattr(signal, name))
        process.reader.record("signal")
    for _ in range(3):
        if process.poll() is None:
            process.send_signal(signal.SIGWINCH)
    assert process.wait(harness.TIMEOUT) == 6


def test_before_the_payload_listens(rt, bundle):
    """A signal during set-up either ends the run cleanly or reaches the payload; nothing is left either way."""
    made = bundle(base_config("exit 0"))
    for _ in range(10):
        process = rt.popen_run(made)
        process.send_signal(signal.SIGTERM)
        assert process.wait(harness.TIMEOUT) in (0, 1, 128 + 15, -15)
        ident = process.ident
        rt.ok("delete", "--force", ident)
    for pid in harness.children():
        harness.wait_gone(pid, 2)
    rt.oracle.check()


@pytest.mark.parametrize("verb", ["run", "create"])
def test_dispositions_and_mask_are_reset(rt, bundle, verb):
    """Managers ignore SIGPIPE and block others."""
    def spoil():
        for name in ("SIGPIPE", "SIGHUP", "SIGUSR1", "SIGCHLD", "SIGINT"):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR2, signal.SIGCHLD, 40])

    made = bundle(base_config("info", "exit 4"))
    if verb == "run":
        result = rt.run(made, preexec_fn=spoil, restore_signals=False)
        assert result.code == 4, result
        info = result.info
    else:
        info = rt.create(made, preexec_fn=spoil, restore_signals=False).finish().info
    assert info["blocked"] == [] and info["ignored"] == []


def test_runtime_killed_in_the_foreground(rt, bundle):
    """The container is still known, and can be cleaned up."""
    process = rt.popen_run(bundle(base_config("signals 1")))
    process.reader.record("signals")
    process.kill()
    process.wait()
    assert rt.state(process.ident)["status"] in ("running", "stopped")
    rt.ok("delete", "--force", process.ident)
    for pid in harness.children():
        harness.wait_gone(pid, 2)
    rt.oracle.check()


def test_payload_does_not_die_with_the_creator(rt, bundle):
    """No parent-death signal is left: create ends, the container lives on."""
    container = rt.create(bundle(base_config("signals 1", "exit 3"))).start()
    container.out.record("signals")
    assert container.status == "running"
    container.kill("TERM")
    assert container.wait() == 3


def test_callers_parent_death_signal_does_not_hit_the_container(rt, bundle):
    """Shims start us with PDEATHSIG=SIGKILL."""
    PR_SET_PDEATHSIG = 1
    container = rt.create(bundle(base_config("signals 1", "exit 3")), preexec_fn=lambda: harness.libc.prctl(PR_SET_PDEATHSIG, 9))
    container.start()
    container.out.record("signals")
    container.kill("TERM")
    assert container.wait() == 3


def test_stop_and_continue(rt, bundle):
    """Job control of the payload: a stopped one is not taken for an ended one."""
    process = rt.popen_run(bundle(base_config("signals 2", "exit 3")))
    process.reader.record("signals")
    state = rt.state(process.ident)
    pid = state["pid"]
    assert pid > 1, state
    os.kill(pid, signal.SIGSTOP)
    assert rt.state(process.ident)["status"] == "running"
    assert process.poll() is None
    os.kill(pid, signal.SIGCONT)
    assert process.reader.record("signal")["value"] == signal.SIGCONT
    rt.ok("kill", process.ident, "USR1")
    assert process.wait(harness.TIMEOUT) == 3
