"""Write a model card: a bundle's metadata, axes and scores as Markdown."""

from collections.abc import Mapping

from distill_live.bundle import Bundle
from distill_train.latent.latent_space import MAX_LANDMARKS

MAX_LISTED_FILES = 60
"""Maximum number of files that a card lists by name."""

Figures = Mapping[str, str | int | float]
"""A bundle's training summary."""


def model_card(bundle: Bundle) -> str:
    """Model card of a bundle, Markdown with a final newline."""
    parts = [
        f"# {bundle.name}",
        _facts(bundle),
        "## Sources\n\n" + _sources(bundle),
        "## Spectrogram\n\n" + _spectrogram(bundle),
        "## Axes\n\n" + _axes(bundle),
    ]
    scores = _scores(bundle.training)
    if scores:
        parts.append("## Scores\n\n" + scores)
    parts.append("## Training\n\n" + _training(bundle.training))
    return "\n\n".join(parts) + "\n"


def scores(training: Figures) -> list[tuple[str, float, float]]:
    """Training and validation scores of a bundle: name, and dB of model and spectrogram alone."""
    found = []
    for split in ("training", "validation"):
        model = training.get(f"{split}_distance_db")
        spectrogram = training.get(f"{split}_representation_db")
        if isinstance(model, int | float) and isinstance(spectrogram, int | float):
            found.append((split, float(model), float(spectrogram)))
    return found


def format_figure(value: str | int | float) -> str:
    """Figure of a bundle's training summary as text."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def landmark_count(bundle: Bundle) -> str:
    """Number of landmarks in words, with a note where it is the maximum."""
    count = len(bundle.landmarks)
    most = ", the most that are kept; they are spread evenly over the corpus"
    return f"{count} landmarks{most if count == MAX_LANDMARKS else ''}"


def _facts(bundle: Bundle) -> str:
    megabytes = len(bundle.decoder) / 1e6
    rows = [
        ("made", bundle.created),
        ("author", bundle.author),
        ("licence", bundle.licence),
        ("latent", f"{bundle.latent_size} numbers"),
        ("decoder", f"ONNX, {megabytes:.1f} MB"),
        ("places", landmark_count(bundle)),
    ]
    return "\n".join(f"- {name}: {_escaped(value)}" for name, value in rows if value)


def _sources(bundle: Bundle) -> str:
    files = list(dict.fromkeys(landmark.file for landmark in bundle.landmarks))
    text = bundle.training.get("sources")
    shown = [f"`{name.replace('`', '_')}`" for name in files[:MAX_LISTED_FILES]]
    more = len(files) - len(shown)
    listed = ", ".join(shown) + (f" and {more} more" if more else "")
    return (f"{_escaped(str(text))}\n\n" if text else "") + f"{len(files)} files: {listed}."


def _spectrogram(bundle: Bundle) -> str:
    settings = bundle.settings
    seconds = settings.chunk_samples / settings.sample_rate_hz
    return (
        f"{settings.sample_rate_hz} Hz, frames of {settings.n_fft} every {settings.hop_samples} "
        f"samples, {settings.n_mels} mel bands, chunks of {seconds:g} s "
        f"({settings.n_frames} frames), synthesis window of {settings.synthesis_samples} samples."
    )


def _axes(bundle: Bundle) -> str:
    rows = ["| axis | label | share of variance |", "|---|---|---|"]
    rows += [
        f"| `/axis/{axis.name}` | {_escaped(axis.label)} | {100 * axis.variance:.1f} % |"
        for axis in bundle.axes
    ]
    return "\n".join(rows) if bundle.axes else "None."


def _scores(training: Figures) -> str:
    rows = [
        f"| {split} | {model:.2f} | {alone:.2f} | {model - alone:+.2f} |"
        for split, model, alone in scores(training)
    ]
    if not rows:
        return ""
    head = [
        "Log-spectral distance of rendered chunks from the recordings, in dB; lower is better.",
        "",
        "| chunks | model | spectrogram alone | difference |",
        "|---|---|---|---|",
    ]
    return "\n".join(head + rows)


def _training(training: Figures) -> str:
    skipped = ("sources", "_distance_db", "_representation_db")
    rows = [
        f"- {key.replace('_', ' ')}: {_escaped(format_figure(value))}"
        for key, value in training.items()
        if not key.endswith(skipped)
    ]
    return "\n".join(rows) if rows else "Nothing is noted."


def _escaped(text: str) -> str:
    """Text with Markdown's special characters escaped."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in text)
