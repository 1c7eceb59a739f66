"""Find sound files, by content, and read their headers.

A file that cannot be used is skipped with a reason; a run continues with the others. Torch is not
imported, so that errors are reported at once.
"""

import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import soundfile

from distill_live.bundle import plain_name
from distill_live.bundle.checks import MAX_NAME_LENGTH
from distill_live.errors import AudioFileError, TrainingError
from distill_live.files import open_regular
from distill_live.user_files import one_name
from distill_train.corpus.containers.kinds import (
    OTHER_SUFFIXES,
    READ_NAMES,
    SUFFIXES,
    other_kind,
    sound_kind,
)
from distill_train.corpus.containers.stream_file import Window
from distill_train.corpus.decoder import Decoder
from distill_train.output_paths import is_run_folder

Source = Path | Sequence[Path]
"""Recordings of a corpus: a folder, searched recursively, or a list of files."""

PEAK_DBFS = -1.0
"""Peak that a corpus, file or chunk is normalised to."""

MAX_NAMED_FILES = 20
"""Maximum number of files listed by name, of those skipped and of those with a note."""


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


@dataclass(frozen=True)
class FileNote:
    """What is not read of a file, or not as one expects, in one line."""

    file: str
    text: str


@dataclass
class FoundFiles:
    """Sound files of a source.

    Attributes
    ----------
    folder
        Folder of the recordings.
    paths
        Sound files, sorted.
    unread
        Sound and video files that are not read, by type.
    others
        Number of other files.
    """

    folder: Path
    paths: list[Path] = field(default_factory=list)
    unread: dict[str, list[Path]] = field(default_factory=dict)
    others: int = 0

    @property
    def unread_line(self) -> str:
        """Line that counts the files that are not read, and says how to convert them; or empty."""
        if not self.unread:
            return ""
        counts = [f"{len(paths)} {kind}" for kind, paths in sorted(self.unread.items())]
        total = sum(map(len, self.unread.values()))
        first = min(path for paths in self.unread.values() for path in paths)
        return (
            f"{total} sound or video file{'s' if total > 1 else ''} of types that are not read "
            f"({', '.join(counts)}); convert each, such as with: "
            f'ffmpeg -i "{first.name}" "{first.stem}.flac"'
        )


def find_files(source: Source) -> FoundFiles:
    """Find the sound files of a source; a list's folder is its deepest common one.

    In a folder and below, files are recognised by content. Hidden files and run folders are
    ignored; links to folders are followed, each folder once.

    Raises
    ------
    TrainingError
        If there is no sound file, a listed one is missing, or a folder is none.
    """
    if isinstance(source, Path):
        return _find_in_folder(source)
    paths = {Path(os.path.abspath(path)) for path in source}  # noqa: PTH100
    listed = _distinct(sorted(paths, key=_sorting_key))
    for path in listed:
        if not path.is_file():
            raise TrainingError(f"{path} is not a file; list sound files that exist")
    try:
        folder = Path(os.path.commonpath([path.parent for path in listed]))
    except ValueError:  # no file, or several drives
        raise TrainingError("the list of files is empty or spans several drives") from None
    return FoundFiles(folder, listed)


def find_audio_files(folder: Path) -> list[Path]:
    """Sound files in `folder` and below; see `find_files`.

    Raises
    ------
    TrainingError
        If `folder` is no folder, or holds no sound file.
    """
    return _find_in_folder(folder).paths


def _find_in_folder(folder: Path) -> FoundFiles:
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not a folder; give one that holds recordings")
    found = FoundFiles(folder)
    for path in _walk(folder):
        kind = _kind_of(path)
        if kind is None:
            found.others += 1
        elif kind:
            found.unread.setdefault(kind, []).append(path)
        else:
            found.paths.append(path)
    if not found.paths:
        unread = f"; {found.unread_line}" if found.unread else f"; put files in it: {READ_NAMES}"
        count = found.others + sum(map(len, found.unread.values()))
        if not count:
            raise TrainingError(f"{folder} holds no files{unread}")
        plural = "s" * (count > 1)
        raise TrainingError(f"{folder} holds no recordings among its {count} file{plural}{unread}")
    found.paths.sort(key=_sorting_key)
    return found


