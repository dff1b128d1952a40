# SPDX-License-Identifier: GPL-2.0-or-later
"""exec: one more process in a container (cli-contract 2.2, 2.9, 3; PR-22)."""

import array
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import time

import pytest

import harness
from harness import DOCKER_CAPS, add_namespace, base_config, cap_mask, manager_config, probe, status_caps

pytestmark = pytest.mark.anyuser

FAILURE = 255
OUTSIDE = 100000


# A detached process holds what it was given; so it is not given the pipes of our call.
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Box:
    """A container whose own process waits."""

    def __init__(self, rt, made):
        self.rt = rt
        self.container = rt.create(made).start()
        self.id = self.container.id
        self.pid = self.container.pid
        self.rootfs = made.rootfs

    def call(self, *options, verbs=("info",), args=None, **more):
        return self.rt.call("exec", *options, self.id, *(probe(*verbs) if args is None else args), **more)

    def ok(self, *options, **more):
        result = self.call(*options, **more)
        assert (result.code, result.err) == (0, ""), result
        return result

    def fails(self, *options, has=(), **more):
        result = harness.check_failure(self.call(*options, **more), FAILURE, has)
        assert self.others() == [], "a process is left"
        return result

    def popen(self, *options, verbs, **more):
        return self.rt.popen("exec", *options, self.id, *probe(*verbs), **more)

    def others(self):
        """Processes in the container's pid namespace or cgroup besides its own, as the host counts them."""
        space = os.readlink(f"/proc/{self.pid}/ns/pid")
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if int(pid) != self.pid and os.readlink(f"/proc/{pid}/ns/pid") == space and harness.is_alive(int(pid)):
                    found.append(int(pid))
            except OSError:
                pass
        return found

    def document(self, path, **changes):
        """A file for --process."""
        process = {"args": probe("info"), "cwd": "/", "env": ["A=1"], "user": {"uid": 0, "gid": 0}, **changes}
        path.write_text(json.dumps(process))
        return path


@pytest.fixture
def box(rt, bundle):
    def make(config=None, **process):
        config = config or base_config("pause")
        config["process"]["args"] = config["process"]["args"] if config["process"]["args"] == ["/probe"] else probe("pause")
        config["process"].update(process)
        return Box(rt, bundle(config))

    return make


def with_user_namespace(config):
    rows = [{"containerID": 0, "hostID": OUTSIDE, "size": 65536}]
    add_namespace(add_namespace(config, "user"), "network")
    config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = rows
    return config


# ---- where it runs, and as what ----------------------------------------------------------------

KINDS = ("mnt", "pid", "ipc", "uts", "cgroup", "net", "user", "time")


@pytest.mark.parametrize("config", [base_config, lambda *v: with_user_namespace(base_config(*v)),
                                    lambda *v: manager_config("docker", *v), lambda *v: manager_config("podman", *v)],
                         ids=["small", "userns", "docker", "podman"])
def test_is_like_the_containers_own_process(rt, bundle, config):
    """Everything but pids and parents is what the first process has, or would have again."""
    if config is not base_config:
        harness.need_root("ids and a place for the cgroup of the document's choice")
    first = rt.create(bundle(config("info", "pause")))
    first.start()
    own = first.out.record("info")["value"]
    result = rt.call("exec", first.id, *probe("info"))
    assert (result.code, result.err) == (0, ""), result
    info = result.info
    for key in ("uids", "gids", "groups", "umask", "no_new_privs", "keep_caps", "dumpable", "securebits", "rlimits", "exe", "root",
                "proc_cwd", "namespaces", "env", "mountinfo", "blocked", "ignored"):
        assert info[key] == own[key], key
    for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters", "Cpus_allowed"):
        assert info["status"][key] == own["status"][key], key
    assert sorted(info["fds"]) == ["0", "1", "2"]
    assert info["pid"] > 1 and info["sid"] == info["pid"]
    assert info["cgroup"] == own["cgroup"]
    for kind in KINDS:
        if os.path.exists(f"/proc/self/ns/{kind}"):
            assert info["namespaces"][kind] == os.readlink(f"/proc/{first.pid}/ns/{kind}")
    first.kill()


def test_is_in_the_containers_cgroups(box):
    one = box()
    result = one.popen(verbs=("signals 1",))
    result.reader.record("signals")
    pid, = one.others()
    assert open(f"/proc/{pid}/cgroup").read() == open(f"/proc/{one.pid}/cgroup").read()
    result.send_signal(signal.SIGTERM)
    assert result.wait(harness.TIMEOUT) == 0


