"""Measure latency from an OSC message to the sound that it asks for.

    python tests/bench/latency.py [--moves 200] [--block 128] [--only NAME] [--json]
    python tests/bench/latency.py --parts       the known contributions alone, without jackd

Needs Linux, jackd, the PortAudio library and JACK-Client. The instrument plays into jackd's dummy
driver. Its model has a decoder of the usual size and two tones; a move from one to the other is a
step of ``/latent/000`` without a glide (`support/two_tones.py`), never twice the same. A move is
timed from just before its UDP packet is sent to a sample at the JACK port, captured by a second
client; a sample's time is that of its period's callback plus its position in the period. The cases
of notes time ``/note/on`` out of silence instead, another key each time.

The new tone's energy, in windows of 1.3 ms about each sample, is compared with its later mean:
*onset* is at 1 %, *half* at 50 %. *Jitter* is the range from the 5th to the 95th percentile of the
moves. *Net* excludes moves during which the machine paused (`pauses`), *raw* includes all.

Contributions: *decoding* what a head reads next, measured alone; *hop*, half a hop, the mean wait
for the next one; *ring*, one block, which plays before a new hop; *device*, one block, since a hop
is rendered when a block was taken and the next is a block away; *window*, from a hop's first sample
to half of the energy, from an offline render (a quarter of the synthesis window, and the limiter).
The rest is *arrival*, rendering, and waiting for a processor. A sound card adds its own buffers,
usually one block or two, which the dummy driver does not have.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from pauses import PauseMonitor, come_first
from support.instrument import Instrument
from support.jack_server import RATE_HZ, Capture, JackServer
from support.two_tones import LATENT, TONES_HZ, two_tones_bundle

from distill_live.bundle import Bundle, write_bundle
from distill_live.engine import Command, Engine, InlineDecoder
from distill_live.engine.decoding.decode_scheduler import PARTIAL_HOPS
from distill_live.spectrogram import LOW_LATENCY, STANDARD, SpectrogramSettings

Float64 = NDArray[np.float64]

WINDOW_SAMPLES = 64
"""One period of the lower tone, four of the other, so that neither leaks into the other."""

ONSET_SHARE, HALF_SHARE = 0.01, 0.5
SETTLE_S = 0.1
"""Pause between two moves, besides two frames."""

NOTE = len(TONES_HZ)
"""Index of the whole sound's energy."""

LAST_S = 0.02
"""Length of the end of a move's sound, for the tone's later mean."""

ALONE = ("--channels", "1", "--set", "/jitter 0")
SHORT = SpectrogramSettings(n_fft=1024, hop_samples=128, chunk_samples=12000, synthesis_samples=256)


@dataclass(frozen=True)
class Case:
    """Model and settings to measure."""

    name: str
    settings: SpectrogramSettings
    options: tuple[str, ...] = ()
    keys: str = "off"


MODES = ("pitch", "places", "tuned")
CASES = (
    Case("standard", STANDARD, ALONE),
    *(Case(f"standard, {keys}", STANDARD, ALONE, keys) for keys in MODES),
    Case("low-latency", LOW_LATENCY, ALONE),
    *(Case(f"low-latency, {keys}", LOW_LATENCY, ALONE, keys) for keys in MODES),
    Case("low-latency, as shipped", LOW_LATENCY),
    Case("1024/128", SHORT, ALONE),
)
ROOT, KEYS, OFF_S = 60, 6, 0.05
"""First key of the notes, their number (the model has as many landmarks), and their release."""

PITCHED = np.tile(np.array([-20.0, 900.0, -30.0, 750.0, 0.9, 1.5], np.float32), (KEYS, 1))
"""Landmark features: each has a pitch of 750 Hz."""


class TimedCapture(Capture):
    """JACK capture that records the time of each period."""

    def __init__(self, server: JackServer, seconds: float) -> None:
        self.periods: list[tuple[int, float]] = []  # first sample, monotonic seconds
        super().__init__(server, channels=1, seconds=seconds)

    def clear(self) -> None:
        super().clear()
        self.periods.clear()

    def _process(self, frames: int) -> None:
        self.periods.append((self._filled, time.perf_counter()))
        super()._process(frames)


def tone_energy(sound: Float64, hz: float) -> Float64:
    """Energy of a tone about each sample."""
    turning = sound * np.exp(-2j * np.pi * hz / RATE_HZ * np.arange(len(sound)))
    window = np.full(WINDOW_SAMPLES, 1 / WINDOW_SAMPLES)
    return np.abs(np.convolve(turning, window, mode="same")) ** 2


