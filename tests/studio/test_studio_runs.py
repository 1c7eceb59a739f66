"""Runs as the studio finds them: states, progress and history from their files alone."""

import json
import os
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from filelock import FileLock
from support.tiny import tiny_bundle

from distill_live import library
from distill_live.bundle import write_bundle
from distill_live.errors import ConfigurationError, TrainingError
from distill_train.output_paths import CONFIGURATION, DONE, EVENTS, LOCK
from distill_train.studio import runs
from distill_train.studio.app import JSON
from distill_train.studio.run_log import MAX_LINE_BYTES
from distill_train.studio.runs import OUTPUT, Runs, runs_folder
from distill_train.training.event_log import EventLog, SessionEnded, SessionStarted
from distill_train.training.events import (
    AnalysisProgress,
    EpochMetrics,
    InstallEvent,
    PreviewEvent,
    StepMetrics,
    WaitingEvent,
    WarningEvent,
)

STARTED = SessionStarted(resumed=False, pid=2**30, recordings="/somewhere")


def step(number: int, seconds: float) -> StepMetrics:
    return StepMetrics(1, 4, number, 100, {}, 1e-3, 0.0, 1.0, False, seconds)


def epoch(number: int) -> EpochMetrics:
    return EpochMetrics(number, 4, {"reconstruction": 1.0 / number}, {}, 0, True, 9.0 * number)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(library, "user_data_path", lambda *_, **__: tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "field.run"
    folder.mkdir()
    return folder


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the processes that were interrupted, but are not."""
    found: list[int] = []
    monkeypatch.setattr(runs, "interrupt", found.append)
    return found


def log(folder: Path, *events: Any, append: bool = True) -> None:
    with EventLog(folder, append=append) as written:
        for event in events:
            written.write(event)


def test_states_follow_the_log_and_the_lock(folder: Path) -> None:
    of_page = Runs()

    def state() -> tuple[str, str]:
        found = of_page.describe(folder)
        return found["state"], found["stage"]

    with FileLock(folder / LOCK):
        log(folder, STARTED, WaitingEvent())
        assert state() == ("waiting", "waiting")
        log(folder, AnalysisProgress(3, 12))
        assert state() == ("running", "reading")
        assert of_page.describe(folder)["share"] == 0.25
        log(folder, WarningEvent(None, "training begins"))
        assert state() == ("running", "training")
        log(folder, step(1, 0.5))
        log(folder, step(3, 1.5))
        found = of_page.describe(folder)
        assert (found["stage"], found["share"], found["epochs"]) == ("training", 0.03, 4)
        assert found["minutes_left"] == pytest.approx(97 * 0.5 / 60, abs=0.05)
        assert not found["resumable"]
    assert state() == ("stopped", "")  # killed: no last event, no lock
    assert "killed" in of_page.describe(folder)["error"]
    (folder / "checkpoint-000000003.safetensors").touch()
    assert of_page.describe(folder)["resumable"]
    with FileLock(folder / LOCK):
        log(folder, SessionStarted(True, 2**30))
        assert state() == ("running", "starting")
        log(folder, SessionEnded("failed", "the disk is full"))
    assert state() == ("failed", "")
    assert of_page.describe(folder)["error"] == "the disk is full"
    log(folder, SessionStarted(True, 2**30), InstallEvent(Path("x/field.distill")))
    log(folder, SessionEnded("done"))
    assert state() == ("finished", "")
    assert of_page.describe(folder)["model"] == "field"


def test_history_is_read_as_it_grows_and_after_a_crash(folder: Path) -> None:
    of_page = Runs()
    log(folder, STARTED, epoch(1), PreviewEvent(1, folder / "previews" / "epoch_0001.wav"))
    log(folder, WarningEvent(1, "beware"))
    found = of_page.history(folder)
    assert [one["training"]["reconstruction"] for one in found["history"]] == [1.0]
    assert found["previews"] == [{"epoch": 1, "file": "epoch_0001.wav"}]
    assert found["warnings"][0]["message"] == "beware"
    with (folder / EVENTS).open("ab") as file:
        file.write(b'{"time": 1, "event": "Epo')  # torn
    log(folder, epoch(2), epoch(3), SessionStarted(True, 7), epoch(2))
    with (folder / EVENTS).open("ab") as file:
        file.write(b'[]\n{"event": 3}\nnonsense\n' + b"[" * 100_000 + b"\n")
    assert [one["epoch"] for one in of_page.history(folder)["history"]] == [1, 2]
    log(folder, STARTED, append=False)  # another run takes the folder
    assert of_page.history(folder)["history"] == []


def test_an_event_with_other_values_is_left_out(folder: Path) -> None:
    log(folder, SessionStarted(False, 1), step(1, 1.0), epoch(1))
    events: list[dict[str, Any]] = [
        {"event": "EpochMetrics", "epoch": 2, "epochs": 3, "seconds": "long"},
        {"event": "EpochMetrics", "epoch": 10**400, "epochs": 3, "seconds": 1.0},
        {"event": "StepMetrics", "epoch": 1},
        {"event": "WarningEvent"},
        {"event": "InstallEvent", "path": None},
        {"event": "StageEvent", "stage": 10**400},
        {"event": "WarningEvent", "message": "x" * MAX_LINE_BYTES},
        {"event": "WarningEvent", "message": "half \ud800"},
    ]
    lines = [json.dumps({"time": 1.0, **event}) for event in events]
    lines += [json.dumps({"event": "WarningEvent", "message": "when?", "time": 10**400})]
    with (folder / EVENTS).open("a") as file:
        file.write("\n".join([*lines, "[" * 10_000, ""]))
    known = Runs()
    described = known.describe(folder)
    assert (described["epoch"], described["warning"], described["model"]) == (
        1,
        "half \ud800",
        None,
    )
    history = known.history(folder)
    assert [one["epoch"] for one in history["history"]] == [1]
    assert json.loads(bytes(JSON(history).body)) == history


def test_news_are_given_once(folder: Path) -> None:
    of_page = Runs()
    log(folder, STARTED)
    events, count = of_page.events_after(folder, 0)
    assert [event["event"] for event in events] == ["SessionStarted"]
    assert of_page.events_after(folder, count) == ([], 1)
    log(folder, epoch(1), epoch(2))
    events, count = of_page.events_after(folder, count)
    assert [event["epoch"] for event in events] == [1, 2]


def test_another_run_that_has_taken_the_folder_is_read_from_its_beginning(folder: Path) -> None:
    of_page = Runs()
    log(folder, STARTED, epoch(1), SessionEnded("done"))
    assert of_page.describe(folder)["state"] == "finished"
    _, count = of_page.events_after(folder, 0)
    with FileLock(folder / LOCK):
        # Meanwhile no page looked, so the log is longer than it was.
        log(folder, SessionStarted(False, 7, "/elsewhere"), append=False)
        for number in range(1, 9):
            log(folder, step(number, 1.0))
        found = of_page.describe(folder)
        assert (found["state"], found["stage"]) == ("running", "training")
        assert of_page.history(folder)["history"] == []
    log(folder, SessionStarted(False, 8), append=False)
    events, _ = of_page.events_after(folder, count)
    assert [event["pid"] for event in events] == [8]


def test_runs_of_the_command_line_are_found_where_they_lie(folder: Path, tmp_path: Path) -> None:
    places = [tmp_path / "music", tmp_path / "music" / "rain", runs_folder()]
    for number, place in enumerate(places):
        run = place / f"{number}.run"
        run.mkdir(parents=True)
        (run / CONFIGURATION).write_text("{}")
    (tmp_path / "music" / "none.run").mkdir()
    log(folder, STARTED)
    found = {path.stem for path in Runs().find([tmp_path / "music" / "rain"]).values()}
    assert found == {"field", "0", "1", "2"}
    old = Runs().describe(tmp_path / "music" / "0.run")  # made before there were logs
    assert (old["state"], old["removable"]) == ("stopped", True)
    (tmp_path / "music" / "0.distill").touch()
    (tmp_path / "music" / "0.run" / DONE).write_text("{}")
    old = Runs().describe(tmp_path / "music" / "0.run")
    assert (old["state"], old["removable"]) == ("finished", False)


def test_links_in_folders_of_runs_lead_nowhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = MagicMock()
    monkeypatch.setattr(runs, "start_detached", start)
    (elsewhere := tmp_path / "elsewhere" / "other.run").mkdir(parents=True)
    log(elsewhere, STARTED)
    (secret := tmp_path / "secret").write_text("key\n")
    log(folder, STARTED)
    (folder / "checkpoint-000000003.safetensors").touch()
    (music := tmp_path / "music" / "rain").mkdir(parents=True)
    for place in (music, music.parent, tmp_path):
        (place / "x.run").symlink_to(elsewhere)
    (tmp_path / "y.run").symlink_to(folder)
    of_page = Runs()
    # What lies below the working directory may be linked there.
    assert {path.name for path in Runs().find([music]).values()} == {"field.run", "other.run"}
    monkeypatch.chdir(music)
    assert of_page.find([music]) == {}
    for link, target, why in (
        (folder / "previews", elsewhere, "a link to elsewhere"),
        (folder / DONE, tmp_path.parent / "done.json", "a link to elsewhere"),
        (folder.with_suffix(".distill"), tmp_path.parent / "x", "a link to elsewhere"),
        (folder / OUTPUT, secret, "a link to elsewhere"),
        (folder / OUTPUT, folder / "checkpoint-000000003.safetensors", "it is a link"),
    ):
        link.symlink_to(target)
        with pytest.raises(TrainingError, match=why):
            of_page.resume(folder)
        link.unlink()
    (folder / OUTPUT).symlink_to(secret)
    start.assert_not_called()
    (folder / EVENTS).unlink()
    assert of_page.describe(folder)["error"] is None
    (folder / EVENTS).symlink_to(elsewhere / EVENTS)
    assert of_page.history(folder) == {"history": [], "previews": [], "warnings": []}
    assert of_page.events_after(folder, 0) == ([], 0)
    assert secret.read_text() == "key\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_in_the_place_of_a_log_keeps_nobody_waiting(folder: Path) -> None:
    for name in (EVENTS, OUTPUT):
        os.mkfifo(folder / name)
    assert Runs().describe(folder)["state"] == "stopped"


def test_what_was_trained_is_not_removed(folder: Path) -> None:
    of_page = Runs()
    log(folder, STARTED)
    (folder / "best.safetensors").touch()
    with pytest.raises(TrainingError, match="delete the folder yourself"):
        of_page.remove(folder)
    (folder / "best.safetensors").unlink()
    (folder / "mine.txt").touch()
    of_page.remove(folder)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_a_run_that_ended_before_it_began_has_a_reason(folder: Path) -> None:
    (folder / OUTPUT).write_text(
        "reading\n\ndistill-train: none of the 3 sound files can be used\n"
    )
    found = Runs().describe(folder)
    assert found["state"] == "failed"
    assert found["error"] == "none of the 3 sound files can be used"
    assert found["removable"]


def test_a_session_in_a_terminal_counts_after_one_of_the_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = MagicMock(pid=5)
    monkeypatch.setattr(runs, "start_detached", lambda *_: process)
    of_page = Runs()
    log(folder, STARTED, SessionEnded("stopped", "by hand"))
    (folder / "checkpoint-000000003.safetensors").touch()
    of_page.resume(folder)
    process.poll.return_value = None
    found = of_page.describe(folder)
    assert (found["state"], found["stage"], found["share"]) == ("running", "starting", None)
    process.poll.return_value = process.returncode = 1
    (folder / OUTPUT).write_text("distill-train: no such device\n")
    assert of_page.describe(folder)["error"] == "no such device"
    with FileLock(folder / LOCK):
        log(folder, SessionStarted(True, 6))
        assert of_page.describe(folder)["state"] == "running"


def test_an_extended_run_replaces_its_own_model_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def start(_module: str, command: list[str], _log: object) -> MagicMock:
        started.append(command)
        return MagicMock(pid=1)

    monkeypatch.setattr(runs, "start_detached", start)
    (folder / "checkpoint-000000003.safetensors").touch()
    write_bundle(tiny_bundle(), folder.with_suffix(".distill"))
    resume = ["resume", "--wait", "--yes"]
    Runs().resume(folder, epochs=5)
    library.user_models().mkdir(parents=True)
    write_bundle(tiny_bundle(), library.user_models() / "field.distill")
    Runs().resume(folder, epochs=5)
    assert started == [
        [*resume, "--epochs=5", "--", str(folder)],
        [*resume, "--force", "--epochs=5", "--", str(folder)],
    ]
    write_bundle(tiny_bundle(seed=1), library.user_models() / "field.distill")
    with pytest.raises(ConfigurationError, match="another model called field"):
        Runs().resume(folder, epochs=5)


@pytest.mark.parametrize("pid", [-1, 0, 2**31, 10**400])
def test_a_number_that_is_of_no_process_is_not_signalled(
    folder: Path, pid: int, signalled: list[int]
) -> None:
    log(folder, SessionStarted(False, pid))
    with FileLock(folder / LOCK), pytest.raises(TrainingError, match="does not train"):
        Runs().stop(folder)
    assert signalled == []


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_no_run_has_locked_is_not_signalled(
    folder: Path, kind: str, signalled: list[int]
) -> None:
    log(folder, SessionStarted(False, os.getpid()))
    if kind == "folder":
        (folder / LOCK).mkdir()
    else:
        (folder / LOCK).symlink_to(folder / "other")
    of_page = Runs()
    assert of_page.describe(folder)["state"] == "stopped"
    with pytest.raises(TrainingError, match="does not train"):
        of_page.stop(folder)
    assert signalled == []
    assert not (folder / "other").exists()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux")
def test_only_the_process_that_holds_the_lock_is_signalled(
    folder: Path, signalled: list[int]
) -> None:
    with FileLock(folder / LOCK):
        log(folder, SessionStarted(False, os.getppid()))  # a number that is another's by now
        of_page = Runs()
        with pytest.raises(TrainingError, match="stop it where it was started"):
            of_page.stop(folder)
        assert signalled == []
        log(folder, SessionStarted(True, os.getpid()))
        of_page.stop(folder)
        assert signalled == [os.getpid()]


@pytest.mark.skipif(os.name != "posix", reason="Windows does not tell")
def test_a_run_of_another_user_does_not_train_for_ever(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(folder, STARTED)
    with FileLock(folder / LOCK):
        monkeypatch.setattr("filelock.FileLock", MagicMock(side_effect=PermissionError))
        assert Runs().describe(folder)["state"] == "running"
    assert Runs().describe(folder)["state"] == "stopped"


@pytest.mark.parametrize(
    "options",
    [
        *({"preset": "brutal"}, {"profile": "fast"}, {"minutes": 0.0}, {"minutes": -1.0}),
        *({"epochs": 0}, {"epochs": 3, "minutes": 1.0}, {"name": "../x"}, {"name": "a/b"}),
    ],
)
def test_options_are_checked_before_a_process_starts(
    folder: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    (tmp_path / "sound.wav").write_text("it is not read yet")
    with pytest.raises(ConfigurationError):
        Runs().train(tmp_path, **options)
    assert not list(runs_folder().glob("*"))
