# SPDX-License-Identifier: GPL-2.0-or-later
"""exec --tty: in the foreground under the caller's terminal, or with --console-socket (cli-contract 3.1)."""

import os
import signal

import pytest

import harness
from harness import Reader, base_config, probe
from test_exec import FAILURE, QUIET, box  # noqa: F401 (a fixture)
from test_terminal import RAW_CLEARED, ConsoleSocket, Outer, set_size

pytestmark = pytest.mark.anyuser


class Inner(Outer):
    """exec at a terminal of the user's."""

    def command(self, rt, made, options):
        return rt.command("exec", "-t", *options, made.id, *probe(*self.verbs))

    def __init__(self, made, *options, verbs, **more):
        self.verbs = verbs
        super().__init__(made.rt, made, *options, **more)


@pytest.fixture
def outer():
    made = []

    def make(*args, **more):
        made.append(Inner(*args, **more))
        return made[-1]

    yield make
    for terminal in made:
        terminal.close()


@pytest.fixture
def console(work):
    made = ConsoleSocket(work)
    yield made
    made.close()


def test_has_a_terminal(box, outer):
    terminal = outer(box(), verbs=("tty", "info", "exit 42"))
    tty = terminal.reader.record("tty")["value"]["tty"]
    assert tty["isatty"] == [True] * 3 and tty["controlling"] == "open"
    assert tty["name"].startswith("/dev/pts/")
    assert (tty["rows"], tty["columns"]) == (33, 99)
    info = terminal.reader.record("info")["value"]
    assert sorted(info["fds"]) == ["0", "1", "2"]
    assert info["sid"] == info["pid"] == tty["foreground"] == tty["session"] > 1
    assert terminal.wait() == 42


def test_belongs_to_the_user(box, outer):
    terminal = outer(box(), "-u", "1000:1000", verbs=("stat /dev/pts/0", "info"))
    assert terminal.reader.record("stat")["value"]["uid"] == 1000
    assert terminal.reader.record("info")["value"]["uid"] == 1000
    assert terminal.wait() == 0


def test_console_of_the_container_stays(box, outer):
    """/dev/console is the container's own terminal, not that of a further process."""
    one = box()
    terminal = outer(one, verbs=("tty", "exit 0"))
    terminal.reader.record("tty")
    terminal.wait()
    assert "console" not in [line.split()[4].rsplit("/", 1)[1] for line in open(f"/proc/{one.pid}/mountinfo")]


def test_is_raw_and_given_back(box, outer):
    terminal = outer(box(), verbs=("signals 1", "exit 3"))
    terminal.reader.record("signals")
    assert terminal.attributes()[3] & RAW_CLEARED == 0
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.reader.record("signal")["value"] == signal.SIGTERM
    assert terminal.wait() == 3
    assert terminal.attributes() == terminal.before


def test_keys(box, outer):
    terminal = outer(box(), verbs=("signals 1", "exit 3"))
    terminal.reader.record("signals")
    terminal.write(b"\x03")
    terminal.reader.until("^C")         # the inner terminal's echo, on the line that the record follows
    assert terminal.reader.record("signal")["value"] == signal.SIGINT
    assert terminal.wait() == 3


def test_resize(box, outer):
    terminal = outer(box(), verbs=("signals 1", "tty"))
    terminal.reader.record("signals")
    set_size(terminal.master, 11, 22)
    terminal.process.send_signal(signal.SIGWINCH)
    assert terminal.reader.record("signal")["value"] == signal.SIGWINCH
    tty = terminal.reader.record("tty")["value"]["tty"]
    assert (tty["rows"], tty["columns"]) == (11, 22)
    assert terminal.wait() == 0


def test_failure_gives_the_terminal_back(box, outer):
    one = box()
    terminal = outer(one, "--cwd", "/none", verbs=("info",))
    assert terminal.wait() == FAILURE
    assert terminal.attributes() == terminal.before
    assert one.others() == []


def test_without_a_terminal_of_ours(box):
    """The process has one all the same; what it prints is copied."""
    one = box()
    result = one.call("--tty", verbs=("tty", "exit 4"))
    assert result.code == 4 and result.record("tty")["value"]["tty"]["isatty"] == [True] * 3


def test_tty_takes_a_value(box):
    result = box().call("--tty=false", verbs=("tty",))
    assert result.code == 0 and result.record("tty")["value"]["tty"]["isatty"] == [False] * 3


def test_terminal_of_the_containers_own_process_counts_for_nothing(rt, bundle, console):
    config = base_config("pause")
    config["process"]["terminal"] = True
    container = rt.create(bundle(config), "--console-socket", console.path).start()
    own, = console.receive()[1]
    result = rt.call("exec", container.id, *probe("tty"))
    assert result.code == 0 and result.record("tty")["value"]["tty"]["isatty"] == [False] * 3, result
    os.close(own)


def test_console_socket(box, console, work):
    one = box()
    result = one.call("-d", "-t", "--console-socket", console.path, "--pid-file", work / "pid", verbs=("tty", "signals 1", "exit 5"), **QUIET)
    assert result.code == 0, result
    data, fds = console.receive()
    assert len(fds) == 1 and 1 <= len(data) < 4096
    reader = Reader(fds[0])
    tty = reader.record("tty")["value"]["tty"]
    assert tty["isatty"] == [True] * 3 and tty["controlling"] == "open"
    assert tty["onlcr"] is True, "the receiver sets what it wants"
    reader.record("signals")
    pid = int((work / "pid").read_text())
    os.kill(pid, signal.SIGTERM)
    assert harness.wait_exit(pid) == 5
    reader.close()


def test_console_size(box, console, work):
    one = box()
    path = one.document(work / "p.json", args=probe("tty"), terminal=True, consoleSize={"height": 12, "width": 34})
    assert one.rt.call("exec", "-d", "--console-socket", console.path, "--pid-file", work / "pid", "-p", path, one.id, **QUIET).code == 0
    reader = Reader(console.receive()[1][0])
    tty = reader.record("tty")["value"]["tty"]
    assert (tty["rows"], tty["columns"]) == (12, 34)
    reader.rest()
    reader.close()
    assert harness.wait_exit(int((work / "pid").read_text())) == 0


def test_document_decides_beside_tty(box, console, work):
    """conmon gives both --process and --tty."""
    one = box()
    path = one.document(work / "p.json", args=probe("tty"), terminal=True)
    assert one.rt.call("exec", "--pid-file", work / "pid", "-p", path, "--detach", "--tty", "--console-socket", console.path,
                       one.id, **QUIET).code == 0
    reader = Reader(console.receive()[1][0])
    assert reader.record("tty")["value"]["tty"]["isatty"] == [True] * 3
    reader.rest()
    reader.close()
    assert harness.wait_exit(int((work / "pid").read_text())) == 0
    path = one.document(work / "p.json", args=probe("tty"))
    result = one.rt.call("exec", "--tty", "-p", path, one.id)
    assert result.code == 0 and result.record("tty")["value"]["tty"]["isatty"] == [False] * 3


def test_socket_and_terminal_go_together(box, console):
    one = box()
    one.fails("-d", "-t", has="--console-socket")
    one.fails("--console-socket", console.path, has="no terminal")


def test_container_without_devpts(box):
    config = base_config("pause")
    config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/dev/pts"]
    box(config).fails("-t", has="/dev/pts")
