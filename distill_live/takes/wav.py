"""Write a WAV file (32-bit float) that is valid at every moment, even if the process is killed.

Frames are written first, then the header that counts them.
"""

import os
import struct
from pathlib import Path

from distill_live.files import PartialWriteError, flush, write_all
from distill_live.spectrogram import Float32

MAX_BYTES = 2**32 - 2**16
"""Maximum file size: the header counts in 32 bits."""

_FLOAT, _EXTENSIBLE = 3, 0xFFFE
_FLOAT_GUID = struct.pack("<IHH8s", _FLOAT, 0, 0x10, bytes.fromhex("800000aa00389b71"))


class WavFile:
    """WAV file being written. The file must not exist yet.

    Parameters
    ----------
    path
        The file.
    channels, sample_rate_hz
        Channels and sample rate.
    max_bytes
        Maximum file size in bytes.

    Attributes
    ----------
    path : Path
    sample_rate_hz : int
    frames : int
        Number of frames written.

    Raises
    ------
    OSError
        If the file system refuses; `write` raises it too.
    """

    def __init__(
        self, path: Path, channels: int, sample_rate_hz: int, *, max_bytes: int = MAX_BYTES
    ) -> None:
        self.path = path
        self.sample_rate_hz = sample_rate_hz
        self.frames = 0
        self._channels = channels
        self._frame_bytes = 4 * channels
        self._header_bytes = len(self._header())
        self._max_frames = (max_bytes - self._header_bytes) // self._frame_bytes
        self._file = path.open("xb", buffering=0)
        write_all(self._file.fileno(), 0, self._header())

    @property
    def room_frames(self) -> int:
        """Number of frames that still fit."""
        return self._max_frames - self.frames

    @property
    def seconds(self) -> float:
        """Duration of the frames written."""
        return self.frames / self.sample_rate_hz

    def write(self, samples: Float32) -> None:
        """Append frames, ``(frames, channels)``; on a full disk, as many as fit before raising."""
        offset = self._header_bytes + self.frames * self._frame_bytes
        data = samples.astype("<f4").tobytes()
        try:
            write_all(self._file.fileno(), offset, data)
        except PartialWriteError as error:
            self._count(error.written // self._frame_bytes)
            os.ftruncate(self._file.fileno(), self._header_bytes + self.frames * self._frame_bytes)
            raise
        self._count(len(samples))

    def close(self) -> None:
        """Flush to disk and close."""
        flush(self._file.fileno())
        self._file.close()

    def _count(self, frames: int) -> None:
        self.frames += frames
        write_all(self._file.fileno(), 0, self._header())

    def _header(self) -> bytes:
        """RIFF WAVE header (Multimedia Programming Interface 1.0, WAVEFORMATEXTENSIBLE)."""
        rate, size = self.sample_rate_hz, self._frame_bytes
        tag = _FLOAT if self._channels <= 2 else _EXTENSIBLE
        fmt = struct.pack("<HHIIHH", tag, self._channels, rate, rate * size, size, 32)
        if tag == _FLOAT:
            fmt += struct.pack("<H", 0)
        else:  # no speaker positions
            fmt += struct.pack("<HHI", 22, 32, 0) + _FLOAT_GUID
        data_bytes = self.frames * size
        chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt
        chunks += b"fact" + struct.pack("<II", 4, self.frames)
        chunks += b"data" + struct.pack("<I", data_bytes)
        return b"RIFF" + struct.pack("<I", 4 + len(chunks) + data_bytes) + b"WAVE" + chunks