def test_created_container(rt, bundle):
    """A container that waits for start can have processes (and they do not count as its start)."""
    container = rt.create(bundle(base_config("info", "exit 3")))
    result = rt.call("exec", container.id, *probe("info", "exit 9"))
    assert result.code == 9, result
    assert container.status == "created"
    assert container.finish().code == 3


@pytest.mark.root("a container without a user namespace")
def test_without_new_namespaces(rt, bundle):
    """No pid and no mount namespace: the process makes no second one, and the root is entered."""
    config = base_config("write /tmp/of-the-first x", "pause")
    config["linux"]["namespaces"] = []
    config["mounts"] = []
    config["linux"]["maskedPaths"] = config["linux"]["readonlyPaths"] = []
    del config["hostname"]
    harness.set_caps(config, "CAP_KILL")
    container = rt.create(bundle(config)).start()
    container.out.record("write")
    result = rt.call("exec", container.id, *probe("ls /", "ls /tmp", "exit 6"))
    assert result.code == 6, result
    assert "probe" in json.dumps(result.value("ls"))
    assert "of-the-first" in json.dumps(result.value("ls", 1)), "it is the same root"
    container.kill()
    assert container.wait() == 137


@pytest.mark.root("a procfs of a pid namespace that another one owns")
def test_shared_pid_namespace(rt, bundle):
    config = harness.drop_namespace(base_config("pause"), "pid")
    container = rt.create(bundle(config)).start()
    result = rt.call("exec", container.id, *probe("info", "exit 7"))
    assert result.code == 7, result
    assert result.info["pid"] == result.info["sid"] > 1
    rt.ok("kill", container.id, "KILL")


def test_time_namespace(box):
    config = add_namespace(base_config("pause"), "time")
    config["linux"]["timeOffsets"] = {"boottime": {"secs": 864000}}
    if not os.path.exists("/proc/self/ns/time"):
        pytest.skip("needs time namespaces (Linux 5.6)")
    one = box(config)
    result = one.ok(verbs=("info", "cat /proc/uptime"))
    assert result.info["namespaces"]["time"] == os.readlink(f"/proc/{one.pid}/ns/time")
    assert float(result.value("cat").split()[0]) > 864000


# ---- exit codes and streams --------------------------------------------------------------------

@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_exit_code(box, code):
    assert box().call(verbs=(f"exit {code}",)).code == code


@pytest.mark.parametrize("number", [9, 15, 11])
def test_ended_by_a_signal(box, number):
    assert box().call(verbs=(f"raise {number}",)).code == 128 + number


def test_standard_streams(box):
    one = box()
    result = one.call(verbs=("stdin", "write-fd 2 oops"), stdin=open("/etc/hostname"))
    assert result.code == 0 and result.err == "oops", result
    assert result.value("stdin") == open("/etc/hostname").read()


def test_executable_is_found_in_its_path(box):
    one = box()
    assert one.call(args=["probe", "exit", "5"]).code == 5
    one.fails(args=["nonesuch"], has="executable file not found in $PATH: no such file or directory")
    one.fails("-e", "PATH=/tmp", args=["probe"], has="executable file not found in $PATH: no such file or directory")
    one.fails(args=["/none/such"], has="no such file or directory")
    one.fails(args=["/etc/passwd"], has="permission denied")
    one.fails(args=["/etc"], has="permission denied")


def test_script_without_its_interpreter(box):
    one = box()
    script = one.rootfs / "script"
    script.write_text("#!/nowhere\n")
    script.chmod(0o755)
    one.fails(args=["/script"], has=("its interpreter", "no such file or directory"))


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGTERM", "SIGUSR1", "SIGCONT"])
def test_signals_are_forwarded(box, name):
    process = box().popen(verbs=("signals 1", "exit 6"))
    process.reader.record("signals")
    process.send_signal(getattr(signal, name))
    assert process.reader.record("signal")["value"] == getattr(signal, name)
    assert process.wait(harness.TIMEOUT) == 6


def test_container_ends_with_it_running(box):
    one = box()
    process = one.popen(verbs=("signals 1",))
    process.reader.record("signals")        # it is the program that ends, not what is about to execute it
    one.container.kill()
    assert process.wait(harness.TIMEOUT) == 137


