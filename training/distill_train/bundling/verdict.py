"""Rate a model by its scores: good, fair or poor, with what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

GOOD_DB, FAIR_DB = 0.5, 1.0
"""Limits of the model's part of the distance: less is good, less is fair; from there it is poor.

`GOOD_DB` is just above what runs of ten minutes reach on chunks that they did not see (0.35 to
0.48 dB, ``tests/bench/training.py``); `FAIR_DB` is twice that.
"""

Figures = Mapping[str, str | int | float]
"""A bundle's training summary."""


@dataclass(frozen=True)
class Verdict:
    """Rating of a model.

    Attributes
    ----------
    word
        ``good``, ``fair`` or ``poor``.
    reason
        The figure that it follows from, in words.
    advice
        What to do; empty if it is good.
    """

    word: str
    reason: str
    advice: str

    def __str__(self) -> str:
        return "; ".join(filter(None, (f"{self.word}: {self.reason}", self.advice)))


def scores(training: Figures) -> list[tuple[str, float, float]]:
    """Training and validation scores of a bundle: name, and dB of model and spectrogram alone."""
    found = []
    for split in ("training", "validation"):
        model = training.get(f"{split}_distance_db")
        spectrogram = training.get(f"{split}_representation_db")
        if isinstance(model, int | float) and isinstance(spectrogram, int | float):
            found.append((split, float(model), float(spectrogram)))
    return found


def verdict(training: Figures) -> Verdict | None:
    """Rate a bundle by its distance above the spectrogram alone; None without scores.

    Validation chunks decide. Where there are none, training chunks do, which says nothing about
    the sounds between the recordings.
    """
    above = {split: model - spectrogram for split, model, spectrogram in scores(training)}
    if not above:
        return None
    split, decisive = list(above.items())[-1]
    reason = f"{split} chunks are {decisive:.2f} dB above the spectrogram alone"
    if decisive < GOOD_DB:
        return Verdict("good", reason, "")
    if above.get("training", decisive) < GOOD_DB:
        advice = "training chunks are good: give it more recordings, or a stronger --preset"
    else:
        advice = "train longer, on recordings that belong together"
    return Verdict("fair" if decisive < FAIR_DB else "poor", reason, advice)
