"""Manifest of a cache, and comparison with the current files and settings.

A cache is a JSON manifest and one file of rows that it refers to. A row is a frame: the two
channels, ``2 n_mels`` float32 in native byte order. Where every chunk has a level of its own, it is
band power, band frequency and the peak near the frame, ``2 n_mels + 1``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self, TypeVar, get_type_hints

from distill_live.errors import DistillError
from distill_live.spectrogram import SpectrogramSettings, Statistics
from distill_train.config import AugmentationConfig, TrainingConfig
from distill_train.corpus.audio import FileNote, SkippedFile

FORMAT, VERSION = "distill-train cache", 2
MANIFEST = "manifest.json"

MAX_MANIFEST_BYTES = 256 * 2**20
"""Maximum size of a manifest, which has about 300 bytes per recording and copy."""


@dataclass(frozen=True)
class CacheSettings:
    """Settings that a cache depends on.

    Attributes
    ----------
    spectrogram
        Settings of the analysis.
    level
        Normalisation, one of `distill_train.config.LEVELS`.
    augmentation, augmentation_expansion
        Augmentation of the copies, and number of copies of each chunk.
    seed
        Random seed of the copies.
    """

    spectrogram: SpectrogramSettings
    level: str = "corpus"
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    augmentation_expansion: int = 0
    seed: int = 0

    @classmethod
    def of(cls, config: TrainingConfig) -> Self:
        """Settings for a training run."""
        return cls(**{one.name: getattr(config, one.name) for one in fields(cls)})

    @property
    def row_values(self) -> int:
        """Number of values in a row."""
        return 2 * self.spectrogram.n_mels + (self.level == "chunk")

    @property
    def row_bytes(self) -> int:
        """Size of a row in bytes."""
        return 4 * self.row_values

    def as_json(self) -> dict[str, Any]:
        """JSON values for the manifest, without settings that have no effect."""
        augmentation: dict[str, Any] = {"expansion": self.augmentation_expansion}
        if self.augmentation_expansion:
            augmentation |= {"seed": self.seed, **asdict(self.augmentation)}
        return {
            "spectrogram": asdict(self.spectrogram),
            "level": self.level,
            "augmentation": augmentation,
        }


@dataclass(frozen=True)
class FileState:
    """A sound file when the cache was built: relative path, size in bytes, time of change."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class StoredRecording:
    """Rows of a recording.

    Attributes
    ----------
    file
        Path relative to the folder.
    samples
        Length at the settings' sample rate.
    source_frames, channel
        Length in frames of the file, as it was decoded, and the channel that was analysed, from 1;
        0 for the mean of all.
    first_row, frames
        First row and number of rows, including silence.
    silence_frames
        Number of frames of silence before and after the recording.
    gain
        Gain of its samples.
    """

    file: str
    samples: int
    source_frames: int
    channel: int
    first_row: int
    frames: int
    silence_frames: int
    gain: float


@dataclass(frozen=True)
class StoredCopy:
    """Rows of an augmented stretch of a recording.

    Attributes
    ----------
    recording
        Index of the recording.
    first_row, frames
        First row and number of rows.
    first_frame
        First frame of the recording that it is a copy of.
    heard_from, heard_to
        Frames of the recording that influenced it, including the context of the analysis.
    """

    recording: int
    first_row: int
    frames: int
    first_frame: int
    heard_from: int
    heard_to: int


@dataclass(frozen=True)
class Manifest:
    """Content of a complete cache.

    Attributes
    ----------
    created
        Time in UTC, ISO 8601.
    settings
        `CacheSettings.as_json`.
    measured
        Whether `statistics` were computed from this corpus.
    files
        All sound files found, including skipped ones.
    notes
        What is not read of a file, or not as one expects.
    data, bytes
        Name and size of the file of rows beside the manifest.
    """

    created: str
    settings: Mapping[str, Any]
    statistics: Statistics
    measured: bool
    files: tuple[FileState, ...]
    skipped: tuple[SkippedFile, ...]
    notes: tuple[FileNote, ...]
    recordings: tuple[StoredRecording, ...]
    copies: tuple[StoredCopy, ...]
    data: str
    bytes: int

    @property
    def rows(self) -> int:
        """Number of rows."""
        recordings = sum(recording.frames for recording in self.recordings)
        return recordings + sum(copy.frames for copy in self.copies)

    def as_text(self) -> str:
        """JSON text of the manifest."""
        counts = {
            "files": len(self.files),
            "skipped": len(self.skipped),
            "recordings": len(self.recordings),
            "copies": len(self.copies),
            "frames": self.rows,
        }
        head = {"format": FORMAT, "version": VERSION, "counts": counts}
        return json.dumps({**head, **asdict(self)}, indent=2)


