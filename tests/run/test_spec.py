# SPDX-License-Identifier: GPL-2.0-or-later
"""`spec`: a config.json to start from."""

import json

import pytest

import harness


def test_writes_a_config(rt, work):
    rt.ok("spec", "--bundle", work)
    config = json.loads((work / "config.json").read_text())
    assert config["ociVersion"].startswith("1.")
    assert config["root"]["path"] == "rootfs"
    assert config["process"]["args"] == ["sh"]
    assert {"pid", "mount", "ipc", "uts"} <= {n["type"] for n in config["linux"]["namespaces"]}


def test_in_the_working_directory(rt, work):
    (work / "here").mkdir()
    rt.ok("spec", cwd=work / "here")
    json.loads((work / "here/config.json").read_text())


def test_does_not_overwrite(rt, work):
    (work / "config.json").write_text("mine")
    rt.fails("spec", "-b", work, has="config.json")
    assert (work / "config.json").read_text() == "mine"


def test_bundle_that_does_not_exist(rt, work):
    rt.fails("spec", "-b", work / "none")
    assert not (work / "none").exists()


def test_its_config_runs(rt, bundle):
    made = bundle()
    (made.path / "config.json").unlink()
    rt.ok("spec", "-b", made.path)
    made.config = json.loads((made.path / "config.json").read_text())
    assert made.config["process"]["terminal"] is True
    made.config["process"]["terminal"] = False
    made.config["process"]["args"] = harness.probe("info", "exit 3")
    if not harness.has_cap("SYS_RESOURCE"):
        made.config["process"].pop("rlimits", None)
    made.write()
    result = rt.run(made)
    assert result.code == 3, result
    assert result.info["pid"] == 1


def test_rootless_is_refused_or_has_a_user_namespace(rt, work):
    result = rt.call("spec", "--rootless", "-b", work)
    if result.code == 0:
        config = json.loads((work / "config.json").read_text())
        assert "user" in {n["type"] for n in config["linux"]["namespaces"]}
    else:
        assert result.code == 1 and "rootless" in result.err
        assert not (work / "config.json").exists()


@pytest.mark.anyuser
def test_nothing_else_is_printed(rt, work):
    result = rt.ok("spec", "-b", work)
    assert result.out == ""
