"""The report's pictures, as SVG that takes the page's colour of text: light, dark or printed.

It knows numbers and matplotlib, and nothing of models.
"""

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from distill_live.bundle import Landmark
from distill_live.spectrogram import Float32, Float64, Representation, hann
from distill_train.latent.features import Feature
from distill_train.report.template import escape
from distill_train.training.events import EpochMetrics

TEXT_COLOUR = "#010203"
"""Stands for the colour of text until a picture is finished."""

TRAINING_COLOUR, VALIDATION_COLOUR, THIRD_COLOUR = "#3f8fd6", "#e07b39", "#4caf7d"
"""Blue, orange and green, to be told apart on light and dark ground, and in grey."""

RANGE_DB = 80.0
"""Of a spectrogram's colours."""

MAX_LEGEND_FILES = 12
"""Files of a map that have a colour and a line in its legend."""


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


def losses(epochs: Sequence[EpochMetrics], best_epoch: int | None, gap_warning: float) -> str:
    """Reconstruction loss learnt and held out, their gap, and the divergence, by epoch."""
    with mpl.rc_context(STYLE):
        figure = _figure(10.0, 2.9)
        left, middle, right = figure.subplots(1, 3)
        learnt = [(metrics.epoch, metrics.training) for metrics in epochs if metrics.training]
        held_out = [(metrics.epoch, metrics.validation) for metrics in epochs if metrics.validation]
        for rows, colour, style, label in (
            (learnt, TRAINING_COLOUR, "-", "learnt"),
            (held_out, VALIDATION_COLOUR, "--", "held out"),
        ):
            if rows:
                numbers = [epoch for epoch, _ in rows]
                left.plot(
                    numbers, [r["reconstruction"] for _, r in rows], style, c=colour, label=label
                )
                right.plot(numbers, [r["kl"] for _, r in rows], style, c=colour, label=label)
        left.set_yscale("log")
        left.yaxis.set_major_formatter(FuncFormatter(_plain))
        left.yaxis.set_minor_formatter(FuncFormatter(_plain))
        left.yaxis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
        left.set_title("reconstruction loss")
        gaps = [(metrics.epoch, metrics.gap) for metrics in epochs if metrics.gap is not None]
        if gaps:
            middle.plot(*zip(*gaps, strict=True), c=THIRD_COLOUR)
        middle.axhline(
            gap_warning, c=TEXT_COLOUR, lw=0.8, ls=":", label=f"warning at {gap_warning:g}"
        )
        middle.set_title("gap: held out less learnt")
        right.set_title("divergence from the prior (nats)")
        right.set_ylim(bottom=0)
        for axes in (left, middle, right):
            axes.set_xlabel("epoch")
            if best_epoch is not None:
                axes.axvline(best_epoch, c=TEXT_COLOUR, lw=0.8, alpha=0.5)
            _legend(axes)
        return _svg(figure, "Curves over the epochs: reconstruction loss, gap and divergence.")


def spectrogram(sound: Float32, representation: Representation, peak: float, label: str) -> str:
    """A sound's mel spectrogram, `RANGE_DB` down from a peak of band power."""
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
    """Power of a sound in the bands of its model, ``(n_mels, frames)``."""
    settings = representation.settings
    padded = np.pad(sound.astype(np.float64), settings.n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, settings.n_fft)
    spectra = np.fft.rfft(frames[:: settings.hop_samples] * hann(settings.n_fft))
    power: Float64 = representation.filterbank @ (np.abs(spectra) ** 2).T
    return power


def sweeps(
    moved: Float64, reach: Float64, features: Sequence[Feature], clear: Sequence[bool], label: str
) -> str:
    """What features do along an axis, a small plot for each.

    Parameters
    ----------
    moved
        Each feature about its mean, ``(sweeps, steps, features)``; NaN where there is none.
    reach
        How far each plot goes up and down, ``(features,)``.
    features
        What is drawn.
    clear
        Which of them the axis moves clearly.
    label
        The picture in words.
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


def latent_spread(std: Float64, divergence: Float64) -> str:
    """Standard deviation and divergence of each latent dimension, most telling first."""
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


def landmark_map_svg(landmarks: Sequence[Landmark]) -> str:
    """Where each chunk lies on the map; each file has a colour, its chunks joined in their order.

    Written by hand: so a place says its file and time to who points at it.
    """
    files = list(dict.fromkeys(landmark.file for landmark in landmarks))
    width, height, edge = 640.0, 460.0, 18.0
    shown = files[:MAX_LEGEND_FILES] if len(files) <= MAX_LEGEND_FILES else []
    lines, dots, legend = [], [], []
    for number, file in enumerate(files):
        colour = _hue(number)
        places = [
            (
                edge + landmark.x * (width - 2 * edge),
                height - edge - landmark.y * (height - 2 * edge),
                landmark,
            )
            for landmark in landmarks
            if landmark.file == file
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
        lines.append(f'<polyline points="{path}" stroke="{colour}" fill="none" opacity="0.3"/>')
        dots += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}">'
            f"<title>{escape(file)}, {landmark.seconds:.1f} s</title></circle>"
            for x, y, landmark in places
        ]
    for number, file in enumerate(shown):
        y = edge + 20.0 * number
        colour = _hue(number)
        name = file if len(file) <= 30 else f"{file[:28]}..."
        legend.append(
            f'<circle cx="{width + 14:.0f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>'
            f'<text x="{width + 26:.0f}" y="{y + 4:.1f}">{escape(name)}</text>'
        )
    total = width + (230.0 if shown else 0.0)
    label = f"Map of {len(landmarks)} places from {len(files)} files."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:.0f} {height:.0f}" '
        f'role="img" aria-label="{label}" font-size="12" fill="currentColor">'
        f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="6" '
        'fill="none" stroke="currentColor" opacity="0.25"/>'
        f'<g stroke-width="1.2">{"".join(lines)}</g>{"".join(dots)}{"".join(legend)}'
        f'<g opacity="0.6"><text x="{width - 10:.0f}" y="{height - 10:.0f}" text-anchor="end">'
        f'brighter \u2192</text><text x="10" y="20">\u2191 louder</text></g></svg>'
    )


def _hue(number: int) -> str:
    """A colour unlike those of the numbers before it: steps of the golden angle."""
    return f"hsl({(210.0 + 137.508 * number) % 360.0:.0f} 58% 52%)"


def _plain(value: float, _position: int) -> str:
    return f"{value:g}"


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def _legend(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, loc="best")


def _svg(figure: Figure, label: str) -> str:
    """A figure as an element of a page."""
    text = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(text, format="svg", transparent=True, metadata=nothing)
    found = text.getvalue()
    found = found[found.index("<svg") :].replace(TEXT_COLOUR, "currentColor")
    found = re.sub(r'<g id="[^"]*"', "<g", found)
    found = re.sub(r"'DejaVu Sans'[^;\"]*", "system-ui, sans-serif", found)
    head, rest = found.replace("\n", " ").split(">", 1)
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    return f'{head} role="img" aria-label="{escape(label)}">{rest}'
