"""Distill Live: an instrument made from a musician's own recordings."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distill_live.addresses import Command
    from distill_live.engine import Engine
    from distill_live.errors import DistillError
    from distill_live.instrument import LiveInstrument, Model, load_model, play

__version__ = "0.2.0"

__all__ = [
    "Command",
    "DistillError",
    "Engine",
    "LiveInstrument",
    "Model",
    "__version__",
    "load_model",
    "play",
]

_MODULES = {
    "Command": "distill_live.addresses",
    "DistillError": "distill_live.errors",
    "Engine": "distill_live.engine",
    "LiveInstrument": "distill_live.instrument",
    "Model": "distill_live.instrument",
    "load_model": "distill_live.instrument",
    "play": "distill_live.instrument",
}
"""Module of each exported name; imported when the name is first used."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
