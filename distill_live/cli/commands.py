"""All commands of `distill-live`; importing a module registers its commands on `app`."""

from distill_live.cli import addresses, check, devices, gestures, midi, models, play, render, replay
from distill_live.cli.app import app

__all__ = [
    "addresses",
    "app",
    "check",
    "devices",
    "gestures",
    "midi",
    "models",
    "play",
    "render",
    "replay",
]
