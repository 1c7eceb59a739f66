"""Patches in Pure Data and SuperCollider against a running instrument."""

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from pythonosc.osc_message import OscMessage
from support.instrument import PATIENCE_S, Client, Instrument, wait_until
from support.processes import user_folders
from support.tiny import AXES, tiny_bundle

from distill_live.bundle import write_bundle
from distill_live.osc.wire import build_message

pytestmark = pytest.mark.process

PATCHES = Path(__file__).parents[2] / "patches"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("patches") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


class Program:
    """A program that prints, and the lines that it has printed."""

    def __init__(self, words: list[str], environment: dict[str, str], folder: Path) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            cwd=folder,
            env=os.environ | environment,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait for a line that holds the pattern."""
        compiled = re.compile(pattern)
        found: list[re.Match[str]] = []

        def there() -> bool:
            found[:] = [match for line in list(self.lines) if (match := compiled.search(line))]
            assert self._process.poll() is None or found, self.lines[-20:]
            return bool(found)

        try:
            wait_until(there, f"{pattern!r} among what was printed")
        except AssertionError as error:
            others = [line for line in self.lines if "/meter/" not in line]
            raise AssertionError(f"{error}; at the end {others[-20:]}") from None
        return found[0]

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))


@contextmanager
def running(words: list[str], folder: Path, **environment: str) -> Iterator[Program]:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    program = Program(words, environment, folder)
    try:
        yield program
    finally:
        program.close()


@contextmanager
def instrument(model: Path, folder: Path) -> Iterator[Instrument]:
    """One whose presets are its own, and that stays where it is put."""
    with Instrument(
        model, "--null", "--set", "/drift 0", environment=user_folders(folder / "data")
    ) as live:
        yield live


def wait_for_value(client: Client, path: str, *wanted: float) -> None:
    def arrived() -> bool:
        return client.ask(path) == pytest.approx(wanted, abs=2e-3)

    wait_until(arrived, f"{path} {wanted}")


def weight(client: Client) -> object:
    """How much the model in the first slot counts."""
    return client.ask("/model/list", reply="/model/info")[2]


def forget(live: Instrument, other: Client) -> None:
    """Drop the patch, the only client that asks `/status`, as a new instrument would."""
    other.send("/dump", 1)
    while "/distill/status" not in (line := live.wait_for_line("127.0.0.1:")):
        pass
    other.send("/dump", 0)
    other.send("/notify", 0, int(line.split()[0].rpartition(":")[2]))
    other.sync()


def level_db(program: Program) -> float:
    """The RMS level of the first channel that the patch has heard last."""
    pattern = r"heard: /?meter/?\s?rms 0 (-\d+\.?\d*)"
    levels = [match for line in list(program.lines) if (match := re.search(pattern, line))]
    return float(levels[-1][1])


def prove_address(connect: Callable[[int], None], own_port: int | None = None) -> None:
    """Be an instrument on another computer, which wants the patch to prove its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as distant:
        distant.bind(("127.0.0.1", 0))
        distant.settimeout(PATIENCE_S)
        connect(distant.getsockname()[1])
        given: list[object] = []
        while len(given) < 3:
            data, patch = distant.recvfrom(4096)
            message = OscMessage(data)
            if message.address == "/distill/notify":
                given = message.params
                distant.sendto(build_message("/distill/id", "s", ("1e5-_Ab",)), patch)
        assert given == [1, own_port or 0, "1e5-_Ab"]


