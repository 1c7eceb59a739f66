"""Replies to clients: values, results and failures, encoded by the address table."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from distill_live.addresses import LEAVES, PREFIX, REPLIES, Address, Values
from distill_live.errors import CommandError, FailureCode
from distill_live.osc import wire
from distill_live.osc.client import Client

FAILS_PER_SECOND = 10
"""Maximum number of ``/fail`` replies to one client per second."""

MAX_FAILING_CLIENTS = 64
"""Maximum number of clients that get ``/fail`` replies within one second."""

_SHOWN_CHARACTERS = 200
_MORE = " ..."


@dataclass
class Counters:
    """Event counts since the start."""

    packets: int = 0
    """Datagrams received."""
    messages: int = 0
    """Messages in datagrams that were valid OSC."""
    rejected: int = 0
    """Datagrams that were not OSC, or exceeded a limit."""
    failed: int = 0
    """Messages refused: unknown, wrong or forbidden."""
    late: int = 0
    """Bundles received after their time; they took effect at once."""
    far_ahead: int = 0
    """Bundles due more than a second ahead; they took effect at once."""
    superseded: int = 0
    """Values replaced by a newer one before they were passed on."""
    dropped: int = 0
    """Commands discarded because too many were scheduled."""
    unanswered: int = 0
    """Failures beyond the rate limit, and replies to addresses that were not proved, or that the
    network refused."""


class Replies:
    """Encode and send replies; failures are rate-limited.

    Parameters
    ----------
    send
        Sends a datagram to a client.
    monotonic
        Monotonic clock, in seconds.

    Attributes
    ----------
    counters : Counters
    table : Mapping
        Addresses by path, without prefix.
    on_refusal : callable or None
        Gets the address, as the client sent it, and the reason of each failure, also of those
        that exceed the rate limit.
    """

    def __init__(
        self,
        send: Callable[[bytes, Client], None],
        monotonic: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.counters = Counters()
        self.table: Mapping[str, Address] = {}
        self.on_refusal: Callable[[str, str], None] | None = None
        self._send = send
        self._monotonic = monotonic
        self._fails: dict[Client, int] = {}
        self._fails_until_s = 0.0

    def encode(self, path: str, values: Values) -> bytes:
        """Datagram of a value or a reply of the table; `path` has no prefix."""
        reply = REPLIES.get(path)
        kinds = (reply or self.table[LEAVES.get(path, path)]).signature
        if reply is not None and reply.repeats:
            kinds *= len(values) // len(kinds)
        return wire.build_message(PREFIX + path, kinds, values[: len(kinds)])

    def send(self, client: Client, path: str, *values: float | int | str) -> None:
        """Send a value or a reply of the table; `path` has no prefix."""
        self._send(self.encode(path, values), client)

    def done(self, client: Client, path: str, detail: str) -> None:
        """Report that a request is complete; `path` has no prefix."""
        self.send(client, "/done", PREFIX + path, detail)

    def refuse(self, client: Client, address: str, error: CommandError) -> None:
        """Count a refused message and report the failure; `address` is as the client sent it."""
        self.counters.failed += 1
        self.fail(client, address, error.code, str(error))

    def fail(self, client: Client, address: str, code: FailureCode, text: str) -> None:
        """Report a failure within the rate limit; `address` is as the client sent it."""
        address, text = address[:_SHOWN_CHARACTERS], _shortened(text)
        if self.on_refusal is not None:
            self.on_refusal(address, text)
        now_s = self._monotonic()
        if now_s >= self._fails_until_s:
            self._fails.clear()
            self._fails_until_s = now_s + 1
        sent = self._fails.get(client, 0)
        if sent >= FAILS_PER_SECOND or (not sent and len(self._fails) >= MAX_FAILING_CLIENTS):
            self.counters.unanswered += 1
            return
        self._fails[client] = sent + 1
        self.send(client, "/fail", address, code, text)

    def fits(self, path: str, values: Values) -> bool:
        """Whether `values` are complete for an address of the table."""
        address = self.table.get(path)
        return address is not None and len(values) >= len(address.signature)


def _shortened(text: str) -> str:
    """At most `_SHOWN_CHARACTERS` of a text, ending at a word."""
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    room = _SHOWN_CHARACTERS - len(_MORE)
    return text[: room + 1].rsplit(None, 1)[0][:room] + _MORE
