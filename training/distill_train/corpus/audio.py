"""Sound files of a folder: finding them, and what their headers say.

A file that cannot be used is left out and named with the reason; it never stops a run while others
are left. This module reads headers only and loads no torch, so that it can answer at once.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import soundfile

from distill_live.errors import AudioFileError, TrainingError
from distill_train.output_paths import is_run_folder

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")
"""Of files that are taken for recordings, in any case of letters."""

PEAK_DBFS = -1.0
"""Peak of what is levelled (the corpus, a file or a chunk) as it is learnt."""

SILENCE_DBFS = -80.0
"""A file with a lower peak is silent."""

NAMED_FILES = 20
"""Most files that were left out that are named each."""

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 1000, 768_000
"""Sample rates that are taken seriously."""

FRAMES_PER_BYTE = 10_000
"""Most that a header may claim; the most that silence is packed into is a few thousand."""


@dataclass(frozen=True)
class Header:
    """What a sound file says of itself.

    Attributes
    ----------
    file
        Path below the folder, with forward slashes.
    frames, rate_hz, channels
        Its length, sample rate and channel count.
    """

    file: str
    frames: int
    rate_hz: int
    channels: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate_hz

    def samples(self, sample_rate_hz: int) -> int:
        """Length in samples at another rate."""
        return -(-self.frames * sample_rate_hz // self.rate_hz)


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why."""

    file: str
    reason: str


def find_audio_files(folder: Path) -> list[Path]:
    """Sound files below `folder`, sorted; what is hidden, and folders of runs, are passed over.

    Raises
    ------
    TrainingError
        If `folder` is no folder that can be listed, or holds no sound file.
    """
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not a folder; give one that holds recordings")
    found, others = [], 0
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = [name for name in folders if name[0] != "." and not is_run_folder(here / name)]
        for path in (here / name for name in names if name[0] != "."):
            if not path.is_file():
                continue
            if path.suffix.lower() in SUFFIXES:
                found.append(path)
            else:
                others += 1
    if not found:
        kinds = " ".join(suffix.removeprefix(".") for suffix in SUFFIXES)
        raise TrainingError(
            f"{folder} holds no recordings among its {others} files; "
            f"put files in it of type {kinds}"
        )
    return sorted(found)


def scan_headers(folder: Path, paths: Sequence[Path]) -> tuple[list[Header], list[Skipped]]:
    """The headers of sound files, and those files whose header cannot be read."""
    headers, skipped = [], []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            with open_sound_file(path) as file:
                headers.append(Header(name, file.frames, file.samplerate, file.channels))
        except AudioFileError as error:
            skipped.append(Skipped(name, str(error)))
    return headers, skipped


def open_sound_file(path: Path) -> soundfile.SoundFile:
    """Open a sound file for reading.

    Raises
    ------
    AudioFileError
        If it cannot be opened, is empty, or its sample rate is out of range.
    """
    try:
        # As bytes, a name that is no Unicode can be opened too.
        file = soundfile.SoundFile(os.fsencode(path) if os.name == "posix" else path)
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        raise reading_error(error) from None
    if file.frames <= 0:
        file.close()
        raise AudioFileError("it is empty")
    if not LOWEST_RATE_HZ <= file.samplerate <= HIGHEST_RATE_HZ:
        file.close()
        raise AudioFileError(
            f"its sample rate is {file.samplerate} Hz; "
            f"it must lie in {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ}"
        )
    size_bytes = path.stat().st_size
    if file.frames > FRAMES_PER_BYTE * size_bytes:
        file.close()
        raise AudioFileError(f"it claims {file.frames} frames in {size_bytes} bytes")
    return file


def reading_error(error: BaseException) -> AudioFileError:
    """What went wrong with a file, in one line."""
    if isinstance(error, soundfile.LibsndfileError):
        reason = str(error.error_string)
    else:
        reason = str(getattr(error, "strerror", None) or error)
    return AudioFileError(f"it cannot be read: {' '.join(reason.split()) or type(error).__name__}")


def check_heard(peak: float) -> None:
    """Refuse a recording with that peak if it is silent.

    Raises
    ------
    AudioFileError
        If the peak lies under `SILENCE_DBFS`.
    """
    if peak < 10 ** (SILENCE_DBFS / 20):
        raise AudioFileError(f"it is silent: its peak lies under {SILENCE_DBFS:.0f} dBFS")


def left_out(skipped: Sequence[Skipped]) -> list[str]:
    """Lines that name what was left out and why, at most `NAMED_FILES` of them by name."""
    lines = [f"left out {file.file}: {file.reason}" for file in skipped[:NAMED_FILES]]
    more = len(skipped) - len(lines)
    return [*lines, f"left out {more} more"] if more else lines


def nothing_left(folder: Path, skipped: Sequence[Skipped]) -> TrainingError:
    """The error that says that all of a folder's sound files had to be left out."""
    first = skipped[0]
    return TrainingError(
        f"none of the {len(skipped)} sound files in {folder} can be used; "
        f"the first, {first.file}: {first.reason}"
    )