PD_TEST = r"""#N canvas 0 0 450 300 12;
#X obj 10 10 netreceive PORT;
#X obj 10 40 t a a;
#X obj 110 70 list split 1;
#X obj 10 70 list split 1;
#X obj 10 100 list trim;
#X obj 10 130 send;
#X obj 200 10 r distill-heard;
#X obj 200 40 print heard;
#X obj 300 10 r distill-gain-number;
#X obj 300 40 print shown gain;
#X obj 300 70 r distill-axis-1;
#X obj 300 100 print shown axis;
#X obj 300 130 r distill-macro-2;
#X obj 300 160 print shown macro;
#X obj 300 190 r distill-osc;
#X obj 300 220 oscparse;
#X obj 300 250 print said;
#X obj 400 10 r distill-says-1;
#X obj 400 40 print says 1;
#X obj 400 70 r distill-says-2;
#X obj 400 100 print says 2;
#X obj 400 130 r distill-load;
#X obj 400 160 print shown load;
#X connect 0 0 1 0;
#X connect 1 0 3 0;
#X connect 1 1 2 0;
#X connect 2 0 5 1;
#X connect 3 1 4 0;
#X connect 4 0 5 0;
#X connect 6 0 7 0;
#X connect 8 0 9 0;
#X connect 10 0 11 0;
#X connect 12 0 13 0;
#X connect 14 0 15 0;
#X connect 15 0 16 0;
#X connect 17 0 18 0;
#X connect 19 0 20 0;
#X connect 21 0 22 0;
#X obj 400 190 r distill-map-in;
#X obj 400 220 print shown map;
#X connect 23 0 24 0;
"""
"""A patch of somebody else's: passes on what it is told over TCP, and prints what it hears."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_pure_data_patch_plays_and_shows(model: Path, tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "test.pd").write_text(PD_TEST.replace("PORT", str(port)))
    words = ["pd", "-nogui", "-nosound", "-nomidi", "-noprefs", "-stderr"]
    words += ["-open", str(PATCHES / "puredata" / "distill.pd"), "-open", str(tmp_path / "test.pd")]
    with (
        instrument(model, tmp_path) as live,
        Client(live.port) as other,
        running(words, tmp_path) as pd,
    ):
        connections: list[socket.socket] = []

        def listening() -> bool:
            try:
                connections.append(socket.create_connection(("127.0.0.1", port)))
            except ConnectionRefusedError:
                return False
            return True

        wait_until(listening, "Pure Data's start")
        with connections[0] as tcp:

            def do(text: str) -> None:
                tcp.sendall(f"{text};\n".encode())

            do(f"distill-port {live.port}")
            do("distill-connect 1")
            pd.wait_for("heard: done /distill/notify subscribed")
            pd.wait_for("shown axis: label brightness")
            pd.wait_for(f"heard: axis end {len(AXES)}")

            pd.wait_for(r"shown load: \d+$")

            do("distill-preset-name symbol none")
            do("distill-preset-recall bang")
            pd.wait_for(r"says 1: label no\\? preset")
            do("distill-says symbol " + "x" * 150)
            pd.wait_for(f"says 1: label {'x' * 112}$")
            pd.wait_for(f"says 2: label {'x' * 38}$")

            do("distill-axis-1 0.5")
            wait_for_value(live, "/axis/brightness", 0.5)
            do("distill-macro-2 0.25")
            wait_for_value(live, "/macro/2", 0.25)
            do("distill-map-x 0.25")
            do("distill-map-y 0.75")
            wait_for_value(live, "/map", 0.25, 0.75)
            do("distill-goto-glide 0")
            do("distill-corpus-pick 2")
            do("distill-goto bang")
            wait_for_value(live, "/latent", *map(float, tiny_bundle().landmark_latents[2]))
            mark = tiny_bundle().landmarks[2]

            def at_landmark() -> bool:
                last = [line for line in list(pd.lines) if line.startswith("shown map: ")][-1]
                place = list(map(float, last.split()[-2:]))
                return place == pytest.approx([mark.x, mark.y], abs=1e-4)

            wait_until(at_landmark, "the point on its landmark")
            do("distill-freeze 1")
            wait_for_value(live, "/freeze", 1)

            do("distill-pitch-number 7")
            wait_for_value(live, "/pitch", 7)
            loud_db = level_db(pd)
            do("distill-gain -30")
            wait_for_value(live, "/gain", -30)
            do("distill-preset-name symbol evening")
            do("distill-preset-store bang")
            pd.wait_for("heard: preset info 0 evening")
            wait_until(lambda: level_db(pd) < loud_db - 10, "a lower level")

            said = len([line for line in pd.lines if line.startswith("said: ")])
            other.send("/gain", -12.0)
            other.send("/macro/2", 0.75)
            other.send("/axis/brightness", -0.5)
            pd.wait_for("shown gain: set -12$")
            pd.wait_for("shown macro: set 0.75$")
            pd.wait_for("shown axis: set -0.5$")
            other.sync()
            echoes = [line for line in pd.lines if line.startswith("said: ")][said:]
            assert not [line for line in echoes if "status" not in line]

            other.send("/preset/store", "another")
            pd.wait_for("heard: preset info 1 another")
            forget(live, other)
            again = "heard: done /distill/notify subscribed"
            wait_until(lambda: len([line for line in pd.lines if again in line]) == 2, "again")

            do("distill-gesture-name symbol wave")
            do("distill-gesture-record bang")
            pd.wait_for("heard: gesture recording wave")
            do("distill-macro-2 0.5")
            wait_for_value(live, "/macro/2", 0.5)
            do("distill-gesture-stop bang")
            pd.wait_for("heard: gesture info 0 wave")
            do("distill-gesture-play bang")
            pd.wait_for("heard: gesture playing wave")
            pd.wait_for("heard: model info 1 tiny 1 ready")
            do("distill-model-1 0.75")
            wait_until(lambda: weight(live) == 0.75, "the model's weight")

            do("distill-preset-morph 0")
            do("distill-preset-recall bang")
            wait_for_value(live, "/gain", -30)
            do("distill-panic bang")
            wait_for_value(live, "/play", 0)
            pd.wait_for("heard: play 0")
            do("distill-connect 0")
            other.sync()
            wait_until(lambda: "said: list distill notify 0" in pd.lines, "goodbye")
            prove_address(lambda to: do(f"distill-port {to}; distill-connect 1"))
        assert not [line for line in pd.lines if "error" in line]


SC_TEST = r"""
"PATCH".load;
OSCdef(\code, { |message| message[1].asString.interpret }, "/distill/code").fix;
{ "language at %".format(NetAddr.langPort).postln }.defer(1);
"""
"""Evaluates what it is told over OSC."""


def test_the_supercollider_patch_plays_and_shows(model: Path, tmp_path: Path) -> None:
    patch = PATCHES / "supercollider" / "distill.scd"
    (tmp_path / "test.scd").write_text(SC_TEST.replace("PATCH", str(patch)))
    words = ["sclang", "-D", str(tmp_path / "test.scd")]
    with (
        ExitStack() as stack,
        instrument(model, tmp_path) as live,
        Client(live.port) as other,
        running(
            words,
            tmp_path,
            QTWEBENGINE_DISABLE_SANDBOX="1",
            QT_QPA_PLATFORM="offscreen",
            HOME=str(tmp_path),
            XDG_RUNTIME_DIR=str(tmp_path),
        ) as sc,
    ):
        language_port = int(sc.wait_for(r"language at (\d+)")[1])
        language = stack.enter_context(Client(language_port))

        def do(code: str) -> None:
            language.send("/code", code)

        do('~distill.heard = { |path, args| ("heard:" + path + args.join($ )).postln }')
        place = "~distill.views.connect.absoluteBounds, ~distill.window.bounds"
        where = '{ ("at " ++ NUMBER ++ ": " ++ [PLACE]).postln }.defer(0.5)'.replace("PLACE", place)
        do(where.replace("NUMBER", "1"))
        before = sc.wait_for(r"^at 1: (.*)")[1]
        do('{ ~distill.controls["/pitch"].value.postln }.defer')
        sc.wait_for(r"^0\.5$")
        do(f'~distill.connect("127.0.0.1", {live.port})')
        sc.wait_for("heard: /done /distill/notify subscribed")
        sc.wait_for(f"heard: /axis/end {len(AXES)}")
        do(f'~distill.recall("{"x" * 150}")')
        sc.wait_for("heard: /fail")
        do(where.replace("NUMBER", "2"))
        assert sc.wait_for(r"^at 2: (.*)")[1] == before, "nothing moves under the pointer"

        do('{ ~distill.controls["/axis/brightness"].valueAction = 0.75 }.defer')
        wait_for_value(live, "/axis/brightness", 0.5)
        do("~distill.axis(\\noisiness, 0.5, 0)")
        wait_for_value(live, "/axis/noisiness", 0.5)
        do("~distill.macro(2, 0.25)")
        wait_for_value(live, "/macro/2", 0.25)
        do('{ ~distill.controls["/map"].activex = 0.25 }.defer')
        wait_for_value(live, "/map", 0.25, 0.5)
        do("~distill.landmark(2, 0)")
        wait_for_value(live, "/latent", *map(float, tiny_bundle().landmark_latents[2]))
        mark = tiny_bundle().landmarks[2]
        do('{ ["point", ~distill.controls["/map"].x, ~distill.controls["/map"].y].postln }.defer')
        point = sc.wait_for(r"point, (\S+), (\S+) \]")
        assert [float(point[1]), float(point[2])] == pytest.approx([mark.x, mark.y], abs=1e-5)
        draw = "var marks = ~distill.views.marks, draw = marks.drawFunc;"
        draw += 'marks.drawFunc = { |view| draw.(view); "painted".postln }; marks.refresh'
        do(f"{{ {draw} }}.defer")
        sc.wait_for("^painted$")
        do('{ ~distill.controls["/freeze"].valueAction = 1 }.defer')
        wait_for_value(live, "/freeze", 1)
        loud_db = level_db(sc)
        do('~distill.say("/gain", -30)')
        wait_for_value(live, "/gain", -30)
        do('~distill.store("evening")')
        sc.wait_for("heard: /preset/info 0 evening")
        wait_until(lambda: level_db(sc) < loud_db - 10, "a lower level")

        do("CmdPeriod.run")
        live.send("/notify", 1)
        live.receive_until("/done")
        other.send("/gain", -42.0)
        other.send("/macro/2", 0.75)
        sc.wait_for("heard: /macro/2 0.75")
        other.sync()
        show = '{ ["gain", "macro/2"].collect { |name| ~distill.controls["/" ++ name].value }'
        do(f"{show}.join($ ).postln }}.defer(0.2)")
        sc.wait_for(r"^0.5 0.75$")
        told = [live.receive(), live.receive()]
        assert sorted(told) == [("/gain", (-42.0,)), ("/macro/2", (0.75,))]
        live.sync()  # and nothing that the window would have sent back

        do("~distill.keyMode(\\pitch)")
        wait_until(lambda: other.ask("/keys") == ("pitch",), "what keys play")
        other.send("/preset/store", "another")
        sc.wait_for("heard: /preset/info 1 another")
        forget(live, other)
        again = "heard: /done /distill/notify subscribed"
        wait_until(lambda: len([line for line in sc.lines if again in line]) == 2, "again")

        do('~distill.record("wave")')
        sc.wait_for("heard: /gesture/recording wave")
        do("~distill.macro(2, 0.5)")
        wait_for_value(other, "/macro/2", 0.5)
        do("~distill.stopGesture")
        sc.wait_for("heard: /gesture/info 0 wave")
        do('~distill.gesture("wave")')
        sc.wait_for("heard: /gesture/playing wave")
        sc.wait_for("heard: /model/info 1 tiny 1.0 ready")
        do("~distill.weigh(1, 0.75)")
        wait_until(lambda: weight(other) == 0.75, "the model's weight")

        do("~distill.link(3)")
        wait_for_value(other, "/clock/bar", 3)
        do("~distill.linkClock.tempo = 1.6")
        wait_for_value(other, "/clock/tempo", 96)
        do("~distill.unlink")
        other.send("/clock/tempo", 90.0)
        do('~distill.recall("evening", 0)')
        wait_for_value(other, "/gain", -30)
        do("~distill.silence")
        sc.wait_for("heard: /play 0")
        other.send("/dump", 1)
        other.sync()
        do("~distill.leave")
        while "/distill/notify 0" not in live.wait_for_line("127.0.0.1"):
            pass
        prove_address(lambda to: do(f'~distill.connect("127.0.0.1", {to})'), language_port)
        assert not [line for line in sc.lines if "ERROR" in line or "pseudo-method" in line]
