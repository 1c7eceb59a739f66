"""Address table: OSC addresses with their arguments, ranges, units and replies; commands.

Parsing, clipping, replies, the engine's defaults, the reference page and the checks of the patches
all read `TABLE`. `instantiate` expands it for one model, `coerce` validates arguments.
"""

from distill_live.addresses.coercion import (
    clipped_value,
    coerce,
    parse_setting,
    unknown_address,
)
from distill_live.addresses.command import Command
from distill_live.addresses.instance import instantiate, latent_path, leaves
from distill_live.addresses.replies import REPLIES, Reply
from distill_live.addresses.schema import Address, Argument, Subject, Value, Values
from distill_live.addresses.table import (
    AXIS_MEANINGS,
    AXIS_NAME,
    CEILING,
    IDLE_MOTION,
    INPUT_FEATURES,
    INTERNAL,
    KEY_MODES,
    LASTING,
    LEAVES,
    MACROS,
    MAX_CHANNELS,
    MAX_ECONOMY,
    MAX_SEED,
    MAX_VOICES,
    NOTE_SHAPES,
    NOTES,
    PREFIX,
    RESERVED_AXIS_NAMES,
    SLOTS,
    TABLE,
    WITHDRAWS,
    Curve,
    subject,
)

__all__ = [
    "AXIS_MEANINGS",
    "AXIS_NAME",
    "CEILING",
    "IDLE_MOTION",
    "INPUT_FEATURES",
    "INTERNAL",
    "KEY_MODES",
    "LASTING",
    "LEAVES",
    "MACROS",
    "MAX_CHANNELS",
    "MAX_ECONOMY",
    "MAX_SEED",
    "MAX_VOICES",
    "NOTES",
    "NOTE_SHAPES",
    "PREFIX",
    "REPLIES",
    "RESERVED_AXIS_NAMES",
    "SLOTS",
    "TABLE",
    "WITHDRAWS",
    "Address",
    "Argument",
    "Command",
    "Curve",
    "Reply",
    "Subject",
    "Value",
    "Values",
    "clipped_value",
    "coerce",
    "instantiate",
    "latent_path",
    "leaves",
    "parse_setting",
    "subject",
    "unknown_address",
]
