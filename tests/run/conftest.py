# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the end-to-end tests, and the totals line that tests/summary adds up."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import harness  # noqa: E402

# A test that takes longer hangs; the commands in it have shorter limits of their own.
TEST_SECONDS = (240 if harness.IS_SANITIZED else 90) * harness.SLOW


def pytest_configure(config):
    config.addinivalue_line("markers", "anyuser: needs no root")
    config.addinivalue_line("markers", "root(why): of a file that needs none, this test does")
    harness.become_subreaper()
    # A shell that runs us in the background ignores these for us; the programs under test must not inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    # Nor a priority that we were given: some tests look at the payload's own.
    if os.getpriority(os.PRIO_PROCESS, 0) != 0 and os.geteuid() == 0:
        os.setpriority(os.PRIO_PROCESS, 0, 0)


def pytest_addoption(parser):
    parser.addoption("--at-once", action="store_true", help="show a failure when it happens, not only at the end")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed and item.config.getoption("--at-once"):
        with item.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(f"\nFAILED {item.nodeid} ({report.when})\n{report.longreprtext}", flush=True)


def why_not():
    """What keeps every test from running, or None."""
    if not os.access(harness.TARE, os.X_OK):
        return f"no executable {harness.TARE}"
    if not os.access(harness.PROBE, os.X_OK):
        return f"no executable {harness.PROBE}"
    if not os.access(harness.RACER, os.X_OK):
        return f"no executable {harness.RACER}"
    return None


def pytest_sessionstart(session):
    reason = why_not()
    if reason:
        pytest.exit(reason, returncode=2)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    marker = item.get_closest_marker("root")
    if marker:
        harness.need_root(*marker.args)
    if not item.get_closest_marker("anyuser"):
        harness.need_root("this process is an ordinary user")


class TestTimeout(Exception):
    pass


def on_alarm(number, frame):
    raise TestTimeout(f"no end within {TEST_SECONDS} s")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(TEST_SECONDS)
    yield
    signal.alarm(0)


def pytest_terminal_summary(terminalreporter):
    def count(*kinds):
        return sum(len(terminalreporter.stats.get(kind, [])) for kind in kinds)

    terminalreporter.write_line("# totals: run (%s): %d passed, %d failed, %d skipped" % (
        os.environ.get("TARE_VIEW", harness.CGROUP_MODE), count("passed"), count("failed", "error"), count("skipped")))


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The root file system that every bundle is a copy of."""
    path = tmp_path_factory.mktemp("template") / "rootfs"
    path.mkdir()
    harness.make_rootfs(path)
    return path


@pytest.fixture
def work(tmp_path):
    """The test's own directory, removed with its end."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


def watched(runtime):
    """@runtime with the leak oracle around a test."""
    runtime.oracle = harness.Oracle(runtime)
    yield runtime
    try:
        runtime.clean()
        for pid in harness.children():
            harness.wait_gone(pid, 0.5)
        runtime.oracle.check()
        reports = runtime.sanitizer_reports()
        assert not reports, "sanitizer: " + "\n".join(reports)
    finally:
        harness.kill_leftovers()
        harness.remove_cgroups()


@pytest.fixture
def rt(work):
    """The runtime with a state root of its own, watched by the leak oracle."""
    yield from watched(harness.Runtime(work))


@pytest.fixture
def user():
    """The runtime as an ordinary user who has a directory of their own: see harness.UserRuntime."""
    directory = harness.short_directory()
    try:
        yield from watched(harness.UserRuntime(directory))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def bundle(work, template, rt):
    """Make bundles: bundle(config) or bundle(args=[...]) or bundle() for one that prints what it sees."""
    made = []

    def make(config=None, args=None, name=None):
        config = harness.base_config() if config is None else config
        if args is not None:
            config["process"]["args"] = list(args)
        name = name or f"b{len(made)}"
        path = config.get("linux", {}).get("cgroupsPath") if isinstance(config.get("linux"), dict) else None
        if isinstance(path, str) and path.endswith("ID"):
            config["linux"]["cgroupsPath"] = path[:-2] + f"{name}-{harness.TOKEN}"
        made.append(harness.Bundle(work / name, config, template))
        return made[-1]

    return make


@pytest.fixture
def canary(work):
    """A directory on the host that must be as before once the test is over."""
    found = harness.Canary(work / "canary")
    yield found.path
    found.check()


@pytest.fixture
def namespaces():
    """namespaces("pid", "network", maps=[(0, 100000, 65536)]): see harness.NamespaceHolder."""
    holders = []

    def make(*kinds, **options):
        holders.append(harness.NamespaceHolder(*kinds, **options))
        return holders[-1]

    yield make
    for holder in holders:
        holder.close()


@pytest.fixture
def ns_holder():
    """Make namespaces for joining: ns_holder("net", "ipc") gives a function path(kind)."""
    holders = []

    def make(*kinds):
        flags = ["--" + kind for kind in kinds]
        process = subprocess.Popen(["unshare", *flags, "sh", "-c", "echo ready; exec cat"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holders.append(process)
        assert process.stdout.readline() == b"ready\n"
        return lambda kind: f"/proc/{process.pid}/ns/{kind}"

    yield make
    for process in holders:
        process.communicate()
