# SPDX-License-Identifier: GPL-2.0-or-later
"""process.terminal: in the foreground under the caller's terminal, or with --console-socket
(PR-02, PR-03, cli 3.1, DV-10, I34)."""

import array
import fcntl
import os
import pty
import signal
import socket
import struct
import termios

import pytest

import harness
from harness import Reader, base_config, mount_at

pytestmark = pytest.mark.anyuser

RAW_CLEARED = termios.ICANON | termios.ECHO | termios.ISIG


def terminal_config(*verbs, size=None, uid=0):
    config = base_config(*(verbs or ("tty",)))
    config["process"]["terminal"] = True
    config["process"]["user"] = {"uid": uid, "gid": uid}
    if size:
        config["process"]["consoleSize"] = {"height": size[0], "width": size[1]}
    return config


def set_size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Outer:
    """The terminal that the user sits at: a pty of our own, with the runtime as its session's leader."""

    def __init__(self, rt, bundle, *options, size=(33, 99)):
        self.master, self.slave = pty.openpty()
        set_size(self.master, *size)
        self.before = termios.tcgetattr(self.slave)
        self.ident = rt.new_id()

        def lead():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = rt.popen_raw(self.command(rt, bundle, options), stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                    preexec_fn=lead)
        self.reader = Reader(os.dup(self.master))

    def command(self, rt, bundle, options):
        return rt.command("run", *options, "--bundle", bundle.path, self.ident)

    def write(self, data):
        os.write(self.master, data)

    def attributes(self):
        return termios.tcgetattr(self.slave)

    def wait(self):
        return self.process.wait(harness.TIMEOUT)

    def close(self):
        for fd in (self.master, self.slave):
            if fd >= 0:
                os.close(fd)
        self.master = self.slave = -1
        self.reader.close()


@pytest.fixture
def outer(rt):
    made = []

    def make(bundle, *options, **more):
        made.append(Outer(rt, bundle, *options, **more))
        return made[-1]

    yield make
    for terminal in made:
        terminal.close()


# ---- in the foreground -------------------------------------------------------------------------

def test_payload_has_a_terminal(rt, bundle, outer):
    terminal = outer(bundle(terminal_config("tty", "info")))
    tty = terminal.reader.record("tty")["value"]["tty"]
    assert tty["isatty"] == [True] * 3
    assert tty["name"] in ("/dev/pts/0", "/dev/console")
    assert tty["controlling"] == "open"
    assert (tty["rows"], tty["columns"]) == (33, 99)
    info = terminal.reader.record("info")["value"]
    assert sorted(info["fds"]) == ["0", "1", "2"]
    assert info["sid"] == info["pid"] == 1
    assert tty["foreground"] == tty["session"] == 1
    assert terminal.wait() == 0


def test_exit_code(rt, bundle, outer):
    assert outer(bundle(terminal_config("exit 42"))).wait() == 42


def test_outer_terminal_is_raw_and_given_back(rt, bundle, outer):
    terminal = outer(bundle(terminal_config("signals 1", "exit 0")))
    terminal.reader.record("signals")
    assert terminal.attributes()[3] & RAW_CLEARED == 0
    rt.ok("kill", terminal.ident, "TERM")
    assert terminal.wait() == 0
    assert terminal.attributes() == terminal.before


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT"])
def test_given_back_after_a_signal_to_the_runtime(rt, bundle, outer, name):
    terminal = outer(bundle(terminal_config("signals 1", "exit 3")))
    terminal.reader.record("signals")
    terminal.process.send_signal(getattr(signal, "SIG" + name))
    assert terminal.reader.record("signal")["value"] == getattr(signal, "SIG" + name)
    assert terminal.wait() == 3
    assert terminal.attributes() == terminal.before


def test_given_back_after_an_error(rt, bundle, outer):
    config = terminal_config()
    config["process"]["args"] = ["/missing"]
    terminal = outer(bundle(config))
    assert terminal.wait() == 1
    assert terminal.attributes() == terminal.before


