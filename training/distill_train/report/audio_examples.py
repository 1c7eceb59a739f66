"""What can be heard in a report: recordings beside the model, each axis, the run's previews.

Sounds are made by the instrument's own engine and synthesis. How the page looks is elsewhere.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from distill_live.bundle import Axis, Bundle
from distill_live.engine import Command, Engine
from distill_live.spectrogram import Float32, Float64, Representation
from distill_train.corpus.prepared import PreparedCorpus
from distill_train.latent.axes import Sweep, follows, sweep
from distill_train.latent.chunk_renderer import ChunkRenderer
from distill_train.latent.features import FEATURES
from distill_train.report.excerpts import Excerpt, choose_excerpts
from distill_train.report.plots import band_power, spectrogram, sweeps
from distill_train.report.template import AudioPlayers, figure, heading, paragraph, section, table
from distill_train.training.checkpoint import TrainedModel
from distill_train.training.events import PreviewEvent

EXCERPTS = 3
"""Of what was learnt, and as many of what was held out."""

SWEEPS = 3
"""Landmarks that each axis is swept from, other ones than those it was found with."""

SWEEP_S, REST_S = 3.0, 0.3
"""How long the sound of an axis is, and how long it stays at either end."""

MIN_PEAK_POWER = 1e-6
"""Least band power that a spectrogram's colours go down from."""

MAX_PREVIEWS = 3
"""Previews that can be heard: the first, the last and what lies between."""


def recordings_section(
    trained: TrainedModel, prepared: PreparedCorpus, players: AudioPlayers
) -> str:
    """Recordings beside what is made of them."""
    parts = []
    for chunks, words in (
        (prepared.training.unaugmented(), "learnt"),
        (prepared.validation, "held out: the model has never heard it"),
    ):
        for excerpt in choose_excerpts(trained, chunks, prepared.cache.sound, EXCERPTS):
            parts += _excerpt(excerpt, prepared.files[excerpt.recording], words, trained, players)
    if not parts:
        return ""
    return section(
        "Recordings and model",
        "Each row is one stretch of a recording, three times: as recorded, as it comes back from "
        "its own spectrogram (the best that any model could do) and as the model plays it. The "
        "figure is the log-spectral distance from the recording, in dB; lower is nearer.",
        *parts,
    )


def axes_section(bundle: Bundle, players: AudioPlayers) -> str:
    """What each axis does to the sound."""
    if not bundle.axes:
        return ""
    latents = bundle.landmark_latents.astype(np.float64)
    standardised = (latents - bundle.latent_mean) / bundle.latent_std
    starts = standardised[np.linspace(0, len(latents) - 1, SWEEPS + 2)[1:-1].round().astype(int)]
    render, rate = ChunkRenderer(bundle), bundle.settings.sample_rate_hz
    swept = [
        sweep(axis.direction.astype(np.float64), standardised, starts, render, rate)
        for axis in bundle.axes
    ]
    followed = [[follows(one, column) for column in range(len(FEATURES))] for one in swept]
    reach = np.array([_reach(one) for one in swept]).max(axis=0)
    rows = [
        [axis.label, *(_change(one, column) for column in range(len(FEATURES)))]
        for axis, one in zip(bundle.axes, swept, strict=True)
    ]
    parts = [
        _axis(
            bundle,
            axis,
            standardised,
            sweeps(one.about_means, reach, FEATURES, clear, _words(one)),
            players,
        )
        for axis, one, clear in zip(bundle.axes, swept, followed, strict=True)
    ]
    return section(
        "Axes",
        "Each axis is moved from the low end of what the corpus does to the high one, from "
        f"{len(starts)} places, and the sound is measured. A name such as Brightness is only "
        "given where the sound follows. The player sounds the way from low to high.",
        table(
            ["axis", *(f"{feature.label}, {feature.unit}" for feature in FEATURES)],
            rows,
            "Change from low to high, and rank correlation with the position (1: always rising). "
            "Bold, and blue below: what follows the axis.",
            clear=[
                (number, 1 + column)
                for number, clear in enumerate(followed)
                for column, yes in enumerate(clear)
                if yes
            ],
        ),
        *parts,
    )


