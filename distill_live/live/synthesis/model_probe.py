"""A process that looks at a model's file before synthesis does, so that no check is ever heard.

It reads and checks all of it, and has its decoder run once: what is wrong with it, this process
suffers. It ends with ``["examined", sha256, description]``, or as any process that has failed.
"""

from pathlib import Path
from typing import Any

import numpy as np

from distill_live.bundle import examine_bundle
from distill_live.engine import InlineDecoder
from distill_live.ipc.pipes import Parent
from distill_live.live.synthesis.model_loader import describe


def run(parent: Parent, settings: dict[str, Any]) -> None:
    """Examine the file at ``path``."""
    bundle, sha256 = examine_bundle(Path(settings["path"]))
    InlineDecoder(bundle).decode(np.zeros(bundle.latent_size))
    parent.send("examined", sha256, describe(bundle))