def test_input_and_echo(rt, bundle, outer):
    """The inner terminal echoes and edits lines; ^D ends the input."""
    terminal = outer(bundle(terminal_config("signals 0", "stdin")))
    terminal.reader.record("signals-done")
    terminal.write(b"hellx\x7fo\r\x04")
    record = terminal.reader.record("stdin")
    assert record["value"] == "hello\n"
    assert terminal.wait() == 0


def test_interrupt_key(rt, bundle, outer):
    """^C reaches the payload through its own terminal, not the runtime."""
    terminal = outer(bundle(terminal_config("signals 1", "exit 9")))
    terminal.reader.record("signals")
    terminal.write(b"\x03")
    terminal.reader.until("^C")         # the inner terminal's echo, on the line that the record follows
    assert terminal.reader.record("signal")["value"] == signal.SIGINT
    assert terminal.wait() == 9


def test_interrupt_key_kills_a_program(rt, bundle, outer):
    """A payload that is not the first process dies of it as in any shell."""
    if not harness.find_busybox():
        pytest.skip("no static busybox on this machine")
    config = terminal_config()
    config["process"]["args"] = ["/bin/sh", "-c", "trap 'exit 44' INT; echo ready; while :; do sleep 1; done"]
    terminal = outer(bundle(config))
    terminal.reader.until("ready")
    terminal.write(b"\x03")
    assert terminal.wait() == 44


def test_window_size_follows(rt, bundle, outer):
    terminal = outer(bundle(terminal_config("signals 1", "tty")))
    terminal.reader.record("signals")
    set_size(terminal.master, 50, 132)
    assert terminal.reader.record("signal")["value"] == signal.SIGWINCH
    tty = terminal.reader.record("tty")["value"]["tty"]
    assert (tty["rows"], tty["columns"]) == (50, 132)
    assert terminal.wait() == 0


def test_lines_end_once(rt, bundle, outer):
    """ONLCR is off on the inner terminal, so a pipe gets bare newlines; the outer terminal makes its own
    carriage returns, once."""
    made = bundle(terminal_config(["write-fd", "1", "one\ntwo\n"], "exit 0"))
    terminal = outer(made)
    assert "one\r\ntwo\r\n" in terminal.reader.until("exit")
    assert terminal.wait() == 0
    assert rt.run(made).out.startswith("one\ntwo\n")


def test_large_output_is_whole(rt, bundle, outer):
    if not harness.find_busybox():
        pytest.skip("no static busybox on this machine")
    config = terminal_config()
    config["process"]["args"] = ["/bin/busybox", "seq", "1", "20000"]
    terminal = outer(bundle(config))
    text = terminal.reader.until("20000")
    assert [line.strip() for line in text.splitlines()] == [str(n) for n in range(1, 20001)]
    assert terminal.wait() == 0


def test_closing_the_outer_terminal_hangs_up(rt, bundle, outer):
    terminal = outer(bundle(terminal_config("signals 1", "exit 0")))
    terminal.reader.record("signals")
    terminal.close()
    assert terminal.process.wait(harness.TIMEOUT) is not None
    rt.oracle.check()


def test_without_a_terminal_of_the_caller(rt, bundle):
    """As BuildKit does: pipes outside, a terminal inside."""
    result = rt.run(bundle(terminal_config("tty", "exit 6", size=(10, 20))))
    assert result.code == 6
    tty = result.value("tty")["tty"]
    assert tty["isatty"] == [True] * 3
    assert (tty["rows"], tty["columns"]) == (10, 20)


# ---- the container's side ----------------------------------------------------------------------

def test_console_device(rt, bundle):
    """A bind of the pty on /dev/console."""
    result = rt.run_ok(bundle(terminal_config("info", "stat /dev/console", "stat /dev/pts/0", "open /dev/console rw")))
    console, slave = result.value("stat", 0), result.value("stat", 1)
    assert (console["type"], console["major"], console["minor"]) == ("char", slave["major"], slave["minor"])
    assert mount_at(result.info, "/dev/console")["type"] == "devpts"
    assert result.record("open")["error"] is None


