"""Run `distill-live` in a process, with a user folder of the test's own."""

import os
import subprocess
import sys
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
            stdout=subprocess.PIPE,
            encoding="utf-8",
            **{"stderr": subprocess.PIPE, **options},
        )

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
