# SPDX-License-Identifier: GPL-2.0-or-later
"""linux.seccomp, and the cache of compiled filters (SC-01..SC-06, I24); listeners are in test_seccomp_notify.py."""

import ctypes
import os

import pytest

import harness
from harness import base_config

ALLOW = "SCMP_ACT_ALLOW"
ERRNO = "SCMP_ACT_ERRNO"


def rule(names, action=ERRNO, **more):
    return {"names": [names] if isinstance(names, str) else names, "action": action, **more}


def arg(index, value, op="SCMP_CMP_EQ", **more):
    return {"index": index, "value": value, "op": op, **more}


def with_seccomp(verbs, *rules, default=ALLOW, nnp=None, **more):
    config = base_config(*verbs)
    config["linux"]["seccomp"] = {"defaultAction": default, "architectures": ["SCMP_ARCH_X86_64"], "syscalls": list(rules), **more}
    if os.uname().machine != "x86_64":
        config["linux"]["seccomp"].pop("architectures")
    if nnp is not None:
        config["process"]["noNewPrivileges"] = nnp
    return config


def errors(result, verb="syscall"):
    return [r["error"] for r in result.records if r["verb"] == verb]


def run_errors(rt, bundle, config):
    return errors(rt.run_ok(bundle(config)))


@pytest.mark.parametrize("nnp", [True, False, None])
@pytest.mark.parametrize("uid", [0, 1000])
def test_filter_is_on(rt, bundle, nnp, uid):
    config = with_seccomp(("info", "syscall getpriority 0 0"), rule("getpriority"), nnp=nnp)
    config["process"]["user"] = {"uid": uid, "gid": uid}
    result = rt.run_ok(bundle(config))
    assert (result.info["status"]["Seccomp"], result.info["status"].get("Seccomp_filters", "1")) == ("2", str(1 + harness.OUTER_FILTERS))
    assert errors(result) == ["EPERM"]


def test_no_filter_without_seccomp(rt, bundle):
    assert rt.run_ok(bundle(base_config())).info["status"].get("Seccomp_filters", "0") == str(harness.OUTER_FILTERS)


@pytest.mark.parametrize("number, name", [(1, "EPERM"), (38, "ENOSYS"), (13, "EACCES"), (0, None)])
def test_errno(rt, bundle, number, name):
    config = with_seccomp(("syscall getpriority 0 0",), rule("getpriority", errnoRet=number))
    assert run_errors(rt, bundle, config) == [name]


def test_default_errno(rt, bundle):
    """An allow list, as managers write them: default action with an errno of its own."""
    config = with_seccomp(("syscall unshare 0",), default=ALLOW)
    config["linux"]["seccomp"]["defaultAction"] = ERRNO
    config["linux"]["seccomp"]["defaultErrnoRet"] = 38
    profile = harness.manager_config("docker")["linux"]["seccomp"]["syscalls"]
    config["linux"]["seccomp"]["syscalls"] = profile
    assert run_errors(rt, bundle, config) == ["ENOSYS"]


@pytest.mark.parametrize("op, value, two, verdicts", [
    ("SCMP_CMP_EQ", 3, None, "..x.."), ("SCMP_CMP_NE", 3, None, "xx.xx"), ("SCMP_CMP_LT", 3, None, "xx..."),
    ("SCMP_CMP_LE", 3, None, "xxx.."), ("SCMP_CMP_GT", 3, None, "...xx"), ("SCMP_CMP_GE", 3, None, "..xxx"),
    ("SCMP_CMP_MASKED_EQ", 1, 1, "x.x.x")])
def test_argument_operators(rt, bundle, op, value, two, verdicts):
    """getpriority(which, who): `who` from 1 to 5 against the comparison."""
    more = {} if two is None else {"valueTwo": two}
    config = with_seccomp([f"syscall getpriority 0 {who}" for who in range(1, 6)],
                          rule("getpriority", errnoRet=38, args=[arg(1, value, op, **more)]))
    found = run_errors(rt, bundle, config)
    assert "".join("x" if e == "ENOSYS" else "." for e in found) == verdicts


