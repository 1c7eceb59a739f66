"""Render an engine's output to a sound file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from pathlib import Path

import numpy as np

from distill_live import __version__
from distill_live.bundle import Bundle
from distill_live.engine import Command, Engine
from distill_live.engine.mixing.resampling import at_rate
from distill_live.errors import ConfigurationError
from distill_live.offline.command_schedule import schedule_commands
from distill_live.offline.formats import SoundFormat, choose_format
from distill_live.offline.input_file import InputFile
from distill_live.offline.plan import Origin, Plan, origin, to_json
from distill_live.offline.writer import Tags, new_sound_file
from distill_live.spectrogram import Float32

BLOCK_FRAMES = 16384

Progress = Callable[[int], None]
"""Takes the number of frames written since its last call."""


def render(
    bundle: Bundle,
    plan: Plan,
    out: Path,
    form: SoundFormat | None = None,
    *,
    blended: Sequence[Bundle] = (),
    heard: InputFile | None = None,
    force: bool = False,
    on_progress: Progress | None = None,
) -> Origin:
    """Render a plan to a sound file with the plan in its comment.

    The same bundle, plan and format give the same samples and, as WAV or FLAC, the same bytes.
    Memory does not grow with the length.

    Parameters
    ----------
    bundle
        The model.
    plan
        Plan of the render.
    out
        File to write; written under a temporary name and renamed.
    form
        Format; None for the default of the file's name, in stereo.
    blended
        Up to three more models, in slots 2 to 4; the plan sets their weights.
    heard
        The plan's input.
    force
        Replace an existing file.
    on_progress
        Called with the number of frames written since the last call.

    Returns
    -------
    Origin
        What the comment says.

    Raises
    ------
    ConfigurationError
        If `out` names no format, or a number is out of range.
    CommandError
        If the model does not accept a command of the plan.
    AudioFileError
        If the file already exists, or cannot be written.
    """
    form = form or choose_format(out, bundle.settings.sample_rate_hz)
    bundles = (bundle, *blended)
    made = origin(plan, bundles, form.sample_rate_hz, form.channels, form.bits)
    software = f"Distill Live {__version__}"
    tags = Tags(f"{bundle.name}, seed {plan.seed}", software, bundle.created, to_json(made))
    with _engine(bundles, plan, form.channels, heard) as engine:
        write_sound(
            engine,
            out,
            plan.seconds,
            form,
            tags=tags,
            commands=_commands(plan, bundles, heard),
            lead_frames=_lead_frames(engine, plan),
            seed=plan.seed,
            force=force,
            on_progress=on_progress,
        )
    return made


def render_array(
    bundle: Bundle, plan: Plan, *, channels: int = 2, heard: InputFile | None = None
) -> Float32:
    """Render a plan to memory, at the model's sample rate; arguments are those of `render`.

    Returns
    -------
    ndarray
        ``(frames, channels)`` float32: the samples that `render` writes to a file of that rate.

    Raises
    ------
    ConfigurationError
        If the plan is shorter than one frame, or a number is out of range.
    CommandError
        If the model does not accept a command of the plan.
    """
    frames = _frames(plan.seconds, bundle.settings.sample_rate_hz)
    done = 0
    with _engine((bundle,), plan, channels, heard) as engine:
        sound = np.empty((frames, channels), dtype=np.float32)
        commands = _commands(plan, (bundle,), heard)
        for block in _blocks(engine, commands, _lead_frames(engine, plan)):
            part = block[: len(sound) - done]
            sound[done : done + len(part)] = part
            done += len(part)
            if done == len(sound):
                return sound
    raise AssertionError("the blocks of an engine never end")


@contextmanager
def _engine(
    bundles: Sequence[Bundle], plan: Plan, channels: int, heard: InputFile | None
) -> Iterator[Engine]:
    """Engine with the models of a render, from slot 1 on, and its dry input; closed at the end."""
    engine = Engine(bundles[0], channels=channels, seed=plan.seed)
    try:
        for slot, other in enumerate(bundles[1:], 2):
            engine.install(engine.load_model(slot, other))
        if heard is not None:
            heard.play_dry(engine, _lead_frames(engine, plan))
        yield engine
    finally:
        engine.close()


def _lead_frames(engine: Engine, plan: Plan) -> int:
    """Frames to drop, so that a followed input, or else a score's notes, stand at their time."""
    if plan.heard and plan.value("/input/follow") == 1.0:
        return engine.follow_latency_samples
    return engine.note_latency_samples if plan.score else 0


def _commands(plan: Plan, bundles: Sequence[Bundle], heard: InputFile | None) -> Iterator[Command]:
    """Commands of a plan and its input, in order of time."""
    planned = schedule_commands(plan, bundles)
    said = () if heard is None else heard.commands(bundles[0], plan)
    return merge(planned, said, key=lambda command: command.time_samples or 0)


def _frames(seconds: float, rate_hz: int) -> int:
    """Convert seconds to frames, at least 1."""
    frames = round(seconds * rate_hz)
    if frames < 1:
        raise ConfigurationError(
            f"seconds is {seconds:g}; a frame at {rate_hz} Hz lasts {1 / rate_hz:.2g}"
        )
    return frames


def write_sound(
    engine: Engine,
    out: Path,
    seconds: float,
    form: SoundFormat | None = None,
    *,
    tags: Tags | None = None,
    commands: Iterable[Command] = (),
    lead_frames: int = 0,
    seed: int = 0,
    force: bool = True,
    on_progress: Progress | None = None,
) -> None:
    """Render an engine's next seconds to a sound file, written atomically.

    Parameters
    ----------
    engine
        Engine with the channels of `form`.
    out, seconds
        The file and its duration.
    form
        Format; None for the default of the file's name, at the engine's rate if supported.
    tags
        Tags of the file.
    commands
        Commands to apply, in order of time.
    lead_frames
        Number of the engine's first frames that the file does not begin with.
    seed
        Seed of the dither.
    force
        Replace an existing file.
    on_progress
        Called with the number of frames written since the last call.

    Raises
    ------
    ConfigurationError
        If the duration is less than a frame.
    CommandError
        If a command is refused.
    AudioFileError
        If the file already exists, or cannot be written.
    """
    form = form or choose_format(out, engine.sample_rate_hz, channels=engine.channels)
    tags = tags or Tags("", f"Distill Live {__version__}", "", "")
    left = _frames(seconds, form.sample_rate_hz)
    with new_sound_file(out, form, left, tags, seed=seed, force=force) as write:
        sound = _blocks(engine, commands, lead_frames)
        for block in at_rate(sound, engine.sample_rate_hz, form.sample_rate_hz, form.channels):
            part = block[:left]
            write(part)
            left -= len(part)
            if on_progress is not None:
                on_progress(len(part))
            if not left:
                return


def _blocks(engine: Engine, commands: Iterable[Command], lead_frames: int) -> Iterator[Float32]:
    """Yield blocks without end, from a frame on; each reuses the memory of the last."""
    block = np.empty((BLOCK_FRAMES, engine.channels), dtype=np.float32)
    pending = iter(commands)
    following = next(pending, None)
    while True:
        end_samples = engine.time_samples + BLOCK_FRAMES
        while following is not None and (following.time_samples or 0) <= end_samples:
            engine.apply(following)
            following = next(pending, None)
        engine.render(block)
        yield block[lead_frames:]
        lead_frames = max(0, lead_frames - BLOCK_FRAMES)
