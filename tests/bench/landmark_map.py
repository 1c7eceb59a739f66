"""Measure how well the map of a folder's chunks preserves neighbours, against principal ranks.

    python tests/bench/landmark_map.py DIR [--json]

Trustworthiness (1 is best) and nearness (distance of neighbours over that of all pairs, 0 is best)
are measured against the distances that the map is made from, and against audio features that it
does not use. Filled: share of the cells of an 8 by 8 grid that hold a chunk.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from distill_live.spectrogram import STANDARD
from distill_train.corpus.cache import open_cache
from distill_train.corpus.cache_manifest import CacheSettings
from distill_train.latent.features import features
from distill_train.latent.landmark_map import distances, map_positions, sound_profile
from distill_train.latent.latent_space import source_chunks

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.map_quality import nearness, principal_ranks, trustworthiness

NEIGHBOURS = 8
CHUNKS = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()

    cache = open_cache(arguments.folder, CacheSettings(STANDARD))
    chunks = source_chunks(cache.recordings, STANDARD, 0.75)
    profiles, heard = [], []
    for index in chunks.spread(CHUNKS):
        profiles.append(sound_profile(chunks[index].numpy()))
        heard.append(features(cache.sound(*chunks.locate(index)), STANDARD.sample_rate_hz))
    points, waveforms = np.array(profiles), np.array(heard)[:, :-1]  # not all have a pitch
    by_sound = distances(points)
    by_features = distances((waveforms - waveforms.mean(axis=0)) / waveforms.std(axis=0))

    began = time.perf_counter()
    places = map_positions(points)
    seconds = time.perf_counter() - began
    result = {}
    for name, candidate in (("map", places), ("ranks", principal_ranks(points))):
        grid = np.minimum((candidate * 8).astype(int), 7)
        result[name] = {
            "trustworthiness": trustworthiness(by_sound, candidate, NEIGHBOURS),
            "nearness": nearness(by_sound, candidate, NEIGHBOURS),
            "features_trustworthiness": trustworthiness(by_features, candidate, NEIGHBOURS),
            "features_nearness": nearness(by_features, candidate, NEIGHBOURS),
            "filled": len({tuple(cell) for cell in grid}) / 64,
        }
    if arguments.json:
        print(json.dumps({"chunks": len(points), "seconds": seconds, **result}))
        return
    print(f"{len(points)} chunks, {seconds:.2f} s")
    print(f"{'':26}{'map':>8}{'ranks':>8}")
    for measure, value in result["map"].items():
        print(f"{measure:26}{value:8.3f}{result['ranks'][measure]:8.3f}")


if __name__ == "__main__":
    main()