def _axis(
    bundle: Bundle, axis: Axis, standardised: Float64, curves: str, players: AudioPlayers
) -> str:
    sound = axis_sound(bundle, axis, standardised)
    representation = Representation(bundle.settings, bundle.statistics)
    peak = max(float(band_power(sound, representation).max()), MIN_PEAK_POWER)
    label = f"{axis.label} from low to high"
    picture = spectrogram(sound, representation, peak, f"Spectrogram of {label}")
    return (
        heading(axis.label, f"/axis/{axis.name}, {100 * axis.variance:.1f} % of the variance")
        + f'<div class="axis"><figure>{curves}</figure>'
        + f"<figure>{picture}{players.player(sound, label)}</figure></div>"
    )


def _reach(swept: Sweep) -> Float64:
    """How far each feature goes from the mean of its sweep; at least what can be noticed."""
    away = np.nan_to_num(np.abs(swept.about_means)).max(axis=(0, 1))
    reach: Float64 = 1.1 * np.maximum(away, [feature.noticeable for feature in FEATURES])
    return reach


def previews_part(
    previews: Sequence[PreviewEvent], run: Path, rate_hz: int, players: AudioPlayers
) -> str:
    """Some previews of the run that are still in its folder, to be heard one after the other."""
    kept = [preview for preview in previews if (run / preview.path).is_file()]
    if not kept:
        return ""
    chosen = np.unique(np.linspace(0, len(kept) - 1, MAX_PREVIEWS).round().astype(int))
    parts = []
    for preview in (kept[index] for index in chosen):
        samples, rate = soundfile.read(run / preview.path, dtype="float32", always_2d=True)
        if rate == rate_hz:
            name = f"Epoch {preview.epoch}"
            parts.append(figure("", name, players.player(samples.mean(axis=1), name)))
    words = "The same places, played by the model as it was then."
    return heading("Previews", "") + paragraph(words) + f'<div class="row">{"".join(parts)}</div>'


def axis_sound(bundle: Bundle, axis: Axis, standardised: Float64) -> Float32:
    """The engine's sound of an axis from low to high, from the most usual place: mono."""
    engine = Engine(bundle, channels=1)
    place = standardised[np.argmin(np.linalg.norm(standardised, axis=1))]
    rate = engine.sample_rate_hz
    try:
        for address, values in (
            ("/jitter", (0.0,)),
            ("/spread", (0.0,)),
            ("/glide", (0.0,)),
            ("/latent", tuple(place.tolist())),
            (f"/axis/{axis.name}", (-1.0,)),
        ):
            engine.apply(Command(address, values))
        glide_s = SWEEP_S - 2 * REST_S
        engine.apply(Command(f"/axis/{axis.name}", (1.0, glide_s), round(REST_S * rate)))
        out = np.empty((round(SWEEP_S * rate), 1), np.float32)
        engine.render(out)
    finally:
        engine.close()
    return out[:, 0]


def _excerpt(
    excerpt: Excerpt, file: str, words: str, trained: TrainedModel, players: AudioPlayers
) -> list[str]:
    representation = Representation(trained.config.spectrogram, trained.statistics)
    peak = float(band_power(excerpt.original, representation).max())
    where = f"{file}, at {excerpt.seconds:.1f} s"
    cells = []
    for sound, caption in (
        (excerpt.original, "as recorded"),
        (excerpt.represented, f"from its spectrogram: {excerpt.represented_db:.2f} dB"),
        (excerpt.modelled, f"from the model: {excerpt.modelled_db:.2f} dB"),
    ):
        label = f"{where}, {caption}"
        picture = spectrogram(sound, representation, peak, f"Spectrogram of {label}")
        cells.append(figure(picture, caption, players.player(sound, label)))
    return [heading(where, words), f'<div class="row">{"".join(cells)}</div>']


def _change(swept: Sweep, column: int) -> str:
    return f"{swept.change[column]:+.2f} ({swept.correlation[column]:+.2f})"


def _words(swept: Sweep) -> str:
    return ", ".join(
        f"{feature.name} {swept.change[column]:+.2f} {feature.unit}"
        for column, feature in enumerate(FEATURES)
    )
