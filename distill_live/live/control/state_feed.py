"""All that holds, for a subscriber: between ``/update 1`` and ``/update 0``, before any change."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from distill_live.addresses import Address, Values
from distill_live.live.control.model_controller import ModelController
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.osc import Client, OscServer, Subscriber
from distill_live.osc.subscribers import EVERYTHING


class StateFeed:
    """Sends it from the running asyncio loop.

    Parameters
    ----------
    link, server, models
        The way to synthesis, the way to clients, and the slots.
    rest
        Sends a client what neither the engine nor `models` know.
    """

    def __init__(
        self,
        link: SynthesisClient,
        server: OscServer,
        models: ModelController,
        rest: Callable[[Client], None],
    ) -> None:
        self._link, self._server, self._models, self._rest = link, server, models, rest

    def send(self, subscriber: Subscriber, then: Callable[[], None] = lambda: None) -> None:
        """Ask the engine, send a subscriber what it says, and do what comes then.

        Raises
        ------
        CommandError
            If too many questions wait already.
        """
        paths = state_paths(self._server.table)
        models: list[Any] = []
        self._link.ask_models(models.extend)

        def answer(answers: list[Values]) -> None:
            self._send(subscriber, zip(paths, answers, strict=True), models, then)

        self._link.ask_values(paths, answer)
        subscriber.awaited[EVERYTHING] += 1

    def _send(
        self,
        subscriber: Subscriber,
        answers: Iterable[tuple[str, Values]],
        models: list[Any],
        then: Callable[[], None],
    ) -> None:
        subscriber.awaited[EVERYTHING] -= 1
        if subscriber not in self._server.subscribers:
            return
        client = subscriber.source
        self._server.reply(client, "/update", 1)
        for path, values in answers:
            if values and self._server.holds(path, values):  # no other model came meanwhile
                self._server.reply(client, path, *values)
        self._models.send_info(client, models)
        self._rest(client)
        self._server.reply(client, "/update", 0)
        then()
        self._server.feed_back()  # what was changed meanwhile


def state_paths(table: Mapping[str, Address]) -> list[str]:
    """Addresses whose values are all that holds."""
    return [
        path
        for path, address in table.items()
        if (address.owner, address.access) == ("engine", "value")
        and address.expands != "dimensions"  # /latent has them all
    ]
