"""Audio examples of a report: recordings beside reconstructions, axes from low to high, previews.

Sounds come from the instrument's own engine and synthesis.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from markupsafe import Markup

from distill_live.bundle import Axis, Bundle
from distill_live.engine import Command, Engine
from distill_live.spectrogram import Float32, Float64, Representation
from distill_train.corpus.training_data import PreparedCorpus
from distill_train.latent.axes import MAX_HEARD_S, Sweep, follows, sweep
from distill_train.latent.chunk_renderer import ChunkRenderer
from distill_train.latent.features import FEATURES
from distill_train.latent.latent_space import standardised_landmarks
from distill_train.report.excerpts import choose_excerpts
from distill_train.report.plots import band_power, spectrogram, sweeps
from distill_train.report.template import AudioPlayers
from distill_train.training.checkpoint import TrainedModel
from distill_train.training.events import PreviewEvent

EXCERPTS = 3
"""Number of excerpts of training chunks, and of validation chunks."""

SWEEPS = 3
"""Landmarks that each axis is swept from; others than those it was found with."""

SWEEP_S, REST_S = 3.0, 0.3
"""Length of an axis' sound, and of the rest at either end."""

MAP_SOUNDS, MAP_FADE_S = 100, 0.005
"""Number of landmarks with a sound on the map, and their fade at either end."""

MIN_PEAK_POWER = 1e-6
"""Minimum band power of a spectrogram's brightest colour."""

MAX_PREVIEWS = 3
"""Number of previews with players: the first, the last and what lies between."""


def recording_examples(
    trained: TrainedModel, prepared: PreparedCorpus, players: AudioPlayers
) -> list[dict[str, Any]]:
    """Excerpts of the recordings, each as recorded, from its spectrogram and from the model."""
    representation = Representation(trained.config.spectrogram, trained.statistics)
    rows = []
    for chunks, split in (
        (prepared.training.unaugmented(), "training"),
        (prepared.validation, "validation: not used for training"),
    ):
        for excerpt in choose_excerpts(trained, chunks, prepared.cache.sound, EXCERPTS):
            place = f"{prepared.cache.files[excerpt.recording]}, at {excerpt.seconds:.1f} s"
            peak = float(band_power(excerpt.original, representation).max())
            sounds = []
            for sound, caption in (
                (excerpt.original, "as recorded"),
                (excerpt.represented, f"from its spectrogram: {excerpt.represented_db:.2f} dB"),
                (excerpt.modelled, f"from the model: {excerpt.modelled_db:.2f} dB"),
            ):
                example = _example(sound, f"{place}, {caption}", representation, peak, players)
                sounds.append({"caption": caption, **example})
            rows.append({"place": place, "split": split, "sounds": sounds})
    return rows


def axis_examples(bundle: Bundle, players: AudioPlayers) -> dict[str, Any]:
    """Table, curves and sounds of what each axis does; empty if the model has no axes."""
    if not bundle.axes:
        return {}
    standardised = standardised_landmarks(bundle)
    spread = np.linspace(0, len(standardised) - 1, SWEEPS + 2)[1:-1].round().astype(int)
    starts = standardised[spread]
    render, rate = _renderer(bundle), bundle.settings.sample_rate_hz
    representation = Representation(bundle.settings, bundle.statistics)
    swept = [
        sweep(axis.direction.astype(np.float64), standardised, starts, render, rate)
        for axis in bundle.axes
    ]
    reach = np.array([_reach(one) for one in swept]).max(axis=0)
    rows, bold, examples = [], [], []
    for number, (axis, one) in enumerate(zip(bundle.axes, swept, strict=True)):
        columns = range(len(FEATURES))
        followed = [follows(one, column) for column in columns]
        bold += [(number, 1 + column) for column in columns if followed[column]]
        pairs = list(zip(one.change, one.correlation, strict=True))
        rows.append([axis.label, *(f"{change:+.2f} ({rho:+.2f})" for change, rho in pairs)])
        words = ", ".join(
            f"{feature.name} {change:+.2f} {feature.unit}"
            for feature, change in zip(FEATURES, one.change, strict=True)
        )
        sound = axis_sound(bundle, axis, standardised)
        peak = max(float(band_power(sound, representation).max()), MIN_PEAK_POWER)
        examples.append(
            {
                "label": axis.label,
                "note": f"/axis/{axis.name}, {100 * axis.variance:.1f} % of the variance",
                "curves": sweeps(one.about_means, reach, FEATURES, followed, words),
                **_example(sound, f"{axis.label} from low to high", representation, peak, players),
            }
        )
    head = ["axis", *(f"{feature.label}, {feature.unit}" for feature in FEATURES)]
    return {"starts": len(starts), "head": head, "rows": rows, "bold": bold, "examples": examples}


