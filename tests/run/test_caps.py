# SPDX-License-Identifier: GPL-2.0-or-later
"""process.capabilities and noNewPrivileges (PR-14..PR-16, I23, I24, V25)."""

import os
import struct

import pytest

import harness
from harness import ALL_CAPS, base_config, cap_mask, set_caps, status_caps

SOME = ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"]


def caps_of(rt, bundle, config):
    return status_caps(rt.run_ok(bundle(config)).info)


def test_each_set_is_exactly_what_is_listed(rt, bundle):
    config = base_config()
    config["process"]["capabilities"] = {
        "bounding": SOME + ["CAP_SETUID", "CAP_FOWNER"], "permitted": SOME + ["CAP_SETUID"], "effective": ["CAP_CHOWN"],
        "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}
    assert caps_of(rt, bundle, config) == {
        "CapBnd": cap_mask(SOME + ["CAP_SETUID", "CAP_FOWNER"]), "CapInh": cap_mask(["CAP_KILL"]),
        "CapAmb": cap_mask(["CAP_KILL"]),
        # The payload is executed by uid 0, so the kernel gives it inheritable | bounding; as the managers know it.
        "CapPrm": cap_mask(SOME + ["CAP_SETUID", "CAP_FOWNER"]), "CapEff": cap_mask(SOME + ["CAP_SETUID", "CAP_FOWNER"])}


def test_empty_sets(rt, bundle):
    config = set_caps(base_config())
    assert set(caps_of(rt, bundle, config).values()) == {0}


def test_absent_sets_are_empty(rt, bundle):
    config = base_config()
    config["process"]["capabilities"] = {"bounding": SOME}
    caps = caps_of(rt, bundle, config)
    assert caps["CapBnd"] == cap_mask(SOME) and caps["CapInh"] == caps["CapAmb"] == 0


def test_absent_object_gives_none(rt, bundle):
    """Least privilege; managers always send the object."""
    config = base_config()
    del config["process"]["capabilities"]
    assert set(caps_of(rt, bundle, config).values()) == {0}


def test_ordinary_user_has_none(rt, bundle):
    config = base_config()
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    caps = caps_of(rt, bundle, config)
    assert caps["CapPrm"] == caps["CapEff"] == caps["CapInh"] == caps["CapAmb"] == 0
    assert caps["CapBnd"] == cap_mask(harness.DOCKER_CAPS)


def test_ambient_gives_them_to_an_ordinary_user(rt, bundle):
    config = set_caps(base_config(), *SOME, inheritable=["CAP_NET_RAW"], ambient=["CAP_NET_RAW"])
    config["process"]["user"] = {"uid": 1000, "gid": 1000}
    caps = caps_of(rt, bundle, config)
    mask = cap_mask(["CAP_NET_RAW"])
    assert (caps["CapPrm"], caps["CapEff"], caps["CapInh"], caps["CapAmb"]) == (mask, mask, mask, mask)


def test_all_that_we_have(rt, bundle):
    names = harness.granted(ALL_CAPS)
    caps = caps_of(rt, bundle, set_caps(base_config(), *names))
    assert caps["CapBnd"] == caps["CapEff"] == cap_mask(names)


@pytest.mark.parametrize("name", ["CAP_FUTURE", "CAP_", "cap_chown_x", "63"])
def test_unknown_ones_are_left_out(rt, bundle, name):
    """PR-15: warn and go on."""
    caps = caps_of(rt, bundle, set_caps(base_config(), "CAP_CHOWN", name))
    assert caps["CapBnd"] == cap_mask(["CAP_CHOWN"])


@pytest.mark.parametrize("uid", [0, 1000])
def test_ungrantable_ones_are_left_out(rt, bundle, uid):
    """PR-15: what the runtime itself may not have is missing from each of the five sets, and nothing else is."""
    PR_CAPBSET_DROP = 24

    def give_up():
        assert harness.libc.prctl(PR_CAPBSET_DROP, harness.CAP_NUMBERS["AUDIT_WRITE"], 0, 0, 0) == 0

    missing = [name for name in ALL_CAPS if not harness.has_cap(name)]
    names = ["CAP_CHOWN", "CAP_AUDIT_WRITE", *missing]
    config = set_caps(base_config(), *names, inheritable=names, ambient=names)
    config["process"]["user"] = {"uid": uid, "gid": uid}
    result = rt.run(bundle(config), preexec_fn=give_up)
    assert result.code == 0, result
    assert set(status_caps(result.info).values()) == {cap_mask(["CAP_CHOWN"])}


def test_file_capabilities_gain_nothing_by_themselves(rt, bundle):
    """V25: an executable with inheritable capabilities, run by an ordinary user, gets those of the process alone."""
    magic_v2, effective = 0x02000000, 1
    mask = cap_mask(["CAP_NET_RAW"])
    for inheritable, expected in (([], 0), (["CAP_NET_RAW"], mask)):
        config = set_caps(base_config(), "CAP_NET_RAW", inheritable=inheritable)
        config["process"]["user"] = {"uid": 1000, "gid": 1000}
        config["process"]["args"] = ["/own"]
        made = bundle(config)
        (made.rootfs / "own").write_bytes((made.rootfs / "probe").read_bytes())
        (made.rootfs / "own").chmod(0o755)
        try:
            os.setxattr(made.rootfs / "own", "security.capability", struct.pack("<IIIII", magic_v2 | effective, 0, mask, 0, 0))
        except OSError as error:
            pytest.skip(f"needs file capabilities where the tests' files are: {error}")
        caps = status_caps(rt.run_ok(made).info)
        assert (caps["CapPrm"], caps["CapEff"]) == (expected, expected)


def test_callers_inheritable_and_ambient_do_not_arrive(rt, bundle):
    made = bundle(base_config())
    words = ["/usr/bin/setpriv", "--inh-caps", "+net_raw,+chown", "--ambient-caps", "+net_raw"]
    if not os.path.exists(words[0]):
        pytest.skip("no setpriv on this machine")
    result = rt.call_raw([*words, *rt.command("run", "--bundle", made.path, rt.new_id())])
    assert result.code == 0, result
    caps = status_caps(result.info)
    assert caps["CapInh"] == caps["CapAmb"] == 0


@pytest.mark.parametrize("value", [True, False, None])
@pytest.mark.parametrize("uid", [0, 1000])
def test_no_new_privileges(rt, bundle, value, uid):
    config = base_config()
    config["process"]["user"] = {"uid": uid, "gid": uid}
    if value is not None:
        config["process"]["noNewPrivileges"] = value
    info = rt.run_ok(bundle(config)).info
    assert info["no_new_privs"] == (1 if value else 0)
    assert info["status"]["NoNewPrivs"] == ("1" if value else "0")


def test_nothing_of_the_setup_is_left(rt, bundle):
    info = rt.run_ok(bundle(base_config())).info
    assert info["keep_caps"] == 0 and info["securebits"] == 0


def test_dropped_ones_are_really_gone(rt, bundle):
    config = set_caps(base_config("mknod /tmp/n c 1 3", "chown /tmp 5 5", "mount tmpfs /mnt", "syscall sethostname s:x 1"), "CAP_MKNOD")
    assert [r["error"] for r in rt.run_ok(bundle(config)).records] == [None, "EPERM", "EPERM", "EPERM"]


def test_one_warning_names_all_that_is_left_out(rt, bundle):
    missing = [name for name in ALL_CAPS if not harness.has_cap(name)]
    config = set_caps(base_config(), "CAP_CHOWN", "CAP_FUTURE", *missing, ambient=["CAP_CHOWN"])
    made = bundle(config)
    result = rt.call("run", "--bundle", made.path, rt.new_id(), globals=("--log-level", "warning"))
    assert result.code == 0, result
    lines = [line for line in result.err.splitlines() if "process.capabilities" in line]
    assert len(lines) == 1, result
    for name in ["CAP_FUTURE", "CAP_CHOWN", *missing]:
        assert name in lines[0], lines
    assert "config.json:" in lines[0]
    assert rt.run_ok(made).err == "", "silent unless asked"
