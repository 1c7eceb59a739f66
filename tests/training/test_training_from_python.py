"""The trainer from Python: exported names, lazy imports, files instead of a folder."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support import sounds
from support.small import SETTINGS, child_environment, small_config

import distill_train
from distill_live.errors import TrainingError, TrainingStopped
from distill_train import AnalysisProgress, CorpusEvent, StageEvent, TrainingRunner
from distill_train.training.checkpoint import BEST, load_model

EXPORTED = [
    *("AnalysisProgress", "CachePlan", "CorpusEvent", "EpochMetrics", "ExportProgress"),
    *(
        "Inspection",
        "InstallEvent",
        "PreviewEvent",
        "ResumedEvent",
        "SessionEnded",
        "SessionStarted",
        "StageEvent",
        "StepMetrics",
        "TrainingCompleteEvent",
    ),
    *("TrainingConfig", "TrainingEvent", "TrainingRunner", "WaitingEvent", "WarningEvent"),
    *("export", "inspect", "resume", "train", "watch"),
]

IMPORTED = """
import os, sys, threading
before = dict(os.environ)
import distill_train
assert not {"torch", "numpy", "matplotlib"} & set(sys.modules)
from distill_train import TrainingConfig
assert "torch" not in sys.modules
from distill_train import train, inspect, export, TrainingRunner
assert dict(os.environ) == before
assert threading.enumerate() == [threading.main_thread()]
"""


def test_the_exported_names_are_these_and_exist() -> None:
    assert sorted(distill_train.__all__) == EXPORTED == dir(distill_train)
    for name in EXPORTED:
        assert getattr(distill_train, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        distill_train.nothing  # noqa: B018
    assert callable(distill_train.export)


@pytest.mark.process
def test_importing_changes_no_environment_and_starts_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        capture_output=True,
        text=True,
        env=child_environment(XDG_CACHE_HOME="/nonexistent"),
        timeout=200,
    )
    assert done.returncode == 0, done.stderr


def test_files_train_and_resume_as_a_folder_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "snd"
    sounds.write_folder(
        folder, 0.5, kinds=["drone", "tabla"], sample_rate_hz=SETTINGS.sample_rate_hz
    )
    out = tmp_path / "x.distill"
    events: list[object] = []
    config = replace(small_config(1), checkpoint_seconds=0.0)

    def on_event(event: object) -> None:
        events.append(event)
        if isinstance(event, StageEvent):  # the rest does not know where the sound came from
            raise KeyboardInterrupt

    with pytest.raises(TrainingStopped, match="resume"):
        distill_train.train([folder / "drone.wav"], config, out=out, on_event=on_event)
    assert AnalysisProgress(1, 1) in events
    (corpus,) = (event for event in events if isinstance(event, CorpusEvent))
    assert (corpus.recordings, corpus.skipped) == (1, ())
    assert not (folder / ".cache").exists()
    assert tmp_path / "cache" in corpus.cache.parents
    assert load_model(tmp_path / "x.run" / BEST).folder == [str(folder / "drone.wav")]

    with pytest.raises(TrainingStopped, match="resume"):
        distill_train.resume(tmp_path / "x.run", on_event=on_event)
    reused = replace(corpus, cache_built=False)
    assert corpus.cache_built
    assert [event for event in events if isinstance(event, CorpusEvent)] == [corpus, reused]
    with pytest.raises(TrainingError, match=r"none\.wav is not a file"):
        distill_train.train([folder / "none.wav"], config, out=tmp_path / "z.distill")


def test_an_inspection_is_data(tmp_path: Path) -> None:
    sounds.write_folder(tmp_path, 0.5, kinds=["drone"], sample_rate_hz=SETTINGS.sample_rate_hz)
    (tmp_path / "text.wav").write_text("no sound")
    found = distill_train.inspect(str(tmp_path), small_config(1))
    assert [item.header.file for item in found.recordings] == ["drone.wav"]
    assert [skipped.file for skipped in found.skipped] == ["text.wav"]
    assert found.effort.training > 0
    assert not (tmp_path / ".cache").exists()


def test_a_runner_can_be_cancelled_while_it_reads(tmp_path: Path) -> None:
    sounds.write_folder(
        tmp_path / "snd", 0.5, kinds=["drone", "tabla"], sample_rate_hz=SETTINGS.sample_rate_hz
    )
    progress: list[object] = []

    def on_event(event: object) -> None:
        progress.append(event)
        if isinstance(event, AnalysisProgress):
            runner.cancel()

    runner = TrainingRunner(on_event)
    runner.start(tmp_path / "snd", tmp_path / "x.distill", small_config(1))
    assert runner.wait(100)
    assert (runner.last_error, runner.result) == (None, None)
    assert progress[-1] == AnalysisProgress(1, 2)
    assert not (tmp_path / "x.run").exists()