_DAMAGE = (
    *(OSError, ArithmeticError, AttributeError, LookupError, RecursionError),
    *(TypeError, ValueError, DistillError),
)
"""Exceptions that reading a damaged manifest may raise."""

T = TypeVar("T", FileState, SkippedFile, FileNote, StoredRecording, StoredCopy)


def _listed(kind: type[T], items: Any) -> tuple[T, ...]:
    """Build dataclasses from a JSON list, checking the types of their fields.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a field has another type.
    """
    hints = get_type_hints(kind)
    for item in items:
        for name, value in item.items():
            expected = (int, float) if hints[name] is float else (hints[name],)
            if type(value) not in expected or (type(value) is not str and not abs(value) < 2**63):
                raise ValueError(name)
    return tuple(kind(**item) for item in items)


def _fits(manifest: Manifest) -> bool:
    """Whether all recordings are listed files, and all rows exist."""
    recordings, rows = manifest.recordings, manifest.rows
    parts: list[StoredRecording | StoredCopy] = [*recordings, *manifest.copies]
    return (
        {one.file for one in recordings} <= {state.path for state in manifest.files}
        and all(0 <= copy.recording < len(recordings) for copy in manifest.copies)
        and all(0 <= one.first_row <= one.first_row + one.frames <= rows for one in parts)
    )


def read_manifest(location: Path, settings: CacheSettings) -> Manifest | str:
    """Read a manifest, or the reason why it cannot be used; empty if there is none."""
    try:
        with (location / MANIFEST).open("rb") as file:
            data = file.read(MAX_MANIFEST_BYTES + 1)
    except OSError:
        return ""
    try:
        if len(data) > MAX_MANIFEST_BYTES:
            return "it was damaged"
        values = json.loads(data)
        if values["format"] != FORMAT or values["version"] != VERSION:
            return "another version made it"
        manifest = Manifest(
            created=str(values["created"]),
            settings=dict(values["settings"]),
            statistics=Statistics(**values["statistics"]),
            measured=bool(values["measured"]),
            files=_listed(FileState, values["files"]),
            skipped=_listed(SkippedFile, values["skipped"]),
            notes=_listed(FileNote, values["notes"]),
            recordings=_listed(StoredRecording, values["recordings"]),
            copies=_listed(StoredCopy, values["copies"]),
            data=Path(values["data"]).name,
            bytes=int(values["bytes"]),
        )
        size = (location / manifest.data).stat().st_size
    except _DAMAGE:
        return "it was damaged"
    same_rows = manifest.settings.get("spectrogram") == settings.as_json()["spectrogram"]
    if (
        not _fits(manifest)
        or size != manifest.bytes
        or (
            same_rows
            and manifest.settings.get("level") == settings.level
            and size != manifest.rows * settings.row_bytes
        )
    ):
        return "it was damaged"
    return manifest


def changes(
    manifest: Manifest,
    settings: CacheSettings,
    files: Sequence[FileState],
    statistics: Statistics | None,
) -> list[str]:
    """Describe the differences from a cache; empty if it can be used.

    Parameters
    ----------
    manifest
        Manifest of the cache.
    settings, files
        Current settings and files.
    statistics
        Required statistics; None for those of the corpus.
    """
    then = {state.path: state for state in manifest.files}
    now = {state.path: state for state in files}
    counts = {
        "added": len(now.keys() - then.keys()),
        "removed": len(then.keys() - now.keys()),
        "changed": sum(then[path] != now[path] for path in then.keys() & now.keys()),
    }
    found = [
        f"{count} file{'s' if count > 1 else ''} {what}" for what, count in counts.items() if count
    ]
    wanted = settings.as_json()
    found += [
        f"{name} changed"
        for name in ("spectrogram", "level", "augmentation")
        if manifest.settings.get(name) != wanted[name]
    ]
    own = manifest.measured if statistics is None else manifest.statistics == statistics
    if not own:
        found.append("statistics changed")
    return found
