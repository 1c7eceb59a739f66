"""Subscribers and the values that each is owed. Sans-I/O.

A change is owed to every subscriber except its sender; to the sender too if its value was clipped,
or while an answer that may be older is under way to it. Of an address, or of each slot's weight,
only the newest value is owed. It is paid after such an answer, so that the last value a client gets
is the current one.
"""

import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field

from distill_live.addresses import LEAVES, Subject, Values, subject
from distill_live.errors import CommandError
from distill_live.osc.client import Client

MAX_SUBSCRIBERS = 16

EVERYTHING = ""
"""Key in `Subscriber.awaited` for an answer that holds the full state."""

SILENCE_LIMIT_S = 60.0
"""Time without a proof of its address (`AddressTokens`) after which an unverified client goes.
One that is verified stays, but makes room for a new one after such a silence."""


@dataclass(eq=False)
class Subscriber:
    """A client that gets feedback.

    Attributes
    ----------
    source, target
        The client, and where its messages go.
    last_message_s
        Time of its last message.
    proved_s
        Time at which it last proved its address.
    awaited
        Number of answers under way to it, by path, or `EVERYTHING`.
    owed
        Values to send, by subject.
    paths
        Paths that it listens to, and under which names; None is all, under their own.
    """

    source: Client
    target: Client
    last_message_s: float
    proved_s: float
    awaited: Counter[str] = field(default_factory=Counter)
    owed: dict[Subject, Values] = field(default_factory=dict)
    paths: dict[str, set[str]] | None = None

    def wants(self, path: str) -> bool:
        """Whether it listens to an address."""
        return self.paths is None or path in self.paths

    def names(self, path: str) -> Iterable[str]:
        """Names under which it listens to an address."""
        return (path,) if self.paths is None else self.paths.get(path, ())

    def awaits(self, path: str) -> bool:
        """Whether an answer about an address is under way."""
        return self.awaited[EVERYTHING] > 0 or self.awaited[path] > 0


