"""Test the lines that a run prints, mostly where there is no terminal."""

import errno
import io
import sys
from pathlib import Path

import pytest

from distill_train.corpus.cache import CachePlan
from distill_train.progress_display import LOG_LINES, ProgressDisplay
from distill_train.training.events import (
    AnalysisProgress,
    CorpusEvent,
    EpochMetrics,
    StepMetrics,
    TrainingEvent,
)


def shown(capsys: pytest.CaptureFixture[str], *events: TrainingEvent) -> list[str]:
    with ProgressDisplay() as display:
        for event in events:
            display.on_event(event)
    return capsys.readouterr().err.splitlines()


def corpus(*, cache_built: bool, validation_chunks: int) -> CorpusEvent:
    return CorpusEvent(
        recordings=3,
        seconds=9.0,
        cache=Path("snd/.cache"),
        cache_built=cache_built,
        skipped=(),
        notes=(),
        unread="",
        training_chunks=30,
        validation_chunks=validation_chunks,
        split_by="time" if validation_chunks else "nothing",
    )


def test_a_cache_shows_its_size_and_the_progress_of_reading(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reading = [AnalysisProgress(done, 500) for done in range(1, 501)]
    plan = CachePlan(Path("snd"), ("1 file added",), 6_200_000)
    lines = shown(capsys, plan, *reading, corpus(cache_built=True, validation_chunks=4))
    assert lines[:2] == [
        "the cache of snd is rebuilt: 1 file added",
        "the cache takes about 6.2 MB of disk space",
    ]
    assert lines[2 : 2 + LOG_LINES] == [f"read {25 * n} of 500 files" for n in range(1, 21)]
    assert lines[-2] == "3 recordings, 9.0 s; cache: snd/.cache"
    assert lines[-1] == "30 chunks for training, 4 for validation (by time)"


def test_a_reused_cache_is_unchanged_and_what_shows_no_overfitting_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = shown(capsys, corpus(cache_built=False, validation_chunks=0))
    assert lines[0].endswith("cache: snd/.cache (unchanged)")
    assert lines[1].endswith("none for validation: nothing shows overfitting")


def test_an_epoch_shows_losses_their_gap_and_the_time_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    losses = {"reconstruction": 0.5, "kl": 7.0}, {"reconstruction": 0.6, "kl": 8.0}
    (line,) = shown(capsys, EpochMetrics(2, 2, *losses, 0, True, 60.0, 1e-3, 90.0))
    assert line == "epoch 2/2, loss 0.500, validation 0.600 (+20 %), KL 7.0, left: 1.5 min"


def test_a_terminal_shows_that_an_interrupted_run_is_saved(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with ProgressDisplay() as display:
        display.on_event(StepMetrics(1, 1, 2, 4, {}, 1e-3, 1e-4, 1.0, False, 6.0))
        display.stopping()
        display.on_event(StepMetrics(1, 1, 3, 4, {}, 1e-3, 1e-4, 1.0, False, 9.0))
    shown = capsys.readouterr().err
    assert shown.rfind("saving") > shown.rfind("training")


class Refusing(io.StringIO):
    """Standard error that cannot be written, as long as there is a `reason`."""

    reason: OSError | None

    def write(self, text: str) -> int:
        if self.reason is not None:
            raise self.reason
        return super().write(text)


@pytest.mark.parametrize("reason", [OSError(errno.ENOSPC, "disk full"), BrokenPipeError()])
@pytest.mark.parametrize("terminal", [False, True])
def test_a_display_that_cannot_write_ends_no_run_and_goes_on_when_it_can(
    monkeypatch: pytest.MonkeyPatch, reason: OSError, *, terminal: bool
) -> None:
    stderr = Refusing()
    stderr.reason = reason
    monkeypatch.setattr(sys, "stderr", stderr)
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    event = corpus(cache_built=True, validation_chunks=4)
    with ProgressDisplay() as display:
        display.on_event(event)
        assert not stderr.getvalue()
        stderr.reason = None
        display.on_event(event)
    assert stderr.getvalue().count("30 chunks for training, 4 for validation") == 1
