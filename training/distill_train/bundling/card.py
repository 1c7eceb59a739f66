"""Write a model card: a bundle's metadata, axes and scores as Markdown."""

from pathlib import Path

import jinja2

from distill_live.bundle import Bundle
from distill_train.bundling.verdict import scores, verdict
from distill_train.config import MAX_LANDMARKS

MAX_LISTED_FILES = 60
"""Maximum number of files that a card lists by name."""


def model_card(bundle: Bundle) -> str:
    """Model card of a bundle, Markdown with a final newline."""
    files = list(dict.fromkeys(bundle.recordings))
    shown = files[:MAX_LISTED_FILES]
    skipped = ("sources", "_distance_db", "_representation_db")
    return ENVIRONMENT.get_template("card.md.jinja").render(
        bundle=bundle,
        settings=bundle.settings,
        sources=str(bundle.training.get("sources") or ""),
        facts=[
            ("made", bundle.created),
            ("author", bundle.author),
            ("licence", bundle.licence),
            ("latent", f"{bundle.latent_size} numbers"),
            ("decoder", f"ONNX, {len(bundle.decoder) / 1e6:.1f} MB"),
            ("encoder", f"ONNX, {len(bundle.encoder) / 1e6:.1f} MB" if bundle.encoder else ""),
            ("places", landmark_count(bundle)),
            ("pitch", pitched_count(bundle)),
        ],
        files=files,
        listed=[f"`{name.replace('`', '_')}`" for name in shown],
        more=len(files) - len(shown),
        scores=scores(bundle.training),
        verdict=verdict(bundle.training),
        figures=[
            (key.replace("_", " "), format_figure(value))
            for key, value in bundle.training.items()
            if not key.endswith(skipped)
        ],
    )


def format_figure(value: str | int | float) -> str:
    """Figure of a bundle's training summary as text."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def landmark_count(bundle: Bundle) -> str:
    """Number of landmarks in words, with a note where it is the maximum."""
    count = len(bundle.landmarks)
    most = ", the most that are kept; they are spread evenly over the corpus"
    return f"{count} landmarks{most if count == MAX_LANDMARKS else ''}"


def pitched_count(bundle: Bundle) -> str:
    """Number of landmarks with a pitch, and its range, in words; empty if it is not known."""
    pitch = bundle.landmark_feature("pitch")
    if pitch is None:
        return ""
    found = pitch[pitch > 0]
    reach = f", {found.min():.0f} to {found.max():.0f} Hz" if len(found) else ""
    return f"of {len(found)} landmarks{reach}"


def _escaped(text: str) -> str:
    """Text with Markdown's special characters escaped."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in text)


ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=False,  # noqa: S701 (Markdown, escaped by the filter)
    keep_trailing_newline=True,
    lstrip_blocks=True,
    trim_blocks=True,
    undefined=jinja2.StrictUndefined,
)
ENVIRONMENT.filters["escaped"] = _escaped
