# SPDX-License-Identifier: GPL-2.0-or-later
"""`plan`: what would be done, without doing it."""

import harness
from harness import base_config, manager_config


def test_prints_the_plan(rt, bundle):
    made = bundle(base_config())
    result = rt.ok("plan", "--bundle", made.path)
    for word in ("/dev/shm", "/proc", "inside", "pid"):
        assert word in result.out, word


def test_changes_nothing(rt, bundle):
    made = bundle(manager_config("docker"))
    before = made.files()
    rt.ok("plan", "--bundle", made.path)
    assert made.files() == before
    assert rt.ids() == []
    rt.oracle.check()


def test_same_input_same_plan(rt, bundle):
    made = bundle(manager_config("podman"))
    assert rt.ok("plan", "-b", made.path).out == rt.ok("plan", "-b", made.path).out


def test_refuses_what_create_refuses(rt, bundle):
    config = base_config()
    config["process"]["cwd"] = "relative"
    made = bundle(config)
    planned = rt.fails("plan", "--bundle", made.path, has="cwd")
    created = rt.create_fails(made, has="cwd")
    assert planned.err.strip().split("config.json")[-1] == created.err.strip().split("config.json")[-1]


def test_names_the_line(rt, bundle):
    """Errors point into the file: config.json:LINE:COLUMN."""
    config = base_config()
    config["mounts"][2]["options"].append("defaults,nonsense\u0000")
    made = bundle(config)
    result = rt.call("plan", "--bundle", made.path)
    assert result.code == 1
    text = (made.path / "config.json").read_text()
    place = result.err.split("config.json:")[1].split(":")
    line = text.splitlines()[int(place[0]) - 1]
    assert "nonsense" in line or "mounts" in result.err, (line, result)


def test_bundle_without_config(rt, work):
    (work / "empty").mkdir()
    rt.fails("plan", "--bundle", work / "empty", has="config.json")


def test_docker_configuration_is_planned_quickly(rt, bundle):
    import time
    made = bundle(manager_config("docker"))
    begin = time.monotonic()
    rt.ok("plan", "--bundle", made.path)
    assert time.monotonic() - begin < (5 if harness.IS_SANITIZED else 1)
