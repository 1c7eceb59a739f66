"""What the requests of the pages work on, and the news for pages that listen."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distill_live.errors import CommandError
from distill_train.studio import folders, models, settings
from distill_train.studio.comparison import Comparisons
from distill_train.studio.instrument import Instrument
from distill_train.studio.renders import Renders
from distill_train.studio.runs import Runs


@dataclass(eq=False)
class Session:
    """From the start of the studio to its end: processes that it started, and a token.

    Attributes
    ----------
    instrument
        The instrument that the studio starts.
    runs, renders, comparisons
        What was started, and what is found.
    token
        Token of this start.
    listeners
        Number of pages that listen to news.
    """

    instrument: Instrument
    runs: Runs = field(default_factory=Runs)
    renders: Renders = field(default_factory=Renders)
    comparisons: Comparisons = field(default_factory=Comparisons)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    listeners: int = 0

    def run_folders(self) -> dict[str, Path]:
        """Folders of runs by id."""
        return self.runs.find(folders.open_folders().values())

    def find_run(self, run_id: str) -> Path:
        """Folder of a run.

        Raises
        ------
        CommandError
            If there is none.
        """
        folder = self.run_folders().get(run_id)
        if folder is None:
            raise CommandError("there is no such run; its folder may have been moved")
        return folder

    def state(self) -> dict[str, Any]:
        """Folders, runs, models, renders, choices between models, and the instrument that plays."""
        known = folders.open_folders()
        runs = [self.runs.describe(path) for path in self.runs.find(known.values()).values()]
        by_path = {str(path.resolve()): folder_id for folder_id, path in known.items()}
        for run in runs:
            run["folder"] = by_path.get(run["folder"])
        return {
            "folders": [
                {
                    "id": folder_id,
                    "name": path.name,
                    "path": str(path),
                    "own": path.parent == folders.recordings_folder(),  # it is always open
                }
                for folder_id, path in known.items()
            ],
            "runs": runs,
            "models": models.list_models(),
            "jobs": self.renders.list_jobs(),
            "choices": settings.read()["choices"],
            "live": self.instrument.playing(),
        }


class Feed:
    """News for one page.

    Parameters
    ----------
    session
        Session of the studio.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._state: dict[str, Any] | None = None
        self._counts: dict[str, int] = {}

    def news(self) -> list[tuple[str, Any]]:
        """Events since the last call, each with its data; of steps only the newest of each run."""
        found: list[tuple[str, Any]] = []
        for run_id, folder in self._session.run_folders().items():
            events, count = self._session.runs.events_after(folder, self._counts.get(run_id, -1))
            if run_id in self._counts:
                steps = [one for one in events if one["event"] == "StepMetrics"][:-1]
                kept = [one for one in events if not any(one is step for step in steps)]
                found += [("run", {"run": run_id, "event": event}) for event in kept]
            self._counts[run_id] = count
        state = self._session.state()
        if state != self._state:
            self._state = state
            found.append(("state", state))
        return found
