"""Run a long session with everything in use; check memory, descriptors, threads and underruns.

    python tests/bench/soak.py [--minutes 60] [--cycle 60] [--block 256] [--model x] [--ordinary]
                                [--no-page] [--json]

Needs Linux, jackd, the PortAudio library and JACK-Client; MIDI is played if the extra [midi] is
installed, the page if Chromium and Playwright are. The instrument plays two copies of the model
into jackd's dummy driver, and hears a render of the model at its input.

A *cycle* has four parts: the other copy is loaded while a take begins and the input pulls the
point; a preset is recalled as a morph, and the input and clients play notes; recordings play as
paths under chords, on the beat; another preset is recalled, a gesture recorded and played, and the
input followed in full. Meanwhile latents, axes and other controls move 200 times a second, MIDI
knobs and keys play along with a MIDI clock, two clients are subscribed to everything, with meters
20 times a second, and a browser listens to the instrument and plays it by its page.

At the end of each cycle, memory (resident, without shared), descriptors and threads of every
process are recorded, and the page's heap after a collection of garbage. *Growth* compares the end
with five minutes after the start, or with the end of the first cycle in a shorter run. Shared
memory has its own row: the session log fills up to a limit. An underrun is *explained* if the
machine paused (`pauses`) for longer than the ring's margin (`stress`) within 20 ms before it was
counted; for each other one, `hops` names the cause. At the end, remaining processes and files in
/dev/shm are listed. `--ordinary` runs without real-time priority.
"""

import argparse
import json
import re
import shutil
import signal
import sys
import time
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from hops import CounterReader, HopWatch, Underrun, family
from pauses import PauseMonitor
from performers import ChordPlayer, InputPlayer, MidiPlayer, PagePlayer, PageState, Subscriber
from stress import DEMO, STATUS_S, Status, changes, margin_s, pour
from support.instrument import Instrument
from support.jack_server import JackServer
from support.midi_box import BACKEND, Box
from support.processes import alive

Answers = list[tuple[str, tuple[Any, ...]]]

MESSAGES_PER_S = 200
WARM_S = 300.0
NAMES = ("first", "second")

MOVES_THE_POINT = (b"/axis/", b"/latent/", b"/position")
"""In datagrams that end a path."""


class Sample(NamedTuple):
    """Resources of a process at one moment."""

    memory_mb: float
    shared_mb: float
    descriptors: int
    threads: int


def sample(pid: int) -> Sample:
    """Resources of a process now."""
    status = Path(f"/proc/{pid}/status").read_text()
    facts = dict(re.findall(r"^(\w+):\s+(\d+)", status, re.MULTILINE))
    own_kb = int(facts["RssAnon"]) + int(facts["RssFile"])
    return Sample(
        own_kb / 1024,
        int(facts["RssShmem"]) / 1024,
        len(list(Path(f"/proc/{pid}/fd").iterdir())),
        int(facts["Threads"]),
    )


def shared_memory() -> set[str]:
    """Files in /dev/shm that are not the JACK server's."""
    return {p.name for p in Path("/dev/shm").iterdir() if not p.name.startswith("jack")}