@pytest.mark.parametrize("uid", [0, 1000])
def test_owner_of_the_terminal(rt, bundle, uid):
    status = rt.run_ok(bundle(terminal_config("stat /dev/pts/0", uid=uid))).value("stat")
    assert status["uid"] == uid and status["gid"] == 5 and status["mode"] == 0o620


def test_it_is_the_containers_devpts(rt, bundle):
    result = rt.run_ok(bundle(terminal_config("ls /dev/pts", "info")))
    assert sorted(result.value("ls")) == ["0", "ptmx"]
    before = set(os.listdir("/dev/pts"))
    assert before == set(os.listdir("/dev/pts"))


def test_readonly_root_with_terminal(rt, bundle):
    config = terminal_config("tty")
    config["root"]["readonly"] = True
    assert rt.run_ok(bundle(config)).value("tty")["tty"]["isatty"] == [True] * 3


def test_without_devpts_is_an_error(rt, bundle):
    config = terminal_config()
    config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/dev/pts"]
    rt.run_fails(bundle(config))
    rt.oracle.check()


@pytest.mark.parametrize("size", [{"height": 70000, "width": 1}, {"height": -1, "width": 1}, {"height": 1}])
def test_bad_console_size(rt, bundle, size):
    config = terminal_config()
    config["process"]["consoleSize"] = size
    rt.run_fails(bundle(config), has="consoleSize")


@pytest.mark.parametrize("size", [{"height": 70000, "width": 1}, {"height": 1}, {}])
def test_console_size_without_terminal(rt, bundle, size):
    """PR-03: ignored entirely."""
    config = base_config("exit 0")
    config["process"]["consoleSize"] = size
    rt.run_ok(bundle(config))


def test_I34_no_controlling_terminal_without_terminal(rt, bundle, outer):
    """Even when the caller sits at one (V32: TIOCSTI)."""
    config = base_config("tty", "info")
    terminal = outer(bundle(config))
    tty = terminal.reader.record("tty")["value"]["tty"]
    assert tty["controlling"] == "ENXIO"
    info = terminal.reader.record("info")["value"]
    assert info["sid"] in (1, info["pid"])
    assert terminal.wait() == 0


# ---- --console-socket --------------------------------------------------------------------------

class ConsoleSocket:
    def __init__(self, directory):
        self.path = directory / "console.sock"
        self.listener = socket.socket(socket.AF_UNIX)
        here = os.getcwd()
        os.chdir(directory)                # the path may be too long for a socket address
        try:
            self.listener.bind("console.sock")
        finally:
            os.chdir(here)
        self.listener.listen(4)
        self.listener.settimeout(harness.TIMEOUT)

    def receive(self):
        """(payload, [descriptors]) of the one message, received after the runtime has ended."""
        connection, _ = self.listener.accept()
        with connection:
            connection.settimeout(harness.TIMEOUT)
            data, ancillary, flags, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4 * 8))
            fds = array.array("i")
            for level, kind, content in ancillary:
                assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
                fds.frombytes(content[:len(content) - len(content) % fds.itemsize])
            assert connection.recv(1) == b"", "one message, then the end"
            return data, list(fds)

    def close(self):
        self.listener.close()


@pytest.fixture
def console(work):
    made = ConsoleSocket(work)
    yield made
    made.close()


def test_socket_gets_the_master(rt, bundle, console):
    container = rt.create(bundle(terminal_config("tty", "signals 1", "exit 5", size=(24, 80))), "--console-socket", console.path)
    data, fds = console.receive()
    assert len(fds) == 1 and 1 <= len(data) < 4096
    reader = Reader(fds[0])
    container.start()
    tty = reader.record("tty")["value"]["tty"]
    assert tty["isatty"] == [True] * 3 and tty["controlling"] == "open"
    assert (tty["rows"], tty["columns"]) == (24, 80)
    assert tty["onlcr"] is True, "the receiver sets what it wants"
    reader.record("signals")
    container.kill("TERM")
    assert container.wait() == 5
    reader.close()
    container.delete()


