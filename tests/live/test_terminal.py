"""Terminal display and printed lines."""

import logging
import os
import re
import signal
import struct
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from support.instrument import PATIENCE_S, Client, wait_until
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle
from distill_live.live.control.terminal.display import METER_COLUMNS, Display, Snapshot
from distill_live.live.control.terminal.terminal import MAX_QUEUED_LINES, Terminal, logger

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

SNAPSHOT = Snapshot(
    model="tiny",
    output="null output",
    latency_ms=16.0,
    load_average=0.25,
    load_peak=0.5,
    underruns=0,
    xruns=0,
    broken_frames=0,
    late=0,
    dropped=0,
    levels_db=((-30.0, -12.0), (-90.0, -90.0)),
    recent=(("/gain", (-6.0,)), ("/latent", (0.125,) * 128), ("/version", ())),
)


class Screen:
    """As much of a terminal as the display needs: what is written, and where."""

    TOKENS = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|([^\x1b])")

    def __init__(self, columns: int, lines: int) -> None:
        self.size = os.terminal_size((columns, lines))
        self.rows: list[str] = [""]
        self._row = self._column = 0

    def write(self, text: str) -> None:
        for argument, command, character in self.TOKENS.findall(text):
            if character == "\n":
                self._row, self._column = self._row + 1, 0
                if self._row == len(self.rows):
                    self.rows.append("")
            elif character == "\r":
                self._column = 0
            elif character:
                row = self.rows[self._row].ljust(self._column)
                self.rows[self._row] = row[: self._column] + character + row[self._column + 1 :]
                self._column += 1
                assert self._column < self.size.columns, "it never wraps"
            elif command == "A":
                self._row -= int(argument)
                assert self._row >= max(0, len(self.rows) - self.size.lines), "it is still there"
            elif command == "H":
                self._row = max(0, len(self.rows) - self.size.lines)
                self._column = 0
            elif command == "K":
                self.rows[self._row] = self.rows[self._row][: self._column]
            elif command == "J":
                if argument == "2":
                    del self.rows[max(0, len(self.rows) - self.size.lines) :]
                    self.rows += [""] * (self._row + 1 - len(self.rows))
                else:
                    self.rows[self._row] = self.rows[self._row][: self._column]
                    del self.rows[self._row + 1 :]
            else:
                assert command == "m", f"{command} is not expected"


def draw(screen: Screen, display: Display, snapshot: Snapshot | None, *lines: str) -> None:
    screen.write(display.frame(snapshot, list(lines), screen.size))


