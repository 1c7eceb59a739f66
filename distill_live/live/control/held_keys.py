"""Keys that clients hold: those of a client that goes are released, so that no note hangs."""

import asyncio
from collections.abc import Callable

from distill_live.osc import Client, ClientCommand, OscServer

MAX_KEYS = 256
"""Maximum number of keys that are known to be held; more than sound at the same time."""

CHECK_S = 1.0
"""Interval of looking for silent clients while keys are held."""


class HeldKeys:
    """Keys that are held, and the client that struck each last.

    Parameters
    ----------
    server
        OSC server, which knows its clients.
    release
        Releases a key.
    """

    def __init__(self, server: OscServer, release: Callable[[float], None]) -> None:
        self._server, self._release = server, release
        self._subscribers = server.feedback.subscribers
        self._subscribers.on_gone = self._release_all
        self._holders: dict[float, Client] = {}
        self._check: asyncio.TimerHandle | None = None

    def follow(self, command: ClientCommand) -> None:
        """Follow a command that takes effect now, or at the next beat."""
        client = command.client
        match command.command.address, command.command.args:
            case "/note/on", (float(key), float(velocity)) if velocity > 0 and client is not None:
                self._holders.pop(key, None)
                self._holders[key] = client
                if len(self._holders) > MAX_KEYS:
                    self._release(next(iter(self._holders)))
                if self._server.has_lost(client):  # its note was on its way
                    self._release_all(client)
                self._check_soon()
            case (("/note/on" | "/note/off"), (float(key), *_)):
                self._holders.pop(key, None)
            case "/note/release", _:
                self._holders.clear()

    def _release_all(self, client: Client) -> None:
        for key in [key for key, holder in self._holders.items() if holder == client]:
            self._release(key)

    def _check_soon(self) -> None:
        if self._check is None and self._holders:
            self._check = asyncio.get_running_loop().call_later(CHECK_S, self._check_silence)

    def _check_silence(self) -> None:
        self._check = None
        self._subscribers.drop_silent()
        self._check_soon()
