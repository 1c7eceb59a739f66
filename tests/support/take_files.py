"""Read the files of a recorded take independently of the recorder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf


def said(path: Path) -> dict[str, Any]:
    """A take's JSON, by a reader that knows nothing of it."""
    document = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def sound(path: Path) -> np.ndarray:
    samples: np.ndarray = sf.read(path, dtype="float32", always_2d=True)[0]
    return samples


def assert_whole(path: Path) -> None:
    """A WAV that plays to its end, and JSON beside it."""
    assert path.stat().st_size == 8 + int.from_bytes(path.read_bytes()[4:8], "little")
    assert np.isfinite(sound(path)).all()
    assert said(path.with_suffix(".json"))["format"] == 1
