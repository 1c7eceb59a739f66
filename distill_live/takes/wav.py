"""A WAV file that is whole at every moment, whenever writing it ends and however.

32-bit float, so that it holds what went out exactly. Frames are written first, then the header that
counts them: a process that is killed between the two leaves a file that lacks the last moment.
"""

import os
import struct
from pathlib import Path

from distill_live.spectrogram import Float32
from distill_live.takes.appending import PartialWriteError, write_all

MOST_BYTES = 2**32 - 2**16
"""How large a file may grow: its header counts in 32 bits."""

_FLOAT, _EXTENSIBLE = 3, 0xFFFE
_FLOAT_GUID = struct.pack("<IHH8s", _FLOAT, 0, 0x10, bytes.fromhex("800000aa00389b71"))


class WavFile:
    """A new file, which must not be there yet.

    Parameters
    ----------
    path
        Where.
    channels, sample_rate_hz
        Of the sound.
    max_bytes
        How large it may grow.

    Attributes
    ----------
    path : Path
    sample_rate_hz : int
    frames : int
        Frames that its header counts.

    Raises
    ------
    OSError
        If the file system refuses, here and in `write`.
    """

    def __init__(
        self, path: Path, channels: int, sample_rate_hz: int, *, max_bytes: int = MOST_BYTES
    ) -> None:
        self.path = path
        self.sample_rate_hz = sample_rate_hz
        self.frames = 0
        self._channels = channels
        self._frame_bytes = 4 * channels
        self._header_bytes = len(self._header())
        self._most_frames = (max_bytes - self._header_bytes) // self._frame_bytes
        self._file = path.open("xb", buffering=0)
        write_all(self._file.fileno(), 0, self._header())

    @property
    def room_frames(self) -> int:
        """Frames that may still be written."""
        return self._most_frames - self.frames

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.frames / self.sample_rate_hz

    def write(self, samples: Float32) -> None:
        """Append frames, ``(frames, channels)``; where the disk is full, as many as it takes."""
        place = self._header_bytes + self.frames * self._frame_bytes
        data = samples.astype("<f4").tobytes()
        try:
            write_all(self._file.fileno(), place, data)
        except PartialWriteError as error:
            self._count(error.written // self._frame_bytes)
            os.ftruncate(self._file.fileno(), self._header_bytes + self.frames * self._frame_bytes)
            raise
        self._count(len(samples))

    def close(self) -> None:
        """Have it on the disk, and be done with it."""
        os.fsync(self._file.fileno())
        self._file.close()

    def _count(self, frames: int) -> None:
        self.frames += frames
        write_all(self._file.fileno(), 0, self._header())

    def _header(self) -> bytes:
        """RIFF WAVE, as of Multimedia Programming Interface 1.0 and WAVEFORMATEXTENSIBLE."""
        rate, size = self.sample_rate_hz, self._frame_bytes
        tag = _FLOAT if self._channels <= 2 else _EXTENSIBLE
        fmt = struct.pack("<HHIIHH", tag, self._channels, rate, rate * size, size, 32)
        if tag == _FLOAT:
            fmt += struct.pack("<H", 0)
        else:  # no loudspeaker in particular
            fmt += struct.pack("<HHI", 22, 32, 0) + _FLOAT_GUID
        data_bytes = self.frames * size
        chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt
        chunks += b"fact" + struct.pack("<II", 4, self.frames)
        chunks += b"data" + struct.pack("<I", data_bytes)
        return b"RIFF" + struct.pack("<I", 4 + len(chunks) + data_bytes) + b"WAVE" + chunks
