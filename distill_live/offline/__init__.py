"""Offline rendering to sound files, each with a comment from which it can be rendered again."""

from distill_live.offline.formats import FORMATS, SoundFormat, choose_format
from distill_live.offline.plan import Origin, Plan
from distill_live.offline.render import render, write_sound
from distill_live.offline.writer import comment_of

__all__ = [
    "FORMATS",
    "Origin",
    "Plan",
    "SoundFormat",
    "choose_format",
    "comment_of",
    "render",
    "write_sound",
]
