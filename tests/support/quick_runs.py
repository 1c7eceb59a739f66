"""Runs that end at once after training."""

from dataclasses import replace
from typing import Any

import pytest
from support.tiny import tiny_bundle

from distill_live.bundle import Bundle
from distill_train import run
from distill_train.bundling.attribution import Attribution
from distill_train.training.checkpoint import TrainedModel


def without_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs end with a tiny bundle, and make neither previews nor a report."""

    def build(_trained: TrainedModel, *arguments: Any) -> Bundle:
        words: Attribution = arguments[2]
        return replace(tiny_bundle(), name=words.name, author=words.author)

    monkeypatch.setattr(run, "build_bundle", build)
    monkeypatch.setattr(run, "SCORED_CHUNKS", 0)
    monkeypatch.setattr(run, "preview_is_due", lambda *_: False)
    monkeypatch.setattr("distill_train.report.write.report_or_warning", lambda *_: None)
