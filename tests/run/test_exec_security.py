# SPDX-License-Identifier: GPL-2.0-or-later
"""exec against a hostile container (security.md R10, R11, R13, V21-V23, V25, I36-I38), and under SIGKILL."""

import errno
import os
import random
import signal
import subprocess
import time

import pytest

import harness
from harness import DOCKER_CAPS, add_namespace, base_config, cap_mask, granted, hook, manager_config, probe, set_caps
from test_exec import FAILURE, QUIET, Box, box, wait_for, with_user_namespace  # noqa: F401 (a fixture)
from test_fds import descriptors, leaks, listen_variables, numbers  # noqa: F401 (a fixture)
from test_seccomp_notify import ALLOW, agent, both_ways, rule, with_listener  # noqa: F401 (a fixture)

ROUNDS = int(os.environ.get("TARE_CRASH_ROUNDS", "8" if harness.IS_SANITIZED else "40"))


def status_of(pid):
    return dict(line.rstrip("\n").split(":\t", 1) for line in open(f"/proc/{pid}/status") if ":\t" in line)


class Held:
    """A process of exec that is all set up and waits for its execve."""

    def __init__(self, one, work, *options, verbs=("info",), **more):
        self.one = one
        self.fifo = work / "fifo"
        os.mkfifo(self.fifo)
        self.process = one.rt.popen("exec", *options, "--wait-fifo", self.fifo, "--pid-file", work / "pid", one.id, *probe(*verbs), **more)
        self.pid = wait_for(work / "pid")

    def release(self):
        self.fifo.write_text("x")
        info = self.process.reader.record("info")["value"]
        assert self.process.wait(harness.TIMEOUT) == 0
        return info


# ---- what shows in the container ---------------------------------------------------------------

@pytest.mark.parametrize("nnp", [False, True])
@pytest.mark.parametrize("user", [{"uid": 0, "gid": 0}, {"uid": 1000, "gid": 1001, "additionalGids": [5]}])
@pytest.mark.parametrize("kind", ["small", "userns", "docker"])
def test_R13_holds_no_more_than_the_payload(box, work, nnp, user, kind):
    """The process that waits has the ids, capabilities, no_new_privs and filter of the payload, not one more."""
    config = {"small": base_config, "userns": lambda: with_user_namespace(base_config()), "docker": lambda: manager_config("docker")}[kind]()
    one = box(config, user=user, noNewPrivileges=nnp)
    held = Held(one, work)
    before = status_of(held.pid)
    shift = 100000 if kind == "userns" else 0
    assert before["Uid"].split() == [str(user["uid"] + shift)] * 4
    assert before["Gid"].split() == [str(user["gid"] + shift)] * 4
    assert before["Groups"].split() == [str(g + shift) for g in user.get("additionalGids", [])]
    info = held.release()
    allowed = {key: int(value, 16) for key, value in before.items() if key.startswith("Cap")}
    wanted = one.container.state() and config["process"]["capabilities"]
    for key, name in (("CapPrm", "permitted"), ("CapEff", "effective"), ("CapBnd", "bounding"), ("CapInh", "inheritable"), ("CapAmb", "ambient")):
        assert allowed[key] & ~cap_mask(wanted.get(name, [])) == 0, key
    assert before["NoNewPrivs"] == str(int(nnp)) == str(info["no_new_privs"])
    # without no_new_privs the filter needs a privilege to load, so it was loaded by the one that had it
    assert int(before["Seccomp_filters"]) == (harness.OUTER_FILTERS if nnp else int(info["status"]["Seccomp_filters"]))


