"""Test the verdict on a model: decided by validation chunks, by the yardstick of the pages."""

from pathlib import Path

import pytest

from distill_train.bundling.verdict import FAIR_DB, GOOD_DB, verdict

PAGE = Path(__file__).parents[2] / "docs" / "training.md"


def figures(**above_db: float) -> dict[str, str | int | float]:
    """Training summary whose models are this far above a spectrogram of 2 dB."""
    found: dict[str, str | int | float] = {"epochs": 3}
    for split, above in above_db.items():
        found |= {f"{split}_distance_db": 2.0 + above, f"{split}_representation_db": 2.0}
    return found


@pytest.mark.parametrize(
    ("above_db", "word", "advice"),
    [
        ({"training": 0.2, "validation": 0.4}, "good", ""),
        ({"training": 0.2}, "good", ""),
        ({"training": 0.2, "validation": 0.7}, "fair", "more recordings"),
        ({"training": 0.6, "validation": 0.7}, "fair", "train longer"),
        ({"training": 0.3, "validation": 1.5}, "poor", "more recordings"),
        ({"training": 1.2}, "poor", "train longer"),
    ],
)
def test_validation_chunks_decide_where_there_are_any(
    above_db: dict[str, float], word: str, advice: str
) -> None:
    found = verdict(figures(**above_db))
    assert found is not None
    assert found.word == word
    assert advice in found.advice
    split, above = list(above_db.items())[-1]
    reason = f"{word}: {split} chunks are {above:.2f} dB above the spectrogram alone"
    assert str(found).startswith(reason)


def test_a_model_without_scores_is_not_rated() -> None:
    assert verdict(figures()) is None


def test_the_page_has_the_limits_of_the_code() -> None:
    assert f"less than {GOOD_DB:g} dB is good, less than {FAIR_DB:g} dB is fair" in " ".join(
        PAGE.read_text(encoding="utf-8").split()
    )
