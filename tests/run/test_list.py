# SPDX-License-Identifier: GPL-2.0-or-later
"""`list`."""

import json
import os
import pwd

import pytest

from harness import base_config

pytestmark = pytest.mark.anyuser


def test_empty_root(rt):
    rt.root.mkdir()
    assert rt.list() == []
    assert rt.ok("list", "-q").out == ""
    assert len(rt.ok("list").out.splitlines()) == 1, "only the heading"


def test_root_that_does_not_exist(rt):
    result = rt.call("list")
    assert result.code == 1 and str(rt.root) in result.err
    assert not rt.root.exists()


def test_json(rt, bundle):
    config = base_config("pause")
    config["annotations"] = {"a": "b"}
    made = bundle(config)
    one, two = rt.create(made), rt.create(made).start()
    entries = {e["id"]: e for e in rt.list()}
    assert set(entries) == {one.id, two.id}
    assert entries[one.id]["status"] == "created" and entries[two.id]["status"] == "running"
    for container in (one, two):
        entry = entries[container.id]
        assert entry["pid"] == container.pid
        assert entry["bundle"] == str(made.path)
        assert entry["ociVersion"] and entry["created"].endswith("Z")
        assert entry["owner"] == pwd.getpwuid(os.geteuid()).pw_name


def test_table(rt, bundle):
    container = rt.create(bundle(base_config("pause")))
    lines = rt.ok("list").out.splitlines()
    assert lines[0].split()[:4] == ["ID", "PID", "STATUS", "BUNDLE"]
    fields = lines[1].split()
    assert fields[:3] == [container.id, str(container.pid), "created"]


def test_quiet(rt, bundle):
    made = bundle(base_config("pause"))
    idents = sorted(rt.create(made).id for _ in range(3))
    for option in ("-q", "--quiet"):
        assert sorted(rt.ok("list", option).out.split()) == idents


def test_stopped_ones_too(rt, bundle):
    container = rt.create(bundle(base_config("exit 0"))).start()
    container.wait()
    assert [e["status"] for e in rt.list()] == ["stopped"]
    assert [e["pid"] for e in rt.list()] == [0]


def test_what_is_no_container_is_passed_over(rt, bundle):
    container = rt.create(bundle(base_config("pause")))
    (rt.root / ".hidden").mkdir()
    (rt.root / "broken").mkdir()
    (rt.root / "a file").write_text("x")
    result = rt.call("list", "--format", "json")
    assert result.code == 0
    assert container.id in [e["id"] for e in json.loads(result.out)]
    for name in (".hidden", "broken"):
        os.rmdir(rt.root / name)
    (rt.root / "a file").unlink()


def test_bad_format(rt):
    rt.root.mkdir()
    rt.fails("list", "--format", "yaml", has="yaml")
