# SPDX-License-Identifier: GPL-2.0-or-later
"""User, groups, umask, HOME, working directory (PR-04, PR-05, PR-08..PR-10, V14, V26)."""

import os

import pytest

import harness
from harness import PATH, base_config

pytestmark = pytest.mark.anyuser


def as_user(uid, gid, *verbs, **more):
    config = base_config(*verbs)
    config["process"]["user"] = {"uid": uid, "gid": gid, **more}
    return config


def info_of(rt, bundle, config):
    return rt.run_ok(bundle(config)).info


@pytest.mark.parametrize("uid, gid", [(0, 0), (1000, 1000), (1000, 0), (0, 1000), (65534, 65534), (4294967294, 7)])
def test_ids(rt, bundle, uid, gid):
    if uid == 4294967294:
        harness.need_root("the highest id")
    info = info_of(rt, bundle, as_user(uid, gid))
    assert info["uids"] == [uid] * 3 and info["gids"] == [gid] * 3
    assert info["status"]["Uid"].split() == [str(uid)] * 4


@pytest.mark.parametrize("groups", [None, [], [5], [3, 1, 2], [0, 4294967294], list(range(100, 140))])
def test_groups_are_exactly_the_listed(rt, bundle, groups):
    if groups == [0, 4294967294]:
        harness.need_root("the highest id")
    more = {} if groups is None else {"additionalGids": groups}
    info = info_of(rt, bundle, as_user(1000, 1000, **more))
    assert sorted(info["groups"]) == sorted(groups or [])


@pytest.mark.root("to set its groups")
def test_callers_groups_do_not_arrive(rt, bundle):
    import os
    made = bundle(as_user(1000, 1000))
    pid_groups = [4, 24, 27]
    result = rt.call("run", "--bundle", made.path, rt.new_id(), preexec_fn=lambda: os.setgroups(pid_groups))
    assert result.info["groups"] == []


def test_user_missing_is_root(rt, bundle):
    config = base_config()
    del config["process"]["user"]
    info = info_of(rt, bundle, config)
    assert (info["uid"], info["gid"]) == (0, 0)


@pytest.mark.root("a directory without permissions of its owner")
@pytest.mark.parametrize("umask", [None, 0, 0o22, 0o77, 0o777, 0o1])
def test_umask(rt, bundle, umask):
    """0022 when not given, whatever the caller's is: what images expect."""
    made = bundle(as_user(0, 0, **({} if umask is None else {"umask": umask})))
    result = rt.call("run", "--bundle", made.path, rt.new_id(), preexec_fn=lambda: os.umask(0o137))
    assert result.code == 0, result
    assert result.info["umask"] == (0o22 if umask is None else umask)


@pytest.mark.root("a directory without permissions of its owner")
def test_umask_does_not_hurt_what_the_runtime_makes(rt, bundle, work):
    config = as_user(0, 0, "stat /made", "stat /work/dir", "stat /dev/null", umask=0o777)
    config["mounts"].append({"destination": "/made/deep", "type": "tmpfs"})
    config["process"]["cwd"] = "/work/dir"
    made = bundle(config)
    result = rt.call("run", "--bundle", made.path, rt.new_id(), preexec_fn=lambda: os.umask(0o777))
    assert result.code == 0, result
    assert [r["value"]["mode"] for r in result.records] == [0o755, 0o755, 0o666]


# ---- environment -------------------------------------------------------------------------------

def test_environment_is_the_configs(rt, bundle):
    config = base_config()
    config["process"]["env"] = [f"PATH={PATH}", "A=1", "B=with space", "HOME=/x"]
    assert info_of(rt, bundle, config)["env"] == config["process"]["env"]


@pytest.mark.parametrize("env", [[], None, ["A=1"], ["HOME="]])
@pytest.mark.parametrize("uid, home", [(0, "/root"), (1000, "/home/user"), (4242, "/")])
def test_home_comes_from_passwd(rt, bundle, env, uid, home):
    config = as_user(uid, uid)
    if env is None:
        del config["process"]["env"]
    else:
        config["process"]["env"] = env
    found = info_of(rt, bundle, config)["env"]
    assert f"HOME={home}" in found
    assert len([e for e in found if e.startswith("HOME=")]) == 1


def test_home_that_is_given_stays(rt, bundle):
    config = base_config()
    config["process"]["env"] = ["HOME=/elsewhere"]
    assert info_of(rt, bundle, config)["env"] == ["HOME=/elsewhere"]


def test_last_of_equal_names_wins(rt, bundle):
    config = base_config()
    config["process"]["env"] = ["HOME=/", "A=1", "B=2", "A=3"]
    found = info_of(rt, bundle, config)["env"]
    assert [e for e in found if e.startswith("A=")] == ["A=3"]


PASSWDS = {
    "missing": None, "empty": "", "no newline": "user:x:1000:1000::/mine:/bin/sh",
    "numeric name": "1000:x:0:0::/wrong:/bin/sh\nuser:x:1000:1000::/mine:/bin/sh\n",
    "junk": "\0\1\2:::\n::::\nuser:x\nuser:x:1000\nx:x:1000x:0::/no:\nuser:x:1000:1000::/mine:\n",
    "long line": "x:" + "y" * 100000 + ":0:0::/no:\nuser:x:1000:1000::/mine:\n",
    "blank home": "user:x:1000:1000:::/bin/sh\n",
}


