"""Runs: find them, start, stop and resume them. Each is a process of the command line and a folder.

Runs of the studio lie in ``runs`` in the user's folder. Those that the command line made are found
in the working directory, in open folders and beside them.
"""

import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from distill_live.bundle import read_manifest
from distill_live.errors import BundleError, ConfigurationError, TrainingError
from distill_live.files import named_refusal, printable
from distill_live.library import new_target, user_folder, user_models
from distill_live.spectrogram import PROFILES
from distill_live.user_files import make_folder, one_name
from distill_train.config_sources import PRESET_NAMES
from distill_train.corpus.audio import find_audio_files
from distill_train.output_paths import (
    BUNDLE,
    CONFIGURATION,
    EVENTS,
    LOCK,
    REPORT,
    RUN,
    bundle_path,
    card_path,
    finished_bundle,
    is_locked,
)
from distill_train.studio.folders import cleaned_name, is_below, open_unlinked, path_id
from distill_train.studio.processes import has_open, interrupt, last_line, start_detached
from distill_train.studio.run_log import Event, RunLog

OUTPUT = "output.log"
"""Name in a run's folder: what the process printed that the studio started."""

MAX_RUNS = 256
"""Maximum number of runs that are listed, the newest first."""

MAX_UNFINISHED = 32
"""Maximum number of runs that train or wait at a time."""

UNFINISHED = ("waiting", "running")


def runs_folder() -> Path:
    """Folder of the runs that the studio starts, and of their models."""
    return user_folder() / "runs"