# ---- options about the process -----------------------------------------------------------------

def test_cwd(box):
    one = box()
    assert one.ok("--cwd", "/home/user").info["proc_cwd"] == "/home/user"
    one.fails("--cwd", "/none", has=('chdir to cwd ("/none")', "no such file or directory"))
    one.fails("--cwd", "/etc/passwd", has="chdir to cwd")
    one.fails("--cwd", "home", has="not an absolute path")
    assert not (one.rootfs / "none").exists(), "exec makes nothing"


@pytest.mark.root("a directory of another user")
def test_cwd_of_the_user_alone(box):
    one = box()
    (one.rootfs / "private").mkdir(mode=0o700)
    os.chown(one.rootfs / "private", 1000, 1000)
    assert one.ok("--cwd", "/private", "--user", "1000:1000").info["proc_cwd"] == "/private"


def test_env(box):
    one = box(env=["PATH=" + harness.PATH, "KEPT=1", "CHANGED=1"])
    env = one.ok("--env", "CHANGED=2", "-e", "NEW=a=b", "-eSHORT=").info["env"]
    assert env[:-1] == [e for e in env if not e.startswith("HOME=")]
    assert set(env) == {"PATH=" + harness.PATH, "KEPT=1", "CHANGED=2", "NEW=a=b", "SHORT=", "HOME=/root"}
    for bad in ("X", "=1", ""):
        one.fails("--env", bad, has="NAME=value")


@pytest.mark.parametrize("text, uid, gid", [("1", 1, 7), ("1:2", 1, 2), ("0:0", 0, 0), ("01", 1, 7), ("4294967294", 4294967294, 7)])
def test_user(box, text, uid, gid):
    if uid == 4294967294:
        harness.need_root("the highest id")
    one = box(user={"uid": 5, "gid": 7, "additionalGids": [8]})
    for option in (["--user", text], ["-u", text], [f"--user={text}"]):
        info = one.ok(*option).info
        assert (info["uids"], info["gids"], info["groups"]) == ([uid] * 3, [gid] * 3, [8])


@pytest.mark.parametrize("text", ["", ":", "1:", ":1", "+1", " 1", "1 ", "-1", "0x1", "1:2:3", "root", "4294967295", "4294967296",
                                  "18446744073709551617", "1:4294967295", "1:root"])
def test_V27_users_that_are_none(box, text):
    """Never user 0 by mistake."""
    box().fails("--user", text, has="--user")


def test_home_is_that_of_the_user(box):
    one = box()
    assert "HOME=/home/user" in one.ok("-u", "1000").info["env"]
    assert "HOME=/" in one.ok("-u", "77").info["env"]


def test_additional_gids(box):
    one = box(user={"uid": 0, "gid": 0, "additionalGids": [8]})
    assert one.ok("--additional-gids", "5", "-g", "6").info["groups"] == [5, 6, 8]
    one.fails("-g", "x", has="--additional-gids")


def test_cap(box):
    """V25, R15: never the inheritable set."""
    one = box()
    caps = status_caps(one.ok("--cap", "CAP_NET_ADMIN", "-c", "CAP_SYS_PTRACE").info)
    more = cap_mask(DOCKER_CAPS) | cap_mask(["NET_ADMIN", "SYS_PTRACE"])
    assert caps == {"CapInh": 0, "CapAmb": 0, "CapPrm": more, "CapEff": more, "CapBnd": more}
    one.fails("--cap", "NET_ADMIN", has="--cap")
    one.fails("--cap", "CAP_NONE", has="--cap")


def test_cap_of_a_user(box):
    """Ambient only as far as inheritable already, and then the program has it."""
    sets = {"bounding": ["CAP_NET_RAW"], "permitted": [], "effective": [], "inheritable": ["CAP_NET_RAW"], "ambient": []}
    one = box(capabilities=sets)
    caps = status_caps(one.ok("-u", "1000", "-c", "CAP_NET_RAW").info)
    assert caps["CapEff"] == caps["CapAmb"] == caps["CapInh"] == cap_mask(["NET_RAW"])
    caps = status_caps(one.ok("-u", "1000", "-c", "CAP_CHOWN").info)
    assert caps["CapEff"] == caps["CapAmb"] == 0


def test_no_new_privs(box):
    one = box()
    assert one.ok().info["no_new_privs"] == 0
    assert one.ok("--no-new-privs").info["no_new_privs"] == 1
    assert one.ok("--no-new-privs=false").info["no_new_privs"] == 0


