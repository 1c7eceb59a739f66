"""Band power and frequency to sound: numpy, frame by frame, no queue.

`Synthesizer` is the streaming form, `synthesize` turns whole arrays into samples with it.
"""

from distill_live.synthesis.shift import Shift
from distill_live.synthesis.stream import Synthesizer, synthesize

__all__ = ["Shift", "Synthesizer", "synthesize"]
