"""Streaming synthesis of band power and frequency in numpy, frame by frame.

`Synthesizer` is the streaming form; `synthesize` converts whole arrays.
"""

from distill_live.synthesis.shift import Shift
from distill_live.synthesis.stream import Synthesizer, synthesize

__all__ = ["Shift", "Synthesizer", "synthesize"]