def test_it_stays_in_its_place_and_lines_stay_above_it() -> None:
    screen, display = Screen(100, 20), Display(plain_characters=True)
    draw(screen, display, None, "first")
    draw(screen, display, SNAPSHOT)
    assert screen.rows[:3] == [
        "first",
        "tiny  null output",
        "latency 16 ms   load 25% peak 50%   underruns 0",
    ]
    assert screen.rows[3].startswith(" 0 " + "#" * (METER_COLUMNS // 2) + "-")
    assert screen.rows[3].endswith("-30.0 dB  peak -12.0")
    assert screen.rows[4].startswith(" 1 " + "-" * METER_COLUMNS)
    assert screen.rows[5:] == ["/version   /latent 0.125 0.125 0.125 0.125 ...   /gain -6", ""]
    for step in range(30):
        line = [f"line {step}"] if step % 10 == 0 else []
        draw(screen, display, replace(SNAPSHOT, underruns=step), *line)
    assert screen.rows[:5] == ["first", "line 0", "line 10", "line 20", "tiny  null output"]
    assert "underruns 29" in screen.rows[5]
    assert len(screen.rows) == 10
    draw(screen, display, None, "last")
    assert screen.rows == ["first", "line 0", "line 10", "line 20", "last", ""]


@pytest.mark.parametrize("size", [(20, 24), (80, 4), (2, 2), (1, 1), (300, 100)])
def test_a_terminal_may_have_any_size_and_change_it(size: tuple[int, int]) -> None:
    screen, display = Screen(100, 20), Display(plain_characters=False)
    snapshot = replace(SNAPSHOT, levels_db=((-3.0, -1.0),) * 16, output="x" * 200)
    draw(screen, display, snapshot)
    other = Screen(*size)
    screen.size = other.size
    for step in range(5):
        frame = display.frame(replace(snapshot, underruns=step), [], other.size)
        assert frame.startswith("\x1b[H\x1b[2J") == (step == 0)
        other.write(frame)
    assert len(other.rows) <= size[1]
    if size[0] > 60 and size[1] > 20:
        assert sum(row.startswith("tiny") for row in other.rows) == 1


def test_texts_are_neither_markup_nor_commands() -> None:
    screen, display = Screen(100, 20), Display(plain_characters=True)
    draw(screen, display, replace(SNAPSHOT, model="[bold]\x1b[31mx\n", recent=(("/a", ("[/]",)),)))
    assert screen.rows[0].startswith("[bold]?[31mx?  null output")
    assert screen.rows[4] == "/a [/]"


def test_while_a_take_is_recorded_it_says_how_long() -> None:
    screen, display = Screen(100, 20), Display(plain_characters=True)
    draw(screen, display, replace(SNAPSHOT, recording_s=3723.9))
    assert screen.rows[1].startswith("REC 1:02:03   latency 16 ms")


def test_what_goes_on_and_what_was_refused_have_their_place() -> None:
    screen, display = Screen(100, 20), Display(plain_characters=True)
    waiting = "cc 16: waiting to pass -0.3"
    refusal = "refused: /axis/brightnes, no such axis; there are brightness"
    shown = replace(
        SNAPSHOT, activities=("recording gesture swell", waiting), refusal=refusal, recent=()
    )
    draw(screen, display, shown)
    assert screen.rows[2] == f"recording gesture swell   {waiting}"
    assert screen.rows[5] == f"{refusal}   no OSC messages yet"
    draw(screen, display, SNAPSHOT)
    assert screen.rows[2].startswith(" 0 ")


def test_a_line_is_text_that_no_terminal_obeys(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, reading, _writing = on_a_pipe(monkeypatch, quiet=False)
    logger.warning("Model \x1b]0;x\x07\u202e\nREADY")
    terminal.close()
    assert os.read(reading, 1000) == b"Model ?]0;x???READY\n"


def on_a_pipe(monkeypatch: pytest.MonkeyPatch, *, quiet: bool = False) -> tuple[Terminal, int, int]:
    """A terminal whose standard output is a pipe, and the pipe's two ends."""
    reading, writing = os.pipe()
    with monkeypatch.context() as patch, os.fdopen(writing, "w", closefd=False) as output:
        patch.setattr(sys, "stdout", output)
        terminal = Terminal(quiet=quiet)
    assert not terminal.live
    return terminal, reading, writing


def test_lines_come_in_order_and_quiet_leaves_what_goes_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for quiet, expected in ((False, b"one\ntwo\n"), (True, b"two\n")):
        terminal, reading, writing = on_a_pipe(monkeypatch, quiet=quiet)
        logger.info("one")
        logger.warning("two")
        terminal.show(SNAPSHOT)
        terminal.close()
        os.close(writing)
        assert os.read(reading, 100) == expected
        os.close(reading)


def test_who_reads_nothing_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, reading, writing = on_a_pipe(monkeypatch)
    for _ in range(2 * MAX_QUEUED_LINES):
        logger.info("x" * 1000)
    terminal.close()
    os.close(reading)  # the thread learns that nobody will ever read
    os.close(writing)
    terminal.handle(logging.makeLogRecord({"msg": "more"}))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("terminal") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


def words(model: Path, *more: str) -> list[str]:
    play = [sys.executable, "-m", "distill_live", "--model", str(model), "--null"]
    return [*play, "--osc-port", "0", *more]


class Pty:
    """An instrument in a terminal."""

    def __init__(self, model: Path) -> None:
        pytest.importorskip("termios", reason="Windows has other terminals")
        self._keyboard, terminal = pty.openpty()
        self.resize(30, 100)
        self.before = termios.tcgetattr(terminal)
        self.process = subprocess.Popen(
            words(model),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=os.environ | {"TERM": "xterm-256color"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self._terminal = terminal
        self._received = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def text(self) -> str:
        return self._received.decode(errors="ignore")

    def resize(self, lines: int, columns: int) -> None:
        fcntl.ioctl(self._keyboard, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))

    def type(self, keys: bytes) -> None:
        os.write(self._keyboard, keys)

    def end(self) -> list[object]:
        """The terminal's settings after the end of the process."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        after = termios.tcgetattr(self._terminal)
        os.close(self._terminal)
        self._reader.join()
        os.close(self._keyboard)
        return after

    def _read(self) -> None:
        while True:
            try:
                received = os.read(self._keyboard, 65536)
            except OSError:
                return
            self._received += received


@pytest.mark.process
@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM", "SIGKILL"])
def test_a_display_that_leaves_the_terminal_as_it_was(model: Path, how: str) -> None:
    live = Pty(model)
    try:
        wait_until(lambda: "latency" in live.text, "the display")
        port = re.search(r"OSC +127\.0\.0\.1:(\d+)", live.text)
        assert port is not None
        with Client(int(port[1])) as client:
            client.send("/gain", -7.0)
            wait_until(lambda: "/gain -7" in live.text, "the message")
            live.resize(12, 60)
            wait_until(lambda: "\x1b[H\x1b[2J" in live.text, "drawing anew")
            client.sync()
        if how == "Ctrl-C":
            live.type(b"\x03")
        else:
            live.process.send_signal(getattr(signal, how))
        status = live.process.wait(PATIENCE_S)
        assert status == (-signal.SIGKILL if how == "SIGKILL" else 0)
    finally:
        after = live.end()
    assert after == live.before
    assert "\x1b[?" not in live.text, "no mode of the terminal is changed"
    assert "Traceback" not in live.text
    if how != "SIGKILL":
        assert "Ended. Load" in live.text
        assert live.text.endswith("\x1b[J"), "the display is taken away"


@pytest.mark.process
def test_quiet_says_nothing(model: Path) -> None:
    done = subprocess.run(
        words(model, "--seconds", "0.2", "--quiet"), capture_output=True, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_nothing_needs_an_output(model: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *words(model, "--seconds", "0.2")],
        stderr=subprocess.PIPE,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.process
def test_it_loads_nothing_to_draw_with_before_there_is_something_to_show() -> None:
    code = "import sys, distill_live.live.control.session as c; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
