"""Decode sound files: all streams of a file as one, in frames of its own rate and channels.

Streams come from `containers`. What a decoder prints on standard error is withheld, and counts as
damage.
"""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import numpy as np
import soundfile

from distill_live.errors import AudioFileError
from distill_live.files import open_regular
from distill_live.offline.writer import check_sample_dump
from distill_live.spectrogram import Float32
from distill_train.corpus.containers.layout import find_streams
from distill_train.corpus.containers.stream_file import (
    WINDOW_BYTES,
    Layout,
    Part,
    StreamFile,
    Window,
)

MIN_RATE_HZ, MAX_RATE_HZ = 1000, 768_000
"""Range of accepted sample rates."""

MAX_FRAMES_PER_BYTE = 10_000
"""Limit for a header's length by file size; compressed silence reaches a few thousand."""

BLOCK_VALUES = 2**20
"""Samples decoded at a time, of all channels together."""

MIN_BLOCK_FRAMES = 256
"""Frames decoded at a time where the decoder has failed."""

GAPS_FRAMES = (4096, 8192, 16384, 65536, 262144)
"""Frames that are passed over, one after the other, to find where decoding works again."""

PREROLL_FRAMES = 8192
"""Frames decoded and discarded after a seek: a Vorbis block is wrong without the previous one."""

_DECODER_LINE = re.compile(rb"\s*$|\[[^]]*libmpg123[^]]*\]|Note: |Warning: ")
"""Lines that libmpg123 prints."""