def test_master_survives_until_it_is_closed(rt, bundle, console):
    container = rt.create(bundle(terminal_config("print bye", "exit 0")), "--console-socket", console.path)
    _, fds = console.receive()
    container.start()
    container.wait()
    reader = Reader(fds[0])
    assert reader.record("print")["value"] == "bye"
    reader.rest()
    reader.close()


def test_hangup_reaches_the_payload(rt, bundle, console):
    container = rt.create(bundle(terminal_config("signals 1", "exit 8")), "--console-socket", console.path)
    _, fds = console.receive()
    container.start()
    reader = Reader(fds[0])
    reader.record("signals")
    reader.close()
    # 123 is the probe's: it got the signal, and cannot tell it to a terminal that is gone
    assert container.wait() in (8, 123)


def test_receiver_that_goes_away(rt, bundle, console, work):
    """A fault of the socket, not of the container's process: that one lives and waits to be told."""
    os.mkfifo(work / "gone")
    gone = os.open(work / "gone", os.O_RDWR)
    config = terminal_config("exit 0")
    config["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", f"read x <{work}/gone"]}]}
    said, stderr = os.pipe()
    ident = rt.new_id()
    process = rt.popen("create", "--bundle", bundle(config).path, "--console-socket", console.path, ident, stderr=stderr)
    os.close(stderr)
    console.listener.accept()[0].close()
    os.write(gone, b"\n")
    assert process.wait(harness.TIMEOUT) == 1
    os.close(gone)
    with os.fdopen(said) as text:
        assert "send the terminal to --console-socket" in text.read()
    assert rt.call("state", ident).code == 1


def test_long_socket_path(rt, bundle, work):
    directory = work / ("d" * 100) / ("e" * 100)
    directory.mkdir(parents=True)
    console = ConsoleSocket(directory)
    container = rt.create(bundle(terminal_config("exit 0")), f"--console-socket={console.path}")
    _, fds = console.receive()
    console.close()
    os.close(fds[0])
    container.delete()


def test_relative_socket_path(rt, bundle, work, console):
    container = rt.create(bundle(terminal_config("exit 0")), "--console-socket", "console.sock", cwd=work)
    _, fds = console.receive()
    os.close(fds[0])
    container.delete()


def test_run_detached_with_socket(rt, bundle, console):
    result, ident, _, _ = rt.create_raw(bundle(terminal_config("signals 1", "exit 0")), "-d", "--console-socket", console.path, verb="run")
    assert result.code == 0
    _, fds = console.receive()
    reader = Reader(fds[0])
    reader.record("signals")
    rt.ok("delete", "--force", ident)
    reader.close()


def test_standard_streams_of_create_are_left_alone(rt, bundle, console):
    """With a terminal nothing of the caller's stdio reaches the container."""
    container = rt.create(bundle(terminal_config("print x", "exit 0")), "--console-socket", console.path)
    _, fds = console.receive()
    assert container.out.rest() == "", "init holds the pipe no more"
    os.close(fds[0])
    container.delete()


@pytest.mark.parametrize("verb, options", [("create", []), ("run", ["--detach"])])
def test_detached_terminal_needs_a_socket(rt, bundle, verb, options):
    rt.create_fails(bundle(terminal_config()), *options, verb=verb, has="console-socket")
    rt.oracle.check()


def test_socket_without_terminal(rt, bundle, console):
    rt.create_fails(bundle(base_config()), "--console-socket", console.path, has="terminal")
    rt.oracle.check()


@pytest.mark.parametrize("kind", ["missing", "file", "nobody listens"])
def test_bad_sockets(rt, bundle, work, kind):
    path = work / "socket"
    if kind == "file":
        path.write_text("x")
    elif kind == "nobody listens":
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
    rt.create_fails(bundle(terminal_config()), "--console-socket", path, has="socket")
    rt.oracle.check()
