"""Find sound files and read their headers.

A file that cannot be used is skipped with a reason; a run continues with the others. Torch is not
imported, so that errors are reported at once.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile

from distill_live.errors import AudioFileError, TrainingError
from distill_live.files import open_regular
from distill_train.output_paths import is_run_folder

Source = Path | Sequence[Path]
"""Recordings of a corpus: a folder, searched recursively, or a list of files."""

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")
"""Suffixes of sound files, compared without case."""

PEAK_DBFS = -1.0
"""Peak that a corpus, file or chunk is normalised to."""

SILENCE_DBFS = -80.0
"""Peak below which a file is silent, and skipped."""

MAX_NAMED_FILES = 20
"""Maximum number of skipped files listed by name."""

MIN_RATE_HZ, MAX_RATE_HZ = 1000, 768_000
"""Range of accepted sample rates."""

MAX_FRAMES_PER_BYTE = 10_000
"""Limit for a header's length by file size; compressed silence reaches a few thousand."""


@dataclass(frozen=True)
class Header:
    """Header of a sound file.

    Attributes
    ----------
    file
        Path relative to the folder, with forward slashes.
    frames, rate_hz, channels
        Length, sample rate and number of channels.
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
class SkippedFile:
    """A sound file that cannot be used, and the reason."""

    file: str
    reason: str


def find_audio_files(folder: Path) -> list[Path]:
    """Sound files in `folder` and below, sorted; hidden files and run folders are ignored.

    Raises
    ------
    TrainingError
        If `folder` is no folder, or holds no sound file.
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


def find_files(source: Source) -> tuple[Path, list[Path]]:
    """Folder and sorted sound files of a source; a list's folder is its deepest common one.

    Raises
    ------
    TrainingError
        If there is no sound file, or a listed one is missing.
    """
    if isinstance(source, Path):
        return source, find_audio_files(source)
    paths = sorted({Path(os.path.abspath(path)) for path in source})  # noqa: PTH100
    for path in paths:
        if not path.is_file():
            raise TrainingError(f"{path} is not a file; list sound files that exist")
    try:
        return Path(os.path.commonpath([path.parent for path in paths])), paths
    except ValueError:  # no file, or several drives
        raise TrainingError("the list of files is empty or spans several drives") from None


def source_to_json(source: Source) -> str | list[str]:
    """JSON value of a source, with absolute paths."""
    if isinstance(source, Path):
        return str(source.resolve())
    return [os.path.abspath(path) for path in source]  # noqa: PTH100


def source_from_json(value: Any) -> Source:
    """Source of a JSON value from `source_to_json`.

    Raises
    ------
    TypeError
        If it is something else.
    """
    return Path(value) if isinstance(value, str) else [Path(path) for path in value]


def scan_headers(folder: Path, paths: Sequence[Path]) -> tuple[list[Header], list[SkippedFile]]:
    """Read the headers of sound files; files without a readable header are skipped."""
    headers, skipped = [], []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            with open_sound_file(path) as file:
                headers.append(Header(name, file.frames, file.samplerate, file.channels))
        except AudioFileError as error:
            skipped.append(SkippedFile(name, str(error)))
    return headers, skipped


def open_sound_file(path: Path) -> soundfile.SoundFile:
    """Open and check a sound file.

    Raises
    ------
    AudioFileError
        If it cannot be opened, is empty, or its sample rate is out of range.
    """
    try:
        open_regular(path).close()  # libsndfile would wait for a pipe
        # Bytes open names that are not Unicode, too.
        file = soundfile.SoundFile(os.fsencode(path) if os.name == "posix" else path)
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        raise reading_error(error) from None
    if file.frames <= 0:
        file.close()
        raise AudioFileError("it is empty")
    if not MIN_RATE_HZ <= file.samplerate <= MAX_RATE_HZ:
        file.close()
        raise AudioFileError(
            f"its sample rate is {file.samplerate} Hz; "
            f"it must lie in {MIN_RATE_HZ} to {MAX_RATE_HZ}"
        )
    size_bytes = path.stat().st_size
    if file.frames > MAX_FRAMES_PER_BYTE * size_bytes:
        file.close()
        raise AudioFileError(f"it claims {file.frames} frames in {size_bytes} bytes")
    return file


def reading_error(error: BaseException) -> AudioFileError:
    """One-line error for a file that cannot be read."""
    if isinstance(error, soundfile.LibsndfileError):
        reason = str(error.error_string)
    else:
        reason = str(getattr(error, "strerror", None) or error)
    return AudioFileError(f"it cannot be read: {' '.join(reason.split()) or type(error).__name__}")


def check_audible(peak: float) -> None:
    """Raise if a recording with this peak is silent.

    Raises
    ------
    AudioFileError
        If the peak is below `SILENCE_DBFS`.
    """
    if peak < 10 ** (SILENCE_DBFS / 20):
        raise AudioFileError(f"it is silent: its peak lies under {SILENCE_DBFS:.0f} dBFS")


def skipped_lines(skipped: Sequence[SkippedFile]) -> list[str]:
    """One line for each skipped file, at most `MAX_NAMED_FILES`, and their number beyond that."""
    lines = [f"left out {file.file}: {file.reason}" for file in skipped[:MAX_NAMED_FILES]]
    more = len(skipped) - len(lines)
    return [*lines, f"left out {more} more"] if more else lines


def no_usable_files(folder: Path, skipped: Sequence[SkippedFile]) -> TrainingError:
    """Error for a folder whose sound files were all skipped."""
    first = skipped[0]
    return TrainingError(
        f"none of the {len(skipped)} sound files in {folder} can be used; "
        f"the first, {first.file}: {first.reason}"
    )