class Runs:
    """Runs that are found, and processes that were started here.

    Parameters
    ----------
    config
        TOML file of settings for the runs that are started here.
    """

    def __init__(self, config: Path | None = None) -> None:
        self._config = [f"--config={config.resolve()}"] if config else []
        self._logs: dict[Path, RunLog] = {}
        # with the latest session before each
        self._processes: dict[Path, tuple[subprocess.Popen[bytes], Event | None]] = {}
        self._lock = threading.RLock()

    def find(self, folders: Iterable[Path]) -> dict[str, Path]:
        """Folders of runs by id; `folders` are the open ones."""
        return {path_id(path): path for path in _run_folders(folders)}

    def describe(self, folder: Path) -> dict[str, Any]:
        """Describe a run: its state, stage, progress, time left and error."""
        with self._lock:
            log = self._refreshed(folder)
            state, error = self._state(folder, log)
            recordings = (log.session or {}).get("recordings", "")
            at = log.step or (log.epochs[-1] if log.epochs else {})
            share = log.share if state in UNFINISHED else None
            left = log.minutes_left if state == "running" else None
            resumable = state not in UNFINISHED and any(folder.glob("checkpoint-*.safetensors"))
            return {
                "id": path_id(folder),
                "name": folder.stem,
                "path": str(folder),
                "folder": recordings if isinstance(recordings, str) else "",
                "state": state,
                "stage": log.stage if state in UNFINISHED else "",
                "share": None if share is None else round(share, 3),
                "epoch": at.get("epoch", 0),
                "epochs": at.get("epochs", 0),
                "minutes_left": None if left is None else round(left, 1),
                "minutes": round(float(at.get("seconds") or 0.0) / 60.0, 1),
                "started": log.started,
                "error": error,
                "warning": log.warnings[-1]["message"] if log.warnings else None,
                "resumable": resumable,
                "removable": state not in UNFINISHED and not _has_results(folder),
                "bundle": finished_bundle(folder) is not None,
                "model": log.installed or None,
                "report": (folder / REPORT).is_file(),
            }

    def history(self, folder: Path) -> dict[str, list[Event]]:
        """Epochs, previews and warnings of a run."""
        with self._lock:
            log = self._refreshed(folder)
            previews = [
                {"epoch": one["epoch"], "file": Path(str(one["path"])).name} for one in log.previews
            ]
            return {"history": list(log.epochs), "previews": previews, "warnings": log.warnings}

    def events_after(self, folder: Path, count: int) -> tuple[list[Event], int]:
        """Events of a run after the first `count`, as many as are kept, and the number of all."""
        with self._lock:
            log = self._refreshed(folder)
            missed = log.count - (count if count <= log.count else 0)  # or another run's
            new = min(missed, len(log.recent))
            return list(log.recent)[len(log.recent) - new :], log.count

    def train(
        self,
        recordings: Path,
        *,
        preset: str = "conservative",
        profile: str = "standard",
        minutes: float | None = None,
        epochs: int | None = None,
        name: str = "",
    ) -> Path:
        """Start a run as `distill-train train --wait --install`, and return its folder.

        Parameters
        ----------
        recordings
            Folder of the recordings.
        preset, profile, minutes, epochs
            Options of the command.
        name
            Name of the model; by default that of the folder, with a number if it is taken.

        Raises
        ------
        DistillError
            If there is no recording, an option is none, or the name is taken.
        """
        for given, known, what in (
            (preset, PRESET_NAMES, "preset"),
            (profile, PROFILES, "profile"),
        ):
            if given not in known:
                raise ConfigurationError(
                    f"the {what} is {printable(given)[:40]}; it must be one of {', '.join(known)}"
                )
        limit = _limit_options(minutes, epochs)
        find_audio_files(recordings)
        with self._lock:
            unfinished = sum(process.poll() is None for process, _ in self._processes.values())
            if unfinished >= MAX_UNFINISHED:
                raise TrainingError(
                    f"{unfinished} runs train or wait; the maximum is {MAX_UNFINISHED}: stop one"
                )
            out = _free_output(name or cleaned_name(recordings.name, "model"), numbered=not name)
            options = [f"--out={out}", "--wait", "--install", "--yes", *limit]
            options += self._config
            if preset != PRESET_NAMES[0]:  # the first choice leaves it to the file
                options.append(f"--preset={preset}")
            if profile != next(iter(PROFILES)):
                options.append(f"--profile={profile}")
            folder = out.with_suffix(RUN)
            self._start(folder, ["train", *options, "--", str(recordings)])
            return folder

    def resume(
        self, folder: Path, *, minutes: float | None = None, epochs: int | None = None
    ) -> None:
        """Continue a stopped run, or extend a finished one by a new limit.

        Raises
        ------
        DistillError
            If it has no checkpoint or trains, its model's name in the library is another's, or it
            would write elsewhere through links.
        """
        limit = _limit_options(minutes, epochs)
        with self._lock:
            if not self.describe(folder)["resumable"]:
                raise TrainingError(
                    f"{printable(folder.stem)} cannot be continued: it trains, or was stopped "
                    "before its first checkpoint; train again"
                )
            _check_links(folder)
            replacing = ["--force"] if _is_in_library(folder) else []
            self._start(
                folder, ["resume", "--wait", "--yes", *replacing, *limit, "--", str(folder)]
            )

    def stop(self, folder: Path) -> None:
        """Interrupt a run, as Ctrl-C does: it saves its state.

        Raises
        ------
        TrainingError
            If it does not train, or not under this user on this computer.
        """
        with self._lock:
            log = self._refreshed(folder)
            process, _ = self._processes.get(folder, (None, None))
            pid = None
            if log.session is not None and log.ended is None and is_locked(folder):
                pid = int(log.session["pid"])
                if not has_open(pid, folder / LOCK):  # the log may be a stranger's
                    raise TrainingError(
                        f"{printable(folder.stem)} is not trained by this user on this computer; "
                        "stop it where it was started"
                    )
            elif process is not None and process.poll() is None:
                pid = process.pid
            if pid is None:
                raise TrainingError(f"{printable(folder.stem)} does not train; nothing is stopped")
            with suppress(ProcessLookupError):
                interrupt(pid)

    def remove(self, folder: Path) -> None:
        """Remove the folder of a run that was stopped before its first checkpoint.

        Raises
        ------
        TrainingError
            If it holds checkpoints, a model, or a run that trains.
        """
        with self._lock:
            if not self.describe(folder)["removable"]:
                raise TrainingError(
                    f"{printable(folder)} holds a trained model; delete the folder yourself"
                )
            for name in (EVENTS, LOCK, OUTPUT, CONFIGURATION):
                (folder / name).unlink(missing_ok=True)
            with suppress(OSError):
                folder.rmdir()

    def _start(self, folder: Path, command: list[str]) -> None:
        make_folder(folder)
        earlier = self._refreshed(folder).session
        output = folder / OUTPUT
        with (
            named_refusal(TrainingError, output, "not written", "remove it"),
            open_unlinked(output, "ab") as log,
        ):
            self._processes[folder] = start_detached("distill_train", command, log), earlier

    def _refreshed(self, folder: Path) -> RunLog:
        log = self._logs.setdefault(folder, RunLog(folder))
        log.refresh()
        return log

    def _state(self, folder: Path, log: RunLog) -> tuple[str, str | None]:
        """State of a run, and why it failed or was stopped."""
        process, earlier = self._processes.get(folder, (None, None))
        status = None if process is None else process.poll()
        if process is not None and log.session is earlier:  # it has not begun
            if status is None:
                return "running", None
            if status:
                return "failed", last_line(folder / OUTPUT) or "the process ended at once"
        if log.ended is None and log.session is not None:
            if is_locked(folder):
                return ("waiting" if log.stage == "waiting" else "running"), None
            log.refresh()  # what it wrote last
        match (log.ended or {}).get("outcome"):
            case "done":
                return "finished", None
            case "failed" | "stopped" as outcome:
                return str(outcome), str((log.ended or {}).get("message", ""))
        if finished_bundle(folder):
            return "finished", None
        if log.session is None:
            line = last_line(folder / OUTPUT)
            return ("failed" if line else "stopped"), line or None
        return "stopped", "the process was killed, or the computer was restarted; resume goes on"