def first_over(energy: Float64, share: float) -> int:
    """Index of the first sample whose energy exceeds a share of the later mean."""
    limit = share * energy[-round(LAST_S * RATE_HZ) :].mean()
    return int(np.argmax(energy > limit))


class Recorded:
    """What a capture holds: the energy of both tones and of all, and the time of each sample.

    Parameters
    ----------
    capture
        One channel of the instrument.
    """

    def __init__(self, capture: TimedCapture) -> None:
        sound = capture.recorded[:, 0].astype(np.float64)
        window = np.full(WINDOW_SAMPLES, 1 / WINDOW_SAMPLES)
        self._energies = [tone_energy(sound, hz) for hz in TONES_HZ]
        self._energies.append(np.convolve(sound**2, window, mode="same"))
        self._starts = np.array([first for first, _ in capture.periods])
        self._clocks = [clock_s for _, clock_s in capture.periods]

    def heard_s(self, tone: int, sent_s: float, next_s: float) -> dict[str, float] | None:
        """Times of a move's onset and half on the monotonic clock; None if it was not captured.

        Parameters
        ----------
        tone
            Index of the tone that it begins; `NOTE` for any sound.
        sent_s, next_s
            Times of the move and of the next one.
        """
        first, last = (
            int(self._starts[np.searchsorted(self._clocks, t)]) for t in (sent_s, next_s)
        )
        if last - first < 0.5 * (next_s - sent_s) * RATE_HZ:  # the capture was held up
            return None
        energy = self._energies[tone][first:last]
        found = {}
        for name, share in (("onset", ONSET_SHARE), ("half", HALF_SHARE)):
            sample = first + first_over(energy, share)
            period = int(np.searchsorted(self._starts, sample, side="right")) - 1
            in_period_s = (sample - int(self._starts[period])) / RATE_HZ
            found[name] = self._clocks[period] + in_period_s
        return found


def play(
    bundle: Bundle, case: Case, moves: int, block: int, folder: Path
) -> tuple[dict[str, Float64], dict[str, int | bool]]:
    """Seconds from each move to its onset and half, whether the machine paused, and counts."""
    model = folder / "two-tones.distill"
    write_bundle(bundle, model)
    rng = np.random.default_rng(0)
    pause_s = SETTLE_S + 2 * case.settings.n_fft / RATE_HZ
    sent_s: list[float] = []
    ends_s: list[float] = []
    beginning = ("--set", "/glide 0", "--set", "/drift 0", "--set", "/latent/000 -4")
    options = (*beginning, "--block", str(block), *case.options, "--set", f"/keys {case.keys}")
    if case.keys != "off":
        options += ("--set", "/attack 0.001", "--set", f"/release {OFF_S}")
    with (
        JackServer(period_frames=block, real_time=True) as server,
        TimedCapture(server, seconds=10 + 4 * moves * (pause_s + OFF_S)) as capture,
        Instrument(model, *options, environment=server.environment) as live,
        PauseMonitor() as monitor,
    ):
        capture.connect()
        live.sync()
        time.sleep(1.0)
        capture.clear()
        capture.record(0.1)
        for move in range(moves + 1):
            if case.keys != "off":
                live.send("/note/release")
                time.sleep(pause_s + OFF_S)
            sent_s.append(time.perf_counter())
            if case.keys == "off":
                live.send("/latent/000", (1, -1)[move % 2] * float(rng.uniform(3.5, 4.0)))
            else:
                live.send("/note/on", float(ROOT + move % KEYS), 1.0)
            time.sleep(pause_s + float(rng.uniform(0, 2 * case.settings.hop_samples / RATE_HZ)))
            ends_s.append(time.perf_counter())
        live.sync()
        underruns = int(live.ask("/status", reply="/status.reply")[3])
        recorded = Recorded(capture)
        live.end(signal.SIGINT)
    found: dict[str, list[float]] = {"onset": [], "half": [], "paused": []}
    unheard = 0
    for move, (now_s, next_s) in enumerate(zip(sent_s[:-1], ends_s[:-1], strict=True)):
        tone = 1 - move % 2 if case.keys == "off" else NOTE
        heard_s = recorded.heard_s(tone, now_s, next_s)
        if heard_s is None:
            unheard += 1
            continue
        for name, time_s in heard_s.items():
            found[name].append(time_s - now_s)
        found["paused"].append(bool(monitor.within(now_s, heard_s["half"])))
    counts = {
        "underruns": underruns,
        "unheard": unheard,
        "real_time_monitor": monitor.real_time,
    }
    return {name: np.array(values) for name, values in found.items()}, counts


