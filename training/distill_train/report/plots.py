"""Plots of a report as SVG in the page's text colour, for light, dark and printed pages."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from distill_live.bundle import Landmark
from distill_live.files import printable
from distill_live.spectrogram import Float32, Float64, Representation, hann
from distill_train.latent.features import Feature
from distill_train.report.template import render
from distill_train.training.events import EpochMetrics

TEXT_COLOUR = "#010203"
"""Placeholder that is replaced by ``currentColor`` in a finished picture."""

TRAINING_COLOUR, VALIDATION_COLOUR, THIRD_COLOUR = "#3f8fd6", "#e07b39", "#4caf7d"
"""Blue, orange and green: distinct on light and dark ground, and in grey."""

RANGE_DB = 80.0
"""Range of a spectrogram's colours."""

MAX_LEGEND_FILES = 12
"""Maximum number of files for a map to have a legend."""


STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "distill",
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.edgecolor": TEXT_COLOUR,
    "axes.labelcolor": TEXT_COLOUR,
    "axes.titlecolor": TEXT_COLOUR,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": TEXT_COLOUR,
    "xtick.color": TEXT_COLOUR,
    "ytick.color": TEXT_COLOUR,
    "lines.linewidth": 1.4,
}


def losses(epochs: Sequence[EpochMetrics], best_epoch: int | None, gap_warning: float) -> Markup:
    """Plot reconstruction loss, gap between validation and training, and KL divergence.

    The gap and its limit, `gap_warning`, are shares of the training loss.
    """
    with mpl.rc_context(STYLE):
        figure = _figure(10.0, 2.9)
        left, middle, right = figure.subplots(1, 3)
        for label, split, colour, style in (
            ("training", [metrics.training for metrics in epochs], TRAINING_COLOUR, "-"),
            ("validation", [metrics.validation for metrics in epochs], VALIDATION_COLOUR, "--"),
        ):
            rows = [(metrics.epoch, row) for metrics, row in zip(epochs, split, strict=True) if row]
            for axes, loss in ((left, "reconstruction"), (right, "kl")):
                if rows:
                    numbers = [epoch for epoch, _ in rows]
                    axes.plot(numbers, [r[loss] for _, r in rows], style, c=colour, label=label)
        left.set_yscale("log")
        left.yaxis.set_major_formatter(FuncFormatter(_plain))
        left.yaxis.set_minor_formatter(FuncFormatter(_plain))
        left.yaxis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
        left.set_title("reconstruction loss")
        gaps = [(one.epoch, 100 * one.gap) for one in epochs if one.gap is not None]
        if gaps:
            middle.plot(*zip(*gaps, strict=True), c=THIRD_COLOUR)
        limit = 100 * gap_warning
        middle.axhline(limit, c=TEXT_COLOUR, lw=0.8, ls=":", label=f"warning at {limit:g} %")
        middle.set_title("gap: validation over training loss (%)")
        right.set_title("divergence from the prior (nats)")
        right.set_ylim(bottom=0)
        for axes in (left, middle, right):
            axes.set_xlabel("epoch")
            if best_epoch is not None:
                axes.axvline(best_epoch, c=TEXT_COLOUR, lw=0.8, alpha=0.5)
            _legend(axes)
        return _svg(figure, "Curves over the epochs: reconstruction loss, gap and divergence.")


def spectrogram(sound: Float32, representation: Representation, peak: float, label: str) -> Markup:
    """Plot a sound's mel spectrogram, `RANGE_DB` down from a peak band power."""
    with mpl.rc_context(STYLE):
        settings = representation.settings
        power = band_power(sound, representation)
        levels = 10.0 * np.log10(np.maximum(power / peak, 1e-12))
        figure = _figure(3.3, 1.9)
        axes = figure.subplots()
        axes.imshow(
            levels,
            aspect="auto",
            origin="lower",
            cmap="magma",
            vmin=-RANGE_DB,
            vmax=0.0,
            extent=(0.0, len(sound) / settings.sample_rate_hz, 0.0, float(settings.n_mels)),
            interpolation="nearest",
        )
        hz = representation.centres_bins * settings.sample_rate_hz / settings.n_fft
        marks = [mark for mark in (100, 500, 1000, 2000, 5000, 10000, 20000) if mark < hz[-1]]
        axes.set_yticks(
            np.interp(marks, hz, np.arange(settings.n_mels) + 0.5),
            [f"{mark // 1000} k" if mark >= 1000 else str(mark) for mark in marks],
        )
        axes.set_ylabel("Hz")
        axes.set_xlabel("s")
        return _svg(figure, label)


def band_power(sound: Float32, representation: Representation) -> Float64:
    """Band power of a sound, ``(n_mels, frames)``, with the bands of a model."""
    settings = representation.settings
    padded = np.pad(sound.astype(np.float64), settings.n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, settings.n_fft)
    spectra = np.fft.rfft(frames[:: settings.hop_samples] * hann(settings.n_fft))
    power: Float64 = representation.filterbank @ (np.abs(spectra) ** 2).T
    return power


