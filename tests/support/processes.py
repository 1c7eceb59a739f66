"""Processes on every system: list children, kill, suspend, resume."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys

if sys.platform == "win32":
    import psutil

    WINE = hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")
    """Whether this Windows is Wine."""

    KILLED = f"status {int(signal.SIGTERM)}"
    """How the instrument names the ending of a process that was killed."""

    def kill(pid: int) -> None:
        """End a process at once."""
        psutil.Process(pid).kill()

    def suspend(pid: int) -> None:
        """Have a process do nothing until it is resumed."""
        psutil.Process(pid).suspend()

    def resume(pid: int) -> None:
        """Have a suspended process go on."""
        psutil.Process(pid).resume()

    def alive(pid: int) -> bool:
        """Whether there is such a process."""
        return psutil.pid_exists(pid)

    def children_of(pid: int) -> dict[int, str]:
        """Command lines of a process' children; those of a launcher are its own."""
        commands: dict[int, str] = {}
        for child in psutil.Process(pid).children(recursive=True):
            # One that ends meanwhile has none; Wine says so in more ways than psutil knows.
            with contextlib.suppress(psutil.Error, OSError):
                commands[child.pid] = " ".join(child.cmdline())
        return commands

else:
    WINE = False
    KILLED = "SIGKILL"

    def kill(pid: int) -> None:
        os.kill(pid, signal.SIGKILL)

    def suspend(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)

    def resume(pid: int) -> None:
        os.kill(pid, signal.SIGCONT)

    def alive(pid: int) -> bool:
        listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True)
        return bool(listed.stdout.strip()) and not listed.stdout.startswith(b"Z")

    def children_of(pid: int) -> dict[int, str]:
        table = subprocess.run(["ps", "-axwwo", "pid,ppid,args"], capture_output=True, text=True)
        rows = [line.split(None, 2) for line in table.stdout.splitlines()]
        return {int(row[0]): row[2] for row in rows if row[1] == str(pid)}


def user_folders(folder: os.PathLike[str] | str) -> dict[str, str]:
    """Environment in which the user's data, settings, music and home are below a folder."""
    names = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_MUSIC_DIR")
    windows = ("WIN_PD_OVERRIDE_LOCAL_APPDATA", "WIN_PD_OVERRIDE_MYMUSIC")
    return dict.fromkeys((*names, *windows), str(folder))