class Subscribers:
    """All subscribers, at most `MAX_SUBSCRIBERS`.

    Parameters
    ----------
    monotonic
        Monotonic clock, in seconds.

    Attributes
    ----------
    on_gone : callable
        Called with a client that has unsubscribed, disconnected or fallen silent.
    """

    def __init__(self, monotonic: Callable[[], float] = time.perf_counter) -> None:
        self.on_gone: Callable[[Client], None] = lambda _: None
        self._monotonic = monotonic
        self._all: dict[Client, Subscriber] = {}  # by source

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, subscriber: Subscriber) -> bool:
        return self._all.get(subscriber.source) is subscriber

    def find(self, client: Client) -> Subscriber | None:
        """The subscriber with this client as its source."""
        return self._all.get(client)

    def target(self, client: Client) -> Client | None:
        """Destination of messages to `client`; None for an address that has not been proved.

        Of clients that are not verified, only those that subscribe have proved theirs.
        """
        subscriber = self._all.get(client)
        if subscriber is not None:
            return subscriber.target
        return client if client.is_verified else None

    def everything(self) -> list[Subscriber]:
        """Subscribers to everything, as by ``/notify``."""
        return [subscriber for subscriber in self._all.values() if subscriber.paths is None]

    def note_message(self, client: Client) -> None:
        """Note the time of a message from `client`."""
        subscriber = self._all.get(client)
        if subscriber is not None:
            subscriber.last_message_s = self._monotonic()

    def note_proof(self, client: Client) -> None:
        """Note the time at which a subscriber has proved its address again."""
        self._all[client].proved_s = self._monotonic()

    def unverified(self) -> list[Client]:
        """Targets of the subscribers that must prove their addresses."""
        return [each.target for each in self._all.values() if not each.source.is_verified]

    def add(self, client: Client, port: int | None = None) -> Subscriber:
        """Subscribe a client to everything; messages go to its own host and `port`, or its own.

        Subscribing again changes the port; another subscriber with the same target is removed.
        A client that is not verified must have proved that it reads there (`AddressTokens`).

        Raises
        ------
        CommandError
            If there are too many.
        """
        target = _with_port(client, port)
        subscriber = self._all.get(client)
        for other in list(self._all.values()):
            if other.target == target and other is not subscriber:
                self._drop(other.source)
        if subscriber is None:
            self._make_room()
            now_s = self._monotonic()
            subscriber = self._all[client] = Subscriber(client, target, now_s, now_s)
        elif subscriber.target != target:
            subscriber.proved_s = self._monotonic()
        subscriber.target = target
        subscriber.paths = None
        return subscriber

    def listen(self, client: Client, name: str) -> None:
        """Subscribe a client, at its own port, to one more path, or second name of one (`LEAVES`).

        Raises
        ------
        CommandError
            If there are too many.
        """
        subscriber = self._all.get(client)
        if subscriber is None:
            self._make_room()
            now_s = self._monotonic()
            subscriber = Subscriber(client, client, now_s, now_s, paths={})
            self._all[client] = subscriber
        if subscriber.paths is not None:
            subscriber.paths.setdefault(LEAVES.get(name, name), set()).add(name)

    def ignore(self, client: Client, name: str) -> None:
        """Undo `listen`; after its last path the client is removed."""
        subscriber = self._all.get(client)
        if subscriber is None or subscriber.paths is None:
            return
        path = LEAVES.get(name, name)
        names = subscriber.paths.get(path, set())
        names.discard(name)
        if not names:
            subscriber.paths.pop(path, None)
            subscriber.owed.pop((path,), None)
        if not subscriber.paths:
            del self._all[client]

    def remove(self, client: Client, port: int | None = None) -> None:
        """Remove a client, if subscribed, and any other subscriber with its target."""
        target = _with_port(client, port)
        for other in list(self._all.values()):
            if other.source != client and other.target == target:
                self._drop(other.source)
        self._drop(client)

    def owe(
        self, path: str, values: Values, sender: Client | None = None, *, clipped: bool = False
    ) -> bool:
        """Owe a value to all except its sender; whether there are subscribers."""
        key = subject(path, values)
        for subscriber in self._all.values():
            if not subscriber.wants(path):
                continue
            if subscriber.source == sender and not clipped and not subscriber.awaits(path):
                subscriber.owed.pop(key, None)  # an older value; the sender has a newer one
            else:
                subscriber.owed[key] = values
        return bool(self._all)

    def keep_only(self, paths: Container[str]) -> None:
        """Drop what is owed of other paths."""
        for subscriber in self._all.values():
            for key in [key for key in subscriber.owed if key[0] not in paths]:
                del subscriber.owed[key]

    def collect(self) -> list[tuple[Client, str, Values]]:
        """Take what can be paid now: target, name and values of each message."""
        self.drop_silent()
        due = []
        for subscriber in self._all.values():
            for key in list(subscriber.owed):
                path = str(key[0])
                if not subscriber.awaits(path):
                    values = subscriber.owed.pop(key)
                    due += [(subscriber.target, name, values) for name in subscriber.names(path)]
        return due

    def expect(self, paths: Iterable[str]) -> list[Subscriber]:
        """Note that an answer about `paths`, given by `settle`, is under way to all subscribers."""
        subscribers, awaited = list(self._all.values()), Counter(paths)
        for subscriber in subscribers:
            subscriber.awaited += awaited
        return subscribers

    def settle(
        self, subscribers: Iterable[Subscriber], paths: Iterable[str], answers: Mapping[str, Values]
    ) -> None:
        """Owe an answer, by path, to those who expect it, unless something newer is owed."""
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
        """Remove clients that have not proved their address for `SILENCE_LIMIT_S`."""
        latest_s = self._monotonic() - SILENCE_LIMIT_S
        for subscriber in list(self._all.values()):
            if subscriber.proved_s < latest_s and not subscriber.source.is_verified:
                self._drop(subscriber.source)

    def _make_room(self) -> None:
        self.drop_silent()
        if len(self._all) < MAX_SUBSCRIBERS:
            return
        unconnected = [one for one in self._all.values() if not one.source.is_connected]
        quietest = min(unconnected, key=lambda one: one.last_message_s, default=None)
        if quietest is None or self._monotonic() - quietest.last_message_s < SILENCE_LIMIT_S:
            raise CommandError(f"{MAX_SUBSCRIBERS} clients are subscribed already", "full")
        self._drop(quietest.source)

    def _drop(self, client: Client) -> None:
        self._all.pop(client, None)
        self.on_gone(client)


def _with_port(client: Client, port: int | None) -> Client:
    return client if port is None else client._replace(port=port)
