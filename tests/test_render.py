"""Rendering to a file: repeatable, whole, and refused in one line."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from tiny import tiny_bundle

from distill_live.addresses import IDLE_DRIFT
from distill_live.bundle import write_bundle
from distill_live.engine import Command, Engine
from distill_live.errors import AudioFileError, BundleError, ConfigurationError
from distill_live.render import render


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("render") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


def test_same_arguments_same_bytes(model: Path, tmp_path: Path) -> None:
    a, b, c = (tmp_path / name for name in ("a.wav", "b.wav", "c.wav"))
    render(model, a, seconds=1.5, seed=1)
    render(model, b, seconds=1.5, seed=1)
    render(model, c, seconds=1.5, seed=2)
    assert a.read_bytes() == b.read_bytes()
    assert a.read_bytes() != c.read_bytes()


def test_the_file_holds_what_the_engine_renders(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "y.wav"
    render(model, path, seconds=1.23, seed=5, channels=3)
    y, rate_hz = sf.read(path, dtype="float32")
    assert (rate_hz, y.shape) == (48000, (round(1.23 * 48000), 3))
    engine = Engine(tiny_bundle(), channels=3, seed=5)
    engine.apply(Command("/drift", (IDLE_DRIFT,)))
    expected = np.empty_like(y)
    engine.render(expected)
    np.testing.assert_allclose(y, expected, atol=2**-23)  # 24 bits
    assert np.abs(y).max() > 0.01


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), 1e9])
def test_impossible_lengths_are_refused(model: Path, tmp_path: Path, seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="seconds is"):
        render(model, tmp_path / "y.wav", seconds=seconds)


def test_a_missing_model_or_folder_is_one_line_and_leaves_nothing(
    model: Path, tmp_path: Path
) -> None:
    with pytest.raises(BundleError):
        render(tmp_path / "none.distill", tmp_path / "y.wav", seconds=1)
    with pytest.raises(AudioFileError, match="not written") as caught:
        render(model, tmp_path / "no" / "y.wav", seconds=1)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
