"""Convert gestures to CSV and back, for editing in other programs.

Columns are ``seconds,address,value1,value2,...``, with ``glide`` (seconds) before the values if
anything glides. A row with only a time sets the gesture's end. Accepted too: no header, semicolons
or tabs (with decimal commas), rows in any order, and a column for each address:
``seconds,/axis/brightness,/gain``, with empty cells for no change.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isfinite

from distill_live.addresses import PREFIX, Address, Command, Value
from distill_live.errors import CommandError
from distill_live.gestures.gesture import (
    MAX_COMMANDS,
    MAX_S,
    MIN_S,
    Gesture,
    TimedCommand,
    fit,
)

MAX_BYTES = 64 * 1024 * 1024


def to_csv(gesture: Gesture) -> str:
    """Format a gesture as CSV with a header."""
    widest = max((len(command.args) for _, command in gesture.commands), default=1)
    gliding = any(command.glide_s is not None for _, command in gesture.commands)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = [f"value{number}" for number in range(1, widest + 1)]
    writer.writerow(["seconds", "address", *["glide"] * gliding, *columns])
    for seconds, command in gesture.commands:
        writer.writerow([seconds, command.address, *[command.glide_s] * gliding, *command.args])
    writer.writerow([gesture.seconds])
    return out.getvalue()


def from_csv(data: bytes, table: Mapping[str, Address]) -> Gesture:
    """Parse a gesture from CSV.

    Parameters
    ----------
    data
        The file's content, UTF-8.
    table
        Addresses of the model, of `distill_live.addresses.instantiate`; values of faders beyond
        their range are moved to its end.

    Raises
    ------
    CommandError
        If a row is wrong, with its line's number; or all is too long or too much.
    """
    if len(data) > MAX_BYTES:
        raise CommandError(f"over {MAX_BYTES} bytes, the limit", "full")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError("not UTF-8 text; save it as CSV UTF-8") from None
    first = text.partition("\n")[0]
    delimiter = next((sign for sign in "\t;" if sign in first), ",")
    commands: list[TimedCommand] = []
    end_s = MIN_S
    for number, seconds, command in _rows(text, delimiter):
        if not 0 <= seconds <= MAX_S:
            raise CommandError(f"line {number}: {seconds:g} s; it must lie in 0 to {MAX_S:g}")
        end_s = max(end_s, seconds)
        if command is not None:
            if len(commands) == MAX_COMMANDS:
                raise CommandError(
                    f"over {MAX_COMMANDS} commands, the limit; leave some out", "full"
                )
            address = table.get(command.address)
            if not command.args and address is not None and address.signature == "s":
                command = replace(command, args=("",))  # an empty text fills no cell
            try:
                commands.append(TimedCommand(seconds, fit(table, command)))
            except CommandError as error:
                raise CommandError(f"line {number}: {error}", error.code) from None
    if not commands:
        raise CommandError("no row has a time, an address and a value; see 'gesture export'")
    return Gesture(end_s, tuple(sorted(commands, key=lambda one: one.seconds)))


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, float, Command | None]]:
    """Line number, time and command of each row; no command where a row has only a time."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    comma = delimiter != ","
    wide: list[str] = []  # one address for each column
    glides = False
    started = False
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                continue
            number = reader.line_num
            seconds = _number(cells[0], comma)
            first, started = not started, True
            if seconds is None:
                if not first:
                    raise CommandError(f"line {number}: {cells[0][:40]!r} is not a time in seconds")
                wide = [_path(cell) for cell in cells[1:]] if "/" in "".join(cells[1:2]) else []
                glides = [cell.lower() for cell in cells[2:3]] == ["glide"]
            elif wide:
                if len(cells) - 1 > len(wide):
                    raise CommandError(f"line {number}: more cells than the header")
                for path, cell in zip(wide, cells[1:], strict=False):
                    if cell:
                        yield number, seconds, Command(path, (_value(cell, comma),))
                yield number, seconds, None
            elif len(cells) == 1:
                yield number, seconds, None
            else:
                glide_s = None
                values = cells[2:]
                if glides and values:
                    glide, *values = values
                    glide_s = _number(glide, comma) if glide else None
                    if glide and glide_s is None:
                        raise CommandError(
                            f"line {number}: {glide[:40]!r} is not a glide in seconds"
                        )
                path = _path(cells[1])
                values_read = tuple(_value(cell, comma) for cell in values)
                yield number, seconds, Command(path, values_read, glide_s=glide_s)
    except csv.Error as error:
        raise CommandError(f"line {reader.line_num}: not CSV ({error})") from None


def _path(cell: str) -> str:
    return "/" + cell.removeprefix(PREFIX).strip("/")


def _number(cell: str, comma: bool) -> float | None:
    try:
        number = float(cell.replace(",", ".") if comma else cell)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _value(cell: str, comma: bool) -> Value:
    if re.fullmatch(r"[+-]?\d{1,15}", cell, re.ASCII):
        return int(cell)
    number = _number(cell, comma)
    return cell if number is None else number
