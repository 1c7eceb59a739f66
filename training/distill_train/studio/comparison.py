"""Comparison of two models: the same recordings and the same walk through both, equally loud.

A recording is played along its path through each model: the latents that the encoder gave when the
model was made. A model without paths has its landmarks instead.
"""

import json
import math
import shutil
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from distill_live import __version__
from distill_live.bundle import Bundle, plain_name, read_bundle
from distill_live.engine.mixing.loudness import TARGET_LUFS, k_weights
from distill_live.errors import AudioFileError, CommandError, DistillError, TrainingError
from distill_live.files import atomic_write
from distill_live.offline.arguments import plan_from
from distill_live.offline.render import render_array
from distill_live.spectrogram import Float32
from distill_live.user_files import make_folder, one_name, signature
from distill_train.corpus.audio import find_files, recording_names
from distill_train.corpus.decoder import Decoder
from distill_train.corpus.recording import mono
from distill_train.corpus.survey import survey
from distill_train.studio.folders import cache_folder, file_below

EXCERPTS, EXCERPT_S = 3, 6.0
"""Maximum number of recordings, and length of each sound."""

WALK_S, SEED = 12.0, 1
"""Length and random seed of the walk."""

MAX_PEAK = 0.98

RESULT = "pairs.json"
"""Name of the list of sounds in a comparison's folder, written last."""


MAX_KEPT = 16
"""Maximum number of comparisons that are kept, the newest."""


def comparisons_folder() -> Path:
    """Folder of the comparisons' sounds, which can be made again."""
    return cache_folder() / "comparisons"


