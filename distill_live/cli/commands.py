"""All commands of `distill-live`; importing a module registers its commands on `app`."""

from distill_live.cli import addresses, check, devices, gestures, midi, models, play, render, replay  # noqa: F401
from distill_live.cli.app import app

__all__ = ["app"]