def _walk(folder: Path) -> Iterator[Path]:
    """Regular files of a folder and below; a folder that is reached by several links comes once."""
    seen: set[tuple[int, int]] = set()
    linked: list[Path] = []
    waiting = [folder]
    while waiting or linked:
        here = waiting.pop() if waiting else linked.pop(0)  # links last: real names have precedence
        try:
            status = here.stat()
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            continue
        if (identity := (status.st_dev, status.st_ino)) in seen and status.st_ino:
            continue
        seen.add(identity)
        for entry in entries:
            path = here / entry.name
            if entry.name[0] == ".":
                continue
            try:
                is_folder = path.is_dir() and not is_run_folder(path)
                is_file = path.is_file()
            except OSError:  # a folder may be listed, not entered; a drive may be away
                continue
            if is_folder:
                (linked if entry.is_symlink() else waiting).append(path)
            elif is_file:
                yield path


def recording_names(files: Sequence[str]) -> list[str]:
    """Displayed names of recordings, by their paths, each another one.

    Those of equal names have their folders, those that are still equal a number. Long ones are
    shortened in the middle.
    """
    paths = [one_name(file) for file in files]
    names = [_displayed(path.rpartition("/")[2]) for path in paths]
    counts = Counter(names)
    taken = {name for name in names if counts[name] == 1}
    for index, path in enumerate(paths):
        if counts[names[index]] > 1:
            longer = path.replace("/", " - ")
            numbered = (f"{longer} ({number})" for number in itertools.count(2))
            possible = map(_displayed, itertools.chain([longer], numbered))
            names[index] = next(name for name in possible if name not in taken)
            taken.add(names[index])
    return names


def _displayed(name: str) -> str:
    """Valid name of a recording; one over `MAX_NAME_LENGTH` lacks its middle."""
    if len(name) > MAX_NAME_LENGTH:
        half = (MAX_NAME_LENGTH - len("...")) // 2
        name = f"{name[:half]}...{name[-half:]}"
    return plain_name(name)


def _sorting_key(path: Path) -> tuple[str, ...]:
    """Key for an order that does not depend on the Unicode form of names."""
    return tuple(map(one_name, path.parts))


def _distinct(paths: Sequence[Path]) -> list[Path]:
    """Paths without those that name a file already listed, as `A.wav` does where case is nothing.

    Only names in one folder are compared: a link elsewhere is another recording.
    """
    found: dict[tuple[Path, str], Path] = {}
    for path in paths:
        key = (path.parent, one_name(path.name).casefold())
        other = found.get(key)
        try:
            same = other is not None and other.samefile(path)
        except OSError:
            same = False
        if not same:
            found[key if other is None else (path.parent, path.name)] = path
    return list(found.values())


def is_sound(path: Path) -> bool:
    """Whether a path is a sound file that is read."""
    return path.is_file() and _kind_of(path) == ""


def _kind_of(path: Path) -> str | None:
    """Empty for a sound file, the type of one that is not read, or None for any other file."""
    suffix = path.suffix.lower()
    try:
        with open_regular(path) as file:
            window = Window(file)
            if sound_kind(window):
                return ""
            other = other_kind(window)
            if not other and window.at(0, 10) == b"MATLAB 5.0" and _opens(path):
                return ""
    except (OSError, ValueError):
        other = ""
    if suffix in SUFFIXES:
        return other if other in ("m4a", "mp4", "aac", "wma") else ""
    if suffix in OTHER_SUFFIXES:
        return suffix[1:]
    return other or None


def _opens(path: Path) -> bool:
    """Whether libsndfile opens a file."""
    try:
        soundfile.SoundFile(path).close()
    except (soundfile.SoundFileError, OSError):
        return False
    return True


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
            with Decoder(path) as sound:
                headers.append(Header(name, sound.frames, sound.rate_hz, sound.channels))
        except AudioFileError as error:
            skipped.append(SkippedFile(name, str(error)))
    return headers, skipped


def skipped_lines(skipped: Sequence[SkippedFile]) -> list[str]:
    """One line for each skipped file, at most `MAX_NAMED_FILES`, and their number beyond that."""
    lines = [f"left out {file.file}: {file.reason}" for file in skipped[:MAX_NAMED_FILES]]
    more = len(skipped) - len(lines)
    return [*lines, f"left out {more} more"] if more else lines


def noted_lines(notes: Sequence[FileNote]) -> list[str]:
    """One line for each note, at most `MAX_NAMED_FILES`, and their number beyond that."""
    lines = [f"recording {note.file}: {note.text}" for note in notes[:MAX_NAMED_FILES]]
    more = len(notes) - len(lines)
    return [*lines, f"notes on {more} more"] if more else lines


def no_usable_files(folder: Path, skipped: Sequence[SkippedFile]) -> TrainingError:
    """Error for a folder whose sound files were all skipped."""
    first = skipped[0]
    return TrainingError(
        f"none of the {len(skipped)} sound files in {folder} can be used; "
        f"the first, {first.file}: {first.reason}"
    )
