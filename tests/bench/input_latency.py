"""Measure delay from the input to the output, of the dry input and of what the input plays.

    python tests/bench/input_latency.py [--bursts 60] [--block 128] [--json]

Needs Linux, jackd, the PortAudio library and JACK-Client. One client of jackd's dummy driver plays
into the instrument's input and captures its output in the same periods, so that a delay is a number
of frames. The converters and buffers of a sound card come on top of it.

*Thru* is the delay of noise at ``/input/thru`` 1, each second; *range* its largest less its
smallest value. *Level* is from the beginning of a burst of noise to the tone that it raises:
without smoothing or glide, its level moves the model of ``tests/bench/latency.py`` from one tone
to another. The tone's *onset* is at 1 % of its later energy, *half* at 50 %.
"""

import argparse
import json
import signal
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from latency import HALF_SHARE, ONSET_SHARE, first_over, tone_energy
from pauses import come_first
from support.instrument import Instrument
from support.jack_server import RATE_HZ, JackServer, Probe
from support.two_tones import TONES_HZ, two_tones_bundle

from distill_live.addresses import INPUT_FEATURES
from distill_live.bundle import write_bundle
from distill_live.spectrogram import PROFILES

SILENT = ("--set", "/model/blend 1 0")
STILL = ("--set", "/jitter 0", "--set", "/glide 0", "--set", "/drift 0")
UNMAPPED = [f"/input/unmap {feature}" for feature in INPUT_FEATURES]
MAPPED = ("/input/smooth 0", *UNMAPPED, "/input/map level latent/000 -12 12 linear")

BURST_S = 0.4
"""Length of a burst, and of the pause after it."""

MOST_S = 0.3
"""Largest delay looked for."""


def settings_of(messages: Iterable[str]) -> list[str]:
    """Options that send these messages at the start."""
    return [word for message in messages for word in ("--set", message)]


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
    loud = played != 0.0
    begins = np.flatnonzero(loud[1:] & ~loud[:-1]) + 1
    length = round(BURST_S * RATE_HZ)
    whole = [at for at in begins if at + length < len(sound)]
    return {
        name: [first_over(energy[at : at + length], share) for at in whole]
        for name, share in (("onset", ONSET_SHARE), ("half", HALF_SHARE))
    }


def measure(profile: str, block: int, bursts: int, folder: Path) -> dict[str, Any]:
    """Measure one profile."""
    model = folder / f"{profile}.distill"
    write_bundle(two_tones_bundle(PROFILES[profile]), model)
    noise = 0.2 * np.random.default_rng(0).uniform(-1, 1, 10 * RATE_HZ)
    length = round(BURST_S * RATE_HZ)
    # a pause that is no multiple of a hop: bursts begin anywhere in one
    burst = np.concatenate([np.zeros(length + 331), noise[:length]])
    options = ("--channels", "1", "--block", str(block), "--input", "default", *STILL)
    found: dict[str, Any] = {"profile": profile, "block": block}
    with JackServer(period_frames=block, real_time=True) as server:
        for name, sound, more in (("thru", noise, SILENT), ("level", burst, settings_of(MAPPED))):
            with (
                Probe(server, sound, seconds=20 + 2 * BURST_S * bursts) as probe,
                Instrument(model, *options, *more, environment=server.environment) as live,
            ):
                probe.connect()
                probe.connect_input()
                probe.record(2.0)
                if name == "thru":
                    live.send("/input/thru", 1.0)
                    live.sync()
                    probe.record(2.0)
                    frames = thru_frames(probe, 10)
                    found["thru_ms"] = 1e3 * float(np.median(frames)) / RATE_HZ
                    found["thru_range_ms"] = 1e3 * float(np.ptp(frames)) / RATE_HZ
                else:
                    for share, frames in burst_frames(probe, bursts).items():
                        low, middle, high = np.percentile(frames, (5, 50, 95)) / (1e-3 * RATE_HZ)
                        found |= {f"{share}_ms": middle, f"{share}_jitter_ms": high - low}
                found[f"{name}_underruns"] = live.ask("/status", reply="/status.reply")[3]
                live.end(signal.SIGINT)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bursts", type=int, default=60)
    parser.add_argument("--block", type=int, default=128, help="frames of an audio block")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    come_first()
    with tempfile.TemporaryDirectory() as folder:
        results = [
            measure(profile, options.block, options.bursts, Path(folder)) for profile in PROFILES
        ]
    if options.json:
        print(json.dumps(results, indent=2))
        return
    for found in results:
        print(
            f"{found['profile']}, block {found['block']}: thru {found['thru_ms']:.1f} ms "
            f"(range {found['thru_range_ms']:.2f}), level to onset {found['onset_ms']:.1f} ms "
            f"(jitter {found['onset_jitter_ms']:.1f}), to half {found['half_ms']:.1f} ms (jitter "
            f"{found['half_jitter_ms']:.1f}); underruns {found['thru_underruns']}, "
            f"{found['level_underruns']}"
        )


if __name__ == "__main__":
    main()
