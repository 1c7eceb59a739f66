"""Measure delay from the input to the output, of the dry input and of what the input plays.

    python tests/bench/input_latency.py [--bursts 60] [--block 128] [--model MODEL] [--json]

Needs Linux, jackd, the PortAudio library and JACK-Client. One client of jackd's dummy driver plays
into the instrument's input and captures its output in the same periods, so that a delay is a number
of frames. The converters and buffers of a sound card come on top of it.

*Thru* is the delay of noise at ``/input/thru`` 1, each second; *range* its largest less its
smallest value. *Level* is from the beginning of a burst of noise to the tone that it raises:
without smoothing or glide, its level moves the model of ``tests/bench/latency.py`` from one tone
to another. The tone's *onset* is at 1 % of its later energy, *half* at 50 %.

*Follow*, of a trained MODEL with an encoder, is the delay at which rises of the output's level
agree best with those of its input: a render of the model that wanders, with ``/input/follow`` 1.
"""

import argparse
import json
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from latency import HALF_SHARE, ONSET_SHARE, first_over, tone_energy
from numpy.typing import NDArray
from pauses import come_first
from support.instrument import Instrument
from support.jack_server import RATE_HZ, JackServer, Probe
from support.two_tones import TONES_HZ, two_tones_bundle

from distill_live import load_model
from distill_live.addresses import INPUT_FEATURES
from distill_live.bundle import write_bundle
from distill_live.spectrogram import PROFILES

STILL = ("/jitter 0", "/glide 0", "/drift 0")
SILENT = ("/model/blend 1 0",)
UNMAPPED = [f"/input/unmap {feature}" for feature in INPUT_FEATURES]
MAPPED = ("/input/smooth 0", *UNMAPPED, "/input/map level latent/000 -12 12 linear")

FOLLOWING = ("/input/follow 1", *UNMAPPED)

FOLLOW_S = 20
"""Length of the sound that is followed."""

QUIET = 0.05
"""Level of the noise between bursts, which keeps the gate open."""

BURST_S = 0.4
"""Length of a burst, and of the pause after it."""

STEP_FRAMES = 16

MOST_S = 0.3
"""Largest delay looked for."""


def thru_frames(probe: Probe, seconds: int) -> list[int]:
    """Delay of the dry input in each second, in frames."""
    start = len(probe.recorded)
    probe.record(seconds)
    sound, played = probe.recorded[:, 0], probe.played
    most = round(MOST_S * RATE_HZ)
    found = []
    for at in range(start, start + seconds * RATE_HZ - RATE_HZ // 4, RATE_HZ):
        heard, window = sound[at : at + RATE_HZ // 4], played[at - most : at + RATE_HZ // 4]
        found.append(most - int(np.argmax(np.correlate(window, heard, mode="valid"))))
    return found


def burst_frames(probe: Probe, bursts: int) -> dict[str, list[int]]:
    """Delay from each burst to the tone's onset and half, in frames."""
    start = len(probe.recorded)
    probe.record(2 * BURST_S * (bursts + 1))
    sound = probe.recorded[start:, 0].astype(np.float64)
    played = probe.played[start : start + len(sound)]
    energy = tone_energy(sound, TONES_HZ[1])
    length = round(BURST_S * RATE_HZ)
    loud = np.flatnonzero(np.abs(played) > 2 * QUIET * np.abs(played).max())
    begins = loud[1:][np.diff(loud) > length // 2]
    whole = [at for at in begins if at + length < len(sound)]
    return {
        name: [first_over(energy[at : at + length], share) for at in whole]
        for name, share in (("onset", ONSET_SHARE), ("half", HALF_SHARE))
    }


def follow_frames(probe: Probe, seconds: int) -> int:
    """Delay at which the levels of output and input are most alike, in frames."""
    start = len(probe.recorded)
    probe.record(seconds)
    heard, played = probe.recorded[start:, 0], probe.played[start : start + seconds * RATE_HZ]
    envelopes = []
    for sound in (heard[: len(played)], played):
        mean_square = np.convolve(sound.astype(np.float64) ** 2, np.full(480, 1 / 480), "same")
        level = np.log10(mean_square[::STEP_FRAMES] + 1e-6)
        envelopes.append(np.maximum(np.diff(level), 0.0))
    lags = range(round(MOST_S * RATE_HZ) // STEP_FRAMES)
    output, given = envelopes
    alike = [float(np.dot(output[lag:], given[: len(given) - lag])) for lag in lags]
    return STEP_FRAMES * int(np.argmax(alike))


@contextmanager
def listening(
    model: Path, sound: NDArray[Any], block: int, *messages: str
) -> Iterator[tuple[Probe, Callable[[], int]]]:
    """An instrument that hears a sound over and over, and its count of underruns."""
    options = ("--channels", "1", "--block", str(block), "--input", "default")
    initially = [word for one in (*STILL, *messages) for word in ("--set", one)]
    with (
        JackServer(period_frames=block, real_time=True) as server,
        Probe(server, sound, seconds=120) as probe,
        Instrument(model, *options, *initially, environment=server.environment) as live,
    ):
        probe.connect()
        probe.connect_input()
        probe.record(4.0)
        yield probe, lambda: int(live.ask("/status", reply="/status.reply")[3])
        live.end(signal.SIGINT)


def measure(profile: str, block: int, bursts: int, folder: Path) -> dict[str, Any]:
    """Measure one profile."""
    model = folder / f"{profile}.distill"
    write_bundle(two_tones_bundle(PROFILES[profile]), model)
    noise = 0.2 * np.random.default_rng(0).uniform(-1, 1, 10 * RATE_HZ)
    length = round(BURST_S * RATE_HZ)
    # a pause that is no multiple of a hop: bursts begin anywhere in one
    burst = np.concatenate([QUIET * noise[: length + 331], noise[:length]])
    found: dict[str, Any] = {"profile": profile, "block": block}
    with listening(model, noise, block, *SILENT, "/input/thru 1") as (probe, underruns):
        frames = thru_frames(probe, 10)
        found["thru_ms"] = 1e3 * float(np.median(frames)) / RATE_HZ
        found["thru_range_ms"] = 1e3 * float(np.ptp(frames)) / RATE_HZ
        found["thru_underruns"] = underruns()
    with listening(model, burst, block, *MAPPED) as (probe, underruns):
        for share, frames in burst_frames(probe, bursts).items():
            low, middle, high = np.percentile(frames, (5, 50, 95)) / (1e-3 * RATE_HZ)
            found |= {f"{share}_ms": middle, f"{share}_jitter_ms": high - low}
        found["level_underruns"] = underruns()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bursts", type=int, default=60)
    parser.add_argument("--block", type=int, default=128, help="frames of an audio block")
    parser.add_argument("--model", type=Path, help="a model of 48 kHz with an encoder, to follow")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    come_first()
    with tempfile.TemporaryDirectory() as folder:
        results = [
            measure(profile, options.block, options.bursts, Path(folder)) for profile in PROFILES
        ]
    if options.model is not None:
        sound = load_model(options.model).render(FOLLOW_S, channels=1)[:, 0]
        with listening(options.model, sound, options.block, *FOLLOWING) as (probe, underruns):
            follow_ms = 1e3 * follow_frames(probe, FOLLOW_S) / RATE_HZ
            results.append({"follow_ms": follow_ms, "follow_underruns": underruns()})
    if options.json:
        print(json.dumps(results, indent=2))
        return
    for found in results:
        print(
            ", ".join(
                f"{name} {value:.2f}" if isinstance(value, float) else f"{name} {value}"
                for name, value in found.items()
            )
        )


if __name__ == "__main__":
    main()
