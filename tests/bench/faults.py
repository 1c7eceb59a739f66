"""Inject faults into a running instrument with everything in use; check that it recovers.

    python tests/bench/faults.py [--kills 50] [--loads 200] [--seconds 10] [--model x] [--json]

Needs Linux and jackd; MIDI, the page and the full disk (which needs root to mount one) are left out
where they are missing. The instrument plays into jackd's dummy driver, and all of `performers` play
it. One after the other: synthesis is killed every 3.5 s; each process is stopped for two seconds,
then everything, the audio server and the browser included, as in a laptop that sleeps; input and
analysis are killed, and analysis gets a quarter of its time while the input is followed; the disk
of the user's folder, of 128 MB, is full for takes, presets, gestures, imported models and renders;
clocks jump; the browser is killed while it holds a key; the JACK server is killed and restarted
five times. Then, without the performers, a client sends 50,000 messages a second; a model is loaded
while its file is replaced and truncated; 16 clients subscribe and vanish, and another one
subscribes a minute later. After each fault the instrument must answer and sound, or this ends in an
error. `tests/support/faults.py` implements the faults.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from performers import ChordPlayer, InputPlayer, MidiPlayer, PagePlayer, Subscriber
from support import faults
from support.instrument import Client, Instrument, wait_until
from support.jack_server import JackServer
from support.midi_box import BACKEND, Box
from support.processes import kill, user_folders

from distill_live.osc.subscribers import MAX_SUBSCRIBERS, SILENCE_LIMIT_S

DEMO = Path(__file__).parents[2] / "models" / "demo.distill"
KILLS_APART_S = 3.5
"""Interval of kills; four within ten seconds end the session by design."""

SERVERS, FLOOD_PER_S, DISK = 5, 50_000, "128m"

SLEEP_S = 5.0

FALL_S = 10.0
"""Time in which a meter falls to silence."""


def kills(live: Instrument, count: int) -> dict[str, float]:
    """Kill synthesis repeatedly."""
    took_s = []
    for number in range(count):
        try:
            took_s.append(faults.kill_synthesis(live, -3.0 - number % 10))
        except TimeoutError:
            sys.exit(f"no answer after kill {number + 1}: {live.lines[-5:]}")
        time.sleep(KILLS_APART_S)
    faults.assert_plays(live)
    return {
        "kills": count,
        "back_after_ms_median": 1e3 * float(np.median(took_s)),
        "back_after_ms_longest": 1e3 * max(took_s),
    }


def pauses(live: Instrument, others: list[int]) -> dict[str, float]:
    """Stop each process for two seconds, then all of them, and `others`, for five.

    Audio and input may be replaced: the audio server can give up a client that stands still.
    """
    live.ask("/record", 1, "paused", reply="/done")
    kept = ["synthesis", "analysis", "recorder"]
    kept += ["bridge"] if live.has_child("bridge") else []
    names = ["audio", "input", *kept]
    children = {name: live.child(name) for name in kept}

    def pause(seconds: float, *pids: int) -> None:
        faults.pause(pids, seconds)
        faults.assert_plays(live)
        wait_until(lambda: all(map(live.has_child, names)), "all processes")

    for name in names:
        pause(2.0, live.child(name))
    pause(2.0, live.process.pid)
    pause(SLEEP_S, *map(live.child, names), live.process.pid, *others)
    assert {name: live.child(name) for name in kept} == children
    live.ask("/record", 0, reply="/done")
    return {"pauses": len(names) + 1, "asleep_s": SLEEP_S}


def inputs(live: Instrument, player: InputPlayer) -> dict[str, float]:
    """Kill input and analysis; let analysis have a quarter of its time while it is followed."""

    def opened() -> int:
        return sum(line.startswith("Input ") for line in live.lines)

    before = opened()
    kill(live.child("input"))
    wait_until(lambda: opened() > before, "an input that is opened again")
    player.connect()
    faults.assert_hears(live)
    analysis = live.child("analysis")
    kill(analysis)
    wait_until(lambda: live.has_child("analysis"), "a new analysis")
    wait_until(lambda: live.child("analysis") != analysis, "another analysis")
    faults.assert_hears(live)
    live.send("/input/follow", 1.0)
    for _ in range(25):
        faults.pause([live.child("analysis")], 0.15)
        time.sleep(0.05)
        live.sync()
    faults.assert_hears(live)
    faults.assert_plays(live)
    live.send("/input/follow", 0.0)
    return {"input_killed": 1, "analysis_killed": 1, "slow_encoder_s": 5.0}


def servers(live: Instrument, server: JackServer, model: Path) -> dict[str, float]:
    """Kill the JACK server and start another one of its name, repeatedly."""
    took_s = []
    with ExitStack() as stack:
        for _ in range(SERVERS):
            server.stop(signal.SIGKILL)
            live.wait_for_line("Output  null output")
            faults.assert_plays(live)
            begun_s = time.perf_counter()
            server = stack.enter_context(JackServer(period_frames=512, name=server.name))
            live.wait_for_line("Output  system")
            took_s.append(time.perf_counter() - begun_s)
            faults.assert_plays(live)
        with InputPlayer(server, model):
            faults.assert_hears(live)
    return {"servers_killed": SERVERS, "device_found_after_s_longest": max(took_s)}


def browsers(live: Instrument, page: PagePlayer) -> dict[str, float]:
    """Kill the browser while it holds a key, whose note ends."""
    live.send("/keys", "pitch")
    page.hold_a_key()
    time.sleep(FALL_S)
    faults.assert_plays(live)
    page.kill()
    faults.assert_falls_silent(live)
    live.send("/keys", "off")
    faults.assert_plays(live)
    return {"browsers_killed": 1}


def full_disk(live: Instrument, folder: Path, model: Path) -> dict[str, str]:
    """Fill the user's disk; store in each place that writes, then once more with room again."""

    def record(name: str) -> None:
        live.ask("/gesture/record", name, reply="/done")
        live.send("/gain", -3.0)

    live.ask("/preset/store", "before", reply="/done")
    record("before")
    live.ask("/gesture/stop", reply="/done")
    live.ask("/record", 1, "full", reply="/done")
    record("full")
    filler = folder / "filler"
    faults.fill_disk(filler)
    said = {"take": live.wait_for_line("Recording stopped").partition(";")[0]}
    said["preset"] = live.ask("/preset/store", "full", reply="/fail")[2]
    said["gesture"] = live.ask("/gesture/stop", reply="/fail")[2]
    wait_until(lambda: not live.has_child("recorder"), "the end of the recorder")
    said["begun take"] = live.ask("/record", 1, "another", reply="/fail")[2]
    faults.assert_plays(live)
    for name, words in (
        ("import", ("import", str(model), "--as", "another")),
        ("render", ("render", "--model", str(model), "--seconds", "5", "--out", f"{folder}/x.wav")),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "distill_live", *words],
            env=os.environ | user_folders(folder),
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 1, done
        said[name] = done.stderr.strip()
    assert not any("\n" in one for one in said.values()), said
    filler.unlink()
    for one in ("before", "full"):
        live.ask("/preset/store", one, reply="/done")
        record(one)
        live.ask("/gesture/stop", reply="/done")
    live.ask("/preset/recall", "before", reply="/done")
    live.ask("/gesture/play", "before", reply="/done")
    left = [path.name for path in folder.rglob("*") if path.is_file()]
    assert not any("another" in name or "x.wav" in name for name in left), left
    faults.assert_plays(live)
    return {f"full_disk_{name.replace(' ', '_')}": one for name, one in said.items()}