def test_arguments_are_and_rules_are_or(rt, bundle):
    config = with_seccomp(("syscall getpriority 0 1", "syscall getpriority 0 2", "syscall getpriority 1 1", "syscall getpriority 2 7"),
                          rule("getpriority", errnoRet=38, args=[arg(0, 0), arg(1, 1)]),
                          rule("getpriority", errnoRet=38, args=[arg(0, 2), arg(1, 7)]))
    assert [e == "ENOSYS" for e in run_errors(rt, bundle, config)] == [True, False, False, True]


def test_several_conditions_on_one_argument(rt, bundle):
    """As every runtime treats them: alternatives."""
    config = with_seccomp([f"syscall getpriority 0 {n}" for n in (1, 2, 3)],
                          rule("getpriority", errnoRet=38, args=[arg(1, 1), arg(1, 3)]))
    assert [e == "ENOSYS" for e in run_errors(rt, bundle, config)] == [True, False, True]


def test_64_bit_argument(rt, bundle):
    value = 0xfedcba9876543210
    config = with_seccomp((f"syscall personality 0xffffffff 0 0 {value}", "syscall personality 0xffffffff 0 0 1"),
                          rule("personality", errnoRet=38, args=[arg(3, value)]))
    assert run_errors(rt, bundle, config) == ["ENOSYS", None]


@pytest.mark.parametrize("action", ["SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP"])
def test_killing_actions(rt, bundle, action):
    config = with_seccomp(("syscall getpriority 0 0",), rule("getpriority", action))
    assert rt.run(bundle(config)).code == 128 + 31


@pytest.mark.parametrize("action", ["SCMP_ACT_LOG", "SCMP_ACT_ALLOW"])
def test_letting_actions(rt, bundle, action):
    config = with_seccomp(("syscall getpriority 0 0",), rule("getpriority", action), default="SCMP_ACT_LOG" if action == ALLOW else ALLOW)
    assert run_errors(rt, bundle, config) == [None]


def test_trace_without_tracer(rt, bundle):
    config = with_seccomp(("syscall getpriority 0 0",), rule("getpriority", "SCMP_ACT_TRACE"))
    assert run_errors(rt, bundle, config) == ["ENOSYS"]


def test_unknown_names_are_skipped(rt, bundle):
    """Profiles are newer than libraries."""
    config = with_seccomp(("syscall getpriority 0 0",), rule(["no_such_call_ever", "getpriority"]))
    assert run_errors(rt, bundle, config) == ["EPERM"]


@pytest.mark.parametrize("flags", [None, [], ["SECCOMP_FILTER_FLAG_LOG"], ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
                                   ["SECCOMP_FILTER_FLAG_TSYNC"], ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]])
def test_flags(rt, bundle, flags):
    config = with_seccomp(("info", "syscall getpriority 0 0"), rule("getpriority"), **({} if flags is None else {"flags": flags}))
    result = rt.run_ok(bundle(config))
    assert errors(result) == ["EPERM"]


class SeccompMetadata(ctypes.Structure):
    _fields_ = [("filter_off", ctypes.c_uint64), ("flags", ctypes.c_uint64)]


def flags_of_filter(pid, n=0):
    """Flags of the @n-th filter of process @pid that the kernel tells: LOG (ptrace(2), PTRACE_SECCOMP_GET_METADATA)."""
    SEIZE, INTERRUPT, DETACH, GET_METADATA = 0x4206, 0x4207, 17, 0x420d
    ptrace = harness.libc.ptrace
    ptrace.argtypes, ptrace.restype = [ctypes.c_long, ctypes.c_long, ctypes.c_ulong, ctypes.c_void_p], ctypes.c_long
    metadata = SeccompMetadata(n, 0)
    assert ptrace(SEIZE, pid, 0, None) == 0, os.strerror(ctypes.get_errno())
    try:
        assert ptrace(INTERRUPT, pid, 0, None) == 0
        os.waitpid(pid, os.WUNTRACED)
        size = ptrace(GET_METADATA, pid, ctypes.sizeof(metadata), ctypes.addressof(metadata))
        if size < 0 and ctypes.get_errno() in (5, 22):
            pytest.skip("needs PTRACE_SECCOMP_GET_METADATA: Linux 4.16 with CONFIG_CHECKPOINT_RESTORE")
        assert size == ctypes.sizeof(metadata), os.strerror(ctypes.get_errno())
    finally:
        ptrace(DETACH, pid, 0, None)
    return metadata.flags


