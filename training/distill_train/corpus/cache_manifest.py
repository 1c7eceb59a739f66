"""What a cache says of itself: its manifest, how two states of a folder differ, and estimates.

A cache is a JSON manifest and one file of rows that it names. A row is a frame: the two channels,
``2 n_mels`` float32 in the machine's order. Where every chunk has a level of its own it is instead
band power, band frequency and the peak under the frame, ``2 n_mels + 1``. This module knows no
sound, and writes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar, get_type_hints

from distill_live.errors import DistillError
from distill_live.spectrogram import SpectrogramSettings, Statistics
from distill_train.config import AugmentationConfig, TrainingConfig
from distill_train.corpus.audio import Skipped

FORMAT, VERSION = "distill-train cache", 1
MANIFEST = "manifest.json"

BYTES_LIMIT = 256 * 2**20
"""Of a manifest: some 200 bytes a recording, and a copy."""


@dataclass(frozen=True)
class CacheSettings:
    """What a cache is made with, besides the recordings.

    Attributes
    ----------
    spectrogram
        Of the frames.
    level
        One of `distill_train.config.LEVELS`.
    augmentation, augmentation_expansion
        How copies differ, and how many there are of each chunk.
    seed
        Of the copies.
    """

    spectrogram: SpectrogramSettings
    level: str = "corpus"
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    augmentation_expansion: int = 0
    seed: int = 0

    @classmethod
    def of(cls, config: TrainingConfig) -> Self:
        """Those of a training run."""
        return cls(
            spectrogram=config.spectrogram,
            level=config.level,
            augmentation=config.augmentation,
            augmentation_expansion=config.augmentation_expansion,
            seed=config.seed,
        )

    @property
    def row_values(self) -> int:
        """Numbers in a row."""
        return 2 * self.spectrogram.n_mels + (self.level == "chunk")

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return 4 * self.row_values

    def as_json(self) -> dict[str, Any]:
        """As the manifest has it; what has no effect is left out."""
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
    """A sound file as it was when the cache was made."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class StoredRecording:
    """Rows of one recording.

    Attributes
    ----------
    file
        Below the folder.
    samples
        Length at the settings' rate.
    first_row, frames
        Its rows, silence included.
    silence_frames
        Frames of silence before and after it.
    gain
        What its samples are multiplied with.
    """

    file: str
    samples: int
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
        Its index.
    first_row, frames
        Its rows.
    first_frame
        Of the recording's own, that it is a copy of.
    heard_from, heard_to
        Frames of the recording that it was made from, with all that the analysis heard.
    """

    recording: int
    first_row: int
    frames: int
    first_frame: int
    heard_from: int
    heard_to: int


@dataclass(frozen=True)
class Manifest:
    """What a complete cache holds.

    Attributes
    ----------
    created
        ISO 8601, UTC.
    settings
        `CacheSettings.as_json`.
    measured
        Whether `statistics` are this corpus' own.
    files
        All sound files found, also those left out.
    data, bytes
        The file of rows beside the manifest, and its size.
    """

    created: str
    settings: Mapping[str, Any]
    statistics: Statistics
    measured: bool
    files: tuple[FileState, ...]
    skipped: tuple[Skipped, ...]
    recordings: tuple[StoredRecording, ...]
    copies: tuple[StoredCopy, ...]
    data: str
    bytes: int

    @property
    def rows(self) -> int:
        """Rows in the data."""
        recordings = sum(recording.frames for recording in self.recordings)
        return recordings + sum(copy.frames for copy in self.copies)

    def as_text(self) -> str:
        """As JSON."""
        counts = {
            "files": len(self.files),
            "skipped": len(self.skipped),
            "recordings": len(self.recordings),
            "copies": len(self.copies),
            "frames": self.rows,
        }
        return json.dumps({"format": FORMAT, "version": VERSION, "counts": counts, **asdict(self)})


_DAMAGE = (
    *(OSError, ArithmeticError, AttributeError, LookupError, RecursionError),
    *(TypeError, ValueError, DistillError),
)
"""What reading something else than a manifest may end in."""

T = TypeVar("T", FileState, Skipped, StoredRecording, StoredCopy)


def _listed(kind: type[T], items: Any) -> tuple[T, ...]:
    """Dataclasses of what JSON lists, their fields of the right types.

    Raises
    ------
    KeyError, TypeError, ValueError
        If one is not.
    """
    hints = get_type_hints(kind)
    for item in items:
        for name, value in item.items():
            expected = (int, float) if hints[name] is float else (hints[name],)
            if type(value) not in expected or (type(value) is not str and not abs(value) < 2**63):
                raise ValueError(name)
    return tuple(kind(**item) for item in items)


def _fits(manifest: Manifest) -> bool:
    """Whether recordings are files that were found, and all rows are there."""
    recordings, rows = manifest.recordings, manifest.rows
    parts: list[StoredRecording | StoredCopy] = [*recordings, *manifest.copies]
    return (
        {one.file for one in recordings} <= {state.path for state in manifest.files}
        and all(0 <= copy.recording < len(recordings) for copy in manifest.copies)
        and all(0 <= one.first_row <= one.first_row + one.frames <= rows for one in parts)
    )


def read_manifest(place: Path, settings: CacheSettings) -> Manifest | str:
    """The manifest in a place, or why there is none that can be used; empty if there is none."""
    try:
        with (place / MANIFEST).open("rb") as file:
            data = file.read(BYTES_LIMIT + 1)
    except OSError:
        return ""
    try:
        if len(data) > BYTES_LIMIT:
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
            skipped=_listed(Skipped, values["skipped"]),
            recordings=_listed(StoredRecording, values["recordings"]),
            copies=_listed(StoredCopy, values["copies"]),
            data=Path(values["data"]).name,
            bytes=int(values["bytes"]),
        )
        size = (place / manifest.data).stat().st_size
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
    """What is different now, in words; empty where the cache can be used.

    Parameters
    ----------
    manifest
        Of the cache.
    settings, files
        As they are now.
    statistics
        That the frames must be normalised with; None for the corpus' own.
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
