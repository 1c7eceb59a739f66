"""Presets and gestures of a model, in the user's folder."""

import logging

from distill_live.errors import CommandError
from distill_live.gestures import GestureStore
from distill_live.ipc.protocol import ModelDescription
from distill_live.library import user_folder
from distill_live.presets import PresetStore

logger = logging.getLogger("distill_live.live")


def stores_of(model: ModelDescription) -> tuple[PresetStore, GestureStore]:
    """The presets and gestures of a model."""
    of, folder = (model.name, model.fingerprint, logger.warning), user_folder()
    return PresetStore(folder / "presets", *of), GestureStore(folder / "gestures", *of)


def check_stores(model: ModelDescription) -> None:
    """Read a model's presets and gestures, so that damaged files are reported before the show."""
    presets, gestures = stores_of(model)
    for name, read in (("Presets", presets.names), ("Gesture", gestures.lengths)):
        try:
            read()
        except CommandError as error:
            logger.warning("%s %s.", name, error)