@pytest.mark.parametrize("flags, log", [(None, False), ([], False), (["SECCOMP_FILTER_FLAG_LOG"], True),
                                        (["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"], True),
                                        (["SECCOMP_FILTER_FLAG_TSYNC"], False)])
@pytest.mark.parametrize("nnp", [True, False])
def test_flags_reach_the_kernel(rt, bundle, flags, log, nnp):
    """SC-04: as the kernel keeps them with the filter."""
    LOG = 2
    config = with_seccomp(("pause",), rule("getpriority"), nnp=nnp, **({} if flags is None else {"flags": flags}))
    container = rt.create(bundle(config)).start()
    assert flags_of_filter(container.pid, harness.OUTER_FILTERS) == (LOG if log else 0)
    container.delete("--force")


def test_speculation_flag_as_managers_expect(rt, bundle):
    """No list means SPEC_ALLOW; an empty list means no flag."""
    def mitigation(flags):
        config = with_seccomp(("info",), rule("getpriority"), **({} if flags is None else {"flags": flags}))
        return rt.run_ok(bundle(config)).info["status"].get("Speculation_Store_Bypass")

    plain = rt.run_ok(bundle(base_config())).info["status"].get("Speculation_Store_Bypass")
    assert mitigation(None) == plain


def test_what_the_runtime_needs_may_be_forbidden(rt, bundle):
    """After the load only a few calls are made; a strict profile must not break the start."""
    forbidden = ["mount", "umount2", "setuid", "setgid", "setgroups", "setresuid", "setresgid", "unshare", "setns", "pivot_root",
                 "chroot", "keyctl", "mknod", "mknodat", "move_mount", "open_tree", "fsopen", "mount_setattr", "clone3", "socket",
                 "socketpair", "sendmsg", "recvmsg", "seccomp", "chdir", "fchdir", "umask", "dup2", "dup3", "fcntl_x", "setsid",
                 "prlimit64_x", "openat2", "pidfd_open"]
    for nnp in (True, False):
        config = with_seccomp(("syscall unshare 0",), rule(forbidden, errnoRet=38), nnp=nnp)
        assert run_errors(rt, bundle, config) == ["ENOSYS"]


def test_kill_profile_with_minimal_allow_list(rt, bundle):
    """KILL as default: anything that the runtime calls too late kills the payload's start."""
    names = harness.manager_config("docker")["linux"]["seccomp"]["syscalls"][0]["names"]
    # Docker allows this one by a rule of its own for the architecture; every static program needs it.
    keep = ["arch_prctl"] + [n for n in names if n not in ("mount", "setgroups", "capset_x", "socketpair", "sendmsg", "umask")]
    config = with_seccomp(("exit 7",), rule(keep, ALLOW), default="SCMP_ACT_KILL_PROCESS", nnp=True)
    result = rt.run(bundle(config))
    assert result.code == 7, result


# ---- the cache ---------------------------------------------------------------------------------

PROFILE = (rule("getpriority", errnoRet=38, args=[arg(1, 3)]), rule("setpriority", errnoRet=13))
PROBES = ("syscall getpriority 0 3", "syscall getpriority 0 0", "syscall setpriority 0 0 0")


def test_second_run_gives_the_same_verdicts(rt, bundle):
    made = bundle(with_seccomp(PROBES, *PROFILE))
    first = errors(rt.run_ok(made))
    for _ in range(3):
        assert errors(rt.run_ok(made)) == first == ["ENOSYS", None, "EACCES"]


