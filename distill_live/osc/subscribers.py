"""Who is told what changes, and what each of them is still owed. Sans-I/O.

A change is owed to every subscriber but its sender; to that one too where its value was clipped, or
while an answer that may be older is under way to it. Of an address, or of each slot's weight, only
the newest value is owed, and it is paid after such an answer, so that what a client hears last is
what holds. When it is paid (`collect`), and what a change is, others decide.
"""

import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field

from distill_live.addresses import Subject, Values, subject
from distill_live.errors import CommandError
from distill_live.osc.dispatch import Client, is_connected, is_loopback

MAX_SUBSCRIBERS = 16

EVERYTHING = ""
"""Stands for all paths, where an answer is under way that holds the full state."""

SILENCE_LIMIT_S = 60.0
"""After so long without a word a client on another computer is dropped, unless it is connected; one
that is, or on this computer, stays, but makes room for a new one."""


@dataclass(eq=False)
class Subscriber:
    """One of them.

    Attributes
    ----------
    source, target
        Who it is, and where its messages go.
    heard_s
        When it said something last.
    awaited
        How many answers are under way to it, by path, or `EVERYTHING`.
    owed
        What it is to be told, by what it is about.
    paths
        What it wants to be told of; None is everything.
    """

    source: Client
    target: Client
    heard_s: float
    awaited: Counter[str] = field(default_factory=Counter)
    owed: dict[Subject, Values] = field(default_factory=dict)
    paths: set[str] | None = None

    def wants(self, path: str) -> bool:
        """Whether it wants to be told of an address."""
        return self.paths is None or path in self.paths

    def awaits(self, path: str) -> bool:
        """Whether an answer about an address is under way to it."""
        return self.awaited[EVERYTHING] > 0 or self.awaited[path] > 0


class Subscribers:
    """All of them.

    Parameters
    ----------
    monotonic
        A clock in seconds that never jumps.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._all: dict[Client, Subscriber] = {}  # by source

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, subscriber: Subscriber) -> bool:
        return self._all.get(subscriber.source) is subscriber

    def find(self, client: Client) -> Subscriber | None:
        """The subscriber that `client` is."""
        return self._all.get(client)

    def target(self, client: Client) -> Client:
        """Where messages to `client` go."""
        subscriber = self._all.get(client)
        return client if subscriber is None else subscriber.target

    def heard(self, client: Client) -> None:
        """Note that `client` said something."""
        subscriber = self._all.get(client)
        if subscriber is not None:
            subscriber.heard_s = self._monotonic()

    def add(self, client: Client, port: int | None = None) -> Subscriber:
        """Subscribe a client, whose messages go to its own address and `port`, or its own port.

        To subscribe again changes nothing but the port; whoever had the same target is forgotten.

        Raises
        ------
        CommandError
            If there are too many.
        """
        target = _with_port(client, port)
        subscriber = self._all.get(client)
        for other in list(self._all.values()):
            if other.target == target and other is not subscriber:
                del self._all[other.source]
        if subscriber is None:
            self._make_room()
            subscriber = self._all[client] = Subscriber(client, target, self._monotonic())
        subscriber.target = target
        subscriber.paths = None
        return subscriber

    def listen(self, client: Client, path: str) -> None:
        """Tell a client, at its own port, of one more path, unless it is told of everything.

        Raises
        ------
        CommandError
            If there are too many.
        """
        subscriber = self._all.get(client)
        if subscriber is None:
            self._make_room()
            subscriber = Subscriber(client, client, self._monotonic(), paths=set())
            self._all[client] = subscriber
        if subscriber.paths is not None:
            subscriber.paths.add(path)

    def ignore(self, client: Client, path: str) -> None:
        """Take back a `listen`; after the last of them the client is forgotten."""
        subscriber = self._all.get(client)
        if subscriber is None or subscriber.paths is None:
            return
        subscriber.paths.discard(path)
        subscriber.owed.pop((path,), None)
        if not subscriber.paths:
            del self._all[client]

    def remove(self, client: Client, port: int | None = None) -> None:
        """Forget a client, and who has it, with `port`, as its target; it need not be there."""
        target = _with_port(client, port)
        for other in list(self._all.values()):
            if other.source == client or other.target == target:
                del self._all[other.source]

    def owe(
        self, path: str, values: Values, sender: Client | None = None, *, clipped: bool = False
    ) -> bool:
        """Note that all shall be told of a value, but for its sender; whether anybody shall."""
        about = subject(path, values)
        for subscriber in self._all.values():
            if not subscriber.wants(path):
                continue
            if subscriber.source == sender and not clipped and not subscriber.awaits(path):
                subscriber.owed.pop(about, None)  # an older value; it knows a newer one
            else:
                subscriber.owed[about] = values
        return bool(self._all)

    def keep_only(self, paths: Container[str]) -> None:
        """Owe nothing about other paths any more."""
        for subscriber in self._all.values():
            for about in [about for about in subscriber.owed if about[0] not in paths]:
                del subscriber.owed[about]

    def collect(self) -> list[tuple[Client, str, Values]]:
        """What is to be sent now, and to whom; it is owed no longer."""
        self.drop_silent()
        due = []
        for subscriber in self._all.values():
            payable = [about for about in subscriber.owed if not subscriber.awaits(str(about[0]))]
            due += [(subscriber.target, str(a[0]), subscriber.owed.pop(a)) for a in payable]
        return due

    def expect(self, paths: Iterable[str]) -> list[Subscriber]:
        """Note that an answer about some addresses is under way to all; who they are.

        The answer is given by `settle`.
        """
        subscribers, awaited = list(self._all.values()), Counter(paths)
        for subscriber in subscribers:
            subscriber.awaited += awaited
        return subscribers

    def settle(
        self, subscribers: Iterable[Subscriber], paths: Iterable[str], answers: Mapping[str, Values]
    ) -> None:
        """Give those who expect it an answer, by path; it is owed unless something newer is."""
        awaited = Counter(paths)
        for subscriber in subscribers:
            subscriber.awaited -= awaited
            wanted = {
                subject(path, values): values
                for path, values in answers.items()
                if subscriber.wants(path)
            }
            subscriber.owed = wanted | subscriber.owed

    def drop_silent(self) -> None:
        """Forget who is on another computer and has not been heard for `SILENCE_LIMIT_S`."""
        latest_s = self._monotonic() - SILENCE_LIMIT_S
        for subscriber in list(self._all.values()):
            local = is_loopback(subscriber.source) or is_connected(subscriber.source)
            if subscriber.heard_s < latest_s and not local:
                del self._all[subscriber.source]

    def _make_room(self) -> None:
        self.drop_silent()
        if len(self._all) < MAX_SUBSCRIBERS:
            return
        quietest = min(self._all.values(), key=lambda subscriber: subscriber.heard_s)
        if self._monotonic() - quietest.heard_s < SILENCE_LIMIT_S:
            raise CommandError(f"{MAX_SUBSCRIBERS} clients are subscribed already", "full")
        del self._all[quietest.source]


def _with_port(client: Client, port: int | None) -> Client:
    return client if port is None else (client[0], port, *client[2:])
