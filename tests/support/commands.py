"""Run `distill-live` in a process, with a user folder of the test's own."""

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from support.instrument import PATIENCE_S
from support.processes import user_folders


class Commands:
    """Runs commands in a folder; the user's own data lie in ``user`` below it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | user_folders(folder / "user") | {"COLUMNS": "100"}

    @property
    def user_models(self) -> Path:
        """Where imported models lie."""
        return self.folder / "user" / "distill-live" / "models"

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Start a command; its output can be read."""
        return subprocess.Popen(
            [sys.executable, "-m", "distill_live", *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            encoding="utf-8",
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )

    def show(self, *words: str) -> list[str]:
        """Rows that a terminal shows while a command runs to its end, those too that it erases."""
        import pty

        ours, theirs = pty.openpty()
        self.environment["TERM"] = "xterm"
        process = self.start(*words, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # of a terminal that the other side has left
            while part := os.read(ours, 4096):
                shown += part
        os.close(ours)
        process.communicate()
        rows = re.split(r"\x1b\[2K|\n", shown.decode())
        return [re.sub(r"\x1b\[[?\d;]*[A-Za-z]|\r", "", row) for row in rows]

    def run(self, *words: str, status: int = 0, answer: str = "") -> str:
        """What a command says on standard output, or on standard error if it is to fail."""
        process = self.start(*words)
        said, error = process.communicate(answer)
        assert process.returncode == status, (said, error)
        assert "Traceback" not in error
        return error if status else said


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run `distill-live` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "distill_live", *words],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
    )


def assert_refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Assert that it failed with one line on standard error that contains these words."""
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("distill-live: ")
    assert "Traceback" not in done.stdout + done.stderr
    for word in words:
        assert word in done.stderr
