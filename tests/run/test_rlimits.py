# SPDX-License-Identifier: GPL-2.0-or-later
"""process.rlimits (PR-11)."""

import resource

import pytest

import harness
from harness import base_config

pytestmark = pytest.mark.anyuser

NAMES = ["RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK",
         "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
         "RLIMIT_SIGPENDING", "RLIMIT_STACK"]

INFINITY = 2 ** 64 - 1


def with_limits(**limits):
    config = base_config()
    config["process"]["rlimits"] = [{"type": t, "soft": s, "hard": h} for t, (s, h) in limits.items()]
    return config


def test_every_name(rt, bundle):
    """Lowered a little below our own, each exactly."""
    before = rt.run_ok(bundle(base_config())).info["rlimits"]
    assert set(before) == set(NAMES)
    wanted = {name: (0, 0) if hard == 0 else (min(hard, 1 << 40) - 1, min(hard, 1 << 40)) for name, (_, hard) in before.items()}
    found = rt.run_ok(bundle(with_limits(**wanted))).info["rlimits"]
    assert found == {name: list(pair) for name, pair in wanted.items()}


def test_not_listed_are_inherited(rt, bundle):
    made = bundle(base_config())
    result = rt.call("run", "--bundle", made.path, rt.new_id(),
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (77, 99)))
    assert result.info["rlimits"]["RLIMIT_NOFILE"] == [77, 99]


def test_infinity_keeps_all_its_bits(rt, bundle):
    """2^64 - 1 does not fit in a double (G-09)."""
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY and not harness.has_cap("SYS_RESOURCE"):
        pytest.skip("our own hard limit for core files is finite and may not be raised")
    found = rt.run_ok(bundle(with_limits(RLIMIT_CORE=(INFINITY - 1, INFINITY)))).info["rlimits"]["RLIMIT_CORE"]
    assert found == [INFINITY - 1, INFINITY]


def test_large_number_in_floating_point_form(rt, bundle):
    """As in the spec's own example."""
    made = bundle(with_limits(RLIMIT_CPU=(5, 10)))
    text = (made.path / "config.json").read_text().replace('"hard": 10', '"hard": 9223372036854772000')
    (made.path / "config.json").write_text(text)
    result = rt.run(made)
    assert result.code == 0, result
    assert result.info["rlimits"]["RLIMIT_CPU"] == [5, 9223372036854772000]


def test_raising_the_hard_limit(rt, bundle):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    made = bundle(with_limits(RLIMIT_NOFILE=(200, 200)))

    def lower():
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))

    result = rt.call("run", "--bundle", made.path, rt.new_id(), preexec_fn=lower)
    if harness.has_cap("SYS_RESOURCE"):
        assert result.code == 0 and result.info["rlimits"]["RLIMIT_NOFILE"] == [200, 200]
    else:
        assert result.code == 1 and "RLIMIT_NOFILE" in result.err, result
        harness.check_manager_words(result)


def test_small_limits_do_not_hurt_the_setup(rt, bundle):
    """They are the payload's: applied late."""
    config = with_limits(RLIMIT_NOFILE=(4, 4), RLIMIT_FSIZE=(0, 0), RLIMIT_NPROC=(1, 1), RLIMIT_AS=(64 << 20, 64 << 20),
                         RLIMIT_MEMLOCK=(0, 0), RLIMIT_STACK=(1 << 20, 1 << 20))
    found = rt.run_ok(bundle(config)).info["rlimits"]
    assert found["RLIMIT_NOFILE"] == [4, 4] and found["RLIMIT_NPROC"] == [1, 1]


def test_callers_small_limits_do_not_hurt_the_setup(rt, bundle):
    made = bundle(base_config("exit 6"))

    def lower():
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    assert rt.call("run", "--bundle", made.path, rt.new_id(), preexec_fn=lower).code == 6
