"""Test the event log of a run: written, read while it grows, kept whole by crashes."""

import json
import math
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from support import sounds
from support.full_disk import files_of_any_size_after, limit_files
from support.quick_runs import without_export
from support.small import SETTINGS, small_config

import distill_train
from distill_live.cli.run import run as run_command
from distill_live.errors import TrainingError, TrainingStopped
from distill_train import cli
from distill_train.corpus.audio import FileNote, SkippedFile
from distill_train.corpus.cache import CachePlan
from distill_train.output_paths import EVENTS
from distill_train.training.checkpoint import RunFiles, open_run
from distill_train.training.event_log import (
    EventLog,
    LoggedEvent,
    SessionEnded,
    SessionStarted,
    follow_events,
)
from distill_train.training.events import (
    AnalysisProgress,
    CorpusEvent,
    EpochMetrics,
    ExportProgress,
    InstallEvent,
    PreviewEvent,
    ResumedEvent,
    StageEvent,
    StepMetrics,
    TrainingCompleteEvent,
    WaitingEvent,
    WarningEvent,
)

STEP = StepMetrics(1, 2, 1, 8, {"kl": 3.0}, 1e-3, 1e-4, 0.5, False, 0.25, 1000)


def events_of(run: Path) -> list[LoggedEvent]:
    return [
        SessionStarted(resumed=False, pid=1),
        WaitingEvent(),
        CachePlan(run.parent / "snd", ("1 file added",), 1000),
        AnalysisProgress(1, 1),
        CorpusEvent(
            recordings=1,
            seconds=2.0,
            cache=run.parent / "cache",
            cache_built=True,
            skipped=(SkippedFile("a.wav", "it is silent"),),
            notes=(FileNote("b.wav", "damaged"),),
            unread="2 files of types that are not read",
            training_chunks=30,
            validation_chunks=4,
            split_by="time",
        ),
        STEP,
        EpochMetrics(1, 2, {"reconstruction": 1.0}, {}, 0, True, 1.0, 1e-3, None),
        PreviewEvent(1, run / "previews" / "epoch_0001.wav"),
        WarningEvent(None, "full — disk"),
        ResumedEvent(1, 2, 1, 8, None, None),
        TrainingCompleteEvent(False, 8, 8, 0, 2, 0.5, 2.0),
        InstallEvent(run.parent / "models" / "x.distill"),
        StageEvent("export"),
        ExportProgress(0.5),
        SessionEnded("done"),
    ]


def write(run: Path, *events: LoggedEvent, append: bool = False) -> None:
    with EventLog(run, append=append) as log:
        for event in events:
            log.write(event)


def refuse(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")


def test_events_are_read_as_they_were_written_wherever_the_folder_is(tmp_path: Path) -> None:
    run = tmp_path / "x.run"
    run.mkdir()
    write(run, *events_of(run))
    assert list(follow_events(run)) == events_of(run)
    lines = [json.loads(line) for line in (run / EVENTS).read_text().splitlines()]
    assert [line["event"] for line in lines] == [type(one).__name__ for one in events_of(run)]
    assert all(line["time"] > 1e9 for line in lines)
    moved = run.rename(tmp_path / "y.run")
    (preview,) = (one for one in follow_events(moved) if isinstance(one, PreviewEvent))
    assert preview.path == moved / "previews" / "epoch_0001.wav"


def test_numbers_that_are_not_finite_are_null(tmp_path: Path) -> None:
    odd = replace(STEP, gradient_norm=math.nan, losses={"kl": math.inf}, skipped=True)
    write(tmp_path, odd, SessionEnded("done"))
    first = json.loads((tmp_path / EVENTS).read_text().splitlines()[0], parse_constant=refuse)
    assert (first["gradient_norm"], first["losses"]) == (None, {"kl": None})
    step = next(follow_events(tmp_path))
    assert isinstance(step, StepMetrics)
    assert math.isnan(step.gradient_norm)


def test_steps_that_nobody_could_follow_are_left_out(tmp_path: Path) -> None:
    epoch = EpochMetrics(1, 2, {"reconstruction": 1.0}, {}, 0, True, 1.0, 1e-3, None)
    fast = [replace(STEP, step=number) for number in range(1, 1001)]
    write(tmp_path, *fast, epoch, SessionEnded("done"))
    read = list(follow_events(tmp_path))
    steps = [event for event in read if isinstance(event, StepMetrics)]
    assert steps[0] == fast[0]
    assert len(steps) < len(fast) / 2
    assert read[-2:] == [epoch, SessionEnded("done")]


def test_a_torn_line_costs_itself_only(tmp_path: Path) -> None:
    write(tmp_path, STEP, WaitingEvent())
    path = tmp_path / EVENTS
    path.write_bytes(path.read_bytes()[:-20])
    write(tmp_path, SessionStarted(True, 2), append=True)
    foreign = [b'{"time": 1, "event": "Unknown"}', b"[1]", b'{"time": 1, "event": []}', b"\xff"]
    foreign.append(b'{"time": 1, "event": "AnalysisProgress", "done": 1, "total": 2}')
    foreign.append(b'{"time": 1, "event": "AnalysisProgress", "done": "1", "files": 2}')
    foreign.append(b'{"time": 1, "event": "WarningEvent", "epoch": null, "message": 7}')
    path.write_bytes(path.read_bytes() + b"".join(line + b"\n" for line in foreign))
    write(tmp_path, SessionEnded("stopped", "stopped"), append=True)
    assert list(follow_events(tmp_path)) == [
        STEP,
        SessionStarted(True, 2),
        SessionEnded("stopped", "stopped"),
    ]
    write(tmp_path, SessionEnded("done"))  # a new run
    assert list(follow_events(tmp_path)) == [SessionEnded("done")]


def test_events_are_followed_while_a_process_writes_them(tmp_path: Path) -> None:
    found: list[LoggedEvent] = []
    arrived = threading.Semaphore(0)

    def read() -> None:
        for event in follow_events(tmp_path):
            found.append(event)
            arrived.release()

    with open_run(tmp_path), EventLog(tmp_path, append=False) as log:
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        for event in (STEP, AnalysisProgress(1, 2)):
            log.write(event)
            assert arrived.acquire(timeout=30)
            assert found[-1] == event
        log.write(SessionEnded("done"))
        reader.join(30)
    assert found[-1] == SessionEnded("done")


def test_a_process_that_was_killed_is_an_error_that_names_resume(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"holds no events\.jsonl"):
        next(follow_events(tmp_path))
    write(tmp_path, STEP)
    followed = follow_events(tmp_path)
    assert next(followed) == STEP
    with pytest.raises(TrainingError, match=r"was killed, .*'distill-train resume "):
        next(followed)


def test_a_full_disk_stops_no_run(tmp_path: Path) -> None:
    with files_of_any_size_after(), EventLog(tmp_path, append=False) as log:
        limit_files(50)
        log.write(STEP)  # in part
        log.write(WaitingEvent())
        limit_files()
        log.write(SessionEnded("done"))
    assert list(follow_events(tmp_path)) == [SessionEnded("done")]


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        (SessionEnded("done"), 0),
        (SessionEnded("failed", "the disk is full"), 1),
        (SessionEnded("stopped", "stopped in epoch 1"), 130),
    ],
)
def test_watch_ends_as_the_run_did_and_prints_its_message_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ended: SessionEnded, status: int
) -> None:
    earlier = SessionEnded("failed", "the network is gone")
    write(tmp_path, STEP, earlier, SessionStarted(resumed=True, pid=2), STEP, ended)
    assert run_command("distill-train", cli.app, ["watch", str(tmp_path)]) == status
    shown = capsys.readouterr().err
    assert shown.count("the network is gone") == 1
    last = f"distill-train: {ended.message}"
    assert [line for line in shown.splitlines() if line == last] == [last] * (status > 0)
    assert shown.count(ended.message or last) == (status > 0)


