"""One sound file, read as mono at its own rate, any part of it at a time, without torch.

So a file of hours needs no more memory than one of seconds.
"""

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soundfile

from distill_live.errors import AudioFileError
from distill_live.spectrogram import Float32
from distill_train.corpus.audio import open_sound_file, reading_error

READ_VALUES = 2**20
"""Samples, of all channels together, that are decoded at a time."""

PREROLL_FRAMES = 8192
"""Decoded and thrown away after a jump within a file: a Vorbis block is wrong without the last."""

KEPT_FRAMES = 2**18
"""Frames that stay in memory before the part last read, as readers step back a little."""

LOST_S = 0.1
"""A file may end this much before its header says, as cut MP3s do; silence stands for the rest."""


class MonoFile:
    """A sound file; a context manager, as it stays open.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    frames, rate_hz : int
        Its length and sample rate.

    Raises
    ------
    AudioFileError
        If the file cannot be opened, or is empty, or its rate is out of range.
    """

    def __init__(self, path: Path) -> None:
        self._file = open_sound_file(path)
        self.frames, self.rate_hz = int(self._file.frames), int(self._file.samplerate)
        self._kept, self._kept_from = np.zeros(0, np.float32), 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, first: int, end: int) -> Float32:
        """Frames `first` to `end`, ``(end - first,)``, the channels averaged.

        Raises
        ------
        AudioFileError
            If the file cannot be read there, breaks off, or holds values that are not finite.
        """
        try:
            at = self._kept_from + len(self._kept)
            if not self._kept_from <= first <= at:
                self._jump(first)
            missing = end - self._kept_from - len(self._kept)
            if missing > 0:
                kept = self._kept[max(0, first - self._kept_from - KEPT_FRAMES) :]
                self._kept_from += len(self._kept) - len(kept)
                self._kept = np.concatenate([kept, self._decoded(missing)])
        except (soundfile.SoundFileError, OSError) as error:
            raise reading_error(error) from None
        sound = self._kept[first - self._kept_from : end - self._kept_from]
        if not np.isfinite(sound).all():
            raise AudioFileError("it holds values that are not finite")
        return sound

    def _jump(self, first: int) -> None:
        """Make `first` the next frame that is decoded."""
        start = self._file.seek(max(0, first - PREROLL_FRAMES))
        self._file.read(first - start, dtype="float32")
        self._kept_from, self._kept = first, np.zeros(0, np.float32)

    def _decoded(self, count: int) -> Float32:
        """The next frames."""
        sound = np.zeros(count, np.float32)
        block = max(1, READ_VALUES // self._file.channels)
        for at in range(0, count, block):
            wanted = min(block, count - at)
            part = self._file.read(wanted, dtype="float32", always_2d=True)
            with np.errstate(all="ignore"):  # what is not finite is refused
                sound[at : at + len(part)] = part.mean(axis=1)
            if len(part) < wanted:
                self._ends_early(self._kept_from + len(self._kept) + at + len(part))
                break
        return sound

    def _ends_early(self, frames: int) -> None:
        if self.frames - frames > LOST_S * self.rate_hz:
            raise AudioFileError(
                f"it breaks off after {frames / self.rate_hz:.1f} s "
                f"of {self.frames / self.rate_hz:.1f} s"
            )