def map_sounds(bundle: Bundle, players: AudioPlayers) -> dict[int, str]:
    """Model's sounds of up to `MAP_SOUNDS` landmarks, spread over the map, by number."""
    places = np.array([(landmark.x, landmark.y) for landmark in bundle.landmarks])
    standardised, render = standardised_landmarks(bundle), _renderer(bundle)
    fade = np.linspace(0.0, 1.0, round(MAP_FADE_S * bundle.settings.sample_rate_hz), endpoint=False)
    found = {}
    for number in spread(places, MAP_SOUNDS):
        sound = render(standardised[number])
        sound[: len(fade)] *= fade
        sound[len(sound) - len(fade) :] *= fade[::-1]
        if encoded := players.small(sound):
            found[number] = encoded
    return found


def preview_examples(
    previews: Sequence[PreviewEvent], run: Path, rate_hz: int, players: AudioPlayers
) -> list[dict[str, Any]]:
    """Players of up to `MAX_PREVIEWS` previews whose files still exist, evenly spread."""
    kept = [preview for preview in previews if (run / preview.path).is_file()]
    chosen = np.unique(np.linspace(0, len(kept) - 1, MAX_PREVIEWS).round().astype(int))
    examples = []
    for preview in (kept[index] for index in chosen if kept):
        samples, rate = soundfile.read(run / preview.path, dtype="float32", always_2d=True)
        if rate == rate_hz:
            name = f"Epoch {preview.epoch}"
            examples.append({"name": name, "player": players.player(samples.mean(axis=1), name)})
    return examples


def axis_sound(bundle: Bundle, axis: Axis, standardised: Float64) -> Float32:
    """Engine's sound of an axis from low to high, at the landmark nearest to the mean: mono."""
    engine = Engine(bundle, channels=1)
    nearest = standardised[np.argmin(np.linalg.norm(standardised, axis=1))]
    rate = engine.sample_rate_hz
    try:
        for address, values in (
            ("/jitter", (0.0,)),
            ("/spread", (0.0,)),
            ("/glide", (0.0,)),
            ("/latent", tuple(nearest.tolist())),
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


def spread(places: Float64, count: int) -> list[int]:
    """Indices of up to `count` places, ``(places, 2)``, each the farthest from those before it."""
    distance = np.linalg.norm(places - places.mean(axis=0), axis=1)
    chosen = [int(distance.argmin())]
    nearest = np.full(len(places), np.inf)
    while len(chosen) < min(count, len(places)):
        nearest = np.minimum(nearest, np.linalg.norm(places - places[chosen[-1]], axis=1))
        nearest[chosen] = -1.0
        chosen.append(int(nearest.argmax()))
    return chosen


def _renderer(bundle: Bundle) -> ChunkRenderer:
    """Renderer of as much of a chunk as the axes were named by."""
    return ChunkRenderer(bundle, max_seconds=MAX_HEARD_S)


def _example(
    sound: Float32, label: str, representation: Representation, peak: float, players: AudioPlayers
) -> dict[str, Markup]:
    return {
        "picture": spectrogram(sound, representation, peak, f"Spectrogram of {label}"),
        "player": players.player(sound, label),
    }


def _reach(swept: Sweep) -> Float64:
    """Largest distance of each feature from the mean of its sweep, at least what is noticeable."""
    away = np.nan_to_num(np.abs(swept.about_means)).max(axis=(0, 1))
    reach: Float64 = 1.1 * np.maximum(away, [feature.noticeable for feature in FEATURES])
    return reach
