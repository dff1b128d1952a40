# SPDX-License-Identifier: GPL-2.0-or-later
"""SCMP_ACT_NOTIFY: the seccomp listener, its agent, and what the agent is told (SC-07..SC-10, I42)."""

import errno
import fcntl
import json
import os
import platform
import select
import shutil
import socket
import struct
import threading
import time

import pytest

import harness
import test_scheduling
from harness import base_config

NOTIFY = "SCMP_ACT_NOTIFY"
ALLOW = "SCMP_ACT_ALLOW"

# linux/seccomp.h: struct seccomp_notif and struct seccomp_notif_resp, and the ioctl(2)s that take them.
NOTIF = struct.Struct("=QII iIQ6Q")
ANSWER = struct.Struct("=Qqi I")
NOTIF_RECV = 0xC0000000 | NOTIF.size << 16 | ord("!") << 8 | 0
NOTIF_SEND = 0xC0000000 | ANSWER.size << 16 | ord("!") << 8 | 1
FLAG_CONTINUE = 1

CONTINUE = object()

NUMBERS = {"x86_64": {"mkdir": 83, "getpriority": 140, "write": 1, "execve": 59},
           "aarch64": {"mkdir": 34, "getpriority": 141, "write": 64, "execve": 221}}.get(platform.machine())

pytestmark = pytest.mark.skipif(NUMBERS is None, reason=f"needs the system call numbers of {platform.machine()}: not listed here")


class Agent:
    """Listens at @path; answers every notification as @answers says: {name: -errno, value or CONTINUE}.

    @messages: [(text, number of descriptors by recvmsg)] of ended connections; @asked: [(name, pid)].
    @mood: "serve", "drop" (take the listener and close it) or "refuse" (close the connection at once)."""

    def __init__(self, answers=None, mood="serve", path=None):
        self.directory = harness.short_directory()
        self.path = str(path or self.directory / "agent.sock")
        self.refused = self.directory / "refused"
        self.answers = answers or {}
        self.mood = mood
        self.messages = []
        self.asked = []
        self.failure = None
        self.connections = {}
        self.listeners = set()
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        parent = os.open(os.path.dirname(self.path), os.O_PATH)
        self.server.bind(f"/proc/self/fd/{parent}/{os.path.basename(self.path)}")
        os.close(parent)
        self.server.listen(16)
        self.wake, self.end = os.pipe()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        os.close(self.end)
        self.thread.join(harness.TIMEOUT)
        assert not self.thread.is_alive(), "the agent hangs"
        for fd in [*self.listeners, self.wake]:
            os.close(fd)
        for connection, _, _ in self.connections.values():
            connection.close()
        self.server.close()
        shutil.rmtree(self.directory)
        assert self.failure is None, self.failure

    def run(self):
        try:
            while self.step():
                pass
        except Exception as error:  # close() raises it in the test's own thread
            self.failure = error

    def step(self):
        poll = select.poll()
        for fd in (self.wake, self.server.fileno(), *self.connections, *self.listeners):
            poll.register(fd, select.POLLIN)
        for fd, events in poll.poll():
            if fd == self.wake:
                return False
            if fd == self.server.fileno():
                self.accept()
            elif fd in self.connections:
                self.receive(fd)
            elif events & select.POLLIN:
                self.answer(fd)
            else:  # nobody has the filter any more
                self.listeners.remove(fd)
                os.close(fd)
        return True

    def accept(self):
        connection = self.server.accept()[0]
        if self.mood == "refuse":
            connection.close()
            self.refused.touch()
        else:
            self.connections[connection.fileno()] = (connection, bytearray(), [])

    def receive(self, fd):
        connection, text, passed = self.connections[fd]
        data, fds, _, _ = socket.recv_fds(connection, 65536, 8)
        if not data:
            del self.connections[fd]
            connection.close()
            self.messages.append((text.decode(), passed))
            return
        text += data
        passed.append(len(fds))
        if self.mood == "drop":
            for one in fds:
                os.close(one)
        else:
            self.listeners |= set(fds)

    def answer(self, fd):
        request = bytearray(NOTIF.size)
        fcntl.ioctl(fd, NOTIF_RECV, request)
        ident, pid, _, number = NOTIF.unpack(request)[:4]
        name = next((n for n, i in NUMBERS.items() if i == number), str(number))
        self.asked.append((name, pid))
        verdict = self.answers.get(name, CONTINUE)
        if verdict is CONTINUE:
            answer = ANSWER.pack(ident, 0, 0, FLAG_CONTINUE)
        else:
            answer = ANSWER.pack(ident, max(verdict, 0), min(verdict, 0), 0)
        fcntl.ioctl(fd, NOTIF_SEND, answer)

    def message(self, n=0):
        """The @n-th message as an object, once its connection has ended; one descriptor came with its start."""
        deadline = time.monotonic() + harness.TIMEOUT
        while len(self.messages) <= n:
            assert time.monotonic() < deadline, f"no message number {n}: {self.failure}"
            time.sleep(0.01)
        text, passed = self.messages[n]
        assert passed[0] == 1 and not any(passed[1:]), passed
        return json.loads(text)


