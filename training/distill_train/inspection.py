"""Inspect recordings: headers, levels, and the effort of training on them.

Levels are measured block by block. Torch is imported for the estimates only, after everything else
is printed, so that the first line comes at once. Nothing is written.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from distill_live.errors import AudioFileError
from distill_live.spectrogram import Statistics
from distill_train.config import TrainingConfig
from distill_train.corpus.audio import (
    FileNote,
    Header,
    SkippedFile,
    Source,
    find_files,
    no_usable_files,
    noted_lines,
    scan_headers,
    skipped_lines,
)
from distill_train.corpus.survey import far_over, survey

if TYPE_CHECKING:
    import torch

MAX_LISTED_FILES = 40
"""Maximum number of recordings printed one by one."""

TIMED_STEPS = 3
"""Number of timed training steps, after a warm-up step."""


@dataclass(frozen=True)
class RecordingLevels:
    """Header and levels of a recording.

    Attributes
    ----------
    header
        Header of the file, with the length that can be decoded.
    peak_dbfs, rms_dbfs
        Peak and RMS level of what is learnt: the mean of its channels, or one of them.
    notes
        What is not read of the file, or not as one expects.
    """

    header: Header
    peak_dbfs: float
    rms_dbfs: float
    notes: tuple[FileNote, ...] = ()


@dataclass(frozen=True)
class Effort:
    """Estimated effort of training.

    Attributes
    ----------
    training, validation
        Numbers of chunks.
    split_by
        ``file``, ``time`` or ``nothing``.
    cache_bytes
        Size of the cache.
    steps, seconds
        Number of steps, and their time on this machine at its current load; with a time limit, the
        number that fits into it.
    device
        Device that steps were timed on: ``cpu``, ``cuda``, ...
    """

    training: int
    validation: int
    split_by: str
    cache_bytes: int
    steps: int
    seconds: float
    device: str


@dataclass(frozen=True)
class Inspection:
    """Result of an inspection.

    Attributes
    ----------
    folder
        Folder of the recordings.
    recordings
        Header and levels of each usable recording.
    skipped
        Files that cannot be used.
    effort
        Estimated effort of training.
    """

    folder: Path
    recordings: tuple[RecordingLevels, ...]
    skipped: tuple[SkippedFile, ...]
    effort: Effort


def inspect_corpus(
    source: Source, config: TrainingConfig, say: Callable[[str], None] = lambda _: None
) -> Inspection:
    """Measure recordings and estimate the training effort.

    Parameters
    ----------
    source
        Recordings of the corpus.
    config
        Configuration to train with.
    say
        Called with each line of a summary as soon as it is known.

    Raises
    ------
    TrainingError
        If there is no usable recording; the message counts what was found.
    """
    found_files = find_files(source)
    folder, paths = found_files.folder, found_files.paths
    say(f"{folder}: {len(paths)} sound file{'' if len(paths) == 1 else 's'}")
    chunk_s = config.spectrogram.chunk_samples / config.spectrogram.sample_rate_hz
    say(f"A model is for textures and tones of about {chunk_s:g} s, not for words or phrases.")
    headers, skipped = scan_headers(folder, paths)
    total = sum(header.seconds for header in headers)
    say(f"{_duration(total)} of sound; measuring the levels")
    found, unusable = inspect_recordings(folder, headers)
    skipped += unusable
    if not found:
        raise no_usable_files(folder, skipped)
    for line in _table(found):
        say(line)
    notes = [note for item in found for note in item.notes]
    for line in (*skipped_lines(skipped), *noted_lines(notes)):
        say(line)
    if found_files.unread:
        say(f"left out {found_files.unread_line}")

    usable = [item.header for item in found]
    say(f"recordings  {len(found)}, {_duration(sum(header.seconds for header in usable))}")
    say(f"rates       {_counts(header.rate_hz for header in usable)} Hz")
    mixed = any(header.channels > 1 for header in usable)
    mixing = "; mixed to mono when learnt" if mixed else ""
    say(f"channels    {_counts(header.channels for header in usable)}{mixing}")
    peaks = sorted(item.peak_dbfs for item in found)
    say(f"peaks       {peaks[0]:.1f} to {peaks[-1]:.1f} dBFS")
    from distill_train.corpus.dataset import describe_split

    effort = estimate_effort(usable, config)
    say(f"chunks      {describe_split(effort.training, effort.validation, effort.split_by)}")
    say(f"cache       {effort.cache_bytes / 1e6:.1f} MB")
    say(
        f"training    about {_duration(effort.seconds)} for {effort.steps} steps: an estimate from "
        f"{TIMED_STEPS} of them on {effort.device}, as busy as it is now; --minutes 10 gives about "
        f"{600 * effort.steps / effort.seconds:.0f} steps"
    )
    return Inspection(folder, tuple(found), tuple(skipped), effort)


def inspect_recordings(
    folder: Path, headers: Sequence[Header]
) -> tuple[list[RecordingLevels], list[SkippedFile]]:
    """Measure the levels of recordings; silent and broken ones are skipped."""
    found, skipped = [], []
    for header in headers:
        try:
            found.append(_inspect(folder / header.file, header))
        except AudioFileError as error:
            skipped.append(SkippedFile(header.file, str(error)))
    over_notes = far_over([10 ** (item.peak_dbfs / 20) for item in found])
    for number, over in enumerate(over_notes):
        if over:
            note = FileNote(found[number].header.file, over)
            found[number] = replace(found[number], notes=(*found[number].notes, note))
    return found, skipped


def estimate_effort(headers: Sequence[Header], config: TrainingConfig) -> Effort:
    """Estimate the effort of training on these recordings; times a few steps."""
    from distill_train.corpus.cache_build import estimate_bytes
    from distill_train.corpus.cache_manifest import CacheSettings
    from distill_train.corpus.training_data import count_chunks
    from distill_train.training.devices import torch_device
    from distill_train.training.schedule import Schedule

    device = torch_device(config.device)
    rate_hz = config.spectrogram.sample_rate_hz
    lengths = [header.samples(rate_hz) for header in headers]
    training, validation, split_by = count_chunks(lengths, config)
    step_seconds = _step_seconds(config, device)
    if config.minutes:
        steps = max(1, round(60.0 * config.minutes / step_seconds))
    else:
        steps = Schedule(config, training).first_plan().steps
    return Effort(
        training=training,
        validation=validation,
        split_by=split_by,
        cache_bytes=estimate_bytes(headers, CacheSettings.of(config)),
        steps=steps,
        seconds=steps * step_seconds,
        device=device.type,
    )


def _step_seconds(config: TrainingConfig, device: "torch.device") -> float:
    """Fastest time of a training step."""
    import torch

    from distill_train.training.distributed import ALONE
    from distill_train.training.schedule import Schedule
    from distill_train.training.state import TrainState
    from distill_train.training.step import Trainer

    times = []
    with torch.random.fork_rng(devices=[]):
        schedule = Schedule(config, config.batch_size)  # an epoch is one full batch
        state = TrainState(config, device, schedule)
        trainer = Trainer(config, Statistics(), schedule, state, ALONE)
        batch = torch.rand(config.batch_size, *config.spectrogram.shape)
        for _ in range(1 + TIMED_STEPS):
            began = time.perf_counter()
            trainer.step(batch)
            times.append(time.perf_counter() - began)
            state.next_epoch()
    return min(times[1:])


def _inspect(path: Path, header: Header) -> RecordingLevels:
    found = survey(path)
    return RecordingLevels(
        replace(header, frames=found.frames),
        float(20 * np.log10(found.peak)),
        float(20 * np.log10(found.rms)),
        tuple(FileNote(header.file, text) for text in found.notes),
    )


def _table(found: Sequence[RecordingLevels]) -> list[str]:
    """One line per recording, unless there are too many."""
    if len(found) > MAX_LISTED_FILES:
        return []
    width = max(len(item.header.file) for item in found)
    lines = [f"{'file':{width}}  seconds    rate  ch   peak    rms dBFS"]
    for item in found:
        header = item.header
        lines.append(
            f"{header.file:{width}}  {header.seconds:7.2f}  {header.rate_hz:6}  {header.channels:2}"
            f"  {item.peak_dbfs:5.1f}  {item.rms_dbfs:5.1f}"
        )
    return lines


def _counts(values: Iterable[int]) -> str:
    """Distinct values with their counts."""
    return ", ".join(f"{value} ({count})" for value, count in Counter(values).most_common())


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
