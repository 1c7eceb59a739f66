"""Render takes to sound files: find the models, resample, write a mix or stems."""

from collections.abc import Iterator, Sequence
from itertools import chain
from math import ceil
from pathlib import Path

import numpy as np

from distill_live import __version__
from distill_live.bundle import Bundle, read_bundle
from distill_live.engine.mixing.resampling import Resampler, at_rate
from distill_live.errors import BundleError, ConfigurationError
from distill_live.files import printable
from distill_live.library import find_fingerprint
from distill_live.offline.formats import SoundFormat
from distill_live.offline.render import Progress
from distill_live.offline.writer import Tags, new_sound_file
from distill_live.spectrogram import Float32
from distill_live.takes.replay import Replay
from distill_live.takes.take_reader import Take


def models_of(take: Take, instead: Bundle | None = None) -> dict[str, Bundle]:
    """Read the models of a take from the library; returns them by fingerprint.

    Parameters
    ----------
    take
        The take.
    instead
        Model given by the user, which need not be in the library: one of the take's, or one that
        replaces the first of them, which need not be there either.

    Raises
    ------
    BundleError
        If a model is missing or cannot be read.
    """
    found: dict[str, Bundle] = {}
    if instead is not None and instead.fingerprint in take.models:
        found = {instead.fingerprint: instead}
    elif instead is not None:
        first = (one.engine.fingerprint for one in take.spans if one is not None)
        found = dict.fromkeys((instead.fingerprint, *first), instead)
    for fingerprint, name in take.models.items():
        if fingerprint in found:
            continue
        try:
            found[fingerprint] = read_bundle(find_fingerprint(fingerprint))
        except ConfigurationError as refusal:
            raise BundleError(
                f"{printable(take.path)} was played with the model {printable(name)[:100]} "
                f"(fingerprint {printable(fingerprint)[:40]}), which is not in the library; "
                "import it, or give another with --model"
            ) from refusal
    return found


def write_replay(
    replay: Replay,
    out: Path,
    form: SoundFormat,
    *,
    title: str,
    force: bool,
    on_progress: Progress | None = None,
) -> None:
    """Render a take to a sound file, written atomically.

    Parameters
    ----------
    replay
        Renderer of the take; used up afterwards.
    out, form
        The file and its format, with the channels of the replay.
    title
        Title in the file's tags.
    force
        Replace an existing file.
    on_progress
        Called with the number of frames rendered since the last call.

    Raises
    ------
    TakeError
        If the take does not match its models.
    AudioFileError
        If the file already exists, or cannot be written.
    """
    frames = left = round(replay.samples * form.sample_rate_hz / replay.sample_rate_hz)
    tags = Tags(title, f"Distill Live {__version__}", "", "")
    sound = at_rate(
        _padded_blocks(replay, form.sample_rate_hz, on_progress),
        replay.sample_rate_hz,
        form.sample_rate_hz,
        replay.channels,
    )
    with new_sound_file(out, form, frames, tags, seed=0, force=force) as write:
        for block in sound:
            part = block[:left]
            left -= len(part)
            if len(part):
                write(part)


def stem_paths(out: Path, slots: Sequence[int | None]) -> dict[int | None, Path]:
    """Output file of each slot; None is the mix, written to `out` itself."""
    return {
        slot: out if slot is None else out.with_stem(f"{out.stem}-slot{slot}") for slot in slots
    }


def _padded_blocks(
    replay: Replay, sample_rate_hz: int, on_progress: Progress | None
) -> Iterator[Float32]:
    """Blocks of the replay, and the silence that flushes the resampler."""
    blocks = replay.blocks(on_progress)
    if sample_rate_hz == replay.sample_rate_hz:
        return blocks
    delay_s = Resampler(replay.sample_rate_hz, sample_rate_hz, 1).delay_s
    held = ceil(2 * delay_s * replay.sample_rate_hz) + replay.sample_rate_hz // 100
    return chain(blocks, [np.zeros((held, replay.channels), dtype=np.float32)])
