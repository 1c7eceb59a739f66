"""Recordings of a folder for the pages: what `distill-train inspect` finds, and waveforms."""

import threading
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from distill_live.errors import AudioFileError, TrainingError
from distill_live.files import atomic_write
from distill_live.user_files import Signature, signature
from distill_train.config import TrainingConfig
from distill_train.config_sources import CorpusSize, suited_preset
from distill_train.corpus.audio import FoundFiles, SkippedFile, find_files, scan_headers
from distill_train.corpus.decoder import Decoder
from distill_train.corpus.recording import mono
from distill_train.inspection import RecordingLevels, inspect_recordings
from distill_train.studio.folders import is_below, path_id, removed_recordings

PEAKS = 800
"""Number of points of a waveform."""

BUDGET_S = 2.0
"""Time in which an answer measures files; those that remain are counted in `pending`."""

MAX_ADVICE = 20

BROWSER_SUFFIXES = frozenset({".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus"})
"""Suffixes of files that browsers play; others are converted."""

MAX_COPIES = 16
"""Maximum number of converted copies that are kept, the newest; one of an hour has 600 MB."""

_BLOCK_FRAMES = 2**18

_measuring = threading.Lock()


def describe_folder(folder: Path) -> dict[str, Any]:
    """Describe the recordings of a folder, as `inspect` measures them.

    Returns
    -------
    dict
        ``files``: name, seconds, rate, channels, peak and RMS level, whether and why not it can be
        used, and whether it is ``linked`` from elsewhere, so that `find_recording` refuses it;
        ``minutes_usable``; ``advice`` in lines; ``preset`` that suits the amount;
        ``pending``, the number of files that are not measured yet: ask again; ``removed``, names
        of recordings that can be brought back.
    """
    files: list[dict[str, Any]] = []
    advice = []
    try:
        found = find_files(folder)
    except TrainingError as error:  # there is none
        found = FoundFiles(folder)
        advice.append(str(error))
    seconds, usable, pending = 0.0, 0, 0
    until_s = time.perf_counter() + BUDGET_S
    for path in found.paths:
        if time.perf_counter() > until_s and not _is_measured(folder, path):
            pending += 1
            continue
        measured = _measure(folder, path, signature(path))
        linked = not is_below(path, folder)
        if isinstance(measured, SkippedFile):
            unusable = {"usable": False, "reason": measured.reason, "linked": linked}
            files.append({"name": measured.file, **unusable})
            continue
        header = measured.header
        seconds, usable = seconds + header.seconds, usable + 1
        advice += [f"{note.file}: {note.text}" for note in measured.notes]
        files.append(
            {
                "name": header.file,
                "seconds": round(header.seconds, 3),
                "rate": header.rate_hz,
                "channels": header.channels,
                "peak_db": round(measured.peak_dbfs, 1),
                "rms_db": round(measured.rms_dbfs, 1),
                "usable": True,
                "reason": None,
                "linked": linked,
            }
        )
    if found.unread:
        advice.insert(0, f"left out {found.unread_line}")
    return {
        "files": files,
        "minutes_usable": round(seconds / 60, 2),
        "advice": advice[:MAX_ADVICE],
        "preset": suited_preset(CorpusSize(usable, seconds), TrainingConfig()),
        "pending": pending,
        "removed": removed_recordings(folder),
    }


_measured: dict[tuple[Path, Path], tuple[Signature, RecordingLevels | SkippedFile]] = {}


def _is_measured(folder: Path, path: Path) -> bool:
    known = _measured.get((folder, path))
    return known is not None and known[0] == signature(path)


def _measure(folder: Path, path: Path, state: Signature) -> RecordingLevels | SkippedFile:
    """Levels of a file, or why it is skipped; measured again when the file changes."""
    with _measuring:
        known = _measured.get((folder, path))
        if known is not None and known[0] == state:
            return known[1]
        headers, skipped = scan_headers(folder, [path])
        levels, unusable = inspect_recordings(folder, headers)
        found: list[RecordingLevels | SkippedFile] = [*levels, *skipped, *unusable]
        _measured[folder, path] = state, found[0]
        return found[0]


def waveform(path: Path) -> list[list[float]]:
    """Minimum and maximum of each of `PEAKS` stretches of a recording in mono, -1 to 1.

    Raises
    ------
    AudioFileError
        If the file cannot be read.
    """
    return _waveform(path, signature(path))


@lru_cache(maxsize=512)
def _waveform(path: Path, _state: Signature) -> list[list[float]]:
    peaks = np.zeros((PEAKS, 2), np.float32)
    with Decoder(path) as sound:
        for begin in range(0, sound.frames, _BLOCK_FRAMES):
            block = mono(sound.read(begin, min(_BLOCK_FRAMES, sound.frames - begin)), 0)
            if not len(block):
                break
            at = (begin + np.arange(len(block))) * PEAKS // sound.frames
            first, starts = np.unique(at, return_index=True)
            peaks[first, 0] = np.minimum(peaks[first, 0], np.minimum.reduceat(block, starts))
            peaks[first, 1] = np.maximum(peaks[first, 1], np.maximum.reduceat(block, starts))
    rounded: list[list[float]] = np.nan_to_num(peaks).clip(-1.0, 1.0).round(3).tolist()
    return rounded


def playable(path: Path, cache: Path) -> Path:
    """File of a recording that browsers play: itself, or a WAV file of it in a cache folder.

    Raises
    ------
    AudioFileError
        If the file cannot be read, or the copy not be written.
    """
    if path.suffix.lower() in BROWSER_SUFFIXES:
        return path
    changed_ns, size, _ = signature(path) or (0, 0, 0)
    copy = cache / f"{path_id(path)}-{changed_ns:x}-{size:x}.wav"
    if not copy.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with Decoder(path) as sound, atomic_write(copy, AudioFileError) as temporary:
            form = {"format": "WAV", "subtype": "PCM_16"}
            with soundfile.SoundFile(
                temporary, "w", sound.rate_hz, min(sound.channels, 2), **form
            ) as out:
                for begin in range(0, sound.frames, _BLOCK_FRAMES):
                    count = min(_BLOCK_FRAMES, sound.frames - begin)
                    out.write(np.nan_to_num(sound.read(begin, count)[:, :2]).clip(-1.0, 1.0))
        _remove_old(cache)
    return copy


def _remove_old(cache: Path) -> None:
    with suppress(OSError):
        made = sorted(cache.glob("*.wav"), key=lambda path: path.stat().st_mtime)
        for copy in made[:-MAX_COPIES]:
            copy.unlink()