@pytest.mark.parametrize("text", PASSWDS.values(), ids=PASSWDS.keys())
def test_V14_strange_passwd(rt, bundle, text):
    made = bundle(as_user(1000, 1000))
    path = made.rootfs / "etc/passwd"
    path.unlink()
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    info = rt.run_ok(made).info
    assert (info["uid"], info["gid"]) == (1000, 1000), "a numeric user is never looked up as a name"
    assert [e for e in info["env"] if e.startswith("HOME=")][0] in ("HOME=/mine", "HOME=/")


@pytest.mark.parametrize("kind", ["fifo", "dir", "link to zero", "loop", "link outside", "sparse", "char device"])
def test_V14_passwd_that_is_no_ordinary_file(rt, bundle, work, kind):
    """Neither a hang nor an endless read; the user is not stopped by it either."""
    if kind == "char device":
        harness.need_root("to make a device")
    made = bundle(as_user(1000, 1000, "info"))
    path = made.rootfs / "etc/passwd"
    path.unlink()
    (work / "host-passwd").write_text("user:x:1000:1000::/of/the/host:\n")
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "dir":
        path.mkdir()
    elif kind == "link to zero":
        path.symlink_to("/dev/zero")
    elif kind == "loop":
        path.symlink_to("passwd")
    elif kind == "link outside":
        path.symlink_to(work / "host-passwd")
    elif kind == "char device":
        os.mknod(path, 0o20666, os.makedev(1, 5))
    else:
        with open(path, "wb") as file:
            file.truncate(8 << 30)
    result = rt.run(made)
    assert result.code in (0, 1), result
    if result.code == 0:
        assert "HOME=/of/the/host" not in result.info["env"]
        assert result.info["uid"] == 1000


# ---- working directory -------------------------------------------------------------------------

@pytest.mark.parametrize("cwd", ["/", "/tmp", "/usr/bin", "/proc/self", "/dev/shm"])
def test_cwd(rt, bundle, cwd):
    config = base_config()
    config["process"]["cwd"] = cwd
    found = info_of(rt, bundle, config)["cwd"]
    assert found == cwd or cwd == "/proc/self" and found == "/proc/1"


def test_missing_cwd_is_made(rt, bundle):
    config = as_user(1000, 1000, "info", "stat .")
    config["process"]["cwd"] = "/made/for/me"
    result = rt.run_ok(bundle(config))
    assert result.info["cwd"] == "/made/for/me"
    assert result.value("stat")["mode"] == 0o755


def test_missing_cwd_below_a_readonly_root(rt, bundle):
    config = base_config()
    config["process"]["cwd"] = "/made/for/me"
    config["root"]["readonly"] = True
    result = rt.run(bundle(config))
    assert result.code in (0, 1)
    if result.code:
        assert "/made/for/me" in result.err


def test_cwd_through_a_symlink_stays_inside(rt, bundle, work):
    config = base_config()
    config["process"]["cwd"] = "/link"
    made = bundle(config)
    (made.rootfs / "link").symlink_to("/tmp")
    assert rt.run_ok(made).info["cwd"] == "/tmp"
    (made.rootfs / "link").unlink()
    (made.rootfs / "link").symlink_to(work)
    result = rt.run(made)
    if result.code == 0:
        assert result.info["cwd"].startswith("/") and not os.path.samefile(work, made.rootfs)
    assert not (made.rootfs / "config.json").exists()


def test_cwd_that_is_a_file(rt, bundle):
    config = base_config()
    config["process"]["cwd"] = "/etc/passwd"
    result = rt.run(bundle(config))
    assert result.code == 1 and "/etc/passwd" in result.err


@pytest.mark.root("a directory of another user")
def test_cwd_only_the_user_may_enter(rt, bundle):
    config = as_user(1000, 1000)
    config["process"]["cwd"] = "/home/user/private"
    made = bundle(config)
    (made.rootfs / "home/user/private").mkdir(mode=0o700)
    os.chown(made.rootfs / "home/user/private", 1000, 1000)
    assert rt.run_ok(made).info["cwd"] == "/home/user/private"


def test_cwd_only_root_may_enter(rt, bundle):
    """As other runtimes do: entered while still privileged."""
    config = as_user(1000, 1000)
    config["process"]["cwd"] = "/closed"
    made = bundle(config)
    (made.rootfs / "closed").mkdir(mode=0o700)
    result = rt.run(made)
    assert result.code in (0, 1)
    if result.code:
        assert "/closed" in result.err


def test_oom_score_adj_that_may_not_be_lowered(rt, bundle):
    """Needs CAP_SYS_RESOURCE; without it the container is not made."""
    config = base_config()
    config["process"]["oomScoreAdj"] = -1000
    if harness.has_cap("SYS_RESOURCE"):
        assert info_of(rt, bundle, config)["oom_score_adj"] == ["-1000"]
    else:
        rt.run_fails(bundle(config), has=("config.json:", "oomScoreAdj", "-1000"))


def test_oom_score_adj(rt, bundle):
    own = open("/proc/self/oom_score_adj").read().strip()
    config = base_config()
    assert info_of(rt, bundle, config)["oom_score_adj"] == [own], "not set: not touched"
    for value in (500, 1000, 0):
        config["process"]["oomScoreAdj"] = value
        assert info_of(rt, bundle, config)["oom_score_adj"] == [str(value)]
