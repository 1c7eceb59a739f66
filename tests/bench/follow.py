"""Measure how nearly a model that follows an input sounds like it.

    python tests/bench/follow.py MODEL RECORDINGS [--json]

RECORDINGS is the folder that the model was trained on. Each recording is the input of a render with
``/input/follow 1``, at the corpus' level and without spread. *Own* is the share of the output's
seconds that are nearer to a second of this recording than to any second of another: nearness is the
RMS difference, in dB, of the mean mel spectra (``wander.py``). *Output* is the mean log-spectral
distance of the output's chunks from the input's, in dB. *Lag* is the shift, in hops, at which rises
of level of the input and the output agree best, where they agree; a render takes the delay of
following out, so it should be 0. Of the landmarks that sound nearest, *latent* is the share, by
seconds, that are of this recording if nearness is that of latents, *features* if it is that of
their features.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from paths import MIN_CORRELATION, distance_db, lag_hops
from wander import SUFFIXES, read, spectra

from distill_live.bundle import Bundle, read_bundle
from distill_live.engine import Command
from distill_live.engine.latent.corpus_map import CorpusMap
from distill_live.input.encoder import InputEncoder
from distill_live.input.streaming_spectrogram import StreamingSpectrogram
from distill_live.offline.input_file import InputFile
from distill_live.offline.plan import Plan
from distill_live.offline.render import render_array
from distill_live.spectrogram import Representation
from distill_train.corpus.audio import PEAK_DBFS
from distill_train.latent.features import landmark_features

Float64 = NDArray[np.float64]

FLOOR = 1e-6
TIMED_CALLS = 50


def followed(bundle: Bundle, path: Path, gain_db: float) -> Float64:
    """What the model makes of a recording, in mono."""
    heard = InputFile(path)
    settings = {"/input/follow": 1.0, "/input/gain": gain_db, "/spread": 0.0}
    commands = tuple(Command(path, (value,), glide_s=0.0) for path, value in settings.items())
    plan = Plan(seconds=heard.seconds, motion="hold", commands=commands, heard=path.name)
    sound = render_array(bundle, plan, channels=1, heard=heard)
    return sound[:, 0].astype(np.float64)


def decibels(power: Float64, floor: float) -> Float64:
    """Mean spectra in dB."""
    return 10.0 * np.log10(power + floor)


def nearest_owner(second: Float64, known: dict[str, Float64]) -> str:
    """Recording with the second whose spectrum, in dB, is nearest."""
    off = {
        name: np.square(rows - second).mean(axis=1).min()
        for name, rows in known.items()
        if len(rows)
    }
    return min(off, key=off.__getitem__)


def chunk_distance(reference: Float64, sound: Float64, size: int) -> float:
    """Mean log-spectral distance of chunks, at equal levels."""
    starts = range(0, max(1, min(len(reference), len(sound)) - size + 1), size)
    length = min(len(reference), len(sound))
    ends = [min(start + size, length) for start in starts]
    parts = [slice(start, end) for start, end in zip(starts, ends, strict=True)]
    return float(np.mean([distance_db(reference[part], sound[part]) for part in parts]))


def landmark_shares(bundle: Bundle, sound: Float64, name: str) -> tuple[float, float | None]:
    """Share of seconds in which the nearest landmark is of a recording: by latents, by features."""
    rate_hz, hop = bundle.settings.sample_rate_hz, bundle.settings.hop_samples
    corpus, encoder = CorpusMap(bundle), InputEncoder(bundle)
    files = [mark.file for mark in bundle.landmarks]
    whole = sound[: len(sound) // hop * hop].astype(np.float32).reshape(-1, hop)
    latents = [latent for latent in map(encoder.push, whole) if latent is not None]
    full = latents[bundle.settings.n_frames // 4 :] or latents[-1:]
    by_latent = [files[corpus.nearest(np.array(latent))] == name for latent in full]
    known = bundle.landmark_features
    if known is None:
        return float(np.mean(by_latent)), None
    rows = _comparable(known.astype(np.float64))
    scale = rows.std(axis=0) + 1e-9
    by_features = []
    for start in range(0, max(1, len(sound) - rate_hz + 1), rate_hz):
        part = sound[start : start + rate_hz].astype(np.float32)
        own = _comparable(landmark_features(part, rate_hz)[None].astype(np.float64))
        nearest = np.square((rows - own) / scale).sum(axis=1).argmin()
        by_features.append(files[nearest] == name)
    return float(np.mean(by_latent)), float(np.mean(by_features))


def _comparable(features: Float64) -> Float64:
    """Loudness, octaves of brightness, noisiness, onset, and pitch as far as there is one."""
    loudness, brightness, noisiness, pitch, confidence, onset = features.T
    octaves = np.log2(np.maximum(brightness, 1.0)), np.log2(np.maximum(pitch, 1.0))
    return np.stack([loudness, octaves[0], noisiness, onset, octaves[1] * confidence], axis=1)


def times(bundle: Bundle) -> dict[str, float]:
    """Least time in milliseconds to analyse a frame and to encode a chunk."""
    hop = bundle.settings.hop_samples
    noise = np.random.default_rng(0).standard_normal((TIMED_CALLS, hop)).astype(np.float32)
    spectrogram = StreamingSpectrogram(Representation(bundle.settings, bundle.statistics))
    encoder = InputEncoder(bundle)
    found: dict[str, list[float]] = {"frame_ms": [], "encode_ms": []}
    for part in noise:
        begun_s = time.perf_counter()
        spectrogram.push(part)
        found["frame_ms"].append(1e3 * (time.perf_counter() - begun_s))
        begun_s = time.perf_counter()
        encoder.encode()
        found["encode_ms"].append(1e3 * (time.perf_counter() - begun_s))
    return {name: min(all_ms) for name, all_ms in found.items()}


def line_of(row: dict[str, Any]) -> str:
    """Row of the table."""
    lag = "-" if row["lag_hops"] is None else row["lag_hops"]
    features = float("nan") if row["features"] is None else row["features"]
    return (
        f"{row['recording'][:26]:28}{row['seconds']:7}{row['own']:6.2f}{row['output_db']:11.2f}"
        f"{lag:>6}{row['latent']:8.2f}{features:10.2f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    bundle = read_bundle(options.model)
    settings = bundle.settings
    paths = sorted(path for path in options.recordings.rglob("*") if path.suffix in SUFFIXES)
    peak = max(float(np.abs(soundfile.read(path)[0]).max()) for path in paths)
    gain_db = PEAK_DBFS - 20.0 * np.log10(peak)
    sounds = {
        path.name: 10.0 ** (gain_db / 20.0) * read(path, settings.sample_rate_hz) for path in paths
    }
    power = {name: spectra(bundle, sound) for name, sound in sounds.items()}
    floor = FLOOR * max(rows.max() for rows in power.values() if len(rows))
    known = {name: decibels(rows, floor) for name, rows in power.items()}
    rows: list[dict[str, Any]] = []
    if not options.json:
        print(f"{'recording':28}seconds   own  output dB   lag  latent  features", flush=True)
    for path in paths:
        original, output = sounds[path.name], followed(bundle, path, gain_db)
        seconds = decibels(spectra(bundle, output), floor)
        owners = [nearest_owner(second, known) for second in seconds]
        lag, correlation = lag_hops(original, output, settings.hop_samples)
        by_latent, by_features = landmark_shares(bundle, original, path.name)
        rows.append(
            {
                "recording": path.name,
                "seconds": len(owners),
                "own": float(np.mean([owner == path.name for owner in owners] or [np.nan])),
                "output_db": chunk_distance(original, output, settings.chunk_samples),
                "lag_hops": lag if correlation >= MIN_CORRELATION else None,
                "latent": by_latent,
                "features": by_features,
            }
        )
        if not options.json:
            print(line_of(rows[-1]), flush=True)
    timed = times(bundle)
    if options.json:
        print(json.dumps({"recordings": rows, **timed}))
        return
    counts = np.array([row["seconds"] for row in rows])
    heard = counts > 0
    own = np.average(np.array([row["own"] for row in rows])[heard], weights=counts[heard])
    print(f"{'all':28}{counts.sum():7}{own:6.2f}")
    print(", ".join(f"{name.removesuffix('_ms')} {value:.2f} ms" for name, value in timed.items()))


if __name__ == "__main__":
    main()
