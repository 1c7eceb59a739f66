"""Tokens by which a client proves its address, which anybody can forge in a datagram. Sans-I/O.

A token is sent to an address, and returned by the client that reads there. It is computed from the
address, so nothing is stored of clients that have proved nothing.
"""

import base64
import hmac
import secrets
import time
from collections.abc import Callable

from distill_live.osc.client import Client

PERIOD_S = 10.0
"""Period of the tokens: one is valid for the rest of its period and for the next."""

CHARACTERS = 7
"""Length of a token, 42 bits; with it, ``/distill/id`` is as long as ``/distill/notify 1``."""


class AddressTokens:
    """Issue and check tokens, by a key that is new at each start.

    Parameters
    ----------
    monotonic
        Monotonic clock, in seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.perf_counter) -> None:
        self._monotonic = monotonic
        self._key = secrets.token_bytes()

    def issue(self, client: Client) -> str:
        """Token of an address, of `CHARACTERS` ASCII characters."""
        return self._token(client, self._period)

    def proves(self, client: Client, token: str) -> bool:
        """Whether a token is one that was issued to the address of `client` shortly before."""
        valid = (self._token(client, self._period - age) for age in (0, 1))
        return any(hmac.compare_digest(token.encode(), each.encode()) for each in valid)

    @property
    def _period(self) -> int:
        return int(self._monotonic() // PERIOD_S)

    def _token(self, client: Client, period: int) -> str:
        digest = hmac.digest(self._key, repr((client.address, period)).encode(), "sha256")
        return base64.urlsafe_b64encode(digest)[:CHARACTERS].decode()
