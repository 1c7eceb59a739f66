"""Start this package's commands as processes that outlive the studio."""

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from distill_train.studio.folders import open_unlinked

MAX_LINE = 500
"""Maximum length of a line that is shown of a process' output."""


def start_detached(
    module: str, arguments: Sequence[str], log: IO[bytes]
) -> "subprocess.Popen[bytes]":
    """Start ``python -m module`` in a session of its own, without input.

    Parameters
    ----------
    module, arguments
        Module and its command line.
    log
        File for its output.
    """
    # -P: a file in the working directory must not pass for a module.
    return subprocess.Popen(  # noqa: S603  (this interpreter, no shell)
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
        env={**os.environ, "COLUMNS": "1000"},
    )


def interrupt(pid: int) -> None:
    """Interrupt a process, as Ctrl-C does."""
    os.kill(pid, getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))


def has_open(pid: int, path: Path) -> bool:
    """Whether a process has a file open; true on systems without ``/proc``, which do not tell."""
    try:
        opened = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # it has ended, or is another user's
        return not Path("/proc/self/fd").is_dir()
    for file in opened:
        with suppress(OSError):
            if file.samefile(path):
                return True
    return False


def last_line(log: Path | IO[bytes]) -> str:
    """Last line of a process' output, without the program's name; empty if there is none."""
    try:
        if isinstance(log, Path):
            with open_unlinked(log, "rb") as file:
                return last_line(file)
        size = log.seek(0, os.SEEK_END)
        log.seek(max(0, size - 4 * MAX_LINE))
        lines = deque(filter(None, (line.strip() for line in log.read().splitlines())), maxlen=1)
    except OSError:
        return ""
    text = lines[0].decode("utf-8", "replace")[:MAX_LINE] if lines else ""
    return text.removeprefix("distill-train: ").removeprefix("distill-live: ")