def test_every_difference_counts(rt, bundle):
    """The key is the whole of the profile: errno, arguments, actions, default, flags."""
    def verdicts(*rules, **more):
        return run_errors(rt, bundle, with_seccomp(PROBES, *rules, **more))

    for _ in range(2):
        assert verdicts(rule("getpriority", errnoRet=38)) == ["ENOSYS", "ENOSYS", None]
        assert verdicts(rule("getpriority", errnoRet=13)) == ["EACCES", "EACCES", None]
        assert verdicts(rule("getpriority")) == ["EPERM", "EPERM", None]
        assert verdicts(rule("getpriority", args=[arg(1, 3)])) == ["EPERM", None, None]
        assert verdicts(rule("getpriority", args=[arg(1, 0)])) == ["ESRCH", "EPERM", None]
        assert verdicts(rule("getpriority", "SCMP_ACT_LOG")) == ["ESRCH", None, None]
        assert verdicts(rule(["getpriority", "setpriority"])) == ["EPERM", "EPERM", "EPERM"]
        assert verdicts(rule("getpriority"), flags=[]) == ["EPERM", "EPERM", None]


def cache_files(rt):
    return [p for p in (rt.root / ".cache").rglob("*") if p.is_file()] if (rt.root / ".cache").exists() else []


def test_broken_cache_is_not_trusted(rt, bundle):
    made = bundle(with_seccomp(PROBES, *PROFILE))
    wanted = errors(rt.run_ok(made))
    files = cache_files(rt)
    if not files:
        pytest.skip("this runtime keeps no cache of filters")
    for change in (lambda b: b"", lambda b: b[:len(b) // 2], lambda b: b"\0" * len(b), lambda b: b + b"x", lambda b: os.urandom(len(b)),
                   lambda b: b[:-8] + b"\0" * 8):
        for path in files:
            path.write_bytes(change(path.read_bytes()))
        assert errors(rt.run_ok(made)) == wanted, "a damaged cache may cost time, never change a verdict"
        rt.run_ok(made)


def test_cache_is_private(rt, bundle):
    rt.run_ok(bundle(with_seccomp(PROBES, *PROFILE)))
    for path in cache_files(rt):
        assert path.stat().st_mode & 0o022 == 0
        for parent in list(path.parents)[:2]:
            assert parent.stat().st_mode & 0o022 == 0


def test_cache_that_cannot_be_written(rt, bundle):
    """A file in its place, as a full or read-only state root would be: the container runs all the same."""
    rt.root.mkdir(mode=0o700)
    (rt.root / ".cache").write_text("not a directory")
    assert run_errors(rt, bundle, with_seccomp(PROBES, *PROFILE)) == ["ENOSYS", None, "EACCES"]
    (rt.root / ".cache").unlink()


def test_cache_through_a_symlink_is_not_followed(rt, bundle, work):
    rt.root.mkdir(mode=0o700)
    (work / "elsewhere").mkdir()
    (rt.root / ".cache").symlink_to(work / "elsewhere")
    assert run_errors(rt, bundle, with_seccomp(PROBES, *PROFILE)) == ["ENOSYS", None, "EACCES"]
    assert os.listdir(work / "elsewhere") == []
    (rt.root / ".cache").unlink()


def test_foreign_architectures(rt, bundle):
    config = with_seccomp(("syscall getpriority 0 0",), rule("getpriority"))
    config["linux"]["seccomp"]["architectures"] = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
    assert run_errors(rt, bundle, config) == ["EPERM"]


def test_native_architecture_is_always_in(rt, bundle):
    config = with_seccomp(("syscall getpriority 0 0",), rule("getpriority"))
    config["linux"]["seccomp"]["architectures"] = ["SCMP_ARCH_AARCH64"]
    assert run_errors(rt, bundle, config) == ["EPERM"]
    del config["linux"]["seccomp"]["architectures"]
    assert run_errors(rt, bundle, config) == ["EPERM"]