def clocks(live: Instrument) -> dict[str, float]:
    """Send time tags of wrong clocks."""
    for number, jump_s in enumerate(10 * faults.JUMPS_S):
        faults.jump_clock(live, jump_s, -1.0 - number % 7)
    faults.assert_plays(live)
    return {"clock_jumps": 10 * len(faults.JUMPS_S)}


def subscribers(live: Instrument, clients: int) -> dict[str, float]:
    """Let all subscribers vanish; check that another one can subscribe a minute later."""
    faults.subscribe_and_vanish(live, clients)
    assert live.ask("/notify", 1, reply="/fail")[1] == "full"
    faults_until_s = time.perf_counter() + SILENCE_LIMIT_S + 1
    while time.perf_counter() < faults_until_s:
        live.sync()
        time.sleep(1)
    with Client(live.port) as late:
        late.ask("/notify", 1, reply="/done")
    faults.assert_plays(live)
    return {"vanished_subscribers": clients}


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of `DISK` at a folder; whether that is permitted."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(folder)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def measure(options: argparse.Namespace) -> dict[str, object]:
    """Inject all faults."""
    figures: dict[str, object] = {}

    def work(step: str, function: Callable[[], dict[str, float] | dict[str, str]]) -> None:
        begun_s = time.perf_counter()
        figures.update(function())
        print(f"{step}: {time.perf_counter() - begun_s:.0f} s", file=sys.stderr)

    with TemporaryDirectory() as name, ExitStack() as stack:
        folder, model = Path(name), options.model
        mounted = stack.enter_context(small_disk(folder))
        models = folder / "distill-live" / "models"
        models.mkdir(parents=True)
        target = Path(shutil.copy(model, models / "changing.distill"))
        whole = target.read_bytes()
        server = stack.enter_context(JackServer(period_frames=512))
        server.wait_until_ready()
        midi = find_spec("rtmidi") is not None and find_spec("mido") is not None
        words = ["--http-port", "0", "--input", "default", *(("--midi", "faults") if midi else ())]
        box = stack.enter_context(Box(server, "faults")) if midi else None
        environment = server.environment | user_folders(folder) | BACKEND
        live = stack.enter_context(Instrument(model, *words, environment=environment))
        without = PagePlayer.missing()
        page = None
        with InputPlayer(server, model) as player, ExitStack() as playing:
            if without is None:
                origin = f"http://127.0.0.1:{live.listening_at('Page')}"
                page = playing.enter_context(PagePlayer(origin))
            with ExitStack() as others:
                if box is not None:
                    others.enter_context(MidiPlayer(box))
                others.enter_context(ChordPlayer(live.port))
                for _ in range(2):
                    others.enter_context(Subscriber(live.port))
                browser = [] if page is None else page.processes
                work("kills", lambda: kills(live, options.kills))
                work("pauses", lambda: pauses(live, [*browser, server.pid]))
                work("inputs", lambda: inputs(live, player))
                if mounted:
                    work("full disk", lambda: full_disk(live, folder, model))
                work("clocks", lambda: clocks(live))
            if page is not None:
                work("browser", lambda: browsers(live, page))
        work("servers", lambda: servers(live, server, model))
        rate, took_s = faults.flood(live, FLOOD_PER_S, options.seconds)
        faults.assert_plays(live)
        figures |= {"flood_per_s": rate, "answered_after_flood_ms": 1e3 * took_s}
        came, refused = faults.load_while_it_changes(
            live, target, [whole, whole[:-1] + b"\0"], options.loads, random.Random(1)
        )
        faults.assert_plays(live)
        figures |= {"loads": came, "loads_refused": refused}
        figures |= subscribers(live, MAX_SUBSCRIBERS - midi)  # the bridge is one
        figures["status"] = live.end(signal.SIGINT)
        figures["summary"] = live.lines[-1]
        figures["unexpected_lines"] = [line for line in live.lines if "nternal error" in line]
        figures["left_out"] = [
            what
            for what, there in (
                ("full disk: mount is not permitted", mounted),
                ("MIDI", midi),
                (f"page: {without}", without is None),
            )
            if not there
        ]
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--loads", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the flood")
    parser.add_argument("--model", type=Path, default=DEMO)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    figures = measure(options)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for name, figure in figures.items():
        shown = f"{figure:.1f}" if isinstance(figure, float) else str(figure)
        print(f"{name.replace('_', ' '):30} {shown}")


if __name__ == "__main__":
    main()
