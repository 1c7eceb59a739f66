"""Read access to a complete cache: memory-mapped, so that memory does not grow with the corpus."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from distill_live.spectrogram import Float32, Statistics
from distill_train.corpus.audio import FileNote, SkippedFile
from distill_train.corpus.cache_build import chunk_gain
from distill_train.corpus.cache_manifest import CacheSettings, Manifest, StoredCopy, StoredRecording
from distill_train.corpus.dataset import AnalysedRecording
from distill_train.corpus.recording import Recording
from distill_train.spectrogram import Analysis


class SpectrogramCache:
    """A complete cache.

    Parameters
    ----------
    folder
        Folder of the recordings.
    location, manifest
        Folder of the cache, and its manifest.
    settings
        Settings that it was built with.
    unread
        Line about files beside the recordings that are not read, or empty.

    Attributes
    ----------
    recordings, copies : list of AnalysedRecording
        Frames of the recordings and of their augmented copies, as views of the mapped file.
    """

    def __init__(
        self,
        folder: Path,
        location: Path,
        manifest: Manifest,
        settings: CacheSettings,
        unread: str = "",
    ) -> None:
        self.folder, self.location, self.unread = folder, location, unread
        self.manifest, self.settings = manifest, settings
        # Linux charges writable memory in full, more than a computer may have.
        rows = np.memmap(
            location / manifest.data,
            np.float32,
            mode="r",
            shape=(manifest.rows, settings.row_values),
        )
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            self._rows = torch.from_numpy(rows)  # torch wants writable memory; nothing writes to it
        self._analysis = Analysis(settings.spectrogram) if settings.level == "chunk" else None
        self.recordings = [self._part(stored, stored) for stored in manifest.recordings]
        self.copies = [
            self._part(copy, manifest.recordings[copy.recording]) for copy in manifest.copies
        ]

    @property
    def statistics(self) -> Statistics:
        """Statistics that the frames are normalised with."""
        return self.manifest.statistics

    @property
    def files(self) -> tuple[str, ...]:
        """Relative paths of the recordings, in their order."""
        return tuple(stored.file for stored in self.manifest.recordings)

    @property
    def skipped(self) -> tuple[SkippedFile, ...]:
        """Files that could not be used."""
        return self.manifest.skipped

    @property
    def notes(self) -> tuple[FileNote, ...]:
        """What is not read of a file, or not as one expects."""
        return self.manifest.notes

    @property
    def seconds(self) -> float:
        """Total length of the recordings in seconds."""
        samples = sum(stored.samples for stored in self.manifest.recordings)
        return samples / self.settings.spectrogram.sample_rate_hz

    def sound(self, recording: int, first_frame: int) -> Float32:
        """Samples of a chunk, read from its file and normalised in level.

        Returns
        -------
        Float32
            ``(chunk_samples,)``; silence outside of the recording.

        Raises
        ------
        AudioFileError
            If the file can no longer be read.
        """
        stored, spectrogram = self.manifest.recordings[recording], self.settings.spectrogram
        begin = (first_frame - stored.silence_frames) * spectrogram.hop_samples
        with Recording(
            self.folder / stored.file,
            spectrogram.sample_rate_hz,
            frames=stored.source_frames,
            channel=stored.channel,
        ) as file:
            samples = file.read(begin, spectrogram.chunk_samples)
        gain = stored.gain
        if self._analysis:
            first = stored.first_row + first_frame
            peak = float(self._rows[first : first + spectrogram.n_frames, -1].max())
            gain = chunk_gain(peak, stored.gain)
        return samples * np.float32(gain)

    def _part(
        self, part: StoredRecording | StoredCopy, recording: StoredRecording
    ) -> AnalysedRecording:
        rows = self._rows[part.first_row : part.first_row + part.frames]
        silence = part.silence_frames if isinstance(part, StoredRecording) else 0
        n_mels = self.settings.spectrogram.n_mels
        channels = rows[:, : 2 * n_mels].reshape(-1, 2, n_mels).permute(1, 2, 0)
        if self._analysis:
            return LevelledRecording(
                channels, silence, rows[:, -1], recording.gain, self._analysis, self.statistics
            )
        return AnalysedRecording(channels, silence)


@dataclass(frozen=True)
class LevelledRecording(AnalysedRecording):
    """A recording whose chunks are each normalised to one peak when they are read.

    Attributes
    ----------
    channels
        Band power and frequency.
    peaks
        Peak of the samples nearest to each frame, ``(frames,)``.
    gain
        Gain of the recording at the corpus' level.
    analysis, statistics
        Convert bands to channels.
    """

    peaks: Tensor
    gain: float
    analysis: Analysis
    statistics: Statistics

    def chunk(self, first: int, frames: int) -> Tensor:
        """Frames `first` to ``first + frames`` at their own level, ``(2, n_mels, frames)``."""
        power, frequency_bins = self.channels[:, None, :, first : first + frames]
        gain = chunk_gain(float(self.peaks[first : first + frames].max()), self.gain)
        return self.analysis.encode(gain**2 * power, frequency_bins, self.statistics)[0]