def _run_folders(folders: Iterable[Path]) -> list[Path]:
    """Folders of runs, each once, the newest first; none that a link leads to from elsewhere."""
    found: dict[Path, float] = {}
    places = dict.fromkeys([runs_folder(), Path.cwd()])
    for folder in folders:
        places |= dict.fromkeys([folder, folder.parent])
    for place in places:
        for run in _globbed(place):
            with suppress(OSError):
                resolved = run.resolve()
                if not resolved.is_relative_to(place.resolve()):
                    continue
                if any((run / name).is_file() for name in (EVENTS, CONFIGURATION, OUTPUT)):
                    found.setdefault(resolved, resolved.stat().st_mtime)
    return sorted(found, key=lambda run: found[run], reverse=True)[:MAX_RUNS]


def _globbed(place: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from (path for path in place.glob(f"*{RUN}") if path.is_dir())


def _has_results(folder: Path) -> bool:
    return any(folder.glob("*.safetensors")) or finished_bundle(folder) is not None


def _check_links(folder: Path) -> None:
    """Check that what a run writes lies in its folder and beside it.

    Raises
    ------
    TrainingError
        If a link there leads elsewhere.
    """
    bundle = bundle_path(folder)
    beside = [path for path in (bundle, card_path(bundle)) if path.is_symlink()]
    for path in (*beside, *folder.rglob("*")):
        if not is_below(path, folder):
            raise TrainingError(
                f"{printable(path)} is a link to elsewhere, which the run would write to; remove "
                "it, or continue the run in a terminal"
            )


def _limit_options(minutes: float | None, epochs: int | None) -> list[str]:
    if minutes is not None and epochs is not None:
        raise ConfigurationError("minutes and epochs exclude each other; give one of them")
    if minutes is not None:
        if not 0.1 <= minutes <= 100_000:
            raise ConfigurationError(f"minutes is {minutes:g}; it must be 0.1 or more")
        return [f"--minutes={minutes!r}"]
    if epochs is not None:
        if not 1 <= epochs <= 10_000_000:
            raise ConfigurationError(f"epochs is {epochs}; it must be 1 or more")
        return [f"--epochs={epochs}"]
    return []


def _free_output(name: str, *, numbered: bool) -> Path:
    """Path of a new bundle whose name neither a run nor a model of the library has.

    Raises
    ------
    ConfigurationError
        If the name is none, or is taken and `numbered` is false.
    """
    make_folder(runs_folder())
    number = 1
    while True:
        tried = name if number == 1 else f"{name} {number}"
        try:
            target = new_target(tried)
        except ConfigurationError:
            if not numbered or number > 999:
                raise
        else:
            out = runs_folder() / f"{one_name(target.stem)}{BUNDLE}"
            if not out.exists() and not out.with_suffix(RUN).exists():
                return out
            if not numbered:
                raise ConfigurationError(
                    f"there is a run called {printable(name)} already; give another name"
                )
        number += 1


def _is_in_library(folder: Path) -> bool:
    """Whether the library has the model that a run made, under the run's name.

    Raises
    ------
    ConfigurationError
        If it has another model of that name.
    """
    name = f"{folder.stem}{BUNDLE}"
    made, known = folder.with_suffix(BUNDLE), user_models() / name
    if not known.is_file():
        return False
    with suppress(BundleError):
        if read_manifest(made).fingerprint == read_manifest(known).fingerprint:
            return True
    raise ConfigurationError(
        f"the library has another model called {printable(folder.stem)}; rename or remove that one"
    )
