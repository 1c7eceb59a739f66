"""A take to sound files: which models, at which rate, in one file or as one for each slot."""

from collections.abc import Iterator, Sequence
from itertools import chain
from math import ceil
from pathlib import Path

import numpy as np

from distill_live import __version__
from distill_live.bundle import Bundle, read_bundle
from distill_live.engine.resampling import Resampler
from distill_live.errors import BundleError, ConfigurationError
from distill_live.files import printable
from distill_live.library import find_fingerprint
from distill_live.offline.formats import SoundFormat
from distill_live.offline.render import Progress, at_rate
from distill_live.offline.writer import Tags, new_sound_file
from distill_live.spectrogram import Float32
from distill_live.takes.replay import Replay
from distill_live.takes.take_reader import Take


def models_of(take: Take, instead: Bundle | None = None) -> dict[str, Bundle]:
    """The models of a take, by fingerprint, as they are in the library.

    Parameters
    ----------
    take
        The take.
    instead
        A model that the user names; it need not be in the library, and where it is played for
        another, that need not be there either.

    Raises
    ------
    BundleError
        If one is missing or cannot be read.
    """
    found: dict[str, Bundle] = {}
    if instead is not None:
        begun = (one.engine.fingerprint for one in take.stretches if one is not None)
        found = dict.fromkeys((instead.fingerprint, *begun), instead)
    for fingerprint, name in take.models.items():
        if fingerprint in found:
            continue
        try:
            found[fingerprint] = read_bundle(find_fingerprint(fingerprint))
        except ConfigurationError as refusal:
            raise BundleError(
                f"{printable(take.path)} was played with the model {printable(name)[:100]} "
                f"(fingerprint {printable(fingerprint)[:40]}), which is not in the library; "
                "import it, or name another by --model"
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
    """Render a take to a sound file, which appears whole.

    Parameters
    ----------
    replay
        The take; it is played once.
    out, form
        The file and how to write it; its channels are the replay's.
    title
        What the file says that it is.
    force
        Whether a file that is there is replaced.
    on_progress
        Told how many more of the replay's `rendered_samples` there are.

    Raises
    ------
    TakeError
        If the take does not fit its models.
    AudioFileError
        If the file already exists, or cannot be written.
    """
    frames = left = round(replay.samples * form.sample_rate_hz / replay.sample_rate_hz)
    tags = Tags(title, f"Distill Live {__version__}", "", "")
    sound = at_rate(
        _ending(replay, form.sample_rate_hz, on_progress),
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
    """The file of each slot alone; None stands for all that is heard, and `out` itself."""
    return {
        slot: out if slot is None else out.with_stem(f"{out.stem}-slot{slot}") for slot in slots
    }


def _ending(replay: Replay, sample_rate_hz: int, on_progress: Progress | None) -> Iterator[Float32]:
    """The replay, and as much silence as a resampler holds back."""
    blocks = replay.blocks(on_progress)
    if sample_rate_hz == replay.sample_rate_hz:
        return blocks
    delay_s = Resampler(replay.sample_rate_hz, sample_rate_hz, 1).delay_s
    held = ceil(2 * delay_s * replay.sample_rate_hz) + replay.sample_rate_hz // 100
    return chain(blocks, [np.zeros((held, replay.channels), dtype=np.float32)])
