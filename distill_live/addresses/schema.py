"""Types of the address table: addresses, arguments, values."""

from dataclasses import dataclass, field
from math import inf
from typing import Literal

Value = float | int | str
Values = tuple[Value, ...]

Subject = tuple[Value, ...]
"""What a command sets: its path and its first `Address.keys` arguments."""

Kind = Literal["f", "i", "s"]
Access = Literal["value", "action", "command"]
Owner = Literal["engine", "control"]
Stored = Literal["", "preset", "gesture", "model"]
Expansion = Literal["", "arguments", "dimensions", "axes", "macros", "targets", "landmarks"]

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an address.

    Parameters
    ----------
    name
        Name in the documentation.
    kind
        ``f`` float, ``i`` 32-bit integer, ``s`` string, as replies have it. Any OSC number is
        accepted for ``f``, and any number without a fraction for ``i``.
    low, high
        Range, both ends included; finite, except for a string, which has none.
    choices
        Values of a string; empty for any. ``/distill`` and slashes around it are ignored.
    stored
        What the string names, where it must exist; its choices change while the instrument runs.
    unit
        Abbreviation (``s``, ``dB``), or empty.
    default
        Value of a new engine; None for an optional argument, which then is absent.
    optional
        Whether it may be absent; only a first or last argument may.
    """

    name: str
    kind: Kind
    low: float = -inf
    high: float = inf
    unit: str = ""
    default: Value | None = None
    optional: bool = False
    choices: tuple[str, ...] = ()
    stored: Stored = ""


@dataclass(frozen=True, slots=True)
class Address:
    """An entry of the address table.

    Parameters
    ----------
    path
        Without ``/distill``. In `TABLE` a path may hold a ``<placeholder>``.
    arguments
        In order.
    access
        ``value``: set with arguments, read without (a get). ``action``: any arguments or none;
        zeros alone (a button's release) do nothing. ``command``: its arguments, and no get.
    description
        One sentence for the reference page.
    owner
        The process that handles it.
    continuous
        Whether only the newest value counts, as of a fader. Such a command is fed back to
        subscribers as a value is.
    clip
        Whether floats out of range are clipped; otherwise they are refused, as integers always
        are.
    expands
        What `instantiate` expands: ``arguments``, one per latent dimension; the address, for each
        of the ``dimensions``, ``axes`` or ``macros``; the choices of a mapping's ``targets``; the
        number of ``landmarks``.
    keys
        Number of a command's first arguments that belong to its `Subject`: a newer command with
        the same subject replaces it.
    local
        Whether only clients on this computer may send it.
    asks
        Whether it is answered at once, whatever the time of its bundle, since it changes no
        sound. Other addresses of control take effect in their place in a bundle.
    quantised
        Whether it waits for the beat of ``/clock/quantise``.
    replaces
        Whether it undoes an older command with its subject in the same hop, which is left out then
        as one of a continuous address is.
    leaf_of
        Path of the address that this is another name of; empty for none.

    Attributes
    ----------
    least : int
        Minimum number of arguments.
    """

    path: str
    arguments: tuple[Argument, ...]
    access: Access
    description: str
    owner: Owner = "engine"
    continuous: bool = False
    clip: bool = False
    expands: Expansion = ""
    keys: int = 0
    local: bool = False
    asks: bool = False
    quantised: bool = False
    replaces: bool = False
    leaf_of: str = ""
    least: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "least", len(self.signature))  # looked up with each message

    @property
    def main_path(self) -> str:
        """Path under which commands and values name it."""
        return self.leaf_of or self.path

    @property
    def signature(self) -> str:
        """OSC type tags of the value as replies carry it: required arguments only."""
        return "".join(argument.kind for argument in self.arguments if not argument.optional)

    @property
    def default(self) -> Values:
        """Value of a new engine; empty if there is none."""
        return tuple(a.default for a in self.arguments if a.default is not None)
