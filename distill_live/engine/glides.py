"""Values on their way to others: linear in time, a step a hop, at their end exactly.

It knows paths and numbers; what a value does, and what it starts from, the engine knows.
"""

from typing import NamedTuple

Numbers = tuple[float, ...]


class Glides:
    """The glides that are under way, at most one an address."""

    def __init__(self) -> None:
        self._ways: dict[str, _Way] = {}

    def __bool__(self) -> bool:
        return bool(self._ways)

    def start(self, path: str, start: Numbers, end: Numbers, hops: int) -> None:
        """Go from `start` to `end` in so many hops, at least 1, instead of where it was going."""
        self._ways[path] = _Way(start, end, max(1, hops), 0)

    def stop(self, path: str) -> None:
        """Go no further; it need not be under way."""
        self._ways.pop(path, None)

    def moving(self, *paths: str) -> bool:
        """Whether one of `paths` has not arrived."""
        return any(path in self._ways for path in paths)

    def remaining_hops(self, path: str) -> int:
        """Hops until a path arrives; 0 if it is not under way."""
        way = self._ways.get(path)
        return 0 if way is None else way.hops - way.done

    def step(self) -> list[tuple[str, Numbers]]:
        """Advance by one hop: the paths that move and their values; who arrives is forgotten."""
        values = []
        for path, (start, end, hops, done) in list(self._ways.items()):
            done += 1
            if done == hops:
                del self._ways[path]
                values.append((path, end))
                continue
            self._ways[path] = _Way(start, end, hops, done)
            share = done / hops
            values.append(
                (path, tuple(a + share * (b - a) for a, b in zip(start, end, strict=True)))
            )
        return values


class _Way(NamedTuple):
    start: Numbers
    end: Numbers
    hops: int
    done: int
