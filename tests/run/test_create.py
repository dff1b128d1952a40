# SPDX-License-Identifier: GPL-2.0-or-later
"""`create`: everything but the payload (OP-01, LC-01)."""

import json
import os

import pytest

import harness
from harness import base_config

pytestmark = pytest.mark.anyuser


def test_created_and_waiting(rt, bundle):
    container = rt.create(bundle(base_config("info")))
    state = container.state()
    assert state["status"] == "created"
    assert harness.is_alive(state["pid"])
    assert state["pid"] in harness.children(), "init must be ours to wait for, as a shim waits"
    container.delete()
    assert container.out.rest() == "", "the payload must not have run"


def test_pid_file(rt, bundle, work):
    container = rt.create(bundle(base_config("pause")), "--pid-file", work / "pid")
    assert (work / "pid").read_text() == str(container.pid)
    assert sorted(n for n in os.listdir(work) if "pid" in n) == ["pid"], "no temporary file beside it"


def test_pid_file_is_relative_to_the_caller(rt, bundle, work):
    (work / "elsewhere").mkdir()
    container = rt.create(bundle(base_config("pause")), "--pid-file", "my.pid", cwd=work / "elsewhere")
    assert (work / "elsewhere/my.pid").read_text() == str(container.pid)


def test_pid_file_replaces_an_old_one(rt, bundle, work):
    (work / "pid").write_text("999999 old\n")
    container = rt.create(bundle(base_config("pause")), "--pid-file", work / "pid")
    assert (work / "pid").read_text() == str(container.pid)


def test_pid_file_that_cannot_be_written(rt, bundle, work):
    rt.create_fails(bundle(base_config("pause")), "--pid-file", work / "none/pid", has="pid")
    rt.oracle.check()


def test_pid_file_of_another_container(rt, bundle, work):
    """Whoever asks for an ID that is taken, or for what cannot be done, does not take the owner's pid file away."""
    made = bundle(base_config("pause"))
    container = rt.create(made, "--pid-file", work / "pid")
    result = rt.call("create", "--bundle", made.path, "--pid-file", work / "pid", container.id)
    assert result.code != 0 and "exists" in result.err, result
    assert (work / "pid").read_text() == str(container.pid)


def test_no_pid_file_after_a_failure(rt, bundle, work):
    config = base_config("pause")
    config["process"]["args"] = ["/missing"]
    rt.create_fails(bundle(config), "--pid-file", work / "pid", has="no such file or directory")
    assert not (work / "pid").exists()


def test_bundle_is_the_working_directory_by_default(rt, bundle):
    made = bundle(base_config("exit 0"))
    ident = rt.new_id()
    rt.create(None, ident=ident, cwd=made.path)
    assert rt.state(ident)["bundle"] == str(made.path)


def test_relative_bundle_becomes_absolute(rt, bundle):
    made = bundle(base_config("exit 0"))
    ident = rt.new_id()
    rt.create(None, "-b", "../../" + made.path.name, ident=ident, cwd=made.rootfs)
    assert rt.state(ident)["bundle"] == str(made.path)
    rt.ok("delete", ident)
    rt.create(None, f"--bundle={made.path.name}", ident=ident, cwd=made.path.parent)
    assert rt.state(ident)["bundle"] == str(made.path)


def test_config_option(rt, bundle, work):
    made = bundle(base_config("exit 1"))
    made.config["process"]["args"] = harness.probe("exit 9")
    (work / "other.json").write_text(json.dumps(made.config))
    container = rt.create(made, "--config", work / "other.json")
    assert container.finish().code == 9


def test_later_edits_of_the_config_have_no_effect(rt, bundle):
    made = bundle(base_config("exit 4"))
    container = rt.create(made)
    made.config["process"]["args"] = harness.probe("exit 5")
    made.config["annotations"] = {"late": "yes"}
    made.write()
    assert "late" not in container.state().get("annotations", {})
    assert container.finish().code == 4


def test_config_may_vanish_after_create(rt, bundle):
    made = bundle(base_config("exit 4"))
    container = rt.create(made)
    (made.path / "config.json").unlink()
    assert container.finish().code == 4


def test_duplicate_id(rt, bundle):
    made = bundle(base_config("exit 6"))
    container = rt.create(made)
    rt.create_fails(made, ident=container.id, has="exists")
    assert container.status == "created", "the first one is not hurt"
    assert container.finish().code == 6


def test_id_is_free_again_after_delete(rt, bundle):
    made = bundle(base_config("exit 6"))
    ident = rt.new_id()
    for _ in range(3):
        assert rt.create(made, ident=ident).finish().code == 6


@pytest.mark.parametrize("ident", ["", ".", "..", "a/b", "/a", "a b", "\u00e4", "a\nb", "a:b", "x" * 1025, "../x"],
                         ids=lambda ident: ascii(ident)[:8])
def test_bad_ids(rt, bundle, ident, work):
    before = sorted(os.listdir(work))
    result = rt.create_fails(bundle(base_config("exit 0"), name="made"), ident=ident)
    assert result.err.strip().count("\n") == 0
    assert not rt.ids()
    assert sorted(set(os.listdir(work)) - set(before)) in ([], ["made"], ["made", "state"])


@pytest.mark.parametrize("ident", ["a", "A-b_c.d+e", "0", "x" * 200], ids=lambda ident: ident[:8])
def test_good_ids(rt, bundle, ident):
    config = base_config("exit 3")
    config["linux"]["cgroupsPath"] = f"/{harness.TOKEN}-good"
    assert rt.create(bundle(config), ident=ident).finish().code == 3


