"""Validate and convert arguments: typed, finite and in range, or refused."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from distill_live.addresses.schema import Address, Argument, Value, Values
from distill_live.addresses.table import PREFIX
from distill_live.errors import CommandError, ConfigurationError
from distill_live.files import printable

_SHOWN_CHOICES = 24
_SHOWN_CHARACTERS = 40


class Coerced(NamedTuple):
    """Typed values in range, and whether one was clipped."""

    values: Values
    clipped: bool


def coerce(address: Address, args: Sequence[object]) -> Coerced:
    """Convert arguments to the values of an address.

    Parameters
    ----------
    address
        Of `instantiate`.
    args
        Numbers of any OSC type (bools included) and strings; not empty for a value. Anything for
        an action.

    Returns
    -------
    Coerced
        Finite floats, 32-bit integers and strings in range. An action's value is ``(1,)``, or
        ``(0,)`` for zeros alone, as the release of a button sends.

    Raises
    ------
    CommandError
        With the code ``bad-count``, ``bad-type``, ``not-finite`` or ``out-of-range``.
    """
    arguments = address.arguments
    count = len(args)
    if address.access == "action":
        return Coerced((int(not count or any(map(_is_press, args))),), False)
    if count != len(arguments):
        least = address.least
        if not least <= count <= len(arguments):
            most = f" to {len(arguments)}" if least < len(arguments) else ""
            noun = "argument" if len(arguments) == 1 else "arguments"
            raise CommandError(
                f"{address.path} takes {least}{most} {noun}, not {count}", "bad-count"
            )
        if arguments[0].optional:
            arguments = arguments[len(arguments) - count :]
    values: list[Value] = []
    clipped = False
    for argument, given in zip(arguments, args, strict=False):
        if type(given) is float and argument.kind == "f" and argument.low <= given <= argument.high:
            values.append(given)  # fast path of nearly all messages
            continue
        if argument.kind == "s":
            if not isinstance(given, str):
                raise _bad_type(address, argument, given, "a string")
            if argument.choices:
                given = given.removeprefix(PREFIX).strip("/")
                if given not in argument.choices:
                    known = ", ".join(argument.choices[:_SHOWN_CHOICES])
                    raise CommandError(
                        f"{address.path}: {argument.name} is {_shown(given)}; "
                        f"there are {known}{', ...' * (len(argument.choices) > _SHOWN_CHOICES)}",
                        "not-found",
                    )
            values.append(given)
            continue
        number = _number(address, argument, given)
        if not argument.low <= number <= argument.high:
            if not address.clip or argument.kind == "i":
                raise CommandError(
                    f"{address.path}: {argument.name} is {_shown(given)}; "
                    f"it must lie in {argument.low:g} to {argument.high:g}",
                    "out-of-range",
                )
            number = argument.low if number < argument.low else argument.high
            clipped = True
        values.append(float(number) if argument.kind == "f" else int(number))
    return Coerced(tuple(values), clipped)


def clipped_value(address: Address, args: Sequence[object], values: Values) -> CommandError:
    """Error for the first of the arguments that `coerce` has clipped to `values`."""
    arguments = address.arguments
    if arguments[0].optional:
        arguments = arguments[len(arguments) - len(args) :]
    pairs = enumerate(zip(args, values, strict=True))
    index = next(n for n, (given, found) in pairs if type(found) is float and given != found)
    which = f": value {index + 1} of {len(args)}" if len(args) > 1 else ""
    limits = f"{arguments[index].low:g} to {arguments[index].high:g}"
    message = f"{address.path}{which} is {_shown(args[index])}; it must lie in {limits}"
    return CommandError(message, "out-of-range")


def _is_press(given: object) -> bool:
    return not isinstance(given, int | float) or given != 0


def _number(address: Address, argument: Argument, given: object) -> int | float:
    if not isinstance(given, int | float):
        raise _bad_type(address, argument, given, "a number")
    if isinstance(given, int):
        return given
    if not isfinite(given):
        raise CommandError(
            f"{address.path}: {argument.name} is {given}; send a finite number", "not-finite"
        )
    if argument.kind == "i" and not given.is_integer():
        raise _bad_type(address, argument, given, "a whole number")
    return given


def _bad_type(address: Address, argument: Argument, given: object, wanted: str) -> CommandError:
    return CommandError(
        f"{address.path}: {argument.name} is {_shown(given)}; send {wanted}", "bad-type"
    )


def _shown(given: object) -> str:
    text = repr(given)
    return (
        text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 4]}...{text[0]}"
    )


def unknown_address(path: str, known: str = "'distill-live addresses' lists them") -> CommandError:
    """Error for an address that a model does not have; `known` says where to find those it has."""
    return CommandError(f"{printable(path)}: no such address; {known}", "unknown-address")


def parse_setting(text: str) -> tuple[str, Values]:
    """Parse an address and its values, written as in ``/gain -6``; the prefix is optional.

    Raises
    ------
    ConfigurationError
        If it does not begin with a path.
    """
    path, *words = text.split() or [""]
    if not path.startswith("/"):
        raise ConfigurationError(f"--set {text!r}; write an address and its value, as '/gain -6'")
    return path.removeprefix(PREFIX), tuple(map(_value, words))


def _value(word: str) -> Value:
    try:
        return float(word)
    except ValueError:
        return word