@pytest.mark.parametrize("nnp", [False, True])
def test_R13_from_the_first_moment(box, work, nnp):
    """Seen from inside: whatever pid turns up in the container's /proc never has more than the payload."""
    config = manager_config("docker")
    one = box(config, noNewPrivileges=nnp, user={"uid": 1000, "gid": 1000})
    allowed = {"CapPrm": 0, "CapEff": 0, "CapInh": 0, "CapAmb": 0}
    wanted = config["process"]["capabilities"]
    for key, name in (("CapPrm", "permitted"), ("CapEff", "effective"), ("CapInh", "inheritable"), ("CapAmb", "ambient"), ("CapBnd", "bounding")):
        allowed[key] = cap_mask(wanted.get(name, []))
    seen = 0
    root = f"/proc/{one.pid}/root/proc"
    for _ in range(ROUNDS):
        process = one.popen(verbs=("exit 0",))
        while process.poll() is None:
            for name in os.listdir(root):
                if not name.isdigit() or name == "1":
                    continue
                try:
                    status = dict(line.rstrip("\n").split(":\t", 1) for line in open(f"{root}/{name}/status") if ":\t" in line)
                except OSError:
                    continue
                if status["State"].startswith(("Z", "X")):
                    continue
                seen += 1
                assert status["Uid"].split() == ["1000"] * 4, status
                for key, mask in allowed.items():
                    assert int(status[key], 16) & ~mask == 0, (key, status)
                assert status["NoNewPrivs"] == str(int(nnp))
    assert seen > ROUNDS, "the process was hardly ever seen"


@pytest.mark.parametrize("config", [base_config, lambda: with_user_namespace(base_config())], ids=["small", "userns"])
def test_I37_cannot_be_inspected(box, work, config):
    """Not dumpable until the payload is executed: what is in /proc/PID belongs to root."""
    held = Held(box(config(), user={"uid": 1000, "gid": 1000}), work)
    assert os.stat(f"/proc/{held.pid}/environ").st_uid in (0, 100000)
    assert held.release()["dumpable"] == 1


def test_R10_holds_no_descriptor_of_the_host(box, work, leaks):
    """Its standard streams and its end of one socket; no directory, no namespace, no procfs, no pidfd."""
    held = Held(box(), work, pass_fds=leaks)
    found = descriptors(held.pid)
    extra = [target for number, target in found.items() if number > 2]
    assert len(extra) == 1 and extra[0].startswith("socket:"), found
    assert os.readlink(f"/proc/{held.pid}/cwd") == "/" and os.readlink(f"/proc/{held.pid}/root") == "/"
    assert sorted(held.release()["fds"]) == ["0", "1", "2"]


def test_V22_its_program_is_not_the_hosts(box, work):
    """CVE-2019-5736: the executable behind /proc/PID/exe is a sealed copy, and then the payload."""
    if harness.IS_SANITIZED:
        pytest.skip("needs init as a program of its own: a sanitizer build calls it directly")
    held = Held(box(), work)
    host, seen = os.stat(harness.TARE), os.stat(f"/proc/{held.pid}/exe")
    assert (seen.st_dev, seen.st_ino) != (host.st_dev, host.st_ino)
    assert harness.TARE not in open(f"/proc/{held.pid}/maps").read()
    with pytest.raises(OSError):
        os.close(os.open(f"/proc/{held.pid}/exe", os.O_WRONLY))
    assert held.release()["exe"] == "/probe"


@pytest.mark.parametrize("args", [["/proc/self/exe", "--version"], ["/script"]])
def test_V22_running_itself(box, args):
    """A payload that is /proc/self/exe gets the sealed copy at most, which does nothing on its own."""
    one = box()
    script = one.rootfs / "script"
    script.write_text("#!/proc/self/exe\n")
    script.chmod(0o755)
    before = harness.file_identity(harness.TARE)
    result = one.call(args=args)
    assert result.code != 0 and "tare version" not in result.out, result
    assert harness.file_identity(harness.TARE) == before


def test_V21_container_that_looks_for_more(box, work):
    """A payload with CAP_SYS_PTRACE goes through /proc all the while; nothing there leads to the host."""
    one = box(set_caps(base_config(), *granted(DOCKER_CAPS + ["CAP_SYS_PTRACE"])))
    if not harness.find_busybox():
        pytest.skip("needs a static busybox for the container's shell: none here")
    script = ("while [ ! -e /tmp/stop ]; do for p in /proc/[0-9]*; do "
              "for f in $p/fd/* $p/cwd $p/root; do [ -e $f/canary-of-the-host ] && echo $f >> /tmp/found; done; done; done; exit 0")
    spy = one.rt.popen("exec", one.id, "/bin/sh", "-c", script)
    (work / "canary-of-the-host").write_text("x")
    cwd = os.getcwd()
    try:
        os.chdir(work)
        for _ in range(ROUNDS):
            assert one.call(verbs=("exit 0",), cwd=work).code == 0
    finally:
        os.chdir(cwd)
        (one.rootfs / "tmp/stop").touch()
    assert spy.wait(harness.TIMEOUT) == 0
    assert not (one.rootfs / "tmp/found").exists(), (one.rootfs / "tmp/found").read_text()


