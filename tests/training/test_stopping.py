"""Test Ctrl-C at any point of a run: a one-line message, saved state, `resume`."""

import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from support import sounds
from support.full_disk import files_of_any_size_after, limit_files
from support.small import SETTINGS, small_config, tones, train_small

from distill_live.bundle import read_bundle
from distill_live.errors import BundleError, TrainingError, TrainingStopped
from distill_train import cli, run
from distill_train.bundling.attribution import Attribution
from distill_train.corpus.dataset import ChunkDataset
from distill_train.output_paths import run_folder
from distill_train.training import interrupts
from distill_train.training.checkpoint import BEST, RunFiles, read_checkpoint
from distill_train.training.events import (
    AnalysisProgress,
    EpochMetrics,
    PreviewEvent,
    StageEvent,
    TrainingEvent,
)

FRAMES, STEPS = 150, 4
"""Length of a recording that makes four steps an epoch."""

CONFIG = replace(small_config(1), preview_epochs=1)


def press(*_: object) -> None:
    """Send Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def test_a_second_interrupt_waits_for_what_must_be_done_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupts, "PATIENCE_S", 0.0)
    before = signal.getsignal(signal.SIGINT)
    shown: list[str] = []
    with interrupts.interrupts(lambda: shown.append("saving")) as stop:
        assert not stop()
        with interrupts.undisturbed():
            press()
        assert stop()
        whole = []

        def work() -> None:
            with interrupts.undisturbed():
                press()
                whole.append("yes")

        with pytest.raises(KeyboardInterrupt):
            work()
        assert whole == ["yes"]
        assert shown == ["saving"]
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.training
def test_an_interrupt_while_it_saves_damages_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupts, "PATIENCE_S", 0.0)
    write = RunFiles.write

    def pressed(files: RunFiles, step: int, *values: Any) -> None:
        if step == 2:
            press()
        write(files, step, *values)

    monkeypatch.setattr(RunFiles, "write", pressed)
    told: list[TrainingEvent] = []

    def on_event(event: TrainingEvent) -> None:
        told.append(event)
        if len(told) == 2:
            press()

    def session() -> None:
        with interrupts.interrupts() as stop:
            train_small(tmp_path, CONFIG, tones(FRAMES), on_event=on_event, cancelled=stop)

    with pytest.raises(KeyboardInterrupt):
        session()
    _, values, unreadable = RunFiles(tmp_path).read_latest()
    assert values["state"]["batch"] == 2
    assert not unreadable
    assert not list(tmp_path.glob(".*.partial"))


@pytest.mark.training
@pytest.mark.parametrize("moment", ["held out", "preview"])
def test_an_interrupt_in_the_last_epoch_is_not_swallowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    asked: list[str] = []
    looks: list[int] = []
    grid_batches = ChunkDataset.grid_batches

    def look(chunks: ChunkDataset, size: int, max_chunks: int) -> Any:
        for batch in grid_batches(chunks, 1, max_chunks):
            looks.append(len(batch))
            if moment == "held out":
                asked.append(moment)
            yield batch

    monkeypatch.setattr(ChunkDataset, "grid_batches", look)

    def preview(*_: object) -> PreviewEvent:
        if moment == "preview":
            asked.append(moment)
        return PreviewEvent(1, tmp_path / "x.wav")

    told: list[TrainingEvent] = []
    options: dict[str, Any] = {"on_event": told.append, "preview": preview}
    with pytest.raises(TrainingStopped, match=r"epoch 1 of 1, after 4 of 4 steps; .* resume"):
        train_small(tmp_path, CONFIG, tones(FRAMES), cancelled=lambda: bool(asked), **options)
    assert (moment == "preview") == any(isinstance(event, EpochMetrics) for event in told)
    monkeypatch.undo()
    cut = train_small(tmp_path, CONFIG, tones(FRAMES), resume=True, **options)
    assert sum(isinstance(event, EpochMetrics) for event in told) == 1
    assert [preview.path for preview in cut.history.previews] == [Path("x.wav")]
    whole = train_small(tmp_path / "whole", CONFIG, tones(FRAMES))
    weights, others = cut.model.state_dict(), whole.model.state_dict()
    assert all(torch.equal(weights[name], others[name]) for name in weights)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    sounds.write_folder(folder, 0.5, kinds=["drone"], sample_rate_hz=SETTINGS.sample_rate_hz)
    return folder


def stopping(error: BaseException) -> Callable[..., Any]:
    def stop(*_: object, **__: object) -> None:
        raise error

    return stop


def at(when: object, act: Callable[[], None]) -> run.Hooks:
    """Does something at an event of a kind, or at an event."""

    def on_event(event: TrainingEvent) -> None:
        if event == when or type(event) is when:
            act()

    return run.Hooks(on_event)


@pytest.mark.training
def test_a_run_that_is_stopped_or_fails_after_training_is_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, words = tmp_path / "x.distill", Attribution("x")
    kept = run_folder(out)

    def learn(hooks: run.Hooks | None = None) -> None:
        run.train_run(folder, out, CONFIG, words, hooks)

    with pytest.raises(TrainingStopped, match="before training began; run the same command"):
        learn(at(AnalysisProgress, press))
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(run, "build_bundle", stopping(KeyboardInterrupt()))
    with pytest.raises(TrainingStopped, match=r"trained run is kept, .*resume .*x\.run'"):
        learn()
    best, _ = read_checkpoint(kept / BEST)
    with pytest.raises(TrainingError, match=r"holds a trained model .* resume .* --overwrite"):
        learn()
    for error in (BundleError("author is too long"), RuntimeError("no\nroom")):
        monkeypatch.setattr(run, "build_bundle", stopping(error))
        with pytest.raises(TrainingError, match=r"(?s)(long|room); the trained run is kept, fini"):
            run.resume_run(kept)
    assert not out.exists()
    monkeypatch.undo()

    with pytest.raises(TrainingStopped, match=r"before the report was made; .*x\.distill is writ"):
        run.resume_run(kept, hooks=at(StageEvent("report"), press))
    assert read_bundle(out).name == "x"
    again, _ = read_checkpoint(kept / BEST)
    assert all(torch.equal(best[name], again[name]) for name in best)
    RunFiles(kept).check_done()  # and now it may make way for another

    bundle, before = read_bundle(out), out.read_bytes()
    monkeypatch.setattr(run, "build_bundle", lambda *_: replace(bundle, author="another"))
    monkeypatch.setattr(run, "SCORED_CHUNKS", 0)
    full = r"not written .* free some space, .*; the trained run is kept, finish it"
    limited = at(StageEvent("export"), lambda: limit_files(5_000))
    with files_of_any_size_after(), pytest.raises(TrainingError, match=full):
        run.resume_run(kept, hooks=limited)
    assert out.read_bytes() == before
    assert not list(tmp_path.glob(".*.partial"))


def test_a_gpu_without_enough_memory_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has ...")
    monkeypatch.setattr(run, "train", stopping(error))
    source, out = tmp_path / "snd", tmp_path / "x.distill"
    sounds.write_folder(source, 0.5, kinds=["drone"], sample_rate_hz=SETTINGS.sample_rate_hz)
    with pytest.raises(TrainingError, match=r"a batch of 4 chunks; .* --device cpu"):
        run.train_run(source, out, small_config(), Attribution.of(out))


def test_stopped_anywhere_else_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("distill_train.inspection.inspect_corpus", stopping(KeyboardInterrupt()))
    monkeypatch.setattr(sys, "argv", ["distill-train", "inspect", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "distill-train: stopped; run the same command again\n"
