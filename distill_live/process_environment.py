"""Environment variables of the command lines and the processes they start; onnxruntime."""

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


def onnx_session(model: bytes) -> Any:
    """Session of onnxruntime on one thread of the processor.

    Parameters
    ----------
    model
        ONNX, accepted by `distill_live.onnx_guard`.
    """
    ort = load_onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # failures are raised anyway
    return ort.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
