"""Test training in a thread, from a folder to a bundle."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from support import sounds
from support.small import SETTINGS, small_config

from distill_live.bundle import read_bundle
from distill_live.errors import TrainingError
from distill_train.output_paths import run_folder
from distill_train.runner import TrainingRunner
from distill_train.training.checkpoint import load_model
from distill_train.training.events import (
    EpochMetrics,
    PreviewEvent,
    ResumedEvent,
    StepMetrics,
    TrainingCompleteEvent,
    TrainingEvent,
    WarningEvent,
)

pytestmark = pytest.mark.training

CONFIG = replace(small_config(2), preview_epochs=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    sounds.write_folder(
        folder, 0.6, kinds=["drone", "speech"], sample_rate_hz=SETTINGS.sample_rate_hz
    )
    return folder


class EnoughError(Exception):
    """Raised to end a run early."""


class Told:
    """Keeps events; can stop a runner after a step."""

    def __init__(self, stop_after: int = 0, *, export: bool = True) -> None:
        self.events: list[TrainingEvent] = []
        self.stop_after, self.export = stop_after, export
        self.runner = TrainingRunner(self)
        self.threads: set[str] = set()

    def __call__(self, event: TrainingEvent) -> None:
        self.events.append(event)
        self.threads.add(threading.current_thread().name)
        if isinstance(event, StepMetrics) and event.step == self.stop_after:
            self.runner.cancel()
        if isinstance(event, TrainingCompleteEvent) and not self.export:
            raise EnoughError

    def kinds(self) -> set[type]:
        return {type(event) for event in self.events}


def weights(out: Path) -> dict[str, torch.Tensor]:
    return load_model(run_folder(out) / "best.safetensors").model.state_dict()


def test_a_run_in_a_thread_can_be_cancelled_and_resumed(folder: Path, tmp_path: Path) -> None:
    whole = Told(export=False)
    assert not whole.runner.is_running
    assert whole.runner.wait()
    whole.runner.start(folder, tmp_path / "whole.distill", CONFIG)
    assert whole.runner.is_running
    assert not whole.runner.wait(0.0)
    with pytest.raises(TrainingError, match="a run goes on"):
        whole.runner.start(folder, tmp_path / "other.distill", CONFIG)
    assert whole.runner.wait(200)
    assert isinstance(whole.runner.last_error, EnoughError)
    assert whole.runner.result is None
    assert whole.kinds() >= {StepMetrics, EpochMetrics, PreviewEvent, TrainingCompleteEvent}
    assert whole.threads == {"training"}
    (preview,) = [event for event in whole.events if isinstance(event, PreviewEvent)]
    assert preview.path.stat().st_size > 1000

    cut = Told(stop_after=2)
    cut.runner.start(folder, tmp_path / "cut.distill", CONFIG)
    assert cut.runner.wait(200)
    assert (cut.runner.last_error, cut.runner.result) == (None, None)
    assert not (tmp_path / "cut.distill").exists()
    last = cut.events[-1]
    assert isinstance(last, TrainingCompleteEvent)
    assert (last.cancelled, last.step) == (True, 2)
    cut.runner.resume()
    assert cut.runner.wait(200)
    assert cut.runner.last_error is None
    assert ResumedEvent in cut.kinds()
    assert cut.runner.result is not None
    assert read_bundle(tmp_path / "cut.distill").decoder == cut.runner.result.decoder
    first, second = weights(tmp_path / "whole.distill"), weights(tmp_path / "cut.distill")
    assert all(torch.equal(first[name], second[name]) for name in first)

    other = tmp_path / "changed"
    sounds.write_folder(other, 0.9, kinds=["drone"], sample_rate_hz=SETTINGS.sample_rate_hz)
    cut.runner.resume(run_folder(tmp_path / "cut.distill"), other)
    assert cut.runner.wait(200)
    assert isinstance(cut.runner.last_error, TrainingError)
    assert "have changed since the run began: files were 2 and are 1" in str(cut.runner.last_error)
    renamed = tmp_path / "renamed"
    shutil.copytree(folder, renamed)
    (renamed / "drone.wav").rename(renamed / "zither.wav")
    cut.runner.resume(run_folder(tmp_path / "cut.distill"), renamed)
    assert cut.runner.wait(200)
    assert "began: files have other names or lengths" in str(cut.runner.last_error)


def test_errors_are_kept(tmp_path: Path) -> None:
    runner = TrainingRunner()
    with pytest.raises(TrainingError, match="there is no run"):
        runner.resume()
    runner.start(tmp_path / "nowhere", tmp_path / "x.distill")
    assert runner.wait(60)
    assert "nowhere is not a folder" in str(runner.last_error)
    runner.resume(tmp_path / "nowhere.run")
    assert runner.wait(60)
    assert "not the folder of a run" in str(runner.last_error)
    assert runner.result is None


def test_a_preview_that_fails_is_a_warning(folder: Path, tmp_path: Path) -> None:
    told = Told(export=False)
    run_folder(tmp_path / "x.distill").mkdir()
    (run_folder(tmp_path / "x.distill") / "previews").write_text("in the way")
    told.runner.start(folder, tmp_path / "x.distill", CONFIG)
    assert told.runner.wait(200)
    assert isinstance(told.runner.last_error, EnoughError)
    warnings = [event.message for event in told.events if isinstance(event, WarningEvent)]
    assert any("no preview of epoch 2" in warning for warning in warnings)
    assert sum(isinstance(event, EpochMetrics) for event in told.events) == 2
    assert PreviewEvent not in told.kinds()
