"""Recordings: finding sound files, and reading them as mono at the settings' rate and one level.

A file that cannot be used is left out and named with the reason; it never stops a run while others
are left. This module knows nothing of spectrograms.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
import torch
import torchaudio

from distill_live.errors import AudioFileError, TrainingError
from distill_live.spectrogram import Float32

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")
"""Of files that are taken for recordings, in any case of letters."""

PEAK_DBFS = -1.0
"""Peak of the corpus as it is learnt. One gain for all files, so that their balance is kept."""

SILENCE_DBFS = -80.0
"""A file with a lower peak is silent."""


@dataclass(frozen=True)
class Recording:
    """One sound file, as it is learnt.

    Attributes
    ----------
    file
        Path below the folder, with forward slashes.
    samples
        Mono, float32, ``(samples,)``, at the settings' rate.
    """

    file: str
    samples: Float32


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Corpus:
    """All recordings of a folder, at one level.

    Attributes
    ----------
    recordings
        In the order of their paths; at least one.
    skipped
        Files that were left out.
    gain
        Factor that brought the loudest recording's peak to `PEAK_DBFS`.
    sample_rate_hz
        Of every recording.
    """

    recordings: tuple[Recording, ...]
    skipped: tuple[Skipped, ...]
    gain: float
    sample_rate_hz: int

    @property
    def seconds(self) -> float:
        """Length of all recordings together."""
        samples = sum(len(recording.samples) for recording in self.recordings)
        return samples / self.sample_rate_hz


def find_audio_files(folder: Path) -> list[Path]:
    """Sound files below `folder`, sorted; hidden files and folders are passed over.

    Raises
    ------
    TrainingError
        If `folder` is no folder that can be listed, or holds no sound file.
    """
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not a folder; give one that holds recordings")
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]
    if not found:
        kinds = " ".join(suffix.removeprefix(".") for suffix in SUFFIXES)
        raise TrainingError(f"{folder} holds no recordings; put files in it of type {kinds}")
    return sorted(found)


def read_recording(path: Path, sample_rate_hz: int) -> Float32:
    """A sound file as mono at `sample_rate_hz`, ``(samples,)``; channels are averaged.

    Raises
    ------
    AudioFileError
        If the file cannot be read, or is empty, silent, or not finite.
    """
    try:
        sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioFileError(f"it cannot be read: {_one_line(error)}") from None
    if not len(sound):
        raise AudioFileError("it is empty")
    if not np.isfinite(sound).all():
        raise AudioFileError("it holds values that are not finite")
    mono = torch.from_numpy(sound.mean(axis=1))
    if rate_hz != sample_rate_hz:
        mono = torchaudio.functional.resample(mono, rate_hz, sample_rate_hz)
    samples: Float32 = mono.numpy()
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < 10 ** (SILENCE_DBFS / 20):
        raise AudioFileError(f"it is silent: its peak lies under {SILENCE_DBFS:.0f} dBFS")
    return samples


def load_corpus(
    folder: Path,
    sample_rate_hz: int,
    on_file: Callable[[int, int], None] | None = None,
) -> Corpus:
    """Read every recording of a folder and set their common level.

    Parameters
    ----------
    folder
        Searched recursively.
    sample_rate_hz
        Rate to resample to.
    on_file
        Called with the number of files done and found, after each.

    Raises
    ------
    TrainingError
        If no recording is left; the message counts what was found.
    """
    paths = find_audio_files(folder)
    recordings, skipped = [], []
    for done, path in enumerate(paths, start=1):
        name = path.relative_to(folder).as_posix()
        try:
            recordings.append(Recording(name, read_recording(path, sample_rate_hz)))
        except AudioFileError as error:
            skipped.append(Skipped(name, str(error)))
        if on_file:
            on_file(done, len(paths))
    if not recordings:
        first = skipped[0]
        raise TrainingError(
            f"none of the {len(paths)} sound files in {folder} can be used; "
            f"the first, {first.file}: {first.reason}"
        )
    peak = max(float(np.abs(recording.samples).max()) for recording in recordings)
    gain = 10 ** (PEAK_DBFS / 20) / peak
    return Corpus(
        recordings=tuple(
            replace(recording, samples=recording.samples * np.float32(gain))
            for recording in recordings
        ),
        skipped=tuple(skipped),
        gain=gain,
        sample_rate_hz=sample_rate_hz,
    )


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
