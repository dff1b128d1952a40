# SPDX-License-Identifier: GPL-2.0-or-later
"""`spec`: a config.json to start from."""

import json
import os

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


def test_rootless(rt, work):
    rt.ok("spec", "--rootless", "-b", work)
    config = json.loads((work / "config.json").read_text())
    kinds = {n["type"] for n in config["linux"]["namespaces"]}
    assert "user" in kinds and "network" not in kinds
    for key, number in (("uidMappings", os.geteuid()), ("gidMappings", os.getegid())):
        assert config["linux"][key] == [{"containerID": 0, "hostID": number, "size": 1}]
    assert "resources" not in config["linux"]
    assert not any(option.startswith("gid=") for m in config["mounts"] for option in m["options"])


def test_its_rootless_config_runs(user):
    made = user.bundle({"linux": {}})
    (made.path / "config.json").unlink()
    user.ok("spec", "--rootless", "-b", made.path)
    made.config = json.loads((made.path / "config.json").read_text())
    assert made.config["linux"]["uidMappings"][0]["hostID"] == user.UID
    made.config["process"]["terminal"] = False
    made.config["process"]["args"] = harness.probe("info", "exit 3")
    made.config["process"].pop("rlimits", None)
    made.write()
    result = user.run(made)
    assert result.code == 3, result
    assert result.info["pid"] == 1 and result.info["uid"] == 0


@pytest.mark.anyuser
def test_nothing_else_is_printed(rt, work):
    result = rt.ok("spec", "-b", work)
    assert result.out == ""
