"""Match OSC 1.0 address patterns in bounded time.

``?`` any character, ``*`` any run, ``[a-z]`` and ``[!a-z]`` one of a set, ``{one,two}`` one of some
words; none crosses a ``/``. A part is matched against a name by simulating an NFA, whose states
(positions in the name) are the bits of one integer: no backtracking, one operation per character
of the pattern.
"""

from collections.abc import Callable, Iterable

from distill_live.errors import WireError

MAX_WILDCARDS = 8
"""Maximum number of ``? * [ {`` in one pattern."""

MAX_PATTERN_CHARACTERS = 256

_WILD = frozenset("?*[{")
_SPECIAL = frozenset("?*[]{}")


def is_pattern(address: str) -> bool:
    """Whether an address contains a wildcard."""
    return not _WILD.isdisjoint(address)


class Tree:
    """Address tree that is searched by patterns.

    Parameters
    ----------
    addresses
        Addresses, each beginning with ``/``.
    """

    def __init__(self, addresses: Iterable[str]) -> None:
        self._children: dict[str, Tree] = {}
        self._address: str | None = None
        for address in addresses:
            node = self
            for part in address.split("/")[1:]:
                node = node._children.setdefault(part, Tree(()))
            node._address = address

    def match(self, pattern: str) -> list[str]:
        """Find the addresses that `pattern` matches, in the order of construction.

        Raises
        ------
        WireError
            If the pattern is malformed, or exceeds `MAX_WILDCARDS` or `MAX_PATTERN_CHARACTERS`.
        """
        if len(pattern) > MAX_PATTERN_CHARACTERS:
            raise _invalid(
                pattern, f"of {len(pattern)} characters; at most {MAX_PATTERN_CHARACTERS} match"
            )
        wildcards = sum(character in _WILD for character in pattern)
        if wildcards > MAX_WILDCARDS:
            raise _invalid(pattern, f"with {wildcards} wildcards; at most {MAX_WILDCARDS} match")
        nodes = [self]
        for part in pattern.split("/")[1:]:
            if _SPECIAL.isdisjoint(part):
                nodes = [node._children[part] for node in nodes if part in node._children]
            else:
                steps = _compile(part, pattern)
                nodes = [
                    child
                    for node in nodes
                    for name, child in node._children.items()
                    if _matches(steps, name)
                ]
        return [node._address for node in nodes if node._address is not None]


_Step = Callable[[int, str], int]
"""Maps the states reached so far, and the name, to the states after one pattern element.

Bit i of a state is set if the pattern so far can match the first i characters of the name.
"""


def _any_run(reached: int, name: str) -> int:
    return (1 << len(name) + 1) - 1 & -(reached & -reached)


def _one_of(members: frozenset[str], *, negated: bool) -> _Step:
    def step(reached: int, name: str) -> int:
        fits = sum(1 << i for i, c in enumerate(name) if (c in members) != negated)
        return (reached & fits) << 1

    return step


def _words(*words: str) -> _Step:
    def step(reached: int, name: str) -> int:
        onward = 0
        for word in words:
            fits = sum(1 << i for i in range(len(name) + 1) if name.startswith(word, i))
            onward |= (reached & fits) << len(word)
        return onward

    return step


def _compile(part: str, pattern: str) -> list[_Step]:
    steps: list[_Step] = []
    at = 0
    while at < len(part):
        character = part[at]
        at += 1
        if character == "*":
            steps.append(_any_run)
        elif character == "?":
            steps.append(_one_of(frozenset(), negated=True))
        elif character in "[{":
            end = part.find("]" if character == "[" else "}", at)
            inside = part[at:end]
            if end < 0 or not _SPECIAL.isdisjoint(inside):
                raise _invalid(pattern, f"with an unclosed {character}")
            steps.append(_set(inside) if character == "[" else _words(*inside.split(",")))
            at = end + 1
        elif character in "]}":
            raise _invalid(pattern, f"with an unmatched {character}")
        else:
            end = next((i for i in range(at, len(part)) if part[i] in _SPECIAL), len(part))
            steps.append(_words(part[at - 1 : end]))
            at = end
    return steps


def _set(inside: str) -> _Step:
    negated = inside.startswith("!")
    characters = inside[negated:]
    members: set[str] = set()
    at = 0
    while at < len(characters):
        if characters[at + 1 : at + 2] == "-" and at + 2 < len(characters):
            low, high = ord(characters[at]), ord(characters[at + 2])
            # Names are ASCII, so a range ends there.
            members.update(map(chr, range(low, min(high, 127) + 1)))
            at += 3
        else:
            members.add(characters[at])
            at += 1
    return _one_of(frozenset(members), negated=negated)


def _matches(steps: list[_Step], name: str) -> bool:
    reached = 1
    for step in steps:
        reached = step(reached, name)
    return bool(reached >> len(name) & 1)


def _invalid(pattern: str, what: str) -> WireError:
    return WireError(f"pattern {what}", "invalid", pattern)
