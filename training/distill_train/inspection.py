"""What a folder of recordings is like, and what learning it will take, without learning it.

Levels are measured a block at a time. Torch is loaded only for the estimates, after everything
else is known and told, so the first line comes at once. Nothing is written.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from distill_live.errors import AudioFileError
from distill_train.config import TrainingConfig
from distill_train.corpus.audio import (
    Header,
    SkippedFile,
    check_audible,
    find_audio_files,
    no_usable_files,
    scan_headers,
    skipped_lines,
)
from distill_train.corpus.recording import Recording

if TYPE_CHECKING:
    import torch

BLOCK_FRAMES = 2**18
"""Frames that are listened to at a time."""

LISTED_FILES = 40
"""Most recordings that have a line each."""

TIMED_STEPS = 3
"""Training steps that are timed, after one that warms up."""


@dataclass(frozen=True)
class Inspected:
    """A recording: its header and its levels.

    Attributes
    ----------
    header
        What it says of itself.
    peak_dbfs, rms_dbfs
        Of its channels' mean.
    """

    header: Header
    peak_dbfs: float
    rms_dbfs: float


@dataclass(frozen=True)
class Effort:
    """What learning a folder will take.

    Attributes
    ----------
    training, validation
        Numbers of training and validation chunks.
    split_by
        As of a split.
    cache_bytes
        Disk space.
    steps, seconds
        Of training, on this machine as busy as it is now.
    device
        That the steps were timed on: ``cpu``, ``cuda``, ...
    """

    training: int
    validation: int
    split_by: str
    cache_bytes: int
    steps: int
    seconds: float
    device: str


def inspect_folder(folder: Path, config: TrainingConfig, say: Callable[[str], None]) -> None:
    """Say what is in a folder and what learning it will take, line by line.

    Raises
    ------
    TrainingError
        If the folder holds no recording that can be used; the message counts what was found.
    """
    paths = find_audio_files(folder)
    say(f"{folder}: {_count(len(paths), 'sound file')}")
    headers, skipped = scan_headers(folder, paths)
    total = sum(header.seconds for header in headers)
    say(f"{_duration(total)} of sound by their headers; listening to the levels")
    found, unusable = inspect_recordings(folder, headers)
    skipped += unusable
    if not found:
        raise no_usable_files(folder, skipped)
    for line in _table(found):
        say(line)
    for line in skipped_lines(skipped):
        say(line)

    usable = [item.header for item in found]
    say(f"recordings  {len(found)}, {_duration(sum(header.seconds for header in usable))}")
    say(f"rates       {_counts(header.rate_hz for header in usable)} Hz")
    say(f"channels    {_counts(header.channels for header in usable)}")
    peaks = sorted(item.peak_dbfs for item in found)
    say(f"peaks       {peaks[0]:.1f} to {peaks[-1]:.1f} dBFS")
    effort = estimate_effort(usable, config)
    seconds = config.spectrogram.chunk_samples / config.spectrogram.sample_rate_hz
    say(
        f"chunks      {effort.training} for training, {effort.validation} for validation "
        f"(by {effort.split_by}), {seconds:g} s each"
    )
    say(f"cache       {effort.cache_bytes / 1e6:.1f} MB")
    say(
        f"training    about {_duration(effort.seconds)} for {effort.steps} steps: an estimate from "
        f"{TIMED_STEPS} of them on {effort.device}, as busy as it is now"
    )


def inspect_recordings(
    folder: Path, headers: Sequence[Header]
) -> tuple[list[Inspected], list[SkippedFile]]:
    """Measure the levels of recordings; those that are silent or broken are left out."""
    found, skipped = [], []
    for header in headers:
        try:
            found.append(_inspect(folder / header.file, header))
        except AudioFileError as error:
            skipped.append(SkippedFile(header.file, str(error)))
    return found, skipped


def estimate_effort(headers: Sequence[Header], config: TrainingConfig) -> Effort:
    """What learning these recordings will take; some steps are timed."""
    from distill_train.corpus.cache_build import estimate_bytes
    from distill_train.corpus.cache_manifest import CacheSettings
    from distill_train.corpus.prepared import count_chunks
    from distill_train.training.devices import torch_device
    from distill_train.training.schedule import Schedule

    device = torch_device(config.device)
    rate_hz = config.spectrogram.sample_rate_hz
    lengths = [header.samples(rate_hz) for header in headers]
    training, validation, split_by = count_chunks(lengths, config)
    steps = Schedule(config, training).steps
    return Effort(
        training=training,
        validation=validation,
        split_by=split_by,
        cache_bytes=estimate_bytes(headers, CacheSettings.of(config)),
        steps=steps,
        seconds=steps * _step_seconds(config, device),
        device=device.type,
    )


def _step_seconds(config: TrainingConfig, device: "torch.device") -> float:
    """Time of a training step, the fastest of some: forward, losses, backward, update."""
    import torch

    from distill_train.training.devices import Precision
    from distill_train.training.losses import chunk_losses
    from distill_train.training.model import ConvVAE

    precision = Precision(config.precision, device)
    model = ConvVAE(config.model, config.spectrogram).to(device)
    model = model.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), fused=True)
    chunk = torch.rand(config.batch_size, *config.spectrogram.shape).to(device)
    noise = torch.zeros(config.batch_size, config.model.latent_dim, device=device)
    times = []
    for _ in range(1 + TIMED_STEPS):
        began = time.perf_counter()
        with precision.autocast():
            decoded, mean, log_variance = model(chunk, noise)
        losses = chunk_losses(
            decoded.float(), chunk, (mean.float(), log_variance.float()), scale=5.0, free_bits=0.0
        )
        total = torch.stack(list(vars(losses).values())).sum()
        optimiser.zero_grad()
        precision.backward(total, optimiser)
        precision.step(optimiser, finite=True)
        total.item()  # until the device is done
        times.append(time.perf_counter() - began)
    return min(times[1:])


def _inspect(path: Path, header: Header) -> Inspected:
    peak, energy = 0.0, 0.0
    with Recording(path) as recording:
        for first in range(0, recording.samples, BLOCK_FRAMES):
            part = recording.read(first, min(BLOCK_FRAMES, recording.samples - first))
            peak = max(peak, float(np.abs(part).max()))
            energy += float(np.square(part, dtype=np.float64).sum())
        check_audible(peak)
        return Inspected(
            header, float(20 * np.log10(peak)), float(10 * np.log10(energy / recording.samples))
        )


def _table(found: Sequence[Inspected]) -> list[str]:
    """A line for each recording, if they are not too many."""
    if len(found) > LISTED_FILES:
        return []
    width = max(len(item.header.file) for item in found)
    lines = [f"{'file':{width}}  seconds    rate  ch   peak    rms"]
    for item in found:
        header = item.header
        lines.append(
            f"{header.file:{width}}  {header.seconds:7.2f}  {header.rate_hz:6}  {header.channels:2}"
            f"  {item.peak_dbfs:5.1f}  {item.rms_dbfs:5.1f}"
        )
    return lines


def _counts(values: Iterable[int]) -> str:
    """Each value with how often it is there."""
    return ", ".join(f"{value} ({count})" for value, count in Counter(values).most_common())


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