# ---- descriptors -------------------------------------------------------------------------------

def test_callers_descriptors_do_not_arrive(box, leaks):
    assert sorted(box().ok(pass_fds=leaks).info["fds"]) == ["0", "1", "2"]


def with_shell(one, redirections, options, verbs, variables=""):
    return one.rt.call_raw(["/bin/sh", "-c", f'exec {redirections}; {variables} exec "$@"', "--",
                            *one.rt.command("exec", *options, one.id, *probe(*verbs))])


def test_preserved_keep_their_numbers(box, work):
    (work / "three").write_text("three")
    (work / "five").write_text("five")
    result = with_shell(box(), f"3<{work}/three 5<{work}/five 6</etc/passwd", ["--preserve-fds", "3"], ("info", "read-fd 3", "read-fd 5"))
    assert result.code == 0, result
    assert sorted(result.info["fds"]) == ["0", "1", "2", "3", "5"]
    assert [r["value"] for r in result.records[1:]] == ["three", "five"]


def test_listen_fds(box, work):
    """LISTEN_PID is the pid that the process has in the container, not that of the one that made it."""
    (work / "three").write_text("three")
    result = with_shell(box(), f"3<{work}/three", [], ("info", "read-fd 3"), "export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=x;")
    assert result.code == 0, result
    assert listen_variables(result.info) == {"LISTEN_FDS": "1", "LISTEN_PID": str(result.info["pid"]), "LISTEN_FDNAMES": "x"}
    assert result.value("read-fd") == "three"


@pytest.mark.parametrize("tail", ["", "/../..", "/etc"])
def test_V23_cwd_through_a_descriptor(box, leaks, tail):
    """CVE-2024-21626"""
    one = box()
    for number in numbers(leaks):
        result = one.call("--cwd", f"/proc/self/fd/{number}{tail}", pass_fds=leaks)
        assert result.code == FAILURE and "chdir to cwd" in result.err, result


def test_V23_cwd_through_a_link_of_the_container(box, leaks):
    one = box()
    for number in numbers(leaks):
        link = one.rootfs / f"link{number}"
        link.symlink_to(f"/proc/self/fd/{number}")
        result = one.call("--cwd", f"/link{number}", pass_fds=leaks)
        assert result.code == FAILURE and "chdir to cwd" in result.err, result


@pytest.mark.parametrize("tail", ["bin/sh", "../../bin/sh"])
def test_V23_program_through_a_descriptor(box, leaks, work, tail):
    (work / "canary").write_text("of the host")
    one = box()
    for number in numbers(leaks):
        result = one.call(args=[f"/proc/self/fd/{number}/{tail}", "-c", f"cat {work}/canary; echo ran"], pass_fds=leaks)
        assert "of the host" not in result.out + result.err, result


# ---- the container's own files -----------------------------------------------------------------

@pytest.mark.parametrize("kind", ["fifo", "loop", "large", "host"])
def test_V14_hostile_passwd(box, kind, work):
    """HOME is looked up in the container's file, which may be anything; no name is."""
    one = box()
    passwd = one.rootfs / "etc/passwd"
    passwd.unlink()
    if kind == "fifo":
        os.mkfifo(passwd)
    elif kind == "loop":
        passwd.symlink_to("passwd")
    elif kind == "large":
        with open(passwd, "w") as file:
            file.truncate(1 << 33)
    else:
        passwd.symlink_to("/proc/1/root/etc/passwd")
    begin = time.monotonic()
    assert "HOME=/" in one.ok("-u", "1000").info["env"]
    assert time.monotonic() - begin < 2 * harness.SLOW or harness.IS_SANITIZED


