"""Test the spectrogram cache with real processes: kills, concurrent use, memory.

A child process loads torch once and forks, so that another process takes milliseconds.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from support import sounds
from support.small import SETTINGS, child_environment

pytestmark = [pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"), pytest.mark.process]

COMMON = """
import hashlib, json, os, random, resource, shutil, signal, sys, time
from pathlib import Path
import numpy as np
import torch
torch.set_num_threads(1)
from distill_live.errors import TrainingError
from distill_train.corpus.cache import open_cache
from distill_train.corpus.cache_manifest import CacheSettings, Manifest, read_manifest
from distill_train.corpus.training_data import CachedSpectrogramDataset
from distill_train.corpus.spectrogram_cache import SpectrogramCache
from distill_train.corpus.dataset import split_recordings
from support.small import SETTINGS

folder, settings = Path(sys.argv[1]), CacheSettings(SETTINGS, augmentation_expansion=1)

def digest(cache):
    rows = (cache.location / cache.manifest.data).read_bytes()
    return hashlib.sha256(rows).hexdigest()
"""

KILLED = (
    COMMON
    + """
states = {}
contents = [(folder / name).read_bytes() for name in ("a.wav", "b.wav")]
(folder / "b.wav").unlink()

def put(which):
    (folder / "a.wav").write_bytes(contents[which])
    os.utime(folder / "a.wav", (1000 + which, 1000 + which))

took = []
for which in (0, 1):
    put(which)
    began = time.perf_counter()
    cache = open_cache(folder, settings)
    took.append(time.perf_counter() - began)
    states[which] = (cache.manifest.files, digest(cache))
assert states[0][1] != states[1][1]

chance = random.Random(4)
seen = {"old": 0, "new": 0, "rows left": 0}
longest, round = 2.0 * took[1], 0
while min(seen.values()) < 4 and round < 300:
    round += 1
    which = round % 2
    put(which)
    child = os.fork()
    if child == 0:
        open_cache(folder, settings)
        os._exit(0)
    time.sleep(chance.uniform(0.0, longest))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    manifest = read_manifest(folder / ".cache", settings)
    assert isinstance(manifest, Manifest), manifest
    found = digest(SpectrogramCache(folder, folder / ".cache", manifest, settings))
    now = manifest.files == states[which][0]
    assert now or manifest.files == states[1 - which][0]
    assert found == states[which if now else 1 - which][1]
    seen["new" if now else "old"] += 1
    longest *= 0.9 if now else 1.05  # whatever else the machine does, both happen
    seen["rows left"] += len(list((folder / ".cache").glob("rows-*"))) > 1
    planned = []
    cache = open_cache(folder, settings, on_plan=lambda plan: planned.append(plan) or True)
    assert bool(planned) != now
    assert digest(cache) == states[which][1]
    left = {path.name for path in (folder / ".cache").iterdir()}
    if planned:
        assert left == {"manifest.json", "lock", cache.manifest.data}, left
print(json.dumps(seen))
"""
)

TOGETHER = (
    COMMON
    + """
results = []
for round in range(5):
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    children = []
    for _ in range(3):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                message = digest(open_cache(folder, settings))
            except TrainingError as error:
                message = str(error)
            os.write(writer, message.encode())
            os._exit(0)
        os.close(writer)
        children.append((child, reader))
    for child, reader in children:
        results.append(os.read(reader, 1000).decode())
        os.waitpid(child, 0)
    results.append(digest(open_cache(folder, settings)))
print(json.dumps(results))
"""
)

MEMORY = (
    COMMON
    + """
open_cache(Path(sys.argv[2]), CacheSettings(SETTINGS))  # what torch takes the first time
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
cache = open_cache(folder, CacheSettings(SETTINGS))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def own():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

rng = np.random.default_rng(0)
split = split_recordings(cache.recordings, SETTINGS.n_frames, 0.1, rng, by_time=True)
chunks = CachedSpectrogramDataset(cache, split.training, 0.5)
batches = chunks.random_batches(8, rng)
next(batches)
read_before = own()
for batch in batches:
    pass
read_after = own()
print(json.dumps([(peak - before) / 1e3, (read_after - read_before) / 1e3, cache.seconds]))
"""
)


def run(program: str, *words: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=200,
        cwd=Path(__file__).parent,
        env=child_environment(),
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "snd").mkdir()
    for seed, name in enumerate(("a.wav", "b.wav")):
        rng = np.random.default_rng(seed)
        sound = sounds.tabla(0.7, rng, SETTINGS.sample_rate_hz)
        soundfile.write(tmp_path / "snd" / name, sound, SETTINGS.sample_rate_hz)
    return tmp_path / "snd"


def test_killed_at_any_moment_it_leaves_a_complete_cache(folder: Path) -> None:
    seen = run(KILLED, folder)
    assert isinstance(seen, dict)
    assert min(seen.values()) >= 4  # killed while it worked, in the midst of writing, and after


def test_runs_that_start_together_get_the_cache_or_a_line(folder: Path) -> None:
    results = run(TOGETHER, folder)
    assert isinstance(results, list)
    lines = [result for result in results if " " in result]
    assert all("another run is making the cache" in line for line in lines)
    assert lines
    assert len(set(results) - set(lines)) == 1


def test_memory_does_not_grow_with_the_corpus(folder: Path, tmp_path: Path) -> None:
    rate_hz, minutes = 8000, 30
    long = tmp_path / "long"
    long.mkdir()
    noise = np.random.default_rng(0).normal(0, 3000, rate_hz * 60).astype(np.int16)
    with soundfile.SoundFile(long / "long.wav", "w", rate_hz, 1) as file:
        for _ in range(minutes):
            file.write(noise)
    made_mb, read_mb, seconds = run(MEMORY, long, folder)
    assert seconds == 60 * minutes
    samples_mb = seconds * SETTINGS.sample_rate_hz * 4 / 1e6
    assert samples_mb > 100
    assert made_mb < 50
    assert read_mb < 10