@pytest.mark.parametrize("option, module", [("--apparmor", "AppArmor"), ("--process-label", "SELinux")])
def test_labels_that_cannot_be_applied(box, option, module):
    on = {"AppArmor": "/sys/module/apparmor/parameters/enabled", "SELinux": "/sys/fs/selinux/enforce"}[module]
    if os.path.exists(on) and open(on).read().strip() in ("Y", "0", "1"):
        pytest.skip(f"needs a machine without {module}: it is on here")
    box().fails(option, "some_label", has=f"{module} is not enabled")


@pytest.mark.root("a real-time policy")
def test_umask_rlimits_oom_and_priority(box):
    """What the container's own process has, a further one has too."""
    limits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}, {"type": "RLIMIT_NPROC", "soft": 4096, "hard": 4096}]
    one = box(user={"uid": 1000, "gid": 1000, "umask": 0o27}, rlimits=limits, oomScoreAdj=200,
              ioPriority={"class": "IOPRIO_CLASS_IDLE", "priority": 0}, scheduler={"policy": "SCHED_BATCH", "nice": 5})
    result = one.ok(verbs=("info", "cat /proc/self/oom_score_adj", "cat /proc/self/stat"))
    info = result.info
    assert info["umask"] == 0o27 and info["rlimits"]["RLIMIT_NOFILE"] == [100, 200]
    assert info["rlimits"]["RLIMIT_NPROC"] == [4096, 4096]
    assert result.value("cat").strip() == "200"
    stat = result.value("cat", 1).rsplit(")", 1)[1].split()
    assert (stat[19 - 3], stat[41 - 3]) == ("5", "3"), "nice value, SCHED_BATCH"
    own = open(f"/proc/{one.pid}/stat").read().rsplit(")", 1)[1].split()
    assert (own[19 - 3], own[41 - 3]) == (stat[19 - 3], stat[41 - 3])


def test_callers_io_priority_stays(box):
    """ioPriority is that of a process group, and the caller's is not the process's."""
    one = box(ioPriority={"class": "IOPRIO_CLASS_IDLE", "priority": 0})
    before = harness.libc.syscall(252, 1, 0)
    one.ok()
    assert harness.libc.syscall(252, 1, 0) == before


def test_process_limit_counts_the_process_once(box):
    """RLIMIT_NPROC is set on the process that stays, not on the one that makes it."""
    limits = [{"type": "RLIMIT_NPROC", "soft": 2, "hard": 2}]
    one = box(user={"uid": 54321, "gid": 0}, rlimits=limits)
    assert one.ok().info["uid"] == 54321


@pytest.mark.parametrize("scheduler", [{"policy": "SCHED_IDLE"}, {"policy": "SCHED_OTHER", "nice": 3, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}])
def test_scheduler(box, scheduler):
    one = box(scheduler=scheduler)
    stat = one.ok(verbs=("cat /proc/self/stat",)).value("cat").rsplit(")", 1)[1].split()
    assert stat[41 - 3] == {"SCHED_IDLE": "5", "SCHED_OTHER": "0"}[scheduler["policy"]]
    assert stat[19 - 3] == str(scheduler.get("nice", 0))


def test_cpus(box):
    """execCPUAffinity concerns further processes alone (PR-22)."""
    if os.cpu_count() < 2 or len(os.sched_getaffinity(0)) < 2:
        pytest.skip("needs two CPUs: there is one")
    one = box(execCPUAffinity={"initial": "0", "final": "1"})
    assert one.ok().info["status"]["Cpus_allowed_list"] == "1"
    assert "," in open(f"/proc/{one.pid}/status").read().split("Cpus_allowed_list:")[1].split()[0].replace("-", ",")
    one = box(execCPUAffinity={"initial": "0"})
    assert one.ok().info["status"]["Cpus_allowed_list"] == "0"
    one = box(execCPUAffinity={"final": "900"})
    one.fails(has="execCPUAffinity")


def test_personality_and_memory_policy(rt, bundle):
    config = base_config("pause")
    config["linux"]["personality"] = {"domain": "LINUX32"}
    container = rt.create(bundle(config)).start()
    result = rt.call("exec", container.id, *probe("cat /proc/self/personality", "syscall personality 0xffffffff"))
    assert result.code == 0, result
    assert int(result.value("cat"), 16) == 8
    container.kill()


