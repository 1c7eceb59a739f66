"""From recordings through both programs to the sound of a JACK server."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch
from support import sounds
from support.twins import centroid_hz, twins

from distill_live.bundle import read_bundle
from distill_live.spectrogram import Representation, Statistics
from distill_train.spectrogram import Analysis

pytestmark = pytest.mark.process

LEARNT, OTHER = ("drone", "glissando"), ("tabla", "filtered_noise")

SMALL = """
epochs = 60
preview_epochs = 1000
batch_size = 4
learning_rate = 3e-3

[spectrogram]
n_fft = 1024
hop_samples = 256
synthesis_samples = 1024
n_mels = 64
chunk_samples = 12000

[model]
latent_dim = 8
channels = [8, 16, 16, 32, 32]
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two kinds of recordings, of which one is learnt."""
    base = tmp_path_factory.mktemp("recordings")
    for name, kinds in (("learnt", LEARNT), ("other", OTHER)):
        (base / name).mkdir()
        sounds.write_folder(base / name, 2.0, kinds=kinds, sample_rate_hz=48000)
    return {name: base / name for name in ("learnt", "other")}


@pytest.fixture(scope="module")
def model(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `distill-train DIR --out x.distill` leaves."""
    base = tmp_path_factory.mktemp("models")
    (base / "small.toml").write_text(SMALL)
    out = base / "small.distill"
    words = [str(folders["learnt"]), "--out", str(out), "--config", str(base / "small.toml")]
    subprocess.run(
        [Path(sys.executable).with_name("distill-train"), *words, "--device", "cpu"],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return out


def long_term_mel_db(paths: list[Path], representation: Representation) -> np.ndarray:
    """Mean power of each band, in dB over the mean of all."""
    analysis = Analysis(representation.settings)
    powers: list[np.ndarray] = []
    for path in paths:
        sound, _ = sf.read(path, dtype="float32", always_2d=True)
        power, _ = analysis.bands(torch.from_numpy(sound.mean(axis=1))[None])
        powers.append(power[0].numpy().mean(axis=1))
    mean = np.mean(powers, axis=0)
    level_db: np.ndarray = 10 * np.log10(mean / mean.mean() + 1e-6)
    return level_db


def test_a_render_sounds_like_what_was_learnt(
    model: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "walk.wav"
    words = ["--model", str(model), "--seconds", "20", "--seed", "1", "--out", str(out)]
    subprocess.run([Path(sys.executable).with_name("distill-live"), "render", *words], check=True)
    representation = Representation(read_bundle(model).settings, Statistics())
    rendered = long_term_mel_db([out], representation)
    away = {
        name: np.abs(
            rendered - long_term_mel_db(sorted(folder.glob("*.wav")), representation)
        ).mean()
        for name, folder in folders.items()
    }
    assert away["learnt"] < 0.6 * away["other"]


@pytest.mark.jack
def test_it_is_played_live_and_an_axis_moves_it(model: Path) -> None:
    names = [axis.name for axis in read_bundle(model).axes]
    still, moved = twins(model, f"/axis/{names[0]}")
    assert np.abs(still).max() > 1e-3
    apart = np.abs(spectrum_db(moved) - spectrum_db(still)).mean()
    halves = np.array_split(still, 2)
    assert apart > np.abs(spectrum_db(halves[0]) - spectrum_db(halves[1])).mean()
    if "brightness" in names:
        still, moved = twins(model, "/axis/brightness")
        assert centroid_hz(moved) > centroid_hz(still)


def spectrum_db(sound: np.ndarray) -> np.ndarray:
    """Smoothed over 16 bins of 2048."""
    frames = sound[: len(sound) // 2048 * 2048, 0].reshape(-1, 2048) * np.hanning(2048)
    power = (np.abs(np.fft.rfft(frames)[:, :1024]) ** 2).mean(axis=0).reshape(-1, 16).mean(axis=1)
    level_db: np.ndarray = 10 * np.log10(power + 1e-9)
    return level_db
