"""Measure whether a landmark sounds like the recording that it comes from.

    python tests/bench/landmark_sources.py MODEL DIR [--jitter J] [--json]

Each landmark is played with the given jitter. Its long-term spectrum (mean power of each band in
dB, limited to 60 dB below the corpus' peak) is compared with those of all chunks of all recordings
by root mean square difference over the bands. A landmark is right if the nearest chunk is of its
own recording.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from distill_live.bundle import read_bundle
from distill_live.engine import Command, Engine
from distill_train.corpus.cache import open_cache
from distill_train.corpus.cache_manifest import CacheSettings
from distill_train.latent.latent_space import source_chunks

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.long_term import LongTermSpectrum, distance_db

SETTLING_S, HEARD_S = 1.5, 2.0

OVERLAP = 0.75
"""Overlap of the recordings' chunks."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jitter", type=float, default=0.3)
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()

    bundle = read_bundle(arguments.model)
    spectrum = LongTermSpectrum(bundle.settings, bundle.statistics)
    cache = open_cache(arguments.folder, CacheSettings(bundle.settings), bundle.statistics)
    chunks = source_chunks(cache.recordings, bundle.settings, OVERLAP)
    files, levels = [], []
    for index in range(len(chunks)):
        recording, frame = chunks.locate(index)
        files.append(cache.manifest.files[recording].path)
        levels.append(spectrum.levels_db(cache.sound(recording, frame)))
    names, known = np.array(files), np.array(levels)

    engine = Engine(bundle, channels=1)
    engine.apply(Command("/jitter", (arguments.jitter,)))
    settling, heard = (
        np.empty((round(seconds * engine.sample_rate_hz), 1), np.float32)
        for seconds in (SETTLING_S, HEARD_S)
    )
    right, margins, mistaken = 0, [], Counter[str]()
    for index, landmark in enumerate(bundle.landmarks):
        engine.apply(Command("/corpus/goto", (index, 0.0)))
        engine.render(settling)
        engine.render(heard)
        far = distance_db(known, spectrum.levels_db(heard[:, 0]))
        own = names == landmark.file
        margins.append(far[~own].min() - far[own].min())
        right += margins[-1] > 0
        if margins[-1] <= 0:
            mistaken[f"{landmark.file} for {names[far.argmin()]}"] += 1
    result = {
        "landmarks": len(margins),
        "chunks": len(names),
        "files": len(set(files)),
        "right": right / len(margins),
        "median_margin_db": float(np.median(margins)),
        "mistaken": dict(mistaken),
    }
    if arguments.json:
        print(json.dumps(result))
        return
    print(f"{len(margins)} landmarks against {len(names)} chunks of {len(set(files))} recordings")
    print(f"nearest to their own recording: {right / len(margins):.1%}")
    print(f"own chunk nearer than the nearest other by {np.median(margins):.2f} dB (median)")
    for what, count in mistaken.most_common():
        print(f"  {count:3} x {what}")


if __name__ == "__main__":
    main()