# ---- --process ---------------------------------------------------------------------------------

def test_process_file(box, work):
    one = box(env=["OF=container"])
    path = one.document(work / "p.json", user={"uid": 3, "gid": 4, "additionalGids": [5]}, cwd="/tmp", env=["X=1", "PATH=/"],
                        capabilities={"bounding": ["CAP_KILL"]}, noNewPrivileges=True, rlimits=[{"type": "RLIMIT_CORE", "soft": 1, "hard": 2}])
    for option in ("--process", "-p"):
        result = one.rt.call("exec", option, path, one.id)
        assert (result.code, result.err) == (0, ""), result
        info = result.info
        assert (info["uid"], info["gid"], info["groups"], info["proc_cwd"]) == (3, 4, [5], "/tmp")
        assert set(info["env"]) == {"X=1", "PATH=/", "HOME=/"}
        assert info["no_new_privs"] == 1 and info["rlimits"]["RLIMIT_CORE"] == [1, 2]
        assert status_caps(info)["CapBnd"] == cap_mask(["KILL"])


def test_process_file_is_relative_to_the_caller(box, work):
    one = box()
    one.document(work / "p.json", args=probe("exit 8"))
    assert one.rt.call("exec", "-p", "p.json", one.id, cwd=work).code == 8


def test_process_file_and_umask(box, work):
    """A manager's document that says nothing of it means the container's."""
    one = box(user={"uid": 0, "gid": 0, "umask": 0o77})
    assert one.rt.call("exec", "-p", one.document(work / "p.json"), one.id).info["umask"] == 0o77
    path = one.document(work / "q.json", user={"uid": 0, "gid": 0, "umask": 0o11})
    assert one.rt.call("exec", "-p", path, one.id).info["umask"] == 0o11


def test_config_is_not_read_again(rt, bundle):
    """G-08: what was in config.json at create counts."""
    made = bundle(base_config("pause"))
    container = rt.create(made).start()
    (made.path / "config.json").unlink()
    assert rt.call("exec", container.id, *probe("exit 4")).code == 4
    container.kill()


@pytest.mark.parametrize("text, word", [
    ('{"args": [], "cwd": "/"}', "p.json:1:10"), ('{"args": ["/x"]}', "cwd"), ("{", "p.json:1"), ('{"args": ["x"], "cwd": "x"}', "p.json:1:24"),
    ('{"args": ["x"], "cwd": "/", "user": {"uid": 4294967295, "gid": 0}}', "user.uid"), ("[]", "p.json:1:1"), ("", "p.json"),
    ('{"args": ["/probe"], "cwd": "/", "terminal": true}', None)])
def test_bad_process_files(box, work, text, word):
    path = work / "p.json"
    path.write_text(text)
    one = box()
    options = ["-d"] if word is None else []
    result = harness.check_failure(one.rt.call("exec", *options, "-p", path, one.id), FAILURE, word or "--console-socket")
    assert one.others() == [], result


def test_no_process_file(box, work):
    one = box()
    for path in (work / "none", work, "/dev/null"):
        harness.check_failure(one.rt.call("exec", "-p", path, one.id), FAILURE, str(path))


@pytest.mark.parametrize("option", [["--cwd", "/"], ["-e", "A=1"], ["-u", "1"], ["-g", "1"], ["-c", "CAP_KILL"], ["--no-new-privs"],
                                    ["--process-label", "x"], ["--apparmor", "x"]])
def test_process_file_and_its_options_exclude_each_other(box, work, option):
    one = box()
    path = one.document(work / "p.json")
    harness.check_failure(one.rt.call("exec", *option, "-p", path, one.id), FAILURE, "--process says all")


def test_command_line(rt, box, work):
    one = box()
    for args in ([], [one.id], ["-p"], ["--none", one.id, "x"], ["-p", "x", one.id, "y"], ["--preserve-fds", "x", one.id, "y"]):
        harness.check_failure(rt.call("exec", *args), FAILURE)
    # what follows the ID belongs to the command
    assert one.call(args=["/bin/sh", "-c", "exit 3"]).code == 3 if harness.find_busybox() else True
    assert one.call("--", verbs=("exit 2",)).code == 2


# ---- the wrong state ---------------------------------------------------------------------------

def test_unknown_container(rt):
    rt.fails("exec", "none", "true", code=FAILURE, has="container `none` does not exist")
    assert not rt.root.exists()