def parts_ms(bundle: Bundle, case: Case, block: int) -> dict[str, float]:
    """Known contributions to latency, in milliseconds."""
    decoder = InlineDecoder(bundle)
    rng = np.random.default_rng(0)
    times = []
    for _ in range(60):
        latent = rng.standard_normal(LATENT)
        start_s = time.perf_counter()
        decoder.decode(latent, (0, PARTIAL_HOPS + 2))
        times.append(time.perf_counter() - start_s)
    hop = case.settings.hop_samples
    engine = Engine(bundle, channels=1)
    at = RATE_HZ // hop * hop
    for command in (("/glide", 0.0), ("/jitter", 0.0), ("/latent/000", -4.0)):
        engine.apply(Command(command[0], command[1:]))
    engine.apply(Command("/latent/000", (4.0,), at))
    out = np.empty((at + RATE_HZ // 4, 1), np.float32)
    engine.render(out)
    energy = tone_energy(out[:, 0].astype(np.float64), TONES_HZ[1])[at:]
    samples = {"hop": hop / 2, "ring": block, "device": block}
    samples["window"] = first_over(energy, HALF_SHARE)
    known = {name: 1000 * count / RATE_HZ for name, count in samples.items()}
    return {"decoding": 1000 * float(np.median(times)), **known}


def spread(times_s: Float64) -> dict[str, float]:
    """Statistics of moves, in milliseconds."""
    p5, p50, p95, p99 = 1000 * np.percentile(times_s, [5, 50, 95, 99])
    return {"p50_ms": p50, "p99_ms": p99, "jitter_ms": p95 - p5, "moves": len(times_s)}


def measure(case: Case, moves: int, block: int, folder: Path) -> dict[str, Any]:
    """Measure one case."""
    bundle = replace(two_tones_bundle(case.settings), landmark_features=PITCHED)
    found, counts = play(bundle, case, moves, block, folder)
    figures: dict[str, Any] = {"case": asdict(case), "block": block, **counts}
    undisturbed = ~found["paused"].astype(bool)
    for name in ("onset", "half"):
        if undisturbed.any():
            figures[f"{name}_net"] = spread(found[name][undisturbed])
        figures[f"{name}_raw"] = spread(found[name])
    if case.keys == "off":
        parts = parts_ms(bundle, case, block)
        half_ms = 1000 * float(
            np.median(found["half"][undisturbed if undisturbed.any() else slice(None)])
        )
        figures["parts_ms"] = parts | {"arrival": half_ms - sum(parts.values())}
    return figures


def show(figures: dict) -> None:
    settings = figures["case"]["settings"]
    print(
        f"{figures['case']['name']}: {settings['n_fft']}/{settings['hop_samples']}, "
        f"block {figures['block']}, underruns {figures['underruns']}, unheard {figures['unheard']}"
    )
    for name in ("onset_net", "half_net", "onset_raw", "half_raw"):
        if name in figures:
            row = figures[name]
            print(
                f"  {name.replace('_', ', '):12} p50 {row['p50_ms']:6.1f} ms   p99 "
                f"{row['p99_ms']:6.1f}   jitter {row['jitter_ms']:5.1f}   moves {row['moves']}"
            )
    if "parts_ms" in figures:
        parts = ", ".join(f"{name} {ms:.1f}" for name, ms in figures["parts_ms"].items())
        print(f"  half, net, p50 = {parts}")


def show_parts(block: int, *, only: str | None, as_json: bool) -> None:
    """Print the known contributions of each case."""
    found = {
        case.name: parts_ms(two_tones_bundle(case.settings), case, block)
        for case in CASES
        if case.keys == "off" and only in (None, case.name)
    }
    if as_json:
        print(json.dumps(found, indent=2))
        return
    for name, parts in found.items():
        print(f"{name:26} " + ", ".join(f"{part} {ms:.1f}" for part, ms in parts.items()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--block", type=int, default=128, help="frames of an audio block")
    parser.add_argument("--only", choices=[case.name for case in CASES])
    parser.add_argument("--parts", action="store_true", help="only the known contributions")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if options.parts:
        show_parts(options.block, only=options.only, as_json=options.json)
        return
    come_first()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            if options.only in (None, case.name):
                results.append(measure(case, options.moves, options.block, Path(folder)))
                if not options.json:
                    show(results[-1])
    if options.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
