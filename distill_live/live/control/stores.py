"""The presets and the gestures of a model, in the user's folder."""

import asyncio
from collections.abc import Callable

from distill_live.errors import CommandError
from distill_live.gestures import GestureStore
from distill_live.library import user_folder
from distill_live.live.control.model_controller import Description
from distill_live.presets import PresetStore


class Stores:
    """Opens a model's stores, within the running asyncio loop.

    Parameters
    ----------
    warn
        Takes lines for the terminal, within that loop, also where a store works in a thread.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn

    def of(self, model: Description) -> tuple[PresetStore, GestureStore]:
        """Open the presets and the gestures of a model."""
        loop = asyncio.get_running_loop()

        def report(line: str) -> None:
            loop.call_soon_threadsafe(self._warn, line)

        of, folder = (model["name"], model["fingerprint"], report), user_folder()
        return PresetStore(folder / "presets", *of), GestureStore(folder / "gestures", *of)

    def check(self, model: Description) -> None:
        """Report damaged files at the start instead of on first use."""
        presets, gestures = self.of(model)
        for kind, read in (("Presets", presets.names), ("Gesture", gestures.lengths)):
            try:
                read()
            except CommandError as error:
                self._warn(f"{kind} {error}.")
