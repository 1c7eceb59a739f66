"""Write sound files: dithered, tagged and atomically; open others, and read their comments.

Equal samples give equal bytes as WAV and FLAC. Ogg files are the same sound, but libsndfile draws
their stream number from the clock.
"""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile as sf

from distill_live.device_selection import stderr_silenced
from distill_live.errors import AudioFileError
from distill_live.files import atomic_write, check_kind, open_regular, printable
from distill_live.offline.formats import FLOAT_BITS, SoundFormat
from distill_live.offline.riff import finish_wav, read_comment
from distill_live.spectrogram import Float32

WRITE_FRAMES = 4096
"""Frames a call to libsndfile; its Vorbis encoder overruns its stack on very many."""

MAX_WAV_BYTES = 2**32 - 2**20
"""Maximum sound data and comment of a WAV file, without its header; larger files are RF64."""

MAX_OPUS_COMMENT_BYTES = 60_000
"""Limit of libsndfile, which writes an Opus comment in one page."""

PROBE_BYTES = 2**16
"""Bytes written after a failure to learn the system's reason, which libsndfile does not tell."""

_SYSTEM_EXCLUSIVE = b"\xf0\x7e"
"""First bytes of each packet of a MIDI sample dump, the header's too."""

_STREAM = 2
"""Random stream of the dither, seeded together with the seed."""

Write = Callable[[Float32], None]


@dataclass(frozen=True)
class Tags:
    """Tags of a file: short texts, and `comment` for programs, in ASCII."""

    title: str
    software: str
    date: str
    comment: str


@contextmanager
def new_sound_file(
    out: Path, form: SoundFormat, frames: int, tags: Tags, *, seed: int, force: bool
) -> Iterator[Write]:
    """Write a sound file atomically: it appears when the block ends, and not if the block raises.

    Integer samples get triangular dither of two steps, peak to peak (Lipshitz, Wannamaker &
    Vanderkooy, *Quantization and dither*, 1992).

    Parameters
    ----------
    out
        The file. Its folder must exist.
    form
        Format of the file.
    frames
        Number of frames that will be written.
    tags
        Tags of the file.
    seed
        Seed of the dither.
    force
        Replace an existing file.

    Yields
    ------
    Callable
        Takes the next frames, ``(frames, channels)`` float32, -1 to 1.

    Raises
    ------
    AudioFileError
        If the file exists and `force` is false, or it cannot be written.
    """
    check_free(out, force=force)
    size = form.data_bytes(frames) + len(tags.comment)
    large = size > MAX_WAV_BYTES and form.format.container == "WAV"
    container = "RF64" if large else form.format.container
    if form.subtype == "OPUS" and len(tags.comment) > MAX_OPUS_COMMENT_BYTES:
        raise AudioFileError(
            f"{printable(out)}: {len(tags.comment)} bytes of comment on how it was rendered; Opus "
            f"holds {MAX_OPUS_COMMENT_BYTES}; write .ogg or .flac"
        )
    try:
        with atomic_write(out, AudioFileError) as temporary:
            try:
                with sf.SoundFile(
                    temporary,
                    "w",
                    form.sample_rate_hz,
                    form.channels,
                    form.subtype,
                    format=container,
                    compression_level=form.format.compression,
                ) as file:
                    _tag(file, form, tags)
                    yield _Quantizer(file, form, seed).write
                if form.format.container == "WAV":  # even without a comment, for the time stamp
                    finish_wav(temporary, tags.comment)
                if sf.info(temporary).frames != frames:  # not every coder reports a full disk
                    raise sf.LibsndfileError(0, "it is incomplete")
            except sf.LibsndfileError:
                with temporary.open("ab") as file_end:
                    file_end.write(bytes(PROBE_BYTES))
                raise
            check_free(out, force=force)
    except sf.LibsndfileError as error:
        raise AudioFileError(
            f"{printable(out)}: not written ({error}); free some space, or write elsewhere"
        ) from error


