"""Distill Live: an instrument made from a musician's own recordings."""

import os

__version__ = "0.1.0"

# onnxruntime (1.31 on) tells its maker how it is used, from a thread and a file of its own, unless
# this is said before it is imported. Nothing leaves this computer that nobody asked for.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# numpy's OpenBLAS waits for threads of its own by spinning. In a process of real-time priority they
# may never get a core, and two such processes stop a computer of two. One thread also sums in the
# same order on every computer.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