def test_without_process(rt, bundle):
    """PR-01: a container without `process` can be created, but not started."""
    config = base_config()
    del config["process"]
    container = rt.create(bundle(config))
    assert container.status == "created"
    rt.fails("start", container.id, has="process")
    assert container.status == "created", "a refused start has no effect"
    container.delete()
    rt.oracle.check()


def test_only_init_holds_the_callers_pipes(rt, bundle):
    """A shim sees the end of the output as soon as the payload is gone."""
    container = rt.create(bundle(base_config("print hello", "exit 0"))).start()
    container.wait()
    assert "hello" in container.out.rest()
    assert container.err.rest() == ""


def test_rootfs_may_be_absolute_or_a_symlink(rt, bundle, work):
    made = bundle(base_config("exit 2"))
    (work / "link").symlink_to(made.rootfs)
    for path in (made.rootfs, work / "link", "../link"):
        made.config["root"]["path"] = str(path)
        made.write()
        assert rt.run(made).code == 2


def test_state_directory_is_private(rt, bundle):
    container = rt.create(bundle(base_config("pause")))
    assert os.stat(rt.root / container.id).st_mode & 0o022 == 0
    assert os.stat(rt.root).st_mode & 0o077 in (0, 0o011)


def test_unknown_properties_are_ignored(rt, bundle):
    """G-02, at every depth."""
    config = base_config("exit 5")
    config["future"] = {"deep": [1, {"a": None}]}
    config["process"]["future"] = True
    config["linux"]["future"] = 1.5
    config["mounts"][0]["future"] = "x"
    config["hooks"] = {"futureHook": [{"path": "relative"}]}
    config["windows"] = {"layerFolders": []}
    config["process"]["commandLine"] = 7
    config["process"]["user"].update(username=["x"], future={})
    config["process"]["capabilities"]["future"] = "CAP_CHOWN"
    config["process"]["rlimits"] = [{"type": "RLIMIT_CORE", "soft": 0, "hard": 0, "future": []}]
    config["root"]["future"] = None
    config["linux"]["namespaces"][0]["future"] = "/none"
    config["linux"]["intelRdtFuture"] = {"closID": ".."}
    config["linux"]["resources"].update(future={"limit": -5}, network={"future": 1}, memory={"raw": True})
    config["linux"]["resources"]["devices"][0]["future"] = "x"
    config["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "future": "SCMP_ACT_KILL", "syscalls": [
        {"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "future": 1}]}
    config["annotations"] = {"org.example.unknown": "", "org.opencontainers.image.future": "x"}
    assert rt.run(bundle(config)).code == 5


def test_what_is_optional_may_be_absent(rt, bundle):
    """CF-08, CF-09: no mounts, no hooks, no annotations, and of `linux` the namespaces alone; nothing is put in their place."""
    config = base_config("print alive", "ls /proc", "exit 5")
    del config["mounts"]
    config["linux"] = {"namespaces": config["linux"]["namespaces"]}
    result = rt.run(bundle(config))
    assert result.code == 5, result
    assert result.value("ls") == []


def test_warnings_change_nothing(rt, bundle):
    """G-06: whether they are shown, kept back, or cannot even be written, the container is the same one."""
    config = base_config("info", "exit 5")
    config["process"]["capabilities"]["bounding"] = ["CAP_FUTURE", "CAP_CHOWN"]
    config["mounts"].append(harness.mount("/mnt", "bind", "/tmp", "bind", "size=5"))
    config["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["no_such_call", "getpriority"], "action": "SCMP_ACT_ERRNO"}]}
    made = bundle(config)
    seen = []
    for options in ((), ("--log-level", "warning"), ("--debug",), ("--log-level", "warning", "--log", "/dev/full"),
                    ("--log-level", "warning", "--log", "/dev/full", "--log-format", "json")):
        result = rt.run(made, globals=options)
        assert result.code == 5, result
        for word in ("CAP_FUTURE", "no_such_call", '"/mnt" is no file system'):
            assert (word in result.err) == (options != () and "--log" not in options), result
        seen.append({key: result.info[key] for key in ("status", "env", "uids", "namespaces", "mountinfo")})
        for key in ("mountinfo", "namespaces", "status"):           # numbers differ from run to run
            seen[-1][key] = len(seen[-1][key])
    assert all(entry == seen[0] for entry in seen)


@pytest.mark.parametrize("version", ["1.0.0", "1.0.2-dev", "1.2.0+dev", "1.3.0", "1.99.0"])
def test_oci_versions(rt, bundle, version):
    config = base_config("exit 0")
    config["ociVersion"] = version
    container = rt.create(bundle(config))
    assert container.state()["ociVersion"] == ("1.3.0" if version == "1.99.0" else version), "what the state complies with"
    assert container.finish().code == 0


def test_options_of_managers_are_accepted(rt, bundle):
    container = rt.create(bundle(base_config("exit 0")), "--no-subreaper", "--no-new-keyring", "--preserve-fds", "0")
    assert container.finish().code == 0


def test_a_long_lived_caller_directory_is_not_needed(rt, bundle):
    """The bundle's parent may be entered by relative paths only."""
    made = bundle(base_config("exit 0"))
    ident = rt.new_id()
    rt.ok("run", "--bundle", ".", ident, cwd=made.path)