def sweeps(
    moved: Float64, reach: Float64, features: Sequence[Feature], clear: Sequence[bool], label: str
) -> Markup:
    """Plot each feature along an axis.

    Parameters
    ----------
    moved
        Features less their mean over a sweep, ``(sweeps, steps, features)``; NaN where undefined.
    reach
        Vertical range of each plot in both directions, ``(features,)``.
    features
        Titles and units of the plots.
    clear
        Whether each feature follows the axis; such a plot is drawn in colour.
    label
        Text alternative of the picture.
    """
    with mpl.rc_context(STYLE):
        figure = _figure(6.6, 1.9)
        position = np.linspace(-1.0, 1.0, moved.shape[1])
        columns: list[Axes] = list(figure.subplots(1, moved.shape[2], squeeze=False)[0])
        for column, axes in enumerate(columns):
            bold = clear[column]
            for row in moved[:, :, column]:
                axes.plot(
                    position,
                    row,
                    c=TRAINING_COLOUR if bold else TEXT_COLOUR,
                    lw=1.4 if bold else 1.0,
                    alpha=1.0 if bold else 0.5,
                )
            axes.set_title(f"{features[column].label}\n{features[column].unit}")
            axes.set_xticks([-1, 0, 1])
            axes.set_ylim(-reach[column], reach[column])
            axes.locator_params(axis="y", nbins=3)
        return _svg(figure, label)


def latent_spread(std: Float64, divergence: Float64) -> Markup:
    """Plot standard deviation and divergence of each latent dimension, by divergence."""
    with mpl.rc_context(STYLE):
        figure = _figure(10.0, 2.4)
        order = np.argsort(-divergence, kind="stable")
        for axes, values, colour, title in zip(
            figure.subplots(1, 2),
            (std[order], divergence[order]),
            (TRAINING_COLOUR, THIRD_COLOUR),
            ("standard deviation of the latents' means", "divergence from the prior (nats)"),
            strict=True,
        ):
            axes.bar(np.arange(1, len(order) + 1), values, width=0.8, color=colour)
            axes.set_title(title)
            axes.set_xlabel("dimension, by divergence")
            axes.margins(x=0.01)
        return _svg(figure, "Bars for each latent dimension: its spread, and what it tells.")


def landmark_map_svg(landmarks: Sequence[Landmark], sounds: Mapping[int, str]) -> Markup:
    """Draw the map: a dot with file and time for each landmark, a line and a colour for each file.

    From a template, not matplotlib: so each dot has a tooltip.

    Parameters
    ----------
    landmarks
        Landmarks of the model.
    sounds
        ``data:`` addresses of the sounds of some of them, by number; their dots are larger.
    """
    left, top, across, up = 38, 22, 430, 390
    names = list(dict.fromkeys(landmark.file for landmark in landmarks))
    colours = {name: _hue(number) for number, name in enumerate(names)}
    points: dict[str, list[tuple[str, str]]] = {name: [] for name in names}
    places = []
    for number, landmark in enumerate(landmarks):
        x = f"{left + landmark.x * across:.1f}"
        y = f"{top + (1.0 - landmark.y) * up:.1f}"
        points[landmark.file].append((x, y))
        title = f"/map {landmark.x:.2f} {landmark.y:.2f}: {landmark.file}, {landmark.seconds:.1f} s"
        colour, sound = colours[landmark.file], sounds.get(number, "")
        places.append({"x": x, "y": y, "colour": colour, "sound": sound, "title": title})
    return render(
        "landmark_map.svg.jinja",
        files=[{"name": n, "points": points[n], "colour": colours[n]} for n in names],
        places=sorted(places, key=lambda place: bool(place["sound"])),  # those in front
        legend=len(names) <= MAX_LEGEND_FILES,
        left=left,
        top=top,
        across=across,
        up=up,
        width=left + across + 12,
        height=top + up + 42,
    )


def _hue(number: int) -> str:
    """Colour of a file by its number: steps of the golden angle, so that neighbours differ."""
    return f"hsl({(210.0 + 137.508 * number) % 360.0:.0f} 58% 52%)"


def _plain(value: float, _position: int) -> str:
    return f"{value:g}"


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def _legend(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, loc="best")


def _svg(figure: Figure, label: str) -> Markup:
    """Figure as an SVG element without size, ids and metadata."""
    text = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(text, format="svg", transparent=True, metadata=nothing)
    found = text.getvalue()
    found = found[found.index("<svg") :].replace(TEXT_COLOUR, "currentColor")
    found = re.sub(r'<g id="[^"]*"', "<g", found)
    found = re.sub(r"'DejaVu Sans'[^;\"]*", "system-ui, sans-serif", found)
    head, rest = found.replace("\n", " ").split(">", 1)
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    label = escape(printable(label))
    return Markup(f'{head} role="img" aria-label="{label}">{rest}')  # noqa: S704 (matplotlib's)
