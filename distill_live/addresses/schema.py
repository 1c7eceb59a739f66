"""What is known about an address and its arguments: the columns of the table."""

from dataclasses import dataclass, field
from math import inf
from typing import Literal

Value = float | int | str
Values = tuple[Value, ...]

Subject = tuple[Value, ...]
"""What something that is said is about: a path, and of a command the arguments that say so."""

Kind = Literal["f", "i", "s"]
Access = Literal["value", "action", "command"]
Owner = Literal["engine", "control"]
Expansion = Literal["", "arguments", "dimensions", "axes", "macros", "targets", "landmarks"]

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an address.

    Parameters
    ----------
    name
        A word for documentation.
    kind
        ``f`` float, ``i`` integer of 32 bits, ``s`` string: what replies carry. As input any OSC
        number serves for ``f``, and any number without a fraction for ``i``.
    low, high
        The range, both ends included; finite, but for a string, which has none.
    choices
        What a string may be, where not anything; ``/distill`` and slashes about it do no harm.
    unit
        The field's abbreviation (``s``, ``dB``), or empty.
    default
        The value of a new engine; of an optional argument None, which means that it was not sent.
    optional
        Whether it may be left out; only a first or last argument may.
    """

    name: str
    kind: Kind
    low: float = -inf
    high: float = inf
    unit: str = ""
    default: Value | None = None
    optional: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """One address and all that is known about it.

    Parameters
    ----------
    path
        Without ``/distill``. In `TABLE` a path may hold a ``<placeholder>``.
    arguments
        In order.
    access
        ``value``: set with arguments, read without (a get). ``action``: no argument, or one number
        of which 0 (a button's release) does nothing. ``command``: its arguments, and no get.
    description
        One sentence for the reference page.
    owner
        Whose it is: the engine's, or the control process' own.
    continuous
        Whether only the newest value counts, as of a fader. Subscribers are told of such a command
        as of a value.
    clip
        Whether floats beyond the range are moved to its end; otherwise they are refused, as
        integers always are.
    expands
        What a model multiplies: the arguments (``/latent``), or the address, by the latent's
        dimensions, by the axes, or by the macros; ``targets`` fills in what a macro can move,
        ``landmarks`` how many there are.
    keys
        How many of a command's first arguments say what it is about; a newer one about the same
        replaces it.
    local
        Whether only clients on this computer may say it.
    asks
        Whether it changes nothing that sounds: it is answered at once, whatever the time of its
        bundle. What is control's own and does not ask has its place in a bundle as a change has.

    Attributes
    ----------
    least : int
        Arguments that must be there.
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
    least: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "least", len(self.signature))  # looked up with each message

    @property
    def signature(self) -> str:
        """OSC type tags of the value as replies carry it: required arguments only."""
        return "".join(argument.kind for argument in self.arguments if not argument.optional)

    @property
    def default(self) -> Values:
        """The value of a new engine; empty for what has none."""
        return tuple(a.default for a in self.arguments if a.default is not None)
