"""The one table of addresses: what can be said to the instrument, in which units and ranges.

Parsing, clipping, replies, the engine's defaults, the reference page and the checks of the patches
all read `TABLE`, so nothing of it is written twice. `instantiate` makes of it the exact dictionary
of one model, and `coerce` turns what arrived into values that the engine may trust.
"""

from distill_live.addresses.coercion import Coerced, coerce, parse_setting, unknown_address
from distill_live.addresses.command import Command
from distill_live.addresses.instance import instantiate, latent_path
from distill_live.addresses.replies import REPLIES, Reply
from distill_live.addresses.schema import Address, Argument, Subject, Value, Values
from distill_live.addresses.table import (
    AXIS_NAME,
    IDLE_DRIFT,
    INTERNAL,
    LASTING,
    MACROS,
    MAX_CHANNELS,
    MAX_SEED,
    PREFIX,
    RESERVED_AXIS_NAMES,
    SLOTS,
    TABLE,
    Curve,
    subject,
)

__all__ = [
    "AXIS_NAME",
    "IDLE_DRIFT",
    "INTERNAL",
    "LASTING",
    "MACROS",
    "MAX_CHANNELS",
    "MAX_SEED",
    "PREFIX",
    "REPLIES",
    "RESERVED_AXIS_NAMES",
    "SLOTS",
    "TABLE",
    "Address",
    "Argument",
    "Coerced",
    "Command",
    "Curve",
    "Reply",
    "Subject",
    "Value",
    "Values",
    "coerce",
    "instantiate",
    "latent_path",
    "parse_setting",
    "subject",
    "unknown_address",
]