def test_proc_of_the_container_is_not_used(box, work):
    """oomScoreAdj is written where the host sees the process: this container has no /proc at all."""
    config = base_config()
    config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/proc"]
    config["linux"]["maskedPaths"] = config["linux"]["readonlyPaths"] = []
    held = Held(box(config, oomScoreAdj=123), work, verbs=("exit 0",))
    assert open(f"/proc/{held.pid}/oom_score_adj").read().strip() == "123"
    held.fifo.write_text("x")
    assert held.process.wait(harness.TIMEOUT) == 0


# ---- seccomp -----------------------------------------------------------------------------------

@both_ways
@pytest.mark.parametrize("uid", [0, 1000])
def test_listener(rt, bundle, agent, nnp, uid):
    """listenerPath is for every process (SC-07); the message tells both pids (SC-09)."""
    asked = agent({"mkdir": -errno.EXDEV})
    config = with_listener(asked, ("pause",), rule("mkdir"), nnp=nnp, listenerMetadata="meta")
    config["process"]["user"] = {"uid": uid, "gid": uid}
    config["annotations"] = {"a": "b"}
    made = bundle(config)
    one = Box(rt, made)
    assert asked.message(0)["state"]["status"] == "creating"
    result = one.call(verbs=("mkdir /tmp/made", "exit 4"))
    assert result.code == 4 and result.record("mkdir")["error"] == "EXDEV", result
    message = asked.message(1)
    (name, pid), = asked.asked
    assert name == "mkdir" and pid == message["pid"] != one.pid
    assert message == {
        "ociVersion": config["ociVersion"], "fds": ["seccompFd"], "pid": pid, "metadata": "meta",
        "state": {"ociVersion": config["ociVersion"], "id": one.id, "pid": one.pid, "status": "running", "bundle": str(made.path),
                  "annotations": {"a": "b"}},
    }


@both_ways
def test_listener_without_a_pid_namespace(rt, bundle, agent, nnp):
    asked = agent({"mkdir": -errno.EXDEV})
    config = harness.drop_namespace(with_listener(asked, ("pause",), rule("mkdir"), nnp=nnp), "pid")
    container = rt.create(bundle(config)).start()
    result = rt.call("exec", container.id, *probe("mkdir /tmp/made", "exit 4"))
    assert result.code == 4 and result.record("mkdir")["error"] == "EXDEV", result
    assert asked.message(1)["pid"] == asked.asked[0][1]
    rt.ok("kill", container.id, "KILL")


def test_listener_that_is_asked_about_the_runtimes_own_calls(rt, bundle, agent):
    """Before the agent has the listener, the runtime answers what it asks itself: clone(2) above all."""
    asked = agent()
    config = with_listener(asked, ("pause",), rule(["clone", "clone3", "capset", "recvmsg", "sendmsg", "setsid", "close", "prlimit64"]))
    container = rt.create(bundle(config)).start()
    result = rt.call("exec", container.id, *probe("exit 4"))
    assert result.code == 4, result
    container.kill()


@both_ways
def test_agent_that_is_gone(rt, bundle, agent, nnp):
    asked = agent()
    one = Box(rt, bundle(with_listener(asked, ("pause",), rule("mkdir"), nnp=nnp)))
    asked.mood = "refuse"
    result = one.call(verbs=("info",))
    # the connection was closed before the listener came, or just after: never does the payload run unasked
    assert result.code in (0, FAILURE)
    if result.code == FAILURE:
        assert one.others() == []
    os.unlink(asked.path)
    one.fails(has="connect to the seccomp agent")