def test_stopped(rt, bundle):
    container = rt.create(bundle(base_config("exit 0"))).start()
    container.wait()
    rt.fails("exec", container.id, "/probe", code=FAILURE, has=("is stopped", "running or created", "container not running"))


def test_paused(box):
    """Refused at once; it must never wait for a thaw."""
    one = box()
    set_frozen(one, True)
    begin = time.monotonic()
    one.fails(has=("is paused", "running or created", "--ignore-paused"))
    assert time.monotonic() - begin < harness.TIMEOUT / 2
    process = one.popen("--ignore-paused", verbs=("exit 5",))
    time.sleep(0.3)
    assert process.poll() is None
    set_frozen(one, False)
    assert process.wait(harness.TIMEOUT) == 5


def set_frozen(one, on):
    for controller, file, words in (("", "cgroup.freeze", "01"), ("freezer", "freezer.state", ("THAWED", "FROZEN"))):
        if controller in harness.cgroup_mounts() and (controller or harness.CGROUP_MODE != "v1"):
            path = harness.cgroup_mounts()[controller] + own_cgroup(one.pid, controller)
            if os.path.exists(f"{path}/{file}"):
                with open(f"{path}/{file}", "w") as handle:
                    handle.write(words[on])
                break
    else:
        pytest.skip("needs a cgroup that can be frozen: neither the v2 tree nor the freezer is there")
    deadline = time.monotonic() + harness.TIMEOUT
    while one.container.status != ("paused" if on else "running"):
        assert time.monotonic() < deadline


def own_cgroup(pid, controller):
    for line in open(f"/proc/{pid}/cgroup"):
        _, names, path = line.rstrip("\n").split(":", 2)
        if controller in names.split(",") or (controller == "" and names == ""):
            return path
    raise AssertionError(f"process {pid} is in no cgroup of {controller!r}")


def test_config_without_process(rt, bundle):
    config = base_config()
    del config["process"]
    container = rt.create(bundle(config))
    rt.fails("exec", container.id, "/probe", code=FAILURE, has="no process")
    container.delete()


# ---- detached ----------------------------------------------------------------------------------

def wait_for_exit(pid):
    """It is our child, since the runtime was and has ended."""
    return harness.wait_exit(pid)


def test_detached(box, work):
    one = box()
    out, out_fd = one.rt.pipe()
    result = one.rt.call("exec", "-d", "--pid-file", work / "pid", one.id, *probe("info", "signals 1", "exit 9"), stdout=out_fd,
                         stderr=subprocess.DEVNULL)
    os.close(out_fd)
    assert result.code == 0, result
    text = (work / "pid").read_text()
    assert text.isdigit()
    info = out.record("info")["value"]
    assert info["pid"] > 1
    pid, = one.others()
    assert pid == int(text), "the pid as the host sees it"
    assert int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1]) == os.getpid(), "nobody stands in between"
    out.record("signals")
    os.kill(pid, signal.SIGTERM)
    assert wait_for_exit(pid) == 9
    out.rest()


def test_detached_outlives_the_runtime(box, work):
    """No parent-death signal is left on it (cli-contract 3.3)."""
    one = box()
    assert one.call("-d", "--pid-file", work / "pid", verbs=("pause",), **QUIET).code == 0
    pid = int((work / "pid").read_text())
    time.sleep(0.2)
    assert harness.is_alive(pid)
    os.kill(pid, signal.SIGKILL)
    assert wait_for_exit(pid) == 137


def test_pid_file(box, work):
    one = box()
    path = work / "pid"
    path.write_text("an older one")
    process = one.popen("--pid-file", path, verbs=("signals 1",))
    process.reader.record("signals")
    pid, = one.others()
    assert path.read_text() == str(pid)
    os.kill(pid, signal.SIGTERM)
    process.wait(harness.TIMEOUT)


@pytest.mark.parametrize("args", [["/none/such"], ["none"]])
def test_no_pid_file_after_a_failure(box, work, args):
    """Managers take its absence for the failure."""
    box().fails("-d", "--pid-file", work / "pid", args=args, has="no such file or directory")
    assert sorted(os.listdir(work / "cwd")) == [] and not (work / "pid").exists()


def test_pid_file_that_cannot_be_written(box, work):
    box().fails("--pid-file", work / "none/pid", has="pid-file")