def stopping_at(kind: type) -> Callable[[object], None]:
    def on_event(event: object) -> None:
        if isinstance(event, kind):
            raise KeyboardInterrupt

    return on_event


@pytest.mark.training
def test_a_run_logs_its_sessions_and_watch_shows_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_export(monkeypatch)
    folder, out, run = tmp_path / "snd", tmp_path / "x.distill", tmp_path / "x.run"
    sounds.write_folder(folder, 0.5, kinds=["drone"], sample_rate_hz=SETTINGS.sample_rate_hz)
    config = small_config(2)
    with pytest.raises(TrainingStopped, match="before training began"):
        distill_train.train(folder, config, out=out, on_event=stopping_at(CorpusEvent))
    assert not run.exists()
    with pytest.raises(TrainingStopped, match="trained run is kept"):
        distill_train.train(folder, config, out=out, on_event=stopping_at(StageEvent))
    events = [type(event) for event in distill_train.watch(run)]
    assert (events[0], events[1], events[-1]) == (SessionStarted, CorpusEvent, SessionEnded)
    assert events.count(EpochMetrics) == 2

    distill_train.resume(run)
    again = list(distill_train.watch(run))
    assert [type(event) for event in again[: len(events)]] == events
    sessions = [event for event in again if isinstance(event, SessionStarted | SessionEnded)]
    assert [one.resumed for one in sessions if isinstance(one, SessionStarted)] == [False, True]
    assert sessions[-1] == SessionEnded("done")

    capsys.readouterr()
    assert cli.app(["watch", str(run)], standalone_mode=False) in (None, 0)
    shown = capsys.readouterr().err
    assert "epoch 2/2, loss " in shown
    assert "the trained run is kept" in shown
    assert f"Play: distill-live --model {out.with_suffix('')}" in shown

    (folder / "other.wav").write_bytes((folder / "drone.wav").read_bytes())
    with pytest.raises(TrainingError, match="have changed since the run began"):
        distill_train.resume(run)
    last = list(distill_train.watch(run))[-1]
    assert isinstance(last, SessionEnded)
    assert last.outcome == "failed"
    assert "have changed" in last.message


def test_a_run_removes_no_folder_that_another_has_locked_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, taken = tmp_path / "snd", tmp_path / "x.run"
    sounds.write_folder(folder, 0.5, kinds=["drone"], sample_rate_hz=SETTINGS.sample_rate_hz)
    with ExitStack() as other:

        def lost(run: Path) -> AbstractContextManager[RunFiles]:
            other.enter_context(open_run(run))
            write(run, SessionStarted(resumed=False, pid=1))
            return open_run(run)

        monkeypatch.setattr("distill_train.run.open_run", lost)
        with pytest.raises(TrainingError, match="another run is writing to"):
            distill_train.train(folder, small_config(), out=tmp_path / "x.distill")
        assert (taken / EVENTS).is_file()
