"""Measure how nearly a path at speed 1 sounds like its recording.

    python tests/bench/paths.py MODEL RECORDINGS [--json]

RECORDINGS is the folder that the model was trained on. Each recording of the model is played as a
path, without jitter and spread, and compared with the recording wherever the path has a chunk:
*path* is the mean log-spectral distance there, *chunk* that of the chunk alone, as the trainer
renders it. Levels are matched. *Lag* is the shift, in hops, at which the rises of level of the path
and the recording agree best, for recordings in which they agree.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession
from wander import read

from distill_live.bundle import Bundle, read_bundle
from distill_live.engine import Command, Engine
from distill_live.engine.latent.path import Paths
from distill_live.spectrogram import Representation
from distill_train.latent.chunk_renderer import render_chunk
from distill_train.spectral_distance import spectral_distance

Float64 = NDArray[np.float64]

MAX_LAG_HOPS, MIN_CORRELATION = 20, 0.5


def played(bundle: Bundle, number: int, samples: int) -> Float64:
    """A path in mono, from its beginning."""
    engine = Engine(bundle, channels=1)
    for command in (
        Command("/jitter", (0.0,)),
        Command("/spread", (0.0,)),
        Command("/path/play", (number,)),
    ):
        engine.apply(command)
    sound = np.empty((samples + engine.latency_samples, 1), np.float32)
    engine.render(sound)
    engine.close()
    return sound[engine.latency_samples :, 0].astype(np.float64)


def distance_db(reference: Float64, sound: Float64) -> float:
    """Log-spectral distance at equal levels."""
    level = np.sqrt(float(np.mean(reference**2)) / max(float(np.mean(sound**2)), 1e-20))
    return spectral_distance(reference, level * sound).log_spectral_db


def lag_hops(reference: Float64, sound: Float64, hop: int) -> tuple[int, float]:
    """Shift at which rises of level agree best, and their correlation."""
    rises = []
    for one in (reference, sound):
        hops = len(one) // hop
        power = np.square(one[: hops * hop]).reshape(hops, hop).mean(axis=1)
        level = 10.0 * np.log10(power + 1e-6 * power.max())
        rises.append(np.maximum(np.diff(level), 0.0))
    one, other = rises
    size = len(one) - 2 * MAX_LAG_HOPS
    if size < MAX_LAG_HOPS:
        return 0, 0.0
    middle = one[MAX_LAG_HOPS:-MAX_LAG_HOPS]
    found = [
        float(np.corrcoef(middle, other[start : start + size])[0, 1])
        for start in range(2 * MAX_LAG_HOPS + 1)
    ]
    best = int(np.argmax(found))
    return best - MAX_LAG_HOPS, found[best]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    bundle = read_bundle(options.model)
    settings, paths = bundle.settings, Paths(bundle)
    rate_hz, chunk = settings.sample_rate_hz, settings.chunk_samples
    representation = Representation(settings, bundle.statistics)
    decoder = InferenceSession(bundle.decoder)
    rows: list[dict[str, Any]] = []
    for number, recording in enumerate(paths.recordings):
        (file,) = options.recordings.rglob(recording.name)
        original = read(file, rate_hz)
        path = played(bundle, number, len(original))
        distances = []
        for index in range(recording.first, recording.stop):
            start = round(float(paths.starts_s[index]) * rate_hz)
            part = original[start : start + chunk]
            if len(part) < chunk or not part.any():
                continue
            latent = paths.latents[index : index + 1] * bundle.latent_std + bundle.latent_mean
            (channels,) = decoder.run(None, {"latent": latent.astype(np.float32)})
            alone = render_chunk(representation, channels[0]).astype(np.float64)
            size = min(len(part), len(alone))
            distances.append(
                (
                    distance_db(part[:size], path[start : start + size]),
                    distance_db(part[:size], alone[:size]),
                )
            )
        lag, correlation = lag_hops(original, path, settings.hop_samples)
        if not distances:
            continue
        path_db, chunk_db = np.mean(distances, axis=0).tolist()
        rows.append(
            {
                "recording": recording.name,
                "chunks": len(distances),
                "path_db": path_db,
                "chunk_db": chunk_db,
                "lag_hops": lag if correlation >= MIN_CORRELATION else None,
            }
        )
    if options.json:
        print(json.dumps(rows))
        return
    print(f"{'recording':32}chunks   path dB  chunk dB   lag")
    for row in rows:
        shown_lag = "-" if row["lag_hops"] is None else row["lag_hops"]
        print(
            f"{row['recording'][:30]:32}{row['chunks']:6}{row['path_db']:10.2f}"
            f"{row['chunk_db']:10.2f}{shown_lag:>6}"
        )
    counts = [row["chunks"] for row in rows]
    distances = [(row["path_db"], row["chunk_db"]) for row in rows]
    path_db, chunk_db = np.average(distances, axis=0, weights=counts)
    print(f"{'all':32}{sum(counts):6}{path_db:10.2f}{chunk_db:10.2f}")


if __name__ == "__main__":
    main()
