"""Examine a model file, and decode once, in a process of its own.

The sound cannot suffer from what is wrong with the file. The result is `Examined` or `Failed`.
"""

from pathlib import Path

import numpy as np

from distill_live.bundle import examine_bundle
from distill_live.engine import InlineDecoder
from distill_live.ipc.pipes import Parent
from distill_live.ipc.protocol import Examined, ProbeSettings
from distill_live.live.synthesis.model_loader import describe


def run(parent: Parent, settings: ProbeSettings) -> None:
    """Examine the file at `path`."""
    bundle, sha256 = examine_bundle(Path(settings.path))
    InlineDecoder(bundle).decode(np.zeros(bundle.latent_size))
    parent.send(Examined(sha256, describe(bundle)))
