"""Read the MIDI mapping file (TOML) strictly, and add bindings without touching other lines.

A new binding is a block at the file's end. An older block of the same control is removed, but its
comments stay. tomlkit would drop those comments, rewrite headers and has no line numbers for
messages, so the few lines are edited here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from distill_live.errors import ConfigurationError
from distill_live.files import atomic_write, folder_lock, named_refusal, printable
from distill_live.library import user_folder
from distill_live.midi.bindings import Binding, BindingKey, default_bindings
from distill_live.midi.controls import parse_control
from distill_live.midi.notes import MAX_MEMBERS
from distill_live.toml import parse_toml, read_text

MAX_BLOCKS = 1000

HEADER = """\
# MIDI mapping. `distill-live midi learn ADDRESS` adds blocks; comments stay.
#
# [[map]]
# control = "cc 16"           # cc N, nrpn N, rpn N, note N, pressure N, program N, bend, pressure,
#                             # notes, programs
# address = "axis/brightness" # an address of one value; axis/#1 is the model's first axis
# channel = 1                 # 1 to 16; all, if left out
# range = [-1.0, 1.0]         # values at the low and high end; swap them to invert the control
# mode = "14-bit"             # cc: 7-bit, 14-bit, relative, offset, sign; note: hold, toggle,
#                             # velocity
# pickup = false              # true: act only once the control has passed the current value
# values = ["dawn", 4.0]      # values sent on a press, here to preset/recall
# first = 36                  # for notes and programs: the number that sends 0
#
# At the top of the file:
# defaults = false            # no default bindings
# mpe = 15                    # an MPE controller's member channels, if it does not configure them

"""

_BLOCK = re.compile(r"^[ \t]*\[\[[ \t]*map[ \t]*\]\]", re.MULTILINE)
_KEYS: Mapping[str, tuple[type, ...]] = {
    "control": (str,),
    "address": (str,),
    "channel": (int,),
    "range": (list,),
    "mode": (str,),
    "pickup": (bool,),
    "values": (list,),
    "first": (int,),
}
_WORDS = {str: "text", int: "a whole number", list: "a list", bool: "true or false"}


@dataclass(frozen=True)
class MappingFile:
    """Content of a mapping file.

    Attributes
    ----------
    own : tuple of Binding
        Bindings in the file's order; each control and channel once.
    defaults : bool
        Whether the default bindings apply too.
    mpe : int
        Member channels of MPE controllers that do not configure them, 0 to 15.
    """

    own: tuple[Binding, ...] = ()
    defaults: bool = True
    mpe: int = 0

    @property
    def bindings(self) -> Mapping[BindingKey, Binding]:
        """All active bindings; the file's own override the default ones."""
        defaults = default_bindings() if self.defaults else {}
        return {**defaults, **{binding.key: binding for binding in self.own}}


def default_path() -> Path:
    """Path of the user's own mapping file."""
    return user_folder() / "midi.toml"


def read_mapping(path: Path | None) -> MappingFile:
    """Read a mapping file.

    Parameters
    ----------
    path
        None for the user's own, which need not exist.

    Raises
    ------
    ConfigurationError
        If the file cannot be read or has an error; the message names the line.
    """
    file = path or default_path()
    remedy = "change its permissions, or remove it"
    with named_refusal(ConfigurationError, file, "not read", remedy):
        try:
            return parse_mapping(read_text(file))
        except FileNotFoundError:
            if path is None:
                return MappingFile()
            raise ConfigurationError(
                f"no mapping at {printable(file)}; 'distill-live midi learn' creates one"
            ) from None
        except ConfigurationError as error:
            raise ConfigurationError(f"{printable(file)}: {error}") from None


def parse_mapping(text: str) -> MappingFile:
    """Parse the text of a mapping file.

    Raises
    ------
    ConfigurationError
        If the text has an error; the message begins with the line where possible.
    """
    document = parse_toml(text)
    for key in document.keys() - {"defaults", "mpe", "map"}:
        raise ConfigurationError(
            f"unknown key {printable(key)[:40]!r}; known are defaults, mpe and map"
        )
    defaults, blocks = document.get("defaults", True), document.get("map", [])
    mpe = document.get("mpe", 0)
    if not isinstance(defaults, bool):
        raise ConfigurationError("defaults must be true or false")
    if type(mpe) is not int or not 0 <= mpe <= MAX_MEMBERS:
        raise ConfigurationError(f"mpe must be a whole number from 0 to {MAX_MEMBERS}")
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ConfigurationError("map must be blocks that begin with [[map]]")
    if len(blocks) > MAX_BLOCKS:
        raise ConfigurationError(f"{len(blocks)} blocks; the maximum is {MAX_BLOCKS}")
    places = _places(text, len(blocks))
    own: dict[BindingKey, int] = {}
    bindings = []
    for index, block in enumerate(blocks):
        try:
            binding = _binding(block)
            if binding.key in own:
                raise ConfigurationError(
                    f"{binding.control} is already mapped at {places[own[binding.key]]}; use "
                    "a macro to move several addresses"
                )
        except ConfigurationError as error:
            raise ConfigurationError(f"{places[index]}: {error}") from None
        own[binding.key] = index
        bindings.append(binding)
    return MappingFile(tuple(bindings), defaults, mpe)


