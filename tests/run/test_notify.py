# SPDX-License-Identifier: GPL-2.0-or-later
"""sd_notify(3) of the payload: its socket, and what reaches the service manager that started us."""

import os
import shutil
import socket

import pytest

from harness import (ALL_CAPS, TIMEOUT, add_namespace, base_config, find_busybox, granted, is_alive, set_caps,
                     short_directory)

pytestmark = pytest.mark.anyuser


class Manager:
    """A service manager's end."""

    def __init__(self):
        self.directory = short_directory()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(TIMEOUT)
        self.socket.bind(str(self.directory / "notify"))
        (self.directory / "notify").chmod(0o777)
        self.directory.chmod(0o755)
        self.env = {"NOTIFY_SOCKET": str(self.directory / "notify")}

    def heard(self):
        """The next message; descriptors that come with it are closed."""
        text, fds, _, _ = socket.recv_fds(self.socket, 8192, 4)
        for fd in fds:
            os.close(fd)
        return text.decode()

    def has_heard_nothing(self):
        self.socket.setblocking(False)
        try:
            return self.socket.recv(8192) == b""
        except BlockingIOError:
            return True

    def close(self):
        self.socket.close()
        shutil.rmtree(self.directory)


@pytest.fixture
def manager():
    made = Manager()
    yield made
    made.close()


def variable(info):
    return [e for e in info["env"] if e.startswith("NOTIFY_SOCKET=")]


INSIDE = ["NOTIFY_SOCKET=/run/notify/notify.sock"]


def test_run_relays_all_the_time(rt, bundle, manager):
    made = bundle(base_config("info", "notify STATUS=1", "notify READY=1 MAINPID=1", "notify WATCHDOG=1", "notify STOPPING=1",
                              "exit 3"))
    result = rt.run(made, env=manager.env)
    assert result.code == 3, result
    assert variable(result.info) == INSIDE
    assert [manager.heard() for _ in range(4)] == ["STATUS=1", "READY=1", "WATCHDOG=1", "STOPPING=1"]
    assert manager.has_heard_nothing()
    assert rt.ids() == []


def test_the_directory_is_not_the_containers_to_change(rt, bundle, manager):
    made = bundle(base_config("write /run/notify/x y", "unlink /run/notify/notify.sock"))
    result = rt.run_ok(made, env=manager.env)
    assert {r["error"] for r in result.records} <= {"EROFS"}, result


def test_whatever_is_left_in_the_directory_goes(rt, bundle, manager):
    """Who may mount makes it his own to change; that is no way to keep a container from being deleted."""
    if not find_busybox():
        pytest.skip("needs a static busybox: to mount once more")
    depth = 200
    script = ("busybox mount -o remount,rw,bind /run/notify /run/notify && cd /run/notify && busybox ln -s /etc link && "
              f"i=0; while [ $i -lt {depth} ]; do busybox mkdir d && cd d && echo x > file; i=$((i+1)); done; echo done $i")
    config = base_config()
    config["process"]["args"] = ["/bin/sh", "-c", script]
    set_caps(config, *granted(ALL_CAPS))
    box = rt.create(bundle(config), env=manager.env).start()
    assert box.wait() == 0
    assert f"done {depth}" in box.out.rest()
    directory = rt.root / box.id / "notify"
    assert (directory / "d/d/d/file").exists() and (directory / "link").is_symlink()
    box.delete()
    assert not (rt.root / box.id).exists()


def test_start_waits_until_ready(rt, bundle, manager):
    made = bundle(base_config("info", "notify STATUS=soon", "cat /gate", "notify READY=1", "pause"))
    os.mkfifo(made.rootfs / "gate")
    box = rt.create(made, env=manager.env)
    assert manager.has_heard_nothing()
    manager.socket.settimeout(TIMEOUT)
    start = rt.popen("start", box.id, env=manager.env)
    assert variable(box.out.record("info")["value"]) == INSIDE
    assert manager.heard() == "STATUS=soon"
    # Others do not wait for it.
    assert box.status == "running"
    assert start.poll() is None
    (made.rootfs / "gate").write_text("go")
    assert manager.heard() == f"MAINPID={box.pid}\nREADY=1"
    assert manager.heard() == "BARRIER=1"
    assert start.wait(TIMEOUT) == 0
    assert is_alive(box.pid)
    box.kill().wait()
    box.delete()


def test_start_returns_when_the_payload_ends_unready(rt, bundle, manager):
    box = rt.create(bundle(base_config("notify STATUS=no", "exit 4")), env=manager.env)
    start = rt.popen("start", box.id, env=manager.env)
    assert [manager.heard(), manager.heard()] == ["STATUS=no", "BARRIER=1"]
    assert start.wait(TIMEOUT) == 0
    assert box.wait() == 4
    box.delete()


def test_kill_and_delete_while_start_waits(rt, bundle, manager):
    box = rt.create(bundle(base_config("info", "pause")), env=manager.env)
    start = rt.popen("start", box.id, env=manager.env)
    box.out.record("info")
    box.kill()
    assert manager.heard() == "BARRIER=1"
    assert start.wait(TIMEOUT) == 0
    box.wait()
    box.delete()


def test_run_detached(rt, bundle, manager):
    made = bundle(base_config("notify READY=1", "pause"))
    ident = rt.new_id()
    run = rt.popen("run", "--detach", "--bundle", made.path, ident, env=manager.env)
    first, second = manager.heard(), manager.heard()
    assert run.wait(TIMEOUT) == 0
    assert (first, second) == (f"MAINPID={rt.state(ident)['pid']}\nREADY=1", "BARRIER=1")
    rt.ok("delete", "--force", ident)


@pytest.mark.root("directories of other users")
def test_user_namespace(rt, bundle, manager):
    config = add_namespace(add_namespace(base_config("notify READY=1"), "user"), "network")
    ids = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    config["linux"].update(uidMappings=ids, gidMappings=ids)
    made = bundle(config)
    made.chown_directories(100000, 100000)
    result = rt.run_ok(made, env=manager.env)
    assert result.record("notify")["errno"] == 0, result
    assert manager.heard() == "READY=1"


@pytest.mark.root("another user")
def test_ordinary_user(user, manager):
    made = user.bundle(base_config("notify READY=1"))
    result = user.run_ok(made, env=manager.env)
    assert result.record("notify")["errno"] == 0, result
    assert manager.heard() == "READY=1"


def test_a_config_with_a_socket_of_its_own(rt, bundle, manager):
    """Podman relays itself, and says where in the config."""
    config = base_config("info")
    config["process"]["env"].append("NOTIFY_SOCKET=/run/theirs")
    result = rt.run_ok(bundle(config), env=manager.env)
    assert variable(result.info) == ["NOTIFY_SOCKET=/run/theirs"]


def test_nobody_listens(rt, bundle, work):
    """A variable that came down from long ago keeps nobody from running containers."""
    made = bundle(base_config("info", "pause"))
    ident = rt.new_id()
    out, writing = rt.pipe()
    result = rt.call("run", "--detach", "--bundle", made.path, ident, env={"NOTIFY_SOCKET": f"{work}/gone"},
                     stdout=writing, stderr=writing)
    os.close(writing)
    assert result.code == 0
    assert variable(out.record("info")["value"]) == INSIDE
    rt.ok("delete", "--force", ident)


def test_not_asked_for(rt, bundle):
    result = rt.run_ok(bundle(base_config("info")), env={"NOTIFY_SOCKET": ""})
    assert variable(result.info) == []
