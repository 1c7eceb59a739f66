"""Print a model's settings, axes, recordings and map, as tables or JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from distill_live.addresses import AXIS_MEANINGS, PREFIX
from distill_live.bundle import LANDMARK_FEATURES, Bundle, Landmark, read_bundle
from distill_live.files import printable
from distill_live.library import model_name

MAP_WIDTH, MAP_HEIGHT = 48, 20
"""Size of the map in characters; about square, since characters are twice as high as wide."""

_LETTERS, _OTHER = "ABCDEFGHIJKLMNOPQRST", "+"
"""Signs of the recordings on the map: of the first 20, and of all others."""

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
    names = [feature.name for feature in LANDMARK_FEATURES]
    features = bundle.landmark_features
    columns = [] if features is None else features.astype(float).T.round(3).tolist()
    return {
        "path": str(path),
        "bytes": path.stat().st_size,
        "decoder_bytes": len(bundle.decoder),
        "encoder_bytes": len(bundle.encoder),
        "version": bundle.format_version,
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
        "landmark_features": dict(zip(names, columns, strict=False)),
        "paths": [
            {"file": path.file, "frames": path.frames, "points": len(path.latents)}
            for path in bundle.paths
        ],
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
    pitch = bundle.landmark_feature("pitch")
    points = sum(len(path.latents) for path in bundle.paths)
    seconds = settings.chunk_samples / settings.sample_rate_hz
    rows = {
        "file": f"{printable(path)}, {path.stat().st_size / 1e6:.1f} MB",
        "id": bundle.fingerprint,
        **({} if bundle.name == model_name(path) else {"trained as": bundle.name}),
        "created": bundle.created,
        "author": bundle.author or "not given",
        "licence": bundle.licence or "not given",
        "sound": f"{settings.sample_rate_hz} Hz, frames of {settings.n_fft}, hop "
        f"{settings.hop_samples}, synthesis window {settings.synthesis_samples}",
        "chunk": f"{seconds:g} s: {settings.n_mels} bands x {settings.n_frames} frames",
        "latent": f"{bundle.latent_size} numbers",
        "pitch": "not measured"
        if pitch is None
        else f"of {np.count_nonzero(pitch)} landmarks among {len(pitch)}",
        "paths": f"{points} points of {len(bundle.paths)} recordings" if points else "none",
        "encoder": f"{len(bundle.encoder) / 1e6:.1f} MB" if bundle.encoder else "none",
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
    title = "Axes: 0 is the mean of the recordings, -1 and 1 hold 90 % of them"
    table = Table("address", "range", title=title, title_justify="left", box=None)
    table.add_column("variance", justify="right")
    table.add_column("what changes")
    for axis in bundle.axes:
        address = f"/axis/{axis.name}"
        fader = bundle.addresses[address].arguments[0]
        table.add_row(
            Text(f"{PREFIX}{address}"),
            f"{fader.low:g} to {fader.high:g}",
            f"{100 * axis.variance:.1f} %",
            Text(AXIS_MEANINGS.get(axis.name, f"{axis.label}: no single feature; by ear")),
        )
    return table


def _recordings(bundle: Bundle) -> RenderableType:
    counts = Counter(place.file for place in bundle.landmarks)
    letters = map_letters(bundle.landmarks)
    table = Table("", "recording", title="Landmarks", title_justify="left", box=None)
    table.add_column("chunks", justify="right")
    for name, count in list(counts.items())[: len(_LETTERS)]:
        table.add_row(letters[name], Text(name), str(count))
    hidden = list(counts.values())[len(_LETTERS) :]
    if hidden:
        table.add_row(_OTHER, Text(f"{len(hidden)} more"), str(sum(hidden)))
    if on_paths := {path.file for path in bundle.paths} - counts.keys():
        table.add_row("", Text(f"{len(on_paths)} without a landmark"), "0")
    return table


def _map(bundle: Bundle) -> RenderableType:
    title = "Map: the recording with the most landmarks at each place"
    return Text("\n".join([title, *draw_map(bundle.landmarks)]), no_wrap=True)


def map_letters(landmarks: Iterable[Landmark]) -> dict[str, str]:
    """Letter of each recording on the map; those after the 20th share one sign."""
    names = dict.fromkeys(place.file for place in landmarks)
    return dict(zip(names, chain(_LETTERS, repeat(_OTHER)), strict=False))


def draw_map(landmarks: Sequence[Landmark]) -> list[str]:
    """Draw the map in characters: at each place the letter of the recording that is there most.

    Returns
    -------
    list of str
        `MAP_HEIGHT` lines of `MAP_WIDTH` places in a frame, with the scale of ``/map``.
    """
    letters = map_letters(landmarks)
    places: dict[tuple[int, int], Counter[str]] = {}
    for place in landmarks:
        x = min(int(place.x * MAP_WIDTH), MAP_WIDTH - 1)
        y = min(int(place.y * MAP_HEIGHT), MAP_HEIGHT - 1)
        places.setdefault((x, y), Counter())[letters[place.file]] += 1
    most = {at: counts.most_common(1)[0][0] for at, counts in places.items()}
    rows = [
        "".join(most.get((x, y), " ") for x in range(MAP_WIDTH))
        for y in reversed(range(MAP_HEIGHT))
    ]
    edge = f"+{'-' * MAP_WIDTH}+"
    scale = f"  0{'x':^{MAP_WIDTH}}1"
    margins = [
        "1",
        *" " * (MAP_HEIGHT // 2 - 1),
        "y",
        *" " * (MAP_HEIGHT - MAP_HEIGHT // 2 - 2),
        "0",
    ]
    lines = [f"{margin} |{row}|" for margin, row in zip(margins, rows, strict=True)]
    return [f"  {edge}", *lines, f"  {edge}", scale]
