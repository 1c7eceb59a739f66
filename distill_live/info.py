"""What `distill-live info` says about a model: for a person, or as JSON for a program.

It reads a bundle and prints; it changes nothing.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distill_live.bundle import FORMAT_VERSION, Bundle, read_bundle
from distill_live.files import printable
from distill_live.terminal_map import draw_map

if TYPE_CHECKING:
    from rich.console import RenderableType

_FILES_SHOWN = 20
_SCORE = "_db"


def info(path: Path, as_json: bool = False) -> None:
    """Print what is in a `.distill` file.

    Parameters
    ----------
    path
        The file.
    as_json
        One JSON object instead of tables.

    Raises
    ------
    BundleError
        If the file cannot be read.
    """
    bundle = read_bundle(path)
    if as_json:
        print(json.dumps(facts(bundle, path), indent=2))
        return
    from rich.console import Console

    Console().print(describe(bundle, path))


def facts(bundle: Bundle, path: Path) -> dict[str, Any]:
    """Everything but the weights and the latents, as JSON values."""
    return {
        "path": str(path),
        "bytes": path.stat().st_size,
        "decoder_bytes": len(bundle.decoder),
        "version": FORMAT_VERSION,
        "fingerprint": bundle.fingerprint,
        "name": bundle.name,
        "created": bundle.created,
        "author": bundle.author,
        "licence": bundle.licence,
        "settings": asdict(bundle.settings),
        "statistics": asdict(bundle.statistics),
        "latent_size": bundle.latent_size,
        "axes": [
            {
                "name": axis.name,
                "label": axis.label,
                "low": axis.low,
                "mean": axis.mean,
                "high": axis.high,
                "variance": axis.variance,
            }
            for axis in bundle.axes
        ],
        "landmarks": [asdict(place) for place in bundle.landmarks],
        "training": dict(bundle.training),
    }


def describe(bundle: Bundle, path: Path) -> "RenderableType":
    """For a terminal: the model, its axes, its recordings, and their map.

    A bundle's texts are shown as they are: none is taken for markup.
    """
    from rich.console import Group

    parts = [_overview(bundle, path)]
    if bundle.axes:
        parts.append(_axes(bundle))
    parts += (_recordings(bundle), _map(bundle))
    return Group(*parts)


def _overview(bundle: Bundle, path: Path) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    settings, training = bundle.settings, bundle.training
    seconds = settings.chunk_samples / settings.sample_rate_hz
    rows = {
        "file": f"{printable(path)}, {path.stat().st_size / 1e6:.1f} MB",
        "id": bundle.fingerprint,
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
    table = Table(title=Text(bundle.name), title_justify="left", show_header=False, box=None)
    for key, value in rows.items():
        table.add_row(Text(key), Text(value, overflow="fold"))
    return table


def _values(training: Mapping[str, str | int | float]) -> str:
    said = (
        f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in training.items()
    )
    return ", ".join(said) or "not given"


def _axes(bundle: Bundle) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

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


def _recordings(bundle: Bundle) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    counts = Counter(place.file for place in bundle.landmarks)
    table = Table("recording", title="Landmarks", title_justify="left", box=None)
    table.add_column("chunks", justify="right")
    for name, count in list(counts.items())[:_FILES_SHOWN]:
        table.add_row(Text(name), str(count))
    hidden = list(counts.values())[_FILES_SHOWN:]
    if hidden:
        table.add_row(Text(f"and {len(hidden)} more"), str(sum(hidden)))
    return table


def _map(bundle: Bundle) -> "RenderableType":
    from rich.text import Text

    lines = draw_map((place.x, place.y) for place in bundle.landmarks)
    return Text("\n".join(["Map: how many chunks are where", *lines]), no_wrap=True)