def check_free(out: Path, *, force: bool) -> None:
    """Raise if a file exists and may not be replaced.

    Raises
    ------
    AudioFileError
        If the file exists and `force` is false, or it is a folder, pipe or device.
    """
    check_kind(out, AudioFileError)
    if not force and out.exists():
        raise AudioFileError(f"{printable(out)} already exists; --force replaces it")


def comment_of(path: Path) -> str:
    """Read the comment of a sound file.

    Raises
    ------
    AudioFileError
        If the file cannot be read as a sound file.
    """
    with open_sound(path) as file:
        if file.format in ("WAV", "WAVEX", "RF64"):
            return read_comment(path)
        return str(file.comment)


@contextmanager
def open_sound(path: Path) -> Iterator[sf.SoundFile]:
    """Open a sound file to read it in a block.

    Raises
    ------
    AudioFileError
        If the file cannot be opened as a sound file, or read in the block.
    """
    try:
        with open_regular(path) as opened:  # libsndfile would wait for a pipe
            check_sample_dump(opened)
        with stderr_silenced():  # libmpg123 prints notes
            file = sf.SoundFile(path)
        with file:
            yield file
    except TypeError as error:
        raise AudioFileError(
            f"{printable(path)}: not read (raw samples without a header)"
        ) from error
    except (sf.LibsndfileError, OSError) as error:
        reason = error.error_string if isinstance(error, sf.LibsndfileError) else error.strerror
        reason = reason if path.exists() else "no such file"
        raise AudioFileError(
            f"{printable(path)}: not read ({str(reason).rstrip('.').lower()}); check the name"
        ) from error


def check_sample_dump(file: BinaryIO) -> None:
    """Refuse a damaged MIDI sample dump: libsndfile prints a line for each damaged packet.

    Parameters
    ----------
    file
        A sound file of any type.

    Raises
    ------
    OSError
        If it is a sample dump (SDS) and a packet does not begin as all do.
    """
    file.seek(0)
    head = file.read(21)
    if head[:2] != _SYSTEM_EXCLUSIVE or head[3:4] != b"\x01":
        return
    for number in count(1):
        packet = file.read(127)
        if packet[:2] != _SYSTEM_EXCLUSIVE and (packet or number == 1):
            raise OSError(errno.EIO, f"packet {number} of the sample dump is damaged")
        if not packet:
            return


def _tag(file: sf.SoundFile, form: SoundFormat, tags: Tags) -> None:
    texts = {"title": tags.title, "software": tags.software, "date": tags.date}
    if form.format.container == "MP3":  # libsndfile writes MP3 tags as Latin-1
        texts["title"] = tags.title.encode("ascii", "replace").decode()
    if form.format.container != "WAV":
        texts["comment"] = tags.comment
    for name, text in texts.items():
        if text:
            setattr(file, name, text)


class _Quantizer:
    """Converts blocks to the file's sample type and writes them."""

    def __init__(self, file: sf.SoundFile, form: SoundFormat, seed: int) -> None:
        self._file = file
        self._bits = 0 if form.bits in (None, FLOAT_BITS) else form.bits or 0
        self._rng = np.random.default_rng([seed, _STREAM])

    def write(self, block: Float32) -> None:
        for start in range(0, len(block), WRITE_FRAMES):
            part = block[start : start + WRITE_FRAMES]
            self._file.write(self._dithered_integers(part) if self._bits else part)

    def _dithered_integers(self, block: Float32) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
        """Dithered integers in the most significant bits of 32, as libsndfile expects."""
        noise = self._rng.random((*block.shape, 2))
        full = 2.0 ** (self._bits - 1)
        steps = np.rint(block * full + (noise[..., 0] - noise[..., 1]))
        whole = steps.clip(-full, full - 1).astype(np.int32)
        return whole << (32 - self._bits)
