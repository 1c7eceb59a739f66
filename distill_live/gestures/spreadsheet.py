"""A gesture as CSV, to be drawn elsewhere, and back.

The columns are ``seconds,address,value1,value2,...``; a column ``glide`` (seconds) stands before
the values where something glides. A row with a time alone says where the gesture ends. What comes
back may be without the header, with semicolons or tabs (and decimal commas then), in any order, and
in a column for each address: ``seconds,/axis/brightness,/gain``, where an empty cell says nothing.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from math import isfinite

from distill_live.addresses import PREFIX, Address, Command, Value
from distill_live.errors import CommandError
from distill_live.gestures.gesture import (
    LONGEST_S,
    MOST_STATEMENTS,
    SHORTEST_S,
    Gesture,
    TimedCommand,
    fit,
)

BYTES_LIMIT = 64 * 1024 * 1024


def to_csv(gesture: Gesture) -> str:
    """The rows, with a header."""
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
    """The gesture that rows describe.

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
    if len(data) > BYTES_LIMIT:
        raise CommandError(f"over {BYTES_LIMIT} bytes; the most are {BYTES_LIMIT}", "full")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError("it is no text in UTF-8; save it as CSV UTF-8") from None
    first = text.partition("\n")[0]
    delimiter = next((sign for sign in "\t;" if sign in first), ",")
    commands: list[TimedCommand] = []
    end_s = SHORTEST_S
    for number, seconds, command in _rows(text, delimiter):
        if not 0 <= seconds <= LONGEST_S:
            raise CommandError(f"line {number}: {seconds:g} s; it must lie in 0 to {LONGEST_S:g}")
        end_s = max(end_s, seconds)
        if command is not None:
            if len(commands) == MOST_STATEMENTS:
                raise CommandError(f"over {MOST_STATEMENTS} statements; leave some out", "full")
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
    wide: list[str] = []  # an address a column
    glides = False
    begun = False
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                continue
            number = reader.line_num
            seconds = _number(cells[0], comma)
            first, begun = not begun, True
            if seconds is None:
                if not first:
                    raise CommandError(f"line {number}: {cells[0][:40]!r} is no time in seconds")
                wide = [_path(cell) for cell in cells[1:]] if "/" in "".join(cells[1:2]) else []
                glides = [cell.lower() for cell in cells[2:3]] == ["glide"]
            elif wide:
                if len(cells) - 1 > len(wide):
                    raise CommandError(f"line {number}: more cells than the header has")
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
                        raise CommandError(f"line {number}: {glide[:40]!r} is no glide in seconds")
                path = _path(cells[1])
                said = tuple(_value(cell, comma) for cell in values)
                yield number, seconds, Command(path, said, glide_s=glide_s)
    except csv.Error as error:
        raise CommandError(f"line {reader.line_num}: it is not CSV ({error})") from None


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