@pytest.fixture
def agent():
    """agent(...) makes an Agent that ends with the test."""
    made = []

    def make(*args, **more):
        made.append(Agent(*args, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def rule(names, action=NOTIFY, **more):
    return {"names": [names] if isinstance(names, str) else names, "action": action, **more}


def with_listener(agent, verbs, *rules, nnp=False, default=ALLOW, **more):
    """Payload @verbs under a filter that asks @agent (None: no listenerPath) what @rules say."""
    config = base_config(*verbs)
    config["linux"]["seccomp"] = {"defaultAction": default, "syscalls": list(rules), **more}
    if agent is not None:
        config["linux"]["seccomp"]["listenerPath"] = str(getattr(agent, "path", agent))
    config["process"]["noNewPrivileges"] = nnp
    return config


def run(rt, made, verb):
    """The payload's output as a Result, by `run` or by create and start."""
    return rt.run_ok(made) if verb == "run" else rt.create(made).finish()


def errors(result, verb="mkdir"):
    return [r["error"] for r in result.records if r["verb"] == verb]


both_ways = pytest.mark.parametrize("nnp", [False, True], ids=["privileged", "nnp"])
both_verbs = pytest.mark.parametrize("verb", ["run", "create"])


# ---- answers -----------------------------------------------------------------------------------

@both_ways
@both_verbs
@pytest.mark.parametrize("uid", [0, 1000])
def test_agent_answers(rt, bundle, agent, nnp, verb, uid):
    """What the agent says is what the payload gets; nothing is done in the container."""
    asked = agent({"mkdir": -errno.EXDEV, "getpriority": 17})
    config = with_listener(asked, ("mkdir /tmp/made", "ls /tmp", "syscall getpriority 0 0"), rule(["mkdir", "getpriority"]), nnp=nnp)
    config["process"]["user"] = {"uid": uid, "gid": uid}
    result = run(rt, bundle(config), verb)
    assert errors(result) == ["EXDEV"]
    assert "made" not in json.dumps(result.record("ls"))
    assert (result.record("syscall")["error"], result.value("syscall")) == (None, 17)
    assert [name for name, _ in asked.asked] == ["mkdir", "getpriority"]


@both_ways
def test_agent_lets_it_go_on(rt, bundle, agent, nnp):
    asked = agent({"mkdir": CONTINUE})
    made = bundle(with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"), nnp=nnp))
    assert errors(rt.run_ok(made)) == [None]
    assert (made.rootfs / "tmp/made").is_dir()
    assert [name for name, _ in asked.asked] == ["mkdir"]


@both_ways
@both_verbs
def test_agent_that_is_gone(rt, bundle, agent, nnp, verb):
    """It took the listener and closed it: the kernel answers ENOSYS."""
    asked = agent(mood="drop")
    made = bundle(with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"), nnp=nnp))
    assert errors(run(rt, made, verb)) == ["ENOSYS"]
    assert not (made.rootfs / "tmp/made").exists()


# ---- the message -------------------------------------------------------------------------------

@both_ways
@both_verbs
def test_message(rt, bundle, agent, nnp, verb):
    asked = agent({"mkdir": -errno.EXDEV})
    config = with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"), nnp=nnp, listenerMetadata='some "meta" \u00e9\n"pid":2147483647')
    config["annotations"] = {"pid": "x", "org.example/\n": '"pid":2147483647'}
    made = bundle(config)
    if verb == "run":
        ident, pid = rt.new_id(), None
        rt.run_ok(made, ident=ident)
    else:
        container = rt.create(made)
        ident, pid = container.id, container.pid
        container.finish()
    message = asked.message()
    # The kernel translates to the agent's own view, which is the runtime's.
    assert [(name, message["pid"]) for name, _ in asked.asked] == asked.asked and len(asked.asked) == 1
    assert pid in (None, message["pid"])
    assert message == {
        "ociVersion": config["ociVersion"],
        "fds": ["seccompFd"],
        "pid": message["pid"],
        "metadata": config["linux"]["seccomp"]["listenerMetadata"],
        "state": {"ociVersion": config["ociVersion"], "id": ident, "pid": message["pid"], "status": "creating",
                  "bundle": str(made.path), "annotations": config["annotations"]},
    }
    assert len(asked.messages) == 1


def test_message_without_metadata(rt, bundle, agent):
    asked = agent()
    rt.run_ok(bundle(with_listener(asked, ("exit 0",), rule("mkdir"))))
    message = asked.message()
    assert "metadata" not in message
    assert message["state"]["status"] == "creating"


@both_ways
def test_message_larger_than_a_socket_takes(rt, bundle, agent, nnp):
    """It goes in pieces; the descriptor comes once, with the first."""
    asked = agent({"mkdir": -errno.EXDEV})
    metadata = "".join(f"{n:09d}," for n in range(90000))
    made = bundle(with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"), nnp=nnp, listenerMetadata=metadata))
    assert errors(rt.run_ok(made)) == ["EXDEV"]
    assert asked.message()["metadata"] == metadata
    assert len(asked.messages[0][1]) > 1


@both_ways
def test_agent_that_accepts_and_never_reads(rt, bundle, work, nnp):
    """One error after a few seconds, not a process that waits at full speed for ever."""
    path = harness.short_directory() / "agent.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(4)
        config = with_listener(path, ("mkdir /tmp/made",), rule("mkdir"), nnp=nnp, listenerMetadata="m" * 900000)
        made = bundle(config)
        begin = time.monotonic()
        result = rt.run(made, timeout=4 * harness.TIMEOUT)
        assert result.code == 1 and f"send the seccomp listener to {path}: " in result.err, result
        assert "timed out" in result.err
        assert time.monotonic() - begin < 2 * harness.TIMEOUT
    assert not (made.rootfs / "tmp/made").exists()
    shutil.rmtree(path.parent)


def test_long_path(rt, bundle, agent, work):
    """Longer than a socket address."""
    deep = work / ("d" * 120)
    deep.mkdir()
    asked = agent({"mkdir": -errno.EXDEV}, path=deep / "agent.sock")
    assert errors(rt.run_ok(bundle(with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"))))) == ["EXDEV"]


@both_verbs
def test_agent_by_annotation(rt, bundle, agent, verb):
    """run.oci.seccomp.receiver names the agent where listenerPath names none."""
    asked = agent({"mkdir": -errno.EXDEV})
    config = with_listener(None, ("mkdir /tmp/made",), rule("mkdir"))
    config["annotations"] = {"run.oci.seccomp.receiver": asked.path}
    assert errors(run(rt, bundle(config), verb)) == ["EXDEV"]


def test_agent_by_environment(rt, bundle, agent):
    """RUN_OCI_SECCOMP_RECEIVER names the agent where the config names none, for exec as well."""
    asked = agent({"mkdir": -errno.EXDEV})
    rt.env["RUN_OCI_SECCOMP_RECEIVER"] = str(asked.path)
    config = with_listener(None, ("mkdir /tmp/made",), rule("mkdir"))
    assert errors(rt.run_ok(bundle(config))) == ["EXDEV"]
    config["process"]["args"] = ["/probe", "pause"]
    box = rt.create(bundle(config)).start()
    assert errors(rt.ok("exec", box.id, *harness.probe("mkdir /tmp/made"))) == ["EXDEV"]
    rt.env["RUN_OCI_SECCOMP_RECEIVER"] = "socket"
    rt.run_fails(bundle(config), has=["RUN_OCI_SECCOMP_RECEIVER=socket", "absolute"])


def test_one_agent_for_many(rt, bundle, agent):
    asked = agent({"mkdir": -errno.EXDEV})
    held = [rt.create(bundle(with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"), nnp=n % 2 == 1))) for n in range(4)]
    for container in reversed(held):
        assert errors(container.finish()) == ["EXDEV"]
    messages = [asked.message(n) for n in range(4)]
    assert {m["state"]["id"]: m["pid"] for m in messages} == {c.id: c.pid for c in held}


# ---- nothing is left of it ----------------------------------------------------------------------

@both_ways
def test_nothing_reaches_the_payload(rt, bundle, agent, nnp):
    """No descriptor, no thread, no other task; the filter is on, once."""
    verbs = ("info", "ls /proc/self/task", "ls /proc/self/fd")
    asked = agent()
    plain = rt.run_ok(bundle(with_listener(None, verbs, rule("mkdir", "SCMP_ACT_ERRNO"), nnp=nnp)))
    result = rt.run_ok(bundle(with_listener(asked, verbs, rule("mkdir"), nnp=nnp)))
    assert result.info["fds"].keys() == plain.info["fds"].keys()
    assert not any("seccomp" in str(fd) or "socket" in str(fd) for fd in result.info["fds"].values())
    assert result.info["status"]["Threads"] == "1"
    assert len(result.value("ls")) == 1
    for key in ("Seccomp", "Seccomp_filters", "NoNewPrivs", "CapEff", "CapPrm", "CapBnd", "CapAmb", "SigBlk", "SigIgn"):
        assert result.info["status"].get(key) == plain.info["status"].get(key), key


def test_nothing_is_left_of_a_created_one(rt, bundle, agent):
    """While it waits for start, without no_new_privs: the agent has the listener, and the sender is gone."""
    asked = agent({"mkdir": -errno.EXDEV})
    container = rt.create(bundle(with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"))))
    assert asked.message()["pid"] == container.pid
    assert len(os.listdir(f"/proc/{container.pid}/task")) == 1
    links = [os.readlink(f"/proc/{container.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{container.pid}/fd")]
    assert not [link for link in links if "seccomp" in link or "socket" in link], links
    assert errors(container.finish()) == ["EXDEV"]


# ---- what the runtime itself calls ---------------------------------------------------------------

TAIL = ["capset", "prctl", "read", "write", "close", "close_range", "execve", "rt_sigaction", "exit_group"]


@both_ways
@both_verbs
def test_no_call_between_load_and_hand_over(rt, bundle, agent, nnp, verb):
    """Whatever the set-up calls before the agent has the listener would be ENOSYS or end it (I42)."""
    asked = agent()
    payload = ["arch_prctl", "set_tid_address", "brk", "ioctl", "writev", "rt_sigprocmask", "mmap", "munmap", "newfstatat", "fstat",
               "readlink", "mprotect", "prlimit64", "getrandom", "set_robust_list", "rseq", "uname", "lseek", "mkdir", "mkdirat", "exit"]
    made = bundle(with_listener(asked, ("mkdir /tmp/made",), rule([*TAIL, *payload], ALLOW), rule("getpriority"),
                                default="SCMP_ACT_KILL_PROCESS", nnp=nnp))
    assert errors(run(rt, made, verb)) == [None]
    assert asked.message()["fds"] == ["seccompFd"]


@both_verbs
def test_what_sends_may_be_asked_for(rt, bundle, agent, verb):
    """Whatever sends the listener, and everything that follows it, is itself behind the agent."""
    asked = agent({"mkdir": -errno.EXDEV})
    config = with_listener(asked, ("mkdir /tmp/made",),
                           rule([*TAIL[:-1], "sendmsg", "sched_yield", "futex", "exit", "munmap", "madvise", "mkdir"]))
    assert errors(run(rt, bundle(config), verb)) == ["EXDEV"]
    assert {"write", "execve", "mkdir"} <= {name for name, _ in asked.asked}


@both_ways
def test_real_time_on_one_cpu(rt, bundle, agent, nnp):
    """A loader that never gives the CPU away must not keep the sender off it."""
    test_scheduling.need_real_time()
    asked = agent({"mkdir": -errno.EXDEV})
    config = with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"), nnp=nnp)
    config["process"]["scheduler"] = {"policy": "SCHED_FIFO", "priority": 50}
    cpu = min(os.sched_getaffinity(0))
    made = bundle(config)
    result = rt.call("run", "--bundle", made.path, rt.new_id(), globals=test_scheduling.OWN_CGROUP,
                     preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
    assert errors(result) == ["EXDEV"], result


@both_ways
def test_start_container_hooks(rt, bundle, agent, work, nnp):
    """With no_new_privs they have the filter without a listener; without it they are the agent's like the payload."""
    asked = agent({"mkdir": -errno.EXDEV})
    config = with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"), nnp=nnp)
    config["hooks"] = {"startContainer": [harness.hook("mkdir /tmp/hook", out="/tmp/out", path="/probe")]}
    made = bundle(config)
    assert errors(rt.create(made).finish()) == ["EXDEV"]
    record, = harness.hook_records(made.rootfs / "tmp/out")
    assert record["error"] == ("ENOSYS" if nnp else "EXDEV")
    assert [name for name, _ in asked.asked] == ["mkdir"] * (1 if nnp else 2)


# ---- flags ---------------------------------------------------------------------------------------

FLAG = "SECCOMP_FILTER_FLAG_"


@both_ways
@pytest.mark.parametrize("flags", [["WAIT_KILLABLE_RECV"], ["TSYNC"], ["LOG", "SPEC_ALLOW", "TSYNC", "WAIT_KILLABLE_RECV"], []])
def test_flags(rt, bundle, agent, nnp, flags):
    asked = agent({"mkdir": -errno.EXDEV})
    made = bundle(with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"), nnp=nnp, flags=[FLAG + f for f in flags]))
    assert errors(rt.run_ok(made)) == ["EXDEV"]


def test_killable_without_notify(rt, bundle):
    config = with_listener(None, ("exit 0",), rule("mkdir", "SCMP_ACT_ERRNO"), flags=[FLAG + "LOG", FLAG + "WAIT_KILLABLE_RECV"])
    rt.create_fails(bundle(config), has=("linux.seccomp.flags[1]", "WAIT_KILLABLE_RECV"))


# ---- refusals ------------------------------------------------------------------------------------

@both_ways
@both_verbs
def test_no_socket_there(rt, bundle, work, nnp, verb):
    made = bundle(with_listener(work / "none.sock", ("exit 0",), rule("mkdir"), nnp=nnp))
    fails = rt.run_fails if verb == "run" else rt.create_fails
    fails(made, has=("config.json:", "linux.seccomp.listenerPath", "none.sock"))
    assert rt.ids() == []


def test_nobody_listens(rt, bundle, work):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        directory = harness.short_directory()
        dead.bind(f"{directory}/dead.sock")
    rt.create_fails(bundle(with_listener(directory / "dead.sock", ("exit 0",), rule("mkdir"))), has="linux.seccomp.listenerPath")
    shutil.rmtree(directory)


def wait_for_refusal(config, agent):
    """The container is made no further until the agent has closed the connection."""
    config["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", f"while [ ! -e {agent.refused} ]; do sleep 0.01; done"]}]}
    return config


@pytest.mark.parametrize("verb, nnp", [("run", False), ("run", True), ("create", False)])
def test_agent_that_closes_the_connection(rt, bundle, agent, verb, nnp):
    """The payload does not start without its agent."""
    asked = agent(mood="refuse")
    made = bundle(wait_for_refusal(with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"), nnp=nnp), asked))
    fails = rt.run_fails if verb == "run" else rt.create_fails
    result = fails(made, has=("linux.seccomp.listenerPath", "send the seccomp listener", asked.path))
    assert '"mkdir"' not in result.out
    assert not (made.rootfs / "tmp/made").exists()
    assert rt.ids() == []


def test_agent_that_closes_before_start(rt, bundle, agent):
    """With no_new_privs the filter is loaded at start, which then fails."""
    asked = agent(mood="refuse")
    made = bundle(wait_for_refusal(with_listener(asked, ("mkdir /tmp/made",), rule("mkdir"), nnp=True), asked))
    container = rt.create(made)
    rt.fails("start", container.id, has=("send the seccomp listener", asked.path))
    assert container.wait() != 0
    assert container.status == "stopped"
    assert container.out.rest() == ""
    container.delete()


@pytest.mark.parametrize("more, key, words", [
    ({"rules": [rule("mkdir")]}, "linux.seccomp.syscalls[0].action", "listenerPath"),
    ({"rules": [rule("getpriority", "SCMP_ACT_ERRNO"), rule("mkdir")]}, "linux.seccomp.syscalls[1].action", "listenerPath"),
    ({"default": NOTIFY, "listenerPath": "/run/x"}, "linux.seccomp.defaultAction", "SCMP_ACT_NOTIFY"),
    ({"listenerMetadata": "m"}, "linux.seccomp.listenerMetadata", "listenerPath"),
    ({"rules": [rule("mkdir")], "listenerPath": "agent.sock"}, "linux.seccomp.listenerPath", "absolute"),
    ({"rules": [rule("mkdir", errnoRet=1)], "listenerPath": "/run/x"}, "linux.seccomp.syscalls[0].errnoRet", "SCMP_ACT_NOTIFY")])
def test_refused_by_the_plan(rt, bundle, more, key, words):
    rules = more.pop("rules", [])
    rt.create_fails(bundle(with_listener(None, ("exit 0",), *rules, **more)), has=("config.json:", key + ": ", words))


def test_not_asked_for_so_not_used(rt, bundle, agent):
    """listenerPath without a rule that asks: nobody is connected to, whether somebody listens or not (SC-07)."""
    asked = agent()
    for path in (asked.path, "/run/none.sock"):
        made = bundle(with_listener(path, ("mkdir /tmp/made",), rule("mkdir", "SCMP_ACT_ERRNO"), listenerMetadata="m"))
        assert errors(rt.run_ok(made)) == ["EPERM"]
    assert asked.messages == [] and asked.connections == {}


def test_cached_filter_asks_too(rt, bundle, agent):
    """The second time the program comes from the cache; who is asked does not."""
    asked = agent({"mkdir": -errno.EXDEV})
    made = bundle(with_listener(asked, ("mkdir /tmp/made",), rule("mkdir")))
    for _ in range(3):
        assert errors(rt.run_ok(made)) == ["EXDEV"]
    assert len({asked.message(n)["pid"] for n in range(3)}) == 3


def test_features(rt):
    seccomp = json.loads(rt.ok("features").out)["linux"]["seccomp"]
    assert NOTIFY in seccomp["actions"]
    for key in ("knownFlags", "supportedFlags"):
        assert set(seccomp[key]) == {FLAG + f for f in ("TSYNC", "LOG", "SPEC_ALLOW", "WAIT_KILLABLE_RECV")}
