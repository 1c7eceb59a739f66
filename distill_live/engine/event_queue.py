"""Commands that are due later, in the order in which they take effect."""

import heapq
from collections.abc import Iterator

from distill_live.addresses import Command


class EventQueue:
    """Keeps commands until they are due, the earliest first, of one time as they came."""

    def __init__(self) -> None:
        self._due: list[tuple[int, int, Command]] = []  # time, order of arrival, what
        self._arrivals = 0

    def add(self, time_samples: int, command: Command) -> None:
        """Keep a command until an engine time."""
        self._arrivals += 1
        heapq.heappush(self._due, (time_samples, self._arrivals, command))

    def take(self, time_samples: int) -> Iterator[Command]:
        """Those that are due until an engine time, which are kept no longer."""
        while self._due and self._due[0][0] <= time_samples:
            yield heapq.heappop(self._due)[2]
