# SPDX-License-Identifier: GPL-2.0-or-later
"""--pidfd-socket and run.oci.pidfd_receiver: the container's process for whoever watches it."""

import os
import select
import shutil
import signal
import socket

import pytest

from harness import TIMEOUT, base_config, short_directory

pytestmark = pytest.mark.anyuser


class Receiver:
    def __init__(self):
        self.directory = short_directory()
        self.path = self.directory / "pidfd"
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(self.path))
        self.server.listen(1)
        self.server.settimeout(TIMEOUT)

    def receive(self):
        connection, _ = self.server.accept()
        with connection:
            connection.settimeout(TIMEOUT)
            data, fds, _, _ = socket.recv_fds(connection, 100, 4)
            assert connection.recv(100) == b""
        assert len(fds) == 1
        return data, fds[0]

    def close(self):
        self.server.close()
        shutil.rmtree(self.directory)


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


def names(pidfd):
    """The number that we know the process of @pidfd by."""
    for line in open(f"/proc/self/fdinfo/{pidfd}"):
        if line.startswith("Pid:"):
            return int(line.split()[1])


@pytest.mark.parametrize("how", ["option", "annotation", "both"])
def test_create(rt, bundle, receiver, how, work):
    config = base_config("pause")
    if how != "option":
        config["annotations"] = {"run.oci.pidfd_receiver": str(receiver.path if how == "annotation" else work / "none")}
    options = ("--pidfd-socket", receiver.path) if how != "annotation" else ()
    box = rt.create(bundle(config), *options)
    data, pidfd = receiver.receive()
    assert data == b"standard" and names(pidfd) == box.pid
    box.start()
    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    assert select.select([pidfd], [], [], TIMEOUT)[0]
    os.close(pidfd)
    assert box.wait() == 137
    box.delete()


def test_run(rt, bundle, receiver):
    process = rt.popen_run(bundle(base_config("info", "pause")), "--pidfd-socket", receiver.path)
    data, pidfd = receiver.receive()
    assert data == b"standard"
    process.reader.record("info")
    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    os.close(pidfd)
    assert process.wait(TIMEOUT) == 137


def test_nobody_listens(rt, bundle, work):
    """Said before anything is made, at its place."""
    made = bundle(base_config("pause"))
    rt.create_fails(made, "--pidfd-socket", work / "none", has="connect to --pidfd-socket")
    made.config["annotations"] = {"run.oci.pidfd_receiver": str(work / "none")}
    made.write()
    rt.create_fails(made, has='annotations["run.oci.pidfd_receiver"]')
    assert rt.ids() == []
