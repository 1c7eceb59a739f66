"""Real-time engine without I/O: commands in, samples out, deterministic for the same log."""

from distill_live.addresses import Command
from distill_live.engine.decoding.decoder import (
    ChunkSwap,
    Decoder,
    InlineDecoder,
    ReplayDecoder,
    ThreadedDecoder,
)
from distill_live.engine.engine import Engine
from distill_live.engine.mixing.output import Meters

__all__ = [
    "ChunkSwap",
    "Command",
    "Decoder",
    "Engine",
    "InlineDecoder",
    "Meters",
    "ReplayDecoder",
    "ThreadedDecoder",
]
