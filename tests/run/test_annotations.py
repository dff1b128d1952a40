# SPDX-License-Identifier: GPL-2.0-or-later
"""Annotations that managers change the runtime's behaviour with (crun's names)."""

import os

import pytest

from harness import base_config, probe


def annotated(*verbs, **annotations):
    config = base_config(*verbs)
    config["annotations"] = {f"run.oci.{key}": value for key, value in annotations.items()}
    return config


@pytest.mark.parametrize("value, kept", [("1", True), ("0", False), ("", False)])
def test_keep_original_groups(rt, bundle, value, kept):
    """Podman's --group-add=keep-groups."""
    made = bundle(annotated("info", keep_original_groups=value))
    result = rt.call("run", "--bundle", made.path, rt.new_id(), preexec_fn=lambda: os.setgroups([4, 24]))
    assert result.code == 0, result
    assert sorted(result.info["groups"]) == ([4, 24] if kept else [])


def test_keep_original_groups_with_exec(rt, bundle):
    """Of the one who calls exec, as everything about that process."""
    box = rt.create(bundle(annotated("pause", keep_original_groups="1"))).start()
    result = rt.call("exec", box.id, *probe("info"), preexec_fn=lambda: os.setgroups([5, 6]))
    assert result.code == 0, result
    assert sorted(result.info["groups"]) == [5, 6]


def test_unknown_syscall(rt, bundle):
    config = annotated("info", seccomp_fail_unknown_syscall="1")
    config["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
                                  "syscalls": [{"names": ["no_such_call"], "action": "SCMP_ACT_ERRNO"}]}
    made = bundle(config)
    rt.run_fails(made, has=["config.json:", "no_such_call"])
    config["annotations"] = {}
    made.write()
    # From now on there is a filter in the cache, without what is unknown.
    assert rt.call("run", "--bundle", made.path, rt.new_id()).code == 0
    config["annotations"] = {"run.oci.seccomp_fail_unknown_syscall": "1"}
    made.write()
    rt.run_fails(made, has="no_such_call")


@pytest.mark.parametrize("key, value, words", [
    ("keep_original_groups", "yes", '"yes" is neither'),
    ("mount_context_type", "other", '"other" is none of'),
    ("pidfd_receiver", "relative", "not an absolute path"),
    ("seccomp.receiver", "relative", "not an absolute path"),
    ("seccomp_bpf_data", "AAAA", "not supported"),
])
def test_bad_values(rt, bundle, key, value, words):
    rt.run_fails(bundle(annotated("info", **{key: value})), has=[f'annotations["run.oci.{key}"]', words])


def test_unknown_ones_mean_nothing(rt, bundle):
    assert rt.run_ok(bundle(annotated("info", of_tomorrow="x"))).info["pid"] == 1