def test_filter_is_the_containers(rt, bundle):
    """Though the profile's file in the cache is gone, and the state directory has the filter alone."""
    config = base_config("pause")
    config["linux"]["seccomp"] = {"defaultAction": ALLOW, "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 18}]}
    made = bundle(config)
    containers = [rt.create(made, ident=rt.new_id()).start() for _ in range(2)]
    for path in (rt.root / ".cache/seccomp").iterdir():
        path.unlink()
    for container in containers:
        result = rt.call("exec", container.id, *probe("mkdir /tmp/x"))
        assert result.record("mkdir")["error"] == "EXDEV", result
    (rt.root / containers[0].id / "seccomp").unlink()
    (rt.root / containers[1].id / "seccomp").write_bytes(b"x" * 4096)
    for container, word in zip(containers, ("missing", "damaged")):
        rt.fails("exec", container.id, "/probe", "mkdir", "/tmp/x", code=FAILURE, has=("seccomp filter", word))
        container.kill()


def test_filter_that_forbids_clone(rt, bundle):
    """Then there is no way to a process in the pid namespace; that is said, and nothing runs unfiltered."""
    config = base_config("pause")
    config["linux"]["seccomp"] = {"defaultAction": ALLOW, "syscalls": [{"names": ["clone", "clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]}
    one = Box(rt, bundle(config))
    one.fails(has="seccomp filter")
    assert one.call("--no-new-privs", verbs=("exit 3",)).code == 3, "there the filter comes last"


# ---- dying containers, killed runtimes ---------------------------------------------------------

def test_container_killed_meanwhile(rt, bundle):
    """Whenever it dies: a clear error, or the process ran and died with it; nothing is left, nothing hangs."""
    made = bundle(manager_config("docker", "pause"))
    dice = random.Random(7)
    for i in range(ROUNDS):
        container = rt.create(made, ident=rt.new_id()).start()
        process = rt.popen("exec", container.id, *probe("pause"))
        time.sleep(dice.random() * 0.02)
        os.kill(container.pid, signal.SIGKILL)
        assert process.wait(harness.TIMEOUT) in (137, FAILURE)
        text = process.stderr.read().decode()
        assert process.returncode == 137 or "container not running" in text, text
        container.wait()
        container.delete()
        rt.oracle.check()


def kill_at(process, delay):
    end = time.monotonic() + delay
    while time.monotonic() < end and process.poll() is None:
        pass
    process.kill()
    process.wait()


@pytest.mark.parametrize("config", [base_config, lambda: manager_config("docker"), lambda: with_user_namespace(base_config())],
                         ids=["small", "docker", "userns"])
@pytest.mark.parametrize("options", [(), ("-d",), ("-t",), ("--timeout", "9")], ids=lambda o: o[0].strip("-") if o else "plain")
def test_killed_at_any_instant(box, work, config, options):
    """SIGKILL before the process is let go leaves nothing of it; after that it is the container's, like any other."""
    one = box(config())
    os.mkfifo(work / "fifo")
    began = time.monotonic()
    process = one.popen(*options, verbs=("exit 0",), **QUIET)
    process.wait(harness.TIMEOUT)
    length = time.monotonic() - began
    for i in range(ROUNDS // 2):
        process = one.popen(*options, "--wait-fifo", work / "fifo", verbs=("pause",), **QUIET)
        kill_at(process, length * i / (ROUNDS // 2) * 1.5)
        deadline = time.monotonic() + harness.TIMEOUT
        while one.others() and time.monotonic() < deadline:
            time.sleep(0.002)
        assert one.others() == [], f"left after {i}"
        harness.reap_zombies()
    for pid in harness.children():
        if pid not in one.rt.oracle.own_processes() and pid != one.pid:
            assert harness.wait_gone(pid, harness.TIMEOUT)
    assert one.ok().code == 0


def test_many_at_once(box):
    one = box(manager_config("docker"))
    processes = [one.popen(verbs=(f"exit {i}",), stdout=subprocess.DEVNULL) for i in range(20)]
    assert [p.wait(3 * harness.TIMEOUT) for p in processes] == list(range(20))
    assert one.others() == []


def test_deleted_meanwhile(rt, bundle):
    made = bundle(base_config("pause"))
    for i in range(ROUNDS // 4):
        container = rt.create(made, ident=rt.new_id()).start()
        processes = [rt.popen("exec", container.id, *probe("pause"), **QUIET) for _ in range(3)]
        time.sleep(0.003 * i)
        rt.ok("delete", "--force", container.id)
        for process in processes:
            assert process.wait(harness.TIMEOUT) in (137, FAILURE)
        for pid in harness.children():
            harness.wait_gone(pid, 5)
        harness.reap_zombies()
        rt.oracle.check()