def test_pidfd_socket(box, work):
    one = box()
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(work)
        server.bind("pidfd.sock")
        os.chdir(here)
        server.listen(1)
        server.settimeout(harness.TIMEOUT)
        assert one.call("-d", "--pidfd-socket", work / "pidfd.sock", verbs=("pause",), **QUIET).code == 0
        connection, _ = server.accept()
        with connection:
            data, fds, _, _ = socket.recv_fds(connection, 100, 4)
    assert data == b"setns" and len(fds) == 1
    pid, = one.others()
    assert f"Pid:\t{pid}\n" in open(f"/proc/self/fdinfo/{fds[0]}").read()
    signal.pidfd_send_signal(fds[0], signal.SIGKILL)
    assert select.select(fds, [], [], harness.TIMEOUT)[0]
    os.close(fds[0])
    assert wait_for_exit(pid) == 137
    one.fails("--pidfd-socket", work / "none", has="--pidfd-socket")


# ---- cgroups -----------------------------------------------------------------------------------

def make_below(one, name, controllers=None):
    """A directory @name below the container's cgroup in every hierarchy, or in those of @controllers."""
    made = []
    for line in open(f"/proc/{one.pid}/cgroup"):
        _, names, path = line.rstrip("\n").split(":", 2)
        key = names.split(",")[0]
        mounts = harness.cgroup_mounts()
        if key not in mounts or harness.TOKEN not in path or (controllers is not None and key not in controllers):
            continue
        directory = pathlib.Path(mounts[key] + path) / name
        directory.mkdir(parents=True)
        if key == "cpuset":
            for step in (directory.parent, directory) if "/" in name else (directory,):
                for file in ("cpuset.cpus", "cpuset.mems"):
                    (step / file).write_text((step.parent / file).read_text())
        made.append(directory)
    return made


def test_cgroup(box):
    one = box()
    made = make_below(one, "sub")
    assert made
    process = one.popen("--cgroup", "sub", verbs=("signals 1",))
    process.reader.record("signals")
    pid, = one.others()
    for directory in made:
        assert str(pid) in (directory / "cgroup.procs").read_text().split()
    os.kill(pid, signal.SIGTERM)
    process.wait(harness.TIMEOUT)
    assert one.ok("--cgroup", "/sub").info
    assert one.ok("--cgroup", "/").info


def test_cgroup_of_a_controller(box):
    one = box()
    names = [n for n in ("cpu", "pids", "memory", "freezer") if harness.CGROUP_MODE != "v2" and n in harness.cgroup_mounts()]
    if len(names) < 2:
        pytest.skip("needs two cgroup v1 hierarchies: this machine has not")
    first, second = names[:2]
    made = make_below(one, "some", controllers=[first])
    make = make_below(one, "other", controllers=[second])
    process = one.popen("--cgroup", f"{first}:some", "--cgroup", f"{second}:other", verbs=("signals 1",))
    process.reader.record("signals")
    pid, = one.others()
    assert str(pid) in (made[0] / "cgroup.procs").read_text().split()
    assert str(pid) in (make[0] / "cgroup.procs").read_text().split()
    os.kill(pid, signal.SIGTERM)
    process.wait(harness.TIMEOUT)


@pytest.mark.parametrize("path, word", [("none", "open cgroup"), ("..", "leads out"), ("a/../..", "leads out"), ("/..", "leads out"),
                                        ("none-such:x", "none-such")])
def test_cgroup_that_is_none(box, path, word):
    box().fails("--cgroup", path, has=("--cgroup", word))


def test_follows_the_container_below(box):
    """A v2 cgroup that hands controllers down takes no process itself: EBUSY for whoever tries (systemd does that)."""
    one = box()
    if "" not in harness.cgroup_mounts():
        pytest.skip("needs a cgroup v2 tree: there is none")
    path = own_cgroup(one.pid, "")
    top = pathlib.Path(harness.cgroup_mounts()[""] + path)
    usable = (top / "cgroup.controllers").read_text().split()
    if not usable:
        pytest.skip("needs a controller on the cgroup v2 tree that the container has: there is none")
    (top / "deep/init").mkdir(parents=True)
    (top / "deep/init/cgroup.procs").write_text(str(one.pid))
    (top / "cgroup.subtree_control").write_text("+" + usable[0])
    process = one.popen(verbs=("signals 1",))
    process.reader.record("signals")
    pid, = one.others()
    assert own_cgroup(pid, "") == path + "/deep/init"
    os.kill(pid, signal.SIGTERM)
    assert process.wait(harness.TIMEOUT) == 0


