"""The performer's own mapping: a TOML file, read strictly, and written so that comments stay.

A control that is learnt is a block at the file's end. Of an older block of the same control nothing
but its comments stays; all other lines are as they were, which no TOML writer is needed for.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distill_live.errors import ConfigurationError
from distill_live.files import atomic_write, printable, reason_of
from distill_live.library import user_folder
from distill_live.midi.bindings import Binding, Key, usual_bindings
from distill_live.midi.controls import parse_control
from distill_live.toml import parse_toml, read_text

MOST_BLOCKS = 1000

HEADER = """\
# What MIDI controls move. `distill-live midi learn ADDRESS` adds to it; comments stay.
#
# [[map]]
# control = "cc 16"           # cc N, note N, program N, bend, pressure, notes, programs
# address = "axis/brightness" # an address of one value; axis/#1 is the model's first axis
# channel = 1                 # 1 to 16; all, if left out
# range = [-1.0, 1.0]         # the ends of the control; may run backwards
# mode = "14-bit"             # cc: 7-bit, 14-bit, relative, offset; note: hold, toggle, velocity
# pickup = false              # true: it takes hold only where it passes the value
# values = ["dawn", 4.0]      # what a press says, as to preset/recall
# first = 36                  # of notes and programs: which one stands for 0
#
# defaults = false            # at the top of the file: without the usual controls

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
    """What is in a file.

    Attributes
    ----------
    own : tuple of Binding
        In the file's order, each control and channel once.
    defaults : bool
        Whether the usual controls play beside them.
    """

    own: tuple[Binding, ...] = ()
    defaults: bool = True

    @property
    def bindings(self) -> Mapping[Key, Binding]:
        """All that play: the file's own go before the usual ones."""
        usual = usual_bindings() if self.defaults else {}
        return {**usual, **{binding.key: binding for binding in self.own}}


def usual_path() -> Path:
    """Where the mapping lies that is taken where none is named."""
    return user_folder() / "midi.toml"


def read_mapping(path: Path | None) -> MappingFile:
    """The mapping of a file.

    Parameters
    ----------
    path
        None for the user's own, which need not be there.

    Raises
    ------
    ConfigurationError
        If it cannot be read, or something is wrong in it; the message names the line.
    """
    file = path or usual_path()
    try:
        return parse_mapping(read_text(file))
    except FileNotFoundError:
        if path is None:
            return MappingFile()
        raise ConfigurationError(
            f"no mapping at {printable(file)}; 'distill-live midi learn' makes one"
        ) from None
    except OSError as error:
        reason = reason_of(error)
        raise ConfigurationError(
            f"{printable(file)}: not read ({reason}); change its permissions, or remove it"
        ) from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{printable(file)}: {error}") from None


def parse_mapping(text: str) -> MappingFile:
    """The mapping of a file's text.

    Raises
    ------
    ConfigurationError
        If something is wrong in it; the message begins with the line, where there is one.
    """
    document = parse_toml(text)
    for key in document.keys() - {"defaults", "map"}:
        raise ConfigurationError(f"{printable(key)[:40]!r} is no key; there are: defaults, map")
    defaults, blocks = document.get("defaults", True), document.get("map", [])
    if not isinstance(defaults, bool):
        raise ConfigurationError("defaults must be true or false")
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ConfigurationError("map must be blocks that begin with [[map]]")
    if len(blocks) > MOST_BLOCKS:
        raise ConfigurationError(f"{len(blocks)} blocks; at most {MOST_BLOCKS} are read")
    places = _places(text, len(blocks))
    own: dict[Key, int] = {}
    bindings = []
    for index, block in enumerate(blocks):
        try:
            binding = _binding(block)
            if binding.key in own:
                raise ConfigurationError(
                    f"{binding.control} was mapped at {places[own[binding.key]]} already; a macro "
                    "can move several addresses"
                )
        except ConfigurationError as error:
            raise ConfigurationError(f"{places[index]}: {error}") from None
        own[binding.key] = index
        bindings.append(binding)
    return MappingFile(tuple(bindings), defaults)


def learn(path: Path | None, binding: Binding) -> Path:
    """Write a binding to a file, in the place of one of the same control, and return its path.

    Raises
    ------
    ConfigurationError
        If the file is damaged, or cannot be written.
    """
    before = read_mapping(path) if path is None or path.exists() else MappingFile()
    file = path or usual_path()
    text = file.read_text(encoding="utf-8") if file.exists() else HEADER
    after = with_binding(text, before, binding)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{printable(file.parent)} cannot be made: {error.strerror}"
        ) from None
    with atomic_write(file, ConfigurationError) as temporary:
        temporary.write_text(after, encoding="utf-8", newline="")
    return file


def with_binding(text: str, before: MappingFile, binding: Binding) -> str:
    """The text of a file with one more binding, in the place of one of the same control.

    Raises
    ------
    ConfigurationError
        If the text is such that a block cannot be told from what is around it.
    """
    kept = [own for own in before.own if own.key != binding.key]
    if len(kept) < len(before.own):
        text = _without(text, [own.key for own in before.own].index(binding.key))
    text = text.rstrip("\n") + "\n\n" if text.strip() else ""
    text += to_toml(binding)
    try:
        right = parse_mapping(text) == MappingFile((*kept, binding), before.defaults)
    except ConfigurationError:
        right = False
    if not right:
        raise ConfigurationError(
            f"the older block of {binding.control} cannot be replaced as the file is written; "
            "remove it by hand"
        )
    return text


def to_toml(binding: Binding) -> str:
    """The block of a binding."""
    lines: dict[str, object] = {
        "control": str(binding.control),
        "address": binding.address.strip("/"),
    }
    if binding.channel is not None:
        lines["channel"] = binding.channel
    if binding.mode:
        lines["mode"] = binding.mode
    if binding.range is not None:
        lines["range"] = list(binding.range)
    if binding.pickup is not None:
        lines["pickup"] = binding.pickup
    if binding.values:
        lines["values"] = list(binding.values)
    if binding.first:
        lines["first"] = binding.first
    written = "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in lines.items()
    )
    return f"[[map]]\n{written}"


def _binding(block: Mapping[str, Any]) -> Binding:
    for key, value in block.items():
        if key not in _KEYS:
            raise ConfigurationError(
                f"{printable(key)[:40]!r} is no key; there are: {', '.join(_KEYS)}"
            )
        if type(value) not in _KEYS[key]:
            raise ConfigurationError(f"{key} must be {_WORDS[_KEYS[key][0]]}")
    for key in ("control", "address"):
        if key not in block:
            raise ConfigurationError(f"{key} is missing")
    if "range" in block and not (len(block["range"]) == 2 and all(map(_is_number, block["range"]))):
        raise ConfigurationError("range must be two numbers, as [0.0, 1.0]")
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
        raise ConfigurationError("range holds a number that is too large") from None


def _places(text: str, count: int) -> list[str]:
    """Where each block begins, in words."""
    lines = [text.count("\n", 0, found.start()) + 1 for found in _BLOCK.finditer(text)]
    if len(lines) != count:  # it is written in another way that TOML has
        return [f"block {index}" for index in range(1, count + 1)]
    return [f"line {line}" for line in lines]


def _without(text: str, index: int) -> str:
    """The text without a block, but with the comments in it."""
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
