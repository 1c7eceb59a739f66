"""Print a model's settings, axes, recordings and map, as tables or JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from distill_live.bundle import FORMAT_VERSION, Bundle, read_bundle
from distill_live.files import printable
from distill_live.library import model_name

MAP_WIDTH, MAP_HEIGHT = 48, 20
"""Size of the map in characters; about square, since characters are twice as high as wide."""

_DENSITIES = " 123456789+"
"""Characters for 0, 1, 2 ... landmarks."""

_FILES_SHOWN = 20
_SCORE = "_db"


def show_model(path: Path, as_json: bool = False) -> None:
    """Print the content of a `.distill` file.

    Parameters
    ----------
    path
        The `.distill` file.
    as_json
        Print a JSON object instead of tables.

    Raises
    ------
    BundleError
        If the file cannot be read.
    """
    bundle = read_bundle(path)
    if as_json:
        print(json.dumps(model_as_json(bundle, path), indent=2))
        return
    Console().print(describe(bundle, path))


def model_as_json(bundle: Bundle, path: Path) -> dict[str, Any]:
    """Content of a bundle without weights and latents, as JSON values."""
    return {
        "path": str(path),
        "bytes": path.stat().st_size,
        "decoder_bytes": len(bundle.decoder),
        "version": FORMAT_VERSION,
        "fingerprint": bundle.fingerprint,
        "name": model_name(path),
        "trained_as": bundle.name,
        "created": bundle.created,
        "author": bundle.author,
        "licence": bundle.licence,
        "settings": asdict(bundle.settings),
        "statistics": asdict(bundle.statistics),
        "latent_size": bundle.latent_size,
        "axes": [
            {key: value for key, value in vars(axis).items() if key != "direction"}
            for axis in bundle.axes
        ],
        "landmarks": [asdict(place) for place in bundle.landmarks],
        "training": dict(bundle.training),
    }


def describe(bundle: Bundle, path: Path) -> RenderableType:
    """Tables of the model, its axes and its recordings, and the map.

    Texts of a bundle are shown as they are: none is taken for markup.
    """
    parts = [_overview(bundle, path)]
    if bundle.axes:
        parts.append(_axes(bundle))
    parts += (_recordings(bundle), _map(bundle))
    return Group(*parts)


def _overview(bundle: Bundle, path: Path) -> RenderableType:
    settings, training = bundle.settings, bundle.training
    seconds = settings.chunk_samples / settings.sample_rate_hz
    rows = {
        "file": f"{printable(path)}, {path.stat().st_size / 1e6:.1f} MB",
        "id": bundle.fingerprint,
        "trained as": bundle.name,
        "created": bundle.created,
        "author": bundle.author or "not given",
        "licence": bundle.licence or "not given",
        "sound": f"{settings.sample_rate_hz} Hz, frames of {settings.n_fft}, hop "
        f"{settings.hop_samples}, synthesis window {settings.synthesis_samples}",
        "chunk": f"{seconds:g} s: {settings.n_mels} bands x {settings.n_frames} frames",
        "latent": f"{bundle.latent_size} numbers",
        "scores": _values({k: v for k, v in training.items() if k.endswith(_SCORE)}),
        "training": _values({k: v for k, v in training.items() if not k.endswith(_SCORE)}),
    }
    table = Table(title=Text(model_name(path)), title_justify="left", show_header=False, box=None)
    for key, value in rows.items():
        table.add_row(Text(key), Text(value, overflow="fold"))
    return table


def _values(training: Mapping[str, str | int | float]) -> str:
    parts = (
        f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in training.items()
    )
    return ", ".join(parts) or "not given"


def _axes(bundle: Bundle) -> RenderableType:
    table = Table("address", "label", title="Axes", title_justify="left", box=None)
    for heading in ("5 %", "mean", "95 %", "variance"):
        table.add_column(heading, justify="right")
    for axis in bundle.axes:
        numbers = (f"{value:.2f}" for value in (axis.low, axis.mean, axis.high))
        table.add_row(
            Text(f"/distill/axis/{axis.name}"),
            Text(axis.label),
            *numbers,
            f"{100 * axis.variance:.1f} %",
        )
    return table


def _recordings(bundle: Bundle) -> RenderableType:
    counts = Counter(place.file for place in bundle.landmarks)
    table = Table("recording", title="Landmarks", title_justify="left", box=None)
    table.add_column("chunks", justify="right")
    for name, count in list(counts.items())[:_FILES_SHOWN]:
        table.add_row(Text(name), str(count))
    hidden = list(counts.values())[_FILES_SHOWN:]
    if hidden:
        table.add_row(Text(f"and {len(hidden)} more"), str(sum(hidden)))
    return table


def _map(bundle: Bundle) -> RenderableType:
    lines = draw_map((place.x, place.y) for place in bundle.landmarks)
    return Text("\n".join(["Map: number of chunks at each place", *lines]), no_wrap=True)


def draw_map(places: Iterable[tuple[float, float]]) -> list[str]:
    """Draw a density map of landmarks in characters.

    Parameters
    ----------
    places
        x and y of each landmark, 0 to 1; y is 0 on the lowest line.

    Returns
    -------
    list of str
        `MAP_HEIGHT` lines of `MAP_WIDTH` characters, in a frame.
    """
    counts = Counter(
        (min(int(x * MAP_WIDTH), MAP_WIDTH - 1), min(int(y * MAP_HEIGHT), MAP_HEIGHT - 1))
        for x, y in places
    )
    rows = [
        "".join(_DENSITIES[min(counts[x, y], len(_DENSITIES) - 1)] for x in range(MAP_WIDTH))
        for y in reversed(range(MAP_HEIGHT))
    ]
    edge = "+" + "-" * MAP_WIDTH + "+"
    return [edge, *(f"|{row}|" for row in rows), edge]