class Comparisons:
    """Comparisons that are made here, one after the other, and those that were made before."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, "comparison")
        self._futures: dict[str, Future[None]] = {}

    def start(self, a: Path, b: Path, recordings: Path | None) -> str:
        """Start a comparison of two model files, unless it is made, and return its name.

        It is made again if a model or recording is another file by now, or by another version.
        """
        facts = [str(path) for path in (a, b, recordings)]
        facts += [__version__, *(str(signature(path)) for path in (a, b))]
        if recordings is not None:
            with suppress(TrainingError):  # there is none
                found = find_files(recordings).paths
                facts += [f"{path} {signature(path)}" for path in found]
        name = sha256("\n".join(facts).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        folder = comparisons_folder() / name
        known = self._futures.get(name)
        if _read_pairs(folder) is None and (known is None or known.done()):
            _remove_old()
            self._futures[name] = self._worker.submit(compare, a, b, recordings, folder)
        return name

    def pairs(self, name: str) -> list[dict[str, Any]] | None:
        """Pairs of sounds of a comparison: ``title``, and files ``a``, ``b`` and ``original``.

        Returns
        -------
        list or None
            None while they are made.

        Raises
        ------
        DistillError
            If there is no such comparison, or it failed.
        """
        future = self._futures.get(name)
        if future is not None and not future.done():
            return None
        if future is not None:
            future.result()
        pairs = _read_pairs(comparisons_folder() / Path(name).name)
        if pairs is None:
            raise CommandError("there is no such comparison any more; compare the models again")
        return pairs


def _remove_old() -> None:
    with suppress(OSError):
        made = sorted(comparisons_folder().iterdir(), key=lambda path: path.stat().st_mtime)
        for folder in made[: 1 - MAX_KEPT]:
            shutil.rmtree(folder, ignore_errors=True)


def compare(a: Path, b: Path, recordings: Path | None, out: Path) -> None:
    """Render the sounds of a comparison into a folder; a list of them is written last.

    Parameters
    ----------
    a, b
        Files of the models.
    recordings
        Folder of their recordings, for the originals.
    out
        Folder to write to.

    Raises
    ------
    DistillError
        If a model or recording cannot be read, or a file not be written.
    """
    make_folder(out)
    bundles = [read_bundle(path) for path in (a, b)]
    pairs: list[dict[str, str | None]] = []
    for number, name in enumerate(_common_recordings(bundles)):
        sounds = {
            key: (_render(bundle, EXCERPT_S, f"recording:{name}"), bundle.settings.sample_rate_hz)
            for key, bundle in zip("ab", bundles, strict=True)
        }
        if original := _original(recordings, name):
            sounds["original"] = original
        pairs.append({"title": name, **_write(out, f"recording-{number}", sounds)})
    sounds = {
        key: (_render(bundle, WALK_S, "walk"), bundle.settings.sample_rate_hz)
        for key, bundle in zip("ab", bundles, strict=True)
    }
    pairs.append({"title": "walk", **_write(out, "walk", sounds)})
    with atomic_write(out / RESULT, AudioFileError) as temporary:
        temporary.write_text(json.dumps(pairs), encoding="utf-8")


def _read_pairs(folder: Path) -> list[dict[str, Any]] | None:
    try:
        pairs: list[dict[str, Any]] = json.loads((folder / RESULT).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return pairs


def sound_weight(sound: Float32, rate_hz: int) -> float:
    """K-weighted mean square of a sound ``(frames, channels)``, after ITU-R BS.1770, ungated."""
    power = np.square(np.abs(np.fft.rfft(sound, axis=0)), dtype=np.float64)
    hz = np.fft.rfftfreq(len(sound), 1.0 / rate_hz).astype(np.float64)
    return float(2.0 * (k_weights(hz) @ power).sum() / len(sound) ** 2 / sound.shape[1])


def _common_recordings(bundles: Sequence[Bundle]) -> list[str]:
    """Recordings that both models have, evenly spread."""
    first, second = (bundle.recordings for bundle in bundles)
    common = [name for name in dict.fromkeys(first) if name in second]
    return common[:: max(1, len(common) // EXCERPTS)][:EXCERPTS]


def _render(bundle: Bundle, seconds: float, path: str) -> Float32:
    plan = plan_from(bundle, seconds=seconds, seed=SEED, path=path, report=lambda _: None)
    return render_array(bundle, plan)


def _original(recordings: Path | None, name: str) -> tuple[Float32, int] | None:
    """Beginning of a recording in mono, and its sample rate; None if it is not there."""
    if recordings is None:
        return None
    try:
        paths = find_files(recordings).paths
        files = [path.relative_to(recordings).as_posix() for path in paths]
        names = recording_names(files)
        if name not in names:  # other files were learnt, or by an earlier version
            names = [plain_name(one_name(file)) for file in files]
        if name in names:
            path, file = paths[names.index(name)], files[names.index(name)]
            file_below(recordings, file, Path.is_file)
            with Decoder(path) as sound:
                channel = survey(path).channel if sound.channels > 1 else 0
                count = min(sound.frames, round(EXCERPT_S * sound.rate_hz))
                return mono(sound.read(0, count), channel)[:, None], sound.rate_hz
    except DistillError:  # it plays no part in choosing
        pass
    return None


def _write(out: Path, title: str, sounds: dict[str, tuple[Float32, int]]) -> dict[str, str | None]:
    """Write sounds at one loudness: `TARGET_LUFS`, or less if one would be clipped."""
    rms = {key: math.sqrt(sound_weight(*sound)) for key, sound in sounds.items()}
    peaks = {key: float(np.abs(sound).max()) for key, (sound, _) in sounds.items()}
    level = min(
        [10.0 ** (TARGET_LUFS / 20.0)]
        + [MAX_PEAK * rms[key] / peaks[key] for key in sounds if peaks[key] > 0.0]
    )
    names: dict[str, str | None] = {"original": None}
    for key, (sound, rate_hz) in sounds.items():
        names[key] = f"{title}-{key}.wav"
        gain = level / rms[key] if rms[key] > 0.0 else 0.0
        with (
            atomic_write(out / f"{title}-{key}.wav", AudioFileError) as temporary,
            temporary.open("wb") as file,
        ):
            soundfile.write(file, sound * gain, rate_hz, format="WAV")
    return names
