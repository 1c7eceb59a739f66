"""Environment variables of the command lines, of the processes they start, and of onnxruntime."""

import os
from typing import Any

ENVIRONMENT = {
    # numpy's OpenBLAS waits for its own threads by spinning. In a process of real-time priority
    # they may never get a core, and two such processes stop a computer of two. One thread also
    # sums in the same order on every computer.
    "OPENBLAS_NUM_THREADS": "1",
    # onnxruntime (1.31 on) reports its use to its maker unless this is set before its import.
    "ORT_DISABLE_TELEMETRY": "1",
}


def set_environment() -> None:
    """Set the variables that the user has not set; before numpy is imported."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def load_onnxruntime() -> Any:
    """Import onnxruntime with its telemetry disabled."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", ENVIRONMENT["ORT_DISABLE_TELEMETRY"])
    import onnxruntime

    return onnxruntime