class Soak:
    """Running session.

    Parameters
    ----------
    live
        Instrument.
    datagrams
        Datagrams that are sent repeatedly.
    page, midi
        Browser and MIDI controller; None without one.
    """

    def __init__(
        self,
        live: Instrument,
        datagrams: list[bytes],
        page: PagePlayer | None,
        midi: MidiPlayer | None,
    ) -> None:
        self.live = live
        self.answers: list[Status] = []
        self.samples: list[dict[str, Sample]] = []
        self.pages: list[PageState] = []
        self.seen: dict[int, str] = {}
        self.sent = self.paths = 0
        self.refused: list[str] = []
        self.begun_s: list[float] = []
        self._counters = CounterReader(live.process.pid)
        self._page = page
        self._hands = [one for one in (page, midi) if one is not None]
        self._datagrams = datagrams
        self._still = [one for one in datagrams if not any(path in one for path in MOVES_THE_POINT)]
        for name, axis in (("low", -1.0), ("high", 1.0)):
            for message in datagrams[:200]:
                live.send_packet(message)
            live.send("/gain", -6.0 + axis)
            live.ask("/preset/store", name, reply="/done")

    def cycle(self, number: int, seconds: float) -> None:
        """Run one cycle; sample at its end."""
        live = self.live
        part_s = seconds / 4
        self.begun_s.append(time.perf_counter())
        self._say(("/model/load", 1, NAMES[number % 2]), ("/record", 1, f"take {number}"))
        self._say(("/keys", "off"), ("/input/follow", 0.5), ("/input/thru", 0.2))
        self._play(part_s)
        self._say(("/preset/recall", "high", 0.8 * part_s), ("/input/follow", 0.0))
        self._say(("/keys", "places"), ("/input/notes", 2))
        self._play(part_s)
        heard = self._wait_for_models()  # a path ends with its model
        self._say(("/input/notes", 0), ("/input/freeze", 1), ("/keys", "pitch"))
        self._say(("/clock/quantise", 1.0), ("/path/loop", 1), ("/path/play", 0))
        self._play(part_s, still=True)
        self.paths += bool(self._counters.read().path_recording)
        self._say(("/path/stop",), ("/clock/quantise", 0.0), ("/input/freeze", 0))
        self._say(("/preset/recall", "low", 0.4 * part_s), ("/keys", "tuned"))
        self._say(("/input/follow", 1.0), ("/gesture/record", "swell"))
        self._play(0.5 * part_s)
        self._say(("/gesture/stop",), ("/gesture/play", "swell"))
        self._play(0.5 * part_s)
        self._say(("/gesture/stop",), ("/gesture/delete", "swell"), ("/record", 0))
        self._settle(number, heard)
        self.seen |= (there := family(live.process.pid))
        self.samples.append({name: sample(pid) for pid, name in there.items()})
        if self._page is not None:
            self.pages.append(self._page.measure())

    def _say(self, *messages: tuple[float | int | str, ...]) -> None:
        for path, *values in messages:
            self.live.send(str(path), *values)

    def _play(self, seconds: float, *, still: bool = False) -> None:
        for hand in self._hands:
            hand.moves_the_point = not still
        datagrams = self._still if still else self._datagrams
        sent, answers = pour(self.live.port, datagrams, MESSAGES_PER_S, seconds)
        self.sent += sent
        self.answers += answers
        self.seen |= family(self.live.process.pid)

    def _wait_for_models(self) -> Answers:
        """Wait until no model is loaded or fades; what was told meanwhile."""
        heard: Answers = []
        states = {"loading"}
        while states != {"ready"}:
            time.sleep(0.1)
            self.live.send("/model/list")
            heard += (told := self.live.receive_until("/model/end"))
            states = {values[3] for path, values in told if path == "/model/info"}
        return heard

    def _settle(self, number: int, heard: Answers) -> None:
        """Wait until models are there and the take is complete; collect failures."""
        heard += self._wait_for_models()
        while self.live.has_child("recorder"):
            time.sleep(0.1)
        self.live.send("/sync", number)
        heard += self.live.receive_until("/synced")
        self.refused += [f"{number}: {values}" for path, values in heard if path == "/fail"]

    def describe(
        self, underruns: list[Underrun], monitor: PauseMonitor, margin: float
    ) -> list[dict[str, object]]:
        """Underruns: cycle, seconds into it, number, pause of the machine in ms, cause, steps."""
        found: list[dict[str, object]] = []
        for one in underruns:
            before_s, after_s = one.steps[-2].at_s, one.steps[-1].at_s
            cycle = sum(begun_s <= after_s for begun_s in self.begun_s)
            paused = monitor.within(before_s - STATUS_S, after_s)
            pause_s = max((end - start for start, end in paused), default=0.0)
            found.append(
                {
                    "cycle": cycle,
                    "after_s": round(after_s - self.begun_s[cycle - 1], 3) if cycle else None,
                    "underruns": one.count,
                    "pause_ms": 1e3 * pause_s,
                    "explained": pause_s > margin,
                    "cause": one.cause(),
                    "steps": [step._asdict() for step in one.steps],
                }
            )
        return found


def growth(samples: list[dict[str, Sample]], warm: int) -> dict[str, dict[str, float]]:
    """By process: resources when warm and at the end."""
    first, last = samples[warm], samples[-1]
    return {
        name: {
            "warm_mb": first[name].memory_mb,
            "end_mb": now.memory_mb,
            "growth_percent": 100 * (now.memory_mb / first[name].memory_mb - 1),
            "shared_mb": now.shared_mb,
            "descriptors_warm": first[name].descriptors,
            "descriptors": now.descriptors,
            "threads_warm": first[name].threads,
            "threads": now.threads,
        }
        for name, now in last.items()
        if name in first
    }


def heap_growth(pages: list[PageState], warm: int) -> dict[str, float] | None:
    """The page's heap, nodes and listeners when warm and at the end; None without a page."""
    if not pages:
        return None
    first, last = pages[warm], pages[-1]
    found = {f"{name}_warm": float(value) for name, value in first._asdict().items()}
    found |= {name: float(value) for name, value in last._asdict().items()}
    return found | {"growth_percent": 100 * (last.heap_mb / first.heap_mb - 1)}


