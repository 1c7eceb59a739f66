"""Measure the features of the input against synthetic references; their latency and their cost.

    python tests/bench/input_features.py [--notes 24] [--seed 0] [--json]

Goals: level within 0.5 dB; brightness within 3 % of the amplitudes' mean frequency, as the mean of
a second; onset recall and precision 0.95 for plucked, struck and brushed notes of four tempi and
three levels of noise (`support/played.py`); pitch within 20 cents at 40 dB of signal to noise, in
95 % of the hops. Latency is from a change of the sound to the end of the hop at which the feature
has passed half of its change, or the level 3 dB below its end; of onsets and of the pitch of
plucked notes the median and the 90th percentile; of notes by pitch that of their command.
Cost is the median processor time a hop.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from distill_live.engine.commands.input_notes import InputNotes
from distill_live.engine.voices import Voices
from distill_live.input import HOP_SAMPLES, FeatureAnalyser, Features

sys.path.insert(0, str(Path(__file__).parent.parent))

from support import pitched, played
from support.sounds import SAMPLE_RATE_HZ, Float32, Float64, sine, white_noise

HOP_S = HOP_SAMPLES / SAMPLE_RATE_HZ
SETTLED = 10
"""Hops after which all frames are full."""


def column(name: str, sound: Float32 | Float64) -> Float64:
    """A feature of each hop of a sound."""
    found = FeatureAnalyser(SAMPLE_RATE_HZ).push(sound.astype(np.float32))
    return np.array([getattr(one, name) for one in found])


def level_error_db(rng: np.random.Generator) -> float:
    """Largest error of any hop, of sines from 60 Hz to 10 kHz, 0 to -60 dB."""
    errors = []
    for _ in range(40):
        hz, level_db = 2 ** rng.uniform(np.log2(60.0), np.log2(10000.0)), rng.uniform(-60.0, -3.02)
        sound = sine(hz, 0.5, SAMPLE_RATE_HZ, np.sqrt(2.0) * 10 ** (level_db / 20))
        errors.append(np.abs(column("level_db", sound)[SETTLED:] - level_db).max())
    return float(max(errors))


def brightness_error(rng: np.random.Generator) -> float:
    """Largest relative error, of tones and bands of noise."""
    errors = []
    for _ in range(20):
        hz, slope = 2 ** rng.uniform(np.log2(110.0), np.log2(1000.0)), rng.uniform(0.3, 2.0)
        partials = np.arange(1, 1 + rng.integers(1, int(16000 / hz)))
        amplitudes = partials**-slope
        tone = sum(
            amplitude
            * np.sin(2 * np.pi * (hz * n * np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ + p))
            for n, amplitude, p in zip(partials, amplitudes, rng.uniform(size=99999), strict=False)
        )
        true_hz = hz * float(partials @ amplitudes / amplitudes.sum())
        errors.append(np.mean(column("brightness_hz", 0.1 * np.asarray(tone))[SETTLED:]) / true_hz)
        low_hz, octaves = rng.uniform(200.0, 4000.0), rng.uniform(0.5, 2.0)
        high_hz = low_hz * 2**octaves
        spectrum = np.fft.rfft(rng.standard_normal(SAMPLE_RATE_HZ))
        bins_hz = np.fft.rfftfreq(SAMPLE_RATE_HZ, 1 / SAMPLE_RATE_HZ)
        band = np.fft.irfft(spectrum * ((bins_hz >= low_hz) & (bins_hz <= high_hz)))
        true_hz = 0.5 * (low_hz + high_hz)
        errors.append(np.mean(column("brightness_hz", 0.1 * band)[SETTLED:]) / true_hz)
    return float(np.abs(np.array(errors) - 1.0).max())


def onset_figures(notes: int, seed: int) -> tuple[dict[str, dict[str, float]], list[float]]:
    """Recall and precision of onsets by kind, and the percentiles of their delays in ms."""
    result: dict[str, dict[str, float]] = {}
    delays_ms: list[float] = []
    phrases = played.phrases(notes, seed)
    for kind in played.KINDS:
        true = found = hits = 0
        for phrase in phrases:
            if phrase.kind != kind:
                continue
            hops = np.flatnonzero(column("onset", phrase.sound))
            delays = played.matched(phrase.onsets_s, HOP_S * (hops + 1.0))
            true, found, hits = true + len(phrase.onsets_s), found + len(hops), hits + len(delays)
            delays_ms += [1e3 * one for one in delays]
        result[kind] = {"recall": hits / true, "precision": hits / max(1, found)}
    return result, np.percentile(delays_ms, [50, 90]).round(1).tolist()


def pitch_figures(count: int, seed: int) -> dict[str, Any]:
    """Share of hops within 20 cents at -40 dB of noise, and when the pitch of a note is known."""
    near, there, delays_ms = [], [], []
    rng = np.random.default_rng([seed, 7])
    for kind, make in (("tone", pitched.tone), ("plucked", pitched.plucked)):
        for _ in range(count):
            hz = 2 ** rng.uniform(np.log2(82.0), np.log2(1000.0))
            sound = make(hz, rng)
            sound /= np.sqrt(np.mean(sound**2)) * 10.0
            sound += 1e-3 * rng.standard_normal(len(sound))
            found = FeatureAnalyser(SAMPLE_RATE_HZ).push(sound.astype(np.float32))
            keys = np.array([one.pitch for one in found])
            cents = 100.0 * (keys - (69.0 + 12.0 * np.log2(hz / 440.0)))
            steady = slice(SETTLED, round(0.5 / HOP_S))
            voiced = keys[steady] > 0
            there.append(voiced.mean())
            near += (np.abs(cents[steady][voiced]) <= 20.0).tolist()
            known = np.flatnonzero(np.abs(cents) <= 20.0)
            if kind == "plucked" and len(known):
                delays_ms.append(1e3 * (known[0] + 1) * HOP_S)
    return {
        "within_20_cents": float(np.mean(near)),
        "hops_with_pitch": float(np.mean(there)),
        "delay_ms": np.percentile(delays_ms, [50, 90]).round(1).tolist(),
    }


def note_figures(notes: int, seed: int) -> dict[str, Any]:
    """Notes by pitch, of a plucked line: share that begins in the right key, others, delays."""
    rng = np.random.default_rng([seed, 9])
    keys, starts, line = rng.integers(45, 80, notes), [], [np.zeros(SAMPLE_RATE_HZ // 4)]
    for key in keys:
        note = pitched.plucked(440.0 * 2 ** ((key - 69) / 12), rng)
        note = note[: round(rng.uniform(0.2, 0.5) * SAMPLE_RATE_HZ)]
        note *= 0.5 * 10 ** (rng.uniform(-14.0, 0.0) / 20) / np.abs(note).max()
        starts.append(sum(map(len, line)))
        line.append(note)
    sound = np.concatenate(line)
    sound += 3e-4 * rng.standard_normal(len(sound))
    player = InputNotes(SAMPLE_RATE_HZ, Voices(SAMPLE_RATE_HZ, HOP_SAMPLES, 1))
    player.mode = 2
    begun: list[tuple[int, float]] = []
    analyser = FeatureAnalyser(SAMPLE_RATE_HZ)
    for hop, features in enumerate(analyser.push(sound.astype(np.float32)), 1):
        at = hop * HOP_SAMPLES
        commands = player.hear(features, at)
        begun += [(at, float(one.args[0])) for one in commands if one.address == "/note/on"]
    right, delays_ms = 0, []
    for key, start, end in zip(keys, starts, [*starts[1:], len(sound)], strict=True):
        own = [(at, played_key) for at, played_key in begun if start < at <= end]
        if own and own[0][1] == key:
            right += 1
            delays_ms.append(1e3 * (own[0][0] - start) / SAMPLE_RATE_HZ)
    return {
        "right": right / notes,
        "others": len(begun) - right,
        "delay_ms": np.percentile(delays_ms, [50, 90]).round(1).tolist(),
    }


def step_latency_ms(name: str, before: Float32, after: Float32) -> float:
    """Time after which a feature has passed half of its change."""
    values = column(name, np.concatenate([before, after]))
    start, end = values[round(0.4 / HOP_S)], np.median(values[-20:])
    changed = round(len(before) / HOP_SAMPLES)
    passed = (values[changed:] - start) / (end - start) >= 0.5
    return float(1e3 * ((changed + np.argmax(passed) + 1) * HOP_S - len(before) / SAMPLE_RATE_HZ))


def latencies_ms(rng: np.random.Generator) -> dict[str, float]:
    """Latency of the features that are not events."""
    low, high = sine(500.0, 0.5, SAMPLE_RATE_HZ, 0.1), sine(3000.0, 0.5, SAMPLE_RATE_HZ, 0.1)
    noise = white_noise(0.5, rng, SAMPLE_RATE_HZ)
    step = column("level_db", np.concatenate([1e-3 * low, low]))
    risen = np.argmax(step >= step[-1] - 3.0) + 1
    return {
        "level": float(1e3 * (risen * HOP_S - 0.5)),
        "brightness": step_latency_ms("brightness_hz", low, high),
        "noisiness": step_latency_ms("noisiness", low, noise),
    }


def cost_us(rng: np.random.Generator, hops: int = 1000) -> float:
    """Median processor time of a hop."""
    analyser, taken = FeatureAnalyser(SAMPLE_RATE_HZ), []
    sound = white_noise(hops * HOP_S, rng, SAMPLE_RATE_HZ)
    found: list[Features] = []
    for start in range(0, len(sound), HOP_SAMPLES):
        began = time.process_time_ns()
        found += analyser.push(sound[start : start + HOP_SAMPLES])
        taken.append(time.process_time_ns() - began)
    return float(np.median(taken)) / 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--notes", type=int, default=24, help="notes of each phrase")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    cost = cost_us(rng)
    onsets, onset_delay_ms = onset_figures(arguments.notes, arguments.seed)
    result = {
        "level_error_db": level_error_db(rng),
        "brightness_error": brightness_error(rng),
        "onsets": onsets,
        "onset_delay_ms": onset_delay_ms,
        "pitch": pitch_figures(arguments.notes, arguments.seed),
        "notes": note_figures(2 * arguments.notes, arguments.seed),
        "latency_ms": latencies_ms(rng),
        "cost_us_per_hop": cost,
        "cost_share_of_a_core": cost * 1e-6 / HOP_S,
    }
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:22} {json.dumps(value)}")


if __name__ == "__main__":
    main()