def add_binding(path: Path | None, binding: Binding) -> Path:
    """Add a binding to a file, replacing one of the same control; return the file's path.

    Raises
    ------
    ConfigurationError
        If the file has an error or cannot be written.
    """
    file = path or default_path()
    with folder_lock(file.parent, ConfigurationError):
        before, text = MappingFile(), HEADER
        if file.exists():
            before, text = read_mapping(file), read_text(file)
        after = with_binding(text, before, binding)
        with atomic_write(file, ConfigurationError) as temporary:
            temporary.write_text(after, encoding="utf-8", newline="")
    return file


def with_binding(text: str, before: MappingFile, binding: Binding) -> str:
    """Add a binding to the text of a file, replacing one of the same control.

    Raises
    ------
    ConfigurationError
        If the older block cannot be identified line by line.
    """
    kept = [own for own in before.own if own.key != binding.key]
    if len(kept) < len(before.own):
        text = _without(text, [own.key for own in before.own].index(binding.key))
    text = text.rstrip("\n") + "\n\n" if text.strip() else ""
    text += to_toml(binding)
    try:
        correct = parse_mapping(text) == replace(before, own=(*kept, binding))
    except ConfigurationError:
        correct = False
    if not correct:
        raise ConfigurationError(
            f"the older block of {binding.control} cannot be replaced automatically; remove it by "
            "hand"
        )
    return text


def to_toml(binding: Binding) -> str:
    """Format a binding as a block."""
    members = {
        "control": str(binding.control),
        "address": binding.address.strip("/"),
        "channel": binding.channel,
        "mode": binding.mode or None,
        "range": binding.range,
        "pickup": binding.pickup,
        "values": binding.values or None,
        "first": binding.first or None,
    }
    written = "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in members.items()
        if value is not None
    )
    return f"[[map]]\n{written}"


def _binding(block: Mapping[str, Any]) -> Binding:
    for key, value in block.items():
        if key not in _KEYS:
            raise ConfigurationError(
                f"unknown key {printable(key)[:40]!r}; known are {', '.join(_KEYS)}"
            )
        if type(value) not in _KEYS[key]:
            raise ConfigurationError(f"{key} must be {_WORDS[_KEYS[key][0]]}")
    for key in ("control", "address"):
        if key not in block:
            raise ConfigurationError(f"{key} is missing")
    if "range" in block and not (len(block["range"]) == 2 and all(map(_is_number, block["range"]))):
        raise ConfigurationError("range must be two numbers, such as [0.0, 1.0]")
    if not all(_is_number(value) or type(value) is str for value in block.get("values", ())):
        raise ConfigurationError("values must be numbers and text")
    checked = dict(block) | {"control": parse_control(block["control"])}
    if "range" in block:
        checked["range"] = _floats(block["range"])
    if "values" in block:
        checked["values"] = tuple(block["values"])
    return Binding(**checked)


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


def _floats(numbers: list[float]) -> tuple[float, ...]:
    try:
        return tuple(map(float, numbers))
    except OverflowError:
        raise ConfigurationError("range contains a number that is too large") from None


def _places(text: str, count: int) -> list[str]:
    """Position of each block in words: its line, or its number where lines are ambiguous."""
    lines = [text.count("\n", 0, found.start()) + 1 for found in _BLOCK.finditer(text)]
    if len(lines) != count:  # inline arrays and quoted keys are TOML too
        return [f"block {index}" for index in range(1, count + 1)]
    return [f"line {line}" for line in lines]


def _without(text: str, index: int) -> str:
    """Remove a block from the text, except its comments."""
    lines = text.splitlines(keepends=True)
    begins = [number for number, line in enumerate(lines) if _BLOCK.match(line)]
    if index >= len(begins):
        return text
    start = begins[index]
    stop = next(
        (n for n in range(start + 1, len(lines)) if lines[n].lstrip().startswith("[")), len(lines)
    )
    kept = [line for line in lines[start:stop] if not line.strip() or line.lstrip().startswith("#")]
    return "".join(lines[:start] + kept + lines[stop:])
