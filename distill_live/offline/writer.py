"""A sound file as it is written: dithered, tagged, the same bytes for the same samples, and whole.

It knows formats and files; it does not know where the samples come from.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from distill_live.errors import AudioFileError
from distill_live.files import atomic_write, printable
from distill_live.offline.formats import FLOAT_BITS, SoundFormat
from distill_live.offline.ogg import fix_serial
from distill_live.offline.riff import finish_wav, read_comment
from distill_live.spectrogram import Float32

WRITE_FRAMES = 4096
"""Frames a call to libsndfile, whose Vorbis encoder overruns its stack on very many."""

WAV_LIMIT_BYTES = 2**32 - 2**20
"""Sound that a WAV file can hold, its header and tags apart; beyond it is RF64."""

OPUS_COMMENT_BYTES = 60_000
"""libsndfile writes an Opus file's comment in one page."""

_STREAM = 2
"""Beside the seed: which of its random numbers the dither is."""

Write = Callable[[Float32], None]


@dataclass(frozen=True)
class Tags:
    """What a file says of itself: short lines of text, and `comment` for programs, in ASCII."""

    title: str
    software: str
    date: str
    comment: str


@contextmanager
def new_sound_file(
    out: Path, form: SoundFormat, frames: int, tags: Tags, *, seed: int, force: bool
) -> Iterator[Write]:
    """Write a sound file that appears whole when the block ends, and not at all if it raises.

    Whole numbers are dithered with triangular noise of two steps, peak to peak (Lipshitz,
    Wannamaker & Vanderkooy, *Quantization and dither*, 1992).

    Parameters
    ----------
    out
        The file. Its folder exists.
    form
        How it is written.
    frames
        How many will be written.
    tags
        What it says of itself.
    seed
        Decides the dither.
    force
        Whether a file that is there is replaced.

    Yields
    ------
    Callable
        Takes the next frames, ``(frames, channels)`` float32, -1 to 1.

    Raises
    ------
    AudioFileError
        If there is such a file already, or it cannot be written.
    """
    check_free(out, force=force)
    large = form.data_bytes(frames) > WAV_LIMIT_BYTES and form.format.container == "WAV"
    container = "RF64" if large else form.format.container
    if form.subtype == "OPUS" and len(tags.comment) > OPUS_COMMENT_BYTES:
        raise AudioFileError(
            f"{printable(out)}: {len(tags.comment)} bytes say how it was rendered, of which Opus "
            f"holds {OPUS_COMMENT_BYTES}; write .ogg or .flac"
        )
    try:
        with atomic_write(out, AudioFileError) as temporary:
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
            if form.format.container == "WAV":  # also of no comment, for the peaks' stamp
                finish_wav(temporary, tags.comment)
            if form.format.container == "OGG":
                fix_serial(temporary)
            if sf.info(temporary).frames != frames:  # not every coder says that a disk is full
                raise sf.LibsndfileError(0, "it is not whole")
            check_free(out, force=force)
    except sf.LibsndfileError as error:
        raise AudioFileError(
            f"{printable(out)}: not written ({error}); free some space, or write elsewhere"
        ) from error


def check_free(out: Path, *, force: bool) -> None:
    """Refuse to replace a file.

    Raises
    ------
    AudioFileError
        If it is there, and not `force`.
    """
    if not force and out.exists():
        raise AudioFileError(f"{printable(out)} already exists; --force replaces it")


def comment_of(path: Path) -> str:
    """What a sound file's comment is.

    Raises
    ------
    AudioFileError
        If it is no sound file that can be read.
    """
    try:
        with sf.SoundFile(path) as file:
            if file.format in ("WAV", "WAVEX", "RF64"):
                return read_comment(path)
            return str(file.comment)
    except TypeError as error:
        raise AudioFileError(
            f"{printable(path)}: not read (bare samples, which say nothing of themselves)"
        ) from error
    except (sf.LibsndfileError, OSError) as error:
        reason = error.error_string if isinstance(error, sf.LibsndfileError) else error.strerror
        reason = reason if path.exists() else "no such file"
        raise AudioFileError(
            f"{printable(path)}: not read ({str(reason).rstrip('.').lower()}); check the name"
        ) from error


def _tag(file: sf.SoundFile, form: SoundFormat, tags: Tags) -> None:
    said = {"title": tags.title, "software": tags.software, "date": tags.date}
    if form.format.container == "MP3":  # libsndfile's tags are Latin-1 there
        said["title"] = tags.title.encode("ascii", "replace").decode()
    if form.format.container != "WAV":
        said["comment"] = tags.comment
    for name, text in said.items():
        if text:
            setattr(file, name, text)


class _Quantizer:
    """Writes blocks in the file's numbers."""

    def __init__(self, file: sf.SoundFile, form: SoundFormat, seed: int) -> None:
        self._file = file
        self._bits = 0 if form.bits in (None, FLOAT_BITS) else form.bits or 0
        self._rng = np.random.default_rng([seed, _STREAM])

    def write(self, block: Float32) -> None:
        for start in range(0, len(block), WRITE_FRAMES):
            part = block[start : start + WRITE_FRAMES]
            self._file.write(self._whole_numbers(part) if self._bits else part)

    def _whole_numbers(self, block: Float32) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
        """As libsndfile takes them: the most significant bits of 32."""
        noise = self._rng.random((*block.shape, 2))
        full = 2.0 ** (self._bits - 1)
        steps = np.rint(block * full + (noise[..., 0] - noise[..., 1]))
        whole = steps.clip(-full, full - 1).astype(np.int32)
        return whole << (32 - self._bits)