def measure(
    model: Path, minutes: float, cycle_s: float, block: int, *, real_time: bool, with_page: bool
) -> dict[str, object]:
    """Run the session and return all figures."""
    datagrams = changes(model)
    shared_before = shared_memory()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        models = folder / "distill-live" / "models"
        models.mkdir(parents=True)
        for name in NAMES:
            shutil.copy(model, models / f"{name}.distill")
        server = stack.enter_context(JackServer(period_frames=block, real_time=real_time))
        server.wait_until_ready()
        music = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        environment = {**server.environment, **music, "XDG_MUSIC_DIR": str(folder), **BACKEND}
        options = ["--block", str(block), "--set", "/model/fade 1"]
        options += ["--http-port", "0", "--input", "default"]
        midi = find_spec("rtmidi") is not None and find_spec("mido") is not None
        if midi:
            box = stack.enter_context(Box(server, "soak"))
            options += ["--midi", "soak"]
        live = stack.enter_context(
            Instrument(models / "first.distill", *options, environment=environment)
        )
        watch = HopWatch(live.process.pid, {server.pid: "jackd"})
        with ExitStack() as others:
            others.enter_context(InputPlayer(server, model))
            without = PagePlayer.missing() if with_page else "--no-page"
            page = None
            if without is None:
                origin = f"http://127.0.0.1:{live.listening_at('Page')}"
                page = others.enter_context(PagePlayer(origin))
            player = others.enter_context(MidiPlayer(box)) if midi else None
            soak = Soak(live, datagrams, page, player)
            monitor = others.enter_context(PauseMonitor())
            others.enter_context(watch)
            others.enter_context(ChordPlayer(live.port))
            subscribers = [others.enter_context(Subscriber(live.port)) for _ in range(2)]
            begun_s = time.perf_counter()
            takes = folder / "Distill Live"
            for number in range(max(2, round(60 * minutes / cycle_s))):
                soak.cycle(number + 1, cycle_s)
                shutil.rmtree(takes, ignore_errors=True)
                print(f"cycle {number + 1}: {soak.answers[-1][2]} underruns", file=sys.stderr)
            ran_s = time.perf_counter() - begun_s
        status = live.end(signal.SIGINT)
        time.sleep(1.0)
        left = [name for pid, name in soak.seen.items() if alive(pid)]
    warm = min(round(WARM_S / cycle_s), len(soak.samples) - 1) - 1 if ran_s > WARM_S else 0
    load = sum(answer[1] for answer in soak.answers) / len(soak.answers)
    margin = margin_s(load, model, block)
    when = soak.describe(watch.underruns, monitor, margin)
    total, why = (
        sum(int(str(one["underruns"])) for one in when if one["explained"] or not only)
        for only in (False, True)
    )
    ended = [line for line in live.lines if "process ended" in line or "nternal error" in line]
    return {
        "minutes": ran_s / 60,
        "cycles": len(soak.samples),
        "swaps": sum(line.startswith("Model   slot") for line in live.lines),
        "takes": sum(line.startswith("Recorded") for line in live.lines),
        "paths": soak.paths,
        "midi": midi,
        "page": "open" if without is None else f"left out: {without}",
        "page_problems": [] if page is None else page.problems,
        "messages": soak.sent,
        "told_to_subscribers": [subscriber.heard for subscriber in subscribers],
        "refused": soak.refused,
        "underruns": total,
        "explained": why,
        "unexplained": total - why,
        "causes": [one["cause"] for one in when if not one["explained"]],
        "when": when,
        "load": load,
        "margin_ms": 1e3 * margin,
        "pauses": len(monitor.pauses),
        "longest_pause_ms": 1e3 * max((b - a for a, b in monitor.pauses), default=0.0),
        "real_time_monitor": monitor.real_time,
        "heap": heap_growth(soak.pages, warm),
        "processes": growth(soak.samples, warm),
        "memory_mb": {
            name: [round(one[name].memory_mb, 2) for one in soak.samples if name in one]
            for name in soak.samples[-1]
        },
        "heap_mb": [round(one.heap_mb, 2) for one in soak.pages],
        "unexpected_lines": ended,
        "status": status,
        "processes_left": left,
        "shared_memory_left": sorted(shared_memory() - shared_before),
        "summary": [line for line in live.lines if line.startswith("Ended")],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--cycle", type=float, default=60.0, help="seconds of a cycle")
    parser.add_argument("--block", type=int, default=256)
    parser.add_argument("--model", type=Path, default=DEMO)
    parser.add_argument("--ordinary", action="store_true", help="without real-time priority")
    parser.add_argument("--no-page", action="store_true", help="without a browser")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    figures = measure(
        options.model,
        options.minutes,
        options.cycle,
        options.block,
        real_time=not options.ordinary,
        with_page=not options.no_page,
    )
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    processes = figures.pop("processes")
    for one in ("memory_mb", "heap_mb", "when"):
        del figures[one]
    for name, figure in figures.items():
        shown = f"{figure:.3f}" if isinstance(figure, float) else str(figure)
        print(f"{name.replace('_', ' '):22} {shown}")
    assert isinstance(processes, dict)
    for name, facts in processes.items():
        shown = ", ".join(f"{what.replace('_', ' ')} {value:.4g}" for what, value in facts.items())
        print(f"{name:22} {shown}")


if __name__ == "__main__":
    main()
