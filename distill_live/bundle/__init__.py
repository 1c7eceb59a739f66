"""Read and write `.distill` files: a trained model as numbers, labels and ONNX graphs, no code.

`models/README.md` specifies the format. Everything is checked before use; writing is atomic.
"""

from distill_live.bundle.checks import plain_name
from distill_live.bundle.manifest import FORMAT_VERSION, Manifest
from distill_live.bundle.model import LANDMARK_FEATURES, Axis, Bundle, Landmark, RecordingPath
from distill_live.bundle.reader import examine_bundle, read_bundle, read_manifest
from distill_live.bundle.writer import write_bundle

__all__ = [
    "FORMAT_VERSION",
    "LANDMARK_FEATURES",
    "Axis",
    "Bundle",
    "Landmark",
    "Manifest",
    "RecordingPath",
    "examine_bundle",
    "plain_name",
    "read_bundle",
    "read_manifest",
    "write_bundle",
]
