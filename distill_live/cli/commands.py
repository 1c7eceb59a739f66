"""All commands of `distill-live`: to import one is to hang it on `app`."""

from distill_live.cli import addresses, check, gestures, midi, models, play, render, replay
from distill_live.cli.app import app

__all__ = ["addresses", "app", "check", "gestures", "midi", "models", "play", "render", "replay"]