class Decoder:
    """An open sound file; a context manager.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    frames : int
        Length by the headers of its streams.
    rate_hz, channels : int
        Sample rate and number of channels.
    decoded_frames, gap_frames : int
        End of what was decoded so far, and frames before it that could not be decoded.
    notes : list of str
        What is not read of the file, and what to do.
    complaints : int
        Number of errors that the decoder has printed so far.

    Raises
    ------
    AudioFileError
        If it cannot be opened, is empty, or its sample rate is out of range.
    """

    def __init__(self, path: Path) -> None:
        self.complaints = self.decoded_frames = self.gap_frames = 0
        try:
            # Bytes open names that are not Unicode, too.
            self._path = os.fsencode(path) if os.name == "posix" else path
            self._file = open_regular(path)
        except (OSError, ValueError) as error:
            raise reading_error(error) from None
        try:
            self._open_streams()
        except BaseException:
            self.close()
            raise

    def _open_streams(self) -> None:
        window = Window(self._file)
        if not window.size:
            raise AudioFileError("it is empty")
        try:
            check_sample_dump(self._file)
            kind, layout = find_streams(window)
        except OSError as error:
            raise reading_error(error) from None
        self._noisy = kind in ("", "mpeg", "wav")  # all that libmpg123 may decode
        self.notes = list(layout.notes)
        self._sound: soundfile.SoundFile | None = None
        self._streams: list[tuple[Part, ...] | None] = []
        self._starts = [0]
        self._current = -1
        self._next = self._discard = 0
        self._was_readable = False  # once the system has read all of it
        self._damage = -1, 0, 0  # stream, first frame and end of damage that goes on after a read
        self.rate_hz = self.channels = 0
        self._add_streams(layout, window.size)
        self.frames = self._starts[-1]
        if not self.frames:
            raise AudioFileError(": ".join(["it holds no sound", *self.notes]))

    def _add_streams(self, layout: Layout, size_bytes: int) -> None:
        """Open each stream once for its length."""
        for number, parts in enumerate(layout.streams or (None,)):
            try:
                sound = self._opened(parts)
            except AudioFileError:
                if not number:
                    raise
                self.notes.append(
                    f"part {number + 1} of the {len(layout.streams or ())} joined in it is damaged "
                    "and not read"
                )
                continue
            with sound:
                frames, rate_hz, channels = sound.frames, sound.samplerate, sound.channels
            if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
                raise AudioFileError(
                    f"its sample rate is {rate_hz} Hz; "
                    f"it must lie in {MIN_RATE_HZ} to {MAX_RATE_HZ}"
                )
            if frames > MAX_FRAMES_PER_BYTE * size_bytes:
                raise AudioFileError(f"it claims {frames} frames in {size_bytes} bytes")
            if self._streams and rate_hz != self.rate_hz:
                self.notes.append(
                    f"{frames / rate_hz:.1f} s of it at {rate_hz} Hz are not read, as it begins at "
                    f"{self.rate_hz} Hz; split it at that place"
                )
                continue
            self.rate_hz, self.channels = rate_hz, max(self.channels, channels)
            if frames > 0:
                self._streams.append(parts)
                self._starts.append(self._starts[-1] + frames)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        sound: soundfile.SoundFile | None = getattr(self, "_sound", None)
        if sound is not None:
            sound.close()
        self._file.close()

    def read(self, first: int, count: int) -> Float32:
        """Decode frames `first` to ``first + count``, ``(count, channels)``.

        Silence stands for what cannot be decoded, and for a channel that a later stream lacks.

        Raises
        ------
        AudioFileError
            If the system cannot read the file.
        """
        found = np.zeros((count, self.channels), np.float32)
        for index, (begin, end) in enumerate(zip(self._starts, self._starts[1:], strict=False)):
            low, high = max(first, begin), min(first + count, end)
            if low < high:
                part = self._read_stream(index, low - begin, high - low)
                if len(part) < high - low:
                    self._check_readable()
                if part.shape[1] < self.channels:  # one channel among files of several
                    part = np.repeat(part[:, :1], self.channels, axis=1)
                found[low - first : low - first + len(part)] = part
                if len(part):
                    self.decoded_frames = max(self.decoded_frames, low + len(part))
        return found

    def _check_readable(self) -> None:
        """Raise if the system cannot read the file; decoders take that for its end."""
        if self._was_readable:
            return
        try:
            self._file.seek(0)
            while self._file.read(WINDOW_BYTES):
                pass
        except OSError as error:
            raise reading_error(error) from None
        self._was_readable = True

    def _read_stream(self, index: int, first: int, count: int) -> Float32:
        """Decode frames of one stream, fewer where it breaks off."""
        damaged, begin, end = self._damage
        if index == damaged and begin <= first < end:
            silent = min(count, end - first)
            self.gap_frames += silent
            silence = np.zeros((silent, self.channels), np.float32)
            if silent == count:
                return silence
            rest = self._read_stream(index, end, count - silent)
            return np.concatenate([silence[:, : rest.shape[1]], rest])
        if index != self._current or first != self._next:
            self._seek(index, first)
        assert self._sound is not None
        parts, block, done = [], max(1, BLOCK_VALUES // self._sound.channels), 0
        while done < count:
            wanted = min(block, count - done)
            try:
                if self._noisy and done:  # soundfile seeks after it reads, and so loses the past
                    self._seek(index, first + done)
                part = self._next_frames(wanted)
            except (soundfile.SoundFileError, OSError):
                if wanted > MIN_BLOCK_FRAMES and self._works(index, first + done, 0):
                    block = max(MIN_BLOCK_FRAMES, wanted // 8)
                    continue
                gap = self._gap(index, first + done, count - done)
                if not gap:
                    break
                part, wanted = np.zeros((gap, self._sound.channels), np.float32), gap
                self.gap_frames += gap
                block = max(1, BLOCK_VALUES // self._sound.channels)
            parts.append(part)
            done += len(part)
            if len(part) < wanted:
                break
        self._next = first + done if done == count and not self._noisy else -1
        return np.concatenate(parts) if parts else np.zeros((0, self.channels), np.float32)

    def _gap(self, index: int, first: int, count: int) -> int:
        """Frames to pass over until decoding works again, at most `count`; 0 if it does not."""
        for gap in GAPS_FRAMES:
            end = self._starts[index + 1] - self._starts[index]
            if first + gap >= end:
                return 0
            if self._works(index, first + gap, MIN_BLOCK_FRAMES):
                if not self._works(index, first + gap, 0):
                    return 0
                if gap > count:
                    self._damage = index, first, first + gap
                return min(gap, count)
        return 0

    def _works(self, index: int, first: int, count: int) -> bool:
        """Whether the next frames from `first` on can be decoded, by a decoder opened anew."""
        self._current = -1
        try:
            self._seek(index, first)
            return not count or len(self._next_frames(count)) == count
        except (AudioFileError, soundfile.SoundFileError, OSError):
            return False

    def _seek(self, index: int, first: int) -> None:
        """Make `first` the next frame of a stream to decode."""
        try:
            if index != self._current or (self._sound and not self._sound.seekable()):
                if self._sound is not None:
                    self._sound.close()
                self._sound, self._current = None, -1
                self._sound, self._current = self._opened(self._streams[index]), index
            assert self._sound is not None
            self._discard = first
            if self._sound.seekable():
                with self._withheld():
                    self._discard -= self._sound.seek(max(0, first - PREROLL_FRAMES))
            while self._discard > PREROLL_FRAMES:
                skipped = self._sound.read(min(self._discard, 2**16), always_2d=True)
                if not len(skipped):
                    break
                self._discard -= len(skipped)
        except (soundfile.SoundFileError, OSError) as error:
            raise reading_error(error) from None
        self._next = first

    def _next_frames(self, count: int) -> Float32:
        """Decode the next frames, ``(count, channels)``, without those before a seek's goal."""
        assert self._sound is not None
        discard, self._discard = self._discard, 0
        with self._withheld():
            found: Float32 = self._sound.read(discard + count, dtype="float32", always_2d=True)
        return found[discard:]

    def _opened(self, parts: tuple[Part, ...] | None) -> soundfile.SoundFile:
        """Open a stream; None is the file as it is."""
        source = self._path if parts is None else StreamFile(self._file, parts)
        try:
            with self._withheld():
                return soundfile.SoundFile(source)
        except (soundfile.SoundFileError, OSError, TypeError) as error:
            raise reading_error(error) from None

    @contextmanager
    def _withheld(self) -> Iterator[None]:
        """Withhold what the decoder prints, and count its lines."""
        if not self._noisy:
            yield
            return
        printed: list[bytes] = []
        with _stderr_withheld(printed):
            yield
        self.complaints += len(printed)


_stderr_lock = threading.RLock()


@contextmanager
def _stderr_withheld(printed: list[bytes]) -> Iterator[None]:
    """Withhold a decoder's lines from the standard error of the process.

    What another thread prints meanwhile follows at the end.
    """
    with _stderr_lock, tempfile.TemporaryFile() as memory:
        try:
            real = os.dup(2)
        except OSError:  # there is no standard error
            yield
            return
        try:
            with suppress(Exception):
                sys.stderr.flush()
            os.dup2(memory.fileno(), 2)
            try:
                yield
            finally:
                with suppress(Exception):
                    sys.stderr.flush()
                os.dup2(real, 2)
                memory.seek(0)
                for line in memory.read().splitlines(keepends=True):
                    if not _DECODER_LINE.match(line):
                        with suppress(OSError):
                            os.write(real, line)
                    elif b"error: " in line:  # others are notes
                        printed.append(line)
        finally:
            os.close(real)


def reading_error(error: BaseException) -> AudioFileError:
    """One-line error for a file that cannot be read."""
    if isinstance(error, soundfile.LibsndfileError):
        reason = str(error.error_string)
    else:
        reason = str(getattr(error, "strerror", None) or error)
    return AudioFileError(f"it cannot be read: {' '.join(reason.split()) or type(error).__name__}")
