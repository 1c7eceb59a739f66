"""Renders: processes of `distill-live render` that write into ``renders`` in the user's folder."""

import subprocess
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from distill_live.errors import CommandError, ConfigurationError
from distill_live.files import printable
from distill_live.library import user_folder
from distill_live.offline.arguments import GESTURE_PREFIX, GESTURE_SUFFIX
from distill_live.offline.formats import FORMATS
from distill_live.user_files import make_folder
from distill_train.studio.folders import file_below
from distill_train.studio.processes import last_line, start_detached

MAX_SECONDS = 3600.0
MAX_RUNNING = 4
"""Maximum number of renders at a time."""

MAX_LISTED = 200


def renders_folder() -> Path:
    """Folder of the rendered files."""
    return user_folder() / "renders"


def find(name: str) -> Path:
    """Rendered file of a name.

    Raises
    ------
    CommandError
        If there is none.
    """
    return file_below(renders_folder(), name, Path.is_file)


@dataclass(frozen=True, eq=False)
class _Job:
    process: "subprocess.Popen[bytes]"
    log: IO[bytes]


class Renders:
    """Rendered files, and renders that were started here."""

    def __init__(self) -> None:
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.Lock()

    def start(
        self,
        model: Path,
        *,
        motion: Mapping[str, str],
        seconds: float = 10.0,
        suffix: str = ".wav",
        seed: int = 0,
    ) -> str:
        """Start a render, and return the name of its file.

        Parameters
        ----------
        model
            File of the model.
        motion
            Options ``path`` and ``preset`` of the command; a path is no file.
        seconds, suffix, seed
            Length, format and random seed.

        Raises
        ------
        ConfigurationError
            If a value is out of range, or too many renders run.
        """
        if not 0.1 <= seconds <= MAX_SECONDS:
            raise ConfigurationError(f"seconds is {seconds:g}; it must be 0.1 to {MAX_SECONDS:g}")
        if suffix not in FORMATS:
            raise ConfigurationError(
                f"the format is {printable(suffix)[:20]}; it must be one of {', '.join(FORMATS)}"
            )
        path = motion.get("path", "")
        if path.lower().endswith(GESTURE_SUFFIX) and not path.startswith(GESTURE_PREFIX):
            raise ConfigurationError("the path is a file; import the gesture, and give its name")
        with self._lock:
            running = sum(job.process.poll() is None for job in self._jobs.values())
            if running >= MAX_RUNNING:
                raise ConfigurationError(
                    f"{running} renders run; the maximum is {MAX_RUNNING}: wait for one"
                )
            make_folder(renders_folder())
            out = self._free(f"{model.stem} {path or motion.get('preset', '')}".strip(), suffix)
            options = [f"--{key}={value}" for key, value in motion.items() if value]
            options += [f"--model={model}", f"--seconds={seconds!r}", f"--seed={seed}"]
            log = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the job)
            process = start_detached("distill_live", ["render", f"--out={out}", *options], log)
            self._jobs[out.name] = _Job(process, log)
            return out.name

    def list_jobs(self) -> list[dict[str, Any]]:
        """Renders, the newest first: name, state (running, done, failed), bytes, time and error."""
        with self._lock:
            jobs = dict(self._jobs)
        found: list[dict[str, Any]] = []
        for name, job in jobs.items():
            status = job.process.poll()
            if status is None:
                found.append({"id": name, "name": name, "state": "running"})
            elif status:
                found.append(
                    {"id": name, "name": name, "state": "failed", "error": last_line(job.log)}
                )
        files: list[tuple[float, str, int]] = []
        with suppress(OSError):
            files += [
                (file.stat().st_mtime, file.name, file.stat().st_size)
                for file in renders_folder().iterdir()
                if file.suffix in FORMATS and file.is_file() and file.name[0] != "."
            ]
        known = {job["name"] for job in found}
        found += [
            {"id": name, "name": name, "state": "done", "bytes": size, "time": changed_s}
            for changed_s, name, size in sorted(files, reverse=True)[:MAX_LISTED]
            if name not in known
        ]
        return found

    def remove(self, name: str) -> None:
        """Stop a render, or delete its file, and forget it.

        Raises
        ------
        CommandError
            If there is none.
        """
        with self._lock:
            job = self._jobs.pop(name, None)
            if job is not None:
                if job.process.poll() is None:
                    job.process.terminate()  # it removes its temporary file
                    job.process.wait()
                job.log.close()
                if job.process.returncode:
                    return
        try:
            find(name).unlink()
        except OSError as error:
            raise CommandError(f"{printable(name)} is not removed ({error.strerror})") from error

    def _free(self, title: str, suffix: str) -> Path:
        title = "".join("-" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in title)[:80]
        number = 1
        while True:
            name = f"{title}{f' {number}' if number > 1 else ''}{suffix}"
            if name not in self._jobs and not (renders_folder() / name).exists():
                return renders_folder() / name
            number += 1