# ---- --timeout ---------------------------------------------------------------------------------

def parts():
    return [path for path in harness.own_cgroups() if "/exec-" in path]


def test_timeout(box):
    """All that it started ends with it, whatever it has become; the container goes on."""
    one = box()
    begin = time.monotonic()
    result = one.call("--timeout", "1", verbs=("fork 3", "spawn 2", "pause"))
    assert result.code == 124, result
    assert time.monotonic() - begin >= 1
    assert one.others() == [] and parts() == []
    assert one.container.status == "running"


def test_timeout_that_is_not_reached(box):
    one = box()
    result = one.call("--timeout", "60", verbs=("info", "exit 4"))
    assert (result.code, result.err) == (4, ""), result
    assert parts() == [] and one.others() == []


def test_timeout_leaves_what_was_left_in_time(box):
    """Its own process ended: what goes on is the container's, and ends with that."""
    one = box()
    result = one.call("--timeout", "60", verbs=("spawn 1", "exit 0"))
    assert result.code == 0 and len(one.others()) == 1, result


def test_timeout_of_one_that_has_moved(box):
    """Whoever may write to the container's cgroups can leave that of exec, as a log-in under systemd does."""
    one = box()
    process = one.popen("--timeout", "2", verbs=("signals 1", "pause"))
    process.reader.record("signals")
    pid, = one.others()
    for mount in harness.cgroup_mounts().values():
        for line in pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines():
            path = line.split(":", 2)[2]
            if "/exec-" in path and (pathlib.Path(mount + path) / "cgroup.procs").exists():
                (pathlib.Path(mount + path).parent / "cgroup.procs").write_text(str(pid))
    assert "/exec-" not in pathlib.Path(f"/proc/{pid}/cgroup").read_text()
    assert process.wait(harness.TIMEOUT) == 124
    assert one.others() == [] and parts() == []


def test_timeout_and_detach(box):
    box().fails("-d", "--timeout", "1", has="--timeout")


# ---- --wait-fifo -------------------------------------------------------------------------------

def wait_for(path):
    deadline = time.monotonic() + harness.TIMEOUT
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    return int(path.read_text())


@pytest.mark.root("to see the namespaces of a process that waits")
@pytest.mark.parametrize("how", ["write", "open", "open and close"])
@pytest.mark.parametrize("options", [[], ["--detach"]], ids=["foreground", "detached"])
def test_wait_fifo(box, work, how, options):
    one = box()
    os.mkfifo(work / "fifo")
    process = one.popen(*options, "--wait-fifo", work / "fifo", "--pid-file", work / "pid", verbs=("info", "exit 4"))
    pid = wait_for(work / "pid")
    time.sleep(0.2)
    assert process.poll() is None and one.others() == [pid]
    assert not process.reader.have
    writer = os.open(work / "fifo", os.O_WRONLY)
    if how == "write":
        os.write(writer, b"x")
    if how != "open":
        os.close(writer)
    assert process.reader.record("info")["value"]["pid"] > 1
    assert process.wait(harness.TIMEOUT) == (4 if not options else 0)
    if how == "open":
        os.close(writer)
    if options:
        assert wait_for_exit(pid) == 4


def test_wait_fifo_and_a_signal(box, work):
    one = box()
    os.mkfifo(work / "fifo")
    process = one.popen("--wait-fifo", work / "fifo", "--pid-file", work / "pid", verbs=("info",))
    wait_for(work / "pid")
    process.send_signal(signal.SIGTERM)
    assert process.wait(harness.TIMEOUT) != 0
    assert one.others() == [] and not (work / "pid").exists()


def test_wait_fifo_and_the_containers_end(box, work):
    one = box()
    os.mkfifo(work / "fifo")
    process = one.popen("--wait-fifo", work / "fifo", "--pid-file", work / "pid", verbs=("info",))
    wait_for(work / "pid")
    one.container.kill()
    assert process.wait(harness.TIMEOUT) == FAILURE
    assert "container not running" in process.stderr.read().decode()
    assert not (work / "pid").exists()


@pytest.mark.parametrize("kind", ["missing", "file", "directory"])
def test_wait_fifo_that_is_none(box, work, kind):
    path = work / "fifo"
    if kind == "file":
        path.write_text("x")
    elif kind == "directory":
        path.mkdir()
    box().fails("--wait-fifo", path, has="--wait-fifo")
