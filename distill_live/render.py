"""Offline: the engine without a loudspeaker, into a sound file."""

from pathlib import Path

import numpy as np
import soundfile as sf

from distill_live.addresses import IDLE_DRIFT
from distill_live.bundle import Bundle, read_bundle
from distill_live.engine import Command, Engine
from distill_live.errors import AudioFileError, ConfigurationError
from distill_live.files import atomic_write

LONGEST_S = 86400.0

BLOCK_FRAMES = 48000


def render(model: Path, out: Path, *, seconds: float, seed: int = 0, channels: int = 2) -> None:
    """Render a slow walk through the corpus' landmarks to a 24-bit WAV file.

    The same arguments give the same bytes. The file appears whole: it is written under a temporary
    name and renamed.

    Parameters
    ----------
    model
        A `.distill` file.
    out
        Where to write; an existing file is replaced.
    seconds
        Length, over 0 to 86400.
    seed
        Decides everything random.
    channels
        Channels of the file, 1 to 16.

    Raises
    ------
    BundleError
        If the model cannot be read.
    ConfigurationError
        If a number is out of range.
    AudioFileError
        If the file cannot be written.
    """
    if not 0 < seconds <= LONGEST_S:
        raise ConfigurationError(f"seconds is {seconds}; it must lie in 0 to {LONGEST_S:g}")
    engine = _walking_engine(read_bundle(model), channels, seed)
    try:
        write_sound(engine, out, seconds)
    finally:
        engine.close()


def write_sound(engine: Engine, out: Path, seconds: float) -> None:
    """Render what an engine plays next to a 24-bit WAV file, which appears whole.

    Raises
    ------
    AudioFileError
        If the file cannot be written.
    """
    frames_left = round(seconds * engine.sample_rate_hz)
    block = np.empty((BLOCK_FRAMES, engine.channels), dtype=np.float32)
    try:
        with (
            atomic_write(out, AudioFileError) as temporary,
            sf.SoundFile(
                temporary, "w", engine.sample_rate_hz, engine.channels, "PCM_24", format="WAV"
            ) as file,
        ):
            while frames_left > 0:
                part = block[: min(frames_left, BLOCK_FRAMES)]
                engine.render(part)
                file.write(part)
                frames_left -= len(part)
    except sf.LibsndfileError as error:
        raise AudioFileError(f"{out}: not written ({error}); free some space") from error


def _walking_engine(bundle: Bundle, channels: int, seed: int) -> Engine:
    engine = Engine(bundle, channels=channels, seed=seed)
    engine.apply(Command("/drift", (IDLE_DRIFT,)))
    return engine
