"""Distill Live: an instrument made from a musician's own recordings."""

import os

__version__ = "0.1.0"

# onnxruntime (1.31 on) tells its maker how it is used, from a thread and a file of its own, unless
# this is said before it is imported. Nothing leaves this computer that nobody asked for.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
